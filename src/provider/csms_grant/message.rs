//! The diagnostics of `csms_grant`.

use std::fmt::Write;

use jiff::Timestamp;

use crate::cloud::{Error, Expiry, Grantee, GranteeId, ProjectLocation, ResourceGrants};
use crate::framework::Diagnostic;
use crate::provider::failure;

use super::revocation::RevocationAdvice;
use super::target::Target;

/// Maximum number of grantees that a message names.
const MAX_NAMED: usize = 20;

impl Target {
    /// A failed request about this grant. `what` is the operation, such as `revoking`.
    pub(super) fn failed(&self, what: &str, error: &Error) -> Diagnostic {
        let what = format!("{what} the grant `{}`", self.key);
        if error.is_deletion_pending() {
            let more = "To manage grants on this secret, cancel the secret's deletion. Otherwise, remove the \
                        block.";
            let mut diagnostic = failure::with_advice(&what, error, more).at_root("resource_id");
            diagnostic.summary = "Secret is scheduled for deletion".to_owned();
            return diagnostic;
        }
        if !error.is_not_found() {
            return failure::of(&what, error);
        }
        // The `id` of `huaweicloud_csms_secret` is not the ID of the secret, and using it is a likely mistake.
        let more = "For a secret, use the `secret_id` attribute of `huaweicloud_csms_secret`, not its `id` or `name`.";
        failure::with_advice(&what, error, more).at_root("resource_id")
    }

    /// Error: the grant to create already exists, with a different expiry.
    pub(super) fn already_exists(&self, grantee: Option<&Grantee>) -> Diagnostic {
        let there = grantee.map_or_else(String::new, |grantee| format!(" {}", until(grantee)));
        let asked = self.wanted_expiry();
        let ProjectLocation { region, project_id } = &self.location;
        let detail = format!(
            "The grant `{key}` already exists{there}, but the configuration specifies {asked}. No changes were made. \
             If another `{type_name}` block declares the same grant, remove one of the two blocks. If the resource \
             was renamed, add a `moved` block. If the grant was created outside of Terraform, add this `import` block \
             and apply again:\n\n  import {{\n    to = {type_name}.NAME # the resource address above\n    # provider \
             = same as in the resource block, if set there\n    id = \"{region}/{project_id}/{key}\"\n  }}",
            key = self.key,
            type_name = self.type_name
        );
        Diagnostic::error("Grant already exists", detail)
    }

    /// The configured expiry, to complete "the configuration specifies …".
    fn wanted_expiry(&self) -> String {
        self.expires_on.map_or_else(
            || "no expiry".to_owned(),
            |date| format!("the expiration date {date}"),
        )
    }

    /// Warning: the grant to create already exists as configured.
    pub(super) fn adoption_warning(&self) -> Diagnostic {
        let detail = format!(
            "The grant `{}` already existed with the configured expiry, so this resource now manages the existing \
             grant. Destroying this resource revokes the grant. If another resource also manages the grant, remove \
             one of the two resource blocks.",
            self.key
        );
        Diagnostic::warning("Existing grant adopted", detail)
    }

    /// Error: another block of this run manages the grant.
    pub(super) fn declared_twice(&self) -> Diagnostic {
        let detail = format!(
            "Another resource has just created, adopted or updated the grant `{}`. A secret has one grant per \
             grantee, so two resources for the same grant would overwrite each other. Remove one of the two resource \
             blocks. No changes were made for this resource.",
            self.key
        );
        Diagnostic::error("Grant declared twice", detail)
    }

    /// Warning: the grant was not revoked, because another block has adopted it.
    pub(super) fn kept_for_another(&self) -> Diagnostic {
        let detail = format!(
            "Another resource has just created, adopted or updated the grant `{}`, so destroying this resource did \
             not revoke the grant. If the resource was renamed, add a `moved` block.",
            self.key
        );
        Diagnostic::warning("Grant kept for another resource", detail)
    }

