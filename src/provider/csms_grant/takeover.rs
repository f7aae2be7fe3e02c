//! Taking over a grant from an object that gave it up: nothing is sent unless the expiry differs.

use std::sync::Arc;

use crate::cloud::{Call, Client, Error, ResourceGrants};
use crate::framework::{Context, Diagnostic, Diagnostics, Failure};
use crate::provider::access::Access;
use crate::provider::run::Standing;

use super::Result;
use super::decision::{Goal, ListEvidence};
use super::fact::GrantFacts;
use super::model::Model;
use super::record::Inheritance;
use super::target::Target;
use super::update::{NotUpdated, NotUpdatedWhy, update_in_turn};

const TAKING_OVER: &str = "taking over";

/// Takes over the grant for the block of `plan`; none if there is none any more, so that it must be created.
///
/// # Errors
/// It could not be looked at, or its expiry could not be changed: it is as it was then.
pub(super) async fn take_over(
    access: &Access,
    target: &Target,
    left: &Inheritance,
    plan: Model,
    turn: &mut Standing,
    call: &Call,
    context: &mut Context,
) -> Result<Option<Model>> {
    let client = access.client()?;
    let facts = left.facts();
    let is_listable = target.is_user() || facts.is_listed();
    let is_same_expiry = left.expires_as(&plan);
    let is_there = !facts.is_creation_unknown();
    *context.private_mut() = facts;
    let listing = if is_listable {
        let list = inspect(target, client, call).await?;
        let listing = target.listing(&list, Goal::Create);
        if let (ListEvidence::AsWanted | ListEvidence::WithoutFact, Some(grantee)) =
            (listing, list.find(&target.key.grantee_id))
        {
            let is_wanted = is_same_expiry || listing == ListEvidence::AsWanted;
            if is_wanted {
                context.private_mut().note_listed(grantee);
                let plan = left.complete(plan, is_same_expiry);
                let mut taken = target.complete(plan, access.today());
                taken.decide_by_list(&list, grantee, target.is_user());
                taken.close();
                return Ok(Some(taken));
            }
        }
        listing
    } else if is_same_expiry && left.is_untouched && is_there {
        ListEvidence::AsWanted
    } else {
        ListEvidence::WithoutFact
    };
    match listing {
        ListEvidence::Absent => Ok(None),
        ListEvidence::AsWanted if !is_listable => {
            let plan = left.complete(plan, true);
            let mut taken = target.complete(plan, access.today());
            taken.close();
            Ok(Some(taken))
        }
        _ => {
            let prior = left.prior(&plan);
            let plan = left.complete(plan, false);
            let updated = update_in_turn(access, &prior, plan, turn, call, context).await;
            match updated {
                Ok(updated) => Ok(Some(updated)),
                // No list shows it, and the service knows no such grant: it is created, as it would be without the other
                // object.
                Err(NotUpdated {
                    why: NotUpdatedWhy::Missing,
                    ..
                }) if !is_listable => Ok(None),
                Err(NotUpdated { failure, why }) => {
                    if why == NotUpdatedWhy::ExpiryKept {
                        context.private_mut().note_expiry_kept();
                    }
                    Err(without_object(failure))
                }
            }
        }
    }
}

/// The list, or two that agree that the grant is not there.
///
/// # Errors
/// A reading failed, or two disagree.
async fn inspect(
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

/// The failure of an update, after which no object is stored: the grant is there as it was.
fn without_object(failure: Failure<Model>) -> Failure<Model> {
    if failure.kept.is_some() {
        return failure;
    }
    let mut diagnostics = Diagnostics::new();
    for mut diagnostic in failure.diagnostics {
        if diagnostic.is_error() {
            diagnostic.detail.push_str(
                "\n\nThis block takes the grant over from another block of the plan, and the grant is still there as it was. \
                 Apply again.",
            );
        }
        diagnostics.push(diagnostic);
    }
    Failure {
        diagnostics,
        kept: None,
    }
}
