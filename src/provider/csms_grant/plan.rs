//! Planning of a grant: defaults, guardrails, and the effects of removing the expiry.

use crate::framework::{Change, Diagnostic, Diagnostics, Field, ModifyPlan, PlanContext, Private};
use crate::provider::access::Access;
use crate::provider::guardrail;

use super::CsmsGrant;
use super::fact::GrantFacts;
use super::model::Model;
use super::plan_record;
use super::target::key;

impl ModifyPlan for CsmsGrant {
    async fn modify_plan(access: &Access, change: Change<'_, Model>, context: &mut PlanContext) {
        if access.record().spans_walks() {
            forget_earlier_walks(access, &change);
        }
        match change {
            Change::Create { config, plan } => {
                access.predict_region(&config.region, &mut plan.region);
                access.predict_project_id(&config.project_id, &plan.region, &mut plan.project_id);
                // An unknown part makes the id unknown; validation has reported malformed parts.
                plan.id = key(plan).map_or(Field::Unknown, |key| Field::Known(key.to_string()));
                check_guardrails(access, plan, true, &mut context.diagnostics);
                plan_record::record_creation(access, plan, context).await;
            }
            Change::Update {
                prior,
                plan,
                is_replaced,
                ..
            } => {
                keep_listed_date(prior, &context.private, plan);
                check_guardrails(
                    access,
                    &context.private.with_location(plan),
                    is_written(prior, plan),
                    &mut context.diagnostics,
                );
                allow_recreation(prior, plan, &mut context.diagnostics);
                if context.private.is_expiry_unknown() {
                    // Forces an update, which sends the expiry again.
                    plan.update_time = Field::Unknown;
                }
                let [prior, plan] =
                    [prior, &*plan].map(|model| context.private.with_location(model));
                plan_record::record_update(access, &prior, &plan, is_replaced, context);
            }
            Change::Destroy { prior } => {
                let prior = context.private.with_location(prior);
                plan_record::record_deletion(access, &prior, context);
            }
        }
    }
}

/// Forgets what this process has done to the grant in earlier plans and applies.
fn forget_earlier_walks(access: &Access, change: &Change<'_, Model>) {
    let models: &[&Model] = match change {
        Change::Create { plan, .. } => &[plan],
        Change::Update { prior, plan, .. } => &[prior, plan],
        Change::Destroy { prior } => &[prior],
    };
    for key in models.iter().filter_map(|model| key(model).ok()) {
        access
            .run()
            .forget_grants(&key.resource_id, &key.grantee_id);
    }
}

/// Keeps the listed date, as after an import, if the configured date can mean the same instant: the service stores
/// instants, and midnight can belong to either of two days.
fn keep_listed_date(prior: &Model, private: &Private, plan: &mut Model) {
    let chosen = plan.validity_time.known().copied();
    let is_same = private.is_date_from_list()
        && chosen
            .zip(private.expiry())
            .is_some_and(|(date, expiry)| expiry.is_on(date));
    if is_same {
        let Model {
            validity_time,
            update_time,
            state,
            signature,
            status,
            ..
        } = prior.clone();
        *plan = Model {
            validity_time,
            update_time,
            state,
            signature,
            status,
            ..std::mem::take(plan)
        };
    }
}

/// Makes `uuid` and `create_time` unknown if the expiry is removed, or may be, and warns of an interruption: if the
/// service keeps the expiry, the grant is deleted and re-created.
fn allow_recreation(prior: &Model, plan: &mut Model, diagnostics: &mut Diagnostics) {
    let may_be_removed =
        prior.validity_time.known().is_some() && plan.validity_time.known().is_none();
    if !may_be_removed || !has_same_key(prior, plan) {
        return;
    }
    plan.uuid = Field::Unknown;
    plan.create_time = Field::Unknown;
    if plan.validity_time.is_null() && !diagnostics.has_error() {
        diagnostics.push(interruption_warning(prior));
    }
}

/// Warning: removing the expiry may re-create the grant.
fn interruption_warning(prior: &Model) -> Diagnostic {
    let id = prior.id.text().unwrap_or("unknown");
    let detail = format!(
        "This plan removes the expiry from the grant `{id}`. If updating the grant does not remove the expiry, the \
         provider deletes the grant and immediately re-creates it, which briefly interrupts access."
    );
    Diagnostic::warning("Access may be briefly interrupted", detail).at_root("validity_time")
}

/// Checks the plan against the guardrails.
fn check_guardrails(
    access: &Access,
    plan: &Model,
    is_written: bool,
    diagnostics: &mut Diagnostics,
) {
    let (_, project_id) = access.resolve_default(&plan.region, &plan.project_id);
    let grant = guardrail::GuardedGrant {
        expires_on: plan.validity_time,
        project_id: project_id
            .known()
            .map_or(Field::Unknown, |id| Field::Known(id.as_str())),
        is_written,
    };
    diagnostics.append(access.guardrails().check(grant, access.today()));
}

/// Whether a request is sent: the expiry changes, or the grant is replaced, which Terraform plans as an update first.
fn is_written(prior: &Model, plan: &Model) -> bool {
    prior.validity_time != plan.validity_time || !has_same_key(prior, plan)
}

/// Whether the attributes that identify the grant are equal.
fn has_same_key(prior: &Model, plan: &Model) -> bool {
    prior.resource_id == plan.resource_id
        && prior.r#type == plan.r#type
        && prior.grantee_type == plan.grantee_type
        && prior.grantee_target_id == plan.grantee_target_id
        && prior.region == plan.region
        && prior.project_id == plan.project_id
}
