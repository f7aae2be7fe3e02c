//! The routes of the server, and the headers that every response has.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::on;
use uuid::Uuid;

use super::app_state::AppState;
use super::exchange::{RequestId, serve};
use crate::sandbox::service::operations;

/// Largest body that the gateway accepts, in bytes.
const MAX_BODY_BYTES: usize = 12 * 1024 * 1024;

const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// A second path for an operation. The response of `GET /v3` links to itself with a trailing slash.
const PATH_ALIASES: [(&str, &str); 1] = [("/v3", "/v3/")];

/// Headers that keep a browser from running, loading or guessing anything in a response.
const RESTRICTIVE_HEADERS: [(HeaderName, &str); 2] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; sandbox",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// All routes: the operations of every service, `admin` under `/_sandbox/`, and the gateway's 404 for any other path.
pub(in crate::sandbox) fn router(app: AppState, admin: Router<AppState>) -> Router {
    let mut router = Router::new();
    for operation in operations() {
        let handler = move |State(app): State<AppState>, request: Request| {
            // `HEAD` arrives here with `GET`, but no operation is published under it.
            let published = (request.method() != Method::HEAD).then_some(operation);
            serve(app, published, request)
        };
        let aliases = PATH_ALIASES
            .iter()
            .filter(|(path, _)| *path == operation.path);
        for path in aliases.map(|(_, alias)| *alias).chain([operation.path]) {
            router = router.route(path, on(operation.method, handler));
        }
    }
    let unpublished = |State(app): State<AppState>, request: Request| serve(app, None, request);
    router
        .merge(admin)
        .fallback(unpublished)
        .method_not_allowed_fallback(unpublished)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn(add_common_headers))
        .with_state(app)
}

/// Gives the request an id, and adds to the response `X-Request-Id` and the headers that keep browsers from running it: a
/// fault may answer any HTML from the origin of the sandbox's own page.
async fn add_common_headers(mut request: Request, next: Next) -> Response {
    let id = Uuid::new_v4().simple().to_string();
    let header = HeaderValue::try_from(&id);
    request.extensions_mut().insert(RequestId(id));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Ok(header) = header {
        headers.insert(REQUEST_ID_HEADER, header);
    }
    for (name, value) in RESTRICTIVE_HEADERS {
        // The page sets its own.
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}
