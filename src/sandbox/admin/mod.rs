//! `/_sandbox/`: how people and tests view and change the sandbox without the API.
//!
//! It needs no token, is not in the request log, and no fault applies to it. It knows no operation of a service but its name.

mod clock;
mod error;
mod fault;
mod grant;
mod help;
mod inspect;
mod origin_check;
mod page;
mod quirk;
mod secret;
mod sign_in;
mod user;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, put};

use super::http::AppState;
use error::AdminError;

/// The routes under `/_sandbox`.
pub(super) fn router(app: &AppState) -> Router<AppState> {
    let assets = page::ASSETS.iter().fold(Router::new(), |router, asset| {
        router.route(asset.path, get(async || asset.response()))
    });
    let paths = assets
        .route("/", get(page::index))
        .route("/view", get(page::view))
        .route("/state", get(inspect::state))
        .route(
            "/requests",
            get(inspect::requests).delete(inspect::clear_requests),
        )
        .route(
            "/grants/{resource_id}/{grantee_id}",
            put(grant::put_grant).delete(grant::remove_grant),
        )
        .route(
            "/delegations/{account_id}",
            put(grant::delegate).delete(grant::revoke_delegation),
        )
        .route(
            "/clock",
            get(clock::show).put(clock::set).post(clock::advance),
        )
        .route(
            "/quirks",
            get(quirk::show).put(quirk::set).patch(quirk::change),
        )
        .route("/quirks/descriptions", get(quirk::descriptions))
        .route(
            "/secrets/{resource_id}",
            put(secret::put).delete(secret::remove),
        )
        .route("/users", get(user::list))
        .route("/users/{grantee_id}", put(user::put).delete(user::remove))
        .route("/events/{name}/{resource_id}", put(secret::subscribe))
        .route("/identities", get(inspect::identities))
        .route("/sign-in", get(sign_in::list))
        .route("/operations", get(inspect::operations))
        .route(
            "/faults",
            get(fault::list).post(fault::add).delete(fault::clear),
        )
        .fallback(not_found)
        .method_not_allowed_fallback(not_found)
        .layer(from_fn_with_state(app.clone(), wait_until_written));
    Router::new()
        .nest("/_sandbox", paths)
        // A nested router does not match its own path with a trailing slash.
        .route("/_sandbox/", get(page::index))
        .layer(from_fn(origin_check::require_same_origin))
}

/// Answers a change only when it is on disk. Reads do not wait, so that the state can be viewed when the disk is full.
async fn wait_until_written(
    State(app): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, AdminError> {
    let is_read = request.method().is_safe();
    let response = next.run(request).await;
    if !is_read {
        let written = app.world.wait_until_written().await;
        written.map_err(|reason| AdminError(StatusCode::INTERNAL_SERVER_ERROR, reason))?;
    }
    Ok(response)
}

async fn not_found(uri: Uri) -> AdminError {
    AdminError::not_found(format!(
        "no such path: `{uri}`; `GET /_sandbox/` lists all paths"
    ))
}
