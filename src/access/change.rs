//! One resource change: what the declaration of its type needs of it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::address::Address;
use super::event::Origin;
use super::table::Declaration;
use super::unread::Reason;
use super::value::{has_mark, is_marked};

/// An object.
pub(crate) type Object = Map<String, Json>;

/// What is to happen to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Its data is read.
    Read,
    Keep,
    Create,
    Update,
    Delete,
    /// In either order.
    Replace,
    Forget,
    /// It is forgotten, and another one is created.
    ForgetAndCreate,
}

impl Action {
    /// The action with these names, two for a replacement; `None` if this version does not know it.
    ///
    /// Source: Terraform, JSON Output Format, "Change Representation".
    pub(crate) fn of(names: &[String]) -> Option<Self> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Some(match names.as_slice() {
            ["read"] => Self::Read,
            ["no-op"] => Self::Keep,
            ["create"] => Self::Create,
            ["update"] => Self::Update,
            ["delete"] => Self::Delete,
            ["forget"] => Self::Forget,
            ["delete", "create"] | ["create", "delete"] => Self::Replace,
            ["forget", "create"] | ["create", "forget"] => Self::ForgetAndCreate,
            _ => return None,
        })
    }

    /// Whether there is an object before.
    fn has_before(self) -> bool {
        self != Self::Create
    }

    /// Whether there is an object afterwards that Terraform manages.
    fn has_after(self) -> bool {
        !matches!(self, Self::Delete | Self::Forget)
    }

    /// Whether the object is the same before and afterwards.
    pub(crate) fn is_same_object(self) -> bool {
        matches!(self, Self::Read | Self::Keep | Self::Update)
    }

    /// Whether another object takes its place.
    pub(crate) fn is_replacement(self) -> bool {
        matches!(self, Self::Replace | Self::ForgetAndCreate)
    }

    /// Whether Terraform forgets the object.
    pub(crate) fn forgets(self) -> bool {
        matches!(self, Self::Forget | Self::ForgetAndCreate)
    }
}

/// What happens to one resource, reduced to the attributes that its declaration needs.
pub(crate) struct Change {
    pub(crate) origin: Arc<Origin>,
    pub(crate) address: Address,
    pub(crate) action: Action,
    pub(crate) is_import: bool,
    /// Whether a replacement creates the new object before it destroys the old one.
    pub(crate) is_created_first: bool,
    /// Whether a replacement is in another region or project, so that its accesses are others.
    pub(crate) is_elsewhere: bool,
    pub(crate) before: Option<Object>,
    pub(crate) after: Option<Object>,
    pub(crate) unknown: Json,
    pub(crate) before_sensitive: Json,
    pub(crate) after_sensitive: Json,
    /// Texts that are sensitive somewhere in the resource, as far as they occur in the needed attributes.
    pub(crate) secrets: BTreeSet<String>,
}

impl fmt::Debug for Change {
    /// Without values, which may be sensitive.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.action, self.origin.address)
    }
}

/// A change as the plan has it.
#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    actions: Vec<String>,
    #[serde(default)]
    before: Json,
    #[serde(default)]
    after: Json,
    #[serde(default)]
    after_unknown: Json,
    #[serde(default)]
    before_sensitive: Json,
    #[serde(default)]
    after_sensitive: Json,
    #[serde(default)]
    importing: Json,
}

impl Change {
    /// Reads a change; `None` if nothing happens but reading.
    ///
    /// # Errors
    /// If it is not what Terraform writes, so that it is not known whether access changes.
    pub(crate) fn read(
        origin: Arc<Origin>,
        address: Address,
        json: &str,
    ) -> Result<Option<Self>, Reason> {
        let body: Body = serde_json::from_str(json).map_err(|_| Reason::Malformed)?;
        let action = match Action::of(&body.actions) {
            Some(Action::Read) => return Ok(None),
            Some(action) => action,
            None => return Err(Reason::UnknownActions(body.actions)),
        };
        let first = body.actions.first().map(String::as_str);
        let is_created_first = action == Action::Replace && first == Some("create");
        let region = [&body.after, &body.before].into_iter().find_map(|object| {
            let region = object.get("region")?.as_str()?;
            (!region.is_empty()).then(|| region.into())
        });
        if let Some(region) = region {
            origin.region.get_or_init(|| region);
        }
        let is_elsewhere = action.is_replacement()
            && ["region", "project_id"].into_iter().any(|name| {
                let [before, after] = [&body.before, &body.after]
                    .map(|object| object.get(name).and_then(Json::as_str).unwrap_or_default());
                before != after && !before.is_empty() && !after.is_empty()
            });
        let mut secrets = BTreeSet::new();
        collect(&body.before, &body.before_sensitive, &mut secrets);
        collect(&body.after, &body.after_sensitive, &mut secrets);
        let needed = &origin.declaration.needed;
        let reduce = |json: Json| match json {
            Json::Object(mut object) => {
                object.retain(|name, _| needed.contains(name));
                Some(object)
            }
            _ => None,
        };
        let mark = |json: Json| match json {
            Json::Object(_) => reduce(json).map_or(Json::Null, Json::Object),
            other => other,
        };
        let before = reduce(body.before).filter(|_| action.has_before());
        let after = reduce(body.after).filter(|_| action.has_after());
        if before.is_some() != action.has_before() || after.is_some() != action.has_after() {
            return Err(Reason::NoObject(body.actions));
        }
        let objects = [&before, &after].into_iter().flatten();
        let values: Vec<&Json> = objects.flat_map(Map::values).collect();
        secrets.retain(|secret| values.iter().any(|value| contains(value, secret)));
        Ok(Some(Self {
            address,
            action,
            is_import: !body.importing.is_null(),
            is_created_first,
            is_elsewhere,
            before,
            after,
            unknown: mark(body.after_unknown),
            before_sensitive: mark(body.before_sensitive),
            after_sensitive: mark(body.after_sensitive),
            secrets,
            origin,
        }))
    }

