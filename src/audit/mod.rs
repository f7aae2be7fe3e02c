//! What is granted and nobody has declared, for the person who looks after a project's access.
//!
//! [`state`] reads what is declared, from the JSON of a state, and keeps all but the keys to itself; [`live`] asks the
//! cloud what is granted; [`mod@difference`] compares the two; [`table`], [`json`] and [`import`] only print. This room
//! reads no files and no clock, and knows nothing of the protocol that plugins speak.

pub mod difference;
pub mod grant;
pub mod import;
pub mod json;
pub mod live;
mod name;
pub mod state;
pub mod table;

pub use difference::{Difference, difference};
pub use live::{AuditScope, Live, look};
pub use state::DeclaredState;
