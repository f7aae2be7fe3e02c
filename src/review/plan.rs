//! The plan as Terraform writes it in JSON: what of it is read, and nothing more.
//!
//! **Sensitive first, then unknown, then values:** an attribute that the plan marks as sensitive leaves this file as
//! [`Value::Sensitive`], whatever else is known of it. Errors carry places, never values.
//!
//! Source: Terraform, JSON Output Format, "Plan Representation" and "Change Representation", format version 1.x.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

/// What of a plan matters to access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// When the plan was made; plans of Terraform before 1.5 do not say.
    pub planned_at: Option<Timestamp>,
    /// Whether applying it carries out all that is configured: nothing has failed, was deferred or left out by `-target`.
    pub is_complete: bool,
    /// The grants in it, also those that stay as they are; in the plan's order.
    pub changes: Vec<ResourceChange>,
    /// What was changed outside of Terraform since the last apply; in the plan's order.
    pub drift: Vec<ResourceChange>,
    /// What Terraform puts off until a later plan; in the plan's order.
    pub deferred: Vec<Deferred>,
    /// What of the configuration matters to access.
    pub configuration: Configuration,
}

/// A change that is put off, because something it depends on is not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deferred {
    /// Why, in the plan's own word, such as `provider_config_unknown`.
    pub reason: String,
    /// The change, as far as it is known.
    pub change: ResourceChange,
}

/// What of the configuration matters to access.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The `source` of each module call, by the address of the module without instance keys, such as
    /// `module.team.module.oncall`.
    pub modules: BTreeMap<String, String>,
    /// The project that the provider configuration of each block of ours names, by the address of the block without
    /// instance keys, such as `module.team.csms_grant.each`; only where the plan tells.
    pub projects: BTreeMap<String, Value>,
}

/// What happens to one object of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceChange {
    /// Where it is declared, module and instance included.
    pub address: String,
    /// Where the state has it so far, if that is elsewhere.
    pub previous_address: Option<String>,
    /// Whether it is what an interrupted replacement has left over.
    pub is_deposed: bool,
    /// Which of our resources it is.
    pub kind: Kind,
    /// What Terraform does.
    pub action: Action,
    /// Whether the object exists and is only taken into the state.
    pub is_import: bool,
    /// The object so far.
    pub before: Option<Attributes>,
    /// The object afterwards, as far as it is known.
    pub after: Option<Attributes>,
    /// Whether `validity_time` changes or may change: said apart, because a sensitive one cannot be compared.
    pub is_end_changed: bool,
}

/// Which resource, under either of its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Use of a secret.
    CsmsGrant,
    /// The delegation of an account's keys to CodeArts Repo.
    RepoKmsGrant,
}

impl Kind {
    fn of(type_name: &str) -> Option<Self> {
        match type_name.strip_prefix("hwgrants_").unwrap_or(type_name) {
            "csms_grant" => Some(Self::CsmsGrant),
            "repo_kms_grant" => Some(Self::RepoKmsGrant),
            _ => None,
        }
    }
}

/// What Terraform does to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing, or reading it.
    Keep,
    /// Makes it.
    Create,
    /// Changes it in place.
    Update,
    /// Removes it.
    Delete,
    /// Removes it and makes another, in either order.
    Replace,
    /// Takes it out of the state and leaves it in the cloud.
    Forget,
}

impl Action {
    fn of(actions: &[String]) -> Option<Self> {
        let names: Vec<&str> = actions.iter().map(String::as_str).collect();
        Some(match names.as_slice() {
            ["no-op" | "read"] => Self::Keep,
            ["create"] => Self::Create,
            ["update"] => Self::Update,
            ["delete"] => Self::Delete,
            ["delete", "create"] | ["create", "delete"] => Self::Replace,
            ["forget"] => Self::Forget,
            _ => return None,
        })
    }
}

/// One attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// A value that may be shown.
    Known(String),
    /// Not set.
    Null,
    /// Told by applying only.
    Unknown,
    /// Marked as sensitive, known or not.
    Sensitive,
}

