//! The encryption of an account's repositories: the setting, the KMS keys, and the encrypted repositories.
//!
//! Source: CodeArts Repo API reference, ShowTenantRepoEncryptionSetting, UpdateTenantRepoEncryptionSetting, ListTenantCmks,
//! ListTenantEncryptedRepositories.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::check_account;
use crate::wire::answer::{Answer, OTHER_SHAPE};
use crate::wire::lenient;

/// Answer of ShowTenantRepoEncryptionSetting, `GET /v4/tenants/{tenant_id}/repo-encryption/setting`, with status 202, and of
/// UpdateTenantRepoEncryptionSetting, `PUT` to the same path, with status 200.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowTenantRepoEncryptionSettingResponse {
    /// Account ID.
    #[serde(default, deserialize_with = "lenient::optional_id")]
    pub tenant_id: Option<String>,
    /// `KMS` if repositories can be encrypted; `normal`, in any case, or null if not.
    #[serde(default)]
    pub encryption_type: Option<String>,
    /// Whether new repositories are encrypted by default.
    #[serde(default)]
    pub default_encryption_enabled: Option<bool>,
    /// Name of the key.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub cmk_key_name: Option<String>,
    /// ID of the key.
    #[serde(default, deserialize_with = "lenient::optional_id")]
    pub cmk_key_id: Option<String>,
    /// Number of the record.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub id: Option<i64>,
    /// State of the key: `1` to be activated, `2` enabled, `3` disabled, `4` pending deletion, `5` pending import. A number on
    /// the page, a string in the SDK.
    #[serde(default, deserialize_with = "lenient::lenient_id")]
    pub key_state: Option<String>,
    /// Region of the setting.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub region: Option<String>,
    /// Type of the region; its values are not documented.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub region_type: Option<String>,
}

/// Body of UpdateTenantRepoEncryptionSetting. Whether a field that is absent keeps its value is not documented.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateTenantRepoEncryptionSettingRequest {
    /// Account ID, the same as in the path.
    pub tenant_id: Option<String>,
    /// `KMS` or `normal`.
    pub encryption_type: Option<String>,
    /// Whether new repositories are encrypted by default.
    pub default_encryption_enabled: Option<bool>,
    /// Name of the key; 1–1,000 characters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cmk_key_name: Option<String>,
    /// ID of the key; 1–1,000 characters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cmk_key_id: Option<String>,
}

/// An item of ListTenantCmks, `GET /v4/tenants/{tenant_id}/repo-encryption/cmks`, with status 202.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedCmk {
    /// ID of the key.
    #[serde(deserialize_with = "lenient::id")]
    pub cmk_key_id: String,
    /// Name of the key.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub cmk_key_name: Option<String>,
    /// State of the key, as in [`ShowTenantRepoEncryptionSettingResponse`].
    #[serde(default, deserialize_with = "lenient::lenient_id")]
    pub key_state: Option<String>,
}

/// An item of ListTenantEncryptedRepositories, `GET /v4/tenants/{tenant_id}/repo-encryption/repositories`, with status 202.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedRepository {
    /// Number of the repository.
    pub repo_id: i64,
    /// Name.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub repo_name: Option<String>,
    /// Path, with the names of its groups.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub full_path: Option<String>,
    /// ID of its project.
    #[serde(default, deserialize_with = "lenient::lenient_id")]
    pub project_id: Option<String>,
    /// Name of its project.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub project_name: Option<String>,
    /// Number of its owner.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub owner_id: Option<i64>,
    /// IAM ID of its owner.
    #[serde(default, deserialize_with = "lenient::lenient_id")]
    pub owner_iam_id: Option<String>,
    /// Name of the owner's account.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub owner_tenant_name: Option<String>,
    /// Name that the owner has chosen.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub owner_nick_name: Option<String>,
    /// Login name of its owner.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub owner_name: Option<String>,
}

/// Reads an answer about the setting of this account in this region.
///
/// **Documented:** an object that names this account, or has the documented boolean, and names no other account or region. An
/// `encryption_type` that is null or absent means that encryption is off, but not in an object without any known field.
#[must_use]
pub fn encryption_setting(
    tenant_id: &str,
    region: &str,
    body: &[u8],
) -> Answer<ShowTenantRepoEncryptionSettingResponse> {
    let answer: Answer<ShowTenantRepoEncryptionSettingResponse> = Answer::typed(body);
    answer.and_then(|answer| {
        check_account(tenant_id, answer.tenant_id.clone())?;
        if let Some(other) = answer.region.as_ref().filter(|other| *other != region) {
            return Err(format!("the response is for a different region, `{other}`"));
        }
        // An object of another API would otherwise read as "off".
        let is_about_account = answer.tenant_id.is_some();
        if !is_about_account && answer.default_encryption_enabled.is_none() {
            return Err("`tenant_id` and `default_encryption_enabled` are missing".to_owned());
        }
        Ok(answer)
    })
}

