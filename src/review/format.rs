//! The forms of a report.

use super::html::Html;
use super::json;
use super::junit;
use super::location::Places;
use super::markdown::Markdown;
use super::report::Report;
use super::sarif::Sarif;
use super::text::TextReport;

/// In which form a report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a terminal of 80 columns.
    Text,
    /// For comments on GitHub and GitLab, no longer than they take.
    Markdown,
    /// For programs: `docs/review.schema.json` says what is where.
    Json,
    /// SARIF 2.1.0, for what shows findings beside the code.
    Sarif,
    /// For the lists of tests that CI servers show.
    Junit,
    /// One page for a browser, with a time line; needs nothing but itself.
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

    /// The whole report in this form, with these places of its findings; ends with a line feed.
    #[must_use]
    pub fn render(self, report: &Report, places: &Places) -> String {
        match self {
            Self::Text => TextReport(report).to_string(),
            Self::Markdown => Markdown(report).to_string(),
            Self::Json => json::render(report),
            Self::Sarif => Sarif(report, places).to_string(),
            Self::Junit => junit::render(report),
            Self::Html => Html(report).to_string(),
        }
    }

    /// Whether it tells where in the configuration a finding is.
    #[must_use]
    pub fn has_places(self) -> bool {
        self == Self::Sarif
    }

    /// What it is called on the command line.
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

    /// How the name of a file with such a report ends.
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
