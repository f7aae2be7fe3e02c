//! Identity and Access Management, and the Security Token Service: logins, temporary access keys, look-ups.
//!
//! Nothing here signs in by itself: each operation is given the credential to use.
//!
//! Source: IAM API reference, the operations named at the methods; STS API reference, AssumeAgency, GetCallerIdentity.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use url::Url;

use super::credentials::{Credential, Keys, Secret, Token};
use super::id::{DomainId, ProjectId};
use super::moment::timestamp;
use super::retry::Repeat;
use super::role::{Account, Role};
use super::source::User;
use super::transport::Request;
use super::{Call, Client, Error, Service, parse};
use crate::wire::iam as wire;
use crate::wire::sts::{AssumeAgencyRequest, AssumeAgencyResponse, GetCallerIdentityResponse};
use crate::wire::{Moment, Sensitive};

/// Header in which IAM issues a token.
const SUBJECT_TOKEN: &str = "x-subject-token";
/// Header that names the identity provider of an id token.
const IDP_ID: HeaderName = HeaderName::from_static("x-idp-id");
const JSON_UTF8: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");
/// As whom an agency acts in the audit log.
const SESSION_NAME: &str = "hwgrants";
/// What is asked for where nobody says how long, 12 hours: an apply must not outlive it.
const AGENCY_SECONDS: u32 = 43_200;

/// A credential as it was issued, with what is known about it.
#[derive(Clone, Debug)]
pub(super) struct Issued {
    pub(super) credential: Credential,
    /// When it stops working; `None` if nobody said.
    pub(super) expires_at: Option<Timestamp>,
    /// The project it is for.
    pub(super) project_id: Option<ProjectId>,
    /// The account it is for.
    pub(super) domain_id: Option<DomainId>,
}

impl Issued {
    /// A credential about which nothing is known.
    pub(super) fn given(credential: Credential) -> Self {
        Self {
            credential,
            expires_at: None,
            project_id: None,
            domain_id: None,
        }
    }
}

/// A project as it was listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Project {
    pub(super) id: ProjectId,
    pub(super) domain_id: Option<DomainId>,
}

/// What a token is to be for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenScope {
    ProjectId(ProjectId),
    ProjectName {
        name: String,
        account: Option<Account>,
    },
}

impl Client {
    /// Logs a user in. A refusal is never followed by another try: too many lock the user out.
    ///
    /// # Errors
    /// `Authentication` for a wrong name or password.
    ///
    /// Source: IAM API reference, KeystoneCreateUserTokenByPassword.
    pub(super) async fn create_token_by_password(
        &self,
        call: &Call,
        user: &User,
        password: &Secret,
        scope: &TokenScope,
    ) -> Result<Issued, Error> {
        let (id, name, domain) = match user {
            User::Id(id) => (Some(id.clone()), None, None),
            User::Name { name, account } => (None, Some(name.clone()), Some(named(account))),
        };
        let user = wire::PasswordUser {
            id,
            name,
            password: password.expose().into(),
            domain,
        };
        let identity = wire::TokenIdentity {
            methods: vec!["password".to_owned()],
            password: Some(wire::PasswordIdentity { user }),
            ..wire::TokenIdentity::default()
        };
        let credential = Credential::Body(vec![password.clone()]);
        let operation = "KeystoneCreateUserTokenByPassword";
        self.create_token(call, operation, &credential, identity, scope)
            .await
    }

    /// Exchanges a token for one with another scope.
    ///
    /// # Errors
    /// `Authentication` if the token is not accepted.
    ///
    /// Source: IAM API reference, KeystoneCreateUserTokenByPassword, method `token`.
    pub(super) async fn create_token_by_token(
        &self,
        call: &Call,
        token: &Token,
        scope: &TokenScope,
    ) -> Result<Issued, Error> {
        let id = token.secret().expose().into();
        let identity = wire::TokenIdentity {
            methods: vec!["token".to_owned()],
            token: Some(wire::TokenId { id }),
            ..wire::TokenIdentity::default()
        };
        let credential = Credential::Body(vec![token.secret().clone()]);
        let operation = "KeystoneCreateUserTokenByToken";
        self.create_token(call, operation, &credential, identity, scope)
            .await
    }

