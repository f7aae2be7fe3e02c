//! What a plan of a grant says beyond the schema's rules.

use crate::cloud::Expiry;
use crate::framework::{Change, Diagnostic, Diagnostics, Field, ModifyPlan, Private};
use crate::provider::access::Access;
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
                refuse_past_end(access, plan, diagnostics);
            }
            Change::Update {
                prior,
                private,
                plan,
                ..
            } => {
                keep_read_date(prior, private, plan);
                if prior.validity_time != plan.validity_time {
                    refuse_past_end(access, plan, diagnostics);
                }
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
