//! All events of a plan together: accesses that move from one resource to another, and those that several resources give.

use std::collections::{BTreeMap, BTreeSet};

use super::row::{Change, Note, Row, Transition};
use crate::access::Evidence;
use crate::access::event::{Access, Event, Held, Origin, Step};
use crate::access::hash::KeyHash;
use crate::access::policy;
use crate::access::unread::Unread;

/// What a plan does to accesses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The changes of accesses, by address.
    pub rows: Vec<Row>,
    /// What may change access and is not understood, sorted.
    pub unread: Vec<Unread>,
    /// How many resources are changed whose types are not declared, by type.
    pub not_reviewed: BTreeMap<String, usize>,
}

/// A row with what decides about it.
struct Draft {
    row: Row,
    /// What identifies the access in a family of types of which equal rows are one row, also at different addresses.
    shared_key: Option<KeyHash>,
    /// Whether another resource declares the same, if there is one.
    is_configured: bool,
}

/// The net effect of the plans.
#[must_use]
pub fn combine(evidence: Evidence) -> Summary {
    let partners = partners(&evidence.events);
    let held = held(&evidence);
    let mut drafts = Vec::new();
    for unaffected in &evidence.unaffected {
        let note = Some(unaffected.note.clone());
        let row = row(
            Change::Unaffected,
            &unaffected.access,
            &unaffected.origin,
            note,
        );
        drafts.push(draft(
            row,
            &unaffected.access,
            &unaffected.origin,
            unaffected.net_key,
        ));
    }
    for (index, event) in evidence.events.iter().enumerate() {
        let partner = partners
            .get(&index)
            .and_then(|partner| evidence.events.get(*partner));
        let rows = match partner {
            // The row is that of the partner.
            Some(_) if event.step == Step::Lost => continue,
            Some(lost) => move_rows(lost, event),
            None => rows(
                event,
                held.get(&event.net_key)
                    .map(Vec::as_slice)
                    .unwrap_or_default(),
            ),
        };
        let rows = rows.into_iter();
        drafts.extend(rows.map(|row| draft(row, &event.access, &event.origin, event.net_key)));
    }
    Summary {
        rows: unique(drafts),
        unread: evidence.unread,
        not_reviewed: evidence.not_reviewed,
    }
}

/// Which accesses move: what begins at one address and ends at another, in order, by position, both ways.
fn partners(events: &[Event]) -> BTreeMap<usize, usize> {
    let mut lost: BTreeMap<KeyHash, Vec<usize>> = BTreeMap::new();
    let mut gained: BTreeMap<KeyHash, Vec<usize>> = BTreeMap::new();
    for (index, event) in events.iter().enumerate() {
        let ends = match event.step {
            Step::Lost => &mut lost,
            Step::Gained => &mut gained,
            _ => continue,
        };
        ends.entry(event.net_key).or_default().push(index);
    }
    let pairs = lost.iter().flat_map(|(key, lost)| {
        let gained = gained.get(key).map(Vec::as_slice).unwrap_or_default();
        lost.iter().copied().zip(gained.iter().copied())
    });
    pairs
        .flat_map(|(lost, gained)| [(lost, gained), (gained, lost)])
        .collect()
}

/// The accesses that are there afterwards without a change, by key.
fn held(evidence: &Evidence) -> BTreeMap<KeyHash, Vec<Held>> {
    let mut held: BTreeMap<KeyHash, Vec<Held>> = BTreeMap::new();
    for one in &evidence.held {
        held.entry(one.net_key).or_default().push(one.clone());
    }
    for event in evidence
        .events
        .iter()
        .filter(|event| event.step == Step::Kept)
    {
        held.entry(event.net_key).or_default().push(Held {
            origin: event.origin.clone(),
            net_key: event.net_key,
            terms: event.access.terms,
        });
    }
    held
}

/// The rows of an access that moves from one resource to another.
fn move_rows(lost: &Event, gained: &Event) -> Vec<Row> {
    let mut rows = if lost.access.terms == gained.access.terms {
        let note = Some(Note::OtherAddress);
        vec![row(Change::Moved, &gained.access, &gained.origin, note)]
    } else {
        changed(
            &lost.access,
            &gained.access,
            &gained.origin,
            gained.note.clone(),
        )
    };
    for row in &mut rows {
        row.addresses.insert(0, lost.origin.address.clone());
    }
    rows
}

