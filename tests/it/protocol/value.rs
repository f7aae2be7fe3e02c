//! Values on the wire that unit tests of one side cannot prove: Terraform's bytes in, ours out.

use hwgrants::protocol::proto::*;
use rmpv::Value as Pack;
use serde_json::{Value as Json, json};

use super::codec::{dynamic, encode, number, unknown};
use super::message::has_error;
use super::plan::everything;
use super::server::Served;
use super::terraform::{Stored, Terraform, capabilities, read_value, value};

const THING: &str = "thing";

async fn terraform(served: &Served) -> Terraform {
    Terraform::configured(served.client(), json!({"prefix": "p"})).await
}

/// Plans a new thing from raw bytes, and returns the answer's bytes as they are.
async fn plan_raw(terraform: &Terraform, config: DynamicValue) -> Pack {
    let request = plan_resource_change::Request {
        type_name: THING.to_owned(),
        proposed_new_state: Some(config.clone()),
        config: Some(config),
        client_capabilities: capabilities(),
        ..Default::default()
    };
    let mut client = terraform.client.clone();
    let reply = client
        .plan_resource_change(request)
        .await
        .unwrap()
        .into_inner();
    assert!(!has_error(&reply.diagnostics), "{:?}", reply.diagnostics);
    let planned = reply.planned_state.unwrap();
    assert!(planned.json.is_empty());
    rmpv::decode::read_value(&mut planned.msgpack.as_slice()).unwrap()
}

fn attribute<'a>(object: &'a Pack, name: &str) -> &'a Pack {
    let pairs = object.as_map().unwrap().iter();
    let mut found = pairs.filter(|(key, _)| key.as_str() == Some(name));
    &found.next().unwrap().1
}

/// The bytes of a configuration in which `name` is this.
fn bytes(terraform: &Terraform, name: &str, pack: Pack) -> DynamicValue {
    let config = terraform.config(THING, &json!({"name": "kettle"}));
    let whole = encode(&config, &terraform.ty(THING));
    let mut whole = rmpv::decode::read_value(&mut whole.as_slice()).unwrap();
    let Pack::Map(pairs) = &mut whole else {
        panic!("{whole}");
    };
    let pair = pairs.iter_mut().find(|(key, _)| key.as_str() == Some(name));
    pair.unwrap().1 = pack;
    let mut msgpack = Vec::new();
    rmpv::encode::write_value(&mut msgpack, &whole).unwrap();
    DynamicValue {
        msgpack,
        json: Vec::new(),
    }
}

#[tokio::test]
async fn c48_c49_unknown_and_refined_unknown_values_are_planned_as_unknown() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let refinements = [
        (Pack::from(1), Pack::from(false)),
        (Pack::from(2), Pack::from("pre")),
        (Pack::from(77), Pack::from("later")),
    ];
    let mut refined = Vec::new();
    rmpv::encode::write_value(&mut refined, &Pack::Map(refinements.to_vec())).unwrap();
    for sent in [
        Pack::Ext(0, vec![0]),
        Pack::Ext(12, refined),
        Pack::Ext(12, vec![0x80]),
    ] {
        let planned = plan_raw(&terraform, bytes(&terraform, "note", sent)).await;
        assert_eq!(*attribute(&planned, "note"), Pack::Ext(0, vec![0]));
    }
}

#[tokio::test]
async fn c50_c51_c52_numbers_are_lossless_through_plan_and_apply() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    for (sent, answered) in [
        (Pack::from("0.1"), Pack::from("0.1")),
        (
            Pack::from("0.1234567890123456789"),
            Pack::from("0.1234567890123456789"),
        ),
        (
            Pack::from(9_007_199_254_740_993_i64),
            Pack::from("9007199254740993"),
        ),
        (
            Pack::from("18446744073709551616"),
            Pack::from("18446744073709551616"),
        ),
        (Pack::from(u64::MAX), Pack::from("18446744073709551615")),
        (Pack::from(0.5), Pack::from(0.5)),
        (Pack::from(0.5_f32), Pack::from(0.5)),
        (Pack::from(3), Pack::from("3")),
        (Pack::from(3.0), Pack::from("3")),
        (Pack::from("3"), Pack::from("3")),
        (Pack::from(i64::MIN), Pack::from("-9223372036854775808")),
    ] {
        let planned = plan_raw(&terraform, bytes(&terraform, "number", sent.clone())).await;
        assert_eq!(*attribute(&planned, "number"), answered, "{sent}");
    }
    for text in ["0.1", "0.1234567890123456789", "18446744073709551616"] {
        let wrote = json!({"name": "kettle", "number": number(text)});
        let stored = terraform.create(THING, wrote.clone()).await;
        assert_eq!(stored.object["number"], number(text));
        terraform.expect_no_change(THING, &stored, &wrote).await;
    }
}

