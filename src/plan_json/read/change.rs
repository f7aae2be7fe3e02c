//! Changes of grants, and other changes that may affect access: `resource_changes`, `resource_drift` and `deferred_changes`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, SeqAccess};
use serde_json::{Map, Value as Json};

use super::super::action_reason::ActionReason;
use super::super::coverage::Coverage;
use super::super::error::Error;
use super::super::grant_type::{GrantType, attribute};
use super::super::plan::{
    Action, AttributeChange, DeferredChange, NotReviewed, Part, PlannedOperation, ResourceChange,
    StatusChange,
};
use super::super::value::{Attributes, PlanValue, is_marked};
use super::action::NamedAction;
use super::dialect::DialectDraft;
use super::entry::{ChangeEntry, Each, EntrySubject, One};
use super::problem::FirstProblem;
use super::shape::{Shape, Shaped, Strange, small};
use crate::access::{self, AccessReader, Resource};

/// Expects a list of changes; keeps those of grants, and lists others that may affect access.
#[derive(Debug)]
pub(super) struct Changes<'a> {
    /// Where changes of grants are added, in the order of the list.
    pub(super) changes: &'a mut Vec<ResourceChange>,
    /// Where the reasons for what is planned are added, by address.
    pub(super) reasons: &'a mut BTreeMap<String, ActionReason>,
    /// What reads the accesses of all types.
    pub(super) access: &'a mut AccessReader,
    /// What notes the providers.
    pub(super) dialect: &'a mut DialectDraft,
    /// Where other changes that may affect access are added.
    pub(super) not_reviewed: &'a mut Vec<NotReviewed>,
    /// Where a malformed entry is noted; reading continues with the next one.
    pub(super) problem: &'a mut FirstProblem,
    /// Which list.
    pub(super) part: Part,
}

impl<'de> Shape<'de> for Changes<'_> {
    type Value = ();

    fn list<A: SeqAccess<'de>>(self, list: A) -> Result<Option<()>, A::Error> {
        let each = |entry: Result<ChangeEntry, Strange>| {
            if self.part == Part::Planned {
                self.reasons.extend(entry.as_ref().ok().and_then(reason));
            }
            if let Ok(entry) = &entry
                && let Some(provider) = &entry.provider_name
            {
                self.dialect.add_provider(provider);
            }
            let found = self.problem.collect(read(entry, self.part, self.access));
            let found = found.unwrap_or_default();
            self.changes.extend(found.changes);
            self.not_reviewed.extend(found.not_reviewed);
        };
        Each(each).list(list)
    }
}

/// Why an object of a reviewed type is replaced or destroyed, with its address.
fn reason(entry: &ChangeEntry) -> Option<(String, ActionReason)> {
    let reason = entry.reason.filter(|_| entry.deposed.is_none())?;
    let subject = entry.subject().ok()?;
    let is_reviewed = matches!(subject.coverage, Coverage::Grant(_) | Coverage::AccessType);
    is_reviewed.then(|| (subject.address.to_owned(), reason))
}

/// Expects a list of deferred changes; keeps those of grants, and lists others that may affect access.
#[derive(Debug)]
pub(super) struct DeferredChanges<'a> {
    /// Set if there is any, of whatever type.
    pub(super) has_any: &'a mut bool,
    pub(super) deferred: &'a mut Vec<DeferredChange>,
    pub(super) access: &'a mut AccessReader,
    pub(super) not_reviewed: &'a mut Vec<NotReviewed>,
    pub(super) problem: &'a mut FirstProblem,
}

impl<'de> Shape<'de> for DeferredChanges<'_> {
    type Value = ();

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<()>, A::Error> {
        while let Some(deferred) = list.next_element_seed(Shaped(Deferred))? {
            *self.has_any = true;
            let Some((reason, entry)) = self.problem.part(Part::Deferred.key(), deferred) else {
                continue;
            };
            let found = self
                .problem
                .collect(read(entry, Part::Deferred, self.access));
            let found = found.unwrap_or_default();
            self.not_reviewed.extend(found.not_reviewed);
            self.deferred
                .extend(found.changes.into_iter().map(|change| DeferredChange {
                    reason: reason.clone(),
                    change,
                }));
        }
        Ok(Some(()))
    }
}

/// Expects a deferred change with its reason.
struct Deferred;

/// The members of a deferred change.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum ChangeMember {
    Reason,
    ResourceChange,
    #[serde(other)]
    Other,
}

