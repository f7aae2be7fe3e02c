//! `HWGRANTS_TYPE_NAMES`: the names that the schema contains.

use std::collections::BTreeSet;

use hwgrants::cli::terraform::Release;
use serde_json::Value;

use crate::harness::{Block, Workspace};

/// The names of the types of each kind that Terraform finds in the schema of the only provider.
fn names(workspace: &Workspace) -> Vec<BTreeSet<String>> {
    let json = workspace.json(&["providers", "schema", "-json"]);
    let schemas = json["provider_schemas"].as_object().unwrap();
    let (_, schema) = schemas
        .iter()
        .find(|(address, _)| address.ends_with("hwgrants/hwgrants"))
        .unwrap();
    let kinds = [
        "resource_schemas",
        "data_source_schemas",
        "resource_identity_schemas",
        "action_schemas",
    ];
    let names = kinds.map(|kind| {
        let types = schema.get(kind).and_then(Value::as_object);
        types
            .map(|types| types.keys().cloned().collect())
            .unwrap_or_default()
    });
    names.to_vec()
}

#[test]
fn the_schema_contains_the_selected_names() {
    // Earlier versions do not show actions.
    let mut workspace = Workspace::on(Release::LATEST);
    let grant = Block::grant("hwgrants_csms_grant");
    workspace.write(&grant);
    let both = names(&workspace);
    assert!(both.iter().all(|names| !names.is_empty()), "{both:?}");
    let is_long = |name: &String| name.starts_with("hwgrants_");
    for (value, is_wanted) in [("long", true), ("short", false)] {
        workspace.set("HWGRANTS_TYPE_NAMES", value);
        let found = names(&workspace);
        for (all, found) in both.iter().zip(&found) {
            let expected: BTreeSet<String> = all
                .iter()
                .filter(|name| is_long(name) == is_wanted)
                .cloned()
                .collect();
            assert_eq!(found, &expected, "{value}");
            assert_eq!(2 * found.len(), all.len(), "{value}");
        }
    }
    workspace.set("HWGRANTS_TYPE_NAMES", "both");
    assert_eq!(names(&workspace), both);
}

#[test]
fn a_grant_is_managed_under_the_selected_names_and_another_value_is_an_error() {
    let mut workspace = Workspace::new();
    for (value, type_name) in [("long", "hwgrants_csms_grant"), ("short", "csms_grant")] {
        workspace.set("HWGRANTS_TYPE_NAMES", value);
        workspace.write(Block::grant(type_name));
        workspace.apply().succeeded();
        workspace.assert_plan_is_empty();
        workspace.destroy().succeeded();
    }
    workspace.write(Block::grant("hwgrants_csms_grant"));
    workspace.set("HWGRANTS_TYPE_NAMES", "conventional");
    let said = workspace.plan().failed();
    for words in [
        "Invalid HWGRANTS_TYPE_NAMES",
        "`conventional`",
        "`long`, `short` or `both`",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}
