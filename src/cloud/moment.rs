//! Times as the service sends them, and dates on which access ends.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

use crate::wire::Moment;

/// From this number on, a time counts milliseconds; below, seconds (which reach it in the year 5138).
const FIRST_MILLISECOND: u64 = 100_000_000_000;

/// The service's own zone, in which it may count days.
const SERVICE_OFFSET: Offset = jiff::tz::offset(8);

/// Reads a time in any form the service uses; `None` if it is none of them, because no read fails over a time stamp.
///
/// **Shape:** a number of seconds or milliseconds, also in a string; RFC 3339; `YYYY-MM-DD HH:MM:SS[.fff]` and
/// `YYYY-MM-DD`, both in UTC.
#[must_use]
pub fn timestamp(moment: &Moment) -> Option<Timestamp> {
    match moment {
        Moment::Number(number) => from_number(*number),
        Moment::Text(text) => from_text(text.trim()),
    }
}

fn from_number(number: i64) -> Option<Timestamp> {
    if number.unsigned_abs() >= FIRST_MILLISECOND {
        Timestamp::from_millisecond(number).ok()
    } else {
        Timestamp::from_second(number).ok()
    }
}

fn from_text(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse() {
        return from_number(number);
    }
    if let Ok(timestamp) = text.parse() {
        return Some(timestamp);
    }
    let civil: DateTime = text.parse().ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// The instant at which the service ends a grant, compared with the date somebody asked for.
///
/// The service is given a date and answers an instant, and nowhere says which instant of the day it takes, nor in
/// which zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Expiry(Timestamp);

impl Expiry {
    /// An end at this instant.
    #[must_use]
    pub fn new(ends_at: Timestamp) -> Self {
        Self(ends_at)
    }

    /// Whether the service may mean this date: in UTC or in UTC+08:00 the instant lies on it, or at the midnight
    /// that ends it.
    #[must_use]
    pub fn is_on(self, date: Date) -> bool {
        [Offset::UTC, SERVICE_OFFSET].into_iter().any(|offset| {
            let local = offset.to_datetime(self.0);
            let ends_day_before = local == local.date().to_datetime(jiff::civil::Time::midnight());
            local.date() == date
                || (ends_day_before && local.date().checked_sub(1.day()).ok() == Some(date))
        })
    }

    /// The date to show when it is not the one asked for: in UTC.
    #[must_use]
    pub fn date(self) -> Date {
        Offset::UTC.to_datetime(self.0).date()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_every_form_the_service_uses() {
        let text = |text: &str| Moment::Text(text.to_owned());
        for (moment, expected) in [
            (Moment::Number(1_667_983_044), Some("2022-11-09T08:37:24Z")),
            (
                Moment::Number(1_667_983_044_000),
                Some("2022-11-09T08:37:24Z"),
            ),
            (
                Moment::Number(1_667_983_044_500),
                Some("2022-11-09T08:37:24.5Z"),
            ),
            (Moment::Number(99_999_999_999), Some("5138-11-16T09:46:39Z")),
            (
                Moment::Number(100_000_000_000),
                Some("1973-03-03T09:46:40Z"),
            ),
            (Moment::Number(0), Some("1970-01-01T00:00:00Z")),
            (Moment::Number(-1), Some("1969-12-31T23:59:59Z")),
            (Moment::Number(i64::MAX), None),
            (Moment::Number(i64::MIN), None),
            (text("1667983044"), Some("2022-11-09T08:37:24Z")),
            (text("1667983044000"), Some("2022-11-09T08:37:24Z")),
            (text("2022-11-09 16:37:24"), Some("2022-11-09T16:37:24Z")),
            (
                text("2022-11-09 16:37:24.964"),
                Some("2022-11-09T16:37:24.964Z"),
            ),
            (text(" 2022-11-09 16:37:24 "), Some("2022-11-09T16:37:24Z")),
            (text("2022-11-09"), Some("2022-11-09T00:00:00Z")),
            (text("2022-11-09T16:37:24Z"), Some("2022-11-09T16:37:24Z")),
            (
                text("2022-11-09T16:37:24.701000Z"),
                Some("2022-11-09T16:37:24.701Z"),
            ),
            (
                text("2022-11-09T16:37:24+08:00"),
                Some("2022-11-09T08:37:24Z"),
            ),
            (text(""), None),
            (text("null"), None),
            (text("2022-02-30"), None),
            (text("tomorrow"), None),
        ] {
            let read = timestamp(&moment).map(|timestamp| timestamp.to_string());
            assert_eq!(read.as_deref(), expected, "{moment:?}");
        }
    }

    #[test]
    fn an_end_is_on_the_date_it_falls_on_or_ends_in_either_zone() {
        // Instant, the dates that it may mean, the date to show.
        for (instant, dates, shown) in [
            // Midnight at the start of the 31st in UTC, which is also the end of the 30th; 08:00 in UTC+08:00.
            (
                "2027-01-31T00:00:00Z",
                &["2027-01-30", "2027-01-31"][..],
                "2027-01-31",
            ),
            // Midnight at the start of the 31st in UTC+08:00.
            (
                "2027-01-30T16:00:00Z",
                &["2027-01-30", "2027-01-31"],
                "2027-01-30",
            ),
            // The last second of the 31st in UTC, already the 1st in UTC+08:00.
            (
                "2027-01-31T23:59:59Z",
                &["2027-01-31", "2027-02-01"],
                "2027-01-31",
            ),
            // The last second of the 31st in UTC+08:00.
            ("2027-01-31T15:59:59Z", &["2027-01-31"], "2027-01-31"),
            ("2027-01-31T00:00:00.001Z", &["2027-01-31"], "2027-01-31"),
            ("2027-01-31T12:00:00Z", &["2027-01-31"], "2027-01-31"),
            // Midnight at the end of the 31st, in a new month.
            (
                "2027-02-01T00:00:00Z",
                &["2027-01-31", "2027-02-01"],
                "2027-02-01",
            ),
        ] {
            let expiry = Expiry::new(instant.parse().expect("an instant"));
            for date in [
                "2027-01-29",
                "2027-01-30",
                "2027-01-31",
                "2027-02-01",
                "2027-02-02",
            ] {
                let is_on = expiry.is_on(date.parse().expect("a date"));
                assert_eq!(is_on, dates.contains(&date), "{instant} on {date}");
            }
            assert_eq!(expiry.date().to_string(), shown);
        }
    }
}
