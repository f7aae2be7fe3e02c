//! The diagnostics of `csms_grant`.

use std::fmt::Write;

use jiff::Timestamp;

use crate::cloud::{Error, Expiry, Grantee, GranteeId, ProjectLocation, ResourceGrants};
use crate::framework::Diagnostic;
use crate::provider::failure;

use super::target::Target;

/// Lengths at which a list may be truncated. The service does not document paging.
const SUSPICIOUS_LENGTHS: [usize; 5] = [10, 20, 50, 100, 1_000];

/// Maximum number of grantees that a message names.
const MAX_NAMED: usize = 20;

impl Target {
    /// A failed request about this grant. `what` is the operation, such as `revoking`.
    pub(super) fn failed(&self, what: &str, error: &Error) -> Diagnostic {
        let what = format!("{what} `{}`", self.key);
        if error.is_deletion_pending() {
            let more = "Cancel its deletion to manage its grants, or remove the block.";
            let mut diagnostic = failure::with_advice(&what, error, more).at_root("resource_id");
            diagnostic.summary = "Secret is scheduled for deletion".to_owned();
            return diagnostic;
        }
        if !error.is_not_found() {
            return failure::of(&what, error);
        }
        // The `id` of `huaweicloud_csms_secret` is not the id of the secret, and using it is a likely mistake.
        let more = "The id of a secret is the attribute `secret_id` of `huaweicloud_csms_secret`, not its `id` or name.";
        failure::with_advice(&what, error, more).at_root("resource_id")
    }

    /// Error: the grant to create already exists, with a different expiry.
    pub(super) fn already_exists(&self, grantee: Option<&Grantee>) -> Diagnostic {
        let there = grantee.map_or_else(String::new, |grantee| format!(", {}", until(grantee)));
        let asked = self.wanted_expiry();
        let ProjectLocation { region, project_id } = &self.location;
        let detail = format!(
            "`{key}` already exists{there}, but is configured {asked}. Nothing was changed. If another `{type_name}` block has the same key, remove one of them. If the block was renamed, add a `moved` block. If the grant was created outside of Terraform, import it with this block and apply again:\n\n  import {{\n    to = {type_name}.NAME # the address above\n    # provider = the same as in the resource block, if it has this argument\n    id = \"{region}/{project_id}/{key}\"\n  }}",
            key = self.key,
            type_name = self.type_name
        );
        Diagnostic::error("Grant already exists", detail)
    }

    /// The configured expiry, to complete "it is configured …".
    fn wanted_expiry(&self) -> String {
        self.ends_on.map_or_else(
            || "without an expiry".to_owned(),
            |date| format!("until {date}"),
        )
    }

    /// Warning: the grant to create already exists as configured.
    pub(super) fn adoption_warning(&self) -> Diagnostic {
        let detail = format!(
            "`{}` already exists as configured, so this block now manages it: destroying the block revokes the grant. If another block manages it too, remove one of them.",
            self.key
        );
        Diagnostic::warning("Existing grant adopted", detail)
    }

    /// Error: another block of this run manages the grant.
    pub(super) fn declared_twice(&self) -> Diagnostic {
        let detail = format!(
            "Another block has just created, adopted or updated `{}`. A secret has one grant per grantee, so two blocks would overwrite each other: remove one of them. This block changed nothing.",
            self.key
        );
        Diagnostic::error("Grant declared twice", detail)
    }

    /// Warning: the grant was not revoked, because another block has adopted it.
    pub(super) fn kept_for_another(&self) -> Diagnostic {
        let detail = format!(
            "Another block has just created, adopted or updated `{}`, so the grant was not revoked. If a block was renamed, add a `moved` block.",
            self.key
        );
        Diagnostic::warning("Grant kept for another block", detail)
    }

    /// Error: the grant was not revoked, because another block declares it and has failed.
    pub(super) fn declared_elsewhere(&self) -> Diagnostic {
        let detail = format!(
            "Another block declares `{}` with a different expiry, but its creation failed. The grant was therefore not revoked, and access is unchanged. If the block was renamed, add a `moved` block. Otherwise, run `terraform apply` again.",
            self.key
        );
        Diagnostic::error("Grant declared by another block", detail)
    }

    /// Error: the grant was created again after it was last read.
    pub(super) fn created_again(&self, read_at: Timestamp, since: Timestamp) -> Diagnostic {
        let detail = format!(
            "`{}` was created at {read_at} when it was last read, and is listed as created at {since} now: it was revoked and created again, perhaps by another Terraform configuration that manages it now. Nothing was revoked. If it is still to be revoked, run `terraform apply` again, which reads it first. If another configuration manages it, remove it from this one with a `removed` block that has `destroy = false`.",
            self.key
        );
        Diagnostic::error("Grant was created again", detail)
    }

