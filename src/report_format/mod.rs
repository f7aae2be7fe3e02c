//! Formats of reports that several commands print: SARIF, and Markdown that fits into a comment. This module knows how
//! they are written, not what is reported.

pub(crate) mod markdown;
pub(crate) mod sarif;
