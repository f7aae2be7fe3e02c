//! The attributes of a block's value at any depth, and where they stand.

use super::path::{Path, PathStep};
use super::schema::{Attribute, Block, Nesting};
use super::value::Value;

/// Where a block stands. There is no step into a set: all that stands inside one is at the set.
pub(super) enum Location {
    Root,
    Block(Path),
    Set(Path),
}

impl Location {
    /// The path to an attribute, or to the blocks, of this name.
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

/// Calls `visit` with each attribute of `block`, its value and the location of its block: those at the root first, then
/// those of each block inside. Blocks that are null or unknown are left out.
pub(super) fn visit_attributes<'a>(
    block: &'a Block,
    value: &'a Value,
    visit: &mut impl FnMut(&'a Attribute, &'a Value, &Location),
) {
    visit_block(block, value, &Location::Root, visit);
}

fn visit_block<'a>(
    block: &'a Block,
    value: &'a Value,
    location: &Location,
    visit: &mut impl FnMut(&'a Attribute, &'a Value, &Location),
) {
    let Value::Object(_) = value else { return };
    for attribute in &block.attributes {
        visit(attribute, value.attribute(attribute.name), location);
    }
    for nested in &block.blocks {
        let (block, name) = (&nested.block, nested.name);
        match (nested.nesting, value.attribute(name)) {
            (Nesting::List { .. }, Value::List(elements)) => {
                for (index, element) in (0..).zip(elements) {
                    let location = location.element(name, PathStep::Index(index));
                    visit_block(block, element, &location, visit);
                }
            }
            (Nesting::Map, Value::Map(elements)) => {
                for (key, element) in elements {
                    let location = location.element(name, PathStep::Key(key.clone()));
                    visit_block(block, element, &location, visit);
                }
            }
            (Nesting::Set, Value::Set(elements)) => {
                let location = Location::Set(location.path(name));
                for element in elements {
                    visit_block(block, element, &location, visit);
                }
            }
            (_, single) => visit_block(block, single, &location.block(name), visit),
        }
    }
}
