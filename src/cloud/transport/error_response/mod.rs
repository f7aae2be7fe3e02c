//! Classifies error responses.
//!
//! Source: API Gateway, "Error Codes"; the error pages of CSMS and CodeArts Repo.

use std::time::Duration;

use http::HeaderMap;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

use crate::cloud::credential::redaction;
use crate::cloud::credential::redaction::Mask;
use crate::cloud::error::{Error, ErrorKind, ResponseDetails};
use crate::cloud::settings::endpoint::Service;
use crate::text;
use crate::wire::error::ErrorBody;

/// The longest message kept, in characters: enough for people, too short for a whole HTML page.
const MAX_MESSAGE_CHARS: usize = 1024;

/// Headers that hold the request ID, the first one found counts.
const REQUEST_ID_HEADERS: [&str; 2] = ["x-request-id", "x-iam-trace-id"];

/// Gateway errors with a 5xx status that a retry does not fix, because the API itself is misconfigured.
const PERMANENT: [&str; 5] = ["0605", "0609", "0611", "0612", "0705"];

/// The start of CSMS's message for a rejected credential, in lower case.
const CSMS_AUTHENTICATION_FAILED: &str = "authentication failed";

/// Words in messages about an expired signature, in lower case; the gateway's code is that of a wrong signature.
const ABOUT_TIME: [&str; 5] = ["expired", "timestamp", "sdk-date", "clock", "15 minutes"];
/// Words in messages about a wrong signature, in which a date means nothing.
const ABOUT_SIGNATURE: &str = "signature fail";

/// The clock offset from which on it is reported; signatures are accepted for 15 minutes.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Codes of CSMS for a secret or grant that does not exist, whatever the status.
const CSMS_NOT_FOUND: [&str; 2] = ["CSMS.0005", "CSMS.0106"];

/// Turns an answer outside 2xx into an error.
pub(in crate::cloud) fn from_answer(
    service: Service,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
    mask: &Mask<'_>,
) -> Error {
    let error = ErrorBody::from_slice(body);
    from_error(service, status, headers, body, error, mask)
}

/// Turns an answer of any status, in whose body this error was found, into an error.
pub(in crate::cloud) fn from_error(
    service: Service,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
    parsed: ErrorBody,
    mask: &Mask<'_>,
) -> Error {
    let clean = |text: &str| printable(&mask.hide(text));
    let message = match (&parsed.code, &parsed.message) {
        (None, None) => clean(&redaction::redact_body(body)),
        (_, message) => clean(&redaction::redact_message(
            message.as_deref().unwrap_or_default(),
        )),
    };
    let code = parsed.code.as_deref();
    let kind = classify(service, status, code, &message);
    let is_stale = kind == ErrorKind::Authentication && is_stale_signature(&message);
    let message = match clock_difference(headers, Timestamp::now()) {
        Some(difference) if kind == ErrorKind::Authentication => {
            format!("{message} ({difference})")
        }
        _ => message,
    };
    let window = match kind {
        ErrorKind::Throttled => throttling_window(&message),
        _ => None,
    };
    let refusal = ResponseDetails {
        status: Some(status),
        code: code.map(clean),
        request_id: request_id(headers, mask).or(parsed.request_id.map(|id| clean(&id))),
        encoded_authorization_message: parsed
            .encoded_authorization_message
            .map(|message| text::line(&mask.hide(&message))),
        retry_after: retry_after(headers, Timestamp::now()),
        window,
        is_permanent: is_permanent(status, code),
        is_stale,
        is_out_of_files: false,
        tls_problem: None,
    };
    Error::new(kind, (!message.is_empty()).then_some(message)).with_response(refusal)
}

/// The request ID from the headers of a response, masked like any text of the server.
pub(in crate::cloud) fn request_id(headers: &HeaderMap, mask: &Mask<'_>) -> Option<String> {
    let values = REQUEST_ID_HEADERS
        .iter()
        .filter_map(|name| headers.get(*name)?.to_str().ok());
    let mut values = values.filter(|id| !id.is_empty());
    values.next().map(|id| printable(&mask.hide(id)))
}

