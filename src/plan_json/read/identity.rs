//! How an object is called, and its ID. Objects of others are read as a stream, because they may be large.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess};
use serde_json::value::RawValue;

use super::shape::{Shape, Shaped, Strange, small};
use crate::access::AccessReader;
use crate::access::table::Table;

/// The most bytes of a name or an ID. What is longer is read as none.
const LONGEST: usize = 256;

/// The fewest bytes of an ID that identifies an object among all services.
const SHORTEST_ID: usize = 16;

/// What identifies an object.
#[derive(Clone, Debug, Default)]
pub(super) struct Identity {
    /// How it is called.
    pub(super) name: Option<String>,
    /// Its IDs, as far as they are known.
    pub(super) ids: BTreeSet<String>,
}

impl Identity {
    /// Notes how the object of this type is called.
    pub(super) fn name_objects(&self, type_name: &str, access: &mut AccessReader) {
        for id in &self.ids {
            if let Some(name) = &self.name {
                access.object(type_name, id, name);
            }
        }
    }
}

/// The attributes that identify an object of a type.
#[derive(Clone, Debug)]
pub(super) struct IdentityKeys {
    /// By which an object of any type is called.
    names: &'static [String],
    /// The other name of the ID, such as `user_id` of `huaweicloud_identity_user`.
    own_id: String,
}

impl IdentityKeys {
    /// Those of this type.
    pub(super) fn of(type_name: &str) -> Self {
        let last = type_name.rsplit('_').next().unwrap_or_default();
        Self {
            names: &Table::current().names,
            own_id: format!("{last}_id"),
        }
    }

    fn contains(&self, key: &str) -> bool {
        key == "id" || key == self.own_id || self.names.iter().any(|name| name == key)
    }

    /// The identity of an object with these texts, of which these are not to be shown; `None` if none is.
    fn identity(
        &self,
        texts: &BTreeMap<String, String>,
        hidden: Option<&BTreeSet<String>>,
    ) -> Identity {
        let text = |key: &str| {
            let is_shown = hidden.is_some_and(|hidden| !hidden.contains(key));
            let text = texts.get(key).filter(|text| is_shown && !text.is_empty());
            text.cloned()
        };
        let ids = ["id", &self.own_id].into_iter().filter_map(text);
        Identity {
            name: self.names.iter().find_map(|name| text(name)),
            ids: ids.filter(|id| id.len() >= SHORTEST_ID).collect(),
        }
    }
}

/// What happens to an object of another provider or to a data source, and what identifies it.
#[derive(Debug, Default)]
pub(super) struct ForeignChange {
    /// The names of the actions; `None` if there are none that can be understood.
    pub(super) actions: Option<Vec<String>>,
    pub(super) identity: Identity,
}

impl ForeignChange {
    /// Reads a change that is in memory.
    pub(super) fn of(change: &RawValue, type_name: &str) -> Self {
        let mut json = serde_json::Deserializer::from_str(change.get());
        let read = Shaped(ForeignChangeShape(IdentityKeys::of(type_name))).deserialize(&mut json);
        let read = read.ok().and_then(Result::ok).flatten();
        read.unwrap_or_default()
    }
}

/// Expects a change.
#[derive(Debug)]
pub(super) struct ForeignChangeShape(pub(super) IdentityKeys);

/// The members of a change that are read.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum ChangeMember {
    Actions,
    Before,
    After,
    BeforeSensitive,
    AfterSensitive,
    #[serde(other)]
    Other,
}

impl<'de> Shape<'de> for ForeignChangeShape {
    type Value = ForeignChange;

    fn map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<ForeignChange>, A::Error> {
        let keys = &self.0;
        let mut actions = None;
        let (mut before, mut after) = (Ok(None), Ok(None));
        let (mut before_marks, mut after_marks) = (Ok(None), Ok(None));
        while let Some(key) = map.next_key()? {
            match key {
                ChangeMember::Actions => actions = small(&mut map)?.ok().flatten(),
                ChangeMember::Before => before = map.next_value_seed(Shaped(ObjectTexts(keys)))?,
                ChangeMember::After => after = map.next_value_seed(Shaped(ObjectTexts(keys)))?,
                ChangeMember::BeforeSensitive => {
                    before_marks = map.next_value_seed(Shaped(MarkedKeys(keys)))?;
                }
                ChangeMember::AfterSensitive => {
                    after_marks = map.next_value_seed(Shaped(MarkedKeys(keys)))?;
                }
                ChangeMember::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let (texts, marks) = match after {
            Ok(Some(after)) => (after, after_marks),
            _ => (before.ok().flatten().unwrap_or_default(), before_marks),
        };
        Ok(Some(ForeignChange {
            actions,
            identity: keys.identity(&texts, hidden(&marks)),
        }))
    }
}

/// The keys that are not to be shown; `None` if the whole object is not.
fn hidden(marks: &Result<Option<BTreeSet<String>>, Strange>) -> Option<&BTreeSet<String>> {
    static NONE: BTreeSet<String> = BTreeSet::new();
    match marks {
        Ok(Some(marks)) => Some(marks),
        Ok(None) => Some(&NONE),
        Err(Strange) => None,
    }
}

/// Expects an object, and reads what may identify it.
#[derive(Debug)]
pub(super) struct ObjectTexts<'a>(pub(super) &'a IdentityKeys);

impl<'de> Shape<'de> for ObjectTexts<'_> {
    type Value = BTreeMap<String, String>;

