//! The verifier against the vectors of an official signer, and against every change to them.

use axum::http::{HeaderName, HeaderValue};
use serde_json::Value;

use super::*;

/// A request of `tests/golden/signing-vectors.json`, as its signer sent it.
struct SignatureVector {
    name: String,
    method: Method,
    path: String,
    query: Option<String>,
    /// The query before the signer sorted it.
    query_as_given: Option<String>,
    headers: HeaderMap,
    body: Vec<u8>,
    secret_key: String,
    signed_at: Timestamp,
    expect: Value,
}

impl SignatureVector {
    fn request(&self) -> SignedRequest<'_> {
        SignedRequest {
            method: &self.method,
            path: &self.path,
            query: self.query.as_deref(),
            headers: &self.headers,
            body: &self.body,
        }
    }

    fn verify(&self) -> Result<(), SignatureError> {
        self.request().verify(&self.secret_key, self.signed_at)
    }

    fn set(&mut self, name: &str, value: &str) {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        let name: HeaderName = name.parse().unwrap();
        self.headers.insert(name, value);
    }
}

fn vectors() -> Vec<SignatureVector> {
    let file = include_str!("../../../tests/golden/signing-vectors.json");
    let file: Value = serde_json::from_str(file).unwrap();
    file["vectors"]
        .as_array()
        .unwrap()
        .iter()
        .map(vector)
        .collect()
}

fn vector(vector: &Value) -> SignatureVector {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (input, expect) = (&vector["input"], &vector["expect"]);
    let url = text(&input["url"]);
    let target = text(&expect["request_target"]);
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
        None => (target, None),
    };
    let mut read = SignatureVector {
        name: text(&vector["name"]),
        method: text(&input["method"]).parse().unwrap(),
        path,
        query,
        query_as_given: url.split_once('?').map(|(_, query)| query.to_owned()),
        headers: HeaderMap::new(),
        body: text(&input["body"]).into_bytes(),
        secret_key: text(&input["sk"]),
        signed_at: parse_date(input["date"].as_str().unwrap()).unwrap(),
        expect: expect.clone(),
    };
    for headers in [&input["headers"], &expect["headers_added"]] {
        for (name, value) in headers.as_object().unwrap() {
            read.set(name, value.as_str().unwrap());
        }
    }
    read.set("authorization", expect["authorization"].as_str().unwrap());
    read
}

/// The vector `csms-create-grant`: a path, headers and a body to be changed.
fn create_grant() -> SignatureVector {
    let mut vectors = vectors().into_iter();
    vectors
        .find(|vector| vector.name == "csms-create-grant")
        .unwrap()
}

#[test]
fn every_vector_of_the_official_signer_is_accepted() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 38);
    for vector in vectors {
        let names: Vec<&str> = vector.expect["signed_headers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect();
        let body_hash = vector.request().body_hashes().unwrap().remove(0);
        let canonical = vector.request().canonical_request(&names, body_hash);
        let canonical = canonical.unwrap();
        assert_eq!(
            canonical, vector.expect["canonical_request"],
            "{}",
            vector.name
        );
        assert_eq!(vector.verify(), Ok(()), "{}", vector.name);
    }
}

#[test]
fn every_vector_is_refused_with_another_key_method_or_body() {
    for mut vector in vectors() {
        let request = vector.request();
        assert_eq!(
            request.verify("another-secret-key", vector.signed_at),
            Err(SignatureError::Mismatch)
        );
        let hash_is_unsigned = vector.headers.contains_key(BODY_HASH_HEADER);
        vector.body.push(b' ');
        if !hash_is_unsigned {
            assert_eq!(
                vector.verify(),
                Err(SignatureError::Mismatch),
                "{}",
                vector.name
            );
        }
        vector.body.pop();
        vector.method = Method::TRACE;
        assert_eq!(
            vector.verify(),
            Err(SignatureError::Mismatch),
            "{}",
            vector.name
        );
    }
}

#[test]
fn a_changed_path_query_header_or_body_is_refused() {
    let changes: [fn(&mut SignatureVector); 6] = [
        |vector| vector.path.push('x'),
        |vector| vector.query = Some("resource_id=1".to_owned()),
        |vector| vector.set("x-project-id", "0123456789abcdef0123456789abcdee"),
        |vector| vector.set("host", "kms.cn-north-1.myhuaweicloud.com"),
        |vector| vector.set("x-sdk-date", "20260228T235958Z"),
        |vector| vector.body[0] ^= 1,
    ];
    for change in changes {
        let mut vector = create_grant();
        change(&mut vector);
        assert_eq!(vector.verify(), Err(SignatureError::Mismatch));
    }
}

