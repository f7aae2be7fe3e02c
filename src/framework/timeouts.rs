//! Durations of a `timeouts` block.
//!
//! The framework does not declare the block. A resource declares it as a model of its own, with fields of type
//! `Field<GoDuration>`, under the name [`NAME`].

use std::borrow::Cow;
use std::time::Duration;

use jiff::SignedDuration;

use super::field::Text;
use super::schema::Problem;

/// Name of the block, by Terraform's convention.
pub const NAME: &str = "timeouts";

/// A duration above zero in Go's syntax, the convention of Terraform providers: `90s`, `5m`, `1h30m`, `1.5h`. It keeps
/// the original text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoDuration {
    text: String,
    duration: Duration,
}

impl GoDuration {
    /// The duration.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.duration
    }
}

impl Text for GoDuration {
    fn parse(text: &str) -> Result<Self, Problem> {
        let duration = parse(text).ok_or_else(|| Problem {
            summary: "Invalid duration",
            detail: format!(
                "`{text}` is not a positive duration. Use a number and a unit, such as `90s`, `5m` or `1h30m`."
            ),
        })?;
        Ok(Self {
            text: text.to_owned(),
            duration,
        })
    }

    fn as_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.text)
    }
}

fn parse(text: &str) -> Option<Duration> {
    let is_go = |character: char| character.is_ascii_digit() || "hmsunµ.".contains(character);
    let duration: SignedDuration = text.chars().all(is_go).then(|| text.parse().ok())??;
    Duration::try_from(duration)
        .ok()
        .filter(|duration| !duration.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_parsed_in_go_syntax() {
        for (text, seconds) in [
            ("90s", 90.0),
            ("5m", 300.0),
            ("1h30m", 5400.0),
            ("1.5h", 5400.0),
            ("300ms", 0.3),
        ] {
            let read = GoDuration::parse(text).unwrap();
            assert_eq!(read.duration(), Duration::from_secs_f64(seconds), "{text}");
            assert_eq!(read.as_text(), text);
        }
    }

    #[test]
    fn invalid_durations_are_rejected() {
        for text in ["", "5", "5 m", "-5m", "0s", "m", "5 minutes", "PT5M", "5d"] {
            assert!(GoDuration::parse(text).is_err(), "{text}");
        }
    }
}
