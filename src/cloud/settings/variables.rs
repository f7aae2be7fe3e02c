//! The environment variables that stand in for arguments of the provider block, each list in the order in which it is read.
//!
//! Source: names and order as in the provider `huaweicloud` 1.97.

/// Of `domain_name`.
pub const DOMAIN_NAME: &[&str] = &[
    "HW_DOMAIN_NAME",
    "OS_DOMAIN_NAME",
    "OS_USER_DOMAIN_NAME",
    "OS_PROJECT_DOMAIN_NAME",
];
/// Of `token`.
pub const TOKEN: &[&str] = &["HW_AUTH_TOKEN", "OS_AUTH_TOKEN"];
/// Of `access_key`.
pub const ACCESS_KEY: &[&str] = &["HW_ACCESS_KEY", "OS_ACCESS_KEY"];
/// Of `secret_key`.
pub const SECRET_KEY: &[&str] = &["HW_SECRET_KEY", "OS_SECRET_KEY"];
/// Of `security_token`.
pub const SECURITY_TOKEN: &[&str] = &["HW_SECURITY_TOKEN"];
/// Of `user_name`.
pub const USER_NAME: &[&str] = &["HW_USER_NAME", "OS_USERNAME"];
/// Of `user_id`.
pub const USER_ID: &[&str] = &["HW_USER_ID", "OS_USER_ID"];
/// Of `password`.
pub const PASSWORD: &[&str] = &["HW_USER_PASSWORD", "OS_PASSWORD"];
/// Of `idp_id`.
pub const IDP_ID: &[&str] = &["HW_ASSUME_ROLE_IDP_ID"];
/// Of `id_token`.
pub const ID_TOKEN: &[&str] = &["HW_ASSUME_ROLE_ID_TOKEN"];
/// Of `id_token_file`.
pub const ID_TOKEN_FILE: &[&str] = &["HW_ASSUME_ROLE_ID_TOKEN_FILE"];
/// Of `shared_config_file`.
pub const SHARED_CONFIG_FILE: &[&str] = &["HW_SHARED_CONFIG_FILE"];
/// Of `profile`.
pub const PROFILE: &[&str] = &["HW_PROFILE"];
/// Of `agency_name`.
pub const AGENCY_NAME: &[&str] = &["OS_AGENCY_NAME"];
/// Of `agency_domain_name`.
pub const AGENCY_DOMAIN_NAME: &[&str] = &["OS_AGENCY_DOMAIN_NAME"];
/// Of `delegated_project`.
pub const DELEGATED_PROJECT: &[&str] = &["OS_DELEGATED_PROJECT"];
/// Of `role_agency_name`.
pub const ROLE_AGENCY_NAME: &[&str] = &["HW_ASSUME_ROLE_AGENCY_NAME"];
/// Of `role_domain_name`.
pub const ROLE_DOMAIN_NAME: &[&str] = &["HW_ASSUME_ROLE_DOMAIN_NAME"];
/// Of `role_domain_id`.
pub const ROLE_DOMAIN_ID: &[&str] = &["HW_ASSUME_ROLE_DOMAIN_ID"];
/// Of `role_duration`.
pub const ROLE_DURATION: &[&str] = &["HW_ASSUME_ROLE_DURATION"];
/// Of `region`.
pub const REGION: &[&str] = &["HW_REGION_NAME", "OS_REGION_NAME"];
/// ID of the project; the last one is the old name.
pub const PROJECT_ID: &[&str] = &["HW_PROJECT_ID", "OS_PROJECT_ID", "OS_TENANT_ID"];
/// Of `domain_id`.
pub const DOMAIN_ID: &[&str] = &[
    "HW_DOMAIN_ID",
    "OS_DOMAIN_ID",
    "OS_USER_DOMAIN_ID",
    "OS_PROJECT_DOMAIN_ID",
];
/// Name of the project; the last one is the old name.
pub const PROJECT_NAME: &[&str] = &["HW_PROJECT_NAME", "OS_PROJECT_NAME", "OS_TENANT_NAME"];
/// Of `signing_algorithm`.
pub const SIGNING_ALGORITHM: &[&str] = &["HW_SIGNING_ALGORITHM"];
/// Of `max_retries`.
pub const MAX_RETRIES: &[&str] = &["HW_MAX_RETRIES"];
/// Of `cloud`.
pub const CLOUD: &[&str] = &["HW_CLOUD"];
/// Of `auth_url`.
pub const AUTH_URL: &[&str] = &["HW_AUTH_URL", "OS_AUTH_URL"];
/// Of `insecure`.
pub const INSECURE: &[&str] = &["HW_INSECURE", "OS_INSECURE"];
/// Of `cacert_file`.
pub const CACERT_FILE: &[&str] = &["OS_CACERT"];
/// Of `cert`.
pub const CERT: &[&str] = &["OS_CERT"];
/// Of `key`.
pub const KEY: &[&str] = &["OS_KEY"];
