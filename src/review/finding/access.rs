//! Rules about the accesses of all reviewed types. What is said of our grants in more depth elsewhere is left out here.

use std::collections::BTreeMap;
use std::sync::Arc;

use arcstr::ArcStr;

use super::context::ReviewContext;
use super::fact::{FindingFact, Hit};
use crate::access::net::row::{Change, Note, Row};
use crate::review::section::is_grant;

/// Accesses that the plan gives to everyone.
pub(super) fn public(context: &ReviewContext<'_>) -> Vec<Hit> {
    hits(context, |row| {
        row.may_broaden() && row.is_public() == Some(true)
    })
}

/// Accesses that the plan gives to an account.
pub(super) fn other_account(context: &ReviewContext<'_>) -> Vec<Hit> {
    hits(context, |row| row.may_broaden() && is_account(row))
}

/// Whether the grantee is an account, or someone in one that the plan names.
fn is_account(row: &Row) -> bool {
    let grantee = &row.grantee;
    if grantee.is_public() == Some(true) {
        return false;
    }
    let id = grantee.id().unwrap_or_default();
    let is_bare = id.len() == ACCOUNT_ID_CHARS && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    match &*grantee.kind() {
        "account" | "accounts" => true,
        "IAM" | "AWS" | "ID" | "" if is_bare => true,
        _ => ACCOUNT_PREFIXES.iter().any(|prefix| id.starts_with(prefix)),
    }
}

/// How long the ID of an account is.
const ACCOUNT_ID_CHARS: usize = 32;

/// How a principal begins that names its account.
const ACCOUNT_PREFIXES: [&str; 5] = [
    "domain/",
    "iam:domain::",
    "iam::",
    "arn:aws:iam::",
    "urn:csp:iam::",
];

/// Accesses of other types than ours that the plan gives without an end, although their types have one.
pub(super) fn no_end(context: &ReviewContext<'_>) -> Vec<Hit> {
    hits(context, |row| {
        !is_grant(row) && row.may_broaden() && &*row.until.after == "never"
    })
}

/// Accesses of other types than ours that the plan gives to a group.
pub(super) fn whole_group(context: &ReviewContext<'_>) -> Vec<Hit> {
    let kinds = ["group", "groups", "user group"];
    hits(context, |row| {
        !is_grant(row) && row.may_broaden() && kinds.contains(&&*row.grantee.kind())
    })
}

/// Accesses that two blocks declare, of which one goes and takes the access with it.
pub(super) fn one_of_two_goes(context: &ReviewContext<'_>) -> Vec<Hit> {
    // The object at the same address is not another block: a deposed object of it is destroyed.
    let is_other = |row: &Row, note: &Note| match note {
        Note::AlsoDeclared(address) => row.addresses().all(|own| *address != *own),
        _ => false,
    };
    hits(context, |row| {
        let note = row.note.as_ref();
        !is_grant(row) && row.change == Change::Lost && note.is_some_and(|note| is_other(row, note))
    })
}

/// Accesses of which the plan does not do what the configuration says.
pub(super) fn not_as_configured(context: &ReviewContext<'_>) -> Vec<Hit> {
    hits(context, |row| {
        matches!(
            row.note,
            Some(Note::EndKept | Note::NotPlanned | Note::LevelNotPlanned(_))
        )
    })
}

/// A finding at each block with such accesses.
fn hits(context: &ReviewContext<'_>, is_found: impl Fn(&Row) -> bool) -> Vec<Hit> {
    let found = context.access.iter().filter(|row| is_found(row));
    let hits = by_block(found).into_iter().map(|(address, rows)| Hit {
        address,
        attribute: None,
        is_changed: true,
        fact: FindingFact::Access(rows.into()),
    });
    hits.collect()
}

/// The accesses by the block that gives them, or gave them last.
pub(super) fn by_block<'a>(
    rows: impl Iterator<Item = &'a Arc<Row>>,
) -> BTreeMap<ArcStr, Vec<Arc<Row>>> {
    let mut blocks: BTreeMap<ArcStr, Vec<Arc<Row>>> = BTreeMap::new();
    for row in rows {
        let rows = blocks.entry(ArcStr::clone(&row.address)).or_default();
        rows.push(Arc::clone(row));
    }
    blocks
}
