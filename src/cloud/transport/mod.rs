//! The lowest layer: sends a request with a given credential, with retries where they are safe. Knows neither how to
//! sign in nor what operations mean.

mod attempt;
mod connection;
mod error_response;
mod limiter;
#[cfg(feature = "tool")]
pub(super) mod probe;
pub(super) mod request;
pub(super) mod retry;
pub(super) mod tls;
mod tls_error;

use http::{HeaderName, HeaderValue};
use tokio_util::sync::CancellationToken;

use super::credential::{Credential, Sensitive};
use super::deadline::Call;
use super::error::Error;
use super::settings::Settings;
use crate::wire::answer::Answer;
use attempt::RequestSender;
use connection::Connections;
use request::{ReceivedResponse, Request};
use retry::RetryPolicy;

/// Headers that identify the project and the account of a signed request.
pub(super) const PROJECT_HEADER: HeaderName = HeaderName::from_static("x-project-id");
pub(super) const DOMAIN_HEADER: HeaderName = HeaderName::from_static("x-domain-id");

/// Sends requests with the given credentials.
#[derive(Debug)]
pub(super) struct Transport {
    connections: Connections,
    /// The secrets from the settings, which a server may echo.
    secrets: Vec<Sensitive>,
    user_agent: HeaderValue,
    /// Retries of one request after its first attempt; zero for none.
    max_retries: u32,
    /// Once cancelled, no further write is sent.
    closing: CancellationToken,
}

impl Transport {
    /// A transport with these settings. Opens no connection.
    pub(super) fn new(settings: &Settings, closing: CancellationToken) -> Self {
        Self {
            connections: Connections::new(settings.tls.clone(), settings.proxies.clone()),
            secrets: settings.secrets().into_iter().cloned().collect(),
            user_agent: settings.user_agent.clone(),
            max_retries: settings.max_retries,
            closing,
        }
    }

    /// The call with `closing` applied to it, if the request is a write.
    pub(super) fn bounded_call(&self, call: &Call, request: &Request) -> Call {
        match request.is_write() {
            true => call.with_closing(&self.closing),
            false => call.clone(),
        }
    }

    /// Sends a request with this credential, with retries where they are safe, and reads the response with `read`.
    ///
    /// # Errors
    /// The error of the last attempt.
    pub(super) async fn send_with_retry<T>(
        &self,
        call: &Call,
        repeat: RetryPolicy,
        request: &Request,
        credential: &Credential,
        read: impl Fn(&ReceivedResponse<'_>) -> Answer<T>,
    ) -> Result<T, Error> {
        let exchange = request.info();
        let sender = RequestSender {
            connections: &self.connections,
            credential,
            secrets: &self.secrets,
            user_agent: &self.user_agent,
        };
        let run = || {
            let attempt = |tries| sender.send(call, request, tries, &read);
            retry::with_retry(call, &exchange, repeat, self.max_retries, attempt)
        };
        let result = run().await;
        match &result {
            // A key cannot be renewed, but a new attempt has a new signature.
            Err(error)
                if error.is_stale()
                    && matches!(credential, Credential::Keys(_))
                    && (repeat == RetryPolicy::Always || !error.is_ambiguous()) =>
            {
                run()
                    .await
                    .map_err(|again| again.add_earlier_attempts(error))
            }
            _ => result,
        }
    }
}
