//! The audit as a table for people.

use std::fmt;

use textwrap::core::display_width;

use super::difference::{Difference, Undeclared};
use super::grant::LiveGrant;
use crate::text;

/// The columns; the last one is the `id` attribute that the grant would have.
const HEADER: [&str; 5] = ["EXPIRY", "SECRET", "GRANTEE", "CREATED", "ID"];

/// Prints the undeclared grants, a line each; nothing if there are none.
#[derive(Debug)]
pub struct AuditTable<'a>(pub &'a Difference);

impl fmt::Display for AuditTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.undeclared.is_empty() {
            return Ok(());
        }
        let header = HEADER.map(str::to_owned);
        let lines: Vec<[String; 5]> = std::iter::once(header)
            .chain(self.0.undeclared.iter().map(cells))
            .collect();
        let mut widths = [0; 5];
        for line in &lines {
            for (width, cell) in widths.iter_mut().zip(line) {
                *width = display_width(cell).max(*width);
            }
        }
        for line in &lines {
            let mut text = String::new();
            for (cell, width) in line.iter().zip(widths) {
                text.push_str(cell);
                let gap = width.saturating_sub(display_width(cell)) + 2;
                text.extend(std::iter::repeat_n(' ', gap));
            }
            writeln!(f, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

fn cells(each: &Undeclared) -> [String; 5] {
    let grant = &each.grant;
    let end = match (grant.expires_on(), grant.expiry().unclear_text()) {
        (None, None) => "never".to_owned(),
        (None, Some(text)) => format!("unrecognized: {}", text::line(text)),
        (Some(date), _) if each.is_expired => format!("{date} (expired)"),
        (Some(date), _) => date.to_string(),
    };
    let by_group = if each.is_perhaps_by_group {
        " (possibly via a user group)"
    } else {
        ""
    };
    let (since, id) = match grant {
        LiveGrant::Secret(grant) => {
            let created_at = grant.grantee.created_at;
            let since =
                created_at.map(|at| jiff::tz::Offset::UTC.to_datetime(at).date().to_string());
            (since.unwrap_or_default(), grant.to_string())
        }
        LiveGrant::Delegation(delegation) => (String::new(), delegation.tenant_id.to_string()),
    };
    [
        end,
        text::line(grant.resource()),
        format!("{}{by_group}", text::line(grant.grantee())),
        since,
        text::line(&id),
    ]
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
    fn no_undeclared_grants_print_nothing() {
        let difference = Difference {
            undeclared: Vec::new(),
            ..sample()
        };
        assert_eq!(AuditTable(&difference).to_string(), "");
    }
}
