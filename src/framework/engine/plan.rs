//! Request: plan the change of an object.

use crate::framework::identity::is_complete;
use crate::framework::path::Path;
use crate::framework::plan::{self, ResourcePlan};
use crate::framework::private::Private;
use crate::framework::provider::Provider;
use crate::framework::required::missing_arguments;
use crate::framework::resource::PlanContext;
use crate::framework::value::Value;

use super::guard::guard;
use super::registration::mismatch_error;
use super::resource::ErasedChange;
use super::{Engine, EngineResponse, ErasedResource, Registration};

/// Input of [`Engine::plan`]. At most one of `prior` and `proposed` is none.
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// The type name used in the block.
    pub type_name: String,
    /// The current object; none if it is to be created.
    pub prior: Option<Value>,
    /// Terraform's merge of configuration and prior object; none if it is to be destroyed.
    pub proposed: Option<Value>,
    /// The configuration; null if the object is to be destroyed.
    pub config: Value,
    /// The object's private data.
    pub private: Private,
    /// The stored identity; none if none is stored, as by clients without identity support.
    pub identity: Option<Value>,
}

/// The planned object, and the attributes that force its replacement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlannedObject {
    /// The object; none if it is destroyed.
    pub state: Option<Value>,
    /// The attributes whose change forces replacement, sorted.
    pub replace: Vec<Path>,
    /// The identity; none for a new object if a part of it is unknown until apply.
    pub identity: Option<Value>,
    /// Private data, including facts for the operation that applies the plan.
    pub private: Private,
}

impl<P: Provider> Engine<P> {
    /// Plans a change. Changes no object, and returns the same result for the same request. With an error, the result
    /// must be ignored.
    pub async fn plan(
        &self,
        resource: &Registration<ErasedResource<P::Client>>,
        request: PlanRequest,
    ) -> EngineResponse<PlannedObject> {
        let client = match self.client() {
            Ok(client) => client,
            Err(diagnostic) => return EngineResponse::failed(diagnostic),
        };
        let PlanRequest {
            type_name,
            prior,
            proposed,
            config,
            private,
            identity,
        } = request;
        let missing = missing_arguments(resource.block(), &config);
        if missing.has_error() {
            return EngineResponse::failed(missing);
        }
        let ResourcePlan { mut state, replace } = match proposed {
            Some(proposed) => {
                let request = plan::PlanRequest {
                    prior: prior.as_ref(),
                    proposed,
                    config: &config,
                };
                plan::plan(resource.block(), request)
            }
            None => ResourcePlan {
                state: Value::Null,
                replace: Vec::new(),
            },
        };
        let change = match (&prior, &mut state) {
            (Some(prior), Value::Null) => Some(ErasedChange::Destroy { prior }),
            (None, Value::Null) => None,
            (Some(prior), plan) => Some(ErasedChange::Update {
                prior,
                plan,
                is_replaced: !replace.is_empty(),
            }),
            (None, plan) => Some(ErasedChange::Create {
                config: &config,
                plan,
            }),
        };
        let mut context = PlanContext::new(type_name, self.stop.token(), private);
        if let (Some(modify), Some(change)) = (resource.modify_plan(), change) {
            match guard(modify(&client, change, &mut context)).await {
                Ok(Ok(())) => {}
                Ok(Err(mismatch)) => context.diagnostics.push(mismatch_error(&mismatch)),
                Err(panic) => context.diagnostics.push(panic),
            }
        }
        let PlanContext {
            diagnostics,
            private,
            ..
        } = context;
        let identity = match &prior {
            // The identity of an existing object is constant, also if the object will be destroyed or replaced.
            Some(prior) => identity
                .filter(Value::is_wholly_known)
                .or_else(|| known_identity(resource, prior)),
            None if state.is_null() => None,
            None => known_identity(resource, &state),
        };
        let state = (!state.is_null()).then_some(state);
        EngineResponse {
            result: PlannedObject {
                state,
                replace,
                identity,
                private,
            },
            diagnostics,
        }
    }
}

/// The identity of an object, if it is complete. Terraform allows unknown attributes in the identity of a new object,
/// but its `show -json` then fails for the plan.
fn known_identity<C: Send + Sync + 'static>(
    resource: &Registration<ErasedResource<C>>,
    state: &Value,
) -> Option<Value> {
    // An object that does not fit the model has been reported already, or will be by the apply.
    let identity = resource.identity()?.of(state).ok();
    identity.filter(is_complete)
}
