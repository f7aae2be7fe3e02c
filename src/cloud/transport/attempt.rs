//! One attempt of a request, within limits of time and size.

use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use tokio::time::Instant;

use crate::cloud::credential::redaction::Mask;
use crate::cloud::credential::{Credential, Sensitive};
use crate::cloud::deadline::Call;
use crate::cloud::error::{Error, ErrorKind, ResponseDetails, error_chain};
use crate::cloud::settings::endpoint::Service;
use crate::wire::answer::Answer;

use super::connection::Connections;
use super::request::{JSON, ReceivedResponse, Request};
use super::{DOMAIN_HEADER, PROJECT_HEADER, error_response, tls_error};

/// The limit for one attempt, from connecting to the last byte of the response.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a write in progress may continue after cancellation: most responses arrive by then, so that the outcome is
/// known.
const WRITE_GRACE: Duration = Duration::from_millis(500);
/// The longest response that is read; thousands of grants fit.
const MAX_BODY_BYTES: usize = 8 << 20;

/// The longest token that CodeArts Repo documents.
const MAX_REPO_TOKEN_CHARS: usize = 100_000;

/// Headers that are signed, in addition to host, date and security token. Proxies may rewrite others, such as `Accept`
/// and `User-Agent`, and no official client signs those.
const SIGNED_HEADERS: [HeaderName; 3] = [CONTENT_TYPE, PROJECT_HEADER, DOMAIN_HEADER];

/// A response as received.
struct HttpResponse {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
    /// Whether the body is longer than [`MAX_BODY_BYTES`] and only its start was read.
    is_cut: bool,
}

/// Sends requests with one credential.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestSender<'a> {
    pub(super) connections: &'a Connections,
    pub(super) credential: &'a Credential,
    /// Secrets from the settings, which a server may echo.
    pub(super) secrets: &'a [Sensitive],
    pub(super) user_agent: &'a HeaderValue,
}

