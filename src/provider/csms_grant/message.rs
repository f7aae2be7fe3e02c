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
        let what = format!("{what} the grant `{}`", self.key);
        if error.is_deletion_pending() {
            let more = "To manage grants on the secret, cancel the deletion of the secret. Otherwise, remove the \
                        block.";
            let mut diagnostic = failure::with_advice(&what, error, more).at_root("resource_id");
            diagnostic.summary = "Secret is scheduled for deletion".to_owned();
            return diagnostic;
        }
        if !error.is_not_found() {
            return failure::of(&what, error);
        }
        // The `id` of `huaweicloud_csms_secret` is not the id of the secret, and using it is a likely mistake.
        let more = "For a secret, use the `secret_id` attribute of `huaweicloud_csms_secret`, not its `id` or `name`.";
        failure::with_advice(&what, error, more).at_root("resource_id")
    }

    /// Error: the grant to create already exists, with a different expiry.
    pub(super) fn already_exists(&self, grantee: Option<&Grantee>) -> Diagnostic {
        let there = grantee.map_or_else(String::new, |grantee| format!(" {}", until(grantee)));
        let asked = self.wanted_expiry();
        let ProjectLocation { region, project_id } = &self.location;
        let detail = format!(
            "The grant `{key}` already exists{there}, but is configured {asked}. Nothing was changed. If another \
             `{type_name}` block declares the same grant, remove one of the two blocks. If the block was renamed, add \
             a `moved` block. If the grant was created outside of Terraform, import the grant with this `import` block \
             and apply again:\n\n  import {{\n    to = {type_name}.NAME # the address above\n    # provider = the same \
             as in the resource block, if it has this argument\n    id = \"{region}/{project_id}/{key}\"\n  }}",
            key = self.key,
            type_name = self.type_name
        );
        Diagnostic::error("Grant already exists", detail)
    }

    /// The configured expiry, to complete "it is configured …".
    fn wanted_expiry(&self) -> String {
        self.expires_on.map_or_else(
            || "without an expiry".to_owned(),
            |date| format!("with the expiration date {date}"),
        )
    }

    /// Warning: the grant to create already exists as configured.
    pub(super) fn adoption_warning(&self) -> Diagnostic {
        let detail = format!(
            "The grant `{}` already exists with the configured expiry, so this block now manages the existing grant. \
             Destroying this block revokes the grant. If another block also manages the grant, remove one of the two \
             blocks.",
            self.key
        );
        Diagnostic::warning("Existing grant adopted", detail)
    }

    /// Error: another block of this run manages the grant.
    pub(super) fn declared_twice(&self) -> Diagnostic {
        let detail = format!(
            "Another block has just created, adopted or updated the grant `{}`. A secret has one grant per grantee, \
             so two blocks for the same grant would overwrite each other. Remove one of the two blocks. This block \
             changed nothing.",
            self.key
        );
        Diagnostic::error("Grant declared twice", detail)
    }

    /// Warning: the grant was not revoked, because another block has adopted it.
    pub(super) fn kept_for_another(&self) -> Diagnostic {
        let detail = format!(
            "Another block has just created, adopted or updated the grant `{}`, so destroying this block did not \
             revoke the grant. If a block was renamed, add a `moved` block.",
            self.key
        );
        Diagnostic::warning("Grant kept for another block", detail)
    }

    /// Error: the grant was not revoked, because another block declares it and has failed.
    pub(super) fn declared_elsewhere(&self) -> Diagnostic {
        let detail = format!(
            "Another block also declares the grant `{}`, but the create operation for that block failed. The grant was \
             therefore not revoked, and access is unchanged. If the block was renamed, add a `moved` block. Otherwise, \
             run `terraform apply` again.",
            self.key
        );
        Diagnostic::error("Grant declared by another block", detail)
    }

    /// Error: the grant was created again after it was last read.
    pub(super) fn created_again(&self, read_at: Timestamp, since: Timestamp) -> Diagnostic {
        let detail = format!(
            "The creation time of the grant `{}` was {read_at} when Terraform last read the grant, and is now \
             {since}. The grant was revoked and created again in the meantime, perhaps by another Terraform \
             configuration. Nothing was revoked. If another configuration manages the grant, remove the grant from \
             this configuration with a `removed` block that has `destroy = false`. Otherwise, to revoke the grant, \
             run `terraform apply` again: Terraform then reads the new grant first.",
            self.key
        );
        Diagnostic::error("Grant was created again", detail)
    }

    /// Error: the service confirmed a create, but the grant is not listed as configured.
    pub(super) fn create_not_listed(&self, list: Option<&ResourceGrants>) -> Diagnostic {
        let next = "The configured values remain in the state. Run `terraform plan` to see the actual grant, or \
                    raise `timeouts`.";
        Diagnostic::error(
            "Grant not visible after creation",
            self.not_listed(list, next),
        )
    }

    /// Error: the service confirmed an update, but the grant is not listed with the new expiry.
    pub(super) fn update_not_listed(&self, list: Option<&ResourceGrants>) -> Diagnostic {
        let next = "The old expiry remains in the state. Run `terraform apply` again, or raise `timeouts`.";
        Diagnostic::error(
            "New expiry not visible after update",
            self.not_listed(list, next),
        )
    }

    /// The detail of both errors: what is listed, and what to do next.
    fn not_listed(&self, list: Option<&ResourceGrants>, next: &str) -> String {
        let grantee = list.and_then(|list| list.find(&self.key.grantee_id));
        let listed = match grantee {
            Some(grantee) => format!(
                "lists the grant {}, but the grant is configured {}",
                until(grantee),
                self.wanted_expiry()
            ),
            None => "does not list the grant".to_owned(),
        };
        let cut = list.and_then(incomplete_list_note).unwrap_or_default();
        format!(
            "Huawei Cloud confirmed the request for the grant `{}`, but the list of grants did not show the result \
             before the timeout: Huawei Cloud {listed}. The list may lag behind, or the request may have been lost. \
             {next}{cut}",
            self.key
        )
    }

    /// Error: two lists that were read before a write differ.
    pub(super) fn lists_disagree(&self) -> Diagnostic {
        let detail = format!(
            "Two list requests less than a second apart returned different results for the grant `{}`: the replicas \
             of Huawei Cloud are inconsistent. No request was sent to change the grant. Run the command again in a \
             minute.",
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
        let more = "The grant may exist, but the list of grants does not confirm that it exists as configured. The \
                    grant remains in the state, marked for replacement. Run `terraform plan` again.";
        self.unknown_outcome("creating", error, contradiction, more)
    }

    /// Error: it is unknown whether the expiry was updated, because of an error or a contradictory response.
    pub(super) fn unknown_update(
        &self,
        error: Option<&Error>,
        contradiction: Option<&str>,
    ) -> Diagnostic {
        let more = "The expiry may have changed, but the list of grants does not show the new expiry. The old expiry \
                    remains in the state. Run `terraform plan` to read the current expiry, and apply again.";
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
        let what = format!("{what} the grant `{}`", self.key);
        let mut diagnostic = match (error, contradiction) {
            (Some(error), None) => failure::with_advice(&what, error, more),
            (_, contradiction) => {
                let happened = contradiction.map_or_else(
                    || {
                        "the responses from Huawei Cloud do not show whether the request took effect"
                            .to_owned()
                    },
                    |contradiction| {
                        format!(
                            "the response from Huawei Cloud contradicts the request: {contradiction}"
                        )
                    },
                );
                let detail = format!(
                    "Error while {what}: {happened}. {more} Check in the console who has access to `{}`.",
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
            "The response from Huawei Cloud contradicts the request for the grant `{}`: {contradiction}. However, the \
             list of grants shows the grant as configured. Check in the console who has access to `{}`.",
            self.key, self.key.resource_id
        );
        Diagnostic::warning("Contradictory response", detail)
    }

    /// Warning: the listed expiry is not a date.
    pub(super) fn expiry_not_understood(&self, text: &str) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud lists the grant `{}` with the expiry `{}`, which is not a date, so the provider cannot \
             verify the configured expiry. Check the expiry of the grant in the console.",
            self.key,
            text.escape_debug()
        );
        Diagnostic::warning("Unrecognized expiry", detail)
    }

    /// Warning: the grant is listed as never expiring, and was never listed with the configured expiry.
    pub(super) fn listed_as_never_expiring(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud lists the grant `{}` as never expiring, but the state has an expiration date. Because Huawei \
             Cloud has never listed this date, the list may be inaccurate, so the date remains in the state. Check the \
             expiry in the console. If the grant has no expiry there, run `terraform apply -replace=ADDRESS` to \
             re-create the grant.",
            self.key
        );
        Diagnostic::warning("Grant listed without its expiry", detail)
    }

    /// Error: the service kept the expiry, and the grant cannot be re-created.
    pub(super) fn expiry_kept(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud confirmed the update of the grant `{}`, but did not remove the expiry. The expiry also \
             remains in the state. To re-create the grant without an expiry, run `terraform apply -replace=ADDRESS`. \
             Re-creating the grant briefly interrupts access.",
            self.key
        );
        Diagnostic::error("Expiry not removed", detail)
    }

    /// Error: the service kept the expiry, and refused to delete the grant.
    pub(super) fn expiry_kept_because(&self, error: &Error) -> Diagnostic {
        let what = format!("removing the expiry of the grant `{}`", self.key);
        let more = "Huawei Cloud did not remove the expiry when the grant was updated, so the provider tried to \
                    delete the grant and re-create it without an expiry. Huawei Cloud refused the deletion. The \
                    grant and its expiry are unchanged.";
        failure::with_advice(&what, error, more)
    }

    /// Error: it is unknown whether the grant was deleted in order to re-create it without an expiry.
    pub(super) fn unknown_deletion(&self, error: Option<&Error>) -> Diagnostic {
        let more = "Huawei Cloud did not remove the expiry when the grant was updated, so the provider tried to delete \
                    the grant and re-create it without an expiry. It is unknown whether the grant was deleted. The \
                    grant was not re-created. Apply again immediately: the grantee might have lost access.";
        self.unknown_outcome("removing the expiry of", error, None, more)
    }

    /// Error: it is unknown whether the grant was re-created without an expiry.
    pub(super) fn unknown_recreation(&self, error: Option<&Error>) -> Diagnostic {
        let more = "Huawei Cloud did not remove the expiry when the grant was updated, so the provider deleted the \
                    grant to re-create it without an expiry. It is unknown whether the grant was re-created. Apply \
                    again immediately: the grantee might have lost access.";
        self.unknown_outcome("removing the expiry of", error, None, more)
    }

    /// Error: the grant was deleted in order to re-create it without an expiry, and the creation was refused.
    pub(super) fn access_lost(&self, error: &Error) -> Diagnostic {
        let key = &self.key;
        let more = format!(
            "Huawei Cloud did not remove the expiry when the grant was updated, so the provider deleted the grant to \
             re-create it without an expiry, but the creation failed. The {} `{}` now has no access to `{}`. Apply \
             again to create the grant.",
            key.grantee_type.word(),
            key.grantee_id,
            key.resource_id
        );
        let what = format!("removing the expiry of the grant `{key}`");
        let mut diagnostic = failure::with_advice(&what, error, &more);
        diagnostic.summary = "Access lost".to_owned();
        diagnostic
    }

    /// Warning: the expiry of a group's grant was removed, but the grant is not listed.
    pub(super) fn removal_not_checked(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud confirmed the update of the grant `{}`, but does not list this group's grant, so the \
             provider cannot verify that the expiry was removed. Check the expiry of the grant in the console.",
            self.key
        );
        Diagnostic::warning("Expiry removal not verified", detail)
    }

    /// Error: the service confirmed the deletion, but still lists the grant.
    pub(super) fn still_listed(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud confirmed the deletion of the grant `{}`, but still lists the grant. The grant remains in \
             the state. Apply again, or raise `timeouts`.",
            self.key
        );
        Diagnostic::error("Grant still listed", detail)
    }

    /// Error: the service did not confirm the deletion, and the grant is still listed, or may be.
    pub(super) fn not_revoked(&self, error: &Error) -> Diagnostic {
        let what = format!("revoking the grant `{}`", self.key);
        let more = "Huawei Cloud still lists the grant, or the grants could not be listed. The grantee might still \
                    have access. The grant remains in the state.";
        failure::with_advice(&what, error, more)
    }

    /// Error: the service refused to delete the grant of a group that was never listed, or the outcome is unknown.
    pub(super) fn group_not_revoked(&self, error: &Error) -> Diagnostic {
        let what = format!("revoking the grant `{}`", self.key);
        let more = "Huawei Cloud does not list this group's grant and does not document how to revoke a group's grant, \
                    so it is unknown whether the group still has access. No other grant was deleted. The grant remains \
                    in the state. Revoke the grant in the console, then run `terraform state rm ADDRESS`.";
        failure::with_advice(&what, error, more)
    }

    /// Warning: the creation of a group's grant had an unknown outcome, and the service responded that it does not
    /// exist.
    pub(super) fn never_created(&self) -> Diagnostic {
        let detail = format!(
            "It was unknown whether the grant `{}` was created. Huawei Cloud does not list the grant and now reports \
             that it does not exist, so the grant is removed from the state. Check in the console that the group has \
             no access.",
            self.key
        );
        Diagnostic::warning("Grant was not created", detail)
    }

    /// Warning: the caller lacks the permission to delete the grant, but the grant is not listed.
    pub(super) fn deletion_refused_but_not_listed(&self, error: &Error) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud refused to delete the grant `{}`, but does not list the grant, so the provider considers the \
             grant revoked. Check in the console that the grant no longer exists: the provider's credentials might not \
             have permission to list every grant on `{}`.\n\nCause: {error}.",
            self.key, self.key.resource_id
        );
        Diagnostic::warning("Deletion refused, grant not listed", detail)
    }

    /// Warning: other grantees are no longer listed since a group's grant was revoked.
    pub(super) fn others_no_longer_listed(&self, others: &[&GranteeId]) -> Diagnostic {
        let named = others.iter().take(MAX_NAMED);
        let named: Vec<String> = named.map(|id| format!("`{id}`")).collect();
        let mut names = named.join(", ");
        if let Some(more) = others.len().checked_sub(MAX_NAMED).filter(|more| *more > 0) {
            // Writing to a `String` cannot fail.
            let _ = write!(names, " and {more} more");
        }
        let detail = format!(
            "Huawei Cloud no longer lists these grantees after the grant `{}` was revoked: {names}. Members of the \
             group lose access as intended. If any of these grantees had an individual grant, re-create that grant.",
            self.key
        );
        Diagnostic::warning("Other grantees no longer listed", detail)
    }

    /// Warning: a grant that was created, or may have been, has not been listed yet.
    pub(super) fn not_listed_yet(&self) -> Diagnostic {
        let detail = format!(
            "The grant `{}` was created, or may have been created, but Huawei Cloud does not list the grant yet. The \
             list may lag behind, so the grant remains in the state. If the grant does not appear in the list, \
             re-create the grant with `terraform apply -replace=ADDRESS`.",
            self.key
        );
        Diagnostic::warning("Grant not listed yet", detail)
    }

    /// Error: two lists differ from each other and from the state.
    pub(super) fn readings_differ(&self) -> Diagnostic {
        let detail = format!(
            "Two list requests less than a second apart returned different results for the grant `{}`, and neither \
             result matches the state: the replicas of Huawei Cloud are inconsistent. The state is unchanged. Run \
             the command again in a minute.",
            self.key
        );
        Diagnostic::error("Inconsistent list responses", detail)
    }

    /// Warning: an imported grant of a group is not listed.
    pub(super) fn group_not_checked(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud does not list the grant `{}`. Huawei Cloud might not list grants to groups at all, so the \
             provider assumes that the grant exists. Check in the console that the grant exists.",
            self.key
        );
        Diagnostic::warning("Grant to a group not listed", detail)
    }

    /// Warning: the secret is scheduled for deletion, and its grants cannot be read.
    pub(super) fn deletion_pending(&self) -> Diagnostic {
        let detail = format!(
            "The secret of the grant `{}` is scheduled for deletion, so Huawei Cloud does not list grants on the \
             secret. The grant remains in the state, unchanged. Remove the block, or cancel the deletion of the \
             secret.",
            self.key
        );
        Diagnostic::warning("Secret is scheduled for deletion", detail)
    }

    /// Warning: the grant is no longer listed, but the list may be incomplete. `None` if its length is not suspicious.
    pub(super) fn list_may_be_incomplete(&self, list: &ResourceGrants) -> Option<Diagnostic> {
        let cut = incomplete_list_note(list)?;
        let detail = format!(
            "Huawei Cloud no longer lists the grant `{}`, so the provider considers the grant revoked.{cut}",
            self.key
        );
        Some(Diagnostic::warning("List may be incomplete", detail))
    }

    /// Warning: the grant is listed more than once. `None` if it is not.
    pub(super) fn listed_more_than_once(&self, list: &ResourceGrants) -> Option<Diagnostic> {
        let is_same = |grantee: &&Grantee| grantee.id == self.key.grantee_id;
        let count = list.grantees.iter().filter(is_same).count();
        let detail = format!(
            "Huawei Cloud lists the grant `{}` {count} times, so the grant was created more than once. Destroying \
             this block revokes all of these grants. To replace them with a single grant, run `terraform apply \
             -replace=ADDRESS`.",
            self.key
        );
        (count > 1).then(|| Diagnostic::warning("Grant listed more than once", detail))
    }
}

/// The listed expiry, to complete "it exists …".
fn until(grantee: &Grantee) -> String {
    match &grantee.expiry {
        Expiry::None | Expiry::BeyondCalendar => "without an expiry".to_owned(),
        Expiry::At(instant) => format!("with the expiration date {}", instant.date()),
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
            " The list has exactly {count} entries, which may be an undocumented limit. If grants are missing from \
             the list, please report this."
        )
    })
}
