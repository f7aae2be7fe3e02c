//! Accesses as a compact table: by resource, a line or two for each grantee.

use std::fmt;

use jiff::civil::Date;
use textwrap::core::display_width;

use super::{hanging, labeled, paragraph, width};
use crate::review::phrasing::{self, PhrasedGrant};

/// How wide the column of the grantees is, as an ID with its type is; and that column and the one of expiries where the lines
/// are long enough for names and for the blocks beside them. Fixed, because entries are printed one by one.
const GRANTEE: usize = 40;
const WIDE: (usize, usize) = (52, 34);

/// How long lines have to be for the blocks beside the grantees.
const WIDE_FROM: usize = 120;

/// The indents of a grantee and of what belongs to it.
const INDENT: &str = "    ";
const INNER: &str = "      ";

/// These accesses. The resource is printed once for those that follow each other.
pub(super) fn table(
    f: &mut fmt::Formatter<'_>,
    entries: impl Iterator<Item = PhrasedGrant>,
) -> fmt::Result {
    let mut resource = None;
    for entry in entries {
        let own = (entry.to.clone(), entry.location.clone());
        if resource.as_ref() != Some(&own) {
            writeln!(f)?;
            paragraph(f, "  ", &format!("to {}", entry.to))?;
            if !entry.location.is_empty() {
                paragraph(f, "  ", &format!("in {}", entry.location))?;
            }
            resource = Some(own);
        }
        row(f, &entry)?;
    }
    Ok(())
}

/// Grantee, level, expiry and blocks, side by side as far as there is room, with the reason and the notes below.
fn row(f: &mut fmt::Formatter<'_>, entry: &PhrasedGrant) -> fmt::Result {
    let expiry = match entry.expiry.split(' ').next() {
        Some("") => phrasing::NO_EXPIRY.to_owned(),
        Some(date) if date.parse::<Date>().is_ok() => format!("until {}", entry.expiry),
        _ => entry.expiry.clone(),
    };
    let details = [entry.level.as_str(), &expiry];
    let details = details.into_iter().filter(|detail| !detail.is_empty());
    let details = details.collect::<Vec<_>>().join("; ");
    let is_wide = width(f) >= WIDE_FROM;
    let mut line = INDENT.to_owned() + &entry.who;
    let mut below = Vec::new();
    let column = if is_wide { WIDE.0 } else { GRANTEE };
    let is_beside = append(f, &mut line, column, &details);
    if !is_beside {
        below.push(details.as_str());
    }
    let blocks = entry.blocks.iter().map(String::as_str);
    match entry.blocks.as_slice() {
        [block] if is_wide && is_beside && append(f, &mut line, WIDE.0 + 2 + WIDE.1, block) => {}
        _ => below.extend(blocks),
    }
    // A long name continues below itself, where it cannot be taken for a line of the report.
    let who = line.get(INDENT.len()..).unwrap_or_default();
    hanging(f, INDENT, who)?;
    for text in below {
        paragraph(f, INNER, text)?;
    }
    labeled(f, INNER, "reason: ", &entry.reason)?;
    for note in &entry.notes {
        labeled(f, INNER, "note: ", note)?;
    }
    Ok(())
}

/// Appends a cell after a column of this width, or after the text if that is longer; unless the line would be too long.
fn append(f: &fmt::Formatter<'_>, line: &mut String, column: usize, cell: &str) -> bool {
    let used = display_width(line);
    let start = (INDENT.len() + column).max(used) + 2;
    if start + display_width(cell) > width(f) {
        return false;
    }
    if !cell.is_empty() {
        line.push_str(&" ".repeat(start - used));
        line.push_str(cell);
    }
    true
}
