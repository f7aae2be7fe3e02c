//! Visits the attributes of a block's value at any depth, with their paths.

use super::path::{Path, PathStep};
use super::schema::{Attribute, Block, NestedBlock, Nesting};
use super::value::Value;

/// Location of a block. A path cannot lead into a set, so everything inside a set has the path of the set.
pub(super) enum Location {
    Root,
    Block(Path),
    Set(Path),
}

impl Location {
    /// The path to the attribute or nested block of this name.
    pub(super) fn path(&self, name: &str) -> Path {
        match self {
            Self::Root => Path::root(name),
            Self::Block(path) => path.clone().attribute(name),
            Self::Set(path) => path.clone(),
        }
    }

    fn block(&self, name: &str) -> Self {
        match self {
            Self::Root | Self::Block(_) => Self::Block(self.path(name)),
            Self::Set(path) => Self::Set(path.clone()),
        }
    }

    fn element(&self, name: &str, step: PathStep) -> Self {
        match self {
            Self::Root | Self::Block(_) => Self::Block(self.path(name).then(step)),
            Self::Set(path) => Self::Set(path.clone()),
        }
    }
}

/// Calls `visit` with each attribute of `block`, its value and the location of its block: root attributes first, then
/// nested attributes, then the attributes of each nested block. Null and unknown objects are not entered.
pub(super) fn visit_attributes<'a>(
    block: &'a Block,
    value: &'a Value,
    visit: &mut impl FnMut(&'a Attribute, &'a Value, &Location),
) {
    visit_object(
        (&block.attributes, &block.blocks),
        value,
        &Location::Root,
        visit,
    );
}

/// The attributes and nested blocks of an object.
type Members<'a> = (&'a [Attribute], &'a [NestedBlock]);

fn visit_object<'a>(
    (attributes, blocks): Members<'a>,
    value: &'a Value,
    location: &Location,
    visit: &mut impl FnMut(&'a Attribute, &'a Value, &Location),
) {
    let Value::Object(_) = value else { return };
    for attribute in attributes {
        visit(attribute, value.attribute(attribute.name), location);
    }
    for attribute in attributes {
        if let Some(nested) = &attribute.nested {
            let inside = (
                nested.nesting,
                (nested.attributes.as_slice(), [].as_slice()),
            );
            let name = attribute.name;
            visit_nested(inside, name, value.attribute(name), location, visit);
        }
    }
    for nested in blocks {
        let Block {
            attributes, blocks, ..
        } = &nested.block;
        let inside = (nested.nesting, (attributes.as_slice(), blocks.as_slice()));
        let name = nested.name;
        visit_nested(inside, name, value.attribute(name), location, visit);
    }
}

fn visit_nested<'a>(
    (nesting, members): (Nesting, Members<'a>),
    name: &str,
    value: &'a Value,
    location: &Location,
    visit: &mut impl FnMut(&'a Attribute, &'a Value, &Location),
) {
    match (nesting, value) {
        (Nesting::List { .. }, Value::List(elements)) => {
            for (index, element) in (0..).zip(elements) {
                let location = location.element(name, PathStep::Index(index));
                visit_object(members, element, &location, visit);
            }
        }
        (Nesting::Map, Value::Map(elements)) => {
            for (key, element) in elements {
                let location = location.element(name, PathStep::Key(key.clone()));
                visit_object(members, element, &location, visit);
            }
        }
        (Nesting::Set, Value::Set(elements)) => {
            let location = Location::Set(location.path(name));
            for element in elements {
                visit_object(members, element, &location, visit);
            }
        }
        (_, single) => visit_object(members, single, &location.block(name), visit),
    }
}
