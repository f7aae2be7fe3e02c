//! The configuration: what blocks write, as far as the plan has it, and the calls of modules.
//!
//! The plan has constants and the references of other expressions, not the expressions. It has blocks and no instances,
//! so it is small.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value as Json};

use super::address::{BlockName, ModuleStep};
use super::table::Table;

/// The `configuration` of a plan.
#[derive(Debug, Default, Deserialize)]
pub struct Configuration {
    /// None if the plan has no configuration.
    pub(crate) root_module: Option<Module>,
}

/// One module.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Module {
    #[serde(deserialize_with = "blocks")]
    /// Only those of declared types.
    pub(crate) resources: BTreeMap<BlockName, Block>,
    pub(crate) module_calls: BTreeMap<String, ModuleCall>,
    pub(crate) outputs: BTreeMap<String, Output>,
    pub(crate) variables: BTreeMap<String, Variable>,
}

/// One block.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) expressions: Expressions,
    pub(crate) for_each: Option<Expression>,
}

/// The arguments of a block.
pub(crate) type Expressions = BTreeMap<String, Expression>;

/// A call of a module.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ModuleCall {
    pub(crate) expressions: Expressions,
    #[serde(rename = "for_each_expression")]
    pub(crate) for_each: Option<Expression>,
    pub(crate) module: Option<Module>,
}

/// An output of a module.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Output {
    pub(crate) expression: Option<Expression>,
}

/// A declaration of a variable.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Variable {
    #[serde(rename = "default")]
    pub(crate) fallback: Option<Json>,
    pub(crate) sensitive: bool,
}

/// What an argument is.
#[derive(Debug, Deserialize)]
#[serde(from = "Json")]
pub(crate) enum Expression {
    /// This value.
    Constant(Json),
    /// An expression with these references.
    References(Vec<String>),
    /// Nested blocks.
    Blocks(Vec<Expressions>),
    /// A nested block that can be there once only, or an expression without references.
    Block(Expressions),
}

impl From<Json> for Expression {
    fn from(json: Json) -> Self {
        match json {
            Json::Array(items) => Self::Blocks(items.into_iter().map(expressions).collect()),
            Json::Object(mut members) => {
                if let Some(value) = members.remove("constant_value") {
                    return Self::Constant(value);
                }
                match members.remove("references") {
                    Some(Json::Array(items)) => Self::References(texts(items)),
                    _ => Self::Block(expressions(Json::Object(members))),
                }
            }
            // Unlike any expression that Terraform writes.
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
                Self::References(Vec::new())
            }
        }
    }
}

/// The arguments of a nested block.
fn expressions(json: Json) -> Expressions {
    let members = match json {
        Json::Object(members) => members,
        _ => Map::new(),
    };
    let members = members.into_iter();
    members.map(|(name, value)| (name, value.into())).collect()
}

/// The strings in a list.
fn texts(items: Vec<Json>) -> Vec<String> {
    let texts = items.into_iter().filter_map(|item| match item {
        Json::String(text) => Some(text),
        _ => None,
    });
    texts.collect()
}

/// A block in the list of a module.
#[derive(Deserialize)]
struct ListedBlock {
    #[serde(default)]
    mode: Option<String>,
    #[serde(rename = "type")]
    type_name: String,
    name: String,
    #[serde(default)]
    expressions: Expressions,
    #[serde(default, rename = "for_each_expression")]
    for_each: Option<Expression>,
}

/// The blocks of a module that can give access, by name, with the arguments that count.
fn blocks<'de, D: Deserializer<'de>>(json: D) -> Result<BTreeMap<BlockName, Block>, D::Error> {
    let listed = Vec::<ListedBlock>::deserialize(json)?.into_iter();
    // References to other blocks lead to their instances; what those blocks write is not needed.
    let table = Table::current();
    let declared = listed.filter_map(|mut block| {
        let declaration = table.declaration(&block.type_name)?;
        block
            .expressions
            .retain(|name, _| declaration.needed.contains(name));
        Some(block)
    });
    let named = declared.map(|block| {
        let name = BlockName {
            is_data: block.mode.as_deref() == Some("data"),
            type_name: block.type_name,
            name: block.name,
        };
        let block = Block {
            expressions: block.expressions,
            for_each: block.for_each,
        };
        (name, block)
    });
    Ok(named.collect())
}

impl Configuration {
    /// The module at this path; its instances have one configuration.
    pub(crate) fn module(&self, path: &[ModuleStep]) -> Option<&Module> {
        let mut module = self.root_module.as_ref()?;
        for step in path {
            module = module.module_calls.get(&step.name)?.module.as_ref()?;
        }
        Some(module)
    }

    /// The call of the module at this path; none for the root module.
    pub(crate) fn call(&self, path: &[ModuleStep]) -> Option<&ModuleCall> {
        let (last, caller) = path.split_last()?;
        self.module(caller)?.module_calls.get(&last.name)
    }

    /// A block.
    pub(crate) fn block(&self, path: &[ModuleStep], name: &BlockName) -> Option<&Block> {
        self.module(path)?.resources.get(name)
    }
}
