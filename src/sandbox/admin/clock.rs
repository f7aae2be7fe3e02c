//! The clock of the sandbox, read and set.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::{AdminError, parse_body};
use crate::sandbox::clock::{ClockOffset, InvalidClockOffset};
use crate::sandbox::http::AppState;
use crate::sandbox::world::World;

/// The clock in a response.
#[derive(Serialize)]
pub(super) struct ClockView {
    /// Time of the sandbox's clock, in RFC 3339.
    now: Timestamp,
    /// Offset from the system clock; negative if the sandbox is behind.
    ahead: ClockOffset,
}

/// An offset as an object; the other format is plain text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OffsetBody {
    ahead: ClockOffset,
}

pub(super) async fn show(State(app): State<AppState>) -> Json<ClockView> {
    view(&app.world)
}

/// Adds to the current offset. Not repeatable, unlike `set`.
pub(super) async fn advance(
    State(app): State<AppState>,
    body: Bytes,
) -> Result<Json<ClockView>, AdminError> {
    app.world.advance(parse_offset(&body)?.duration());
    Ok(view(&app.world))
}

pub(super) async fn set(
    State(app): State<AppState>,
    body: Bytes,
) -> Result<Json<ClockView>, AdminError> {
    app.world.set_clock_offset(parse_offset(&body)?);
    Ok(view(&app.world))
}

fn view(world: &World) -> Json<ClockView> {
    Json(ClockView {
        now: world.now(),
        ahead: world.clock_offset(),
    })
}

/// Reads an offset from an object or from plain text.
fn parse_offset(body: &[u8]) -> Result<ClockOffset, AdminError> {
    let text = String::from_utf8_lossy(body);
    if text.trim_start().starts_with('{') {
        let body: OffsetBody = parse_body(body)?;
        return Ok(body.ahead);
    }
    text.parse()
        .map_err(|error: InvalidClockOffset| AdminError::bad_request(error.to_string()))
}
