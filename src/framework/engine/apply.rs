//! Request: create, update or delete an object.

use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::normalize::{keep_planned, normalize};
use crate::framework::private::Private;
use crate::framework::provider::Provider;
use crate::framework::required::missing_values;
use crate::framework::resource::{Context, Failure};
use crate::framework::value::Value;

use super::guard::guard;
use super::{Engine, EngineResponse, ErasedResource, Registration};

/// Input of [`Engine::apply`]. At most one of `prior` and `planned` is none.
#[derive(Clone, Debug)]
pub struct ApplyRequest {
    /// The type name used in the block.
    pub type_name: String,
    /// The current object; none if it is to be created.
    pub prior: Option<Value>,
    /// The planned object; none if it is to be deleted.
    pub planned: Option<Value>,
    /// The configuration; null if the object is to be deleted.
    pub config: Value,
    /// Private data of the plan.
    pub private: Private,
    /// The planned identity; none from clients without identity support.
    pub identity: Option<Value>,
}

/// The object after the apply, whether it succeeded or failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The object, wholly known; none if it does not exist.
    pub state: Option<Value>,
    /// Private data to store with the object.
    pub private: Private,
    /// The identity; none also for a new object that a failure left without one.
    pub identity: Option<Value>,
}

impl<P: Provider> Engine<P> {
    /// Applies a plan. After a failure the result is the object to store: it exists or may exist.
    pub async fn apply(
        &self,
        resource: &Registration<ErasedResource<P::Client>>,
        request: ApplyRequest,
    ) -> EngineResponse<Applied> {
        let ApplyRequest {
            type_name,
            prior,
            planned,
            config,
            private,
            identity,
        } = request;
        let is_creation = prior.is_none();
        let mut context = Context::new(type_name, self.stop.token(), private);
        // Planning reports missing arguments. A client that does not plan again with a value that was unknown then gets
        // the error here, before any request is sent.
        let missing = planned.as_ref().map_or_else(Diagnostics::new, |planned| {
            missing_values(resource.block(), planned)
        });
        let outcome = match self.client() {
            Ok(_) if missing.has_error() => Err(Failure {
                diagnostics: missing,
                kept: None,
            }),
            Ok(client) => {
                change(
                    resource,
                    &client,
                    prior.clone(),
                    planned.clone(),
                    &mut context,
                )
                .await
            }
            Err(diagnostic) => Err(Failure::from(diagnostic)),
        };
        let (warnings, new_private) = context.into_parts();
        let mut diagnostics = warnings;
        let (state, private) = match outcome {
            Ok(state) => (state, new_private),
            Err(Failure {
                diagnostics: errors,
                kept,
            }) => {
                diagnostics.append(errors);
                // Without a model in the failure, the object counts as unchanged.
                let state = kept.map(Value::with_unknown_as_null).or(prior);
                (state, new_private)
            }
        };
        let state = state.map(|state| match &planned {
            Some(planned) => normalize(resource.block(), state, planned),
            None => state,
        });
        let state =
            state.map(|state| ensure_type(resource, state, planned.as_ref(), &mut diagnostics));
        let state = state.map(|state| ensure_known(state, &mut diagnostics));
        let Some(state) = state else {
            return EngineResponse {
                result: Applied::default(),
                diagnostics,
            };
        };
        if is_creation && diagnostics.has_error() {
            self.spacing.wait().await;
        }
        // Computed before planned values replace returned ones, so that a response about another object is detected.
        let identity = resource.identify(&state, identity, &mut diagnostics).await;
        let state = match &planned {
            // After a failure the state must contain the actual values.
            Some(planned) if !diagnostics.has_error() => {
                keep_planned(resource.block(), state, planned, &config)
            }
            _ => state,
        };
        EngineResponse {
            result: Applied {
                state: Some(state),
                private,
                identity,
            },
            diagnostics,
        }
    }
}

/// Creates, updates or deletes the object, by which of `prior` and `planned` is none. Returns the object, or none after
/// a deletion.
async fn change<C: Send + Sync + 'static>(
    resource: &Registration<ErasedResource<C>>,
    client: &C,
    prior: Option<Value>,
    planned: Option<Value>,
    context: &mut Context,
) -> Result<Option<Value>, Failure<Value>> {
    let operations = resource.operations();
    // A creation that panicked may have created the object: the planned object is stored, so that it can be deleted.
    let possibly_created = if prior.is_none() {
        planned.clone()
    } else {
        None
    };
    let work = async {
        match (prior, planned) {
            (None, Some(plan)) => operations.create(client, plan, context).await.map(Some),
            (Some(prior), Some(plan)) => operations
                .update(client, prior, plan, context)
                .await
                .map(Some),
            (Some(prior), None) => operations
                .delete(client, prior, context)
                .await
                .map(|()| None),
            (None, None) => Ok(None),
        }
    };
    guard(work).await.unwrap_or_else(|panic| {
        Err(Failure {
            kept: possibly_created,
            ..Failure::from(panic)
        })
    })
}

/// Ensures that the state is of the resource's type. Otherwise it could not be encoded and the object would be lost, so
/// the planned object, which is of the type, is stored in its place.
fn ensure_type<C: Send + Sync + 'static>(
    resource: &Registration<ErasedResource<C>>,
    state: Value,
    planned: Option<&Value>,
    diagnostics: &mut Diagnostics,
) -> Value {
    if resource.ty().admits(&state) {
        return state;
    }
    let detail = "The provider returned an object that does not match the resource's schema, so the planned object is stored in \
                  the state instead. This is a bug in the provider; please report it.";
    diagnostics.push(Diagnostic::error(
        "Response does not match the schema",
        detail,
    ));
    planned.cloned().map_or(state, Value::with_unknown_as_null)
}

/// Replaces unknown values by null, and reports an error for each attribute that contains one.
fn ensure_known(state: Value, diagnostics: &mut Diagnostics) -> Value {
    if state.is_wholly_known() {
        return state;
    }
    let Value::Object(attributes) = &state else {
        return state.with_unknown_as_null();
    };
    for (name, _) in attributes
        .iter()
        .filter(|(_, value)| !value.is_wholly_known())
    {
        let detail = format!(
            "The value of `{name}` is still unknown after apply. This is a bug in the provider; please report it."
        );
        diagnostics.push(Diagnostic::error("Unknown value after apply", detail).at_root(name));
    }
    state.with_unknown_as_null()
}
