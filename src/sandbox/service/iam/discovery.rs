//! Versions of the API, and regions.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use axum::http::header::HOST;
use axum::routing::MethodFilter;
use serde_json::{Value, json};

use crate::sandbox::api::error_response::{ApiError, Responder};
use crate::sandbox::api::operation::{ApiOperation, RequiredAccess};
use crate::sandbox::api::request::{ApiRequest, BodyRule};
use crate::sandbox::api::response::ApiResponse;
use crate::sandbox::store::Store;
use crate::sandbox::world::World;

/// The operations on versions and regions.
pub(super) const OPERATIONS: &[ApiOperation] = &[
    ApiOperation {
        name: "KeystoneListRegions",
        method: MethodFilter::GET,
        path: "/v3/regions",
        service: Responder::Keystone,
        access: RequiredAccess::Authenticated,
        body: BodyRule::Ignored,
        handle: list_regions,
    },
    ApiOperation {
        name: "KeystoneShowRegion",
        method: MethodFilter::GET,
        path: "/v3/regions/{region_id}",
        service: Responder::Keystone,
        access: RequiredAccess::Authenticated,
        body: BodyRule::Ignored,
        handle: show_region,
    },
    ApiOperation {
        name: "KeystoneListVersions",
        method: MethodFilter::GET,
        path: "/",
        service: Responder::Keystone,
        access: RequiredAccess::Anonymous,
        body: BodyRule::Ignored,
        handle: list_versions,
    },
    ApiOperation {
        name: "KeystoneShowVersion",
        method: MethodFilter::GET,
        path: "/v3",
        service: Responder::Keystone,
        access: RequiredAccess::Anonymous,
        body: BodyRule::Ignored,
        handle: show_version,
    },
];

/// The one version. The reference documents the status 300, Multiple Choices.
fn list_versions(_: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let versions = json!({"versions": {"values": [version(request)]}});
    ApiResponse::json(StatusCode::MULTIPLE_CHOICES, versions)
}

fn show_version(_: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    ApiResponse::json(StatusCode::OK, json!({"version": version(request)}))
}

/// The version of the API as IAM describes it, with a link to the address that the client has used.
fn version(request: &ApiRequest) -> Value {
    json!({
        "id": "v3.6",
        "status": "stable",
        "updated": "2016-04-04T00:00:00Z",
        "links": [{"rel": "self", "href": link(request, "/v3/")}],
        "media-types": [{
            "base": "application/json",
            "type": "application/vnd.openstack.identity-v3+json",
        }],
    })
}

/// Lists the regions that have a project, in the order of their ids.
fn list_regions(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let regions: Vec<Value> = regions(&world.store())
        .iter()
        .map(|id| region(request, id))
        .collect();
    let links = json!({"self": link(request, "/v3/regions"), "previous": null, "next": null});
    ApiResponse::json(StatusCode::OK, json!({"regions": regions, "links": links}))
}

fn show_region(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let id = request.path("region_id");
    if !regions(&world.store()).contains(id) {
        return Err(ApiError::NotFound(
            request.service,
            format!("region `{id:.64}`"),
        ));
    }
    ApiResponse::json(StatusCode::OK, json!({"region": region(request, id)}))
}

/// The regions of all projects.
fn regions(store: &Store) -> BTreeSet<String> {
    let projects = store.projects.values();
    projects.map(|project| project.region.clone()).collect()
}

/// A region in a response. Its name in both languages is its id.
fn region(request: &ApiRequest, id: &str) -> Value {
    json!({
        "id": id,
        "type": "public",
        "description": "",
        "parent_region_id": null,
        "locales": {"zh-cn": id, "en-us": id},
        "links": {"self": link(request, &format!("/v3/regions/{id}"))},
    })
}

/// The URL of a path, at the address that the client has used.
pub(super) fn link(request: &ApiRequest, path: &str) -> String {
    let host = request.header(HOST.as_str()).unwrap_or_default();
    format!("http://{host}{path}")
}
