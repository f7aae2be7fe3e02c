//! Key Management Service: keys without their material, and grants to use them.
//!
//! Behavior where the models of the official SDKs, the only source, are silent:
//!
//! - Permissions are those of CSMS, which the same host serves.
//! - A name is used by one key of an account and region, also while that key is scheduled for deletion.
//! - Keys and grants are listed by their IDs, `marker` is a position in the list, and `limit` has no upper bound.
//! - Operations whose names CSMS also has begin with `Kms` here, so that a fault is for one of them.
//!
//! Source: official SDKs for Python and Go, KMS; KMS API reference, "Error Codes".

mod grant;
mod key;

use serde::{Deserialize, Serialize};

use crate::sandbox::api::error_response::{ApiError, Responder};
use crate::sandbox::api::operation::ApiOperation;
use crate::sandbox::api::request::ApiRequest;
use crate::sandbox::service::scope::RegionalScope;
use crate::sandbox::store::Store;

/// The operations of KMS, in the order of the documentation.
pub(super) fn operations() -> impl Iterator<Item = &'static ApiOperation> {
    [key::OPERATIONS, grant::OPERATIONS].into_iter().flatten()
}

/// The account and region of the project in the path.
fn scope(store: &Store, request: &ApiRequest) -> Result<RegionalScope, ApiError> {
    let scope = RegionalScope::of_project(store, &request.project_id());
    scope.ok_or_else(|| ApiError::Forbidden {
        service: Responder::Kms,
        reason: "the project does not exist".to_owned(),
    })
}

/// An ID or name that the body must have.
fn required<'a>(
    text: Option<&'a str>,
    code: &'static str,
    name: &str,
) -> Result<&'a str, ApiError> {
    let text = text.filter(|text| !text.is_empty());
    text.ok_or_else(|| ApiError::Kms(code, format!("`{name}` is missing")))
}

/// `limit`: a string in the models of the SDKs, a number in requests of the official Terraform provider.
#[derive(Deserialize)]
#[serde(untagged)]
enum PageLimit {
    Number(usize),
    Text(String),
}

/// A page of a list: its items, whether more follow, and the position of the next.
fn page<T>(
    items: Vec<T>,
    limit: Option<&PageLimit>,
    marker: Option<&str>,
) -> Result<Page<T>, ApiError> {
    let number = |text: Option<&str>, default: usize, code| match text {
        None | Some("") => Ok(default),
        Some(text) => text
            .parse()
            .map_err(|_| ApiError::Kms(code, "a number is expected".to_owned())),
    };
    let all = items.len().max(1);
    let limit = match limit {
        None => all,
        Some(PageLimit::Number(limit)) => *limit,
        Some(PageLimit::Text(text)) => number(Some(text), all, LIMIT_WRONG)?,
    };
    if limit == 0 {
        let reason = "`limit` must be at least 1".to_owned();
        return Err(ApiError::Kms(LIMIT_WRONG, reason));
    }
    let start: usize = number(marker, 0, MARKER_WRONG)?;
    let total = items.len();
    let end = start.saturating_add(limit);
    let items = items.into_iter().skip(start).take(limit).collect();
    let is_truncated = end < total;
    Ok(Page {
        items,
        next_marker: match is_truncated {
            true => end.to_string(),
            false => String::new(),
        },
        truncated: is_truncated.to_string(),
        total,
    })
}

/// A page of a list.
struct Page<T> {
    items: Vec<T>,
    next_marker: String,
    truncated: String,
    total: usize,
}

/// Error code for a wrong `limit`.
const LIMIT_WRONG: &str = "KMS.1201";
/// Error code for a wrong `marker`.
const MARKER_WRONG: &str = "KMS.1202";
/// Error code for the ID of a key that does not exist.
const KEY_UNKNOWN: &str = "KMS.0205";

/// `key_info`, in which several responses wrap theirs.
#[derive(Serialize)]
struct KeyInfo<T> {
    key_info: T,
}
