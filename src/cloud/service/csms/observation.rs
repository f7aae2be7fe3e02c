//! The four operations on grants, with the responses as the service sent them: to learn how the service behaves.
//!
//! A request that may have been carried out is never repeated, so that each response belongs to one request. Everything that
//! manages grants uses the operations in the parent module, which interpret the response.

use super::{GrantTerms, ProjectLocation};
use crate::cloud::Client;
use crate::cloud::deadline::Call;
use crate::cloud::error::Error;
use crate::cloud::id::{GranteeId, ResourceId};
use crate::cloud::service::observation::ObservedResponse;
use crate::cloud::transport::retry::RetryPolicy;

impl Client {
    /// As [`Client::create_grants`], but returns any response with a success status.
    ///
    /// # Errors
    /// As [`Client::create_grants`], except that a response with a success status fails only if it contains an error or is not
    /// JSON.
    pub async fn observe_create(
        &self,
        call: &Call,
        location: &ProjectLocation,
        terms: &GrantTerms,
    ) -> Result<ObservedResponse, Error> {
        let _writing = self.begin_write(location, &terms.resource_id);
        let request = self.create_request(location, terms)?;
        self.observe(call, RetryPolicy::UnlessCarriedOut, &request)
            .await
    }

    /// As [`Client::list_grants`], but reads once and returns any response with a success status.
    ///
    /// # Errors
    /// `NotFound` if the service responds that there is no such secret, which may mean that it has no grants.
    pub async fn observe_list(
        &self,
        call: &Call,
        location: &ProjectLocation,
        resource_id: &ResourceId,
    ) -> Result<ObservedResponse, Error> {
        let request = self.list_request(location, resource_id)?;
        self.observe(call, RetryPolicy::Always, &request).await
    }

    /// As [`Client::update_grant`], but returns any response with a success status, and is not repeatable.
    ///
    /// # Errors
    /// As for [`Client::observe_create`].
    pub async fn observe_update(
        &self,
        call: &Call,
        location: &ProjectLocation,
        terms: &GrantTerms,
    ) -> Result<ObservedResponse, Error> {
        let _writing = self.begin_write(location, &terms.resource_id);
        let request = self.update_request(location, terms)?;
        self.observe(call, RetryPolicy::UnlessCarriedOut, &request)
            .await
    }

    /// As [`Client::delete_grant`], but returns any response with a success status, and is not repeatable.
    ///
    /// # Errors
    /// As for [`Client::observe_create`].
    pub async fn observe_delete(
        &self,
        call: &Call,
        location: &ProjectLocation,
        resource_id: &ResourceId,
        grantee_id: &GranteeId,
    ) -> Result<ObservedResponse, Error> {
        let _writing = self.begin_write(location, resource_id);
        let request = self.delete_request(location, resource_id, grantee_id)?;
        self.observe(call, RetryPolicy::UnlessCarriedOut, &request)
            .await
    }
}
