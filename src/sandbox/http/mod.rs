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

use crate::sandbox::api::authentication::admit;
use crate::sandbox::api::authorization::check_scope;
use crate::sandbox::api::error_response::{ApiError, envelope};
use crate::sandbox::api::operation::ApiOperation;
use crate::sandbox::api::request::ApiCall;
use crate::sandbox::api::response::{AnswerBody, ApiResponse};
use crate::sandbox::consistency::Lag;
use crate::sandbox::fault::FaultTarget;
use crate::sandbox::fault::action::{FaultBody, IamAction, RetryAfter, When};
use crate::sandbox::request_log::RequestRecord;
use crate::sandbox::seed::Seed;
use crate::sandbox::service::operations;
use crate::sandbox::signature::SignedRequest;
use crate::sandbox::world::World;
use connection::Scissors;

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
pub(super) struct Served {
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
enum HandlerOutcome {
    Answered(Response),
    Cut,
}

/// The whole address space: the services' operations, `/_sandbox/`, and the gateway's refusal of everything else.
pub(super) fn router(served: Served, admin: Router<Served>) -> Router {
    let mut router = Router::new();
    for operation in operations() {
        let serve_it = move |State(served): State<Served>, request: Request| {
            // `HEAD` arrives here with `GET`, but no operation is published under it.
            let published = (request.method() != Method::HEAD).then_some(operation);
            serve(served, published, request)
        };
        let also = ALSO.iter().filter(|(path, _)| *path == operation.path);
        for path in also.map(|(_, also)| *also).chain([operation.path]) {
            router = router.route(path, on(operation.method, serve_it));
        }
    }
    let unpublished = |State(served): State<Served>, request: Request| serve(served, None, request);
    router
        .merge(admin)
        .fallback(unpublished)
        .method_not_allowed_fallback(unpublished)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn(stamp))
        .with_state(served)
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
    served: Served,
    operation: Option<&'static ApiOperation>,
    request: Request,
) -> Response {
    let id = match request.extensions().get::<RequestId>() {
        Some(RequestId(id)) => id.clone(),
        None => String::new(),
    };
    let scissors = request.extensions().get::<ConnectInfo<Scissors>>().cloned();
    let exchange = tokio::spawn({
        let id = id.clone();
        async move { exchange(&served, operation, request, &id).await }
    });
    match (exchange.await, scissors) {
        (Ok(HandlerOutcome::Answered(mut response)), _) => {
            let is_iam = operation.is_some_and(|operation| operation.service.is_iam());
            if let Some(id) = HeaderValue::try_from(id).ok().filter(|_| is_iam) {
                response.headers_mut().insert(TRACE_ID_HEADER, id);
            }
            response
        }
        (Ok(HandlerOutcome::Cut), Some(ConnectInfo(scissors))) => {
            scissors.cut_connection();
            Response::default()
        }
        _ => refuse(&ApiError::Internal, &id),
    }
}

async fn exchange(
    served: &Served,
    operation: Option<&'static ApiOperation>,
    request: Request,
    id: &str,
) -> HandlerOutcome {
    let (parts, body) = request.into_parts();
    served.world.request_log().begin(RequestRecord {
        received_at: served.world.base_now(),
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        user_agent: user_agent(&parts),
        operation: operation.map(|operation| operation.name),
        status: None,
        request_id: id.to_owned(),
    });
    let body = read(&parts, body).await;
    let outcome = with_faults(served, operation, parts, body, id).await;
    if let HandlerOutcome::Answered(response) = &outcome {
        let status = response.status().as_u16();
        served.world.request_log().finish(id, status);
    }
    outcome
}

