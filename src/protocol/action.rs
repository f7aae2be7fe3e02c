//! An invocation of an action as a stream of events: its progress, and at last that it is completed. The action runs only
//! while the stream is polled, and stops when the stream is dropped.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::Status;
use tonic::codegen::BoxStream;

use crate::framework::engine::{Engine, ProgressSink};
use crate::framework::{Diagnostic, Diagnostics, Provider};

use super::call::handle_call;
use super::proto::invoke_action::event::{Completed, Progress, Type};
use super::proto::invoke_action::{Event, Request};
use super::{from_proto, to_proto};

/// Returns the events of an invocation, for the provider with this source address. The action starts when the stream is
/// first polled. The last event is the only one that says that the action is completed, also after a panic.
pub(super) fn events<P: Provider>(
    engine: Arc<Engine<P>>,
    address: &'static str,
    request: Request,
) -> BoxStream<Event> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let invocation = async move {
        let work = invoke(&engine, &request, &sender);
        let last = handle_call(address, &request, work).await;
        // Sending fails only if the stream was dropped.
        let _ = sender.send(last.map(tonic::Response::into_inner));
    };
    // All events pass through one channel, so that the last event remains the last.
    let invocation = stream::once(invocation).filter_map(|()| std::future::ready(None));
    Box::pin(stream::select(
        UnboundedReceiverStream::new(receiver),
        invocation,
    ))
}

/// Invokes the action; returns the last event.
async fn invoke<P: Provider>(
    engine: &Engine<P>,
    request: &Request,
    sender: &ProgressSender,
) -> Result<Event, Diagnostic> {
    let action = engine.action(&request.action_type)?;
    let config = request.config.as_ref();
    let invocation = from_proto::action(&request.action_type, config, action.ty())?;
    Ok(completed(
        engine.invoke_action(action, invocation, sender).await,
    ))
}

/// Sends the events of an invocation.
type ProgressSender = mpsc::UnboundedSender<Result<Event, Status>>;

impl ProgressSink for ProgressSender {
    fn put(&self, text: String) {
        let message = to_proto::message(&text);
        tracing::debug!(tf_action_progress = message, "action progress");
        let _ = self.send(Ok(event(Type::Progress(Progress { message }))));
    }
}

/// The last event of an action with these diagnostics.
fn completed(diagnostics: Diagnostics) -> Event {
    let diagnostics = to_proto::diagnostics(diagnostics);
    event(Type::Completed(Completed { diagnostics }))
}

/// An event always has a type: clients fail on one without.
fn event(r#type: Type) -> Event {
    Event {
        r#type: Some(r#type),
    }
}