/// The kind of an error of this service; `message` counts where status and code leave it open.
fn classify(service: Service, status: u16, code: Option<&str>, message: &str) -> ErrorKind {
    let text = code.unwrap_or_default();
    // With a success status, only the code of the error counts.
    let status = match status {
        200..=299 => documented_status(text).unwrap_or(500),
        _ => status,
    };
    match (status, text, gateway_code(code)) {
        (429, ..) | (_, _, "0308") => ErrorKind::Throttled,
        (401, "CH.080401", _) => ErrorKind::Permission,
        (401, ..) | (400 | 404, "CSMS.0301", _) | (_, "DEV.00000003", _) => {
            ErrorKind::Authentication
        }
        (_, _, "0301" | "0303" | "0305" | "0307" | "0311") => ErrorKind::Authentication,
        // A redirect is not followed: it would carry the credential to another host.
        (403, _, "0801") | (300..=399, ..) => ErrorKind::WrongEndpoint,
        // Not about permissions, in spite of the status.
        (403, "CSMS.0109", _) => ErrorKind::Invalid,
        // In CSMS' own table of statuses, 403 is a failed authentication; codes that are documented say more.
        (403, ..)
            if service == Service::Csms
                && documented_status(text).is_none()
                && message
                    .to_ascii_lowercase()
                    .starts_with(CSMS_AUTHENTICATION_FAILED) =>
        {
            ErrorKind::Authentication
        }
        // From a proxy, which has not forwarded the request.
        (407, ..) => ErrorKind::Unreachable,
        (403, ..) => ErrorKind::Permission,
        (404, "CSMS.0302", _) => ErrorKind::Permission,
        (404, ..) if is_about_resource(service, text) => ErrorKind::NotFound,
        // From another service, the gateway or another web server, so it does not prove that the resource is gone.
        (404, ..) => ErrorKind::WrongEndpoint,
        (400, ..) if service == Service::Csms && CSMS_NOT_FOUND.contains(&text) => {
            ErrorKind::NotFound
        }
        // A server or proxy timed out, perhaps after the request was carried out.
        (408 | 499 | 500..=599, ..) | (_, _, "0601" | "0606" | "0608" | "0610" | "0613") => {
            ErrorKind::Transient
        }
        (409, ..) => ErrorKind::Conflict,
        _ => ErrorKind::Invalid,
    }
}

/// Whether a 404 of the service with this code is about the requested resource.
fn is_about_resource(service: Service, code: &str) -> bool {
    match service {
        // A code that is documented with another status is about an existing secret.
        Service::Csms => {
            let may_mean_absence = CSMS_NOT_FOUND.contains(&code)
                || documented_status(code).is_none_or(|status| status == 404);
            code.starts_with("CSMS.") && may_mean_absence
        }
        Service::CodeArtsRepo => code == "CH.000404",
        // These codes are texts or numbers without a common prefix; the gateway's are not theirs.
        Service::Iam | Service::Sts => !code.is_empty() && gateway_code(Some(code)).is_empty(),
    }
}

