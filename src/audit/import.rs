//! Undeclared grants as `import` blocks.
//!
//! Each grant has an `import` block and a `resource` block, so that a plan has imports and no changes.
//! The types have their long names: before 1.8, Terraform finds the provider of an import by the first word of the type.
//! Foreign text is in strings, which the writer escapes, and in comments of one line each.

use std::fmt;

use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use hcl_edit::structure::{Attribute, Block, Body, Structure};
use hcl_edit::template::StringTemplate;
use hcl_edit::{Decorate, Decorated, Ident};

use super::difference::{Difference, Undeclared};
use super::grant::LiveGrant;
use super::name::Names;
use crate::text;

/// Prints the blocks for the undeclared grants; nothing if there are none.
#[derive(Debug)]
pub struct ImportBlocks<'a>(pub &'a Difference);

impl fmt::Display for ImportBlocks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = Names::new(&self.0.taken_names);
        let mut body = Body::new();
        for each in &self.0.undeclared {
            let name = names.unique(&each.grant);
            let gap = if body.is_empty() { "" } else { "\n" };
            let (type_name, arguments) = arguments(&each.grant);
            let mut import = import(type_name, &name, &each.grant);
            import
                .decor_mut()
                .set_prefix(format!("{gap}{}", comment(each)));
            let mut resource = block("resource", &arguments);
            resource.labels = vec![type_name.into(), name.into()];
            resource.decor_mut().set_prefix("\n");
            body.push(import);
            body.push(resource);
        }
        f.write_str(&text::hcl(&body.to_string()))
    }
}

/// The comment on a grant, with a second line if it may not be a grant of its own.
fn comment(each: &Undeclared) -> String {
    let grant = &each.grant;
    let end = match (grant.expires_on(), grant.expiry().unclear_text()) {
        (None, None) => "never expires".to_owned(),
        (None, Some(text)) => format!("unrecognized expiry `{}`", text::line(text)),
        (Some(date), _) if each.is_expired => format!("expired on {date}"),
        (Some(date), _) => format!("expires on {date}"),
    };
    let (resource, grantee) = (text::line(grant.resource()), text::line(grant.grantee()));
    let by_group = if each.is_perhaps_by_group {
        "# This might not be a separate grant: access may come from a declared grant to a user group.\n"
    } else {
        ""
    };
    format!("# {resource}: {grantee}, {end}\n{by_group}")
}

/// The type of a grant's block, and its arguments.
fn arguments(grant: &LiveGrant) -> (&'static str, Vec<(&'static str, Expression)>) {
    let mut arguments = vec![("provider", provider())];
    let type_name = match grant {
        LiveGrant::Secret(secret) => {
            let end = grant.expires_on().map(|date| date.to_string());
            arguments.extend([
                ("region", text(secret.location.region.as_str())),
                ("project_id", text(secret.location.project_id.as_str())),
                ("type", secret.resource_type.as_str().into()),
                ("resource_id", text(secret.resource_id.as_str())),
                ("grantee_type", secret.grantee_type().word().into()),
                ("grantee_target_id", text(secret.grantee.id.as_str())),
            ]);
            arguments.extend(end.map(|date| ("validity_time", date.into())));
            "hwgrants_csms_grant"
        }
        LiveGrant::Delegation(delegation) => {
            arguments.extend([
                ("region", text(delegation.region.as_str())),
                ("tenant_id", text(delegation.tenant_id.as_str())),
            ]);
            "hwgrants_repo_kms_grant"
        }
    };
    (type_name, arguments)
}

fn import(type_name: &str, name: &str, grant: &LiveGrant) -> Block {
    let attribute = TraversalOperator::GetAttr(Decorated::new(Ident::new_sanitized(name)));
    let address = Traversal::new(Ident::new_sanitized(type_name), vec![attribute.into()]);
    let arguments = [
        ("to", address.into()),
        ("id", text(&grant.import_id())),
        ("provider", provider()),
    ];
    block("import", &arguments)
}

/// A text that is no template, whatever is in it.
///
/// It is written in pieces, a new one at each character that may begin a marker of a template: of several markers in
/// one text, the writer misses some (`escape_markers` of `hcl-primitives` 0.1.13 leaves the second one of `${}%${}` as
/// it is).
fn text(value: &str) -> Expression {
    let mut template = StringTemplate::new();
    let mut rest = value;
    while !rest.is_empty() {
        let next = rest
            .char_indices()
            .skip(1)
            .find(|(_, c)| matches!(c, '$' | '%'));
        let (piece, later) = rest.split_at(next.map_or(rest.len(), |(index, _)| index));
        template.push(piece);
        rest = later;
    }
    template.into()
}

