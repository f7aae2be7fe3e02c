//! Attribute types for ids and dates.

use std::borrow::Cow;

use jiff::civil::Date;

use crate::cloud::{
    DomainId, GranteeId, InvalidId, KmsKeyId, KmsKeyName, ProjectId, Region, ResourceId, UserId,
};
use crate::framework::Text;
use crate::framework::schema::Problem;

/// Ids. Rules are stricter for configured ids than for ids that the service lists.
macro_rules! text {
    ($type:ident, $written:ident) => {
        impl Text for $type {
            fn parse(text: &str) -> Result<Self, Problem> {
                Self::new(text).map_err(refused)
            }

            fn parse_written(text: &str) -> Result<Self, Problem> {
                Self::$written(text).map_err(refused)
            }

            fn as_text(&self) -> Cow<'_, str> {
                Cow::Borrowed(self.as_str())
            }
        }
    };
}

text!(ProjectId, written);
text!(DomainId, written);
text!(ResourceId, written);
text!(GranteeId, written);
text!(UserId, written);
text!(KmsKeyId, written);
// Names may contain slashes.
text!(KmsKeyName, new);
text!(Region, new);

/// The problem of an attribute whose text is no id.
fn refused(invalid: InvalidId) -> Problem {
    Problem {
        summary: "Invalid value",
        detail: format!("The value {}.", invalid.problem()),
    }
}

/// Dates in the only format that the service accepts, `YYYY-MM-DD`. The parser would accept other ISO 8601 formats.
impl Text for Date {
    fn parse(text: &str) -> Result<Self, Problem> {
        let date = text.parse::<Self>().ok();
        date.filter(|date| text.len() == "YYYY-MM-DD".len() && date.to_string() == text)
            .ok_or_else(|| Problem {
                summary: "Invalid date",
                detail: format!(
                    "`{text}` is not a date in the format `YYYY-MM-DD`, such as `2027-01-31`."
                ),
            })
    }

    fn as_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_valid_yyyy_mm_dd_dates_are_parsed() {
        assert_eq!(
            Date::parse("2028-02-29"),
            Ok(jiff::civil::date(2028, 2, 29))
        );
        for text in [
            "2027-02-29",
            "2027-1-31",
            "20270131",
            "2027-01-31T00:00:00",
            "31.01.2027",
            "2027-01-31 ",
            "",
            "+002027-01-31",
            "-002027-01-31",
        ] {
            assert!(Date::parse(text).is_err(), "{text}");
        }
    }
}
