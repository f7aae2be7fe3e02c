//! Tokens of IAM: logging in, changing the scope of a token, and tokens of agencies and identity providers.
//!
//! Nothing here signs in by itself: each operation is given the credential to use.
//!
//! Source: IAM API reference, the operations named at the methods.

use http::{HeaderMap, HeaderName, Method};
use jiff::Timestamp;

use super::Session;
use crate::cloud::credential::{Credential, Sensitive, Token};
use crate::cloud::deadline::Call;
use crate::cloud::error::Error;
use crate::cloud::id::{DomainId, ProjectId};
use crate::cloud::settings::endpoint::Service;
use crate::cloud::settings::identity::User;
use crate::cloud::settings::role::Account;
use crate::cloud::timestamp::timestamp;
use crate::cloud::transport::DOMAIN_HEADER;
use crate::cloud::transport::request::{JSON_UTF8, ReceivedResponse, Request};
use crate::cloud::transport::retry::RetryPolicy;
use crate::wire::RawTimestamp;
use crate::wire::answer::Answer;
use crate::wire::iam as wire;

/// Header in which IAM issues a token.
const SUBJECT_TOKEN: &str = "x-subject-token";
/// Header that names the identity provider of an id token.
const IDP_ID: HeaderName = HeaderName::from_static("x-idp-id");

/// A credential, with what its issuer said about it.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct IssuedCredential {
    pub(in crate::cloud) credential: Credential,
    /// When it expires; `None` if unknown.
    pub(in crate::cloud) expires_at: Option<Timestamp>,
    /// The project it is valid for.
    pub(in crate::cloud) project_id: Option<ProjectId>,
    /// The account it is valid for.
    pub(in crate::cloud) domain_id: Option<DomainId>,
}

impl IssuedCredential {
    /// A credential from the settings, about which nothing is known.
    pub(in crate::cloud) fn from_caller(credential: Credential) -> Self {
        Self {
            credential,
            expires_at: None,
            project_id: None,
            domain_id: None,
        }
    }
}

/// Which token of an agency to obtain.
#[derive(Clone, Copy, Debug)]
pub(in crate::cloud) struct AgencyToken<'a> {
    pub(in crate::cloud) agency_name: &'a str,
    /// Name of the account that owns the agency.
    pub(in crate::cloud) domain_name: &'a str,
    /// Name of a project in the account of the agency.
    pub(in crate::cloud) project_name: &'a str,
    /// The account of the caller, if the credential does not contain it.
    pub(in crate::cloud) caller: Option<&'a DomainId>,
}

/// The scope of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cloud) enum TokenScope {
    /// A project by id; unique without the account.
    ProjectId(ProjectId),
    /// A project by name, in `account` or else in the account that the token is for.
    ProjectName {
        name: String,
        account: Option<Account>,
    },
}