impl RequestSender<'_> {
    /// Sends a request once and reads a 2xx response with `read`. Anything but documented content is an error.
    ///
    /// `tries` is the number of this attempt. The credential signs each attempt, because signatures depend on the time.
    ///
    /// # Errors
    /// `Cancelled` or `Timeout`, unsent, if the call ends before the host's limiter lets the request pass;
    /// `Unreadable` if `read` finds nothing documented; `Configuration` if the system's certificates cannot be loaded; else as the
    /// service and the network answer.
    pub(super) async fn send<T>(
        self,
        call: &Call,
        request: &Request,
        tries: u32,
        read: impl Fn(&ReceivedResponse<'_>) -> Answer<T>,
    ) -> Result<T, Error> {
        let exchange = request.info();
        let client = self.client(request);
        let client = client.map_err(|error| error.with_request(&exchange).mark_unsent())?;
        let limiter = self.connections.limiter(&request.url);
        let turn = limiter.acquire(call).await.map_err(|kind| {
            let message =
                "the request was still queued behind other requests to the same host".to_owned();
            Error::new(kind, Some(message))
                .with_request(&exchange)
                .mark_unsent()
        })?;
        let started_at = Instant::now();
        // Not before: a signature ages while its request is queued.
        let (prepared, signature) = self.prepare(&client, request);
        let mask = Mask {
            credential: self.credential,
            secrets: self.secrets,
            signature: signature.as_ref(),
        };
        let result = await_response(call, request.is_write(), receive(prepared)).await;
        log(request, tries, started_at.elapsed(), &result, &mask);
        let is_answered = result.is_ok();
        let outcome = result.and_then(|answer| interpret(request.service, &answer, &mask, read));
        match &outcome {
            Err(error) if error.kind() == ErrorKind::Throttled => turn.throttled(),
            _ if is_answered => turn.answered(),
            _ => drop(turn),
        }
        outcome.map_err(|error| {
            use ErrorKind::{Cancelled, Timeout, Transient, Unreadable};
            let kind = error.kind();
            let is_unclear = matches!(kind, Transient | Timeout | Cancelled | Unreadable)
                // An error in a response with a success status: the outcome is unknown, whatever the error says.
                || error.has_success_status();
            let is_ambiguous = is_unclear && request.is_write();
            error.with_request(&exchange).with_ambiguity(is_ambiguous)
        })
    }

    /// The HTTP client for a request, if the service accepts the credential.
    fn client(self, request: &Request) -> Result<reqwest::Client, Error> {
        if let (Service::CodeArtsRepo, Credential::Token(token)) =
            (request.service, self.credential)
        {
            let length = token.secret().expose().chars().count();
            if length > MAX_REPO_TOKEN_CHARS {
                let problem = format!(
                    "is {length} characters long, but CodeArts Repo accepts at most {MAX_REPO_TOKEN_CHARS}: use an \
                     access key instead"
                );
                return Err(Error::setting("token", problem));
            }
        }
        self.connections.client(&request.method, &request.url)
    }

    /// The request with all its headers, and its signature.
    fn prepare(
        self,
        client: &reqwest::Client,
        request: &Request,
    ) -> (reqwest::RequestBuilder, Option<Sensitive>) {
        let mut url = request.url.clone();
        let (mut headers, mut unsigned) = (HeaderMap::new(), request.headers.clone());
        unsigned.insert(CONTENT_TYPE, request.content_type.clone());
        for name in SIGNED_HEADERS {
            if let Some(value) = unsigned.remove(&name) {
                headers.insert(name, value);
            }
        }
        let (method, body) = (&request.method, &request.body);
        self.credential
            .authorize(method, &mut url, &mut headers, body, Timestamp::now());
        let signature = sent_signature(&headers);
        unsigned.insert(ACCEPT, JSON);
        unsigned.insert(USER_AGENT, self.user_agent.clone());
        if request.has_empty_body() {
            unsigned.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        headers.extend(unsigned);
        let prepared = client.request(method.clone(), url);
        let prepared = prepared.headers(headers);
        if request.body.is_empty() {
            return (prepared, signature);
        }
        (prepared.body(request.body.clone()), signature)
    }
}

/// The signature in the header `Authorization`.
fn sent_signature(headers: &HeaderMap) -> Option<Sensitive> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (_, signature) = text.rsplit_once('=')?;
    Some(Sensitive::new(signature))
}

/// Waits for a response until the deadline, the limit of the attempt, or cancellation.
async fn await_response(
    call: &Call,
    is_write: bool,
    answer: impl Future<Output = Result<HttpResponse, Error>>,
) -> Result<HttpResponse, Error> {
    tokio::pin!(answer);
    let (limit, message) = match call.remaining() {
        remaining if remaining > REQUEST_TIMEOUT => (
            Instant::now() + REQUEST_TIMEOUT,
            format!("no response within {} s", REQUEST_TIMEOUT.as_secs()),
        ),
        _ => (
            call.deadline,
            "the operation's deadline has passed".to_owned(),
        ),
    };
    tokio::select! {
        biased;
        answer = &mut answer => return answer,
        () = tokio::time::sleep_until(limit) => return Err(Error::new(ErrorKind::Timeout, Some(message))),
        () = call.cancel.cancelled() => {}
    }
    let cancelled = || Error::new(ErrorKind::Cancelled, None);
    if !is_write {
        return Err(cancelled());
    }
    let grace = limit.min(Instant::now() + WRITE_GRACE);
    let late = tokio::time::timeout_at(grace, answer).await;
    late.unwrap_or_else(|_| Err(cancelled()))
}

