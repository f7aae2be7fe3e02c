use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Golden {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    input: SigningInput,
    expect: Expected,
}

#[derive(Deserialize)]
struct SigningInput {
    method: String,
    url: String,
    headers: BTreeMap<String, String>,
    body: Option<String>,
    ak: String,
    sk: String,
    date: String,
}

#[derive(Deserialize)]
struct Expected {
    canonical_request: String,
    string_to_sign: String,
    authorization: String,
    headers_added: BTreeMap<String, String>,
    request_target: String,
}

fn vectors() -> Vec<Vector> {
    let text = include_str!("../../../../tests/golden/signing-vectors.json");
    let golden: Golden = serde_json::from_str(text).expect("vectors");
    golden.vectors
}

fn signed(input: &SigningInput) -> Signature {
    let headers = input.headers.iter().map(|(name, value)| {
        let name: HeaderName = name.parse().expect("a name");
        (name, HeaderValue::from_str(value).expect("a value"))
    });
    let date = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", &input.date).expect("a date");
    let at = date
        .to_zoned_datetime(jiff::tz::TimeZone::UTC)
        .expect("a time")
        .timestamp();
    let request = Unsigned {
        method: &input.method,
        url: &Url::parse(&input.url).expect("a URL"),
        headers: &headers.collect(),
        body: input.body.as_deref().unwrap_or_default().as_bytes(),
    };
    let key = SigningKey {
        access_key: &input.ak,
        secret_key: &input.sk,
    };
    sign(request, key, at)
}

#[test]
fn all_38_vectors_of_the_official_signer_are_reproduced_byte_for_byte() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 38);
    for Vector {
        name,
        input,
        expect,
    } in vectors
    {
        let signature = signed(&input);
        assert_eq!(
            signature.canonical_request, expect.canonical_request,
            "{name}"
        );
        assert_eq!(signature.string_to_sign, expect.string_to_sign, "{name}");
        let mut added: BTreeMap<_, _> = signature
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.clone()))
            .collect();
        assert_eq!(
            added.remove("authorization"),
            Some(expect.authorization),
            "{name}"
        );
        let mut expected: BTreeMap<_, _> = expect
            .headers_added
            .into_iter()
            .map(|(name, value)| (name.to_lowercase(), value))
            .collect();
        // The HTTP client writes it.
        expected.remove("host");
        assert_eq!(added, expected, "{name}");

        let mut url = Url::parse(&input.url).expect("a URL");
        if url.query().is_some() {
            url.set_query(Some(&signature.query));
        }
        let target = &url[url::Position::BeforePath..];
        assert_eq!(target, expect.request_target, "{name}");
    }
}

#[test]
fn signing_dates_have_no_fractional_seconds() {
    let mut headers = HeaderMap::new();
    headers.insert("accept", HeaderValue::from_static("application/json"));
    let request = Unsigned {
        method: "GET",
        url: &Url::parse("http://127.0.0.1:8443/").expect("a URL"),
        headers: &headers,
        body: &[],
    };
    let key = SigningKey {
        access_key: "a",
        secret_key: "s",
    };
    let at = "2026-01-02T03:04:05.999Z".parse().expect("a time");
    let (name, value) = sign(request, key, at).headers.remove(0);
    assert_eq!((name, value.as_str()), (DATE, "20260102T030405Z"));
}
