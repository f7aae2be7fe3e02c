//! Time stamps as services send them, and expiration dates.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

use crate::wire::RawTimestamp;

/// Numbers from here on are milliseconds, smaller ones seconds (which reach it in the year 5138).
const FIRST_MILLISECOND: u64 = 100_000_000_000;

/// The service's time zone, in which it may count days.
const SERVICE_OFFSET: Offset = jiff::tz::offset(8);

/// The first instant that can be an expiry: earlier than the service itself. Smaller numbers mean something else, such
/// as the days left or "no expiry".
const FIRST_PLAUSIBLE: Timestamp = Timestamp::constant(1_262_304_000, 0);

/// 9999-12-30T00:00:00Z: from here on, services mean "never", because later times cannot be represented.
const FIRST_UNREPRESENTABLE: Timestamp = Timestamp::constant(253_402_128_000, 0);

/// The same in seconds, and the two days after it, which would otherwise be read as milliseconds of 1978.
const UNREPRESENTABLE_SECONDS: std::ops::Range<i64> = 253_402_128_000..253_402_387_200;

/// The first date whose end may not be representable in one of the zones.
const FIRST_UNREPRESENTABLE_DATE: Date = jiff::civil::date(9999, 12, 29);

/// The length of `YYYY-MM-DD HH:MM:SS`.
const LENGTH_TO_SECONDS: usize = 19;

/// Characters kept of a time stamp that cannot be parsed.
const MAX_QUOTED_CHARS: usize = 64;

/// Parses a time stamp in any format that services use; `None` for any other text, because no read fails because of a
/// time stamp.
///
/// **Shape:** a number of seconds or milliseconds, also in a string; RFC 3339; `YYYY-MM-DD HH:MM:SS[.fff]` and
/// `YYYY-MM-DD`, both in UTC.
#[must_use]
pub fn timestamp(moment: &RawTimestamp) -> Option<Timestamp> {
    match ParsedTime::of(moment) {
        ParsedTime::At(timestamp) => Some(timestamp),
        ParsedTime::Nothing | ParsedTime::TooEarly | ParsedTime::TooLate | ParsedTime::NoTime => {
            None
        }
    }
}

/// A parsed time stamp.
enum ParsedTime {
    /// Empty, or `null`.
    Nothing,
    /// This instant.
    At(Timestamp),
    /// Too early to be represented.
    TooEarly,
    /// Too late to be represented.
    TooLate,
    /// Not a time stamp.
    NoTime,
}

impl ParsedTime {
    fn of(moment: &RawTimestamp) -> Self {
        match moment {
            RawTimestamp::Number(number) => Self::of_number(*number),
            RawTimestamp::Text(text) => Self::of_text(text.trim()),
            RawTimestamp::Other(value) => match value.as_f64() {
                // Integers too large for the type, and those written as `1.8e12`; the cast saturates.
                Some(float) if float.fract() == 0.0 => Self::of_number(float as i64),
                _ => Self::NoTime,
            },
        }
    }

    /// A number of seconds or milliseconds, by its size.
    fn of_number(number: i64) -> Self {
        if UNREPRESENTABLE_SECONDS.contains(&number) {
            return Self::TooLate;
        }
        let read = if number.unsigned_abs() >= FIRST_MILLISECOND {
            Timestamp::from_millisecond(number)
        } else {
            Timestamp::from_second(number)
        };
        match read {
            Ok(timestamp) => Self::At(timestamp),
            Err(_) if number < 0 => Self::TooEarly,
            Err(_) => Self::TooLate,
        }
    }

    /// A text: a number, a time with an offset, or a date or time without one, in UTC.
    fn of_text(text: &str) -> Self {
        if text.is_empty() || text == "null" {
            return Self::Nothing;
        }
        if let Ok(number) = text.parse() {
            return Self::of_number(number);
        }
        if let Ok(timestamp) = text.parse() {
            return Self::At(timestamp);
        }
        // A time stamp with an offset at the end of the year 9999 fails to parse above.
        let without_offset = text.get(..LENGTH_TO_SECONDS);
        let civil = text.parse::<DateTime>().ok();
        let at_the_end = || {
            let civil = without_offset?.parse::<DateTime>().ok()?;
            (civil.date() >= FIRST_UNREPRESENTABLE_DATE).then_some(civil)
        };
        let Some(civil) = civil.or_else(at_the_end) else {
            return Self::NoTime;
        };
        match civil.to_zoned_datetime(TimeZone::UTC) {
            Ok(zoned) => Self::At(zoned.timestamp()),
            Err(_) if civil.year() < 0 => Self::TooEarly,
            Err(_) => Self::TooLate,
        }
    }
}

/// The expiry of a grant as a response gives it. Only [`Expiry::At`] can equal a requested date.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Expiry {
    /// No expiry: the grant never expires, or the response does not say.
    #[default]
    None,
    /// At this instant.
    At(ExpiryInstant),
    /// At the end of the representable time, such as 9999-12-31: never.
    BeyondCalendar,
    /// Not a time stamp; at most 64 characters of it.
    NotUnderstood(String),
    /// A number or time too early to be an expiry, such as `0`, `-1` or a period of `30` days.
    Implausible(String),
}

