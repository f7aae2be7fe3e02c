//! The findings as workflow commands, which GitHub Actions shows as annotations of a pull request.
//!
//! Waived findings are left out. A runner takes ten annotations of each kind from a step, so that is how many there are; the
//! last line says how many findings are left out.
//!
//! Source: GitHub documentation, "Workflow commands for GitHub Actions" and "Usage limits".

use std::fmt::Write as _;

use super::location::SourceLocations;
use super::report::Report;
use crate::review::finding::Finding;
use crate::review::phrasing;
use crate::review::rule::FindingSeverity;

/// Annotations of each kind that are taken from one step.
const MOST: usize = 10;

/// The annotations, a line each; one line says so if there are no findings.
#[must_use]
pub fn render(report: &Report, locations: &SourceLocations) -> String {
    let mut text = String::new();
    let open = || report.findings.iter().filter(|finding| finding.is_open());
    let mut count = 0;
    for severity in FindingSeverity::ALL {
        // The last notice is the count of the rest.
        let most = MOST - usize::from(severity == FindingSeverity::Note);
        let found = open().filter(|finding| finding.severity == severity);
        for finding in found.take(most) {
            count += 1;
            text.push_str(&annotation(finding, locations));
        }
    }
    let rest = open().count() - count;
    if rest > 0 {
        let more = match rest {
            1 => "1 more finding is in the report".to_owned(),
            rest => format!("{rest} more findings are in the report"),
        };
        // Writing to a text never fails.
        let _ = writeln!(text, "::notice title=hwgrants::{more}");
    }
    if count == 0 {
        text.push_str("hwgrants review: no findings\n");
    }
    text
}

fn annotation(finding: &Finding, locations: &SourceLocations) -> String {
    let command = match finding.severity {
        FindingSeverity::Error => "error",
        FindingSeverity::Warning => "warning",
        FindingSeverity::Note => "notice",
    };
    let (file, line) = locations.line_of(finding);
    let title = format!("{} ({})", finding.rule.title(), finding.rule.id());
    let block = phrasing::finding::block(finding);
    let message = format!("{}\nBlock: {block}", phrasing::finding::message(finding));
    format!(
        "::{command} file={},line={line},title={}::{}\n",
        property(&file),
        property(&title),
        data(&message)
    )
}

/// A text as the message of a command. What is left of it cannot start another command, because it has no line breaks.
fn data(text: &str) -> String {
    // Commands in the older syntax, which runners find anywhere in a line.
    let text = text.replace("##", "# #").replace('%', "%25");
    text.replace('\r', "%0D").replace('\n', "%0A")
}

/// A text as the value of a parameter.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_end_neither_a_parameter_nor_a_line() {
        assert_eq!(property("a,b::c\r\n%"), "a%2Cb%3A%3Ac%0D%0A%25");
        assert_eq!(data("a::b\n::error::c"), "a::b%0A::error::c");
    }
}
