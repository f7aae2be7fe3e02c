//! Request: what will happen to an object.

use crate::framework::identity::is_whole;
use crate::framework::path::Path;
use crate::framework::plan::{self, ResourcePlan};
use crate::framework::private::Private;
use crate::framework::provider::Provider;
use crate::framework::required::missing_arguments;
use crate::framework::resource::PlanContext;
use crate::framework::value::Value;

use super::guard::guard;
use super::registration::disagreement;
use super::resource::ErasedChange;
use super::{Engine, EngineAnswer, ErasedResource, Registration};

/// What to plan. At most one of the objects `prior` and `proposed` is missing.
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// The object as it is; none if it is to be created.
    pub prior: Option<Value>,
    /// Terraform's merge of configuration and prior object; none if it is to be destroyed.
    pub proposed: Option<Value>,
    /// What the practitioner wrote; null if the object is to be destroyed.
    pub config: Value,
    /// What is remembered with the object.
    pub private: Private,
    /// Its identity; none if none is stored, as by clients that know of none.
    pub identity: Option<Value>,
}

/// The object as it will be, and why it must be replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlannedObject {
    /// The object; none if it will be gone.
    pub state: Option<Value>,
    /// The attributes whose change needs a new object, sorted.
    pub replace: Vec<Path>,
    /// The identity; none of a new object if only applying will tell a part of it.
    pub identity: Option<Value>,
    /// What is remembered with the object, and what carrying out the plan must know.
    pub private: Private,
}

impl<P: Provider> Engine<P> {
    /// Plans. Changes nothing, and predicts the same for the same request.
    pub async fn plan(
        &self,
        resource: &Registration<ErasedResource<P::Client>>,
        request: PlanRequest,
    ) -> EngineAnswer<PlannedObject> {
        let client = match self.client() {
            Ok(client) => client,
            Err(diagnostic) => return EngineAnswer::failed(diagnostic),
        };
        let PlanRequest {
            prior,
            proposed,
            config,
            private,
            identity,
        } = request;
        let missing = missing_arguments(resource.block(), &config);
        if missing.has_error() {
            return EngineAnswer::failed(missing);
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
        let mut context = PlanContext::new(self.stop.token(), private);
        if let (Some(modify), Some(change)) = (resource.modify_plan(), change) {
            match guard(modify(&client, change, &mut context)).await {
                Ok(Ok(())) => {}
                Ok(Err(mismatch)) => context.diagnostics.push(disagreement(&mismatch)),
                Err(panic) => context.diagnostics.push(panic),
            }
        }
        let PlanContext {
            diagnostics,
            private,
            ..
        } = context;
        let identity = match &prior {
            // Of an object that is there nothing can change the identity, also before it is removed or replaced.
            Some(prior) => identity
                .filter(Value::is_wholly_known)
                .or_else(|| known_identity(resource, prior)),
            None if state.is_null() => None,
            None => known_identity(resource, &state),
        };
        let state = (!state.is_null()).then_some(state);
        EngineAnswer {
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

/// The identity of an object, if it is known as a whole. Terraform allows parts of a new object's to be unknown, but its
/// `show -json` then fails on the plan.
fn known_identity<C: Send + Sync + 'static>(
    resource: &Registration<ErasedResource<C>>,
    state: &Value,
) -> Option<Value> {
    // An object that the model cannot read has been reported by then, or will be when it is applied.
    let identity = resource.identity()?.of(state).ok();
    identity.filter(is_whole)
}
