//! Where a day stands on the time line: pure arithmetic, in parts of the whole width.
//!
//! The plan's day and those 7, 30 and 90 days on stand at the same places in every report, with equal space between them:
//! so a near date, which matters most, is exact to the day, and two reports can be compared side by side.
//! Between them a day is as wide as the next. What is past, and what is later than 90 days, is drawn by the logarithm of
//! the days, so that an end in the year 9999 does not press the coming months into one line.

use jiff::civil::Date;

use super::super::grant::Expiry;

/// Where the earliest end that has passed stands: not at the edge, so that its bar can be seen.
const EARLIEST: f64 = 0.02;

/// Days counted from that of the plan, and where they stand.
const STOPS: [(i32, f64); 4] = [(0, 0.1), (7, 0.29), (30, 0.48), (90, 0.67)];

/// Where the plan's day and the last of the stops stand.
const TODAY: f64 = 0.1;
const LAST_STOP: f64 = 0.67;

/// Days from that of the plan to the last of the stops.
const LAST_STOP_DAYS: i32 = 90;

/// Where the farthest end stands, if it is later than the last of the stops. What is beyond has no end.
const FARTHEST: f64 = 0.86;

/// The right edge.
const EDGE: f64 = 1.0;

/// The axis of one report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    today: Date,
    /// The earliest expiry, or the plan's day if none has passed.
    earliest: Date,
    /// The latest expiry, or the plan's day if none is later.
    farthest: Date,
}

/// A day that is marked on the axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tick {
    /// How many days after the plan's; `None` for the farthest end.
    pub(super) days: Option<i32>,
    /// The day.
    pub(super) on: Date,
    /// Where it stands.
    pub(super) at: f64,
}

/// What is drawn for one grant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bar {
    /// The bounds of the access that Terraform manages afterwards.
    pub(super) access: (f64, f64),
    /// How the right end of it is meant.
    pub(super) close: Close,
    /// The bounds of the access that is revoked.
    pub(super) revoked: Option<(f64, f64)>,
    /// The previous expiry, if it is later now or unknown.
    pub(super) previous: Option<f64>,
}

/// What is at the right end of a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Close {
    /// The end.
    End,
    /// An expiry before the day of the plan.
    Past,
    /// It never expires.
    Open,
    /// It is unknown.
    Unknown,
    /// The plan revokes access.
    Lost,
}

impl Scale {
    /// The axis from the day of the plan that covers all these expiries.
    pub(super) fn new(today: Date, ends: impl IntoIterator<Item = Date>) -> Self {
        let mut scale = Self {
            today,
            earliest: today,
            farthest: today,
        };
        for end in ends {
            scale.earliest = scale.earliest.min(end);
            scale.farthest = scale.farthest.max(end);
        }
        scale
    }

    /// The plan's day.
    pub(super) fn today(&self) -> Date {
        self.today
    }

    /// Where a day stands, from 0.0 at the left to 1.0 at the right.
    pub(super) fn position(&self, day: Date) -> f64 {
        let days = self.days(day);
        if days < 0 {
            let part = logarithm(1 - days) / logarithm(1 - self.days(self.earliest));
            return TODAY - (TODAY - EARLIEST) * part;
        }
        let pairs = STOPS.iter().zip(STOPS.iter().skip(1));
        for ((from, from_place), (to, to_place)) in pairs {
            if days <= *to {
                let part = f64::from(days - from) / f64::from(to - from);
                return from_place + (to_place - from_place) * part;
            }
        }
        let last = logarithm(LAST_STOP_DAYS);
        let part = (logarithm(days) - last) / (logarithm(self.days(self.farthest)) - last);
        LAST_STOP + (FARTHEST - LAST_STOP) * part
    }

