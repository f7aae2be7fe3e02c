//! The log of requests: method, path, query, user agent, status, error code, request ID and time. It has no other headers and
//! no bodies, which may hold secrets.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

/// Most requests kept; the oldest are dropped first.
const MAX_RECORD_COUNT: usize = 100_000;

/// One request to the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequestRecord {
    /// When it arrived.
    pub received_at: Timestamp,
    /// Method, in upper case.
    pub method: String,
    /// Path as sent.
    pub path: String,
    /// Query as sent, without the question mark.
    pub query: Option<String>,
    /// `User-Agent` of the request.
    pub user_agent: Option<String>,
    /// Name of the operation in the API reference; none for an unknown path.
    pub operation: Option<&'static str>,
    /// Status of the response; none while the request is in progress, and if the connection was closed without a response.
    pub status: Option<u16>,
    /// Error code in the body of the response; none for a success, and for an error without a code.
    pub error_code: Option<String>,
    /// `X-Request-Id` of the response.
    pub request_id: String,
}

/// Requests in order of arrival.
#[derive(Debug, Default)]
pub(super) struct RequestLog(Mutex<VecDeque<RequestRecord>>);

impl RequestLog {
    /// Adds a request.
    pub(super) fn begin(&self, record: RequestRecord) {
        let mut records = self.lock();
        if records.len() >= MAX_RECORD_COUNT {
            records.pop_front();
        }
        records.push_back(record);
    }

    /// Records the status and the error code of a response.
    pub(super) fn finish(&self, request_id: &str, status: u16, error_code: Option<String>) {
        let mut records = self.lock();
        let mut latest_first = records.iter_mut().rev();
        if let Some(record) = latest_first.find(|record| record.request_id == request_id) {
            record.status = Some(status);
            record.error_code = error_code;
        }
    }

    /// All requests, oldest first.
    pub(super) fn list(&self) -> Vec<RequestRecord> {
        self.lock().iter().cloned().collect()
    }

    /// The latest requests, oldest first, and the number of all requests.
    pub(super) fn latest(&self, max_count: usize) -> (Vec<RequestRecord>, usize) {
        let records = self.lock();
        let older_count = records.len().saturating_sub(max_count);
        let latest = records.iter().skip(older_count).cloned().collect();
        (latest, records.len())
    }

    /// Removes all requests.
    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<RequestRecord>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
