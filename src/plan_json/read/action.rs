//! The actions on a resource that is not reviewed, without its values.

use serde::Deserialize;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::shape::{Shape, Shaped, small};

/// The actions of one change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NamedAction {
    /// Their names, as the plan has them; `None` if it has none that can be understood.
    pub(super) names: Option<Vec<String>>,
    /// Whether the object has moved and is the same before and after.
    pub(super) is_only_moved: bool,
}

impl NamedAction {
    /// Reads the change of a resource whose type was not known before all of it was read.
    pub(super) fn of(change: &RawValue, is_moved: bool) -> Self {
        let mut json = serde_json::Deserializer::from_str(change.get());
        let read = Shaped(Actions { is_moved }).deserialize(&mut json);
        let read = read.ok().and_then(Result::ok).flatten();
        read.unwrap_or_default()
    }
}

/// Expects a change, and reads the names of its actions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Actions {
    /// Whether it has another address than before, so that it matters whether there is more to it.
    pub(super) is_moved: bool,
}

/// The members of a change that are read.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum ActionMember {
    Actions,
    Before,
    After,
    #[serde(other)]
    Other,
}

impl<'de> Shape<'de> for Actions {
    type Value = NamedAction;

    fn map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<NamedAction>, A::Error> {
        let mut names = None;
        let (mut before, mut after) = (None, None);
        while let Some(key) = map.next_key()? {
            match key {
                ActionMember::Actions => names = small(&mut map)?.ok().flatten(),
                ActionMember::Before if self.is_moved => before = Some(digest(&mut map)?),
                ActionMember::After if self.is_moved => after = Some(digest(&mut map)?),
                ActionMember::Before | ActionMember::After | ActionMember::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Some(NamedAction {
            names,
            is_only_moved: before.is_some() && before == after,
        }))
    }
}

/// A digest of a value, to compare it without keeping it.
fn digest<'de, A: MapAccess<'de>>(map: &mut A) -> Result<[u8; 32], A::Error> {
    let value: Box<RawValue> = map.next_value()?;
    Ok(Sha256::digest(value.get()).into())
}
