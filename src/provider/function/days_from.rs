//! `days_from`: the date a number of days after another date.

use jiff::Span;
use jiff::civil::Date;

use crate::framework::validate::whole_number;
use crate::framework::{Function, FunctionError, model};

/// The function.
#[derive(Debug)]
pub struct DaysFrom;

/// Number of days from the first date in the format `YYYY-MM-DD`, 0000-01-01, to the last, 9999-12-31.
const MAX_DAYS: i64 = 3_652_424;

model! {
    /// A date and a number of days.
    pub struct Parameters {
        /// Date in the format `YYYY-MM-DD`.
        #[attribute(required)]
        pub date: Date,
        /// Whole number of days to add. Negative for an earlier date.
        #[attribute(required, check(whole_number(-MAX_DAYS..=MAX_DAYS)))]
        pub n: i64,
    }
}

impl Function for DaysFrom {
    const NAME: &'static str = "days_from";
    const SUMMARY: &'static str =
        "Returns the date that is a number of days after or before another date.";
    const DESCRIPTION: &'static str = "Returns the date `n` days after `date`, in the format `YYYY-MM-DD` that \
        `validity_time` requires. The function does not use the current date, so the same arguments always return the same \
        date, and a plan does not change from day to day.";
    type Parameters = Parameters;
    type Output = Date;

    fn call(Parameters { date, n }: Parameters) -> Result<Date, FunctionError> {
        let days = Span::new().try_days(n).ok();
        let result = days.and_then(|days| date.checked_add(days).ok());
        // Earlier years have no four-digit form.
        result.filter(|result| result.year() >= 0).ok_or_else(|| {
            let text = format!(
                "the date {n} days from `{date}` is out of range. Dates range from `0000-01-01` to `9999-12-31`. For \
                 example, 90 days from `2027-01-31` is `2027-05-01`"
            );
            FunctionError::at("n", text)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days_from(date: &str, n: i64) -> Result<String, FunctionError> {
        let date = date.parse().unwrap();
        DaysFrom::call(Parameters { date, n }).map(|date| date.to_string())
    }

    #[test]
    fn days_are_added_across_months_years_and_leap_days() {
        for (date, n, expected) in [
            ("2027-01-31", 0, "2027-01-31"),
            ("2027-01-31", 1, "2027-02-01"),
            ("2027-01-31", 90, "2027-05-01"),
            ("2028-02-28", 1, "2028-02-29"),
            ("2027-02-28", 1, "2027-03-01"),
            ("2027-01-01", 365, "2028-01-01"),
            ("2028-01-01", 366, "2029-01-01"),
            ("2027-01-01", -1, "2026-12-31"),
            ("2000-03-01", -1, "2000-02-29"),
            ("1900-03-01", -1, "1900-02-28"),
            ("0000-01-01", MAX_DAYS, "9999-12-31"),
            ("9999-12-31", -MAX_DAYS, "0000-01-01"),
        ] {
            assert_eq!(days_from(date, n).as_deref(), Ok(expected), "{date} {n}");
        }
    }

    #[test]
    fn adding_and_subtracting_days_returns_the_first_date() {
        for n in [1, 30, 365, 1461, 36_524, 146_097] {
            let later = days_from("2027-03-01", n).unwrap();
            assert_eq!(days_from(&later, -n).as_deref(), Ok("2027-03-01"));
        }
    }

    #[test]
    fn a_result_without_four_digit_year_is_out_of_range() {
        for (date, n) in [
            ("9999-12-31", 1),
            ("0000-01-01", -1),
            ("2027-01-31", MAX_DAYS),
            ("2027-01-31", i64::MAX),
            ("2027-01-31", i64::MIN),
        ] {
            let error = days_from(date, n).unwrap_err();
            assert_eq!(error.parameter, Some("n"));
            assert!(error.text.contains("9999-12-31"), "{error}");
        }
    }
}
