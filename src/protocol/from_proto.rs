//! Messages to framework types.

use crate::framework::engine::{ApplyRequest, PlanRequest};
use crate::framework::private::Private;
use crate::framework::validate::ClientFeatures;
use crate::framework::{Diagnostic, Type, Value};

use super::proto;
use super::stored::{self, Strictness};
use super::{dynamic_value, dynamic_value::DecodeError};

/// Reads a value of type `ty`; `what` names it in messages. Absent and empty mean null.
pub(super) fn value(
    value: Option<&proto::DynamicValue>,
    ty: &Type,
    what: &str,
) -> Result<Value, Diagnostic> {
    let read = match value {
        Some(value) if !value.msgpack.is_empty() => dynamic_value::from_msgpack(&value.msgpack, ty),
        Some(value) if !value.json.is_empty() => {
            stored::from_json(&value.json, ty, Strictness::Exact)
        }
        _ => Ok(Value::Null),
    };
    read.map_err(|cause| malformed(what, &cause))
}

/// Reads the provider block.
pub(super) fn config(config: Option<&proto::DynamicValue>, ty: &Type) -> Result<Value, Diagnostic> {
    value(config, ty, "provider configuration")
}

/// Reads the object that is to be looked at.
pub(super) fn state(
    request: &proto::read_resource::Request,
    ty: &Type,
) -> Result<Value, Diagnostic> {
    value(request.current_state.as_ref(), ty, "state")
}

/// Reads what is to be planned.
pub(super) fn plan(
    request: &proto::plan_resource_change::Request,
    ty: &Type,
) -> Result<PlanRequest, Diagnostic> {
    Ok(PlanRequest {
        prior: object(request.prior_state.as_ref(), ty, "prior state")?,
        proposed: object(request.proposed_new_state.as_ref(), ty, "proposed state")?,
        config: value(request.config.as_ref(), ty, "configuration")?,
        private: Private::from_bytes(&request.prior_private),
    })
}

/// Reads what is to be applied.
pub(super) fn apply(
    request: &proto::apply_resource_change::Request,
    ty: &Type,
) -> Result<ApplyRequest, Diagnostic> {
    Ok(ApplyRequest {
        prior: object(request.prior_state.as_ref(), ty, "prior state")?,
        planned: object(request.planned_state.as_ref(), ty, "planned state")?,
        private: Private::from_bytes(&request.planned_private),
    })
}

/// Reads an object that may be missing, which is said by null.
fn object(
    object: Option<&proto::DynamicValue>,
    ty: &Type,
    what: &str,
) -> Result<Option<Value>, Diagnostic> {
    let object = value(object, ty, what)?;
    Ok((!object.is_null()).then_some(object))
}

/// Reads an object as a state file stores it, leniently. Null is an error: there is always an object.
pub(super) fn stored_object(
    state: Option<&proto::RawState>,
    ty: &Type,
) -> Result<Value, Diagnostic> {
    let state = state.ok_or_else(|| malformed("stored state", &DecodeError::Malformed))?;
    if !state.flatmap.is_empty() {
        let detail = "The state is in the form of Terraform 0.11 and older, which this provider never wrote. Remove the \
                      object from the state and import it.";
        return Err(Diagnostic::error("State too old", detail));
    }
    let object = stored::from_json(&state.json, ty, Strictness::Lenient);
    match object.map_err(|cause| malformed("stored state", &cause))? {
        Value::Null => Err(malformed(
            "stored state",
            &DecodeError::Unexpected(ty.to_string()),
        )),
        object => Ok(object),
    }
}

/// What the client can do.
pub(super) fn features(capabilities: Option<proto::ClientCapabilities>) -> ClientFeatures {
    ClientFeatures {
        write_only: capabilities
            .unwrap_or_default()
            .write_only_attributes_allowed,
    }
}

fn malformed(what: &str, cause: &DecodeError) -> Diagnostic {
    let detail = format!(
        "The {what} could not be read. If the provider was up- or downgraded, run `terraform init` and plan again; \
         otherwise please report it. Cause: {cause}."
    );
    Diagnostic::error("Malformed value in a request", detail)
}
