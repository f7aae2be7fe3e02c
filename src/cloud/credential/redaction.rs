//! Redaction of foreign text: explanations are shown, possible secrets are not.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value};

use super::signer::RESERVED;
use super::{Credential, Sensitive};

/// The replacement of a secret.
const MASK: &str = "***";

/// Names of JSON members whose texts are shown, in lower case and without separators. An allow list, because a deny
/// list would miss new names.
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

/// The prefix of a signature in the header `Authorization`, and wherever that header is quoted.
const SIGNATURE: &str = "signature=";
/// The shortest Base64 fragment of a secret that is masked; shorter ones occur by chance.
const MIN_BASE64_CHARS: usize = 8;

/// Every secret that a response might echo.
#[derive(Clone, Copy, Debug)]
pub(in crate::cloud) struct Mask<'a> {
    /// The credential of the request.
    pub(in crate::cloud) credential: &'a Credential,
    /// The other secrets from the settings.
    pub(in crate::cloud) secrets: &'a [Sensitive],
    /// The signature of the request, if any.
    pub(in crate::cloud) signature: Option<&'a Sensitive>,
}

impl Mask<'_> {
    /// Masks them in a foreign text.
    pub(in crate::cloud) fn hide(&self, text: &str) -> String {
        let others = self.secrets.iter().chain(self.signature);
        let text = self.credential.mask(text);
        redact_signatures(&others.fold(text, |text, secret| redact(&text, secret.expose())))
    }
}

/// Masks a secret in a text: as it is, percent-encoded, or in Base64, alone or among other bytes, on one line or
/// several. Linear in the length of the text, whatever a server sends.
pub(in crate::cloud) fn redact(text: &str, secret: &str) -> String {
    let secret = secret.trim();
    if secret.is_empty() {
        return text.to_owned();
    }
    let mut text = text.replace(secret, MASK);
    // No encoding of it is shorter.
    if text.len() < secret.len() {
        return text;
    }
    let escaped = utf8_percent_encode(secret, RESERVED).to_string();
    if escaped != secret {
        text = text.replace(&escaped, MASK);
        text = text.replace(&with_small_escapes(&escaped), MASK);
    }
    let cores: Vec<_> = base64_cores(secret).collect();
    for core in &cores {
        text = redact_core(&text, core);
    }
    // MIME breaks Base64 into lines. Messages have one line, so the line breaks can be removed.
    let joined = text.replace(['\r', '\n'], "");
    if cores.iter().any(|core| joined.contains(core)) {
        text = cores
            .iter()
            .fold(joined, |text, core| redact_core(&text, core));
    }
    text
}

/// The same with lower-case escapes, such as `%2b`.
fn with_small_escapes(escaped: &str) -> String {
    let mut digits = 0;
    let small = escaped.chars().map(|c| match (c, digits) {
        ('%', _) => {
            digits = 2;
            c
        }
        (c, 0) => c,
        (c, _) => {
            digits -= 1;
            c.to_ascii_lowercase()
        }
    });
    small.collect()
}

/// The text without each run of Base64 that holds `core`.
fn redact_core(text: &str, core: &str) -> String {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/-_=".contains(c);
    let mut hidden = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(core) {
        let (before, from) = rest.split_at(start);
        hidden.push_str(before.trim_end_matches(is_base64));
        hidden.push_str(MASK);
        rest = from.trim_start_matches(is_base64);
    }
    hidden + rest
}

/// The part of a secret's Base64 form that does not depend on the bytes around it, in both alphabets.
fn base64_cores(secret: &str) -> impl Iterator<Item = String> {
    // The number of bytes before it modulo three, and the first character that does not depend on them.
    let cores = [(0, 0), (1, 2), (2, 3)].map(|(before, start)| {
        let mut bytes = vec![0; before];
        bytes.extend_from_slice(secret.as_bytes());
        let encoded = STANDARD_NO_PAD.encode(&bytes);
        let end = bytes.len() * 8 / 6;
        encoded.get(start..end).unwrap_or_default().to_owned()
    });
    let cores = cores
        .into_iter()
        .filter(|core| core.len() >= MIN_BASE64_CHARS);
    cores.flat_map(|core| {
        let url_safe = core.replace('+', "-").replace('/', "_");
        [core, url_safe]
    })
}

/// Masks what follows `Signature=`. Linear in the length of the text.
fn redact_signatures(text: &str) -> String {
    // ASCII lower case keeps all offsets.
    let lower_case = text.to_ascii_lowercase();
    let mut hidden = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = lower_case
        .get(text.len() - rest.len()..)
        .and_then(|rest| rest.find(SIGNATURE))
    {
        let (before, after) = rest.split_at(start + SIGNATURE.len());
        let value =
            after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "+/-_=%".contains(c));
        hidden.push_str(before);
        if value.len() < after.len() {
            hidden.push_str(MASK);
        }
        rest = value;
    }
    hidden + rest
}

/// Redacts an error body of unknown format: in JSON, only explaining texts are shown; other text, such as a proxy's
/// page, is shown as it is; invalid JSON is not shown, because its members cannot be told apart.
pub(in crate::cloud) fn redact_body(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    match redact_json(&text) {
        Some(text) => text,
        None if text.trim_start().starts_with(['{', '[']) => {
            format!("{} bytes of invalid JSON", body.len())
        }
        None => text.into_owned(),
    }
}

