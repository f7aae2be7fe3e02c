//! The state before the plan: `prior_state`, as Terraform has refreshed it.
//!
//! A plan has a change for each object that it covers. Others, after `-target` or with `-refresh-only`, are in the state only
//! and unchanged: tainted and deposed ones too, because this plan does not change them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, SeqAccess};
use serde_json::{Map, Value as Json};

use super::super::error::Error;
use super::super::grant_type::GrantType;
use super::super::plan::{Action, ResourceChange};
use super::super::value::Attributes;
use super::entry::{ChangeEntry, Each};
use super::problem::FirstProblem;
use super::shape::{MAX_DEPTH, Shape, Shaped, Strange, skip};
use crate::access::AccessReader;

/// The grants in the state.
#[derive(Debug, Default)]
pub(super) struct StateDraft(Vec<StateObject>);

/// A grant in the prior state.
#[derive(Debug)]
struct StateObject {
    address: String,
    /// Whether it is left over from an interrupted replacement; the current object has the same address.
    is_deposed: bool,
    kind: GrantType,
    attributes: Attributes,
}

impl StateDraft {
    /// The objects without a change, as changes that keep them; by address.
    pub(super) fn kept(self, changes: &[ResourceChange]) -> Vec<ResourceChange> {
        // A moved object may be in the state under either address.
        let addresses = changes.iter().flat_map(|change| {
            let addresses = [Some(&*change.address), change.previous_address.as_deref()];
            let addresses = addresses.into_iter().flatten();
            addresses.map(|address| (address, change.is_deposed))
        });
        let changed: BTreeSet<(&str, bool)> = addresses.collect();
        let mut kept = self.0;
        kept.retain(|object| !changed.contains(&(&object.address, object.is_deposed)));
        // Independent of the order of modules and resources.
        kept.sort_by(|a, b| (&a.address, a.is_deposed).cmp(&(&b.address, b.is_deposed)));
        kept.into_iter().map(StateObject::keep).collect()
    }
}

impl StateObject {
    /// Reads an object of a grant; `None` for all others.
    fn read(entry: Result<ChangeEntry, Strange>) -> Result<Option<Self>, Error> {
        let strange = |Strange| Error::of_part("prior_state");
        let entry = entry.map_err(strange)?;
        let Some((kind, address)) = entry.ours().map_err(strange)? else {
            return Ok(None);
        };
        let malformed = || Error::of_object(address);
        let values = entry.values.as_ref().ok_or_else(malformed)?;
        let values: Map<String, Json> =
            serde_json::from_str(values.get()).map_err(|_| malformed())?;
        let sensitive = entry.sensitive_values.as_ref();
        let sensitive = sensitive.map(|marks| serde_json::from_str(marks.get()));
        let sensitive: Option<Json> = sensitive.transpose().map_err(|_| malformed())?;
        Ok(Some(Self {
            address: address.to_owned(),
            is_deposed: entry.deposed.is_some(),
            kind,
            attributes: Attributes::read(&values, &Json::Null, &sensitive.unwrap_or_default()),
        }))
    }

    /// The object as a change that does nothing.
    fn keep(self) -> ResourceChange {
        let attributes = Arc::new(self.attributes);
        ResourceChange {
            address: self.address.into(),
            previous_address: None,
            is_deposed: self.is_deposed,
            kind: self.kind,
            action: Action::Keep,
            is_created_first: false,
            is_import: false,
            before: Some(Arc::clone(&attributes)),
            after: Some(attributes),
            is_expiry_changed: false,
            is_otherwise_changed: false,
            status_change: None,
        }
    }
}

/// Expects a state or a part of one: its `values` hold the root module, and a module its resources and its children.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) state: &'a mut StateDraft,
    /// Where the names of all objects are noted.
    pub(super) access: &'a mut AccessReader,
    pub(super) problem: &'a mut FirstProblem,
    /// How many states, modules and lists of modules are around it.
    pub(super) depth: usize,
}

/// The members of a state or a module that are read.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum StateMember {
    Values,
    RootModule,
    Resources,
    ChildModules,
    #[serde(other)]
    Other,
}

impl Node<'_> {
    /// The same place for a part of it.
    fn part(&mut self) -> Node<'_> {
        Node {
            depth: self.depth + 1,
            state: self.state,
            access: self.access,
            problem: self.problem,
        }
    }
}

impl<'de> Shape<'de> for Node<'_> {
    type Value = ();

    fn map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Option<()>, A::Error> {
        // A module is in a list, which is in a module.
        if self.depth > 2 * MAX_DEPTH {
            skip(map)?;
            return Ok(None);
        }
        while let Some(key) = map.next_key()? {
            let part = match key {
                StateMember::Values | StateMember::RootModule => {
                    map.next_value_seed(Shaped(self.part()))?
                }
                StateMember::ChildModules => map.next_value_seed(Shaped(Children(self.part())))?,
                StateMember::Resources => {
                    let part = self.part();
                    let each = |entry: Result<ChangeEntry, Strange>| {
                        if let Ok(Ok(subject)) = entry.as_ref().map(ChangeEntry::subject)
                            && let Ok(entry) = &entry
                        {
                            let identity = entry.state_identity(subject.type_name);
                            identity.name_objects(subject.type_name, part.access);
                            for user in &entry.listed {
                                user.name_objects("user", part.access);
                            }
                        }
                        let object = part.problem.collect(StateObject::read(entry));
                        part.state.0.extend(object.flatten());
                    };
                    map.next_value_seed(Shaped(Each(each)))?
                }
                StateMember::Other => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            self.problem.part("prior_state", part);
        }
        Ok(Some(()))
    }
}

/// Expects a list of modules.
struct Children<'a>(Node<'a>);

impl<'de> Shape<'de> for Children<'_> {
    type Value = ();

    fn list<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Option<()>, A::Error> {
        while let Some(child) = list.next_element_seed(Shaped(self.0.part()))? {
            self.0.problem.part("prior_state", child);
        }
        Ok(Some(()))
    }
}
