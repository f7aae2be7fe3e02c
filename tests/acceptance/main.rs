//! Real Terraform, this build of the plugin, and the sandbox in process.
//!
//! Terraform is the one that `hwgrants demo` would use: named by `TERRAFORM_CLI_PATH`, on `PATH`, or fetched once into the
//! target folder. None at all is a failure.

// Each module is `cfg(test)`, so that clippy takes the helpers in it for tests, which may `unwrap`.
#[cfg(test)]
mod audit;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod certain;
#[cfg(test)]
mod complete;
#[cfg(test)]
mod csms_grant;
#[cfg(test)]
mod csms_grants;
#[cfg(test)]
mod csms_revoke;
#[cfg(test)]
mod csms_user;
#[cfg(test)]
mod csms_users;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod drift;
#[cfg(test)]
mod failure;
#[cfg(test)]
mod function;
#[cfg(test)]
#[path = "../golden_report/mod.rs"]
mod golden_report;
#[cfg(test)]
mod guardrail;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod import;
#[cfg(test)]
mod install;
#[cfg(test)]
mod interrupt;
#[cfg(test)]
mod kept;
#[cfg(test)]
mod killed;
#[cfg(test)]
#[path = "../large_plan/mod.rs"]
mod large_plan;
#[cfg(test)]
mod load;
#[cfg(test)]
mod moved;
#[cfg(test)]
mod network;
#[cfg(test)]
#[path = "../not_checked/mod.rs"]
mod not_checked;
#[cfg(test)]
mod on_platform;
#[cfg(test)]
#[path = "../platform/mod.rs"]
mod platform;
#[cfg(test)]
mod process;
#[cfg(test)]
#[path = "../python_sdk/mod.rs"]
mod python_sdk;
#[cfg(test)]
mod query;
#[cfg(test)]
mod registry;
#[cfg(test)]
mod renewal;
#[cfg(test)]
mod repo_cmks;
#[cfg(test)]
mod repo_encrypted_repositories;
#[cfg(test)]
mod repo_encryption_setting;
#[cfg(test)]
mod repo_kms_grant;
#[cfg(test)]
mod required;
#[cfg(test)]
mod review;
#[cfg(test)]
mod secret;
#[cfg(test)]
mod shown;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod spelling;
#[cfg(test)]
mod survive;
#[cfg(test)]
mod team;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod type_names;
#[cfg(test)]
mod unknown;
