//! Actions of a fault: responses, delays, closed connections, throttling, stale reads, lost writes.
//!
//! There is no action that refuses connections. To test that, stop the sandbox and later start another one on the same port.

use std::time::Duration;

use axum::http::StatusCode;
use serde::de::Error;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::sandbox::consistency::ReadLag;

/// `kind` of both lags in JSON.
const LAG: &str = "lag";

/// What a fault does to a request.
///
/// **Shape** in JSON: an object with `kind` (`answer`, `delay`, `drop`, `throttle`, `lag`, `lose_updates`) and its fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    remote = "Self",
    tag = "kind",
    rename_all = "snake_case",
    deny_unknown_fields
)]
pub enum FaultAction {
    /// Returns a response.
    Answer {
        /// Status, 200 to 599.
        #[serde(with = "status")]
        status: StatusCode,
        /// Body.
        body: FaultBody,
        /// Before or after the request takes effect.
        #[serde(default)]
        when: When,
    },
    /// Delays the request or its response.
    Delay {
        /// How long; in JSON `delay_ms`.
        #[serde(rename = "delay_ms", with = "milliseconds")]
        delay: Duration,
        /// Before or after the request takes effect.
        #[serde(default)]
        when: When,
    },
    /// Closes the connection without a response.
    Drop {
        /// Before or after the request takes effect.
        #[serde(default)]
        when: When,
    },
    /// Returns the 429 of the gateway, before the request takes effect.
    Throttle {
        /// Limit of requests in the message.
        limit: u32,
        /// Window in the message: a number and a singular unit, such as `5 second` or `1 minute`.
        window: String,
        /// `Retry-After`, which the documentation of the real gateway does not mention.
        #[serde(default)]
        retry_after: Option<RetryAfter>,
    },
    /// The first reads of a resource or delegation after each write show the state before the write.
    Lag {
        /// Number of stale reads after each write.
        reads: u32,
    },
    /// The service loses concurrent updates: a write of grants starts from the grants at the time when it began, and replaces
    /// the grants at the time when it ends.
    LoseUpdates {
        /// Duration of a write; in JSON `wait_ms`.
        #[serde(rename = "wait_ms", with = "milliseconds")]
        wait: Duration,
    },
    /// Reads show the state as it was this long ago, at most ten minutes. In JSON `kind` is `lag` here too, with `for_ms`.
    #[serde(rename = "lag_for")]
    LagFor {
        /// Staleness of reads.
        #[serde(rename = "for_ms", with = "milliseconds")]
        span: Duration,
    },
}

/// Body of a response that a fault returns: in JSON an object with `code` and `message`, or a string.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum FaultBody {
    /// An error body: the gateway's for codes `APIGW.*` and `APIG.*`, otherwise the services'.
    Envelope {
        /// Error code.
        code: String,
        /// Message.
        message: String,
    },
    /// Exactly this text, sent as JSON if it is JSON, otherwise as HTML; may be empty.
    Raw(String),
}

/// Value of `Retry-After`, a number or a date: in JSON `{"seconds": 7}` or `{"date_in_seconds": 7}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// A number of seconds.
    Seconds(u32),
    /// The date this many seconds from now, by the system clock.
    DateInSeconds(u32),
}

/// When a fault applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Before the request takes effect.
    #[default]
    BeforeEffect,
    /// After the request has taken effect, which the client cannot know.
    AfterEffect,
}

impl FaultAction {
    /// An error with this code and message, before the request takes effect.
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

    /// A response with exactly this body, before the request takes effect.
    #[must_use]
    pub fn raw(status: StatusCode, body: &str) -> Self {
        Self::Answer {
            status,
            body: FaultBody::Raw(body.to_owned()),
            when: When::BeforeEffect,
        }
    }

    /// Throttling by the gateway with a limit of 200; `window` as in the message, such as `5 second` or `1 minute`.
    #[must_use]
    pub fn throttle(window: &str) -> Self {
        Self::Throttle {
            limit: 200,
            window: window.to_owned(),
            retry_after: None,
        }
    }

