//! Identity and Access Management: logins, look-ups and temporary access keys.
//!
//! A token is issued in the header `X-Subject-Token`, never in a body. Times are RFC 3339, with or without a fraction.
//! Whatever is secret is [`Sensitive`], so every type here may be printed.
//!
//! Source: IAM API reference, the operations named at the types.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Sensitive;
use super::lenient;

/// Body of KeystoneCreateUserTokenByPassword and KeystoneCreateAgencyToken, `POST /v3/auth/tokens`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeystoneCreateTokenRequest {
    /// Who asks, and for what.
    pub auth: TokenAuth,
}

/// Who asks for a token, and for what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenAuth {
    /// Who asks.
    pub identity: TokenIdentity,
    /// What the token is for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scope: Option<TokenScopeBody>,
}

/// How the caller proves who it is: one method, and the field of that name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenIdentity {
    /// `password`, `token` or `assume_role`.
    pub methods: Vec<String>,
    /// A user and its password.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub password: Option<PasswordIdentity>,
    /// A token that works.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub token: Option<TokenId>,
    /// An agency of another account; the caller's token is in the header `X-Auth-Token`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub assume_role: Option<AgencyIdentity>,
}

/// A user and its password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordIdentity {
    /// The user.
    pub user: PasswordUser,
}

/// A user, by id alone or by name and account, with its password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordUser {
    /// Id, without `name` and `domain`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// Name, with `domain`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Password.
    pub password: Sensitive,
    /// Account of the user, by name or by id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub domain: Option<IdOrName>,
}

/// A token that works.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenId {
    /// The token.
    pub id: Sensitive,
}

/// An agency in another account, which is given by id or by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgencyIdentity {
    /// Name of the agency; older programs spell the key `xrole_name`.
    #[serde(alias = "xrole_name")]
    pub agency_name: String,
    /// ID of the account that owns the agency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub domain_id: Option<String>,
    /// Name of that account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub domain_name: Option<String>,
}

/// What a token is for: a project for regional services, an account for global ones; exactly one of the two.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenScopeBody {
    /// A project.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub project: Option<ScopeProject>,
    /// An account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub domain: Option<IdOrName>,
}

/// A project, by id or by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeProject {
    /// Id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// Name, such as `cn-north-4`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Account of the project; only beside a name, and optional there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub domain: Option<IdOrName>,
}

/// Something with an id and a name: requests give one of them, answers both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdOrName {
    /// Id.
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        deserialize_with = "lenient::optional_id"
    )]
    pub id: Option<String>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
}

/// Answer of `POST /v3/auth/tokens`, with status 201; the token itself is the header `X-Subject-Token`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeystoneCreateTokenResponse {
    /// About the token.
    pub token: TokenDetail,
}

/// What a token is, without the token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenDetail {
    /// When it stops working, `2020-01-04T09:05:22.701000Z`; 24 hours after it was issued.
    #[serde(default)]
    pub expires_at: Option<String>,
    /// When it was issued.
    #[serde(default)]
    pub issued_at: Option<String>,
    /// How its holder was identified.
    #[serde(default)]
    pub methods: Vec<String>,
    /// Its holder.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user: Option<TokenUser>,
    /// The project, if it is scoped to one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub project: Option<TokenProject>,
    /// The account, if it is scoped to that.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub domain: Option<IdOrName>,
    /// What its holder may do.
    #[serde(default)]
    pub roles: Vec<IdOrName>,
    /// Endpoints, not interpreted; absent or empty with the query `nocatalog`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub catalog: Option<Vec<Value>>,
}

/// The holder of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenUser {
    /// Id.
    #[serde(default, deserialize_with = "lenient::optional_id")]
    pub id: Option<String>,
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
    /// Account.
    #[serde(default)]
    pub domain: IdOrName,
    /// When its password ends; empty for never.
    #[serde(default)]
    pub password_expires_at: Option<String>,
}

/// The project of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenProject {
    /// Id.
    #[serde(default, deserialize_with = "lenient::optional_id")]
    pub id: Option<String>,
    /// Name, such as `cn-north-4`.
    #[serde(default)]
    pub name: Option<String>,
    /// Account.
    #[serde(default)]
    pub domain: IdOrName,
}

/// Answer of KeystoneListProjects, `GET /v3/projects?name=`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeystoneListProjectsResponse {
    /// The projects that match.
    #[serde(default)]
    pub projects: Vec<ListedProject>,
}

/// A project as KeystoneListProjects answers it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedProject {
    /// Id.
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    /// Name: the region's, or `cn-north-4_name` for a sub-project.
    #[serde(default)]
    pub name: Option<String>,
    /// ID of the account.
    #[serde(default, deserialize_with = "lenient::optional_id")]
    pub domain_id: Option<String>,
    /// ID of the project or account above it.
    #[serde(default, deserialize_with = "lenient::optional_id")]
    pub parent_id: Option<String>,
    /// Whether it can be used.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// Whether it is an account rather than a project.
    #[serde(default)]
    pub is_domain: Option<bool>,
    /// In the owner's words.
    #[serde(default)]
    pub description: Option<String>,
}

/// Answer of KeystoneListAuthDomains, `GET /v3/auth/domains`; may be empty for a caller without the right.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeystoneListAuthDomainsResponse {
    /// The accounts that the caller has access to.
    #[serde(default)]
    pub domains: Vec<AuthDomain>,
}

