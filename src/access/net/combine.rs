//! All events of a plan together: accesses that move from one resource to another, and those that several resources give.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arcstr::ArcStr;

use super::overlap::{Claims, shared_keys};
use super::relation::{Holder, adopted, held, partners};
use super::row::{Change, Note, Row, Transition};
use crate::access::Evidence;
use crate::access::event::{Access, Event, Origin, Step, Unaffected};
use crate::access::hash::KeyHash;
use crate::access::policy;
use crate::access::text::{SENSITIVE, UNKNOWN};
use crate::access::unread::Unread;

/// What a plan does to accesses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The changes of accesses, by address.
    pub rows: Vec<Arc<Row>>,
    /// What may change access and is not understood, sorted.
    pub unread: Vec<Unread>,
    /// How many resources are changed whose types are not declared, by type.
    pub not_reviewed: BTreeMap<String, usize>,
    /// The states, of several, for which planning failed.
    pub failed_states: BTreeSet<String>,
}

/// The net effect of the plans.
#[must_use]
pub fn combine(evidence: Evidence) -> Summary {
    let net = Net::new(&evidence);
    let Evidence {
        events,
        unaffected,
        unread,
        not_reviewed,
        failed_states,
        ..
    } = evidence;
    let mut rows = Rows::default();
    let mut claims = Claims::new(&net.shared, &failed_states);
    for is_configured in [false, true] {
        rows.restart();
        let wanted = |access: &Access| access.is_configured == is_configured;
        for one in unaffected.iter() {
            let row = net.unaffected_row(one);
            let is_wanted = wanted(&one.access);
            if is_wanted {
                claims.add_unaffected(rows.count, one, &row);
            }
            rows.mark(is_wanted, &one.origin, one.net_key, &row);
        }
        for (index, event) in events.iter().flatten().enumerate() {
            for row in net.rows(index, event) {
                let is_wanted = wanted(&event.access);
                if is_wanted {
                    claims.add_event(rows.count, event, &row);
                }
                rows.mark(is_wanted, &event.origin, event.net_key, &row);
            }
        }
    }
    rows.left_out.extend(claims.untrue_rows(&net.providers));
    drop(claims);
    rows.restart();
    rows.seen.clear();
    for one in unaffected {
        rows.keep(net.unaffected_row(&one));
    }
    let mut index = 0;
    for events in events {
        for event in events {
            for row in net.rows(index, &event) {
                rows.keep(row);
            }
            index += 1;
        }
    }
    Summary {
        rows: rows.kept,
        unread,
        not_reviewed,
        failed_states,
    }
}

/// The rows of a plan, without those that repeat another or are not true because of it. There may be many: they are made twice
/// to know which ones to keep, and only
/// then kept, while the events that they are made of are freed.
#[derive(Default)]
struct Rows {
    count: usize,
    seen: BTreeSet<(KeyHash, Change)>,
    left_out: BTreeSet<usize>,
    kept: Vec<Arc<Row>>,
}

impl Rows {
    /// Counts from the first row again.
    fn restart(&mut self) {
        self.count = 0;
    }

    /// Leaves the next row out if an equal one is marked as seen; only if it is wanted now.
    fn mark(&mut self, is_wanted: bool, origin: &Origin, key: KeyHash, row: &Row) {
        if is_wanted && !self.seen.insert(identity(origin, key, row)) {
            self.left_out.insert(self.count);
        }
        self.count += 1;
    }

    /// Keeps the next row, unless it is left out.
    fn keep(&mut self, row: Row) {
        if !self.left_out.contains(&self.count) {
            self.kept.push(Arc::new(row));
        }
        self.count += 1;
    }
}

/// How the events of a plan are related.
struct Net {
    /// The provider configuration of each block, by its address without instance keys.
    providers: BTreeMap<String, String>,
    /// The keys of accesses that several resources have.
    shared: BTreeSet<KeyHash>,
    /// By what begins, what ends.
    partners: BTreeMap<usize, Event>,
    /// What ends and moves.
    moving: BTreeSet<usize>,
    held: BTreeMap<KeyHash, Vec<Holder>>,
    /// What is forgotten at one address and imported at another, by key.
    adopted: BTreeMap<KeyHash, Event>,
}

