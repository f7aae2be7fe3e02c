//! The accesses before and after one change, compared: which begin, end, change or remain in effect.

use std::collections::BTreeSet;

use super::change::{Action, Change, Object};
use super::event::Step;
use super::fact::{Fact, Facts, member_names};
use super::table::{Destroy, OriginUpdate, Role};
use super::text::Text;
use super::value::is_empty;
use crate::access::net::row::Note;

/// What happens to one access.
pub(crate) struct FactStep<'f, 'a> {
    pub(crate) step: Step,
    /// As it was, or as it is if it was not.
    pub(crate) fact: &'f Fact<'a>,
    /// As it will be, if it was.
    pub(crate) after: Option<&'f Fact<'a>>,
    pub(crate) note: Option<Note>,
}

/// What is needed to compare the accesses of a change.
struct Comparison<'f, 'a> {
    change: &'f Change,
    before: &'f Facts<'a>,
    after: &'f Facts<'a>,
    /// The accesses of lists that are unknown as a whole, in a change of an object that has accesses.
    unknown_list: Vec<&'f Fact<'a>>,
    /// Whether the configuration names all elements of these lists.
    is_complete: bool,
    /// The rules that have new elements of which nothing is known.
    vague_rules: BTreeSet<usize>,
    /// The members of a list that others added.
    others: BTreeSet<String>,
}

/// Compares the accesses before and after a change.
pub(crate) fn compare<'f, 'a>(
    change: &'f Change,
    before: &'f Facts<'a>,
    after: &'f Facts<'a>,
) -> Vec<FactStep<'f, 'a>> {
    let mut unknown_list: Vec<&Fact<'a>> = after.iter().collect();
    unknown_list.retain(|fact| fact.doubt.is_of_unknown_list() && !before.is_empty());
    let is_complete = unknown_list.iter().all(|fact| {
        let doubt = fact.doubt;
        let is_named = doubt.is_from_configuration && !doubt.is_open && !doubt.is_someone;
        is_named && !fact.grantee.is_unknown && !fact.resource.is_unknown
    });
    let is_vague = |fact: &&Fact<'a>| {
        !fact.rule.each.is_empty() && before.get(fact.key).is_none() && is_vague(fact)
    };
    let vague = after.iter().filter(is_vague);
    let vague = vague.filter(|_| change.action == Action::Update);
    let comparison = Comparison {
        vague_rules: vague.map(|fact| fact.rule.index).collect(),
        others: change
            .before
            .as_ref()
            .map_or_else(BTreeSet::new, |object| others(change, object)),
        change,
        before,
        after,
        unknown_list,
        is_complete,
    };
    let old = before.iter().flat_map(|fact| comparison.existed(fact));
    let new = after
        .iter()
        .filter(|fact| change.is_elsewhere || before.get(fact.key).is_none());
    old.chain(new.filter_map(|fact| comparison.came(fact)))
        .collect()
}

/// Whether nothing is known about an unknown grantee or resource.
fn is_vague(fact: &Fact<'_>) -> bool {
    fact.grantee.is_vague || fact.resource.is_vague
}

/// The members of a list that others added, if there are such lists and this action spares them.
fn others(change: &Change, before: &Object) -> BTreeSet<String> {
    let Some(origin) = &change.declaration().origin else {
        return BTreeSet::new();
    };
    let own = before.get(&origin.list);
    let takes_all = change.action == Action::Update && origin.update == OriginUpdate::After;
    if takes_all || own.is_none_or(is_empty) {
        return BTreeSet::new();
    }
    let field = origin.field.as_deref();
    let own = member_names(own, field);
    let all = member_names(before.get(&origin.of), field);
    all.difference(&own).cloned().collect()
}