impl Session {
    /// Logs a user in. Callers do not retry after a rejection: too many failed logins lock the user out.
    ///
    /// # Errors
    /// `Authentication` for a wrong name or password.
    ///
    /// Source: IAM API reference, KeystoneCreateUserTokenByPassword.
    pub(in crate::cloud) async fn create_token_by_password(
        &self,
        call: &Call,
        user: &User,
        password: &Sensitive,
        scope: &TokenScope,
    ) -> Result<IssuedCredential, Error> {
        let (id, name, domain) = match user {
            User::Id(id) => (Some(id.clone()), None, None),
            User::Name { name, account } => {
                (None, Some(name.clone()), Some(to_wire_domain(account)))
            }
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
    /// `Authentication` if the token is rejected.
    ///
    /// Source: IAM API reference, KeystoneCreateUserTokenByPassword, method `token`.
    pub(in crate::cloud) async fn create_token_by_token(
        &self,
        call: &Call,
        token: &Token,
        scope: &TokenScope,
    ) -> Result<IssuedCredential, Error> {
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

    /// Obtains a token of an agency in another account.
    ///
    /// # Errors
    /// `Permission` if the caller may not act for the agency.
    ///
    /// Source: IAM API reference, KeystoneCreateAgencyToken.
    pub(in crate::cloud) async fn create_agency_token(
        &self,
        call: &Call,
        credential: &Credential,
        agency_token: AgencyToken<'_>,
    ) -> Result<IssuedCredential, Error> {
        let AgencyToken {
            agency_name,
            domain_name,
            project_name,
            caller,
        } = agency_token;
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
        let mut request = self.token_request(operation, identity, &scope)?;
        if let Some(caller) = caller {
            request = request.with_header(DOMAIN_HEADER, caller.as_str())?;
        }
        self.request_token(call, &request, credential).await
    }

    async fn create_token(
        &self,
        call: &Call,
        operation: &'static str,
        credential: &Credential,
        identity: wire::TokenIdentity,
        scope: &TokenScope,
    ) -> Result<IssuedCredential, Error> {
        let request = self.token_request(operation, identity, scope)?;
        self.request_token(call, &request, credential).await
    }

    /// A request for a token to the sign-in endpoint, which `auth_url` may set.
    fn token_request(
        &self,
        operation: &'static str,
        identity: wire::TokenIdentity,
        scope: &TokenScope,
    ) -> Result<Request, Error> {
        let scope = Some(scope.to_wire());
        let body = wire::KeystoneCreateTokenRequest {
            auth: wire::TokenAuth { identity, scope },
        };
        // Without the catalog, the response is a tenth of the size.
        let url = self.sign_in_url(&["v3", "auth", "tokens"], &[("nocatalog", "true")])?;
        Request::new(Service::Iam, operation, Method::POST, url).with_json(JSON_UTF8, &body)
    }

    /// Sends a request for a token and reads it from the response's header.
    async fn request_token(
        &self,
        call: &Call,
        request: &Request,
        credential: &Credential,
    ) -> Result<IssuedCredential, Error> {
        let read = |received: &ReceivedResponse<'_>| {
            let answer: Answer<wire::KeystoneCreateTokenResponse> = Answer::typed(received.body);
            answer.and_then(|answer| issued_token(received.headers, answer.token))
        };
        self.transport
            .send_with_retry(call, RetryPolicy::Always, request, credential, read)
            .await
    }

    /// Exchanges the token of an identity provider for an unscoped one of IAM.
    ///
    /// # Errors
    /// `Authentication` if the id token is rejected.
    ///
    /// Source: IAM API reference, CreateTokenWithIdToken.
    pub(in crate::cloud) async fn create_token_with_id_token(
        &self,
        call: &Call,
        idp_id: &str,
        id_token: &Sensitive,
    ) -> Result<IssuedCredential, Error> {
        let id = id_token.expose().into();
        let body = wire::CreateTokenWithIdTokenRequest {
            auth: wire::IdTokenAuth {
                id_token: wire::TokenId { id },
                scope: None,
            },
        };
        let url = self.iam_url(&["v3.0", "OS-AUTH", "id-token", "tokens"], &[])?;
        let request = Request::new(Service::Iam, "CreateTokenWithIdToken", Method::POST, url);
        let request = request.with_json(JSON_UTF8, &body)?;
        let request = request.with_header(IDP_ID, idp_id)?;
        let credential = Credential::Body(vec![id_token.clone()]);
        let read = |received: &ReceivedResponse<'_>| {
            let answer: Answer<wire::CreateTokenWithIdTokenResponse> = Answer::typed(received.body);
            answer.and_then(|answer| issued_token(received.headers, answer.token))
        };
        self.transport
            .send_with_retry(call, RetryPolicy::Always, &request, &credential, read)
            .await
    }
}

impl TokenScope {
    fn to_wire(&self) -> wire::TokenScopeBody {
        let project = match self {
            Self::ProjectId(id) => wire::ScopeProject {
                id: Some(id.to_string()),
                ..wire::ScopeProject::default()
            },
            Self::ProjectName { name, account } => wire::ScopeProject {
                id: None,
                name: Some(name.clone()),
                domain: account.as_ref().map(to_wire_domain),
            },
        };
        wire::TokenScopeBody {
            project: Some(project),
            domain: None,
        }
    }
}

/// The token from the header, and from the body what it is valid for: the project's account rather than the user's.
fn issued_token(
    headers: &HeaderMap,
    detail: wire::TokenDetail,
) -> Result<IssuedCredential, String> {
    let token = headers.get(SUBJECT_TOKEN);
    let token = token.and_then(|value| value.to_str().ok());
    let token = token.ok_or_else(|| format!("the `{SUBJECT_TOKEN}` header is missing"))?;
    let token = Token::new(&Sensitive::new(token)).map_err(|error| error.to_string())?;
    let (project_id, project_domain) = match detail.project {
        Some(project) => (project.id, project.domain.id),
        None => (None, None),
    };
    let own_domain = detail.domain.and_then(|domain| domain.id);
    let user_domain = detail.user.and_then(|user| user.domain.id);
    let domain_id = project_domain.or(own_domain).or(user_domain);
    Ok(IssuedCredential {
        credential: Credential::Token(token),
        expires_at: detail.expires_at.and_then(parse_expiry),
        project_id: project_id.and_then(|id| ProjectId::new(id).ok()),
        domain_id: domain_id.and_then(|id| DomainId::new(id).ok()),
    })
}

/// Parses the expiry of a credential.
pub(in crate::cloud) fn parse_expiry(text: String) -> Option<Timestamp> {
    timestamp(&RawTimestamp::Text(text))
}

fn to_wire_domain(account: &Account) -> wire::IdOrName {
    match account {
        Account::Id(id) => wire::IdOrName {
            id: Some(id.to_string()),
            name: None,
        },
        Account::Name(name) => wire::IdOrName {
            id: None,
            name: Some(name.clone()),
        },
    }
}
