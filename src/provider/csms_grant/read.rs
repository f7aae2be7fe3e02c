//! Looking at a grant, and concluding no more than was seen.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::cloud::{Expiry, Grantee};
use crate::framework::timeouts::Operation;
use crate::framework::{Context, Diagnostic, Field};
use crate::provider::access::{Access, call};
use crate::provider::status::Status;
use crate::provider::text;

use super::Result;
use super::fact::Facts;
use super::model::Model;
use super::target::Target;

pub(super) async fn read(
    access: &Access,
    state: Model,
    context: &mut Context,
) -> Result<Option<Model>> {
    let client = access.client()?;
    let call = call(context, &state.timeouts, Operation::Read);
    let target = Target::of(&state, access, &call).await?;
    let list = match target.list(client, &call).await {
        Err(error) if error.is_deletion_pending() => {
            context.warn(target.secret_leaves());
            return Ok(Some(target.complete(state, access.today())));
        }
        list => list.map_err(|error| target.failed("reading", &error))?,
    };
    if let Some(warning) = target.listed_more_than_once(&list) {
        context.warn(warning);
    }
    if let Some(grantee) = list.find(&target.key.grantee_id) {
        return Ok(Some(listed(access, target, state, grantee, context)));
    }
    let facts = context.private();
    let has_ended = has_ended(target.ends_on, facts.ends_at(), access);
    let absence = Absence::of(
        has_ended,
        target.is_user(),
        facts.is_listed(),
        facts.is_made(),
    );
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
            context.warn(target.group_not_checked());
            Some(state)
        }
    })
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

/// Whether a grant that is not listed any more may just have come to its end: at the instant that the list has shown,
/// else with the beginning of the day.
fn has_ended(ends_on: Option<Date>, ends_at: Option<Timestamp>, access: &Access) -> bool {
    match (ends_on, ends_at) {
        (None, _) => false,
        (Some(_), Some(ends_at)) => ends_at <= access.now(),
        (Some(date), None) => date <= access.today(),
    }
}

/// The state of a grant that is listed.
pub(super) fn listed(
    access: &Access,
    target: Target,
    state: Model,
    grantee: &Grantee,
    context: &mut Context,
) -> Model {
    let validity_time = current_end(&state, grantee, context);
    context.private_mut().note_listed(grantee);
    let grantee_name = grantee
        .name
        .clone()
        .map_or(state.grantee_name, Field::Known);
    let mut seen = Model {
        validity_time,
        grantee_name,
        ..state
    };
    seen.decide_by_grantee(grantee);
    let target = Target {
        ends_on: seen.validity_time.text().and_then(text::date),
        ..target
    };
    target.complete(seen, access.today())
}

/// The end of the grant as the state should show it, given what the list says.
fn current_end(state: &Model, grantee: &Grantee, context: &mut Context) -> Field<String> {
    let stored = state.validity_time.text().and_then(text::date);
    match (stored, grantee.ends_at.map(Expiry::new)) {
        // The service counts in instants; the practitioner's date stays while it can be what the instant means.
        (Some(date), Some(end)) if end.is_on(date) => state.validity_time.clone(),
        (_, Some(end)) => {
            context.private_mut().note_date_read();
            Field::Known(end.date().to_string())
        }
        // Without the list ever having shown an end, its silence says nothing.
        (Some(_), None) if context.private().ends_at().is_none() => {
            context.warn(end_not_listed(state));
            state.validity_time.clone()
        }
        (_, None) => Field::Null,
    }
}

fn end_not_listed(state: &Model) -> Diagnostic {
    let id = state.id.text().unwrap_or("the grant");
    let detail = format!(
        "Huawei Cloud lists `{id}` without its end. The date in the state is kept, but nobody can check it."
    );
    Diagnostic::warning("End of the grant is not listed", detail)
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
