//! Live grants that no state declares.
//!
//! [`state`] has the grants of states; [`live`] reads the live grants; [`mod@difference`] compares the two; [`table`],
//! [`json`] and [`import`] only print. This module reads no files and no clock, and does not know the plugin protocol.

pub mod difference;
pub mod grant;
pub mod import;
pub mod json;
pub mod live;
mod name;
pub mod state;
pub mod table;

pub use difference::{Difference, difference};
pub use live::{AuditScope, Live, read_live};
pub use state::DeclaredState;
