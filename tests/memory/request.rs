//! Requests of 5 and 64 MiB, made to take as much memory as they can.

use std::sync::Arc;

use hwgrants::framework::engine::Engine;
use hwgrants::protocol::ProviderService;
use hwgrants::protocol::proto::provider_server::Provider as Served;
use hwgrants::protocol::proto::*;
use tonic::Request;

use crate::sponge::Sponge;
use crate::{ALLOCATOR, ALONE};

const MEBIBYTE: usize = 1024 * 1024;

/// A large request.
const LARGE: usize = 5 * MEBIBYTE;

/// One far beyond anything that Terraform sends. Only what [`HUGE`] names, because unoptimised code takes its time.
const FAR_TOO_LARGE: usize = 64 * MEBIBYTE;

/// What is sent in both sizes.
const HUGE: [&str; 4] = [
    "one text",
    "nulls",
    "an attribute nobody knows",
    "JSON: nesting",
];

/// How many times the bytes of a request may be taken beside them while it is served: values are read, merged with what
/// they replace, and written again.
const FACTOR: usize = 8;

/// What the most values that are read at all may take, a few bytes of the request each.
const ALLOWANCE: usize = 48 * MEBIBYTE;

/// Attributes of the resource in the order in which they are sent.
const ATTRIBUTES: [&str; 5] = ["any", "list", "map", "set", "text"];

/// An object whose attribute `name` has this value, and all others none.
fn msgpack(name: &str, value: &[u8]) -> DynamicValue {
    let mut bytes = vec![0x80 | 5];
    for attribute in ATTRIBUTES {
        bytes.push(0xa0 | u8::try_from(attribute.len()).unwrap());
        bytes.extend_from_slice(attribute.as_bytes());
        bytes.extend_from_slice(if attribute == name { value } else { b"\xc0" });
    }
    DynamicValue {
        msgpack: bytes,
        json: Vec::new(),
    }
}

fn json(name: &str, value: &[u8]) -> DynamicValue {
    let member = |attribute| {
        let value = if attribute == name { value } else { b"null" };
        [format!("\"{attribute}\":").as_bytes(), value].concat()
    };
    DynamicValue {
        msgpack: Vec::new(),
        json: [&b"{"[..], &ATTRIBUTES.map(member).join(&b','), b"}"].concat(),
    }
}

/// The head of a collection or text, `kind`, with a length of 32 bits, and what follows.
fn long(kind: u8, length: usize, rest: &[u8]) -> Vec<u8> {
    [
        &[kind][..],
        &u32::try_from(length).unwrap().to_be_bytes(),
        rest,
    ]
    .concat()
}

/// As many of these elements as go into so many bytes.
fn list(element: &[u8], size: usize) -> Vec<u8> {
    let count = size / element.len();
    long(0xdd, count, &element.repeat(count))
}

fn distinct(count: usize, element: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    (0..u32::try_from(count).unwrap())
        .flat_map(element)
        .collect()
}

/// Values of about so many bytes, with a word about each.
fn values(size: usize) -> Vec<(&'static str, DynamicValue)> {
    let limit = 200_000;
    let number = |number: u32| [&[0xce][..], &number.to_be_bytes()].concat();
    let key = |number: u32| {
        [
            &[0xa4][..],
            format!("{:04x}", number % 0x1_0000).as_bytes(),
            b"\xa0",
        ]
        .concat()
    };
    let typed = |ty: &str, value: &[u8]| {
        [&b"\x92"[..], &long(0xc6, ty.len(), ty.as_bytes()), value].concat()
    };
    let small = typed("\"bool\"", b"\xc3");
    let array = |element: &str| format!("[{}0]", element.repeat(size / element.len())).into_bytes();
    vec![
        (
            "one text",
            msgpack("text", &long(0xdb, size, &b"x".repeat(size))),
        ),
        (
            "one text in another form",
            msgpack(
                "text",
                &long(
                    0xdb,
                    size / 4 * 4,
                    &"\u{1d160}".repeat(size / 4).into_bytes(),
                ),
            ),
        ),
        (
            "one text of marks",
            msgpack(
                "text",
                &long(0xdb, size / 2 * 2, &"\u{301}".repeat(size / 2).into_bytes()),
            ),
        ),
        ("nulls", msgpack("list", &list(b"\xc0", size))),
        (
            "as many nulls as are read",
            msgpack("list", &list(b"\xc0", limit)),
        ),
        ("numbers", msgpack("list", &list(b"\x07", size))),
        (
            "as many numbers as are read",
            msgpack("list", &list(b"\x07", limit)),
        ),
        (
            "numbers with exponents",
            msgpack("list", &list(b"\xa61e4096", size)),
        ),
        (
            "as many with exponents as are read",
            msgpack("list", &list(b"\xa61e4096", 7 * limit)),
        ),
        (
            "a set",
            msgpack("set", &long(0xdd, limit, &distinct(limit, number))),
        ),
        (
            "a map",
            msgpack("map", &long(0xdf, limit / 2, &distinct(limit / 2, key))),
        ),
        (
            "a long type",
            msgpack(
                "any",
                &typed(
                    &format!("[\"tuple\",[{}\"bool\"]]", "0,".repeat(size / 2)),
                    b"\xc0",
                ),
            ),
        ),
        (
            "values with types",
            msgpack(
                "any",
                &typed(
                    "[\"list\",\"dynamic\"]",
                    &list(&small, limit / 4 * small.len()),
                ),
            ),
        ),
        (
            "an attribute nobody knows",
            DynamicValue {
                msgpack: [&b"\x81"[..], &long(0xdb, size, &b"x".repeat(size))].concat(),
                json: Vec::new(),
            },
        ),
        (
            "a long number",
            msgpack(
                "list",
                &[&b"\x91"[..], &long(0xdb, size, &b"9".repeat(size))].concat(),
            ),
        ),
        (
            "a promise of elements",
            msgpack("list", b"\xdd\xff\xff\xff\xff"),
        ),
        (
            "a promise of entries",
            msgpack("map", b"\xdf\xff\xff\xff\xff"),
        ),
        (
            "a promise of text",
            msgpack("text", b"\xdb\xff\xff\xff\xff"),
        ),
        ("nesting", msgpack("any", &b"\x91".repeat(size))),
        (
            "JSON: one text",
            json("text", format!("\"{}\"", "x".repeat(size)).as_bytes()),
        ),
        (
            "JSON: one text of escapes",
            json(
                "text",
                format!("\"{}\"", "\\u0041".repeat(size / 6)).as_bytes(),
            ),
        ),
        ("JSON: numbers", json("list", &array("0,"))),
        (
            "JSON: as many numbers as are read",
            json("list", format!("[{}0]", "0,".repeat(limit)).as_bytes()),
        ),
        (
            "JSON: a long number",
            json("list", format!("[{}]", "9".repeat(size)).as_bytes()),
        ),
        ("JSON: nesting", json("any", &b"[".repeat(size))),
        (
            "JSON: an attribute nobody knows",
            DynamicValue {
                msgpack: Vec::new(),
                json: format!("{{\"{}\":0}}", "x".repeat(size)).into_bytes(),
            },
        ),
    ]
}