#[test]
fn unsigned_headers_do_not_affect_the_signature() {
    let mut vector = create_grant();
    vector.set("x-language", "en-us");
    vector.set("x_under_score", "1");
    assert_eq!(vector.verify(), Ok(()));
}

#[test]
fn a_changed_body_is_refused_despite_an_unsigned_payload_header() {
    let mut vector = create_grant();
    vector.set(BODY_HASH_HEADER, UNSIGNED_BODY);
    vector.body.push(b' ');
    assert_eq!(vector.verify(), Err(SignatureError::Mismatch));
}

#[test]
fn empty_bodies_may_be_signed_by_hash_or_as_unsigned_payload() {
    for signed in [UNSIGNED_BODY, &sha256_hex(b"")] {
        let mut vector = create_grant();
        vector.body.clear();
        vector.set(BODY_HASH_HEADER, UNSIGNED_BODY);
        let date = vector.request().header(DATE_HEADER).unwrap().to_owned();
        let request = vector.request();
        let canonical = request.canonical_request(&[DATE_HEADER], signed.to_owned());
        let hash = sha256_hex(canonical.unwrap().as_bytes());
        let to_sign = format!("{ALGORITHM}\n{date}\n{hash}");
        let signature = hmac_hex(&vector.secret_key, &to_sign).unwrap();
        let authorization =
            format!("{ALGORITHM} Access=id, SignedHeaders={DATE_HEADER}, Signature={signature}");
        vector.set("authorization", &authorization);
        assert_eq!(vector.verify(), Ok(()), "{signed}");
    }
}

#[test]
fn a_body_hash_must_match_the_body() {
    let mut vector = create_grant();
    let hash = sha256_hex(&vector.body);
    vector.set(BODY_HASH_HEADER, &hash);
    assert_eq!(vector.verify(), Ok(()));
    vector.body.push(b' ');
    assert_eq!(vector.verify(), Err(SignatureError::Mismatch));
}

#[test]
fn query_parameter_order_does_not_matter() {
    let mut sorted_count = 0;
    for mut vector in vectors() {
        let sent = vector.query.clone();
        vector.query = vector.query_as_given.clone();
        assert_eq!(vector.verify(), Ok(()), "{}", vector.name);
        sorted_count += usize::from(vector.query != sent);
    }
    assert!(sorted_count > 5, "{sorted_count}");
}

#[test]
fn clock_skew_is_accepted_up_to_15_minutes() {
    let vector = create_grant();
    for (seconds, accepted) in [(900, true), (-900, true), (901, false), (-901, false)] {
        let now = vector.signed_at + SignedDuration::from_secs(seconds);
        let verified = vector.request().verify(&vector.secret_key, now);
        let expected = if accepted {
            Ok(())
        } else {
            Err(SignatureError::Skew)
        };
        assert_eq!(verified, expected, "{seconds}");
    }
}

#[test]
fn an_invalid_authorization_header_is_malformed() {
    let forms = [
        "",
        "Bearer token",
        "SDK-HMAC-SM3 Access=a, SignedHeaders=host;x-sdk-date, Signature=00",
        "SDK-HMAC-SHA256 Access=a,SignedHeaders=host;x-sdk-date,Signature=00",
        "SDK-HMAC-SHA256 Access=a, SignedHeaders=host;x-sdk-date",
        "SDK-HMAC-SHA256 SignedHeaders=host;x-sdk-date, Access=a, Signature=00",
    ];
    for form in forms {
        let mut vector = create_grant();
        vector.set("authorization", form);
        assert_eq!(vector.verify(), Err(SignatureError::Malformed), "{form}");
    }
}

#[test]
fn signed_headers_must_be_sorted_lowercase_and_include_the_date() {
    let check = |list: &str, expected| {
        let mut vector = create_grant();
        let form = format!("SDK-HMAC-SHA256 Access=a, SignedHeaders={list}, Signature=00");
        vector.set("authorization", &form);
        assert_eq!(vector.verify(), Err(expected), "{list}");
    };
    for list in [
        "",
        "host",
        "x-sdk-date;host",
        "Host;x-sdk-date",
        "authorization;x-sdk-date",
    ] {
        check(list, SignatureError::HeaderList);
    }
    check("x-sdk-date;x-sdk-date", SignatureError::HeaderList);
    check("x-ghost;x-sdk-date", SignatureError::HeaderMissing);
}

#[test]
fn a_malformed_date_is_refused() {
    for date in [
        "",
        "2026-02-28T23:59:59Z",
        "20260228T235959",
        "20260228T23595Z",
    ] {
        let mut vector = create_grant();
        vector.set("x-sdk-date", date);
        assert_eq!(vector.verify(), Err(SignatureError::Date), "{date}");
    }
}
