//! The instances in a plan, with the names by which they are called, to show what IDs stand for.

use std::collections::{BTreeMap, BTreeSet};

use super::address::{Address, BlockName, InstanceKey, ModuleStep};
use super::configuration::Configuration;

/// One instance.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) address: String,
    /// How it is called; none if it has no name, or if the name is sensitive or unknown.
    pub(crate) name: Option<String>,
    pub(crate) key: Option<InstanceKey>,
}

/// Texts, one after the other, because a plan may have very many of them, most of which nothing refers to.
#[derive(Debug, Default)]
struct Texts {
    text: String,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let ranges = starts.zip(&self.ends);
        ranges.map(|(start, end)| self.text.get(start..*end).unwrap_or_default())
    }
}

/// All instances of a plan, in order.
#[derive(Debug, Default)]
pub(crate) struct InstanceList {
    /// Address and name of each, by turns; the name is empty if there is none.
    instances: Texts,
    /// ID, last word of the type, and name of each object that has all of them, by turns.
    objects: Texts,
}

impl InstanceList {
    /// Adds an instance, with its name.
    pub(crate) fn add(&mut self, address: &str, name: Option<&str>) {
        self.instances.push(address);
        self.instances.push(name.unwrap_or_default());
    }

    /// Adds the name of the object of this type with this ID.
    pub(crate) fn name(&mut self, type_name: &str, id: &str, name: &str) {
        for text in [id, last_word(type_name), name] {
            self.objects.push(text);
        }
    }

    /// The instances to which the configuration refers, and the modules.
    pub(crate) fn referenced(&self, configuration: &Configuration) -> Instances {
        let wanted = configuration.referenced();
        let mut instances = Instances::default();
        let mut texts = self.instances.iter();
        while let (Some(address), Some(name)) = (texts.next(), texts.next()) {
            let Some(parsed) = Address::parse(address) else {
                continue;
            };
            let block = &parsed.block;
            let block = (block.type_name.as_str(), block.name.as_str());
            let is_wanted = wanted.contains(&block);
            instances.add(parsed, address, name, is_wanted);
        }
        instances
    }

    /// The names of the objects with these IDs and last words of kinds, which are sorted. An ID with several names has none.
    pub(crate) fn names<'a>(&self, wanted: &[(&'a str, &'a str)]) -> Names<'a> {
        let mut found: BTreeMap<(&'a str, &'a str), Option<String>> = BTreeMap::new();
        let mut texts = self.objects.iter();
        while let (Some(id), Some(kind), Some(name)) = (texts.next(), texts.next(), texts.next()) {
            let Ok(position) =
                wanted.binary_search_by(|(own, other)| (*own, *other).cmp(&(id, kind)))
            else {
                continue;
            };
            let Some(key) = wanted.get(position) else {
                continue;
            };
            let known = found.entry(*key);
            let known = known.or_insert_with(|| Some(name.to_owned()));
            if known.as_deref() != Some(name) {
                *known = None;
            }
        }
        let found = found.into_iter();
        found.filter_map(|(key, name)| Some((key, name?))).collect()
    }
}

/// Names by ID and last word of the kind.
pub(crate) type Names<'a> = BTreeMap<(&'a str, &'a str), String>;

/// The last word of the name of a type or of a kind, such as `user`.
pub(crate) fn last_word(name: &str) -> &str {
    name.rsplit(['_', ' ']).next().unwrap_or_default()
}

/// The instances of a plan to which something refers.
#[derive(Debug, Default)]
pub(crate) struct Instances {
    blocks: BTreeMap<(Vec<ModuleStep>, BlockName), BTreeMap<Option<InstanceKey>, Instance>>,
    /// The keys of the modules with resources, by the path of the caller and the name of the call.
    modules: BTreeMap<(Vec<ModuleStep>, String), BTreeSet<Option<InstanceKey>>>,
}

impl Instances {
    fn add(&mut self, parsed: Address, address: &str, name: &str, is_wanted: bool) {
        for (depth, step) in parsed.module.iter().enumerate() {
            let caller = parsed.module.get(..depth).unwrap_or_default().to_vec();
            let keys = self.modules.entry((caller, step.name.clone())).or_default();
            keys.insert(step.key.clone());
        }
        if !is_wanted {
            return;
        }
        let instance = Instance {
            address: address.to_owned(),
            name: (!name.is_empty()).then(|| name.to_owned()),
            key: parsed.key.clone(),
        };
        let instances = self.blocks.entry((parsed.module, parsed.block));
        instances.or_default().insert(parsed.key, instance);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_named_by_the_object_of_its_kind_unless_names_differ() {
        let mut list = InstanceList::default();
        list.name("huaweicloud_identity_user", "u1", "alice");
        list.name("huaweicloud_vpc", "u2", "network");
        list.name("huaweicloud_identity_user", "u3", "carol");
        list.name("huaweicloud_identity_user", "u3", "dave");
        let wanted = [("u1", "user"), ("u2", "user"), ("u3", "user")];
        let expected = BTreeMap::from([(("u1", "user"), "alice".to_owned())]);
        assert_eq!(list.names(&wanted), expected);
    }
}
