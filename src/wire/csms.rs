//! Cloud Secret Management Service: grants on a secret, and the list of secrets.
//!
//! Source: CSMS API reference, CreateGrants, ListGrants, UpdateGrant, DeleteGrant, ListSecrets.

use serde::{Deserialize, Deserializer, Serialize};

use super::tolerant::{self, Moment};

/// Body of CreateGrants, `POST /v1/{project_id}/csms/grants`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateGrantsRequest {
    /// Id of the secret or secret group; 1–64 characters.
    pub resource_id: String,
    /// `SECRET` or `GROUP`.
    pub r#type: String,
    /// `"0"` a user, `"2"` a group; a string, not a number.
    pub grantee_type: String,
    /// Id of the user or group that receives access; 1–64 characters.
    pub grantee_target_id: String,
    /// `YYYY-MM-DD`; absent means no end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub validity_time: Option<String>,
}

/// Body of UpdateGrant, `PUT /v1/{project_id}/csms/grants?resource_id=`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateGrantRequest {
    /// Id of the secret or secret group, the same as in the query.
    pub resource_id: String,
    /// `SECRET` or `GROUP`.
    pub r#type: String,
    /// `"0"` a user, `"2"` a group.
    pub grantee_type: String,
    /// Id of the user or group whose grant changes.
    pub grantee_target_id: String,
    /// `YYYY-MM-DD`: the new end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub validity_time: Option<String>,
}

/// Answer of CreateGrants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CreateGrantsResponse {
    /// The grant, absent when the service sent none.
    pub data: Option<GrantData>,
}

/// Answer of UpdateGrant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateGrantResponse {
    /// The grant, absent when the service sent none.
    pub data: Option<GrantData>,
}

/// A grant as CreateGrants and UpdateGrant answer it, in camel case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantData {
    /// Id of the grant; only when the grantee is an individual.
    #[serde(default, deserialize_with = "tolerant::optional_id")]
    pub uuid: Option<String>,
    /// Id of the resource.
    #[serde(default, deserialize_with = "tolerant::optional_id")]
    pub resource_id: Option<String>,
    /// `SECRET` or `GROUP`, in any case; may differ from what was asked for.
    #[serde(default)]
    pub r#type: Option<String>,
    /// Id of the user granted.
    #[serde(default, deserialize_with = "tolerant::optional_id")]
    pub grantee_user: Option<String>,
    /// Time of creation.
    #[serde(default, deserialize_with = "tolerant::moment")]
    pub create_time: Option<Moment>,
    /// Time of the last change.
    #[serde(default, deserialize_with = "tolerant::moment")]
    pub update_time: Option<Moment>,
    /// End of the grant.
    #[serde(default, deserialize_with = "tolerant::moment")]
    pub validity_time: Option<Moment>,
    /// Status 0–16, without documented meaning.
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub state: Option<i64>,
    /// Opaque signature, up to 512 characters; sensitive.
    #[serde(default)]
    pub signature: Option<String>,
}

/// Answer of ListGrants, `GET /v1/{project_id}/csms/grants?resource_id=`: the grants of one resource.
///
/// Documented as one object; an array of objects, null and a missing `data` are accepted too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListGrantsResponse {
    /// One entry per object received, in the order received.
    pub data: Vec<ResourceGrants>,
}

/// The grants of one resource as ListGrants answers them, in snake case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceGrants {
    /// Called the grant's id, but in every example the resource's id.
    #[serde(default, deserialize_with = "tolerant::optional_id")]
    pub id: Option<String>,
    /// Probably the name of the resource.
    #[serde(default)]
    pub name: Option<String>,
    /// `SECRET` or `GROUP`.
    #[serde(default)]
    pub r#type: Option<String>,
    /// One entry per grantee.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub grantee_user: Vec<GranteeUser>,
    /// Time of creation.
    #[serde(default, deserialize_with = "tolerant::moment")]
    pub create_time: Option<Moment>,
    /// Time of the last change.
    #[serde(default, deserialize_with = "tolerant::moment")]
    pub update_time: Option<Moment>,
}

/// One grantee in the answer of ListGrants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GranteeUser {
    /// Id of the grantee, although the page calls it the resource's.
    #[serde(deserialize_with = "tolerant::id")]
    pub user_id: String,
    /// Name of the grantee; the literal `null` stands for unknown.
    #[serde(default)]
    pub user_name: Option<String>,
    /// Time of creation.
    #[serde(default, deserialize_with = "tolerant::moment")]
    pub create_time: Option<Moment>,
    /// End of the grant.
    #[serde(default, deserialize_with = "tolerant::moment")]
    pub validity_time: Option<Moment>,
}

