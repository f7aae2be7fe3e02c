//! Where the references of an expression lead: to instances, whose names are shown, or to values.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::address::{BlockName, InstanceKey, ModuleStep, Step, steps};
use super::configuration::{Block, Configuration, Expression};
use super::instance::{Instance, Instances};

/// How many references are followed, each leading to the next: no configuration has cycles, but a file may.
const MAX_DEPTH: usize = 12;

/// What is needed to follow references.
#[derive(Clone, Copy, Debug)]
pub(crate) struct References<'a> {
    pub(crate) configuration: &'a Configuration,
    /// The values of the variables of the root module.
    pub(crate) variables: &'a BTreeMap<String, Json>,
    pub(crate) instances: &'a Instances,
}

/// Where an expression stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope<'a> {
    pub(crate) module: Vec<ModuleStep>,
    /// The key of the instance of the block.
    pub(crate) key: Option<InstanceKey>,
    /// The `for_each` of the block.
    pub(crate) for_each: Option<&'a Expression>,
}

/// Where a reference leads.
#[derive(Clone, Debug)]
pub(crate) enum Found<'a> {
    /// An attribute of an instance.
    Attribute(&'a Instance, String),
    /// A value.
    Value(Cow<'a, Json>),
    /// Nowhere: the plan does not have it.
    Nothing(String),
}

impl Found<'_> {
    /// What is the same of two references that lead to the same.
    fn identity(&self) -> (u8, String) {
        match self {
            Self::Attribute(instance, attribute) => {
                (0, format!("{}.{attribute}", instance.address))
            }
            Self::Value(value) => (1, value.to_string()),
            Self::Nothing(reference) => (2, reference.clone()),
        }
    }
}

/// What stands for the key of the instance in which an expression is.
const OWN_KEYS: [&str; 2] = ["count.index", "each.key"];

impl<'a> References<'a> {
    /// Whether the plan has a configuration.
    pub(crate) fn has_configuration(&self) -> bool {
        self.configuration.root_module.is_some()
    }