    fn map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<Self::Value>, A::Error> {
        let mut texts = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            if !self.0.contains(&key) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let text: Option<String> = small(&mut map)?.ok().flatten();
            let text = text.filter(|text| text.len() <= LONGEST);
            texts.extend(text.map(|text| (key, text)));
        }
        Ok(Some(texts))
    }
}

/// Expects marks, and reads which of the keys have one; anything but an object marks all.
#[derive(Debug)]
pub(super) struct MarkedKeys<'a>(pub(super) &'a IdentityKeys);

impl<'de> Shape<'de> for MarkedKeys<'_> {
    type Value = BTreeSet<String>;

    fn map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<Self::Value>, A::Error> {
        let mut marked = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if !self.0.contains(&key) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let mark: Box<RawValue> = map.next_value()?;
            if mark.get() != "false" {
                marked.insert(key);
            }
        }
        Ok(Some(marked))
    }
}

/// What identifies an object of the state, of which these are the texts and marks.
pub(super) fn of_object(
    type_name: &str,
    texts: &BTreeMap<String, String>,
    marks: &Result<Option<BTreeSet<String>>, Strange>,
) -> Identity {
    IdentityKeys::of(type_name).identity(texts, hidden(marks))
}

/// Whether a data source of this type lists the users of the directory.
pub(super) fn is_user_list(type_name: &str) -> bool {
    type_name.strip_prefix("hwgrants_").unwrap_or(type_name) == USER_LIST
}

/// The data source that lists the users of the directory, without the type of the provider.
const USER_LIST: &str = "csms_users";

/// Who the users are that a data source lists in the state; none if it is not what this provider writes.
pub(super) fn listed_users(list: &RawValue) -> Vec<Identity> {
    #[derive(Deserialize)]
    struct List {
        #[serde(default)]
        users: Vec<BTreeMap<String, Option<serde_json::Value>>>,
    }
    let list = serde_json::from_str::<List>(list.get());
    let users = list.map(|list| list.users).unwrap_or_default();
    let keys = IdentityKeys::of("user");
    let users = users.into_iter().map(|user| {
        let texts = user.into_iter().filter_map(|(key, value)| match value {
            Some(serde_json::Value::String(text)) if text.len() <= LONGEST => Some((key, text)),
            _ => None,
        });
        keys.identity(&texts.collect(), Some(&BTreeSet::new()))
    });
    users.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_identified_without_sensitive_values() {
        let id = "0123456789abcdef";
        for (change, name, ids) in [
            (
                r#"{"after":{"name":"a","title":"b"}}"#.to_owned(),
                Some("a"),
                vec![],
            ),
            (
                r#"{"after":null,"before":{"name":"a"}}"#.to_owned(),
                Some("a"),
                vec![],
            ),
            (
                r#"{"after":{"name":"","title":"b"}}"#.to_owned(),
                Some("b"),
                vec![],
            ),
            (
                r#"{"after_sensitive":{"name":true},"after":{"name":"a","title":"b"}}"#.to_owned(),
                Some("b"),
                vec![],
            ),
            (
                r#"{"after":{"name":"a"},"after_sensitive":true}"#.to_owned(),
                None,
                vec![],
            ),
            (
                format!(
                    r#"{{"after":{{"id":"{id}","user_id":7,"name":"a"}},"after_sensitive":{{}}}}"#
                ),
                Some("a"),
                vec![id],
            ),
            (
                format!(r#"{{"before":{{"user_id":"{id}"}}}}"#),
                None,
                vec![id],
            ),
            (r#"{"after":{"id":"short"}}"#.to_owned(), None, vec![]),
            ("[]".to_owned(), None, vec![]),
        ] {
            let raw: Box<RawValue> = serde_json::from_str(&change).unwrap();
            let identity = ForeignChange::of(&raw, "huaweicloud_identity_user").identity;
            assert_eq!(identity.name.as_deref(), name, "{change}");
            assert_eq!(identity.ids.iter().collect::<Vec<_>>(), ids, "{change}");
        }
    }
}
