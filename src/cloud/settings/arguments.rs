//! The arguments of a client, before environment variables and files are read.

use std::collections::BTreeMap;

use http::HeaderValue;

use crate::cloud::credential::Sensitive;

use super::role::{AssumeRole, AssumeRoleWithOidc};

/// Settings from the caller; absent ones are resolved from the profile and the environment.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    /// Region, such as `cn-north-4`.
    pub region: Option<String>,
    /// ID of the project that secrets belong to.
    pub project_id: Option<String>,
    /// ID of the account.
    pub domain_id: Option<String>,
    /// Name of that project; the region's name if neither is known.
    pub project_name: Option<String>,
    /// Former name of `project_id`, which takes precedence.
    pub tenant_id: Option<String>,
    /// Former name of `project_name`, which takes precedence.
    pub tenant_name: Option<String>,
    /// Name of the account.
    pub domain_name: Option<String>,
    /// Token of IAM.
    pub token: Option<Sensitive>,
    /// ID of an access key.
    pub access_key: Option<Sensitive>,
    /// Secret of the access key.
    pub secret_key: Option<Sensitive>,
    /// Security token of a temporary access key.
    pub security_token: Option<Sensitive>,
    /// Name of a user, who also needs an account.
    pub user_name: Option<String>,
    /// ID of a user; takes precedence over the name.
    pub user_id: Option<String>,
    /// Password of the user.
    pub password: Option<Sensitive>,
    /// Agency to obtain a token of after signing in.
    pub agency_name: Option<String>,
    /// Name of the account that owns that agency.
    pub agency_domain_name: Option<String>,
    /// Name of the project of that token; the region's name if absent.
    pub delegated_project: Option<String>,
    /// Agencies to assume after signing in, each with the key of the one before.
    pub assume_role: Vec<AssumeRole>,
    /// Agency to assume with a token of an identity provider; takes precedence over every other credential.
    pub assume_role_with_oidc: Option<AssumeRoleWithOidc>,
    /// File of `hcloud` to read a profile from.
    pub shared_config_file: Option<String>,
    /// Name of the profile; the file's current one if absent.
    pub profile: Option<String>,
    /// Signing algorithm; only `HmacSHA256` is supported.
    pub signing_algorithm: Option<String>,
    /// Service to URL, with the keys of [`Service::keys`](super::endpoint::Service::keys); other keys are left to other clients.
    pub endpoints: BTreeMap<String, String>,
    /// How often a failed request is retried; 5 if absent.
    pub max_retries: Option<u32>,
    /// The value of the header `User-Agent`.
    pub user_agent: UserAgent,
    /// Domain of the cloud, such as `myhuaweicloud.com`; derived from the region if absent.
    pub cloud: Option<String>,
    /// Whether to use IAM's regional host even if only its global one is listed; false if absent.
    pub regional: Option<bool>,
    /// URL to sign in at, with or without `/v3`; IAM's endpoint if absent.
    pub auth_url: Option<String>,
    /// Whether every server certificate is accepted; false if absent.
    pub insecure: Option<bool>,
    /// Certificate authorities to trust instead of the system's: PEM text, or the path of a PEM file.
    pub cacert_file: Option<String>,
    /// Client certificate: PEM text, or the path of a PEM file. Needs `key`.
    pub cert: Option<String>,
    /// The private key of `cert`: PEM text, or the path of a PEM file.
    pub key: Option<Sensitive>,
}

/// The header `User-Agent`: products such as `name/1.0`, ours last, and a suffix from the user.
#[derive(Clone, Debug, Default)]
pub struct UserAgent {
    /// The products, in order.
    pub products: Vec<String>,
    /// The suffix; surrounding white space is removed.
    pub append: Option<String>,
}

impl UserAgent {
    pub(super) fn header(&self) -> HeaderValue {
        let parts = self.products.iter().chain(&self.append);
        let parts: Vec<_> = parts
            .map(|part| part.trim())
            .filter(|part| !part.is_empty())
            .collect();
        let text = parts
            .join(" ")
            .replace(|c: char| c != ' ' && !c.is_ascii_graphic(), "?");
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}
