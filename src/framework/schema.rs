//! Schemas: attributes and blocks, with their rules.
//!
//! A schema declares the arguments that users may set, their validation, the values that a plan predicts, and the
//! changes that force replacement. Validation, planning and documentation are derived from it.

use std::fmt;
use std::sync::Arc;

use super::field::Data;
use super::model::Model;
use super::ty::Type;
use super::value::Value;

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

/// Attributes of a nested attribute, whose value is an object or a collection of objects.
#[derive(Clone, Debug)]
pub struct NestedAttributes {
    /// Kind of the value. Never [`Nesting::Group`], and a list has no limit.
    pub nesting: Nesting,
    /// The attributes of each object, in the order of their declaration.
    pub attributes: Vec<Attribute>,
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

/// Whether the user or the provider sets an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The user must set it.
    Required,
    /// The user may set it; otherwise it is null.
    Optional,
    /// The provider sets it.
    Computed,
    /// The user may set it; otherwise the provider does.
    OptionalComputed,
}

/// Whether a change of an attribute forces replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// The object is updated in place.
    Never,
    /// The object is replaced.
    OnChange,
}

/// When the computed value of an existing object may change. A value that may change is unknown in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recompute {
    /// With every update.
    Always,
    /// Never: it is set by the creation.
    Never,
    /// With an update that changes one of these attributes or blocks.
    With(&'static [&'static str]),
}

/// The reason why a check rejects a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Title of the diagnostic.
    pub summary: &'static str,
    /// Whole sentences: what is wrong with the value, and what a valid value is.
    pub detail: String,
}

/// A validation rule for an attribute. Pure. It is never called with null or unknown.
pub type Check = Arc<dyn Fn(&Value) -> Result<(), Problem> + Send + Sync>;

/// Whether two strings have the same meaning, so that a change from one to the other is no change.
pub type SameMeaning = fn(&str, &str) -> bool;

/// An attribute and its rules.
#[derive(Clone)]
pub struct Attribute {
    /// Name.
    pub name: &'static str,
    /// Type.
    pub ty: Type,
    /// The nested attributes, if the value is or contains objects that a model declares.
    pub nested: Option<NestedAttributes>,
    /// Whether the user or the provider sets it.
    pub presence: Presence,
    /// Description, in Markdown.
    pub description: &'static str,
    /// Whether Terraform hides the value in its output.
    pub is_sensitive: bool,
    /// Whether the value exists in the configuration only, never in plan or state.
    pub is_write_only: bool,
    /// Environment variables that are read, in this order, if the user does not set the argument.
    pub environment: &'static [&'static str],
    /// Why the attribute is deprecated, and what to use instead; none if it is not.
    pub deprecation: Option<&'static str>,
    /// The value if the user sets none; the attribute is then [`Presence::OptionalComputed`].
    pub default: Option<Value>,
    /// Whether a change forces replacement.
    pub replacement: Replacement,
    /// When the computed value may change.
    pub recompute: Recompute,
    /// Whether an empty string means that the argument is not set. Terraform requires the planned value to match the
    /// configuration, so a new object stores the empty string until it is read; after that, a plan keeps the stored
    /// value.
    pub is_unset_if_empty: bool,
    /// Whether two spellings have the same meaning; none if only equal strings do.
    pub same_meaning: Option<SameMeaning>,
    /// Validation rules.
    pub checks: Vec<Check>,
}

impl Attribute {
    /// An optional attribute of this type, without validation rules.
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

    /// An optional attribute whose type and validation rules are those of a Rust type.
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

    /// Sets the type. For an attribute whose Rust type holds any value.
    #[must_use]
    pub fn typed(self, ty: Type) -> Self {
        Self { ty, ..self }
    }

    /// Sets the environment variables that are read, in this order, if the user does not set the argument.
    #[must_use]
    pub fn environment(self, variables: &'static [&'static str]) -> Self {
        Self {
            environment: variables,
            ..self
        }
    }

    /// An optional attribute of type string.
    #[must_use]
    pub fn string(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Type::String, description)
    }

    /// The user must set the attribute.
    #[must_use]
    pub fn required(self) -> Self {
        Self {
            presence: Presence::Required,
            ..self
        }
    }

    /// Only the provider sets the attribute; `recompute` is when its value may change.
    #[must_use]
    pub fn computed(self, recompute: Recompute) -> Self {
        Self {
            presence: Presence::Computed,
            recompute,
            ..self
        }
    }

    /// The user may set the attribute; otherwise the provider does. `recompute` is when the provider's value may
    /// change.
    #[must_use]
    pub fn optional_computed(self, recompute: Recompute) -> Self {
        Self {
            presence: Presence::OptionalComputed,
            recompute,
            ..self
        }
    }

    /// Sets the value that applies if the user sets none.
    #[must_use]
    pub fn with_default(self, default: impl Into<Value>) -> Self {
        Self {
            presence: Presence::OptionalComputed,
            default: Some(default.into()),
            ..self
        }
    }

    /// Terraform hides the value in its output.
    #[must_use]
    pub fn sensitive(self) -> Self {
        Self {
            is_sensitive: true,
            ..self
        }
    }

    /// The value exists in the configuration only, never in plan or state.
    #[must_use]
    pub fn write_only(self) -> Self {
        Self {
            is_write_only: true,
            ..self
        }
    }

    /// Deprecates the attribute: setting it produces a warning with this reason.
    #[must_use]
    pub fn deprecated(self, reason: &'static str) -> Self {
        Self {
            deprecation: Some(reason),
            ..self
        }
    }

    /// A change of the attribute forces replacement.
    #[must_use]
    pub fn replaces(self) -> Self {
        Self {
            replacement: Replacement::OnChange,
            ..self
        }
    }

    /// Treats two spellings as the same value; the spelling in state is kept.
    #[must_use]
    pub fn same_if(self, same_meaning: SameMeaning) -> Self {
        Self {
            same_meaning: Some(same_meaning),
            ..self
        }
    }

    /// Adds a validation rule.
    #[must_use]
    pub fn check(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }

    /// The description, followed by a sentence that lists the environment variables, if there are any.
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

    /// Whether the user may set the attribute.
    #[must_use]
    pub fn is_configurable(&self) -> bool {
        self.presence != Presence::Computed
    }

    /// Whether the provider may set the attribute.
    #[must_use]
    pub fn is_computed(&self) -> bool {
        matches!(
            self.presence,
            Presence::Computed | Presence::OptionalComputed
        )
    }

    /// Whether the provider sets the value with this configuration: the attribute is computed, has no default, and is
    /// null in `config`.
    #[must_use]
    pub fn is_set_by_provider(&self, config: &Value) -> bool {
        self.is_computed() && self.default.is_none() && config.attribute(self.name).is_null()
    }

    /// Whether `config` sets an empty string that means that the argument is not set.
    #[must_use]
    pub fn is_set_to_empty(&self, config: &Value) -> bool {
        let is_empty =
            matches!(config.attribute(self.name), Value::String(text) if text.is_empty());
        self.is_unset_if_empty && is_empty
    }

    /// Whether two values of this attribute have the same meaning.
    #[must_use]
    pub fn is_equivalent(&self, one: &Value, other: &Value) -> bool {
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
