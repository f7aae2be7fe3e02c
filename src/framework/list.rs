//! What the author of a resource writes so that its objects can be found.

use std::marker::PhantomData;
use std::ops::ControlFlow;

use tokio_util::sync::CancellationToken;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::engine::Outlet;
use super::field::Data;
use super::identity::Identity;
use super::model::Model;

/// The power to be listed: to find the objects there are, whether Terraform manages them or not.
///
/// Several searches run side by side. A panic in one becomes a diagnostic and the process lives.
pub trait List: Identity {
    /// What the practitioner writes to narrow the search.
    type Query: Model;

    /// Looks for the objects that `query` describes and hands each to `finds` as soon as it is found, in an order that
    /// stays the same from search to search. Changes nothing anywhere.
    ///
    /// `query` is wholly known. The search ends when `finds` says so: then nobody wants more. It is dropped at any await
    /// if whoever asked goes away.
    ///
    /// # Errors
    /// The search cannot go on. What was found before stays found; what concerns one object alone is better said by
    /// [`Finds::warn`], because the error fails the whole query.
    fn list(
        client: &Self::Client,
        query: Self::Query,
        finds: Finds<'_, Self>,
    ) -> impl Future<Output = Result<(), Diagnostics>> + Send;
}

/// An object that a search has found.
#[derive(Clone, Debug)]
pub struct FoundObject<M> {
    /// What people call it.
    pub display_name: String,
    /// The object as a read answers it after an import, if the search [`includes`](Finds::includes_objects) objects;
    /// otherwise at least what its identity follows from.
    pub object: M,
}

/// Where a search puts what it finds. It waits while nobody takes what is there, so a search holds little at a time.
pub struct Finds<'a, R> {
    outlet: Outlet<'a>,
    resource: PhantomData<fn(R)>,
}

impl<'a, R: List> Finds<'a, R> {
    pub(super) fn new(outlet: Outlet<'a>) -> Self {
        Self {
            outlet,
            resource: PhantomData,
        }
    }

    /// How many more objects are wanted.
    #[must_use]
    pub fn remaining(&self) -> u64 {
        self.outlet.remaining()
    }

    /// Whether whole objects are wanted, not their identities alone.
    #[must_use]
    pub fn includes_objects(&self) -> bool {
        self.outlet.includes_objects()
    }

    /// Cancelled when the practitioner wants to stop. The search then ends soon.
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        self.outlet.cancellation()
    }

    /// Hands over an object. Break means that no more are wanted.
    pub async fn found(&mut self, found: FoundObject<R::Model>) -> ControlFlow<()> {
        let object = found.object.to_value();
        self.outlet.found(found.display_name, object).await
    }

    /// Tells the practitioner something, in between. Break means that nobody listens any more.
    pub async fn warn(&mut self, warning: Diagnostic) -> ControlFlow<()> {
        self.outlet.tell(warning.into()).await
    }
}