    /// The days that are marked, from left to right.
    pub(super) fn ticks(&self) -> Vec<Tick> {
        let stops = STOPS.iter().filter_map(|(days, at)| {
            // Dates are limited to the year 9999.
            let on = self.today.checked_add(jiff::Span::new().days(*days)).ok()?;
            let (days, at) = (Some(*days), *at);
            Some(Tick { days, on, at })
        });
        let mut ticks: Vec<Tick> = stops.collect();
        if self.days(self.farthest) > LAST_STOP_DAYS {
            ticks.push(Tick {
                days: None,
                on: self.farthest,
                at: FARTHEST,
            });
        }
        ticks
    }

    /// The bar of a grant with these expiries; `None` where there is no grant.
    pub(super) fn bar(&self, before: Option<Expiry>, after: Option<Expiry>) -> Bar {
        let previous = before.and_then(|end| match end {
            Expiry::On(day) => Some(self.position(day)),
            Expiry::Never => Some(EDGE),
            Expiry::Unknown | Expiry::Sensitive => None,
        });
        let (access, close) = match after {
            None => ((TODAY, TODAY), Close::Lost),
            Some(Expiry::On(day)) if day < self.today => ((0.0, self.position(day)), Close::Past),
            Some(Expiry::On(day)) => ((TODAY, self.position(day)), Close::End),
            Some(Expiry::Never) => ((TODAY, EDGE), Close::Open),
            Some(Expiry::Unknown | Expiry::Sensitive) => ((TODAY, EDGE), Close::Unknown),
        };
        let is_shown = close != Close::Unknown;
        let revoked = previous.filter(|position| is_shown && *position > access.1);
        let kept =
            previous.filter(|position| before != after && revoked.is_none() && *position < EDGE);
        Bar {
            access,
            close,
            // What had ended already is not revoked away by this plan.
            revoked: revoked
                .map(|position| (access.1.max(TODAY), position))
                .filter(|(from, to)| from < to),
            previous: kept,
        }
    }

    /// Days since that of the plan; negative before it.
    fn days(&self, day: Date) -> i32 {
        (day - self.today).get_days()
    }
}

