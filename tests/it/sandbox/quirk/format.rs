//! Quirks that change the format of responses.

use std::sync::Arc;

use hwgrants::sandbox::seed::{
    GROUP_ONCALL, PROJECT_ID, SECRET_DB_PASSWORD, SECRET_GROUP_BILLING, SECRET_PENDING_DELETE,
    USER_ANA, USER_BEN, USER_CHEN,
};
use hwgrants::sandbox::{ResourceKind, SandboxOptions, SandboxResource, SecretState};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::{odd, to_oncall, until_january};
use crate::sandbox::{Bench, grants, grants_of, kms_grant, send, terms};

/// The clock of these tests, to the millisecond.
const NOW: &str = "2026-01-05T09:00:00.250Z";

#[tokio::test]
async fn times_are_written_in_the_configured_format() {
    let now: Timestamp = NOW.parse().expect("a time");
    let bench = Bench::start_with(SandboxOptions {
        clock: Arc::new(move || now),
        ..SandboxOptions::default()
    })
    .await;
    let answer = bench.grant(&until_january()).await;
    assert_eq!(answer["data"]["createTime"], 1_767_603_600_250_i64);
    for (form, at, end) in [
        (
            "milliseconds",
            json!(1_767_603_600_250_i64),
            json!(1_801_353_600_000_i64),
        ),
        ("seconds", json!(1_767_603_600), json!(1_801_353_600)),
        (
            "text",
            json!("2026-01-05 09:00:00"),
            json!("2027-01-31 00:00:00"),
        ),
        (
            "rfc3339",
            json!("2026-01-05T09:00:00.25Z"),
            json!("2027-01-31T00:00:00Z"),
        ),
        (
            "number_text",
            json!("1767603600250"),
            json!("1801353600000"),
        ),
    ] {
        bench.set(&format!("time={form}"));
        let updated = bench.update(&until_january()).await.ok(200);
        let listed = bench.list().await;
        let entry = &listed["data"]["grantee_user"][0];
        for found in [
            &updated["data"]["createTime"],
            &updated["data"]["updateTime"],
            &entry["create_time"],
            &listed["data"]["update_time"],
        ] {
            assert_eq!(*found, at, "{form}");
        }
        assert_eq!(updated["data"]["validityTime"], end, "{form}");
        assert_eq!(entry["validity_time"], end, "{form}");
    }
    let secrets = bench.get(&format!("/v1/{PROJECT_ID}/secrets")).await;
    assert_eq!(
        secrets.ok(200)["secrets"][0]["create_time"],
        "1767603600000"
    );
}

#[tokio::test]
async fn the_expiry_is_written_as_the_configured_instant() {
    for (choice, end) in [
        ("start_of_day", Some("2027-01-31T00:00:00Z")),
        ("end_of_day", Some("2027-02-01T00:00:00Z")),
        ("last_second", Some("2027-01-31T23:59:59Z")),
        ("start_of_day_in_china", Some("2027-01-30T16:00:00Z")),
        ("end_of_day_in_china", Some("2027-01-31T16:00:00Z")),
        ("hidden", None),
    ] {
        let bench = odd(&["time=rfc3339", &format!("end={choice}")]).await;
        let answer = bench.grant(&until_january()).await;
        assert_eq!(answer["data"]["validityTime"], json!(end), "{choice}");
        let listed = bench.list().await;
        let entry = &listed["data"]["grantee_user"][0];
        assert_eq!(entry["validity_time"], json!(end), "{choice}");
    }
}

#[tokio::test]
async fn a_list_uses_the_configured_envelope() {
    let bench = Bench::start().await;
    for user in [USER_ANA, USER_BEN, USER_CHEN] {
        bench.grant(&terms(SECRET_DB_PASSWORD, user)).await;
    }
    let object = bench.list().await["data"].take();
    assert_eq!(object["grantee_user"][2]["user_id"], USER_CHEN);
    bench.set("list=array");
    assert_eq!(bench.list().await, json!({"data": [object]}));
    bench.set("list=bare");
    assert_eq!(bench.list().await, object);
    bench.set("list=split");
    let part = |users: std::ops::Range<usize>| {
        let mut part = object.clone();
        let all = object["grantee_user"].as_array().expect("a list");
        part["grantee_user"] = Value::from(&all[users]);
        part
    };
    let mut split = bench.list().await;
    for part in split["data"].as_array_mut().expect("a list") {
        // That of the newest grant.
        part["update_time"] = object["update_time"].clone();
    }
    assert_eq!(split, json!({"data": [part(0..2), part(2..3)]}));
}