/// The attributes that a review reads; all others stay in the plan.
const ATTRIBUTES: &[&str] = &[
    "grantee_name",
    "grantee_target_id",
    "grantee_type",
    "project_id",
    "reason",
    "region",
    "resource_id",
    "tenant_id",
    "type",
    "validity_time",
];

/// The attributes of one object, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes(BTreeMap<&'static str, Value>);

impl Attributes {
    fn read(values: &Map<String, Json>, unknown: &Json, sensitive: &Json) -> Self {
        let value = |name: &str| {
            if is_marked(sensitive, name) {
                return Value::Sensitive;
            }
            if is_marked(unknown, name) {
                return Value::Unknown;
            }
            match values.get(name) {
                None | Some(Json::Null) => Value::Null,
                Some(Json::String(text)) => Value::Known(text.clone()),
                Some(other) => Value::Known(other.to_string()),
            }
        };
        Self(ATTRIBUTES.iter().map(|name| (*name, value(name))).collect())
    }

    /// The attribute of this name; `Null` if there is none.
    #[must_use]
    pub fn value(&self, name: &str) -> Value {
        self.0.get(name).cloned().unwrap_or(Value::Null)
    }
}

/// Whether marks, in the shape of the object they belong to, cover an attribute or a part of it.
fn is_marked(marks: &Json, name: &str) -> bool {
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

/// Why something is not read as a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing there.
    #[error("it is empty")]
    Empty,
    /// The file of `terraform plan -out`.
    #[error("it is a saved plan, not its JSON")]
    SavedPlan,
    /// Perhaps UTF-16.
    #[error("it is not UTF-8 text")]
    NotText,
    /// Something else than one JSON document.
    #[error("it is not JSON (line {line}, column {column})")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// The beginning of a JSON document.
    #[error("it ends in the middle (line {line}): a part is missing")]
    Truncated {
        /// Counted from 1.
        line: usize,
    },
    /// A state, in either of its two forms.
    #[error("it is a state, not a plan")]
    State,
    /// Some other JSON.
    #[error("it is JSON, but not a plan")]
    NotPlan,
    /// A plan of another time.
    #[error("format version `{0}` is not supported, expected `1.x`")]
    Version(String),
    /// A plan with something in it that Terraform does not write.
    #[error("{place} is not as Terraform writes it")]
    Malformed {
        /// The part, such as `the change of ADDRESS`.
        place: String,
    },
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Version(_) => {
                "this `hwgrants` is too old or too new for the Terraform that made the plan"
            }
            Self::NotText => {
                "PowerShell's `>` may write UTF-16: try `terraform show -json plan.out | Out-File -Encoding utf8 plan.json`"
            }
            Self::Empty
            | Self::SavedPlan
            | Self::NotJson { .. }
            | Self::Truncated { .. }
            | Self::State
            | Self::NotPlan
            | Self::Malformed { .. } => {
                "make the plan with `terraform plan -out=plan.out`, and write its JSON with \
                 `terraform show -json plan.out > plan.json`"
            }
        }
    }

    fn of_json(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        match error.classify() {
            serde_json::error::Category::Eof => Self::Truncated { line },
            serde_json::error::Category::Data => Self::NotPlan,
            _ => Self::NotJson { line, column },
        }
    }

    /// A change that cannot be understood.
    pub(super) fn of_change(address: &str) -> Self {
        Self::Malformed {
            place: format!("the change of `{address}`"),
        }
    }
}

/// The top of the document. Parts are parsed when it is clear that they are understood.
#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    format_version: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    complete: Option<&'a RawValue>,
    #[serde(borrow)]
    errored: Option<&'a RawValue>,
    #[serde(borrow)]
    resource_changes: Option<&'a RawValue>,
    planned_values: Option<IgnoredAny>,
    /// Of a state as `terraform show -json` prints it.
    values: Option<IgnoredAny>,
    /// Of a state file.
    lineage: Option<IgnoredAny>,
}

/// One of `resource_changes`; the values of foreign types are not parsed.
#[derive(Deserialize)]
struct Entry<'a> {
    address: String,
    previous_address: Option<String>,
    mode: String,
    r#type: String,
    deposed: Option<IgnoredAny>,
    #[serde(borrow)]
    change: &'a RawValue,
}

