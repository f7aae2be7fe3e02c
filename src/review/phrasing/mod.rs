//! The words of a report, shared by all formats that people read.
//!
//! Foreign text is cleaned here; each format escapes its own syntax besides.

pub mod access;
pub mod finding;
mod grant;
pub mod section;
pub mod state;
pub mod summary;
mod unreviewed;

pub use grant::{NO_EXPIRY, PhrasedGrant, grantee_name};
pub use unreviewed::{
    OTHER_TYPE, about_not_reviewed, attributes, not_reviewed, operation, other_types,
    reason_not_reviewed, title_of_not_reviewed, types_not_reviewed,
};
