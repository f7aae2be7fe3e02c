//! The forms of a report.

use super::location::Places;
use super::report::Report;
use super::sarif::Sarif;
use super::text::Text;

/// In which form a report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a terminal of 80 columns.
    Text,
    /// SARIF 2.1.0, for what shows findings beside the code.
    Sarif,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Text, Self::Sarif];

    /// The whole report in this form, with these places of its findings; ends with a line feed.
    #[must_use]
    pub fn render(self, report: &Report, places: &Places) -> String {
        match self {
            Self::Text => Text(report).to_string(),
            Self::Sarif => Sarif(report, places).to_string(),
        }
    }

    /// Whether it tells the places of findings, so that the configuration is worth reading.
    #[must_use]
    pub fn has_places(self) -> bool {
        self == Self::Sarif
    }

    /// What it is called on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Sarif => "sarif",
        }
    }

    /// How the name of a file with such a report ends.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Sarif => "sarif",
        }
    }
}
