//! Projects and accounts of the caller.

use axum::http::StatusCode;
use axum::routing::MethodFilter;
use serde_json::json;

use super::discovery::link;
use crate::sandbox::api::error_response::{ApiError, Responder};
use crate::sandbox::api::operation::{ApiOperation, RequiredAccess};
use crate::sandbox::api::request::{ApiRequest, BodyRule};
use crate::sandbox::api::response::ApiResponse;
use crate::sandbox::id::ProjectId;
use crate::sandbox::identity::principal::Permission;
use crate::sandbox::store::resource::SandboxProject;
use crate::sandbox::world::World;
use crate::wire::iam as wire;

/// The operations on projects and accounts.
pub(super) const OPERATIONS: &[ApiOperation] = &[
    ApiOperation {
        name: "KeystoneListProjects",
        method: MethodFilter::GET,
        path: "/v3/projects",
        service: Responder::Keystone,
        access: RequiredAccess::Authenticated,
        body: BodyRule::Ignored,
        handle: list_projects,
    },
    ApiOperation {
        name: "KeystoneListAuthDomains",
        method: MethodFilter::GET,
        path: "/v3/auth/domains",
        service: Responder::Keystone,
        access: RequiredAccess::Authenticated,
        body: BodyRule::Ignored,
        handle: list_auth_domains,
    },
    ApiOperation {
        name: "KeystoneListAuthProjects",
        method: MethodFilter::GET,
        path: "/v3/auth/projects",
        service: Responder::Keystone,
        access: RequiredAccess::Authenticated,
        body: BodyRule::Ignored,
        handle: list_auth_projects,
    },
];

/// Most projects on a page.
const MAX_PER_PAGE: usize = 5000;

/// The projects of the caller's account. All are enabled, and each is named after its region.
fn list_projects(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let account = &request.require_caller()?.principal.account_id;
    let name = request.query("name")?;
    let owner = request.query("domain_id")?;
    let parent = request.query("parent_id")?;
    let enabled = request.query("enabled")?;
    let per_page = number(request, "per_page", MAX_PER_PAGE)?.unwrap_or(MAX_PER_PAGE);
    let page = number(request, "page", usize::MAX)?.unwrap_or(1);
    let is_wanted = |project: &SandboxProject| {
        let is_own = |asked: Option<&str>| asked.is_none_or(|asked| asked == account.as_str());
        project.account_id == *account
            && name.is_none_or(|name| name == project.region)
            && is_own(owner)
            && is_own(parent)
            && enabled != Some("false")
    };
    let store = world.store();
    let projects = store.projects.iter();
    let projects = projects
        .filter(|(_, project)| is_wanted(project))
        .skip((page - 1).saturating_mul(per_page))
        .take(per_page);
    let answer = wire::KeystoneListProjectsResponse {
        projects: projects.map(listed_project).collect(),
    };
    ApiResponse::json(StatusCode::OK, answer)
}

/// The projects for which the caller can get a token: all projects of the account.
fn list_auth_projects(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let account = &request.require_caller()?.principal.account_id;
    let store = world.store();
    let projects = store.projects.iter();
    let projects = projects
        .filter(|(_, project)| project.account_id == *account)
        .map(listed_project);
    let projects: Vec<wire::ListedProject> = projects.collect();
    let links = json!({"self": link(request, "/v3/auth/projects"), "previous": null, "next": null});
    let answer = json!({"projects": projects, "links": links});
    ApiResponse::json(StatusCode::OK, answer)
}

/// A project as both lists show it. The parent of a project is its account.
fn listed_project((id, project): (&ProjectId, &SandboxProject)) -> wire::ListedProject {
    wire::ListedProject {
        id: id.to_string(),
        name: Some(project.region.clone()),
        domain_id: Some(project.account_id.to_string()),
        parent_id: Some(project.account_id.to_string()),
        enabled: Some(true),
        is_domain: Some(false),
        description: Some(String::new()),
    }
}

/// Lists the account of the caller, which is how a client learns its id. Without `ReadAccount` the list is empty and
/// the status still 200.
fn list_auth_domains(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let principal = &request.require_caller()?.principal;
    let mut answer = wire::KeystoneListAuthDomainsResponse::default();
    if principal.permissions.contains(&Permission::ReadAccount) {
        answer.domains.push(wire::AuthDomain {
            id: principal.account_id.to_string(),
            name: world.store().account_name(&principal.account_id),
            enabled: Some(true),
            description: Some(String::new()),
        });
    }
    ApiResponse::json(StatusCode::OK, answer)
}

/// A number in the query, from 1 to `max`.
fn number(request: &ApiRequest, name: &str, max: usize) -> Result<Option<usize>, ApiError> {
    let Some(text) = request.query(name)? else {
        return Ok(None);
    };
    match text.parse() {
        Ok(number) if (1..=max).contains(&number) => Ok(Some(number)),
        _ => Err(request.bad_parameter(format!("`{name}` must be a positive integer"))),
    }
}
