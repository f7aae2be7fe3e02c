//! Takes over the grant of a deleted object. Sends an update only if the expiry differs.

use std::sync::Arc;

use crate::cloud::{Call, Client, Error, ResourceGrants};
use crate::framework::{Context, Diagnostic, Diagnostics, Failure};
use crate::provider::access::Access;
use crate::provider::run::RunStatus;

use super::Result;
use super::decision::{Goal, ListEvidence};
use super::fact::GrantFacts;
use super::model::Model;
use super::record::Inheritance;
use super::target::Target;
use super::update::{NotUpdated, NotUpdatedReason, update_in_turn};

/// The operation in messages, before the key of the grant.
const TAKING_OVER: &str = "taking over";

/// Takes over the grant for the block of `plan`. Returns `None` if the grant does not exist any more, so that it must
/// be created.
///
/// # Errors
/// The list could not be read, or the expiry could not be updated. The grant is unchanged unless the diagnostic says
/// that the outcome is unknown.
pub(super) async fn take_over(
    access: &Access,
    target: &Target,
    inheritance: &Inheritance,
    plan: Model,
    turn: &mut RunStatus,
    call: &Call,
    context: &mut Context,
) -> Result<Option<Model>> {
    let client = access.client()?;
    let facts = inheritance.facts();
    let is_listable = target.is_user() || facts.is_listed();
    let is_same_expiry = inheritance.expires_as(&plan);
    let is_there = !facts.is_creation_unknown();
    *context.private_mut() = facts;
    let listing = if is_listable {
        let list = confirm_listing(target, client, call).await?;
        let listing = target.listing(&list, Goal::Create);
        if let (ListEvidence::AsRequested | ListEvidence::ExpiryUnclear, Some(grantee)) =
            (listing, list.find(&target.key.grantee_id))
        {
            let is_wanted = is_same_expiry || listing == ListEvidence::AsRequested;
            if is_wanted {
                context.private_mut().note_listed(grantee);
                let plan = inheritance.complete(plan, is_same_expiry);
                let mut taken_over = target.complete(plan, access.today());
                taken_over.fill_from_list(&list, grantee, target.is_user());
                taken_over.null_unknowns();
                return Ok(Some(taken_over));
            }
        }
        listing
    } else if is_same_expiry && inheritance.is_untouched && is_there {
        ListEvidence::AsRequested
    } else {
        ListEvidence::ExpiryUnclear
    };
    match listing {
        ListEvidence::Absent => Ok(None),
        ListEvidence::AsRequested if !is_listable => {
            let plan = inheritance.complete(plan, true);
            let mut taken_over = target.complete(plan, access.today());
            taken_over.null_unknowns();
            Ok(Some(taken_over))
        }
        _ => {
            let prior = inheritance.prior(&plan);
            let plan = inheritance.complete(plan, false);
            let updated = update_in_turn(access, &prior, plan, turn, call, context).await;
            match updated {
                Ok(updated) => Ok(Some(updated)),
                // The grant is never listed, and the service responds that it does not exist, so it is created.
                Err(NotUpdated {
                    why: NotUpdatedReason::Missing,
                    ..
                }) if !is_listable => Ok(None),
                Err(NotUpdated { failure, why }) => {
                    if why == NotUpdatedReason::ExpiryKept {
                        context.private_mut().note_expiry_kept();
                    }
                    Err(without_object(failure))
                }
            }
        }
    }
}

/// A list that shows the grant. If the first list does not, the second of two more that agree.
///
/// # Errors
/// A reading failed, or the two lists differ.
async fn confirm_listing(
    target: &Target,
    client: &Client,
    call: &Call,
) -> std::result::Result<Arc<ResourceGrants>, Diagnostic> {
    let failed = |error: Error| target.failed(TAKING_OVER, &error);
    let list = target.list(client, call).await.map_err(failed)?;
    if list.find(&target.key.grantee_id).is_some() {
        return Ok(list);
    }
    let [first, second] = target.list_twice(client, call).await.map_err(failed)?;
    let is_there = |list: &ResourceGrants| list.find(&target.key.grantee_id).is_some();
    if is_there(&first) == is_there(&second) {
        Ok(second)
    } else {
        Err(target.lists_disagree())
    }
}

/// The failure of an update without an object to store. Explains that the grant still exists, unchanged.
fn without_object(failure: Failure<Model>) -> Failure<Model> {
    if failure.kept.is_some() {
        return failure;
    }
    let mut diagnostics = Diagnostics::new();
    for mut diagnostic in failure.diagnostics {
        if diagnostic.is_error() {
            diagnostic.detail.push_str(
                "\n\nIn this plan, the resource takes over the grant from another resource. Unless stated otherwise \
                 above, the grant still exists and is unchanged. Run `terraform apply` again.",
            );
        }
        diagnostics.push(diagnostic);
    }
    Failure {
        diagnostics,
        kept: None,
    }
}
