//! Requests that no Terraform sends: always a message, never a status, never the end of the process.

use hwgrants::protocol::proto::*;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;

use super::codec::encode;
use super::message::{has_error, sound, summaries};
use super::plan::everything;
use super::server::{Client, Served};
use super::terraform::Terraform;

const THING: &str = "thing";

/// Requests with random bytes, for each of two ways to make them.
const CASES: u32 = 300;

/// Sends `value` wherever a value goes, and returns the messages of each call.
async fn send_everywhere(
    client: &mut Client,
    value: &DynamicValue,
) -> Vec<(&'static str, Vec<Diagnostic>)> {
    let value = || Some(value.clone());
    let type_name = || THING.to_owned();
    let provider = validate_provider_config::Request { config: value() };
    let configure = configure_provider::Request {
        config: value(),
        ..Default::default()
    };
    let validate = validate_resource_config::Request {
        type_name: type_name(),
        config: value(),
        ..Default::default()
    };
    let read = read_resource::Request {
        type_name: type_name(),
        current_state: value(),
        ..Default::default()
    };
    let plan = plan_resource_change::Request {
        type_name: type_name(),
        config: value(),
        ..Default::default()
    };
    let apply = apply_resource_change::Request {
        type_name: type_name(),
        planned_state: value(),
        ..Default::default()
    };
    vec![
        (
            "provider",
            client
                .validate_provider_config(provider)
                .await
                .unwrap()
                .into_inner()
                .diagnostics,
        ),
        (
            "configure",
            client
                .configure_provider(configure)
                .await
                .unwrap()
                .into_inner()
                .diagnostics,
        ),
        (
            "validate",
            client
                .validate_resource_config(validate)
                .await
                .unwrap()
                .into_inner()
                .diagnostics,
        ),
        (
            "read",
            client
                .read_resource(read)
                .await
                .unwrap()
                .into_inner()
                .diagnostics,
        ),
        (
            "plan",
            client
                .plan_resource_change(plan)
                .await
                .unwrap()
                .into_inner()
                .diagnostics,
        ),
        (
            "apply",
            client
                .apply_resource_change(apply)
                .await
                .unwrap()
                .into_inner()
                .diagnostics,
        ),
    ]
}

async fn refused_everywhere(client: &mut Client, msgpack: &[u8], json: &[u8]) {
    let value = DynamicValue {
        msgpack: msgpack.to_vec(),
        json: json.to_vec(),
    };
    for (call, found) in send_everywhere(client, &value).await {
        sound(&found);
        assert_eq!(
            summaries(&found),
            ["Malformed value in request"],
            "{call} with {msgpack:?} {json:?}"
        );
    }
}

#[tokio::test]
async fn c58_c133_malformed_bytes_are_a_diagnostic() {
    let served = Served::probe().await;
    let mut client = served.client();
    let deep = [vec![0x91; 1_000_000], vec![0xc0]].concat();
    for msgpack in [
        &b"\xc1"[..],
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff\x0c",
        b"\xdf\x00\x00\x00\x01\xa4name",
        b"\x81\xa4name\xa2\xff\xfe",
        b"\x81\xa4\xff\xfe\xfd\xfc\xc0",
        b"\x81\xc0\xc0",
        b"\x80",
        b"\x90",
        b"\xa1x",
        b"\x07",
        b"\xc3",
        b"\xc7\x02\x05\x00\x00",
        &deep,
    ] {
        refused_everywhere(&mut client, msgpack, b"").await;
    }
    for json in [
        "",
        "{",
        "[]",
        "7",
        "\"x\"",
        "{}",
        "{\"nothing\":1}",
        "{\"name\":1}",
        "\u{0}",
        "nul",
        &"[".repeat(1_000_000),
    ] {
        if json.is_empty() {
            continue;
        }
        refused_everywhere(&mut client, b"", json.as_bytes()).await;
    }
    refused_everywhere(&mut client, b"", b"\"\xff\xfe\"").await;
}

#[tokio::test]
async fn c58_a_truncated_value_is_a_diagnostic() {
    let served = Served::probe().await;
    let terraform = Terraform::configured(served.client(), json!({})).await;
    let config = terraform.config(THING, &everything());
    let whole = encode(&config, &terraform.ty(THING));
    let mut client = terraform.client.clone();
    for length in 1..whole.len() {
        let request = validate_resource_config::Request {
            type_name: THING.to_owned(),
            config: Some(DynamicValue {
                msgpack: whole[..length].to_vec(),
                json: Vec::new(),
            }),
            ..Default::default()
        };
        let found = client
            .validate_resource_config(request)
            .await
            .unwrap()
            .into_inner()
            .diagnostics;
        assert_eq!(
            summaries(&found),
            ["Malformed value in request"],
            "{length}"
        );
    }
}