impl Expiry {
    /// The expiry as a response gives it. An absent one and `null` are the same.
    #[must_use]
    pub fn from_moment(moment: Option<&RawTimestamp>) -> Self {
        let Some(moment) = moment else {
            return Self::None;
        };
        match ParsedTime::of(moment) {
            ParsedTime::Nothing => Self::None,
            ParsedTime::At(at) if at < FIRST_PLAUSIBLE => Self::Implausible(quote_raw(moment)),
            ParsedTime::TooEarly => Self::Implausible(quote_raw(moment)),
            ParsedTime::At(at) if at < FIRST_UNREPRESENTABLE => Self::At(ExpiryInstant(at)),
            ParsedTime::At(_) | ParsedTime::TooLate => Self::BeyondCalendar,
            ParsedTime::NoTime => Self::NotUnderstood(quote_raw(moment)),
        }
    }

    /// The instant, if there is one.
    #[must_use]
    pub fn instant(&self) -> Option<ExpiryInstant> {
        match self {
            Self::At(instant) => Some(*instant),
            Self::None | Self::BeyondCalendar | Self::NotUnderstood(_) | Self::Implausible(_) => {
                None
            }
        }
    }

    /// The date in UTC, if there is an instant.
    #[must_use]
    pub fn date(&self) -> Option<Date> {
        self.instant().map(ExpiryInstant::date)
    }

    /// Whether the service may mean this date.
    #[must_use]
    pub fn is_on(&self, date: Date) -> bool {
        match self {
            Self::At(instant) => instant.is_on(date),
            // Dates at the end of the year 9999 have no instant to compare with.
            Self::BeyondCalendar => date >= FIRST_UNREPRESENTABLE_DATE,
            Self::None | Self::NotUnderstood(_) | Self::Implausible(_) => false,
        }
    }

    /// The service's text, if it has one that does not say when the grant expires.
    #[must_use]
    pub fn unclear_text(&self) -> Option<&str> {
        match self {
            Self::NotUnderstood(text) | Self::Implausible(text) => Some(text),
            Self::None | Self::At(_) | Self::BeyondCalendar => None,
        }
    }
}

/// The raw text of a time stamp, on one line and shortened.
fn quote_raw(moment: &RawTimestamp) -> String {
    let text = match moment {
        RawTimestamp::Number(number) => number.to_string(),
        RawTimestamp::Text(text) => text.trim().to_owned(),
        RawTimestamp::Other(value) => value.to_string(),
    };
    let line = text
        .chars()
        .map(|each| if each.is_control() { ' ' } else { each });
    line.take(MAX_QUOTED_CHARS).collect()
}

/// The instant at which a grant expires, for comparison with the requested date.
///
/// Requests contain a date and responses an instant. The API reference does not say which instant of the day, or in
/// which time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExpiryInstant(Timestamp);

impl ExpiryInstant {
    /// An expiry at this instant.
    #[must_use]
    pub fn new(expires_at: Timestamp) -> Self {
        Self(expires_at)
    }

    /// The instant.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        self.0
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

    /// Whole days from an earlier instant to this one; negative if this one is earlier.
    #[must_use]
    pub fn days_after(self, earlier: Self) -> i64 {
        self.0.duration_since(earlier.0).as_hours() / 24
    }

