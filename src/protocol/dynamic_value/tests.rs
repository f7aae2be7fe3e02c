use super::*;

const UNKNOWN: [u8; 3] = [0xd4, 0, 0];

fn object() -> Type {
    Type::object([("a", Type::String), ("b", Type::list(Type::Number))])
}

fn number(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}

#[track_caller]
fn survives(value: Value, ty: &Type) -> Vec<u8> {
    let bytes = to_msgpack(&value, ty).unwrap();
    assert_eq!(from_msgpack(&bytes, ty), Ok(value));
    bytes
}

#[test]
fn c48_unknown_values_round_trip_at_any_depth() {
    assert_eq!(survives(Value::Unknown, &Type::String), UNKNOWN);
    assert_eq!(survives(Value::Unknown, &object()), UNKNOWN);
    let inner = Value::object([
        ("a", Value::Unknown),
        ("b", Value::List(vec![Value::Unknown, Value::Null])),
    ]);
    survives(inner, &object());
}

#[test]
fn c49_refined_unknowns_are_unknown() {
    // Not null, a prefix, and a key that nobody knows.
    let payload = [0x83, 1, 0xc2, 2, 0xa2, b'a', b'b', 99, 0xc0];
    let bytes = [&[0xc7, payload.len() as u8, 12][..], &payload].concat();
    assert_eq!(from_msgpack(&bytes, &Type::String), Ok(Value::Unknown));
    for bytes in [&[0xd4, 5, 0][..], &[0xc7, 0, 7], &[0xd5, 12, 0x81, 0xc0]] {
        assert_eq!(from_msgpack(bytes, &Type::Bool), Ok(Value::Unknown));
    }
    assert!(
        from_msgpack(&[0xd5, 3, 0, 0], &Type::Bool).is_err(),
        "an extension nobody knows"
    );
    let long = [&[0xc8, 0x04, 0x01, 12][..], &[0; 1025]].concat();
    assert!(
        from_msgpack(&long, &Type::Bool).is_err(),
        "refinements beyond 1024 bytes"
    );
}

#[test]
fn c50_and_c51_numbers_are_encoded_without_loss() {
    let written = |text: &str| survives(number(text), &Type::Number);
    assert_eq!(written("3.0"), b"\xa13");
    assert_eq!(written("-1"), b"\xa2-1");
    assert_eq!(written("1e3"), b"\xa41000");
    assert_eq!(written("9007199254740993"), b"\xb09007199254740993");
    assert_eq!(written("-9223372036854775808"), b"\xb4-9223372036854775808");
    assert_eq!(
        written("0.5"),
        [&[0xcb][..], &0.5f64.to_be_bytes()].concat()
    );
    assert_eq!(written("0.1"), b"\xa30.1");
    assert_eq!(
        written("0.1234567890123456789"),
        b"\xb50.1234567890123456789"
    );
    assert_eq!(written("18446744073709551616"), b"\xb418446744073709551616");
    for infinity in [Number::PositiveInfinity, Number::NegativeInfinity] {
        assert_eq!(survives(Value::Number(infinity), &Type::Number)[0], 0xcb);
    }
}

#[test]
fn c52_numbers_are_decoded_from_every_encoding() {
    let forms: [&[u8]; 12] = [
        &[7],
        &[0xcc, 7],
        &[0xcd, 0, 7],
        &[0xce, 0, 0, 0, 7],
        &[0xcf, 0, 0, 0, 0, 0, 0, 0, 7],
        &[0xd0, 7],
        &[0xd1, 0, 7],
        &[0xd2, 0, 0, 0, 7],
        &[0xd3, 0, 0, 0, 0, 0, 0, 0, 7],
        &[0xca, 0x40, 0xe0, 0, 0],
        &[0xcb, 0x40, 0x1c, 0, 0, 0, 0, 0, 0],
        b"\xa17",
    ];
    for form in forms {
        assert_eq!(
            from_msgpack(form, &Type::Number),
            Ok(number("7")),
            "{form:x?}"
        );
    }
    assert_eq!(
        from_msgpack(
            &[0xcf, 255, 255, 255, 255, 255, 255, 255, 255],
            &Type::Number
        ),
        Ok(number("18446744073709551615"))
    );
    assert!(
        from_msgpack(&[0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0], &Type::Number).is_err(),
        "not a number"
    );
    assert!(from_msgpack(b"\xa1x", &Type::Number).is_err());
}

#[test]
fn c53_objects_have_exactly_their_attributes_in_sorted_order() {
    let value = Value::object([("b", Value::Null), ("a", Value::from("x"))]);
    assert_eq!(survives(value, &object()), b"\x82\xa1a\xa1x\xa1b\xc0");
    let missing = from_msgpack(b"\x81\xa1a\xa1x", &object());
    assert_eq!(missing, Err(DecodeError::MissingAttribute("b".into())));
    let extra = from_msgpack(b"\x83\xa1a\xa1x\xa1b\xc0\xa1c\xc0", &object());
    assert_eq!(extra, Err(DecodeError::ExtraAttribute("c".into())));
    for wrong in [
        Value::object([("a", Value::Null)]),
        Value::object([("a", Value::Null), ("c", Value::Null)]),
    ] {
        assert!(to_msgpack(&wrong, &object()).is_err());
    }
}

