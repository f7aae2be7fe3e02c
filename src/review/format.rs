//! The forms of a report.

use super::html::Html;
use super::report::Report;
use super::text::Text;

/// In which form a report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a terminal of 80 columns.
    Text,
    /// One page for a browser, with a time line; needs nothing but itself.
    Html,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Text, Self::Html];

    /// The whole report in this form; ends with a line feed.
    #[must_use]
    pub fn render(self, report: &Report) -> String {
        match self {
            Self::Text => Text(report).to_string(),
            Self::Html => Html(report).to_string(),
        }
    }

    /// What it is called on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Html => "html",
        }
    }

    /// How the name of a file with such a report ends.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Html => "html",
        }
    }
}
