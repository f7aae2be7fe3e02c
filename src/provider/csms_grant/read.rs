//! Reads a grant. An inconsistent or lagging list never changes the state.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::cloud::{Call, Client, Expiry, ExpiryInstant, Grantee, GranteeType, ResourceGrants};
use crate::framework::{Context, Diagnostic, Field};
use crate::provider::access::{Access, call};
use crate::provider::recorded::Recorded;
use crate::provider::run::ReadObject;
use crate::provider::status::Status;
use crate::provider::timeouts::Operation;

use super::Result;
use super::fact::GrantFacts;
use super::model::Model;
use super::plan_record;
use super::target::Target;

/// Reads the grant; `None`, which removes it from the state, if it was revoked elsewhere.
pub(super) async fn read(
    access: &Access,
    state: Model,
    context: &mut Context,
) -> Result<Option<Model>> {
    let state = context.private().with_location(&state).into_owned();
    plan_record::record_read(access, &state, context.private_mut());
    let client = access.client()?;
    let call = call(context, &state.timeouts, Operation::Read);
    let target = Target::of(&state, access, &call, context).await?;
    if !target.is_user() || context.private().is_taken_over_unchanged() {
        let key = target.key.to_string();
        let handover = Recorded::of(&target, access).seal_handover(&state, context.private());
        let read = ReadObject {
            facts: context.private().clone(),
            handover,
        };
        access.run().note_object_read(key, read);
    }
    let list = match target.list(client, &call).await {
        Err(error) if error.is_deletion_pending() => {
            context.warn(target.deletion_pending());
            return Ok(Some(target.complete(state, access.today())));
        }
        list => list.map_err(|error| target.failed("reading", &error))?,
    };
    let list = if agrees(&state, list.find(&target.key.grantee_id), context, access) {
        list
    } else {
        confirm_listing(&target, &state, client, &call, context, access).await?
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
        Absence::Revoked => {
            if let Some(warning) = target.list_may_be_incomplete(&list) {
                context.warn(warning);
            }
            None
        }
        Absence::Expired => Some(Model {
            status: Status::Expired.as_str().into(),
            ..state
        }),
        Absence::NotListedYet => {
            context.warn(target.not_listed_yet());
            Some(state)
        }
        Absence::NeverListed => Some(state),
        Absence::Unverifiable => {
            context.private_mut().note_unlisted();
            context.warn(target.group_not_checked());
            Some(state)
        }
    })
}

/// Whether the listed grant matches the state, so that a single list is enough.
fn agrees(state: &Model, grantee: Option<&Grantee>, context: &Context, access: &Access) -> bool {
    // After an import there is no state to compare with.
    if state.status.known().is_none() {
        return true;
    }
    match grantee {
        Some(grantee) => expiry_change(state, &grantee.expiry, context) == ExpiryChange::None,
        None => {
            let is_user = target_is_user(state);
            Absence::of_state(state, context, access, is_user) != Absence::Revoked
        }
    }
}

/// The list that two readings agree on, or one that matches the state: a lagging list must not remove a grant from the
/// state.
///
/// # Errors
/// A reading failed, or the two differ from each other and from the state.
async fn confirm_listing(
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

/// Why a grant is not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Absence {
    /// The grant was revoked outside of this state.
    Revoked,
    /// The grant expired, and the service removed it.
    Expired,
    /// The grant was created, and the list may lag.
    NotListedYet,
    /// A group's grant, which has never been listed.
    NeverListed,
    /// A group's grant that has never been listed and was not created by this provider.
    Unverifiable,
}

impl Absence {
    /// Classifies the absence by expiry and facts of the object in the state.
    fn of_state(state: &Model, context: &Context, access: &Access, is_user: bool) -> Self {
        let expires_on = state.validity_time.known().copied();
        let facts = context.private();
        let has_ended = has_ended(expires_on, facts.expiry(), access);
        Self::of(has_ended, is_user, facts.is_listed(), facts.is_created())
    }

    /// Classifies the absence. Only a grant that was listed, or a user's grant that was imported, is known to be
    /// revoked.
    fn of(has_ended: bool, is_user: bool, is_listed: bool, is_created: bool) -> Self {
        match (is_user, is_listed, is_created) {
            _ if has_ended => Self::Expired,
            (_, true, _) | (true, false, false) => Self::Revoked,
            (true, false, true) => Self::NotListedYet,
            (false, false, true) => Self::NeverListed,
            (false, false, false) => Self::Unverifiable,
        }
    }
}

