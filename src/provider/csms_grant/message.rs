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
        let there = grantee.map_or_else(String::new, |grantee| format!(", {}", until(grantee)));
        let asked = self.wanted_expiry();
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

    /// The configured expiry, as the end of "it is asked for …".
    fn wanted_expiry(&self) -> String {
        self.ends_on.map_or_else(
            || "without an expiry".to_owned(),
            |date| format!("until {date}"),
        )
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

    /// The service confirmed the grant, or its new expiry, but its list does not agree.
    pub(super) fn not_shown(&self, list: Option<&ResourceGrants>) -> Diagnostic {
        let grantee = list.and_then(|list| list.find(&self.key.grantee_id));
        let listed = match grantee {
            Some(grantee) => format!("lists it {}, not {}", until(grantee), self.wanted_expiry()),
            None => "does not list it".to_owned(),
        };
        let cut = list.and_then(cut).unwrap_or_default();
        let detail = format!(
            "Huawei Cloud confirmed `{}`, but {listed} within the timeout: the list lags, or the write was lost. The \
             configured values are kept in the state. Run `terraform plan` to see what exists, or raise \
             `timeouts`.{cut}",
            self.key
        );
        Diagnostic::error("Grant not listed as confirmed", detail)
    }

    /// The service confirmed an update, and its list shows the old expiry.
    pub(super) fn update_not_shown(&self, list: Option<&ResourceGrants>) -> Diagnostic {
        let grantee = list.and_then(|list| list.find(&self.key.grantee_id));
        let listed = match grantee {
            Some(grantee) => format!("lists it {}, not {}", until(grantee), self.wanted_expiry()),
            None => "does not list it".to_owned(),
        };
        let cut = list.and_then(cut).unwrap_or_default();
        let detail = format!(
            "Huawei Cloud confirmed the new expiry of `{}`, but {listed} within the timeout: the list lags, or the write was \
             lost. The state keeps the old expiry. Run `terraform apply` again, or raise `timeouts`.{cut}",
            self.key
        );
        Diagnostic::error("Expiry not listed as confirmed", detail)
    }

    /// Two lists, read before anything was sent, differ.
    pub(super) fn lists_disagree(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud listed `{}` in two ways within a second: its replicas disagree. Nothing was sent. Run the command \
             again in a minute.",
            self.key
        );
        Diagnostic::error("Lists disagree", detail)
    }

    /// Whether the grant was created is not known, because of this error, or of an answer that is about another grant.
    pub(super) fn unknown_create(
        &self,
        error: Option<&Error>,
        contradiction: Option<&str>,
    ) -> Diagnostic {
        let more = "The grant may exist, although no list shows it as configured. It is kept in the state, marked for \
                    replacement, so that it cannot be lost. Run `terraform plan` again.";
        self.unknown_outcome("granting access by", error, contradiction, more)
    }

    /// Whether the grant has the new expiry is not known, for one of the same reasons.
    pub(super) fn unknown_update(
        &self,
        error: Option<&Error>,
        contradiction: Option<&str>,
    ) -> Diagnostic {
        let more = "The expiry may have changed, although no list shows the new one. The state keeps the old one. Run \
                    `terraform plan` to see the expiry, and apply again.";
        self.unknown_outcome("changing the expiry of", error, contradiction, more)
    }

    fn unknown_outcome(
        &self,
        what: &str,
        error: Option<&Error>,
        contradiction: Option<&str>,
        more: &str,
    ) -> Diagnostic {
        let what = format!("{what} `{}`", self.key);
        let mut diagnostic = match (error, contradiction) {
            (Some(error), None) => failure::advising(&what, error, more),
            (_, contradiction) => {
                let contradiction = contradiction.unwrap_or("it proves nothing");
                let detail = format!(
                    "While {what}: the answer of Huawei Cloud contradicts the request: {contradiction}. {more} Check in \
                     the console who may use `{}`.",
                    self.key.resource_id
                );
                Diagnostic::error("Outcome unknown", detail)
            }
        };
        diagnostic.summary = "Outcome unknown".to_owned();
        diagnostic
    }

    /// The answer to a write is about another grant or expiry, but the list shows the right one.
    pub(super) fn contradicted(&self, contradiction: &str) -> Diagnostic {
        let detail = format!(
            "The answer of Huawei Cloud to the write of `{}` contradicts the request: {contradiction}. The grants read back \
             afterwards show the grant as configured. Check in the console who may use `{}`.",
            self.key, self.key.resource_id
        );
        Diagnostic::warning("Contradictory answer", detail)
    }

    /// The list shows something in place of the expiry that is no date.
    pub(super) fn expiry_not_understood(&self, text: &str) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud lists `{}` with the expiry `{}`, which is not a date. Whether the grant expires as configured \
             cannot be checked: check it in the console.",
            self.key,
            text.escape_debug()
        );
        Diagnostic::warning("Expiry not understood", detail)
    }

    /// The list says that the grant never expires, and has never shown the configured expiry.
    pub(super) fn listed_as_endless(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud lists `{}` as never expiring, although the state has an expiration date, which no list has shown. \
             The date is kept in the state. Check the expiry in the console; if it is missing there, run `terraform apply \
             -replace` with the address.",
            self.key
        );
        Diagnostic::warning("Grant listed without its expiry", detail)
    }

    /// The service keeps the expiry, and nothing more can be done about it.
    pub(super) fn expiry_kept(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud confirmed the update of `{}`, but keeps its expiry. The state keeps it too. To create the grant \
             again without an expiry, run `terraform apply -replace` with the address: access is interrupted meanwhile.",
            self.key
        );
        Diagnostic::error("Expiry not removed", detail)
    }

    /// The service keeps the expiry, and refuses to delete the grant.
    pub(super) fn expiry_kept_because(&self, error: &Error) -> Diagnostic {
        let what = format!("removing the expiry of `{}`", self.key);
        let more = "Huawei Cloud keeps the expiry after an update, and refuses to delete the grant so that it can be created \
                    again. The grant and its expiry are unchanged.";
        failure::advising(&what, error, more)
    }

    /// Whether the grant was deleted, to be created again without an expiry, is not known.
    pub(super) fn unknown_deletion(&self, error: Option<&Error>) -> Diagnostic {
        let more = "Huawei Cloud keeps the expiry after an update, so the grant was to be deleted and created again. Whether \
                    it was deleted is unknown, and it was not created again. Apply again at once: access may be missing.";
        self.unknown_outcome("removing the expiry of", error, None, more)
    }

    /// Whether the grant was created again without an expiry is not known.
    pub(super) fn unknown_recreation(&self, error: Option<&Error>) -> Diagnostic {
        let more = "Huawei Cloud keeps the expiry after an update, so the grant was deleted. Whether it was created again is \
                    unknown. Apply again at once: access may be missing.";
        self.unknown_outcome("removing the expiry of", error, None, more)
    }

    /// The grant was deleted, to be created again without an expiry, and creating it is refused.
    pub(super) fn access_lost(&self, error: &Error) -> Diagnostic {
        let key = &self.key;
        let more = format!(
            "Huawei Cloud keeps the expiry after an update, so the grant was deleted to be created again, and creating it was \
             refused. The {} `{}` has no access to `{}` now. Apply again to create the grant.",
            key.grantee_type.word(),
            key.grantee_id,
            key.resource_id
        );
        let what = format!("removing the expiry of `{key}`");
        let mut diagnostic = failure::advising(&what, error, &more);
        diagnostic.summary = "Access lost".to_owned();
        diagnostic
    }

    /// The expiry of a group's grant was removed, and no list shows whether it is.
    pub(super) fn removal_not_checked(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud confirmed the update of `{}`, but does not list this group's grant. Whether its expiry is removed \
             cannot be checked: check it in the console.",
            self.key
        );
        Diagnostic::warning("Removal of the expiry not checked", detail)
    }

    /// The service confirmed that the grant is deleted, but still lists it.
    pub(super) fn still_shown(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud confirmed that `{}` is deleted, but still lists it. It stays in the state: apply again, or raise \
             `timeouts`.",
            self.key
        );
        Diagnostic::error("Grant still listed", detail)
    }

    /// The service did not confirm that the grant is deleted, and the grant is still listed, or may be.
    pub(super) fn not_revoked(&self, error: &Error) -> Diagnostic {
        let what = format!("revoking `{}`", self.key);
        let more = "The grant is still listed, or its list cannot be read: access may continue, and the grant stays in the \
                    state.";
        failure::advising(&what, error, more)
    }

    /// The service refused to delete the grant of a group that was never listed, or left it open.
    pub(super) fn group_not_revoked(&self, error: &Error) -> Diagnostic {
        let what = format!("revoking `{}`", self.key);
        let more = "Huawei Cloud does not list this group's grant, and documents no way to revoke the grant of a group: \
                    whether the group still has access is unknown. Nothing else was deleted in its place, and the grant \
                    stays in the state. Revoke it in the console, then run `terraform state rm` with the address.";
        failure::advising(&what, error, more)
    }

    /// The creation of a group's grant had an unknown outcome, and the service says that there is no such grant.
    pub(super) fn never_created(&self) -> Diagnostic {
        let detail = format!(
            "Whether `{}` was created had been unknown. Huawei Cloud answers that there is no such grant, and does not list \
             it: it is removed from the state. Check in the console that the group has no access.",
            self.key
        );
        Diagnostic::warning("Grant was not created", detail)
    }

    /// The service refused to delete the grant for want of permission, and the grant is not listed.
    pub(super) fn gone_although_refused(&self, error: &Error) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud refused to delete `{}`, but does not list it: it counts as revoked. Check in the console that the \
             caller sees every grant of `{}`.\n\nCause: {error}.",
            self.key, self.key.resource_id
        );
        Diagnostic::warning("Deletion refused, grant not listed", detail)
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

    /// Two readings of the list agree neither with each other nor with the state.
    pub(super) fn readings_differ(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud listed `{}` in two ways within a second, and neither is what the state has: its replicas disagree. \
             The state is unchanged. Run the command again in a minute.",
            self.key
        );
        Diagnostic::error("Lists disagree", detail)
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

/// When a grant expires by the list, as the end of "it exists …".
fn until(grantee: &Grantee) -> String {
    match &grantee.expiry {
        Expiry::None => "without an expiry".to_owned(),
        Expiry::At(instant) => format!("until {}", instant.date()),
        Expiry::BeyondCalendar => "as never expiring".to_owned(),
        Expiry::NotUnderstood(text) | Expiry::Implausible(text) => {
            format!("with the expiry `{}`", text.escape_debug())
        }
    }
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
