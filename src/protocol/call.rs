//! Common handling of all calls: a tracing span with the fields that Terraform's tools use, diagnostics for errors, and
//! panics that do not stop the process.

use std::time::Instant;

use tonic::{Response, Status};
use tracing::{Instrument, Span, debug, error, field, info_span, trace, warn};
use uuid::Uuid;

use crate::framework::Diagnostic;
use crate::framework::engine::guard;

use super::function::function_error;
use super::proto::invoke_action;
use super::rpc::{LogSubject, Rpc};
use super::{proto, to_proto};

/// A response that can contain errors.
pub(super) trait Reply: Default {
    /// Its diagnostics; empty for a response that reports errors in another way.
    fn diagnostics(&self) -> &[proto::Diagnostic];

    /// A response that contains only this diagnostic.
    fn failed(diagnostic: proto::Diagnostic) -> Self;

    /// The error of a function call, which has no diagnostics.
    fn function_error(&self) -> Option<&proto::FunctionError> {
        None
    }
}

macro_rules! replies {
    ($($module:ident)*) => {
        $(impl Reply for proto::$module::Response {
            fn diagnostics(&self) -> &[proto::Diagnostic] {
                &self.diagnostics
            }

            fn failed(diagnostic: proto::Diagnostic) -> Self {
                let mut reply = Self::default();
                reply.diagnostics.push(diagnostic);
                reply
            }
        })*
    };
}

replies! {
    apply_resource_change close_ephemeral_resource configure_provider generate_resource_config get_functions
    get_metadata get_provider_schema get_resource_identity_schemas import_resource_state move_resource_state
    open_ephemeral_resource plan_action plan_resource_change read_data_source read_resource
    renew_ephemeral_resource upgrade_resource_identity upgrade_resource_state validate_action_config
    validate_data_resource_config validate_ephemeral_resource_config validate_list_resource_config
    validate_provider_config validate_resource_config
}

impl Reply for proto::list_resource::Event {
    fn diagnostics(&self) -> &[proto::Diagnostic] {
        &self.diagnostic
    }

    fn failed(diagnostic: proto::Diagnostic) -> Self {
        Self {
            diagnostic: vec![diagnostic],
            ..Self::default()
        }
    }
}

impl Reply for proto::invoke_action::Event {
    fn diagnostics(&self) -> &[proto::Diagnostic] {
        match &self.r#type {
            Some(invoke_action::event::Type::Completed(completed)) => &completed.diagnostics,
            _ => &[],
        }
    }

    fn failed(diagnostic: proto::Diagnostic) -> Self {
        let completed = invoke_action::event::Completed {
            diagnostics: vec![diagnostic],
        };
        Self {
            r#type: Some(invoke_action::event::Type::Completed(completed)),
        }
    }
}

impl Reply for proto::call_function::Response {
    fn diagnostics(&self) -> &[proto::Diagnostic] {
        &[]
    }

    fn failed(diagnostic: proto::Diagnostic) -> Self {
        Self {
            error: Some(function_error(&diagnostic.detail, None)),
            ..Self::default()
        }
    }

    fn function_error(&self) -> Option<&proto::FunctionError> {
        self.error.as_ref()
    }
}

impl Reply for proto::stop_provider::Response {
    fn diagnostics(&self) -> &[proto::Diagnostic] {
        &[]
    }

    fn failed(diagnostic: proto::Diagnostic) -> Self {
        Self {
            error: diagnostic.detail,
        }
    }
}

