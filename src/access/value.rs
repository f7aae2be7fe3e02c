//! One value of an object with its marks: whether it is unknown or sensitive, and what the configuration writes there.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::configuration::{Expression, Expressions};
use super::reference::Found;

/// No value.
pub(crate) static NULL: Json = Json::Null;

/// A mark that is set.
static MARKED: Json = Json::Bool(true);

/// A mark that is not set.
static UNMARKED: Json = Json::Bool(false);

/// What the configuration writes where a value is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Written<'a> {
    /// Something: it is not known what.
    Something,
    /// Nothing.
    Nothing,
    /// This value.
    Constant(&'a Json),
    /// An expression with these references.
    References(&'a [String]),
    /// One block.
    Block(&'a Expressions),
    /// Several blocks.
    Blocks(&'a [Expressions]),
}

impl<'a> Written<'a> {
    /// What an argument writes.
    fn of(expression: Option<&'a Expression>) -> Self {
        match expression {
            None => Self::Nothing,
            Some(Expression::Constant(value)) => Self::Constant(value),
            Some(Expression::References(references)) => Self::References(references),
            Some(Expression::Blocks(blocks)) => Self::Blocks(blocks),
            Some(Expression::Block(block)) => Self::Block(block),
        }
    }

    /// What is written at an attribute.
    pub(crate) fn attribute(self, name: &str) -> Self {
        match self {
            Self::Something | Self::Nothing | Self::References(_) => self,
            Self::Constant(value) => value.get(name).map_or(Self::Nothing, Self::Constant),
            Self::Block(block) => Self::of(block.get(name)),
            Self::Blocks(blocks) => Self::of(blocks.iter().find_map(|block| block.get(name))),
        }
    }

    /// What is written at an element of a list with so many elements.
    fn element(self, index: usize, count: usize) -> Self {
        match self {
            Self::Nothing => Self::Something,
            Self::Blocks(blocks) => {
                let position = if blocks.len() == count { index } else { 0 };
                blocks.get(position).map_or(Self::Something, Self::Block)
            }
            Self::Constant(Json::Array(items)) => {
                items.get(index).map_or(Self::Something, Self::Constant)
            }
            Self::Something | Self::Constant(_) | Self::References(_) | Self::Block(_) => self,
        }
    }

    /// Whether anything is written.
    pub(crate) fn is_something(self) -> bool {
        !matches!(self, Self::Nothing | Self::Constant(Json::Null))
    }
}

/// A value with its marks.
#[derive(Clone)]
pub(crate) struct Node<'a> {
    pub(crate) value: Cow<'a, Json>,
    /// In the shape of the value: `true` for what is known after apply only.
    pub(crate) unknown: Cow<'a, Json>,
    /// In the shape of the value: `true` for what may not be shown.
    pub(crate) sensitive: Cow<'a, Json>,
    pub(crate) written: Written<'a>,
    /// Where it is in the object, such as `.users[0].name`.
    pub(crate) at: String,
    /// What it will identify, if the configuration shows that for this element alone.
    pub(crate) targets: Option<Vec<Found<'a>>>,
}

impl<'a> Node<'a> {
    /// A known value.
    pub(crate) fn known(value: Cow<'a, Json>, written: Written<'a>, at: String) -> Self {
        Self {
            value,
            unknown: Cow::Borrowed(&UNMARKED),
            sensitive: Cow::Borrowed(&UNMARKED),
            written,
            at,
            targets: None,
        }
    }

    /// An unknown value.
    pub(crate) fn unknown(written: Written<'a>, at: String) -> Self {
        Self {
            unknown: Cow::Borrowed(&MARKED),
            ..Self::known(Cow::Borrowed(&NULL), written, at)
        }
    }

    /// A sensitive part of this value.
    pub(crate) fn sensitive_part(&self, value: Cow<'a, Json>) -> Self {
        Self {
            sensitive: Cow::Borrowed(&MARKED),
            ..Self::known(value, self.written, self.at.clone())
        }
    }

    /// Whether all of it is unknown.
    pub(crate) fn is_unknown(&self) -> bool {
        *self.unknown == MARKED
    }

    /// Whether all of it is unknown, and the configuration does not write it: the provider chooses.
    pub(crate) fn is_left(&self) -> bool {
        self.is_unknown() && matches!(self.written, Written::Nothing)
    }

    /// Whether all of it is sensitive.
    pub(crate) fn is_sensitive(&self) -> bool {
        *self.sensitive == MARKED
    }

    /// Whether it is known to have no value.
    pub(crate) fn is_unset(&self) -> bool {
        !has_mark(&self.unknown) && !self.is_sensitive() && is_empty(&self.value)
    }

    /// An attribute of it.
    pub(crate) fn attribute(&self, name: &str) -> Self {
        let member = |json: &Cow<'a, Json>| part(json, |json| json.get(name));
        Self {
            value: member(&self.value).unwrap_or(Cow::Borrowed(&NULL)),
            unknown: mark(&self.unknown, |json| json.get(name)),
            sensitive: mark(&self.sensitive, |json| json.get(name)),
            written: self.written.attribute(name),
            at: format!("{}.{name}", self.at),
            targets: self.targets.clone(),
        }
    }

    /// Its elements, if it is a list.
    pub(crate) fn elements(&self) -> Vec<Self> {
        let count = self.value.as_array().map_or(0, Vec::len);
        let element = |index: usize| Self {
            value: part(&self.value, |json| json.get(index)).unwrap_or(Cow::Borrowed(&NULL)),
            unknown: mark(&self.unknown, |json| json.get(index)),
            sensitive: mark(&self.sensitive, |json| json.get(index)),
            written: self.written.element(index, count),
            at: format!("{}[{index}]", self.at),
            targets: None,
        };
        (0..count).map(element).collect()
    }
}

/// A part of a value.
fn part<'a>(
    json: &Cow<'a, Json>,
    find: impl for<'j> Fn(&'j Json) -> Option<&'j Json>,
) -> Option<Cow<'a, Json>> {
    match json {
        Cow::Borrowed(json) => find(json).map(Cow::Borrowed),
        Cow::Owned(json) => find(json).cloned().map(Cow::Owned),
    }
}

/// A part of a mark: of what is marked as a whole, every part is marked.
fn mark<'a>(
    json: &Cow<'a, Json>,
    find: impl for<'j> Fn(&'j Json) -> Option<&'j Json>,
) -> Cow<'a, Json> {
    if **json == MARKED {
        return Cow::Borrowed(&MARKED);
    }
    part(json, find).unwrap_or(Cow::Borrowed(&UNMARKED))
}

/// Whether an attribute is marked, or a part of it.
pub(crate) fn is_marked(marks: &Json, name: &str) -> bool {
    *marks == MARKED || marks.get(name).is_some_and(has_mark)
}

/// Whether anything is marked.
pub(crate) fn has_mark(marks: &Json) -> bool {
    match marks {
        Json::Bool(is_marked) => *is_marked,
        Json::Array(items) => items.iter().any(has_mark),
        Json::Object(members) => members.values().any(has_mark),
        Json::Null | Json::Number(_) | Json::String(_) => false,
    }
}

/// Whether a value counts as none.
pub(crate) fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(members) => members.is_empty(),
        Json::Bool(_) | Json::Number(_) => false,
    }
}

/// A value as text: texts as they are, everything else as JSON.
pub(crate) fn plain_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        // Terraform has one type of number, so `3.0` is `3`.
        Json::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 => format!("{float:.0}"),
            _ => number.to_string(),
        },
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => value.to_string(),
    }
}
