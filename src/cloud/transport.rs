//! One request, one answer: over pooled connections, within limits of time and size.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use rustls::{ClientConfig, RootCertStore};
use serde::Serialize;
use tokio::time::Instant;
use url::Url;

use super::call::Call;
use super::credentials::Credential;
use super::error::{Error, ErrorKind, Exchange};
use super::{endpoint, refusal};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// For one try, from connecting to the last byte of the answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a write under way may go on after cancellation: most are answered by then, and nobody has to guess.
const WRITE_GRACE: Duration = Duration::from_millis(500);
/// The longest answer read: thousands of grants fit, a stream without end does not.
const MAX_BODY_BYTES: usize = 8 << 20;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A request, ready to be sent any number of times.
#[derive(Clone, Debug)]
pub(super) struct Request {
    /// Name of the operation in the API reference.
    pub(super) operation: &'static str,
    pub(super) method: Method,
    pub(super) url: Url,
    /// The body and its `Content-Type`; a request without one still announces JSON, as the SDKs do.
    pub(super) content_type: HeaderValue,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// A request without a body.
    pub(super) fn new(operation: &'static str, method: Method, url: Url) -> Self {
        Self {
            operation,
            method,
            url,
            content_type: JSON,
            body: Vec::new(),
        }
    }

    /// The same request with a body.
    pub(super) fn with_json(
        mut self,
        content_type: HeaderValue,
        body: &impl Serialize,
    ) -> Result<Self, Error> {
        self.body = serde_json::to_vec(body).map_err(|error| {
            Error::new(ErrorKind::Invalid, Some(error.to_string())).during(&self.exchange())
        })?;
        self.content_type = content_type;
        Ok(self)
    }

    /// The error of an answer that says yes in words we do not understand.
    pub(super) fn unreadable(&self, message: String) -> Error {
        let error = Error::new(ErrorKind::Unreadable, Some(message)).during(&self.exchange());
        error.ambiguous(self.is_write())
    }

    /// What errors say about it.
    pub(super) fn exchange(&self) -> Exchange {
        let mut url = self.url.clone();
        url.set_query(None);
        Exchange {
            operation: self.operation,
            method: self.method.clone(),
            url: url.into(),
        }
    }

    fn is_write(&self) -> bool {
        self.method != Method::GET
    }
}

/// The HTTP clients, each built when its first request is sent.
#[derive(Debug, Default)]
pub(super) struct Transport {
    /// For `http://` on this machine: no proxy.
    local: OnceLock<reqwest::Client>,
    /// For any other `http://`: loads no certificates.
    plain: OnceLock<reqwest::Client>,
    /// For `https://`: trusts what the system trusts.
    secure: OnceLock<reqwest::Client>,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
    is_cut: bool,
}

impl Transport {
    /// Sends a request once and reads its answer.
    ///
    /// # Errors
    /// Every kind but `Configuration` and `Unreadable` on account of the service; `Configuration` if the system's
    /// certificates cannot be loaded.
    pub(super) async fn send(
        &self,
        call: &Call,
        request: &Request,
        credential: &Credential,
        user_agent: &HeaderValue,
    ) -> Result<Vec<u8>, Error> {
        let exchange = request.exchange();
        let started_at = Instant::now();
        let client = self
            .client(&request.url)
            .map_err(|error| error.during(&exchange))?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, JSON);
        headers.insert(CONTENT_TYPE, request.content_type.clone());
        headers.insert(http::header::USER_AGENT, user_agent.clone());
        credential.authorize(&mut headers);
        let mut sent = client
            .request(request.method.clone(), request.url.clone())
            .headers(headers);
        if !request.body.is_empty() {
            sent = sent.body(request.body.clone());
        }
        let result = bounded(call, request.is_write(), exchanged(sent)).await;
        let result = result.and_then(|answer| accept(answer, credential));
        log(request, started_at.elapsed(), &result);
        match result {
            Ok(answer) => Ok(answer.body),
            Err(error) => {
                let is_unclear = matches!(
                    error.kind(),
                    ErrorKind::Transient
                        | ErrorKind::Timeout
                        | ErrorKind::Cancelled
                        | ErrorKind::Unreadable
                );
                Err(error
                    .during(&exchange)
                    .ambiguous(is_unclear && request.is_write()))
            }
        }
    }

    fn client(&self, url: &Url) -> Result<&reqwest::Client, Error> {
        let (place, build): (_, fn() -> Result<_, String>) = match url.scheme() {
            "https" => (&self.secure, || build(system_roots()?, true)),
            _ if endpoint::is_loopback(url) => (&self.local, || build(no_roots()?, false)),
            _ => (&self.plain, || build(no_roots()?, true)),
        };
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let client = build().map_err(|cause| {
            let message = format!("the HTTP client cannot be set up: {cause}");
            Error::new(ErrorKind::Configuration, Some(message))
        })?;
        Ok(place.get_or_init(|| client))
    }
}