/// The provider's local name.
fn provider() -> Expression {
    Ident::new_sanitized("hwgrants").into()
}

/// A block without labels, indented and aligned as `terraform fmt` does it.
fn block(keyword: &str, arguments: &[(&'static str, Expression)]) -> Block {
    let width = arguments.iter().map(|(name, _)| name.len()).max();
    let mut block = Block::new(Ident::new_sanitized(keyword));
    for (name, value) in arguments {
        let gap = width.unwrap_or_default().saturating_sub(name.len()) + 1;
        let mut key = Decorated::new(Ident::new_sanitized(name));
        key.decor_mut().set_suffix(" ".repeat(gap));
        let mut attribute = Attribute::new(key, value.clone());
        attribute.decor_mut().set_prefix("  ");
        block.body.push(Structure::Attribute(attribute));
    }
    block
}

#[cfg(test)]
mod tests {
    use hcl_edit::expr::Expression;
    use hcl_edit::parser::parse_body;
    use proptest::prelude::*;

    use super::*;
    use crate::audit::difference::tests::sample;

    #[test]
    fn each_grant_has_import_and_resource_blocks_with_escaped_names() {
        insta::assert_snapshot!(ImportBlocks(&sample()).to_string());
    }

    #[test]
    fn the_output_parses_back_to_the_same_blocks_and_import_ids() {
        let difference = sample();
        let body = parse_body(&ImportBlocks(&difference).to_string()).unwrap();
        assert!(body.iter().all(|each| each.as_block().is_some()));
        let ids: Vec<_> = body
            .get_blocks("import")
            .map(
                |block| match &block.body.get_attribute("id").unwrap().value {
                    Expression::String(text) => text.to_string(),
                    other => panic!("{other:?}"),
                },
            )
            .collect();
        let expected: Vec<_> = difference
            .undeclared
            .iter()
            .map(|each| each.grant.import_id())
            .collect();
        assert_eq!(ids, expected);
        assert_eq!(body.get_blocks("resource").count(), expected.len());
        assert_eq!(body.len(), 2 * expected.len());
    }

    /// What the written text says when it is read; none if it is a template.
    fn reread(value: &str) -> Option<String> {
        let attribute = Attribute::new(Ident::new_sanitized("id"), text(value));
        let body: Body = [Structure::Attribute(attribute)].into_iter().collect();
        let read = parse_body(&body.to_string()).unwrap();
        let read = &read.get_attribute("id").unwrap().value;
        read.as_str().map(str::to_owned)
    }

    #[test]
    fn consecutive_template_markers_round_trip() {
        for value in ["${}%${x}", "%{}$%{x}", "$${a}%%{b}", ""] {
            assert_eq!(reread(value).as_deref(), Some(value));
        }
    }

    proptest! {
        #[test]
        fn any_string_round_trips_through_hcl(value in r#"(\$|%|\{|\}|\$\{|%\{|"|\\|\n|a){0,9}"#) {
            prop_assert_eq!(reread(&value), Some(value));
        }
    }

    #[test]
    fn characters_that_turn_text_around_are_escaped_and_read_back() {
        for value in ["a\u{202e}b", "a\u{e0041}b"] {
            let attribute = Attribute::new(Ident::new_sanitized("id"), text(value));
            let body: Body = [Structure::Attribute(attribute)].into_iter().collect();
            let written = crate::text::hcl(&body.to_string());
            assert!(
                !written.contains(|c| c != '\n' && crate::text::works_terminal(c)),
                "{written}"
            );
            let read = parse_body(&written).unwrap();
            let read = read
                .get_attribute("id")
                .unwrap()
                .value
                .as_str()
                .map(str::to_owned);
            assert_eq!(read.as_deref(), Some(value), "{written}");
        }
    }

    #[test]
    fn no_undeclared_grants_print_nothing() {
        let difference = Difference {
            undeclared: Vec::new(),
            ..sample()
        };
        assert_eq!(ImportBlocks(&difference).to_string(), "");
    }
}
