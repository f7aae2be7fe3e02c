//! How long writes take to become visible in the list.

use std::time::Duration;

/// How much longer than the longest observed delay the list must be unchanged.
const FACTOR: u32 = 4;

/// The observed delays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lag {
    /// Number of writes that became visible.
    pub(super) writes: usize,
    /// How many of them the first read showed.
    pub(super) at_once: usize,
    /// The longest time until a read showed a write.
    pub(super) longest: Duration,
    /// How often a read did not show what an earlier one had shown.
    pub(super) contradictions: usize,
}

impl Lag {
    /// Notes a write that became visible after this time.
    pub(super) fn note(&mut self, is_at_once: bool, delay: Duration) {
        self.writes += 1;
        if is_at_once {
            self.at_once += 1;
        } else {
            self.longest = self.longest.max(delay);
        }
    }

    /// How long the list must be unchanged before a write has had no effect.
    pub(super) fn least_wait(&self) -> Duration {
        self.longest.saturating_mul(FACTOR)
    }

    /// The observation, for the report.
    pub(super) fn observation(&self) -> String {
        let mut text = match (self.writes, self.at_once) {
            (0, _) => return "no write became visible".to_owned(),
            (writes, at_once) if writes == at_once => {
                format!("none: the first read after each of {writes} writes showed its effect")
            }
            (writes, at_once) => format!(
                "up to {:.1} s; after {at_once} of {writes} writes, the first read showed the effect",
                self.longest.as_secs_f64()
            ),
        };
        match self.contradictions {
            0 => {}
            1 => text.push_str("; one read did not show what an earlier read had shown"),
            count => text.push_str(&format!(
                "; {count} reads did not show what an earlier read had shown"
            )),
        }
        text
    }
}
