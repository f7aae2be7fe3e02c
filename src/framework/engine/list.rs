//! Request: list existing objects. Defines the type-erased search and the writer for its results.

use std::ops::ControlFlow;

use tokio_util::sync::CancellationToken;

use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::list::{Finds, List};
use crate::framework::normalize::normalize;
use crate::framework::provider::Provider;
use crate::framework::required::missing_arguments;
use crate::framework::validate::ClientFeatures;
use crate::framework::value::Value;

use super::registration::{Boxed, Registration, TypeKind, model};
use super::{Engine, ErasedResource};

/// [`List::list`] on untyped values. A value that does not fit the model is a diagnostic.
type ListFn<C> = for<'a> fn(&'a C, Value, ListWriter<'a>) -> Boxed<'a, Result<(), Diagnostics>>;

/// The operation of a list resource, on untyped values. The list resource has the name of the resource that it lists.
pub struct ErasedList<C> {
    list: ListFn<C>,
}

impl<C> TypeKind for ErasedList<C> {
    const NAME: &'static str = "list resource";
}

impl<C: Send + Sync + 'static> Registration<ErasedList<C>> {
    pub(in crate::framework) fn of_list<R: List<Client = C>>() -> Self {
        Self::new::<R::Query>(R::NAME, ErasedList { list: list::<R> })
    }
}

fn list<'a, R: List>(
    client: &'a R::Client,
    query: Value,
    writer: ListWriter<'a>,
) -> Boxed<'a, Result<(), Diagnostics>> {
    Box::pin(async move { R::list(client, model(query)?, Finds::new(writer)).await })
}

/// Input of [`Engine::list`].
#[derive(Clone, Debug)]
pub struct ListRequest {
    /// The arguments of the `list` block.
    pub query: Value,
    /// Maximum number of objects to return.
    pub limit: u64,
    /// Whether whole objects are wanted, not only their identities.
    pub includes_objects: bool,
}

/// One result of a search: an object, diagnostics, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListEvent {
    /// The object; none if there are only diagnostics.
    pub object: Option<ListedObject>,
    /// The diagnostics.
    pub diagnostics: Diagnostics,
}

/// An object found by a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedObject {
    /// Its identity, wholly known.
    pub identity: Value,
    /// Human-readable name.
    pub display_name: String,
    /// The object, wholly known; none if only identities were requested.
    pub object: Option<Value>,
}

/// Receives the results of a search.
pub trait Sink: Send + Sync {
    /// Accepts a result; waits until there is room for it. `Break` means that the client accepts no more results.
    fn put(&self, listed: ListEvent) -> impl Future<Output = ControlFlow<()>> + Send;
}

/// Object-safe [`Sink`].
trait ErasedSink: Send + Sync {
    fn put(&self, listed: ListEvent) -> Boxed<'_, ControlFlow<()>>;
}

impl<S: Sink> ErasedSink for S {
    fn put(&self, listed: ListEvent) -> Boxed<'_, ControlFlow<()>> {
        Box::pin(Sink::put(self, listed))
    }
}

/// Builds the event for an object, given its display name.
type Describe<'a> = &'a (dyn Fn(String, Value) -> Boxed<'a, ListEvent> + Send + Sync);

/// Writes the results of a search to the client's sink: enforces the limit, and waits for room.
pub(in crate::framework) struct ListWriter<'a> {
    sink: &'a dyn ErasedSink,
    describe: Describe<'a>,
    /// How many more objects may be written; 0 once the search has stopped.
    remaining: u64,
    /// Whether whole objects are wanted, so that a search may skip what only they need.
    includes_objects: bool,
    cancellation: CancellationToken,
}

