//! Cloud Secret Management Service: grants on secrets, and the secrets themselves.
//!
//! Where the API reference is silent or leaves a choice, this is what happens unless a quirk says otherwise:
//!
//! - Time stamps are milliseconds since 1970; the end of a grant is midnight UTC at the start of its day.
//! - A second CreateGrants for one grantee is refused with `CSMS.0002`.
//! - UpdateGrant keeps the end if it names none, and makes no grant where there was none: `CSMS.0005`.
//! - DeleteGrant of a grant that is not there is refused with `CSMS.0005`; without a grantee it deletes all.
//! - A group's grant is listed under the group's id and has no `uuid`.
//! - Any id can be granted; one that the directory does not know is listed with the name `null`.
//! - A grant past its end stays listed, and an end in the past is accepted.
//! - A resource without grants lists an empty array.
//! - UpdateGrant takes ids that are numbers, which the page's own example has; CreateGrants takes strings only.
//! - Secrets are listed in the order of their names, and `marker` is the name of the last one seen.
//!
//! Source: CSMS API reference, CreateGrants, ListGrants, UpdateGrant, DeleteGrant, ListSecrets, ShowSecret, ListUsers,
//! ShowUserDetail.

mod grant;
mod response_format;
mod secret;
mod user;

use axum::routing::MethodFilter;

use crate::sandbox::api::error_response::Responder;
use crate::sandbox::api::operation::{ApiOperation, RequiredAccess};
use crate::sandbox::api::request::{ApiCall, BodyRule};
use crate::sandbox::id::ProjectId;
use crate::sandbox::identity::principal::Permission;

const GRANTS: &str = "/v1/{project_id}/csms/grants";

/// The operations of CSMS.
pub(super) const OPERATIONS: &[ApiOperation] = &[
    ApiOperation {
        name: "CreateGrants",
        method: MethodFilter::POST,
        path: GRANTS,
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::WriteCsms),
        body: BodyRule::Json,
        handle: grant::create_grants,
    },
    ApiOperation {
        name: "ListGrants",
        method: MethodFilter::GET,
        path: GRANTS,
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::ReadCsms),
        body: BodyRule::Ignored,
        handle: grant::list_grants,
    },
    ApiOperation {
        name: "UpdateGrant",
        method: MethodFilter::PUT,
        path: GRANTS,
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::WriteCsms),
        body: BodyRule::Json,
        handle: grant::update_grant,
    },
    ApiOperation {
        name: "DeleteGrant",
        method: MethodFilter::DELETE,
        path: GRANTS,
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::WriteCsms),
        body: BodyRule::Ignored,
        handle: grant::delete_grant,
    },
    ApiOperation {
        name: "ListSecrets",
        method: MethodFilter::GET,
        path: "/v1/{project_id}/secrets",
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::ReadCsms),
        body: BodyRule::Ignored,
        handle: secret::list_secrets,
    },
    ApiOperation {
        name: "ShowSecret",
        method: MethodFilter::GET,
        path: "/v1/{project_id}/secrets/{secret_name}",
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::ReadCsms),
        body: BodyRule::Ignored,
        handle: secret::show_secret,
    },
    ApiOperation {
        name: "ListUsers",
        method: MethodFilter::GET,
        path: "/v1/csms/users",
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::ReadCsms),
        body: BodyRule::Ignored,
        handle: user::list_users,
    },
    ApiOperation {
        name: "ShowUserDetail",
        method: MethodFilter::GET,
        path: "/v1/csms/users/{user_id}",
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::ReadCsms),
        body: BodyRule::Ignored,
        handle: user::show_user_detail,
    },
];

/// The project of the path.
fn project(call: &ApiCall) -> ProjectId {
    ProjectId::from(call.path("project_id"))
}
