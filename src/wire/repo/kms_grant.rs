//! The account's delegation of its KMS keys.
//!
//! Source: CodeArts Repo API reference, CreateTenantKmsGrant, ShowTenantKmsGrant.

use serde::{Deserialize, Serialize};

use super::check_account;
use crate::wire::answer::Answer;
use crate::wire::lenient;

/// Answer of CreateTenantKmsGrant, `POST /v4/tenants/{tenant_id}/repo-encryption/kms-grant`, with status 200.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateTenantKmsGrantResponse {
    /// Account id.
    #[serde(default, deserialize_with = "lenient::optional_id")]
    pub tenant_id: Option<String>,
    /// Whether delegation and authorisation are in place.
    #[serde(default)]
    pub assumed: Option<bool>,
}

/// Answer of ShowTenantKmsGrant, `GET /v4/tenants/{tenant_id}/repo-encryption/kms-grant`, with status 202.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowTenantKmsGrantResponse {
    /// Account id.
    #[serde(default, deserialize_with = "lenient::optional_id")]
    pub tenant_id: Option<String>,
    /// Whether delegation and authorisation are in place.
    #[serde(default)]
    pub assumed: Option<bool>,
}

/// Reads an answer of CreateTenantKmsGrant or ShowTenantKmsGrant about this account: whether the delegation is in place.
///
/// **Documented:** an object with the boolean `assumed`, and `tenant_id`, which may be missing but names no other account.
#[must_use]
pub fn assumed(tenant_id: &str, body: &[u8]) -> Answer<bool> {
    // Both operations answer in the same form.
    let answer: Answer<ShowTenantKmsGrantResponse> = Answer::typed(body);
    answer.and_then(|answer| {
        check_account(tenant_id, answer.tenant_id)?;
        // Without it, neither true nor false may be concluded: one would hide a missing grant, the other forget an
        // existing one.
        answer
            .assumed
            .ok_or_else(|| "`assumed` is missing".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delegation_status_needs_a_boolean_and_no_other_account() {
        for (body, expected) in [
            (r#"{"tenant_id":"t","assumed":true}"#, Some(true)),
            (r#"{"tenant_id":"t","assumed":false}"#, Some(false)),
            (r#"{"assumed":true}"#, Some(true)),
            (r#"{"tenant_id":null,"assumed":false}"#, Some(false)),
            (r#"{"tenant_id":7,"assumed":true}"#, None),
            (r#"{"tenant_id":"u","assumed":true}"#, None),
            (r#"{"tenant_id":"u","assumed":false}"#, None),
            (r#"{"tenant_id":"t"}"#, None),
            (r#"{"tenant_id":"t","assumed":null}"#, None),
            (r#"{"tenant_id":"t","assumed":"true"}"#, None),
            (r#"{"tenant_id":"t","assumed":1}"#, None),
            (r#"{"tenant_id":{},"assumed":true}"#, None),
            (
                r#"{"assumed":true,"error_code":"CH.000001","error_msg":"m"}"#,
                None,
            ),
            (r#"{"error_code":"CH.004403","error_msg":"m"}"#, None),
            (r#"{"error":{"code":401,"message":"m"}}"#, None),
            ("{}", None),
            ("[]", None),
            ("null", None),
            ("true", None),
            ("", None),
            ("<html>", None),
            (r#"{"tenant_id":"t","assu"#, None),
        ] {
            let said = match assumed("t", body.as_bytes()) {
                Answer::Documented(is_assumed) => Some(is_assumed),
                Answer::PossiblyEmpty | Answer::Error(_) | Answer::NotUnderstood(_) => None,
            };
            assert_eq!(said, expected, "{body}");
        }
    }
}