impl ListWriter<'_> {
    pub(in crate::framework) fn remaining(&self) -> u64 {
        self.remaining
    }

    pub(in crate::framework) fn includes_objects(&self) -> bool {
        self.includes_objects
    }

    pub(in crate::framework) fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }

    /// Writes an object that the search has found. `Break` means that the search should end: the limit is reached, the
    /// client accepts no more, or the object has an error.
    pub(in crate::framework) async fn write_object(
        &mut self,
        name: String,
        object: Value,
    ) -> ControlFlow<()> {
        let Some(remaining) = self.remaining.checked_sub(1) else {
            return ControlFlow::Break(());
        };
        let listed = (self.describe)(name, object).await;
        let continues = remaining > 0 && !listed.diagnostics.has_error();
        self.put(listed).await?;
        if continues {
            self.remaining = remaining;
            return ControlFlow::Continue(());
        }
        self.close()
    }

    /// Writes diagnostics that belong to no object; they do not count towards the limit.
    pub(in crate::framework) async fn write_diagnostics(
        &mut self,
        diagnostics: Diagnostics,
    ) -> ControlFlow<()> {
        let listed = ListEvent {
            object: None,
            diagnostics,
        };
        self.put(listed).await
    }

    /// Passes an event on, and stops the search if the client accepts no more or the request is cancelled.
    async fn put(&mut self, listed: ListEvent) -> ControlFlow<()> {
        if self.remaining == 0 {
            return ControlFlow::Break(());
        }
        let flow = tokio::select! {
            biased;
            () = self.cancellation.cancelled() => ControlFlow::Break(()),
            flow = self.sink.put(listed) => flow,
        };
        match flow {
            ControlFlow::Continue(()) => flow,
            ControlFlow::Break(()) => self.close(),
        }
    }

    /// Stops the search: later results are dropped, even if the search ignores `Break`.
    fn close(&mut self) -> ControlFlow<()> {
        self.remaining = 0;
        ControlFlow::Break(())
    }
}

impl<P: Provider> Engine<P> {
    /// Validates a query, offline. The detail of each diagnostic names its attribute, because clients do not show the
    /// location in a query.
    pub fn validate_query(
        &self,
        list: &Registration<ErasedList<P::Client>>,
        query: &Value,
    ) -> Diagnostics {
        let found = self.validate(list, query, ClientFeatures::default());
        found.into_iter().map(with_attribute_name).collect()
    }

    /// Lists objects and passes each to `sink` as soon as it is found, up to the requested limit. Dropping the future
    /// stops the search immediately.
    ///
    /// # Errors
    /// The search could not start, or failed; the objects found before are already in the sink.
    pub async fn list(
        &self,
        list: &Registration<ErasedList<P::Client>>,
        request: ListRequest,
        sink: &impl Sink,
    ) -> Result<(), Diagnostics> {
        let client = self.client()?;
        let missing = missing_arguments(list.block(), &request.query);
        if missing.has_error() {
            return Err(missing.into_iter().map(with_attribute_name).collect());
        }
        if !request.query.is_wholly_known() {
            return Err(unknown_query_error().into());
        }
        let resource = self.resource(list.name())?;
        if request.limit == 0 {
            return Ok(());
        }
        let describe = |name, object| -> Boxed<'_, ListEvent> {
            Box::pin(describe(resource, name, object, request.includes_objects))
        };
        let writer = ListWriter {
            sink,
            describe: &describe,
            remaining: request.limit,
            includes_objects: request.includes_objects,
            cancellation: self.stop.token(),
        };
        let list = list.kind().list;
        list(&client, request.query, writer).await
    }
}

/// Builds the event for an object; it contains an error in place of the object if its identity is incomplete.
async fn describe<C: Send + Sync + 'static>(
    resource: &Registration<ErasedResource<C>>,
    display_name: String,
    object: Value,
    includes_objects: bool,
) -> ListEvent {
    let object = normalize(
        resource.block(),
        object.with_unknown_as_null(),
        &Value::Null,
    );
    let mut diagnostics = Diagnostics::new();
    let identity = resource.identify(&object, None, &mut diagnostics).await;
    let object = identity.map(|identity| ListedObject {
        identity,
        display_name,
        object: includes_objects.then_some(object),
    });
    ListEvent {
        object,
        diagnostics,
    }
}

/// Puts the attribute in the text, because clients do not show the location in a query.
fn with_attribute_name(mut diagnostic: Diagnostic) -> Diagnostic {
    if let Some(path) = &diagnostic.path {
        diagnostic.detail = format!("In `{path}`: {}", diagnostic.detail);
    }
    diagnostic
}

fn unknown_query_error() -> Diagnostic {
    let detail = "The query contains values that are known only after apply. Use constants or variables instead.";
    Diagnostic::error("Query known only after apply", detail)
}
