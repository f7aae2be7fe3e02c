//! Grants on secrets, and the list of secrets.

use hwgrants::sandbox::seed::{
    GROUP_ONCALL, PROJECT_ID, SECRET_API_KEY, SECRET_DB_PASSWORD, SECRET_GROUP_BILLING,
    SECRET_PENDING_DELETE, USER_ANA, USER_BEN,
};
use hwgrants::sandbox::{GranteeKind, ResourceKind, SandboxResource, SecretState};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::signature::Key;
use super::{Bench, grants, grants_of, send, terms};

/// A key and a check of its value.
type Field = (&'static str, fn(&Value) -> bool);

/// Checks that the object has exactly these keys, with valid values.
fn check_shape(body: &Value, shape: &[Field]) {
    let keys: Vec<_> = body.as_object().expect("an object").keys().collect();
    let mut expected: Vec<_> = shape.iter().map(|(key, _)| *key).collect();
    expected.sort_unstable();
    assert_eq!(keys, expected, "{body}");
    for (key, is_kind) in shape {
        assert!(is_kind(&body[key]), "`{key}` of {body}");
    }
}

fn is_milliseconds(value: &Value) -> bool {
    value.as_i64().is_some_and(|at| at > 1_000_000_000_000)
}

#[tokio::test]
async fn create_returns_the_documented_fields_in_camel_case() {
    let bench = Bench::start().await;
    let body = bench
        .post(&grants(""), &terms(SECRET_DB_PASSWORD, USER_ANA))
        .await
        .ok(200);
    check_shape(&body, &[("data", Value::is_object)]);
    check_shape(
        &body["data"],
        &[
            ("uuid", |uuid| {
                uuid.as_str().is_some_and(|uuid| uuid.len() == 36)
            }),
            ("resourceId", |id| id == SECRET_DB_PASSWORD),
            ("type", |kind| kind == "SECRET"),
            ("granteeUser", |id| id == USER_ANA),
            ("createTime", is_milliseconds),
            ("updateTime", is_milliseconds),
            ("validityTime", Value::is_null),
            ("state", |state| state == 0),
            ("signature", |signature| signature == ""),
        ],
    );
}

#[tokio::test]
async fn list_returns_one_object_for_the_resource_in_snake_case() {
    let bench = Bench::start().await;
    let mut ana = terms(SECRET_DB_PASSWORD, USER_ANA);
    ana["validity_time"] = json!("2027-01-31");
    bench.post(&grants(""), &ana).await.ok(200);
    bench
        .post(&grants(""), &terms(SECRET_DB_PASSWORD, "111"))
        .await
        .ok(200);

    let data = bench.get(&grants_of(SECRET_DB_PASSWORD)).await.ok(200)["data"].take();
    check_shape(
        &data,
        &[
            ("id", |id| id == SECRET_DB_PASSWORD),
            ("name", |name| name == "db-password"),
            ("type", |kind| kind == "SECRET"),
            ("grantee_user", |users| {
                users.as_array().is_some_and(|users| users.len() == 2)
            }),
            ("create_time", is_milliseconds),
            ("update_time", is_milliseconds),
        ],
    );
    let midnight: Timestamp = "2027-01-31T00:00:00Z".parse().expect("a time");
    let named = &data["grantee_user"][1];
    assert_eq!(named["validity_time"], midnight.as_millisecond());
    assert_eq!(named["user_name"], "Ana Ruiz");
    check_shape(
        &data["grantee_user"][0],
        &[
            ("user_id", |id| id == "111"),
            ("user_name", |name| name == "null"),
            ("create_time", is_milliseconds),
            ("validity_time", Value::is_null),
        ],
    );
}

#[tokio::test]
async fn a_resource_without_grants_returns_an_empty_list() {
    let bench = Bench::start().await;
    let body = bench.get(&grants_of(SECRET_API_KEY)).await.ok(200);
    assert_eq!(body["data"]["grantee_user"], json!([]));
}

#[tokio::test]
async fn the_documented_example_with_a_lowercase_type_is_accepted() {
    let bench = Bench::start().await;
    let project_id = PROJECT_ID.into();
    let demo = SandboxResource {
        project_id,
        kind: ResourceKind::Group,
        name: "demo".to_owned(),
        state: SecretState::Enabled,
        created_at: Timestamp::UNIX_EPOCH,
    };
    bench.sandbox.world().add_resource("demo", demo);
    let example = json!({"resource_id": "demo", "type": "group", "grantee_type": "0", "grantee_target_id": "user_01"});
    let body = bench.post(&grants(""), &example).await.ok(200);
    assert_eq!(body["data"]["granteeUser"], "user_01");
    assert_eq!(body["data"]["type"], "GROUP");
}

#[tokio::test]
async fn a_group_grant_has_no_uuid_and_is_listed_under_the_groups_id() {
    let bench = Bench::start().await;
    let mut body = terms(SECRET_DB_PASSWORD, GROUP_ONCALL);
    body["grantee_type"] = json!("2");
    let answer = bench.post(&grants(""), &body).await.ok(200);
    assert_eq!(answer["data"].get("uuid"), None);
    assert_eq!(answer["data"]["granteeUser"], GROUP_ONCALL);
    let listed = bench.get(&grants_of(SECRET_DB_PASSWORD)).await.ok(200);
    assert_eq!(listed["data"]["grantee_user"][0]["user_id"], GROUP_ONCALL);
    let world = bench.sandbox.world();
    assert_eq!(
        world.grants(SECRET_DB_PASSWORD)[GROUP_ONCALL].grantee_kind,
        GranteeKind::Group
    );
}

#[tokio::test]
async fn a_missing_mandatory_field_is_refused() {
    let bench = Bench::start().await;
    for field in ["resource_id", "type", "grantee_type", "grantee_target_id"] {
        let mut body = terms(SECRET_DB_PASSWORD, USER_ANA);
        body.as_object_mut().expect("an object").remove(field);
        bench
            .post(&grants(""), &body)
            .await
            .refused_naming(400, "CSMS.0002", field);
        bench
            .put(&grants_of(SECRET_DB_PASSWORD), &body)
            .await
            .refused_naming(400, "CSMS.0002", field);
    }
    assert!(bench.sandbox.world().grants(SECRET_DB_PASSWORD).is_empty());
}

#[tokio::test]
async fn a_non_string_field_is_refused() {
    let bench = Bench::start().await;
    for field in [
        "resource_id",
        "type",
        "grantee_type",
        "grantee_target_id",
        "validity_time",
    ] {
        for value in [json!(0), json!(-1), json!(null), json!(["0"])] {
            let mut body = terms(SECRET_DB_PASSWORD, USER_ANA);
            body[field] = value.clone();
            bench
                .post(&grants(""), &body)
                .await
                .refused_naming(400, "CSMS.0004", field);
            // An update may have numbers as ids, as in the example.
            if value == json!(0) && field.ends_with("_id") {
                continue;
            }
            bench
                .put(&grants_of(SECRET_DB_PASSWORD), &body)
                .await
                .refused_naming(400, "CSMS.0004", field);
        }
    }
}

#[tokio::test]
async fn an_unknown_field_is_refused() {
    let bench = Bench::start().await;
    let mut body = terms(SECRET_DB_PASSWORD, USER_ANA);
    body["validityTime"] = json!("2027-01-31");
    bench
        .post(&grants(""), &body)
        .await
        .refused_naming(400, "CSMS.0004", "validityTime");
}

#[tokio::test]
async fn invalid_enum_values_lengths_and_dates_are_refused() {
    let bench = Bench::start().await;
    let long = "x".repeat(65);
    let cases = [
        ("resource_id", ""),
        ("resource_id", long.as_str()),
        ("type", ""),
        ("type", "FOLDER"),
        ("type", "SECRETSECRET"),
        ("grantee_type", ""),
        ("grantee_type", "1"),
        ("grantee_type", "user"),
        ("grantee_target_id", ""),
        ("grantee_target_id", long.as_str()),
        ("validity_time", ""),
        ("validity_time", "2027-02-30"),
        ("validity_time", "2027-1-31"),
        ("validity_time", "-001-01-01"),
        ("validity_time", " 2027-1-31"),
        ("validity_time", "31.01.2027"),
        ("validity_time", "2027-01-31T00:00:00Z"),
        ("validity_time", "1801353600"),
    ];
    for (field, value) in cases {
        let mut body = terms(SECRET_DB_PASSWORD, USER_ANA);
        body[field] = json!(value);
        bench
            .post(&grants(""), &body)
            .await
            .refused_naming(400, "CSMS.0002", field);
    }
    assert!(bench.sandbox.world().grants(SECRET_DB_PASSWORD).is_empty());
}

#[tokio::test]
async fn length_limits_count_characters_not_bytes() {
    let bench = Bench::start().await;
    let body = terms(SECRET_DB_PASSWORD, &"é".repeat(64));
    bench.post(&grants(""), &body).await.ok(200);
}

#[tokio::test]
async fn a_body_other_than_a_json_object_is_refused() {
    let bench = Bench::start().await;
    for body in ["", "{", "[]", "null", "resource_id=1"] {
        for (method, path) in [
            (Method::POST, grants("")),
            (Method::PUT, grants_of(SECRET_DB_PASSWORD)),
        ] {
            let request = bench
                .request(method, &path)
                .header("Content-Type", "application/json")
                .body(body);
            send(request).await.refused(400, "CSMS.0004");
        }
    }
}

#[tokio::test]
async fn a_json_content_type_is_required() {
    let bench = Bench::start().await;
    let body = terms(SECRET_DB_PASSWORD, USER_ANA).to_string();
    for method in [Method::POST, Method::PUT] {
        let request = bench
            .request(method.clone(), &grants_of(SECRET_DB_PASSWORD))
            .body(body.clone());
        send(request)
            .await
            .refused_naming(400, "CSMS.0004", "Content-Type");
        for media in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json;charset=latin1",
        ] {
            let request = bench.request(method.clone(), &grants_of(SECRET_DB_PASSWORD));
            let request = request.header("Content-Type", media).body(body.clone());
            send(request)
                .await
                .refused_naming(400, "CSMS.0004", "Content-Type");
        }
    }
    for media in [
        "application/json",
        "application/json;charset=utf8",
        "application/json; charset=\"UTF-8\"",
        "Application/JSON; Charset=utf-8;",
    ] {
        let request = bench
            .request(Method::POST, &grants(""))
            .header("Content-Type", media);
        let user = format!("user-{}", media.len());
        send(request.body(terms(SECRET_DB_PASSWORD, &user).to_string()))
            .await
            .ok(200);
    }
}

