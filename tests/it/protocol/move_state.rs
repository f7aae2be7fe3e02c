//! Moving what is stored under one name of a resource to its other name.

use hwgrants::protocol::proto::*;
use serde_json::{Value as Json, json};

use super::identity::raw;
use super::message::summaries;
use super::server::Served;
use super::terraform::{Stored, Terraform};

/// The source address under which tests serve a provider, at a registry.
const ADDRESS: &str = "registry.example.com/example/test";

/// Version of the probe's schema.
const VERSION: i64 = 2;

fn request(from: &str, to: &str, version: i64, stored: &Stored) -> move_resource_state::Request {
    let identity = &stored.identity;
    move_resource_state::Request {
        source_provider_address: ADDRESS.to_owned(),
        source_type_name: from.to_owned(),
        source_schema_version: version,
        source_state: Some(raw(&stored.object.to_string())),
        target_type_name: to.to_owned(),
        source_private: stored.private.clone(),
        source_identity: (!identity.is_null()).then(|| raw(&identity.to_string())),
        source_identity_schema_version: 0,
    }
}

fn refusal(result: Result<Stored, Vec<Diagnostic>>) -> (String, String) {
    let found = result.unwrap_err();
    let detail = found[0].detail.clone();
    (summaries(&found).join(", "), detail)
}

#[tokio::test]
async fn c95_state_moves_between_both_resource_names_and_plans_no_change() {
    let served = Served::probe().await;
    let terraform = Terraform::configured(served.client(), json!({"prefix": "p"})).await;
    let wrote = json!({"name": "Kettle", "note": "n", "listed": [{"label": "l"}]});
    let stored = terraform.create("probe_thing", wrote.clone()).await;
    assert!(!stored.private.is_empty() && stored.identity.is_object());
    let stored = Stored {
        // Facts of a later version are carried along too.
        private: br#"{"made":"yes","more":"yes"}"#.to_vec(),
        ..stored
    };
    for (from, to) in [("probe_thing", "thing"), ("thing", "probe_thing")] {
        let moved = terraform.move_state(request(from, to, VERSION, &stored));
        let moved = moved.await.unwrap();
        assert_eq!(moved, stored);
        terraform.expect_no_change(to, &moved, &wrote).await;
    }
}

#[tokio::test]
async fn c95_a_move_works_before_configure_and_from_any_registry_host() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    let stored = Stored {
        object: json!({"name": "kettle", "forgotten": true, "password": "left over"}),
        ..Stored::default()
    };
    // The last one is what some versions of OpenTofu send: the local name that the type's name implies.
    for address in [
        ADDRESS,
        "localhost:8080/example/test",
        "example/test",
        "probe",
    ] {
        let request = move_resource_state::Request {
            source_provider_address: address.to_owned(),
            ..request("probe_thing", "thing", VERSION, &stored)
        };
        let moved = terraform.move_state(request).await.unwrap();
        let expected = terraform.config("thing", &json!({"name": "kettle"}));
        assert_eq!(moved.object, expected, "{address}");
        assert_eq!(moved.identity, Json::Null);
    }
}

/// OpenTofu 1.10.0 to 1.12.3 name the provider of the source by the first word of its type.
#[tokio::test]
async fn c95_grants_move_from_the_provider_address_that_opentofu_implies() {
    let sandbox = super::server::sandbox().await;
    let served = Served::hwgrants(&sandbox).await;
    let terraform = Terraform::new(served.client()).await;
    for (name, implied) in [("csms_grant", "csms"), ("repo_kms_grant", "repo")] {
        let long = format!("hwgrants_{name}");
        for (from, to, address) in [
            (name, long.as_str(), implied),
            (long.as_str(), name, "hwgrants"),
        ] {
            let stored = Stored {
                object: json!({"region": "cn-north-4"}),
                ..Stored::default()
            };
            let request = move_resource_state::Request {
                source_provider_address: address.to_owned(),
                ..request(from, to, 0, &stored)
            };
            let moved = terraform.move_state(request.clone()).await;
            assert_eq!(moved.unwrap().object["region"], "cn-north-4", "{from}");
            let foreign = move_resource_state::Request {
                source_provider_address: "another".to_owned(),
                ..request
            };
            refusal(terraform.move_state(foreign).await);
        }
    }
}

#[tokio::test]
async fn c95_a_move_from_another_resource_or_provider_is_rejected() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    let stored = Stored {
        object: json!({"text": "t", "name": "n"}),
        private: b"another provider's \xff".to_vec(),
        ..Stored::default()
    };
    let whole = request("probe_thing", "thing", VERSION, &stored);
    let other = |change: fn(&mut move_resource_state::Request)| {
        let mut request = whole.clone();
        change(&mut request);
        request
    };
    for request in [
        other(|request| request.source_type_name = "plain".to_owned()),
        other(|request| request.source_type_name = "other_thing".to_owned()),
        other(|request| request.source_type_name = String::new()),
        other(|request| request.source_type_name = "view".to_owned()),
        other(|request| request.source_provider_address = "h/other/test".to_owned()),
        other(|request| request.source_provider_address = "h/example/other".to_owned()),
        other(|request| request.source_provider_address = "test".to_owned()),
        other(|request| request.source_provider_address = String::new()),
    ] {
        let shown = format!("{request:?}");
        let (summary, detail) = refusal(terraform.move_state(request).await);
        assert_eq!(summary, "Unable to move resource state", "{shown}");
        assert!(detail.contains("import"), "{detail}");
    }
}

#[tokio::test]
async fn c95_a_move_of_unreadable_state_is_rejected() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    let stored = Stored {
        object: json!({"name": "kettle"}),
        ..Stored::default()
    };
    let whole = request("probe_thing", "thing", VERSION, &stored);
    let flatmap = RawState {
        flatmap: [("name".to_owned(), "kettle".to_owned())].into(),
        ..RawState::default()
    };
    for (state, version, expected) in [
        (Some(flatmap), VERSION, "Unsupported state format"),
        (None, VERSION, "Malformed value in request"),
        (Some(raw("{")), VERSION, "Malformed value in request"),
        (Some(raw("null")), VERSION, "Malformed value in request"),
        (
            whole.source_state.clone(),
            VERSION + 1,
            "Unsupported schema version",
        ),
        (whole.source_state.clone(), -1, "Unsupported schema version"),
    ] {
        let request = move_resource_state::Request {
            source_state: state,
            source_schema_version: version,
            ..whole.clone()
        };
        assert_eq!(refusal(terraform.move_state(request).await).0, expected);
    }
    let request = move_resource_state::Request {
        source_identity: Some(raw("[]")),
        ..whole
    };
    let (summary, _) = refusal(terraform.move_state(request).await);
    assert_eq!(summary, "Malformed value in request");
}

#[tokio::test]
async fn c95_a_resource_without_an_identity_moves_without_one() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    let stored = Stored {
        object: json!({"text": "t"}),
        ..Stored::default()
    };
    let moved = terraform.move_state(request("plain", "probe_plain", 0, &stored));
    assert_eq!(moved.await.unwrap(), stored);
}
