//! Objects that a service keeps whole, such as a setting of an account: a new kind needs no field in the store, in its
//! snapshot or in the handle.

use std::collections::BTreeMap;
use std::convert::Infallible;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::sandbox::consistency::{EventuallyConsistent, ReadLag};

/// A kind of object, of which there is one per scope.
pub trait StoredObject: Serialize + DeserializeOwned {
    /// Name of the kind in data files; a different one for each type.
    const KIND: &'static str;
}

/// The delegation by which CodeArts Repo may use the keys of an account.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::sandbox) struct Delegation {}

impl StoredObject for Delegation {
    const KIND: &'static str = "delegation";
}

/// The objects by kind and scope: the account, or `account/region` for what exists once per region. Null does not exist.
///
/// They are kept as JSON, as a data file has them, so that this type need not know the kinds.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct ObjectTable(
    BTreeMap<String, BTreeMap<String, EventuallyConsistent<Value>>>,
);

/// What a data file keeps of the table.
pub(in crate::sandbox) type ObjectSnapshot = BTreeMap<String, BTreeMap<String, Value>>;

impl ObjectTable {
    /// Creates, changes or deletes an object as a request does, so that reads may be stale.
    pub(in crate::sandbox) fn write<T: StoredObject>(&mut self, scope: &str, object: Option<&T>) {
        let value = to_value(object);
        let Ok(()) = self.entry(T::KIND, scope).write(|current| {
            *current = value;
            Ok::<_, Infallible>(())
        });
    }

    /// Creates, changes or deletes an object without the API: every reader sees it at once.
    pub(in crate::sandbox) fn put<T: StoredObject>(&mut self, scope: &str, object: Option<&T>) {
        let value = to_value(object);
        self.entry(T::KIND, scope)
            .replace(|current| *current = value.clone());
    }

    /// The object as a request with this lag sees it.
    pub(in crate::sandbox) fn read<T: StoredObject>(
        &mut self,
        scope: &str,
        lag: ReadLag,
    ) -> Option<T> {
        let object = self.0.get_mut(T::KIND)?.get_mut(scope)?;
        from_value(object.read(lag))
    }

    /// The object as it is now.
    pub(in crate::sandbox) fn current<T: StoredObject>(&self, scope: &str) -> Option<T> {
        from_value(self.0.get(T::KIND)?.get(scope)?.current())
    }

    /// All objects of this kind as they are now, by scope.
    pub(in crate::sandbox) fn all<T: StoredObject>(&self) -> BTreeMap<String, T> {
        let objects = self.0.get(T::KIND).into_iter().flatten();
        objects
            .filter_map(|(scope, object)| Some((scope.clone(), from_value(object.current())?)))
            .collect()
    }

    pub(super) fn snapshot(&self) -> ObjectSnapshot {
        let kinds = self.0.iter().map(|(kind, objects)| {
            let objects = objects
                .iter()
                .map(|(scope, object)| (scope.clone(), object.current().clone()));
            (kind.clone(), objects.collect())
        });
        kinds.collect()
    }

    /// Replaces all objects; the new ones have no past values.
    pub(super) fn restore(&mut self, snapshot: ObjectSnapshot) {
        self.0.clear();
        for (kind, objects) in snapshot {
            for (scope, value) in objects {
                self.entry(&kind, &scope)
                    .replace(|current| *current = value.clone());
            }
        }
    }

    fn entry(&mut self, kind: &str, scope: &str) -> &mut EventuallyConsistent<Value> {
        let objects = self.0.entry(kind.to_owned()).or_default();
        objects.entry(scope.to_owned()).or_default()
    }
}

/// Null for no object, and for one that has no JSON, which the types of services always have.
fn to_value<T: StoredObject>(object: Option<&T>) -> Value {
    object
        .and_then(|object| serde_json::to_value(object).ok())
        .unwrap_or_default()
}

fn from_value<T: StoredObject>(value: &Value) -> Option<T> {
    if value.is_null() {
        return None;
    }
    T::deserialize(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Note(String);

    impl StoredObject for Note {
        const KIND: &'static str = "note";
    }

    #[test]
    fn objects_are_written_read_deleted_and_restored_by_scope() {
        let mut table = ObjectTable::default();
        let note = |text: &str| Note(text.to_owned());
        table.write("a", Some(&note("first")));
        table.write("b", Some(&note("other")));
        table.write("a", Some(&note("second")));
        let stale = ReadLag {
            reads: 1,
            ..ReadLag::default()
        };
        assert_eq!(table.read::<Note>("a", stale), Some(note("first")));
        assert_eq!(
            table.read::<Note>("a", ReadLag::default()),
            Some(note("second"))
        );
        table.put::<Note>("b", None);
        assert_eq!(table.current::<Note>("b"), None);

        let mut restored = ObjectTable::default();
        restored.restore(table.snapshot());
        assert_eq!(restored.read::<Note>("a", stale), Some(note("second")));
    }
}
