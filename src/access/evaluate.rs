//! From one resource change to what it does to accesses.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::allowlist;
use super::change::{Action, Change, Object, collect_secrets};
use super::compare::compare;
use super::configuration::Block;
use super::event::{Drifted, Event, Evidence, Held, Origin, Step, Terms};
use super::fact::{Fact, Facts};
use super::hash::KeyHash;
use super::reference::{References, Scope};
use super::side::Side;
use super::table::{Declaration, Role, Table};
use super::unaffected;
use super::unread::{Reason, Unread};
use super::value::{Node, Written};
use crate::access::net::row::Note;

/// What a change is evaluated with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) table: &'a Table,
    pub(crate) references: References<'a>,
}

/// The objects of a change as the provider treats them.
pub(crate) struct Objects<'a> {
    pub(crate) change: &'a Change,
    pub(crate) block: Option<&'a Block>,
    /// Texts that are sensitive wherever they occur in the resource.
    pub(crate) secrets: BTreeSet<String>,
    before: Option<SideValues>,
    after: Option<SideValues>,
}

/// An object with its marks.
#[derive(Clone)]
pub(crate) struct SideValues {
    pub(crate) values: Json,
    pub(crate) unknown: Json,
    pub(crate) sensitive: Json,
}

impl SideValues {
    /// An object with the marks of its declaration, and with its JSON parsed.
    pub(crate) fn new(
        declaration: &Declaration,
        object: &Object,
        unknown: Json,
        sensitive: &Json,
        problems: &mut BTreeSet<Reason>,
    ) -> Self {
        let mut values = object.clone();
        for name in &declaration.json {
            if let Some(Json::String(text)) = values.get(name) {
                match serde_json::from_str(text) {
                    Ok(parsed) => {
                        values.insert(name.clone(), parsed);
                    }
                    Err(_) => {
                        problems.insert(Reason::NoJson(name.clone()));
                    }
                }
            }
        }
        let is_object = |item: &Json| matches!(item, Json::Object(_) | Json::Null);
        let is_block = |value: &Json| match value {
            Json::Array(items) => items.iter().all(is_object),
            other => is_object(other),
        };
        let blocks = declaration.blocks.iter();
        if blocks
            .filter_map(|name| values.get(name))
            .any(|value| !is_block(value))
        {
            problems.insert(Reason::Malformed);
        }
        let mut sensitive = sensitive.clone();
        if !declaration.secret.is_empty() && sensitive != Json::Bool(true) {
            let mut marks = match sensitive {
                Json::Object(marks) => marks,
                _ => Map::new(),
            };
            let secret = declaration.secret.iter();
            marks.extend(secret.map(|name| (name.clone(), Json::Bool(true))));
            sensitive = Json::Object(marks);
        }
        Self {
            values: Json::Object(values),
            unknown,
            sensitive,
        }
    }
}

impl<'a> Objects<'a> {
    /// The objects of a change. An update does not change what the provider ignores, and keeps what it may choose.
    fn new(change: &'a Change, context: Context<'a>, problems: &mut BTreeSet<Reason>) -> Self {
        let declaration = change.declaration();
        let address = &change.address;
        let block = context.references.block(&address.module, &address.block);
        let mut after = change.after.clone();
        let mut unknown = change.unknown.clone();
        if let (Action::Update, Some(before), Some(after)) =
            (change.action, &change.before, &mut after)
        {
            let keep = |after: &mut Object, name: &String| {
                let old = before.get(name).cloned().unwrap_or_default();
                after.insert(name.clone(), old);
            };
            declaration.inert.iter().for_each(|name| keep(after, name));
            if let (Some(block), Json::Object(marks)) = (block, &mut unknown) {
                marks.retain(|name, mark| {
                    let is_chosen = *mark == Json::Bool(true)
                        && !block.expressions.contains_key(name)
                        && !declaration.blocks.contains(name);
                    if is_chosen {
                        keep(after, name);
                    }
                    !is_chosen
                });
            }
        }
        let mut secrets = change.secrets.clone();
        if let Some(after) = &after {
            // What an update keeps may be marked afterwards only.
            collect_secrets(after, &change.after_sensitive, &mut secrets);
        }
        let mut side = |object: &Object, unknown, sensitive| {
            SideValues::new(declaration, object, unknown, sensitive, problems)
        };
        let before = change.before.as_ref();
        Self {
            before: before.map(|object| side(object, Json::Null, &change.before_sensitive)),
            after: after.map(|object| side(&object, unknown, &change.after_sensitive)),
            secrets,
            change,
            block,
        }
    }

    /// The object afterwards.
    pub(crate) fn after(&self) -> Option<&SideValues> {
        self.after.as_ref()
    }
}

