//! Looking at a grant, and concluding no more than was seen.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::cloud::{Call, Client, Expiry, ExpiryInstant, Grantee, GranteeType, ResourceGrants};
use crate::framework::{Context, Diagnostic, Field};
use crate::provider::access::{Access, call};
use crate::provider::run::ReadObject;
use crate::provider::status::Status;
use crate::provider::timeouts::Operation;

use super::Result;
use super::fact::GrantFacts;
use super::foresight;
use super::model::Model;
use super::record::Recorded;
use super::target::Target;

pub(super) async fn read(
    access: &Access,
    state: Model,
    context: &mut Context,
) -> Result<Option<Model>> {
    let state = context.private().with_location(&state).into_owned();
    foresight::of_read(access, &state, context.private_mut());
    let client = access.client()?;
    let call = call(context, &state.timeouts, Operation::Read);
    let target = Target::of(&state, access, &call, context).await?;
    if !target.is_user() || context.private().is_passing() {
        let key = target.key.to_string();
        let left = Recorded::of(&target, access).seal_handover(&state, context.private());
        let read = ReadObject {
            facts: context.private().clone(),
            left,
        };
        access.run().note_object_read(key, read);
    }
    let list = match target.list(client, &call).await {
        Err(error) if error.is_deletion_pending() => {
            context.warn(target.secret_leaves());
            return Ok(Some(target.complete(state, access.today())));
        }
        list => list.map_err(|error| target.failed("reading", &error))?,
    };
    let list = if agrees(&state, list.find(&target.key.grantee_id), context, access) {
        list
    } else {
        confirm_absence(&target, &state, client, &call, context, access).await?
    };
    if let Some(warning) = target.listed_more_than_once(&list) {
        context.warn(warning);
    }
    if let Some(grantee) = list.find(&target.key.grantee_id) {
        return Ok(Some(complete_from_list(
            access, target, state, &list, grantee, context,
        )));
    }
    let absence = Absence::of_state(&state, context, access, target.is_user());
    let state = target.complete(state, access.today());
    Ok(match absence {
        Absence::Gone => {
            if let Some(warning) = target.perhaps_cut(&list) {
                context.warn(warning);
            }
            None
        }
        Absence::Ended => Some(Model {
            status: Status::Expired.as_str().into(),
            ..state
        }),
        Absence::NotYet => {
            context.warn(target.not_listed_yet());
            Some(state)
        }
        Absence::Unlistable => Some(state),
        Absence::Unchecked => {
            context.private_mut().note_unlisted();
            context.warn(target.group_not_checked());
            Some(state)
        }
    })
}

/// Whether a reading leaves the grant in the state as it is, so that nothing is concluded from it.
fn agrees(state: &Model, grantee: Option<&Grantee>, context: &Context, access: &Access) -> bool {
    // After an import there is nothing to agree with.
    if state.status.known().is_none() {
        return true;
    }
    match grantee {
        Some(grantee) => expiry_change(state, &grantee.expiry, context) == ExpiryChange::None,
        None => {
            let is_user = target_is_user(state);
            Absence::of_state(state, context, access, is_user) != Absence::Gone
        }
    }
}

/// The list that two readings agree on. One that lags behind must take nothing out of the state.
///
/// # Errors
/// A reading failed, or the two agree neither with each other nor with the state.
async fn confirm_absence(
    target: &Target,
    state: &Model,
    client: &Client,
    call: &Call,
    context: &Context,
    access: &Access,
) -> Result<Arc<ResourceGrants>> {
    let readings = target.list_twice(client, call).await;
    let [first, second] = readings.map_err(|error| target.failed("reading", &error))?;
    let [seen_first, seen_second] = [&first, &second].map(|list| list.find(&target.key.grantee_id));
    let is_same = match (seen_first, seen_second) {
        (None, None) => true,
        (Some(first), Some(second)) => first.expiry == second.expiry,
        _ => false,
    };
    if is_same || agrees(state, seen_second, context, access) {
        Ok(second)
    } else if agrees(state, seen_first, context, access) {
        Ok(first)
    } else {
        Err(target.readings_differ().into())
    }
}

/// What it means that the list does not show a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Absence {
    /// Somebody has removed it.
    Gone,
    /// It has come to its end, and the service has dropped it.
    Ended,
    /// It was made, and the list may lag.
    NotYet,
    /// It is a group's, and the list has never shown it.
    Unlistable,
    /// The same, and we have not made it.
    Unchecked,
}

impl Absence {
    fn of_state(state: &Model, context: &Context, access: &Access, is_user: bool) -> Self {
        let ends_on = state.validity_time.known().copied();
        let facts = context.private();
        let has_ended = has_ended(ends_on, facts.expiry(), access);
        Self::of(has_ended, is_user, facts.is_listed(), facts.is_made())
    }

    fn of(has_ended: bool, is_user: bool, is_listed: bool, is_made: bool) -> Self {
        match (is_user, is_listed, is_made) {
            _ if has_ended => Self::Ended,
            (_, true, _) | (true, false, false) => Self::Gone,
            (true, false, true) => Self::NotYet,
            (false, false, true) => Self::Unlistable,
            (false, false, false) => Self::Unchecked,
        }
    }
}

