//! CodeArts Repo: the account's delegation of its KMS keys.
//!
//! There is no operation that ends the delegation. The documented status of the read is 202 and does not mean
//! "pending".
//!
//! Source: CodeArts Repo API reference, CreateTenantKmsGrant, ShowTenantKmsGrant.

use axum::http::StatusCode;
use axum::routing::MethodFilter;

use super::call::{Access, Answer, BodyRule, Call, Operation};
use super::id::AccountId;
use super::quirk::{RepoMissing, RepoStatus};
use super::refusal::{Refusal, Service};
use super::token::Permission;
use super::world::World;
use crate::wire::repo::{CreateTenantKmsGrantResponse, ShowTenantKmsGrantResponse};

const KMS_GRANT: &str = "/v4/tenants/{tenant_id}/repo-encryption/kms-grant";

/// The operations of CodeArts Repo.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateTenantKmsGrant",
        method: MethodFilter::POST,
        path: KMS_GRANT,
        service: Service::Repo,
        access: Access::Permission(Permission::WriteRepo),
        body: BodyRule::Empty,
        handle: create_kms_grant,
    },
    Operation {
        name: "ShowTenantKmsGrant",
        method: MethodFilter::GET,
        path: KMS_GRANT,
        service: Service::Repo,
        access: Access::Permission(Permission::ReadRepo),
        body: BodyRule::Ignored,
        handle: show_kms_grant,
    },
];

fn create_kms_grant(world: &World, call: &Call) -> Result<Answer, Refusal> {
    let account = AccountId::from(call.path("tenant_id"));
    world.store().delegate(&account);
    let answer = CreateTenantKmsGrantResponse {
        tenant_id: Some(account.to_string()),
        assumed: Some(true),
    };
    Answer::json(StatusCode::OK, answer)
}

fn show_kms_grant(world: &World, call: &Call) -> Result<Answer, Refusal> {
    let account = AccountId::from(call.path("tenant_id"));
    let mut store = world.store();
    let assumed = store.read_delegation(&account, call.lag);
    if !assumed && store.quirks.repo_missing == RepoMissing::NotFound {
        return Err(Refusal::NoDelegation);
    }
    let answer = ShowTenantKmsGrantResponse {
        tenant_id: Some(account.to_string()),
        assumed: Some(assumed),
    };
    let status = match store.quirks.repo_status {
        RepoStatus::Accepted => StatusCode::ACCEPTED,
        RepoStatus::Ok => StatusCode::OK,
    };
    Answer::json(status, answer)
}
