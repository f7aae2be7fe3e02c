//! Misbehaviour on request: errors, delays, lost connections, throttling, reads that lag behind writes.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

/// What shall go wrong, for which requests, and how often.
///
/// **Shape** in JSON: `{"operation": "CreateGrants", "count": 2, "action": {"kind": "drop", "when": "after_effect"}}`.
/// `operation`, `method` and `path_prefix` narrow the requests down; one that is absent matches every request. `count`
/// is 1 when absent and endless when null.
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
    /// How many more requests it meets; none means every one.
    #[serde(default = "once")]
    pub count: Option<u32>,
    /// What happens to them.
    pub action: Action,
}

/// What a fault does to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Answers something else.
    Answer {
        /// Status, 200 to 599.
        #[serde(with = "status")]
        status: StatusCode,
        /// The body.
        body: FaultBody,
        /// Whether the request has had its effect.
        #[serde(default)]
        when: When,
    },
    /// Waits, then goes on.
    Delay {
        /// How long; in JSON `delay_ms`.
        #[serde(rename = "delay_ms", with = "milliseconds")]
        delay: Duration,
        /// Whether the effect comes before the wait.
        #[serde(default)]
        when: When,
    },
    /// Closes the connection without an answer.
    Drop {
        /// Whether the request has had its effect.
        #[serde(default)]
        when: When,
    },
    /// Answers 429 in the gateway's form, before any effect.
    Throttle {
        /// Calls allowed, as the message tells them.
        limit: u32,
        /// Window, as the message tells it: a number and a singular unit, `5 second`, `1 minute`.
        window: String,
        /// `Retry-After` in seconds; the real gateway documents none.
        #[serde(default)]
        retry_after_seconds: Option<u32>,
    },
    /// After each write of a resource or delegation, its first reads show what was there before.
    Lag {
        /// How many reads are late.
        reads: u32,
    },
}

/// The body of a forced answer: in JSON an object with `code` and `message`, or a string.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum FaultBody {
    /// The form that goes with the code: the gateway's for `APIGW.*`, else the services'.
    Envelope {
        /// Error code.
        code: String,
        /// Message.
        message: String,
    },
    /// These characters, as JSON if they are JSON, else as HTML; may be empty.
    Raw(String),
}

/// Where a fault strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// The request has no effect, or not yet.
    #[default]
    BeforeEffect,
    /// The request has had its effect: the caller cannot know.
    AfterEffect,
}

/// What faults are matched against.
pub(super) struct Subject<'a> {
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
    pub fn on(operation: &str, action: Action) -> Self {
        Self {
            operation: Some(operation.to_owned()),
            ..Self::on_any(action)
        }
    }

    /// A fault for the next request of a method whose path begins so.
    #[must_use]
    pub fn on_path(method: &str, path_prefix: &str, action: Action) -> Self {
        Self {
            method: Some(method.to_owned()),
            path_prefix: Some(path_prefix.to_owned()),
            ..Self::on_any(action)
        }
    }

    /// A fault for the next request, whatever it is.
    #[must_use]
    pub fn on_any(action: Action) -> Self {
        Self {
            operation: None,
            method: None,
            path_prefix: None,
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

    /// The same for every request, until the faults are cleared.
    #[must_use]
    pub fn endless(self) -> Self {
        Self {
            count: None,
            ..self
        }
    }

    fn meets(&self, subject: &Subject<'_>) -> bool {
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

impl Action {
    /// An error with code and message in the form that goes with the code, before any effect.
    #[must_use]
    pub fn error(status: StatusCode, code: &str, message: &str) -> Self {
        Self::Answer {
            status,
            body: FaultBody::Envelope {
                code: code.to_owned(),
                message: message.to_owned(),
            },
            when: When::BeforeEffect,
        }
    }

    /// An answer with exactly this body, before any effect.
    #[must_use]
    pub fn raw(status: StatusCode, body: &str) -> Self {
        Self::Answer {
            status,
            body: FaultBody::Raw(body.to_owned()),
            when: When::BeforeEffect,
        }
    }

    /// The gateway's throttling, `window` as the message spells it: `5 second`, `1 minute`.
    #[must_use]
    pub fn throttle(window: &str) -> Self {
        Self::Throttle {
            limit: 200,
            window: window.to_owned(),
            retry_after_seconds: None,
        }
    }

    /// The same after the effect; what has no other time, throttling and lag, stays as it is.
    #[must_use]
    pub fn after_effect(mut self) -> Self {
        if let Self::Answer { when, .. } | Self::Delay { when, .. } | Self::Drop { when } =
            &mut self
        {
            *when = When::AfterEffect;
        }
        self
    }

    /// Where it strikes.
    pub(super) fn when(&self) -> When {
        match self {
            Self::Answer { when, .. } | Self::Delay { when, .. } | Self::Drop { when } => *when,
            Self::Throttle { .. } | Self::Lag { .. } => When::BeforeEffect,
        }
    }

    /// Whether nothing can follow it.
    fn is_final(&self) -> bool {
        match self {
            Self::Answer { .. } | Self::Drop { .. } | Self::Throttle { .. } => true,
            Self::Delay { .. } | Self::Lag { .. } => false,
        }
    }
}

impl Faults {
    /// Adds a fault behind those in force.
    pub fn add(&self, fault: Fault) {
        self.lock().push(fault);
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
    pub(super) fn take(&self, subject: &Subject<'_>) -> Vec<Action> {
        let mut faults = self.lock();
        let mut taken = Vec::new();
        for fault in faults.iter_mut() {
            if fault.count == Some(0) || !fault.meets(subject) {
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

/// A status as a number in JSON; an informational one is refused, because an answer must follow it.
mod status {
    use axum::http::StatusCode;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(status: &StatusCode, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_u16(status.as_u16())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<StatusCode, D::Error> {
        let status = u16::deserialize(from)?;
        match StatusCode::from_u16(status) {
            Ok(status) if (200..600).contains(&status.as_u16()) => Ok(status),
            _ => Err(D::Error::custom("`status` must be 200 to 599")),
        }
    }
}

/// A duration as whole milliseconds in JSON.
mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(delay: &Duration, out: S) -> Result<S::Ok, S::Error> {
        delay.as_millis().serialize(out)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_millis)
    }
}