#[test]
fn c54_dynamic_values_carry_their_type() {
    let dynamic = |ty, value| Value::Dynamic(Box::new(Dynamic { ty, value }));
    assert_eq!(
        survives(dynamic(Type::Bool, Value::Bool(true)), &Type::Dynamic),
        b"\x92\xc4\x06\"bool\"\xc3"
    );
    let typed_null = survives(dynamic(Type::Bool, Value::Null), &Type::Dynamic);
    let typed_unknown = survives(dynamic(Type::Bool, Value::Unknown), &Type::Dynamic);
    let null = survives(Value::Null, &Type::Dynamic);
    let unknown = survives(Value::Unknown, &Type::Dynamic);
    assert_eq!(null, [0xc0]);
    assert_eq!(unknown, UNKNOWN);
    assert_ne!(typed_null, typed_unknown);
    for malformed in [
        &b"\x91\xc4\x06\"bool\""[..],
        b"\x92\xc4\x05\"nope\xc3",
        b"\x92\xc4\x09\"dynamic\"\xc3",
        b"\xc3",
    ] {
        assert!(
            from_msgpack(malformed, &Type::Dynamic).is_err(),
            "{malformed:x?}"
        );
    }
}

#[test]
fn c55_sets_lose_order_and_duplicates() {
    let ty = Type::set(Type::String);
    let one = from_msgpack(b"\x93\xa1b\xa1a\xa1b", &ty);
    assert_eq!(one, from_msgpack(b"\x92\xa1a\xa1b", &ty));
    assert_eq!(
        one,
        Ok(Value::Set([Value::from("a"), Value::from("b")].into()))
    );
}

#[test]
fn c56_strings_are_normalized_and_accepted_as_binary() {
    let text = "cafe\u{301}";
    let bytes = [&[0xa0 | text.len() as u8][..], text.as_bytes()].concat();
    assert_eq!(from_msgpack(&bytes, &Type::String), Ok(Value::from("café")));
    assert_eq!(
        from_msgpack(b"\xc4\x01x", &Type::String),
        Ok(Value::from("x"))
    );
    assert_eq!(
        from_msgpack(b"\xa1\xff", &Type::String),
        Err(DecodeError::Malformed)
    );
}

#[test]
fn tuples_and_maps_round_trip() {
    let ty = Type::Tuple(vec![Type::Bool, Type::map(Type::String)]);
    let map = Value::Map([("k".to_owned(), Value::from("v"))].into());
    survives(Value::Tuple(vec![Value::Bool(false), map]), &ty);
    assert!(from_msgpack(b"\x91\xc3", &ty).is_err());
}

#[test]
fn c58_truncated_bytes_are_an_error_at_every_length() {
    let value = Value::object([
        ("a", Value::from("text")),
        ("b", Value::List(vec![number("0.1"), Value::Unknown])),
    ]);
    let bytes = to_msgpack(&value, &object()).unwrap();
    for length in 0..bytes.len() {
        assert!(
            from_msgpack(&bytes[..length], &object()).is_err(),
            "{length} bytes"
        );
    }
}

#[test]
fn c58_claimed_lengths_without_data_are_errors() {
    let forms: [(&[u8], Type); 5] = [
        (&[0xdd, 0xff, 0xff, 0xff, 0xff], Type::list(Type::Bool)),
        (&[0xdf, 0xff, 0xff, 0xff, 0xff], Type::map(Type::Bool)),
        (&[0xdb, 0xff, 0xff, 0xff, 0xff], Type::String),
        (&[0xc6, 0xff, 0xff, 0xff, 0xff], Type::String),
        (&[0xc9, 0xff, 0xff, 0xff, 0xff, 12], Type::String),
    ];
    for (bytes, ty) in forms {
        assert!(from_msgpack(bytes, &ty).is_err(), "{bytes:x?}");
    }
}

#[test]
fn c58_deep_nesting_is_an_error() {
    let mut ty = Type::Bool;
    let mut bytes = vec![0xc3];
    for _ in 0..2 * MAX_DEPTH {
        ty = Type::list(ty);
        bytes.insert(0, 0x91);
    }
    assert_eq!(from_msgpack(&bytes, &ty), Err(DecodeError::TooDeep));
}

proptest::proptest! {
    #[test]
    fn c58_no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(0u8.., 0..64)) {
        for ty in [Type::Dynamic, object(), Type::set(Type::Number), Type::map(Type::String)] {
            let _ = from_msgpack(&bytes, &ty);
        }
    }
}
