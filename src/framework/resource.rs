//! What the author of a resource writes.

use std::future::Future;

use tokio_util::sync::CancellationToken;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::model::Model;
use super::private::Private;

/// A kind of object that Terraform manages.
///
/// Each operation gets the provider's client and typed attributes. A panic in one becomes a diagnostic and the process
/// lives. Operations on different objects, also of one type, run side by side.
pub trait Resource: Send + Sync + Sized + 'static {
    /// The type's name in the configuration.
    const NAME: &'static str;
    /// What the operations work with.
    type Client: Send + Sync + 'static;
    /// The attributes.
    type Model: Model;

    /// Makes the object that `plan` describes and answers it, nothing unknown.
    ///
    /// # Errors
    /// A failure that keeps a model when something was, or may have been, made: it is stored and marked for
    /// replacement, so it can be cleaned up.
    fn create(
        client: &Self::Client,
        plan: Self::Model,
        context: &mut Context,
    ) -> impl Future<Output = Result<Self::Model, Failure<Self::Model>>> + Send;

    /// Looks at the object and answers it as it is now, or none if it is gone for certain.
    ///
    /// After an import `state` holds only what [`Import::import`] gave.
    ///
    /// # Errors
    /// Anything that leaves open whether the object exists. The stored state stays as it is.
    fn read(
        client: &Self::Client,
        state: Self::Model,
        context: &mut Context,
    ) -> impl Future<Output = Result<Option<Self::Model>, Failure<Self::Model>>> + Send;

    /// Changes the object from `prior` to `plan` and answers it, nothing unknown.
    ///
    /// A computed value that `plan` knows, null included, is stored as planned, here and after [`Resource::create`],
    /// whatever is answered; the next read shows another.
    ///
    /// # Errors
    /// A failure keeps the model that was really reached; without one, `prior` stays.
    fn update(
        client: &Self::Client,
        prior: Self::Model,
        plan: Self::Model,
        context: &mut Context,
    ) -> impl Future<Output = Result<Self::Model, Failure<Self::Model>>> + Send;

    /// Removes the object. Gone already is success.
    ///
    /// # Errors
    /// The object may still exist; `state` stays.
    fn delete(
        client: &Self::Client,
        state: Self::Model,
        context: &mut Context,
    ) -> impl Future<Output = Result<(), Failure<Self::Model>>> + Send;
}

/// The power to be imported by a text.
pub trait Import: Resource {
    /// Reads an import id into the attributes that [`Resource::read`] needs; all others null. Pure.
    ///
    /// # Errors
    /// The id has not the form documented; the message says the form and which part is wrong.
    fn import(id: &str) -> Result<Self::Model, Diagnostic>;
}

/// The power to say more about a plan than the schema's rules do.
pub trait ModifyPlan: Resource {
    /// Predicts values, warns or refuses. Changes nothing outside of this process's own records, and predicts the same for the
    /// same request.
    fn modify_plan(
        client: &Self::Client,
        change: Change<'_, Self::Model>,
        context: &mut PlanContext,
    ) -> impl Future<Output = ()> + Send;
}

/// What a plan has beside client and attributes.
#[derive(Debug, Default)]
pub struct PlanContext {
    cancellation: CancellationToken,
    /// What to tell.
    pub diagnostics: Diagnostics,
    /// What is remembered with the object, and what to tell the operation that carries the plan out. The object keeps it only
    /// if that operation does.
    pub private: Private,
}

impl PlanContext {
    /// The context of one plan, cancelled by `cancellation`, of an object with which `private` is remembered.
    #[must_use]
    pub fn new(cancellation: CancellationToken, private: Private) -> Self {
        Self {
            cancellation,
            diagnostics: Diagnostics::new(),
            private,
        }
    }

    /// Cancelled when the practitioner wants to stop.
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }
}

/// What a plan is about to do.
pub enum Change<'a, M> {
    /// Make the object.
    Create {
        /// What the practitioner wrote; what is unknown here must stay unknown in the plan.
        config: &'a M,
        /// As it will be; may be made more precise.
        plan: &'a mut M,
    },
    /// Change, keep or replace the object.
    Update {
        /// As it is.
        prior: &'a M,
        /// As it will be; may be made more precise.
        plan: &'a mut M,
        /// Whether an attribute changes that needs a new object. The creation is then asked about next, with what is remembered
        /// here.
        is_replaced: bool,
    },
    /// Remove the object.
    Destroy {
        /// As it is.
        prior: &'a M,
    },
}

/// What an operation has beside client and attributes.
#[derive(Debug, Default)]
pub struct Context {
    type_name: String,
    cancellation: CancellationToken,
    warnings: Diagnostics,
    private: Private,
}

impl Context {
    /// A context for one operation on an object of this type, cancelled by `cancellation`, that remembers `private`.
    #[must_use]
    pub fn new(
        type_name: impl Into<String>,
        cancellation: CancellationToken,
        private: Private,
    ) -> Self {
        Self {
            type_name: type_name.into(),
            cancellation,
            warnings: Diagnostics::new(),
            private,
        }
    }

    /// The name of the type that the block has, of the two under which it is offered: for messages that show a block.
    #[must_use]
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// Cancelled when the practitioner wants to stop. The operation then ends soon, with an error and what exists.
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }

    /// Tells the practitioner something, whether the operation succeeds or fails.
    pub fn warn(&mut self, warning: Diagnostic) {
        self.warnings.push(warning);
    }

    /// What was remembered with the object.
    #[must_use]
    pub fn private(&self) -> &Private {
        &self.private
    }

    /// What will be remembered with the object.
    pub fn private_mut(&mut self) -> &mut Private {
        &mut self.private
    }

    /// Removes the warnings added until now and returns them, for a list resource, which sends them as its own.
    pub fn take_warnings(&mut self) -> Diagnostics {
        std::mem::take(&mut self.warnings)
    }

    pub(super) fn into_parts(self) -> (Diagnostics, Private) {
        (self.warnings, self.private)
    }
}

/// An operation that failed, and what exists all the same.
#[derive(Clone, Debug)]
pub struct Failure<M> {
    /// What to tell; at least one error.
    pub diagnostics: Diagnostics,
    /// What exists, for storing.
    pub kept: Option<M>,
}

impl<M> Failure<M> {
    /// The same failure, after which `model` exists or may exist.
    #[must_use]
    pub fn keeping(self, model: M) -> Self {
        Self {
            kept: Some(model),
            ..self
        }
    }
}

impl<M> From<Diagnostic> for Failure<M> {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            diagnostics: diagnostic.into(),
            kept: None,
        }
    }
}
