//! Converts framework types to protocol messages.

use std::collections::BTreeMap;

use crate::framework::diagnostic::Severity;
use crate::framework::engine::{
    Applied, EngineResponse, ErasedResource, Imported, ListEvent, PlannedObject, Read, Registration,
};
use crate::framework::identity::IdentitySchema;
use crate::framework::schema::{
    Attribute, Block, NestedAttributes, NestedBlock, Nesting, Presence, Schema,
};
use crate::framework::{Diagnostic, Diagnostics, Path, PathStep, Type, Value};
use crate::text;

use super::{dynamic_value, proto, type_json};

/// Maximum size of a diagnostic's summary or detail, in bytes. A longer one quotes a value that is too long to read.
const MAX_TEXT_BYTES: usize = 4096;

/// Encodes a value of type `ty`. A value of another type is an error: a bug in the provider.
pub(super) fn value(value: &Value, ty: &Type) -> Result<proto::DynamicValue, Diagnostic> {
    let msgpack = dynamic_value::to_msgpack(value, ty).map_err(|cause| {
        let detail = format!(
            "The provider returned a value that does not match its schema. This is a bug in the provider; please report \
             it. Cause: {cause}."
        );
        Diagnostic::error("Bug in the provider", detail)
    })?;
    Ok(proto::DynamicValue {
        msgpack,
        json: Vec::new(),
    })
}

/// Encodes the names of all types and functions.
pub(super) fn metadata<'a>(
    capabilities: proto::ServerCapabilities,
    resources: impl Iterator<Item = &'a str>,
    data_sources: impl Iterator<Item = &'a str>,
    list_resources: impl Iterator<Item = &'a str>,
    actions: impl Iterator<Item = &'a str>,
    functions: impl Iterator<Item = &'a str>,
) -> proto::get_metadata::Response {
    let resources = resources.map(|name| proto::get_metadata::ResourceMetadata {
        type_name: name.to_owned(),
    });
    let data_sources = data_sources.map(|name| proto::get_metadata::DataSourceMetadata {
        type_name: name.to_owned(),
    });
    let list_resources = list_resources.map(|name| proto::get_metadata::ListResourceMetadata {
        type_name: name.to_owned(),
    });
    let actions = actions.map(|name| proto::get_metadata::ActionMetadata {
        type_name: name.to_owned(),
    });
    let functions = functions.map(|name| proto::get_metadata::FunctionMetadata {
        name: name.to_owned(),
    });
    proto::get_metadata::Response {
        server_capabilities: Some(capabilities),
        resources: resources.collect(),
        data_sources: data_sources.collect(),
        list_resources: list_resources.collect(),
        actions: actions.collect(),
        functions: functions.collect(),
        ..proto::get_metadata::Response::default()
    }
}

/// Encodes all schemas and signatures.
pub(super) fn provider_schema<'a>(
    capabilities: proto::ServerCapabilities,
    provider: &Schema,
    resources: impl Iterator<Item = (&'a str, &'a Schema)>,
    data_sources: impl Iterator<Item = (&'a str, &'a Schema)>,
    list_resources: impl Iterator<Item = (&'a str, &'a Schema)>,
    actions: impl Iterator<Item = (&'a str, &'a Schema)>,
    functions: BTreeMap<String, proto::Function>,
) -> proto::get_provider_schema::Response {
    let actions = actions.map(|(name, each)| {
        // Clients fail on an action without a schema.
        let action = proto::ActionSchema {
            schema: Some(schema(each)),
        };
        (name.to_owned(), action)
    });
    proto::get_provider_schema::Response {
        provider: Some(schema(provider)),
        resource_schemas: schemas(resources),
        data_source_schemas: schemas(data_sources),
        list_resource_schemas: schemas(list_resources),
        action_schemas: actions.collect(),
        functions,
        server_capabilities: Some(capabilities),
        ..proto::get_provider_schema::Response::default()
    }
}

