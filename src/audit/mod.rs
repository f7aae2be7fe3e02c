//! Live grants that no state declares, and declared grants that no longer exist.
//!
//! [`state`] has the grants of states; [`live`] reads the live grants; [`mod@difference`] compares the two; `phrasing` says it in
//! words; [`table`], [`json`], [`markdown`], [`sarif`] and [`import`] only print. This module reads no files and no clock, and does not know the plugin protocol.

pub mod difference;
pub mod grant;
pub mod import;
pub mod json;
pub mod live;
pub mod markdown;
mod name;
pub mod phrasing;
pub mod sarif;
pub mod state;
pub mod table;

pub use difference::{Difference, difference};
pub use live::{AuditProgress, AuditScope, Live, read_live, read_projects};
pub use state::DeclaredState;
