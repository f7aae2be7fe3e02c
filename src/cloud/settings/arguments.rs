//! What a caller may set, before anything is looked up.

use std::collections::BTreeMap;

use http::HeaderValue;

use crate::cloud::credential::Sensitive;

use super::role::{AssumeRole, AssumeRoleWithOidc};

/// Settings as the caller gives them; absent ones are read from the environment.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    /// Region, such as `cn-north-4`.
    pub region: Option<String>,
    /// Id of the project that secrets belong to.
    pub project_id: Option<String>,
    /// Id of the account.
    pub domain_id: Option<String>,
    /// Name of that project; the region's name if neither is known.
    pub project_name: Option<String>,
    /// Old name of `project_id`, which wins.
    pub tenant_id: Option<String>,
    /// Old name of `project_name`, which wins.
    pub tenant_name: Option<String>,
    /// Name of the account.
    pub domain_name: Option<String>,
    /// Token of IAM.
    pub token: Option<Sensitive>,
    /// Id of an access key.
    pub access_key: Option<Sensitive>,
    /// Secret of the access key.
    pub secret_key: Option<Sensitive>,
    /// What goes with a temporary access key.
    pub security_token: Option<Sensitive>,
    /// Name of a user, who also needs an account.
    pub user_name: Option<String>,
    /// Id of a user; wins over the name.
    pub user_id: Option<String>,
    /// Password of the user.
    pub password: Option<Sensitive>,
    /// Agency of which a token is got after signing in.
    pub agency_name: Option<String>,
    /// Name of the account that made that agency.
    pub agency_domain_name: Option<String>,
    /// Name of the project for which it is got; the region's name if absent.
    pub delegated_project: Option<String>,
    /// Agencies to assume after signing in, each with the key of the one before.
    pub assume_role: Vec<AssumeRole>,
    /// Agency to assume with the token of an identity provider; comes before every other credential.
    pub assume_role_with_oidc: Option<AssumeRoleWithOidc>,
    /// File of `hcloud` to read a profile from.
    pub shared_config_file: Option<String>,
    /// Name of the profile; the file's current one if absent.
    pub profile: Option<String>,
    /// How requests are signed; only `HmacSHA256` is spoken.
    pub signing_algorithm: Option<String>,
    /// Service to URL, with the keys of [`Service::keys`](super::endpoint::Service::keys); other keys are left to other clients.
    pub endpoints: BTreeMap<String, String>,
    /// How often a request that failed is repeated; 5 if absent.
    pub max_retries: Option<u32>,
    /// How we introduce ourselves.
    pub user_agent: UserAgent,
    /// Domain of the cloud, such as `myhuaweicloud.com`; the region tells it if absent.
    pub cloud: Option<String>,
    /// Whether IAM is asked in the region even where only its global host is listed; no if absent.
    pub regional: Option<bool>,
    /// URL to sign in at, with or without `/v3`; where IAM answers if absent.
    pub auth_url: Option<String>,
    /// Whether any certificate of a server is accepted; no if absent.
    pub insecure: Option<bool>,
    /// Authorities to trust instead of the system's: PEM, or the path of a file with it.
    pub cacert_file: Option<String>,
    /// Our certificate for servers that ask for one: PEM, or the path of a file with it. Needs `key`.
    pub cert: Option<String>,
    /// The private key of `cert`: PEM, or the path of a file with it.
    pub key: Option<Sensitive>,
}

/// How we introduce ourselves: products such as `name/1.0`, ours last, and what the user wants to see behind them.
#[derive(Clone, Debug, Default)]
pub struct UserAgent {
    /// The products, in order.
    pub products: Vec<String>,
    /// Put at the end, without white space around it.
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
