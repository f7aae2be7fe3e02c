//! Attributes and their rules.
//!
//! One list of attributes says everything: what the practitioner may write, what is checked, what a plan predicts and what
//! a change replaces. Validation, planning and documentation are derived from it.

use std::fmt;
use std::sync::Arc;

use super::field::Data;
use super::model::Model;
use super::ty::Type;
use super::value::Value;

/// The shape of a resource, data source or provider block.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Raised with every change that stored state cannot satisfy.
    pub version: i64,
    /// The attributes and blocks at the root.
    pub block: Block,
}

impl Schema {
    /// The schema that a model declares, in this version.
    #[must_use]
    pub fn of<M: Model>(version: i64) -> Self {
        Self {
            version,
            block: M::schema_block(),
        }
    }
}

/// Attributes and blocks that stand together between one pair of braces.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// What it is for, in Markdown.
    pub description: &'static str,
    /// The attributes, in the order in which documentation lists them.
    pub attributes: Vec<Attribute>,
    /// The blocks inside.
    pub blocks: Vec<NestedBlock>,
}

/// An attribute or a block: what stands in a block.
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

/// Attributes inside an attribute, whose value is an object or a collection of objects.
#[derive(Clone, Debug)]
pub struct NestedAttributes {
    /// What the value is: never [`Nesting::Group`], and of a list without a limit.
    pub nesting: Nesting,
    /// The attributes of each object, in the order in which documentation lists them.
    pub attributes: Vec<Attribute>,
}

/// A block inside a block.
///
/// Its attributes are configuration only: what Terraform may compute or default stands at the root.
#[derive(Clone, Debug)]
pub struct NestedBlock {
    /// Name of the block type.
    pub name: &'static str,
    /// How often it may occur.
    pub nesting: Nesting,
    /// What it holds.
    pub block: Block,
}

/// How often a block may occur, and what its value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// At most once: an object or null.
    Single,
    /// Any number of times, or at most `max_items` (0 is no limit): a list.
    List {
        /// The most there may be; 0 for any number.
        max_items: u32,
    },
    /// Any number of times, without order: a set.
    Set,
    /// Any number of times, each under a label: a map.
    Map,
    /// Exactly one object, which Terraform makes up of nulls where the practitioner writes none.
    Group,
}

/// Who gives an attribute its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The practitioner must.
    Required,
    /// The practitioner may; otherwise it is null.
    Optional,
    /// The provider does.
    Computed,
    /// The practitioner may; otherwise the provider does.
    OptionalComputed,
}

/// What a change of an attribute does to the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// It is changed in place.
    Never,
    /// It is replaced by a new one.
    OnChange,
}

/// When a computed value of an existing object may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recompute {
    /// With every change.
    Always,
    /// With no change: creation decides it.
    Never,
    /// With a change of one of these attributes.
    With(&'static [&'static str]),
}

/// What is wrong with a value that a check refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Title of the message.
    pub summary: &'static str,
    /// Sentences: what is wrong with the value, and what would be right.
    pub detail: String,
}

/// A rule for the known, non-null values of an attribute. Pure; it never sees null or unknown.
pub type Check = Arc<dyn Fn(&Value) -> Result<(), Problem> + Send + Sync>;

/// Whether two texts mean the same, so that one spelling may stand for the other.
pub type SameMeaning = fn(&str, &str) -> bool;

/// An attribute and its rules.
#[derive(Clone)]
pub struct Attribute {
    /// Name.
    pub name: &'static str,
    /// Type.
    pub ty: Type,
    /// The attributes of the objects in it, if there are any.
    pub nested: Option<NestedAttributes>,
    /// Who gives it its value.
    pub presence: Presence,
    /// What it means, in Markdown.
    pub description: &'static str,
    /// Whether Terraform hides the value.
    pub is_sensitive: bool,
    /// Whether the value stands in configuration only, never in plan or state.
    pub is_write_only: bool,
    /// Environment variables that are read, in this order, where the practitioner sets nothing.
    pub environment: &'static [&'static str],
    /// Why it should no longer be used.
    pub deprecation: Option<&'static str>,
    /// The value where the practitioner writes none; the attribute is then [`Presence::OptionalComputed`].
    pub default: Option<Value>,
    /// What its change does to the object.
    pub replacement: Replacement,
    /// When its computed value may change.
    pub recompute: Recompute,
    /// Whether an empty text is as good as none. Terraform holds the provider to what is written, so a new object has the
    /// empty text until it is read; from then on it keeps the value that it has.
    pub is_unset_if_empty: bool,
    /// When two spellings mean the same.
    pub same_meaning: Option<SameMeaning>,
    /// Rules for its values.
    pub checks: Vec<Check>,
}

impl Attribute {
    /// An optional attribute of this type, without rules.
    #[must_use]
    pub fn new(name: &'static str, ty: Type, description: &'static str) -> Self {
        Self {
            name,
            ty,
            nested: None,
            presence: Presence::Optional,
            description,
            is_sensitive: false,
            is_write_only: false,
            environment: &[],
            deprecation: None,
            default: None,
            replacement: Replacement::Never,
            recompute: Recompute::Always,
            is_unset_if_empty: false,
            same_meaning: None,
            checks: Vec::new(),
        }
    }

