//! Renders a schema in Markdown: required, optional and read-only members, and nested schemas.

use crate::framework::schema::{Attribute, Block, Nesting, Presence};
use crate::framework::{IdentitySchema, Type};

/// A group of members: set by the user or by the provider.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Required,
    Optional,
    ReadOnly,
}

const GROUPS: [(Group, &str); 3] = [
    (Group::Required, "Required"),
    (Group::Optional, "Optional"),
    (Group::ReadOnly, "Read-Only"),
];

/// A line about a member, with its nested members.
struct Line<'a> {
    group: Group,
    name: &'a str,
    text: String,
    nested: Option<Nested<'a>>,
}

/// The members of a nested block or attribute.
struct Nested<'a> {
    anchor: String,
    path: String,
    attributes: &'a [Attribute],
    block: Option<&'a Block>,
}

/// Renders the schema of a block, without the heading above it.
pub(super) fn schema(block: &Block) -> String {
    let mut text = String::new();
    let mut nested = Vec::new();
    let lines = lines(&block.attributes, Some(block), "");
    for (group, title) in GROUPS {
        push_group(&mut text, &format!("### {title}"), &lines, group);
    }
    nested.extend(lines.into_iter().filter_map(|line| line.nested));
    // Breadth first: a nested schema follows the schema that links to it.
    let mut next = 0;
    while let Some(inside) = nested.get(next) {
        let lines = self::lines(inside.attributes, inside.block, &inside.path);
        text.push_str(&format!(
            "\n<a id=\"{}\"></a>\n### Nested Schema for `{}`\n",
            inside.anchor, inside.path
        ));
        for (group, title) in GROUPS {
            push_group(&mut text, &format!("{title}:"), &lines, group);
        }
        nested.extend(lines.into_iter().filter_map(|line| line.nested));
        next += 1;
    }
    text.trim().to_owned()
}

/// Renders the schema of an identity.
pub(super) fn identity_schema(identity: &IdentitySchema) -> String {
    let mut text = String::new();
    for (title, is_required) in [("#### Required", true), ("#### Optional", false)] {
        let attributes = identity
            .attributes
            .iter()
            .filter(|attribute| (attribute.presence == Presence::Required) == is_required);
        let mut lines: Vec<String> = attributes
            .map(|attribute| {
                let (name, ty) = (attribute.name, type_name(&attribute.ty));
                format!("- `{name}` ({ty}) {}\n", attribute.description)
            })
            .collect();
        lines.sort();
        if !lines.is_empty() {
            text.push_str(&format!("\n{title}\n\n{}", lines.concat()));
        }
    }
    text.trim().to_owned()
}

fn push_group(text: &mut String, title: &str, lines: &[Line<'_>], group: Group) {
    let mut of_group = lines.iter().filter(|line| line.group == group).peekable();
    if of_group.peek().is_none() {
        return;
    }
    text.push_str(&format!("\n{title}\n\n"));
    for line in of_group {
        text.push_str(&line.text);
    }
}

/// The lines for the members of a block, sorted by name.
fn lines<'a>(attributes: &'a [Attribute], block: Option<&'a Block>, path: &str) -> Vec<Line<'a>> {
    let join = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    let mut lines: Vec<_> = attributes
        .iter()
        .map(|attribute| attribute_line(attribute, &join(attribute.name)))
        .collect();
    for nested in block.into_iter().flat_map(|block| &block.blocks) {
        let kind = match nested.nesting {
            Nesting::Single | Nesting::Group => "Block, Optional".to_owned(),
            Nesting::List { max_items: 0 } => "Block List".to_owned(),
            Nesting::List { max_items } => format!("Block List, Max: {max_items}"),
            Nesting::Set => "Block Set".to_owned(),
            Nesting::Map => "Block Map".to_owned(),
        };
        let path = join(nested.name);
        let anchor = format!("nestedblock--{}", path.replace('.', "--"));
        lines.push(Line {
            group: Group::Optional,
            name: nested.name,
            text: format!(
                "- `{}` ({kind}) {} (see [below for nested schema](#{anchor}))\n",
                nested.name, nested.block.description
            ),
            nested: Some(Nested {
                anchor,
                path,
                attributes: &nested.block.attributes,
                block: Some(&nested.block),
            }),
        });
    }
    lines.sort_by_key(|line| line.name);
    lines
}

fn attribute_line<'a>(attribute: &'a Attribute, path: &str) -> Line<'a> {
    let mut kinds = vec![match &attribute.nested {
        None => type_name(&attribute.ty),
        Some(nested) => match nested.nesting {
            Nesting::Single | Nesting::Group => "Attributes".to_owned(),
            Nesting::List { .. } => "Attributes List".to_owned(),
            Nesting::Set => "Attributes Set".to_owned(),
            Nesting::Map => "Attributes Map".to_owned(),
        },
    }];
    let flags = [
        (attribute.is_sensitive, "Sensitive"),
        (attribute.deprecation.is_some(), "Deprecated"),
        (attribute.is_write_only, "Write-only"),
    ];
    let flags = flags.into_iter().filter(|(is_set, _)| *is_set);
    kinds.extend(flags.map(|(_, flag)| flag.to_owned()));
    let mut text = format!(
        "- `{}` ({}) {}",
        attribute.name,
        kinds.join(", "),
        attribute.description_with_environment()
    );
    if attribute.replacement == crate::framework::Replacement::OnChange {
        text.push_str(" Changing this forces a new resource to be created.");
    }
    let nested = attribute.nested.as_ref().map(|nested| Nested {
        anchor: format!("nestedatt--{}", path.replace('.', "--")),
        path: path.to_owned(),
        attributes: &nested.attributes,
        block: None,
    });
    if let Some(nested) = &nested {
        let anchor = &nested.anchor;
        text.push_str(&format!(" (see [below for nested schema](#{anchor}))"));
    }
    text.push('\n');
    Line {
        group: match attribute.presence {
            Presence::Required => Group::Required,
            Presence::Optional | Presence::OptionalComputed => Group::Optional,
            Presence::Computed => Group::ReadOnly,
        },
        name: attribute.name,
        text,
        nested,
    }
}