impl Net {
    fn new(evidence: &Evidence) -> Self {
        let events: Vec<&Event> = evidence.events.iter().flatten().collect();
        let partners = partners(&events, evidence);
        let copies = partners.iter().filter_map(|(begins, ends)| {
            let ends: &Event = events.get(*ends)?;
            Some((*begins, ends.clone()))
        });
        Self {
            providers: evidence.providers.clone(),
            partners: copies.collect(),
            shared: shared_keys(evidence),
            moving: partners.values().copied().collect(),
            held: held(&evidence.held, &events, &partners),
            adopted: adopted(evidence, &events),
        }
    }

    /// The row of an access that is not affected.
    fn unaffected_row(&self, unaffected: &Unaffected) -> Row {
        let Unaffected {
            access,
            origin,
            net_key,
            note,
        } = unaffected;
        let forgotten = self.adopted.get(net_key);
        if let Some(forgotten) = forgotten.filter(|_| *note == Note::Imported) {
            let mut row = row(Change::Moved, access, origin, Some(Note::Imported));
            row.moved_from = Some(ArcStr::clone(&forgotten.origin.address));
            return row;
        }
        row(Change::Unaffected, access, origin, Some(note.clone()))
    }

    /// The rows of an event.
    fn rows(&self, index: usize, event: &Event) -> Vec<Row> {
        // The row is that of the partner.
        if self.moving.contains(&index) || self.adopted.get(&event.net_key) == Some(event) {
            return Vec::new();
        }
        if let Some(lost) = self.partners.get(&index) {
            return move_rows(lost, event);
        }
        let held = self.held.get(&event.net_key).into_iter().flatten();
        let held = held.filter(|held| {
            let (origin, access) = (&event.origin, &event.access);
            held.origin.may_share(origin, access, &self.providers)
        });
        rows(event, held)
    }
}

/// The rows of an access that moves from one resource to another.
fn move_rows(lost: &Event, gained: &Event) -> Vec<Row> {
    let mut rows = if lost.access.terms == gained.access.terms {
        let note = match lost.note {
            Some(Note::Forgotten) => Note::ForgottenElsewhere,
            _ => Note::OtherAddress,
        };
        vec![row(
            Change::Moved,
            &gained.access,
            &gained.origin,
            Some(note),
        )]
    } else {
        changed(
            &lost.access,
            &gained.access,
            &gained.origin,
            gained.note.clone(),
        )
    };
    for row in &mut rows {
        row.moved_from = Some(ArcStr::clone(&lost.origin.address));
    }
    rows
}