/// Runs `work`, the implementation of `call`, for the provider with this source address.
///
/// Never returns a gRPC status: errors and panics become diagnostics in the response.
pub(super) async fn handle_call<C: Rpc>(
    address: &str,
    call: &C,
    work: impl Future<Output = Result<C::Reply, Diagnostic>>,
) -> Result<Response<C::Reply>, Status> {
    let span = span(address, C::NAME, call.subject());
    let work = async {
        let began_at = Instant::now();
        trace!("received request");
        trace!("sending downstream");
        let outcome = guard(work).await.unwrap_or_else(Err);
        let reply =
            outcome.unwrap_or_else(|diagnostic| C::Reply::failed(to_proto::diagnostic(diagnostic)));
        log_response(&reply);
        let milliseconds = u64::try_from(began_at.elapsed().as_millis()).unwrap_or(u64::MAX);
        debug!(tf_req_duration_ms = milliseconds, "served request");
        Ok(Response::new(reply))
    };
    work.instrument(span).await
}

fn span(address: &str, rpc: &'static str, subject: LogSubject<'_>) -> Span {
    let span = info_span!(
        "rpc",
        tf_rpc = rpc,
        tf_provider_addr = address,
        tf_proto_version = super::FULL_VERSION,
        tf_req_id = field::Empty,
        tf_resource_type = field::Empty,
        tf_data_source_type = field::Empty,
        tf_ephemeral_resource_type = field::Empty,
        tf_list_resource_type = field::Empty,
        tf_action_type = field::Empty,
    );
    // Nothing is computed for a disabled log.
    if !span.is_disabled() {
        span.record("tf_req_id", field::display(Uuid::new_v4()));
        match subject {
            LogSubject::Provider | LogSubject::Function(_) => &span,
            LogSubject::Resource(name) => span.record("tf_resource_type", name),
            LogSubject::DataSource(name) => span.record("tf_data_source_type", name),
            LogSubject::EphemeralResource(name) => span.record("tf_ephemeral_resource_type", name),
            LogSubject::ListResource(name) => span.record("tf_list_resource_type", name),
            LogSubject::Action(name) => span.record("tf_action_type", name),
        };
    }
    span
}

/// Logs the response, and each of its diagnostics.
fn log_response<T: Reply>(reply: &T) {
    let diagnostics = reply.diagnostics();
    let errors = diagnostics.iter().filter(|each| is_error(each)).count();
    trace!(
        diagnostic_error_count = errors,
        diagnostic_warning_count = diagnostics.len() - errors,
        "received downstream response"
    );
    if let Some(error) = reply.function_error() {
        error!(
            function_error_exists = true,
            function_error_text = error.text,
            function_error_argument = error.function_argument,
            "response contains function error"
        );
    }
    diagnostics.iter().for_each(log_diagnostic);
}

fn is_error(diagnostic: &proto::Diagnostic) -> bool {
    diagnostic.severity() == proto::diagnostic::Severity::Error
}

/// Logs a diagnostic of a response.
pub(super) fn log_diagnostic(diagnostic: &proto::Diagnostic) {
    let (summary, detail) = (diagnostic.summary.as_str(), diagnostic.detail.as_str());
    let attribute = diagnostic.attribute.as_ref().map(format_path);
    if is_error(diagnostic) {
        error!(
            diagnostic_severity = "ERROR",
            diagnostic_summary = summary,
            diagnostic_detail = detail,
            diagnostic_attribute = attribute,
            "response contains error diagnostic"
        );
    } else {
        warn!(
            diagnostic_severity = "WARNING",
            diagnostic_summary = summary,
            diagnostic_detail = detail,
            diagnostic_attribute = attribute,
            "response contains warning diagnostic"
        );
    }
}

/// Formats a path as the Go SDK does: `AttributeName("listed").ElementKeyInt(0)`.
fn format_path(path: &proto::AttributePath) -> String {
    use proto::attribute_path::step::Selector;
    let step = |selector: &Selector| match selector {
        Selector::AttributeName(name) => format!("AttributeName({name:?})"),
        Selector::ElementKeyString(key) => format!("ElementKeyString({key:?})"),
        Selector::ElementKeyInt(index) => format!("ElementKeyInt({index})"),
    };
    let selectors = path.steps.iter().filter_map(|step| step.selector.as_ref());
    selectors.map(step).collect::<Vec<_>>().join(".")
}
