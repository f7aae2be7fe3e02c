//! The accesses that one object gives, by its declaration.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value as Json;

use super::hash::KeyHash;
use super::policy::{self, PolicyAction};
use super::table::Rule;
use super::text::Text;
use super::value::plain_text;
use super::walk::Doubt;

/// One access: who may do what, where, and until when.
#[derive(Clone)]
pub(crate) struct Fact<'a> {
    pub(crate) rule: &'a Rule,
    pub(crate) grantee: Text,
    pub(crate) resource: Text,
    pub(crate) until: Text,
    /// Whether the object takes the access away.
    pub(crate) is_reversed: bool,
    /// Whether the level reads the same in both directions.
    pub(crate) is_plain: bool,
    pub(crate) doubt: Doubt,
    /// What is compared of the conditions whose values are hidden.
    pub(crate) hidden: String,
    /// What is shown, and what is compared in the same object, by what is compared.
    pub(crate) levels: BTreeMap<String, (String, String)>,
    /// The actions of a policy.
    pub(crate) actions: Option<BTreeSet<PolicyAction>>,
    /// Which part of the level makes it an access of its own: what is compared, everywhere and in the same object.
    pub(crate) part: (String, String),
    /// Identifies the access in its object.
    pub(crate) key: KeyHash,
    /// Identifies the access anywhere.
    pub(crate) full_key: KeyHash,
    /// The level that is shown.
    pub(crate) level: String,
    /// The level that is compared.
    pub(crate) level_key: String,
}

/// The accesses of one object, in order; each key once.
#[derive(Clone, Default)]
pub(crate) struct Facts<'a> {
    list: Vec<Fact<'a>>,
    by_key: BTreeMap<KeyHash, usize>,
}

impl<'a> Facts<'a> {
    /// The access with this key.
    pub(crate) fn get(&self, key: KeyHash) -> Option<&Fact<'a>> {
        self.list.get(*self.by_key.get(&key)?)
    }

    /// The accesses, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Fact<'a>> {
        self.list.iter()
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Adds an access, or its level to the one with the same key.
    pub(crate) fn merge(&mut self, fact: Fact<'a>) {
        let known = self.by_key.get(&fact.key).copied();
        let Some(known) = known.and_then(|index| self.list.get_mut(index)) else {
            self.by_key.insert(fact.key, self.list.len());
            self.list.push(fact);
            return;
        };
        known.levels.extend(fact.levels);
        known.doubt = known.doubt.with(fact.doubt);
        known.hidden.push_str(&fact.hidden);
        if let (Some(actions), Some(more)) = (&mut known.actions, fact.actions) {
            actions.extend(more);
        }
    }

    /// With the levels of all accesses, once there are no more to add.
    pub(crate) fn leveled(mut self, is_same_object: bool) -> Self {
        let list = std::mem::take(&mut self.list).into_iter();
        self.list = list.map(|fact| fact.leveled(is_same_object)).collect();
        self
    }

    /// Removes the accesses that allow a network, and adds the one that replaces them.
    pub(crate) fn replace_allowlist(&mut self, replacement: Fact<'a>) {
        let mut list = std::mem::take(&mut self.list);
        list.retain(|fact| fact.rule.allowlist.is_none());
        list.push(replacement);
        self.by_key = list
            .iter()
            .enumerate()
            .map(|(index, fact)| (fact.key, index))
            .collect();
        self.list = list;
    }
}

impl<'a> Fact<'a> {
    /// An access of a rule, without level and keys.
    pub(crate) fn new(rule: &'a Rule, grantee: Text, resource: Text, doubt: Doubt) -> Self {
        let none = KeyHash::of(&[]);
        Self {
            rule,
            grantee,
            resource,
            until: Text::literal(""),
            is_reversed: rule.is_reversed,
            is_plain: rule.is_plain,
            doubt,
            hidden: String::new(),
            levels: BTreeMap::new(),
            actions: None,
            part: Default::default(),
            key: none,
            full_key: none,
            level: String::new(),
            level_key: String::new(),
        }
    }

    /// The access of everyone, which an empty list of allowed networks gives, or a list takes away.
    pub(crate) fn everyone(&self, everyone: &str, shown: &str) -> Self {
        let grantee = Text {
            shown: shown.to_owned(),
            ..Text::literal(everyone)
        };
        let everyone = Self {
            grantee,
            is_reversed: true,
            is_plain: true,
            actions: None,
            part: ("allowlist".to_owned(), "allowlist".to_owned()),
            ..self.clone()
        };
        everyone.keyed(false)
    }

    /// With its keys.
    pub(crate) fn keyed(mut self, is_same_object: bool) -> Self {
        let sign = if self.is_reversed { "-" } else { "+" };
        let Text { key, local, .. } = &self.grantee;
        let resource = &self.resource;
        self.full_key = KeyHash::of(&[sign, key, &resource.key, &self.part.0]);
        self.key = if is_same_object {
            KeyHash::of(&[sign, local, &resource.local, &self.part.1])
        } else {
            self.full_key
        };
        self
    }

    /// With its level, once all levels are known.
    fn leveled(mut self, is_same_object: bool) -> Self {
        if let Some(actions) = &self.actions {
            self.level = policy::level(actions, self.is_reversed);
            self.level_key =
                Json::from_iter(actions.iter().map(|(action, condition)| {
                    Json::from_iter([action.clone(), condition.clone()])
                }))
                .to_string();
            return self;
        }
        let mut shown: Vec<&str> = self
            .levels
            .values()
            .map(|(shown, _)| shown.as_str())
            .collect();
        shown.sort_unstable();
        let compared = self.levels.iter().map(|(key, (_, local))| {
            if is_same_object {
                local.as_str()
            } else {
                key.as_str()
            }
        });
        self.level_key = compared.collect::<Vec<_>>().join(", ");
        self.level = shown.join(", ");
        self
    }

    /// What is compared of the end: the instant, where the declaration says that it is one.
    pub(crate) fn end_key(&self) -> String {
        let instant = self
            .rule
            .is_instant
            .then(|| self.until.key.parse::<Timestamp>().ok());
        match instant.flatten() {
            Some(instant) => instant.to_string(),
            None => self.until.key.clone(),
        }
    }

    /// Whether another access has the same level and end.
    pub(crate) fn has_same_terms(&self, other: &Self) -> bool {
        self.level_key == other.level_key && self.end_key() == other.end_key()
    }
}

/// The texts of the members of a list, by the field that names them.
pub(crate) fn member_names(list: Option<&Json>, field: Option<&str>) -> BTreeSet<String> {
    let items = list
        .and_then(Json::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let named = items.iter().map(|item| match (item, field) {
        (Json::Object(members), Some(field)) => {
            members.get(field).map_or_else(String::new, plain_text)
        }
        _ => plain_text(item),
    });
    named.collect()
}
