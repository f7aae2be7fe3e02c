//! Requests: plan and invoke an action. Defines the type-erased action.

use crate::framework::action::{Action, PlanAction, Progress};
use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::private::Private;
use crate::framework::provider::Provider;
use crate::framework::required::missing_arguments;
use crate::framework::resource::Context;
use crate::framework::value::Value;

use super::Engine;
use super::guard::guard;
use super::registration::{Boxed, Registration, TypeKind, model};

/// [`Action::invoke`] on untyped values. A value that does not fit the model is a diagnostic.
type InvokeFn<C> =
    for<'a> fn(&'a C, Value, &'a mut Context, Progress<'a>) -> Boxed<'a, Result<(), Diagnostics>>;

/// [`PlanAction::plan`] on untyped values. A value that does not fit the model is a diagnostic.
type PlanFn<C> = for<'a> fn(&'a C, Value, &'a mut Context) -> Boxed<'a, Result<(), Diagnostics>>;

/// The operations of an action, on untyped values.
pub struct ErasedAction<C> {
    invoke: InvokeFn<C>,
    /// None if the action registered no check of its plans.
    plan: Option<PlanFn<C>>,
}

impl<C> TypeKind for ErasedAction<C> {
    const NAME: &'static str = "action";
}

impl<C: Send + Sync + 'static> Registration<ErasedAction<C>> {
    pub(in crate::framework) fn of_action<A: Action<Client = C>>() -> Self {
        let action = ErasedAction {
            invoke: invoke::<A>,
            plan: None,
        };
        Self::new::<A::Model>(A::NAME, action)
    }

    pub(in crate::framework) fn register_plan_action<A: PlanAction<Client = C>>(&mut self) {
        self.kind_mut().plan = Some(plan::<A>);
    }
}

fn invoke<'a, A: Action>(
    client: &'a A::Client,
    config: Value,
    context: &'a mut Context,
    progress: Progress<'a>,
) -> Boxed<'a, Result<(), Diagnostics>> {
    Box::pin(async move { A::invoke(client, model(config)?, context, progress).await })
}

fn plan<'a, A: PlanAction>(
    client: &'a A::Client,
    config: Value,
    context: &'a mut Context,
) -> Boxed<'a, Result<(), Diagnostics>> {
    Box::pin(async move { A::plan(client, model(config)?, context).await })
}

/// Receives the progress of an action.
pub trait ProgressSink: Send + Sync {
    /// Accepts a message, without waiting until the client has read it: a slow client must not delay the action.
    fn put(&self, text: String);
}

/// Input of [`Engine::plan_action`] and [`Engine::invoke_action`].
#[derive(Clone, Debug)]
pub struct ActionRequest {
    /// The type name used in the block.
    pub type_name: String,
    /// The `config` block.
    pub config: Value,
}

impl<P: Provider> Engine<P> {
    /// Checks whether an action can be invoked. Values may be unknown. Does nothing.
    pub async fn plan_action(
        &self,
        action: &Registration<ErasedAction<P::Client>>,
        request: ActionRequest,
    ) -> Diagnostics {
        let client = match self.client() {
            Ok(client) => client,
            Err(diagnostic) => return diagnostic.into(),
        };
        let missing = missing_arguments(action.block(), &request.config);
        let Some(plan) = action.kind().plan.filter(|_| !missing.has_error()) else {
            return missing;
        };
        let mut context = self.action_context(request.type_name);
        let work = guard(plan(&client, request.config, &mut context)).await;
        diagnostics(work, context)
    }

    /// Invokes an action, and passes its progress to `sink`. Dropping the future stops the action at its next await.
    pub async fn invoke_action(
        &self,
        action: &Registration<ErasedAction<P::Client>>,
        request: ActionRequest,
        sink: &dyn ProgressSink,
    ) -> Diagnostics {
        let client = match self.client() {
            Ok(client) => client,
            Err(diagnostic) => return diagnostic.into(),
        };
        let missing = missing_arguments(action.block(), &request.config);
        if missing.has_error() {
            return missing;
        }
        if !request.config.is_wholly_known() {
            return unknown_config_error().into();
        }
        let mut context = self.action_context(request.type_name);
        let (invoke, progress) = (action.kind().invoke, Progress::new(sink));
        let work = guard(invoke(&client, request.config, &mut context, progress)).await;
        diagnostics(work, context)
    }

    fn action_context(&self, type_name: String) -> Context {
        Context::new(type_name, self.stop.token(), Private::default())
    }
}

/// The warnings of an action and its errors, including that of a panic.
fn diagnostics(work: Result<Result<(), Diagnostics>, Diagnostic>, context: Context) -> Diagnostics {
    let (mut found, _) = context.into_parts();
    match work {
        Ok(Ok(())) => {}
        Ok(Err(errors)) => found.append(errors),
        Err(panic) => found.push(panic),
    }
    found
}

fn unknown_config_error() -> Diagnostic {
    let detail = "The action cannot be invoked, because its configuration contains values that are known only after apply. \
                  Terraform invokes an action only when its values are known. If Terraform sent this request, please \
                  report this as a bug.";
    Diagnostic::error("Configuration known only after apply", detail)
}