/// What is to happen to one object.
#[derive(Deserialize)]
struct Body {
    actions: Vec<String>,
    before: Option<Map<String, Json>>,
    after: Option<Map<String, Json>>,
    #[serde(default)]
    after_unknown: Json,
    #[serde(default)]
    before_sensitive: Json,
    #[serde(default)]
    after_sensitive: Json,
    importing: Option<IgnoredAny>,
}

impl Plan {
    /// Reads a plan of format version 1.x. Keys that are not known are ignored, as the format demands.
    ///
    /// # Errors
    /// If it is something else, or cut off.
    pub fn read(json: &[u8]) -> Result<Self, Error> {
        if json.starts_with(b"PK\x03\x04") {
            return Err(Error::SavedPlan);
        }
        let text = std::str::from_utf8(json).map_err(|_| Error::NotText)?;
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            return Err(Error::Empty);
        }
        let document: Document<'_> =
            serde_json::from_str(text).map_err(|error| Error::of_json(&error))?;
        document.check()?;
        let entries: Vec<Entry<'_>> =
            part(document.resource_changes, "resource_changes")?.unwrap_or_default();
        let changes = entries.iter().filter_map(ResourceChange::read);
        let is_errored = part(document.errored, "errored")?.unwrap_or(false);
        Ok(Self {
            planned_at: part(document.timestamp, "timestamp")?,
            is_complete: part(document.complete, "complete")?.unwrap_or(true) && !is_errored,
            changes: changes.collect::<Result<_, _>>()?,
            drift: Vec::new(),
            deferred: Vec::new(),
            configuration: Configuration::default(),
        })
    }
}

impl Document<'_> {
    fn check(&self) -> Result<(), Error> {
        let is_plan = self.planned_values.is_some() || self.resource_changes.is_some();
        if !is_plan && (self.values.is_some() || self.lineage.is_some()) {
            return Err(Error::State);
        }
        let Some(version) = part::<String>(self.format_version, "format_version")? else {
            return Err(Error::NotPlan);
        };
        if version != "1" && !version.starts_with("1.") {
            // Shown as it is in the file, so not longer than a version can be.
            return Err(Error::Version(version.chars().take(20).collect()));
        }
        if is_plan { Ok(()) } else { Err(Error::NotPlan) }
    }
}

/// Parses one part of the document.
fn part<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>, name: &str) -> Result<Option<T>, Error> {
    let parsed = raw.map(|raw| serde_json::from_str(raw.get())).transpose();
    parsed.map_err(|_| Error::Malformed {
        place: format!("`{name}`"),
    })
}

impl ResourceChange {
    /// Reads the change of one of our resources; `None` for all others.
    fn read(entry: &Entry<'_>) -> Option<Result<Self, Error>> {
        if entry.mode != "managed" {
            return None;
        }
        let kind = Kind::of(&entry.r#type)?;
        Some(Self::of(entry, kind).ok_or_else(|| Error::of_change(&entry.address)))
    }

    fn of(entry: &Entry<'_>, kind: Kind) -> Option<Self> {
        let body: Body = serde_json::from_str(entry.change.get()).ok()?;
        let read = |values: &Map<String, Json>, unknown, sensitive| {
            Attributes::read(values, unknown, sensitive)
        };
        let before = body.before.as_ref();
        let after = body.after.as_ref();
        let end = |values: Option<&Map<String, Json>>| {
            let value = values.and_then(|values| values.get("validity_time"));
            value.cloned().unwrap_or(Json::Null)
        };
        Some(Self {
            address: entry.address.clone(),
            previous_address: entry.previous_address.clone(),
            is_deposed: entry.deposed.is_some(),
            kind,
            action: Action::of(&body.actions)?,
            is_import: body.importing.is_some(),
            before: before.map(|values| read(values, &Json::Null, &body.before_sensitive)),
            after: after.map(|values| read(values, &body.after_unknown, &body.after_sensitive)),
            is_end_changed: is_marked(&body.after_unknown, "validity_time")
                || end(before) != end(after),
        })
    }
}
