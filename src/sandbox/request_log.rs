//! What was asked and by which program: method, path, query, user agent, status, request id and time; no other headers, no bodies.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

/// Requests remembered; the oldest go first.
const MAX_RECORD_COUNT: usize = 100_000;

/// One request to the pretend cloud.
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
    /// Which program asked, as it calls itself; none if it does not say.
    pub user_agent: Option<String>,
    /// Name of the operation in the API reference; none for an address that is no operation.
    pub operation: Option<&'static str>,
    /// Status answered; none while it is under way and when the connection was closed instead.
    pub status: Option<u16>,
    /// Id that the answer bears as `X-Request-Id`.
    pub request_id: String,
}

/// The requests in the order of arrival.
#[derive(Debug, Default)]
pub(super) struct RequestLog(Mutex<VecDeque<RequestRecord>>);

impl RequestLog {
    /// Notes a request on arrival.
    pub(super) fn begin(&self, record: RequestRecord) {
        let mut records = self.lock();
        if records.len() >= MAX_RECORD_COUNT {
            records.pop_front();
        }
        records.push_back(record);
    }

    /// Notes what a request was answered.
    pub(super) fn finish(&self, request_id: &str, status: u16) {
        let mut records = self.lock();
        let mut latest_first = records.iter_mut().rev();
        if let Some(record) = latest_first.find(|record| record.request_id == request_id) {
            record.status = Some(status);
        }
    }

    /// All that is remembered.
    pub(super) fn list(&self) -> Vec<RequestRecord> {
        self.lock().iter().cloned().collect()
    }

    /// The latest of what is remembered, oldest first, and how much is remembered in all.
    pub(super) fn latest(&self, max_count: usize) -> (Vec<RequestRecord>, usize) {
        let records = self.lock();
        let older_count = records.len().saturating_sub(max_count);
        let latest = records.iter().skip(older_count).cloned().collect();
        (latest, records.len())
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<RequestRecord>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
