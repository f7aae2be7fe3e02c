//! Tables for the README, generated from schemas.

use crate::framework::schema::{Attribute, Block, Presence};

/// A table of a block's arguments: name, whether it is required, the effect of a change, description.
#[must_use]
pub(super) fn argument_table(block: &Block) -> String {
    let mut table = "| argument | | on change | description |\n|---|---|---|---|\n".to_owned();
    for attribute in block
        .attributes
        .iter()
        .filter(|each| each.is_configurable())
    {
        let presence = match attribute.presence {
            Presence::Required => "required",
            _ => "optional",
        };
        let change = match attribute.replacement {
            crate::framework::Replacement::OnChange => "replace",
            crate::framework::Replacement::Never => "update in place",
        };
        let (name, meaning) = (attribute.name, attribute.description.replace('|', "\\|"));
        table.push_str(&format!(
            "| `{name}` | {presence} | {change} | {meaning} |\n"
        ));
    }
    for nested in &block.blocks {
        let (name, meaning) = (nested.name, nested.block.description);
        table.push_str(&format!("| `{name}` | block | | {meaning} |\n"));
    }
    table
}

/// A table of the arguments of a block and its nested blocks, with the environment variables that are read for them.
#[must_use]
pub(super) fn environment_table(block: &Block) -> String {
    let mut table =
        "| argument | environment variables | description |\n|---|---|---|\n".to_owned();
    push_rows(&mut table, "", &block.attributes);
    for nested in &block.blocks {
        let (name, meaning) = (nested.name, nested.block.description);
        table.push_str(&format!("| `{name}` | | {meaning} |\n"));
        push_rows(&mut table, &format!("{name}."), &nested.block.attributes);
    }
    table
}

fn push_rows(table: &mut String, prefix: &str, attributes: &[Attribute]) {
    for attribute in attributes {
        let variables: Vec<_> = attribute
            .environment
            .iter()
            .map(|variable| format!("`{variable}`"))
            .collect();
        let (name, meaning) = (attribute.name, attribute.description.replace('|', "\\|"));
        let variables = variables.join(", ");
        table.push_str(&format!("| `{prefix}{name}` | {variables} | {meaning} |\n"));
    }
}
