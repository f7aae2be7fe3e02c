//! Converts protocol messages to framework types.

use crate::framework::engine::{
    ActionRequest, ApplyRequest, ErasedResource, ImportKey, ListRequest, MoveOrigin, PlanRequest,
    ReadRequest, Registration,
};
use crate::framework::private::Private;
use crate::framework::validate::ClientFeatures;
use crate::framework::{Diagnostic, Type, Value};

use super::proto;
use super::state_json::{self, Strictness};
use super::{dynamic_value, dynamic_value::DecodeError};

/// Decodes a value of type `ty`; `what` names it in error messages. A missing or empty message is null.
pub(super) fn value(
    value: Option<&proto::DynamicValue>,
    ty: &Type,
    what: &str,
) -> Result<Value, Diagnostic> {
    let read = match value {
        Some(value) if !value.msgpack.is_empty() => dynamic_value::from_msgpack(&value.msgpack, ty),
        Some(value) if !value.json.is_empty() => {
            state_json::from_json(&value.json, ty, Strictness::Exact)
        }
        _ => Ok(Value::Null),
    };
    read.map_err(|cause| malformed_error(what, &cause))
}

/// Decodes the provider block.
pub(super) fn config(config: Option<&proto::DynamicValue>, ty: &Type) -> Result<Value, Diagnostic> {
    value(config, ty, "provider configuration")
}

/// Decodes the request to read an object.
pub(super) fn read<C: Send + Sync + 'static>(
    request: &proto::read_resource::Request,
    resource: &Registration<ErasedResource<C>>,
) -> Result<ReadRequest, Diagnostic> {
    Ok(ReadRequest {
        type_name: request.type_name.clone(),
        state: value(request.current_state.as_ref(), resource.ty(), "state")?,
        private: Private::from_bytes(&request.private),
        identity: identity(request.current_identity.as_ref(), resource)?,
    })
}

/// Decodes the request to plan a change.
pub(super) fn plan<C: Send + Sync + 'static>(
    request: &proto::plan_resource_change::Request,
    resource: &Registration<ErasedResource<C>>,
) -> Result<PlanRequest, Diagnostic> {
    let ty = resource.ty();
    Ok(PlanRequest {
        type_name: request.type_name.clone(),
        prior: object(request.prior_state.as_ref(), ty, "prior state")?,
        proposed: object(request.proposed_new_state.as_ref(), ty, "proposed state")?,
        config: value(request.config.as_ref(), ty, "configuration")?,
        private: Private::from_bytes(&request.prior_private),
        identity: identity(request.prior_identity.as_ref(), resource)?,
    })
}

/// Decodes the request to apply a change.
pub(super) fn apply<C: Send + Sync + 'static>(
    request: &proto::apply_resource_change::Request,
    resource: &Registration<ErasedResource<C>>,
) -> Result<ApplyRequest, Diagnostic> {
    let ty = resource.ty();
    Ok(ApplyRequest {
        type_name: request.type_name.clone(),
        prior: object(request.prior_state.as_ref(), ty, "prior state")?,
        planned: object(request.planned_state.as_ref(), ty, "planned state")?,
        config: value(request.config.as_ref(), ty, "configuration")?,
        private: Private::from_bytes(&request.planned_private),
        identity: identity(request.planned_identity.as_ref(), resource)?,
    })
}

/// Decodes the request to import an object: by identity if there is one, otherwise by id.
pub(super) fn import<C: Send + Sync + 'static>(
    request: &proto::import_resource_state::Request,
    resource: &Registration<ErasedResource<C>>,
) -> Result<ImportKey, Diagnostic> {
    if request.identity.is_some() && resource.identity().is_none() {
        // Without an identity schema the identity cannot be decoded, and the request contains no id. The engine reports
        // the error.
        return Ok(ImportKey::Identity(Value::Null));
    }
    let identity = identity(request.identity.as_ref(), resource)?;
    Ok(identity.map_or_else(|| ImportKey::Id(request.id.clone()), ImportKey::Identity))
}

/// Decodes the origin of an object to move.
pub(super) fn origin(request: &proto::move_resource_state::Request) -> MoveOrigin<'_> {
    MoveOrigin {
        provider: &request.source_provider_address,
        name: &request.source_type_name,
    }
}

