//! Rules of the provider block for grants, where no plan of Terraform's own has kept them.

use hwgrants::sandbox::{Sandbox, seed};
use serde_json::{Value as Json, json};

use super::message::{is_error, pointer, summaries};
use super::server::{Served, sandbox};
use super::terraform::{Stored, Terraform};
use super::terraform_core::Action;

const GRANT: &str = "csms_grant";

fn grant(end: &Json) -> Json {
    json!({
        "resource_id": seed::SECRET_API_KEY,
        "type": "SECRET",
        "grantee_type": "user",
        "grantee_target_id": seed::USER_DANA,
        "validity_time": end,
    })
}

async fn terraform(sandbox: &Sandbox, guardrails: Json) -> (Served, Terraform) {
    let served = Served::hwgrants(sandbox).await;
    let config = json!({"guardrails": [guardrails]});
    let terraform = Terraform::configured(served.client(), config).await;
    (served, terraform)
}

#[tokio::test]
async fn guardrails_are_checked_again_at_apply_before_any_request() {
    let sandbox = sandbox().await;
    let (_free, without_rules) = terraform(&sandbox, json!({})).await;
    let (none, far, farther) = (json!(null), json!("2099-06-30"), json!("2099-12-31"));
    let stored = without_rules.create(GRANT, grant(&far)).await;
    for (guardrails, prior, end, attribute, title) in [
        (
            json!({"require_validity": true}),
            &Stored::default(),
            &none,
            "validity_time",
            "Grant without expiry",
        ),
        (
            json!({"max_validity_days": 90}),
            &Stored::default(),
            &far,
            "validity_time",
            "Expiration date too late",
        ),
        (
            json!({"max_validity_days": 90}),
            &stored,
            &farther,
            "validity_time",
            "Expiration date too late",
        ),
        (
            json!({"allowed_project_ids": [seed::OTHER_PROJECT_ID]}),
            &stored,
            &farther,
            "project_id",
            "Project not allowed",
        ),
    ] {
        without_rules.begin_run().await;
        let planned = without_rules.plan(GRANT, prior, grant(end)).await;
        let (_bound, with_rules) = terraform(&sandbox, guardrails).await;
        let before = sandbox.world().requests().len();
        let applied = with_rules.apply(GRANT, &planned).await;
        assert_eq!(summaries(&applied.found), [title]);
        assert!(applied.found.iter().all(is_error));
        assert!(
            applied
                .found
                .iter()
                .all(|found| pointer(found) == attribute)
        );
        assert_eq!(applied.stored.object, prior.object);
        assert_eq!(sandbox.world().requests().len(), before);
    }
}

#[tokio::test]
async fn guardrails_do_not_apply_to_reads_and_deletes() {
    let sandbox = sandbox().await;
    let (_free, without_rules) = terraform(&sandbox, json!({})).await;
    let stored = without_rules.create(GRANT, grant(&json!(null))).await;
    let rules = json!({
        "require_validity": true,
        "max_validity_days": 1,
        "warn_expiring_within_days": 36_500,
        "allowed_project_ids": [seed::OTHER_PROJECT_ID],
    });
    let (_bound, with_rules) = terraform(&sandbox, rules).await;
    let read = with_rules.read(GRANT, &stored).await;
    assert_eq!(read.found, []);
    let planned = with_rules.plan(GRANT, &read.stored, Json::Null).await;
    assert_eq!((planned.action, planned.found.len()), (Action::Delete, 0));
    let applied = with_rules.apply(GRANT, &planned).await;
    assert_eq!(applied.found, []);
    assert_eq!(applied.stored, Stored::default());
}
