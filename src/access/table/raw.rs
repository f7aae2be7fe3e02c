//! The table as it is written, in parts: each key that the language has, and no other.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What is before the declarations.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHead {
    /// The version of the language.
    pub(super) version: u32,
    /// Attributes by which an object is called.
    pub(super) names: Vec<String>,
    /// Attributes that are the object's own name.
    #[serde(rename = "self")]
    pub(super) own_names: Vec<String>,
    /// Texts for values, by name.
    pub(super) words: BTreeMap<String, RawWords>,
}

/// One declaration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTypes {
    /// The declaration.
    #[serde(rename = "type")]
    pub(super) types: [RawDeclaration; 1],
}

/// Texts by value.
pub(super) type RawWords = BTreeMap<String, String>;

/// What one type, with its aliases and siblings, allows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDeclaration {
    pub(super) names: Vec<String>,
    pub(super) family: Option<String>,
    #[serde(default)]
    pub(super) role: super::Role,
    #[serde(default)]
    pub(super) destroy: super::Destroy,
    pub(super) resets: Option<String>,
    #[serde(default)]
    pub(super) removal: super::Destroy,
    #[serde(default)]
    pub(super) own: bool,
    #[serde(default)]
    pub(super) kept_in_state: bool,
    #[serde(default)]
    pub(super) unique: bool,
    #[serde(default)]
    pub(super) named: bool,
    #[serde(default)]
    pub(super) private: bool,
    /// Nested blocks that the provider may choose.
    #[serde(default)]
    pub(super) computed: Vec<String>,
    #[serde(default)]
    pub(super) action: bool,
    pub(super) origin: Option<super::Origin>,
    #[serde(default)]
    pub(super) split: Vec<String>,
    #[serde(default)]
    pub(super) json: Vec<String>,
    #[serde(default)]
    pub(super) secret: Vec<String>,
    #[serde(default)]
    pub(super) inert: Vec<String>,
    #[serde(default)]
    pub(super) sticky: Vec<String>,
    #[serde(default)]
    pub(super) verify: Vec<String>,
    pub(super) was: Option<String>,
    #[serde(default)]
    pub(super) words: BTreeMap<String, RawWords>,
    #[serde(default, rename = "rule")]
    pub(super) rules: Vec<RawRule>,
}

/// The accesses that one object gives.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    #[serde(default)]
    pub(super) each: Vec<String>,
    #[serde(default)]
    pub(super) when: Vec<String>,
    pub(super) configured: Option<String>,
    pub(super) grantee: RawTemplate,
    pub(super) resource: RawTemplate,
    pub(super) level: Option<RawTemplate>,
    pub(super) until: Option<RawTemplate>,
    pub(super) ends: Option<RawEnd>,
    pub(super) apart: Option<RawApart>,
    #[serde(default)]
    pub(super) reversed: bool,
    #[serde(default)]
    pub(super) plain: bool,
    pub(super) allowlist: Option<String>,
    pub(super) policy: Option<String>,
    #[serde(default = "yes")]
    pub(super) resources: bool,
    pub(super) principals: Option<String>,
}

/// The default of a flag that is usually set.
fn yes() -> bool {
    true
}

/// A template, or alternatives of which the first counts whose values are all set.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum RawTemplate {
    One(String),
    Several(Vec<String>),
}

impl RawTemplate {
    /// The alternatives, at least one.
    pub(super) fn alternatives(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => several,
        }
    }
}

/// How ends are compared.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawEnd {
    /// As instants.
    Rfc3339,
}

/// Whether other levels are other accesses.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum RawApart {
    Whole(bool),
    Part(String),
}
