//! The forms of a report.

use super::json;
use super::junit;
use super::markdown::Markdown;
use super::report::Report;
use super::text::Text;

/// In which form a report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a terminal of 80 columns.
    Text,
    /// For comments on GitHub and GitLab, no longer than they take.
    Markdown,
    /// For programs: `docs/review.schema.json` says what is where.
    Json,
    /// For the lists of tests that CI servers show.
    Junit,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Text, Self::Markdown, Self::Json, Self::Junit];

    /// The whole report in this form; ends with a line feed.
    #[must_use]
    pub fn render(self, report: &Report) -> String {
        match self {
            Self::Text => Text(report).to_string(),
            Self::Markdown => Markdown(report).to_string(),
            Self::Json => json::render(report),
            Self::Junit => junit::render(report),
        }
    }

    /// What it is called on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Json => "json",
            Self::Junit => "junit",
        }
    }

    /// How the name of a file with such a report ends.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Markdown => "md",
            Self::Json => "json",
            Self::Junit => "xml",
        }
    }
}
