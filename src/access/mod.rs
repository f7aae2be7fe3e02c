//! Reads what the resource changes of a plan do to access, one resource at a time, by the declarations in [`table`].
//!
//! A change is reduced to the attributes that its declaration needs. If its accesses do not depend on the configuration, which
//! is last in a plan, the change is evaluated at once; otherwise it is kept in its reduced form until [`AccessReader::finish`]. A side of a change (`side`) gives
//! facts (`fact`), both sides are compared (`compare`), and events remain, which [`crate::access::net`] combines.

mod address;
mod allowlist;
mod change;
mod compare;
mod condition;
mod configuration;
mod evaluate;
pub(crate) mod event;
mod fact;
pub(crate) mod hash;
mod instance;
pub mod net;
mod path;
pub(crate) mod policy;
mod reference;
mod rule;
mod side;
pub mod table;
mod template;
mod text;
mod unaffected;
pub mod unread;
mod value;
mod walk;
mod word;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use address::Address;
use change::Change;
pub use configuration::Configuration;
use evaluate::{Context, evaluate, evaluate_drift};
pub use event::Evidence;
use event::{Drifted, Origin, Unaffected};
use instance::Instances;
use reference::References;
use table::{Role, Table};
use unread::{Reason, Unread};

use crate::access::net::row::Note;

/// A resource in a list of changes.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'a> {
    /// The absolute address.
    pub address: &'a str,
    /// Such as `huaweicloud_identity_user`.
    pub type_name: &'a str,
    /// Whether it is a data source.
    pub is_data: bool,
    /// The key of a deposed object.
    pub deposed: Option<&'a str>,
}

/// Reads the changes of one plan, in any order, and then its configuration.
#[derive(Debug)]
pub struct AccessReader {
    table: &'static Table,
    instances: Instances,
    evidence: Evidence,
    /// Changes that need the configuration.
    pending: Vec<Change>,
    /// Drift that needs the configuration.
    pending_drift: Vec<Change>,
    /// How many resources are read.
    count: usize,
}

/// The part of a change of a type that is not declared.
#[derive(Deserialize)]
struct ActionNames {
    #[serde(default)]
    actions: Vec<String>,
}

impl Default for AccessReader {
    fn default() -> Self {
        Self::new()
    }
}

impl AccessReader {
    /// Reads with the declarations of this version.
    #[must_use]
    pub fn new() -> Self {
        Self {
            table: Table::current(),
            instances: Instances::default(),
            evidence: Evidence::default(),
            pending: Vec::new(),
            pending_drift: Vec::new(),
            count: 0,
        }
    }

    /// Reads an entry of `resource_changes`: the resource, and its `change` in JSON.
    ///
    /// Of every resource, the address and the name are kept, because references may lead to them. Of a resource that gives
    /// access, what happens to it is kept, or the attributes that its declaration needs.
    pub fn resource_change(&mut self, resource: &Resource<'_>, change: &str) {
        let parsed = Address::parse(resource.address);
        if let (Some(parsed), None) = (&parsed, resource.deposed) {
            self.instances
                .add(parsed, resource.address, change, &self.table.names);
        }
        if resource.is_data {
            return;
        }
        let Some(origin) = self.origin(resource) else {
            self.count_other(resource.type_name, change);
            return;
        };
        match self.read(&origin, parsed, change) {
            Ok(Some(change)) if change.needs_configuration() => self.pending.push(change),
            Ok(Some(change)) => {
                let evidence = with_nothing(self.table, |context| evaluate(&change, context));
                self.evidence.extend(evidence);
            }
            Ok(None) => {}
            Err(reason) => self.unread(Some(origin.label()), reason),
        }
    }

    /// Reads an entry of `resource_drift`: the resource, and its `change` in JSON.
    pub fn drift(&mut self, resource: &Resource<'_>, change: &str) {
        if resource.is_data || resource.deposed.is_some() {
            return;
        }
        let Some(origin) = self.origin(resource) else {
            return;
        };
        if origin.declaration.role == Role::Opaque {
            return;
        }
        match self.read(&origin, Address::parse(resource.address), change) {
            Ok(Some(change)) if change.declaration().is_configuration_needed => {
                self.pending_drift.push(change);
            }
            Ok(Some(change)) => {
                let evidence = with_nothing(self.table, |context| evaluate_drift(&change, context));
                self.evidence.extend(evidence);
            }
            Ok(None) => {}
            Err(reason) => self.unread(Some(origin.label()), reason),
        }
    }

