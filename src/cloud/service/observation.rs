//! Responses as a service sent them: to learn how the service behaves. Everything that manages resources uses the operations of the
//! services, which interpret the response.

use std::fmt;

use serde_json::Value;

use crate::cloud::Client;
use crate::cloud::deadline::Call;
use crate::cloud::error::Error;
use crate::cloud::transport::request::{ReceivedResponse, Request};
use crate::cloud::transport::retry::RetryPolicy;
use crate::wire::answer::Answer;

/// A response that has a success status and contains no error.
#[derive(Clone)]
pub struct ObservedResponse {
    /// Any status of success, whether it is documented or not.
    pub status: u16,
    /// JSON, or empty.
    pub body: Vec<u8>,
}

impl ObservedResponse {
    /// The body as JSON; null if it is empty.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Omits the body, which contains names and a signature.
impl fmt::Debug for ObservedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObservedResponse")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Sends a request, and returns any response with a success status.
    ///
    /// # Errors
    /// As of the operation, except that a response with a success status fails only if it contains an error or is not JSON.
    pub(super) async fn observe(
        &self,
        call: &Call,
        policy: RetryPolicy,
        request: &Request,
    ) -> Result<ObservedResponse, Error> {
        let read = |received: &ReceivedResponse<'_>| {
            let observed = || {
                Answer::Documented(ObservedResponse {
                    status: received.status,
                    body: received.body.to_vec(),
                })
            };
            match received.body.trim_ascii().is_empty() {
                true => observed(),
                false => Answer::of_json(received.body, |_| observed()),
            }
        };
        self.session().send(call, policy, request, read).await
    }
}
