//! The words of a report, shared by all formats that people read.
//!
//! Foreign text is cleaned here; each format escapes its own syntax besides.

pub mod finding;
mod grant;
pub mod summary;
mod unreviewed;

pub use grant::PhrasedGrant;
pub use unreviewed::{
    about_not_reviewed, attributes, not_reviewed, operation, title_of_not_reviewed,
    types_not_reviewed,
};
