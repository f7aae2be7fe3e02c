//! CodeArts Repo: the account's delegation of its KMS keys.
//!
//! Source: CodeArts Repo API reference, CreateTenantKmsGrant, ShowTenantKmsGrant.

use http::Method;

use super::credentials::Scope;
use super::id::{DomainId, Region};
use super::retry::Repeat;
use super::transport::Request;
use super::{Call, Client, Error, Service};
use crate::wire::repo::{CreateTenantKmsGrantResponse, ShowTenantKmsGrantResponse};

/// Whether an account lets CodeArts Repo use its KMS keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantKmsGrant {
    /// The account, as the service repeats it.
    pub tenant_id: Option<DomainId>,
    /// Whether delegation and authorisation are in place.
    pub is_assumed: bool,
}

impl Client {
    /// Lets CodeArts Repo use the account's KMS keys. Repeatable: the outcome is a state, not a new thing.
    ///
    /// An answer with `is_assumed` false is a yes that granted nothing; the caller has to look.
    ///
    /// # Errors
    /// `Permission` if the caller may not delegate for the account; `is_ambiguous` if the outcome is unknown, which
    /// [`Client::show_tenant_kms_grant`] clears up.
    ///
    /// Source: CodeArts Repo API reference, CreateTenantKmsGrant.
    pub async fn create_tenant_kms_grant(
        &self,
        call: &Call,
        region: &Region,
        tenant_id: &DomainId,
    ) -> Result<TenantKmsGrant, Error> {
        let request = self.kms_grant("CreateTenantKmsGrant", Method::POST, region, tenant_id)?;
        self.ask(
            call,
            Repeat::Freely,
            &request,
            |answer: CreateTenantKmsGrantResponse| grant(answer.tenant_id, answer.assumed),
        )
        .await
    }

    /// Shows whether CodeArts Repo may use the account's KMS keys.
    ///
    /// # Errors
    /// `Permission` if the caller may not look; `Unreadable` if the answer leaves it open.
    ///
    /// Source: CodeArts Repo API reference, ShowTenantKmsGrant, whose status for success is 202.
    pub async fn show_tenant_kms_grant(
        &self,
        call: &Call,
        region: &Region,
        tenant_id: &DomainId,
    ) -> Result<TenantKmsGrant, Error> {
        let request = self.kms_grant("ShowTenantKmsGrant", Method::GET, region, tenant_id)?;
        self.ask(
            call,
            Repeat::Freely,
            &request,
            |answer: ShowTenantKmsGrantResponse| grant(answer.tenant_id, answer.assumed),
        )
        .await
    }

    fn kms_grant(
        &self,
        operation: &'static str,
        method: Method,
        region: &Region,
        tenant_id: &DomainId,
    ) -> Result<Request, Error> {
        let segments = [
            "v4",
            "tenants",
            tenant_id.as_str(),
            "repo-encryption",
            "kms-grant",
        ];
        let url = self.url(Service::CodeArtsRepo, region, &segments, &[])?;
        // Of the project level although the path holds the account, as the SDK has it.
        let scope = Scope::ProjectOf(region.clone());
        Ok(Request::new(operation, method, url).about(scope))
    }
}

fn grant(tenant_id: Option<String>, assumed: Option<bool>) -> Result<TenantKmsGrant, String> {
    // Neither true nor false may be assumed: one would hide a missing grant, the other forget an existing one.
    let is_assumed = assumed.ok_or("it lacks `assumed`")?;
    let tenant_id = tenant_id.and_then(|id| DomainId::new(id).ok());
    Ok(TenantKmsGrant {
        tenant_id,
        is_assumed,
    })
}