    /// The same after the request has taken effect; throttling, lags and lost updates are unchanged.
    #[must_use]
    pub fn after_effect(mut self) -> Self {
        if let Self::Answer { when, .. } | Self::Delay { when, .. } | Self::Drop { when } =
            &mut self
        {
            *when = When::AfterEffect;
        }
        self
    }

    /// Reads that are this stale.
    #[must_use]
    pub fn lag_for(span: Duration) -> Self {
        Self::LagFor { span }
    }

    /// How long a write takes that loses concurrent updates; none for other actions.
    pub(in crate::sandbox) fn lost_update_window(&self) -> Option<Duration> {
        match self {
            Self::LoseUpdates { wait } => Some(*wait),
            _ => None,
        }
    }

    /// The lag of reads; none for other actions.
    pub(in crate::sandbox) fn lag(&self) -> ReadLag {
        match self {
            Self::Lag { reads } => ReadLag {
                reads: *reads,
                ..ReadLag::default()
            },
            Self::LagFor { span } => ReadLag {
                span: *span,
                ..ReadLag::default()
            },
            _ => ReadLag::default(),
        }
    }

    /// When it applies.
    pub(in crate::sandbox) fn when(&self) -> When {
        match self {
            Self::Answer { when, .. } | Self::Delay { when, .. } | Self::Drop { when } => *when,
            Self::Throttle { .. }
            | Self::Lag { .. }
            | Self::LagFor { .. }
            | Self::LoseUpdates { .. } => When::BeforeEffect,
        }
    }

    /// Size of its text in bytes.
    pub(in crate::sandbox) fn body_bytes(&self) -> usize {
        match self {
            Self::Answer { body, .. } => match body {
                FaultBody::Envelope { code, message } => code.len() + message.len(),
                FaultBody::Raw(body) => body.len(),
            },
            Self::Throttle { window, .. } => window.len(),
            Self::Delay { .. }
            | Self::Drop { .. }
            | Self::Lag { .. }
            | Self::LagFor { .. }
            | Self::LoseUpdates { .. } => 0,
        }
    }

    /// Whether it ends the request, so that no other fault follows.
    pub(in crate::sandbox) fn is_final(&self) -> bool {
        match self {
            Self::Answer { .. } | Self::Drop { .. } | Self::Throttle { .. } => true,
            Self::Delay { .. }
            | Self::Lag { .. }
            | Self::LagFor { .. }
            | Self::LoseUpdates { .. } => false,
        }
    }
}

// `Lag` and `LagFor` share one `kind` in JSON and differ in their fields, which derived implementations cannot express.

impl Serialize for FaultAction {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::LagFor { span } => {
                let mut object = out.serialize_struct("Action", 2)?;
                object.serialize_field("kind", LAG)?;
                object.serialize_field("for_ms", &span.as_millis())?;
                object.end()
            }
            _ => Self::serialize(self, out),
        }
    }
}

impl<'de> Deserialize<'de> for FaultAction {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut object = Map::<String, Value>::deserialize(from)?;
        if object.contains_key("for_ms") && object.get("kind").is_some_and(|kind| kind == LAG) {
            object.insert("kind".to_owned(), "lag_for".into());
        }
        Self::deserialize(Value::Object(object)).map_err(D::Error::custom)
    }
}

/// A status as a number in JSON; informational ones are errors, because they are not final responses.
mod status {
    use axum::http::StatusCode;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::sandbox) fn serialize<S: Serializer>(
        status: &StatusCode,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        out.serialize_u16(status.as_u16())
    }

    pub(in crate::sandbox) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<StatusCode, D::Error> {
        let status = u16::deserialize(from)?;
        match StatusCode::from_u16(status) {
            Ok(status) if (200..600).contains(&status.as_u16()) => Ok(status),
            _ => Err(D::Error::custom("`status` must be between 200 and 599")),
        }
    }
}

/// A duration in milliseconds in JSON.
mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(in crate::sandbox) fn serialize<S: Serializer>(
        delay: &Duration,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        delay.as_millis().serialize(out)
    }

    pub(in crate::sandbox) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_millis)
    }
}
