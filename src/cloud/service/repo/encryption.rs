//! The encryption of an account's repositories: the setting, the KMS keys, and the encrypted repositories.
//!
//! Source: CodeArts Repo API reference, ShowTenantRepoEncryptionSetting, UpdateTenantRepoEncryptionSetting, ListTenantCmks,
//! ListTenantEncryptedRepositories.

use std::collections::BTreeSet;

use http::{HeaderValue, Method};

use crate::cloud::Client;
use crate::cloud::deadline::Call;
use crate::cloud::error::{Error, ErrorKind};
use crate::cloud::id::{DomainId, KmsKeyId, KmsKeyName, Region};
use crate::cloud::transport::request::ReceivedResponse;
use crate::cloud::transport::retry::RetryPolicy;
use crate::wire::answer::Answer;
use crate::wire::repo as wire;

use super::{SUCCESS_STATUSES, without_contradiction};

/// Path of the setting, below that of the account.
const SETTING: [&str; 2] = ["repo-encryption", "setting"];
/// Path of the keys.
const CMKS: [&str; 2] = ["repo-encryption", "cmks"];
/// Path of the encrypted repositories.
const REPOSITORIES: [&str; 2] = ["repo-encryption", "repositories"];

/// The type of bodies, as the SDKs send it.
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Items on a page, the most that the service allows.
const PAGE_LIMIT: usize = 100;

/// How the repositories of an account are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncryptionType {
    /// With a KMS key.
    Kms,
    /// Not at all.
    Normal,
}

impl EncryptionType {
    /// The value in requests.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kms => "KMS",
            Self::Normal => "normal",
        }
    }

    /// Reads a value in any case, because pages of the API reference differ in it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut known = [Self::Kms, Self::Normal].into_iter();
        known.find(|known| known.as_str().eq_ignore_ascii_case(text))
    }
}

/// The encryption setting of an account in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptionSetting {
    /// How repositories are encrypted.
    pub encryption_type: EncryptionType,
    /// Whether new repositories are encrypted by default.
    pub is_default_enabled: bool,
    /// The key.
    pub key_id: Option<KmsKeyId>,
    /// Name of the key.
    pub key_name: Option<KmsKeyName>,
    /// State of the key: `1` to be activated, `2` enabled, `3` disabled, `4` pending deletion, `5` pending import.
    pub key_state: Option<String>,
    /// Type of the region; its values are not documented.
    pub region_type: Option<String>,
}

/// A KMS key of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cmk {
    /// ID.
    pub id: KmsKeyId,
    /// Name.
    pub name: Option<KmsKeyName>,
    /// State, as in [`EncryptionSetting::key_state`].
    pub state: Option<String>,
}

/// A repository that is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptedRepository {
    /// Number.
    pub id: i64,
    /// Name.
    pub name: Option<String>,
    /// Path, with the names of its groups.
    pub full_path: Option<String>,
    /// ID of its project.
    pub project_id: Option<String>,
    /// Name of its project.
    pub project_name: Option<String>,
    /// Number of its owner.
    pub owner_id: Option<i64>,
    /// IAM ID of its owner.
    pub owner_iam_id: Option<String>,
    /// Name of the owner's account.
    pub owner_tenant_name: Option<String>,
    /// Name that the owner has chosen.
    pub owner_nick_name: Option<String>,
    /// Login name of its owner.
    pub owner_name: Option<String>,
}

impl Client {
    /// The encryption setting of an account in a region.
    ///
    /// # Errors
    /// `Permission` if the caller may not read it; `Unreadable` if the answer is not a setting, is about another account or
    /// region, or says "not found" under a status of success.
    ///
    /// Source: CodeArts Repo API reference, ShowTenantRepoEncryptionSetting, whose status for success is 202.
    pub async fn show_encryption_setting(
        &self,
        call: &Call,
        region: &Region,
        tenant_id: &DomainId,
    ) -> Result<EncryptionSetting, Error> {
        let request = self.tenant_request(
            "ShowTenantRepoEncryptionSetting",
            Method::GET,
            region,
            tenant_id,
            &SETTING,
        )?;
        let read = read_setting(region, tenant_id);
        let shown = self
            .session()
            .send(call, RetryPolicy::Always, &request, read);
        shown.await.map_err(without_contradiction)
    }

