//! What is said about a grant.

use std::fmt::Write;

use crate::cloud::{Error, Expiry, Grantee, GranteeId, Place, ResourceGrants};
use crate::framework::Diagnostic;
use crate::provider::failure;

use super::target::Target;

/// Lengths at which a list of the service may have been cut, as it documents no pages.
const ROUND: [usize; 5] = [10, 20, 50, 100, 1_000];

/// Grantees named in one message.
const MAX_NAMED: usize = 20;

impl Target {
    /// A failed request about this grant; `what` says what was tried.
    pub(super) fn failed(&self, what: &str, error: &Error) -> Diagnostic {
        let what = format!("{what} `{}`", self.key);
        if !error.is_not_found() {
            return failure::of(&what, error);
        }
        // The official provider's `id` of a secret is no id, and taking it is the likely mistake.
        let more = "The id of a secret is the attribute `secret_id` of `huaweicloud_csms_secret`, not its `id` or name.";
        failure::advising(&what, error, more).at_root("resource_id")
    }

    /// The grant exists before it is made, on other terms.
    pub(super) fn already_there(&self, grantee: Option<&Grantee>) -> Diagnostic {
        let there = grantee.map_or_else(String::new, |grantee| format!(", {}", end(grantee)));
        let asked = self
            .ends_on
            .map_or_else(|| "without end".to_owned(), |date| format!("until {date}"));
        let Place { region, project_id } = &self.place;
        let detail = format!(
            "`{key}` exists already{there}, and is asked for {asked}; nothing was changed. If another `csms_grant` block \
             has the same key, remove one of them; if the block was renamed, say so by a `moved` block. If the grant was \
             made elsewhere, take it under management with this block and apply again:\n\n  import {{\n    to = \
             csms_grant.NAME # the address above\n    provider = hwgrants\n    id = \
             \"{region}/{project_id}/{key}\"\n  }}",
            key = self.key
        );
        Diagnostic::error("Grant exists already", detail)
    }

    /// The grant exists before it is made, on the same terms.
    pub(super) fn adopted(&self) -> Diagnostic {
        let detail = format!(
            "`{}` existed already, on the terms asked for. It was taken under management as it is: destroying this block \
             takes it back. If another block manages it too, remove one of them.",
            self.key
        );
        Diagnostic::warning("Existing grant adopted", detail)
    }

    /// Another block of this run manages the grant.
    pub(super) fn declared_twice(&self) -> Diagnostic {
        let detail = format!(
            "Another block has just made, adopted or changed `{}`. A secret holds one grant per grantee, so two blocks \
             would take it from each other: remove one of them. Nothing was changed by this one.",
            self.key
        );
        Diagnostic::error("Grant declared twice", detail)
    }

    /// The grant was to be removed after another block has taken it over.
    pub(super) fn kept_for_another(&self) -> Diagnostic {
        let detail = format!(
            "Another block has just made, adopted or changed `{}`, so it was not taken back. After renaming a block, a \
             `moved` block says so and spares the detour.",
            self.key
        );
        Diagnostic::warning("Grant kept for another block", detail)
    }

    /// The grant was to be removed while another block wants it.
    pub(super) fn contested(&self) -> Diagnostic {
        let detail = format!(
            "Another block asks for `{}` on other terms and could not have it, so it was not taken back either: access \
             stays as it is. If the block was renamed, say so by a `moved` block; else apply again.",
            self.key
        );
        Diagnostic::error("Grant wanted by another block", detail)
    }

    /// The service confirmed the grant, or its new end, but does not show it.
    pub(super) fn not_shown(&self, list: Option<&ResourceGrants>) -> Diagnostic {
        let cut = list.and_then(cut).unwrap_or_default();
        let detail = format!(
            "Huawei Cloud confirmed `{}`, but its list does not show it within the timeout: the list lags, or the grant was \
             lost. What was asked for is kept in the state. Plan again to see what exists, or raise `timeouts`.{cut}",
            self.key
        );
        Diagnostic::error("Grant does not show", detail)
    }

    /// Whether the grant was made is not known.
    pub(super) fn unclear(&self, error: &Error) -> Diagnostic {
        let what = format!("granting access by `{}`", self.key);
        let more = "The grant may have been made, although no list shows it. It is kept in the state, marked for \
                    replacement, so that it cannot be lost: plan again.";
        let mut diagnostic = failure::advising(&what, error, more);
        diagnostic.summary = "Outcome unknown".to_owned();
        diagnostic
    }

