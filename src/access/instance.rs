//! The instances in a plan, with the names by which they are called, to show what unknown IDs will be.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use super::address::{Address, BlockName, InstanceKey, ModuleStep};
use super::value::is_marked;

/// One instance.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) address: String,
    /// How it is called; none if it has no name, or if the name is sensitive or unknown.
    pub(crate) name: Option<String>,
    pub(crate) key: Option<InstanceKey>,
}

/// The instances of a plan.
#[derive(Debug, Default)]
pub(crate) struct Instances {
    blocks: BTreeMap<(Vec<ModuleStep>, BlockName), BTreeMap<Option<InstanceKey>, Instance>>,
    /// The keys of the modules with resources, by the path of the caller and the name of the call.
    modules: BTreeMap<(Vec<ModuleStep>, String), BTreeSet<Option<InstanceKey>>>,
}

/// The parts of a change that have the name.
#[derive(Deserialize)]
struct NamedChange<'a> {
    #[serde(borrow, default)]
    before: Option<&'a RawValue>,
    #[serde(borrow, default)]
    after: Option<&'a RawValue>,
    #[serde(default)]
    before_sensitive: Json,
    #[serde(default)]
    after_sensitive: Json,
}

impl Instances {
    /// Adds an instance, which is called by the first of these attributes that is set.
    pub(crate) fn add(&mut self, parsed: &Address, text: &str, change: &str, names: &[String]) {
        for (depth, step) in parsed.module.iter().enumerate() {
            let caller = parsed.module.get(..depth).unwrap_or_default().to_vec();
            let keys = self.modules.entry((caller, step.name.clone())).or_default();
            keys.insert(step.key.clone());
        }
        let block = (parsed.module.clone(), parsed.block.clone());
        let instance = Instance {
            address: text.to_owned(),
            name: name(change, names),
            key: parsed.key.clone(),
        };
        let instances = self.blocks.entry(block).or_default();
        instances.insert(parsed.key.clone(), instance);
    }

    /// The instances of a block, by key.
    pub(crate) fn of(
        &self,
        module: &[ModuleStep],
        block: &BlockName,
    ) -> Option<&BTreeMap<Option<InstanceKey>, Instance>> {
        self.blocks.get(&(module.to_vec(), block.clone()))
    }

    /// The keys of a module; the call without a key if it has no resources.
    pub(crate) fn module_keys(
        &self,
        caller: &[ModuleStep],
        name: &str,
    ) -> BTreeSet<Option<InstanceKey>> {
        let keys = self.modules.get(&(caller.to_vec(), name.to_owned()));
        keys.cloned().unwrap_or_else(|| BTreeSet::from([None]))
    }
}

/// How the object of a change is called.
fn name(change: &str, names: &[String]) -> Option<String> {
    let change: NamedChange<'_> = serde_json::from_str(change).ok()?;
    let is_object = |raw: &&RawValue| raw.get().starts_with('{');
    let (object, sensitive) = match change.after.filter(is_object) {
        Some(after) => (after, &change.after_sensitive),
        None => (change.before.filter(is_object)?, &change.before_sensitive),
    };
    let object: Map<String, Json> = serde_json::from_str(object.get()).ok()?;
    let mut set = names.iter().filter_map(|name| {
        let value = object.get(name)?.as_str()?;
        (!value.is_empty() && !is_marked(sensitive, name)).then(|| value.to_owned())
    });
    set.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sensitive_name_is_not_shown() {
        let names = ["name", "title"].map(str::to_owned);
        for (change, expected) in [
            (r#"{"after":{"name":"a","title":"b"}}"#, Some("a")),
            (r#"{"after":null,"before":{"name":"a"}}"#, Some("a")),
            (r#"{"after":{"name":"","title":"b"}}"#, Some("b")),
            (
                r#"{"after":{"name":"a","title":"b"},"after_sensitive":{"name":true}}"#,
                Some("b"),
            ),
            (r#"{"after":{"name":"a"},"after_sensitive":true}"#, None),
            ("[]", None),
        ] {
            assert_eq!(name(change, &names).as_deref(), expected, "{change}");
        }
    }
}
