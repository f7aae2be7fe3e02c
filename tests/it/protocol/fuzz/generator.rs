//! Values as nobody writes them: of the right type with strange content, and then with bytes changed.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use rmpv::Value as Pack;
use serde_json::Value as Json;

/// Texts that are no harm, and some that look like it.
pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z0-9-]{0,12}",
        2 => ".{0,20}",
        1 => select(vec!["", "\u{0}", "cafe\u{301}", "\u{1d160}", "null", "$unknown", "2027-02-31", "0s", "PT5M", "90s"])
            .prop_map(str::to_owned),
        1 => select(vec!["x", "\u{301}", "/", "9"]).prop_map(|text| text.repeat(5000)),
    ]
}

/// Texts of numbers, and of what is none.
fn number() -> impl Strategy<Value = String> {
    let strange = [
        "0.1",
        "-0",
        "1e4096",
        "-1e-4096",
        "1e99999999999",
        "9007199254740993",
        "18446744073709551616",
        "NaN",
        "Infinity",
        "0x10",
        "+1",
        "1_000",
        ".5",
        "5.",
        "",
    ];
    prop_oneof![
        4 => any::<i64>().prop_map(|integer| integer.to_string()),
        3 => select(strange.to_vec()).prop_map(str::to_owned),
        1 => (1..100_000_usize).prop_map(|digits| "9".repeat(digits)),
    ]
}

/// A type, in the protocol's JSON form.
pub(super) fn type_json() -> impl Strategy<Value = Json> {
    let name = select(vec!["string", "number", "bool", "dynamic", "int", ""]);
    name.prop_map(Json::from).prop_recursive(4, 16, 4, |inner| {
        let kind = select(vec!["list", "set", "map", "nested"]);
        let attributes = proptest::collection::btree_map("[a-z]{1,3}", inner.clone(), 0..4);
        prop_oneof![
            (kind, inner.clone()).prop_map(|(kind, ty)| Json::from(vec![Json::from(kind), ty])),
            vec(inner, 0..4).prop_map(|types| Json::from(vec![Json::from("tuple"), types.into()])),
            attributes.prop_map(|types| {
                let types: serde_json::Map<_, _> = types.into_iter().collect();
                Json::from(vec![Json::from("object"), types.into()])
            }),
        ]
    })
}

/// A value of this type in MessagePack; now and then null, unknown, or of another type.
pub(super) fn pack(ty: &Json) -> BoxedStrategy<Pack> {
    let (kind, inner) = parts(ty);
    let of_type = match kind {
        "string" => text().prop_map(Pack::from).boxed(),
        "bool" => any::<bool>().prop_map(Pack::from).boxed(),
        "number" => prop_oneof![
            any::<i64>().prop_map(Pack::from),
            any::<u64>().prop_map(Pack::from),
            any::<f64>().prop_map(Pack::from),
            any::<f32>().prop_map(Pack::from),
            number().prop_map(Pack::from),
        ]
        .boxed(),
        "list" | "set" => vec(pack(inner), 0..4).prop_map(Pack::Array).boxed(),
        "map" => vec((text().prop_map(Pack::from), pack(inner)), 0..4)
            .prop_map(Pack::Map)
            .boxed(),
        "tuple" => {
            let elements: Vec<_> = inner.as_array().into_iter().flatten().map(pack).collect();
            elements.prop_map(Pack::Array).boxed()
        }
        "object" => {
            let types = inner.as_object().into_iter().flatten();
            let pairs: Vec<_> = types
                .map(|(name, ty)| (Just(Pack::from(name.as_str())), pack(ty)))
                .collect();
            pairs.prop_map(Pack::Map).boxed()
        }
        // A level of its own, so that types within types end.
        _ => (type_json(), text())
            .prop_map(|(ty, text)| {
                Pack::Array(vec![Pack::Binary(ty.to_string().into_bytes()), text.into()])
            })
            .boxed(),
    };
    let extension =
        (any::<i8>(), vec(any::<u8>(), 0..20)).prop_map(|(kind, bytes)| Pack::Ext(kind, bytes));
    prop_oneof![
        30 => of_type,
        5 => Just(Pack::Nil),
        3 => Just(Pack::Ext(0, vec![0])),
        1 => extension,
        1 => text().prop_map(Pack::from),
        1 => any::<u64>().prop_map(Pack::from),
    ]
    .boxed()
}

/// The bytes of [`pack`].
pub(super) fn msgpack(ty: &Json) -> BoxedStrategy<Vec<u8>> {
    pack(ty)
        .prop_map(|value| {
            let mut bytes = Vec::new();
            rmpv::encode::write_value(&mut bytes, &value).unwrap();
            bytes
        })
        .boxed()
}