/// Sends a request and reads the response, up to the limit of size. The caller limits the time.
async fn receive(request: reqwest::RequestBuilder) -> Result<HttpResponse, Error> {
    let mut response = request.send().await.map_err(connection_error)?;
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Vec::new();
    let mut is_cut = false;
    while let Some(chunk) = response.chunk().await.map_err(connection_error)? {
        is_cut = chunk.len() > MAX_BODY_BYTES - body.len();
        if is_cut {
            break;
        }
        body.extend_from_slice(&chunk);
    }
    Ok(HttpResponse {
        status,
        headers,
        body,
        is_cut,
    })
}

/// The error of a request without a complete response.
pub(super) fn connection_error(error: reqwest::Error) -> Error {
    // Without its URL, whose query may be sensitive.
    let error = error.without_url();
    let mistrust = tls_error::find(&error);
    let kind = if error.is_connect() || mistrust.is_some_and(tls_error::is_client_certificate_error)
    {
        ErrorKind::Unreachable
    } else if error.is_timeout() {
        ErrorKind::Timeout
    } else {
        ErrorKind::Transient
    };
    let cause = error_response::printable(&error_chain(&error));
    let is_out_of_files = tls_error::is_out_of_files(&error);
    let of_proxy = tls_error::explain_proxy_error(&cause);
    let explanation = match mistrust {
        Some(mistrust) => Some(tls_error::explain(mistrust)),
        None => of_proxy.map(|(explanation, _)| explanation.to_owned()),
    };
    let message = match explanation {
        Some(explanation) => format!("{explanation} ({cause})"),
        None => cause,
    };
    let refusal = ResponseDetails {
        // A retry does not help if a certificate is not trusted or a proxy requires a password.
        is_permanent: mistrust.is_some() || of_proxy.is_some_and(|(_, is_permanent)| is_permanent),
        is_out_of_files,
        tls_problem: mistrust.map(tls_error::classify),
        ..ResponseDetails::default()
    };
    Error::new(kind, Some(message)).with_response(refusal)
}

/// The content of a response, or its error. A success status alone proves nothing: the body must be as documented.
fn interpret<T>(
    service: Service,
    response: &HttpResponse,
    mask: &Mask<'_>,
    read: impl Fn(&ReceivedResponse<'_>) -> Answer<T>,
) -> Result<T, Error> {
    let (status, headers, body) = (response.status, &response.headers, &response.body);
    if !(200..=299).contains(&status) {
        return Err(error_response::from_answer(
            service, status, headers, body, mask,
        ));
    }
    let received = ReceivedResponse {
        status,
        headers,
        body,
    };
    let answer = match response.is_cut {
        true => Answer::NotUnderstood(format!(
            "the response is longer than {MAX_BODY_BYTES} bytes"
        )),
        false => read(&received),
    };
    let problem = match answer {
        Answer::Documented(content) => return Ok(content),
        Answer::Error(error) => {
            return Err(error_response::from_error(
                service, status, headers, body, error, mask,
            ));
        }
        Answer::PossiblyEmpty => "the response does not contain the expected data".to_owned(),
        Answer::NotUnderstood(problem) => error_response::printable(&mask.hide(&problem)),
    };
    let refusal = ResponseDetails {
        status: Some(status),
        request_id: error_response::request_id(headers, mask),
        ..ResponseDetails::default()
    };
    Err(Error::new(ErrorKind::Unreadable, Some(problem)).with_response(refusal))
}

/// Logs one line per attempt, without headers, bodies or the query.
fn log(
    request: &Request,
    tries: u32,
    elapsed: Duration,
    result: &Result<HttpResponse, Error>,
    mask: &Mask<'_>,
) {
    let (status, request_id, failure) = match result {
        Ok(answer) => (
            Some(answer.status),
            error_response::request_id(&answer.headers, mask),
            None,
        ),
        Err(error) => (None, None, Some(error.kind())),
    };
    tracing::debug!(
        operation = request.operation,
        method = %request.method,
        path = request.url.path(),
        status,
        request_id,
        tries,
        failure = failure.map(tracing::field::debug),
        elapsed_ms = elapsed.as_millis(),
        "sent API request"
    );
}
