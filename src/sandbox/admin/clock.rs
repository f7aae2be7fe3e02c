//! The calendar, seen and moved.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Mistake, parse};
use crate::sandbox::clock::{Ahead, UnreadableSpan};
use crate::sandbox::http::Served;
use crate::sandbox::world::World;

/// The state of the clock, as it is shown.
#[derive(Serialize)]
pub(super) struct ClockView {
    now: Timestamp,
    ahead: Ahead,
}

/// A span, in the form of an object.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpanBody {
    ahead: Ahead,
}

pub(super) async fn show(State(served): State<Served>) -> Json<ClockView> {
    shown(&served.world)
}

pub(super) async fn advance(
    State(served): State<Served>,
    body: Bytes,
) -> Result<Json<ClockView>, Mistake> {
    served.world.advance(span(&body)?.duration());
    Ok(shown(&served.world))
}

pub(super) async fn set(
    State(served): State<Served>,
    body: Bytes,
) -> Result<Json<ClockView>, Mistake> {
    served.world.set_clock_ahead(span(&body)?);
    Ok(shown(&served.world))
}

fn shown(world: &World) -> Json<ClockView> {
    Json(ClockView {
        now: world.now(),
        ahead: world.clock_ahead(),
    })
}

/// Reads the span from an object or from plain text.
fn span(body: &[u8]) -> Result<Ahead, Mistake> {
    let text = String::from_utf8_lossy(body);
    if text.trim_start().starts_with('{') {
        let body: SpanBody = parse(body)?;
        return Ok(body.ahead);
    }
    text.parse()
        .map_err(|error: UnreadableSpan| Mistake(StatusCode::BAD_REQUEST, error.to_string()))
}
