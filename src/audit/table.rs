//! The audit as tables for people.

use std::fmt;

use textwrap::core::display_width;

use super::difference::{Difference, Missing, NotChecked, Undeclared};
use super::phrasing;
use crate::text;

/// The columns of undeclared grants; the last one is the `id` attribute that the grant would have.
const UNDECLARED: [&str; 5] = ["EXPIRY", "SECRET", "GRANTEE", "CREATED", "ID"];

/// The columns of missing grants.
const MISSING: [&str; 4] = ["REASON", "SECRET", "GRANTEE", "ADDRESS"];

/// Addresses that are listed for one reason; of the others it says how many.
const MAX_NAMED: usize = 10;

/// Prints the undeclared grants, a line each, and below them the declared grants that are missing, not checked or declared more
/// than once; nothing if there are none.
#[derive(Debug)]
pub struct AuditTable<'a>(pub &'a Difference);

impl fmt::Display for AuditTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let difference = self.0;
        let mut parts = Vec::new();
        if !difference.undeclared.is_empty() {
            let is_long = difference.has_several_projects();
            let lines = difference.undeclared.iter();
            parts.push(table(
                UNDECLARED,
                lines.map(|each| undeclared(each, is_long)),
            ));
        }
        if !difference.missing.is_empty() {
            let lines = table(MISSING, difference.missing.iter().map(missing));
            parts.push(format!("Declared grants that no longer exist:\n{lines}"));
        }
        if !difference.not_checked.is_empty() {
            let lines = not_checked(&difference.not_checked);
            parts.push(format!("Declared grants that were not checked:\n{lines}"));
        }
        if !difference.repeated.is_empty() {
            let repeated = difference.repeated.iter();
            let lines = repeated.map(|each| format!("  {}\n", line_of(&each.addresses)));
            let lines: String = lines.collect();
            parts.push(format!("Grants that are declared more than once:\n{lines}"));
        }
        f.write_str(&parts.join("\n"))
    }
}

/// A table whose columns are as wide as their widest cells.
fn table<const N: usize>(header: [&str; N], lines: impl Iterator<Item = [String; N]>) -> String {
    let header = header.map(str::to_owned);
    let lines: Vec<[String; N]> = std::iter::once(header).chain(lines).collect();
    let mut widths = [0; N];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = display_width(cell).max(*width);
        }
    }
    let mut table = String::new();
    for line in &lines {
        let mut text = String::new();
        for (cell, width) in line.iter().zip(widths) {
            text.push_str(cell);
            let gap = width.saturating_sub(display_width(cell)) + 2;
            text.extend(std::iter::repeat_n(' ', gap));
        }
        table.push_str(text.trim_end());
        table.push('\n');
    }
    table
}

fn undeclared(each: &Undeclared, has_several_projects: bool) -> [String; 5] {
    [
        phrasing::expiry(each),
        text::line(each.grant.resource()),
        phrasing::grantee(each),
        phrasing::created_on(each),
        phrasing::id(each, has_several_projects),
    ]
}

fn missing(each: &Missing) -> [String; 4] {
    let grant = each.grant.as_ref();
    [
        phrasing::missing(each.reason).to_owned(),
        phrasing::declared_resource(grant, each.resource_name.as_deref()),
        phrasing::declared_grantee(grant),
        line_of(&each.addresses),
    ]
}

/// The grants by reason.
fn not_checked(all: &[NotChecked]) -> String {
    let mut lines = String::new();
    for group in all.chunk_by(|a, b| a.reason == b.reason) {
        let Some(first) = group.first() else {
            continue;
        };
        let reason = phrasing::not_checked(&first.reason);
        lines.push_str(&format!("  {} because {reason}:\n", group.len()));
        for each in group.iter().take(MAX_NAMED) {
            lines.push_str(&format!("    {}\n", line_of(&each.addresses)));
        }
        if let more @ 1.. = group.len().saturating_sub(MAX_NAMED) {
            lines.push_str(&format!("    and {more} more\n"));
        }
    }
    lines
}

fn line_of(addresses: &[String]) -> String {
    text::line(&addresses.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::difference::tests::sample;

    #[test]
    fn columns_are_aligned_by_display_width() {
        let table = AuditTable(&sample()).to_string();
        insta::assert_snapshot!(table);
    }

    #[test]
    fn an_audit_without_findings_prints_nothing() {
        let difference = Difference {
            undeclared: Vec::new(),
            missing: Vec::new(),
            not_checked: Vec::new(),
            repeated: Vec::new(),
            ..sample()
        };
        assert_eq!(AuditTable(&difference).to_string(), "");
    }
}
