//! Rules for texts that several resources share.

use jiff::civil::Date;

use crate::cloud::InvalidId;
use crate::framework::schema::{Check, Problem};
use crate::framework::validate::check_text;

/// Texts that an id can be made of.
pub(super) fn id<T>(
    parse: impl Fn(String) -> Result<T, InvalidId> + Send + Sync + 'static,
) -> Check {
    check_text(move |text| parse(text.to_owned()).map(|_| ()).map_err(refused))
}

/// The same, or an empty text, which stands for none.
pub(super) fn id_if_set<T>(
    parse: impl Fn(String) -> Result<T, InvalidId> + Send + Sync + 'static,
) -> Check {
    check_text(move |text| match text {
        "" => Ok(()),
        text => parse(text.to_owned()).map(|_| ()).map_err(refused),
    })
}

fn refused(invalid: InvalidId) -> Problem {
    Problem {
        summary: "Invalid value",
        detail: format!("The value {}.", invalid.problem()),
    }
}

/// Reads a date in the one form allowed, `YYYY-MM-DD`.
pub(super) fn date(text: &str) -> Option<Date> {
    // The parser takes further forms of ISO 8601; the service takes one.
    text.parse::<Date>()
        .ok()
        .filter(|date| date.to_string() == text)
}

/// Dates in the form `YYYY-MM-DD`.
pub(super) fn is_date() -> Check {
    check_text(|text| {
        date(text).map(|_| ()).ok_or_else(|| Problem {
            summary: "Invalid date",
            detail: format!("`{text}` is not a date of the calendar in the form `YYYY-MM-DD`, such as `2027-01-31`."),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dates_of_the_calendar_in_the_one_form_are_read() {
        assert_eq!(date("2028-02-29"), Some(jiff::civil::date(2028, 2, 29)));
        for text in [
            "2027-02-29",
            "2027-1-31",
            "20270131",
            "2027-01-31T00:00:00",
            "31.01.2027",
            "2027-01-31 ",
            "",
            "+002027-01-31",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
