//! An attribute: its type, who sets it, and the rules for its values.

use std::fmt;
use std::sync::Arc;

use crate::framework::field::Data;
use crate::framework::ty::Type;
use crate::framework::value::Value;

use super::Nesting;

/// Whether the user or the provider sets an attribute.
///
/// | the user | without a value in the configuration | choose |
/// |---|---|---|
/// | must set it | Terraform rejects the configuration | `Required` |
/// | may set it | it stays null, and the provider must not set it | `Optional` |
/// | may set it | the provider's value, or a default, is stored | `OptionalComputed` |
/// | cannot set it | the provider's value is stored | `Computed` |
///
/// An `Optional` attribute for which the provider stores a value is an error of Terraform after each apply.
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
///
/// Choose `OnChange` for what identifies the object, and for what the API cannot change. Replacement deletes before it
/// creates unless the block has `create_before_destroy`, so an attribute that an update can change should never force it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// The object is updated in place.
    Never,
    /// The object is replaced.
    OnChange,
}

/// When the computed value of an existing object may change. A value that may change is unknown in the plan.
///
/// Choose the narrowest that holds: each value that is needlessly unknown is a line `(known after apply)` in the plan, and
/// makes everything that refers to it unknown too. A value that turns out to have changed although the plan kept it appears
/// at the next read, because Terraform rejects an apply that differs from its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recompute {
    /// With every update, such as a time of the last change.
    Always,
    /// Never: it is set by the creation, such as an id or a time of creation.
    Never,
    /// With an update that changes one of these attributes or blocks, such as a status that follows from a date.
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
///
/// It runs when the configuration is validated, and again with values that become known later. A rule that concerns several
/// attributes belongs to the `validate` of the resource instead.
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
    pub(in crate::framework) fn new(
        name: &'static str,
        ty: Type,
        description: &'static str,
    ) -> Self {
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
    #[cfg(test)]
    #[must_use]
    pub(in crate::framework) fn string(name: &'static str, description: &'static str) -> Self {
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

/// Attributes of a nested attribute, whose value is an object or a collection of objects.
#[derive(Clone, Debug)]
pub struct NestedAttributes {
    /// Kind of the value. Never [`Nesting::Group`], and a list has no limit.
    pub nesting: Nesting,
    /// The attributes of each object, in the order of their declaration.
    pub attributes: Vec<Attribute>,
}
