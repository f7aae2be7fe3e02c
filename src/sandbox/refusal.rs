//! Every way the pretend cloud says no, and how each looks from outside.

use axum::http::StatusCode;
use serde_json::{Value, json};
use thiserror::Error;

use super::store::StoreError;

/// Who answers: the gateway in front of every service, or a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// Cloud Secret Management Service.
    Csms,
    /// CodeArts Repo.
    Repo,
}

/// Why a request is refused; the text is the `error_msg`.
///
/// Source: API Gateway, "Error Codes"; CSMS API reference, "Error Codes"; CodeArts Repo API reference, ShowTenantKmsGrant.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum Refusal {
    #[error("The API does not exist or has not been published in the environment")]
    NoSuchApi,
    #[error("Bad request: {0}")]
    Unreadable(String),
    #[error("Request entity too large")]
    BodyTooLarge,
    #[error("Incorrect IAM authentication information: X-Auth-Token not found")]
    TokenMissing,
    #[error("Incorrect IAM authentication information: decrypt token fail")]
    TokenUnknown,
    #[error("The token must be updated: it has expired")]
    TokenExpired,
    #[error("Internal error")]
    Internal,
    #[error("The X-Auth-Token is invalid: its length must be {limits}")]
    TokenMalformed {
        service: Service,
        limits: &'static str,
    },
    #[error(
        "You do not have the permission to perform this operation: {reason}. Improve it and try again"
    )]
    Forbidden { service: Service, reason: String },
    #[error("The request parameter is invalid: {reason}")]
    BadParameter { service: Service, reason: String },
    #[error("The request body is invalid: {reason}")]
    BadBody { service: Service, reason: String },
    #[error("The resource does not exist")]
    NoResource,
    #[error("The grant does not exist")]
    NoGrant,
    #[error("The grant already exists")]
    GrantExists,
    #[error("The secret is scheduled for deletion and cannot be used")]
    SecretPendingDelete,
    #[error("The secret name does not exist")]
    NoSecretName,
}

impl Refusal {
    /// Status and error code.
    pub(super) fn status_and_code(&self) -> (StatusCode, &'static str) {
        use Service::{Csms, Repo};
        match self {
            Self::NoSuchApi => (StatusCode::NOT_FOUND, "APIGW.0101"),
            Self::Unreadable(_) => (StatusCode::BAD_REQUEST, "APIGW.0201"),
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "APIGW.0201"),
            Self::TokenMissing | Self::TokenUnknown => (StatusCode::UNAUTHORIZED, "APIGW.0301"),
            Self::TokenExpired => (StatusCode::UNAUTHORIZED, "APIGW.0307"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "APIGW.0601"),
            Self::TokenMalformed { service: Csms, .. } => (StatusCode::BAD_REQUEST, "CSMS.0301"),
            Self::TokenMalformed { service: Repo, .. } => {
                (StatusCode::UNAUTHORIZED, "DEV.00000003")
            }
            Self::Forbidden { service: Csms, .. } => (StatusCode::FORBIDDEN, "CSMS.0302"),
            Self::Forbidden { service: Repo, .. } => (StatusCode::FORBIDDEN, "CH.004403"),
            Self::BadParameter { service: Csms, .. } | Self::GrantExists => {
                (StatusCode::BAD_REQUEST, "CSMS.0002")
            }
            Self::BadBody { service: Csms, .. } => (StatusCode::BAD_REQUEST, "CSMS.0004"),
            Self::BadParameter { service: Repo, .. } | Self::BadBody { service: Repo, .. } => {
                (StatusCode::BAD_REQUEST, "CH.010001")
            }
            Self::NoResource | Self::NoGrant => (StatusCode::BAD_REQUEST, "CSMS.0005"),
            Self::SecretPendingDelete => (StatusCode::BAD_REQUEST, "CSMS.0103"),
            Self::NoSecretName => (StatusCode::BAD_REQUEST, "CSMS.0106"),
        }
    }

    /// The body: the gateway names the request in it, a service does not.
    pub(super) fn body(&self, request_id: &str) -> Value {
        let (_, code) = self.status_and_code();
        envelope(code, &self.to_string(), request_id)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoResource => Self::NoResource,
            StoreError::ResourcePendingDelete => Self::SecretPendingDelete,
            StoreError::NoGrant => Self::NoGrant,
            StoreError::GrantExists => Self::GrantExists,
        }
    }
}

/// The error body that goes with a code.
pub(super) fn envelope(code: &str, message: &str, request_id: &str) -> Value {
    if code.starts_with("APIGW.") || code.starts_with("APIG.") {
        json!({"error_code": code, "error_msg": message, "request_id": request_id})
    } else {
        json!({"error_code": code, "error_msg": message})
    }
}
