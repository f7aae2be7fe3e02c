//! The formats of a report.

use super::html::Html;
use super::json;
use super::junit;
use super::location::SourceLocations;
use super::markdown::Markdown;
use super::report::Report;
use super::sarif::Sarif;
use super::text::TextReport;

/// A format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a terminal of 80 columns.
    Text,
    /// For comments on GitHub and GitLab, within their size limit.
    Markdown,
    /// For programs, as `docs/review.schema.json` describes it.
    Json,
    /// SARIF 2.1.0, for tools that show findings beside the code.
    Sarif,
    /// For the test results of CI servers.
    Junit,
    /// One self-contained page for a browser, with a time line.
    Html,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Text,
        Self::Markdown,
        Self::Json,
        Self::Sarif,
        Self::Junit,
        Self::Html,
    ];

    /// The whole report in this format, with these source locations of its findings; ends with a line feed.
    #[must_use]
    pub fn render(self, report: &Report, locations: &SourceLocations) -> String {
        match self {
            Self::Text => TextReport(report).to_string(),
            Self::Markdown => Markdown(report).to_string(),
            Self::Json => json::render(report),
            Self::Sarif => Sarif(report, locations).to_string(),
            Self::Junit => junit::render(report),
            Self::Html => Html(report).to_string(),
        }
    }

    /// Whether it shows source locations.
    #[must_use]
    pub fn has_locations(self) -> bool {
        self == Self::Sarif
    }

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Html => "html",
        }
    }

    /// The file name extension of such a report.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Markdown => "md",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Junit => "xml",
            Self::Html => "html",
        }
    }
}