    /// Notes an entry of `deferred_changes`, which is not evaluated: much of it is not known yet.
    pub fn deferred_change(&mut self, resource: &Resource<'_>, reason: &str) {
        if !resource.is_data && self.table.declaration(resource.type_name).is_some() {
            let reason = Reason::Deferred(reason.to_owned());
            self.unread(Some(resource.address.to_owned()), reason);
        }
    }

    /// Notes that planning failed, or that the plan says that it is not complete.
    pub fn incomplete(&mut self) {
        self.unread(None, Reason::Incomplete);
    }

    /// What the plan does to accesses, with its configuration and the values of the variables of the root module.
    #[must_use]
    pub fn finish(
        mut self,
        configuration: &Configuration,
        variables: &BTreeMap<String, Json>,
    ) -> Evidence {
        let context = Context {
            table: self.table,
            references: References {
                configuration,
                variables,
                instances: &self.instances,
            },
        };
        for change in std::mem::take(&mut self.pending) {
            self.evidence.extend(evaluate(&change, context));
        }
        for change in std::mem::take(&mut self.pending_drift) {
            self.evidence.extend(evaluate_drift(&change, context));
        }
        let mut evidence = self.evidence;
        let drifted = std::mem::take(&mut evidence.drifted);
        let left_alone = left_alone(&evidence, drifted);
        evidence.unaffected.extend(left_alone);
        // In the order of the plan, also for changes that were evaluated last.
        evidence.events.sort_by_key(|event| event.origin.position);
        evidence.held.sort_by_key(|held| held.origin.position);
        evidence
            .unaffected
            .sort_by_key(|unaffected| unaffected.origin.position);
        evidence.unread.sort();
        evidence.unread.dedup();
        evidence
    }

    /// The resource, if its type is declared.
    fn origin(&mut self, resource: &Resource<'_>) -> Option<Arc<Origin>> {
        let declaration = self.table.declaration(resource.type_name)?;
        self.count += 1;
        Some(Arc::new(Origin {
            position: self.count,
            address: resource.address.to_owned(),
            deposed: resource.deposed.map(str::to_owned),
            type_name: resource.type_name.to_owned(),
            declaration,
        }))
    }

    /// A change of a declared type; `None` if nothing happens that can affect access.
    fn read(
        &self,
        origin: &Arc<Origin>,
        address: Option<Address>,
        change: &str,
    ) -> Result<Option<Change>, Reason> {
        if origin.declaration.role == Role::Opaque {
            let is_change = actions(change).is_none_or(|actions| is_change(&actions));
            return if is_change {
                Err(Reason::Opaque)
            } else {
                Ok(None)
            };
        }
        let address = address.ok_or(Reason::Malformed)?;
        Change::read(Arc::clone(origin), address, change)
    }

    /// Counts a change of a type that is not declared.
    fn count_other(&mut self, type_name: &str, change: &str) {
        if actions(change).is_none_or(|actions| is_change(&actions)) {
            let others = &mut self.evidence.not_reviewed;
            *others.entry(type_name.to_owned()).or_default() += 1;
        }
    }

    fn unread(&mut self, address: Option<String>, reason: Reason) {
        self.evidence.unread.push(Unread { address, reason });
    }
}

/// The names of the actions of a change; `None` if it cannot be read.
fn actions(change: &str) -> Option<Vec<String>> {
    let names: Option<ActionNames> = serde_json::from_str(change).ok();
    names.map(|names| names.actions)
}

/// Whether actions change anything.
fn is_change(actions: &[String]) -> bool {
    !matches!(actions, [one] if one == "no-op" || one == "read")
}

/// Evaluates what does not depend on the configuration.
fn with_nothing<T>(table: &'static Table, evaluate: impl FnOnce(Context<'_>) -> T) -> T {
    evaluate(Context {
        table,
        references: References {
            configuration: &Configuration::default(),
            variables: &BTreeMap::new(),
            instances: &Instances::default(),
        },
    })
}

/// The drift that the plan does not change.
fn left_alone(evidence: &Evidence, drifted: Vec<Drifted>) -> Vec<Unaffected> {
    let current = evidence.events.iter();
    let current = current.filter(|event| event.origin.deposed.is_none());
    let changed: BTreeSet<_> = current
        .map(|event| (event.origin.address.clone(), event.key))
        .collect();
    let left_alone = drifted
        .into_iter()
        .filter(|drifted| !changed.contains(&(drifted.origin.address.clone(), drifted.key)));
    let rows = left_alone.map(|drifted| Unaffected {
        origin: drifted.origin,
        net_key: drifted.net_key,
        access: drifted.access,
        note: Note::Drift,
    });
    rows.collect()
}

#[cfg(test)]
mod tests;
