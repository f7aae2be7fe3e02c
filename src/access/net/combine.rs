//! All events of a plan together: accesses that move from one resource to another, and those that several resources give.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use arcstr::ArcStr;

use super::row::{Change, Note, Row, Transition};
use crate::access::Evidence;
use crate::access::event::{Access, Event, Held, Origin, Step, Unaffected};
use crate::access::hash::KeyHash;
use crate::access::policy;
use crate::access::text::SENSITIVE;
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
        ..
    } = evidence;
    let mut rows = Rows::default();
    for is_configured in [false, true] {
        rows.restart();
        let wanted = |access: &Access| access.is_configured == is_configured;
        for one in unaffected.iter() {
            let row = net.unaffected_row(one);
            rows.mark(wanted(&one.access), &one.origin, one.net_key, &row);
        }
        for (index, event) in events.iter().flatten().enumerate() {
            for row in net.rows(index, event) {
                rows.mark(wanted(&event.access), &event.origin, event.net_key, &row);
            }
        }
    }
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
    }
}

/// The rows of a plan, of which equal ones are one. There may be many: they are made twice to know which one to keep, and only
/// then kept, while the events that they are made of are freed.
#[derive(Default)]
struct Rows {
    count: usize,
    seen: BTreeSet<(KeyHash, Change)>,
    doubled: BTreeSet<usize>,
    kept: Vec<Arc<Row>>,
}

impl Rows {
    /// Counts from the first row again.
    fn restart(&mut self) {
        self.count = 0;
    }

    /// Marks the next row as doubled if an equal one is marked as seen; only if it is wanted now.
    fn mark(&mut self, is_wanted: bool, origin: &Origin, key: KeyHash, row: &Row) {
        if is_wanted && !self.seen.insert(identity(origin, key, row)) {
            self.doubled.insert(self.count);
        }
        self.count += 1;
    }

    /// Keeps the next row, unless it is doubled.
    fn keep(&mut self, row: Row) {
        if !self.doubled.contains(&self.count) {
            self.kept.push(Arc::new(row));
        }
        self.count += 1;
    }
}

/// How the events of a plan are related.
struct Net {
    /// The provider configuration of each block, by its address without instance keys.
    providers: BTreeMap<String, String>,
    /// By what begins, what ends.
    partners: BTreeMap<usize, Event>,
    /// What ends and moves.
    moving: BTreeSet<usize>,
    held: BTreeMap<KeyHash, Vec<Holder>>,
    /// What is forgotten at one address and imported at another, by key.
    adopted: BTreeMap<KeyHash, Event>,
}

/// A resource that gives an access afterwards, to which something else happens, too.
#[derive(Clone, Debug)]
struct Holder {
    origin: Arc<Origin>,
    terms: KeyHash,
    /// Whether it comes from another resource.
    is_new: bool,
}

