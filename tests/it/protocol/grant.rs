//! The real resources against the sandbox, by Terraform's own checks.

use hwgrants::sandbox::{Fault, FaultAction as Does, Sandbox, seed};
use serde_json::{Value as Json, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::codec::{is_unknown, unknown};
use super::message::{has_error, pointer, summaries};
use super::server::{Served, sandbox};
use super::terraform::{Stored, Terraform};
use super::terraform_core::Action;
use crate::plugin::client::{Host, within};

const GRANT: &str = "csms_grant";
const DELEGATION: &str = "repo_kms_grant";

async fn terraform(sandbox: &Sandbox) -> (Served, Terraform) {
    let served = Served::hwgrants(sandbox).await;
    let terraform = Terraform::configured(served.client(), json!({})).await;
    (served, terraform)
}

fn grant() -> Json {
    json!({
        "resource_id": seed::SECRET_API_KEY,
        "type": "SECRET",
        "grantee_type": "user",
        "grantee_target_id": seed::USER_DANA,
    })
}

fn with(mut wrote: Json, more: Json) -> Json {
    wrote
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    wrote
}

/// A far future: `validity_time` in it never passes while tests run.
fn ends(date: &str) -> Json {
    json!({"validity_time": date})
}

fn methods(sandbox: &Sandbox) -> Vec<String> {
    sandbox
        .world()
        .requests()
        .into_iter()
        .map(|request| request.method)
        .collect()
}

#[tokio::test]
async fn c113_c119_every_grant_variant_is_created_and_plans_no_change() {
    for more in [
        json!({}),
        ends("2099-12-31"),
        json!({"reason": "on call"}),
        json!({"type": "secret", "grantee_type": "0"}),
        json!({"region": seed::REGION, "project_id": seed::PROJECT_ID}),
        json!({"timeouts": {"create": "1m", "delete": "90s"}}),
        json!({"validity_time": "2099-12-31", "reason": "x", "timeouts": {}, "type": "Secret", "grantee_type": "User"}),
    ] {
        let sandbox = sandbox().await;
        let (_served, terraform) = terraform(&sandbox).await;
        for name in [GRANT, "hwgrants_csms_grant"] {
            let wrote = with(grant(), more.clone());
            assert_eq!(terraform.validate(name, wrote.clone()).await, []);
            let stored = terraform.create(name, wrote.clone()).await;
            terraform.expect_no_change(name, &stored, &wrote).await;
            let gone = terraform.make(name, &stored, Json::Null).await;
            assert_eq!(gone, Stored::default());
        }
    }
}

#[tokio::test]
async fn c113_c119_every_delegation_variant_is_created_and_plans_no_change() {
    for wrote in [
        json!({}),
        json!({"reason": "encryption", "timeouts": {"create": "1m"}}),
        json!({"tenant_id": seed::ACCOUNT_ID, "region": seed::REGION}),
    ] {
        let sandbox = sandbox().await;
        let (_served, terraform) = terraform(&sandbox).await;
        let stored = terraform.create(DELEGATION, wrote.clone()).await;
        assert_eq!(stored.object["assumed"], true);
        terraform
            .expect_no_change(DELEGATION, &stored, &wrote)
            .await;
        let wrote = with(wrote, json!({"reason": "other"}));
        let changed = terraform.make(DELEGATION, &stored, wrote.clone()).await;
        terraform
            .expect_no_change(DELEGATION, &changed, &wrote)
            .await;
        let planned = terraform.plan(DELEGATION, &changed, Json::Null).await;
        let applied = terraform.apply(DELEGATION, &planned).await;
        for found in [&planned.found, &applied.found] {
            assert_eq!(
                summaries(found),
                ["Delegation to CodeArts Repo remains in effect"]
            );
        }
        assert_eq!(applied.stored, Stored::default());
    }
}

/// Terraform holds a provider to what is written. So an empty text is stored until the object is read, and the object keeps
/// what it then shows.
#[tokio::test]
async fn c113_c119_an_empty_string_counts_as_unset() {
    let empty = json!({"region": "", "project_id": ""});
    let sandbox = sandbox().await;
    let (_served, terraform) = terraform(&sandbox).await;
    for name in [GRANT, "hwgrants_csms_grant"] {
        let wrote = with(grant(), empty.clone());
        assert_eq!(terraform.validate(name, wrote.clone()).await, []);
        let stored = terraform.create(name, wrote.clone()).await;
        assert_eq!(stored.object["region"], "");
        let expected = json!({"region": seed::REGION, "project_id": seed::PROJECT_ID});
        for part in ["region", "project_id"] {
            assert_eq!(stored.identity[part], expected[part], "{part}");
        }
        let unread = terraform.plan(name, &stored, wrote.clone()).await;
        assert_eq!(unread.action, Action::Nothing);
        let read = terraform.read(name, &stored).await.stored;
        for part in ["region", "project_id"] {
            assert_eq!(read.object[part], expected[part], "{part}");
        }
        // Empty, absent and named are the same by now.
        for wrote in [wrote, grant(), with(grant(), expected)] {
            let planned = terraform.plan(name, &read, wrote).await;
            assert_eq!(planned.action, Action::Nothing);
            assert_eq!(planned.object, read.object);
        }
        let elsewhere = with(
            grant(),
            json!({"region": seed::OTHER_REGION, "project_id": ""}),
        );
        let planned = terraform.plan(name, &read, elsewhere).await;
        assert_eq!(planned.replace, ["region"]);
        assert_eq!(
            terraform.make(name, &stored, Json::Null).await,
            Stored::default()
        );
    }

    let wrote = json!({"tenant_id": "", "region": ""});
    assert_eq!(terraform.validate(DELEGATION, wrote.clone()).await, []);
    let stored = terraform.create(DELEGATION, wrote.clone()).await;
    assert_eq!(stored.object["id"], seed::ACCOUNT_ID);
    let read = terraform.read(DELEGATION, &stored).await.stored;
    assert_eq!(read.object["tenant_id"], seed::ACCOUNT_ID);
    let planned = terraform.plan(DELEGATION, &read, wrote).await;
    assert_eq!(planned.action, Action::Nothing);
}

/// Until the object is read and stored, its state holds empty texts, and the provider's region may be another one by then.
#[tokio::test]
async fn empty_strings_in_state_resolve_to_their_original_values() {
    let sandbox = sandbox().await;
    let (_served, before) = terraform(&sandbox).await;
    let wrote = with(grant(), json!({"region": "", "project_id": ""}));
    let stored = before.create(GRANT, wrote.clone()).await;
    let delegated = json!({"tenant_id": "", "region": ""});
    let delegated = before.create(DELEGATION, delegated).await;

    let url = sandbox.url();
    let served = Served::hwgrants_with(&[
        ("HWGRANTS_ENDPOINT", url.as_str()),
        ("HW_REGION_NAME", seed::OTHER_REGION),
        ("HW_PROJECT_ID", seed::OTHER_PROJECT_ID),
        ("HW_DOMAIN_ID", seed::AGENCY_ACCOUNT_ID),
        ("HW_AUTH_TOKEN", seed::TOKEN),
    ])
    .await;
    let after = Terraform::configured(served.client(), json!({})).await;
    let read = after.read(GRANT, &stored).await;
    assert!(!has_error(&read.found), "{:?}", read.found);
    assert_eq!(read.stored.object["region"], seed::REGION);
    assert_eq!(read.stored.object["project_id"], seed::PROJECT_ID);
    let read = after.read(DELEGATION, &delegated).await;
    assert!(!has_error(&read.found), "{:?}", read.found);
    assert_eq!(read.stored.object["region"], seed::REGION);
    assert_eq!(read.stored.object["tenant_id"], seed::ACCOUNT_ID);

    let until = with(wrote, json!({"validity_time": "2099-01-31"}));
    let updated = after.make(GRANT, &stored, until).await;
    assert_eq!(updated.object["region"], "");
    assert_eq!(
        after.make(GRANT, &updated, Json::Null).await,
        Stored::default()
    );
    let requests = sandbox.world().requests();
    let of_grants = requests
        .iter()
        .filter(|request| request.path.contains("/csms/grants"));
    for request in of_grants {
        assert!(request.path.contains(seed::PROJECT_ID), "{}", request.path);
    }
    let deleted = requests.iter().filter(|request| request.method == "DELETE");
    assert_eq!(deleted.count(), 1);
}

/// An id that an import ID cannot name, or that copying has added to, is refused at once.
#[tokio::test]
async fn c132_malformed_ids_are_rejected_before_any_request() {
    let sandbox = sandbox().await;
    let (_served, terraform) = terraform(&sandbox).await;
    for (name, wrote, ids) in [
        (
            GRANT,
            grant(),
            &["resource_id", "grantee_target_id", "region", "project_id"][..],
        ),
        (DELEGATION, json!({}), &["tenant_id", "region"]),
    ] {
        for id in ids {
            for value in ["a/b", "a\n", " a", "a ", "a\u{7}"] {
                let found = terraform
                    .validate(name, with(wrote.clone(), json!({*id: value})))
                    .await;
                assert!(has_error(&found), "{name} {id} {value:?}");
                assert_eq!(pointer(&found[0]), *id);
            }
        }
    }
    assert_eq!(methods(&sandbox), [""; 0]);
}

#[tokio::test]
async fn c98_c107_c108_a_grant_plan_predicts_known_values_with_one_read() {
    let sandbox = sandbox().await;
    let (_served, terraform) = terraform(&sandbox).await;
    let planned = terraform.plan(GRANT, &Stored::default(), grant()).await;
    assert_eq!(planned.object["region"], seed::REGION);
    assert_eq!(planned.object["project_id"], seed::PROJECT_ID);
    let id = format!("SECRET/{}/user/{}", seed::SECRET_API_KEY, seed::USER_DANA);
    assert_eq!(planned.object["id"], id);
    assert!(is_unknown(&planned.object["uuid"]));
    // What comes from another resource is not known yet, and what follows from it neither.
    let wrote = with(
        grant(),
        json!({"grantee_target_id": unknown(), "validity_time": unknown(), "region": unknown()}),
    );
    let planned = terraform.plan(GRANT, &Stored::default(), wrote).await;
    assert!(!has_error(&planned.found), "{:?}", planned.found);
    for name in [
        "id",
        "project_id",
        "region",
        "validity_time",
        "grantee_target_id",
    ] {
        assert!(is_unknown(&planned.object[name]), "{name}");
    }
    // Whether the grant exists already.
    assert_eq!(methods(&sandbox), ["GET"]);
}

#[tokio::test]
async fn c99_c104_grant_changes_update_in_place_or_replace_the_grant() {
    let sandbox = sandbox().await;
    let (_served, terraform) = terraform(&sandbox).await;
    let wrote = with(grant(), ends("2099-06-30"));
    let stored = terraform.create(GRANT, wrote.clone()).await;
    for (change, action, replace) in [
        (ends("2099-12-31"), Action::Update, vec![]),
        (json!({"reason": "r"}), Action::Update, vec![]),
        (
            json!({"type": "secret", "grantee_type": "0"}),
            Action::Nothing,
            vec![],
        ),
        (json!({"validity_time": null}), Action::Update, vec![]),
        (
            json!({"grantee_target_id": seed::USER_BEN}),
            Action::Replace,
            vec!["grantee_target_id"],
        ),
        (
            json!({"resource_id": unknown(), "type": "GROUP"}),
            Action::Replace,
            vec!["resource_id", "type"],
        ),
    ] {
        let planned = terraform
            .plan(GRANT, &stored, with(wrote.clone(), change.clone()))
            .await;
        assert_eq!(
            (planned.action, &planned.replace),
            (action, &replace.iter().map(ToString::to_string).collect()),
            "{change}"
        );
    }
    let later = with(wrote, ends("2099-12-31"));
    let changed = terraform.make(GRANT, &stored, later.clone()).await;
    terraform.expect_no_change(GRANT, &changed, &later).await;
    let moved = with(later, json!({"grantee_target_id": seed::USER_BEN}));
    let replaced = terraform.make(GRANT, &changed, moved.clone()).await;
    terraform.expect_no_change(GRANT, &replaced, &moved).await;
    let grants = sandbox.world().grants(seed::SECRET_API_KEY);
    assert!(
        !grants.keys().any(|id| id.to_string() == seed::USER_DANA),
        "{grants:?}"
    );
}

#[tokio::test]
async fn c86_c116_a_grant_revoked_outside_terraform_is_removed_from_state() {
    let sandbox = sandbox().await;
    let (_served, terraform) = terraform(&sandbox).await;
    let stored = terraform.create(GRANT, grant()).await;
    assert!(
        sandbox
            .world()
            .remove_grant(seed::SECRET_API_KEY, seed::USER_DANA)
    );
    terraform.begin_run().await;
    let planned = terraform.plan(GRANT, &stored, Json::Null).await;
    let applied = terraform.apply(GRANT, &planned).await;
    assert_eq!((applied.stored, applied.found), (Stored::default(), vec![]));
    let read = terraform.read(GRANT, &stored).await;
    assert_eq!((read.stored, read.found), (Stored::default(), vec![]));
}

#[tokio::test]
async fn c87_c116_permission_denied_is_an_error_and_keeps_the_grant_in_state() {
    let sandbox = sandbox().await;
    let (_served, terraform) = terraform(&sandbox).await;
    let stored = terraform.create(GRANT, grant()).await;
    terraform.begin_run().await;
    let forbidden = Does::error(http::StatusCode::FORBIDDEN, "CSM.0403", "Not allowed.");
    sandbox
        .world()
        .faults()
        .add(Fault::on_any(forbidden).endless());
    let read = terraform.read(GRANT, &stored).await;
    assert!(has_error(&read.found));
    assert_eq!(read.stored, stored);
    let planned = terraform.plan(GRANT, &stored, Json::Null).await;
    let applied = terraform.apply(GRANT, &planned).await;
    assert!(has_error(&applied.found));
    assert_eq!(applied.stored, stored);
}

#[tokio::test]
async fn c93_an_imported_grant_plans_no_change() {
    let sandbox = sandbox().await;
    let (_served, terraform) = terraform(&sandbox).await;
    let wrote = with(grant(), ends("2099-12-31"));
    terraform.create(GRANT, wrote.clone()).await;
    let id = format!("SECRET/{}/user/{}", seed::SECRET_API_KEY, seed::USER_DANA);
    let imported = terraform.import(GRANT, &id).await.unwrap();
    let read = terraform.read(GRANT, &imported).await;
    assert_eq!(read.found, []);
    let planned = terraform.plan(GRANT, &read.stored, wrote).await;
    assert_eq!(
        planned.action,
        Action::Nothing,
        "{} became {}",
        read.stored.object,
        planned.object
    );

    terraform.create(DELEGATION, json!({})).await;
    let imported = terraform
        .import(DELEGATION, seed::ACCOUNT_ID)
        .await
        .unwrap();
    let read = terraform.read(DELEGATION, &imported).await;
    let planned = terraform.plan(DELEGATION, &read.stored, json!({})).await;
    assert_eq!(planned.action, Action::Nothing);
}

#[tokio::test]
async fn c94_a_missing_grant_imports_nothing_and_a_malformed_id_is_an_error() {
    let sandbox = sandbox().await;
    let (_served, terraform) = terraform(&sandbox).await;
    let id = format!("SECRET/{}/user/{}", seed::SECRET_API_KEY, seed::USER_DANA);
    let imported = terraform.import(GRANT, &id).await.unwrap();
    // Terraform makes its own error of it.
    assert_eq!(
        terraform.read(GRANT, &imported).await.stored,
        Stored::default()
    );
    for (name, id) in [
        (GRANT, "a/b"),
        (GRANT, ""),
        (DELEGATION, "a/b/c"),
        (DELEGATION, ""),
    ] {
        let found = terraform.import(name, id).await.unwrap_err();
        assert_eq!(summaries(&found), ["Malformed import ID"], "{id}");
        assert!(found[0].detail.contains("form"), "{found:?}");
    }
}

#[tokio::test]
async fn c82_stored_grants_are_upgraded_unchanged() {
    let sandbox = sandbox().await;
    let (_served, terraform) = terraform(&sandbox).await;
    for (name, wrote) in [(GRANT, grant()), (DELEGATION, json!({}))] {
        let stored = terraform.create(name, wrote).await;
        assert_eq!(
            terraform.upgrade(name, 0, &stored.object).await.unwrap(),
            stored.object
        );
    }
}

#[tokio::test]
async fn c132_grant_validation_points_at_the_attribute_before_any_request() {
    let sandbox = sandbox().await;
    let (_served, terraform) = terraform(&sandbox).await;
    for (change, at) in [
        (json!({"type": "TABLE"}), "type"),
        (json!({"grantee_type": "7"}), "grantee_type"),
        (json!({"resource_id": ""}), "resource_id"),
        (json!({"resource_id": "x".repeat(65)}), "resource_id"),
        (
            json!({"grantee_target_id": "x".repeat(65)}),
            "grantee_target_id",
        ),
        (json!({"validity_time": "2099-02-30"}), "validity_time"),
        (json!({"validity_time": "31.12.2099"}), "validity_time"),
        (json!({"timeouts": {"create": "5"}}), "timeouts.create"),
        (json!({"id": "mine"}), "id"),
    ] {
        let found = terraform
            .validate(GRANT, with(grant(), change.clone()))
            .await;
        assert!(has_error(&found), "{change}");
        assert!(
            found.iter().all(|each| pointer(each) == at),
            "{change}: {found:?}"
        );
    }
    let planned = terraform
        .plan(GRANT, &Stored::default(), with(grant(), ends("2020-01-31")))
        .await;
    assert_eq!(summaries(&planned.found), ["Expiration date in the past"]);
    assert_eq!(pointer(&planned.found[0]), "validity_time");
    assert_eq!(methods(&sandbox), [""; 0]);
}

#[tokio::test]
async fn c47_the_user_agent_names_terraform_and_appends_the_users_suffix() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let plugin = Host::new()
        .set("HWGRANTS_ENDPOINT", url)
        .set("HW_REGION_NAME", seed::REGION)
        .set("HW_PROJECT_ID", seed::PROJECT_ID)
        .set("HW_AUTH_TOKEN", seed::TOKEN)
        .set("TF_APPEND_USER_AGENT", "  ci/7 (nightly) \n")
        .start()
        .await;
    let config = json!({"max_retries": 0});
    let client = super::server::client(plugin.connect().await);
    let terraform = Terraform::configured(client, config).await;
    let imported = Stored {
        object: terraform.config(GRANT, &with(grant(), json!({"id": "x"}))),
        ..Stored::default()
    };
    let answer = async {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let mut agent = String::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await.unwrap();
            if let Some((name, value)) = line.split_once(": ")
                && name.eq_ignore_ascii_case("user-agent")
            {
                agent = value.trim_end().to_owned();
            }
            if line == "\r\n" {
                break;
            }
        }
        stream
            .write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
            .await
            .unwrap();
        agent
    };
    let (agent, _) = within(async { tokio::join!(answer, terraform.read(GRANT, &imported)) }).await;
    assert!(
        agent.starts_with("Terraform/1.15.0 (+https://www.terraform.io) "),
        "{agent}"
    );
    assert!(agent.ends_with(" ci/7 (nightly)"), "{agent}");
}