#[tokio::test]
async fn a_missing_or_invalid_resource_id_query_is_refused() {
    let bench = Bench::start().await;
    let long = format!("?resource_id={}", "x".repeat(65));
    let twice = format!("?resource_id={SECRET_DB_PASSWORD}&resource_id={SECRET_API_KEY}");
    for query in ["", "?resource_id=", "?resourceId=1", &long, &twice] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let request = bench.request(method.clone(), &grants(query));
            let request = match method {
                Method::PUT => super::json(request, &terms(SECRET_DB_PASSWORD, USER_ANA)),
                _ => request,
            };
            send(request)
                .await
                .refused_naming(400, "CSMS.0002", "resource_id");
        }
    }
}

#[tokio::test]
async fn an_unknown_resource_is_refused() {
    let bench = Bench::start().await;
    let body = terms("no-such-secret", USER_ANA);
    bench
        .get(&grants_of("no-such-secret"))
        .await
        .refused(400, "CSMS.0005");
    bench
        .post(&grants(""), &body)
        .await
        .refused(400, "CSMS.0005");
    bench
        .put(&grants_of("no-such-secret"), &body)
        .await
        .refused(400, "CSMS.0005");
    bench
        .delete(&grants_of("no-such-secret"))
        .await
        .refused(400, "CSMS.0005");
}

