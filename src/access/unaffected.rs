//! Accesses that a change does not affect, although it looks as if: imports, other notations, and what the configuration says
//! and the plan does not do.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::change::{Action, Change};
use super::configuration::{Expression, Expressions};
use super::evaluate::{Context, Objects, SideValues, facts};
use super::event::{Evidence, Unaffected};
use super::fact::{Fact, Facts};
use super::table::Role;
use super::value::is_empty;
use crate::access::net::row::Note;

/// The end of an access that has none.
const NEVER: &str = "never";

/// A row for each access, if a change without effect should have one.
pub(crate) fn silent(
    change: &Change,
    before: &Facts<'_>,
    after: &Facts<'_>,
    evidence: &mut Evidence,
) {
    let is_definition = change.declaration().role == Role::Definition;
    let note = match change.action {
        _ if change.is_import && is_definition => return,
        Action::Keep if change.is_import => Note::Imported,
        Action::Update if !before.is_empty() && !after.is_empty() && change.is_rewritten() => {
            Note::Rewritten
        }
        _ => return,
    };
    for fact in after.iter() {
        add(change, fact, note.clone(), evidence);
    }
}

/// Where the plan does not do what the configuration says.
pub(crate) fn contradictions(
    objects: &Objects<'_>,
    context: Context<'_>,
    after: &Facts<'_>,
    is_quiet: bool,
    evidence: &mut Evidence,
) {
    let change = objects.change;
    let (Some(block), Some(values)) = (objects.block, objects.after()) else {
        return;
    };
    if change.origin.deposed.is_some() || !change.action.is_same_object() {
        return;
    }
    let declaration = change.declaration();
    for name in &declaration.sticky {
        let is_removed = match block.expressions.get(name) {
            None => true,
            Some(Expression::Constant(value)) => is_empty(value),
            Some(_) => false,
        };
        if is_quiet && is_removed && !values.values.get(name).is_none_or(is_empty) {
            let ends = |fact: &&Fact<'_>| !matches!(fact.until.shown.as_str(), "" | NEVER);
            for fact in after.iter().filter(ends) {
                add(change, fact, Note::EndKept, evidence);
            }
        }
    }
    for name in &declaration.verify {
        let is_unknown = change.unknown.get(name) == Some(&Json::Bool(true));
        let written = block.expressions.get(name);
        let old = values.values.get(name).and_then(Json::as_array);
        let old = old.map(Vec::as_slice).unwrap_or_default();
        let Some(wanted) = written.and_then(|written| constants(written, old)) else {
            continue;
        };
        if !is_unknown {
            let mut wanted_values = values.clone();
            if let Json::Object(members) = &mut wanted_values.values {
                members.insert(name.clone(), wanted);
            }
            compare_with(objects, context, &wanted_values, after, evidence);
        }
    }
}

/// Rows for the accesses of these values that differ from those of the plan.
fn compare_with(
    objects: &Objects<'_>,
    context: Context<'_>,
    wanted: &SideValues,
    after: &Facts<'_>,
    evidence: &mut Evidence,
) {
    // What cannot be read is reported for the plan.
    let mut problems = BTreeSet::new();
    let change = objects.change;
    let wanted = facts(
        change,
        context,
        wanted,
        &objects.secrets,
        false,
        &mut problems,
    );
    for fact in wanted.iter() {
        match after.get(fact.key) {
            None => add(change, fact, Note::NotPlanned, evidence),
            Some(planned) if planned.level_key != fact.level_key => {
                let note = Note::LevelNotPlanned(fact.level.as_str().into());
                add(change, planned, note, evidence);
            }
            Some(_) => {}
        }
    }
}

/// The list that the configuration writes, if it has constants only; what it does not write is as it was.
fn constants(written: &Expression, old: &[Json]) -> Option<Json> {
    let blocks = match written {
        Expression::Constant(Json::Array(items)) => return Some(Json::Array(items.clone())),
        Expression::Blocks(blocks) => blocks,
        _ => return None,
    };
    let old = old.iter().map(Some).filter(|_| old.len() == blocks.len());
    let old = old.chain(std::iter::repeat(None));
    let items = blocks.iter().zip(old).map(|(block, old)| {
        let mut item = old.and_then(Json::as_object).cloned().unwrap_or_default();
        item.extend(block_constants(block)?);
        Some(Json::Object(item))
    });
    items.collect::<Option<Vec<Json>>>().map(Json::Array)
}

/// The values of a block, if it has constants only.
fn block_constants(block: &Expressions) -> Option<Map<String, Json>> {
    let constants = block.iter().map(|(name, expression)| match expression {
        Expression::Constant(value) => Some((name.clone(), value.clone())),
        _ => None,
    });
    constants.collect()
}

/// Adds a row.
fn add(change: &Change, fact: &Fact<'_>, note: Note, evidence: &mut Evidence) {
    evidence.unaffected.push(Unaffected {
        origin: Arc::clone(&change.origin),
        net_key: change.origin.net_key(fact),
        access: fact.into(),
        note,
    });
}