    /// Sets the encryption setting of an account in a region as a whole, and returns it as the service confirms it. Repeatable.
    /// The state of the key and the type of the region are not sent.
    ///
    /// # Errors
    /// `Permission` if the caller may not change it, or CodeArts Repo may not use the account's keys; `is_ambiguous` if the
    /// outcome is unknown, which [`Client::show_encryption_setting`] shows: also after an answer that is not a setting.
    ///
    /// Source: CodeArts Repo API reference, UpdateTenantRepoEncryptionSetting.
    pub async fn update_encryption_setting(
        &self,
        call: &Call,
        region: &Region,
        tenant_id: &DomainId,
        setting: &EncryptionSetting,
    ) -> Result<EncryptionSetting, Error> {
        let body = wire::UpdateTenantRepoEncryptionSettingRequest {
            tenant_id: Some(tenant_id.to_string()),
            encryption_type: Some(setting.encryption_type.as_str().to_owned()),
            default_encryption_enabled: Some(setting.is_default_enabled),
            cmk_key_name: setting.key_name.as_ref().map(KmsKeyName::to_string),
            cmk_key_id: setting.key_id.as_ref().map(KmsKeyId::to_string),
        };
        let request = self
            .tenant_request(
                "UpdateTenantRepoEncryptionSetting",
                Method::PUT,
                region,
                tenant_id,
                &SETTING,
            )?
            .with_json(JSON, &body)?;
        let read = read_setting(region, tenant_id);
        self.session()
            .send(call, RetryPolicy::Always, &request, read)
            .await
    }

    /// All KMS keys of an account that CodeArts Repo lists in a region, in the service's order.
    ///
    /// # Errors
    /// `Permission` if the caller may not list them; `Unreadable` if a page is not a list, or the pages repeat.
    ///
    /// Source: CodeArts Repo API reference, ListTenantCmks.
    pub async fn cmks(
        &self,
        call: &Call,
        region: &Region,
        tenant_id: &DomainId,
    ) -> Result<Vec<Cmk>, Error> {
        let read = |received: &ReceivedResponse<'_>| {
            wire::cmks(received.body)
                .of_status(received.status, &SUCCESS_STATUSES)
                .and_then(|page| page.into_iter().map(Cmk::from_wire).collect())
        };
        let page = |offset| {
            self.repo_page(
                "ListTenantCmks",
                &CMKS,
                (region, tenant_id),
                offset,
                call,
                read,
            )
        };
        all_pages(page, |key: &Cmk| key.id.clone()).await
    }

    /// All encrypted repositories of an account in a region, in the service's order.
    ///
    /// # Errors
    /// As of [`Client::cmks`].
    ///
    /// Source: CodeArts Repo API reference, ListTenantEncryptedRepositories.
    pub async fn encrypted_repositories(
        &self,
        call: &Call,
        region: &Region,
        tenant_id: &DomainId,
    ) -> Result<Vec<EncryptedRepository>, Error> {
        let read = |received: &ReceivedResponse<'_>| {
            wire::encrypted_repositories(received.body)
                .of_status(received.status, &SUCCESS_STATUSES)
                .and_then(|page| {
                    Ok(page
                        .into_iter()
                        .map(EncryptedRepository::from_wire)
                        .collect())
                })
        };
        let page = |offset| {
            let operation = "ListTenantEncryptedRepositories";
            self.repo_page(
                operation,
                &REPOSITORIES,
                (region, tenant_id),
                offset,
                call,
                read,
            )
        };
        all_pages(page, |repository: &EncryptedRepository| repository.id).await
    }

    /// One page of a list.
    async fn repo_page<T>(
        &self,
        operation: &'static str,
        path: &[&str],
        (region, tenant_id): (&Region, &DomainId),
        offset: usize,
        call: &Call,
        read: impl Fn(&ReceivedResponse<'_>) -> Answer<Vec<T>>,
    ) -> Result<Vec<T>, Error> {
        let [offset, limit] = [offset, PAGE_LIMIT].map(|number| number.to_string());
        let query = [("offset", offset.as_str()), ("limit", limit.as_str())];
        let request = self.tenant_query(operation, Method::GET, region, tenant_id, path, &query)?;
        let listed = self
            .session()
            .send(call, RetryPolicy::Always, &request, read);
        listed.await.map_err(without_contradiction)
    }
}

