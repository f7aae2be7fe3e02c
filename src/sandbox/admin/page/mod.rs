//! The page of `/_sandbox/`: HTML, style sheet and scripts, and the data that the scripts show.
//!
//! The page is static. Its scripts read [`PageView`] once a second, and send changes to the other paths of `/_sandbox/`. The
//! content security policy forbids anything from another origin.
//!
//! Another kind of object needs an entry in `OBJECT_KINDS` in `objects.js`, which reads its data from [`PageView`].

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;

use super::help::help;
use crate::sandbox::clock::ClockOffset;
use crate::sandbox::fault::Fault;
use crate::sandbox::http::AppState;
use crate::sandbox::id::GranteeId;
use crate::sandbox::quirk::{QuirkDescription, Quirks};
use crate::sandbox::request_log::RequestRecord;
use crate::sandbox::service::operations;
use crate::sandbox::store::grant::StoredGrantee;
use crate::sandbox::store::state_view::StateView;

const PAGE: &str = include_str!("index.html");

/// What the page loads, by path.
pub(in crate::sandbox) const ASSETS: &[Asset] = &[
    Asset::style("/page.css", include_str!("page.css")),
    Asset::script("/dom.js", include_str!("dom.js")),
    Asset::script("/objects.js", include_str!("objects.js")),
    Asset::script("/requests.js", include_str!("requests.js")),
    Asset::script("/faults.js", include_str!("faults.js")),
    Asset::script("/page.js", include_str!("page.js")),
];

/// A file that the page loads.
#[derive(Clone, Copy)]
pub(in crate::sandbox) struct Asset {
    /// Path under `/_sandbox`.
    pub(in crate::sandbox) path: &'static str,
    content_type: &'static str,
    text: &'static str,
}

/// Most requests that the page shows.
const MAX_SHOWN_REQUEST_COUNT: usize = 200;

/// Headers of the page and its assets.
const HEADERS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    // A cached page may not match an updated program.
    (header::CACHE_CONTROL, "no-store"),
    (header::VARY, "accept"),
];

/// The data that the page shows.
#[derive(Serialize)]
struct PageView {
    port: u16,
    /// Data file; none if the state is only in memory.
    data_file: Option<String>,
    now: Timestamp,
    ahead: ClockOffset,
    /// Projects, resources and grants.
    state: StateView,
    /// The directory, for names and for the choice of a grantee.
    grantees: BTreeMap<GranteeId, StoredGrantee>,
    faults: Vec<Fault>,
    /// Names of all operations, for the choice of a fault.
    operations: Vec<&'static str>,
    quirks: Quirks,
    quirk_descriptions: Vec<QuirkDescription>,
    /// The latest requests, oldest first.
    requests: Vec<RequestRecord>,
    /// Number of all requests in the log, of which the page may show fewer.
    request_count: usize,
}

/// The page for browsers (`Accept: text/html`), and the description of the paths as plain text for other clients.
pub(in crate::sandbox) async fn index(State(app): State<AppState>, headers: HeaderMap) -> Response {
    let accepted = headers.get_all(header::ACCEPT).iter();
    let mut accepted = accepted.filter_map(|value| value.to_str().ok());
    if accepted.any(|value| value.contains("text/html")) {
        asset("text/html; charset=utf-8", PAGE)
    } else {
        ([(header::VARY, "accept")], help(app.seed)).into_response()
    }
}

impl Asset {
    const fn style(path: &'static str, text: &'static str) -> Self {
        let content_type = "text/css; charset=utf-8";
        Self {
            path,
            content_type,
            text,
        }
    }

    const fn script(path: &'static str, text: &'static str) -> Self {
        let content_type = "text/javascript; charset=utf-8";
        Self {
            path,
            content_type,
            text,
        }
    }

    /// The file as a response.
    pub(in crate::sandbox) fn response(self) -> Response {
        asset(self.content_type, self.text)
    }
}

fn asset(content_type: &'static str, text: &'static str) -> Response {
    (HEADERS, [(header::CONTENT_TYPE, content_type)], text).into_response()
}

pub(in crate::sandbox) async fn view(State(app): State<AppState>) -> Response {
    let world = &app.world;
    let (requests, request_count) = world.request_log().latest(MAX_SHOWN_REQUEST_COUNT);
    let grantees = world.store().directory.clone();
    let data_file = app.data_file.as_deref();
    Json(PageView {
        port: app.address.port(),
        data_file: data_file.map(|path| path.to_string_lossy().into_owned()),
        now: world.now(),
        ahead: world.clock_offset(),
        state: world.state(),
        grantees,
        faults: world.faults().list(),
        operations: operations().map(|operation| operation.name).collect(),
        quirks: world.quirks(),
        quirk_descriptions: Quirks::descriptions(),
        requests,
        request_count,
    })
    .into_response()
}
