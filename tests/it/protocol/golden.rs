//! The provider's schema against a file that people read in review.

use hwgrants::protocol::proto::schema::{Attribute, Block};
use hwgrants::protocol::proto::{Function, ResourceIdentitySchema, Schema};
use serde_json::{Value as Json, json};

use super::schema::{identities, schemas};
use super::schema_type::{attribute_type, inside};
use super::server::{Served, sandbox};

#[tokio::test]
async fn the_provider_schema_matches_the_golden_file() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/schema.json");
    let [_, real] = schemas().await;
    let sandbox = sandbox().await;
    let identities = identities(Served::hwgrants(&sandbox).await.client()).await;
    let mut schemas = serde_json::Map::new();
    schemas.insert("provider".to_owned(), block_json(real.provider.unwrap()));
    for (name, schema) in real.resource_schemas {
        if !name.starts_with("hwgrants_") {
            let mut json = block_json(schema);
            json["identity"] = identity_json(&identities[&name]);
            schemas.insert(name, json);
        }
    }
    for (name, schema) in real.data_source_schemas {
        if !name.starts_with("hwgrants_") {
            schemas.insert(format!("data.{name}"), block_json(schema));
        }
    }
    for (name, schema) in real.list_resource_schemas {
        if !name.starts_with("hwgrants_") {
            schemas.insert(format!("list.{name}"), block_json(schema));
        }
    }
    for (name, action) in real.action_schemas {
        if !name.starts_with("hwgrants_") {
            schemas.insert(format!("action.{name}"), block_json(action.schema.unwrap()));
        }
    }
    for (name, function) in real.functions {
        schemas.insert(format!("function.{name}"), function_json(&function));
    }
    let actual = format!("{:#}\n", Json::Object(schemas));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &actual).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        expected == actual,
        "the schema differs from `tests/golden/schema.json`; `UPDATE_GOLDEN=1` rewrites it, and the difference is for \
         review:\n{actual}"
    );
}

fn block_json(schema: Schema) -> Json {
    let mut json = inner_json(&schema.block.unwrap());
    json["version"] = json!(schema.version);
    json
}

fn function_json(function: &Function) -> Json {
    let ty = |bytes: &[u8]| serde_json::from_slice::<Json>(bytes).unwrap();
    // A list: arguments are passed in this order.
    let parameters = function.parameters.iter().map(|parameter| {
        let flags = [
            (parameter.allow_null_value, "null"),
            (parameter.allow_unknown_values, "unknown"),
        ];
        let flags = flags.iter().filter(|(is_set, _)| *is_set);
        json!({
            "name": parameter.name,
            "type": ty(&parameter.r#type),
            "may be": flags.map(|(_, name)| *name).collect::<Vec<_>>().join(", "),
            "description": parameter.description,
        })
    });
    json!({
        "summary": function.summary,
        "description": function.description,
        "parameters": parameters.collect::<Vec<_>>(),
        "return": ty(&function.r#return.as_ref().unwrap().r#type),
    })
}

fn identity_json(identity: &ResourceIdentitySchema) -> Json {
    let attributes = identity.identity_attributes.iter().map(|attribute| {
        let is_required = attribute.required_for_import;
        let json = json!({
            "for import": if is_required { "required" } else { "optional" },
            "type": serde_json::from_slice::<Json>(&attribute.r#type).unwrap(),
            "description": attribute.description,
        });
        (attribute.name.clone(), json)
    });
    json!({
        "version": identity.version,
        "attributes": attributes.collect::<serde_json::Map<_, _>>(),
    })
}

fn inner_json(block: &Block) -> Json {
    let attributes = block.attributes.iter().map(|attribute| {
        let Attribute {
            required,
            optional,
            computed,
            sensitive,
            write_only,
            deprecated,
            ..
        } = *attribute;
        let flags = [
            (required, "required"),
            (optional, "optional"),
            (computed, "computed"),
            (sensitive, "sensitive"),
            (write_only, "write-only"),
            (deprecated, "deprecated"),
        ];
        let flags: Vec<_> = flags
            .iter()
            .filter(|(is_set, _)| *is_set)
            .map(|(_, name)| *name)
            .collect();
        let mut json = json!({
            "is": flags.join(", "),
            "type": attribute_type(attribute),
            "description": attribute.description,
        });
        if let Some(object) = &attribute.nested_type {
            let inside = Block {
                attributes: object.attributes.clone(),
                ..Block::default()
            };
            json["nested attributes"] = inner_json(&inside)["attributes"].take();
        }
        (attribute.name.clone(), json)
    });
    let blocks = block.block_types.iter().map(|nested| {
        let mut json = inner_json(inside(nested));
        json["nesting"] = json!(format!("{:?}", nested.nesting()));
        (nested.type_name.clone(), json)
    });
    json!({
        "description": block.description,
        "attributes": attributes.collect::<serde_json::Map<_, _>>(),
        "blocks": blocks.collect::<serde_json::Map<_, _>>(),
    })
}