/// The accesses of one side of a change.
pub(crate) fn facts<'s>(
    change: &'s Change,
    context: Context<'s>,
    values: &'s SideValues,
    secrets: &'s BTreeSet<String>,
    is_before: bool,
    problems: &mut BTreeSet<Reason>,
) -> Facts<'s> {
    let address = &change.address;
    let block = context.references.block(&address.module, &address.block);
    let written = match block {
        _ if !context.references.has_configuration() => Written::Something,
        Some(block) => Written::Block(&block.expressions),
        None if is_before => Written::Nothing,
        None => Written::Something,
    };
    let side = Side {
        table: context.table,
        declaration: change.declaration(),
        address: &change.origin.address,
        references: context.references,
        scope: Scope {
            module: address.module.clone(),
            key: address.key.clone(),
            for_each: block.and_then(|block| block.for_each.as_ref()),
        },
        root: Node {
            unknown: Cow::Borrowed(&values.unknown),
            sensitive: Cow::Borrowed(&values.sensitive),
            ..Node::known(Cow::Borrowed(&values.values), written, String::new())
        },
        secrets,
        is_same_object: change.action.is_same_object(),
    };
    side.facts(problems)
}

/// What a change does to accesses.
pub(crate) fn evaluate(change: &Change, context: Context<'_>) -> Evidence {
    let mut problems = BTreeSet::new();
    let objects = Objects::new(change, context, &mut problems);
    let (mut before, mut after) = (Facts::default(), Facts::default());
    if let Some(values) = &objects.before {
        before = facts(
            change,
            context,
            values,
            &objects.secrets,
            true,
            &mut problems,
        );
    }
    if let Some(values) = &objects.after {
        after = facts(
            change,
            context,
            values,
            &objects.secrets,
            false,
            &mut problems,
        );
    }
    if !change.action.forgets() {
        allowlist::replace(&mut before, &mut after);
    }
    let steps = compare(change, &before, &after);
    let origin = &change.origin;
    let changed: BTreeSet<_> = steps.iter().map(|step| step.fact.key).collect();
    let held = before.iter().filter(|fact| !changed.contains(&fact.key));
    let held = held.filter(|fact| after.get(fact.key).is_some());
    let held = held.map(|fact| (origin.net_key(fact), Terms::from(fact).hash()));
    let held: Box<[(KeyHash, KeyHash)]> = held.collect();
    let mut evidence = Evidence::default();
    if !held.is_empty() {
        evidence.held.push(Held {
            origin: Arc::clone(origin),
            accesses: held,
        });
    }
    if steps.iter().all(|step| step.step == Step::Unaffected) {
        unaffected::silent(change, &before, &after, &mut evidence);
    }
    let is_quiet = steps.is_empty();
    unaffected::contradictions(&objects, context, &after, is_quiet, &mut evidence);
    let events = steps.into_iter().map(|step| Event {
        step: step.step,
        origin: Arc::clone(origin),
        key: step.fact.key,
        net_key: origin.net_key(step.fact),
        access: step.fact.into(),
        after: step.after.map(|fact| Box::new(fact.into())),
        note: step.note,
    });
    let events: Box<[Event]> = events.collect();
    if !events.is_empty() {
        evidence.events.push(events);
    }
    evidence.unread = unread(origin, problems);
    evidence
}

/// What was changed outside of Terraform.
pub(crate) fn evaluate_drift(change: &Change, context: Context<'_>) -> Evidence {
    if matches!(change.declaration().role, Role::Opaque | Role::Definition) {
        return Evidence::default();
    }
    let mut problems = BTreeSet::new();
    let mut values = |object: &Option<Object>, sensitive| {
        let object = object.as_ref()?;
        let declaration = change.declaration();
        let side = SideValues::new(declaration, object, Json::Null, sensitive, &mut problems);
        Some(side)
    };
    let before = values(&change.before, &change.before_sensitive);
    let after = values(&change.after, &change.after_sensitive);
    let [before, after] = [&before, &after].map(|values| match values {
        Some(values) => facts(
            change,
            context,
            values,
            &change.secrets,
            true,
            &mut problems,
        ),
        None => Facts::default(),
    });
    let is_same = |fact: &Fact<'_>, other: &Facts<'_>| {
        other
            .get(fact.key)
            .is_some_and(|other| fact.has_same_terms(other))
    };
    let changed = before.iter().filter(|fact| !is_same(fact, &after));
    let changed = changed.map(|fact| match after.get(fact.key) {
        Some(fact) => (fact, Note::Drift),
        None => (fact, Note::RevokedOutside),
    });
    let new = after.iter().filter(|fact| before.get(fact.key).is_none());
    let drifted = changed.chain(new.map(|fact| (fact, Note::GivenOutside)));
    let drifted = drifted.map(|(fact, note)| Drifted {
        origin: Arc::clone(&change.origin),
        key: fact.key,
        net_key: change.origin.net_key(fact),
        access: fact.into(),
        // What takes access away, such as a denial, is neither given nor revoked.
        note: match fact.is_reversed {
            true => Note::Drift,
            false => note,
        },
    });
    Evidence {
        drifted: drifted.collect(),
        unread: unread(&change.origin, problems),
        ..Evidence::default()
    }
}

/// What could not be read of a resource.
fn unread(origin: &Origin, problems: BTreeSet<Reason>) -> Vec<Unread> {
    let problems = problems.into_iter();
    problems.map(|reason| origin.unread(reason)).collect()
}