impl<'f, 'a> Comparison<'f, 'a> {
    /// What happens to an access that was there.
    fn existed(&self, fact: &'f Fact<'a>) -> Vec<FactStep<'f, 'a>> {
        let one = |step, after, note| {
            vec![FactStep {
                step,
                fact,
                after,
                note,
            }]
        };
        let declaration = self.change.declaration();
        let keeps = declaration.destroy == Destroy::Keeps;
        let is_replaced = self.change.action == Action::Replace && !keeps;
        let is_forgotten = self.change.action == Action::ForgetAndCreate;
        let after = self.after.get(fact.key);
        let Some(after) = after.filter(|_| !self.change.is_elsewhere) else {
            let gone = self.gone(fact);
            return gone.map_or_else(Vec::new, |(step, note)| one(step, None, note));
        };
        let hidden = || Some(Note::UnknownCondition);
        if is_forgotten && declaration.is_own && !fact.has_same_terms(after) {
            // The old object remains in effect. The cloud refuses a second one if it can have one only.
            let mut steps = one(Step::Kept, None, Some(Note::Forgotten));
            if !declaration.is_kept_in_state {
                steps.extend(self.came(after));
            }
            steps
        } else if !fact.has_same_terms(after) {
            let note = is_replaced.then_some(Note::Replaced);
            one(Step::Changed, Some(after), note)
        } else if after.doubt.is_maybe && !fact.doubt.is_maybe {
            one(Step::MayLose, None, hidden())
        } else if after.doubt.is_maybe && fact.hidden != after.hidden {
            // Whether it was there is as unknown as whether it will be.
            let mut steps = one(Step::MayGain, None, hidden());
            steps.extend(one(Step::MayLose, None, hidden()));
            steps
        } else if is_replaced && self.change.is_created_first {
            // The destruction of the old object leaves what the new one has of its own.
            if declaration.is_own {
                Vec::new()
            } else {
                one(Step::MayLose, None, Some(Note::DestroyedLast))
            }
        } else if is_replaced {
            one(Step::Interrupted, Some(after), None)
        } else {
            Vec::new()
        }
    }

    /// What happens to an access that is not there afterwards.
    fn gone(&self, fact: &Fact<'a>) -> Option<(Step, Option<Note>)> {
        let declaration = self.change.declaration();
        let action = self.change.action;
        let keeps = declaration.destroy == Destroy::Keeps;
        let is_update = action == Action::Update;
        let is_destroy = action == Action::Delete || action.is_replacement();
        let is_list_unknown = || {
            let is_same_list = |other: &&Fact<'a>| other.rule.index == fact.rule.index;
            !self.is_complete && self.unknown_list.iter().any(is_same_list)
        };
        Some(if fact.is_reversed && keeps {
            // The destruction restores nothing that it took away.
            return None;
        } else if action.forgets() {
            (Step::Kept, Some(Note::Forgotten))
        } else if is_destroy && keeps {
            (Step::Kept, Some(Note::DestroyKeeps))
        } else if is_update && declaration.removal == Destroy::Keeps {
            (Step::Kept, Some(Note::RemovalKeeps))
        } else if self.is_of_others(fact) {
            let step = if is_update {
                Step::Unaffected
            } else {
                Step::Kept
            };
            (step, Some(Note::GivenByOthers))
        } else if is_list_unknown() {
            (Step::MayLose, Some(Note::UnknownList))
        } else if self.vague_rules.contains(&fact.rule.index) {
            (Step::MayLose, Some(Note::UnknownElement))
        } else if fact.doubt.is_maybe {
            (Step::MayLose, Some(Note::UnknownCondition))
        } else {
            (Step::Lost, None)
        })
    }

    /// Whether others gave the access.
    fn is_of_others(&self, fact: &Fact<'a>) -> bool {
        let is_of = |text: &Text| {
            let id = text.id.clone().and_then(|id| text.shown.get(id));
            let plain = id.is_some_and(|id| self.others.contains(id));
            let (_, sensitive) = text.key.rsplit_once("S:").unwrap_or_default();
            let sensitive: Option<String> = serde_json::from_str(sensitive).ok();
            plain || sensitive.is_some_and(|member| self.others.contains(&member))
        };
        !self.others.is_empty() && (is_of(&fact.grantee) || is_of(&fact.resource))
    }

    /// What happens to an access that was not there.
    fn came(&self, fact: &'f Fact<'a>) -> Option<FactStep<'f, 'a>> {
        let declaration = self.change.declaration();
        let (step, note) =
            if declaration.role == Role::Definition && self.change.action == Action::Create {
                // A new definition gives no access: nothing refers to it yet.
                declaration.was.as_ref()?;
                (Step::Defined, None)
            } else if fact.doubt.is_maybe {
                (Step::MayGain, Some(Note::UnknownCondition))
            } else if fact.doubt.is_someone && !self.unknown_list.is_empty() {
                (Step::MayGain, Some(Note::UnknownList))
            } else if self.may_replace_another(fact) {
                (Step::MayGain, Some(Note::UnknownElement))
            } else {
                let is_open = fact.doubt.is_open || fact.doubt.is_someone;
                (Step::Gained, is_open.then_some(Note::PossiblyOthers))
            };
        Some(FactStep {
            step,
            fact,
            after: None,
            note,
        })
    }

    /// Whether an element of which nothing is known may be one that seems to go.
    fn may_replace_another(&self, fact: &Fact<'a>) -> bool {
        let index = fact.rule.index;
        let is_gone =
            |other: &Fact<'a>| other.rule.index == index && self.after.get(other.key).is_none();
        self.vague_rules.contains(&index) && is_vague(fact) && self.before.iter().any(is_gone)
    }
}
