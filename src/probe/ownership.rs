//! Which grants are those of the probe. No other grant may be deleted.

use jiff::{SignedDuration, Timestamp};

use super::classify::{instant, raw_timestamp};
use super::journal::JournalEntry;
use super::reading::{Entry, Reading};
use crate::cloud::Expiry;

/// How long after the journal was written the service may create the grant: the limit of a request.
const MAX_REQUEST: SignedDuration = SignedDuration::from_secs(60);

/// How exact clocks are.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(2);

/// How far a service's clock seems to be ahead whose times are local times in UTC+08:00, without an offset.
const CHINA_AHEAD: i64 = 8 * 3_600;

/// Whether all grants of the user in a list are those of the probe.
pub(super) fn is_of_probe(reading: &Reading, journal: &JournalEntry) -> bool {
    reading.own.iter().all(|own| is_own(own, journal))
}

/// Whether a grant has a creation time that was seen before, or is what the last write may have created: its date, and a creation time
/// right after the journal was written.
fn is_own(own: &Entry, journal: &JournalEntry) -> bool {
    if own.created_at.is_null() {
        return journal.hides_created_at;
    }
    journal.created_at.contains(&own.created_at) || is_pending(own, journal)
}

fn is_pending(own: &Entry, journal: &JournalEntry) -> bool {
    let (Some(pending), Some(created_at)) = (journal.pending, instant(&own.created_at)) else {
        return false;
    };
    let has_date = match (expiry(own), pending.expires_on) {
        (listed @ Expiry::At(_), Some(date)) => listed.is_on(date),
        (Expiry::At(_), None) => false,
        (_, None) => true,
        // Of a service that shows dates, this is another grant.
        (_, Some(_)) => journal.shows_dates == Some(false),
    };
    let offsets = match journal.clock_ahead {
        Some(known) => vec![known],
        None => vec![0, CHINA_AHEAD],
    };
    let mut offsets = offsets.into_iter();
    has_date && offsets.any(|ahead| is_right_after(created_at, ahead, journal.written_at))
}

fn is_right_after(created_at: Timestamp, ahead: i64, written_at: Timestamp) -> bool {
    let after = created_at.duration_since(written_at) - SignedDuration::from_secs(ahead);
    (-TOLERANCE..=MAX_REQUEST + TOLERANCE).contains(&after)
}

/// The expiry of a listed grant.
pub(super) fn expiry(own: &Entry) -> Expiry {
    Expiry::from_moment(raw_timestamp(&own.expires_at).as_ref())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::{Value, json};

    use super::*;
    use crate::cloud::{GranteeId, ProjectId, ProjectLocation, Region, ResourceId};
    use crate::probe::ProbeTarget;
    use crate::probe::journal::PendingWrite;
    use crate::probe::reading::Form;

    const WRITTEN_AT: i64 = 1_796_040_000;

    fn journal() -> JournalEntry {
        let target = ProbeTarget {
            location: ProjectLocation {
                region: Region::new("cn-north-4").unwrap(),
                project_id: ProjectId::new("p").unwrap(),
            },
            secret_id: ResourceId::new("s").unwrap(),
            user_id: GranteeId::new("u").unwrap(),
            endpoint: "https://kms.example.com".to_owned(),
        };
        let written_at = Timestamp::from_second(WRITTEN_AT).unwrap();
        let mut journal = JournalEntry::new(&target, written_at, Form::List(None));
        journal.created_at = vec![json!(WRITTEN_AT - 5)];
        journal
    }

    #[track_caller]
    fn check(journal: &JournalEntry, created_at: Value, expires_at: Value, expected: bool) {
        let own = Entry {
            user_id: json!("u"),
            user_name: json!("Ana"),
            created_at,
            expires_at,
        };
        assert_eq!(is_own(&own, journal), expected, "{own:?}");
    }

    #[test]
    fn a_creation_time_that_was_seen_identifies_the_grant() {
        let journal = journal();
        check(&journal, json!(WRITTEN_AT - 5), json!("2027-12-04"), true);
        check(&journal, json!(WRITTEN_AT - 4), Value::Null, false);
        check(&journal, Value::Null, Value::Null, false);
    }

    #[test]
    fn only_the_run_that_created_it_recognizes_a_grant_without_creation_time() {
        let mut journal = journal();
        journal.hides_created_at = true;
        check(&journal, Value::Null, Value::Null, true);
        let next_run = JournalEntry::parse(&journal.text().unwrap()).unwrap();
        check(&next_run, Value::Null, Value::Null, false);
    }

    #[test]
    fn what_the_last_write_may_have_created_has_its_date_and_its_time() {
        let mut journal = journal();
        let set = json!("2026-12-04 00:00:00");
        let at = |seconds: i64| json!(WRITTEN_AT + seconds);
        journal.pending = Some(PendingWrite {
            expires_on: Some(date(2026, 12, 4)),
        });
        check(&journal, at(3), set.clone(), true);
        check(&journal, at(8 * 3600), set.clone(), true);
        for (shows_dates, is_own) in [(None, false), (Some(true), false), (Some(false), true)] {
            journal.shows_dates = shows_dates;
            check(&journal, at(3), Value::Null, is_own);
        }
        check(&journal, at(3), json!("2027-12-04 00:00:00"), false);
        for far in [-200, 200, 4 * 3600, 9 * 3600] {
            check(&journal, at(far), set.clone(), false);
        }
        journal.clock_ahead = Some(-30);
        check(&journal, at(-25), set.clone(), true);
        check(&journal, at(8 * 3600), set.clone(), false);

        journal.pending = Some(PendingWrite { expires_on: None });
        check(&journal, at(-25), Value::Null, true);
        check(&journal, at(-25), set.clone(), false);
        journal.pending = None;
        check(&journal, at(-25), Value::Null, false);
    }

    #[test]
    fn a_journal_survives_writing_and_reading() {
        let journal = journal();
        let text = journal.text().unwrap();
        assert_eq!(JournalEntry::parse(&text), Ok(journal));
        let other_version = text.replace("\"version\":1", "\"version\":2");
        for wrong in ["", "{}", "{\"version\":1", &other_version] {
            assert!(JournalEntry::parse(wrong).is_err(), "{wrong}");
        }
    }
}