    /// Gets a token of an agency in another account.
    ///
    /// # Errors
    /// `Permission` if the caller may not act for the agency.
    ///
    /// Source: IAM API reference, KeystoneCreateAgencyToken.
    pub(super) async fn create_agency_token(
        &self,
        call: &Call,
        credential: &Credential,
        agency_name: &str,
        domain_name: &str,
        project_name: &str,
    ) -> Result<Issued, Error> {
        let agency = wire::AgencyIdentity {
            agency_name: agency_name.to_owned(),
            domain_id: None,
            domain_name: Some(domain_name.to_owned()),
        };
        let identity = wire::TokenIdentity {
            methods: vec!["assume_role".to_owned()],
            assume_role: Some(agency),
            ..wire::TokenIdentity::default()
        };
        let scope = TokenScope::ProjectName {
            name: project_name.to_owned(),
            account: None,
        };
        let operation = "KeystoneCreateAgencyToken";
        self.create_token(call, operation, credential, identity, &scope)
            .await
    }

    async fn create_token(
        &self,
        call: &Call,
        operation: &'static str,
        credential: &Credential,
        identity: wire::TokenIdentity,
        scope: &TokenScope,
    ) -> Result<Issued, Error> {
        let scope = Some(scope.to_wire());
        let body = wire::KeystoneCreateTokenRequest {
            auth: wire::TokenAuth { identity, scope },
        };
        // Without the catalog the answer is a tenth as long.
        let url = self.sign_in_url(&["v3", "auth", "tokens"], &[("nocatalog", "true")])?;
        let request = Request::new(operation, Method::POST, url).with_json(JSON_UTF8, &body)?;
        let read = |headers: &HeaderMap, body: &[u8]| {
            let answer: wire::KeystoneCreateTokenResponse = parse(body)?;
            issued_token(headers, answer.token)
        };
        self.exchange(call, Repeat::Freely, &request, credential, read)
            .await
    }

    /// Exchanges the token of an identity provider for an unscoped one of IAM.
    ///
    /// # Errors
    /// `Authentication` if the id token is not accepted.
    ///
    /// Source: IAM API reference, CreateTokenWithIdToken.
    pub(super) async fn create_token_with_id_token(
        &self,
        call: &Call,
        idp_id: &str,
        id_token: &Secret,
    ) -> Result<Issued, Error> {
        let id = id_token.expose().into();
        let body = wire::CreateTokenWithIdTokenRequest {
            auth: wire::IdTokenAuth {
                id_token: wire::TokenId { id },
                scope: None,
            },
        };
        let url = self.iam_url(&["v3.0", "OS-AUTH", "id-token", "tokens"], &[])?;
        let request = Request::new("CreateTokenWithIdToken", Method::POST, url);
        let request = request.with_json(JSON_UTF8, &body)?;
        let request = request.with_header(IDP_ID, idp_id)?;
        let credential = Credential::Body(vec![id_token.clone()]);
        let read = |headers: &HeaderMap, body: &[u8]| {
            let answer: wire::CreateTokenWithIdTokenResponse = parse(body)?;
            issued_token(headers, answer.token)
        };
        self.exchange(call, Repeat::Freely, &request, &credential, read)
            .await
    }

    /// Gets a temporary access key for the holder of the credential, which is a token. It lasts for `duration`, or 12
    /// hours.
    ///
    /// Source: IAM API reference, CreateTemporaryAccessKeyByToken.
    pub(super) async fn create_key_by_token(
        &self,
        call: &Call,
        token: &Credential,
        duration: Option<Duration>,
    ) -> Result<Issued, Error> {
        let identity = wire::AccessKeyIdentity {
            methods: vec!["token".to_owned()],
            // The token itself is in the header.
            token: Some(wire::AccessKeyToken {
                id: None,
                duration_seconds: Some(seconds(duration).unwrap_or(AGENCY_SECONDS)),
            }),
            ..wire::AccessKeyIdentity::default()
        };
        self.create_key(call, "CreateTemporaryAccessKeyByToken", token, identity)
            .await
    }