/// The rows of an access that does not move.
fn rows<'h>(event: &Event, held: impl Iterator<Item = &'h Holder> + Clone) -> Vec<Row> {
    let Event {
        step,
        origin,
        access,
        note,
        ..
    } = event;
    let simple = |change, note: &Option<Note>| vec![row(change, access, origin, note.clone())];
    if *step == Step::Kept && origin.is_single_in_cloud() {
        let mut managed = held.clone().filter(|other| !other.is_unmanaged);
        let is_other = |other: &&Holder| {
            let is_same = other.terms == access.terms.hash();
            !other.origin.is_same(origin) && (is_same || origin.declaration.is_kept_in_state)
        };
        if let Some(other) = managed.find(is_other) {
            return simple(
                Change::Unaffected,
                &Some(Note::StillGiven(other.origin.label())),
            );
        }
    }
    if matches!(step, Step::Gained | Step::Lost) && !access.is_reversed {
        // Only an object of its own remains in effect when Terraform forgets it and destroys another one.
        let is_left = |other: &&Holder| {
            *step != Step::Lost || !other.is_unmanaged || !origin.is_single_in_cloud()
        };
        let others = held.filter(|other| !other.origin.is_same(origin) && is_left(other));
        let other = others.clone().next();
        let same = || {
            let others = others.clone();
            others.filter(|other| other.terms == access.terms.hash())
        };
        let is_here = |other: &&Holder| other.origin.state == origin.state;
        // The provider revokes no grant that another block of the state declares, whatever its expiry is.
        let declared = others.clone().find(is_here);
        let declared = declared.filter(|_| origin.declaration.is_kept_in_state);
        let kept = same().find(is_here).or(match step {
            Step::Lost => declared,
            _ => None,
        });
        let elsewhere = others.clone().find(|other| !is_here(other));
        // What another state declares or creates does not keep the service from revoking an access that it has only once.
        let is_single = origin.is_single_in_cloud();
        if let (Step::Lost, None, Some(elsewhere), true) = (step, kept, elsewhere, is_single) {
            if elsewhere.is_from_other_state && origin.declaration.is_kept_in_state {
                // Another state revokes it, too, and the one that creates it can be applied last.
                let note = Some(Note::OtherAddress);
                let mut row = row(Change::Moved, access, &elsewhere.origin, note);
                row.moved_from = Some(ArcStr::clone(&origin.address));
                return vec![row];
            }
            let note = Note::AlsoDeclared(elsewhere.origin.label());
            return simple(Change::Lost, &Some(note));
        }
        match (step, kept.or_else(|| same().next()), other) {
            (Step::Gained, Some(same), _) => {
                let note = Note::AlreadyGiven(same.origin.label());
                return simple(Change::Unaffected, &Some(note));
            }
            // It exists with a different expiry.
            (Step::Gained, None, Some(_)) if create_fails(origin, access) => {
                // What fails changes nothing.
                return Vec::new();
            }
            // It exists, and the expiry that it has is not in the evidence.
            (Step::Gained, None, Some(_)) if origin.declaration.is_kept_in_state => {
                return simple(Change::Changed, note);
            }
            (Step::Lost, Some(same), _) if origin.declaration.is_own || same.is_new => {
                let note = Note::StillGiven(same.origin.label());
                return simple(Change::Unaffected, &Some(note));
            }
            (Step::Lost, _, Some(other)) if !origin.declaration.is_own => {
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
            let after = event.after.as_deref().unwrap_or(access);
            changed(access, after, origin, note.clone())
        }
        Step::Defined => {
            let mut row = row(Change::Changed, access, origin, note.clone());
            row.level.before = origin.declaration.was.as_deref().map(ArcStr::from);
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
        // What a hidden level has allowed or denied is not known.
        Step::Lost if &*access.level == SENSITIVE => simple(Change::MayLose, note),
        Step::Lost => simple(Change::Lost, note),
        Step::MayGain if is_reversed => simple(Change::MayLose, note),
        Step::MayLose if is_reversed => {
            let mut row = row(Change::MayGain, access, origin, note.clone());
            if !access.is_plain {
                row.level = Transition::constant(no_longer(&access.level));
            }
            vec![row]
        }
        Step::MayGain => simple(Change::MayGain, note),
        Step::MayLose => simple(Change::MayLose, note),
        Step::Kept => simple(Change::Kept, note),
        Step::Interrupted => simple(Change::Interrupted, note),
        Step::Unaffected => simple(Change::Unaffected, note),
    }
}

/// Whether creating a grant of ours fails if it exists with a different expiry: the service does not list those of groups.
fn create_fails(origin: &Origin, access: &Access) -> bool {
    let is_known = !matches!(&*access.until, UNKNOWN | SENSITIVE);
    origin.declaration.is_kept_in_state && is_known && access.grantee.kind() == "user"
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
        grantee: Arc::clone(&access.grantee),
        resource: Arc::clone(&access.resource),
        level: Transition::constant(ArcStr::clone(&access.level)),
        until: Transition::constant(ArcStr::clone(&access.until)),
        moved_from: None,
        address: ArcStr::clone(&origin.address),
        type_name: origin.type_name,
        note,
    }
}

/// What is equal in equal rows. In a family of types that is shared, they are one row also at different addresses.
fn identity(origin: &Origin, key: KeyHash, row: &Row) -> (KeyHash, Change) {
    let (level, until) = (row.level.to_string(), row.until.to_string());
    let mut parts: Vec<&str> = vec![row.grantee.text(), row.resource.text(), &level, &until];
    if origin.declaration.is_shared_family {
        return (key.within(&parts), row.change);
    }
    parts.push(row.type_name);
    parts.extend(row.addresses());
    (KeyHash::of(&parts), row.change)
}
