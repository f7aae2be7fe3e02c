//! The way of a request: request id, log, faults, caller, handler, answer.
//!
//! Each request runs as a task of its own, because a service goes on when its caller hangs up: a client that gives up
//! waiting finds the effect there.

pub(super) mod connection;

use std::collections::BTreeMap;
use std::time::Duration;

use axum::RequestPartsExt;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequest, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::sandbox::api::authentication::authenticate;
use crate::sandbox::api::authorization::authorize;
use crate::sandbox::api::error_response::{ApiError, error_body};
use crate::sandbox::api::operation::ApiOperation;
use crate::sandbox::api::request::ApiRequest;
use crate::sandbox::api::response::{ApiResponse, ResponseBody};
use crate::sandbox::consistency::ReadLag;
use crate::sandbox::fault::FaultTarget;
use crate::sandbox::fault::action::{FaultAction, FaultBody, RetryAfter, When};
use crate::sandbox::request_log::RequestRecord;
use crate::sandbox::seed::Seed;
use crate::sandbox::service::operations;
use crate::sandbox::signature::SignedRequest;
use crate::sandbox::world::World;
use connection::ConnectionCutter;

/// Bodies beyond this are refused by the gateway.
const MAX_BODY_BYTES: usize = 12 * 1024 * 1024;

const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Paths under which an operation is found as well: the answer of the first one links to it with a slash behind it.
const ALSO: [(&str, &str); 1] = [("/v3", "/v3/")];

/// What IAM calls the id of a request. Source: official SDKs, which read it from the answers of IAM. The SDK for Java, which
/// looks headers up by their exact case, does not find it: the library writes `X-Iam-Trace-Id`, and lets nobody choose the
/// case of a single name.
const TRACE_ID_HEADER: HeaderName = HeaderName::from_static("x-iam-trace-id");

/// Headers that let a browser run and load nothing of an answer, and not guess what it is.
const NO_PAGE: [(HeaderName, &str); 2] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; sandbox",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// What every request needs.
#[derive(Clone)]
pub(super) struct AppState {
    pub(super) world: World,
    /// What it began with.
    pub(super) seed: Seed,
    /// Ends the waiting that faults ask for.
    pub(super) stop: CancellationToken,
}

/// Id of a request, stamped on its answer.
#[derive(Clone, Debug)]
struct RequestId(String);

/// How an exchange ends.
enum ExchangeOutcome {
    Answered(Response),
    Cut,
}

/// The whole address space: the services' operations, `/_sandbox/`, and the gateway's refusal of everything else.
pub(super) fn router(app: AppState, admin: Router<AppState>) -> Router {
    let mut router = Router::new();
    for operation in operations() {
        let serve_it = move |State(app): State<AppState>, request: Request| {
            // `HEAD` arrives here with `GET`, but no operation is published under it.
            let published = (request.method() != Method::HEAD).then_some(operation);
            serve(app, published, request)
        };
        let also = ALSO.iter().filter(|(path, _)| *path == operation.path);
        for path in also.map(|(_, also)| *also).chain([operation.path]) {
            router = router.route(path, on(operation.method, serve_it));
        }
    }
    let unpublished = |State(app): State<AppState>, request: Request| serve(app, None, request);
    router
        .merge(admin)
        .fallback(unpublished)
        .method_not_allowed_fallback(unpublished)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn(stamp))
        .with_state(app)
}

/// Gives the request an id and puts it on the answer, whoever answers, with what keeps browsers from taking the answer
/// for a page: a fault may answer any HTML, at the address of the page that works this sandbox.
async fn stamp(mut request: Request, next: Next) -> Response {
    let id = Uuid::new_v4().simple().to_string();
    let header = HeaderValue::try_from(&id);
    request.extensions_mut().insert(RequestId(id));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Ok(header) = header {
        headers.insert(REQUEST_ID_HEADER, header);
    }
    for (name, value) in NO_PAGE {
        // The page itself brings its own.
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

async fn serve(
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
    let exchange = tokio::spawn({
        let id = id.clone();
        async move { exchange(&app, operation, request, &id).await }
    });
    match (exchange.await, cutter) {
        (Ok(ExchangeOutcome::Answered(mut response)), _) => {
            let is_iam = operation.is_some_and(|operation| operation.service.is_iam());
            if let Some(id) = HeaderValue::try_from(id).ok().filter(|_| is_iam) {
                response.headers_mut().insert(TRACE_ID_HEADER, id);
            }
            response
        }
        (Ok(ExchangeOutcome::Cut), Some(ConnectInfo(cutter))) => {
            cutter.cut();
            Response::default()
        }
        _ => refuse(&ApiError::Internal, &id),
    }
}

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
        request_id: id.to_owned(),
    });
    let body = read(&parts, body).await;
    let outcome = with_faults(app, operation, parts, body, id).await;
    if let ExchangeOutcome::Answered(response) = &outcome {
        let status = response.status().as_u16();
        app.world.request_log().finish(id, status);
    }
    outcome
}

