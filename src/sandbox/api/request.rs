//! Requests as handlers see them.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;

use super::caller::{AuthMethod, Caller};
use super::error_response::{ApiError, Responder};
use crate::sandbox::consistency::ReadLag;
use crate::sandbox::id::ProjectId;
use crate::sandbox::store::grant_table::GrantTables;

/// Rule for the body of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum BodyRule {
    /// JSON with a matching `Content-Type`.
    Json,
    /// No body; sending one is an error.
    Empty,
    /// No body; one that is sent is part of the signature and otherwise ignored.
    Ignored,
}

/// A request with an accepted caller.
pub(in crate::sandbox) struct ApiRequest {
    /// Parameters of the path by name, decoded and never empty.
    pub(in crate::sandbox) path: BTreeMap<String, String>,
    /// Pairs of the query, decoded, in the order as sent. A name may occur twice.
    pub(in crate::sandbox) query: Vec<(String, String)>,
    pub(in crate::sandbox) headers: HeaderMap,
    pub(in crate::sandbox) body: Bytes,
    /// None only for operations that allow anonymous requests.
    pub(in crate::sandbox) caller: Option<Caller>,
    /// Service of the operation, which decides about error codes and bodies.
    pub(in crate::sandbox) service: Responder,
    /// Staleness of what a read sees; zero unless a fault applies.
    pub(in crate::sandbox) lag: ReadLag,
    /// Grants that a write starts from instead of the current ones; set by the fault `lose_updates`.
    pub(in crate::sandbox) stale_grants: Option<GrantTables>,
}

impl ApiRequest {
    /// A parameter of the path; empty if the path has none of this name.
    pub(in crate::sandbox) fn path(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// The project in the path.
    pub(in crate::sandbox) fn project_id(&self) -> ProjectId {
        ProjectId::from(self.path("project_id"))
    }

    /// A header; none if it is absent or not text.
    pub(in crate::sandbox) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON. The error does not quote the body, which may hold secrets.
    ///
    /// # Errors
    /// `BadBody` if a field is missing or has the wrong type.
    pub(in crate::sandbox) fn parse_body<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let body = serde_json::from_slice(&self.body);
        body.map_err(|_| {
            self.bad_body("expected a JSON object with the fields required by this operation")
        })
    }

    /// The caller.
    ///
    /// # Errors
    /// `Unauthenticated` without credentials.
    pub(in crate::sandbox) fn require_caller(&self) -> Result<&Caller, ApiError> {
        let caller = self.caller.as_ref();
        caller.ok_or_else(|| {
            let reason =
                "Authentication is required, but the request has neither a token nor a signature"
                    .to_owned();
            ApiError::Unauthenticated(self.service, reason)
        })
    }

    /// The caller, if it has authenticated by this method.
    ///
    /// # Errors
    /// `Unauthenticated` without credentials, or with another method.
    pub(in crate::sandbox) fn require_caller_with(
        &self,
        auth_method: AuthMethod,
    ) -> Result<&Caller, ApiError> {
        let caller = self.caller.as_ref();
        caller
            .filter(|caller| caller.auth_method == auth_method)
            .ok_or_else(|| {
                let reason = "The X-Auth-Token is invalid!".to_owned();
                ApiError::Unauthenticated(self.service, reason)
            })
    }

    /// A parameter of the query. Unknown parameters are ignored, as by the services: a misspelled one is the same as a missing
    /// one.
    ///
    /// # Errors
    /// `BadParameter` if it is given twice.
    pub(in crate::sandbox) fn query(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let mut values = self.query.iter().filter(|(key, _)| key == name);
        let value = values.next().map(|(_, value)| value.as_str());
        if values.next().is_some() {
            return Err(self.bad_parameter(format!("`{name}` is specified more than once")));
        }
        Ok(value)
    }

    /// A required parameter of the query with 1 to 64 characters.
    ///
    /// # Errors
    /// `BadParameter` if it is missing, given twice, or has another length.
    pub(in crate::sandbox) fn require_query(&self, name: &str) -> Result<&str, ApiError> {
        let value = self.query(name)?;
        let value = value.ok_or_else(|| self.bad_parameter(format!("`{name}` is missing")))?;
        self.check_length(name, value, 1, 64)
    }

    /// Checks the length of `value` in characters.
    pub(in crate::sandbox) fn check_length<'a>(
        &self,
        name: &str,
        value: &'a str,
        min: usize,
        max: usize,
    ) -> Result<&'a str, ApiError> {
        let length = value.chars().count();
        if (min..=max).contains(&length) {
            return Ok(value);
        }
        let reason = format!("`{name}` must be {min} to {max} characters long, but has {length}");
        Err(self.bad_parameter(reason))
    }

    /// The error of this request's service for a wrong parameter.
    pub(in crate::sandbox) fn bad_parameter(&self, reason: impl Into<String>) -> ApiError {
        ApiError::BadParameter {
            service: self.service,
            reason: reason.into(),
        }
    }

    /// The error of this request's service for a wrong body.
    pub(in crate::sandbox) fn bad_body(&self, reason: impl Into<String>) -> ApiError {
        ApiError::BadBody {
            service: self.service,
            reason: reason.into(),
        }
    }

    /// Checks the body against the rule of the operation.
    ///
    /// # Errors
    /// `BadBody` for an unexpected body, or a `Content-Type` that is not JSON in UTF-8.
    pub(in crate::sandbox) fn check_body(&self, rule: BodyRule) -> Result<(), ApiError> {
        match rule {
            BodyRule::Ignored => Ok(()),
            BodyRule::Empty if self.body.is_empty() => Ok(()),
            BodyRule::Empty => Err(self.bad_body("this operation does not accept a body")),
            BodyRule::Json if self.has_json_content_type() => Ok(()),
            BodyRule::Json => {
                Err(self.bad_body("`Content-Type` must be `application/json;charset=UTF-8`"))
            }
        }
    }

    /// Whether `Content-Type` is JSON in UTF-8. IAM and STS take a body without `Content-Type` for JSON.
    fn has_json_content_type(&self) -> bool {
        let Some(content_type) = self.headers.get(header::CONTENT_TYPE) else {
            return self.service.is_iam() || self.service == Responder::Sts;
        };
        let Ok(content_type) = content_type.to_str() else {
            return false;
        };
        let mut parts = content_type.split(';').map(str::trim);
        let is_json = parts
            .next()
            .is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
        is_json && parts.filter(|part| !part.is_empty()).all(is_utf8_charset)
    }
}

/// Whether a parameter of a media type is `charset=UTF-8`, or `charset=utf8` as in the IAM API reference.
fn is_utf8_charset(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return false;
    };
    let value = value.trim().trim_matches('"');
    name.trim().eq_ignore_ascii_case("charset")
        && ["utf-8", "utf8"]
            .iter()
            .any(|known| value.eq_ignore_ascii_case(known))
}
