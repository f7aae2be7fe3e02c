//! Quirks that change the effect of writes and the expiry of grants.

use hwgrants::sandbox::seed::{GROUP_ONCALL, SECRET_DB_PASSWORD, USER_ANA, USER_BEN, USER_CHEN};
use hwgrants::sandbox::{GranteeKind, SandboxOptions};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{odd, to_oncall, until_january};
use crate::sandbox::{Bench, grants, grants_of, terms};

impl Bench {
    /// The number of grants of Ana.
    fn anas(&self) -> usize {
        self.sandbox
            .world()
            .grant_count(SECRET_DB_PASSWORD, USER_ANA)
    }

    fn end_of_ana(&self) -> Option<String> {
        let grants = self.sandbox.world().grants(SECRET_DB_PASSWORD);
        grants[USER_ANA].validity_date.map(|date| date.to_string())
    }
}

#[tokio::test]
async fn deleting_a_group_grant_removes_only_that_grant() {
    let bench = odd(&["groups=expanded"]).await;
    bench.grant(&to_oncall()).await;
    bench.grant(&terms(SECRET_DB_PASSWORD, USER_CHEN)).await;
    bench.take(GROUP_ONCALL).await.no_content();
    assert_eq!(bench.listed_ids().await, [USER_CHEN]);
}

#[tokio::test]
async fn deleting_a_group_grant_can_be_refused() {
    let bench = odd(&["group_delete=refuses"]).await;
    bench.grant(&to_oncall()).await;
    bench.grant(&until_january()).await;
    let refused = bench.take(GROUP_ONCALL).await;
    refused.refused(400, "CSMS.0005");
    bench.take(USER_ANA).await.no_content();
    assert_eq!(bench.listed_ids().await, [GROUP_ONCALL]);
}

#[tokio::test]
async fn deleting_the_grant_of_an_expanded_group_member_is_refused() {
    let bench = odd(&["groups=expanded"]).await;
    bench.grant(&to_oncall()).await;
    bench.take(USER_CHEN).await.refused(400, "CSMS.0005");
    assert_eq!(bench.listed_ids().await.len(), 2);
}

/// A sandbox with a grant for Ana that expires at the end of January, and a clock in February.
async fn in_february(expired: &str) -> Bench {
    let now: jiff::Timestamp = "2027-01-31T23:59:59Z".parse().expect("a time");
    let mut options = SandboxOptions {
        clock: std::sync::Arc::new(move || now),
        ..SandboxOptions::default()
    };
    options.quirks.set(expired).expect("a quirk");
    let bench = Bench::start_with(options).await;
    bench.grant(&until_january()).await;
    bench.grant(&terms(SECRET_DB_PASSWORD, USER_BEN)).await;
    assert_eq!(bench.anas(), 1, "on the last day it is there");
    let second = SignedDuration::from_secs(1);
    bench.sandbox.world().advance(second);
    bench
}

#[tokio::test]
async fn an_expired_grant_is_kept() {
    let bench = in_february("expired=kept").await;
    assert_eq!(bench.listed_ids().await, [USER_ANA, USER_BEN]);
    bench.update(&until_january()).await.ok(200);
    bench.take(USER_ANA).await.no_content();
}

#[tokio::test]
async fn an_expired_grant_is_dropped_permanently_and_can_be_re_created() {
    let bench = in_february("expired=dropped").await;
    assert_eq!(bench.listed_ids().await, [USER_BEN]);
    let update = bench.update(&until_january()).await;
    update.refused(400, "CSMS.0005");
    bench.take(USER_ANA).await.refused(400, "CSMS.0005");
    bench
        .sandbox
        .world()
        .advance(SignedDuration::from_hours(-48));
    assert_eq!(
        bench.anas(),
        0,
        "setting the clock back does not restore it"
    );
    bench.grant(&until_january()).await;
    assert_eq!(bench.listed_ids().await, [USER_ANA, USER_BEN]);
}

#[tokio::test]
async fn an_update_without_an_expiry_keeps_or_clears_the_expiry() {
    for (choice, end) in [("keeps", Some("2027-01-31")), ("clears", None)] {
        let bench = odd(&[&format!("update_without_end={choice}")]).await;
        bench.grant(&until_january()).await;
        let endless = terms(SECRET_DB_PASSWORD, USER_ANA);
        let answer = bench.update(&endless).await.ok(200);
        assert_eq!(bench.end_of_ana().as_deref(), end);
        assert_eq!(answer["data"]["validityTime"].is_null(), end.is_none());
    }
}

#[tokio::test]
async fn updating_a_missing_grant_is_refused_or_creates_it() {
    let bench = odd(&["update_missing=refuses"]).await;
    let refused = bench.update(&until_january()).await;
    refused.refused(400, "CSMS.0005");
    bench.set("update_missing=creates");
    let made = bench.update(&until_january()).await.ok(200);
    assert_eq!(made["data"]["granteeUser"], USER_ANA);
    assert_eq!(bench.end_of_ana().as_deref(), Some("2027-01-31"));
    let mut as_group = until_january();
    as_group["grantee_type"] = json!("2");
    bench.update(&as_group).await.refused(400, "CSMS.0005");
}

