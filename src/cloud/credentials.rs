//! Secrets that do not print, and the credential that signs in a request.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::Error;

/// Header that carries a token.
const TOKEN_HEADER: HeaderName = HeaderName::from_static("x-auth-token");

/// What a hidden text is replaced by.
pub(super) const MASK: &str = "***";

/// A text that must not be seen: `Debug` and `Display` print `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that has to send or store it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// What proves who is calling.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Credential {
    /// A token of IAM, sent as it is.
    Token(Token),
}

/// A token that fits into a header.
#[derive(Clone, Debug)]
pub struct Token {
    secret: Secret,
    header: HeaderValue,
}

impl Token {
    /// Takes a token, without the white space around it that copying leaves.
    ///
    /// # Errors
    /// `Configuration` if it is empty or holds a character that no header can carry.
    pub fn new(secret: &Secret) -> Result<Self, Error> {
        let secret = Secret::new(secret.expose().trim());
        let header = match HeaderValue::from_str(secret.expose()) {
            Ok(header) if !header.is_empty() => Some(header),
            _ => None,
        };
        let Some(mut header) = header else {
            let problem =
                "is empty or holds a character that a header cannot carry, such as a line break";
            return Err(Error::setting("token", problem));
        };
        header.set_sensitive(true);
        Ok(Self { secret, header })
    }
}

impl Credential {
    /// Adds to the headers of a request what this credential needs; called anew for each try.
    pub(super) fn authorize(&self, headers: &mut HeaderMap) {
        match self {
            Self::Token(token) => headers.insert(TOKEN_HEADER, token.header.clone()),
        };
    }

    /// Replaces the secret in a text that came from outside, should it be echoed there.
    pub(super) fn mask(&self, text: &str) -> String {
        match self {
            Self::Token(token) => text.replace(token.secret.expose(), MASK),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_as_asterisks() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        let credential = Credential::Token(Token::new(&secret).expect("a token"));
        assert!(
            !format!("{credential:?}").contains("hunter2"),
            "{credential:?}"
        );
    }

    #[test]
    fn a_token_that_no_header_can_carry_is_refused_without_being_shown() {
        for text in ["", " \n", "hunter2\nhunter3", "hunter2\u{7f}"] {
            let error = Token::new(&Secret::new(text)).expect_err(text);
            assert!(!error.to_string().contains("hunter"), "{error}");
        }
        assert!(Token::new(&Secret::new("hunter2\n")).is_ok());
    }

    #[test]
    fn an_echoed_token_is_masked() {
        let credential = Credential::Token(Token::new(&Secret::new("hunter2")).expect("a token"));
        assert_eq!(
            credential.mask("token hunter2 expired"),
            "token *** expired"
        );
    }
}