/// Waits for an answer as long as the call, the try and a cancellation allow.
async fn bounded(
    call: &Call,
    is_write: bool,
    answer: impl Future<Output = Result<Answer, Error>>,
) -> Result<Answer, Error> {
    tokio::pin!(answer);
    let limit = call.deadline.min(Instant::now() + REQUEST_TIMEOUT);
    let timeout = || Error::new(ErrorKind::Timeout, None);
    tokio::select! {
        biased;
        answer = &mut answer => return answer,
        () = tokio::time::sleep_until(limit) => return Err(timeout()),
        () = call.cancel.cancelled() => {}
    }
    let cancelled = || Error::new(ErrorKind::Cancelled, None);
    if !is_write {
        return Err(cancelled());
    }
    let grace = limit.min(Instant::now() + WRITE_GRACE);
    tokio::time::timeout_at(grace, answer)
        .await
        .unwrap_or_else(|_| Err(cancelled()))
}

async fn exchanged(request: reqwest::RequestBuilder) -> Result<Answer, Error> {
    let mut response = request.send().await.map_err(broken)?;
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Vec::new();
    let mut is_cut = false;
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        let room = MAX_BODY_BYTES - body.len();
        body.extend(chunk.iter().take(room));
        if chunk.len() > room {
            is_cut = true;
            break;
        }
    }
    Ok(Answer {
        status,
        headers,
        body,
        is_cut,
    })
}

/// An exchange that ended without a whole answer.
fn broken(error: reqwest::Error) -> Error {
    // Without its URL, whose query is nobody's business.
    let error = error.without_url();
    let kind = if error.is_connect() {
        ErrorKind::Unreachable
    } else if error.is_timeout() {
        ErrorKind::Timeout
    } else {
        ErrorKind::Transient
    };
    Error::new(kind, Some(refusal::printable(&causes(&error))))
}

/// An error's innermost causes say what happened, its outer ones where.
fn causes(error: &dyn std::error::Error) -> String {
    let mut texts = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        // Some errors print their cause themselves.
        if !texts.iter().any(|outer| outer.contains(&text)) {
            texts.push(text);
        }
        next = cause.source();
    }
    texts.join(": ")
}

fn accept(answer: Answer, credential: &Credential) -> Result<Answer, Error> {
    if !(200..=299).contains(&answer.status) {
        return Err(refusal::from_answer(
            answer.status,
            &answer.headers,
            &answer.body,
            credential,
        ));
    }
    if answer.is_cut {
        let message = format!("it is longer than {MAX_BODY_BYTES} bytes");
        return Err(Error::new(ErrorKind::Unreadable, Some(message)));
    }
    Ok(answer)
}

fn log(request: &Request, elapsed: Duration, result: &Result<Answer, Error>) {
    let (status, request_id, kind) = match result {
        Ok(answer) => (
            Some(answer.status),
            refusal::request_id(&answer.headers),
            None,
        ),
        Err(error) => (
            error.status(),
            error.request_id().map(str::to_owned),
            Some(error.kind()),
        ),
    };
    tracing::debug!(
        operation = request.operation,
        method = %request.method,
        path = request.url.path(),
        status,
        request_id,
        failed = ?kind,
        elapsed_ms = elapsed.as_millis(),
        "asked the cloud"
    );
}

fn build(tls: ClientConfig, uses_proxy: bool) -> Result<reqwest::Client, String> {
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        // What may run twice is decided in one place.
        .retry(reqwest::retry::never());
    let builder = if uses_proxy {
        builder
    } else {
        builder.no_proxy()
    };
    builder.build().map_err(|error| causes(&error))
}

fn system_roots() -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = rustls_platform_verifier::Verifier::new(provider.clone())
        .map_err(|error| causes(&error))?;
    let mut tls = protocols(provider)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

fn no_roots() -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(protocols(provider)?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

type Unverified = rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>;

fn protocols(provider: Arc<rustls::crypto::CryptoProvider>) -> Result<Unverified, String> {
    let versions = &[&rustls::version::TLS13, &rustls::version::TLS12];
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions);
    builder.map_err(|error| causes(&error))
}
