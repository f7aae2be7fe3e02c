//! The current time and date, with an offset for the sandbox.

use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

use crate::cloud::Environment;
use crate::framework::Diagnostic;

/// Environment variable with an offset that is added to the clock, for testing expiry with the sandbox.
const VARIABLE: &str = "HWGRANTS_CLOCK";

/// A clock, used to determine which grants have expired.
#[derive(Clone)]
pub struct Clock {
    /// Source of the system time; tests replace it.
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Offset from `HWGRANTS_CLOCK`; zero with the real cloud, negative if the clock is set back.
    ahead: SignedDuration,
}

impl Clock {
    /// A clock that reads the time from `now`.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self {
            now: Arc::new(now),
            ahead: SignedDuration::ZERO,
        }
    }

    /// The same clock with the offset in `HWGRANTS_CLOCK`, such as `+30d`. Unchanged if the variable is not set.
    ///
    /// # Errors
    /// The variable is not a duration, or `HWGRANTS_ENDPOINT` is not set: the offset must not affect real grants.
    pub fn with_offset_from(&self, environment: &Environment) -> Result<Self, Diagnostic> {
        let Some(text) = environment.read(VARIABLE) else {
            return Ok(self.clone());
        };
        let wrong = |detail: String| Diagnostic::error("Invalid HWGRANTS_CLOCK", detail);
        if environment.read("HWGRANTS_ENDPOINT").is_none() {
            let detail = format!(
                "The environment variable `{VARIABLE}` is set, but `HWGRANTS_ENDPOINT` is not. `{VARIABLE}` shifts \
                 the provider's clock and is allowed only with `hwgrants sandbox`. Unset `{VARIABLE}`, or set \
                 `HWGRANTS_ENDPOINT` to the sandbox URL."
            );
            return Err(wrong(detail));
        }
        let ahead = text.trim().parse::<Span>().and_then(|span| {
            let relative = SpanRelativeTo::days_are_24_hours();
            span.to_duration(relative)
        });
        let ahead = ahead.map_err(|_| {
            wrong(format!(
                "The environment variable `{VARIABLE}` is `{text}`, which is not a valid time offset. Use days and \
                 hours, such as `+30d` or `-12h`."
            ))
        })?;
        Ok(Self {
            now: Arc::clone(&self.now),
            ahead,
        })
    }

    /// The current time, with the offset.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = (self.now)();
        now.checked_add(self.ahead).unwrap_or(now)
    }

    /// The current date in UTC, with the offset.
    #[must_use]
    pub fn today(&self) -> Date {
        Offset::UTC.to_datetime(self.now()).date()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock")
            .field("ahead", &self.ahead)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SANDBOX: (&str, &str) = ("HWGRANTS_ENDPOINT", "http://127.0.0.1:1");

    fn today(environment: &Environment) -> Result<String, String> {
        let clock = Clock::new(|| "2027-01-31T23:00:00Z".parse().unwrap());
        let clock = clock
            .with_offset_from(environment)
            .map_err(|wrong| wrong.detail)?;
        Ok(clock.today().to_string())
    }

    #[test]
    fn the_variable_sets_the_clock_offset() {
        for (ahead, date) in [
            ("", "2027-01-31"),
            ("+30d", "2027-03-02"),
            ("1h", "2027-02-01"),
            ("-1d", "2027-01-30"),
            ("+60d 1h", "2027-04-02"),
            (" 1w ", "2027-02-07"),
        ] {
            let environment = Environment::of([SANDBOX, (VARIABLE, ahead)]);
            assert_eq!(today(&environment).as_deref(), Ok(date), "{ahead}");
        }
    }

    #[test]
    fn an_invalid_offset_or_one_without_a_sandbox_is_rejected() {
        for wrong in ["tomorrow", "30", "1 month"] {
            let environment = Environment::of([SANDBOX, (VARIABLE, wrong)]);
            assert!(today(&environment).is_err_and(|text| text.contains(wrong)));
        }
        let real = today(&Environment::of([(VARIABLE, "+30d")]));
        assert!(real.is_err_and(|text| text.contains("HWGRANTS_ENDPOINT")));
    }
}
