//! Error bodies: the eight JSON forms in which a service or the gateway in front of it says no.
//!
//! Source: API pages of CSMS, CodeArts Repo and IAM; API Gateway, "Error Codes".

use serde_json::{Map, Value};

/// What an error body holds, whichever form it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// Error code such as `CSMS.0005`; a number is kept as its text.
    pub code: Option<String>,
    /// The service's words.
    pub message: Option<String>,
    /// Request id, in gateway answers.
    pub request_id: Option<String>,
    /// Opaque explanation of a denial, in answers of IAM 5.
    pub encoded_authorization_message: Option<String>,
}

/// Spellings of code and message, in the order they are looked for on each level.
const SPELLINGS: &[(&str, &[&str])] = &[
    ("error_code", &["error_msg", "error_message"]),
    ("errorCode", &["errorMsg", "errorMessage"]),
    ("code", &["message"]),
];

/// Nesting beyond which nothing is looked for; the documented forms need two levels.
const MAX_DEPTH: usize = 8;

impl ErrorBody {
    /// Reads an error body.
    ///
    /// **Shape:** JSON objects with any of the known spellings, at the top or nested. Anything else, such as a proxy's
    /// HTML page, gives an empty `ErrorBody`.
    #[must_use]
    pub fn from_slice(body: &[u8]) -> Self {
        match serde_json::from_slice(body) {
            Ok(Value::Object(object)) => Self::from_object(&object, MAX_DEPTH).unwrap_or_default(),
            _ => Self::default(),
        }
    }

    fn from_object(object: &Map<String, Value>, depth: usize) -> Option<Self> {
        if let Some((code, message)) = SPELLINGS.iter().find_map(|spelling| pair(object, spelling))
        {
            return Some(Self {
                code,
                message,
                request_id: text(object, "request_id"),
                encoded_authorization_message: text(object, "encoded_authorization_message"),
            });
        }
        let nested = object.values().filter_map(Value::as_object);
        nested
            .take_while(|_| depth > 0)
            .find_map(|inner| Self::from_object(inner, depth - 1))
    }
}

fn pair(
    object: &Map<String, Value>,
    (code, messages): &(&str, &[&str]),
) -> Option<(Option<String>, Option<String>)> {
    let code = text(object, code);
    let message = messages.iter().find_map(|message| text(object, message));
    (code.is_some() || message.is_some()).then_some((code, message))
}

fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    match object.get(key)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_form_gives_code_and_message() {
        let forms = [
            (r#"{"error_code":"CSMS.0005","error_msg":"m"}"#, "CSMS.0005"),
            (
                r#"{"error_code":"APIGW.0301","error_msg":"m","request_id":"r"}"#,
                "APIGW.0301",
            ),
            (
                r#"{"error":{"code":401,"message":"m","title":"Unauthorized"}}"#,
                "401",
            ),
            (
                r#"{"error":{"error_code":"KMS.0301","error_msg":"m"}}"#,
                "KMS.0301",
            ),
            (
                r#"{"error":{"code":"CH.010001","message":"m"},"status":"failed"}"#,
                "CH.010001",
            ),
            (r#"{"errorCode":"X.1","errorMsg":"m"}"#, "X.1"),
            (r#"{"code":"X.2","message":"m"}"#, "X.2"),
            (
                r#"{"error_code":"PAP5.1","error_msg":"m","encoded_authorization_message":"e"}"#,
                "PAP5.1",
            ),
        ];
        for (form, code) in forms {
            let body = ErrorBody::from_slice(form.as_bytes());
            assert_eq!(
                (body.code.as_deref(), body.message.as_deref()),
                (Some(code), Some("m")),
                "{form}"
            );
        }
    }

    #[test]
    fn what_is_not_json_is_empty() {
        for body in ["", "<html>502</html>", "[]", "null", "{"] {
            assert_eq!(
                ErrorBody::from_slice(body.as_bytes()),
                ErrorBody::default(),
                "{body}"
            );
        }
    }

    #[test]
    fn the_gateways_request_id_is_kept() {
        let body = ErrorBody::from_slice(
            br#"{"error_code":"APIGW.0308","error_msg":"m","request_id":"abc"}"#,
        );
        assert_eq!(body.request_id.as_deref(), Some("abc"));
    }
}
