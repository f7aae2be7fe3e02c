//! `/_sandbox/`: the pretend cloud seen and changed from outside the game. No token, no log, no faults.

mod clock;
mod origin_check;
mod page;
mod quirk;
mod resource;

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, http::Uri};
use jiff::civil::Date;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::sandbox::api::operation::ApiOperation;
use crate::sandbox::fault::Fault;
use crate::sandbox::http::AppState;
use crate::sandbox::seed::{Seed, catalog};
use crate::sandbox::service::operations;
use crate::sandbox::store::grant::GranteeKind;

/// What there is.
const HELP: &str = "\
A pretend Huawei Cloud. Send requests for CSMS, CodeArts Repo, IAM and STS to this address.
For people, the same as a page: open this address in a browser.

GET    /_sandbox/state                              who may use what
GET    /_sandbox/requests                           what was asked
DELETE /_sandbox/requests                           forget it
PUT    /_sandbox/grants/{resource_id}/{grantee_id}  grant behind the clients' back:
                                                    {\"grantee_kind\": \"user\", \"validity_date\": \"2030-12-31\"} or no body
DELETE /_sandbox/grants/{resource_id}/{grantee_id}  and take away
PUT    /_sandbox/delegations/{account_id}           let CodeArts Repo use the account's KMS keys
DELETE /_sandbox/delegations/{account_id}           and no more, for which the cloud itself has no call
PUT    /_sandbox/secrets/{resource_id}              add or change a secret, or a group of secrets:
                                                    {\"name\": \"demo\", \"kind\": \"GROUP\", \"state\": \"ENABLED\",
                                                     \"project_id\": ...}; a secret of the first project unless said
DELETE /_sandbox/secrets/{resource_id}              and delete it with its grants
PUT    /_sandbox/users/{grantee_id}                 add a user, or a group of users, to the directory:
                                                    {\"name\": \"Eve\", \"kind\": \"group\", \"members\": [...]}
DELETE /_sandbox/users/{grantee_id}                 remove it, from groups too; its grants stay
PUT    /_sandbox/events/{name}/{resource_id}        have a secret subscribe to an event, for `event_name`
GET    /_sandbox/identities                         what to sign in with, also below
GET    /_sandbox/operations                         the calls of the API that there are
GET    /_sandbox/faults                             what is to go wrong
POST   /_sandbox/faults                             let something go wrong:
                                                    {\"operation\": \"CreateGrants\", \"count\": 1, \"action\": ...}
                                                    {\"kind\": \"answer\", \"status\": 502, \"body\": \"<html>\"}
                                                    {\"kind\": \"delay\", \"delay_ms\": 500}
                                                    {\"kind\": \"drop\", \"when\": \"after_effect\"}
                                                    {\"kind\": \"throttle\", \"limit\": 200, \"window\": \"1 minute\",
                                                     \"retry_after\": {\"seconds\": 7}}
                                                    {\"kind\": \"lag\", \"reads\": 2}
                                                    {\"kind\": \"lag\", \"for_ms\": 5000}
                                                    {\"kind\": \"lose_updates\", \"wait_ms\": 20}
                                                    to have connections refused, stop the sandbox
DELETE /_sandbox/faults                             let all be well
GET    /_sandbox/quirks                             what the API reference leaves open, and is decided how
PATCH  /_sandbox/quirks                             decide some otherwise: {\"groups\": \"expanded\"}; a wrong name or
                                                    value is answered with what there is
PUT    /_sandbox/quirks                             the same, and the others as at first: {} for all of them
GET    /_sandbox/clock                              the time that grants are stamped by and end by
POST   /_sandbox/clock                              move it on: {\"ahead\": \"+30d\"}, or just +30d
PUT    /_sandbox/clock                              set how far it is ahead of the machine's clock; 0d is not at all.
                                                    To set the plugin's clock too, start it with HWGRANTS_CLOCK=+30d
";

/// What there is, and with the demo's seed what to sign in with, for a person who looks at the address.
pub(super) fn help(seed: Seed) -> String {
    match seed {
        Seed::Empty => HELP.to_owned(),
        Seed::Demo => format!(
            "{HELP}\nTo sign in, and what there is at the start:\n\n{}",
            catalog::text()
        ),
    }
}

/// What the pretend cloud refuses here.
struct AdminError(StatusCode, String);

/// The paths under `/_sandbox`.
pub(super) fn router(app: &AppState) -> Router<AppState> {
    let paths = Router::new()
        .route("/", get(page::front))
        .route("/page.css", get(page::style))
        .route("/page.js", get(page::script))
        .route("/view", get(page::view))
        .route("/state", get(state))
        .route("/requests", get(requests).delete(clear_requests))
        .route(
            "/grants/{resource_id}/{grantee_id}",
            put(put_grant).delete(remove_grant),
        )
        .route(
            "/delegations/{account_id}",
            put(delegate).delete(end_delegation),
        )
        .route(
            "/clock",
            get(clock::show).put(clock::set).post(clock::advance),
        )
        .route(
            "/quirks",
            get(quirk::show).put(quirk::set).patch(quirk::change),
        )
        .route(
            "/secrets/{resource_id}",
            put(resource::put_secret).delete(resource::remove_secret),
        )
        .route(
            "/users/{grantee_id}",
            put(resource::put_user).delete(resource::remove_user),
        )
        .route("/events/{name}/{resource_id}", put(resource::put_event))
        .route("/identities", get(identities))
        .route("/operations", get(publish))
        .route("/faults", get(faults).post(add_fault).delete(clear_faults))
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_path)
        .layer(from_fn_with_state(app.clone(), settle));
    Router::new()
        .nest("/_sandbox", paths)
        // A nested router does not answer for its own path with a slash behind it.
        .route("/_sandbox/", get(page::front))
        .layer(from_fn(origin_check::guard))
}

/// Answers what may have changed something when it is on the disk. What is only looked at needs no waiting: a person
/// must be able to look also when the disk is full.
async fn settle(
    State(app): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, AdminError> {
    let is_look = request.method().is_safe();
    let response = next.run(request).await;
    if !is_look {
        let settled = app.world.wait_until_written().await;
        settled.map_err(|reason| AdminError(StatusCode::INTERNAL_SERVER_ERROR, reason))?;
    }
    Ok(response)
}

async fn state(State(app): State<AppState>) -> Response {
    Json(app.world.state()).into_response()
}

async fn requests(State(app): State<AppState>) -> Response {
    Json(json!({"requests": app.world.requests()})).into_response()
}

async fn clear_requests(State(app): State<AppState>) -> StatusCode {
    app.world.clear_requests();
    StatusCode::NO_CONTENT
}

/// What a grant made from outside is like.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantBody {
    #[serde(default = "user")]
    grantee_kind: GranteeKind,
    #[serde(default)]
    validity_date: Option<Date>,
}

async fn put_grant(
    State(app): State<AppState>,
    Path((resource_id, grantee_id)): Path<(String, String)>,
    body: Bytes,
) -> Result<StatusCode, AdminError> {
    let grant: GrantBody = parse(if body.is_empty() { b"{}" } else { &body })?;
    app.world
        .put_grant(
            &resource_id,
            &grantee_id,
            grant.grantee_kind,
            grant.validity_date,
        )
        .map_err(|error| AdminError(StatusCode::NOT_FOUND, error.to_string()))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove_grant(
    State(app): State<AppState>,
    Path((resource_id, grantee_id)): Path<(String, String)>,
) -> Result<StatusCode, AdminError> {
    if app.world.remove_grant(&resource_id, &grantee_id) {
        return Ok(StatusCode::NO_CONTENT);
    }
    let message = format!("`{grantee_id}` has no grant on `{resource_id}`");
    Err(AdminError(StatusCode::NOT_FOUND, message))
}

async fn delegate(State(app): State<AppState>, Path(account): Path<String>) -> StatusCode {
    app.world.set_delegation(&account, true);
    StatusCode::NO_CONTENT
}

async fn end_delegation(State(app): State<AppState>, Path(account): Path<String>) -> StatusCode {
    app.world.set_delegation(&account, false);
    StatusCode::NO_CONTENT
}

/// What there is to sign in with: an object of names and values, empty without a seed.
async fn identities(State(app): State<AppState>) -> Response {
    let sections = match app.seed {
        Seed::Empty => [].as_slice(),
        Seed::Demo => catalog::SECTIONS,
    };
    let entries = sections.iter().flat_map(|section| section.entries);
    let entries: BTreeMap<_, _> = entries.copied().collect();
    Json(entries).into_response()
}

async fn publish() -> Response {
    let operations: Vec<_> = operations().map(ApiOperation::publish).collect();
    Json(json!({ "operations": operations })).into_response()
}

async fn faults(State(app): State<AppState>) -> Response {
    Json(json!({"faults": app.world.faults().list()})).into_response()
}

async fn add_fault(State(app): State<AppState>, body: Bytes) -> Result<StatusCode, AdminError> {
    let fault: Fault = parse(&body)?;
    if let Some(wanted) = &fault.operation {
        let names: Vec<_> = operations().map(|operation| operation.name).collect();
        if !names.contains(&wanted.as_str()) {
            let message = format!("`{wanted}` is no operation; there are {}", names.join(", "));
            return Err(AdminError(StatusCode::BAD_REQUEST, message));
        }
    }
    let added = app.world.faults().try_add(fault);
    added.map_err(|error| AdminError(StatusCode::PAYLOAD_TOO_LARGE, error.to_string()))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn clear_faults(State(app): State<AppState>) -> StatusCode {
    app.world.faults().clear();
    StatusCode::NO_CONTENT
}

async fn no_such_path(uri: Uri) -> AdminError {
    let message = format!("nothing here under `{uri}`; `GET /_sandbox/` tells what there is");
    AdminError(StatusCode::NOT_FOUND, message)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, AdminError> {
    let parsed = serde_json::from_slice(body);
    parsed.map_err(|error| {
        AdminError(
            StatusCode::BAD_REQUEST,
            format!("cannot read the body: {error}"),
        )
    })
}

fn user() -> GranteeKind {
    GranteeKind::User
}

impl IntoResponse for AdminError {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}