#[tokio::test]
async fn a_mismatched_resource_type_is_refused() {
    let bench = Bench::start().await;
    let mut body = terms(SECRET_DB_PASSWORD, USER_ANA);
    body["type"] = json!("GROUP");
    bench
        .post(&grants(""), &body)
        .await
        .refused(400, "CSMS.0005");
    let mut body = terms(SECRET_GROUP_BILLING, USER_ANA);
    bench
        .post(&grants(""), &body)
        .await
        .refused(400, "CSMS.0005");
    body["type"] = json!("GROUP");
    bench.post(&grants(""), &body).await.ok(200);
}

#[tokio::test]
async fn a_secret_scheduled_for_deletion_cannot_be_granted() {
    let bench = Bench::start().await;
    let body = terms(SECRET_PENDING_DELETE, USER_ANA);
    bench
        .post(&grants(""), &body)
        .await
        .refused(400, "CSMS.0103");
    bench
        .put(&grants_of(SECRET_PENDING_DELETE), &body)
        .await
        .refused(400, "CSMS.0103");
    bench.get(&grants_of(SECRET_PENDING_DELETE)).await.ok(200);
}

#[tokio::test]
async fn a_second_grant_for_one_grantee_is_refused() {
    let bench = Bench::start().await;
    let body = terms(SECRET_DB_PASSWORD, USER_ANA);
    bench.post(&grants(""), &body).await.ok(200);
    let before = bench.sandbox.world().grants(SECRET_DB_PASSWORD);
    bench
        .post(&grants(""), &body)
        .await
        .refused_naming(400, "CSMS.0002", "already exists");
    assert_eq!(bench.sandbox.world().grants(SECRET_DB_PASSWORD), before);
}

