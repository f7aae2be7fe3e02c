//! The formats of a report.

use super::github;
use super::gitlab;
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
    /// A code quality report, for merge requests on GitLab.
    Gitlab,
    /// Workflow commands, for annotations on GitHub.
    Github,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Text,
        Self::Markdown,
        Self::Json,
        Self::Sarif,
        Self::Junit,
        Self::Html,
        Self::Gitlab,
        Self::Github,
    ];

    /// The whole report in this format, with these source locations of its findings; ends with a line feed.
    #[must_use]
    pub fn render(self, report: &Report, locations: &SourceLocations) -> String {
        match self {
            Self::Text => TextReport { report, locations }.to_string(),
            Self::Markdown => Markdown { report, locations }.to_string(),
            Self::Json => json::render(report, locations),
            Self::Sarif => sarif(report, locations, false),
            Self::Junit => junit::render(report, locations),
            Self::Html => Html { report, locations }.to_string(),
            Self::Gitlab => gitlab::render(report, locations),
            Self::Github => github::render(report, locations),
        }
    }

    /// As [`Self::render`], with waived findings in SARIF, too, as suppressed results.
    #[must_use]
    pub fn render_with_waived(self, report: &Report, locations: &SourceLocations) -> String {
        match self {
            Self::Sarif => sarif(report, locations, true),
            format => format.render(report, locations),
        }
    }

    /// Whether it has the locations of all blocks, and not of findings alone.
    #[must_use]
    pub fn shows_blocks(self) -> bool {
        self == Self::Json
    }

    /// Whether its readers show findings beside the code, and so need source locations. Other formats show those that there are.
    #[must_use]
    pub fn needs_locations(self) -> bool {
        matches!(
            self,
            Self::Json | Self::Sarif | Self::Junit | Self::Gitlab | Self::Github
        )
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
            Self::Gitlab => "gitlab",
            Self::Github => "github",
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
            Self::Gitlab => "gitlab.json",
            Self::Github => "github.txt",
        }
    }
}

/// The report as SARIF, with or without waived findings.
fn sarif(report: &Report, locations: &SourceLocations, has_waived: bool) -> String {
    let sarif = Sarif {
        report,
        locations,
        has_waived,
    };
    sarif.to_string()
}