/// Redacts an error message: shown as it is unless it is JSON itself, as when one service forwards the error of
/// another.
pub(in crate::cloud) fn redact_message(message: &str) -> String {
    redact_json(message).unwrap_or_else(|| message.to_owned())
}

/// A JSON object or array in which every text is masked whose name is not explaining; `None` for other text.
fn redact_json(text: &str) -> Option<String> {
    let value = match serde_json::from_str(text).ok()? {
        value @ (Value::Object(_) | Value::Array(_)) => value,
        _ => return None,
    };
    Some(redact_members(value, false).to_string())
}

/// Masks texts at any depth. `is_shown` applies to a text itself and not to what it contains, so that texts in an array
/// are always masked.
fn redact_members(value: Value, is_shown: bool) -> Value {
    match value {
        // A text that contains JSON is redacted in turn.
        Value::String(text) if is_shown => Value::String(redact_message(&text)),
        Value::String(text) if !text.is_empty() => Value::String(MASK.to_owned()),
        Value::Array(items) => items
            .into_iter()
            .map(|item| redact_members(item, false))
            .collect(),
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| {
                let is_shown = is_explaining(&name);
                (name, redact_members(value, is_shown))
            });
            Value::Object(members.collect::<Map<_, _>>())
        }
        value => value,
    }
}

/// Whether the texts of a JSON member are shown, whatever the case and the separators of its name.
fn is_explaining(name: &str) -> bool {
    let mut name = name.to_ascii_lowercase();
    name.retain(|c| !matches!(c, '_' | '-' | '.'));
    EXPLAINING.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_in_an_unknown_format_are_redacted() {
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
            (r#"{"token":"S"#, "11 bytes of invalid JSON"),
            (" [S", "3 bytes of invalid JSON"),
            ("<html>Bad Gateway</html>", "<html>Bad Gateway</html>"),
            ("\"Bad Gateway\"", "\"Bad Gateway\""),
            ("502", "502"),
            ("", ""),
        ] {
            assert_eq!(redact_body(body.as_bytes()), expected);
        }
    }

    #[test]
    fn secrets_are_masked_in_every_encoding() {
        let secret = "hunter2+hunter3/hunter4==";
        for (text, expected) in [
            ("a hunter2+hunter3/hunter4== b", "a *** b"),
            ("x=hunter2%2Bhunter3%2Fhunter4%3D%3D&y", "x=***&y"),
            ("x=hunter2%2bhunter3%2fhunter4%3d%3d&y", "x=***&y"),
            // Alone, and behind one and two bytes.
            ("b aHVudGVyMitodW50ZXIzL2h1bnRlcjQ9PQ== c", "b *** c"),
            ("Omh1bnRlcjIraHVudGVyMy9odW50ZXI0PT0=", "***"),
            ("YTpodW50ZXIyK2h1bnRlcjMvaHVudGVyND09OmI=", "***"),
            // On several lines, as in a mail.
            ("b:\naHVudGVyMitodW50\r\nZXIzL2h1bnRlcjQ9PQ==\n", "b:***"),
            // More than once.
            (
                "aHVudGVyMitodW50ZXIzL2h1bnRlcjQ9PQ== (aHVudGVyMitodW50ZXIzL2h1bnRlcjQ9PQ==)",
                "*** (***)",
            ),
            ("nothing of it", "nothing of it"),
            ("", ""),
        ] {
            assert_eq!(redact(text, secret), expected, "{text}");
        }
        // Both alphabets of Base64.
        for text in ["Pj4+Pz8/Pj4+", "Pj4-Pz8_Pj4-"] {
            assert_eq!(redact(text, ">>>???>>>"), MASK);
        }
        assert_eq!(redact("any text", ""), "any text");
        assert_eq!(redact("YWI= of ab", "ab"), "YWI= of ***");
    }

    #[test]
    fn signature_values_are_masked() {
        for (text, expected) in [
            (
                "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature=0a1b2c is wrong, signature=7f",
                "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature=*** is wrong, signature=***",
            ),
            ("Signature= is empty", "Signature= is empty"),
            ("İ Signature=0a", "İ Signature=***"),
        ] {
            assert_eq!(redact_signatures(text), expected);
        }
    }

    #[test]
    fn redacting_8_mib_takes_under_10_seconds() {
        const BYTES: usize = 8 << 20;
        let secret = "hunter2+hunter3/hunter4==";
        let base64 = STANDARD_NO_PAD.encode(secret);
        let joined = format!("{base64}.");
        // Each takes minutes if a find begins at the start again, or copies the rest.
        for repeated in ["Signature=", "signature=0a ", &joined, secret, "\nA"] {
            let text = repeated.repeat(BYTES / repeated.len());
            let started_at = std::time::Instant::now();
            let hidden = redact_signatures(&redact(&text, secret));
            assert!(started_at.elapsed().as_secs() < 10, "{repeated:?}");
            assert!(!hidden.contains(&base64) && !hidden.contains("0a"));
        }
    }

    #[test]
    fn only_json_messages_are_redacted() {
        for (message, expected) in [
            ("{project_id} is wrong", "{project_id} is wrong"),
            (r#"{"token":"S","msg":"m"}"#, r#"{"msg":"m","token":"***"}"#),
            (r#"[{"secret":"S"}]"#, r#"[{"secret":"***"}]"#),
        ] {
            assert_eq!(redact_message(message), expected);
        }
    }
}
