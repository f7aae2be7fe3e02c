use serde_json::json;

use super::*;
use crate::wire::RawTimestamp;
use crate::wire::answer::deletion;

/// What may be concluded from an answer.
#[derive(Debug, PartialEq, Eq)]
enum Reading {
    /// These are listed, or this is the grant.
    Documented(Vec<&'static str>),
    PossiblyEmpty,
    Error(&'static str),
    NotUnderstood,
}

use Reading::{Documented, Error, NotUnderstood, PossiblyEmpty};

fn conclude<T>(answer: Answer<T>, shown: impl FnOnce(T) -> Vec<String>) -> Reading {
    match answer {
        Answer::Documented(content) => {
            let shown = shown(content).into_iter();
            Documented(shown.map(|text| &*text.leak()).collect())
        }
        Answer::PossiblyEmpty => PossiblyEmpty,
        Answer::Error(error) => Error(error.code.unwrap_or_default().leak()),
        Answer::NotUnderstood(_) => NotUnderstood,
    }
}

/// Bodies that are no documented answer of any operation, and what they are.
fn foreign() -> Vec<(&'static str, Reading)> {
    vec![
        (
            r#"{"error_code":"CSMS.0500","error_msg":"internal error"}"#,
            Error("CSMS.0500"),
        ),
        (
            r#"{"error_code":"APIGW.0301","error_msg":"m","request_id":"r"}"#,
            Error("APIGW.0301"),
        ),
        (
            r#"{"error":{"code":401,"message":"m","title":"Unauthorized"}}"#,
            Error("401"),
        ),
        (
            r#"{"error":{"error_code":"KMS.0301","error_msg":"m"}}"#,
            Error("KMS.0301"),
        ),
        (
            r#"{"error":{"code":"CH.010001","message":"m"},"status":"failed"}"#,
            Error("CH.010001"),
        ),
        (r#"{"errorCode":"X.1","errorMsg":"m"}"#, Error("X.1")),
        (r#"{"code":"X.2","message":"m"}"#, Error("X.2")),
        (
            r#"{"error_code":"PAP5.1","error_msg":"m","encoded_authorization_message":"e"}"#,
            Error("PAP5.1"),
        ),
        (
            r#"{"data":{"error_code":"CSMS.0500","error_msg":"m"}}"#,
            Error("CSMS.0500"),
        ),
        (r#"{"error":"m"}"#, Error("")),
        (r#"{"data":"none"}"#, NotUnderstood),
        (r#"{"data":7}"#, NotUnderstood),
        (r#"{"data":true}"#, NotUnderstood),
        (r#"{"data":[1,2]}"#, NotUnderstood),
        (r#"{"data":["s"]}"#, NotUnderstood),
        (r#"{"message":"ok"}"#, NotUnderstood),
        (r#"{"status":"healthy"}"#, NotUnderstood),
        (r#"{"kind":"Status","reason":"NotFound"}"#, NotUnderstood),
        (r#""none""#, NotUnderstood),
        ("7", NotUnderstood),
        ("0", NotUnderstood),
        ("true", NotUnderstood),
        ("false", NotUnderstood),
        ("[]", NotUnderstood),
        ("[{}]", NotUnderstood),
        ("", NotUnderstood),
        (" ", NotUnderstood),
        ("<html>502</html>", NotUnderstood),
        ("{", NotUnderstood),
        (
            r#"{"data":{"id":"s","grantee_user":[{"user_id":"a"},"#,
            NotUnderstood,
        ),
    ]
}

fn listed(body: &str) -> Reading {
    conclude(grants_of("s", body.as_bytes()), |parts| {
        let grantees = parts.into_iter().flat_map(|part| part.grantee_user);
        grantees.map(|grantee| grantee.user_id).collect()
    })
}

fn confirmed(body: &str) -> Reading {
    conclude(grant(body.as_bytes()), |grant| {
        let known = [grant.uuid, grant.resource_id, grant.grantee_user];
        known.into_iter().flatten().collect()
    })
}

#[test]
fn undocumented_responses_are_not_trusted_for_any_operation() {
    for (body, expected) in foreign() {
        assert_eq!(listed(body), expected, "ListGrants: {body}");
        assert_eq!(confirmed(body), expected, "CreateGrants: {body}");
        let page = conclude(secrets(body.as_bytes()), |_| Vec::new());
        assert_eq!(page, expected, "ListSecrets: {body}");
        let deleted = conclude(deletion(200, body.as_bytes()), |()| Vec::new());
        assert_eq!(deleted, expected, "DeleteGrant: {body}");
    }
}

#[test]
fn a_grant_list_is_accepted_only_in_a_documented_format() {
    let a = r#"{"user_id":"a"}"#;
    for (body, expected) in [
        (r#"{"data":{"id":"s","grantee_user":[]}}"#.to_owned(), Documented(vec![])),
        (r#"{"data":{"grantee_user":[]}}"#.to_owned(), Documented(vec![])),
        (format!(r#"{{"data":{{"id":"s","grantee_user":[{a}]}}}}"#), Documented(vec!["a"])),
        (format!(r#"{{"data":{{"id":null,"grantee_user":[{a}]}}}}"#), Documented(vec!["a"])),
        (format!(r#"{{"data":[{{"id":"s","grantee_user":[{a}]}}]}}"#), Documented(vec!["a"])),
        (
            format!(r#"{{"data":[{{"id":"s","grantee_user":[{a}]}},{{"id":"s","grantee_user":[{{"user_id":2}}]}}]}}"#),
            Documented(vec!["a", "2"]),
        ),
        (
            format!(r#"{{"data":[{{"id":"t","grantee_user":[{{"user_id":"b"}}]}},{{"id":"s","grantee_user":[{a}]}}]}}"#),
            Documented(vec!["a"]),
        ),
        (format!(r#"{{"id":"s","grantee_user":[{a}]}}"#), Documented(vec!["a"])),
        (
            format!(r#"{{"data":{{"id":"s","grantee_user":[{a}]}},"message":"ok"}}"#),
            Documented(vec!["a"]),
        ),
        // What one grantee's fields hold takes nothing from the list.
        (
            r#"{"data":{"id":"s","name":7,"type":1,"create_time":{},"grantee_user":[{"user_id":"a","user_name":1,"validity_time":[]}]}}"#.to_owned(),
            Documented(vec!["a"]),
        ),
        ("null".to_owned(), PossiblyEmpty),
        ("{}".to_owned(), PossiblyEmpty),
        (r#"{"data":null}"#.to_owned(), PossiblyEmpty),
        (r#"{"data":{}}"#.to_owned(), PossiblyEmpty),
        (r#"{"data":[]}"#.to_owned(), PossiblyEmpty),
        (r#"{"data":[{}]}"#.to_owned(), PossiblyEmpty),
        (r#"{"data":{"id":"s"}}"#.to_owned(), PossiblyEmpty),
        (r#"{"data":{"id":"s","grantee_user":null}}"#.to_owned(), PossiblyEmpty),
        (format!(r#"{{"data":{{"id":"t","grantee_user":[{a}]}}}}"#), NotUnderstood),
        (r#"{"data":{"id":"t","grantee_user":[]}}"#.to_owned(), NotUnderstood),
        (r#"{"data":{"id":"t"}}"#.to_owned(), NotUnderstood),
        (r#"{"data":{"id":{},"grantee_user":[]}}"#.to_owned(), NotUnderstood),
        (r#"{"data":{"id":"s","grantee_user":{}}}"#.to_owned(), NotUnderstood),
        (r#"{"data":{"id":"s","grantee_user":"a"}}"#.to_owned(), NotUnderstood),
        (r#"{"data":{"id":"s","grantee_user":0}}"#.to_owned(), NotUnderstood),
        (r#"{"data":{"id":"s","grantee_user":["a"]}}"#.to_owned(), NotUnderstood),
        // More follows, which nobody could ask for.
        (
            format!(r#"{{"data":{{"id":"s","grantee_user":[{a}]}},"next_marker":"m"}}"#),
            NotUnderstood,
        ),
        (r#"{"data":{"id":"s","grantee_user":[],"truncated":true}}"#.to_owned(), NotUnderstood),
        (r#"{"data":[{"id":"s","grantee_user":[],"is_truncated":true}]}"#.to_owned(), NotUnderstood),
        (
            r#"{"data":{"id":"s","grantee_user":[]},"page_info":{"next_marker":"m"}}"#.to_owned(),
            NotUnderstood,
        ),
        (
            format!(r#"{{"data":{{"id":"s","grantee_user":[{a}]}},"truncated":false,"page_info":{{"next_marker":""}}}}"#),
            Documented(vec!["a"]),
        ),
        (r#"{"data":{"id":"s","grantee_user":[{}]}}"#.to_owned(), NotUnderstood),
        (r#"{"data":{"id":"s","grantee_user":[{"user_id":""}]}}"#.to_owned(), NotUnderstood),
        (r#"{"data":{"id":"s","grantee_user":[{"user_id":null}]}}"#.to_owned(), NotUnderstood),
        (r#"{"data":{"id":"s","grantee_user":[{"user_id":true}]}}"#.to_owned(), NotUnderstood),
        (
            format!(r#"{{"data":[{{"id":"s","grantee_user":[{a}]}},{{"id":"s"}}]}}"#),
            NotUnderstood,
        ),
        (
            format!(r#"{{"error_code":"CSMS.0500","data":{{"id":"s","grantee_user":[{a}]}}}}"#),
            Error("CSMS.0500"),
        ),
    ] {
        assert_eq!(listed(&body), expected, "{body}");
    }
}

#[test]
fn a_response_with_an_undocumented_status_is_not_trusted() {
    for (body, expected) in [
        (r#"{"data":{"id":"s","grantee_user":[]}}"#, NotUnderstood),
        (r#"{"data":null}"#, NotUnderstood),
        (r#"{"error_code":"C"}"#, Error("C")),
    ] {
        for status in [201, 203, 206] {
            let answer = grants_of("s", body.as_bytes()).of_status(status, &[200]);
            assert_eq!(
                conclude(answer, |_| Vec::new()),
                expected,
                "{status} {body}"
            );
        }
        let answer = grants_of("s", body.as_bytes());
        assert_eq!(answer.clone().of_status(200, &[200]), answer, "{body}");
    }
}

#[test]
fn a_write_is_confirmed_only_by_a_grant() {
    for (body, expected) in [
        (r#"{"data":{"uuid":"u"}}"#, Documented(vec!["u"])),
        (r#"{"data":{"resourceId":"s"}}"#, Documented(vec!["s"])),
        (r#"{"data":{"granteeUser":5}}"#, Documented(vec!["5"])),
        (r#"{"uuid":"u"}"#, Documented(vec!["u"])),
        (
            r#"{"data":{"uuid":"u","type":1,"signature":{},"state":[],"createTime":false}}"#,
            Documented(vec!["u"]),
        ),
        (
            r#"{"data":{"uuid":{},"granteeUser":"a"}}"#,
            Documented(vec!["a"]),
        ),
        ("null", PossiblyEmpty),
        ("{}", PossiblyEmpty),
        (r#"{"data":null}"#, PossiblyEmpty),
        (r#"{"data":{}}"#, PossiblyEmpty),
        (r#"{"data":{"uuid":"","state":0}}"#, PossiblyEmpty),
        (r#"{"data":{"uuid":null,"type":"SECRET"}}"#, PossiblyEmpty),
        (r#"{"uuid":""}"#, PossiblyEmpty),
        (r#"{"data":[{"uuid":"u"}]}"#, NotUnderstood),
        (
            r#"{"error_code":"CSMS.0500","data":{"uuid":"u"}}"#,
            Error("CSMS.0500"),
        ),
    ] {
        assert_eq!(confirmed(body), expected, "{body}");
    }
}

#[test]
fn a_deletion_is_confirmed_only_by_the_documented_status() {
    let deleted = |status, body: &str| conclude(deletion(status, body.as_bytes()), |()| Vec::new());
    assert_eq!(deleted(204, ""), Documented(vec![]));
    for status in [200, 201, 202, 203, 206] {
        for body in ["", "{}", "null", "deleted successfully", r#"{"data":null}"#] {
            assert_eq!(deleted(status, body), NotUnderstood, "{status} {body}");
        }
    }
}

#[test]
fn a_page_without_a_valid_secrets_list_is_rejected() {
    let page = |body: &str| {
        conclude(secrets(body.as_bytes()), |page| {
            let names = page.secrets.into_iter().map(|secret| secret.name);
            names.chain(page.page_info.next_marker).collect()
        })
    };
    for (body, expected) in [
        (r#"{"secrets":[]}"#, Documented(vec![])),
        (
            r#"{"secrets":[{"id":"s","name":"n"}],"page_info":{"next_marker":"n"}}"#,
            Documented(vec!["n", "n"]),
        ),
        (
            r#"{"secrets":[{"id":7,"name":"n","state":0}],"page_info":{"next_marker":null,"current_count":"1"}}"#,
            Documented(vec!["n"]),
        ),
        ("{}", NotUnderstood),
        ("null", NotUnderstood),
        (r#"{"secrets":null}"#, NotUnderstood),
        (r#"{"secrets":{}}"#, NotUnderstood),
        (r#"{"secrets":[{"name":"n"}]}"#, NotUnderstood),
        (r#"{"secrets":["s"]}"#, NotUnderstood),
        (r#"{"page_info":{}}"#, NotUnderstood),
        (
            r#"{"secrets":[],"page_info":{"next_marker":{}}}"#,
            NotUnderstood,
        ),
    ] {
        assert_eq!(page(body), expected, "{body}");
    }
}

#[test]
fn the_documented_create_response_is_decoded() {
    let body = json!({"data": {
        "uuid": "1c087a48-0d48-4222-9d34-ae43d30b27d2", "type": "SECRET",
        "resourceId": "43d643d2-95ec-4b0f-8020-a84f3ce931cc", "granteeUser": "user_01", "state": "0",
        "signature": "", "createTime": "2022-11-09 16:37:24", "updateTime": "2022-11-09 16:37:24",
        "validityTime": null}});
    let Answer::Documented(grant) = grant(body.to_string().as_bytes()) else {
        panic!("no grant");
    };
    assert_eq!(grant.state, Some(0));
    assert_eq!(grant.grantee_user.as_deref(), Some("user_01"));
    let time = RawTimestamp::Text("2022-11-09 16:37:24".into());
    assert_eq!(grant.create_time, Some(time));
    assert_eq!(grant.validity_time, None);
}

#[test]
fn timestamps_of_any_json_type_are_kept_raw() {
    for (json, expected) in [
        (json!(null), None),
        (json!(30), Some(RawTimestamp::Number(30))),
        (json!("soon"), Some(RawTimestamp::Text("soon".into()))),
        (json!(1.5), Some(RawTimestamp::Other(json!(1.5)))),
        (json!(true), Some(RawTimestamp::Other(json!(true)))),
        (json!({}), Some(RawTimestamp::Other(json!({})))),
        (json!(u64::MAX), Some(RawTimestamp::Other(json!(u64::MAX)))),
    ] {
        let body = json!({"data": {"uuid": "u", "validityTime": json}});
        let Answer::Documented(grant) = grant(body.to_string().as_bytes()) else {
            panic!("no grant: {json}");
        };
        assert_eq!(grant.validity_time, expected, "{json}");
    }
}
