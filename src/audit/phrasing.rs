//! What the formats for people say about grants, in the same words. All texts are on one line and cleaned.

use super::difference::{Counts, MissingReason, NotCheckedReason, Undeclared};
use super::grant::LiveGrant;
use super::state::Declared;
use crate::text;

/// Shown instead of IDs that a state marks as sensitive.
pub(super) const SENSITIVE: &str = "(sensitive)";

/// When an undeclared grant expires.
pub(super) fn expiry(each: &Undeclared) -> String {
    let grant = &each.grant;
    match (grant.expires_on(), grant.expiry().unclear_text()) {
        (None, None) => "never".to_owned(),
        (None, Some(text)) => format!("unrecognized: {}", text::line(text)),
        (Some(date), _) if each.is_expired => format!("{date} (expired)"),
        (Some(date), _) => date.to_string(),
    }
}

/// Who has an undeclared grant.
pub(super) fn grantee(each: &Undeclared) -> String {
    let by_group = if each.is_perhaps_by_group {
        " (possibly via a user group)"
    } else {
        ""
    };
    format!("{}{by_group}", text::line(each.grant.grantee()))
}

/// The day on which an undeclared grant was created; empty if it is not known.
pub(super) fn created_on(each: &Undeclared) -> String {
    match &each.grant {
        LiveGrant::Secret(grant) => {
            let created_at = grant.grantee.created_at;
            let since =
                created_at.map(|at| jiff::tz::Offset::UTC.to_datetime(at).date().to_string());
            since.unwrap_or_default()
        }
        LiveGrant::Delegation(_) => String::new(),
    }
}

/// The `id` attribute that an undeclared grant would have, or the import ID, which has the region and the project, too.
pub(super) fn id(each: &Undeclared, has_several_projects: bool) -> String {
    text::line(&match &each.grant {
        grant if has_several_projects => grant.import_id(),
        LiveGrant::Secret(grant) => grant.to_string(),
        LiveGrant::Delegation(delegation) => delegation.tenant_id.to_string(),
    })
}

/// The resource of a declared grant.
pub(super) fn declared_resource(grant: Option<&Declared>, name: Option<&str>) -> String {
    match grant {
        None => SENSITIVE.to_owned(),
        Some(Declared::Secret { resource_id, .. }) => {
            text::line(name.unwrap_or(resource_id.as_str()))
        }
        Some(Declared::Delegation(_)) => "all KMS keys in the account".to_owned(),
    }
}

/// The grantee of a declared grant.
pub(super) fn declared_grantee(grant: Option<&Declared>) -> String {
    match grant {
        None => SENSITIVE.to_owned(),
        Some(Declared::Secret {
            grantee_type,
            grantee_id,
            ..
        }) => format!(
            "{} {}",
            grantee_type.word(),
            text::line(grantee_id.as_str())
        ),
        Some(Declared::Delegation(_)) => "CodeArts Repo".to_owned(),
    }
}

/// Why a declared grant is known to be missing.
pub(super) fn missing(reason: MissingReason) -> &'static str {
    match reason {
        MissingReason::NotListed => "grant not found",
        MissingReason::NoSecret => "secret not found",
        MissingReason::NoSecretGroup => "secret group not found, or without grants",
    }
}

/// Why a declared grant was not checked.
pub(super) fn not_checked(reason: &NotCheckedReason) -> String {
    text::line(&match reason {
        NotCheckedReason::Unread(reason) => format!("it could not be read: {reason}"),
        NotCheckedReason::ProjectUnread(reason) => {
            format!("its project could not be read: {reason}")
        }
        NotCheckedReason::Withheld(state) => {
            format!("Huawei Cloud does not list grants on secrets in state `{state}`")
        }
        NotCheckedReason::OtherProject => "its region or project was not audited".to_owned(),
        NotCheckedReason::OtherAccount => "it is in another account".to_owned(),
        NotCheckedReason::NotRequested => "it was excluded from this audit".to_owned(),
        NotCheckedReason::UserGroup => {
            "it is to a user group, and Huawei Cloud may list the members of the group instead"
                .to_owned()
        }
        NotCheckedReason::Expired => {
            "it has expired, and Huawei Cloud may no longer list it".to_owned()
        }
        NotCheckedReason::ExpiryUnclear => "its expiry in the state is not a date".to_owned(),
        NotCheckedReason::ListLength(length) => format!(
            "the list of grants has exactly {length} entries, which may be an undocumented limit"
        ),
    })
}

/// The counts of live grants, and those of declared grants that are not live.
#[must_use]
pub fn counts(counts: &Counts) -> String {
    let Counts {
        live,
        declared,
        undeclared,
        endless,
        missing,
        not_checked,
        repeated,
    } = *counts;
    let more = [
        (missing, "missing"),
        (not_checked, "not checked"),
        (repeated, "declared more than once"),
    ];
    let more = more.into_iter().filter(|(count, _)| *count > 0);
    let more: String = more
        .map(|(count, what)| format!(", {count} {what}"))
        .collect();
    format!(
        "{live} live, {declared} declared, {undeclared} undeclared ({endless} without an expiry){more}"
    )
}
