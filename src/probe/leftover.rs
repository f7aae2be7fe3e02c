//! Finds and removes what a run left that was killed.

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::classify::raw_timestamp;
use super::cleanup::{self, CleanupError};
use super::error::ProbeError;
use super::grant_client::GrantClient;
use super::journal::JournalEntry;
use super::lag::Lag;
use super::reading::{Entry, Reading};
use super::target::ProbeTarget;
use super::timing::Pace;
use crate::cloud::{Client, Expiry, timestamp};

/// How far the service's clock may differ from ours. More than the offset of UTC+08:00, in which a service may send times without
/// saying so.
const MAX_CLOCK_DIFFERENCE: SignedDuration = SignedDuration::from_hours(9);

/// What a run has left.
#[derive(Debug)]
pub enum Leftover {
    /// The user has no grant on the secret.
    Nothing,
    /// The grant of the probe, which is deleted now.
    Removed {
        /// Its expiration date, if the service shows it.
        expiry: Expiry,
    },
    /// The user has a grant that differs from what the probe created. It was not deleted.
    Different {
        /// Its expiration date, if the service shows it.
        expiry: Expiry,
    },
    /// The grant of the probe, which could not be deleted.
    NotRemoved(CleanupError),
}

/// Deletes the grant that a journal announces, if it is the grant that the probe created.
///
/// # Errors
/// The grants are not known for certain.
pub async fn remove_leftover(
    client: &Client,
    target: &ProbeTarget,
    entry: &JournalEntry,
    pace: Pace,
    cancel: &CancellationToken,
) -> Result<Leftover, ProbeError> {
    let mut client = GrantClient {
        client,
        target,
        pace,
        cancel,
        lag: Lag::default(),
        has_others: false,
    };
    // A request of the killed run may take as long as any write to become visible.
    let listed = client.wait_for_effect(Reading::is_listed).await?;
    let Some(listed) = listed else {
        return Ok(Leftover::Nothing);
    };
    let expiry = listed.reading.entry().map_or(Expiry::None, expiry);
    if !is_of_probe(&listed.reading, entry) {
        return Ok(Leftover::Different { expiry });
    }
    client.has_others = !listed.reading.others.is_empty();
    Ok(match cleanup::remove(&client, pace.unchanged_for).await {
        Ok(()) => Leftover::Removed { expiry },
        Err(error) => Leftover::NotRemoved(error),
    })
}

/// Whether all grants of the user in a list are those that the probe created.
pub(super) fn is_of_probe(reading: &Reading, entry: &JournalEntry) -> bool {
    reading.own.iter().all(|own| is_own(own, entry))
}

/// Whether a listed grant is one that the probe created: it has the creation time that the service showed then, or an expiry that the
/// probe has set and a creation time during the run.
fn is_own(own: &Entry, entry: &JournalEntry) -> bool {
    let created_at = raw_timestamp(&own.created_at).and_then(|raw| timestamp(&raw));
    let Some(created_at) = created_at else {
        return false;
    };
    if entry.created_at.contains(&created_at) {
        return true;
    }
    let expiry = expiry(own);
    let is_set = entry.expires_on.iter().any(|date| match date {
        Some(date) => expiry.is_on(*date),
        None => expiry == Expiry::None || expiry == Expiry::BeyondCalendar,
    });
    is_set && is_during(created_at, entry)
}

fn is_during(created_at: Timestamp, entry: &JournalEntry) -> bool {
    let after = |end: Timestamp, start: Timestamp| end.duration_since(start);
    after(entry.started_at, created_at) <= MAX_CLOCK_DIFFERENCE
        && after(created_at, entry.written_at) <= MAX_CLOCK_DIFFERENCE
}

fn expiry(own: &Entry) -> Expiry {
    Expiry::from_moment(raw_timestamp(&own.expires_at).as_ref())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::{Value, json};

    use super::*;
    use crate::cloud::{GranteeId, ProjectId, ProjectLocation, Region, ResourceId};

    const STARTED_AT: i64 = 1_796_040_000;

    fn entry() -> JournalEntry {
        let target = ProbeTarget {
            location: ProjectLocation {
                region: Region::new("cn-north-4").unwrap(),
                project_id: ProjectId::new("p").unwrap(),
            },
            secret_id: ResourceId::new("s").unwrap(),
            user_id: GranteeId::new("u").unwrap(),
            endpoint: "https://kms.example.com".to_owned(),
        };
        let mut entry = JournalEntry::new(&target, Timestamp::from_second(STARTED_AT).unwrap());
        entry.written_at = Timestamp::from_second(STARTED_AT + 60).unwrap();
        entry.expires_on = vec![Some(date(2026, 12, 4)), None];
        entry.created_at = vec![Timestamp::from_second(STARTED_AT + 5).unwrap()];
        entry
    }

    #[track_caller]
    fn check(created_at: Value, expires_at: Value, expected: bool) {
        let own = Entry {
            user_id: json!("u"),
            user_name: json!("Ana"),
            created_at,
            expires_at,
        };
        assert_eq!(is_own(&own, &entry()), expected, "{own:?}");
    }

    #[test]
    fn only_a_grant_of_the_probe_is_recognized() {
        let (set, other) = (json!("2026-12-04 00:00:00"), json!("2027-12-04 00:00:00"));
        // The creation time that the service showed identifies it, whatever its expiry.
        check(json!(STARTED_AT + 5), other.clone(), true);
        check(json!((STARTED_AT + 5) * 1000), Value::Null, true);
        // Otherwise, both must fit.
        check(json!(STARTED_AT + 9), set.clone(), true);
        check(json!(STARTED_AT + 9), Value::Null, true);
        check(json!(STARTED_AT + 8 * 3600), set.clone(), true);
        check(json!(STARTED_AT + 9), other, false);
        check(json!(STARTED_AT + 9), json!("30 days"), false);
        for far in [-10, 10] {
            check(json!(STARTED_AT + far * 3600), set.clone(), false);
        }
        // Without a creation time, nothing proves whose it is.
        check(Value::Null, set, false);
    }

    #[test]
    fn a_journal_survives_writing_and_reading() {
        let entry = entry();
        assert_eq!(
            JournalEntry::parse(&entry.text().unwrap()),
            Ok(entry.clone())
        );
        for wrong in [
            "",
            "{}",
            "{\"version\":1",
            &entry
                .text()
                .unwrap()
                .replace("\"version\":1", "\"version\":2"),
        ] {
            assert!(JournalEntry::parse(wrong).is_err(), "{wrong}");
        }
    }
}