/// Encodes an object that was read.
pub(super) fn read<C: Send + Sync + 'static>(
    response: EngineResponse<Read>,
    resource: &Registration<ErasedResource<C>>,
) -> Result<proto::read_resource::Response, Diagnostic> {
    Ok(proto::read_resource::Response {
        new_state: Some(object(response.result.state.as_ref(), resource.ty())?),
        new_identity: identity(response.result.identity.as_ref(), resource)?,
        private: response.result.private.to_bytes(),
        diagnostics: diagnostics(response.diagnostics),
        deferred: None,
    })
}

/// Encodes the result of a data source.
pub(super) fn data(
    response: EngineResponse<Option<Value>>,
    ty: &Type,
) -> Result<proto::read_data_source::Response, Diagnostic> {
    Ok(proto::read_data_source::Response {
        state: Some(object(response.result.as_ref(), ty)?),
        diagnostics: diagnostics(response.diagnostics),
        deferred: None,
    })
}

/// Encodes a plan.
pub(super) fn plan_response<C: Send + Sync + 'static>(
    response: EngineResponse<PlannedObject>,
    resource: &Registration<ErasedResource<C>>,
) -> Result<proto::plan_resource_change::Response, Diagnostic> {
    Ok(proto::plan_resource_change::Response {
        planned_state: Some(object(response.result.state.as_ref(), resource.ty())?),
        planned_identity: identity(response.result.identity.as_ref(), resource)?,
        requires_replace: response.result.replace.iter().map(path).collect(),
        planned_private: response.result.private.to_bytes(),
        diagnostics: diagnostics(response.diagnostics),
        ..proto::plan_resource_change::Response::default()
    })
}

/// Encodes an object after the apply.
pub(super) fn apply_response<C: Send + Sync + 'static>(
    response: EngineResponse<Applied>,
    resource: &Registration<ErasedResource<C>>,
) -> Result<proto::apply_resource_change::Response, Diagnostic> {
    Ok(proto::apply_resource_change::Response {
        new_state: Some(object(response.result.state.as_ref(), resource.ty())?),
        new_identity: identity(response.result.identity.as_ref(), resource)?,
        private: response.result.private.to_bytes(),
        diagnostics: diagnostics(response.diagnostics),
        ..proto::apply_resource_change::Response::default()
    })
}

/// Encodes the single object of an import, with the requested type name.
pub(super) fn import_response<C: Send + Sync + 'static>(
    type_name: &str,
    imported: &Imported,
    resource: &Registration<ErasedResource<C>>,
) -> Result<proto::import_resource_state::Response, Diagnostic> {
    let imported = proto::import_resource_state::ImportedResource {
        type_name: type_name.to_owned(),
        state: Some(value(&imported.state, resource.ty())?),
        identity: identity(imported.identity.as_ref(), resource)?,
        private: Vec::new(),
    };
    Ok(proto::import_resource_state::Response {
        imported_resources: vec![imported],
        ..proto::import_resource_state::Response::default()
    })
}

/// Encodes an identity; none if it is missing or the resource has no identity.
pub(super) fn identity<C: Send + Sync + 'static>(
    identity: Option<&Value>,
    resource: &Registration<ErasedResource<C>>,
) -> Result<Option<proto::ResourceIdentityData>, Diagnostic> {
    let (Some(identity), Some(known)) = (identity, resource.identity()) else {
        return Ok(None);
    };
    Ok(Some(proto::ResourceIdentityData {
        identity_data: Some(value(identity, known.ty())?),
    }))
}

