//! CodeArts Repo: the account's delegation of its KMS keys, and the encryption of its repositories.

mod encryption;
mod kms_grant;

pub use encryption::{
    ListedCmk, ListedRepository, ShowTenantRepoEncryptionSettingResponse,
    UpdateTenantRepoEncryptionSettingRequest, cmks, encrypted_repositories, encryption_setting,
};
pub use kms_grant::{CreateTenantKmsGrantResponse, ShowTenantKmsGrantResponse, assumed};

/// Checks that an answer is not about another account; it may name none.
fn check_account(tenant_id: &str, named: Option<String>) -> Result<(), String> {
    match named.filter(|id| id != tenant_id) {
        Some(other) => Err(format!(
            "the response is for a different account, `{other}`"
        )),
        None => Ok(()),
    }
}
