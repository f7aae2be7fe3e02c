//! Stale reads.

use std::time::Duration;

use hwgrants::sandbox::seed::{SECRET_DB_PASSWORD, USER_ANA, USER_BEN, USER_CHEN};
use hwgrants::sandbox::{Fault, FaultAction};
use reqwest::Method;
use serde_json::json;

use super::{Bench, grants, grants_of, kms_grant, send, terms};

const SECOND: Duration = Duration::from_secs(1);

/// Advances the time, which is stopped otherwise: a waiting request would advance it to the client's deadline.
async fn pass(span: Duration) {
    tokio::time::pause();
    tokio::time::advance(span).await;
    tokio::time::resume();
}

impl Bench {
    async fn listed(&self) -> Vec<String> {
        let body = self.get(&grants_of(SECRET_DB_PASSWORD)).await.ok(200);
        let listed = body["data"]["grantee_user"].as_array().expect("a list");
        let ids = listed
            .iter()
            .map(|user| user["user_id"].as_str().expect("an id"));
        ids.map(str::to_owned).collect()
    }

    fn lag_for(&self, operation: &str, span: Duration) {
        let fault = Fault::on(operation, FaultAction::lag_for(span)).endless();
        self.sandbox.world().faults().add(fault);
    }
}

#[tokio::test]
async fn writes_become_visible_in_order_after_the_lag() {
    let bench = Bench::start().await;
    bench.lag_for("ListGrants", 30 * SECOND);
    for user in [USER_ANA, USER_BEN] {
        let body = terms(SECRET_DB_PASSWORD, user);
        bench.post(&grants(""), &body).await.ok(200);
        pass(10 * SECOND).await;
    }
    let gone = format!("{}&grantee_user={USER_ANA}", grants_of(SECRET_DB_PASSWORD));
    bench.delete(&gone).await.no_content();
    // The writes are 20, 10 and 0 seconds old, and a little more.
    assert_eq!(bench.listed().await, [""; 0]);
    pass(10 * SECOND).await;
    assert_eq!(bench.listed().await, [USER_ANA]);
    assert_eq!(bench.listed().await, [USER_ANA], "reading changes nothing");
    pass(10 * SECOND).await;
    assert_eq!(bench.listed().await, [USER_ANA, USER_BEN]);
    pass(10 * SECOND).await;
    assert_eq!(bench.listed().await, [USER_BEN]);
}

#[tokio::test]
async fn the_delegation_is_visible_after_the_lag() {
    let bench = Bench::start().await;
    bench.lag_for("ShowTenantKmsGrant", 30 * SECOND);
    send(bench.request(Method::POST, &kms_grant()))
        .await
        .ok(200);
    pass(15 * SECOND).await;
    assert_eq!(bench.get(&kms_grant()).await.ok(202)["assumed"], false);
    pass(15 * SECOND).await;
    assert_eq!(bench.get(&kms_grant()).await.ok(202)["assumed"], true);
}

#[tokio::test]
async fn an_out_of_band_change_is_visible_at_once() {
    let bench = Bench::start().await;
    bench.lag_for("ListGrants", 30 * SECOND);
    let body = terms(SECRET_DB_PASSWORD, USER_CHEN);
    bench.post(&grants(""), &body).await.ok(200);
    let path = format!("/grants/{SECRET_DB_PASSWORD}/{USER_BEN}");
    bench.admin(Method::PUT, &path, "").await.no_content();
    assert_eq!(bench.listed().await, [USER_BEN]);
}

#[tokio::test]
async fn a_lag_fault_requires_exactly_one_of_reads_and_for_ms() {
    let bench = Bench::start().await;
    for action in [
        json!({"kind": "lag", "reads": 2}),
        json!({"kind": "lag", "for_ms": 5000}),
    ] {
        let fault = json!({"count": 1, "action": action});
        let body = fault.to_string();
        let added = bench.admin(Method::POST, "/faults", &body).await;
        added.no_content();
        let listed = bench.admin(Method::GET, "/faults", "").await.ok(200);
        assert_eq!(listed, json!({"faults": [fault]}));
        bench.sandbox.world().faults().clear();
    }
    for wrong in [
        json!({"kind": "lag"}),
        json!({"kind": "lag", "reads": 2, "for_ms": 5000}),
    ] {
        let fault = json!({"action": wrong}).to_string();
        let refused = bench.admin(Method::POST, "/faults", &fault).await;
        assert!(refused.ok(400)["error"].is_string(), "{wrong}");
    }
}
