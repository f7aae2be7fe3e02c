//! The provider block: its attributes and the environment variables that they default to.

use std::collections::BTreeMap;

use crate::cloud::{DomainId, ProjectId, Region, variables};
use crate::framework::schema::Nesting;
use crate::framework::validate::whole_number;
use crate::framework::{Field, OrEmpty, Value, model};
use crate::provider::guardrail::Guardrails;

/// An id without a type of its own: of an IAM user or an identity provider. The rules are the same for all ids.
pub(super) type AnyId = DomainId;

model! {
    /// Manages grants on Huawei Cloud: which users and groups can use a secret, and whether CodeArts Repo can use an
    /// account's KMS keys. Arguments and environment variables have the same names as in the `huaweicloud` provider.
    pub struct Config {
        /// Region, such as `cn-north-4`.
        #[attribute(environment(variables::REGION))]
        pub(super) region: Field<OrEmpty<Region>>,
        /// ID of the project that the secrets belong to. Looked up by `project_name` if not set.
        #[attribute(environment(variables::PROJECT_ID))]
        pub(super) project_id: Field<OrEmpty<ProjectId>>,
        /// Name of the project that the secrets belong to. Defaults to the region name.
        #[attribute(environment(variables::PROJECT_NAME))]
        pub(super) project_name: Field<String>,
        /// Former name of `project_id`. Ignored if `project_id` is set.
        #[attribute(deprecated("Use `project_id` instead."))]
        pub(super) tenant_id: Field<OrEmpty<ProjectId>>,
        /// Former name of `project_name`. Ignored if `project_name` is set.
        #[attribute(deprecated("Use `project_name` instead."))]
        pub(super) tenant_name: Field<String>,
        /// ID of the account. Looked up if not set.
        #[attribute(environment(variables::DOMAIN_ID))]
        pub(super) domain_id: Field<OrEmpty<DomainId>>,
        /// Name of the account.
        #[attribute(environment(variables::DOMAIN_NAME))]
        pub(super) domain_name: Field<String>,
        /// IAM token to sign in with.
        #[attribute(sensitive, environment(variables::TOKEN))]
        pub(super) token: Field<String>,
        /// Access key to sign in with; requires `secret_key`.
        #[attribute(sensitive, environment(variables::ACCESS_KEY))]
        pub(super) access_key: Field<String>,
        /// Secret key for `access_key`.
        #[attribute(sensitive, environment(variables::SECRET_KEY))]
        pub(super) secret_key: Field<String>,
        /// Security token for a temporary access key.
        #[attribute(sensitive, environment(variables::SECURITY_TOKEN))]
        pub(super) security_token: Field<String>,
        /// Name of the IAM user to sign in as; requires `password` and an account (`domain_id` or `domain_name`).
        #[attribute(environment(variables::USER_NAME))]
        pub(super) user_name: Field<String>,
        /// ID of the IAM user to sign in as. Alternative to `user_name` and an account; requires `password`.
        #[attribute(environment(variables::USER_ID))]
        pub(super) user_id: Field<OrEmpty<AnyId>>,
        /// Password of the IAM user.
        #[attribute(sensitive, environment(variables::PASSWORD))]
        pub(super) password: Field<String>,
        /// Name of the agency to obtain a token for after signing in.
        #[attribute(environment(variables::AGENCY_NAME))]
        pub(super) agency_name: Field<String>,
        /// Name of the account that owns the agency in `agency_name`.
        #[attribute(environment(variables::AGENCY_DOMAIN_NAME))]
        pub(super) agency_domain_name: Field<String>,
        /// Name of the project that the agency token is valid for. Defaults to the region name.
        #[attribute(environment(variables::DELEGATED_PROJECT))]
        pub(super) delegated_project: Field<String>,
        /// Path to the `hcloud` configuration file. Defaults to `~/.hcloud/config.json`.
        #[attribute(environment(variables::SHARED_CONFIG_FILE))]
        pub(super) shared_config_file: Field<String>,
        /// Profile in `shared_config_file`. Defaults to the file's current profile.
        #[attribute(environment(variables::PROFILE))]
        pub(super) profile: Field<String>,
        /// Request signing algorithm. Only `HmacSHA256` is supported.
        #[attribute(environment(variables::SIGNING_ALGORITHM))]
        pub(super) signing_algorithm: Field<String>,
        /// Cloud domain, such as `myhuaweicloud.com`. Defaults to the region's domain.
        #[attribute(environment(variables::CLOUD))]
        pub(super) cloud: Field<String>,
        /// Whether to use the regional endpoint for services that also have a global endpoint.
        pub(super) regional: Field<bool>,
        /// IAM URL for authentication, with or without `/v3`.
        #[attribute(environment(variables::AUTH_URL))]
        pub(super) auth_url: Field<String>,
        /// Endpoint URLs by service: `csms` (or `kms`), `codearts_repo` (or `codehub`), `iam`, `sts`. If the
        /// environment variable `HWGRANTS_ENDPOINT` is set, it overrides all service endpoints, and the provider shows
        /// a warning. `http://` URLs for remote hosts are rejected unless `insecure` is `true`.
        pub(super) endpoints: Field<BTreeMap<String, Field<String>>>,
        /// Whether to accept any TLS certificate and allow `http://` URLs for remote hosts.
        #[attribute(environment(variables::INSECURE))]
        pub(super) insecure: Field<bool>,
        /// Certificate authorities to trust instead of the system's, as PEM text or the path to a PEM file.
        #[attribute(environment(variables::CACERT_FILE))]
        pub(super) cacert_file: Field<String>,
        /// Client certificate, as PEM text or the path to a PEM file. Requires `key`.
        #[attribute(environment(variables::CERT))]
        pub(super) cert: Field<String>,
        /// Private key for `cert`, as PEM text or the path to a PEM file.
        #[attribute(sensitive, environment(variables::KEY))]
        pub(super) key: Field<String>,
        /// Maximum number of retries after a temporary failure. Defaults to 5.
        #[attribute(check(whole_number(0..=u32::MAX.into())), environment(variables::MAX_RETRIES))]
        pub(super) max_retries: Field<i64>,
        /// Ignored. Accepted for compatibility with the `huaweicloud` provider block.
        pub(super) enterprise_project_id: Field<String>,
        /// Ignored. Accepted for compatibility with the `huaweicloud` provider block.
        pub(super) enable_force_new: Field<bool>,
        /// Ignored. Accepted for compatibility with the `huaweicloud` provider block.
        pub(super) skip_check_website_type: Field<bool>,
        /// Ignored. Accepted for compatibility with the `huaweicloud` provider block.
        pub(super) skip_check_upgrade: Field<bool>,
        /// Ignored. Accepted for compatibility with the `huaweicloud` provider block.
        pub(super) default_tags: Field<BTreeMap<String, Field<String>>>,
        /// Ignored. Accepted for compatibility with the `huaweicloud` provider block.
        pub(super) ignore_tags: Field<Value>,
        /// Agency to assume after signing in. If there are multiple blocks, the agencies are assumed in order, and
        /// resources are managed in the last agency's account. Omitted arguments are read from environment variables,
        /// which also apply if there is no block.
        #[block(Nesting::List { max_items: 0 })]
        pub(super) assume_role: Field<Vec<Field<RoleBlock>>>,
        /// Agency to assume with an identity provider token.
        #[block(Nesting::List { max_items: 1 })]
        pub(super) assume_role_with_oidc: Field<Vec<Field<OidcRole>>>,
        /// Rules that every `hwgrants_csms_grant` must follow, checked during planning. A violation is an error if the
        /// plan creates the grant or changes its expiry, and a warning if the grant is unchanged.
        /// `warn_expiring_within_days` only shows warnings. Destroying a grant is always allowed.
        #[block(Nesting::List { max_items: 1 })]
        pub(super) guardrails: Field<Vec<Field<Guardrails>>>,
    }
}