/// Answer of ListSecrets, `GET /v1/{project_id}/secrets`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSecretsResponse {
    /// One page of secrets.
    #[serde(default)]
    pub secrets: Vec<Secret>,
    /// Where the next page starts.
    #[serde(default)]
    pub page_info: PageInfo,
}

/// A secret, without its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Id, a UUID: what grants call `resource_id`.
    #[serde(deserialize_with = "tolerant::id")]
    pub id: String,
    /// Name, unique in the project.
    pub name: String,
    /// `ENABLED`, `DISABLED`, `PENDING_DELETE` or `FROZEN`.
    #[serde(default)]
    pub state: Option<String>,
}

/// Paging of ListSecrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageInfo {
    /// `marker` of the next page; absent on the last.
    #[serde(default)]
    pub next_marker: Option<String>,
    /// `marker` of the page before; absent on the first.
    #[serde(default)]
    pub previous_marker: Option<String>,
    /// Number of secrets on this page.
    #[serde(default)]
    pub current_count: Option<i64>,
}

/// Keys that only a grant has: they tell a body without `data` from an empty one.
const GRANT_KEYS: &[&str] = &["uuid", "resourceId", "granteeUser"];
const LIST_KEYS: &[&str] = &["grantee_user"];

impl<'de> Deserialize<'de> for CreateGrantsResponse {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let data = tolerant::data(from, GRANT_KEYS)?.into_iter().next();
        Ok(Self { data })
    }
}

impl<'de> Deserialize<'de> for UpdateGrantResponse {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let data = tolerant::data(from, GRANT_KEYS)?.into_iter().next();
        Ok(Self { data })
    }
}

impl<'de> Deserialize<'de> for ListGrantsResponse {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let data = tolerant::data(from, LIST_KEYS)?;
        Ok(Self { data })
    }
}

fn null_is_empty<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<GranteeUser>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn listed(body: serde_json::Value) -> Vec<ResourceGrants> {
        serde_json::from_value::<ListGrantsResponse>(body)
            .expect("a list is read")
            .data
    }

    #[test]
    fn the_documented_answer_of_create_is_read() {
        let body = json!({"data": {
            "uuid": "1c087a48-0d48-4222-9d34-ae43d30b27d2", "type": "SECRET",
            "resourceId": "43d643d2-95ec-4b0f-8020-a84f3ce931cc", "granteeUser": "user_01", "state": "0",
            "signature": "", "createTime": "2022-11-09 16:37:24", "updateTime": "2022-11-09 16:37:24",
            "validityTime": null}});
        let grant = serde_json::from_value::<CreateGrantsResponse>(body)
            .expect("read")
            .data
            .expect("a grant");
        assert_eq!(grant.state, Some(0));
        assert_eq!(grant.grantee_user.as_deref(), Some("user_01"));
        assert_eq!(
            grant.create_time,
            Some(Moment::Text("2022-11-09 16:37:24".into()))
        );
        assert_eq!(grant.validity_time, None);
    }

    #[test]
    fn a_list_is_read_in_every_form_the_reference_leaves_open() {
        let user = json!({"user_id": 111, "user_name": "null", "create_time": 1667983044000_i64});
        let object = json!({"id": "s1", "grantee_user": [user]});
        for body in [
            json!({"data": object}),
            json!({"data": [object]}),
            object.clone(),
        ] {
            let grants = listed(body);
            assert_eq!(grants.len(), 1);
            assert_eq!(grants[0].grantee_user[0].user_id, "111");
            assert_eq!(
                grants[0].grantee_user[0].create_time,
                Some(Moment::Number(1_667_983_044_000))
            );
        }
    }

    #[test]
    fn every_form_of_no_grants_is_an_empty_list() {
        for body in [
            json!({}),
            json!({"data": null}),
            json!({"data": {}}),
            json!({"data": []}),
        ] {
            assert_eq!(listed(body), vec![]);
        }
        assert_eq!(
            listed(json!({"data": {"id": "s1", "grantee_user": null}}))[0].grantee_user,
            vec![]
        );
    }

    #[test]
    fn a_grantee_without_an_id_is_an_error_not_an_empty_id() {
        for id in [json!(null), json!(""), json!(true)] {
            let body = json!({"data": {"grantee_user": [{"user_id": id}]}});
            assert!(serde_json::from_value::<ListGrantsResponse>(body).is_err());
        }
    }
}
