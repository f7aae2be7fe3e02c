//! The account's delegation of its KMS keys.
//!
//! Source: CodeArts Repo API reference, CreateTenantKmsGrant, ShowTenantKmsGrant.

use http::Method;

use crate::cloud::Client;
use crate::cloud::deadline::Call;
use crate::cloud::error::Error;
use crate::cloud::id::{DomainId, Region};
#[cfg(feature = "tool")]
use crate::cloud::service::observation::ObservedResponse;
use crate::cloud::transport::request::{ReceivedResponse, Request};
use crate::cloud::transport::retry::RetryPolicy;
use crate::wire::answer::Answer;
use crate::wire::repo;

use super::{SUCCESS_STATUSES, without_contradiction};

/// Path of the delegation, below that of the account.
const KMS_GRANT: [&str; 2] = ["repo-encryption", "kms-grant"];

impl Client {
    /// Lets CodeArts Repo use the account's KMS keys, and returns whether the delegation is in effect. Repeatable: it
    /// sets a state and creates nothing.
    ///
    /// `false` means that the request was accepted but the delegation is not in effect, or not yet; callers read it
    /// back.
    ///
    /// # Errors
    /// `Permission` if the caller may not delegate for the account; `is_ambiguous` if the outcome is unknown, which
    /// [`Client::show_tenant_kms_grant`] clears up: also after an answer about another account.
    ///
    /// Source: CodeArts Repo API reference, CreateTenantKmsGrant.
    pub async fn create_tenant_kms_grant(
        &self,
        call: &Call,
        region: &Region,
        tenant_id: &DomainId,
    ) -> Result<bool, Error> {
        let request = self.tenant_request(
            "CreateTenantKmsGrant",
            Method::POST,
            region,
            tenant_id,
            &KMS_GRANT,
        )?;
        self.session()
            .send(call, RetryPolicy::Always, &request, read_assumed(tenant_id))
            .await
    }

    /// Whether CodeArts Repo may use the account's KMS keys.
    ///
    /// # Errors
    /// `NotFound`, by which the service may say that it may not; `Permission` if the caller may not read it; `Unreadable`
    /// if the answer leaves it open, is about another account, or says "not found" under a status of success.
    ///
    /// Source: CodeArts Repo API reference, ShowTenantKmsGrant, whose status for success is 202.
    pub async fn show_tenant_kms_grant(
        &self,
        call: &Call,
        region: &Region,
        tenant_id: &DomainId,
    ) -> Result<bool, Error> {
        let request = self.show_request(region, tenant_id)?;
        let shown =
            self.session()
                .send(call, RetryPolicy::Always, &request, read_assumed(tenant_id));
        shown.await.map_err(without_contradiction)
    }

    /// As [`Client::show_tenant_kms_grant`], but returns any response with a success status.
    ///
    /// # Errors
    /// As for [`Client::show_tenant_kms_grant`], except that a response with a success status fails only if it contains an error or
    /// is not JSON.
    #[cfg(feature = "tool")]
    pub async fn observe_tenant_kms_grant(
        &self,
        call: &Call,
        region: &Region,
        tenant_id: &DomainId,
    ) -> Result<ObservedResponse, Error> {
        let request = self.show_request(region, tenant_id)?;
        self.observe(call, RetryPolicy::Always, &request).await
    }

    fn show_request(&self, region: &Region, tenant_id: &DomainId) -> Result<Request, Error> {
        let operation = "ShowTenantKmsGrant";
        self.tenant_request(operation, Method::GET, region, tenant_id, &KMS_GRANT)
    }
}

/// Reads `assumed` from a response about this account; a response about another one is not understood.
fn read_assumed(tenant_id: &DomainId) -> impl Fn(&ReceivedResponse<'_>) -> Answer<bool> {
    move |received| {
        repo::assumed(tenant_id.as_str(), received.body)
            .of_status(received.status, &SUCCESS_STATUSES)
    }
}
