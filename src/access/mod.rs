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

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use serde_json::Value as Json;

use address::Address;
pub(crate) use change::Action;
use change::{Change, PackedChange};
pub use configuration::Configuration;
pub(crate) use configuration::{Module, ModuleCall};
use evaluate::{Context, evaluate, evaluate_drift};
pub use event::Evidence;
use event::{Drifted, Event, Origin, Pool, Unaffected};
use instance::{InstanceList, Instances};
use reference::References;
use table::{Role, Table};
use unread::Reason;

/// A managed resource in a list of changes.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'a> {
    /// The absolute address.
    pub address: &'a str,
    /// Such as `huaweicloud_identity_user`.
    pub type_name: &'a str,
    /// The key of a deposed object.
    pub deposed: Option<&'a str>,
}

/// Reads the changes of one plan, in any order, and then its configuration.
#[derive(Debug)]
pub struct AccessReader {
    table: &'static Table,
    instances: InstanceList,
    pool: Pool,
    evidence: Evidence,
    /// Changes that need the configuration.
    pending: Vec<PackedChange>,
    /// Drift that needs the configuration.
    pending_drift: Vec<PackedChange>,
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
            instances: InstanceList::default(),
            pool: Pool::default(),
            evidence: Evidence::default(),
            pending: Vec::new(),
            pending_drift: Vec::new(),
        }
    }

    /// Notes an instance in `resource_changes`, and its name. References may lead to it, whatever its type is.
    pub fn instance(&mut self, address: &str, name: Option<&str>) {
        self.instances.add(address, name);
    }

    /// Notes how the object of this type with this ID is called.
    pub fn object(&mut self, type_name: &str, id: &str, name: &str) {
        self.instances.name(type_name, id, name);
    }

    /// Notes that a resource of a type that is not declared is changed.
    pub fn other_change(&mut self, type_name: &str) {
        let others = &mut self.evidence.not_reviewed;
        *others.entry(type_name.to_owned()).or_default() += 1;
    }

    /// Reads an entry of `resource_changes` of a declared type: the resource, and its `change` in JSON. What happens to its
    /// accesses is kept, or the attributes that its declaration needs.
    pub fn resource_change(&mut self, resource: &Resource<'_>, change: &str) {
        let Some(origin) = self.origin(resource, true) else {
            return;
        };
        match self.read(&origin, change) {
            Ok(Some(change)) if change.needs_configuration() => self.pending.push(change.pack()),
            Ok(Some(change)) => {
                let evidence = with_nothing(self.table, |context| evaluate(&change, context));
                self.evidence.extend(evidence.pooled(&mut self.pool));
            }
            Ok(None) => {}
            Err(reason) => self.unread(&origin, reason),
        }
    }

    /// Reads an entry of `resource_drift`: the resource, and its `change` in JSON.
    pub fn drift(&mut self, resource: &Resource<'_>, change: &str) {
        if resource.deposed.is_some() {
            return;
        }
        let Some(origin) = self.origin(resource, false) else {
            return;
        };
        if origin.declaration.role == Role::Opaque {
            return;
        }
        match self.read(&origin, change) {
            Ok(Some(change)) if change.declaration().is_configuration_needed => {
                self.pending_drift.push(change.pack());
            }
            Ok(Some(change)) => {
                let evidence = with_nothing(self.table, |context| evaluate_drift(&change, context));
                self.evidence.extend(evidence.pooled(&mut self.pool));
            }
            Ok(None) => {}
            Err(reason) => self.unread(&origin, reason),
        }
    }

    /// What the plan does to accesses, with its configuration and the values of the variables of the root module.
    #[must_use]
    pub fn finish(
        mut self,
        configuration: &Configuration,
        variables: &BTreeMap<String, Json>,
    ) -> Evidence {
        let instances = self.instances.referenced(configuration);
        let context = Context {
            table: self.table,
            references: References {
                configuration,
                variables,
                instances: &instances,
            },
        };
        for change in std::mem::take(&mut self.pending)
            .into_iter()
            .filter_map(PackedChange::unpack)
        {
            let evidence = evaluate(&change, context);
            self.evidence.extend(evidence.pooled(&mut self.pool));
        }
        for change in std::mem::take(&mut self.pending_drift)
            .into_iter()
            .filter_map(PackedChange::unpack)
        {
            let evidence = evaluate_drift(&change, context);
            self.evidence.extend(evidence.pooled(&mut self.pool));
        }
        let mut evidence = self.evidence;
        let drifted = std::mem::take(&mut evidence.drifted);
        let left_alone = left_alone(&evidence, drifted);
        evidence.unaffected.extend(left_alone);
        // Independent of the order in the plan, and of what had to wait for the configuration.
        let origin = |events: &[Event]| events.first().map(|event| Arc::clone(&event.origin));
        evidence.events.sort_by(|a, b| {
            let origins = origin(a).zip(origin(b));
            origins.map_or(Ordering::Equal, |(a, b)| a.order(&b))
        });
        evidence.held.sort_by(|a, b| a.origin.order(&b.origin));
        let unaffected = &mut evidence.unaffected;
        unaffected.sort_by(|a, b| a.origin.order(&b.origin));
        evidence.unread.sort();
        evidence.unread.dedup();
        evidence.name_objects(&self.instances);
        evidence.providers = configuration.providers();
        evidence
    }

    /// The resource, if its type is declared.
    fn origin(&self, resource: &Resource<'_>, is_planned: bool) -> Option<Arc<Origin>> {
        let (type_name, declaration) = self.table.entry(resource.type_name)?;
        Some(Arc::new(Origin {
            is_planned,
            state: None,
            address: resource.address.into(),
            deposed: resource.deposed.map(Into::into),
            type_name,
            declaration,
            region: OnceLock::new(),
        }))
    }

    /// A change of a declared type; `None` if nothing happens that can affect access.
    fn read(&self, origin: &Arc<Origin>, change: &str) -> Result<Option<Change>, Reason> {
        let address = Address::parse(&origin.address).ok_or(Reason::Malformed)?;
        let change = Change::read(Arc::clone(origin), address, change)?;
        let is_opaque = origin.declaration.role == Role::Opaque;
        match change {
            Some(change) if is_opaque && change.action != Action::Keep => Err(Reason::Opaque),
            change => Ok(change.filter(|_| !is_opaque)),
        }
    }

    fn unread(&mut self, origin: &Origin, reason: Reason) {
        self.evidence.unread.push(origin.unread(reason));
    }
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
    if drifted.is_empty() {
        return Vec::new();
    }
    let current = evidence.events.iter().flatten();
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
        note: drifted.note,
    });
    rows.collect()
}

#[cfg(test)]
mod tests;
