//! The trait that a resource implements so that its objects can be listed, as by `terraform query`.

use std::marker::PhantomData;
use std::ops::ControlFlow;

use tokio_util::sync::CancellationToken;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::engine::ListWriter;
use super::field::Data;
use super::identity::Identity;
use super::model::Model;

/// Optional: a resource whose existing objects can be listed, whether Terraform manages them or not.
///
/// Searches run concurrently. A panic in one becomes a diagnostic; the process keeps running.
pub trait List: Identity {
    /// The arguments of the `list` block, which filter the search.
    type Query: Model;

    /// Finds the objects that match `query` and passes each to `finds` as soon as it is found. The order is the same
    /// for every search. Has no side effects.
    ///
    /// `query` is wholly known. The search returns when a method of `finds` returns `Break`: no more objects are
    /// wanted. The future may be dropped at any await when the client disconnects.
    ///
    /// # Errors
    /// The search cannot continue; the objects already found remain in the result. An error fails the whole query, so
    /// report a problem with a single object with [`Finds::warn`].
    fn list(
        client: &Self::Client,
        query: Self::Query,
        finds: Finds<'_, Self>,
    ) -> impl Future<Output = Result<(), Diagnostics>> + Send;
}

/// An object found by a search.
#[derive(Clone, Debug)]
pub struct FoundObject<M> {
    /// Human-readable name.
    pub display_name: String,
    /// The object as a read after import returns it, if the search [includes objects](Finds::includes_objects);
    /// otherwise at least the attributes that its identity is derived from.
    pub object: M,
}

/// Receives the results of a search. Its methods wait while the client's buffer is full, so a search holds few results
/// in memory.
pub struct Finds<'a, R> {
    writer: ListWriter<'a>,
    resource: PhantomData<fn(R)>,
}

impl<'a, R: List> Finds<'a, R> {
    pub(super) fn new(writer: ListWriter<'a>) -> Self {
        Self {
            writer,
            resource: PhantomData,
        }
    }

    /// Number of further objects wanted.
    #[must_use]
    pub fn remaining(&self) -> u64 {
        self.writer.remaining()
    }

    /// Whether whole objects are wanted, not only their identities.
    #[must_use]
    pub fn includes_objects(&self) -> bool {
        self.writer.includes_objects()
    }

    /// Cancelled when the user interrupts Terraform. The search must then return soon.
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        self.writer.cancellation()
    }

    /// Adds an object to the results. `Break` means that no more objects are wanted.
    pub async fn found(&mut self, found: FoundObject<R::Model>) -> ControlFlow<()> {
        let object = found.object.to_value();
        self.writer.write_object(found.display_name, object).await
    }

    /// Adds a warning to the results. `Break` means that the client accepts no more results.
    pub async fn warn(&mut self, warning: Diagnostic) -> ControlFlow<()> {
        self.writer.write_diagnostics(warning.into()).await
    }
}