/// An account as KeystoneListAuthDomains answers it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthDomain {
    /// Id.
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether it can be used.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// In the owner's words.
    #[serde(default)]
    pub description: Option<String>,
}

/// Body of CreateTokenWithIdToken, `POST /v3.0/OS-AUTH/id-token/tokens`; the provider is the header `X-Idp-Id`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateTokenWithIdTokenRequest {
    /// Who asks, and for what.
    pub auth: IdTokenAuth,
}

/// An id token, and what the token to be issued is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdTokenAuth {
    /// The id token that the identity provider issued.
    pub id_token: TokenId,
    /// What the token is for; absent means an unscoped one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scope: Option<TokenScopeBody>,
}

/// Answer of CreateTokenWithIdToken, with status 201; the token itself is the header `X-Subject-Token`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateTokenWithIdTokenResponse {
    /// About the token.
    pub token: TokenDetail,
}

/// Body of CreateTemporaryAccessKeyByAgency and CreateTemporaryAccessKeyByToken,
/// `POST /v3.0/OS-CREDENTIAL/securitytokens`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateTemporaryAccessKeyRequest {
    /// Who asks.
    pub auth: AccessKeyAuth,
}

/// Who asks for a temporary access key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKeyAuth {
    /// Who asks.
    pub identity: AccessKeyIdentity,
}

/// Whom a temporary access key is for: one method, and the field of that name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKeyIdentity {
    /// `assume_role` or `token`.
    pub methods: Vec<String>,
    /// An agency of another account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub assume_role: Option<AccessKeyAgency>,
    /// The holder of a token.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub token: Option<AccessKeyToken>,
    /// What the key may do at most, not interpreted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub policy: Option<Value>,
}

/// An agency in another account, which is given by id or by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKeyAgency {
    /// Name of the agency.
    pub agency_name: String,
    /// ID of the account that owns the agency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub domain_id: Option<String>,
    /// Name of that account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub domain_name: Option<String>,
    /// Seconds, 900 to 86400; absent means 900.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub duration_seconds: Option<u32>,
    /// Who acts under the agency, for the audit log.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub session_user: Option<IdOrName>,
}

/// The token whose holder gets the key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKeyToken {
    /// The token; may be given as the header `X-Auth-Token` instead.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<Sensitive>,
    /// Seconds, 900 to 86400; absent means 900.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub duration_seconds: Option<u32>,
}

/// Answer of `POST /v3.0/OS-CREDENTIAL/securitytokens`, with status 201.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateTemporaryAccessKeyResponse {
    /// The temporary access key.
    pub credential: TemporaryCredential,
}

/// A temporary access key in IAM's spelling; the spellings of STS, of ECS and of camel case are read too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemporaryCredential {
    /// Access key id.
    #[serde(alias = "accessKeyId", alias = "access_key_id")]
    pub access: String,
    /// Secret key.
    #[serde(alias = "secretAccessKey", alias = "secret_access_key")]
    pub secret: Sensitive,
    /// Goes with every request signed with the key, as `X-Security-Token`.
    #[serde(alias = "securityToken", alias = "security_token")]
    pub securitytoken: Sensitive,
    /// When it stops working, `2020-01-08T03:16:01.599000Z`.
    #[serde(alias = "expiration", skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_documented_login_response_is_decoded() {
        let account = json!({"id": "d78c", "name": "acme"});
        let body = json!({"token": {
            "methods": ["password"], "issued_at": "2026-01-03T09:05:22.701000Z",
            "expires_at": "2026-01-04T09:05:22.701000Z",
            "user": {"id": "7116", "name": "deployer", "domain": account, "password_expires_at": ""},
            "project": {"id": "aa2d", "name": "cn-north-4", "domain": account},
            "roles": [{"id": "0", "name": "te_admin"}], "catalog": []}});
        let read: KeystoneCreateTokenResponse = serde_json::from_value(body.clone()).expect("read");
        let project = read.token.project.clone().expect("a project");
        assert_eq!(project.id.as_deref(), Some("aa2d"));
        assert_eq!(project.domain.id.as_deref(), Some("d78c"));
        assert_eq!(serde_json::to_value(read).expect("written"), body);
    }

    #[test]
    fn a_login_request_is_serialized_as_documented() {
        let acme = Some(IdOrName {
            name: Some("acme".to_owned()),
            id: None,
        });
        let user = PasswordUser {
            name: Some("deployer".to_owned()),
            password: "hunter2".into(),
            domain: acme,
            ..PasswordUser::default()
        };
        let project = ScopeProject {
            name: Some("cn-north-4".to_owned()),
            ..ScopeProject::default()
        };
        let request = KeystoneCreateTokenRequest {
            auth: TokenAuth {
                identity: TokenIdentity {
                    methods: vec!["password".to_owned()],
                    password: Some(PasswordIdentity { user }),
                    ..TokenIdentity::default()
                },
                scope: Some(TokenScopeBody {
                    project: Some(project),
                    domain: None,
                }),
            },
        };
        assert!(!format!("{request:?}").contains("hunter2"));
        assert_eq!(
            serde_json::to_value(request).expect("written"),
            json!({"auth": {
                "identity": {"methods": ["password"], "password": {"user": {
                    "name": "deployer", "password": "hunter2", "domain": {"name": "acme"}}}},
                "scope": {"project": {"name": "cn-north-4"}}}})
        );
    }
}
