//! Sends the deletion of a grant, and reads back whether the grant is gone.

use std::sync::Arc;

use crate::cloud::{Call, Error, ErrorKind, GranteeId, ResourceGrants};
use crate::framework::Diagnostic;
use crate::provider::access::Access;

use super::decision::{Decision, FailureReason, Goal, WriteStep};
use super::target::Target;
use super::write::{Write, WriteResult};

/// The operation in messages, before the key of the grant.
pub(super) const REVOKING: &str = "revoking";

/// What to do if a revocation fails, in whole sentences.
pub(super) struct RevocationAdvice {
    /// The service confirmed the deletion, but still lists the grant.
    pub(super) still_listed: &'static str,
    /// The deletion was not confirmed, and the grant may still exist.
    pub(super) not_confirmed: &'static str,
    /// The same for a group's grant that was never listed.
    pub(super) group: &'static str,
}

/// A deletion that was sent, and the grants before and after it.
pub(super) struct Revocation {
    /// Whether the grant has been listed before.
    has_been_listed: bool,
    /// The grants on the resource before the deletion; empty for a user.
    before: Arc<ResourceGrants>,
    /// The result of the deletion.
    pub(super) outcome: WriteResult,
}

impl Revocation {
    /// Deletes the grant, and reads until it is no longer listed. The caller has the turn of the grant.
    ///
    /// # Errors
    /// Nothing was sent.
    pub(super) async fn send(
        target: &Target,
        access: &Access,
        has_been_listed: bool,
        call: &Call,
    ) -> Result<Self, Diagnostic> {
        let client = access.client()?;
        let _lock = target.lock_resource(access.run(), call).await?;
        let before = target.list_others(client, call).await;
        let before = before.map_err(|error| target.failed(REVOKING, &error))?;
        let write = Write {
            target,
            client,
            call,
            before: &before,
            decision: Decision::new(Goal::Delete, target.subject(has_been_listed)),
        };
        let outcome = write.run(WriteStep::Send(Goal::Delete)).await;
        Ok(Self {
            has_been_listed,
            before,
            outcome,
        })
    }

    /// The error if the grant may still exist. A group's grant that was never listed needs other advice.
    pub(super) fn failed(&self, target: &Target, advice: &RevocationAdvice) -> Option<Diagnostic> {
        match (self.outcome.failed?, &self.outcome.error) {
            (FailureReason::Refused | FailureReason::Unknown, Some(error))
                if !target.is_user() && !self.has_been_listed =>
            {
                Some(target.group_not_revoked(error, advice))
            }
            (FailureReason::Refused | FailureReason::Unknown, Some(error)) => {
                Some(target.not_revoked(error, advice))
            }
            (FailureReason::ListUnreadable, Some(error)) => {
                Some(target.failed("verifying revocation of", error))
            }
            _ => Some(target.still_listed(advice)),
        }
    }

    /// The warnings of a successful revocation: the deletion was refused, or other grantees are no longer listed.
    /// `may_be_member` says whether a grantee is known to be a member of the group.
    pub(super) fn warnings(
        &self,
        target: &Target,
        may_be_member: impl Fn(&GranteeId) -> bool,
    ) -> Vec<Diagnostic> {
        let error = self.outcome.error.as_ref();
        let forbidden = error.filter(|error: &&Error| error.kind() == ErrorKind::Permission);
        let refused = forbidden.map(|error| target.deletion_refused_but_not_listed(error));
        let others = self.other_removals(target, may_be_member);
        let others = (!others.is_empty()).then(|| target.others_no_longer_listed(&others));
        refused.into_iter().chain(others).collect()
    }

    /// Other grantees that are no longer listed after a group's grant was revoked, and that were not known to be
    /// members.
    fn other_removals(
        &self,
        target: &Target,
        may_be_member: impl Fn(&GranteeId) -> bool,
    ) -> Vec<&GranteeId> {
        let Some(after) = self.outcome.after.as_ref().filter(|_| !target.is_user()) else {
            return Vec::new();
        };
        let before = self.before.grantees.iter().map(|grantee| &grantee.id);
        before
            .filter(|id| **id != target.key.grantee_id && after.find(id).is_none())
            .filter(|id| !may_be_member(id))
            .collect()
    }
}
