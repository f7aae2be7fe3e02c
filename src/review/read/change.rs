//! What happens to our resources: `resource_changes`, `resource_drift` and `deferred_changes`.

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, SeqAccess};
use serde_json::{Map, Value as Json};

use super::super::error::Error;
use super::super::plan::{Action, Attributes, Deferred, ResourceChange, is_marked};
use super::Problem;
use super::entry::{Each, Entry, One};
use super::shape::{Shape, Shaped, Strange, small};

/// Expects a list of changes, and keeps ours.
#[derive(Debug)]
pub(super) struct Changes<'a> {
    pub(super) changes: &'a mut Vec<ResourceChange>,
    pub(super) problem: &'a mut Problem,
    /// The key of the list.
    pub(super) place: &'static str,
}

impl<'de> Shape<'de> for Changes<'_> {
    type Value = ();

    fn list<A: SeqAccess<'de>>(self, list: A) -> Result<Option<()>, A::Error> {
        let each = |entry| {
            let read = read(entry, self.place);
            self.changes
                .extend(self.problem.sift(read).unwrap_or_default());
        };
        Each(each).list(list)
    }
}

/// Expects a list of changes that are put off, and keeps ours.
#[derive(Debug)]
pub(super) struct DeferredChanges<'a> {
    pub(super) deferred: &'a mut Vec<Deferred>,
    pub(super) problem: &'a mut Problem,
}

const DEFERRED: &str = "deferred_changes";

impl<'de> Shape<'de> for DeferredChanges<'_> {
    type Value = ();

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<()>, A::Error> {
        while let Some(put_off) = list.next_element_seed(Shaped(PutOff))? {
            let Some((reason, entry)) = self.problem.part(DEFERRED, put_off) else {
                continue;
            };
            let changes = self.problem.sift(read(entry, DEFERRED)).unwrap_or_default();
            self.deferred
                .extend(changes.into_iter().map(|change| Deferred {
                    reason: reason.clone(),
                    change,
                }));
        }
        Ok(Some(()))
    }
}

/// Expects a change with the reason why it is put off.
struct PutOff;

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    Reason,
    ResourceChange,
    #[serde(other)]
    Other,
}

impl<'de> Shape<'de> for PutOff {
    type Value = (String, Result<Entry, Strange>);

    fn map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<Self::Value>, A::Error> {
        let (mut reason, mut change) = (None, Err(Strange));
        while let Some(key) = map.next_key()? {
            match key {
                Key::Reason => reason = small(&mut map)?.unwrap_or_default(),
                Key::ResourceChange => {
                    let entry = map.next_value_seed(Shaped(One))?;
                    change = entry.and_then(|entry| entry.ok_or(Strange));
                }
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        // Terraform's own word where it cannot say why.
        let reason = reason.unwrap_or_else(|| "unknown".to_owned());
        Ok(Some((reason, change)))
    }
}

/// Reads the change of one of our resources; nothing for all others.
fn read(entry: Result<Entry, Strange>, place: &str) -> Result<Vec<ResourceChange>, Error> {
    let strange = |Strange| Error::of_part(place);
    let entry = entry.map_err(strange)?;
    let Some((kind, address)) = entry.ours().map_err(strange)? else {
        return Ok(Vec::new());
    };
    let malformed = || Error::of_change(address);
    let raw = entry.change.as_ref().ok_or_else(malformed)?;
    let body: Body = serde_json::from_str(raw.get()).map_err(|_| malformed())?;
    let actions = actions(&body.actions).ok_or_else(malformed)?;
    let change = |action: Action| {
        let (has_before, has_after) = match (actions.len(), action) {
            (2, Action::Forget) => (true, false),
            (2, _) => (false, true),
            _ => (true, true),
        };
        let before = body.before.as_ref().filter(|_| has_before);
        let after = body.after.as_ref().filter(|_| has_after);
        ResourceChange {
            address: address.to_owned(),
            previous_address: entry.previous_address.clone(),
            is_deposed: entry.deposed.is_some(),
            kind,
            action,
            is_import: body.importing.is_some(),
            before: before
                .map(|values| Attributes::read(values, &Json::Null, &body.before_sensitive)),
            after: after
                .map(|values| Attributes::read(values, &body.after_unknown, &body.after_sensitive)),
            is_end_changed: is_marked(&body.after_unknown, END) || end(before) != end(after),
        }
    };
    Ok(actions.iter().copied().map(change).collect())
}

/// The attribute whose change is told apart.
const END: &str = "validity_time";

fn end(values: Option<&Map<String, Json>>) -> &Json {
    values
        .and_then(|values| values.get(END))
        .unwrap_or(&Json::Null)
}

/// What is to happen to one object.
#[derive(Deserialize)]
struct Body {
    actions: Vec<String>,
    before: Option<Map<String, Json>>,
    after: Option<Map<String, Json>>,
    #[serde(default)]
    after_unknown: Json,
    #[serde(default)]
    before_sensitive: Json,
    #[serde(default)]
    after_sensitive: Json,
    importing: Option<IgnoredAny>,
}

/// What Terraform does; two things where it forgets one object and makes another. `None` if it is not known.
fn actions(names: &[String]) -> Option<&'static [Action]> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Some(match names.as_slice() {
        ["no-op" | "read"] => &[Action::Keep],
        ["create"] => &[Action::Create],
        ["update"] => &[Action::Update],
        ["delete"] => &[Action::Delete],
        ["delete", "create"] | ["create", "delete"] => &[Action::Replace],
        ["forget"] => &[Action::Forget],
        ["create", "forget"] | ["forget", "create"] => &[Action::Forget, Action::Create],
        _ => return None,
    })
}