/// Whether a grant that is no longer listed may have expired: at the instant that was listed before, or else at the
/// beginning of the date in UTC.
fn has_ended(expires_on: Option<Date>, expiry: Option<ExpiryInstant>, access: &Access) -> bool {
    match (expires_on, expiry) {
        (None, _) => false,
        (Some(_), Some(expiry)) => expiry.timestamp() <= access.now(),
        (Some(date), None) => date <= access.today(),
    }
}

/// Whether the grantee is a user; false if the type is malformed.
fn target_is_user(state: &Model) -> bool {
    let kind = state.grantee_type.text().and_then(GranteeType::parse);
    kind == Some(GranteeType::User)
}

/// The state of a listed grant.
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
    let mut refreshed = Model {
        validity_time,
        ..state
    };
    refreshed.refresh_from_list(list, grantee, target.is_user());
    let target = Target {
        expires_on: refreshed.validity_time.known().copied(),
        ..target
    };
    target.complete(refreshed, access.today())
}

/// How the listed expiry changes the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ExpiryChange {
    /// No change: the listed expiry can mean the stored one, or cannot be interpreted.
    None,
    /// The expiry is this date.
    To(Date),
    /// The grant never expires.
    Removed,
}

/// Compares the listed expiry with the state. The state changes only if a date is listed, or if a date that was listed
/// before is missing.
fn expiry_change(state: &Model, listed: &Expiry, context: &Context) -> ExpiryChange {
    let stored = state.validity_time.known().copied();
    let shown = context.private().expiry();
    let has_been_shown = shown.is_some();
    match (stored, listed) {
        // If the instant moved by days, the date changed, even if both instants can mean the stored date.
        (Some(date), Expiry::At(instant))
            if shown.is_some_and(|shown| instant.days_after(shown) != 0) =>
        {
            ExpiryChange::To(resolve_date(date, shown, *instant))
        }
        // The service stores instants; the configured date is kept while the instant can mean it.
        (Some(date), listed) if listed.is_on(date) => ExpiryChange::None,
        (_, Expiry::At(instant)) => ExpiryChange::To(instant.date()),
        (Some(_), Expiry::None | Expiry::BeyondCalendar) if has_been_shown => ExpiryChange::Removed,
        (_, Expiry::None | Expiry::BeyondCalendar) => ExpiryChange::None,
        (_, Expiry::NotUnderstood(_) | Expiry::Implausible(_)) => ExpiryChange::None,
    }
}

/// The date that `instant` means, given that `shown` meant `date`.
fn resolve_date(date: Date, shown: Option<ExpiryInstant>, instant: ExpiryInstant) -> Date {
    let days = shown.map_or(0, |shown| instant.days_after(shown));
    let moved = date.checked_add(days.days());
    match moved {
        Ok(moved) if instant.is_on(moved) => moved,
        _ => instant.date(),
    }
}

/// The new expiry in the state. Warns if the listed expiry cannot be verified.
fn current_expiry(
    target: &Target,
    state: &Model,
    grantee: &Grantee,
    context: &mut Context,
) -> Field<Date> {
    match expiry_change(state, &grantee.expiry, context) {
        ExpiryChange::To(date) => {
            context.private_mut().note_date_from_list();
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
        (Some(_), Expiry::None) => context.warn(expiry_not_listed(state)),
        (Some(date), expiry @ Expiry::BeyondCalendar) if !expiry.is_on(date) => {
            context.warn(target.listed_as_never_expiring());
        }
        _ => {}
    }
    state.validity_time
}

/// Warning: the grant is listed without an expiry that the state has.
fn expiry_not_listed(state: &Model) -> Diagnostic {
    let id = state.id.text().unwrap_or("unknown");
    let detail = format!(
        "Huawei Cloud lists the grant `{id}` without an expiry, so the provider cannot verify the expiration date. \
         The date in the state is unchanged."
    );
    Diagnostic::warning("Grant expiry not listed", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_grant_is_classified_by_its_history() {
        for (has_ended, is_user, is_listed, is_made, expected) in [
            (false, true, true, true, Absence::Revoked),
            (false, true, true, false, Absence::Revoked),
            (false, true, false, false, Absence::Revoked),
            (false, true, false, true, Absence::NotListedYet),
            (false, false, true, true, Absence::Revoked),
            (false, false, true, false, Absence::Revoked),
            (false, false, false, true, Absence::NeverListed),
            (false, false, false, false, Absence::Unverifiable),
            (true, true, true, true, Absence::Expired),
            (true, false, false, true, Absence::Expired),
        ] {
            let absence = Absence::of(has_ended, is_user, is_listed, is_made);
            assert_eq!(
                absence, expected,
                "{has_ended} {is_user} {is_listed} {is_made}"
            );
        }
    }
}