/// Decodes an identity; none if the message is missing or the resource has no identity.
fn identity<C: Send + Sync + 'static>(
    data: Option<&proto::ResourceIdentityData>,
    resource: &Registration<ErasedResource<C>>,
) -> Result<Option<Value>, Diagnostic> {
    let (Some(data), Some(known)) = (data, resource.identity()) else {
        return Ok(None);
    };
    object(data.identity_data.as_ref(), known.ty(), "identity")
}

/// Decodes the identity of an object to move; none if there is none.
pub(super) fn moved_identity<C: Send + Sync + 'static>(
    request: &proto::move_resource_state::Request,
    resource: &Registration<ErasedResource<C>>,
) -> Result<Option<Value>, Diagnostic> {
    // The version is ignored: Terraform sends 0 whatever is stored.
    let identity = resource.identity();
    identity.map_or(Ok(None), |known| {
        stored_identity(request.source_identity.as_ref(), known.ty())
    })
}

/// Decodes an identity from a state file, leniently; none if none is stored.
pub(super) fn stored_identity(
    state: Option<&proto::RawState>,
    ty: &Type,
) -> Result<Option<Value>, Diagnostic> {
    let json = state.map_or(&[][..], |state| &state.json);
    if json.is_empty() {
        return Ok(None);
    }
    let object = state_json::from_json(json, ty, Strictness::Lenient)
        .map_err(|cause| malformed_error("stored identity", &cause))?;
    Ok((!object.is_null()).then_some(object))
}

/// Decodes the request to list objects. A negative limit is read as zero.
pub(super) fn list(
    request: &proto::list_resource::Request,
    ty: &Type,
) -> Result<ListRequest, Diagnostic> {
    Ok(ListRequest {
        query: value(request.config.as_ref(), ty, "configuration")?,
        limit: u64::try_from(request.limit).unwrap_or(0),
        includes_objects: request.include_resource_object,
    })
}

/// Decodes the request to plan or invoke the action of this type.
pub(super) fn action(
    type_name: &str,
    config: Option<&proto::DynamicValue>,
    ty: &Type,
) -> Result<ActionRequest, Diagnostic> {
    Ok(ActionRequest {
        type_name: type_name.to_owned(),
        config: value(config, ty, "configuration")?,
    })
}

/// Decodes an object; none for null.
fn object(
    object: Option<&proto::DynamicValue>,
    ty: &Type,
    what: &str,
) -> Result<Option<Value>, Diagnostic> {
    let object = value(object, ty, what)?;
    Ok((!object.is_null()).then_some(object))
}

/// Decodes an object from a state file, leniently. Null is an error: a stored object always exists.
pub(super) fn stored_object(
    state: Option<&proto::RawState>,
    ty: &Type,
) -> Result<Value, Diagnostic> {
    let state = state.ok_or_else(|| malformed_error("stored state", &DecodeError::Malformed))?;
    if !state.flatmap.is_empty() {
        let detail = "The state uses the format of Terraform 0.11 and earlier, which no version of this provider writes. \
                      Remove the resource from the state and import the object again.";
        return Err(Diagnostic::error("Unsupported state format", detail));
    }
    let object = state_json::from_json(&state.json, ty, Strictness::Lenient);
    match object.map_err(|cause| malformed_error("stored state", &cause))? {
        Value::Null => Err(malformed_error(
            "stored state",
            &DecodeError::Unexpected(ty.to_string()),
        )),
        object => Ok(object),
    }
}

/// The features of the client.
pub(super) fn features(capabilities: Option<proto::ClientCapabilities>) -> ClientFeatures {
    ClientFeatures {
        write_only: capabilities
            .unwrap_or_default()
            .write_only_attributes_allowed,
    }
}

fn malformed_error(what: &str, cause: &DecodeError) -> Diagnostic {
    let detail = format!(
        "The provider could not decode the {what}. If you upgraded or downgraded the provider, run `terraform init` and \
         plan again. Otherwise, please report this as a bug. Cause: {cause}."
    );
    Diagnostic::error("Malformed value in request", detail)
}
