//! Errors of the gateway and the services, with status, code and body.

use axum::http::StatusCode;
use serde_json::{Value, json};
use thiserror::Error;

use crate::sandbox::signature::SignatureError;
use crate::sandbox::store::error::StoreError;

/// The service that answers; its error codes and bodies depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Responder {
    /// Cloud Secret Management Service.
    Csms,
    /// Key Management Service.
    Kms,
    /// CodeArts Repo.
    Repo,
    /// IAM under `/v3/`, which has its own error body.
    Keystone,
    /// IAM under `/v3.0/OS-…`.
    Iam,
    /// Security Token Service.
    Sts,
    /// Metadata service of a server.
    Metadata,
}

impl Responder {
    /// Whether the service is part of IAM.
    pub(in crate::sandbox) fn is_iam(self) -> bool {
        matches!(self, Self::Keystone | Self::Iam)
    }
}

/// Why a request is refused; `Display` is the `error_msg`.
///
/// Source: API Gateway, "Error Codes"; CSMS API reference, "Error Codes"; CodeArts Repo API reference, ShowTenantKmsGrant;
/// IAM API reference, "Error Codes".
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(in crate::sandbox) enum ApiError {
    #[error("The API does not exist or has not been published in the environment")]
    NoSuchApi,
    /// Path or body cannot be read, with the reason; 400.
    #[error("Bad request: {0}")]
    Unreadable(String),
    #[error("Request entity too large")]
    BodyTooLarge,
    /// Also the error of a request without any credentials, except for IAM under `/v3/`.
    #[error("Incorrect IAM authentication information: X-Auth-Token not found")]
    TokenMissing,
    #[error("Incorrect IAM authentication information: decrypt token fail")]
    TokenUnknown,
    #[error("The token must be updated: it has expired")]
    TokenExpired,
    /// Expired token, as the CodeArts Repo API reference documents it.
    #[error("Authentication information expired.")]
    RepoTokenExpired,
    /// Valid token, but the project of the path is in another region. A signed request gets `Forbidden` instead.
    #[error("The token must be updated: it was issued by another region")]
    TokenForeign,
    #[error("Incorrect IAM authentication information: {0}")]
    SignatureWrong(SignatureError),
    #[error("Incorrect IAM authentication information: the access key does not exist")]
    KeyUnknown,
    #[error("Incorrect IAM authentication information: the access key has expired")]
    KeyExpired,
    #[error(
        "Incorrect IAM authentication information: `X-Security-Token` does not match the access key"
    )]
    SecurityTokenWrong,
    #[error("Internal error")]
    Internal,
    /// Changes are in memory but could not be written to the data file, with the reason.
    #[error("Internal error: {0}")]
    NotPersisted(String),
    #[error("{1}")]
    Unauthenticated(Responder, String),
    /// 404 of IAM, STS and CodeArts Repo, with what does not exist. Resources and grants of CSMS have errors of their own.
    #[error("Could not find {1}")]
    NotFound(Responder, String),
    /// Token of a length that the service does not accept; `limits` is the documented range as text.
    #[error("The X-Auth-Token is invalid: its length must be {limits} characters")]
    TokenMalformed {
        service: Responder,
        limits: &'static str,
    },
    /// 403: credentials are valid, but project, account or permission is not that of the caller.
    #[error(
        "You do not have permission to perform this operation: {reason}. Request the permission and try again"
    )]
    Forbidden { service: Responder, reason: String },
    /// Wrong parameter of path or query; for CSMS also a missing field or a wrong value in the body (`CSMS.0002`).
    #[error("The request parameter is invalid: {reason}")]
    BadParameter { service: Responder, reason: String },
    /// Body of a wrong format or type: `CSMS.0004` for CSMS. The other services have one code for this and
    /// `BadParameter`.
    #[error("The request body is invalid: {reason}")]
    BadBody { service: Responder, reason: String },
    /// The project of the path has no such secret or secret group; answered with 400, not 404.
    #[error("The resource does not exist")]
    NoResource,
    /// Quirks select the status, 400 or 404.
    #[error("The grant does not exist")]
    NoGrant(StatusCode),
    #[error("The grant already exists")]
    GrantExists,
    #[error("The secret is scheduled for deletion and cannot be used")]
    SecretPendingDelete,
    /// No secret of this name; ids have `NoResource`.
    #[error("The secret name does not exist")]
    NoSecretName,
    /// Invalid query of ListUsers, which has its own error body.
    #[error("The request parameter is invalid: {0}")]
    BadDirectoryQuery(String),
    #[error("The user does not exist")]
    NoDirectoryUser,
    /// Error of KMS, with its code and message; always 400, in an error body of its own.
    #[error("{1}")]
    Kms(&'static str, String),
}