/// The status with which a code is documented; `None` for codes that are not documented, or with several statuses.
///
/// Source: the tables of error codes of API Gateway, CSMS and CodeArts Repo; IAM's codes are statuses.
fn documented_status(code: &str) -> Option<u16> {
    if let Some(status) = code
        .parse()
        .ok()
        .filter(|status| (400..=599).contains(status))
    {
        return Some(status);
    }
    let status = match (code, gateway_code(Some(code))) {
        (_, "0101" | "0103") | ("CH.000404" | "IAM.0004", _) => 404,
        (_, "0302" | "0304" | "0306" | "0310" | "0401" | "0402" | "0404" | "0801" | "0802")
        | (
            "CSMS.0109" | "CSMS.0302" | "CH.004403" | "CH.080403" | "DEV-23-50804" | "IAM.0002",
            _,
        ) => 403,
        ("CH.080401" | "IAM.0001", _) => 401,
        (_, "0104" | "0105" | "0106" | "0602" | "0607")
        | (
            "CSMS.0002" | "CSMS.0003" | "CSMS.0004" | "CSMS.0005" | "CSMS.0103" | "CSMS.0105"
            | "CSMS.0106" | "CSMS.0107" | "CSMS.0108" | "CSMS.0202" | "CSMS.0203" | "CSMS.0204"
            | "CSMS.0301" | "CSMS.0401" | "CH.010001" | "DEV.CH.10001" | "CH.080002" | "IAM.0011",
            _,
        ) => 400,
        _ => return None,
    };
    Some(status)
}

/// Whether a temporary kind of error would return on every retry: a misconfigured API, a proxy's demand for a password,
/// or a server error other than 500, 502, 503 and 504.
fn is_permanent(status: u16, code: Option<&str>) -> bool {
    status == 407
        || PERMANENT.contains(&gateway_code(code))
        || (status > 500 && !matches!(status, 502..=504))
}

/// The digits of a gateway code, which has one of two prefixes; empty for any other code.
fn gateway_code(code: Option<&str>) -> &str {
    let code = code.unwrap_or_default();
    let digits = code
        .strip_prefix("APIGW.")
        .or_else(|| code.strip_prefix("APIG."));
    digits.unwrap_or_default()
}

/// `Retry-After`: seconds, or a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers
        .get(http::header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

/// Whether a message says that a signature is too old or too new.
fn is_stale_signature(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    !message.contains(ABOUT_SIGNATURE) && ABOUT_TIME.iter().any(|word| message.contains(word))
}

/// The offset of this machine's clock, by the header `Date` of the response; `None` if it is small or unknown.
fn clock_difference(headers: &HeaderMap, now: Timestamp) -> Option<String> {
    let ahead = clock_ahead(headers, now)?;
    if ahead.abs() < CLOCK_TOLERANCE {
        return None;
    }
    let side = if ahead.is_positive() {
        "ahead of"
    } else {
        "behind"
    };
    let minutes = ahead.abs().as_mins();
    Some(format!(
        "this machine's clock is {minutes} minutes {side} the server's clock"
    ))
}

/// How far this machine's clock is ahead of the server's, by the header `Date`; negative if it is behind.
pub(super) fn clock_ahead(headers: &HeaderMap, now: Timestamp) -> Option<SignedDuration> {
    let text = headers.get(http::header::DATE)?.to_str().ok()?;
    let there = DateTimeParser::new().parse_timestamp(text.trim()).ok()?;
    Some(now.duration_since(there))
}

/// The window that the gateway names when it throttles: `…,limit:200,time:5 minute`.
fn throttling_window(message: &str) -> Option<Duration> {
    let (_, text) = message.rsplit_once("time:")?;
    let (count, unit) = text.trim().split_once(' ')?;
    let seconds = match unit.trim_end_matches(|c: char| !c.is_ascii_alphabetic()) {
        "second" | "seconds" => 1,
        "minute" | "minutes" => 60,
        "hour" | "hours" => 3600,
        "day" | "days" => 86_400,
        _ => return None,
    };
    let count: u64 = count.parse().ok()?;
    Some(Duration::from_secs(count.checked_mul(seconds)?))
}

/// The text on one line, escaped, and shortened to [`MAX_MESSAGE_CHARS`].
pub(in crate::cloud) fn printable(text: &str) -> String {
    let line = text::line(text.trim());
    match line.char_indices().nth(MAX_MESSAGE_CHARS) {
        Some((end, _)) => line.get(..end).unwrap_or_default().to_owned(),
        None => line,
    }
}

#[cfg(test)]
mod tests;
