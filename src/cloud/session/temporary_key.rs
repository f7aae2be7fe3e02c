//! Temporary access keys: for a token, and of agencies.
//!
//! Nothing here signs in by itself: each operation is given the credential to use.
//!
//! Source: IAM API reference, CreateTemporaryAccessKeyByToken, CreateTemporaryAccessKeyByAgency; STS API reference,
//! AssumeAgency.

use std::time::Duration;

use http::Method;

use super::Session;
use super::token::{IssuedCredential, parse_expiry};
use crate::cloud::credential::{AccessKey, Credential, Sensitive};
use crate::cloud::deadline::Call;
use crate::cloud::error::Error;
use crate::cloud::id::DomainId;
use crate::cloud::settings::endpoint::Service;
use crate::cloud::settings::role::{Account, Role};
use crate::cloud::transport::request::{JSON_UTF8, ReceivedResponse, Request};
use crate::cloud::transport::retry::RetryPolicy;
use crate::wire::answer::Answer;
use crate::wire::iam as wire;
use crate::wire::sts::{AssumeAgencyRequest, AssumeAgencyResponse};

/// The session name of the agency in the audit log.
const SESSION_NAME: &str = "hwgrants";
/// The default lifetime, 12 hours: longer than an apply takes.
const AGENCY_SECONDS: u32 = 43_200;

impl Session {
    /// Obtains a temporary access key for a token, valid for `duration` or 12 hours.
    ///
    /// Source: IAM API reference, CreateTemporaryAccessKeyByToken.
    pub(in crate::cloud) async fn create_key_by_token(
        &self,
        call: &Call,
        token: &Credential,
        duration: Option<Duration>,
    ) -> Result<IssuedCredential, Error> {
        let identity = wire::AccessKeyIdentity {
            methods: vec!["token".to_owned()],
            // The token itself is in a header.
            token: Some(wire::AccessKeyToken {
                id: None,
                duration_seconds: Some(seconds(duration).unwrap_or(AGENCY_SECONDS)),
            }),
            ..wire::AccessKeyIdentity::default()
        };
        self.create_key(call, "CreateTemporaryAccessKeyByToken", token, identity)
            .await
    }

    /// Obtains a temporary access key of an agency: from IAM with the account's name, from STS with its id.
    ///
    /// # Errors
    /// `Permission` if the caller may not assume the agency.
    ///
    /// Source: IAM API reference, CreateTemporaryAccessKeyByAgency; STS API reference, AssumeAgency.
    pub(in crate::cloud) async fn assume(
        &self,
        call: &Call,
        credential: &Credential,
        role: &Role,
    ) -> Result<IssuedCredential, Error> {
        let domain_name = match &role.account {
            Account::Id(domain_id) => {
                let issued = self.assume_agency(call, credential, role, domain_id);
                return issued.await;
            }
            Account::Name(name) => name.clone(),
        };
        let agency = wire::AccessKeyAgency {
            agency_name: role.agency_name.clone(),
            domain_name: Some(domain_name),
            duration_seconds: Some(seconds(role.duration).unwrap_or(AGENCY_SECONDS)),
            ..wire::AccessKeyAgency::default()
        };
        let identity = wire::AccessKeyIdentity {
            methods: vec!["assume_role".to_owned()],
            assume_role: Some(agency),
            ..wire::AccessKeyIdentity::default()
        };
        let operation = "CreateTemporaryAccessKeyByAgency";
        self.create_key(call, operation, credential, identity).await
    }

    /// Sends a request for a key to IAM. Repeatable: an unused key expires by itself.
    async fn create_key(
        &self,
        call: &Call,
        operation: &'static str,
        credential: &Credential,
        identity: wire::AccessKeyIdentity,
    ) -> Result<IssuedCredential, Error> {
        let body = wire::CreateTemporaryAccessKeyRequest {
            auth: wire::AccessKeyAuth { identity },
        };
        let url = self.iam_url(&["v3.0", "OS-CREDENTIAL", "securitytokens"], &[])?;
        let request =
            Request::new(Service::Iam, operation, Method::POST, url).with_json(JSON_UTF8, &body)?;
        let read = |received: &ReceivedResponse<'_>| {
            let answer: Answer<wire::CreateTemporaryAccessKeyResponse> =
                Answer::typed(received.body);
            answer.and_then(|answer| issued_key(answer.credential))
        };
        self.transport
            .send_with_retry(call, RetryPolicy::Always, &request, credential, read)
            .await
    }

    /// Requests a key from STS, which knows agencies by the ID of their account.
    async fn assume_agency(
        &self,
        call: &Call,
        credential: &Credential,
        role: &Role,
        domain_id: &DomainId,
    ) -> Result<IssuedCredential, Error> {
        let body = AssumeAgencyRequest {
            agency_urn: format!("iam::{domain_id}:agency:{}", role.agency_name),
            agency_session_name: SESSION_NAME.to_owned(),
            duration_seconds: seconds(role.duration),
            ..AssumeAgencyRequest::default()
        };
        let segments = ["v5", "agencies", "assume"];
        let url = self.url(Service::Sts, self.require_region()?, &segments, &[])?;
        let request = Request::new(Service::Sts, "AssumeAgency", Method::POST, url);
        let request = request.with_json(JSON_UTF8, &body)?;
        let read = |received: &ReceivedResponse<'_>| {
            Answer::typed(received.body).and_then(|answer: AssumeAgencyResponse| {
                let key = answer.credentials;
                issued_key(wire::TemporaryCredential {
                    access: key.access_key_id,
                    secret: key.secret_access_key,
                    securitytoken: key.security_token,
                    expires_at: key.expiration,
                })
            })
        };
        let issued =
            self.transport
                .send_with_retry(call, RetryPolicy::Always, &request, credential, read);
        let domain_id = Some(domain_id.clone());
        Ok(IssuedCredential {
            domain_id,
            ..issued.await?
        })
    }
}

/// Reads a temporary access key as any service issues it.
pub(in crate::cloud) fn issued_key(
    key: wire::TemporaryCredential,
) -> Result<IssuedCredential, String> {
    let access_key = Sensitive::new(key.access);
    let keys = AccessKey::new(&access_key, &key.secret, Some(&key.securitytoken));
    Ok(IssuedCredential {
        credential: Credential::Keys(keys.map_err(|error| error.to_string())?),
        expires_at: key.expires_at.and_then(parse_expiry),
        project_id: None,
        domain_id: None,
    })
}

/// The duration in whole seconds; saturates, because the service checks the limits.
fn seconds(duration: Option<Duration>) -> Option<u32> {
    duration.map(|duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX))
}