#[tokio::test]
async fn an_empty_list_uses_the_configured_format() {
    let bench = Bench::start().await;
    assert_eq!(bench.list().await["data"]["grantee_user"], json!([]));
    for (choice, body) in [
        ("null_data", json!({"data": null})),
        ("empty_data", json!({"data": {}})),
        ("no_data", json!({})),
    ] {
        bench.set(&format!("no_grants={choice}"));
        assert_eq!(bench.list().await, body);
    }
    for (choice, status) in [("not_found", 404), ("bad_request", 400)] {
        bench.set(&format!("no_grants={choice}"));
        let path = grants_of(SECRET_DB_PASSWORD);
        bench.get(&path).await.refused(status, "CSMS.0005");
        bench.grant(&terms(SECRET_DB_PASSWORD, USER_ANA)).await;
        bench.get(&path).await.ok(200);
        bench.take(USER_ANA).await.no_content();
        // A resource that does not exist is refused with any quirk.
        let unknown = bench.get(&grants_of("no-such-secret")).await;
        unknown.refused(400, "CSMS.0005");
    }
}

#[tokio::test]
async fn numeric_ids_can_be_written_as_numbers() {
    let bench = odd(&["ids=number"]).await;
    let secret = SandboxResource {
        project_id: PROJECT_ID.into(),
        kind: ResourceKind::Secret,
        name: "numbered".to_owned(),
        state: SecretState::Enabled,
        created_at: Timestamp::UNIX_EPOCH,
    };
    bench.sandbox.world().add_resource("21", secret);
    let answer = bench.grant(&terms("21", "111")).await;
    assert_eq!(answer["data"]["resourceId"], 21);
    assert_eq!(answer["data"]["granteeUser"], 111);
    let too_long = "9".repeat(32);
    for id in ["007", "+5", &too_long, USER_ANA] {
        let answer = bench.grant(&terms("21", id)).await;
        assert_eq!(answer["data"]["granteeUser"], id);
    }
    let listed = bench.get(&grants_of("21")).await.ok(200);
    assert_eq!(listed["data"]["id"], 21);
    let users = listed["data"]["grantee_user"].as_array().expect("a list");
    assert!(users.iter().any(|user| user["user_id"] == 111), "{users:?}");
    assert!(
        users.iter().any(|user| user["user_id"] == "007"),
        "{users:?}"
    );
    let shown = bench
        .get(&format!("/v1/{PROJECT_ID}/secrets/numbered"))
        .await;
    assert_eq!(shown.ok(200)["secret"]["id"], 21);

    bench.set("ids=text");
    let listed = bench.get(&grants_of("21")).await.ok(200);
    assert_eq!(listed["data"]["id"], "21");
}

#[tokio::test]
async fn the_uuid_can_be_for_users_only_absent_or_empty() {
    for (choice, of_user) in [("absent", None), ("empty", Some(""))] {
        let bench = odd(&[&format!("uuid={choice}")]).await;
        for body in [until_january(), to_oncall()] {
            let answer = bench.grant(&body).await;
            let uuid = answer["data"].get("uuid");
            assert_eq!(uuid.and_then(Value::as_str), of_user, "{choice}");
            assert_eq!(uuid.is_some(), of_user.is_some(), "{choice}");
        }
    }
    let bench = odd(&["uuid=individuals"]).await;
    assert!(bench.grant(&until_january()).await["data"]["uuid"].is_string());
    assert_eq!(bench.grant(&to_oncall()).await["data"].get("uuid"), None);
}

#[tokio::test]
async fn a_write_response_uses_the_configured_envelope() {
    let bench = Bench::start().await;
    let in_data = bench.grant(&until_january()).await;
    bench.set("answer=bare");
    let mut bare = bench.update(&until_january()).await.ok(200);
    bare["updateTime"] = in_data["data"]["updateTime"].clone();
    assert_eq!(bare, in_data["data"]);
    for (choice, body) in [
        ("empty_data", json!({"data": {}})),
        ("null_data", json!({"data": null})),
    ] {
        bench.set(&format!("answer={choice}"));
        assert_eq!(bench.update(&until_january()).await.ok(200), body);
        let user = terms(SECRET_DB_PASSWORD, choice);
        assert_eq!(bench.grant(&user).await, body);
        let world = bench.sandbox.world();
        assert_eq!(world.grant_count(SECRET_DB_PASSWORD, choice), 1);
    }
}

