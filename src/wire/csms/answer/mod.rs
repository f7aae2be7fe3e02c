//! What answers of CSMS with a status of 2xx say: one pure function per operation.
//!
//! Conclusions about existing or revoked access rely on these functions only.

use serde_json::{Map, Value};

use super::{GrantData, ListSecretsResponse, ListUsersResponse, ListedGrants, ListedUser};
use crate::wire::answer::{Answer, OTHER_SHAPE};

/// An object of JSON.
type JsonObject = Map<String, Value>;

/// Fields of which one at least is in every answer that confirms a create or an update.
const CONFIRMING: [&str; 3] = ["uuid", "resourceId", "granteeUser"];

/// Reads an answer of ListGrants about this resource.
///
/// **Documented:** `data` is an object whose `id`, if present, is the resource, with an array `grantee_user`. An array of
/// such objects, and the object without `data`, are understood too. Objects about other resources are left out. One that says
/// that more follows is not understood, since no request is documented that would bring the rest.
/// **Possibly empty:** null, `{}`, `data` that is null or empty, or without `grantee_user`.
#[must_use]
pub fn grants_of(resource_id: &str, body: &[u8]) -> Answer<Vec<ListedGrants>> {
    Answer::of_json(body, |value| {
        let parts = match value {
            Value::Null => return Answer::PossiblyEmpty,
            Value::Object(object) if object.is_empty() => return Answer::PossiblyEmpty,
            Value::Object(object) if is_continued(&object) => {
                return Answer::not_understood("the response contains only part of the grant list");
            }
            Value::Object(object) => parts(object),
            _ => None,
        };
        match parts {
            Some(parts) => of_parts(resource_id, parts),
            None => Answer::not_understood(OTHER_SHAPE),
        }
    })
}

/// The objects that should hold grants; `None` if the answer has another shape.
fn parts(mut object: JsonObject) -> Option<Vec<JsonObject>> {
    match object.remove("data") {
        None if object.contains_key("grantee_user") => Some(vec![object]),
        None => None,
        Some(Value::Null) => Some(Vec::new()),
        Some(Value::Object(part)) => Some(vec![part]),
        Some(Value::Array(parts)) => {
            let parts = parts.into_iter().map(|part| match part {
                Value::Object(part) => Some(part),
                _ => None,
            });
            parts.collect()
        }
        Some(_) => None,
    }
}

/// Whether a list, or an object within it, says that it is not the whole list.
fn is_continued(object: &JsonObject) -> bool {
    let has_marker = |object: &JsonObject| match object.get("next_marker") {
        Some(Value::String(marker)) => !marker.is_empty(),
        Some(Value::Number(_)) => true,
        _ => false,
    };
    let is_cut = |object: &JsonObject| {
        ["truncated", "is_truncated"]
            .iter()
            .any(|name| object.get(*name) == Some(&Value::Bool(true)))
    };
    let inner = object
        .get("page_info")
        .into_iter()
        .chain(object.get("data"));
    let inner = inner.flat_map(|value| match value {
        Value::Array(parts) => parts.as_slice(),
        value => std::slice::from_ref(value),
    });
    has_marker(object) || is_cut(object) || inner.filter_map(Value::as_object).any(is_continued)
}

fn of_parts(resource_id: &str, parts: Vec<JsonObject>) -> Answer<Vec<ListedGrants>> {
    let mut listed = Vec::new();
    let mut is_incomplete = parts.is_empty();
    let mut other = None;
    for part in parts {
        match id_of(&part) {
            None => return Answer::not_understood(OTHER_SHAPE),
            Some(id) if !id.is_empty() && id != resource_id => {
                other = Some(id);
                continue;
            }
            Some(_) => {}
        }
        match part.get("grantee_user") {
            None | Some(Value::Null) => is_incomplete = true,
            Some(Value::Array(_)) => match serde_json::from_value(Value::Object(part)) {
                Ok(grants) => listed.push(grants),
                Err(_) => return Answer::not_understood("a grantee's ID is missing or invalid"),
            },
            Some(_) => return Answer::not_understood(OTHER_SHAPE),
        }
    }
    let has_grants = |part: &ListedGrants| !part.grantee_user.is_empty();
    match (is_incomplete, other) {
        (true, _) if listed.iter().any(has_grants) => {
            Answer::not_understood("`grantee_user` is missing from part of the grant list")
        }
        (true, _) => Answer::PossiblyEmpty,
        (false, Some(other)) if listed.is_empty() => Answer::NotUnderstood(format!(
            "the response is for a different resource, `{other}`"
        )),
        (false, _) => Answer::Documented(listed),
    }
}

/// The `id` of a part, empty if it has none; `None` if it is no id.
fn id_of(part: &JsonObject) -> Option<String> {
    match part.get("id") {
        None | Some(Value::Null) => Some(String::new()),
        Some(Value::String(id)) => Some(id.clone()),
        Some(Value::Number(id)) => Some(id.to_string()),
        Some(_) => None,
    }
}

/// Reads an answer of CreateGrants or UpdateGrant: it confirms the write only if it is about a grant.
///
/// **Documented:** `data` is an object with a `uuid`, `resourceId` or `granteeUser`; the object without `data` is
/// understood too.
/// **Possibly empty:** null, `{}`, or `data` that is null or has none of them, which leaves the outcome open.
#[must_use]
pub fn grant(body: &[u8]) -> Answer<GrantData> {
    Answer::of_json(body, |value| {
        let object = match value {
            Value::Null => return Answer::PossiblyEmpty,
            Value::Object(object) => object,
            _ => return Answer::not_understood(OTHER_SHAPE),
        };
        let data = match object.get("data") {
            None if object.is_empty() => return Answer::PossiblyEmpty,
            None if !CONFIRMING.iter().any(|field| object.contains_key(*field)) => {
                return Answer::not_understood(OTHER_SHAPE);
            }
            None => Value::Object(object),
            Some(Value::Null) => return Answer::PossiblyEmpty,
            Some(data @ Value::Object(_)) => data.clone(),
            Some(_) => return Answer::not_understood(OTHER_SHAPE),
        };
        match serde_json::from_value::<GrantData>(data) {
            Ok(data) if data.is_about_a_grant() => Answer::Documented(data),
            Ok(_) => Answer::PossiblyEmpty,
            Err(_) => Answer::not_understood(OTHER_SHAPE),
        }
    })
}

/// Reads an answer of ListSecrets. One without `secrets` is not an empty list.
#[must_use]
pub fn secrets(body: &[u8]) -> Answer<ListSecretsResponse> {
    Answer::typed(body)
}

/// Reads an answer of ListUsers.
#[must_use]
pub fn users(body: &[u8]) -> Answer<ListUsersResponse> {
    Answer::typed(body)
}

/// Reads an answer of ShowUserDetail about this user.
#[must_use]
pub fn user(user_id: &str, body: &[u8]) -> Answer<ListedUser> {
    Answer::typed(body).and_then(|user: ListedUser| match user.user_id == user_id {
        true => Ok(user),
        false => Err("the response is about another user".to_owned()),
    })
}

impl GrantData {
    fn is_about_a_grant(&self) -> bool {
        self.uuid.is_some() || self.resource_id.is_some() || self.grantee_user.is_some()
    }
}

#[cfg(test)]
mod tests;
