//! The one error type of the client: a kind for decisions, and the facts for messages.

use std::fmt;
use std::time::Duration;

use http::Method;

use crate::cloud::advice;

/// What went wrong, as far as callers act on it differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// The resource does not exist. The only kind from which absence may be concluded, and only for a resource that the
    /// operation names in its path.
    NotFound,
    /// The credential was rejected: wrong, expired, or issued for something else. Says nothing about the resource. A caller
    /// does not repeat the request: the session already renewed the credential once.
    Authentication,
    /// The caller is known but lacks permission. Says nothing about the resource.
    Permission,
    /// Too many requests; nothing was done. Repeated already, for as long as the deadline permits.
    Throttled,
    /// The service or the connection failed, perhaps temporarily. After a write, [`Error::is_ambiguous`] says whether it may
    /// have taken effect.
    Transient,
    /// No answer in time. After a write, see [`Error::is_ambiguous`].
    Timeout,
    /// No connection was established, so nothing was sent: unknown host, connection refused, or an untrusted
    /// certificate.
    Unreachable,
    /// A server responded, but not this API: wrong host, path or region.
    WrongEndpoint,
    /// The request conflicts with what exists, such as a second creation. Read the resource to find out what exists.
    Conflict,
    /// The request was rejected as invalid. Repeating it gives the same error.
    Invalid,
    /// The response has a success status but is not as documented. Proves nothing: after a write the outcome is unknown, and
    /// a list that cannot be read is not an empty list.
    Unreadable,
    /// The operation was cancelled. After a write, see [`Error::is_ambiguous`].
    Cancelled,
    /// A setting is missing or wrong; nothing was sent. [`Error::argument`] names it.
    Configuration,
}

impl ErrorKind {
    /// The kind as a clause of a message, without a full stop.
    fn sentence(self) -> &'static str {
        match self {
            Self::NotFound => "the resource does not exist",
            Self::Authentication => "the credentials were rejected",
            Self::Permission => "the caller does not have permission for this operation",
            Self::Throttled => "too many requests",
            Self::Transient => "temporary service or connection failure",
            Self::Timeout => "timed out",
            Self::Unreachable => "the host is unreachable, so no request was sent",
            Self::WrongEndpoint => "this API is not available at this address",
            Self::Conflict => "the request conflicts with the current state of the resource",
            Self::Invalid => "the request was rejected as invalid",
            Self::Unreadable => "unexpected response",
            Self::Cancelled => "cancelled",
            Self::Configuration => "a setting is missing or invalid",
        }
    }
}

/// Why a TLS handshake failed, as far as the remedies differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TlsProblem {
    /// The server's certificate was issued by an authority that is not trusted.
    UntrustedAuthority,
    /// The server's certificate has expired.
    Expired,
    /// The server's certificate is not valid yet.
    NotValidYet,
    /// The server's certificate is for another host.
    OtherHost,
    /// The server requires another client certificate, or one at all.
    ClientCertificate,
    /// The server does not speak TLS.
    NotTls,
    /// Anything else.
    Other,
}

/// Why an operation failed. Holds no secret: neither headers nor bodies of requests, nor the query of the URL.
#[derive(Clone, Debug)]
pub struct Error(Box<Details>);

/// The facts behind an [`Error`], boxed so that a `Result` stays small.
#[derive(Clone, Debug)]
struct Details {
    kind: ErrorKind,
    argument: Option<&'static str>,
    request: Option<RequestInfo>,
    response: ResponseDetails,
    /// The service's message, or the cause on our side; none if there is nothing to add to the kind.
    message: Option<String>,
    /// Whether any attempt of a write may have been carried out, not only the last one.
    is_ambiguous: bool,
    /// Whether the attempt ended before anything was sent, so that it does not count.
    is_unsent: bool,
    attempts: u32,
    elapsed: Duration,
}

/// The request that failed, without secrets.
#[derive(Clone, Debug)]
pub(super) struct RequestInfo {
    /// Name of the operation in the API reference.
    pub(super) operation: &'static str,
    /// Method of the request.
    pub(super) method: Method,
    /// URL without query.
    pub(super) url: String,
}

