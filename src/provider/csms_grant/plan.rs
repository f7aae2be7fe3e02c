//! What a plan of a grant says beyond the schema's rules.

use crate::cloud::Expiry;
use crate::framework::{Change, Diagnostics, Field, ModifyPlan, Private};
use crate::provider::access::Access;
use crate::provider::guardrail;
use crate::provider::text;

use super::CsmsGrant;
use super::fact::Facts;
use super::model::Model;
use super::target::key;

impl ModifyPlan for CsmsGrant {
    fn modify_plan(access: &Access, change: Change<'_, Model>, diagnostics: &mut Diagnostics) {
        match change {
            Change::Create { config, plan } => {
                access.predict_region(&config.region, &mut plan.region);
                access.predict_project_id(&config.project_id, &plan.region, &mut plan.project_id);
                // Unknown parts make the key unknown; malformed ones have been reported by validation.
                plan.id = key(plan).map_or(Field::Unknown, |key| Field::Known(key.to_string()));
                judge(access, plan, true, diagnostics);
            }
            Change::Update {
                prior,
                private,
                plan,
                ..
            } => {
                keep_read_date(prior, private, plan);
                judge(access, plan, is_written(prior, plan), diagnostics);
            }
            Change::Destroy { .. } => {}
        }
    }
}

/// Keeps the date that was read from the list, as after an import, where the practitioner's may be the same end: the
/// service counts in instants, and the midnight between two days belongs to either.
fn keep_read_date(prior: &Model, private: &Private, plan: &mut Model) {
    let chosen = plan.validity_time.text().and_then(text::date);
    let is_same = private.is_date_read()
        && chosen
            .zip(private.ends_at())
            .is_some_and(|(date, ends_at)| Expiry::new(ends_at).is_on(date));
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

/// Holds the plan against the guardrails.
fn judge(access: &Access, plan: &Model, is_written: bool, diagnostics: &mut Diagnostics) {
    let end = match &plan.validity_time {
        Field::Known(end) => text::date(end).map_or(Field::Unknown, Field::Known),
        Field::Null => Field::Null,
        Field::Unknown => Field::Unknown,
    };
    let grant = guardrail::Facts {
        end,
        project_id: plan.project_id.text().map_or(Field::Unknown, Field::Known),
        is_written,
    };
    diagnostics.append(access.guardrails().judge(grant, access.today()));
}

/// Whether something is sent: the end changes, or the grant is replaced, which Terraform plans as an update first.
fn is_written(prior: &Model, plan: &Model) -> bool {
    fn sent(model: &Model) -> [&Field<String>; 7] {
        [
            &model.resource_id,
            &model.r#type,
            &model.grantee_type,
            &model.grantee_target_id,
            &model.validity_time,
            &model.region,
            &model.project_id,
        ]
    }
    sent(prior) != sent(plan)
}
