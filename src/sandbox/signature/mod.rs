//! Verifies signatures made with an access key (`SDK-HMAC-SHA256`), as the gateway does.
//!
//! A signer chooses which headers it signs and lists them in `SignedHeaders`; only `X-Sdk-Date` is required. Stricter than the
//! reference, the list must be in the documented order, and `X-Sdk-Content-Sha256` must be correct.
//!
//! Source: API Gateway, "Signing Algorithm"; API request signing guide.

use axum::http::{HeaderMap, Method, header};
use hmac::{Hmac, KeyInit, Mac};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};
use thiserror::Error;

const ALGORITHM: &str = "SDK-HMAC-SHA256";
const DATE_HEADER: &str = "x-sdk-date";
/// Optional header with the hash of the body, or `UNSIGNED-PAYLOAD`.
const BODY_HASH_HEADER: &str = "x-sdk-content-sha256";

/// Used instead of the hash for a body that is not signed.
const UNSIGNED_BODY: &str = "UNSIGNED-PAYLOAD";

/// `20260102T030405Z`.
const DATE_FORMAT: &str = "%Y%m%dT%H%M%SZ";

/// Largest difference from the signer's clock.
const MAX_SKEW: SignedDuration = SignedDuration::from_mins(15);

/// All characters except the unreserved ones of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Why a signature is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// `Authorization` is missing or has another format.
    #[error("`Authorization` must be `SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…`")]
    Malformed,
    /// `SignedHeaders` is not a sorted list of lower-case names with `x-sdk-date` among them.
    #[error("`SignedHeaders` must be a sorted list of lower-case names that includes `x-sdk-date`")]
    HeaderList,
    /// A header in `SignedHeaders` is missing, occurs twice, or is not text.
    #[error("a header listed in `SignedHeaders` is missing, repeated or not text")]
    HeaderMissing,
    /// `X-Sdk-Date` has another format.
    #[error("`X-Sdk-Date` must have the format `20260102T030405Z`")]
    Date,
    /// `X-Sdk-Date` is more than 15 minutes off.
    #[error("`X-Sdk-Date` differs from the server's clock by more than 15 minutes")]
    Skew,
    /// Path or query is not UTF-8 after decoding.
    #[error("the path and the query must be UTF-8")]
    Encoding,
    /// The signature is that of another request or secret key.
    #[error("verify aksk signature fail")]
    Mismatch,
}

/// A request whose signature is to be verified.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// Method.
    pub method: &'a Method,
    /// Path as sent, percent-encoded.
    pub path: &'a str,
    /// Query as sent, without the question mark.
    pub query: Option<&'a str>,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// Body as sent.
    pub body: &'a [u8],
}

/// The parts of `Authorization`.
#[derive(Debug)]
struct Authorization<'a> {
    access_key: &'a str,
    /// Names separated by semicolons.
    signed_headers: &'a str,
    /// 64 lower-case hexadecimal digits.
    signature: &'a str,
}

impl<'a> SignedRequest<'a> {
    /// ID of the access key in `Authorization`.
    ///
    /// # Errors
    /// `Malformed` if `Authorization` has no signature.
    pub fn access_key(&self) -> Result<&'a str, SignatureError> {
        Ok(self.authorization()?.access_key)
    }

    /// Verifies the signature with the secret key, at the time `now`.
    ///
    /// # Errors
    /// Every `SignatureError`; `Mismatch` if the request was changed after it was signed.
    pub fn verify(&self, secret_key: &str, now: Timestamp) -> Result<(), SignatureError> {
        let authorization = self.authorization()?;
        let names = signed_names(authorization.signed_headers)?;
        let date = self.header(DATE_HEADER)?;
        if (now.duration_since(parse_date(date)?)).abs() > MAX_SKEW {
            return Err(SignatureError::Skew);
        }
        for body_hash in self.body_hashes()? {
            let request = self.canonical_request(&names, body_hash)?;
            let to_sign = format!("{ALGORITHM}\n{date}\n{}", sha256_hex(request.as_bytes()));
            if hmac_hex(secret_key, &to_sign)? == authorization.signature {
                return Ok(());
            }
        }
        Err(SignatureError::Mismatch)
    }

    fn authorization(&self) -> Result<Authorization<'a>, SignatureError> {
        let value = self.headers.get(header::AUTHORIZATION);
        let value = value.and_then(|value| value.to_str().ok());
        value
            .and_then(Authorization::parse)
            .ok_or(SignatureError::Malformed)
    }

    /// The canonical request, whose hash is signed.
    fn canonical_request(
        &self,
        names: &[&str],
        body_hash: String,
    ) -> Result<String, SignatureError> {
        let mut headers = String::new();
        for name in names {
            headers.push_str(&format!("{name}:{}\n", self.header(name)?));
        }
        Ok([
            self.method.as_str().to_ascii_uppercase(),
            canonical_path(self.path)?,
            canonical_query(self.query.unwrap_or_default())?,
            headers,
            names.join(";"),
            body_hash,
        ]
        .join("\n"))
    }

    /// Accepted hashes of the body. Some signers sign the hash of an empty body although they declare it unsigned.
    fn body_hashes(&self) -> Result<Vec<String>, SignatureError> {
        let actual = sha256_hex(self.body);
        if !self.headers.contains_key(BODY_HASH_HEADER) {
            return Ok(vec![actual]);
        }
        match self.header(BODY_HASH_HEADER)? {
            UNSIGNED_BODY if self.body.is_empty() => Ok(vec![actual, UNSIGNED_BODY.to_owned()]),
            UNSIGNED_BODY => Ok(vec![UNSIGNED_BODY.to_owned()]),
            claimed if claimed == actual || self.body.is_empty() => Ok(vec![actual]),
            _ => Err(SignatureError::Mismatch),
        }
    }

    /// The value of a header that occurs once, trimmed.
    fn header(&self, name: &str) -> Result<&'a str, SignatureError> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => std::str::from_utf8(value.as_bytes())
                .map(str::trim)
                .map_err(|_| SignatureError::HeaderMissing),
            _ => Err(SignatureError::HeaderMissing),
        }
    }
}

