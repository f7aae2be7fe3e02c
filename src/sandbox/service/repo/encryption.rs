//! The encryption of an account's repositories: the setting, the KMS keys, and the encrypted repositories.
//!
//! Behavior where the API reference is silent or contradicts itself:
//!
//! - An account without a setting shows one whose `encryption_type` is null.
//! - UpdateTenantRepoEncryptionSetting leaves absent fields unchanged. `KMS` requires the delegation, and a key that is enabled.
//! - The keys are listed only if there is a delegation: CodeArts Repo could not read them otherwise.
//! - `offset` counts items.
//!
//! Source: CodeArts Repo API reference, ShowTenantRepoEncryptionSetting, UpdateTenantRepoEncryptionSetting, ListTenantCmks,
//! ListTenantEncryptedRepositories.

use axum::http::StatusCode;
use axum::routing::MethodFilter;

use crate::sandbox::api::error_response::{ApiError, Responder};
use crate::sandbox::api::operation::{ApiOperation, RequiredAccess};
use crate::sandbox::api::request::{ApiRequest, BodyRule};
use crate::sandbox::api::response::ApiResponse;
use crate::sandbox::id::AccountId;
use crate::sandbox::identity::principal::Permission;
use crate::sandbox::identity::token::TokenScope;
use crate::sandbox::quirk::RepoStatus;
use crate::sandbox::service::scope::RegionalScope;
use crate::sandbox::store::Store;
use crate::sandbox::store::encryption::{EncryptedRepositories, KmsKeys, RepoEncryption};
use crate::sandbox::world::World;
use crate::wire::repo::{
    ListedCmk, ListedRepository, ShowTenantRepoEncryptionSettingResponse,
    UpdateTenantRepoEncryptionSettingRequest,
};

/// Path of the setting. The tenant is the account of the caller.
const SETTING: &str = "/v4/tenants/{tenant_id}/repo-encryption/setting";

/// The operations on the encryption of repositories.
pub(super) const OPERATIONS: &[ApiOperation] = &[
    ApiOperation {
        name: "ShowTenantRepoEncryptionSetting",
        method: MethodFilter::GET,
        path: SETTING,
        service: Responder::Repo,
        access: RequiredAccess::Permission(Permission::ReadRepo),
        body: BodyRule::Ignored,
        handle: show_setting,
    },
    ApiOperation {
        name: "UpdateTenantRepoEncryptionSetting",
        method: MethodFilter::PUT,
        path: SETTING,
        service: Responder::Repo,
        access: RequiredAccess::Permission(Permission::WriteRepo),
        body: BodyRule::Json,
        handle: update_setting,
    },
    ApiOperation {
        name: "ListTenantCmks",
        method: MethodFilter::GET,
        path: "/v4/tenants/{tenant_id}/repo-encryption/cmks",
        service: Responder::Repo,
        access: RequiredAccess::Permission(Permission::ReadRepo),
        body: BodyRule::Ignored,
        handle: list_cmks,
    },
    ApiOperation {
        name: "ListTenantEncryptedRepositories",
        method: MethodFilter::GET,
        path: "/v4/tenants/{tenant_id}/repo-encryption/repositories",
        service: Responder::Repo,
        access: RequiredAccess::Permission(Permission::ReadRepo),
        body: BodyRule::Ignored,
        handle: list_repositories,
    },
];

/// State of a key that can be used.
const ENABLED: &str = "2";

/// Values of `encryption_type`.
const TYPES: [&str; 2] = ["KMS", "normal"];

/// Default of `limit`: items on a page.
const DEFAULT_PAGE_LIMIT: usize = 20;

/// Largest `limit`.
const MAX_PAGE_LIMIT: usize = 100;

/// Shows the setting.
fn show_setting(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let mut store = world.store();
    let scope = scope(&store, request)?;
    let setting = store
        .objects
        .read::<RepoEncryption>(&scope.text(), request.lag);
    let shown = scope.setting_body(&store, setting.unwrap_or_default());
    ApiResponse::json(read_status(&store), shown)
}