/// The text of a value of this type in JSON; now and then null, of another type, or without an attribute.
pub(super) fn json(ty: &Json) -> BoxedStrategy<String> {
    let (kind, inner) = parts(ty);
    let quoted = |text: String| Json::from(text).to_string();
    let joined = |parts: Vec<String>| parts.join(",");
    let of_type = match kind {
        "string" => text().prop_map(quoted).boxed(),
        "bool" => select(vec!["true", "false", "\"true\"", "1"])
            .prop_map(str::to_owned)
            .boxed(),
        "number" => prop_oneof![number(), number().prop_map(quoted)].boxed(),
        "list" | "set" => vec(json(inner), 0..4)
            .prop_map(move |all| format!("[{}]", joined(all)))
            .boxed(),
        "map" => {
            let pair = (text(), json(inner))
                .prop_map(move |(key, value)| format!("{}:{value}", quoted(key)));
            vec(pair, 0..4)
                .prop_map(move |all| format!("{{{}}}", joined(all)))
                .boxed()
        }
        "tuple" => {
            let elements: Vec<_> = inner.as_array().into_iter().flatten().map(json).collect();
            elements
                .prop_map(move |all| format!("[{}]", joined(all)))
                .boxed()
        }
        "object" => {
            let types = inner.as_object().into_iter().flatten();
            let pairs: Vec<_> = types
                .map(|(name, ty)| {
                    let name = name.clone();
                    let pair = json(ty).prop_map(move |value| format!("\"{name}\":{value}"));
                    proptest::option::weighted(0.9, pair)
                })
                .collect();
            let joined =
                move |pairs: Vec<Option<String>>| joined(pairs.into_iter().flatten().collect());
            pairs
                .prop_map(move |all| format!("{{{}}}", joined(all)))
                .boxed()
        }
        _ => (type_json(), text())
            .prop_map(move |(ty, value)| format!("{{\"type\":{ty},\"value\":{}}}", quoted(value)))
            .boxed(),
    };
    prop_oneof![
        30 => of_type,
        4 => Just("null".to_owned()),
        1 => text().prop_map(quoted),
        1 => number(),
        1 => select(vec!["[]", "{}", "NaN", "-", "\"\\ud800\"", "{\"a\":1,\"a\":2}", "1e400"]).prop_map(str::to_owned),
    ]
    .boxed()
}

/// A type in two parts: its kind, and what it is made of.
fn parts(ty: &Json) -> (&str, &Json) {
    match ty {
        Json::Array(parts) => (
            parts.first().and_then(Json::as_str).unwrap_or_default(),
            parts.get(1).unwrap_or(&Json::Null),
        ),
        kind => (kind.as_str().unwrap_or_default(), &Json::Null),
    }
}

/// What happens to bytes on the way.
#[derive(Clone, Debug)]
enum Damage {
    Flip(Index, u8),
    CutOff(Index),
    TakeOut(Index, usize),
    PutIn(Index, Vec<u8>),
    Repeat(Index, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        4 => (any::<Index>(), any::<u8>()).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        1 => any::<Index>().prop_map(Damage::CutOff),
        1 => (any::<Index>(), 1..20_usize).prop_map(|(at, count)| Damage::TakeOut(at, count)),
        2 => (any::<Index>(), hostile()).prop_map(|(at, bytes)| Damage::PutIn(at, bytes)),
        1 => (any::<Index>(), 1..20_usize).prop_map(|(at, count)| Damage::Repeat(at, count)),
    ]
}

/// Lengths of four thousand million, nesting ten thousand deep, and the like, in both forms.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let short: Vec<&[u8]> = vec![
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff\x0c",
        b"\xdc\xff\xff",
        b"\xd4\x05\x00",
        b"\xc7\x03\x0c\x81\x01\xc2",
        b"\xd8\x0c",
        b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00",
        b"\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00",
        b"\xca\xff\xff\xff\xff",
        b"\xa2\xff\xfe",
        b"\xa61e4096",
        b"\xc1",
        b"\x92\xc4\x09\"dynamic\"\xc0",
        b"\x81\xc0\xc0",
        b"\xff",
        b"\"\xff\"",
        b"\"\\ud800\"",
        b"1e999999999",
        b"{\"type\":\"dynamic\",\"value\":1}",
        b",",
        b"\\",
        b"\0",
    ];
    let deep: Vec<&[u8]> = vec![
        b"\x91",
        b"\x81\xa1a",
        b"\x92\xc4\x08",
        b"[",
        b"{\"a\":",
        b"\"",
        b"[\"list\",",
    ];
    prop_oneof![
        10 => select(short).prop_map(<[u8]>::to_vec),
        1 => select(deep).prop_map(|one| one.repeat(10_000)),
        1 => Just([&b"\xdb\x00\x01\x86\xa0"[..], &b"9".repeat(100_000)].concat()),
    ]
}

/// The bytes that come out of `whole`, damaged up to four times.
pub(super) fn damaged(whole: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (whole, vec(damage(), 0..4)).prop_map(|(mut bytes, damages)| {
        damages.iter().for_each(|each| apply(each, &mut bytes));
        bytes
    })
}

fn apply(damage: &Damage, bytes: &mut Vec<u8>) {
    let place = |at: &Index| at.index(bytes.len() + 1);
    match damage {
        Damage::Flip(at, bits) => {
            let at = place(at);
            bytes
                .iter_mut()
                .skip(at)
                .take(1)
                .for_each(|byte| *byte ^= bits);
        }
        Damage::CutOff(at) => bytes.truncate(place(at)),
        Damage::TakeOut(at, count) => {
            let at = place(at);
            bytes.drain(at..bytes.len().min(at + count));
        }
        Damage::PutIn(at, more) => {
            let at = place(at);
            bytes.splice(at..at, more.iter().copied());
        }
        Damage::Repeat(at, count) => {
            let at = place(at);
            let again = bytes[at..bytes.len().min(at + count)].to_vec();
            bytes.splice(at..at, again);
        }
    }
}

/// Bytes at random, or those of `whole`, damaged.
pub(super) fn any_bytes(
    whole: impl Strategy<Value = Vec<u8>> + 'static,
) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![1 => vec(any::<u8>(), 0..100), 6 => damaged(whole)]
}