fn user_agent(parts: &Parts) -> Option<String> {
    let value = parts.headers.get(header::USER_AGENT)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Answers a request, with whatever faults meet it before and after its effect.
async fn with_faults(
    app: &AppState,
    operation: Option<&'static ApiOperation>,
    parts: Parts,
    body: Result<Bytes, ApiError>,
    id: &str,
) -> ExchangeOutcome {
    let actions = app.world.faults().take(&FaultTarget {
        operation: operation.map(|operation| operation.name),
        method: parts.method.as_str(),
        path: parts.uri.path(),
    });
    if let Some(outcome) = strike(app, &actions, When::BeforeEffect, id).await {
        return outcome;
    }
    let answered = match (operation, body) {
        (None, _) => Err(ApiError::NoSuchApi),
        (_, Err(refusal)) => Err(refusal),
        (Some(operation), Ok(body)) => perform(app, operation, parts, body, &actions).await,
    };
    // Before the faults that strike after the effect: those, too, leave an effect that lasts.
    let answered = match app.world.wait_until_written().await {
        Ok(()) => answered,
        Err(reason) => Err(ApiError::NotKept(reason)),
    };
    if let Some(outcome) = strike(app, &actions, When::AfterEffect, id).await {
        return outcome;
    }
    ExchangeOutcome::Answered(match answered {
        Ok(answer) => deliver(answer),
        Err(refusal) => refuse(&refusal, id),
    })
}

/// Lets the gateway and the service look at the request, then has it done.
async fn perform(
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
    let mut call = ApiRequest {
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
    call.check_body(operation.body)?;
    if let Some(time) = actions.iter().find_map(FaultAction::lost_update_window) {
        call.stale_grants = Some(world.store().tables());
        pause(app, time).await;
    }
    (operation.handle)(world, &call)
}

/// The parameters of the path. An empty one means a path with two slashes in a row, which is no operation's.
async fn path_parameters(parts: &mut Parts) -> Result<BTreeMap<String, String>, ApiError> {
    let path = parts.extract::<RawPathParams>().await;
    let path = path.map_err(|error| ApiError::Unreadable(error.to_string()))?;
    let path = path.iter().map(|(name, value)| match value {
        "" => Err(ApiError::NoSuchApi),
        value => Ok((name.to_owned(), value.to_owned())),
    });
    path.collect()
}

/// Reads the body before anything else happens, as a gateway does: a caller that has sent its request may hang up.
async fn read(parts: &Parts, body: Body) -> Result<Bytes, ApiError> {
    let request = Request::from_parts(parts.clone(), body);
    let body = Bytes::from_request(request, &()).await;
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::BodyTooLarge,
        _ => ApiError::Unreadable(rejection.body_text()),
    })
}

/// Lets the faults of one moment happen in turn; the first that answers or closes ends the request.
async fn strike(
    app: &AppState,
    actions: &[FaultAction],
    now: When,
    id: &str,
) -> Option<ExchangeOutcome> {
    for action in actions.iter().filter(|action| action.when() == now) {
        match action {
            FaultAction::Lag { .. }
            | FaultAction::LagFor { .. }
            | FaultAction::LoseUpdates { .. } => {}
            FaultAction::Delay { delay, .. } => pause(app, *delay).await,
            FaultAction::Drop { .. } => return Some(ExchangeOutcome::Cut),
            FaultAction::Answer { status, body, .. } => {
                let body = match body {
                    FaultBody::Envelope { code, message } => {
                        error_body(code, message, id).to_string()
                    }
                    FaultBody::Raw(body) => body.clone(),
                };
                return Some(ExchangeOutcome::Answered(respond(*status, Some(body))));
            }
            FaultAction::Throttle {
                limit,
                window,
                retry_after,
            } => {
                let mut response = too_many_requests(*limit, window, id);
                let wait = retry_after.and_then(|wait| wait_header(wait, app.world.system_now()));
                if let Some(wait) = wait {
                    response.headers_mut().insert(header::RETRY_AFTER, wait);
                }
                return Some(ExchangeOutcome::Answered(response));
            }
        }
    }
    None
}

/// Waits, but not for longer than the sandbox runs.
async fn pause(app: &AppState, time: Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = app.stop.cancelled() => {}
    }
}

/// The gateway's answer to too many calls. Source: the message form seen in public logs.
fn too_many_requests(limit: u32, window: &str, id: &str) -> Response {
    let message = format!(
        "The throttling threshold has been reached: policy user over ratelimit,limit:{limit},time:{window}"
    );
    let body = error_body("APIGW.0308", &message, id).to_string();
    respond(StatusCode::TOO_MANY_REQUESTS, Some(body))
}

/// The value of `Retry-After`. Source: RFC 9110, 10.2.3.
fn wait_header(wait: RetryAfter, now: Timestamp) -> Option<HeaderValue> {
    match wait {
        RetryAfter::Seconds(seconds) => Some(HeaderValue::from(seconds)),
        RetryAfter::DateInSeconds(seconds) => {
            let at = now.checked_add(Duration::from_secs(seconds.into())).ok()?;
            let date = DateTimePrinter::new()
                .timestamp_to_rfc9110_string(&at)
                .ok()?;
            HeaderValue::try_from(date).ok()
        }
    }
}

fn deliver(answer: ApiResponse) -> Response {
    let mut response = match answer.body {
        ResponseBody::Empty => respond(answer.status, None),
        ResponseBody::Json(body) => respond(answer.status, Some(body.to_string())),
        ResponseBody::Text(body) => (answer.status, body).into_response(),
    };
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn refuse(refusal: &ApiError, id: &str) -> Response {
    let (status, _) = refusal.status_and_code();
    respond(status, Some(refusal.body(id).to_string()))
}

fn respond(status: StatusCode, body: Option<String>) -> Response {
    let Some(body) = body.filter(|body| !body.is_empty()) else {
        return status.into_response();
    };
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&body).is_ok();
    let content_type = if is_json {
        "application/json"
    } else {
        "text/html"
    };
    (status, [(header::CONTENT_TYPE, content_type)], body).into_response()
}