model! {
    /// An agency to assume.
    pub(super) struct RoleBlock {
        /// Name of the agency.
        #[attribute(environment(variables::ROLE_AGENCY_NAME))]
        pub(super) agency_name: Field<String>,
        /// Name of the account that owns the agency.
        #[attribute(environment(variables::ROLE_DOMAIN_NAME))]
        pub(super) domain_name: Field<String>,
        /// ID of the account that owns the agency. If set, the agency is assumed with STS instead of IAM.
        #[attribute(environment(variables::ROLE_DOMAIN_ID))]
        pub(super) domain_id: Field<OrEmpty<DomainId>>,
        /// Lifetime of the temporary access key, in seconds.
        #[attribute(check(whole_number(0..=86_400)), environment(variables::ROLE_DURATION))]
        pub(super) duration: Field<i64>,
    }
}

model! {
    /// An agency to assume with an identity provider token.
    pub(super) struct OidcRole {
        /// Name of the agency.
        #[attribute(environment(variables::ROLE_AGENCY_NAME))]
        pub(super) agency_name: Field<String>,
        /// ID of the account that owns the agency.
        #[attribute(environment(variables::ROLE_DOMAIN_ID))]
        pub(super) domain_id: Field<OrEmpty<DomainId>>,
        /// ID of the IAM identity provider.
        #[attribute(environment(variables::IDP_ID))]
        pub(super) idp_id: Field<OrEmpty<AnyId>>,
        /// Identity provider token.
        #[attribute(sensitive, environment(variables::ID_TOKEN))]
        pub(super) id_token: Field<String>,
        /// Path to a file that contains the identity provider token.
        #[attribute(environment(variables::ID_TOKEN_FILE))]
        pub(super) id_token_file: Field<String>,
        /// Lifetime of the temporary access key, in seconds.
        #[attribute(check(whole_number(0..=86_400)), environment(variables::ROLE_DURATION))]
        pub(super) duration: Field<i64>,
    }
}