/// What the response says about the failure.
#[derive(Clone, Debug, Default)]
pub(super) struct ResponseDetails {
    /// Status; none if no response arrived.
    pub(super) status: Option<u16>,
    /// Code of the service or the gateway, masked like every text of the server.
    pub(super) code: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) encoded_authorization_message: Option<String>,
    /// `Retry-After` as a duration; zero if its date has passed.
    pub(super) retry_after: Option<Duration>,
    /// The throttling window that the message names.
    pub(super) window: Option<Duration>,
    /// Whether a retry is pointless although the kind would allow it.
    pub(super) is_permanent: bool,
    /// Whether a signature was rejected for its age, so that a new one may be accepted.
    pub(super) is_stale: bool,
    /// Whether the limit on open files prevented the connection.
    pub(super) is_out_of_files: bool,
    /// Why the TLS handshake failed; `None` if it did not.
    pub(super) tls_problem: Option<TlsProblem>,
}

impl Error {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the resource does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.0.kind == ErrorKind::NotFound
    }

    /// Whether the secret is scheduled for deletion, and unusable until the deletion is cancelled.
    #[must_use]
    pub fn is_deletion_pending(&self) -> bool {
        matches!(self.code(), Some("CSMS.0103" | "CSMS.0107"))
    }

    /// Whether the outcome of a write is unknown; never true for reads.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        self.0.is_ambiguous
    }

    /// The argument to report the error at, such as `region`: for `Configuration` the invalid one, for `Authentication`
    /// the one that the credential comes from. Absent for other kinds.
    #[must_use]
    pub fn argument(&self) -> Option<&'static str> {
        self.0.argument
    }

    /// Name of the operation in the API reference, such as `ListGrants`; absent if no request was prepared.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.request.as_ref().map(|exchange| exchange.operation)
    }

    /// Method of the request.
    #[must_use]
    pub fn method(&self) -> Option<&Method> {
        self.0.request.as_ref().map(|exchange| &exchange.method)
    }

    /// URL of the request, without its query.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.0
            .request
            .as_ref()
            .map(|exchange| exchange.url.as_str())
    }

    /// HTTP status, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.response.status
    }

    /// Whether the response has a success status.
    pub(super) fn has_success_status(&self) -> bool {
        self.status()
            .is_some_and(|status| (200..=299).contains(&status))
    }

    /// Error code of the service or the gateway, such as `CSMS.0005`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.response.code.as_deref()
    }

    /// The service's message, or the cause on our side; at most 1,024 characters.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// ID of the request, for Huawei Cloud's support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.response.request_id.as_deref()
    }

    /// Opaque explanation of a denial, which an administrator can decode.
    #[must_use]
    pub fn encoded_authorization_message(&self) -> Option<&str> {
        self.0.response.encoded_authorization_message.as_deref()
    }

    /// How often the request was sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Time spent on the operation, including pauses.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// The delay before a retry that the service asks for (`Retry-After`).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.response.retry_after
    }

    /// The throttling window: requests are accepted again when it ends, at the latest.
    pub(super) fn window(&self) -> Option<Duration> {
        self.0.response.window
    }

    /// Whether the connection failed because of the limit on open files.
    #[must_use]
    pub fn is_out_of_files(&self) -> bool {
        self.0.response.is_out_of_files
    }

    /// Why the TLS handshake failed; `None` if it did not fail.
    #[must_use]
    pub fn tls_problem(&self) -> Option<TlsProblem> {
        self.0.response.tls_problem
    }

    /// Whether the server asks for the header `Content-Length` (status 411), which the client does send where it is
    /// needed.
    #[must_use]
    pub fn is_length_required(&self) -> bool {
        self.status() == Some(LENGTH_REQUIRED)
    }

    /// What to do about it, in whole sentences, if the status or code says more than the kind.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        advice::for_error(self.status(), self.code())
    }

    /// Whether a signature was rejected for its age.
    pub(super) fn is_stale(&self) -> bool {
        self.0.response.is_stale
    }

    /// Whether this attempt ended before anything was sent.
    pub(super) fn is_unsent(&self) -> bool {
        self.0.is_unsent
    }

    /// Whether a retry is pointless although the kind would allow it.
    pub(super) fn is_permanent(&self) -> bool {
        self.0.response.is_permanent
    }

    /// An error about no request yet: [`Self::with_request`] and [`Self::with_response`] add the facts.
    pub(super) fn new(kind: ErrorKind, message: Option<String>) -> Self {
        Self(Box::new(Details {
            kind,
            argument: None,
            request: None,
            response: ResponseDetails::default(),
            message,
            is_ambiguous: false,
            is_unsent: false,
            attempts: 0,
            elapsed: Duration::ZERO,
        }))
    }

    /// A missing or invalid setting; `problem` follows the name of the argument.
    pub(super) fn setting(argument: &'static str, problem: impl fmt::Display) -> Self {
        let mut error = Self::new(
            ErrorKind::Configuration,
            Some(format!("`{argument}` {problem}")),
        );
        error.0.argument = Some(argument);
        error
    }

    /// Sets the argument that a rejected credential comes from, unless one is set.
    pub(super) fn with_credential_argument(mut self, argument: Option<&'static str>) -> Self {
        if self.0.kind == ErrorKind::Authentication {
            self.0.argument = self.0.argument.or(argument);
        }
        self
    }

    /// The same facts with another kind.
    pub(super) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    pub(super) fn with_request(mut self, exchange: &RequestInfo) -> Self {
        self.0.request = Some(exchange.clone());
        self
    }

    pub(super) fn with_response(mut self, refusal: ResponseDetails) -> Self {
        self.0.response = refusal;
        self
    }

    /// Replaces the ambiguity, also with `false`: a failed sign-in leaves the outcome of the operation certain.
    pub(super) fn with_ambiguity(mut self, is_ambiguous: bool) -> Self {
        self.0.is_ambiguous = is_ambiguous;
        self
    }

    /// Adds the attempts of an earlier error of the same operation, which failed with another credential or signature.
    pub(super) fn add_earlier_attempts(mut self, earlier: &Self) -> Self {
        self.0.attempts += earlier.0.attempts;
        self.0.elapsed += earlier.0.elapsed;
        self.0.is_ambiguous |= earlier.0.is_ambiguous;
        self
    }

    /// Marks an attempt that ended before anything was sent.
    pub(super) fn mark_unsent(mut self) -> Self {
        self.0.is_unsent = true;
        self
    }

    /// Sets attempts and time of the whole operation, including earlier attempts and pauses.
    pub(super) fn with_attempts(mut self, tries: u32, elapsed: Duration) -> Self {
        self.0.attempts = tries;
        self.0.elapsed = elapsed;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details {
            kind,
            argument,
            request: exchange,
            response: refusal,
            message,
            attempts: tries,
            elapsed,
            ..
        } = self.0.as_ref();
        match (exchange, message) {
            (Some(exchange), _) => write!(f, "{} failed: ", exchange.operation)?,
            (None, Some(message)) => return f.write_str(message),
            (None, None) => return f.write_str(kind.sentence()),
        }
        match (kind, argument) {
            (ErrorKind::Authentication, Some(argument)) => {
                write!(f, "the credentials from `{argument}` were rejected")?;
            }
            _ if refusal.is_out_of_files => {
                f.write_str("could not open a connection: too many open files on this machine")?;
            }
            _ if refusal.status == Some(LENGTH_REQUIRED) => {
                f.write_str("the server reported a missing request length")?;
            }
            _ => f.write_str(kind.sentence())?,
        }
        if let Some(message) = message {
            write!(f, ": {message}")?;
        }
        let Some(exchange) = exchange else {
            return Ok(());
        };
        write!(f, " ({} {}", exchange.method, exchange.url)?;
        if let Some(status) = refusal.status {
            write!(f, ", status {status}")?;
        }
        if let Some(code) = &refusal.code {
            write!(f, ", code `{code}`")?;
        }
        if let Some(id) = &refusal.request_id {
            write!(f, ", request ID `{id}`")?;
        }
        match tries {
            0 => f.write_str(", not sent)"),
            1 => write!(f, ", 1 attempt in {} ms)", elapsed.as_millis()),
            _ => write!(f, ", {tries} attempts in {:.1} s)", elapsed.as_secs_f64()),
        }
    }
}

impl std::error::Error for Error {}

/// The status 411, Length Required.
const LENGTH_REQUIRED: u16 = 411;

/// An error and its causes on one line, outermost first.
pub(super) fn error_chain(error: &dyn std::error::Error) -> String {
    let mut texts = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        // Some errors already print their cause.
        if !texts.iter().any(|outer| outer.contains(&text)) {
            texts.push(text);
        }
        next = cause.source();
    }
    texts.join(": ")
}