/// Reads a page of keys: an array, or one object as in the example of the API reference.
#[must_use]
pub fn cmks(body: &[u8]) -> Answer<Vec<ListedCmk>> {
    Answer::of_json(body, |value| {
        let items = match value {
            Value::Array(items) => items,
            object @ Value::Object(_) => vec![object],
            _ => return Answer::not_understood(OTHER_SHAPE),
        };
        typed_items(items)
    })
}

/// Reads a page of encrypted repositories: an array.
#[must_use]
pub fn encrypted_repositories(body: &[u8]) -> Answer<Vec<ListedRepository>> {
    Answer::of_json(body, |value| match value {
        Value::Array(items) => typed_items(items),
        _ => Answer::not_understood(OTHER_SHAPE),
    })
}

/// Every item, or none: an item that is left out would be missing without notice.
fn typed_items<T: serde::de::DeserializeOwned>(items: Vec<Value>) -> Answer<Vec<T>> {
    let items: Result<Vec<T>, _> = items.into_iter().map(serde_json::from_value).collect();
    // The error's own text may quote the answer.
    items.map_or_else(|_| Answer::not_understood(OTHER_SHAPE), Answer::Documented)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documented<T>(answer: Answer<T>) -> Option<T> {
        match answer {
            Answer::Documented(content) => Some(content),
            Answer::PossiblyEmpty | Answer::Error(_) | Answer::NotUnderstood(_) => None,
        }
    }

    #[test]
    fn a_setting_names_this_account_and_region_or_no_other() {
        for (body, is_documented) in [
            (
                r#"{"tenant_id":"t","encryption_type":"KMS","default_encryption_enabled":true,"cmk_key_id":"k","region":"r"}"#,
                true,
            ),
            (r#"{"tenant_id":"t","encryption_type":null}"#, true),
            (r#"{"tenant_id":"t"}"#, true),
            (
                r#"{"default_encryption_enabled":false,"encryption_type":"Normal","key_state":2}"#,
                true,
            ),
            (
                r#"{"tenant_id":"t","encryption_type":"KMS","region":"other"}"#,
                false,
            ),
            (r#"{"tenant_id":"u","encryption_type":"KMS"}"#, false),
            (r#"{"tenant_id":"t","encryption_type":1}"#, false),
            (
                r#"{"tenant_id":"t","default_encryption_enabled":"true"}"#,
                false,
            ),
            (
                r#"{"tenant_id":"t","error_code":"CH.000001","error_msg":"m"}"#,
                false,
            ),
            (
                r#"{"error":{"code":"CH.000001","message":"m"},"status":"failed"}"#,
                false,
            ),
            (r#"{"encryption_type":"KMS"}"#, false),
            ("{}", false),
            ("null", false),
            ("[]", false),
            ("true", false),
            ("", false),
        ] {
            let answer = encryption_setting("t", "r", body.as_bytes());
            assert_eq!(documented(answer).is_some(), is_documented, "{body}");
        }
    }

    #[test]
    fn key_states_are_numbers_or_strings() {
        for state in ["2", r#""2""#] {
            let body =
                format!(r#"{{"tenant_id":"t","encryption_type":"KMS","key_state":{state}}}"#);
            let setting = documented(encryption_setting("t", "r", body.as_bytes())).unwrap();
            assert_eq!(setting.key_state.as_deref(), Some("2"));
        }
    }

    #[test]
    fn keys_are_an_array_or_one_object_and_each_has_an_id() {
        for (body, count) in [
            ("[]", Some(0)),
            (
                r#"[{"cmk_key_id":"a","cmk_key_name":"n","key_state":2},{"cmk_key_id":"b"}]"#,
                Some(2),
            ),
            (
                r#"{"cmk_key_id":"a","cmk_key_name":"n","key_state":"2"}"#,
                Some(1),
            ),
            ("{}", None),
            (r#"[{"cmk_key_name":"n"}]"#, None),
            (r#"[{"cmk_key_id":"a"},1]"#, None),
            (r#"{"error_code":"CH.004403","error_msg":"m"}"#, None),
            ("null", None),
            ("\"\"", None),
        ] {
            let keys = documented(cmks(body.as_bytes()));
            assert_eq!(keys.map(|keys| keys.len()), count, "{body}");
        }
    }

    #[test]
    fn repositories_are_an_array_and_each_has_a_number() {
        for (body, count) in [
            ("[]", Some(0)),
            (r#"[{"repo_id":7,"repo_name":"n","owner_id":"3"}]"#, Some(1)),
            (r#"[{"repo_name":"n"}]"#, None),
            (r#"{"repo_id":7}"#, None),
            (r#"{"error_code":"CH.004403","error_msg":"m"}"#, None),
            ("{}", None),
            ("null", None),
        ] {
            let listed = documented(encrypted_repositories(body.as_bytes()));
            assert_eq!(listed.map(|listed| listed.len()), count, "{body}");
        }
    }
}