    /// The block of an instance.
    pub(crate) fn block(&self, module: &[ModuleStep], name: &BlockName) -> Option<&'a Block> {
        self.configuration.block(module, name)
    }

    /// Where these references lead.
    pub(crate) fn resolve(&self, references: &'a [String], scope: &Scope<'a>) -> Vec<Found<'a>> {
        self.each(references, scope, 0, &[])
    }

    fn follow(
        &self,
        expression: &'a Expression,
        scope: &Scope<'a>,
        depth: usize,
        rest: &[Step],
    ) -> Vec<Found<'a>> {
        match expression {
            _ if depth > MAX_DEPTH => Vec::new(),
            Expression::Constant(value) => found_value(dig(value, rest)),
            Expression::References(references) => self.each(references, scope, depth, rest),
            Expression::Blocks(_) | Expression::Block(_) => Vec::new(),
        }
    }

    /// Where several references lead: the most exact ones, because Terraform lists `a.b.id` as `a.b`, too.
    fn each(
        &self,
        references: &'a [String],
        scope: &Scope<'a>,
        depth: usize,
        rest: &[Step],
    ) -> Vec<Found<'a>> {
        let is_own = |text: &&String| OWN_KEYS.contains(&text.as_str());
        // With other references beside it, the key may not be the one of this instance, but of another.
        let is_plain = |text: &&String| {
            let first = text.split(['.', '[']).next().unwrap_or_default();
            !matches!(first, "local" | "var" | "each" | "path" | "self") || is_own(text)
        };
        let has_own = references.iter().any(|text| is_own(&text))
            && references.iter().all(|text| is_plain(&text));
        let others: Vec<&String> = references.iter().filter(|text| !is_own(text)).collect();
        let mut all: Vec<Found<'a>> = Vec::new();
        let mut seen = BTreeSet::new();
        for reference in &others {
            let is_extended = |other: &&String| {
                let longer = other.strip_prefix(reference.as_str());
                longer.is_some_and(|longer| longer.starts_with(['.', '[']))
            };
            if others.iter().any(is_extended) {
                continue;
            }
            for found in self.one(reference, scope, has_own, depth + 1, rest) {
                if seen.insert(found.identity()) {
                    all.push(found);
                }
            }
        }
        all
    }

    /// Where one reference leads.
    fn one(
        &self,
        reference: &'a str,
        scope: &Scope<'a>,
        has_own: bool,
        depth: usize,
        rest: &[Step],
    ) -> Vec<Found<'a>> {
        let steps = steps(reference);
        let nothing = || vec![Found::Nothing(reference.to_owned())];
        match steps.as_slice() {
            [Step::Name(first), Step::Name(second), tail @ ..] => match (first.as_str(), second) {
                ("each", value) if value == "value" => self.each_value(scope, depth, tail),
                ("var", name) => self
                    .variable(name, scope, depth, tail)
                    .unwrap_or_else(nothing),
                ("module", name) => {
                    let found = self.output(name, scope, has_own, depth, tail);
                    if found.is_empty() { nothing() } else { found }
                }
                ("local" | "path" | "terraform" | "self" | "each" | "count", _) => nothing(),
                ("data", type_name) => match tail {
                    [Step::Name(name), tail @ ..] => {
                        let block = BlockName {
                            is_data: true,
                            type_name: type_name.clone(),
                            name: name.clone(),
                        };
                        let found = self.instances(&block, scope, has_own, tail, rest);
                        if found.is_empty() { nothing() } else { found }
                    }
                    _ => nothing(),
                },
                (type_name, name) => {
                    let block = BlockName {
                        is_data: false,
                        type_name: type_name.to_owned(),
                        name: name.clone(),
                    };
                    let found = self.instances(&block, scope, has_own, tail, rest);
                    if found.is_empty() { nothing() } else { found }
                }
            },
            _ => nothing(),
        }
    }

    /// The value of the `for_each` for the instance in which the expression is.
    fn each_value(&self, scope: &Scope<'a>, depth: usize, tail: &[Step]) -> Vec<Found<'a>> {
        match scope.for_each {
            Some(Expression::Constant(Json::Object(members))) => {
                let key = match &scope.key {
                    Some(InstanceKey::Text(key)) => members.get(key),
                    Some(InstanceKey::Number(_)) | None => None,
                };
                found_value(key.and_then(|value| dig(value, tail)))
            }
            Some(Expression::Constant(_)) => match &scope.key {
                Some(InstanceKey::Text(key)) if tail.is_empty() => {
                    vec![Found::Value(Cow::Owned(Json::String(key.clone())))]
                }
                _ => Vec::new(),
            },
            Some(expression) => {
                let found = self.follow(expression, scope, depth, tail);
                let is_own = |found: &&Found<'a>| match found {
                    Found::Attribute(instance, _) => instance.key == scope.key,
                    Found::Value(_) | Found::Nothing(_) => false,
                };
                let own: Vec<Found<'a>> = found.iter().filter(is_own).cloned().collect();
                if own.is_empty() { found } else { own }
            }
            None => Vec::new(),
        }
    }

    /// The value of a variable; `None` if it may not be shown.
    fn variable(
        &self,
        name: &str,
        scope: &Scope<'a>,
        depth: usize,
        tail: &[Step],
    ) -> Option<Vec<Found<'a>>> {
        let module = self.configuration.module(&scope.module);
        let declared = module.and_then(|module| module.variables.get(name));
        let is_sensitive = declared.is_some_and(|variable| variable.sensitive);
        let fallback = declared.and_then(|variable| variable.fallback.as_ref());
        if is_sensitive {
            return None;
        }
        let Some((last, caller)) = scope.module.split_last() else {
            let value = self.variables.get(name).or(fallback);
            return Some(found_value(value.and_then(|value| dig(value, tail))));
        };
        let call = self.configuration.call(&scope.module);
        match call.and_then(|call| call.expressions.get(name)) {
            Some(expression) => {
                let caller = Scope {
                    module: caller.to_vec(),
                    key: last.key.clone(),
                    for_each: call.and_then(|call| call.for_each.as_ref()),
                };
                Some(self.follow(expression, &caller, depth, tail))
            }
            None => Some(found_value(fallback)),
        }
    }

    /// Where an output of a module leads, in one instance of the module or in all.
    fn output(
        &self,
        name: &str,
        scope: &Scope<'a>,
        has_own: bool,
        depth: usize,
        tail: &[Step],
    ) -> Vec<Found<'a>> {
        let all = self.instances.module_keys(&scope.module, name);
        let has_key = |key: &Option<InstanceKey>| all.contains(key);
        let (keys, tail) = keys(tail, scope, has_own, has_key, || {
            all.iter().cloned().collect()
        });
        let [Step::Name(output), tail @ ..] = tail else {
            return Vec::new();
        };
        let mut all = Vec::new();
        for key in keys {
            let mut module = scope.module.clone();
            module.push(ModuleStep {
                name: name.to_owned(),
                key,
            });
            let declared = self.configuration.module(&module);
            let declared = declared.and_then(|module| module.outputs.get(output));
            if let Some(expression) = declared.and_then(|output| output.expression.as_ref()) {
                let scope = Scope {
                    module,
                    ..Scope::default()
                };
                all.extend(self.follow(expression, &scope, depth, tail));
            }
        }
        all
    }

    /// The instances of a block.
    fn instances(
        &self,
        block: &BlockName,
        scope: &Scope<'a>,
        has_own: bool,
        tail: &[Step],
        rest: &[Step],
    ) -> Vec<Found<'a>> {
        let Some(instances) = self.instances.of(&scope.module, block) else {
            return Vec::new();
        };
        let has_key = |key: &Option<InstanceKey>| instances.contains_key(key);
        let all = || instances.keys().cloned().collect();
        let (keys, tail) = keys(tail, scope, has_own, has_key, all);
        let named = tail.iter().chain(rest).find_map(Step::name);
        let attribute = named.unwrap_or("id");
        let found = keys.iter().filter_map(|key| instances.get(key));
        let found = found.map(|instance| Found::Attribute(instance, attribute.to_owned()));
        found.collect()
    }
}