/// Changes the setting; absent fields keep their values.
fn update_setting(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let body: UpdateTenantRepoEncryptionSettingRequest = request.parse_body()?;
    let mut store = world.store();
    let scope = scope(&store, request)?;
    let is_foreign = |id: &String| id != scope.account.as_str();
    if body.tenant_id.as_ref().is_some_and(is_foreign) {
        return Err(request.bad_parameter("`tenant_id` differs from the path"));
    }
    let prior = store.objects.current::<RepoEncryption>(&scope.text());
    let prior = prior.unwrap_or_default();
    let setting = RepoEncryption {
        encryption_type: body.encryption_type.or(prior.encryption_type),
        is_default_enabled: body
            .default_encryption_enabled
            .unwrap_or(prior.is_default_enabled),
        key_id: body.cmk_key_id.or(prior.key_id),
        key_name: body.cmk_key_name.or(prior.key_name),
    };
    let given = setting.encryption_type.as_deref();
    if given.is_some_and(|given| !TYPES.contains(&given)) {
        return Err(request.bad_parameter("`encryption_type` must be `KMS` or `normal`"));
    }
    if given == Some("KMS") {
        scope.check_key(&store, &setting, request)?;
    }
    store.objects.write(&scope.text(), Some(&setting));
    let shown = scope.setting_body(&store, setting);
    ApiResponse::json(StatusCode::OK, shown)
}

/// Lists a page of the account's keys by ID.
fn list_cmks(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let store = world.store();
    let scope = scope(&store, request)?;
    scope.check_delegation(&store)?;
    let keys = scope.keys(&store).0.into_iter().map(|(id, key)| ListedCmk {
        cmk_key_id: id,
        cmk_key_name: Some(key.alias),
        key_state: Some(key.state),
    });
    let page: Vec<_> = page(request, keys)?.collect();
    ApiResponse::json(read_status(&store), page)
}

/// Lists a page of the encrypted repositories. `order_by` is `repoName`, the default, or `ownerName`; `sort` is `desc`, the
/// default, or `asc`.
fn list_repositories(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let store = world.store();
    let scope = scope(&store, request)?;
    let is_one_of = |name: &str, known: &[&str]| match request.query(name)? {
        Some(value) if !known.contains(&value) => {
            Err(request.bad_parameter(format!("`{name}` must be one of {}", known.join(", "))))
        }
        value => Ok(value.map(str::to_owned)),
    };
    is_one_of("order_by", &["repoName", "ownerName"])?;
    let is_ascending = is_one_of("sort", &["asc", "desc"])?.as_deref() == Some("asc");
    let stored = store
        .objects
        .current::<EncryptedRepositories>(&scope.text());
    let mut named: Vec<_> = stored.unwrap_or_default().0.into_iter().collect();
    named.sort_by(|(_, one), (_, other)| one.cmp(other));
    if !is_ascending {
        named.reverse();
    }
    let repositories = named
        .into_iter()
        .map(|(id, name)| scope.repository(id, name));
    let page: Vec<_> = page(request, repositories)?.collect();
    ApiResponse::json(read_status(&store), page)
}

/// The account in the path and the region of the caller's project: on Huawei Cloud, each region has a host of its own.
fn scope(store: &Store, request: &ApiRequest) -> Result<RegionalScope, ApiError> {
    let caller = request.require_caller()?;
    let own = match &caller.scope {
        TokenScope::Project(id) => RegionalScope::of_project(store, id),
        TokenScope::Account | TokenScope::Unscoped => None,
    };
    Ok(RegionalScope {
        account: AccountId::from(request.path("tenant_id")),
        region: own.map(|own| own.region).unwrap_or_default(),
    })
}

