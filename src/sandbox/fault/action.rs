//! What a fault does: errors, delays, lost connections, throttling, reads that lag behind writes, writes that are lost.
//!
//! A connection that is refused is no fault, because nobody is there to meet: stop the sandbox, and start another one on
//! the same port when it shall be reached again.

use std::time::Duration;

use axum::http::StatusCode;
use serde::de::Error;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::sandbox::consistency::ReadLag;

/// What lag of either sort is called in JSON.
const LAG: &str = "lag";

/// What a fault does to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    remote = "Self",
    tag = "kind",
    rename_all = "snake_case",
    deny_unknown_fields
)]
pub enum FaultAction {
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
        /// `Retry-After`; the real gateway documents none.
        #[serde(default)]
        retry_after: Option<RetryAfter>,
    },
    /// After each write of a resource or delegation, its first reads show what was there before.
    Lag {
        /// How many reads are late.
        reads: u32,
    },
    /// The service forgets what others write meanwhile: a write of grants goes by what was there when it began, and puts
    /// that in place of what is there when it ends.
    LoseUpdates {
        /// How long the service takes between the two; in JSON `wait_ms`.
        #[serde(rename = "wait_ms", with = "milliseconds")]
        wait: Duration,
    },
    /// Reads show what was there so long ago, ten minutes at most. In JSON a `lag` like the other, with `for_ms`.
    #[serde(rename = "lag_for")]
    LagFor {
        /// How long reads are behind.
        #[serde(rename = "for_ms", with = "milliseconds")]
        span: Duration,
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

/// `Retry-After` in either of its forms: in JSON `{"seconds": 7}` or `{"date_in_seconds": 7}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// That many seconds.
    Seconds(u32),
    /// The date that many seconds from now, by the clock that does not move.
    DateInSeconds(u32),
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

impl FaultAction {
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
            retry_after: None,
        }
    }

    /// The same after the effect; what has no other time, such as throttling and lag, stays as it is.
    #[must_use]
    pub fn after_effect(mut self) -> Self {
        if let Self::Answer { when, .. } | Self::Delay { when, .. } | Self::Drop { when } =
            &mut self
        {
            *when = When::AfterEffect;
        }
        self
    }

    /// Reads that show what was there so long ago.
    #[must_use]
    pub fn lag_for(span: Duration) -> Self {
        Self::LagFor { span }
    }

    /// How long a write takes that forgets those of others.
    pub(in crate::sandbox) fn lost_update_window(&self) -> Option<Duration> {
        match self {
            Self::LoseUpdates { wait } => Some(*wait),
            _ => None,
        }
    }

    /// How far it sets readers back.
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

    /// Where it strikes.
    pub(in crate::sandbox) fn when(&self) -> When {
        match self {
            Self::Answer { when, .. } | Self::Delay { when, .. } | Self::Drop { when } => *when,
            Self::Throttle { .. }
            | Self::Lag { .. }
            | Self::LagFor { .. }
            | Self::LoseUpdates { .. } => When::BeforeEffect,
        }
    }

    /// How much its text takes up.
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

    /// Whether nothing can follow it.
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

// Two variants are one `kind` in JSON, `lag`, told apart by their fields, which the derived forms cannot express.

impl Serialize for FaultAction {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::LagFor { span } => {
                let mut form = out.serialize_struct("Action", 2)?;
                form.serialize_field("kind", LAG)?;
                form.serialize_field("for_ms", &span.as_millis())?;
                form.end()
            }
            _ => Self::serialize(self, out),
        }
    }
}

impl<'de> Deserialize<'de> for FaultAction {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut form = Map::<String, Value>::deserialize(from)?;
        if form.contains_key("for_ms") && form.get("kind").is_some_and(|kind| kind == LAG) {
            form.insert("kind".to_owned(), "lag_for".into());
        }
        Self::deserialize(Value::Object(form)).map_err(D::Error::custom)
    }
}

/// A status as a number in JSON; an informational one is refused, because an answer must follow it.
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
            _ => Err(D::Error::custom("`status` must be 200 to 599")),
        }
    }
}

/// A duration as whole milliseconds in JSON.
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