/// Whether a grant that is not listed any more may just have expired: at the instant that the list has shown, else with the
/// beginning of the day.
fn has_ended(ends_on: Option<Date>, expiry: Option<ExpiryInstant>, access: &Access) -> bool {
    match (ends_on, expiry) {
        (None, _) => false,
        (Some(_), Some(expiry)) => expiry.timestamp() <= access.now(),
        (Some(date), None) => date <= access.today(),
    }
}

fn target_is_user(state: &Model) -> bool {
    let kind = state.grantee_type.text().and_then(GranteeType::parse);
    kind == Some(GranteeType::User)
}

/// The state of a grant that is listed.
pub(super) fn complete_from_list(
    access: &Access,
    target: Target,
    state: Model,
    list: &ResourceGrants,
    grantee: &Grantee,
    context: &mut Context,
) -> Model {
    let validity_time = current_expiry(&target, &state, grantee, context);
    context.private_mut().note_listed(grantee);
    let mut seen = Model {
        validity_time,
        ..state
    };
    seen.complete_by_list(list, grantee, target.is_user());
    let target = Target {
        ends_on: seen.validity_time.known().copied(),
        ..target
    };
    target.complete(seen, access.today())
}

/// What the expiry in a list changes in the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ExpiryChange {
    /// Nothing: it can be what the state says, or nothing can be concluded from it.
    None,
    /// It is this date.
    To(Date),
    /// There is none any more.
    Removed,
}

/// What a list says about the expiry in the state. Only a date, or the disappearance of one that the list has shown, changes
/// it.
fn expiry_change(state: &Model, listed: &Expiry, context: &Context) -> ExpiryChange {
    let stored = state.validity_time.known().copied();
    let shown = context.private().expiry();
    let has_been_shown = shown.is_some();
    match (stored, listed) {
        // An instant that has moved by days is another date, even where both can mean the stored one.
        (Some(date), Expiry::At(instant))
            if shown.is_some_and(|shown| instant.days_after(shown) != 0) =>
        {
            ExpiryChange::To(resolve_date(date, shown, *instant))
        }
        // The service counts in instants; the configured date stays while it can be what the instant means.
        (Some(date), listed) if listed.is_on(date) => ExpiryChange::None,
        (_, Expiry::At(instant)) => ExpiryChange::To(instant.date()),
        (Some(_), Expiry::None | Expiry::BeyondCalendar) if has_been_shown => ExpiryChange::Removed,
        (_, Expiry::None | Expiry::BeyondCalendar) => ExpiryChange::None,
        (_, Expiry::NotUnderstood(_) | Expiry::Implausible(_)) => ExpiryChange::None,
    }
}

/// The date that an instant means, given that `date` was meant by `shown`.
fn resolve_date(date: Date, shown: Option<ExpiryInstant>, instant: ExpiryInstant) -> Date {
    let days = shown.map_or(0, |shown| instant.days_after(shown));
    let moved = date.checked_add(days.days());
    match moved {
        Ok(moved) if instant.is_on(moved) => moved,
        _ => instant.date(),
    }
}

/// The expiry of the grant as the state should have it, given what the list says.
fn current_expiry(
    target: &Target,
    state: &Model,
    grantee: &Grantee,
    context: &mut Context,
) -> Field<Date> {
    match expiry_change(state, &grantee.expiry, context) {
        ExpiryChange::To(date) => {
            context.private_mut().note_date_read();
            return Field::Known(date);
        }
        ExpiryChange::Removed => return Field::Null,
        ExpiryChange::None => {}
    }
    let stored = state.validity_time.known().copied();
    match (stored, &grantee.expiry) {
        (_, Expiry::NotUnderstood(text) | Expiry::Implausible(text)) => {
            context.warn(target.expiry_not_understood(text));
        }
        (Some(_), Expiry::None) => context.warn(end_not_listed(state)),
        (Some(date), expiry @ Expiry::BeyondCalendar) if !expiry.is_on(date) => {
            context.warn(target.listed_as_endless());
        }
        _ => {}
    }
    state.validity_time
}

fn end_not_listed(state: &Model) -> Diagnostic {
    let id = state.id.text().unwrap_or("the grant");
    let detail = format!(
        "Huawei Cloud lists `{id}` without its expiry. The date in the state is kept, but it cannot be verified."
    );
    Diagnostic::warning("Expiry of the grant not listed", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absence_means_gone_only_for_what_was_listed_or_never_made() {
        for (has_ended, is_user, is_listed, is_made, expected) in [
            (false, true, true, true, Absence::Gone),
            (false, true, true, false, Absence::Gone),
            (false, true, false, false, Absence::Gone),
            (false, true, false, true, Absence::NotYet),
            (false, false, true, true, Absence::Gone),
            (false, false, true, false, Absence::Gone),
            (false, false, false, true, Absence::Unlistable),
            (false, false, false, false, Absence::Unchecked),
            (true, true, true, true, Absence::Ended),
            (true, false, false, true, Absence::Ended),
        ] {
            let absence = Absence::of(has_ended, is_user, is_listed, is_made);
            assert_eq!(
                absence, expected,
                "{has_ended} {is_user} {is_listed} {is_made}"
            );
        }
    }
}
