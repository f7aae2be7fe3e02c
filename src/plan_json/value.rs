//! Attribute values of one object, with the marks that say which are unknown or sensitive.
//!
//! **Sensitive first, then unknown, then values:** an attribute that is marked as sensitive is [`PlanValue::Sensitive`],
//! whatever else the document says about it.
//!
//! Source: Terraform, JSON Output Format, "Change Representation" and "Values Representation", format version 1.x.

use arcstr::ArcStr;
use serde_json::{Map, Value as Json};

use super::grant_type::attribute;

/// One attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlanValue {
    /// A value that may be shown.
    Known(ArcStr),
    /// Not set.
    Null,
    /// Known after apply only.
    Unknown,
    /// Marked as sensitive, known or not.
    Sensitive,
}

impl PlanValue {
    /// The attribute of this name of an object, which has these marks. A value other than text is shown as JSON.
    pub(super) fn read(
        name: &str,
        values: &Map<String, Json>,
        unknown: &Json,
        sensitive: &Json,
    ) -> Self {
        if is_marked(sensitive, name) {
            return Self::Sensitive;
        }
        if is_marked(unknown, name) {
            return Self::Unknown;
        }
        match values.get(name) {
            None | Some(Json::Null) => Self::Null,
            Some(Json::String(text)) => Self::Known(text.as_str().into()),
            Some(other) => Self::Known(other.to_string().into()),
        }
    }
}

/// The attributes of one object, each name once; those that are not set are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes(Box<[(&'static str, PlanValue)]>);

impl Attributes {
    /// Picks the attributes of an object, which has these marks.
    pub fn read(values: &Map<String, Json>, unknown: &Json, sensitive: &Json) -> Self {
        let value = |name: &str| PlanValue::read(name, values, unknown, sensitive);
        let set = attribute::READ.iter().map(|name| (*name, value(name)));
        Self(set.filter(|(_, value)| *value != PlanValue::Null).collect())
    }

    /// The attribute of this name; `Null` if there is none.
    #[must_use]
    pub fn value(&self, name: &str) -> PlanValue {
        self.get(name).cloned().unwrap_or(PlanValue::Null)
    }

    /// Whether the attribute of this name is empty text, which means the provider's own value.
    #[must_use]
    pub fn is_empty_text(&self, name: &str) -> bool {
        matches!(self.get(name), Some(PlanValue::Known(text)) if text.is_empty())
    }

    /// Sets the attribute of this name to a text, if it is empty text now.
    pub fn fill_empty(&mut self, name: &str, text: &str) {
        let mut values = self.0.iter_mut();
        if let Some((_, PlanValue::Known(value))) = values.find(|(own, _)| *own == name)
            && value.is_empty()
        {
            *value = text.into();
        }
    }

    /// Whether the attribute of this name is known to be null.
    #[must_use]
    pub fn is_null(&self, name: &str) -> bool {
        self.get(name).is_none()
    }

    /// The attribute of this name, if it is set.
    fn get(&self, name: &str) -> Option<&PlanValue> {
        let mut values = self.0.iter();
        values.find(|(own, _)| *own == name).map(|(_, value)| value)
    }
}

/// Whether marks, in the shape of the object they belong to, cover an attribute or a part of it.
pub(super) fn is_marked(marks: &Json, name: &str) -> bool {
    /// Whether anything inside is marked. A number or text is no mark.
    fn has_mark(marks: &Json) -> bool {
        match marks {
            Json::Bool(is_marked) => *is_marked,
            Json::Array(parts) => parts.iter().any(has_mark),
            Json::Object(parts) => parts.values().any(has_mark),
            Json::Null | Json::Number(_) | Json::String(_) => false,
        }
    }
    *marks == Json::Bool(true) || marks.get(name).is_some_and(has_mark)
}
