//! Schemas: attributes and blocks, with their rules.
//!
//! A schema declares the arguments that users may set, their validation, the values that a plan predicts, and the
//! changes that force replacement. Validation, planning and documentation are derived from it.

mod attribute;

use super::field::Data;
use super::model::Model;
use super::ty::Type;

pub use attribute::{
    Attribute, Check, NestedAttributes, Presence, Problem, Recompute, Replacement, SameMeaning,
};

/// The schema of a resource, data source or provider block.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Version, which increases with every change that stored state does not fit.
    pub version: i64,
    /// The attributes and blocks at the root.
    pub block: Block,
}

impl Schema {
    /// The schema that a model declares, with this version.
    #[must_use]
    pub fn of<M: Model>(version: i64) -> Self {
        Self {
            version,
            block: M::schema_block(),
        }
    }
}

/// The attributes and nested blocks of a block.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Description, in Markdown.
    pub description: &'static str,
    /// The attributes, in the order of their declaration.
    pub attributes: Vec<Attribute>,
    /// The nested blocks.
    pub blocks: Vec<NestedBlock>,
}

/// A member of a block: an attribute or a nested block.
#[derive(Clone, Debug)]
pub enum Member {
    /// An attribute.
    Attribute(Attribute),
    /// A block.
    Block(NestedBlock),
}

impl From<Attribute> for Member {
    fn from(attribute: Attribute) -> Self {
        Self::Attribute(attribute)
    }
}

impl From<NestedBlock> for Member {
    fn from(block: NestedBlock) -> Self {
        Self::Block(block)
    }
}

/// A nested block.
///
/// Its attributes are set in the configuration only: computed attributes and defaults are supported at the root alone.
#[derive(Clone, Debug)]
pub struct NestedBlock {
    /// Name of the block type.
    pub name: &'static str,
    /// How often the block may occur, and the kind of its value.
    pub nesting: Nesting,
    /// Its attributes and nested blocks.
    pub block: Block,
}

/// How often a block may occur, and the kind of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// At most once: an object or null.
    Single,
    /// Any number of times, or at most `max_items` times: a list.
    List {
        /// Maximum number of blocks; 0 for no limit.
        max_items: u32,
    },
    /// Any number of times, unordered: a set.
    Set,
    /// Any number of times, each with a unique label: a map.
    Map,
    /// At most once: an object, never null. Without a block, Terraform sends an object whose attributes are all null.
    Group,
}

impl Block {
    /// A block with these members; attributes and nested blocks each keep their order.
    #[must_use]
    pub fn new(description: &'static str, members: impl IntoIterator<Item = Member>) -> Self {
        let mut block = Self {
            description,
            ..Self::default()
        };
        for member in members {
            match member {
                Member::Attribute(attribute) => block.attributes.push(attribute),
                Member::Block(nested) => block.blocks.push(nested),
            }
        }
        block
    }

    /// The type of the block's value: an object of its attributes and nested blocks.
    #[must_use]
    pub fn ty(&self) -> Type {
        let attributes = self
            .attributes
            .iter()
            .map(|attribute| (attribute.name, attribute.ty.clone()));
        let blocks = self.blocks.iter().map(|nested| (nested.name, nested.ty()));
        Type::object(attributes.chain(blocks))
    }

    /// The attribute of this name, if there is one.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
    }
}

impl NestedBlock {
    /// A nested block whose value is of a Rust type that is or contains a model. The description of the field replaces
    /// that of the model.
    #[must_use]
    pub fn of<T: Data>(name: &'static str, description: &'static str, nesting: Nesting) -> Self {
        let block = Block {
            description,
            ..T::block().unwrap_or_default()
        };
        Self {
            name,
            nesting,
            block,
        }
    }

    /// The type of the value of all blocks of this name: an object or a collection of objects.
    #[must_use]
    pub fn ty(&self) -> Type {
        match self.nesting {
            Nesting::Single | Nesting::Group => self.block.ty(),
            Nesting::List { .. } => Type::list(self.block.ty()),
            Nesting::Set => Type::set(self.block.ty()),
            Nesting::Map => Type::map(self.block.ty()),
        }
    }
}
