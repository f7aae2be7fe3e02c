//! Changing the end of a grant, or making the grant anew where the service has dropped it.

use crate::framework::timeouts::Operation;
use crate::framework::{Context, Diagnostic, Failure};
use crate::provider::access::{Access, call};
use crate::provider::run::Standing;

use super::Result;
use super::create::{conclude, standing};
use super::decision::{Decision, Goal, Step, Why};
use super::fact::Facts;
use super::model::Model;
use super::target::Target;
use super::write::{Outcome, Write};

const CHANGING: &str = "changing the end of";

pub(super) async fn update(
    access: &Access,
    prior: &Model,
    plan: Model,
    context: &mut Context,
) -> Result<Model> {
    if prior.validity_time == plan.validity_time {
        // All else that can change in place is in the state only.
        return Ok(plan);
    }
    let client = access.client()?;
    let call = call(context, &plan.timeouts, Operation::Update);
    let target = Target::of(&plan, access, &call).await?;
    access
        .guardrails()
        .permit(target.ends_on, &target.place.project_id, access.today())?;
    let mut made = target.complete(plan, access.today());
    let record = access.run().grant(&target.id());
    let mut turn = record.turn(&call).await?;
    if *turn == Standing::Managed {
        return Err(target.declared_twice().into());
    }
    let _hold = target.hold(access.run(), &call).await?;
    let before = target.list_others(client, &call).await;
    let before = before.map_err(|error| target.failed(CHANGING, &error))?;
    let has_been_listed = context.private().is_listed();
    let write = Write {
        target: &target,
        client,
        call: &call,
        before: &before,
        decision: Decision::new(Goal::Changed, target.is_user(), has_been_listed),
    };
    let outcome = write.run(Step::Send(Goal::Changed)).await;
    *turn = standing(outcome.failed);
    if let Some(diagnostic) = unchanged(&target, &outcome) {
        return Err(diagnostic.into());
    }
    context.private_mut().note_changed();
    match conclude(&target, &before, &outcome, &mut made, context) {
        Some(diagnostic) => Err(Failure::from(diagnostic).keeping(made)),
        None => Ok(made),
    }
}

/// What is said if the grant is as it was, or nobody knows.
fn unchanged(target: &Target, outcome: &Outcome) -> Option<Diagnostic> {
    match (outcome.failed?, &outcome.error) {
        (Why::Refused, Some(error)) => Some(target.failed(CHANGING, error)),
        (Why::Unclear, Some(error)) => Some(target.unclear_end(error)),
        (Why::ThereAlready, _) => Some(target.already_there(outcome.seen(target))),
        _ => None,
    }
}
