//! How one request is answered: log, body, faults, caller, handler, response.
//!
//! Each request runs in a task of its own, because a real service finishes a request whose client has hung up: a client that
//! times out finds the effect there.

use std::collections::BTreeMap;

use axum::RequestPartsExt;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, FromRequest, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::app_state::AppState;
use super::connection::ConnectionCutter;
use super::fault::{apply_faults, sleep};
use super::response::{ErrorCode, ExchangeOutcome, render, render_error};
use crate::sandbox::api::authentication::authenticate;
use crate::sandbox::api::authorization::authorize;
use crate::sandbox::api::error_response::ApiError;
use crate::sandbox::api::operation::ApiOperation;
use crate::sandbox::api::request::ApiRequest;
use crate::sandbox::api::response::ApiResponse;
use crate::sandbox::consistency::ReadLag;
use crate::sandbox::fault::FaultTarget;
use crate::sandbox::fault::action::{FaultAction, When};
use crate::sandbox::request_log::RequestRecord;
use crate::sandbox::signature::SignedRequest;
use crate::sandbox::world::World;

/// Name that IAM gives the header with the request ID. Source: official SDKs. The SDK for Java does not find it, because it
/// compares names case-sensitively and `hyper` cannot write `X-IAM-Trace-Id`.
const TRACE_ID_HEADER: HeaderName = HeaderName::from_static("x-iam-trace-id");

/// ID of a request, which its response has as `X-Request-Id`.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

/// Answers one request; `operation` is none for a path that is no operation.
pub(super) async fn serve(
    app: AppState,
    operation: Option<&'static ApiOperation>,
    request: Request,
) -> Response {
    let id = match request.extensions().get::<RequestId>() {
        Some(RequestId(id)) => id.clone(),
        None => String::new(),
    };
    let cutter = request
        .extensions()
        .get::<ConnectInfo<ConnectionCutter>>()
        .cloned();
    let world = app.world.clone();
    let task = tokio::spawn({
        let id = id.clone();
        async move { exchange(&app, operation, request, &id).await }
    });
    match (task.await, cutter) {
        (Ok(ExchangeOutcome::Response(mut response)), _) => {
            let is_iam = operation.is_some_and(|operation| operation.service.is_iam());
            if let Some(id) = HeaderValue::try_from(id).ok().filter(|_| is_iam) {
                response.headers_mut().insert(TRACE_ID_HEADER, id);
            }
            response
        }
        (Ok(ExchangeOutcome::ConnectionClosed), Some(ConnectInfo(cutter))) => {
            cutter.cut();
            Response::default()
        }
        _ => {
            let response = render_error(&ApiError::Internal, &id);
            log_response(&world, &id, &response);
            response
        }
    }
}

/// Adds to the log of the request what its response has.
fn log_response(world: &World, id: &str, response: &Response) {
    let code = response.extensions().get::<ErrorCode>();
    let code = code.map(|ErrorCode(code)| code.clone());
    world
        .request_log()
        .finish(id, response.status().as_u16(), code);
}

/// Answers one request and logs it: when it arrives without a status, and again with the status and error code of the response.
async fn exchange(
    app: &AppState,
    operation: Option<&'static ApiOperation>,
    request: Request,
    id: &str,
) -> ExchangeOutcome {
    let (parts, body) = request.into_parts();
    app.world.request_log().begin(RequestRecord {
        received_at: app.world.system_now(),
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        user_agent: user_agent(&parts),
        operation: operation.map(|operation| operation.name),
        status: None,
        error_code: None,
        request_id: id.to_owned(),
    });
    let body = read_body(&parts, body).await;
    let outcome = answer_with_faults(app, operation, parts, body, id).await;
    if let ExchangeOutcome::Response(response) = &outcome {
        log_response(&app.world, id, response);
    }
    outcome
}

fn user_agent(parts: &Parts) -> Option<String> {
    let value = parts.headers.get(header::USER_AGENT)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Answers a request, with the faults that apply to it before and after its effect.
async fn answer_with_faults(
    app: &AppState,
    operation: Option<&'static ApiOperation>,
    parts: Parts,
    body: Result<Bytes, ApiError>,
    id: &str,
) -> ExchangeOutcome {
    let actions = app.world.faults().actions_for(&FaultTarget {
        operation: operation.map(|operation| operation.name),
        method: parts.method.as_str(),
        path: parts.uri.path(),
    });
    if let Some(outcome) = apply_faults(app, &actions, When::BeforeEffect, id).await {
        return outcome;
    }
    let result = match (operation, body) {
        (None, _) => Err(ApiError::NoSuchApi),
        (_, Err(error)) => Err(error),
        (Some(operation), Ok(body)) => call_handler(app, operation, parts, body, &actions).await,
    };
    // Before the faults after the effect, so that the effect is on disk even when the client sees no answer.
    let result = match app.world.wait_until_written().await {
        Ok(()) => result,
        Err(reason) => Err(ApiError::NotPersisted(reason)),
    };
    if let Some(outcome) = apply_faults(app, &actions, When::AfterEffect, id).await {
        return outcome;
    }
    ExchangeOutcome::Response(match result {
        Ok(answer) => render(answer),
        Err(error) => render_error(&error, id),
    })
}

/// Authenticates and authorizes the caller, checks the body, and calls the handler.
async fn call_handler(
    app: &AppState,
    operation: &'static ApiOperation,
    mut parts: Parts,
    body: Bytes,
    actions: &[FaultAction],
) -> Result<ApiResponse, ApiError> {
    let path = path_parameters(&mut parts).await?;
    let signed = SignedRequest {
        method: &parts.method,
        path: parts.uri.path(),
        query: parts.uri.query(),
        headers: &parts.headers,
        body: &body,
    };
    let world = &app.world;
    let caller = authenticate(world, operation, &signed)?;
    if let Some(caller) = &caller {
        authorize(&world.store(), operation, caller, &path)?;
    }
    let query = parts.uri.query().unwrap_or_default();
    let lags = actions.iter().map(FaultAction::lag);
    let mut request = ApiRequest {
        path,
        query: url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        headers: parts.headers,
        body,
        caller,
        service: operation.service,
        lag: lags.fold(ReadLag::default(), ReadLag::max),
        stale_grants: None,
    };
    request.check_body(operation.body)?;
    if let Some(time) = actions.iter().find_map(FaultAction::lost_update_window) {
        request.stale_grants = Some(world.store().grant_tables());
        sleep(app, time).await;
    }
    (operation.handle)(world, &request)
}

/// The parameters of the path. An empty one comes from two slashes in a row, which no operation has.
async fn path_parameters(parts: &mut Parts) -> Result<BTreeMap<String, String>, ApiError> {
    let path = parts.extract::<RawPathParams>().await;
    let path = path.map_err(|error| ApiError::Unreadable(error.to_string()))?;
    let path = path.iter().map(|(name, value)| match value {
        "" => Err(ApiError::NoSuchApi),
        value => Ok((name.to_owned(), value.to_owned())),
    });
    path.collect()
}

/// Reads the whole body first, as a gateway does: a client that hangs up afterwards does not stop its request.
async fn read_body(parts: &Parts, body: Body) -> Result<Bytes, ApiError> {
    let request = Request::from_parts(parts.clone(), body);
    let body = Bytes::from_request(request, &()).await;
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::BodyTooLarge,
        _ => ApiError::Unreadable(rejection.body_text()),
    })
}
