//! The configuration: what blocks write, as far as the plan has it, and the calls of modules.
//!
//! The plan has constants and the references of other expressions, not the expressions. It has blocks and no instances,
//! so it is small.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::address::{BlockName, ModuleStep};
use super::table::Table;

/// The `configuration` of a plan.
#[derive(Debug, Default)]
pub struct Configuration {
    /// None if the plan has no configuration.
    pub(crate) root_module: Option<Module>,
}

/// One module.
#[derive(Debug, Default)]
pub(crate) struct Module {
    /// Only those of declared types.
    pub(crate) resources: BTreeMap<BlockName, Block>,
    pub(crate) module_calls: BTreeMap<String, ModuleCall>,
    pub(crate) outputs: BTreeMap<String, Output>,
    pub(crate) variables: BTreeMap<String, Variable>,
}

/// One block.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// The key of its provider configuration.
    pub(crate) provider: Option<String>,
    pub(crate) expressions: Expressions,
    pub(crate) for_each: Option<Expression>,
}

/// The arguments of a block.
pub(crate) type Expressions = BTreeMap<String, Expression>;

/// A call of a module.
#[derive(Debug, Default)]
pub(crate) struct ModuleCall {
    pub(crate) expressions: Expressions,
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

impl Module {
    fn providers(&self, prefix: &str, providers: &mut BTreeMap<String, String>) {
        for (name, block) in self.resources.iter().filter(|(name, _)| !name.is_data) {
            let address = format!("{prefix}{}.{}", name.type_name, name.name);
            let provider = block.provider.clone();
            providers.extend(provider.map(|provider| (address, provider)));
        }
        for (name, call) in &self.module_calls {
            if let Some(module) = &call.module {
                module.providers(&format!("{prefix}module.{name}."), providers);
            }
        }
    }

    fn referenced<'a>(&'a self, blocks: &mut BTreeSet<(&'a str, &'a str)>) {
        for block in self.resources.values() {
            let for_each = block.for_each.iter();
            for expression in block.expressions.values().chain(for_each) {
                expression.referenced(blocks);
            }
        }
        for call in self.module_calls.values() {
            let for_each = call.for_each.iter();
            for expression in call.expressions.values().chain(for_each) {
                expression.referenced(blocks);
            }
            if let Some(module) = &call.module {
                module.referenced(blocks);
            }
        }
        let outputs = self.outputs.values();
        for expression in outputs.filter_map(|output| output.expression.as_ref()) {
            expression.referenced(blocks);
        }
    }
}

impl Expression {
    fn referenced<'a>(&'a self, blocks: &mut BTreeSet<(&'a str, &'a str)>) {
        match self {
            Self::Constant(_) => {}
            Self::References(references) => blocks.extend(references.iter().filter_map(|text| {
                let text = text.strip_prefix("data.").unwrap_or(text);
                let (type_name, rest) = text.split_once('.')?;
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                Some((type_name, rest.get(..end)?))
            })),
            Self::Blocks(nested) => {
                let nested = nested.iter().flat_map(BTreeMap::values);
                nested.for_each(|expression| expression.referenced(blocks));
            }
            Self::Block(nested) => {
                nested
                    .values()
                    .for_each(|expression| expression.referenced(blocks));
            }
        }
    }
}

impl Module {
    /// Adds a block with the arguments that count, in JSON, if its type can give access. References to other blocks lead to
    /// their instances; what those blocks write is not needed. Parts that are not as Terraform writes them are left out, as if
    /// the plan did not have them.
    pub(crate) fn add_block(
        &mut self,
        is_data: bool,
        type_name: &str,
        name: &str,
        expressions: Option<&str>,
        for_each: Option<&str>,
        provider: Option<&str>,
    ) {
        let Some(declaration) = Table::current().declaration(type_name) else {
            return;
        };
        let expressions = expressions.and_then(|json| serde_json::from_str(json).ok());
        let mut expressions: Expressions = expressions.unwrap_or_default();
        expressions.retain(|name, _| declaration.needed.contains(name));
        let name = BlockName {
            is_data,
            type_name: type_name.to_owned(),
            name: name.to_owned(),
        };
        let for_each = for_each.and_then(|json| serde_json::from_str(json).ok());
        let block = Block {
            provider: provider.map(str::to_owned),
            expressions,
            for_each,
        };
        self.resources.insert(name, block);
    }
}

impl Configuration {
    /// The provider configuration of each block, by its address.
    pub(crate) fn providers(&self) -> BTreeMap<String, String> {
        let mut providers = BTreeMap::new();
        if let Some(module) = &self.root_module {
            module.providers("", &mut providers);
        }
        providers
    }

    /// The blocks to which something refers: type and name.
    pub(crate) fn referenced(&self) -> BTreeSet<(&str, &str)> {
        let mut blocks = BTreeSet::new();
        if let Some(module) = &self.root_module {
            module.referenced(&mut blocks);
        }
        blocks
    }

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