impl<'a> Authorization<'a> {
    /// Parses `SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…`, in exactly this order.
    fn parse(value: &'a str) -> Option<Self> {
        let parts = value.strip_prefix(ALGORITHM)?.strip_prefix(' ')?;
        let mut parts = parts.split(", ");
        let authorization = Self {
            access_key: parts.next()?.strip_prefix("Access=")?,
            signed_headers: parts.next()?.strip_prefix("SignedHeaders=")?,
            signature: parts.next()?.strip_prefix("Signature=")?,
        };
        parts.next().is_none().then_some(authorization)
    }
}

/// The names in `SignedHeaders`. They must be sorted, unique and in lower case, with the date and without the
/// signature.
fn signed_names(list: &str) -> Result<Vec<&str>, SignatureError> {
    let names: Vec<&str> = list.split(';').collect();
    let is_lower = |name: &&str| !name.bytes().any(|byte| byte.is_ascii_uppercase());
    let is_sorted = names.is_sorted_by(|one, next| one < next);
    let has_date = names.contains(&DATE_HEADER) && !names.contains(&"authorization");
    if is_sorted && has_date && names.iter().all(is_lower) {
        Ok(names)
    } else {
        Err(SignatureError::HeaderList)
    }
}

/// Parses `X-Sdk-Date`, strictly: a date that is written differently would have another signature.
fn parse_date(text: &str) -> Result<Timestamp, SignatureError> {
    let date = DateTime::strptime(DATE_FORMAT, text).map_err(|_| SignatureError::Date)?;
    // `strptime` accepts missing zeros, so compare the date with its own output.
    if date.strftime(DATE_FORMAT).to_string() != text {
        return Err(SignatureError::Date);
    }
    let zoned = date.to_zoned_datetime(TimeZone::UTC);
    zoned
        .map(|zoned| zoned.timestamp())
        .map_err(|_| SignatureError::Date)
}

/// The path with each segment decoded and encoded again, and a trailing slash. An encoded slash becomes a separator.
fn canonical_path(path: &str) -> Result<String, SignatureError> {
    let decoded = decode(path)?;
    let mut canonical = decoded.split('/').map(encode).collect::<Vec<_>>().join("/");
    if !canonical.ends_with('/') {
        canonical.push('/');
    }
    Ok(canonical)
}

/// The pairs of the query, sorted by their decoded text. `+` is not decoded as a space.
fn canonical_query(query: &str) -> Result<String, SignatureError> {
    let mut pairs = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push((decode(key)?, decode(value)?));
    }
    pairs.sort();
    let pairs = pairs
        .iter()
        .map(|(key, value)| format!("{}={}", encode(key), encode(value)));
    Ok(pairs.collect::<Vec<_>>().join("&"))
}

fn decode(text: &str) -> Result<String, SignatureError> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| SignatureError::Encoding)
}

/// Percent-encodes everything but unreserved characters, with upper-case digits, as the signing guide requires.
fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hmac_hex(key: &str, message: &str) -> Result<String, SignatureError> {
    // Never fails, because HMAC accepts keys of any length.
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes());
    let mut mac = mac.map_err(|_| SignatureError::Mismatch)?;
    mac.update(message.as_bytes());
    Ok(hex(&mac.finalize().into_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
