//! Request: make an object, change it, or remove it.

use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::normalize::{keep_promised, normalize};
use crate::framework::private::Private;
use crate::framework::provider::Provider;
use crate::framework::required::missing_values;
use crate::framework::resource::{Context, Failure};
use crate::framework::value::Value;

use super::guard::guard;
use super::{Engine, EngineAnswer, ErasedResource, Registration};

/// What to apply. At most one of the two objects is missing.
#[derive(Clone, Debug)]
pub struct ApplyRequest {
    /// The name of the type that the block has.
    pub type_name: String,
    /// The object as it is; none if it is to be created.
    pub prior: Option<Value>,
    /// The object as planned; none if it is to be removed.
    pub planned: Option<Value>,
    /// What the practitioner wrote; null if the object is to be removed.
    pub config: Value,
    /// What is remembered with the object.
    pub private: Private,
    /// Its identity as planned; none from clients that know of none.
    pub identity: Option<Value>,
}

/// The object as it is after applying, also after a failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The object, wholly known; none if there is none.
    pub state: Option<Value>,
    /// What to remember with it.
    pub private: Private,
    /// Its identity; none also of a new object that a failure has left without.
    pub identity: Option<Value>,
}

impl<P: Provider> Engine<P> {
    /// Applies. After a failure the answer holds what exists.
    pub async fn apply(
        &self,
        resource: &Registration<ErasedResource<P::Client>>,
        request: ApplyRequest,
    ) -> EngineAnswer<Applied> {
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
        // The plan has refused what is missing in a configuration; a client that did not ask again for a value that was
        // unknown then is refused here, before anything is sent.
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
        let (warnings, remembered) = context.into_parts();
        let mut diagnostics = warnings;
        let (state, private) = match outcome {
            Ok(state) => (state, remembered),
            Err(Failure {
                diagnostics: errors,
                kept,
            }) => {
                diagnostics.append(errors);
                // Without word of what was reached the object counts as it was before.
                let state = kept.map(Value::with_unknown_as_null).or(prior);
                (state, remembered)
            }
        };
        let state = state.map(|state| match &planned {
            Some(planned) => normalize(resource.block(), state, planned),
            None => state,
        });
        let state = state.map(|state| fitting(resource, state, planned.as_ref(), &mut diagnostics));
        let state = state.map(|state| ensure_known(state, &mut diagnostics));
        let Some(state) = state else {
            return EngineAnswer {
                result: Applied::default(),
                diagnostics,
            };
        };
        if is_creation && diagnostics.has_error() {
            self.spacing.wait().await;
        }
        // Of the answer as it is: an answer about another object must not pass for this one.
        let identity = resource.identify(&state, identity, &mut diagnostics).await;
        let state = match &planned {
            // After a failure the state says what was really reached.
            Some(planned) if !diagnostics.has_error() => {
                keep_promised(resource.block(), state, planned, &config)
            }
            _ => state,
        };
        EngineAnswer {
            result: Applied {
                state: Some(state),
                private,
                identity,
            },
            diagnostics,
        }
    }
}

async fn change<C: Send + Sync + 'static>(
    resource: &Registration<ErasedResource<C>>,
    client: &C,
    prior: Option<Value>,
    planned: Option<Value>,
    context: &mut Context,
) -> Result<Option<Value>, Failure<Value>> {
    let operations = resource.operations();
    // A creation that broke off may have made something: what was planned is stored, so it can be cleaned up.
    let perhaps_made = if prior.is_none() {
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
            kept: perhaps_made,
            ..Failure::from(panic)
        })
    })
}

/// Sees to it that what is stored is of the resource's type: anything else would be dropped on its way to the state, and
/// the object with it. The plan, which is of the type, is stored in its place.
fn fitting<C: Send + Sync + 'static>(
    resource: &Registration<ErasedResource<C>>,
    state: Value,
    planned: Option<&Value>,
    diagnostics: &mut Diagnostics,
) -> Value {
    if resource.ty().admits(&state) {
        return state;
    }
    let detail = "The resource returned an object that does not match its schema. The planned object is stored instead. This is a \
                  bug in the provider; please report it.";
    diagnostics.push(Diagnostic::error(
        "Response does not match the schema",
        detail,
    ));
    planned.cloned().map_or(state, Value::with_unknown_as_null)
}

/// Replaces unknown values by null, with an error for each.
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
            "`{name}` is still unknown after apply. This is a bug in the provider; please report it."
        );
        diagnostics.push(Diagnostic::error("Unknown value after apply", detail).at_root(name));
    }
    state.with_unknown_as_null()
}
