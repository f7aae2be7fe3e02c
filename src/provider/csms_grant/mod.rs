//! `csms_grant`: a user or a group of users may use a secret, or a group of secrets.

mod model;
mod plan;
mod target;

use std::time::Duration;

use crate::cloud::{Call, Client, Error, Expiry, Grant, Grantee, GranteeType};
use crate::framework::timeouts::Operation;
use crate::framework::{Context, Diagnostic, Failure, Field, Import, Resource, Schema};

use super::access::{Access, call};
use super::grant_key::{ImportId, grantee_word};
use super::{read_back, text};

use model::Model;
use target::Target;

/// The resource.
#[derive(Debug)]
pub struct CsmsGrant;

type Outcome<T> = Result<T, Failure<Model>>;

/// How long a grant is looked for that may never show: a group's, or one whose making ended in doubt.
const SHORT_READ_BACK: Duration = Duration::from_secs(10);

/// How often a call that ended in doubt, and whose grant does not show, is made again.
const MAX_REPEATS: u32 = 3;

/// Private fact: the list has shown the grant. Only then does a group's absence mean that it is gone.
const LISTED: &str = "listed";

/// Private fact: the list has shown the grant's end. Only then does its absence mean that it was taken away.
const END_LISTED: &str = "end_listed";

impl Resource for CsmsGrant {
    const NAME: &'static str = "csms_grant";
    type Client = Access;
    type Model = Model;

    fn schema() -> Schema {
        model::schema()
    }

    async fn create(access: &Access, plan: Model, context: &mut Context) -> Outcome<Model> {
        let client = access.client()?;
        let call = call(context, &plan.timeouts, Operation::Create);
        let target = Target::of(&plan, access, &call).await?;
        access
            .guardrails()
            .permit(target.ends_on, &target.place.project_id, access.today())?;
        let before = existing(&target, client, &call).await;
        if let Some(existing) =
            before.map_err(|error| target.failed("granting access by", &error))?
        {
            return Err(target.already_there(&existing).into());
        }
        let mut made = target.complete(plan, access.today());
        match granted(&target, client, &call).await {
            Ok(grant) => made.decide_by_grant(&grant),
            Err(error) if error.is_ambiguous() => {
                made.close();
                return Err(Failure::from(target.unclear(&error)).keeping(made));
            }
            Err(error) => return Err(target.failed("granting access by", &error).into()),
        }
        written(&target, client, &call, made, context).await
    }

    async fn read(access: &Access, state: Model, context: &mut Context) -> Outcome<Option<Model>> {
        let client = access.client()?;
        let call = call(context, &state.timeouts, Operation::Read);
        let target = Target::of(&state, access, &call).await?;
        let found = match target.find(client, &call).await {
            // The secret is gone, and its grants with it.
            Err(error) if error.is_not_found() => return Ok(None),
            found => found.map_err(|error| target.failed("reading", &error))?,
        };
        let today = access.today();
        let Some(grantee) = found else {
            let is_gone = target.key.grantee_type == GranteeType::User
                || context.private().fact(LISTED).is_some();
            return Ok((!is_gone).then(|| target.complete(state, today)));
        };
        let validity_time = current_end(&state, &grantee, context);
        remember(&grantee, context);
        let grantee_name = grantee
            .name
            .clone()
            .map_or(state.grantee_name, Field::Known);
        let mut seen = Model {
            validity_time,
            grantee_name,
            ..state
        };
        seen.decide_by_grantee(&grantee);
        let target = Target {
            ends_on: seen.validity_time.text().and_then(text::date),
            ..target
        };
        Ok(Some(target.complete(seen, today)))
    }

    async fn update(
        access: &Access,
        prior: Model,
        plan: Model,
        context: &mut Context,
    ) -> Outcome<Model> {
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
        let changed = client
            .update_grant(&call, &target.place, &target.terms())
            .await;
        let changed = changed.map_err(|error| target.failed("changing the end of", &error))?;
        let mut made = target.complete(plan, access.today());
        made.decide_by_grant(&changed);
        written(&target, client, &call, made, context).await
    }

    async fn delete(access: &Access, state: Model, context: &mut Context) -> Outcome<()> {
        let client = access.client()?;
        let call = call(context, &state.timeouts, Operation::Delete);
        let target = Target::of(&state, access, &call).await?;
        let key = &target.key;
        match client
            .delete_grant(&call, &target.place, &key.resource_id, &key.grantee_id)
            .await
        {
            Err(error) if error.is_not_found() => return Ok(()),
            outcome => outcome.map_err(|error| target.failed("taking back", &error))?,
        }
        let gone = vanishes(&target, client, &call).await;
        let gone =
            gone.map_err(|error| target.failed("checking that nothing is left of", &error))?;
        gone.ok_or_else(|| target.still_shown().into())
    }
}

