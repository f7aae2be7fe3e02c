//! The traits that an action implements, and how it reports its progress.

use super::diagnostic::Diagnostics;
use super::engine::ProgressSink;
use super::model::Model;
use super::resource::Context;

/// An action: something that Terraform does on request, and that has no state.
///
/// `invoke` receives the provider's client and the typed `config` block. Actions run concurrently with each other and with
/// operations on resources. A panic in one becomes a diagnostic; the process keeps running. Schema rules about changes,
/// such as replacement, do not apply: nothing is stored.
///
/// Source: Terraform plugin protocol 6, Actions.
pub trait Action: Send + Sync + Sized + 'static {
    /// Name of the action type, without the provider's type in front. A resource may have the same name.
    const NAME: &'static str;
    /// The provider's client.
    type Client: Send + Sync + 'static;
    /// The arguments of the `config` block. None is computed.
    type Model: Model;

    /// Does what the action is for, and reports each step to `progress`.
    ///
    /// `config` is wholly known. Private data in `context` is empty and is not stored. The future may be dropped at any
    /// await when the client disconnects.
    ///
    /// # Errors
    /// The action failed, or its result is unknown. An action has no result but this.
    fn invoke(
        client: &Self::Client,
        config: Self::Model,
        context: &mut Context,
        progress: Progress<'_>,
    ) -> impl Future<Output = Result<(), Diagnostics>> + Send;
}

/// Optional: an action that is checked when it is planned, beyond the rules of its schema.
pub trait PlanAction: Action {
    /// Checks whether the action can be invoked. Has no side effects.
    ///
    /// Attributes of `config` may be unknown, which is not an error: [`Action::invoke`] checks them again. The provider
    /// configuration may be unknown as well.
    ///
    /// # Errors
    /// The action would fail. Nothing of the plan can be applied then.
    fn plan(
        client: &Self::Client,
        config: Self::Model,
        context: &mut Context,
    ) -> impl Future<Output = Result<(), Diagnostics>> + Send;
}

/// Receives the progress of an action.
#[derive(Clone, Copy)]
pub struct Progress<'a> {
    sink: &'a dyn ProgressSink,
}

impl<'a> Progress<'a> {
    pub(super) fn new(sink: &'a dyn ProgressSink) -> Self {
        Self { sink }
    }

    /// Shows a sentence to the user at once. It must contain no secret. Does not wait for the client.
    pub fn report(&self, text: impl Into<String>) {
        self.sink.put(text.into());
    }
}