/// Which instances a reference names, and what comes after: the one with the key, the one with the key of the block in which
/// the reference is, or all.
fn keys<'s>(
    tail: &'s [Step],
    scope: &Scope<'_>,
    has_own: bool,
    has_key: impl Fn(&Option<InstanceKey>) -> bool,
    all: impl Fn() -> Vec<Option<InstanceKey>>,
) -> (Vec<Option<InstanceKey>>, &'s [Step]) {
    match tail {
        [Step::Key(key), tail @ ..] => (vec![Some(key.clone())], tail),
        [Step::Splat, tail @ ..] => (all(), tail),
        tail if has_own && has_key(&scope.key) => (vec![scope.key.clone()], tail),
        tail => (all(), tail),
    }
}

/// A value, if there is one.
fn found_value(value: Option<&Json>) -> Vec<Found<'_>> {
    let value = value.filter(|value| !value.is_null());
    value
        .map(|value| Found::Value(Cow::Borrowed(value)))
        .into_iter()
        .collect()
}

/// The value at these steps.
fn dig<'a>(value: &'a Json, steps: &[Step]) -> Option<&'a Json> {
    let mut value = value;
    for step in steps {
        value = match (value, step) {
            (Json::Object(members), Step::Name(name)) => members.get(name)?,
            (Json::Object(members), Step::Key(InstanceKey::Text(key))) => members.get(key)?,
            (Json::Array(items), Step::Key(InstanceKey::Number(index))) => {
                items.get(usize::try_from(*index).ok()?)?
            }
            (Json::Array(_), Step::Splat) => value,
            _ => return None,
        };
    }
    Some(value)
}
