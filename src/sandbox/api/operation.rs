//! What an operation declares: name, method and path, who may call it, and its handler.

use axum::routing::MethodFilter;
use serde::Serialize;

use super::error_response::{ApiError, Responder};
use super::request::{ApiRequest, BodyRule};
use super::response::ApiResponse;
use crate::sandbox::identity::principal::Permission;
use crate::sandbox::world::World;

/// One operation of the cloud: where it is, who may call it, and what it does.
pub(in crate::sandbox) struct ApiOperation {
    /// Name in the API reference, such as `CreateGrants`.
    pub(in crate::sandbox) name: &'static str,
    /// Method, without those derived from it.
    pub(in crate::sandbox) method: MethodFilter,
    /// Path with parameters in braces.
    pub(in crate::sandbox) path: &'static str,
    /// Service behind the gateway.
    pub(in crate::sandbox) service: Responder,
    /// Who may call it.
    pub(in crate::sandbox) access: RequiredAccess,
    /// Whether the request has a body.
    pub(in crate::sandbox) body: BodyRule,
    /// What it does, once caller and body are accepted.
    pub(in crate::sandbox) handle: fn(&World, &ApiRequest) -> Result<ApiResponse, ApiError>,
}

/// An operation as clients see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PublishedOperation {
    /// Name in the API reference, such as `CreateGrants`.
    pub name: &'static str,
    /// Method, in upper case.
    pub method: &'static str,
    /// Path with parameters in braces.
    pub path: &'static str,
}

impl ApiOperation {
    /// What clients see of it.
    pub(in crate::sandbox) fn publish(&self) -> PublishedOperation {
        PublishedOperation {
            name: self.name,
            method: self.method_name(),
            path: self.path,
        }
    }

    /// The method as requests spell it.
    fn method_name(&self) -> &'static str {
        let known = [
            (MethodFilter::GET, "GET"),
            (MethodFilter::POST, "POST"),
            (MethodFilter::PUT, "PUT"),
            (MethodFilter::DELETE, "DELETE"),
        ];
        let found = known.into_iter().find(|(method, _)| *method == self.method);
        found.map_or("", |(_, name)| name)
    }
}

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum RequiredAccess {
    /// Anybody; a caller that says who it is must be that.
    Anonymous,
    /// Whoever is known.
    Authenticated,
    /// Who has this permission, in the project or account of the path.
    Permission(Permission),
}
