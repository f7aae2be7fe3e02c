//! Actions that applying the plan invokes: `action_invocations`, and those that are deferred to a later plan.
//!
//! An action of this provider may revoke access. It is listed with its arguments, because no object shows its effect.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::super::coverage::Coverage;
use super::super::plan::{AttributeChange, NotReviewed, Part, PlannedOperation};
use super::super::value::PlanValue;

/// The key of the invocations.
pub(super) const PLANNED: &str = "action_invocations";

/// The key of the deferred ones.
pub(super) const DEFERRED: &str = "deferred_action_invocations";

/// One invocation of an action.
#[derive(Debug, Deserialize)]
pub(super) struct Invocation {
    address: String,
    r#type: String,
    provider_name: Option<String>,
    /// The arguments; none for an action without a `config` block.
    config_values: Option<Map<String, Json>>,
    /// Marks in the shape of the arguments: true for what is known after apply only.
    #[serde(default)]
    config_unknown: Json,
    #[serde(default)]
    config_sensitive: Json,
}

/// An invocation that is deferred.
#[derive(Debug, Deserialize)]
pub(super) struct DeferredInvocation {
    pub(super) action_invocation: Invocation,
}

impl Invocation {
    /// The summary of the invocation, if the action is one of this provider.
    pub(super) fn not_reviewed(self, part: Part) -> Option<NotReviewed> {
        match Coverage::of(&self.r#type, self.provider_name.as_deref()) {
            Coverage::Grant(_) | Coverage::Unsupported => {}
            Coverage::AccessType | Coverage::Foreign => return None,
        }
        let values = self.config_values.unwrap_or_default();
        let marks = [&self.config_unknown, &self.config_sensitive];
        let marked = marks.into_iter().filter_map(Json::as_object);
        let names = [&values].into_iter().chain(marked).flat_map(Map::keys);
        let names: BTreeSet<&String> = names.collect();
        let arguments = names.into_iter().map(|name| AttributeChange {
            name: name.clone(),
            before: PlanValue::Null,
            after: PlanValue::read(name, &values, &self.config_unknown, &self.config_sensitive),
        });
        let is_set = |argument: &AttributeChange| argument.after != PlanValue::Null;
        Some(NotReviewed {
            attributes: arguments.filter(is_set).collect(),
            type_name: self.r#type,
            coverage: Coverage::Unsupported,
            address: self.address,
            part,
            operation: PlannedOperation::Invoke,
        })
    }
}