/// The rows of an access that does not move.
fn rows(event: &Event, held: &[Held]) -> Vec<Row> {
    let Event {
        step,
        origin,
        access,
        note,
        ..
    } = event;
    let simple = |change, note: &Option<Note>| vec![row(change, access, origin, note.clone())];
    if matches!(step, Step::Gained | Step::Lost) && !access.is_reversed {
        let mut others = held.iter().filter(|other| !other.origin.is_same(origin));
        let other = others.clone().next();
        let same = others.find(|other| other.terms == access.terms);
        match (step, same, other) {
            (Step::Gained, Some(same), _) => {
                let note = Note::AlreadyGiven(same.origin.label());
                return simple(Change::Unaffected, &Some(note));
            }
            (Step::Lost, Some(same), _) if origin.declaration.is_own => {
                let note = Note::StillGiven(same.origin.label());
                return simple(Change::Unaffected, &Some(note));
            }
            (Step::Lost, _, Some(other)) => {
                let note = Note::AlsoDeclared(other.origin.label());
                return simple(Change::Lost, &Some(note));
            }
            _ => {}
        }
    }
    let is_reversed = access.is_reversed;
    match step {
        Step::Changed | Step::Interrupted if event.after.is_none() => Vec::new(),
        Step::Changed => {
            let after = event.after.as_ref().unwrap_or(access);
            changed(access, after, origin, note.clone())
        }
        Step::Defined => {
            let mut row = row(Change::Changed, access, origin, note.clone());
            row.level.before.clone_from(&origin.declaration.was);
            vec![row]
        }
        Step::Gained if is_reversed => simple(Change::Lost, note),
        Step::Gained => simple(Change::Gained, note),
        Step::Lost if is_reversed => {
            let mut row = row(Change::Gained, access, origin, note.clone());
            if !access.is_plain {
                row.level = Transition::constant(no_longer(&access.level));
            }
            vec![row]
        }
        Step::Lost => simple(Change::Lost, note),
        Step::MayGain if is_reversed => simple(Change::MayLose, note),
        Step::MayLose if is_reversed => simple(Change::MayGain, note),
        Step::MayGain => simple(Change::MayGain, note),
        Step::MayLose => simple(Change::MayLose, note),
        Step::Kept => simple(Change::Kept, note),
        Step::Interrupted => simple(Change::Interrupted, note),
        Step::Unaffected => simple(Change::Unaffected, note),
    }
}

/// The level of something that took access away.
fn no_longer(level: &str) -> String {
    format!("no longer {level}")
}

/// The rows of an access with another level or end. Of a policy that denies: what it no longer denies, and what it denies now.
fn changed(before: &Access, after: &Access, origin: &Origin, note: Option<Note>) -> Vec<Row> {
    if let (true, Some(old), Some(new)) = (before.is_reversed, &before.actions, &after.actions) {
        let less: BTreeSet<_> = old.difference(new).cloned().collect();
        let more: BTreeSet<_> = new.difference(old).cloned().collect();
        let mut rows = Vec::new();
        if !less.is_empty() {
            let mut row = row(Change::Gained, before, origin, note.clone());
            row.level = Transition::constant(no_longer(&policy::level(&less, true)));
            rows.push(row);
        }
        if !more.is_empty() {
            let mut row = row(Change::Lost, after, origin, note);
            row.level = Transition::constant(policy::level(&more, true));
            rows.push(row);
        }
        return rows;
    }
    let mut row = row(Change::Changed, after, origin, note);
    // A sensitive level can change and look the same.
    if before.terms.level != after.terms.level && before.level != after.level {
        row.level.before = Some(before.level.clone());
    }
    if before.terms.end != after.terms.end {
        row.until.before = Some(before.until.clone());
    }
    vec![row]
}

/// A row about an access.
fn row(change: Change, access: &Access, origin: &Origin, note: Option<Note>) -> Row {
    Row {
        change,
        grantee: access.grantee.clone(),
        resource: access.resource.clone(),
        level: Transition::constant(&access.level),
        until: Transition::constant(&access.until),
        addresses: vec![origin.address.clone()],
        type_name: origin.type_name.clone(),
        note,
    }
}

/// A row with what decides about it.
fn draft(row: Row, access: &Access, origin: &Origin, key: KeyHash) -> Draft {
    Draft {
        row,
        shared_key: origin.declaration.is_shared_family.then_some(key),
        is_configured: access.is_configured,
    }
}

/// Each row once. Of equal rows in a family of types, the one counts that does not repeat another resource.
fn unique(drafts: Vec<Draft>) -> Vec<Row> {
    let mut ordered: Vec<(usize, &Draft)> = drafts.iter().enumerate().collect();
    ordered.sort_by_key(|(_, draft)| draft.is_configured);
    let mut seen = BTreeSet::new();
    let mut kept = BTreeSet::new();
    for (
        index,
        Draft {
            row, shared_key, ..
        },
    ) in ordered
    {
        let place: Vec<&String> = match shared_key {
            Some(_) => Vec::new(),
            None => [&row.type_name].into_iter().chain(&row.addresses).collect(),
        };
        let texts = [
            row.grantee.text.clone(),
            row.resource.text.clone(),
            row.level.to_string(),
            row.until.to_string(),
        ];
        if seen.insert((place, shared_key, row.change, texts)) {
            kept.insert(index);
        }
    }
    let rows = drafts.into_iter().enumerate();
    let rows = rows.filter(|(index, _)| kept.contains(index));
    rows.map(|(_, draft)| draft.row).collect()
}
