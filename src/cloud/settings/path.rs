//! File paths in messages. A path is shown only if it is certainly one: a token or key pasted into a file argument must
//! not appear in an error.

/// The longest path that is shown; a key is longer.
const MAX_PATH_CHARS: usize = 160;
/// The longest extension of a file; the last part of a token is longer.
const MAX_EXTENSION_CHARS: usize = 5;

/// Describes a file in the middle of a sentence, by its path if `text` is certainly one.
pub(in crate::cloud) fn describe_path(text: &str) -> String {
    match is_path(text) {
        true => format!("the file `{text}`"),
        false => "the file (path redacted)".to_owned(),
    }
}

/// Whether a text is certainly a path and not a secret: it starts like a path or has a file extension, and Base64
/// contains neither dots nor backslashes.
fn is_path(text: &str) -> bool {
    let begins = ["/", "./", "../", "~/", ".\\", "~\\", "%USERPROFILE%"];
    let begins = begins.iter().any(|start| text.starts_with(start));
    let extension = text.rsplit_once('.').map_or("", |(_, extension)| extension);
    let has_extension = (1..=MAX_EXTENSION_CHARS).contains(&extension.chars().count());
    let is_short = text.chars().count() <= MAX_PATH_CHARS;
    is_short && !text.contains('\n') && (begins || has_extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plausible_paths_are_shown() {
        for path in [
            "certs/ca.pem",
            "/etc/ssl/ca",
            "~/ca",
            "ca.crt",
            r"C:\certs\ca.cer",
            "./ca",
        ] {
            assert_eq!(describe_path(path), format!("the file `{path}`"));
        }
    }

    #[test]
    fn possible_secrets_are_not_shown() {
        let key = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/hunter2+hunter3";
        let long = format!("/{key}").repeat(4);
        for text in [
            key,
            &long,
            "eyJhbGciOi.hunter2.hunter3-hunter4",
            "/hunter2\n/hunter3",
        ] {
            assert_eq!(describe_path(text), "the file (path redacted)");
        }
    }
}