#[tokio::test]
async fn c114_c115_a_write_that_is_not_visible_fails_and_keeps_the_state() {
    let sandbox = sandbox().await;
    let (_served, terraform) = terraform(&sandbox).await;
    let timeouts = json!({"timeouts": {"create": "200ms", "update": "200ms"}});
    let wrote = with(with(grant(), ends("2099-06-30")), timeouts);
    let signed = r#"{"data": {"uuid": "u"}}"#;
    // The service confirms, but nothing happens.
    let lost = |operation| Fault::on(operation, Does::raw(http::StatusCode::OK, signed));
    sandbox.world().faults().add(lost("CreateGrants"));
    let planned = terraform
        .plan(GRANT, &Stored::default(), wrote.clone())
        .await;
    let applied = terraform.apply(GRANT, &planned).await;
    assert!(has_error(&applied.found));
    assert_eq!(applied.stored.object["uuid"], "u");
    // The list may lag, so what was confirmed and never shown counts as there.
    let read = terraform.read(GRANT, &applied.stored).await;
    assert_eq!(read.stored.object, applied.stored.object);
    assert_eq!(summaries(&read.found), ["Grant not listed yet"]);

    let stored = terraform.create(GRANT, wrote.clone()).await;
    terraform.begin_run().await;
    sandbox.world().faults().add(lost("UpdateGrant"));
    let later = with(wrote, ends("2099-12-31"));
    let planned = terraform.plan(GRANT, &stored, later.clone()).await;
    let applied = terraform.apply(GRANT, &planned).await;
    assert!(has_error(&applied.found), "{:?}", applied.found);
    let read = terraform.read(GRANT, &applied.stored).await.stored;
    assert_eq!(read.object["validity_time"], "2099-06-30");
    let planned = terraform.plan(GRANT, &read, later).await;
    assert_eq!(planned.action, Action::Update);
}
