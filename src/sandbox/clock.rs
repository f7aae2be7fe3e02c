//! Two clocks: one that ticks, and a calendar that can be set ahead of it.
//!
//! Grants are stamped by the calendar, and end by it. Everything that belongs to the conversation goes by the clock
//! itself: tokens, signatures, temporary access keys, `Retry-After` and the times in the request log. So a move of the
//! calendar signs nobody out, and a client whose own clock stays where it was is not refused.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo, SpanRound, Timestamp, Unit};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error as ThisError;

/// Tells the time.
pub type TimeSource = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How far the calendar is ahead of the clock; behind it, if negative.
///
/// **Shape** as text: spans of weeks, days, hours and less, such as `+30d`, `-12h` or `1d 6h`; a day has 24 hours, and
/// months and years are refused. ISO 8601, `P30D`, is read too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockOffset(SignedDuration);

/// The text is no span of time.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("`{0}` is no span of days and hours such as `+30d` or `-12h`")]
pub struct InvalidClockOffset(String);

impl ClockOffset {
    /// The same and `by` more; no further than a duration reaches.
    #[must_use]
    pub(super) fn plus(self, by: SignedDuration) -> Self {
        Self(self.0.saturating_add(by))
    }

    /// How far, as a duration.
    #[must_use]
    pub fn duration(self) -> SignedDuration {
        self.0
    }

    /// What the calendar shows when the clock shows `now`; it ends with the year 9999.
    pub(super) fn calendar(self, now: Timestamp) -> Timestamp {
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
    /// In days, hours and less, as it can be read again.
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

/// The instant that much later; the last there is if it lies beyond.
pub(super) fn saturating_add(now: Timestamp, by: Duration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_read_in_every_spelling_and_shown_in_days_and_hours() {
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
    fn what_has_no_fixed_length_is_no_span() {
        for text in ["", "30", "tomorrow", "1 month", "1y"] {
            let error = text.parse::<ClockOffset>().unwrap_err();
            assert!(error.to_string().contains("+30d"), "{error}");
        }
    }

    #[test]
    fn the_calendar_stops_at_its_end() {
        let now: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
        let shown = |ahead: &str| ahead.parse::<ClockOffset>().unwrap().calendar(now);
        assert_eq!(shown("+1d").to_string(), "2026-01-06T09:00:00Z");
        assert_eq!(shown("+4000000d"), Timestamp::MAX);
        assert_eq!(shown("-7000000d"), Timestamp::MIN);
    }
}