#[tokio::test]
async fn c53_objects_are_encoded_with_all_attributes_in_sorted_order() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let config = value(
        &terraform.config(THING, &everything()),
        &terraform.ty(THING),
    );
    let planned = plan_raw(&terraform, config.unwrap()).await;
    let keys: Vec<_> = planned
        .as_map()
        .unwrap()
        .iter()
        .map(|(key, _)| key.as_str().unwrap())
        .collect();
    assert!(keys.is_sorted(), "{keys:?}");
    let ty = terraform.ty(THING);
    assert!(keys.into_iter().eq(ty[1].as_object().unwrap().keys()));
}

#[tokio::test]
async fn c54_dynamic_values_keep_their_type_and_null_differs_from_unknown() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    for any in [
        dynamic(json!("string"), json!("s")),
        dynamic(json!("number"), number("0.1")),
        dynamic(json!("string"), Json::Null),
        dynamic(
            json!(["object", {"a": "string", "b": ["list", "bool"]}]),
            json!({"a": "x", "b": [true]}),
        ),
        dynamic(json!(["tuple", ["string", "bool"]]), json!(["x", null])),
        dynamic(json!(["set", "number"]), json!([1, 2])),
        dynamic(json!(["list", "string"]), json!([])),
        dynamic(json!("bool"), unknown()),
        unknown(),
        Json::Null,
    ] {
        let wrote = json!({"name": "kettle", "any": any});
        let planned = terraform
            .plan(THING, &Stored::default(), wrote.clone())
            .await;
        assert_eq!(planned.object["any"], any);
        if super::codec::is_wholly_known(&any) {
            let stored = terraform.create(THING, wrote.clone()).await;
            terraform.expect_no_change(THING, &stored, &wrote).await;
        }
    }
}

#[tokio::test]
async fn c55_reordering_a_set_is_not_a_change() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let stored = terraform.create(THING, json!({"name": "kettle", "set": ["a", "b"], "in_set": [{"label": "x"}, {"label": "y"}]})).await;
    let (one, other) = (Pack::from("a"), Pack::from("b"));
    let shuffled = bytes(
        &terraform,
        "set",
        Pack::Array(vec![other.clone(), one.clone(), other.clone()]),
    );
    let planned = plan_raw(&terraform, shuffled).await;
    assert_eq!(*attribute(&planned, "set"), Pack::Array(vec![one, other]));
    let wrote =
        json!({"name": "kettle", "set": ["b", "a"], "in_set": [{"label": "y"}, {"label": "x"}]});
    let planned = terraform.plan(THING, &stored, wrote).await;
    assert_eq!(planned.replace, [""; 0]);
}

#[tokio::test]
async fn c56_unicode_normalization_is_not_a_change() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let stored = terraform
        .create(THING, json!({"name": "kettle", "note": "caf\u{e9}"}))
        .await;
    let planned = terraform
        .plan(
            THING,
            &stored,
            json!({"name": "kettle", "note": "caf\u{e9}"}),
        )
        .await;
    assert_eq!(planned.object, stored.object);
    // Whatever client does not normalise is understood as if it did.
    let decomposed = bytes(&terraform, "note", Pack::from("cafe\u{301}"));
    let planned = plan_raw(&terraform, decomposed).await;
    assert_eq!(*attribute(&planned, "note"), Pack::from("caf\u{e9}"));
}

#[tokio::test]
async fn c57_empty_is_null_json_is_accepted_and_responses_are_messagepack() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let ty = terraform.ty(THING);
    let config = terraform.config(
        THING,
        &json!({"name": "kettle", "number": 1, "listed": [{"label": "l"}]}),
    );
    let in_json = DynamicValue {
        msgpack: Vec::new(),
        json: config.to_string().into_bytes(),
    };
    for empty in [None, Some(DynamicValue::default())] {
        let request = plan_resource_change::Request {
            type_name: THING.to_owned(),
            prior_state: empty,
            proposed_new_state: Some(in_json.clone()),
            config: Some(in_json.clone()),
            ..Default::default()
        };
        let reply = terraform
            .client
            .clone()
            .plan_resource_change(request)
            .await
            .unwrap();
        let planned = read_value(reply.into_inner().planned_state, &ty);
        assert_eq!(planned["listed"], config["listed"]);
        assert_eq!(planned["id"], unknown());
    }
    // MessagePack goes before JSON where both are sent.
    let both = DynamicValue {
        json: b"nonsense".to_vec(),
        ..bytes(&terraform, "note", Pack::from("n"))
    };
    assert_eq!(
        *attribute(&plan_raw(&terraform, both).await, "note"),
        Pack::from("n")
    );
}

#[tokio::test]
async fn c59_absent_collection_blocks_are_empty_and_not_null() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let config = value(
        &terraform.config(THING, &json!({"name": "kettle"})),
        &terraform.ty(THING),
    );
    let planned = plan_raw(&terraform, config.unwrap()).await;
    assert_eq!(*attribute(&planned, "listed"), Pack::Array(Vec::new()));
    assert_eq!(*attribute(&planned, "in_set"), Pack::Array(Vec::new()));
    assert_eq!(*attribute(&planned, "mapped"), Pack::Map(Vec::new()));
    assert_eq!(attribute(&planned, "group").as_map().unwrap().len(), 3);
    assert_eq!(*attribute(&planned, "single"), Pack::Nil);
}