impl Import for CsmsGrant {
    fn import(id: &str) -> Result<Model, Diagnostic> {
        let ImportId { place, key } = ImportId::parse(id)?;
        let (region, project_id) = place
            .map(|(region, project_id)| (region.to_string(), project_id.to_string()))
            .unzip();
        Ok(Model {
            resource_id: key.resource_id.as_str().into(),
            r#type: key.resource_type.as_str().into(),
            grantee_type: grantee_word(key.grantee_type).into(),
            grantee_target_id: key.grantee_id.as_str().into(),
            region: region.into(),
            project_id: project_id.into(),
            id: Field::Known(key.to_string()),
            ..Model::default()
        })
    }
}

/// Makes a grant that was not there before. A call that ended in doubt is settled by looking, and for a user by calling
/// again; then the answer holds nothing but that the grant is there.
///
/// # Errors
/// Ambiguous if nobody knows whether the grant was made, or will show.
async fn granted(target: &Target, client: &Client, call: &Call) -> Result<Grant, Error> {
    let terms = target.terms();
    let create = || client.create_grants(call, &target.place, &terms);
    let mut doubt = match create().await {
        Err(error) if error.is_ambiguous() => error,
        settled => return settled,
    };
    let (mut is_open, mut repeats) = (true, 0);
    loop {
        // It was not there before, so if it is now, it is this one.
        match shows(target, client, call, Some(SHORT_READ_BACK)).await {
            Ok(Some(_)) => return Ok(Grant::default()),
            Ok(None) if is_open && target.may_repeat() && repeats < MAX_REPEATS => repeats += 1,
            _ => return Err(doubt),
        }
        match create().await {
            Ok(grant) => return Ok(grant),
            // A refusal now may mean that the first call had its effect after all: one more look tells.
            Err(error) => {
                is_open = error.is_ambiguous();
                if is_open {
                    doubt = error;
                }
            }
        }
    }
}

/// The entry of the grant in the list; none also where the service says by "not found" that nothing is granted yet.
/// Whether the resource itself exists is for the call that follows to say.
async fn existing(target: &Target, client: &Client, call: &Call) -> Result<Option<Grantee>, Error> {
    match target.find(client, call).await {
        Err(error) if error.is_not_found() => Ok(None),
        found => found,
    }
}

/// Looks until the list shows the grant as asked for; none if it does not.
async fn shows(
    target: &Target,
    client: &Client,
    call: &Call,
    limit: Option<Duration>,
) -> Result<Option<Grantee>, Error> {
    let look = || async move {
        let found = existing(target, client, call).await?;
        Ok(found.filter(|grantee| target.ends_as_asked(grantee)))
    };
    read_back::until(call, limit, look).await
}

/// Looks until the list does not show the grant any more; none if it goes on showing it.
async fn vanishes(target: &Target, client: &Client, call: &Call) -> Result<Option<()>, Error> {
    let look = || async move {
        let found = existing(target, client, call).await?;
        Ok(found.is_none().then_some(()))
    };
    read_back::until(call, None, look).await
}

/// Completes a write that the service confirmed. Whatever follows, `made` is kept.
async fn written(
    target: &Target,
    client: &Client,
    call: &Call,
    mut made: Model,
    context: &mut Context,
) -> Outcome<Model> {
    // The list may never show a group, so its grant is not waited for.
    let limit = (target.key.grantee_type == GranteeType::Group).then_some(SHORT_READ_BACK);
    let seen = shows(target, client, call, limit).await;
    if let Ok(Some(grantee)) = &seen {
        remember(grantee, context);
        made.decide_by_grantee(grantee);
    }
    made.close();
    match seen {
        Ok(None) if limit.is_none() => Err(Failure::from(target.not_shown()).keeping(made)),
        Ok(_) => Ok(made),
        Err(error) => Err(Failure::from(target.failed("reading back", &error)).keeping(made)),
    }
}

fn remember(grantee: &Grantee, context: &mut Context) {
    context.private_mut().remember(LISTED, "yes");
    if grantee.ends_at.is_some() {
        context.private_mut().remember(END_LISTED, "yes");
    }
}

/// The end of the grant as the state should show it, given what the list says.
fn current_end(state: &Model, grantee: &Grantee, context: &mut Context) -> Field<String> {
    let stored = state.validity_time.text().and_then(text::date);
    match (stored, grantee.ends_at.map(Expiry::new)) {
        // The service counts in instants; the practitioner's date stays while it can be what the instant means.
        (Some(date), Some(end)) if end.is_on(date) => state.validity_time.clone(),
        (_, Some(end)) => Field::Known(end.date().to_string()),
        (Some(_), None) if context.private().fact(END_LISTED).is_none() => {
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