#[tokio::test]
async fn update_changes_the_expiry_and_keeps_uuid_and_create_time() {
    let bench = Bench::start().await;
    let mut body = terms(SECRET_DB_PASSWORD, USER_ANA);
    let created = bench.post(&grants(""), &body).await.ok(200);
    body["validity_time"] = json!("2027-01-31");
    let updated = bench
        .put(&grants_of(SECRET_DB_PASSWORD), &body)
        .await
        .ok(200);
    assert_eq!(updated["data"]["uuid"], created["data"]["uuid"]);
    assert_eq!(updated["data"]["createTime"], created["data"]["createTime"]);
    assert!(is_milliseconds(&updated["data"]["validityTime"]));
    let grant = &bench.sandbox.world().grants(SECRET_DB_PASSWORD)[USER_ANA];
    assert_eq!(
        grant.validity_date,
        Some("2027-01-31".parse().expect("a date"))
    );
}

#[tokio::test]
async fn update_without_an_expiry_keeps_the_expiry() {
    let bench = Bench::start().await;
    let mut body = terms(SECRET_DB_PASSWORD, USER_ANA);
    body["validity_time"] = json!("2027-01-31");
    bench.post(&grants(""), &body).await.ok(200);
    let body = terms(SECRET_DB_PASSWORD, USER_ANA);
    let updated = bench
        .put(&grants_of(SECRET_DB_PASSWORD), &body)
        .await
        .ok(200);
    assert!(is_milliseconds(&updated["data"]["validityTime"]));
}

#[tokio::test]
async fn updating_a_missing_grant_creates_none() {
    let bench = Bench::start().await;
    let body = terms(SECRET_DB_PASSWORD, USER_ANA);
    bench
        .put(&grants_of(SECRET_DB_PASSWORD), &body)
        .await
        .refused(400, "CSMS.0005");
    assert!(bench.sandbox.world().grants(SECRET_DB_PASSWORD).is_empty());
}