fn user_agent(parts: &Parts) -> Option<String> {
    let value = parts.headers.get(header::USER_AGENT)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Answers a request, with whatever faults meet it before and after its effect.
async fn with_faults(
    served: &Served,
    operation: Option<&'static ApiOperation>,
    parts: Parts,
    body: Result<Bytes, ApiError>,
    id: &str,
) -> HandlerOutcome {
    let actions = served.world.faults().take(&FaultTarget {
        operation: operation.map(|operation| operation.name),
        method: parts.method.as_str(),
        path: parts.uri.path(),
    });
    if let Some(outcome) = strike(served, &actions, When::BeforeEffect, id).await {
        return outcome;
    }
    let answered = match (operation, body) {
        (None, _) => Err(ApiError::NoSuchApi),
        (_, Err(refusal)) => Err(refusal),
        (Some(operation), Ok(body)) => perform(served, operation, parts, body, &actions).await,
    };
    // Before the faults that strike after the effect: those, too, leave an effect that lasts.
    let answered = match served.world.wait_until_written().await {
        Ok(()) => answered,
        Err(reason) => Err(ApiError::NotKept(reason)),
    };
    if let Some(outcome) = strike(served, &actions, When::AfterEffect, id).await {
        return outcome;
    }
    HandlerOutcome::Answered(match answered {
        Ok(answer) => deliver(answer),
        Err(refusal) => refuse(&refusal, id),
    })
}

/// Lets the gateway and the service look at the request, then has it done.
async fn perform(
    served: &Served,
    operation: &'static ApiOperation,
    mut parts: Parts,
    body: Bytes,
    actions: &[IamAction],
) -> Result<ApiResponse, ApiError> {
    let path = path_parameters(&mut parts).await?;
    let signed = SignedRequest {
        method: &parts.method,
        path: parts.uri.path(),
        query: parts.uri.query(),
        headers: &parts.headers,
        body: &body,
    };
    let world = &served.world;
    let caller = admit(world, operation, &signed)?;
    if let Some(caller) = &caller {
        check_scope(&world.store(), operation, caller, &path)?;
    }
    let query = parts.uri.query().unwrap_or_default();
    let lags = actions.iter().map(IamAction::lag);
    let mut call = ApiCall {
        path,
        query: url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        headers: parts.headers,
        body,
        caller,
        service: operation.service,
        lag: lags.fold(Lag::default(), Lag::max),
        basis: None,
    };
    call.check_body(operation.body)?;
    if let Some(time) = actions.iter().find_map(IamAction::race) {
        call.basis = Some(world.store().tables());
        pause(served, time).await;
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
    served: &Served,
    actions: &[IamAction],
    now: When,
    id: &str,
) -> Option<HandlerOutcome> {
    for action in actions.iter().filter(|action| action.when() == now) {
        match action {
            IamAction::Lag { .. } | IamAction::LagFor { .. } | IamAction::LoseUpdates { .. } => {}
            IamAction::Delay { delay, .. } => pause(served, *delay).await,
            IamAction::Drop { .. } => return Some(HandlerOutcome::Cut),
            IamAction::Answer { status, body, .. } => {
                let body = match body {
                    FaultBody::Envelope { code, message } => {
                        envelope(code, message, id).to_string()
                    }
                    FaultBody::Raw(body) => body.clone(),
                };
                return Some(HandlerOutcome::Answered(respond(*status, Some(body))));
            }
            IamAction::Throttle {
                limit,
                window,
                retry_after,
            } => {
                let mut response = too_many_requests(*limit, window, id);
                let wait = retry_after.and_then(|wait| wait_header(wait, served.world.base_now()));
                if let Some(wait) = wait {
                    response.headers_mut().insert(header::RETRY_AFTER, wait);
                }
                return Some(HandlerOutcome::Answered(response));
            }
        }
    }
    None
}

/// Waits, but not for longer than the sandbox runs.
async fn pause(served: &Served, time: Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = served.stop.cancelled() => {}
    }
}

/// The gateway's answer to too many calls. Source: the message form seen in public logs.
fn too_many_requests(limit: u32, window: &str, id: &str) -> Response {
    let message = format!(
        "The throttling threshold has been reached: policy user over ratelimit,limit:{limit},time:{window}"
    );
    let body = envelope("APIGW.0308", &message, id).to_string();
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
        AnswerBody::Empty => respond(answer.status, None),
        AnswerBody::Json(body) => respond(answer.status, Some(body.to_string())),
        AnswerBody::Text(body) => (answer.status, body).into_response(),
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
