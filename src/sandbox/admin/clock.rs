//! The calendar, seen and moved.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AdminError, parse};
use crate::sandbox::clock::{ClockOffset, InvalidClockOffset};
use crate::sandbox::http::AppState;
use crate::sandbox::world::World;

/// The state of the clock, as it is shown.
#[derive(Serialize)]
pub(super) struct ClockView {
    now: Timestamp,
    ahead: ClockOffset,
}

/// A span, in the form of an object.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpanBody {
    ahead: ClockOffset,
}

pub(super) async fn show(State(app): State<AppState>) -> Json<ClockView> {
    shown(&app.world)
}

pub(super) async fn advance(
    State(app): State<AppState>,
    body: Bytes,
) -> Result<Json<ClockView>, AdminError> {
    app.world.advance(span(&body)?.duration());
    Ok(shown(&app.world))
}

pub(super) async fn set(
    State(app): State<AppState>,
    body: Bytes,
) -> Result<Json<ClockView>, AdminError> {
    app.world.set_clock_offset(span(&body)?);
    Ok(shown(&app.world))
}

fn shown(world: &World) -> Json<ClockView> {
    Json(ClockView {
        now: world.now(),
        ahead: world.clock_offset(),
    })
}

/// Reads the span from an object or from plain text.
fn span(body: &[u8]) -> Result<ClockOffset, AdminError> {
    let text = String::from_utf8_lossy(body);
    if text.trim_start().starts_with('{') {
        let body: SpanBody = parse(body)?;
        return Ok(body.ahead);
    }
    text.parse()
        .map_err(|error: InvalidClockOffset| AdminError(StatusCode::BAD_REQUEST, error.to_string()))
}