    /// The date in UTC, to show if it is not the requested one.
    #[must_use]
    pub fn date(self) -> Date {
        Offset::UTC.to_datetime(self.0).date()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_parsed_in_every_format_of_the_service() {
        let text = |text: &str| RawTimestamp::Text(text.to_owned());
        for (moment, expected) in [
            (
                RawTimestamp::Number(1_667_983_044),
                Some("2022-11-09T08:37:24Z"),
            ),
            (
                RawTimestamp::Number(1_667_983_044_000),
                Some("2022-11-09T08:37:24Z"),
            ),
            (
                RawTimestamp::Number(1_667_983_044_500),
                Some("2022-11-09T08:37:24.5Z"),
            ),
            (
                RawTimestamp::Number(99_999_999_999),
                Some("5138-11-16T09:46:39Z"),
            ),
            (
                RawTimestamp::Number(100_000_000_000),
                Some("1973-03-03T09:46:40Z"),
            ),
            (RawTimestamp::Number(0), Some("1970-01-01T00:00:00Z")),
            (RawTimestamp::Number(-1), Some("1969-12-31T23:59:59Z")),
            (RawTimestamp::Number(i64::MAX), None),
            (RawTimestamp::Number(i64::MIN), None),
            (RawTimestamp::Number(253_402_214_400_000), None),
            (
                RawTimestamp::Other(serde_json::json!(1.667983044e12)),
                Some("2022-11-09T08:37:24Z"),
            ),
            (RawTimestamp::Other(serde_json::json!(0.5)), None),
            (RawTimestamp::Other(serde_json::json!(true)), None),
            (RawTimestamp::Other(serde_json::json!({})), None),
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
    fn only_plausible_dates_are_parsed_as_expiry() {
        let text = |text: &str| Some(RawTimestamp::Text(text.to_owned()));
        let number = |number| Some(RawTimestamp::Number(number));
        let other = |json| Some(RawTimestamp::Other(json));
        let at = |instant: &str| Expiry::At(ExpiryInstant::new(instant.parse().expect("a time")));
        let implausible = |text: &str| Expiry::Implausible(text.to_owned());
        let not_understood = |text: &str| Expiry::NotUnderstood(text.to_owned());
        for (moment, expected) in [
            (None, Expiry::None),
            (text(""), Expiry::None),
            (text(" "), Expiry::None),
            (text("null"), Expiry::None),
            (number(1_801_353_600_000), at("2027-01-31T00:00:00Z")),
            (number(1_801_353_600), at("2027-01-31T00:00:00Z")),
            (text("1801353600000"), at("2027-01-31T00:00:00Z")),
            (text("2027-01-31"), at("2027-01-31T00:00:00Z")),
            (text("2027-01-31 23:59:59"), at("2027-01-31T23:59:59Z")),
            (
                text("2027-01-31T00:00:00+08:00"),
                at("2027-01-30T16:00:00Z"),
            ),
            (
                other(serde_json::json!(1_801_353_600_000.0)),
                at("2027-01-31T00:00:00Z"),
            ),
            (text("2010-01-01"), at("2010-01-01T00:00:00Z")),
            (text("9999-12-29"), at("9999-12-29T00:00:00Z")),
            (number(253_402_214_400_000), Expiry::BeyondCalendar),
            (number(253_402_300_799_999), Expiry::BeyondCalendar),
            (text("253402214400000"), Expiry::BeyondCalendar),
            (number(253_402_214_400), Expiry::BeyondCalendar),
            (number(i64::MAX), Expiry::BeyondCalendar),
            (other(serde_json::json!(u64::MAX)), Expiry::BeyondCalendar),
            (text("9999-12-31"), Expiry::BeyondCalendar),
            (text("9999-12-31 23:59:59"), Expiry::BeyondCalendar),
            (text("9999-12-30T00:00:00Z"), Expiry::BeyondCalendar),
            (text("9999-12-31T23:59:59Z"), Expiry::BeyondCalendar),
            (
                text("9999-12-31T23:59:59.999+08:00"),
                Expiry::BeyondCalendar,
            ),
            (number(0), implausible("0")),
            (number(-1), implausible("-1")),
            (number(30), implausible("30")),
            (number(i64::MIN), implausible("-9223372036854775808")),
            (text("0"), implausible("0")),
            (text("30"), implausible("30")),
            (
                text("1970-01-01 00:00:00"),
                implausible("1970-01-01 00:00:00"),
            ),
            (
                text("0001-01-01T00:00:00Z"),
                implausible("0001-01-01T00:00:00Z"),
            ),
            (text("2009-12-31"), implausible("2009-12-31")),
            (text("30 days"), not_understood("30 days")),
            (text("never"), not_understood("never")),
            (text("2027-02-30"), not_understood("2027-02-30")),
            (text("so\u{1b}on"), not_understood("so on")),
            (other(serde_json::json!(true)), not_understood("true")),
            (other(serde_json::json!({})), not_understood("{}")),
            (other(serde_json::json!([1])), not_understood("[1]")),
            (other(serde_json::json!(0.5)), not_understood("0.5")),
        ] {
            assert_eq!(Expiry::from_moment(moment.as_ref()), expected, "{moment:?}");
        }
        let long = Expiry::from_moment(text(&"x".repeat(99)).as_ref());
        assert_eq!(long, not_understood(&"x".repeat(MAX_QUOTED_CHARS)));
    }

    #[test]
    fn an_expiry_that_is_not_a_date_matches_no_date() {
        let soon = "2027-01-31".parse().expect("a date");
        let last = Date::MAX;
        let at = ExpiryInstant::new("2027-01-31T00:00:00Z".parse().expect("a time"));
        for (expiry, is_soon, is_last) in [
            (Expiry::None, false, false),
            (Expiry::At(at), true, false),
            (Expiry::BeyondCalendar, false, true),
            (
                Expiry::NotUnderstood("2027-01-31!".to_owned()),
                false,
                false,
            ),
            (Expiry::Implausible("30".to_owned()), false, false),
        ] {
            assert_eq!(expiry.is_on(soon), is_soon, "{expiry:?}");
            assert_eq!(expiry.is_on(last), is_last, "{expiry:?}");
        }
    }

    #[test]
    fn an_expiry_matches_its_date_in_either_time_zone() {
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
            let expiry = ExpiryInstant::new(instant.parse().expect("an instant"));
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