/// Name of a type in provider documentation.
pub(super) fn type_name(ty: &Type) -> String {
    match ty {
        Type::String => "String".to_owned(),
        Type::Number => "Number".to_owned(),
        Type::Bool => "Boolean".to_owned(),
        Type::Dynamic => "Dynamic".to_owned(),
        Type::List(element) => format!("List of {}", type_name(element)),
        Type::Set(element) => format!("Set of {}", type_name(element)),
        Type::Map(element) => format!("Map of {}", type_name(element)),
        Type::Object(_) => "Object".to_owned(),
        Type::Tuple(_) => "Tuple".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::schema::{NestedBlock, Recompute};
    use crate::framework::{Field, Model as _, model};

    model! {
        /// An inner one.
        struct Inner {
            /// Its label.
            #[attribute(required)]
            label: Field<String>,
            /// Its size.
            #[attribute(computed(Recompute::Never))]
            size: Field<i64>,
        }
    }

    model! {
        /// An outer one.
        struct Outer {
            /// The last by its name.
            #[attribute(required, replaces)]
            zone: Field<String>,
            /// A password.
            #[attribute(sensitive, environment(&["A_PASSWORD", "PASSWORD"]))]
            password: Field<String>,
            /// What is inside.
            #[attribute(computed(Recompute::Never))]
            inner: Field<Vec<Inner>>,
            /// An option.
            #[block(Nesting::List { max_items: 1 })]
            option: Field<Vec<Inner>>,
        }
    }

    #[test]
    fn attributes_are_grouped_and_sorted_with_nested_schemas_last() {
        let expected = "### Required\n\n\
            - `zone` (String) The last by its name. Changing this forces a new resource to be created.\n\n\
            ### Optional\n\n\
            - `option` (Block List, Max: 1) An option. (see [below for nested schema](#nestedblock--option))\n\
            - `password` (String, Sensitive) A password. Can also be set with the environment variable `A_PASSWORD` or \
            `PASSWORD`.\n\n\
            ### Read-Only\n\n\
            - `inner` (Attributes List) What is inside. (see [below for nested schema](#nestedatt--inner))\n\n\
            <a id=\"nestedatt--inner\"></a>\n### Nested Schema for `inner`\n\n\
            Required:\n\n- `label` (String) Its label.\n\nRead-Only:\n\n- `size` (Number) Its size.\n\n\
            <a id=\"nestedblock--option\"></a>\n### Nested Schema for `option`\n\n\
            Required:\n\n- `label` (String) Its label.\n\nRead-Only:\n\n- `size` (Number) Its size.";
        assert_eq!(schema(&Outer::schema_block()), expected);
        let _: fn(&'static str, &'static str, Nesting) -> NestedBlock = NestedBlock::of::<Outer>;
    }
}
