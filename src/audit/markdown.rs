//! The audit as Markdown for a comment or the summary of a job: no longer than a comment can be, with the counts whole, and with
//! foreign text escaped.

use std::fmt;

use super::difference::Difference;
use super::phrasing;
use crate::report_format::markdown::{MarkdownSection, fit};
use crate::text::markdown::{code, escape, row};

/// The first line, by which a bot finds its comment to replace it. Hosts do not render it.
pub const MARKER: &str = "<!-- hwgrants audit -->";

/// Where entries are that do not fit.
const COMPLETE: &str = "The `json` format lists all entries.";

/// The head of the table of undeclared grants.
const UNDECLARED: &str = "| Expiry | Secret | Grantee | Created | ID |\n|:--|:--|:--|:--|:--|\n";

/// The head of the table of missing grants.
const MISSING: &str = "| Block | Secret | Grantee | Reason |\n|:--|:--|:--|:--|\n";

/// Sections in the order in which they are kept if there is not room for all, which is also that of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    NotAudited,
    Undeclared,
    Missing,
    Repeated,
    NotChecked,
    Withheld,
}

/// An audit, printed by its `Display`; ends with a line feed, and has less than 65,536 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Markdown<'a>(pub &'a Difference);

impl fmt::Display for Markdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let difference = self.0;
        let mut sections = vec![
            (Rank::NotAudited, not_audited(difference)),
            (Rank::Undeclared, undeclared(difference)),
            (Rank::Missing, missing(difference)),
            (Rank::Repeated, repeated(difference)),
            (Rank::NotChecked, not_checked(difference)),
            (Rank::Withheld, withheld(difference)),
        ];
        sections.retain(|(_, section)| !section.entries.is_empty());
        f.write_str(&fit(&head(difference), &sections, COMPLETE))
    }
}

/// The part that is never omitted: title, counts and projects.
fn head(difference: &Difference) -> String {
    /// Projects that are named.
    const MAX_NAMED: usize = 20;
    let counts = phrasing::counts(&difference.counts);
    let locations = &difference.locations;
    let mut projects: Vec<String> = locations
        .iter()
        .take(MAX_NAMED)
        .map(|location| {
            let (project, region) = (location.project_id.as_str(), location.region.as_str());
            format!("{} in {}", code(project), code(region))
        })
        .collect();
    if let more @ 1.. = locations.len().saturating_sub(MAX_NAMED) {
        projects.push(format!("{more} more"));
    }
    let noun = if locations.len() == 1 {
        "Project"
    } else {
        "Projects"
    };
    let projects = projects.join(", ");
    let mut parts = vec![
        format!("{MARKER}\n## Access audit"),
        format!("**Grants: {counts}**"),
        format!("{noun}: {projects}"),
    ];
    if !difference.unread.is_empty() {
        parts.push("> The audit is incomplete: there may be more undeclared grants.".to_owned());
    }
    parts.join("\n\n") + "\n"
}

fn not_audited(difference: &Difference) -> MarkdownSection {
    let unread = difference.unread.iter();
    let entries =
        unread.map(|each| format!("- {}\n", escape(&format!("{}: {}", each.what, each.reason))));
    MarkdownSection {
        title: format!("Not audited ({})", difference.unread.len()),
        entries: entries.collect(),
        ..MarkdownSection::default()
    }
}

fn undeclared(difference: &Difference) -> MarkdownSection {
    let is_long = difference.has_several_projects();
    let entries = difference.undeclared.iter().map(|each| {
        row(&[
            escape(&phrasing::expiry(each)),
            escape(each.grant.resource()),
            escape(&phrasing::grantee(each)),
            phrasing::created_on(each),
            code(&phrasing::id(each, is_long)),
        ])
    });
    MarkdownSection {
        title: format!("Undeclared grants ({})", difference.undeclared.len()),
        head: UNDECLARED,
        entries: entries.collect(),
        ..MarkdownSection::default()
    }
}

fn missing(difference: &Difference) -> MarkdownSection {
    let entries = difference.missing.iter().map(|each| {
        let grant = each.grant.as_ref();
        row(&[
            addresses(&each.addresses),
            escape(&phrasing::declared_resource(
                grant,
                each.resource_name.as_deref(),
            )),
            escape(&phrasing::declared_grantee(grant)),
            escape(phrasing::missing(each.reason)),
        ])
    });
    MarkdownSection {
        title: format!(
            "Declared grants that no longer exist ({})",
            difference.missing.len()
        ),
        head: MISSING,
        entries: entries.collect(),
        ..MarkdownSection::default()
    }
}

fn repeated(difference: &Difference) -> MarkdownSection {
    let repeated = difference.repeated.iter();
    let entries = repeated.map(|each| format!("- {}\n", addresses(&each.addresses)));
    MarkdownSection {
        title: format!(
            "Grants that are declared more than once ({})",
            difference.repeated.len()
        ),
        entries: entries.collect(),
        ..MarkdownSection::default()
    }
}

fn not_checked(difference: &Difference) -> MarkdownSection {
    let entries = difference.not_checked.iter().map(|each| {
        let reason = escape(&phrasing::not_checked(&each.reason));
        format!("- {}: {reason}\n", addresses(&each.addresses))
    });
    MarkdownSection {
        title: format!(
            "Declared grants that were not checked ({})",
            difference.not_checked.len()
        ),
        is_folded: true,
        entries: entries.collect(),
        ..MarkdownSection::default()
    }
}

fn withheld(difference: &Difference) -> MarkdownSection {
    let withheld = difference.withheld.iter();
    let entries = withheld.map(|secret| {
        let (name, id) = (code(&secret.name), code(secret.id.as_str()));
        format!("- {name} ({id}): state {}\n", code(&secret.state))
    });
    MarkdownSection {
        title: format!(
            "Secrets whose grants Huawei Cloud does not list ({})",
            difference.withheld.len()
        ),
        is_folded: true,
        entries: entries.collect(),
        ..MarkdownSection::default()
    }
}

fn addresses(addresses: &[String]) -> String {
    let addresses: Vec<_> = addresses.iter().map(|address| code(address)).collect();
    addresses.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::difference::tests::sample;

    #[test]
    fn names_stay_in_their_cells() {
        insta::assert_snapshot!(Markdown(&sample()).to_string());
    }

    #[test]
    fn a_long_audit_fits_into_a_comment_and_counts_what_is_omitted() {
        let mut difference = sample();
        let Some(first) = difference.undeclared.first().cloned() else {
            panic!("the sample has undeclared grants");
        };
        difference.undeclared = vec![first; 5_000];
        let text = Markdown(&difference).to_string();
        assert!(text.len() < 65_536, "{}", text.len());
        assert!(text.contains("### Undeclared grants (5000)"), "{text}");
        assert!(
            text.contains(
                "more entries are omitted** because of the comment size limit. The `json`"
            )
        );
    }
}
