//! What a handler sees of a request.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;

use super::caller::{AuthMethod, Caller};
use super::error_response::{ApiError, Responder};
use crate::sandbox::consistency::ReadLag;
use crate::sandbox::id::ProjectId;
use crate::sandbox::store::grant_table::GrantTables;

/// Whether an operation takes a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum BodyRule {
    /// A JSON object, announced as such.
    Json,
    /// None; sending one is an error.
    Empty,
    /// None; one that is sent is signed like any other, and ignored.
    Ignored,
}

/// A request whose caller is admitted.
pub(in crate::sandbox) struct ApiRequest {
    pub(in crate::sandbox) path: BTreeMap<String, String>,
    pub(in crate::sandbox) query: Vec<(String, String)>,
    pub(in crate::sandbox) headers: HeaderMap,
    pub(in crate::sandbox) body: Bytes,
    pub(in crate::sandbox) caller: Option<Caller>,
    pub(in crate::sandbox) service: Responder,
    pub(in crate::sandbox) lag: ReadLag,
    /// What a write goes by, where that is not what is there.
    pub(in crate::sandbox) stale_grants: Option<GrantTables>,
}

impl ApiRequest {
    /// A parameter of the path.
    pub(in crate::sandbox) fn path(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// The project of the path.
    pub(in crate::sandbox) fn project_id(&self) -> ProjectId {
        ProjectId::from(self.path("project_id"))
    }

    /// A header that is text.
    pub(in crate::sandbox) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON. The refusal does not say what was found: it may be secret.
    ///
    /// # Errors
    /// `BadBody` if a field is missing or of another type.
    pub(in crate::sandbox) fn parse_body<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let body = serde_json::from_slice(&self.body);
        body.map_err(|_| self.bad_body("it is not the JSON object that this operation takes"))
    }

    /// Who calls.
    ///
    /// # Errors
    /// `Unauthenticated` if the caller does not say.
    pub(in crate::sandbox) fn require_caller(&self) -> Result<&Caller, ApiError> {
        let caller = self.caller.as_ref();
        caller.ok_or_else(|| {
            let reason = "Authentication is required: neither token nor signature".to_owned();
            ApiError::Unauthenticated(self.service, reason)
        })
    }

    /// Who calls, if shown this way.
    ///
    /// # Errors
    /// `Unauthenticated` if the caller does not say, or shows it in another way.
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

    /// A parameter of the query, at most once. Parameters nobody asks for are ignored, as services do: a misspelt one
    /// then has the effect of a missing one.
    pub(in crate::sandbox) fn query(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let mut values = self.query.iter().filter(|(key, _)| key == name);
        let value = values.next().map(|(_, value)| value.as_str());
        if values.next().is_some() {
            return Err(self.bad_parameter(format!("`{name}` is given twice")));
        }
        Ok(value)
    }

    /// A parameter of the query that must be there and have 1 to 64 characters.
    pub(in crate::sandbox) fn require_query(&self, name: &str) -> Result<&str, ApiError> {
        let value = self.query(name)?;
        let value = value.ok_or_else(|| self.bad_parameter(format!("`{name}` is missing")))?;
        self.check_length(name, value, 1, 64)
    }

    /// `value`, if its length in characters is within the limits.
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
        let reason = format!("`{name}` must have {min} to {max} characters and has {length}");
        Err(self.bad_parameter(reason))
    }

    /// A refusal of a parameter by this call's service.
    pub(in crate::sandbox) fn bad_parameter(&self, reason: impl Into<String>) -> ApiError {
        ApiError::BadParameter {
            service: self.service,
            reason: reason.into(),
        }
    }

    /// A refusal of the body by this call's service.
    pub(in crate::sandbox) fn bad_body(&self, reason: impl Into<String>) -> ApiError {
        ApiError::BadBody {
            service: self.service,
            reason: reason.into(),
        }
    }

    /// Accepts the body by the operation's rule.
    ///
    /// # Errors
    /// `BadBody` for a body where there is none, or one that is not announced as JSON in UTF-8.
    pub(in crate::sandbox) fn check_body(&self, rule: BodyRule) -> Result<(), ApiError> {
        match rule {
            BodyRule::Ignored => Ok(()),
            BodyRule::Empty if self.body.is_empty() => Ok(()),
            BodyRule::Empty => Err(self.bad_body("this operation takes no body")),
            BodyRule::Json if self.is_announced_as_json() => Ok(()),
            BodyRule::Json => {
                Err(self.bad_body("`Content-Type` must be `application/json;charset=UTF-8`"))
            }
        }
    }

    /// Whether the body is announced as JSON in UTF-8, however that is spelt. IAM and STS take what is not announced
    /// for JSON.
    fn is_announced_as_json(&self) -> bool {
        let Some(announced) = self.headers.get(header::CONTENT_TYPE) else {
            return self.service.is_iam() || self.service == Responder::Sts;
        };
        let Ok(announced) = announced.to_str() else {
            return false;
        };
        let mut parts = announced.split(';').map(str::trim);
        let is_json = parts
            .next()
            .is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
        is_json && parts.filter(|part| !part.is_empty()).all(is_utf8_charset)
    }
}

/// Whether a parameter of a media type is `charset=UTF-8`; the pages of IAM write `charset=utf8`.
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
