//! A search as a stream of events. It runs only while the stream is polled, and stops when the stream is dropped.

use std::ops::ControlFlow;
use std::sync::Arc;

use futures_util::{StreamExt, future, stream};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use tonic::codegen::BoxStream;

use crate::framework::engine::{Engine, ErasedResource, ListEvent, Registration, Sink};
use crate::framework::{Diagnostic, Provider};

use super::call::{Reply, handle_call, log_diagnostic};
use super::proto::diagnostic::Severity;
use super::proto::list_resource::{Event, Request};
use super::{from_proto, to_proto};

/// Maximum number of events that are buffered for the client.
const MAX_BUFFERED: usize = 16;

/// Returns the events of a search, for the provider with this source address. The search starts when the stream is
/// first polled.
pub(super) fn events<P: Provider>(
    engine: Arc<Engine<P>>,
    address: &'static str,
    request: Request,
) -> BoxStream<Event> {
    let (sender, receiver) = mpsc::channel(MAX_BUFFERED);
    let search = async move {
        let work = search(&engine, &request, &sender);
        let last = match handle_call(address, &request, work).await {
            Ok(last) if last.get_ref().diagnostics().is_empty() => return,
            Ok(last) => Ok(last.into_inner()),
            Err(status) => Err(status),
        };
        // Sending fails only if the stream was dropped.
        let _ = sender.send(last).await;
    };
    // All events pass through one channel, so that the last event remains the last.
    let search = stream::once(search).filter_map(|()| future::ready(None));
    Box::pin(stream::select(ReceiverStream::new(receiver), search))
}

/// Runs the search and sends its results; returns the last event.
async fn search<P: Provider>(
    engine: &Engine<P>,
    request: &Request,
    sender: &mpsc::Sender<Result<Event, Status>>,
) -> Result<Event, Diagnostic> {
    let list = engine.list_resource(&request.type_name)?;
    let resource = engine.resource(&request.type_name)?;
    let sink = ListEventSender { sender, resource };
    let request = from_proto::list(request, list.ty())?;
    let outcome = engine.list(list, request, &sink).await;
    Ok(Event {
        diagnostic: to_proto::diagnostics(outcome.err().unwrap_or_default()),
        ..Event::default()
    })
}

/// Encodes and sends results.
struct ListEventSender<'a, C> {
    sender: &'a mpsc::Sender<Result<Event, Status>>,
    resource: &'a Registration<ErasedResource<C>>,
}

impl<C: Send + Sync + 'static> Sink for ListEventSender<'_, C> {
    async fn put(&self, listed: ListEvent) -> ControlFlow<()> {
        let event = to_proto::list_event(listed, self.resource);
        let event = event.unwrap_or_else(|bug| Event::failed(to_proto::diagnostic(bug)));
        event.diagnostics().iter().for_each(log_diagnostic);
        let is_last = has_error(&event);
        match self.sender.send(Ok(event)).await {
            Ok(()) if !is_last => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    }
}

/// Whether an event contains an error. No event may follow such an event.
fn has_error(event: &Event) -> bool {
    let mut found = event.diagnostics().iter();
    found.any(|each| each.severity() == Severity::Error)
}
