//! Credentials, and the redaction of secrets.

pub(super) mod redaction;
pub(super) mod signer;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use url::Url;

use crate::cloud::error::Error;
use crate::cloud::id::{ProjectId, Region};
use signer::{SigningKey, Unsigned, sign};

pub use crate::wire::Sensitive;

/// Header that carries a token.
const TOKEN_HEADER: HeaderName = HeaderName::from_static("x-auth-token");
/// Header that goes with a temporary access key.
const SECURITY_TOKEN_HEADER: HeaderName = HeaderName::from_static("x-security-token");

/// A credential.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Credential {
    /// A token of IAM, sent as it is.
    Token(Token),
    /// An access key, which signs each request and is never sent.
    Keys(AccessKey),
    /// Secrets in the body of the request itself: a login.
    Body(Vec<Sensitive>),
}

/// A token that fits into a header.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token for bodies and for masking. `header` has the same text, checked and marked as sensitive.
    secret: Sensitive,
    header: HeaderValue,
}

impl Token {
    /// Takes a token; surrounding white space is removed.
    ///
    /// # Errors
    /// `Configuration` if it is empty or contains a character that is not allowed in a header.
    pub fn new(secret: &Sensitive) -> Result<Self, Error> {
        Self::named("token", secret)
    }

    /// The same for another argument, which the error names.
    fn named(argument: &'static str, secret: &Sensitive) -> Result<Self, Error> {
        let secret = Sensitive::new(secret.expose().trim());
        let header = match HeaderValue::from_str(secret.expose()) {
            Ok(header) if !header.is_empty() => Some(header),
            _ => None,
        };
        let Some(mut header) = header else {
            let problem = "is empty or contains a character that is not allowed in an HTTP header, such as a line \
                           break";
            return Err(Error::setting(argument, problem));
        };
        header.set_sensitive(true);
        Ok(Self { secret, header })
    }

    /// The token itself, for the body of a request.
    pub(super) fn secret(&self) -> &Sensitive {
        &self.secret
    }
}

/// An access key: its id, its secret, and for a temporary one the token that goes with it.
#[derive(Clone, Debug)]
pub struct AccessKey {
    access_key: Sensitive,
    secret_key: Sensitive,
    /// Present for a temporary key; sent and signed with each request.
    security_token: Option<Token>,
}

impl AccessKey {
    /// Takes an access key; surrounding white space of its parts is removed.
    ///
    /// # Errors
    /// `Configuration` if a part is empty or contains a character that is not allowed in a header.
    pub fn new(
        access_key: &Sensitive,
        secret_key: &Sensitive,
        security_token: Option<&Sensitive>,
    ) -> Result<Self, Error> {
        let security_token = security_token.map(|token| Token::named("security_token", token));
        Ok(Self {
            access_key: Token::named("access_key", access_key)?.secret,
            secret_key: Token::named("secret_key", secret_key)?.secret,
            security_token: security_token.transpose()?,
        })
    }
}

impl AccessKey {
    /// Its parts.
    pub(super) fn secrets(&self) -> Vec<&Sensitive> {
        let token = self.security_token.as_ref().map(|token| &token.secret);
        let parts = [&self.access_key, &self.secret_key];
        parts.into_iter().chain(token).collect()
    }
}

/// Whose resources a request is about; a token contains this, a signature does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ResourceScope {
    /// The caller's account, if known.
    Account,
    /// This project.
    Project(ProjectId),
    /// The caller's project in this region.
    ProjectOf(Region),
}

impl Credential {
    /// Adds the headers of this credential to a request. Call it for each attempt, because signatures expire.
    ///
    /// Signs the headers present, so add others afterwards. May reorder the query.
    pub(super) fn authorize(
        &self,
        method: &Method,
        url: &mut Url,
        headers: &mut HeaderMap,
        body: &[u8],
        at: Timestamp,
    ) {
        let keys = match self {
            Self::Token(token) => {
                headers.insert(TOKEN_HEADER, token.header.clone());
                return;
            }
            Self::Keys(keys) => keys,
            Self::Body(_) => return,
        };
        if let Some(token) = &keys.security_token {
            headers.insert(SECURITY_TOKEN_HEADER, token.header.clone());
        }
        let request = Unsigned {
            method: method.as_str(),
            url,
            headers,
            body,
        };
        let key = SigningKey {
            access_key: keys.access_key.expose(),
            secret_key: keys.secret_key.expose(),
        };
        let signature = sign(request, key, at);
        if url.query().is_some() {
            url.set_query(Some(&signature.query));
        }
        for (name, value) in signature.headers {
            // The parts of a key are checked when it is created.
            if let Ok(mut value) = HeaderValue::from_str(&value) {
                value.set_sensitive(true);
                headers.insert(name, value);
            }
        }
    }