/// Serves a request, and asserts that it takes no more than it may.
async fn measured<T>(what: &str, size: usize, call: impl Future<Output = T>) -> T {
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    let answer = call.await;
    let taken = ALLOCATOR.peak_usage().saturating_sub(before);
    let allowed = FACTOR * size + ALLOWANCE;
    assert!(
        taken <= allowed,
        "{what}, {} KiB: {} KiB",
        size / 1024,
        taken / 1024
    );
    answer
}

fn assert_short(what: &str, found: &[Diagnostic]) {
    let long = found.iter().find(|each| each.detail.len() > 5000);
    assert!(long.is_none(), "{what}");
}

#[tokio::test]
async fn c28_c58_memory_use_stays_proportional_to_request_size() {
    let _alone = ALONE.lock().await;
    let service = ProviderService::new(Arc::new(Engine::new(Sponge)), "example/sponge");
    let config = configure_provider::Request {
        config: Some(DynamicValue {
            msgpack: vec![0x80],
            json: Vec::new(),
        }),
        ..Default::default()
    };
    let reply = service.configure_provider(Request::new(config)).await;
    assert_eq!(reply.unwrap().into_inner().diagnostics, []);
    for size in [LARGE, FAR_TOO_LARGE] {
        for (what, value) in values(size) {
            if size == FAR_TOO_LARGE && !HUGE.contains(&what) {
                continue;
            }
            let length = value.msgpack.len() + value.json.len();
            let request = plan_resource_change::Request {
                type_name: "thing".to_owned(),
                config: Some(value.clone()),
                proposed_new_state: Some(value.clone()),
                ..Default::default()
            };
            // Two values are in it.
            let reply = measured(
                what,
                2 * length,
                service.plan_resource_change(Request::new(request)),
            )
            .await;
            assert_short(what, &reply.unwrap().into_inner().diagnostics);
            if value.json.is_empty() {
                continue;
            }
            let request = upgrade_resource_state::Request {
                type_name: "thing".to_owned(),
                version: 0,
                raw_state: Some(RawState {
                    json: value.json,
                    ..Default::default()
                }),
            };
            let reply = measured(
                what,
                length,
                service.upgrade_resource_state(Request::new(request)),
            )
            .await;
            assert_short(what, &reply.unwrap().into_inner().diagnostics);
        }
        for name in ["thing", "nothing"] {
            let request = import_resource_state::Request {
                type_name: name.to_owned(),
                id: "x".repeat(size),
                ..Default::default()
            };
            let reply = measured(
                "an import ID",
                size,
                service.import_resource_state(Request::new(request)),
            )
            .await;
            assert_short("an import ID", &reply.unwrap().into_inner().diagnostics);
        }
        let request = read_resource::Request {
            type_name: "x".repeat(size),
            ..Default::default()
        };
        let reply = measured(
            "a type name",
            size,
            service.read_resource(Request::new(request)),
        )
        .await;
        assert_short("a type name", &reply.unwrap().into_inner().diagnostics);
    }
}