    /// Whether the grant has the new end is not known.
    pub(super) fn unclear_end(&self, error: &Error) -> Diagnostic {
        let what = format!("changing the end of `{}`", self.key);
        let more = "The end may have been changed, although the list does not show it. Plan again to see it.";
        let mut diagnostic = failure::advising(&what, error, more);
        diagnostic.summary = "Outcome unknown".to_owned();
        diagnostic
    }

    /// The service confirmed that the grant is taken back, but still shows it.
    pub(super) fn still_shown(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud confirmed that `{}` is taken back, but its list still shows it. It stays in the state: apply \
             again, or raise `timeouts`.",
            self.key
        );
        Diagnostic::error("Grant still shows", detail)
    }

    /// The service refused to take back the grant of a group.
    pub(super) fn group_not_taken_back(&self, error: &Error) -> Diagnostic {
        let what = format!("taking back `{}`", self.key);
        let more = "Huawei Cloud documents no way to take back the grant of a group; nothing else was removed in its place, \
                    and it stays in the state. Take it back in the console, then run `terraform state rm`.";
        failure::advising(&what, error, more)
    }

    /// The service knows nothing of the group's grant, and the list has never shown it.
    pub(super) fn group_not_known(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud says that there is no `{}`, so it is forgotten. As its list has never shown this grant, nobody \
             can check that the group has no access any more: have a look in the console.",
            self.key
        );
        Diagnostic::warning("Nothing to take back from the group", detail)
    }

    /// Taking back a group's grant made others disappear from the list.
    pub(super) fn others_vanished(&self, others: &[&GranteeId]) -> Diagnostic {
        let mut names = String::new();
        for id in others.iter().take(MAX_NAMED) {
            // Writing to a text cannot fail.
            let _ = write!(names, " `{id}`");
        }
        if let Some(more) = others.len().checked_sub(MAX_NAMED).filter(|more| *more > 0) {
            let _ = write!(names, " and {more} more");
        }
        let detail = format!(
            "Since `{}` was taken back, these grantees are not listed any more:{names}. Members of the group were meant to \
             lose access; if one of them was granted access of their own, grant it again.",
            self.key
        );
        Diagnostic::warning("Others are not listed any more", detail)
    }

    /// The list does not show a grant that the service has confirmed.
    pub(super) fn not_listed_yet(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud has confirmed `{}` or left its making in doubt, and its list has not shown it since. It stays in \
             the state, because the list may lag. If it stays away, replace it with `terraform apply -replace`.",
            self.key
        );
        Diagnostic::warning("Grant not listed yet", detail)
    }

    /// The list does not show the grant of a group that was imported.
    pub(super) fn group_not_checked(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud does not list `{}`. Grants of groups may never be listed, so it is taken for granted and nobody \
             can check it: make sure that it exists.",
            self.key
        );
        Diagnostic::warning("Grant of a group not listed", detail)
    }

    /// The secret is scheduled for deletion and cannot be asked about.
    pub(super) fn secret_leaves(&self) -> Diagnostic {
        let detail = format!(
            "The secret of `{}` is scheduled for deletion, and Huawei Cloud does not say who may use it until then. The \
             grant stays in the state as it was. Remove the block, or take the deletion back.",
            self.key
        );
        Diagnostic::warning("Secret is scheduled for deletion", detail)
    }

    /// The grant is gone, by a list that may have been cut.
    pub(super) fn perhaps_cut(&self, list: &ResourceGrants) -> Option<Diagnostic> {
        let cut = cut(list)?;
        let detail = format!(
            "`{}` is not listed any more and counts as removed.{cut}",
            self.key
        );
        Some(Diagnostic::warning("List may be cut", detail))
    }

    /// The list shows the grant more than once.
    pub(super) fn listed_more_than_once(&self, list: &ResourceGrants) -> Option<Diagnostic> {
        let is_same = |grantee: &&Grantee| grantee.id == self.key.grantee_id;
        let count = list.grantees.iter().filter(is_same).count();
        let detail = format!(
            "Huawei Cloud lists `{}` {count} times; somebody has made it more than once. Destroying this block takes all \
             of them back. To have one again, run `terraform apply -replace` with the address.",
            self.key
        );
        (count > 1).then(|| Diagnostic::warning("Grant listed more than once", detail))
    }
}

fn end(grantee: &Grantee) -> String {
    grantee.ends_at.map_or_else(
        || "without end".to_owned(),
        |ends_at| format!("until {}", Expiry::new(ends_at).date()),
    )
}

/// A sentence about a list whose length suggests that it was cut.
fn cut(list: &ResourceGrants) -> Option<String> {
    let count = list.grantees.len();
    ROUND.contains(&count).then(|| {
        format!(
            " The list has exactly {count} entries: if Huawei Cloud cuts it there, grants beyond that are not seen; please \
             report it."
        )
    })
}