/// Encodes one result of a search.
pub(super) fn list_event<C: Send + Sync + 'static>(
    listed: ListEvent,
    resource: &Registration<ErasedResource<C>>,
) -> Result<proto::list_resource::Event, Diagnostic> {
    let mut event = proto::list_resource::Event {
        diagnostic: diagnostics(listed.diagnostics),
        ..proto::list_resource::Event::default()
    };
    if let Some(found) = listed.object {
        event.identity = identity(Some(&found.identity), resource)?;
        event.display_name = text::line(&found.display_name);
        let object = found.object.as_ref();
        event.resource_object = object
            .map(|object| value(object, resource.ty()))
            .transpose()?;
    }
    Ok(event)
}

/// Encodes an object; a missing one as null.
fn object(object: Option<&Value>, ty: &Type) -> Result<proto::DynamicValue, Diagnostic> {
    value(object.unwrap_or(&Value::Null), ty)
}

/// Encodes diagnostics, in their order.
pub(super) fn diagnostics(diagnostics: Diagnostics) -> Vec<proto::Diagnostic> {
    diagnostics.into_iter().map(diagnostic).collect()
}

/// Encodes a diagnostic, with control characters escaped: hosts print it unchanged, and it may quote foreign text.
pub(super) fn diagnostic(diagnostic: Diagnostic) -> proto::Diagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => proto::diagnostic::Severity::Error,
        Severity::Warning => proto::diagnostic::Severity::Warning,
    };
    proto::Diagnostic {
        severity: severity.into(),
        summary: shorten(text::line(&diagnostic.summary)),
        detail: message(&diagnostic.detail),
        attribute: diagnostic.path.as_ref().map(path),
    }
}

/// Encodes the text of a message, which hosts print unchanged: control characters are escaped, and the length is limited.
pub(super) fn message(text: &str) -> String {
    shorten(text::lines(text))
}

/// Omits the middle of a text that is too long: it begins with what happened and ends with what to do.
fn shorten(text: String) -> String {
    if text.len() <= MAX_TEXT_BYTES {
        return text;
    }
    let half = MAX_TEXT_BYTES / 2;
    let (start, rest) = text.split_at(text.floor_char_boundary(half));
    let (middle, end) = rest.split_at(rest.ceil_char_boundary(rest.len() - half));
    format!("{start} … ({} bytes omitted) … {end}", middle.len())
}

/// Encodes a path.
fn path(path: &Path) -> proto::AttributePath {
    use proto::attribute_path::step::Selector;
    let step = |step: &PathStep| match step {
        PathStep::Attribute(name) => Selector::AttributeName(name.clone()),
        PathStep::Key(key) => Selector::ElementKeyString(key.clone()),
        PathStep::Index(index) => Selector::ElementKeyInt(i64::from(*index)),
    };
    let steps = path.steps().iter();
    let steps = steps.map(|each| proto::attribute_path::Step {
        selector: Some(step(each)),
    });
    proto::AttributePath {
        steps: steps.collect(),
    }
}

/// Encodes schemas by name.
fn schemas<'a>(
    schemas: impl Iterator<Item = (&'a str, &'a Schema)>,
) -> BTreeMap<String, proto::Schema> {
    schemas
        .map(|(name, each)| (name.to_owned(), schema(each)))
        .collect()
}

/// Encodes identity schemas by the name of their resource.
pub(super) fn identity_schemas<'a>(
    schemas: impl Iterator<Item = (&'a str, &'a IdentitySchema)>,
) -> proto::get_resource_identity_schemas::Response {
    proto::get_resource_identity_schemas::Response {
        identity_schemas: schemas
            .map(|(name, each)| (name.to_owned(), identity_schema(each)))
            .collect(),
        diagnostics: Vec::new(),
    }
}

fn identity_schema(schema: &IdentitySchema) -> proto::ResourceIdentitySchema {
    let attributes = schema.attributes.iter().map(|attribute| {
        proto::resource_identity_schema::IdentityAttribute {
            name: attribute.name.to_owned(),
            r#type: type_json::to_bytes(&attribute.ty),
            required_for_import: attribute.presence == Presence::Required,
            optional_for_import: attribute.presence != Presence::Required,
            description: attribute.description.to_owned(),
        }
    });
    proto::ResourceIdentitySchema {
        version: schema.version,
        identity_attributes: attributes.collect(),
    }
}

