//! The HTTP server: connections, the routes of all operations, and how one request is answered.
//!
//! It knows every service by its list of operations only, and nothing of what a handler does.

mod app_state;
pub(super) mod connection;
mod exchange;
mod fault;
mod response;
mod router;

pub(super) use app_state::AppState;
pub(super) use router::router;
