//! Functions for configurations: pure, without the client and the clock.
//!
//! IDs are read and written by the code that reads import IDs and writes the attribute `id`.

mod days_from;
mod grant_id;
mod parse_grant_id;

pub use days_from::DaysFrom;
pub use grant_id::GrantId;
pub use parse_grant_id::ParseGrantId;
