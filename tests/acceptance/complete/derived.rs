//! A configuration without the blocks of the provider `huaweicloud`: what they would create exists, and its attributes are in
//! the place of the references to them.

use std::collections::BTreeMap;

use hcl_edit::Decorate;
use hcl_edit::expr::{Expression, TraversalOperator};
use hcl_edit::structure::{Block, Body, Structure};
use hcl_edit::visit_mut::{VisitMut, visit_expr_mut};
use serde_json::{Map, Value};

/// The local name of the provider, with which its types begin.
const PROVIDER: &str = "huaweicloud";

/// Attributes by address.
pub(super) type Attributes = BTreeMap<String, Map<String, Value>>;

/// The literal arguments of the resources of that provider.
pub(super) fn resources(text: &str) -> Attributes {
    let body: Body = text.parse().unwrap();
    let blocks = body.get_blocks("resource");
    let blocks = blocks.filter(|block| is_of_provider(block));
    let resources = blocks.map(|block| {
        let arguments = block.body.attributes().filter_map(|argument| {
            let text = argument.value.as_str()?;
            Some((argument.key.to_string(), Value::from(text)))
        });
        let [type_name, name] = &block.labels[..] else {
            panic!("a resource has two labels: {block:?}");
        };
        let address = format!("{}.{}", type_name.as_str(), name.as_str());
        (address, arguments.collect())
    });
    resources.collect()
}

/// The configuration in a file, without the provider.
///
/// # Panics
/// If something refers to an attribute that is not among these.
pub(super) fn without_provider(text: &str, attributes: &Attributes) -> String {
    let body: Body = text.parse().unwrap();
    let kept = body.into_iter().filter(|structure| match structure {
        Structure::Block(block) => !is_of_provider(block),
        Structure::Attribute(_) => true,
    });
    let mut body: Body = kept.collect();
    for terraform in body.get_blocks_mut("terraform") {
        for required in terraform.body.get_blocks_mut("required_providers") {
            required.body.remove_attribute(PROVIDER);
        }
    }
    References(attributes).visit_body_mut(&mut body);
    body.to_string()
}

fn is_of_provider(block: &Block) -> bool {
    let label = block.labels.first().map(|label| label.as_str());
    label.is_some_and(is_provider_or_type)
}

fn is_provider_or_type(name: &str) -> bool {
    let rest = name.strip_prefix(PROVIDER);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

/// Replaces references by values.
struct References<'a>(&'a Attributes);

impl VisitMut for References<'_> {
    fn visit_expr_mut(&mut self, expression: &mut Expression) {
        match reference(expression) {
            Some(names) => {
                let [type_name, name, attribute] = &names[..] else {
                    panic!("not an attribute: {expression}");
                };
                let address = format!("{type_name}.{name}");
                let value = &self.0[&address][attribute];
                let value = Expression::from(value.as_str().expect("a text"));
                let decor = expression.decor().clone();
                *expression = value.decorated(decor);
            }
            None => visit_expr_mut(self, expression),
        }
    }
}

/// The names of a reference to a resource of the provider.
fn reference(expression: &Expression) -> Option<Vec<String>> {
    let traversal = expression.as_traversal()?;
    let first = traversal.expr.as_variable()?;
    if !is_provider_or_type(first.as_str()) {
        return None;
    }
    let names = traversal.operators.iter();
    let names = names.map(|operator| match operator.value() {
        TraversalOperator::GetAttr(name) => name.to_string(),
        _ => panic!("only references to attributes can be replaced: {expression}"),
    });
    Some([first.to_string()].into_iter().chain(names).collect())
}
