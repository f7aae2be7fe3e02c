//! Every quirk, seen in a response or by its effect.

mod effect;
mod format;

use hwgrants::sandbox::seed::{GROUP_ONCALL, SECRET_DB_PASSWORD, USER_ANA};
use hwgrants::sandbox::{Quirks, SandboxOptions};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Bench, Reply, grants, grants_of, kms_grant, terms};

/// A sandbox with some quirks.
async fn odd(settings: &[&str]) -> Bench {
    let mut quirks = Quirks::default();
    for setting in settings {
        quirks.set(setting).expect("a quirk");
    }
    let options = SandboxOptions {
        quirks,
        ..SandboxOptions::default()
    };
    Bench::start_with(options).await
}

impl Bench {
    /// Sets a quirk.
    fn set(&self, setting: &str) {
        let world = self.sandbox.world();
        let mut quirks = world.quirks();
        quirks.set(setting).expect("a quirk");
        world.set_quirks(quirks);
    }

    async fn grant(&self, body: &Value) -> Value {
        self.post(&grants(""), body).await.ok(200)
    }

    async fn update(&self, body: &Value) -> Reply {
        self.put(&grants_of(SECRET_DB_PASSWORD), body).await
    }

    async fn list(&self) -> Value {
        self.get(&grants_of(SECRET_DB_PASSWORD)).await.ok(200)
    }

    async fn take(&self, grantee: &str) -> Reply {
        let path = grants_of(SECRET_DB_PASSWORD);
        self.delete(&format!("{path}&grantee_user={grantee}")).await
    }

    /// Ids in the list, in order.
    async fn listed_ids(&self) -> Vec<Value> {
        let mut body = self.list().await;
        let users = body["data"]["grantee_user"].as_array_mut();
        let users = users.expect("a list").iter_mut();
        users.map(|user| user["user_id"].take()).collect()
    }
}

/// The body of a grant for Ana that expires at the end of January.
fn until_january() -> Value {
    let mut body = terms(SECRET_DB_PASSWORD, USER_ANA);
    body["validity_time"] = json!("2027-01-31");
    body
}

/// The body of a grant for the group On-call.
fn to_oncall() -> Value {
    let mut body = terms(SECRET_DB_PASSWORD, GROUP_ONCALL);
    body["grantee_type"] = json!("2");
    body
}

#[tokio::test]
async fn quirks_can_be_read_and_set_through_the_admin_api() {
    let bench = Bench::start().await;
    let path = "/quirks";
    let at_first = bench.admin(Method::GET, path, "").await.ok(200);
    assert_eq!(at_first["groups"], "listed");
    assert_eq!(
        at_first.as_object().expect("an object").len(),
        Quirks::catalog().len()
    );

    let changed = bench
        .admin(Method::PATCH, path, r#"{"groups": "expanded"}"#)
        .await
        .ok(200);
    let changed_again = bench
        .admin(Method::PATCH, path, r#"{"ids": "number"}"#)
        .await;
    let mut expected = at_first.clone();
    expected["groups"] = json!("expanded");
    assert_eq!(changed, expected);
    expected["ids"] = json!("number");
    assert_eq!(changed_again.ok(200), expected);
    assert_eq!(bench.admin(Method::GET, path, "").await.ok(200), expected);

    let set = bench.admin(Method::PUT, path, r#"{"names": "unknown"}"#);
    let mut expected = at_first.clone();
    expected["names"] = json!("unknown");
    assert_eq!(set.await.ok(200), expected);
    let reset = bench.admin(Method::PUT, path, "{}").await;
    assert_eq!(reset.ok(200), at_first);
    assert_eq!(bench.sandbox.world().quirks(), Quirks::default());
}

#[tokio::test]
async fn an_invalid_quirk_error_lists_valid_ones_and_changes_nothing() {
    let bench = Bench::start().await;
    for (body, part) in [
        (r#"{"names": "unknown", "group": "listed"}"#, "`groups`"),
        (r#"{"names": "unknown", "groups": "seen"}"#, "`invisible`"),
        (r#"{"names": "unknown", "groups": 1}"#, "`invisible`"),
        ("names=unknown", "invalid request body"),
    ] {
        for method in [Method::PATCH, Method::PUT] {
            let refused = bench.admin(method, "/quirks", body).await.ok(400);
            let message = refused["error"].as_str().expect("a message");
            assert!(message.contains(part), "{message}");
        }
    }
    assert_eq!(bench.sandbox.world().quirks(), Quirks::default());
}

#[tokio::test]
async fn a_grant_can_be_created_and_deleted_with_any_quirks() {
    for quirks in Quirks::variations() {
        let bench = Bench::start().await;
        let world = bench.sandbox.world();
        world.set_quirks(quirks.clone());
        let body = terms(SECRET_DB_PASSWORD, USER_ANA);
        bench.grant(&body).await;
        assert_eq!(
            world.grant_count(SECRET_DB_PASSWORD, USER_ANA),
            1,
            "{quirks:?}"
        );
        bench.list().await;
        assert!(bench.take(USER_ANA).await.status.is_success(), "{quirks:?}");
        assert_eq!(world.grant_count(SECRET_DB_PASSWORD, USER_ANA), 0);
        assert!(bench.get(&kms_grant()).await.status.as_u16() < 500);
    }
}
