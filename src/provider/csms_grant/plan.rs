//! What a plan of a grant says beyond the schema's rules.

use crate::framework::{Change, Diagnostic, Diagnostics, Field, ModifyPlan};
use crate::provider::access::Access;
use crate::provider::text;

use super::CsmsGrant;
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
                refuse_past_end(access, plan, diagnostics);
            }
            Change::Update { prior, plan, .. } => {
                if prior.validity_time != plan.validity_time {
                    refuse_past_end(access, plan, diagnostics);
                }
            }
            Change::Destroy { .. } => {}
        }
    }
}

fn refuse_past_end(access: &Access, plan: &Model, diagnostics: &mut Diagnostics) {
    let Some(end) = plan.validity_time.text().and_then(text::date) else {
        return;
    };
    let today = access.today();
    if end < today {
        let detail = format!(
            "Access would end on {end}, and today is {today} (UTC). Choose a later date, or remove the grant to end access \
             now."
        );
        diagnostics.push(Diagnostic::error("End in the past", detail).at_root("validity_time"));
    }
}