#[tokio::test]
async fn updating_with_different_ids_in_query_and_body_is_refused() {
    let bench = Bench::start().await;
    let body = terms(SECRET_DB_PASSWORD, USER_ANA);
    bench.post(&grants(""), &body).await.ok(200);
    bench
        .put(&grants_of(SECRET_API_KEY), &body)
        .await
        .refused_naming(400, "CSMS.0002", "differs");
}

#[tokio::test]
async fn delete_removes_one_grant_and_keeps_the_others() {
    let bench = Bench::start().await;
    for user in [USER_ANA, USER_BEN] {
        bench
            .post(&grants(""), &terms(SECRET_DB_PASSWORD, user))
            .await
            .ok(200);
    }
    let path = format!("{}&grantee_user={USER_ANA}", grants_of(SECRET_DB_PASSWORD));
    bench.delete(&path).await.no_content();
    let left = bench.sandbox.world().grants(SECRET_DB_PASSWORD);
    assert_eq!(
        left.keys().map(|id| id.as_str()).collect::<Vec<_>>(),
        [USER_BEN]
    );
    bench.delete(&path).await.refused(400, "CSMS.0005");
}

#[tokio::test]
async fn delete_without_a_grantee_removes_only_the_grants_of_the_resource() {
    for query in ["", "&grantee_user=", "&grantee_id=someone"] {
        let bench = Bench::start().await;
        for user in [USER_ANA, USER_BEN] {
            bench
                .post(&grants(""), &terms(SECRET_DB_PASSWORD, user))
                .await
                .ok(200);
        }
        bench
            .post(&grants(""), &terms(SECRET_API_KEY, USER_ANA))
            .await
            .ok(200);
        let path = format!("{}{query}", grants_of(SECRET_DB_PASSWORD));
        bench.delete(&path).await.no_content();
        assert!(bench.sandbox.world().grants(SECRET_DB_PASSWORD).is_empty());
        assert_eq!(bench.sandbox.world().grants(SECRET_API_KEY).len(), 1);
    }
}

#[tokio::test]
async fn delete_with_an_overlong_grantee_removes_nothing() {
    let bench = Bench::start().await;
    bench
        .post(&grants(""), &terms(SECRET_DB_PASSWORD, USER_ANA))
        .await
        .ok(200);
    let path = format!(
        "{}&grantee_user={}",
        grants_of(SECRET_DB_PASSWORD),
        "x".repeat(65)
    );
    bench
        .delete(&path)
        .await
        .refused_naming(400, "CSMS.0002", "grantee_user");
    assert_eq!(bench.sandbox.world().grants(SECRET_DB_PASSWORD).len(), 1);
}

#[tokio::test]
async fn list_and_delete_ignore_a_request_body_even_if_signed() {
    let bench = Bench::start().await;
    let world = bench.sandbox.world();
    world
        .put_grant(SECRET_DB_PASSWORD, USER_ANA, GranteeKind::User, None)
        .expect("a secret");
    let one = format!("?grantee_user={USER_ANA}&resource_id={SECRET_DB_PASSWORD}");
    let list = grants_of(SECRET_DB_PASSWORD);
    for (method, path, status) in [
        (Method::GET, &list, 200),
        (Method::DELETE, &grants(&one), 204),
    ] {
        let key = Key::of_seed();
        let request = bench.signed(&key, Some(PROJECT_ID), method, path, "{}");
        assert_eq!(send(request).await.status.as_u16(), status);
    }
    assert!(world.grants(SECRET_DB_PASSWORD).is_empty());
    let request = bench.request(Method::GET, &list).body("{}");
    send(request).await.ok(200);
}