    /// Masks the secrets in a foreign text, in case they are echoed there.
    pub(super) fn mask(&self, text: &str) -> String {
        let mask = |text: String, secret: &Sensitive| redaction::redact(&text, secret.expose());
        self.secrets().into_iter().fold(text.to_owned(), mask)
    }

    /// Every secret of this credential.
    fn secrets(&self) -> Vec<&Sensitive> {
        match self {
            Self::Token(token) => vec![&token.secret],
            Self::Keys(keys) => keys.secrets(),
            Self::Body(secrets) => secrets.iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> AccessKey {
        let secret = |text: &str| Sensitive::new(text);
        AccessKey::new(
            &secret("AK1"),
            &secret("hunter2"),
            Some(&secret("st-hunter3")),
        )
        .expect("keys")
    }

    #[test]
    fn sensitive_values_and_credentials_print_masked() {
        let secret = Sensitive::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        for credential in [
            Credential::Token(Token::new(&secret).expect("a token")),
            Credential::Keys(keys()),
            Credential::Body(vec![secret]),
        ] {
            let shown = format!("{credential:?}");
            assert!(!shown.contains("hunter"), "{shown}");
        }
    }

    #[test]
    fn values_invalid_in_headers_are_rejected_without_being_quoted() {
        for text in ["", " \n", "hunter2\nhunter3", "hunter2\u{7f}"] {
            let bad = Sensitive::new(text);
            let good = Sensitive::new("good");
            for (argument, result) in [
                ("token", Token::new(&bad).map(drop)),
                ("access_key", AccessKey::new(&bad, &good, None).map(drop)),
                ("secret_key", AccessKey::new(&good, &bad, None).map(drop)),
                (
                    "security_token",
                    AccessKey::new(&good, &good, Some(&bad)).map(drop),
                ),
            ] {
                let error = result.expect_err(text);
                assert_eq!(error.argument(), Some(argument));
                assert!(!error.to_string().contains("hunter"), "{error}");
            }
        }
        assert!(Token::new(&Sensitive::new("hunter2\n")).is_ok());
    }

    #[test]
    fn echoed_credentials_are_masked() {
        let token = Credential::Token(Token::new(&Sensitive::new("hunter2")).expect("a token"));
        assert_eq!(token.mask("token hunter2 expired"), "token *** expired");
        let echo = "AK1 hunter2 st-hunter3";
        assert_eq!(Credential::Keys(keys()).mask(echo), "*** *** ***");
        let body = Credential::Body(vec![Sensitive::new("hunter2"), Sensitive::new("")]);
        assert_eq!(body.mask("hunter2!"), "***!");
    }

    #[test]
    fn access_keys_sign_requests_and_mark_the_headers_sensitive() {
        let mut url = Url::parse("https://example.com/v1?b=2&a=1").expect("a URL");
        let mut headers = HeaderMap::new();
        let at = "2026-01-02T03:04:05Z".parse().expect("a time");
        Credential::Keys(keys()).authorize(&Method::GET, &mut url, &mut headers, &[], at);
        assert_eq!(url.query(), Some("a=1&b=2"));
        assert_eq!(headers["x-security-token"], "st-hunter3");
        let authorization = headers["authorization"].to_str().expect("text");
        let start = "SDK-HMAC-SHA256 Access=AK1, \
                     SignedHeaders=host;x-sdk-date;x-security-token, Signature=";
        assert!(authorization.starts_with(start), "{authorization}");
        let shown = format!("{headers:?}");
        assert!(
            !shown.contains("hunter") && !shown.contains("Signature"),
            "{shown}"
        );
    }
}