impl<'de> Shape<'de> for Deferred {
    type Value = (String, Result<ChangeEntry, Strange>);

    fn map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<Self::Value>, A::Error> {
        let (mut reason, mut change) = (None, Err(Strange));
        while let Some(key) = map.next_key()? {
            match key {
                ChangeMember::Reason => reason = small(&mut map)?.unwrap_or_default(),
                ChangeMember::ResourceChange => {
                    let entry = map.next_value_seed(Shaped(One))?;
                    change = entry.and_then(|entry| entry.ok_or(Strange));
                }
                ChangeMember::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        // The reason that Terraform gives if it knows none.
        let reason = reason.unwrap_or_else(|| "unknown".to_owned());
        Ok(Some((reason, change)))
    }
}

/// The part of an entry that concerns access.
#[derive(Default)]
struct FoundChange {
    /// Changes of a grant: two if one object is removed from the state and another created, otherwise at most one.
    changes: Vec<ResourceChange>,
    /// The summary of the change, if a report must list it.
    not_reviewed: Option<NotReviewed>,
}

/// Reads the change of a grant, or the summary of another change that may affect access; `access` reads the changes of all
/// types.
fn read(
    entry: Result<ChangeEntry, Strange>,
    part: Part,
    access: &mut AccessReader,
) -> Result<FoundChange, Error> {
    let strange = |Strange| Error::of_part(part.key());
    let entry = entry.map_err(strange)?;
    let subject = entry.subject().map_err(strange)?;
    note(&entry, subject, part, access);
    let not_reviewed = |operation, attributes| NotReviewed {
        type_name: subject.type_name.to_owned(),
        coverage: subject.coverage,
        address: subject.address.to_owned(),
        part,
        operation,
        attributes,
    };
    let operation = match subject.coverage {
        Coverage::Foreign => return Ok(FoundChange::default()),
        Coverage::AccessType if part != Part::Deferred => return Ok(FoundChange::default()),
        Coverage::Unsupported | Coverage::AccessType => unread(&entry, part),
        Coverage::Grant(kind) => {
            let changes = ours(&entry, kind, subject.address, part)?;
            let actions: Vec<Action> = changes.iter().map(|change| change.action).collect();
            // A deferred change is not in this plan, so it is not reviewed either.
            let operation = operation(&actions).filter(|_| part == Part::Deferred);
            return Ok(FoundChange {
                changes,
                not_reviewed: operation.map(|operation| not_reviewed(operation, Vec::new())),
            });
        }
    };
    let attributes = match subject.coverage {
        Coverage::Unsupported => attribute_changes(&entry),
        Coverage::Foreign | Coverage::AccessType | Coverage::Grant(_) => Vec::new(),
    };
    Ok(FoundChange {
        changes: Vec::new(),
        not_reviewed: operation.map(|operation| not_reviewed(operation, attributes)),
    })
}

/// Hands a change to the reader of accesses.
fn note(entry: &ChangeEntry, subject: EntrySubject<'_>, part: Part, access: &mut AccessReader) {
    let EntrySubject {
        type_name,
        address,
        coverage,
    } = subject;
    if part == Part::Planned && entry.deposed.is_none() {
        let identity = entry.identity(type_name);
        access.instance(address, identity.name.as_deref());
        identity.name_objects(type_name, access);
    }
    let resource = Resource {
        address,
        type_name,
        deposed: entry.deposed.as_deref(),
    };
    let change = entry.change.as_ref().map_or("null", |change| change.get());
    match (coverage, part) {
        (Coverage::Grant(_) | Coverage::AccessType, Part::Planned) => {
            access.resource_change(&resource, change);
        }
        (Coverage::Grant(_) | Coverage::AccessType, Part::Drift) => {
            access.drift(&resource, change);
        }
        (Coverage::Foreign, Part::Planned | Part::Deferred) if !entry.is_data() => {
            let names = match &entry.foreign {
                Some(foreign) => foreign.actions.clone(),
                None => named_actions(entry).names,
            };
            let actions = names.as_deref().and_then(actions);
            if actions.is_none_or(|actions| operation(actions).is_some()) {
                access.other_change(type_name);
            }
        }
        _ => {}
    }
}

/// The attributes of a change, by name; empty if the change cannot be parsed, whose operation is unknown then.
fn attribute_changes(entry: &ChangeEntry) -> Vec<AttributeChange> {
    let body = entry.change.as_ref();
    let body = body.and_then(|raw| serde_json::from_str::<Body>(raw.get()).ok());
    let Some(body) = body else {
        return Vec::new();
    };
    let empty = Map::new();
    let before = body.before.as_ref().unwrap_or(&empty);
    let after = body.after.as_ref().unwrap_or(&empty);
    let marks = [
        &body.after_unknown,
        &body.before_sensitive,
        &body.after_sensitive,
    ];
    let marked = marks.into_iter().filter_map(Json::as_object);
    let names = [before, after]
        .into_iter()
        .chain(marked)
        .flat_map(Map::keys);
    let names: BTreeSet<&String> = names.collect();
    let attributes = names.into_iter().map(|name| AttributeChange {
        name: name.clone(),
        before: PlanValue::read(name, before, &Json::Null, &body.before_sensitive),
        after: PlanValue::read(name, after, &body.after_unknown, &body.after_sensitive),
    });
    let is_set = |attribute: &AttributeChange| {
        attribute.before != PlanValue::Null || attribute.after != PlanValue::Null
    };
    attributes.filter(is_set).collect()
}

/// The actions of a change that is in memory.
fn named_actions(entry: &ChangeEntry) -> NamedAction {
    let is_moved = entry.previous_address.is_some();
    let change = entry.change.as_ref();
    change.map_or_else(NamedAction::default, |change| {
        NamedAction::of(change, is_moved)
    })
}

/// The operation of a change that is not reviewed; `None` if there is none.
fn unread(entry: &ChangeEntry, part: Part) -> Option<PlannedOperation> {
    let named = named_actions(entry);
    if part == Part::Drift && named.is_only_moved {
        // Terraform lists a `moved` block as drift: an update without changes.
        return None;
    }
    match actions(&named.names.unwrap_or_default()) {
        Some(actions) => operation(actions),
        None => Some(PlannedOperation::Unknown),
    }
}

/// The operation of these actions on one object; `None` for none and for reading.
fn operation(actions: &[Action]) -> Option<PlannedOperation> {
    match actions {
        [] | [Action::Keep] => None,
        [Action::Create] => Some(PlannedOperation::Create),
        [Action::Update] => Some(PlannedOperation::Update),
        [Action::Delete] => Some(PlannedOperation::Delete),
        [Action::Replace] => Some(PlannedOperation::Replace),
        [Action::Forget] => Some(PlannedOperation::Forget),
        [Action::Forget, Action::Create] => Some(PlannedOperation::ForgetAndCreate),
        _ => Some(PlannedOperation::Unknown),
    }
}

/// The attributes before and afterwards.
fn sides(
    body: &Body,
    before: Option<&Map<String, Json>>,
    after: Option<&Map<String, Json>>,
) -> [Option<Arc<Attributes>>; 2] {
    let before = before.map(|values| Attributes::read(values, &Json::Null, &body.before_sensitive));
    let after =
        after.map(|values| Attributes::read(values, &body.after_unknown, &body.after_sensitive));
    if before == after {
        let both = before.map(Arc::new);
        return [both.clone(), both];
    }
    [before, after].map(|side| side.map(Arc::new))
}

/// Reads the change of a grant.
fn ours(
    entry: &ChangeEntry,
    kind: GrantType,
    address: &str,
    part: Part,
) -> Result<Vec<ResourceChange>, Error> {
    let malformed = || Error::of_change(address);
    let raw = entry.change.as_ref().ok_or_else(malformed)?;
    let body: Body = serde_json::from_str(raw.get()).map_err(|_| malformed())?;
    let actions = actions(&body.actions).ok_or_else(malformed)?;
    // An object of which nothing is known yet.
    let unknown = Map::new();
    let is_unknown = body.after_unknown == Json::Bool(true);
    let planned = body.after.as_ref().or(is_unknown.then_some(&unknown));
    // What has not happened yet may not be known at all.
    let is_deferred = part == Part::Deferred;
    if !is_deferred && !has_sides(actions, body.before.is_some(), planned.is_some()) {
        return Err(malformed());
    }
    let change = |action: Action| {
        let (has_before, has_after) = match (actions.len(), action) {
            (2, Action::Forget) => (true, false),
            (2, _) => (false, true),
            _ => (true, true),
        };
        let before = body.before.as_ref().filter(|_| has_before);
        let after = planned.filter(|_| has_after);
        let [attributes_before, attributes_after] = sides(&body, before, after);
        ResourceChange {
            address: address.into(),
            previous_address: entry.previous_address.clone(),
            is_deposed: entry.deposed.is_some(),
            kind,
            action,
            is_created_first: body.actions.first().is_some_and(|first| first == "create"),
            is_import: body.importing.is_some(),
            before: attributes_before,
            after: attributes_after,
            is_expiry_changed: is_marked(&body.after_unknown, EXPIRY)
                || expiry(before) != expiry(after),
            is_otherwise_changed: is_otherwise_changed(before, after),
            status_change: status_change(
                status(before, &Json::Null, &body.before_sensitive),
                status(after, &body.after_unknown, &body.after_sensitive),
            ),
        }
    };
    Ok(actions.iter().copied().map(change).collect())
}

/// Whether a change has the objects that its actions are about. Without one, the review would take the change for no change
/// of access.
fn has_sides(actions: &[Action], has_before: bool, has_after: bool) -> bool {
    match actions {
        [Action::Create] => has_after,
        [Action::Delete | Action::Forget] => has_before,
        [Action::Keep] => has_before == has_after,
        _ => has_before && has_after,
    }
}

/// The attribute whose change is reported apart.
const EXPIRY: &str = attribute::VALIDITY_TIME;

/// The attributes that change with the expiry, or when it is reached.
const WITH_EXPIRY: [&str; 5] = [EXPIRY, "signature", "state", STATUS, "update_time"];

/// The attribute that says whether a grant has expired.
const STATUS: &str = attribute::STATUS;

/// Whether an attribute changes that is independent of the expiry.
fn is_otherwise_changed(
    before: Option<&Map<String, Json>>,
    after: Option<&Map<String, Json>>,
) -> bool {
    let names = [before, after].into_iter().flatten().flat_map(Map::keys);
    let mut others = names.filter(|name| !WITH_EXPIRY.contains(&name.as_str()));
    others.any(|name| {
        let [before, after] = [before, after].map(|side| side?.get(name));
        before != after
    })
}

/// The status of an object that has these marks; `None` if it is not known or may not be shown.
fn status<'a>(
    values: Option<&'a Map<String, Json>>,
    unknown: &Json,
    sensitive: &Json,
) -> Option<&'a str> {
    let is_hidden = is_marked(unknown, STATUS) || is_marked(sensitive, STATUS);
    values?.get(STATUS)?.as_str().filter(|_| !is_hidden)
}

