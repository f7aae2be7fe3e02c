//! What the resources of each type allow: the declarations in `access.toml`, compiled once.
//!
//! No other module knows a resource type. The language is described in `access.md`.

pub(crate) mod compile;
mod raw;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;

pub(crate) use compile::WordTable;

use super::condition::Condition;
use super::path::Path;
use super::template::Template;

/// The declarations of this version.
const ACCESS: &str = include_str!("../access.toml");

/// The table in [`ACCESS`], compiled on first use; a test compiles every declaration.
static TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(ACCESS).unwrap_or_default());

/// All declarations.
#[derive(Debug, Default)]
pub struct Table {
    /// Attributes by which an object is called; the first one that is set counts.
    pub(crate) names: Vec<String>,
    /// Attributes that are the object's own name, which does not identify it when it is updated.
    pub(crate) own_names: BTreeSet<String>,
    declarations: Vec<Declaration>,
    by_name: BTreeMap<String, usize>,
}

impl Table {
    /// The table of this version.
    #[must_use]
    pub fn current() -> &'static Self {
        &TABLE
    }

    /// The declaration of a type.
    #[must_use]
    pub fn declaration(&self, type_name: &str) -> Option<&Declaration> {
        self.declarations.get(*self.by_name.get(type_name)?)
    }

    /// The declaration of a type, with the name of the type.
    pub(crate) fn entry(&self, type_name: &str) -> Option<(&str, &Declaration)> {
        let (name, index) = self.by_name.get_key_value(type_name)?;
        Some((name, self.declarations.get(*index)?))
    }

    /// The declarations, in the order of the file.
    pub fn declarations(&self) -> impl Iterator<Item = &Declaration> {
        self.declarations.iter()
    }

    /// The names of all types, aliases included, sorted.
    pub fn type_names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }
}

/// What a type is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It gives access.
    #[default]
    Grant,
    /// It gives nothing by itself: others refer to it.
    Definition,
    /// A rule about networks.
    Condition,
    /// It may change access, and cannot be read.
    Opaque,
}

/// What becomes of an access when its object is destroyed, or when its entry is removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destroy {
    /// It is revoked.
    #[default]
    Revokes,
    /// It remains in effect.
    Keeps,
    /// A default takes its place.
    Resets,
}

/// Which members of a list this block has added, if the list has those that others added, too.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The attribute with the members that this block added.
    pub(crate) list: String,
    /// The attribute with all members.
    pub(crate) of: String,
    /// What names a member, if it is an object.
    pub(crate) field: Option<String>,
    /// What an update removes.
    pub(crate) update: OriginUpdate,
}

/// What an update removes from a list that others add to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OriginUpdate {
    /// Every member that falls out.
    After,
    /// Only members that this block added.
    Origin,
}

/// What one type, with its aliases and siblings, allows.
#[derive(Debug)]
pub struct Declaration {
    /// The type, its aliases and its siblings: the same access may move between them.
    pub(crate) names: Vec<String>,
    /// What identifies the declarations between which the same access may move.
    pub(crate) family: String,
    /// Whether several declarations belong to the family, so that equal rows of them are one row.
    pub(crate) is_shared_family: bool,
    pub(crate) role: Role,
    pub(crate) destroy: Destroy,
    /// What is true after the destruction of an object that is reset.
    pub(crate) resets: Option<String>,
    /// What becomes of an access whose entry falls out of a list in an update.
    pub(crate) removal: Destroy,
    /// Whether objects have IDs of their own, so that several of them may give the same access.
    pub(crate) is_own: bool,
    /// Whether the provider keeps an access that another block of the same state declares. Another state that destroys it revokes
    /// it for all.
    pub(crate) is_kept_in_state: bool,
    /// Whether it is a credential, which is never the same as one at another address.
    pub(crate) is_unique: bool,
    /// Whether the name of the object is part of the access, and a rename is no other name of the same.
    pub(crate) is_named: bool,
    /// Whether its accesses are never public.
    pub(crate) is_private: bool,
    /// Whether it is an action and not an object.
    pub(crate) is_action: bool,
    pub(crate) origin: Option<Origin>,
    /// Text attributes that are lists separated by commas.
    pub(crate) split: BTreeSet<String>,
    /// Text attributes that are JSON, compared by meaning.
    pub(crate) json: Vec<String>,
    /// Attributes that are always sensitive.
    pub(crate) secret: Vec<String>,
    /// Attributes whose change has no effect.
    pub(crate) inert: Vec<String>,
    /// Ends whose removal from the configuration is ignored.
    pub(crate) sticky: Vec<String>,
    /// Attributes of which the plan may ignore what the configuration says.
    pub(crate) verify: Vec<String>,
    /// What stands for the unknown level before a change.
    pub(crate) was: Option<String>,
    pub(crate) rules: Vec<Rule>,
    /// Attributes that the accesses show.
    pub(crate) shown: BTreeSet<String>,
    /// Attributes that are needed to evaluate the rules, [`Self::shown`] included.
    pub(crate) needed: BTreeSet<String>,
    /// Whether the accesses depend on what the configuration writes, even if no value is unknown.
    pub(crate) is_configuration_needed: bool,
    /// The attributes that are nested blocks, which the provider does not choose.
    pub(crate) blocks: BTreeSet<String>,
}