    /// An optional attribute whose values are those of a Rust type, with the rules of that type.
    #[must_use]
    pub fn of<T: Data>(name: &'static str, description: &'static str) -> Self {
        let ty = T::ty();
        let nested = T::block().map(|block| NestedAttributes {
            nesting: match &ty {
                Type::List(_) => Nesting::List { max_items: 0 },
                Type::Set(_) => Nesting::Set,
                Type::Map(_) => Nesting::Map,
                _ => Nesting::Single,
            },
            attributes: block.attributes,
        });
        Self {
            nested,
            is_unset_if_empty: T::IS_UNSET_IF_EMPTY,
            ..Self::new(name, ty, description)
        }
        .check(Arc::new(T::check))
    }

    /// This type in place of that of the Rust type, for one that holds any value.
    #[must_use]
    pub fn typed(self, ty: Type) -> Self {
        Self { ty, ..self }
    }

    /// The environment variables that are read, in this order, where the practitioner sets nothing.
    #[must_use]
    pub fn environment(self, variables: &'static [&'static str]) -> Self {
        Self {
            environment: variables,
            ..self
        }
    }

    /// An optional string.
    #[must_use]
    pub fn string(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Type::String, description)
    }

    /// The practitioner must set it.
    #[must_use]
    pub fn required(self) -> Self {
        Self {
            presence: Presence::Required,
            ..self
        }
    }

    /// The provider alone sets it; `recompute` says when it may change.
    #[must_use]
    pub fn computed(self, recompute: Recompute) -> Self {
        Self {
            presence: Presence::Computed,
            recompute,
            ..self
        }
    }

    /// The practitioner may set it, otherwise the provider does; `recompute` says when the provider's may change.
    #[must_use]
    pub fn optional_computed(self, recompute: Recompute) -> Self {
        Self {
            presence: Presence::OptionalComputed,
            recompute,
            ..self
        }
    }

    /// Takes this value where the practitioner writes none.
    #[must_use]
    pub fn with_default(self, default: impl Into<Value>) -> Self {
        Self {
            presence: Presence::OptionalComputed,
            default: Some(default.into()),
            ..self
        }
    }

    /// Terraform hides the value.
    #[must_use]
    pub fn sensitive(self) -> Self {
        Self {
            is_sensitive: true,
            ..self
        }
    }

    /// The value stands in configuration only.
    #[must_use]
    pub fn write_only(self) -> Self {
        Self {
            is_write_only: true,
            ..self
        }
    }

    /// Warns whoever sets it, for this reason.
    #[must_use]
    pub fn deprecated(self, reason: &'static str) -> Self {
        Self {
            deprecation: Some(reason),
            ..self
        }
    }

    /// A change needs a new object.
    #[must_use]
    pub fn replaces(self) -> Self {
        Self {
            replacement: Replacement::OnChange,
            ..self
        }
    }

    /// Takes two spellings for one value; the one in state stays.
    #[must_use]
    pub fn same_if(self, same_meaning: SameMeaning) -> Self {
        Self {
            same_meaning: Some(same_meaning),
            ..self
        }
    }

    /// Adds a rule.
    #[must_use]
    pub fn check(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }

    /// The description, with the environment variables at its end.
    #[must_use]
    pub fn description_with_environment(&self) -> String {
        let (last, others) = match self.environment {
            [] => return self.description.to_owned(),
            [others @ .., last] => (last, others),
        };
        let variables = match others {
            [] => format!("`{last}`"),
            others => format!("`{}` or `{last}`", others.join("`, `")),
        };
        format!(
            "{} Can also be set with the environment variable {variables}.",
            self.description
        )
    }

    /// Whether the practitioner may set it.
    #[must_use]
    pub fn is_configurable(&self) -> bool {
        self.presence != Presence::Computed
    }

    /// Whether the provider may set it.
    #[must_use]
    pub fn is_computed(&self) -> bool {
        matches!(
            self.presence,
            Presence::Computed | Presence::OptionalComputed
        )
    }

    /// Whether the provider gives the value under this configuration: it may, the practitioner has not, and there is no
    /// default.
    #[must_use]
    pub fn is_provided(&self, config: &Value) -> bool {
        self.is_computed() && self.default.is_none() && config.attribute(self.name).is_null()
    }

    /// Whether the practitioner has written an empty text that stands for no value.
    #[must_use]
    pub fn is_left_empty(&self, config: &Value) -> bool {
        let is_empty =
            matches!(config.attribute(self.name), Value::String(text) if text.is_empty());
        self.is_unset_if_empty && is_empty
    }

    /// Whether two values of this attribute mean the same.
    #[must_use]
    pub fn means_the_same(&self, one: &Value, other: &Value) -> bool {
        if one == other {
            return true;
        }
        match (self.same_meaning, one, other) {
            (Some(same), Value::String(one), Value::String(other)) => same(one, other),
            _ => false,
        }
    }
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attribute")
            .field("name", &self.name)
            .field("ty", &self.ty)
            .field("presence", &self.presence)
            .finish_non_exhaustive()
    }
}

impl Block {
    /// A block with these attributes and blocks, each kind in the order given.
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

    /// The type of this block's value: attributes and blocks together.
    #[must_use]
    pub fn ty(&self) -> Type {
        let attributes = self
            .attributes
            .iter()
            .map(|attribute| (attribute.name, attribute.ty.clone()));
        let blocks = self.blocks.iter().map(|nested| (nested.name, nested.ty()));
        Type::object(attributes.chain(blocks))
    }

    /// The attribute of this name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
    }
}

impl NestedBlock {
    /// A block whose value is of a Rust type that is, or holds, a model. What is said of the block is said of the field.
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

    /// The type of the value of all blocks of this name.
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
