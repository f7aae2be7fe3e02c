//! One response of ListGrants: the entries of the user, and the form of the response.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::cloud::{Error, GranteeId, ObservedResponse, ResourceId};
use crate::sandbox::{ListFormat, NoGrants};
use crate::wire::answer::Answer;
use crate::wire::csms::answer::grants_of;

/// What one response says.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    /// The entries of the user.
    pub(super) own: Vec<Entry>,
    /// The other grantees, and the expiry of their grants as listed.
    pub(super) others: BTreeMap<String, Vec<Value>>,
    /// The form of the response.
    pub(super) form: Form,
    /// `id` and `type` of the resource.
    pub(super) resource: ResourceFields,
}

/// The form of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Form {
    /// A list, which may be empty; `None` for an array of more than two parts.
    List(Option<ListFormat>),
    /// Possibly "no grants"; `None` for a form that no quirk describes.
    PossiblyNone(Option<NoGrants>),
}

/// An entry of `grantee_user`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) user_id: Value,
    pub(super) user_name: Value,
    pub(super) created_at: Value,
    pub(super) expires_at: Value,
}

/// The fields of the resource that the forms of IDs and types follow from.
#[derive(Clone, Debug, Default)]
pub(super) struct ResourceFields {
    pub(super) id: Value,
    pub(super) r#type: Value,
}

impl Form {
    /// Whether a response of this form may mean "no grants", given the form in which the service meant it before. An error of a gateway
    /// has such a form, too.
    pub(super) fn is_credible(self, before: Self) -> bool {
        match self {
            Self::List(_) => true,
            Self::PossiblyNone(_) => self == before,
        }
    }
}

impl Reading {
    /// Reads a response.
    ///
    /// # Errors
    /// The response is not about the secret, or not as documented: nothing follows from it.
    pub(super) fn of(
        secret_id: &ResourceId,
        user_id: &GranteeId,
        response: &ObservedResponse,
    ) -> Result<Self, String> {
        if response.status != 200 {
            return Err(format!("undocumented status {}", response.status));
        }
        let value = response.json();
        match grants_of(secret_id.as_str(), &response.body) {
            Answer::Documented(_) => Ok(Self::of_list(secret_id, user_id, value)),
            Answer::PossiblyEmpty => Ok(Self::none(empty_form(&value))),
            Answer::Error(_) => Err("the response contains an error".to_owned()),
            Answer::NotUnderstood(problem) => Err(problem),
        }
    }

    /// What a response with this error says: "there is no such secret" may mean that it has no grants.
    ///
    /// # Errors
    /// The error itself, if it means something else.
    pub(super) fn of_error(error: Error) -> Result<Self, Error> {
        if !error.is_not_found() {
            return Err(error);
        }
        Ok(Self::none(match error.status() {
            Some(404) => Some(NoGrants::NotFound),
            Some(400) => Some(NoGrants::BadRequest),
            _ => None,
        }))
    }

    /// Whether the user has a grant.
    pub(super) fn is_listed(&self) -> bool {
        !self.own.is_empty()
    }

    /// The first entry of the user.
    pub(super) fn entry(&self) -> Option<&Entry> {
        self.own.first()
    }

    fn none(form: Option<NoGrants>) -> Self {
        Self {
            own: Vec::new(),
            others: BTreeMap::new(),
            form: Form::PossiblyNone(form),
            resource: ResourceFields::default(),
        }
    }

    /// Reads a list whose structure `wire` has checked. Parts about other resources are left out.
    fn of_list(secret_id: &ResourceId, user_id: &GranteeId, mut value: Value) -> Self {
        let is_about_secret = |part: &Value| {
            let id = part.get("id").map(text).unwrap_or_default();
            id.is_empty() || id == secret_id.as_str()
        };
        let (parts, format) = match value.get_mut("data").map(Value::take) {
            Some(Value::Array(mut parts)) => {
                parts.retain(is_about_secret);
                let format = match parts.len() {
                    1 => Some(ListFormat::Array),
                    2 => Some(ListFormat::Split),
                    _ => None,
                };
                (parts, format)
            }
            Some(part) => (vec![part], Some(ListFormat::Object)),
            None => (vec![value], Some(ListFormat::Bare)),
        };
        let field = |name: &str| {
            let mut values = parts.iter().filter_map(|part| part.get(name));
            values.next().cloned().unwrap_or_default()
        };
        let resource = ResourceFields {
            id: field("id"),
            r#type: field("type"),
        };
        let entries = parts.iter().filter_map(|part| part.get("grantee_user"));
        let entries = entries.filter_map(Value::as_array).flatten();
        let entries = entries.filter_map(Value::as_object);
        let (own, others): (Vec<_>, Vec<_>) = entries
            .map(|entry| (id_text(entry), entry))
            .partition(|(id, _)| id == user_id.as_str());
        let mut expiries = BTreeMap::<String, Vec<Value>>::new();
        for (id, entry) in others {
            let listed = expiries.entry(id).or_default();
            listed.push(Entry::of(entry).expires_at);
        }
        Self {
            own: own.iter().map(|(_, entry)| Entry::of(entry)).collect(),
            others: expiries,
            form: Form::List(format),
            resource,
        }
    }
}

impl Entry {
    fn of(entry: &Map<String, Value>) -> Self {
        let field = |name: &str| entry.get(name).cloned().unwrap_or_default();
        Self {
            user_id: field("user_id"),
            user_name: field("user_name"),
            created_at: field("create_time"),
            expires_at: field("validity_time"),
        }
    }
}

/// The grantee's ID.
fn id_text(entry: &Map<String, Value>) -> String {
    entry.get("user_id").map(text).unwrap_or_default()
}

/// An ID, which may be a number; empty for null.
fn text(id: &Value) -> String {
    match id {
        Value::Null => String::new(),
        Value::String(id) => id.clone(),
        id => id.to_string(),
    }
}

/// The form of a response that may mean "no grants".
fn empty_form(value: &Value) -> Option<NoGrants> {
    let object = value.as_object()?;
    match object.get("data") {
        None if object.is_empty() => Some(NoGrants::NoData),
        Some(Value::Null) => Some(NoGrants::NullData),
        Some(Value::Object(data)) if data.is_empty() => Some(NoGrants::EmptyData),
        _ => None,
    }
}