/// How the status changes, if both values are ones that this version knows.
fn status_change(before: Option<&str>, after: Option<&str>) -> Option<StatusChange> {
    match (before?, after?) {
        ("active", "expired") => Some(StatusChange::Expired),
        ("expired", "active") => Some(StatusChange::Reactivated),
        _ => None,
    }
}

/// The expiry of an object; null if there is no object.
fn expiry(values: Option<&Map<String, Json>>) -> &Json {
    values
        .and_then(|values| values.get(EXPIRY))
        .unwrap_or(&Json::Null)
}

/// What is to happen to one object.
#[derive(Deserialize)]
struct Body {
    /// Names as Terraform writes them: two for a replacement, in the order in which they happen.
    actions: Vec<String>,
    /// The object before; none for a creation.
    before: Option<Map<String, Json>>,
    /// The object afterwards, without unknown attributes; none for a deletion.
    after: Option<Map<String, Json>>,
    /// Marks in the shape of `after`: true for what is known after apply only.
    #[serde(default)]
    after_unknown: Json,
    /// Marks in the shape of `before`; `true` alone marks the whole object.
    #[serde(default)]
    before_sensitive: Json,
    #[serde(default)]
    after_sensitive: Json,
    /// Present, with any content, if the object is imported.
    importing: Option<IgnoredAny>,
}

/// The actions of Terraform; two if it forgets one object and creates another. `None` if they are unknown.
fn actions(names: &[String]) -> Option<&'static [Action]> {
    Some(match access::Action::of(names)? {
        access::Action::Read | access::Action::Keep => &[Action::Keep],
        access::Action::Create => &[Action::Create],
        access::Action::Update => &[Action::Update],
        access::Action::Delete => &[Action::Delete],
        access::Action::Replace => &[Action::Replace],
        access::Action::Forget => &[Action::Forget],
        access::Action::ForgetAndCreate => &[Action::Forget, Action::Create],
    })
}
