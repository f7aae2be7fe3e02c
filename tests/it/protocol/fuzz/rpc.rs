//! Whole requests at random, as bytes over gRPC, to every call of the protocol.

use std::pin::Pin;

use axum::body::HttpBody;
use hwgrants::protocol::proto::validate_resource_config;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value as Json, json};
use tonic::Code;
use tonic::body::Body;
use tower::{Service, ServiceExt};

use super::super::rpc::{DECLINED, SERVED};
use super::super::schema_type::block_type;
use super::super::server::Served;
use super::super::terraform::Terraform;
use super::generator::{any_bytes, damaged, json, msgpack, text};
use super::{check, in_msgpack};

/// A field of a message: its number, and how many bytes of which form.
fn field(names: Vec<String>, types: &[Json]) -> impl Strategy<Value = Vec<u8>> + use<> {
    let value = select(types.to_vec()).prop_flat_map(|ty| {
        let json = json(&ty).prop_map(String::into_bytes);
        prop_oneof![
            3 => any_bytes(msgpack(&ty)).prop_map(|bytes| delimited(1, &bytes)),
            1 => any_bytes(json).prop_map(|bytes| delimited(2, &bytes)),
        ]
    });
    prop_oneof![
        4 => select(names).prop_map(|name| delimited(1, name.as_bytes())),
        6 => (2..8_u8, value).prop_map(|(number, value)| delimited(number, &value)),
        1 => (1..8_u8, text()).prop_map(|(number, text)| delimited(number, text.as_bytes())),
        1 => (1..8_u8, vec(any::<u8>(), 0..20)).prop_map(|(number, bytes)| delimited(number, &bytes)),
        1 => (1..8_u8, 0..0x80_u8).prop_map(|(number, value)| vec![number << 3, value]),
    ]
}

/// A field that says how long it is.
fn delimited(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    prost::encoding::encode_varint(bytes.len() as u64, &mut field);
    field.extend_from_slice(bytes);
    field
}

/// Sends a message to a call; its status, and the bytes of the answer.
async fn send(served: &Served, rpc: &str, message: &[u8]) -> (Code, Vec<u8>) {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let body = [&[0][..], &length, message].concat();
    let request = http::Request::post(format!("http://localhost/tfplugin6.Provider/{rpc}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Body::new(axum::body::Body::from(body)))
        .unwrap();
    let mut channel = served.channel.clone();
    let response = channel.ready().await.unwrap().call(request).await.unwrap();
    let mut trailers = response.headers().clone();
    let mut body = response.into_body();
    let mut answer = Vec::new();
    while let Some(frame) =
        std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await
    {
        match frame.unwrap().into_data() {
            Ok(data) => answer.extend_from_slice(&data),
            Err(frame) => trailers.extend(frame.into_trailers().unwrap()),
        }
    }
    let status = trailers.get("grpc-status").expect("a status");
    (Code::from_bytes(status.as_bytes()), answer)
}

#[test]
fn c35_c58_c133_any_request_is_answered_and_the_server_keeps_serving() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (served, terraform) = runtime.block_on(async {
        let served = Served::probe().await;
        let terraform = Terraform::configured(served.client(), json!({"prefix": "p"})).await;
        (served, terraform)
    });
    let names: Vec<_> = ["thing", "probe_plain", "view", "act", "words", "nothing"]
        .map(str::to_owned)
        .into();
    let mut types = ["thing", "plain"].map(|name| terraform.ty(name)).to_vec();
    types.push(block_type(&terraform.actions["act"]));
    // The arguments of the function.
    types.extend([json!(["list", "string"]), json!("string")]);
    let rpc = select([SERVED.as_slice(), DECLINED.as_slice()].concat());
    let message = vec(field(names, &types), 0..8);
    let message = damaged(message.prop_map(|fields| fields.concat()));
    check((rpc, message), |(rpc, message)| {
        let (code, answer) = runtime.block_on(send(&served, rpc, &message));
        // A message that protobuf cannot read is refused before it gets to us.
        let is_expected = match code {
            Code::Ok | Code::Internal => true,
            Code::Unimplemented => DECLINED.contains(&rpc),
            _ => false,
        };
        prop_assert!(is_expected, "{rpc}: {code:?}");
        let is_bug = answer
            .windows(19)
            .any(|bytes| bytes == b"Bug in the provider");
        prop_assert!(!is_bug, "{rpc}: {}", String::from_utf8_lossy(&answer));
        Ok(())
    });
    let request = validate_resource_config::Request {
        type_name: "plain".to_owned(),
        config: in_msgpack(b"\x81\xa4text\xc0".to_vec()),
        ..Default::default()
    };
    let reply = runtime
        .block_on(served.client().validate_resource_config(request))
        .unwrap();
    assert_eq!(reply.into_inner().diagnostics, []);
}
