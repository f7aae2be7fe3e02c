//! Takes a JSON value apart without failing where it has another shape than expected.
//!
//! A failure would end the reading, and what comes later, such as the version of the format, would never be seen. So
//! only what is no JSON at all fails; a value of another shape is skipped, and said to be [`Strange`].

use std::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

/// How many modules may be nested, in the state or the configuration; more are malformed.
pub(super) const MAX_DEPTH: usize = 1_000;

/// Said of a value that is not as Terraform writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Strange;

/// What is expected: an object, or a list. The one that is not is left as it is here.
pub(super) trait Shape<'de>: Sized {
    /// What it is read as.
    type Value;

    /// Reads an object; `None` if none is expected.
    fn map<A: MapAccess<'de>>(self, map: A) -> Result<Option<Self::Value>, A::Error> {
        skip(map)?;
        Ok(None)
    }

    /// Reads a list; `None` if none is expected.
    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<Self::Value>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

/// Skips an object.
pub(super) fn skip<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Reads a value that should have this shape; `None` is JSON's null.
#[derive(Debug)]
pub(super) struct Shaped<S>(pub(super) S);

impl<'de, S: Shape<'de>> DeserializeSeed<'de> for Shaped<S> {
    type Value = Result<Option<S::Value>, Strange>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de, S: Shape<'de>> Visitor<'de> for Shaped<S> {
    type Value = Result<Option<S::Value>, Strange>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok(self.0.map(map)?.map(Some).ok_or(Strange))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Ok(self.0.list(list)?.map(Some).ok_or(Strange))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Ok(None))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Err(Strange))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Err(Strange))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Err(Strange))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Err(Strange))
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Err(Strange))
    }
}

/// Reads a value that is small and goes into memory whole.
pub(super) fn small<'de, T, A>(map: &mut A) -> Result<Result<Option<T>, Strange>, A::Error>
where
    T: DeserializeOwned,
    A: MapAccess<'de>,
{
    let raw: Box<RawValue> = map.next_value()?;
    Ok(serde_json::from_str(raw.get()).map_err(|_| Strange))
}