    /// Error: the grant was not revoked, because another block declares it and has failed.
    pub(super) fn declared_elsewhere(&self) -> Diagnostic {
        let detail = format!(
            "Another resource also declares the grant `{}`, but creating that resource failed. The grant was \
             therefore not revoked, and access is unchanged. If the resource was renamed, add a `moved` block. \
             Otherwise, run `terraform apply` again.",
            self.key
        );
        Diagnostic::error("Grant declared by another resource", detail)
    }

    /// Error: the grant was created again after it was last read.
    pub(super) fn created_again(&self, read_at: Timestamp, since: Timestamp) -> Diagnostic {
        let detail = format!(
            "The grant `{}` was revoked and re-created after Terraform last read the grant, perhaps by another \
             Terraform configuration: the creation time changed from {read_at} to {since}. The new grant was not \
             revoked. If another configuration manages the grant, remove the grant from this configuration with a \
             `removed` block that sets `destroy = false`. Otherwise, run `terraform apply` again to read the new \
             grant and revoke it.",
            self.key
        );
        Diagnostic::error("Grant re-created since the last read", detail)
    }

    /// Error: the service confirmed a create, but the grant is not listed as configured.
    pub(super) fn create_not_listed(&self, list: Option<&ResourceGrants>) -> Diagnostic {
        let next = "The configured values are stored in the state. Run `terraform plan` to see the actual values, or \
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
                "lists the grant {}, but the configuration specifies {}",
                until(grantee),
                self.wanted_expiry()
            ),
            None => "does not list the grant".to_owned(),
        };
        let cut = list.and_then(incomplete_list_note).unwrap_or_default();
        format!(
            "Huawei Cloud confirmed the request for the grant `{}`, but the change was not visible before the \
             timeout: Huawei Cloud {listed}. The list may be out of date, or the request may have been lost. \
             {next}{cut}",
            self.key
        )
    }

    /// Error: two lists that were read before a write differ.
    pub(super) fn lists_disagree(&self) -> Diagnostic {
        let detail = format!(
            "Two list requests less than a second apart returned different results for the grant `{}`: Huawei Cloud's \
             replicas are inconsistent. No changes were made. Run the command again in a minute.",
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
        let more = "The grant may exist, but the provider could not verify that it exists as configured. The grant is \
                    stored in the state and marked for replacement. Run `terraform plan` to check whether the grant \
                    exists.";
        self.unknown_outcome("creating", error, contradiction, more)
    }

    /// Error: it is unknown whether the expiry was updated, because of an error or a contradictory response.
    pub(super) fn unknown_update(
        &self,
        error: Option<&Error>,
        contradiction: Option<&str>,
    ) -> Diagnostic {
        let more = "The expiry may have changed, but the provider could not verify the new expiry. The old expiry \
                    remains in the state. Run `terraform plan` to read the current expiry, then apply again.";
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
                        "the responses from Huawei Cloud do not indicate whether the request took effect"
                            .to_owned()
                    },
                    |contradiction| {
                        format!(
                            "the response from Huawei Cloud contradicts the request: {contradiction}"
                        )
                    },
                );
                let detail = format!(
                    "Error while {what}: {happened}. {more} In the console, check who has access to `{}`.",
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
            "The response from Huawei Cloud contradicts the request for the grant `{}`: {contradiction}. However, \
             Huawei Cloud lists the grant as configured. In the console, check who has access to `{}`.",
            self.key, self.key.resource_id
        );
        Diagnostic::warning("Contradictory response", detail)
    }

    /// Warning: the listed expiry is not a date.
    pub(super) fn expiry_not_understood(&self, text: &str) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud lists the grant `{}` with the expiry `{}`, which is not a valid date, so the provider \
             cannot verify the configured expiry. Check the grant's expiry in the console.",
            self.key,
            text.escape_debug()
        );
        Diagnostic::warning("Unrecognized expiry", detail)
    }

    /// Warning: the grant is listed as never expiring, and was never listed with the configured expiry.
    pub(super) fn listed_as_never_expiring(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud lists the grant `{}` as never expiring, but the state contains an expiration date. Huawei \
             Cloud has never listed this date, so the list may be inaccurate and the date remains in the state. Check \
             the grant's expiry in the console. If the console shows no expiry, run `terraform apply \
             -replace=ADDRESS` to re-create the grant.",
            self.key
        );
        Diagnostic::warning("Grant listed without its expiry", detail)
    }

    /// Error: the service kept the expiry, and the grant cannot be re-created.
    pub(super) fn expiry_kept(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud confirmed the update to the grant `{}`, but did not remove the expiry. The expiry also \
             remains in the state. To re-create the grant without an expiry, run `terraform apply -replace=ADDRESS`, \
             which briefly interrupts access.",
            self.key
        );
        Diagnostic::error("Expiry not removed", detail)
    }

    /// Error: the service kept the expiry, and refused to delete the grant.
    pub(super) fn expiry_kept_because(&self, error: &Error) -> Diagnostic {
        let what = format!("removing the expiry from the grant `{}`", self.key);
        let more = "Updating the grant did not remove its expiry, so the provider tried to delete the grant and \
                    re-create it without an expiry. Huawei Cloud refused the deletion. The grant and its expiry are \
                    unchanged.";
        failure::with_advice(&what, error, more)
    }

    /// Error: it is unknown whether the grant was deleted in order to re-create it without an expiry.
    pub(super) fn unknown_deletion(&self, error: Option<&Error>) -> Diagnostic {
        let more = "Updating the grant did not remove its expiry, so the provider tried to delete the grant and \
                    re-create it without an expiry. It is unknown whether the grant was deleted, and the grant was \
                    not re-created. The grantee might have lost access: run `terraform apply` again immediately.";
        self.unknown_outcome("removing the expiry from", error, None, more)
    }

    /// Error: it is unknown whether the grant was re-created without an expiry.
    pub(super) fn unknown_recreation(&self, error: Option<&Error>) -> Diagnostic {
        let more = "Updating the grant did not remove its expiry, so the provider deleted the grant to re-create it \
                    without an expiry. It is unknown whether the grant was re-created. The grantee might have lost \
                    access: run `terraform apply` again immediately.";
        self.unknown_outcome("removing the expiry from", error, None, more)
    }

    /// Error: the grant was deleted in order to re-create it without an expiry, and the creation was refused.
    pub(super) fn access_lost(&self, error: &Error) -> Diagnostic {
        let key = &self.key;
        let more = format!(
            "Updating the grant did not remove its expiry, so the provider deleted the grant to re-create it without \
             an expiry, but creating the new grant failed. The {} `{}` now has no access to `{}`. Run `terraform \
             apply` again to create the grant.",
            key.grantee_type.word(),
            key.grantee_id,
            key.resource_id
        );
        let what = format!("removing the expiry from the grant `{key}`");
        let mut diagnostic = failure::with_advice(&what, error, &more);
        diagnostic.summary = "Access lost".to_owned();
        diagnostic
    }

    /// Warning: the expiry of a group's grant was removed, but the grant is not listed.
    pub(super) fn removal_not_checked(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud confirmed the update to the grant `{}`, but does not list this group's grant, so the \
             provider cannot verify that the expiry was removed. Check the grant's expiry in the console.",
            self.key
        );
        Diagnostic::warning("Expiry removal not verified", detail)
    }

    /// Error: the service confirmed the deletion, but still lists the grant.
    pub(super) fn still_listed(&self, advice: &RevocationAdvice) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud confirmed that the grant `{}` was deleted, but still lists the grant. {}",
            self.key, advice.still_listed
        );
        Diagnostic::error("Grant still listed", detail)
    }

    /// Error: the service did not confirm the deletion, and the grant is still listed, or may be.
    pub(super) fn not_revoked(&self, error: &Error, advice: &RevocationAdvice) -> Diagnostic {
        let what = format!("revoking the grant `{}`", self.key);
        let more = format!(
            "Huawei Cloud still lists the grant, or the provider could not list the grants. The grantee might still \
             have access. {}",
            advice.not_confirmed
        );
        failure::with_advice(&what, error, &more)
    }

    /// Error: the service refused to delete the grant of a group that was never listed, or the outcome is unknown.
    pub(super) fn group_not_revoked(&self, error: &Error, advice: &RevocationAdvice) -> Diagnostic {
        let what = format!("revoking the grant `{}`", self.key);
        let more = format!(
            "Huawei Cloud does not list this group's grant and does not document how to revoke grants to groups, so it \
             is unknown whether the group still has access. No other grants were deleted. {}",
            advice.group
        );
        failure::with_advice(&what, error, &more)
    }

    /// Warning: the creation of a group's grant had an unknown outcome, and the service responded that it does not
    /// exist.
    pub(super) fn never_created(&self) -> Diagnostic {
        let detail = format!(
            "An earlier attempt to create the grant `{}` had an unknown outcome. Huawei Cloud does not list the grant \
             and now reports that it does not exist, so the grant is removed from the state. In the console, check \
             that the group has no access.",
            self.key
        );
        Diagnostic::warning("Grant was not created", detail)
    }

    /// Warning: the caller lacks the permission to delete the grant, but the grant is not listed.
    pub(super) fn deletion_refused_but_not_listed(&self, error: &Error) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud refused to delete the grant `{}`, but does not list the grant, so the provider considers \
             the grant revoked. In the console, check that the grant no longer exists: the provider's credentials \
             might not have permission to list every grant on `{}`.\n\nCause: {error}.",
            self.key, self.key.resource_id
        );
        Diagnostic::warning("Deletion refused, but grant not listed", detail)
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
            "After the grant `{}` was revoked, Huawei Cloud no longer lists these grantees: {names}. Members of the \
             group lose access as intended. If any of these grantees also had an individual grant, re-create that \
             grant.",
            self.key
        );
        Diagnostic::warning("Other grantees no longer listed", detail)
    }

    /// Warning: a grant that was created, or may have been, has not been listed yet.
    pub(super) fn not_listed_yet(&self) -> Diagnostic {
        let detail = format!(
            "The grant `{}` was created, or may have been, but Huawei Cloud does not list the grant yet. The list may \
             be out of date, so the grant remains in the state. If Huawei Cloud still does not list the grant later, \
             run `terraform apply -replace=ADDRESS` to re-create the grant.",
            self.key
        );
        Diagnostic::warning("Grant not listed yet", detail)
    }

    /// Error: two lists differ from each other and from the state.
    pub(super) fn readings_differ(&self) -> Diagnostic {
        let detail = format!(
            "Two list requests less than a second apart returned different results for the grant `{}`, and neither \
             result matches the state: Huawei Cloud's replicas are inconsistent. The state is unchanged. Run the \
             command again in a minute.",
            self.key
        );
        Diagnostic::error("Inconsistent list responses", detail)
    }

    /// Warning: an imported grant of a group is not listed.
    pub(super) fn group_not_checked(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud does not list the grant `{}`. Because Huawei Cloud might not list grants to groups at all, \
             the provider assumes that the grant exists. In the console, check that the grant exists.",
            self.key
        );
        Diagnostic::warning("Group grant not listed", detail)
    }

    /// Warning: the secret is scheduled for deletion, and its grants cannot be read.
    pub(super) fn deletion_pending(&self) -> Diagnostic {
        let detail = format!(
            "The provider could not read the grant `{}`, because the secret is scheduled for deletion. The grant \
             remains in the state, unchanged. Cancel the secret's deletion, or remove the resource block.",
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
        Some(Diagnostic::warning("Grant list may be incomplete", detail))
    }

    /// Warning: the grant is listed more than once. `None` if it is not.
    pub(super) fn listed_more_than_once(&self, list: &ResourceGrants) -> Option<Diagnostic> {
        let is_same = |grantee: &&Grantee| grantee.id == self.key.grantee_id;
        let count = list.grantees.iter().filter(is_same).count();
        let detail = format!(
            "Huawei Cloud lists the grant `{}` {count} times, so the grant was created more than once. Destroying \
             this resource revokes all {count} grants. To replace them with a single grant, run `terraform apply \
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
    list.may_be_incomplete().then(|| {
        format!(
            " The list has exactly {count} entries, which may be an undocumented limit. If any grants are missing \
             from the list, please report this as a bug."
        )
    })
}