    /// The declaration of its type.
    pub(crate) fn declaration(&self) -> &'static Declaration {
        self.origin.declaration
    }

    /// Whether its accesses depend on what the configuration writes.
    pub(crate) fn needs_configuration(&self) -> bool {
        let declaration = self.declaration();
        let is_verified = !declaration.verify.is_empty() || !declaration.sticky.is_empty();
        declaration.is_configuration_needed
            || (self.after.is_some() && has_mark(&self.unknown))
            || (is_verified && self.action.is_same_object())
    }

    /// Whether an attribute that the accesses show is written differently.
    pub(crate) fn is_rewritten(&self) -> bool {
        let (Some(before), Some(after)) = (&self.before, &self.after) else {
            return false;
        };
        let value = |object: &Object, name| object.get(name).cloned().unwrap_or_default();
        let mut shown = self.declaration().shown.iter();
        shown.any(|name| {
            value(before, name) != value(after, name) && !is_marked(&self.unknown, name)
        })
    }
}

/// A change in little memory: most changes that wait for the configuration change nothing.
pub(crate) struct PackedChange {
    origin: Arc<Origin>,
    action: Action,
    is_import: bool,
    is_created_first: bool,
    is_elsewhere: bool,
    /// The objects and marks in JSON; no object before if it is the one afterwards.
    json: Box<str>,
    secrets: BTreeSet<String>,
}

impl fmt::Debug for PackedChange {
    /// Without values, which may be sensitive.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.action, self.origin.address)
    }
}

impl Change {
    /// The change in little memory.
    pub(crate) fn pack(self) -> PackedChange {
        let before = self
            .before
            .filter(|before| self.after.as_ref() != Some(before));
        let parts = json!([
            before,
            self.after,
            self.unknown,
            self.before_sensitive,
            self.after_sensitive
        ]);
        PackedChange {
            origin: self.origin,
            action: self.action,
            is_import: self.is_import,
            is_created_first: self.is_created_first,
            is_elsewhere: self.is_elsewhere,
            json: parts.to_string().into(),
            secrets: self.secrets,
        }
    }
}

impl PackedChange {
    /// The change.
    pub(crate) fn unpack(self) -> Option<Change> {
        let (before, after, unknown, before_sensitive, after_sensitive): PackedParts =
            serde_json::from_str(&self.json).ok()?;
        let is_same = before.is_none() && self.action.has_before();
        Some(Change {
            address: Address::parse(&self.origin.address)?,
            action: self.action,
            is_import: self.is_import,
            is_created_first: self.is_created_first,
            is_elsewhere: self.is_elsewhere,
            before: if is_same { after.clone() } else { before },
            after,
            unknown,
            before_sensitive,
            after_sensitive,
            secrets: self.secrets,
            origin: self.origin,
        })
    }
}

/// The objects and marks of a change: before, after, unknown, sensitive before and after.
type PackedParts = (Option<Object>, Option<Object>, Json, Json, Json);

/// How long a sensitive text must be to be recognized where it is not marked: a short one such as `read` may be there by chance.
const MIN_SECRET_CHARS: usize = 8;

/// The texts of an object that are marked as sensitive.
pub(crate) fn collect_secrets(object: &Object, marks: &Json, secrets: &mut BTreeSet<String>) {
    for (name, value) in object {
        let marks = match marks {
            Json::Object(marks) => marks.get(name).unwrap_or(&Json::Null),
            whole => whole,
        };
        collect(value, marks, secrets);
    }
}

/// The texts of a value that are marked as sensitive.
fn collect(value: &Json, marks: &Json, secrets: &mut BTreeSet<String>) {
    match (value, marks) {
        (Json::String(text), Json::Bool(true)) if text.chars().count() >= MIN_SECRET_CHARS => {
            secrets.insert(text.clone());
        }
        (Json::Array(items), Json::Bool(true)) => {
            items.iter().for_each(|item| collect(item, marks, secrets));
        }
        (Json::Object(members), _) => collect_secrets(members, marks, secrets),
        (Json::Array(items), Json::Array(marks)) => {
            for (item, mark) in items.iter().zip(marks) {
                collect(item, mark, secrets);
            }
        }
        _ => {}
    }
}

/// Whether a text occurs in a value, also as an element of a text that is a list, or of JSON in a text.
fn contains(value: &Json, text: &str) -> bool {
    match value {
        Json::String(own) => own.contains(text) || own.contains('{'),
        Json::Array(items) => items.iter().any(|item| contains(item, text)),
        Json::Object(members) => members.values().any(|member| contains(member, text)),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}
