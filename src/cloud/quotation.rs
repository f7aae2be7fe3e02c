//! What of a foreign text may be shown: explanations, but nothing that could be a secret.

use serde_json::{Map, Value};

use super::credentials::MASK;

/// Names of members that explain, in lower case and without separators. A list of names that hide would be wrong with
/// each new name.
const EXPLAINING: &[&str] = &[
    "code",
    "description",
    "detail",
    "error",
    "errorcode",
    "errordescription",
    "errormessage",
    "errormsg",
    "message",
    "msg",
    "path",
    "reason",
    "requestid",
    "status",
    "statuscode",
    "timestamp",
    "title",
    "traceid",
    "type",
];

/// The body of a refusal whose form is not known: of JSON, what explains; any other text, such as a proxy's page, as it
/// is; nothing of what only looks like JSON, because nobody can tell its members apart.
pub(super) fn of_body(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    match explaining(&text) {
        Some(text) => text,
        None if text.trim_start().starts_with(['{', '[']) => {
            format!("an answer of {} bytes that is broken JSON", body.len())
        }
        None => text.into_owned(),
    }
}

/// The message of a refusal: as it is, unless it is JSON itself, as when one service passes on what another one said.
pub(super) fn of_message(message: &str) -> String {
    explaining(message).unwrap_or_else(|| message.to_owned())
}

/// A JSON object or array with every text hidden that does not stand under an explaining name.
fn explaining(text: &str) -> Option<String> {
    let value = match serde_json::from_str(text).ok()? {
        value @ (Value::Object(_) | Value::Array(_)) => value,
        _ => return None,
    };
    Some(masked(value, false).to_string())
}

fn masked(value: Value, is_shown: bool) -> Value {
    match value {
        // One that holds JSON is masked in turn.
        Value::String(text) if is_shown => Value::String(of_message(&text)),
        Value::String(text) if !text.is_empty() => Value::String(MASK.to_owned()),
        Value::Array(items) => items.into_iter().map(|item| masked(item, false)).collect(),
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| {
                let is_shown = is_explaining(&name);
                (name, masked(value, is_shown))
            });
            Value::Object(members.collect::<Map<_, _>>())
        }
        value => value,
    }
}

fn is_explaining(name: &str) -> bool {
    let mut name = name.to_ascii_lowercase();
    name.retain(|c| !matches!(c, '_' | '-' | '.'));
    EXPLAINING.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_unknown_form_is_shown_without_what_may_be_secret() {
        for (body, expected) in [
            (
                r#"{"errors":[{"token":"S"},"S",["S"]]}"#,
                r#"{"errors":[{"token":"***"},"***",["***"]]}"#,
            ),
            (
                r#"{"Error-Message":"m","status":5,"ok":false,"data":{"signature":"S","reason":"r"}}"#,
                r#"{"Error-Message":"m","data":{"reason":"r","signature":"***"},"ok":false,"status":5}"#,
            ),
            (
                r#"{"message":{"password":"S"}}"#,
                r#"{"message":{"password":"***"}}"#,
            ),
            (r#"{"detail":["S"]}"#, r#"{"detail":["***"]}"#),
            (
                r#"{"message":"{\"token\":\"S\"}"}"#,
                r#"{"message":"{\"token\":\"***\"}"}"#,
            ),
            (r#"["S"]"#, r#"["***"]"#),
            (
                r#"{"token":"S"#,
                "an answer of 11 bytes that is broken JSON",
            ),
            (" [S", "an answer of 3 bytes that is broken JSON"),
            ("<html>Bad Gateway</html>", "<html>Bad Gateway</html>"),
            ("\"Bad Gateway\"", "\"Bad Gateway\""),
            ("502", "502"),
            ("", ""),
        ] {
            assert_eq!(of_body(body.as_bytes()), expected);
        }
    }

    #[test]
    fn a_message_is_shown_unless_it_is_json() {
        for (message, expected) in [
            ("{project_id} is wrong", "{project_id} is wrong"),
            (r#"{"token":"S","msg":"m"}"#, r#"{"msg":"m","token":"***"}"#),
            (r#"[{"secret":"S"}]"#, r#"[{"secret":"***"}]"#),
        ] {
            assert_eq!(of_message(message), expected);
        }
    }
}
