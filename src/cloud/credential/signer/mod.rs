//! The signature of a request, `SDK-HMAC-SHA256`: a pure function of request, access key and time.
//!
//! Every step follows the official Python signer, whose results are the golden vectors of the tests.
//!
//! Source: API Gateway, "Request Signing"; Huawei Cloud's SDK 3.1 for Python.

use std::fmt::{self, Write};

use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName};
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use ring::{digest, hmac};
use url::Url;

/// Everything but letters, digits and `-_.~`, which RFC 3986 calls unreserved.
pub(in crate::cloud) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The only algorithm spoken.
const ALGORITHM: &str = "SDK-HMAC-SHA256";
const DATE: HeaderName = HeaderName::from_static("x-sdk-date");
/// The hash of the body, where the caller says it, or that the body is not hashed.
const CONTENT_HASH: HeaderName = HeaderName::from_static("x-sdk-content-sha256");
/// Stands for the hash of a body that is not hashed.
const UNSIGNED: HeaderValue = HeaderValue::from_static("UNSIGNED-PAYLOAD");
/// Types of a body that is always hashed.
const HASHED_TYPES: [&[u8]; 2] = [b"application/json", b"application/bson"];

/// What is signed: the request as it is about to be sent, but for what [`sign()`] adds.
#[derive(Clone, Copy, Debug)]
pub struct Unsigned<'a> {
    /// In any case.
    pub method: &'a str,
    /// Its path must hold no dot segments and no encoded slashes, which servers resolve differently.
    pub url: &'a Url,
    /// Every one is signed, except those with `_` in their names.
    pub headers: &'a HeaderMap,
    /// As it is sent.
    pub body: &'a [u8],
}

/// Who signs.
#[derive(Clone, Copy)]
pub struct SigningKey<'a> {
    /// ID of the access key.
    pub access_key: &'a str,
    /// Secret of the access key; never sent.
    pub secret_key: &'a str,
}

/// What makes an unsigned request a signed one.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature {
    /// What was signed, for comparison with the golden vectors.
    canonical_request: String,
    string_to_sign: String,
    /// Headers to add; `Host` is not among them, since the HTTP client writes what was signed.
    pub headers: Vec<(HeaderName, String)>,
    /// The query to send instead of the request's own.
    pub query: String,
}

impl fmt::Debug for SigningKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(***)")
    }
}

impl fmt::Debug for Signature {
    /// Shows nothing: what is signed holds the security token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(***)")
    }
}

/// Signs a request; `at` counts unless the headers hold `X-Sdk-Date`. The service accepts 15 minutes of difference.
#[must_use]
pub fn sign(request: Unsigned<'_>, key: SigningKey<'_>, at: Timestamp) -> Signature {
    let mut headers = request.headers.clone();
    let mut added = Vec::new();
    let mut add = |name: HeaderName, text: String| {
        if !headers.contains_key(&name)
            && let Ok(value) = HeaderValue::from_str(&text)
        {
            headers.insert(name.clone(), value);
            added.push((name, text));
        }
    };
    add(DATE, at.strftime("%Y%m%dT%H%M%SZ").to_string());
    add(HOST, authority(request.url));
    added.retain(|(name, _)| *name != HOST);
    let is_hashed = |value: &HeaderValue| {
        let value = value.as_bytes();
        HASHED_TYPES.iter().any(|hashed| value.starts_with(hashed))
    };
    if headers
        .get(CONTENT_TYPE)
        .is_some_and(|value| !is_hashed(value))
    {
        headers.insert(CONTENT_HASH, UNSIGNED);
        added.push((CONTENT_HASH, text(&UNSIGNED)));
    }

    let signed = signed_headers(&headers);
    let names: Vec<_> = signed.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let query = canonical_query(request.url.query().unwrap_or_default());
    let body_hash = match headers.get(CONTENT_HASH) {
        Some(given) if !request.body.is_empty() => text(given),
        _ => hash(request.body),
    };

    let mut canonical_request = format!(
        "{}\n{}\n{query}\n",
        request.method.to_uppercase(),
        canonical_path(request.url.path())
    );
    for (name, value) in &signed {
        canonical_request += &format!("{name}:{}\n", value.trim());
    }
    canonical_request += &format!("\n{names}\n{body_hash}");
    let date = headers.get(DATE).map(text).unwrap_or_default();
    let hashed_request = hash(canonical_request.as_bytes());
    let string_to_sign = format!("{ALGORITHM}\n{date}\n{hashed_request}");

    let hmac_key = hmac::Key::new(hmac::HMAC_SHA256, key.secret_key.as_bytes());
    let signature = hex(hmac::sign(&hmac_key, string_to_sign.as_bytes()).as_ref());
    let authorization = format!(
        "{ALGORITHM} Access={}, SignedHeaders={names}, Signature={signature}",
        key.access_key
    );
    added.push((AUTHORIZATION, authorization));
    Signature {
        canonical_request,
        string_to_sign,
        headers: added,
        query,
    }
}

/// Host, and the port if the URL names one that is not its scheme's own: what HTTP clients put into `Host`.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Names in ascending order, with their values; the names of a `HeaderMap` are in lower case.
fn signed_headers(headers: &HeaderMap) -> Vec<(&str, String)> {
    let signed = headers
        .iter()
        .filter(|(name, _)| !name.as_str().contains('_'));
    let mut signed: Vec<_> = signed
        .map(|(name, value)| (name.as_str(), text(value)))
        .collect();
    signed.sort_by_key(|(name, _)| *name);
    signed
}

/// The value as text; bytes that are not UTF-8 are replaced.
fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// Decoding comes first, so that every spelling of a path has one canonical form; it always ends in a slash.
fn canonical_path(path: &str) -> String {
    let decoded = percent_decode(path);
    let segments = decoded.split('/').map(percent_encode);
    let mut canonical = segments.collect::<Vec<_>>().join("/");
    if !canonical.ends_with('/') {
        canonical.push('/');
    }
    canonical
}

/// Pairs in the order of their decoded texts; a plus sign is no space.
fn canonical_query(query: &str) -> String {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<_> = pairs
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decode(key), percent_decode(value))
        })
        .collect();
    pairs.sort();
    let pairs = pairs
        .iter()
        .map(|(key, value)| format!("{}={}", percent_encode(key), percent_encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn percent_decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn percent_encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

fn hash(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
