//! Faults: which requests they apply to, and how often. A [`FaultAction`](action::FaultAction) is what happens to those requests.

pub(super) mod action;

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use action::FaultAction;

/// Most faults added over HTTP.
const MAX_FAULT_COUNT: usize = 1000;

/// Most bytes in the bodies of all faults.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// The limit of faults is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "too many faults: the limit is {MAX_FAULT_COUNT} faults with a total body size of {MAX_BODY_BYTES} bytes; clear the \
     existing faults first"
)]
pub(super) struct TooManyFaults;

/// An action, the requests that it applies to, and how often.
///
/// **Shape** in JSON: `{"operation": "CreateGrants", "count": 2, "action": {"kind": "drop", "when": "after_effect"}}`.
/// `operation`, `method` and `path_prefix` select requests; an absent one matches every request. `count` defaults to 1, and
/// null means every request. `skip` defaults to 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Name of the operation in the API reference, such as `CreateGrants`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Method, in upper case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Prefix of the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_prefix: Option<String>,
    /// Number of matching requests to skip first. Requests that an earlier fault has ended are not counted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skip: u32,
    /// Number of requests left to apply to; none means every request.
    #[serde(default = "once")]
    pub count: Option<u32>,
    /// What happens to these requests.
    pub action: FaultAction,
}

/// The parts of a request that faults are matched with.
pub(super) struct FaultTarget<'a> {
    /// None for a path that is no operation, which only faults without an operation match.
    pub(super) operation: Option<&'a str>,
    pub(super) method: &'a str,
    /// Path as sent, without the query.
    pub(super) path: &'a str,
}

/// The active faults, in the order in which they were added.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Fault>>);

impl Fault {
    /// A fault for the next request of one operation, such as `CreateGrants`.
    #[must_use]
    pub fn on(operation: &str, action: FaultAction) -> Self {
        Self {
            operation: Some(operation.to_owned()),
            ..Self::on_any(action)
        }
    }

    /// A fault for the next request with this method and path prefix.
    #[must_use]
    pub fn on_path(method: &str, path_prefix: &str, action: FaultAction) -> Self {
        Self {
            method: Some(method.to_owned()),
            path_prefix: Some(path_prefix.to_owned()),
            ..Self::on_any(action)
        }
    }

    /// A fault for the next request of any kind.
    #[must_use]
    pub fn on_any(action: FaultAction) -> Self {
        Self {
            operation: None,
            method: None,
            path_prefix: None,
            skip: 0,
            count: once(),
            action,
        }
    }

    /// The same fault for `count` requests.
    #[must_use]
    pub fn times(self, count: u32) -> Self {
        Self {
            count: Some(count),
            ..self
        }
    }

    /// The same fault, after skipping `count` requests.
    #[must_use]
    pub fn after(self, count: u32) -> Self {
        Self {
            skip: count,
            ..self
        }
    }

    /// The same fault for every request, until the faults are cleared.
    #[must_use]
    pub fn endless(self) -> Self {
        Self {
            count: None,
            ..self
        }
    }

    /// Whether the fault selects this request; counts are not considered.
    fn matches(&self, target: &FaultTarget<'_>) -> bool {
        let is_match = |wanted: &Option<String>, actual: Option<&str>| {
            wanted.is_none() || wanted.as_deref() == actual
        };
        is_match(&self.operation, target.operation)
            && is_match(&self.method, Some(target.method))
            && self
                .path_prefix
                .as_ref()
                .is_none_or(|prefix| target.path.starts_with(prefix.as_str()))
    }
}

impl Faults {
    /// Adds a fault after the active ones.
    pub fn add(&self, fault: Fault) {
        self.lock().push(fault);
    }

    /// Adds a fault that comes over HTTP, within limits.
    ///
    /// # Errors
    /// `TooManyFaults` if the number of faults or the size of their bodies would exceed the limit.
    pub(super) fn try_add(&self, fault: Fault) -> Result<(), TooManyFaults> {
        let mut faults = self.lock();
        let bodies = faults.iter().chain([&fault]);
        let body_bytes: usize = bodies.map(|fault| fault.action.body_bytes()).sum();
        if faults.len() >= MAX_FAULT_COUNT || body_bytes > MAX_BODY_BYTES {
            return Err(TooManyFaults);
        }
        faults.push(fault);
        Ok(())
    }

    /// Removes all faults.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// The active faults.
    #[must_use]
    pub fn list(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// The actions for a request: those of all matching faults, up to the first that ends the request. Counts each of them.
    pub(super) fn actions_for(&self, target: &FaultTarget<'_>) -> Vec<FaultAction> {
        let mut faults = self.lock();
        let mut actions = Vec::new();
        for fault in faults.iter_mut() {
            if fault.count == Some(0) || !fault.matches(target) {
                continue;
            }
            if let Some(skip) = fault.skip.checked_sub(1) {
                fault.skip = skip;
                continue;
            }
            fault.count = fault.count.map(|count| count - 1);
            actions.push(fault.action.clone());
            if fault.action.is_final() {
                break;
            }
        }
        faults.retain(|fault| fault.count != Some(0));
        actions
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn once() -> Option<u32> {
    Some(1)
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[test]
    fn added_faults_are_limited_in_count_and_body_size() {
        let faults = Faults::default();
        let raw = |bytes| Fault::on_any(FaultAction::raw(StatusCode::OK, &"x".repeat(bytes)));
        assert_eq!(faults.try_add(raw(MAX_BODY_BYTES)), Ok(()));
        assert_eq!(faults.try_add(raw(1)), Err(TooManyFaults));
        assert_eq!(faults.try_add(raw(0)), Ok(()));
        faults.clear();
        for _ in 0..MAX_FAULT_COUNT {
            assert_eq!(faults.try_add(raw(1)), Ok(()));
        }
        assert_eq!(faults.try_add(raw(0)), Err(TooManyFaults));
    }

    #[test]
    fn a_fault_skips_as_many_requests_as_configured() {
        let faults = Faults::default();
        let throttle = FaultAction::throttle("1 second");
        faults.add(
            Fault::on("CreateGrants", throttle.clone())
                .after(2)
                .times(2),
        );
        faults.add(Fault::on_any(FaultAction::Lag { reads: 1 }).after(1));
        let hits = |operation| {
            let actions = faults.actions_for(&FaultTarget {
                operation: Some(operation),
                method: "POST",
                path: "/",
            });
            actions.contains(&throttle)
        };
        let met = ["CreateGrants", "ListGrants", "CreateGrants", "CreateGrants"].map(hits);
        assert_eq!(met, [false, false, false, true]);
        let met = ["ListGrants", "CreateGrants", "CreateGrants"].map(hits);
        assert_eq!(met, [false, true, false]);
        assert_eq!(faults.list(), []);
    }
}