/// Encodes a schema.
fn schema(schema: &Schema) -> proto::Schema {
    proto::Schema {
        version: schema.version,
        block: Some(block(&schema.block)),
    }
}

fn block(block: &Block) -> proto::schema::Block {
    proto::schema::Block {
        attributes: block.attributes.iter().map(attribute).collect(),
        block_types: block.blocks.iter().map(nested_block).collect(),
        description: block.description.to_owned(),
        description_kind: proto::StringKind::Markdown.into(),
        ..proto::schema::Block::default()
    }
}

fn attribute(attribute: &Attribute) -> proto::schema::Attribute {
    proto::schema::Attribute {
        name: attribute.name.to_owned(),
        // The protocol allows either a type or a nested type, never both.
        r#type: match attribute.nested {
            Some(_) => Vec::new(),
            None => type_json::to_bytes(&attribute.ty),
        },
        description: attribute.description_with_environment(),
        description_kind: proto::StringKind::Markdown.into(),
        required: attribute.presence == Presence::Required,
        optional: matches!(
            attribute.presence,
            Presence::Optional | Presence::OptionalComputed
        ),
        computed: attribute.is_computed(),
        sensitive: attribute.is_sensitive,
        write_only: attribute.is_write_only,
        deprecated: attribute.deprecation.is_some(),
        deprecation_message: attribute.deprecation.unwrap_or_default().to_owned(),
        nested_type: attribute.nested.as_ref().map(nested_type),
    }
}

fn nested_type(nested: &NestedAttributes) -> proto::schema::Object {
    use proto::schema::object::NestingMode;
    let nesting = match nested.nesting {
        Nesting::Single | Nesting::Group => NestingMode::Single,
        Nesting::List { .. } => NestingMode::List,
        Nesting::Set => NestingMode::Set,
        Nesting::Map => NestingMode::Map,
    };
    proto::schema::Object {
        attributes: nested.attributes.iter().map(attribute).collect(),
        nesting: nesting.into(),
        ..proto::schema::Object::default()
    }
}

fn nested_block(nested: &NestedBlock) -> proto::schema::NestedBlock {
    use proto::schema::nested_block::NestingMode;
    let (nesting, max_items) = match nested.nesting {
        Nesting::Single => (NestingMode::Single, 0),
        Nesting::List { max_items } => (NestingMode::List, i64::from(max_items)),
        Nesting::Set => (NestingMode::Set, 0),
        Nesting::Map => (NestingMode::Map, 0),
        Nesting::Group => (NestingMode::Group, 0),
    };
    proto::schema::NestedBlock {
        type_name: nested.name.to_owned(),
        block: Some(block(&nested.block)),
        nesting: nesting.into(),
        min_items: 0,
        max_items,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diagnostics_escape_terminal_control_characters() {
        let quoting = Diagnostic::error("a\u{202e}b\nc", "d\u{1b}[2J\u{200b}e\n\nf");
        let written = diagnostic(quoting);
        assert_eq!(written.summary, "a\\u{202e}b c");
        assert_eq!(written.detail, "d\\u{1b}[2J\\u{200b}e\n\nf");
    }

    #[test]
    fn c58_overlong_messages_are_shortened_in_the_middle() {
        let quoting = |quoted: &str| shorten(format!("The value `{quoted}` is none. Write one."));
        assert_eq!(quoting("x"), "The value `x` is none. Write one.");
        let long = quoting(&"ä".repeat(1_000_000));
        assert!(long.len() < MAX_TEXT_BYTES + 100, "{}", long.len());
        assert!(long.starts_with("The value `ä") && long.ends_with("ä` is none. Write one."));
        assert!(long.contains("bytes omitted"), "{long}");
    }
}