impl RegionalScope {
    fn keys(&self, store: &Store) -> KmsKeys {
        store.objects.current(&self.text()).unwrap_or_default()
    }

    /// Checks that CodeArts Repo may use the account's keys.
    fn check_delegation(&self, store: &Store) -> Result<(), ApiError> {
        if store.is_delegated(&self.account) {
            return Ok(());
        }
        Err(ApiError::Forbidden {
            service: Responder::Repo,
            reason: "CodeArts Repo has not been allowed to use the account's KMS keys".to_owned(),
        })
    }

    /// Checks the key of a setting that encrypts.
    fn check_key(
        &self,
        store: &Store,
        setting: &RepoEncryption,
        request: &ApiRequest,
    ) -> Result<(), ApiError> {
        self.check_delegation(store)?;
        let id = setting.key_id.as_deref();
        let id = id.ok_or_else(|| request.bad_parameter("`cmk_key_id` is missing"))?;
        match self.keys(store).0.get(id) {
            None => Err(request.bad_parameter("the key does not exist")),
            Some(key) if key.state != ENABLED => {
                Err(request.bad_parameter("the key is not enabled"))
            }
            Some(_) => Ok(()),
        }
    }

    /// The body of a setting.
    fn setting_body(
        &self,
        store: &Store,
        setting: RepoEncryption,
    ) -> ShowTenantRepoEncryptionSettingResponse {
        let keys = self.keys(store).0;
        let key = setting.key_id.as_ref().and_then(|id| keys.get(id));
        ShowTenantRepoEncryptionSettingResponse {
            tenant_id: Some(self.account.to_string()),
            encryption_type: setting.encryption_type,
            default_encryption_enabled: Some(setting.is_default_enabled),
            cmk_key_name: setting.key_name.or(key.map(|key| key.alias.clone())),
            cmk_key_id: setting.key_id,
            id: Some(1),
            key_state: key.map(|key| key.state.clone()),
            region: Some(self.region.clone()),
            region_type: Some("Region_ZONE".to_owned()),
        }
    }

    /// The item of an encrypted repository.
    fn repository(&self, id: i64, name: String) -> ListedRepository {
        ListedRepository {
            repo_id: id,
            full_path: Some(format!("sandbox/{name}")),
            repo_name: Some(name),
            project_id: Some("5d2c1f0e8b7a46938c1d9e7f6a152840".to_owned()),
            project_name: Some("sandbox".to_owned()),
            owner_id: Some(1),
            owner_iam_id: Some(crate::sandbox::seed::USER_ID.to_owned()),
            owner_tenant_name: Some(crate::sandbox::seed::ACCOUNT_NAME.to_owned()),
            owner_nick_name: Some(crate::sandbox::seed::USER_NAME.to_owned()),
            owner_name: Some(crate::sandbox::seed::USER_NAME.to_owned()),
        }
    }
}

/// The status of a successful read: 202 as documented, or 200.
fn read_status(store: &Store) -> StatusCode {
    match store.quirks.repo_status {
        RepoStatus::Accepted => StatusCode::ACCEPTED,
        RepoStatus::Ok => StatusCode::OK,
    }
}

/// The items of the page that `offset` and `limit` select.
fn page<T>(
    request: &ApiRequest,
    items: impl Iterator<Item = T>,
) -> Result<impl Iterator<Item = T>, ApiError> {
    let number = |name: &str, default: usize| match request.query(name)? {
        None | Some("") => Ok(default),
        Some(text) => text
            .parse()
            .map_err(|_| request.bad_parameter(format!("`{name}` must be a non-negative integer"))),
    };
    let offset: usize = number("offset", 0)?;
    let limit: usize = number("limit", DEFAULT_PAGE_LIMIT)?;
    if !(1..=MAX_PAGE_LIMIT).contains(&limit) {
        return Err(request.bad_parameter("`limit` must be between 1 and 100"));
    }
    Ok(items.skip(offset).take(limit))
}
