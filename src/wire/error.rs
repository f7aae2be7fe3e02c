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
const SPELLINGS: &[Spelling] = &[
    ("error_code", &["error_msg", "error_message"]),
    ("errorCode", &["errorMsg", "errorMessage"]),
    *PLAIN_SPELLING,
];

/// The spelling whose words other answers may have too.
const PLAIN_SPELLING: &Spelling = &("code", &["message"]);

/// Members that only an error has.
const ERROR_MEMBERS: [&str; 2] = ["error", "errors"];

/// What a `status` says of a failure, whatever its case.
const FAILURES: [&str; 4] = ["failed", "fail", "failure", "error"];

/// The name of the code, and those that its message may have.
type Spelling = (&'static str, &'static [&'static str]);

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

    /// Finds the error in an answer whose status says that there is none.
    ///
    /// **Shape:** as [`ErrorBody::from_slice`], but more is asked for, since documented answers have names and objects of
    /// their own. An error is, at any level of objects and in the objects of an array `data`: a code or message in the
    /// spellings that only errors have; `code` and `message` side by side; or a member `error` or `errors` that says
    /// something. At the top, `code` alone and a `status` of failure or `success: false` are errors too.
    #[must_use]
    pub fn of_success(body: &Value) -> Option<Self> {
        let object = body.as_object()?;
        let plain = |object| {
            let found = pair(object, PLAIN_SPELLING).filter(|(code, _)| code.is_some());
            found.map(|found| Self::of_pair(object, found))
        };
        Self::of_unmistakable(object, MAX_DEPTH)
            .or_else(|| plain(object))
            .or_else(|| is_failure(object).then(Self::default))
    }

    /// The error that a member of this name says.
    fn of_error_member(error: &Value) -> Option<Self> {
        match error {
            Value::Object(inner) => Some(Self::from_object(inner, MAX_DEPTH).unwrap_or_default()),
            Value::String(text) if !text.is_empty() => Some(Self {
                message: Some(text.clone()),
                ..Self::default()
            }),
            Value::Array(errors) => {
                let first = errors.first()?;
                Some(Self::of_error_member(first).unwrap_or_default())
            }
            Value::Bool(true) => Some(Self::default()),
            Value::Number(number) if number.as_f64() != Some(0.0) => Some(Self {
                code: Some(number.to_string()),
                ..Self::default()
            }),
            _ => None,
        }
    }

    /// An error in a form that nothing else has.
    fn of_unmistakable(object: &Map<String, Value>, depth: usize) -> Option<Self> {
        let found = SPELLINGS.iter().find_map(|spelling| {
            let is_error = |(code, message): &(Option<String>, Option<String>)| {
                spelling != PLAIN_SPELLING || code.is_some() && message.is_some()
            };
            pair(object, spelling).filter(is_error)
        });
        if let Some(found) = found {
            return Some(Self::of_pair(object, found));
        }
        let members = ERROR_MEMBERS.iter().filter_map(|name| object.get(*name));
        if let Some(error) = members.filter_map(Self::of_error_member).next() {
            return Some(error);
        }
        let nested = object.values().filter_map(Value::as_object);
        let listed = object.get("data").and_then(Value::as_array);
        let listed = listed.into_iter().flatten().filter_map(Value::as_object);
        nested
            .chain(listed)
            .take_while(|_| depth > 0)
            .find_map(|inner| Self::of_unmistakable(inner, depth - 1))
    }

    fn of_pair(
        object: &Map<String, Value>,
        (code, message): (Option<String>, Option<String>),
    ) -> Self {
        Self {
            code,
            message,
            request_id: text(object, "request_id"),
            encoded_authorization_message: text(object, "encoded_authorization_message"),
        }
    }

    fn from_object(object: &Map<String, Value>, depth: usize) -> Option<Self> {
        let found = SPELLINGS.iter().find_map(|spelling| pair(object, spelling));
        if let Some(found) = found {
            return Some(Self::of_pair(object, found));
        }
        let nested = object.values().filter_map(Value::as_object);
        nested
            .take_while(|_| depth > 0)
            .find_map(|inner| Self::from_object(inner, depth - 1))
    }
}

fn pair(
    object: &Map<String, Value>,
    (code, messages): &Spelling,
) -> Option<(Option<String>, Option<String>)> {
    let code = text(object, code);
    let message = messages.iter().find_map(|message| text(object, message));
    (code.is_some() || message.is_some()).then_some((code, message))
}

/// Whether an answer says that it is about a failure.
fn is_failure(object: &Map<String, Value>) -> bool {
    let status = object.get("status").and_then(Value::as_str);
    let has_failed = status.is_some_and(|status| {
        FAILURES
            .iter()
            .any(|failure| status.eq_ignore_ascii_case(failure))
    });
    has_failed || object.get("success") == Some(&Value::Bool(false))
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
    fn every_documented_error_format_yields_code_and_message() {
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
    fn errors_in_successful_responses_are_found_in_every_format() {
        for (body, code, message) in [
            (r#"{"error_code":"C","error_msg":"m"}"#, "C", "m"),
            (r#"{"error_code":"C"}"#, "C", ""),
            (r#"{"error_msg":"m"}"#, "", "m"),
            (r#"{"errorCode":"C","errorMsg":"m"}"#, "C", "m"),
            (r#"{"code":"C","message":"m"}"#, "C", "m"),
            (r#"{"code":500,"message":"m"}"#, "500", "m"),
            (
                r#"{"error":{"code":401,"message":"m","title":"t"}}"#,
                "401",
                "m",
            ),
            (r#"{"error":{"error_code":"C","error_msg":"m"}}"#, "C", "m"),
            (
                r#"{"error":{"code":"C","message":"m"},"status":"failed"}"#,
                "C",
                "m",
            ),
            (r#"{"error":{}}"#, "", ""),
            (r#"{"error":"m"}"#, "", "m"),
            (r#"{"data":{"error_code":"C","error_msg":"m"}}"#, "C", "m"),
            (r#"{"data":{"code":"C","message":"m"}}"#, "C", "m"),
            (r#"{"result":{"code":"C","message":"m"}}"#, "C", "m"),
            (r#"{"data":{"error":{"code":"C","message":"m"}}}"#, "C", "m"),
            (r#"{"data":{"error":"m"}}"#, "", "m"),
            (r#"{"data":[{"error_code":"C","error_msg":"m"}]}"#, "C", "m"),
            (r#"{"errors":[{"code":"C","message":"m"}]}"#, "C", "m"),
            (r#"{"errors":["m"],"data":{"grantee_user":[]}}"#, "", "m"),
            (r#"{"error":true,"data":{"grantee_user":[]}}"#, "", ""),
            (r#"{"error":500,"data":{"grantee_user":[]}}"#, "500", ""),
            (r#"{"status":"failed","data":{"grantee_user":[]}}"#, "", ""),
            (r#"{"status":"ERROR"}"#, "", ""),
            (r#"{"success":false,"data":{"grantee_user":[]}}"#, "", ""),
            (
                r#"{"error_code":"C","data":{"id":"s","grantee_user":[]}}"#,
                "C",
                "",
            ),
        ] {
            let found = ErrorBody::of_success(&serde_json::from_str(body).unwrap());
            let found = found.unwrap_or_else(|| panic!("no error in {body}"));
            assert_eq!(found.code.unwrap_or_default(), code, "{body}");
            assert_eq!(found.message.unwrap_or_default(), message, "{body}");
        }
    }

    #[test]
    fn documented_responses_contain_no_error() {
        for body in [
            r#"{"data":{"id":"s","name":"error_code","grantee_user":[{"user_id":"error","user_name":"code"}]}}"#,
            r#"{"error_code":null,"error_msg":"","data":{"id":"s","grantee_user":[]}}"#,
            r#"{"error":null,"secrets":[]}"#,
            r#"{"error":"","secrets":[]}"#,
            r#"{"error":false,"errors":[],"secrets":[]}"#,
            r#"{"error":0,"status":"ok","success":true,"secrets":[]}"#,
            r#"{"data":{"id":"s","message":"m","grantee_user":[]}}"#,
            r#"{"token":{"user":{"name":"code","message":"m"},"project":{"code":"c"}}}"#,
            r#"{"secrets":[{"id":"s","name":"n","error_code":"C"}],"page_info":{}}"#,
            r#"{"tenant_id":"t","assumed":true,"message":"ok"}"#,
            "[]",
            "null",
            "1",
        ] {
            let found = ErrorBody::of_success(&serde_json::from_str(body).unwrap());
            assert_eq!(found, None, "{body}");
        }
    }

    #[test]
    fn a_body_that_is_not_a_json_object_yields_an_empty_error() {
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