    /// Gets a temporary access key of an agency: by the account's name from IAM, by its id from STS.
    ///
    /// # Errors
    /// `Permission` if the caller may not assume the agency.
    ///
    /// Source: IAM API reference, CreateTemporaryAccessKeyByAgency; STS API reference, AssumeAgency.
    pub(super) async fn assume(
        &self,
        call: &Call,
        credential: &Credential,
        role: &Role,
    ) -> Result<Issued, Error> {
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

    async fn create_key(
        &self,
        call: &Call,
        operation: &'static str,
        credential: &Credential,
        identity: wire::AccessKeyIdentity,
    ) -> Result<Issued, Error> {
        let body = wire::CreateTemporaryAccessKeyRequest {
            auth: wire::AccessKeyAuth { identity },
        };
        let url = self.iam_url(&["v3.0", "OS-CREDENTIAL", "securitytokens"], &[])?;
        let request = Request::new(operation, Method::POST, url).with_json(JSON_UTF8, &body)?;
        let read = |_: &HeaderMap, body: &[u8]| {
            let answer: wire::CreateTemporaryAccessKeyResponse = parse(body)?;
            issued_key(answer.credential)
        };
        self.exchange(call, Repeat::Freely, &request, credential, read)
            .await
    }

    async fn assume_agency(
        &self,
        call: &Call,
        credential: &Credential,
        role: &Role,
        domain_id: &DomainId,
    ) -> Result<Issued, Error> {
        let body = AssumeAgencyRequest {
            agency_urn: format!("iam::{domain_id}:agency:{}", role.agency_name),
            agency_session_name: SESSION_NAME.to_owned(),
            duration_seconds: seconds(role.duration),
            ..AssumeAgencyRequest::default()
        };
        let segments = ["v5", "agencies", "assume"];
        let url = self.url(Service::Sts, self.require_region()?, &segments, &[])?;
        let request = Request::new("AssumeAgency", Method::POST, url);
        let request = request.with_json(JSON_UTF8, &body)?;
        let read = |_: &HeaderMap, body: &[u8]| {
            let answer: AssumeAgencyResponse = parse(body)?;
            let key = answer.credentials;
            issued_key(wire::Credential {
                access: key.access_key_id,
                secret: key.secret_access_key,
                securitytoken: key.security_token,
                expires_at: key.expiration,
            })
        };
        let issued = self.exchange(call, Repeat::Freely, &request, credential, read);
        let domain_id = Some(domain_id.clone());
        Ok(Issued {
            domain_id,
            ..issued.await?
        })
    }

    /// Lists the projects of a name; a region's own project bears the region's name.
    ///
    /// Source: IAM API reference, KeystoneListProjects.
    pub(super) async fn list_projects(
        &self,
        call: &Call,
        name: &str,
    ) -> Result<Vec<Project>, Error> {
        let url = self.sign_in_url(&["v3", "projects"], &[("name", name)])?;
        let request = Request::new("KeystoneListProjects", Method::GET, url);
        let read = |answer: wire::KeystoneListProjectsResponse| {
            let projects = answer.projects.into_iter().map(|project| {
                let id = ProjectId::new(project.id).map_err(|error| error.to_string())?;
                let domain_id = project.domain_id.and_then(|id| DomainId::new(id).ok());
                Ok(Project { id, domain_id })
            });
            projects.collect()
        };
        self.ask(call, Repeat::Freely, &request, read).await
    }

    /// Lists the accounts that the caller has access to; may be empty for one without the right to see them.
    ///
    /// Source: IAM API reference, KeystoneListAuthDomains.
    pub(super) async fn list_domains(&self, call: &Call) -> Result<Vec<DomainId>, Error> {
        let url = self.iam_url(&["v3", "auth", "domains"], &[])?;
        let request = Request::new("KeystoneListAuthDomains", Method::GET, url);
        let read = |answer: wire::KeystoneListAuthDomainsResponse| {
            let ids = answer.domains.into_iter().map(|domain| domain.id);
            let ids = ids.map(|id| DomainId::new(id).map_err(|error| error.to_string()));
            ids.collect()
        };
        self.ask(call, Repeat::Freely, &request, read).await
    }

    /// The account of the caller, who needs no right for asking.
    ///
    /// Source: STS API reference, GetCallerIdentity.
    pub(super) async fn caller_account(&self, call: &Call) -> Result<DomainId, Error> {
        let segments = ["v5", "caller-identity"];
        let url = self.url(Service::Sts, self.require_region()?, &segments, &[])?;
        let request = Request::new("GetCallerIdentity", Method::GET, url);
        let read = |answer: GetCallerIdentityResponse| {
            DomainId::new(answer.account_id).map_err(|error| error.to_string())
        };
        self.ask(call, Repeat::Freely, &request, read).await
    }

    fn sign_in_url(&self, segments: &[&str], query: &[(&str, &str)]) -> Result<Url, Error> {
        let endpoint = self.0.settings.sign_in_endpoint(self.require_region()?)?;
        let url = endpoint.url(segments, query);
        url.map_err(|problem| Error::setting("auth_url", format!("leads to no URL: {problem}")))
    }

    fn iam_url(&self, segments: &[&str], query: &[(&str, &str)]) -> Result<Url, Error> {
        self.url(Service::Iam, self.require_region()?, segments, query)
    }
}

impl TokenScope {
    fn to_wire(&self) -> wire::Scope {
        let project = match self {
            Self::ProjectId(id) => wire::ScopeProject {
                id: Some(id.to_string()),
                ..wire::ScopeProject::default()
            },
            Self::ProjectName { name, account } => wire::ScopeProject {
                id: None,
                name: Some(name.clone()),
                domain: account.as_ref().map(named),
            },
        };
        wire::Scope {
            project: Some(project),
            domain: None,
        }
    }
}

/// Reads a temporary access key as any service issues it.
pub(super) fn issued_key(key: wire::Credential) -> Result<Issued, String> {
    let secret = |text: &Sensitive| Secret::new(text.expose());
    let security_token = secret(&key.securitytoken);
    let access_key = Secret::new(key.access);
    let keys = Keys::new(&access_key, &secret(&key.secret), Some(&security_token));
    Ok(Issued {
        credential: Credential::Keys(keys.map_err(|error| error.to_string())?),
        expires_at: key.expires_at.and_then(expiry),
        project_id: None,
        domain_id: None,
    })
}

fn issued_token(headers: &HeaderMap, detail: wire::TokenDetail) -> Result<Issued, String> {
    let token = headers.get(SUBJECT_TOKEN);
    let token = token.and_then(|value| value.to_str().ok());
    let token = token.ok_or_else(|| format!("it lacks the header `{SUBJECT_TOKEN}`"))?;
    let token = Token::new(&Secret::new(token)).map_err(|error| error.to_string())?;
    let (project_id, project_domain) = match detail.project {
        Some(project) => (project.id, project.domain.id),
        None => (None, None),
    };
    let own_domain = detail.domain.and_then(|domain| domain.id);
    let user_domain = detail.user.and_then(|user| user.domain.id);
    let domain_id = project_domain.or(own_domain).or(user_domain);
    Ok(Issued {
        credential: Credential::Token(token),
        expires_at: detail.expires_at.and_then(expiry),
        project_id: project_id.and_then(|id| ProjectId::new(id).ok()),
        domain_id: domain_id.and_then(|id| DomainId::new(id).ok()),
    })
}

fn expiry(text: String) -> Option<Timestamp> {
    timestamp(&Moment::Text(text))
}

fn seconds(duration: Option<Duration>) -> Option<u32> {
    duration.map(|duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX))
}

fn named(account: &Account) -> wire::Named {
    match account {
        Account::Id(id) => wire::Named {
            id: Some(id.to_string()),
            name: None,
        },
        Account::Name(name) => wire::Named {
            id: None,
            name: Some(name.clone()),
        },
    }
}