#[tokio::test]
async fn the_type_is_written_in_the_configured_format() {
    for (choice, secret, group) in [
        ("upper_case", "SECRET", "GROUP"),
        ("lower_case", "secret", "group"),
        ("always_secret", "SECRET", "SECRET"),
    ] {
        let bench = odd(&[&format!("kind={choice}")]).await;
        let mut of_group = terms(SECRET_GROUP_BILLING, USER_ANA);
        of_group["type"] = json!("GROUP");
        for (body, kind) in [
            (terms(SECRET_DB_PASSWORD, USER_ANA), secret),
            (of_group, group),
        ] {
            assert_eq!(bench.grant(&body).await["data"]["type"], kind);
            let id = body["resource_id"].as_str().expect("an id");
            let listed = bench.get(&grants_of(id)).await.ok(200);
            assert_eq!(listed["data"]["type"], kind);
        }
    }
}

#[tokio::test]
async fn the_state_is_a_number_or_a_string() {
    for (choice, state) in [("number", json!(0)), ("text", json!("0"))] {
        let bench = odd(&[&format!("state={choice}")]).await;
        assert_eq!(bench.grant(&until_january()).await["data"]["state"], state);
    }
}

#[tokio::test]
async fn grantee_names_are_known_or_null() {
    for (choice, name) in [("known", "Ana Ruiz"), ("unknown", "null")] {
        let bench = odd(&[&format!("names={choice}")]).await;
        bench.grant(&until_january()).await;
        let listed = bench.list().await;
        assert_eq!(listed["data"]["grantee_user"][0]["user_name"], name);
    }
}

#[tokio::test]
async fn a_group_grant_is_listed_expanded_or_invisible() {
    let bench = Bench::start().await;
    bench.grant(&to_oncall()).await;
    assert_eq!(bench.listed_ids().await, [GROUP_ONCALL]);
    bench.set("groups=invisible");
    assert_eq!(bench.listed_ids().await, [""; 0]);
    bench.set("groups=expanded");
    let listed = bench.list().await;
    let members = listed["data"]["grantee_user"].as_array().expect("a list");
    let names: Vec<_> = members.iter().map(|member| &member["user_name"]).collect();
    assert_eq!(names, ["Chen Wei", "Dana Novak"]);
}

#[tokio::test]
async fn a_group_member_with_a_grant_is_listed_once_with_its_own_expiry() {
    let bench = odd(&["groups=expanded", "time=rfc3339"]).await;
    bench.grant(&to_oncall()).await;
    let mut own = terms(SECRET_DB_PASSWORD, USER_CHEN);
    own["validity_time"] = json!("2027-01-31");
    bench.grant(&own).await;
    bench.grant(&terms(SECRET_DB_PASSWORD, USER_ANA)).await;
    let listed = bench.list().await;
    let entries = listed["data"]["grantee_user"].as_array().expect("a list");
    assert_eq!(entries.len(), 3, "Ana, Chen and Dana: {entries:?}");
    let chen = entries.iter().find(|entry| entry["user_id"] == USER_CHEN);
    assert_eq!(chen.expect("Chen")["validity_time"], "2027-01-31T00:00:00Z");
}

#[tokio::test]
async fn listing_a_secret_scheduled_for_deletion_succeeds_or_is_refused() {
    let bench = Bench::start().await;
    let path = grants_of(SECRET_PENDING_DELETE);
    bench.get(&path).await.ok(200);
    bench.set("pending_list=refused");
    bench.get(&path).await.refused(400, "CSMS.0103");
    bench.get(&grants_of(SECRET_DB_PASSWORD)).await.ok(200);
}

#[tokio::test]
async fn repo_reads_return_the_configured_status() {
    for (choice, status) in [("accepted", 202), ("ok", 200)] {
        let bench = odd(&[&format!("repo_status={choice}")]).await;
        assert_eq!(bench.get(&kms_grant()).await.ok(status)["assumed"], false);
    }
}

#[tokio::test]
async fn reading_a_missing_delegation_returns_not_assumed_or_404() {
    let bench = odd(&["repo_missing=not_found"]).await;
    bench.get(&kms_grant()).await.refused(404, "CH.000404");
    send(bench.request(Method::POST, &kms_grant()))
        .await
        .ok(200);
    assert_eq!(bench.get(&kms_grant()).await.ok(202)["assumed"], true);
    bench.set("repo_missing=not_assumed");
    let world = bench.sandbox.world();
    world.set_delegation(hwgrants::sandbox::seed::ACCOUNT_ID, false);
    assert_eq!(bench.get(&kms_grant()).await.ok(202)["assumed"], false);
}

#[tokio::test]
async fn an_invalid_write_is_refused_despite_format_quirks() {
    let bench = odd(&["answer=null_data", "no_grants=no_data"]).await;
    let unknown = terms("no-such-secret", USER_ANA);
    let refused = bench.post(&grants(""), &unknown).await;
    refused.refused(400, "CSMS.0005");
}