impl Declaration {
    /// The type, its aliases and its siblings.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// What the type is.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// What is true after an object of the type is destroyed, if its destruction restores a default.
    #[must_use]
    pub fn reset(&self) -> Option<&str> {
        self.resets.as_deref()
    }

    /// Whether the resources of the type are actions and not objects.
    #[must_use]
    pub fn is_action(&self) -> bool {
        self.is_action
    }
}

/// The accesses that one object gives: one for each combination of the elements of lists.
#[derive(Debug)]
pub struct Rule {
    /// Its position in the declaration.
    pub(crate) index: usize,
    /// The lists.
    pub(crate) each: Vec<EachPath>,
    /// What must be true.
    pub(crate) when: Vec<Condition>,
    /// The attribute that the configuration must write for the rule to count.
    pub(crate) configured: Option<Path>,
    pub(crate) grantee: Template,
    pub(crate) resource: Template,
    /// None for an access without levels.
    pub(crate) level: Option<Template>,
    pub(crate) until: Option<Template>,
    /// Whether ends are compared as instants.
    pub(crate) is_instant: bool,
    pub(crate) apart: Apart,
    /// Whether the object takes access away.
    pub(crate) is_reversed: bool,
    /// Whether the level reads the same in both directions.
    pub(crate) is_plain: bool,
    /// Who is allowed if there is no entry.
    pub(crate) allowlist: Option<String>,
    /// The attribute with a policy.
    pub(crate) policy: Option<String>,
    /// Whether the resources of the statements are shown.
    pub(crate) has_resources: bool,
    /// The attribute with a policy of which the principals alone count.
    pub(crate) principals: Option<String>,
}

/// A list that a rule walks.
#[derive(Debug)]
pub(crate) struct EachPath {
    pub(crate) path: Path,
    /// Whether an empty list counts as one element without a value.
    pub(crate) is_optional: bool,
}

/// Which levels are accesses of their own.
#[derive(Debug)]
pub(crate) enum Apart {
    /// None: another level is a change of the access.
    Never,
    /// Every level.
    Level,
    /// This part of the level.
    Part(Template),
}

/// A table that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableError(String);

impl TableError {
    /// An error with this message.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TableError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_declaration_compiles() {
        let table = Table::parse(ACCESS).unwrap();
        let declared = table.declarations.iter().map(|entry| entry.names.len());
        assert_eq!(declared.sum::<usize>(), table.by_name.len(), "a type twice");
        assert!(table.by_name.len() >= 206, "{} types", table.by_name.len());
        for entry in table.declarations() {
            assert!(entry.role == Role::Opaque || !entry.rules.is_empty());
        }
    }

    #[test]
    fn a_mistake_in_the_table_is_an_error() {
        let head = "version = 1\nnames = []\nself = []\n[words]\n[[type]]\nnames = [\"a\"]\n";
        let rule = "[[type.rule]]\ngrantee = \"user {id}\"\nresource = \"r\"\n";
        assert!(Table::parse(&format!("{head}{rule}")).is_ok());
        for wrong in [
            "typo = true\n",
            "[[type.rule]]\ngrantee = \"user {id\"\nresource = \"r\"\n",
            "[[type.rule]]\ngrantee = \"user {id~nothing}\"\nresource = \"r\"\n",
            "[[type.rule]]\ngrantee = \"u\"\nresource = \"r\"\nwhen = [\"a b\"]\n",
            "[[type.rule]]\ngrantee = \"u\"\nresource = \"[a [b]]\"\n",
        ] {
            assert!(Table::parse(&format!("{head}{wrong}")).is_err(), "{wrong}");
        }
        let twice = "[[type]]\nnames = [\"a\"]\n";
        assert!(Table::parse(&format!("{head}{twice}")).is_err());
    }
}