/// Reads pages until one is not full. Items that are added meanwhile move others to the next page, so items are told apart by
/// their IDs.
///
/// # Errors
/// Those of `page`; `Unreadable` if a full page contains nothing new: the service ignores the offset, and the end of the list
/// would be missing without notice.
async fn all_pages<T, K: Ord, Page>(
    page: impl Fn(usize) -> Page,
    id: impl Fn(&T) -> K,
) -> Result<Vec<T>, Error>
where
    Page: Future<Output = Result<Vec<T>, Error>>,
{
    let (mut items, mut seen, mut offset) = (Vec::new(), BTreeSet::new(), 0);
    loop {
        let mut listed = page(offset).await?;
        let count = listed.len();
        listed.retain(|item| seen.insert(id(item)));
        let is_new = !listed.is_empty();
        items.append(&mut listed);
        if count < PAGE_LIMIT {
            return Ok(items);
        }
        if !is_new {
            let problem = format!("the page at offset {offset} repeats the items of earlier pages");
            return Err(Error::new(ErrorKind::Unreadable, Some(problem)));
        }
        offset += count;
    }
}

/// Reads a setting from a response about this account and region.
fn read_setting(
    region: &Region,
    tenant_id: &DomainId,
) -> impl Fn(&ReceivedResponse<'_>) -> Answer<EncryptionSetting> {
    move |received| {
        wire::encryption_setting(tenant_id.as_str(), region.as_str(), received.body)
            .of_status(received.status, &SUCCESS_STATUSES)
            .and_then(EncryptionSetting::from_wire)
    }
}

impl EncryptionSetting {
    /// Converts an answer.
    ///
    /// # Errors
    /// An encryption type that the API reference does not have, or encryption without the default for new repositories.
    fn from_wire(setting: wire::ShowTenantRepoEncryptionSettingResponse) -> Result<Self, String> {
        let encryption_type = match setting.encryption_type {
            None => EncryptionType::Normal,
            Some(text) => EncryptionType::parse(&text)
                .ok_or_else(|| format!("`encryption_type` is `{text}`, not `KMS` or `normal`"))?,
        };
        let is_default_enabled = match (setting.default_encryption_enabled, encryption_type) {
            (Some(is_enabled), _) => is_enabled,
            (None, EncryptionType::Normal) => false,
            (None, EncryptionType::Kms) => {
                return Err("`default_encryption_enabled` is missing".to_owned());
            }
        };
        Ok(Self {
            encryption_type,
            is_default_enabled,
            key_id: valid(setting.cmk_key_id, KmsKeyId::new)?,
            key_name: valid(setting.cmk_key_name, KmsKeyName::new)?,
            key_state: setting.key_state,
            region_type: setting.region_type,
        })
    }
}

impl Cmk {
    fn from_wire(key: wire::ListedCmk) -> Result<Self, String> {
        Ok(Self {
            id: KmsKeyId::new(key.cmk_key_id).map_err(|error| error.to_string())?,
            name: valid(key.cmk_key_name, KmsKeyName::new)?,
            state: key.key_state,
        })
    }
}

impl EncryptedRepository {
    fn from_wire(repository: wire::ListedRepository) -> Self {
        Self {
            id: repository.repo_id,
            name: repository.repo_name,
            full_path: repository.full_path,
            project_id: repository.project_id,
            project_name: repository.project_name,
            owner_id: repository.owner_id,
            owner_iam_id: repository.owner_iam_id,
            owner_tenant_name: repository.owner_tenant_name,
            owner_nick_name: repository.owner_nick_name,
            owner_name: repository.owner_name,
        }
    }
}

/// A text that may be missing or empty as an ID.
fn valid<T, E: ToString>(
    text: Option<String>,
    parse: impl Fn(String) -> Result<T, E>,
) -> Result<Option<T>, String> {
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| parse(text).map_err(|error| error.to_string()))
        .transpose()
}
