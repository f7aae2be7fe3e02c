//! The declaration of an operation: name, method, path, required access and handler.

use axum::routing::MethodFilter;
use serde::Serialize;

use super::error_response::{ApiError, Responder};
use super::request::{ApiRequest, BodyRule};
use super::response::ApiResponse;
use crate::sandbox::identity::principal::Permission;
use crate::sandbox::world::World;

/// One operation of the API.
pub(in crate::sandbox) struct ApiOperation {
    /// Name in the API reference, such as `CreateGrants`.
    pub(in crate::sandbox) name: &'static str,
    /// Method.
    pub(in crate::sandbox) method: MethodFilter,
    /// Path with parameters in braces.
    pub(in crate::sandbox) path: &'static str,
    /// Service behind the gateway.
    pub(in crate::sandbox) service: Responder,
    /// Required access.
    pub(in crate::sandbox) access: RequiredAccess,
    /// Rule for the body of the request.
    pub(in crate::sandbox) body: BodyRule,
    /// Handler, called after the checks of caller and body.
    pub(in crate::sandbox) handle: fn(&World, &ApiRequest) -> Result<ApiResponse, ApiError>,
}

/// Name, method and path of an operation.
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
    /// Name, method and path.
    pub(in crate::sandbox) fn publish(&self) -> PublishedOperation {
        PublishedOperation {
            name: self.name,
            method: self.method_name(),
            path: self.path,
        }
    }

    /// The method in upper case.
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

/// Access that an operation requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum RequiredAccess {
    /// None. Credentials are optional, but must be valid if sent.
    Anonymous,
    /// Valid credentials.
    Authenticated,
    /// This permission, in the project or account of the path.
    Permission(Permission),
}