impl Net {
    fn new(evidence: &Evidence) -> Self {
        let events: Vec<&Event> = evidence.events.iter().flatten().collect();
        let partners = partners(&events, &evidence.providers);
        let copies = partners.iter().filter_map(|(begins, ends)| {
            let ends: &Event = events.get(*ends)?;
            Some((*begins, ends.clone()))
        });
        Self {
            providers: evidence.providers.clone(),
            partners: copies.collect(),
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

/// What is forgotten at one address and imported at another with the same terms, by key.
fn adopted(evidence: &Evidence, events: &[&Event]) -> BTreeMap<KeyHash, Event> {
    let imported = evidence.unaffected.iter();
    let imported = imported.filter(|one| one.note == Note::Imported);
    let imported: BTreeMap<KeyHash, &Unaffected> = imported.map(|one| (one.net_key, one)).collect();
    let forgotten = events.iter().filter(|event| {
        event.step == Step::Kept && event.note == Some(Note::Forgotten) && {
            let imported = imported.get(&event.net_key);
            imported.is_some_and(|imported| {
                let (origin, access) = (&event.origin, &event.access);
                imported.access.terms == access.terms
                    && !imported.origin.is_same(origin)
                    && imported
                        .origin
                        .may_share(origin, access, &evidence.providers)
            })
        }
    });
    let mut adopted = BTreeMap::new();
    for event in forgotten {
        adopted
            .entry(event.net_key)
            .or_insert_with(|| (*event).clone());
    }
    adopted
}

/// Which accesses move: what begins at one address and ends at another, in order. By what begins, what ends.
fn partners(events: &[&Event], providers: &BTreeMap<String, String>) -> BTreeMap<usize, usize> {
    let of_step = |step: Step| {
        let all = events.iter().enumerate();
        all.filter(move |(_, event)| event.step == step)
    };
    let mut lost: BTreeMap<KeyHash, VecDeque<usize>> = BTreeMap::new();
    // Destroying the one revokes nothing, and the other makes it managed again.
    let is_kept = |event: &Event| event.note == Some(Note::DestroyKeeps);
    let kept = of_step(Step::Kept).filter(|(_, event)| is_kept(event));
    for (index, event) in of_step(Step::Lost).chain(kept) {
        lost.entry(event.net_key).or_default().push_back(index);
    }
    let mut pairs = BTreeMap::new();
    // Renames in one state first: only what is left over moves between states.
    for is_between in [false, true] {
        for (gained, event) in of_step(Step::Gained) {
            if pairs.contains_key(&gained) {
                continue;
            }
            let may_move = |index: &usize| {
                let lost = events.get(*index);
                // What ends and begins at one object is in another region or project.
                lost.is_some_and(|lost| {
                    let (from, to) = (&lost.origin, &event.origin);
                    (from.state != to.state) == is_between
                        && !to.is_same(from)
                        && to.may_share(from, &event.access, providers)
                })
            };
            let lost = lost.get_mut(&event.net_key);
            let moved = lost.and_then(|lost| {
                let position = lost.iter().position(may_move)?;
                lost.remove(position)
            });
            pairs.extend(moved.map(|lost| (gained, lost)));
        }
    }
    pairs
}

/// The accesses that are there afterwards without a change, by key: those to which something else happens, too.
fn held(
    unchanged: &[Held],
    events: &[&Event],
    partners: &BTreeMap<usize, usize>,
) -> BTreeMap<KeyHash, Vec<Holder>> {
    let changed = events
        .iter()
        .filter(|event| matches!(event.step, Step::Gained | Step::Lost));
    let changed: BTreeSet<KeyHash> = changed.map(|event| event.net_key).collect();
    let mut held: BTreeMap<KeyHash, Vec<Holder>> = BTreeMap::new();
    let mut hold = |key: KeyHash, origin: &Arc<Origin>, terms, is_new| {
        if changed.contains(&key) {
            held.entry(key).or_default().push(Holder {
                origin: Arc::clone(origin),
                terms,
                is_new,
            });
        }
    };
    for object in unchanged {
        for (key, terms) in &object.accesses {
            hold(*key, &object.origin, *terms, false);
        }
    }
    let moving: BTreeSet<usize> = partners.values().copied().collect();
    for (index, event) in events.iter().enumerate() {
        let is_moved = partners.contains_key(&index);
        let is_there = match event.step {
            Step::Kept => !moving.contains(&index),
            Step::Interrupted | Step::Changed => true,
            _ => is_moved,
        };
        if is_there {
            let after = event.after.as_deref().unwrap_or(&event.access);
            hold(event.net_key, &event.origin, after.terms.hash(), is_moved);
        }
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
    if matches!(step, Step::Gained | Step::Lost) && !access.is_reversed {
        let others = held.filter(|other| !other.origin.is_same(origin));
        let other = others.clone().next();
        let same = || {
            let others = others.clone();
            others.filter(|other| other.terms == access.terms.hash())
        };
        let is_here = |other: &&Holder| other.origin.state == origin.state;
        let kept = same().find(is_here);
        let elsewhere = others.clone().find(|other| !is_here(other));
        // What another state declares or creates does not keep the service from revoking an access that it has only once.
        let is_single = origin.declaration.is_kept_in_state || !origin.declaration.is_own;
        if let (Step::Lost, None, Some(elsewhere), true) = (step, kept, elsewhere, is_single) {
            let note = Note::AlsoDeclared(elsewhere.origin.label());
            return simple(Change::Lost, &Some(note));
        }
        match (step, kept.or_else(|| same().next()), other) {
            (Step::Gained, Some(same), _) => {
                let note = Note::AlreadyGiven(same.origin.label());
                return simple(Change::Unaffected, &Some(note));
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