/// The natural logarithm. Its base does not matter, because only ratios are used.
fn logarithm(days: i32) -> f64 {
    f64::from(days).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn scale(ends: &[&str]) -> Scale {
        Scale::new(day("2026-12-01"), ends.iter().map(|end| day(end)))
    }

    #[track_caller]
    fn check(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() < 0.000_5,
            "{found}, not {expected}"
        );
    }

    #[test]
    fn near_dates_are_spaced_linearly_and_far_dates_logarithmically() {
        let scale = scale(&["2026-11-01", "2027-12-01"]);
        for (on, position) in [
            ("2026-11-01", 0.02),
            // ln 16 / ln 31 of the way back.
            ("2026-11-16", 0.035_4),
            ("2026-11-30", 0.083_9),
            ("2026-12-01", 0.1),
            ("2026-12-02", 0.127_1),
            ("2026-12-08", 0.29),
            ("2026-12-09", 0.298_3),
            ("2026-12-31", 0.48),
            ("2027-01-01", 0.483_2),
            ("2027-03-01", 0.67),
            ("2027-03-02", 0.671_5),
            // ln 2 / ln (365 / 90) of the rest.
            ("2027-05-30", 0.764_1),
            ("2027-12-01", 0.86),
        ] {
            check(scale.position(day(on)), position);
        }
    }

    #[test]
    fn later_dates_are_always_further_right() {
        for ends in [
            &["2026-01-01", "9999-12-31"][..],
            &["2026-11-30", "2027-03-02"],
        ] {
            let scale = scale(ends);
            let (mut on, last) = (scale.earliest, scale.farthest.min(day("2037-01-01")));
            let mut position = 0.0;
            while on < last {
                assert!(scale.position(on) > position, "{on}");
                position = scale.position(on);
                on = on.tomorrow().unwrap();
            }
            assert!(scale.position(scale.farthest) <= FARTHEST + 1e-9);
        }
    }

    #[test]
    fn the_farthest_expiry_has_a_tick_if_beyond_the_last_term() {
        for (ends, days, last) in [
            (&[][..], 4, "2027-03-01"),
            (&["2027-03-01"], 4, "2027-03-01"),
            (&["2027-03-02"], 5, "2027-03-02"),
            (&["9999-12-31", "2026-12-05"], 5, "9999-12-31"),
        ] {
            let scale = scale(ends);
            let ticks = scale.ticks();
            assert_eq!(ticks.len(), days, "{ends:?}");
            assert_eq!(ticks.last().unwrap().on, day(last), "{ends:?}");
            for tick in ticks {
                check(scale.position(tick.on), tick.at);
            }
        }
        assert_eq!(Scale::new(Date::MAX, []).ticks().len(), 1);
    }

    #[test]
    fn a_bar_shows_access_revocation_and_previous_expiry() {
        let scale = scale(&["2026-11-01", "2027-12-01"]);
        let on = |text| Some(Expiry::On(day(text)));
        let (never, unknown) = (Some(Expiry::Never), Some(Expiry::Unknown));
        let (past, week, month) = (on("2026-11-01"), on("2026-12-08"), on("2026-12-31"));
        for (before, after, access, close, revoked, previous) in [
            // Gained.
            (None, week, (0.1, 0.29), Close::End, None, None),
            (None, never, (0.1, 1.0), Close::Open, None, None),
            (None, unknown, (0.1, 1.0), Close::Unknown, None, None),
            // As before.
            (week, week, (0.1, 0.29), Close::End, None, None),
            (never, never, (0.1, 1.0), Close::Open, None, None),
            (past, past, (0.0, 0.02), Close::Past, None, None),
            (unknown, unknown, (0.1, 1.0), Close::Unknown, None, None),
            // Longer.
            (week, month, (0.1, 0.48), Close::End, None, Some(0.29)),
            (past, month, (0.1, 0.48), Close::End, None, Some(0.02)),
            (week, never, (0.1, 1.0), Close::Open, None, Some(0.29)),
            // Shorter.
            (
                month,
                week,
                (0.1, 0.29),
                Close::End,
                Some((0.29, 0.48)),
                None,
            ),
            (
                never,
                week,
                (0.1, 0.29),
                Close::End,
                Some((0.29, 1.0)),
                None,
            ),
            (
                never,
                past,
                (0.0, 0.02),
                Close::Past,
                Some((0.1, 1.0)),
                None,
            ),
            // Lost.
            (week, None, (0.1, 0.1), Close::Lost, Some((0.1, 0.29)), None),
            (never, None, (0.1, 0.1), Close::Lost, Some((0.1, 1.0)), None),
            (past, None, (0.1, 0.1), Close::Lost, None, Some(0.02)),
            (unknown, None, (0.1, 0.1), Close::Lost, None, None),
            // Unknown.
            (week, unknown, (0.1, 1.0), Close::Unknown, None, Some(0.29)),
            (never, unknown, (0.1, 1.0), Close::Unknown, None, None),
            (unknown, week, (0.1, 0.29), Close::End, None, None),
        ] {
            let bar = scale.bar(before, after);
            let case = format!("{before:?} to {after:?}: {bar:?}");
            let is_near = |one: f64, other: f64| (one - other).abs() < 1e-9;
            assert!(
                is_near(bar.access.0, access.0) && is_near(bar.access.1, access.1),
                "{case}"
            );
            assert_eq!(bar.close, close, "{case}");
            assert_eq!(bar.revoked.is_some(), revoked.is_some(), "{case}");
            if let (Some(found), Some(expected)) = (bar.revoked, revoked) {
                assert!(
                    is_near(found.0, expected.0) && is_near(found.1, expected.1),
                    "{case}"
                );
            }
            assert_eq!(bar.previous.is_some(), previous.is_some(), "{case}");
            if let (Some(found), Some(expected)) = (bar.previous, previous) {
                assert!(is_near(found, expected), "{case}");
            }
        }
    }
}