impl ApiError {
    /// Status and error code.
    pub(in crate::sandbox) fn status_and_code(&self) -> (StatusCode, &'static str) {
        use Responder::{Csms, Iam, Keystone, Kms, Metadata, Repo, Sts};
        match self {
            Self::NoSuchApi => (StatusCode::NOT_FOUND, "APIGW.0101"),
            Self::Unreadable(_) => (StatusCode::BAD_REQUEST, "APIGW.0201"),
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "APIGW.0201"),
            Self::TokenMissing
            | Self::TokenUnknown
            | Self::SignatureWrong(_)
            | Self::KeyUnknown
            | Self::KeyExpired
            | Self::SecurityTokenWrong => (StatusCode::UNAUTHORIZED, "APIGW.0301"),
            Self::TokenExpired | Self::TokenForeign => (StatusCode::UNAUTHORIZED, "APIGW.0307"),
            Self::RepoTokenExpired => (StatusCode::UNAUTHORIZED, "DEV.00000003"),
            Self::Internal | Self::NotPersisted(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "APIGW.0601")
            }
            Self::TokenMalformed { service, .. } => match service {
                Repo => (StatusCode::UNAUTHORIZED, "DEV.00000003"),
                _ => (StatusCode::BAD_REQUEST, "CSMS.0301"),
            },
            Self::Unauthenticated(..) => (StatusCode::UNAUTHORIZED, "IAM.0001"),
            Self::NotFound(Repo, _) => (StatusCode::NOT_FOUND, "CH.000404"),
            Self::NotFound(..) => (StatusCode::NOT_FOUND, "IAM.0004"),
            Self::Forbidden { service, .. } => match service {
                Csms => (StatusCode::FORBIDDEN, "CSMS.0302"),
                Kms => (StatusCode::FORBIDDEN, "KMS.0306"),
                Repo => (StatusCode::FORBIDDEN, "CH.004403"),
                Keystone | Iam | Sts | Metadata => (StatusCode::FORBIDDEN, "IAM.0002"),
            },
            Self::BadParameter { service, .. } | Self::BadBody { service, .. } => {
                let code = match (service, self) {
                    (Csms, Self::BadBody { .. }) => "CSMS.0004",
                    (Csms, _) => "CSMS.0002",
                    (Kms, Self::BadBody { .. }) => "KMS.0202",
                    (Kms, _) => "KMS.0308",
                    (Repo, _) => "CH.010001",
                    (Keystone | Iam | Sts | Metadata, _) => "IAM.0011",
                };
                (StatusCode::BAD_REQUEST, code)
            }
            Self::GrantExists => (StatusCode::BAD_REQUEST, "CSMS.0002"),
            Self::NoResource => (StatusCode::BAD_REQUEST, "CSMS.0005"),
            Self::NoGrant(status) => (*status, "CSMS.0005"),
            Self::SecretPendingDelete => (StatusCode::BAD_REQUEST, "CSMS.0103"),
            Self::NoSecretName => (StatusCode::BAD_REQUEST, "CSMS.0106"),
            Self::BadDirectoryQuery(_) => (StatusCode::BAD_REQUEST, "CSMS.0002"),
            Self::NoDirectoryUser => (StatusCode::BAD_REQUEST, "CSMS.0005"),
            Self::Kms(code, _) => (StatusCode::BAD_REQUEST, code),
        }
    }

    /// The body. That of the gateway has the request ID; that of IAM under `/v3/` repeats the status.
    pub(in crate::sandbox) fn body(&self, request_id: &str) -> Value {
        let (status, code) = self.status_and_code();
        let message = self.to_string();
        match self.service() {
            Some(Responder::Keystone) => json!({"error": {
                "code": status.as_u16(),
                "message": message,
                "title": status.canonical_reason(),
            }}),
            Some(Responder::Kms) => json!({"error": error_body(code, &message, request_id)}),
            None if matches!(self, Self::BadDirectoryQuery(_)) => {
                json!({"error": error_body(code, &message, request_id)})
            }
            Some(Responder::Sts) if status == StatusCode::FORBIDDEN => json!({
                "error_code": code,
                "error_msg": message,
                // Encrypted for IAM in the real service; clients do not read it.
                "encoded_authorization_message": "c2FuZGJveA==",
            }),
            _ => error_body(code, &message, request_id),
        }
    }

    /// The service, for errors whose body depends on it.
    fn service(&self) -> Option<Responder> {
        match self {
            Self::Unauthenticated(service, _)
            | Self::NotFound(service, _)
            | Self::Forbidden { service, .. }
            | Self::BadParameter { service, .. }
            | Self::BadBody { service, .. } => Some(*service),
            Self::Kms(..) => Some(Responder::Kms),
            _ => None,
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoResource => Self::NoResource,
            StoreError::ResourcePendingDelete => Self::SecretPendingDelete,
            StoreError::NoGrant | StoreError::GranteeIsGroup => {
                Self::NoGrant(StatusCode::BAD_REQUEST)
            }
            StoreError::NoGrantee => Self::BadParameter {
                service: Responder::Csms,
                reason: "`grantee_user` is missing".to_owned(),
            },
            StoreError::GrantExists => Self::GrantExists,
        }
    }
}

/// The error body for a code: with the request ID for codes of the gateway.
pub(in crate::sandbox) fn error_body(code: &str, message: &str, request_id: &str) -> Value {
    if code.starts_with("APIGW.") || code.starts_with("APIG.") {
        json!({"error_code": code, "error_msg": message, "request_id": request_id})
    } else {
        json!({"error_code": code, "error_msg": message})
    }
}
