//! The report as Markdown, to attach to an issue. It contains no IDs, names or messages of the service.

use std::fmt;

use super::finding::Conclusion;
use super::report::ProbeReport;
use crate::sandbox::Quirks;
use crate::text::markdown::{code, escape_sentences, row};

/// Prints a report; ends with a line feed.
#[derive(Clone, Copy, Debug)]
pub struct Markdown<'a>(pub &'a ProbeReport);

impl fmt::Display for Markdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.0;
        let endpoint = match report.has_default_endpoint {
            true => "the default endpoint",
            false => "a custom endpoint",
        };
        writeln!(f, "## Behavior of CSMS in {}\n", code(&report.region))?;
        writeln!(
            f,
            "Observed on {} with hwgrants {}, through {endpoint}.\n",
            report.date,
            crate::VERSION
        )?;
        if let Some(stopped) = &report.stopped {
            writeln!(f, "**Incomplete:** {}.\n", escape_sentences(stopped))?;
        }
        let quirks = report.quirks();
        let settings: String = quirks
            .iter()
            .map(|quirk| format!(" --quirk {quirk}"))
            .collect();
        match quirks.is_empty() {
            true => writeln!(
                f,
                "The sandbox reproduces these observations with its default settings:\n"
            )?,
            false => writeln!(f, "The sandbox reproduces these observations with:\n")?,
        }
        writeln!(f, "```sh\nhwgrants sandbox{settings}\n```\n")?;
        writeln!(
            f,
            "| Quirk | Value | Meaning | Observation |\n|:--|:--|:--|:--|"
        )?;
        let quirks = Quirks::descriptions();
        let mut undetermined = Vec::new();
        for finding in &report.findings {
            match &finding.conclusion {
                Conclusion::Is { value, observation } => {
                    let mut values = quirks
                        .iter()
                        .filter(|quirk| quirk.name == finding.quirk)
                        .flat_map(|quirk| &quirk.values);
                    let meaning = values.find(|known| known.name == *value);
                    let meaning = meaning.map_or("", |known| known.description);
                    let cells = [
                        code(finding.quirk),
                        code(value),
                        escape_sentences(meaning),
                        escape_sentences(observation),
                    ];
                    f.write_str(&row(&cells))?;
                }
                Conclusion::Undetermined(reason) => undetermined.push((finding.quirk, reason)),
            }
        }
        writeln!(f, "\n| Topic | Observation |\n|:--|:--|")?;
        for fact in &report.facts {
            let cells = [
                escape_sentences(fact.topic),
                escape_sentences(&fact.observation),
            ];
            f.write_str(&row(&cells))?;
        }
        writeln!(f, "\n| Not determined | Reason |\n|:--|:--|")?;
        for (quirk, reason) in undetermined {
            f.write_str(&row(&[code(quirk), escape_sentences(reason)]))?;
        }
        Ok(())
    }
}
