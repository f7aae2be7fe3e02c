//! Request: find the objects there are. Here a search with its types erased, and the way out for what it finds.

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

/// [`List::list`] without its models' types. What is wrong with a value's type is a diagnostic too.
type ListFn<C> = for<'a> fn(&'a C, Value, Outlet<'a>) -> Boxed<'a, Result<(), Diagnostics>>;

/// What a list resource can do. Its name is that of the resource whose objects it finds.
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
    outlet: Outlet<'a>,
) -> Boxed<'a, Result<(), Diagnostics>> {
    Box::pin(async move { R::list(client, model(query)?, Finds::new(outlet)).await })
}

/// What to look for.
#[derive(Clone, Debug)]
pub struct ListRequest {
    /// What the practitioner wrote.
    pub query: Value,
    /// The most objects to find.
    pub limit: u64,
    /// Whether whole objects are wanted, not their identities alone.
    pub includes_objects: bool,
}

/// A step of a search: an object, messages, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListEvent {
    /// The object; none if there are only messages.
    pub object: Option<ListedObject>,
    /// The messages.
    pub diagnostics: Diagnostics,
}

/// An object that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedObject {
    /// What tells it from all others, wholly known.
    pub identity: Value,
    /// What people call it.
    pub display_name: String,
    /// The object, wholly known, if it was wanted.
    pub object: Option<Value>,
}

/// Takes what a search finds, step by step.
pub trait Sink: Send + Sync {
    /// Takes a step, waiting until there is room for it. Break means that nobody listens any more.
    fn put(&self, listed: ListEvent) -> impl Future<Output = ControlFlow<()>> + Send;
}

/// The same for a sink of any type.
trait ErasedSink: Send + Sync {
    fn put(&self, listed: ListEvent) -> Boxed<'_, ControlFlow<()>>;
}

impl<S: Sink> ErasedSink for S {
    fn put(&self, listed: ListEvent) -> Boxed<'_, ControlFlow<()>> {
        Box::pin(Sink::put(self, listed))
    }
}

/// Makes of an object found, and its name, what is said of it.
type Describe<'a> = &'a (dyn Fn(String, Value) -> Boxed<'a, ListEvent> + Send + Sync);

/// The way from a search to whoever asked: counts, and waits for room.
pub(in crate::framework) struct Outlet<'a> {
    sink: &'a dyn ErasedSink,
    describe: Describe<'a>,
    remaining: u64,
    includes_objects: bool,
    cancellation: CancellationToken,
}

impl Outlet<'_> {
    pub(in crate::framework) fn remaining(&self) -> u64 {
        self.remaining
    }

    pub(in crate::framework) fn includes_objects(&self) -> bool {
        self.includes_objects
    }

    pub(in crate::framework) fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }

    pub(in crate::framework) async fn found(
        &mut self,
        name: String,
        object: Value,
    ) -> ControlFlow<()> {
        let Some(remaining) = self.remaining.checked_sub(1) else {
            return ControlFlow::Break(());
        };
        let listed = (self.describe)(name, object).await;
        let goes_on = remaining > 0 && !listed.diagnostics.has_error();
        self.put(listed).await?;
        if goes_on {
            self.remaining = remaining;
            return ControlFlow::Continue(());
        }
        self.close()
    }

    pub(in crate::framework) async fn tell(&mut self, diagnostics: Diagnostics) -> ControlFlow<()> {
        let listed = ListEvent {
            object: None,
            diagnostics,
        };
        self.put(listed).await
    }

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

    /// Lets nothing more out, also of a search that does not heed it.
    fn close(&mut self) -> ControlFlow<()> {
        self.remaining = 0;
        ControlFlow::Break(())
    }
}

impl<P: Provider> Engine<P> {
    /// Checks a query, offline. Each message names its attribute, because clients do not show where in a query one points.
    pub fn validate_query(
        &self,
        list: &Registration<ErasedList<P::Client>>,
        query: &Value,
    ) -> Diagnostics {
        let found = self.validate(list, query, ClientFeatures::default());
        found.into_iter().map(naming_its_attribute).collect()
    }

    /// Looks for objects, and hands each to `sink` as it is found: at most as many as asked for. Dropping the future
    /// ends the search at once.
    ///
    /// # Errors
    /// The search could not be made, or broke off; what was found before is in the sink.
    pub async fn list(
        &self,
        list: &Registration<ErasedList<P::Client>>,
        request: ListRequest,
        sink: &impl Sink,
    ) -> Result<(), Diagnostics> {
        let client = self.client()?;
        let missing = missing_arguments(list.block(), &request.query);
        if missing.has_error() {
            return Err(missing.into_iter().map(naming_its_attribute).collect());
        }
        if !request.query.is_wholly_known() {
            return Err(not_known_yet().into());
        }
        let resource = self.resource(list.name())?;
        if request.limit == 0 {
            return Ok(());
        }
        let describe = |name, object| -> Boxed<'_, ListEvent> {
            Box::pin(describe(resource, name, object, request.includes_objects))
        };
        let outlet = Outlet {
            sink,
            describe: &describe,
            remaining: request.limit,
            includes_objects: request.includes_objects,
            cancellation: self.stop.token(),
        };
        let list = list.kind().list;
        list(&client, request.query, outlet).await
    }
}

/// What is said of an object found; a message in its place if it is not whole.
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

fn naming_its_attribute(mut diagnostic: Diagnostic) -> Diagnostic {
    if let Some(path) = &diagnostic.path {
        diagnostic.detail = format!("In `{path}`: {}", diagnostic.detail);
    }
    diagnostic
}

fn not_known_yet() -> Diagnostic {
    let detail =
        "Values of the query are known only after apply. Set them to constants or variables.";
    Diagnostic::error("Query unknown", detail)
}
