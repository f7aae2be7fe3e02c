//! The clock of the sandbox: the system clock and an offset that can be changed.
//!
//! Grants are created and expire by the clock with the offset. Tokens, signatures, temporary access keys, `Retry-After` and the
//! request log use the system clock, so that a changed offset neither expires credentials nor rejects signatures of clients
//! whose clock has not changed.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo, SpanRound, Timestamp, Unit};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error as ThisError;

/// Source of the system time; tests replace it.
pub type TimeSource = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Offset of the sandbox's clock from the system clock; negative if it is behind.
///
/// **Shape** as text: weeks, days, hours and smaller units, such as `+30d`, `-12h` or `1d 6h`; a day has 24 hours, and months
/// and years are errors. ISO 8601 (`P30D`) is read too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockOffset(SignedDuration);

/// The text is not an offset.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("invalid clock offset `{0}`; expected days or hours, such as `+30d` or `-12h`")]
pub struct InvalidClockOffset(String);

impl ClockOffset {
    /// This offset plus `by`; saturates.
    #[must_use]
    pub(super) fn plus(self, by: SignedDuration) -> Self {
        Self(self.0.saturating_add(by))
    }

    /// The offset as a duration.
    #[must_use]
    pub fn duration(self) -> SignedDuration {
        self.0
    }

    /// The time of the sandbox's clock at the system time `now`; saturates at the years -9999 and 9999.
    pub(super) fn apply(self, now: Timestamp) -> Timestamp {
        let end = if self.0.is_negative() {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        };
        now.checked_add(self.0).unwrap_or(end)
    }
}

impl From<SignedDuration> for ClockOffset {
    fn from(duration: SignedDuration) -> Self {
        Self(duration)
    }
}

impl FromStr for ClockOffset {
    type Err = InvalidClockOffset;

    fn from_str(text: &str) -> Result<Self, InvalidClockOffset> {
        let span = text.trim().parse::<Span>();
        let duration = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
        duration
            .map(Self)
            .map_err(|_| InvalidClockOffset(format!("{text:.64}")))
    }
}

impl fmt::Display for ClockOffset {
    /// In days, hours and smaller units, as `FromStr` reads it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = SpanRound::new().largest(Unit::Day).days_are_24_hours();
        match Span::try_from(self.0).and_then(|span| span.round(days)) {
            Ok(span) => write!(out, "{span:#}"),
            Err(_) => write!(out, "{:#}", self.0),
        }
    }
}

impl Serialize for ClockOffset {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClockOffset {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// `now` plus `by`; saturates at the year 9999.
pub(super) fn saturating_add(now: Timestamp, by: Duration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_parse_in_every_spelling_and_print_days_and_hours() {
        for (text, hours, shown) in [
            ("+30d", 720, "30d"),
            ("30d", 720, "30d"),
            (" 1d 6h ", 30, "1d 6h"),
            ("36h", 36, "1d 12h"),
            ("-12h", -12, "12h ago"),
            ("12h ago", -12, "12h ago"),
            ("1w", 168, "7d"),
            ("P30D", 720, "30d"),
            ("0d", 0, "0s"),
        ] {
            let ahead: ClockOffset = text.parse().unwrap();
            assert_eq!(ahead.duration(), SignedDuration::from_hours(hours));
            assert_eq!(ahead.to_string(), shown);
            assert_eq!(shown.parse(), Ok(ahead));
        }
    }

    #[test]
    fn invalid_offsets_and_variable_length_units_are_rejected() {
        for text in ["", "30", "tomorrow", "1 month", "1y"] {
            let error = text.parse::<ClockOffset>().unwrap_err();
            assert!(error.to_string().contains("+30d"), "{error}");
        }
    }

    #[test]
    fn the_clock_saturates_at_its_limits() {
        let now: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
        let shown = |ahead: &str| ahead.parse::<ClockOffset>().unwrap().apply(now);
        assert_eq!(shown("+1d").to_string(), "2026-01-06T09:00:00Z");
        assert_eq!(shown("+4000000d"), Timestamp::MAX);
        assert_eq!(shown("-7000000d"), Timestamp::MIN);
    }
}