    /// Error: the service confirmed a create, but the grant is not listed as configured.
    pub(super) fn create_not_listed(&self, list: Option<&ResourceGrants>) -> Diagnostic {
        let next = "The configured values are kept in the state. Run `terraform plan` to see what exists, or raise `timeouts`.";
        Diagnostic::error("Grant not listed as confirmed", self.not_listed(list, next))
    }

    /// Error: the service confirmed an update, but the grant is not listed with the new expiry.
    pub(super) fn update_not_listed(&self, list: Option<&ResourceGrants>) -> Diagnostic {
        let next =
            "The state keeps the old expiry. Run `terraform apply` again, or raise `timeouts`.";
        Diagnostic::error(
            "Expiry not listed as confirmed",
            self.not_listed(list, next),
        )
    }

    /// The detail of both errors: what is listed, and what to do next.
    fn not_listed(&self, list: Option<&ResourceGrants>, next: &str) -> String {
        let grantee = list.and_then(|list| list.find(&self.key.grantee_id));
        let listed = match grantee {
            Some(grantee) => format!("lists it {}, not {}", until(grantee), self.wanted_expiry()),
            None => "does not list it".to_owned(),
        };
        let cut = list.and_then(incomplete_list_note).unwrap_or_default();
        format!(
            "Huawei Cloud confirmed `{}`, but {listed} within the timeout: the list lags, or the write was lost. {next}{cut}",
            self.key
        )
    }

    /// Error: two lists that were read before a write differ.
    pub(super) fn lists_disagree(&self) -> Diagnostic {
        let detail = format!(
            "Two list requests less than a second apart returned different results for `{}`: the replicas of Huawei Cloud are inconsistent. No request was sent to change the grant. Run the command again in a minute.",
            self.key
        );
        Diagnostic::error("Inconsistent list responses", detail)
    }

    /// Error: it is unknown whether the grant was created, because of an error or a contradictory response.
    pub(super) fn unknown_create(
        &self,
        error: Option<&Error>,
        contradiction: Option<&str>,
    ) -> Diagnostic {
        let more = "The grant may exist, but it is not listed as configured. It is kept in the state and marked for replacement. Run `terraform plan` again.";
        self.unknown_outcome("granting access by", error, contradiction, more)
    }

    /// Error: it is unknown whether the expiry was updated, because of an error or a contradictory response.
    pub(super) fn unknown_update(
        &self,
        error: Option<&Error>,
        contradiction: Option<&str>,
    ) -> Diagnostic {
        let more = "The expiry may have changed, but the new one is not listed. The state keeps the old expiry. Run `terraform plan` to read it, and apply again.";
        self.unknown_outcome("changing the expiry of", error, contradiction, more)
    }

    /// Error: it is unknown whether a write took effect. `more` says what is in the state and what to do.
    fn unknown_outcome(
        &self,
        what: &str,
        error: Option<&Error>,
        contradiction: Option<&str>,
        more: &str,
    ) -> Diagnostic {
        let what = format!("{what} `{}`", self.key);
        let mut diagnostic = match (error, contradiction) {
            (Some(error), None) => failure::with_advice(&what, error, more),
            (_, contradiction) => {
                let happened = contradiction.map_or_else(
                    || "the responses of Huawei Cloud leave the outcome open".to_owned(),
                    |contradiction| {
                        format!(
                            "the response of Huawei Cloud contradicts the request: {contradiction}"
                        )
                    },
                );
                let detail = format!(
                    "While {what}: {happened}. {more} Check in the console who may use `{}`.",
                    self.key.resource_id
                );
                Diagnostic::error("Outcome unknown", detail)
            }
        };
        diagnostic.summary = "Outcome unknown".to_owned();
        diagnostic
    }

    /// Warning: the response to a write contradicts the request, but the grant is listed as configured.
    pub(super) fn contradicted(&self, contradiction: &str) -> Diagnostic {
        let detail = format!(
            "The response of Huawei Cloud to the write of `{}` contradicts the request: {contradiction}. The grant is listed as configured. Check in the console who may use `{}`.",
            self.key, self.key.resource_id
        );
        Diagnostic::warning("Contradictory response", detail)
    }

