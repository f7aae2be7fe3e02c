//! The traits that a resource implements.

use std::future::Future;

use tokio_util::sync::CancellationToken;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::model::Model;
use super::private::Private;

/// A managed resource type.
///
/// Each operation receives the provider's client and typed attributes. Operations on different objects, also of one
/// type, run concurrently. A panic in one becomes a diagnostic; the process keeps running.
pub trait Resource: Send + Sync + Sized + 'static {
    /// Name of the resource type, without the provider's type in front.
    const NAME: &'static str;
    /// The provider's client.
    type Client: Send + Sync + 'static;
    /// The attributes.
    type Model: Model;

    /// Creates the object that `plan` describes and returns it, wholly known.
    ///
    /// # Errors
    /// The object could not be created. If it was or may have been created, the failure contains its model, see
    /// [`Failure::keeping`]: Terraform stores it and marks it as tainted, so that it can be deleted.
    fn create(
        client: &Self::Client,
        plan: Self::Model,
        context: &mut Context,
    ) -> impl Future<Output = Result<Self::Model, Failure<Self::Model>>> + Send;

    /// Reads the object and returns its current attributes, or none if it certainly no longer exists.
    ///
    /// After an import, `state` contains only the attributes that [`Import::import`] or
    /// [`Identity::from_identity`](super::Identity::from_identity) returned.
    ///
    /// # Errors
    /// The read failed, or it is unclear whether the object exists. The stored state remains unchanged.
    fn read(
        client: &Self::Client,
        state: Self::Model,
        context: &mut Context,
    ) -> impl Future<Output = Result<Option<Self::Model>, Failure<Self::Model>>> + Send;

    /// Updates the object from `prior` to `plan` and returns it, wholly known.
    ///
    /// A computed value that is known in `plan`, null included, is stored as planned, here and after
    /// [`Resource::create`], whatever the operation returns. The next read stores the actual value.
    ///
    /// # Errors
    /// The update failed. If it was partly applied, the failure contains the resulting model; without one, `prior`
    /// remains stored.
    fn update(
        client: &Self::Client,
        prior: Self::Model,
        plan: Self::Model,
        context: &mut Context,
    ) -> impl Future<Output = Result<Self::Model, Failure<Self::Model>>> + Send;

    /// Deletes the object. Succeeds if it no longer exists.
    ///
    /// # Errors
    /// The object may still exist. `state` remains stored, unless the failure contains another model.
    fn delete(
        client: &Self::Client,
        state: Self::Model,
        context: &mut Context,
    ) -> impl Future<Output = Result<(), Failure<Self::Model>>> + Send;
}

/// Optional: a resource that can be imported by an id.
pub trait Import: Resource {
    /// Parses an import ID into the attributes that [`Resource::read`] needs; all others are null. Pure.
    ///
    /// # Errors
    /// The id does not have the documented format; the message shows the format and names the invalid part.
    fn import(id: &str) -> Result<Self::Model, Diagnostic>;
}

/// Optional: a resource that modifies or checks plans beyond the rules of its schema.
pub trait ModifyPlan: Resource {
    /// Sets planned values, and adds warnings and errors to `context`. May write only records of this process, and
    /// returns the same result for the same request.
    fn modify_plan(
        client: &Self::Client,
        change: Change<'_, Self::Model>,
        context: &mut PlanContext,
    ) -> impl Future<Output = ()> + Send;
}

/// Context of a plan: cancellation, diagnostics and private data.
#[derive(Debug, Default)]
pub struct PlanContext {
    type_name: String,
    cancellation: CancellationToken,
    /// Warnings and errors to report.
    pub diagnostics: Diagnostics,
    /// The object's private data, and facts for the operation that applies the plan. That operation receives all of
    /// them in its context and may change them before they are stored with the object.
    pub private: Private,
}

impl PlanContext {
    /// A context without diagnostics, for one plan of an object of this type with this private data.
    #[must_use]
    pub fn new(
        type_name: impl Into<String>,
        cancellation: CancellationToken,
        private: Private,
    ) -> Self {
        Self {
            type_name: type_name.into(),
            cancellation,
            diagnostics: Diagnostics::new(),
            private,
        }
    }

    /// The type name used in the block, as [`Context::type_name`].
    #[must_use]
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// Cancelled when the user interrupts Terraform.
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }
}

/// The change that is planned for an object.
pub enum Change<'a, M> {
    /// The object is created.
    Create {
        /// The configuration. A value that is unknown here must remain unknown in the plan.
        config: &'a M,
        /// The planned object. Unknown values may be replaced by known ones.
        plan: &'a mut M,
    },
    /// The object is updated or replaced, or does not change.
    Update {
        /// The current object.
        prior: &'a M,
        /// The planned object. Unknown values may be replaced by known ones.
        plan: &'a mut M,
        /// Whether an attribute changes that requires replacement. The creation is then planned next, with the private
        /// data set here.
        is_replaced: bool,
    },
    /// The object is destroyed.
    Destroy {
        /// The current object.
        prior: &'a M,
    },
}

/// Context of an operation: cancellation, warnings and private data.
#[derive(Debug, Default)]
pub struct Context {
    type_name: String,
    cancellation: CancellationToken,
    warnings: Diagnostics,
    private: Private,
}

impl Context {
    /// A context without warnings, for one operation on an object of this type with this private data.
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

    /// The type name used in the block, one of the two under which the type may be served. For messages that show a
    /// block.
    #[must_use]
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// Cancelled when the user interrupts Terraform. The operation must then return soon, with an error and the model
    /// of what exists.
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }

    /// Adds a warning, which is reported whether the operation succeeds or fails.
    pub fn warn(&mut self, warning: Diagnostic) {
        self.warnings.push(warning);
    }

    /// The object's private data.
    #[must_use]
    pub fn private(&self) -> &Private {
        &self.private
    }

    /// The object's private data, which is stored with the result.
    pub fn private_mut(&mut self) -> &mut Private {
        &mut self.private
    }

    /// Removes and returns the warnings added before this call. For list resources, which report them as their own.
    pub fn take_warnings(&mut self) -> Diagnostics {
        std::mem::take(&mut self.warnings)
    }

    pub(super) fn into_parts(self) -> (Diagnostics, Private) {
        (self.warnings, self.private)
    }
}

/// A failed operation, with the object as it exists after the failure.
#[derive(Clone, Debug)]
pub struct Failure<M> {
    /// Diagnostics to report; at least one error.
    pub diagnostics: Diagnostics,
    /// The object to store; none leaves the state unchanged.
    pub kept: Option<M>,
}

impl<M> Failure<M> {
    /// The same failure, with `model` to store because it exists or may exist.
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