#[tokio::test]
async fn a_second_create_is_refused() {
    let bench = odd(&["duplicate=refused"]).await;
    bench.grant(&until_january()).await;
    let again = bench.post(&grants(""), &until_january()).await;
    again.refused(400, "CSMS.0002");
    assert_eq!(bench.anas(), 1);
}

#[tokio::test]
async fn a_second_create_duplicates_the_grant_and_one_delete_removes_both() {
    let bench = odd(&["duplicate=doubled"]).await;
    let first = bench.grant(&until_january()).await;
    let second = bench.grant(&terms(SECRET_DB_PASSWORD, USER_ANA)).await;
    assert_ne!(first["data"]["uuid"], second["data"]["uuid"]);
    assert_eq!(bench.anas(), 2);
    let listed = bench.list().await;
    let entries = listed["data"]["grantee_user"].as_array().expect("a list");
    assert_eq!(bench.listed_ids().await, [USER_ANA, USER_ANA]);
    assert!(entries[0]["validity_time"].is_number());
    assert!(entries[1]["validity_time"].is_null());
    assert_eq!(bench.end_of_ana().as_deref(), Some("2027-01-31"));

    let mut later = until_january();
    later["validity_time"] = json!("2027-06-30");
    bench.update(&later).await.ok(200);
    let listed = bench.list().await;
    let ends = |index: usize| listed["data"]["grantee_user"][index]["validity_time"].clone();
    assert_eq!(ends(0), ends(1), "an update changes both");

    bench.take(USER_ANA).await.no_content();
    assert_eq!(bench.listed_ids().await, [Value::Null; 0]);
}

#[tokio::test]
async fn a_second_create_is_merged_into_the_first() {
    let bench = odd(&["duplicate=merged"]).await;
    let first = bench.grant(&terms(SECRET_DB_PASSWORD, USER_ANA)).await;
    let second = bench.grant(&until_january()).await;
    assert_eq!(first["data"]["uuid"], second["data"]["uuid"]);
    assert_eq!(first["data"]["createTime"], second["data"]["createTime"]);
    assert_eq!(bench.anas(), 1);
    assert_eq!(bench.end_of_ana().as_deref(), Some("2027-01-31"));
    bench.grant(&terms(SECRET_DB_PASSWORD, USER_ANA)).await;
    assert_eq!(bench.end_of_ana(), None, "also by none");
}

#[tokio::test]
async fn deleting_a_missing_grant_returns_the_configured_status() {
    let bench = Bench::start().await;
    for (choice, status) in [("bad_request", 400), ("not_found", 404)] {
        bench.set(&format!("delete_missing={choice}"));
        bench.take(USER_ANA).await.refused(status, "CSMS.0005");
    }
    bench.set("delete_missing=no_content");
    bench.take(USER_ANA).await.no_content();
    // A resource that does not exist is refused with any quirk.
    let path = grants_of("no-such-secret");
    let unknown = bench
        .delete(&format!("{path}&grantee_user={USER_ANA}"))
        .await;
    unknown.refused(400, "CSMS.0005");
}

#[tokio::test]
async fn a_delete_without_a_grantee_removes_all_or_is_refused() {
    let bench = odd(&["delete_unaimed=refused"]).await;
    bench.grant(&until_january()).await;
    let path = grants_of(SECRET_DB_PASSWORD);
    for path in [path.clone(), format!("{path}&grantee_user=")] {
        let refused = bench.delete(&path).await;
        refused.refused_naming(400, "CSMS.0002", "grantee_user");
    }
    assert_eq!(bench.anas(), 1);
    bench.set("delete_unaimed=removes_all");
    bench.delete(&path).await.no_content();
    assert_eq!(bench.anas(), 0);
}

#[tokio::test]
async fn a_delete_returns_the_configured_status() {
    let bench = Bench::start().await;
    for (choice, status) in [("ok", 200), ("accepted", 202)] {
        bench.set(&format!("delete_status={choice}"));
        bench.grant(&until_january()).await;
        assert_eq!(bench.take(USER_ANA).await.ok(status), json!({}));
        assert_eq!(bench.anas(), 0);
    }
    bench.set("delete_status=no_content");
    bench.grant(&until_january()).await;
    bench.take(USER_ANA).await.no_content();
}

#[tokio::test]
async fn an_out_of_band_grant_replaces_both_duplicates() {
    let bench = odd(&["duplicate=doubled"]).await;
    bench.grant(&until_january()).await;
    bench.grant(&until_january()).await;
    let world = bench.sandbox.world();
    world
        .put_grant(SECRET_DB_PASSWORD, USER_ANA, GranteeKind::User, None)
        .expect("put");
    assert_eq!(bench.anas(), 1);
    assert_eq!(bench.end_of_ana(), None);
}