    /// Warning: the listed expiry is not a date.
    pub(super) fn expiry_not_understood(&self, text: &str) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud lists `{}` with the expiry `{}`, which is not a date. The provider cannot verify the configured expiry. Check it in the console.",
            self.key,
            text.escape_debug()
        );
        Diagnostic::warning("Expiry not understood", detail)
    }

    /// Warning: the grant is listed as never expiring, and was never listed with the configured expiry.
    pub(super) fn listed_as_never_expiring(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud lists `{}` as never expiring, but the state has an expiration date. The date was never listed, so it is kept in the state. Check the expiry in the console. If it is missing there, run `terraform apply -replace=ADDRESS`.",
            self.key
        );
        Diagnostic::warning("Grant listed without its expiry", detail)
    }

    /// Error: the service kept the expiry, and the grant cannot be re-created.
    pub(super) fn expiry_kept(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud confirmed the update of `{}`, but did not remove the expiry. The expiry also remains in the state. To re-create the grant without an expiry, run `terraform apply -replace=ADDRESS`. This briefly interrupts access.",
            self.key
        );
        Diagnostic::error("Expiry not removed", detail)
    }

    /// Error: the service kept the expiry, and refused to delete the grant.
    pub(super) fn expiry_kept_because(&self, error: &Error) -> Diagnostic {
        let what = format!("removing the expiry of `{}`", self.key);
        let more = "Huawei Cloud keeps the expiry after an update, so the grant must be deleted and re-created, but the deletion was refused. The grant and its expiry are unchanged.";
        failure::with_advice(&what, error, more)
    }

    /// Error: it is unknown whether the grant was deleted in order to re-create it without an expiry.
    pub(super) fn unknown_deletion(&self, error: Option<&Error>) -> Diagnostic {
        let more = "Huawei Cloud keeps the expiry after an update, so the grant must be deleted and re-created. Whether it was deleted is unknown, and it was not re-created. Apply again at once: access may be missing.";
        self.unknown_outcome("removing the expiry of", error, None, more)
    }

    /// Error: it is unknown whether the grant was re-created without an expiry.
    pub(super) fn unknown_recreation(&self, error: Option<&Error>) -> Diagnostic {
        let more = "Huawei Cloud keeps the expiry after an update, so the grant was deleted. Whether it was re-created is unknown. Apply again at once: access may be missing.";
        self.unknown_outcome("removing the expiry of", error, None, more)
    }

    /// Error: the grant was deleted in order to re-create it without an expiry, and the creation was refused.
    pub(super) fn access_lost(&self, error: &Error) -> Diagnostic {
        let key = &self.key;
        let more = format!(
            "Huawei Cloud keeps the expiry after an update, so the grant was deleted, but it could not be re-created. The {} `{}` has no access to `{}` now. Apply again to create the grant.",
            key.grantee_type.word(),
            key.grantee_id,
            key.resource_id
        );
        let what = format!("removing the expiry of `{key}`");
        let mut diagnostic = failure::with_advice(&what, error, &more);
        diagnostic.summary = "Access lost".to_owned();
        diagnostic
    }

    /// Warning: the expiry of a group's grant was removed, but the grant is not listed.
    pub(super) fn removal_not_checked(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud confirmed the update of `{}`, but does not list this group's grant, so the provider cannot verify that the expiry was removed. Check the expiry in the console.",
            self.key
        );
        Diagnostic::warning("Removal of the expiry not checked", detail)
    }

    /// Error: the service confirmed the deletion, but still lists the grant.
    pub(super) fn still_listed(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud confirmed that `{}` is deleted, but still lists it. It remains in the state: apply again, or raise `timeouts`.",
            self.key
        );
        Diagnostic::error("Grant still listed", detail)
    }

    /// Error: the service did not confirm the deletion, and the grant is still listed, or may be.
    pub(super) fn not_revoked(&self, error: &Error) -> Diagnostic {
        let what = format!("revoking `{}`", self.key);
        let more = "The grant is still listed, or the grants could not be listed. Access may remain in effect, and the grant remains in the state.";
        failure::with_advice(&what, error, more)
    }

    /// Error: the service refused to delete the grant of a group that was never listed, or the outcome is unknown.
    pub(super) fn group_not_revoked(&self, error: &Error) -> Diagnostic {
        let what = format!("revoking `{}`", self.key);
        let more = "Huawei Cloud does not list this group's grant, and documents no way to revoke the grant of a group: whether the group still has access is unknown. No other grant was deleted, and the grant remains in the state. Revoke it in the console, then run `terraform state rm ADDRESS`.";
        failure::with_advice(&what, error, more)
    }

    /// Warning: the creation of a group's grant had an unknown outcome, and the service responded that it does not
    /// exist.
    pub(super) fn never_created(&self) -> Diagnostic {
        let detail = format!(
            "It was unknown whether `{}` was created. Huawei Cloud reports that the grant does not exist and does not list it, so it is removed from the state. Check in the console that the group has no access.",
            self.key
        );
        Diagnostic::warning("Grant was not created", detail)
    }

    /// Warning: the caller lacks the permission to delete the grant, but the grant is not listed.
    pub(super) fn deletion_refused_but_not_listed(&self, error: &Error) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud refused to delete `{}`, but does not list it, so it is considered revoked. Check in the console that the caller can list every grant of `{}`.\n\nCause: {error}.",
            self.key, self.key.resource_id
        );
        Diagnostic::warning("Deletion refused, grant not listed", detail)
    }

    /// Warning: other grantees are no longer listed since a group's grant was revoked.
    pub(super) fn others_no_longer_listed(&self, others: &[&GranteeId]) -> Diagnostic {
        let mut names = String::new();
        for id in others.iter().take(MAX_NAMED) {
            // Writing to a `String` cannot fail.
            let _ = write!(names, " `{id}`");
        }
        if let Some(more) = others.len().checked_sub(MAX_NAMED).filter(|more| *more > 0) {
            let _ = write!(names, " and {more} more");
        }
        let detail = format!(
            "Since `{}` was revoked, these grantees are no longer listed:{names}. Members of the group were meant to lose access. If one of them had an individual grant, create it again.",
            self.key
        );
        Diagnostic::warning("Other grantees no longer listed", detail)
    }

    /// Warning: a grant that was created, or may have been, has not been listed yet.
    pub(super) fn not_listed_yet(&self) -> Diagnostic {
        let detail = format!(
            "`{}` was created, or may have been, but is not listed yet. It remains in the state, because the list may lag. If it does not appear, replace it with `terraform apply -replace=ADDRESS`.",
            self.key
        );
        Diagnostic::warning("Grant not listed yet", detail)
    }

    /// Error: two lists differ from each other and from the state.
    pub(super) fn readings_differ(&self) -> Diagnostic {
        let detail = format!(
            "Two list requests less than a second apart returned different results for `{}`, and neither matches the state: the replicas of Huawei Cloud are inconsistent. The state is unchanged. Run the command again in a minute.",
            self.key
        );
        Diagnostic::error("Inconsistent list responses", detail)
    }

    /// Warning: an imported grant of a group is not listed.
    pub(super) fn group_not_checked(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud does not list `{}`. Grants of groups may never be listed, so it is assumed to exist. Check it in the console.",
            self.key
        );
        Diagnostic::warning("Grant of a group not listed", detail)
    }

    /// Warning: the secret is scheduled for deletion, and its grants cannot be read.
    pub(super) fn deletion_pending(&self) -> Diagnostic {
        let detail = format!(
            "The secret of `{}` is scheduled for deletion. Huawei Cloud does not list the grants of such a secret. The grant remains in the state, unchanged. Remove the block, or cancel the deletion.",
            self.key
        );
        Diagnostic::warning("Secret is scheduled for deletion", detail)
    }

    /// Warning: the grant is no longer listed, but the list may be incomplete. `None` if its length is not suspicious.
    pub(super) fn list_may_be_incomplete(&self, list: &ResourceGrants) -> Option<Diagnostic> {
        let cut = incomplete_list_note(list)?;
        let detail = format!(
            "`{}` is no longer listed and is considered revoked.{cut}",
            self.key
        );
        Some(Diagnostic::warning("List may be incomplete", detail))
    }

    /// Warning: the grant is listed more than once. `None` if it is not.
    pub(super) fn listed_more_than_once(&self, list: &ResourceGrants) -> Option<Diagnostic> {
        let is_same = |grantee: &&Grantee| grantee.id == self.key.grantee_id;
        let count = list.grantees.iter().filter(is_same).count();
        let detail = format!(
            "Huawei Cloud lists `{}` {count} times, so it was created more than once. Destroying this block revokes all of them. To have a single grant again, run `terraform apply -replace=ADDRESS`.",
            self.key
        );
        (count > 1).then(|| Diagnostic::warning("Grant listed more than once", detail))
    }
}

/// The listed expiry, to complete "it exists …".
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

/// A note that the list may be incomplete, if its length suggests that.
fn incomplete_list_note(list: &ResourceGrants) -> Option<String> {
    let count = list.grantees.len();
    SUSPICIOUS_LENGTHS.contains(&count).then(|| {
        format!(
            " The list has exactly {count} entries. If Huawei Cloud limits it to that, further grants are missing: please report it."
        )
    })
}