#[tokio::test]
async fn the_secret_list_is_paginated_by_marker() {
    let bench = Bench::start().await;
    let secrets = format!("/v1/{PROJECT_ID}/secrets");
    let all = bench.get(&secrets).await.ok(200);
    let names = |page: &Value| -> Vec<String> {
        let secrets = page["secrets"].as_array().expect("a list");
        secrets
            .iter()
            .map(|secret| secret["name"].as_str().expect("a name").to_owned())
            .collect()
    };
    assert_eq!(
        names(&all),
        ["api-key", "db-password", "old-password", "tls-certificate"]
    );
    assert_eq!(
        all["page_info"],
        json!({"next_marker": null, "previous_marker": null, "current_count": 4})
    );

    let most = bench.get(&format!("{secrets}?limit=1000")).await.ok(200);
    assert_eq!(most, all);

    let first = bench.get(&format!("{secrets}?limit=3")).await.ok(200);
    assert_eq!(first["page_info"]["next_marker"], "old-password");
    let last = bench
        .get(&format!("{secrets}?limit=3&marker=old-password"))
        .await
        .ok(200);
    assert_eq!(names(&last), ["tls-certificate"]);
    assert_eq!(last["page_info"]["next_marker"], Value::Null);
    assert_eq!(last["page_info"]["current_count"], 1);
    let single = bench
        .get(&format!("{secrets}?limit=1&marker=old-password"))
        .await
        .ok(200);
    assert_eq!(single["page_info"]["previous_marker"], "db-password");
}

#[tokio::test]
async fn the_secret_list_can_be_filtered_by_event() {
    let bench = Bench::start().await;
    bench.sandbox.world().add_event("rotated", SECRET_API_KEY);
    let secrets = format!("/v1/{PROJECT_ID}/secrets?event_name=");
    let ids = async |event: &str| -> Vec<String> {
        let page = bench.get(&format!("{secrets}{event}")).await.ok(200);
        let ids = page["secrets"].as_array().expect("a list").iter();
        ids.map(|secret| secret["id"].as_str().expect("an id").to_owned())
            .collect()
    };
    assert_eq!(ids("rotated").await, [SECRET_API_KEY]);
    assert_eq!(ids("deleted").await.len(), 0);
    assert_eq!(ids("").await.len(), 4);
}

#[tokio::test]
async fn the_default_page_size_is_50_secrets() {
    let bench = Bench::start().await;
    for number in 0..60 {
        let name = format!("secret-{number}");
        let secret = SandboxResource {
            project_id: PROJECT_ID.into(),
            kind: ResourceKind::Secret,
            name: name.clone(),
            state: SecretState::Enabled,
            created_at: Timestamp::UNIX_EPOCH,
        };
        bench.sandbox.world().add_resource(&name, secret);
    }
    let secrets = format!("/v1/{PROJECT_ID}/secrets");
    let mut counts = Vec::new();
    let mut marker = json!("");
    while let Some(from) = marker.as_str() {
        let page = bench.get(&format!("{secrets}?marker={from}")).await.ok(200);
        counts.push(page["secrets"].as_array().expect("a list").len());
        marker = page["page_info"]["next_marker"].clone();
    }
    assert_eq!(counts, [50, 14]);
}

#[tokio::test]
async fn an_invalid_limit_or_marker_is_refused() {
    let bench = Bench::start().await;
    for query in [
        "limit=0",
        "limit=-1",
        "limit=ten",
        "limit=1001",
        "limit=",
        "marker=unknown",
        // Markers are names.
        &format!("marker={SECRET_API_KEY}"),
    ] {
        let part = query.split('=').next().expect("a name");
        let path = format!("/v1/{PROJECT_ID}/secrets?{query}");
        bench
            .get(&path)
            .await
            .refused_naming(400, "CSMS.0002", part);
    }
}

#[tokio::test]
async fn a_secret_is_found_by_name_but_not_by_id() {
    let bench = Bench::start().await;
    let secret = bench
        .get(&format!("/v1/{PROJECT_ID}/secrets/old-password"))
        .await
        .ok(200)["secret"]
        .take();
    assert_eq!(secret["id"], SECRET_PENDING_DELETE);
    assert_eq!(secret["state"], "PENDING_DELETE");
    assert!(is_milliseconds(&secret["create_time"]));
    let by_id = format!("/v1/{PROJECT_ID}/secrets/{SECRET_DB_PASSWORD}");
    bench.get(&by_id).await.refused(400, "CSMS.0106");
}
