//! The directory of users.

use hwgrants::sandbox::seed::{ACCOUNT_ID, GROUP_ONCALL, TOKEN_READ_ONLY, USER_ANA, USER_BEN};
use hwgrants::sandbox::{GranteeKind, StoredGrantee};
use reqwest::Method;
use serde_json::Value;

use super::{Bench, send};

const USERS: &str = "/v1/csms/users";

impl Bench {
    async fn users(&self, query: &str) -> Value {
        self.get(&format!("{USERS}?{query}")).await.ok(200)
    }
}

fn names(page: &Value) -> Vec<&str> {
    let users = page["users"].as_array().expect("a list").iter();
    users
        .map(|user| user["user_name"].as_str().expect("a name"))
        .collect()
}

#[tokio::test]
async fn the_directory_lists_users_but_not_groups_in_pages() {
    let bench = Bench::start().await;
    let all = bench.users("offset=0&limit=10").await;
    assert_eq!(
        names(&all),
        ["Ana Ruiz", "Ben Okafor", "Chen Wei", "Dana Novak"]
    );
    assert_eq!(all["total"], 4);
    for number in 0..8 {
        let user = StoredGrantee::new(format!("Guest {number}"), GranteeKind::User);
        let id = format!("9-{number}");
        bench.sandbox.world().add_grantee(&id, user);
    }
    let second = bench.users("offset=1&limit=10").await;
    assert_eq!(names(&second), ["Guest 6", "Guest 7"]);
    assert_eq!(second["total"], 12);
    let found = bench.users("offset=0&limit=100&user_info=RUIZ").await;
    assert_eq!(names(&found), ["Ana Ruiz"]);
    assert_eq!(found["total"], 1);
    let other = bench.users("offset=0&limit=100&org_id=elsewhere").await;
    assert_eq!(names(&other), [""; 0]);
}

#[tokio::test]
async fn an_invalid_query_returns_the_directory_error_format() {
    let bench = Bench::start().await;
    let long = format!("offset=0&limit=10&user_info={}", "x".repeat(65));
    for query in [
        "",
        "offset=0",
        "limit=10",
        "offset=-1&limit=10",
        "offset=0&limit=9",
        "offset=0&limit=101",
        "offset=0&offset=1&limit=10",
        &long,
    ] {
        let reply = bench.get(&format!("{USERS}?{query}")).await;
        assert_eq!(reply.status.as_u16(), 400, "{query}");
        assert_eq!(reply.json()["error"]["error_code"], "CSMS.0002", "{query}");
    }
}

#[tokio::test]
async fn a_user_is_shown_with_the_account_id() {
    let bench = Bench::start().await;
    let user = bench.get(&format!("{USERS}/{USER_BEN}")).await.ok(200);
    assert_eq!(user["name"], "Ben Okafor");
    assert_eq!(user["domain_id"], ACCOUNT_ID);
    assert_eq!(user["disabled"], false);
    for id in ["unknown", GROUP_ONCALL] {
        let reply = bench.get(&format!("{USERS}/{id}")).await;
        reply.refused(400, "CSMS.0005");
    }
    let request = bench.anonymous(Method::GET, &format!("{USERS}/{USER_ANA}"));
    send(request).await.refused(401, "APIGW.0301");
    let request = bench.anonymous(Method::GET, &format!("{USERS}/{USER_ANA}"));
    send(request.header("X-Auth-Token", TOKEN_READ_ONLY))
        .await
        .ok(200);
}