#[tokio::test]
async fn c53_c133_a_missing_extra_or_mistyped_attribute_is_reported() {
    let served = Served::probe().await;
    let mut client = served.client();
    let ty = json!(["object", {"text": "string"}]);
    for (value, ty, named) in [
        (json!({}), json!(["object", {}]), "`text`"),
        (
            json!({"more": "x", "text": "x"}),
            json!(["object", {"more": "string", "text": "string"}]),
            "`more`",
        ),
        (
            json!({"text": 1}),
            json!(["object", {"text": "number"}]),
            "a string",
        ),
        (json!([]), json!(["list", "string"]), "an object"),
        (
            json!({"text": ["x"]}),
            json!(["object", {"text": ["list", "string"]}]),
            "a string",
        ),
    ] {
        let request = validate_resource_config::Request {
            type_name: "plain".to_owned(),
            config: super::terraform::value(&value, &ty),
            ..Default::default()
        };
        let found = client
            .validate_resource_config(request)
            .await
            .unwrap()
            .into_inner()
            .diagnostics;
        assert_eq!(summaries(&found), ["Malformed value in request"]);
        assert!(found[0].detail.contains(named), "{named} in {found:?}");
    }
    let request = validate_resource_config::Request {
        type_name: "plain".to_owned(),
        config: super::terraform::value(&json!({"text": "x"}), &ty),
        ..Default::default()
    };
    assert_eq!(
        client
            .validate_resource_config(request)
            .await
            .unwrap()
            .into_inner()
            .diagnostics,
        []
    );
}

#[tokio::test]
async fn c82_an_unreadable_stored_state_is_a_diagnostic() {
    let served = Served::probe().await;
    let mut client = served.client();
    let old = RawState {
        flatmap: [("name".to_owned(), "kettle".to_owned())].into(),
        json: Vec::new(),
    };
    let json = |json: &[u8]| RawState {
        json: json.to_vec(),
        ..RawState::default()
    };
    for raw_state in [
        None,
        Some(RawState::default()),
        Some(old),
        Some(json(b"null")),
        Some(json(b"[]")),
        Some(json(b"{\"name\":[]}")),
        Some(json(b"{\"name\":\"\xff\"}")),
        Some(json(b"{\"number\":\"many\"}")),
        Some(json("[".repeat(1_000_000).as_bytes())),
    ] {
        let request = upgrade_resource_state::Request {
            type_name: THING.to_owned(),
            version: 2,
            raw_state,
        };
        let reply = client
            .upgrade_resource_state(request)
            .await
            .unwrap()
            .into_inner();
        sound(&reply.diagnostics);
        assert!(has_error(&reply.diagnostics));
        assert_eq!(reply.upgraded_state, None);
    }
}

/// Sends the bytes of each case; whatever the answer says, it is an answer, and its messages are sound.
fn fuzz(bytes: impl Strategy<Value = (Vec<u8>, bool)>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let served = runtime.block_on(Served::probe());
    let mut runner = TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(CASES)
    });
    let run = runner.run(&bytes, |(bytes, is_json)| {
        let (msgpack, json) = if is_json {
            (Vec::new(), bytes)
        } else {
            (bytes, Vec::new())
        };
        let mut client = served.client();
        let answers = runtime.block_on(send_everywhere(
            &mut client,
            &DynamicValue { msgpack, json },
        ));
        answers.iter().for_each(|(_, found)| sound(found));
        let bugs = answers.iter().flat_map(|(_, found)| found);
        prop_assert!(
            !bugs
                .clone()
                .any(|each| each.summary == "Bug in the provider"),
            "{answers:?}"
        );
        Ok(())
    });
    run.unwrap();
}

#[test]
fn c58_c131_random_bytes_get_valid_responses() {
    fuzz((
        proptest::collection::vec(any::<u8>(), 1..200),
        any::<bool>(),
    ));
}

#[test]
fn c58_c131_values_with_one_changed_byte_get_valid_responses() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let whole = runtime.block_on(async {
        let served = Served::probe().await;
        let terraform = Terraform::new(served.client()).await;
        encode(
            &terraform.config(THING, &everything()),
            &terraform.ty(THING),
        )
    });
    let changed = (0..whole.len(), any::<u8>()).prop_map(move |(position, byte)| {
        let mut bytes = whole.clone();
        bytes[position] = byte;
        (bytes, false)
    });
    fuzz(changed);
}
