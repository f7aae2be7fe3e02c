use jiff::civil::date;
use serde_json::json;

use super::*;

#[test]
fn a_creation_time_shows_the_format_of_times() {
    for (value, expected) in [
        (json!(1_796_040_000_000_i64), Some(TimeFormat::Milliseconds)),
        (json!(1_796_040_000), Some(TimeFormat::Seconds)),
        (json!("2026-11-30 16:37:24"), Some(TimeFormat::Text)),
        (json!("2026-11-30T16:37:24Z"), Some(TimeFormat::Rfc3339)),
        (
            json!("2026-11-30T16:37:24+08:00"),
            Some(TimeFormat::Rfc3339),
        ),
        (json!("1796040000000"), Some(TimeFormat::NumberText)),
        (json!("2026-11-30T16:37:24"), None),
        (json!("1796040000"), None),
        (json!("2026-11-30"), None),
        (json!("yesterday"), None),
        (json!(1.5), None),
        (json!(true), None),
        (Value::Null, None),
    ] {
        let found = time_format(&value).ok().map(|(format, _)| format);
        assert_eq!(found, expected, "{value}");
    }
}

#[test]
fn the_expiry_shows_where_a_day_ends() {
    let today = date(2026, 11, 30);
    let requested = date(2026, 12, 4);
    for (value, expected) in [
        (json!("2026-12-04 00:00:00"), Some(EndFormat::StartOfDay)),
        (json!("2026-12-05T00:00:00Z"), Some(EndFormat::EndOfDay)),
        (json!("2026-12-04 23:59:59"), Some(EndFormat::LastSecond)),
        (
            json!("2026-12-03 16:00:00"),
            Some(EndFormat::StartOfDayInChina),
        ),
        (
            json!("2026-12-05T00:00:00+08:00"),
            Some(EndFormat::EndOfDayInChina),
        ),
        (Value::Null, Some(EndFormat::Hidden)),
        (
            json!(253_402_214_400_000_i64),
            Some(EndFormat::BeyondCalendar),
        ),
        (json!("4 days"), Some(EndFormat::Words)),
        (json!("40 days"), None),
        (json!("2026/12/04"), None),
        (json!("4 days of 30"), None),
        (json!(4), Some(EndFormat::Period)),
        (json!(40), None),
        (json!(0), Some(EndFormat::Zero)),
        (json!(-1), Some(EndFormat::MinusOne)),
        (json!("2026-12-04 12:00:00"), None),
        (json!(""), None),
    ] {
        let samples = [(requested, value.clone())];
        let found = expiry_format(&samples, today)
            .ok()
            .map(|(format, _)| format);
        assert_eq!(found, expected, "{value}");
    }
    // Each date must lead to the same value.
    let mut samples = vec![
        (requested, json!("2026-12-04 00:00:00")),
        (date(2026, 12, 6), json!("2026-12-06 00:00:00")),
    ];
    assert!(expiry_format(&samples, today).is_ok());
    samples.push((date(2026, 12, 3), json!("2026-12-04 00:00:00")));
    assert!(expiry_format(&samples, today).is_err());
    assert!(expiry_format(&[], today).is_err());
}

#[test]
fn only_a_grant_in_the_response_shows_the_format_of_responses() {
    let response = |body: Value| ObservedResponse {
        status: 200,
        body: body.to_string().into_bytes(),
    };
    let grant = json!({"resourceId": "s", "uuid": "u", "state": 0});
    for (body, expected, has_grant) in [
        (json!({"data": grant}), Some(AnswerFormat::Data), true),
        (grant.clone(), Some(AnswerFormat::Bare), true),
        (json!({"data": {}}), Some(AnswerFormat::EmptyData), false),
        (json!({"data": null}), Some(AnswerFormat::NullData), false),
        (json!({"data": [grant]}), None, false),
        (json!({"data": {"ok": true}}), None, false),
        (json!({}), None, false),
        (json!([]), None, false),
    ] {
        let response = response(body.clone());
        let found = answer_format(&response).ok().map(|(format, _)| format);
        assert_eq!(found, expected, "{body}");
        assert_eq!(grant_fields(&response).is_some(), has_grant, "{body}");
    }
    let empty = ObservedResponse {
        status: 200,
        body: Vec::new(),
    };
    assert!(answer_format(&empty).is_err());
}

#[test]
fn only_a_decimal_id_shows_the_format_of_ids() {
    for (requested, returned, expected) in [
        ("21", json!(21), Some(IdFormat::Number)),
        ("21", json!("21"), Some(IdFormat::Text)),
        ("021", json!("021"), None),
        ("43d6", json!("43d6"), None),
        ("43d6", Value::Null, None),
    ] {
        let found = id_format([("x", &json!("x")), (requested, &returned)]);
        assert_eq!(
            found.ok().map(|(format, _)| format),
            expected,
            "{requested}"
        );
    }
}

#[test]
fn the_clock_of_the_service_is_compared_with_ours() {
    let now: Timestamp = "2026-11-30T08:37:24Z".parse().unwrap();
    for (value, part) in [
        (json!("2026-11-30 08:37:25"), "agreed"),
        (json!("2026-11-30 16:37:24"), "8h ahead of"),
        (
            json!("2026-11-30 16:37:24"),
            "may be a local time in UTC+08:00",
        ),
        (json!("2026-11-30 08:00:00"), "37m 24s behind"),
        (Value::Null, "not understood"),
    ] {
        let text = clock(&value, now);
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn observations_quote_times_only() {
    for (value, expected) in [
        (json!(1_796_040_000), "`1796040000`"),
        (
            json!("2026-11-30T16:37:24+08:00"),
            "`\"2026-11-30T16:37:24+08:00\"`",
        ),
        (json!("4 days"), "`\"4 days\"`"),
        (
            json!("granted by ana@example.com"),
            "a string of 26 characters",
        ),
        (json!({"user": "ana"}), "an array or object"),
        (Value::Null, "`null`"),
    ] {
        assert_eq!(quote(&value), expected);
    }
}
