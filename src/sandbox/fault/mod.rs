//! Misbehaviour on request: for which requests, and how often. What happens to them is an [`Action`].

pub(super) mod action;

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use action::FaultAction;

/// Faults in force at most, if they come from outside this process.
const MAX_FAULT_COUNT: usize = 1000;

/// Bytes that the bodies of those may have in all.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// The sandbox keeps no more faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "there may be {MAX_FAULT_COUNT} faults with bodies of {MAX_BODY_BYTES} bytes in all; clear some first"
)]
pub(super) struct TooManyFaults;

/// What shall go wrong, for which requests, and how often.
///
/// **Shape** in JSON: `{"operation": "CreateGrants", "count": 2, "action": {"kind": "drop", "when": "after_effect"}}`.
/// `operation`, `method` and `path_prefix` narrow the requests down; one that is absent matches every request. `count`
/// is 1 when absent and endless when null. `skip` is 0 when absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Name of the operation in the API reference, such as `CreateGrants`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Method, in upper case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Beginning of the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_prefix: Option<String>,
    /// How many requests pass before it meets one; those that an earlier fault answers or closes are not counted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skip: u32,
    /// How many more requests it meets; none means every one.
    #[serde(default = "once")]
    pub count: Option<u32>,
    /// What happens to them.
    pub action: FaultAction,
}

/// What faults are matched against.
pub(super) struct FaultTarget<'a> {
    pub(super) operation: Option<&'a str>,
    pub(super) method: &'a str,
    pub(super) path: &'a str,
}

/// The faults in force, in the order they were added.
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

    /// A fault for the next request of a method whose path begins so.
    #[must_use]
    pub fn on_path(method: &str, path_prefix: &str, action: FaultAction) -> Self {
        Self {
            method: Some(method.to_owned()),
            path_prefix: Some(path_prefix.to_owned()),
            ..Self::on_any(action)
        }
    }

    /// A fault for the next request, whatever it is.
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

    /// The same for `count` requests.
    #[must_use]
    pub fn times(self, count: u32) -> Self {
        Self {
            count: Some(count),
            ..self
        }
    }

    /// The same after `count` requests have passed.
    #[must_use]
    pub fn after(self, count: u32) -> Self {
        Self {
            skip: count,
            ..self
        }
    }

    /// The same for every request, until the faults are cleared.
    #[must_use]
    pub fn endless(self) -> Self {
        Self {
            count: None,
            ..self
        }
    }

    fn meets(&self, subject: &FaultTarget<'_>) -> bool {
        let agrees = |wanted: &Option<String>, actual: Option<&str>| {
            wanted.is_none() || wanted.as_deref() == actual
        };
        agrees(&self.operation, subject.operation)
            && agrees(&self.method, Some(subject.method))
            && self
                .path_prefix
                .as_ref()
                .is_none_or(|prefix| subject.path.starts_with(prefix.as_str()))
    }
}

impl Faults {
    /// Adds a fault behind those in force.
    pub fn add(&self, fault: Fault) {
        self.lock().push(fault);
    }

    /// The same for a fault that comes from outside this process.
    ///
    /// # Errors
    /// `TooManyFaults` if it is one too many, or its body too large beside those in force.
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

    /// Ends every fault.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// The faults that have requests left to meet.
    #[must_use]
    pub fn list(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// What happens to a request: every delay and lag that meets it, up to the first fault that answers or closes.
    /// Each of them is counted.
    pub(super) fn take(&self, subject: &FaultTarget<'_>) -> Vec<FaultAction> {
        let mut faults = self.lock();
        let mut taken = Vec::new();
        for fault in faults.iter_mut() {
            if fault.count == Some(0) || !fault.meets(subject) {
                continue;
            }
            if let Some(skip) = fault.skip.checked_sub(1) {
                fault.skip = skip;
                continue;
            }
            fault.count = fault.count.map(|count| count - 1);
            taken.push(fault.action.clone());
            if fault.action.is_final() {
                break;
            }
        }
        faults.retain(|fault| fault.count != Some(0));
        taken
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
    fn there_is_an_end_to_what_faults_from_outside_take_up() {
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
    fn a_fault_lets_as_many_requests_pass_as_it_is_told() {
        let faults = Faults::default();
        let throttle = FaultAction::throttle("1 second");
        faults.add(
            Fault::on("CreateGrants", throttle.clone())
                .after(2)
                .times(2),
        );
        faults.add(Fault::on_any(FaultAction::Lag { reads: 1 }).after(1));
        let hits = |operation| {
            let actions = faults.take(&FaultTarget {
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
