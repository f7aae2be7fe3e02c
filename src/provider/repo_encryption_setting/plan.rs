//! Planning of a setting: defaults, what is there, and what a change does to encrypted repositories.

use crate::cloud::{Call, EncryptionType, KmsKeyName};
use crate::framework::{Change, Field, ModifyPlan, OrEmpty, PlanContext};
use crate::provider::access::Access;
use crate::provider::account_key::AccountRegion;
use crate::provider::plan_fact::PlanFacts as _;
use crate::provider::recorded::Recorded;
use crate::provider::timeouts::{Operation, timeout};
use crate::run_record::{CreationToken, Duplicate};

use super::RepoEncryptionSetting;
use super::message;
use super::model::{Model, read_error};
use super::read::show;
use super::record::{key_parts, object_id};
use super::wanted::{Danger, Existing, Wanted};

/// Fact in the private state, for one plan: region and account of the setting that is created, perhaps as a replacement, in the
/// format of `id`. Empty if they are not known yet.
pub(super) const CREATED: &str = "creates";

impl ModifyPlan for RepoEncryptionSetting {
    async fn modify_plan(access: &Access, change: Change<'_, Model>, context: &mut PlanContext) {
        if access.record().spans_walks() {
            access.run().forget_encryption_settings();
        }
        match change {
            Change::Create { config, plan } => plan_creation(access, config, plan, context).await,
            Change::Update {
                prior,
                plan,
                is_replaced,
                ..
            } => {
                let prior = prior.with_location(&context.private);
                let may_be_same = plan.region.is_unknown() || plan.tenant_id.is_unknown();
                match is_replaced {
                    true => plan_deletion(access, &prior, may_be_same, context).await,
                    false => plan_update(access, &prior, plan, context).await,
                }
            }
            Change::Destroy { prior } => {
                let prior = prior.with_location(&context.private);
                plan_deletion(access, &prior, false, context).await;
            }
        }
    }
}

/// The limits of the requests of a plan.
fn plan_call(model: &Model, context: &PlanContext) -> Call {
    let limit = timeout(&model.timeouts, Operation::Read);
    Call::within(limit, context.cancellation().clone())
}

/// Plans a creation: reads what is there, and refuses to overwrite a different setting that is on.
async fn plan_creation(
    access: &Access,
    config: &Model,
    plan: &mut Model,
    context: &mut PlanContext,
) {
    let call = plan_call(plan, context);
    access.predict_region(&config.region, &mut plan.region);
    access.predict_domain_id(&config.tenant_id, &mut plan.tenant_id);
    let is_known = !config.region.is_unknown() && !config.tenant_id.is_unknown();
    let place = match access.client() {
        Ok(_) if is_known => {
            let place = access.account_region(&config.region, &config.tenant_id, &call);
            match place.await {
                Ok(place) => Some(place),
                Err(error) => return context.diagnostics.push(error),
            }
        }
        _ => None,
    };
    context.private.remember(
        CREATED,
        &place.as_ref().map_or_else(String::new, ToString::to_string),
    );
    let Some(place) = place else {
        let replaced = context.private.object();
        let token = access
            .record()
            .plan_to_create_unknown(key_parts(plan), replaced);
        note_creation(access, token, context);
        return;
    };
    if config.tenant_id.is_null() {
        plan.tenant_id = Field::Known(OrEmpty::Set(place.tenant_id.clone()));
    }
    plan.id = Field::Known(place.to_string());
    let recorded = Recorded::of_encryption_setting(&place, access);
    // During apply, Terraform plans again; the warnings have been given already.
    let is_applying = recorded.was_planned_here() || recorded.was_unknown_here();
    let replaced = context.private.object();
    let (token, others) = access.record().plan_to_create(recorded.key(), replaced);
    note_creation(access, token, context);
    if others.is_deleted && replaced.is_none() && !is_applying {
        context.diagnostics.push(message::handover(&place));
    }
    if let Some(twin) = others.duplicate {
        return context
            .diagnostics
            .push(message::declared_by_two(&place, twin));
    }
    let creation = Creation {
        access,
        place: &place,
        recorded: &recorded,
        token,
        is_applying,
        call: &call,
    };
    creation.compare_with_existing(config, plan, context).await;
    creation.check_key(config, plan, context).await;
}

/// Notes the plan of a creation for its apply.
fn note_creation(access: &Access, token: CreationToken, context: &mut PlanContext) {
    context.private.note_creation_token(token);
    context.private.note_plan(access.record().reference());
}

/// A creation that is planned.
struct Creation<'a> {
    access: &'a Access,
    place: &'a AccountRegion,
    recorded: &'a Recorded<'a>,
    token: CreationToken,
    is_applying: bool,
    call: &'a Call,
}

impl Creation<'_> {
    /// Reads the existing setting. A different setting that is on is an error, unless another block of the plan hands it over.
    ///
    /// No value of the plan is taken from it: when Terraform plans again during apply, the setting may have changed.
    async fn compare_with_existing(&self, config: &Model, plan: &Model, context: &mut PlanContext) {
        let Ok(client) = self.access.client() else {
            return;
        };
        let existing = match show(client, self.call, self.place).await {
            Ok(existing) => existing,
            Err(error) => return context.diagnostics.push(read_error(&error)),
        };
        let there = plan.with_setting(self.place, &existing);
        let wanted = Wanted::of(plan);
        let is_on = existing.encryption_type == EncryptionType::Kms;
        match wanted.classify(&existing) {
            Existing::Off => {}
            Existing::Same => {
                // With a value that is known only after apply, the apply decides whether the setting is the same.
                let may_warn = is_on && !self.is_applying && has_known_values(config);
                if may_warn && !self.is_handed_over(context).await {
                    context.diagnostics.push(message::adopted(self.place));
                }
            }
            Existing::Different if self.is_handed_over(context).await => {
                let danger = Danger::of(&there, plan).filter(|_| !self.is_applying);
                if let Some(danger) = danger {
                    warn_of(danger, self.access, self.place, self.call, context).await;
                }
            }
            // The apply decides, with what it knows of other blocks.
            Existing::Different if self.is_applying => {}
            Existing::Different => {
                let error = message::already_exists(self.place, &existing, context.type_name());
                context.diagnostics.push(error);
            }
        }
    }

    /// Whether another block of the plan, or of an earlier one, leaves the setting to this one.
    async fn is_handed_over(&self, context: &PlanContext) -> bool {
        self.recorded.is_handed_over()
            || self
                .recorded
                .is_certainly_declared_elsewhere(self.access.run(), self.token, context)
                .await
    }

    /// Checks delegation and key of a setting that encrypts.
    async fn check_key(&self, config: &Model, plan: &Model, context: &mut PlanContext) {
        if !context.diagnostics.has_error() {
            check_key(
                self.access,
                self.place,
                (plan, config.cmk_key_name.set()),
                self.is_applying,
                self.call,
                context,
            )
            .await;
        }
    }
}

/// Warns if the delegation is not in place, and reports a key that cannot be used, or does not have this name.
///
/// What cannot be read is not reported here: the service refuses the setting in the apply.
async fn check_key(
    access: &Access,
    place: &AccountRegion,
    (plan, name): (&Model, Option<&KmsKeyName>),
    is_applying: bool,
    call: &Call,
    context: &mut PlanContext,
) {
    let Ok(client) = access.client() else {
        return;
    };
    if plan.encryption_type() != Some(EncryptionType::Kms) {
        return;
    }
    let (region, tenant_id) = (&place.region, &place.tenant_id);
    let is_delegated = match client.show_tenant_kms_grant(call, region, tenant_id).await {
        Err(error) if error.is_not_found() => Ok(false),
        is_delegated => is_delegated,
    };
    match is_delegated {
        Ok(true) => {}
        Ok(false) => {
            let id = (region.clone(), tenant_id.clone());
            if !is_applying && !access.run().is_delegation_planned(&id) {
                context.diagnostics.push(message::delegation_missing(place));
            }
            return;
        }
        Err(_) => return,
    }
    let Some(key_id) = plan.cmk_key_id.set().cloned() else {
        return;
    };
    // A key that is created in the same apply may not be listed yet.
    if is_applying {
        return;
    }
    let Ok(keys) = client.cmks(call, region, tenant_id).await else {
        return;
    };
    if let Some(problem) = message::key_problem(&keys, &key_id, name, place) {
        context.diagnostics.push(problem);
    }
}

/// Plans an update in place, or no change.
async fn plan_update(access: &Access, prior: &Model, plan: &mut Model, context: &mut PlanContext) {
    let object = object_id(prior, &context.private);
    context.private.note_object(object);
    let call = plan_call(plan, context);
    let place = access
        .account_region(&prior.region, &prior.tenant_id, &call)
        .await;
    let place = match place {
        Ok(place) => place,
        Err(error) => return context.diagnostics.push(error),
    };
    let recorded = Recorded::of_encryption_setting(&place, access);
    let others = access.record().plan_to_keep(object, recorded.key());
    match others.duplicate {
        Some(twin @ Duplicate::Creation) => {
            context
                .diagnostics
                .push(message::declared_by_two(&place, twin));
        }
        Some(Duplicate::Object) => context.diagnostics.push(message::declared_by_both(&place)),
        None if others.is_deleted => context.diagnostics.push(message::handover(&place)),
        None => {}
    }
    if is_same(prior, plan) {
        return;
    }
    // A name that does not change may be from the service, unless the key changes.
    let is_other_key = plan.cmk_key_id != prior.cmk_key_id;
    let name = plan.cmk_key_name.set().cloned();
    let name = name.filter(|name| is_other_key || prior.cmk_key_name.set() != Some(name));
    check_key(access, &place, (plan, name.as_ref()), false, &call, context).await;
    if let Some(danger) = Danger::of(prior, plan).filter(|_| !context.diagnostics.has_error()) {
        warn_of(danger, access, &place, &call, context).await;
    }
}

/// Whether no value of the configuration is known only after apply.
fn has_known_values(config: &Model) -> bool {
    !(config.encryption_type.is_unknown()
        || config.default_encryption_enabled.is_unknown()
        || config.cmk_key_id.is_unknown()
        || config.cmk_key_name.is_unknown())
}

/// Whether the setting itself is unchanged.
fn is_same(prior: &Model, plan: &Model) -> bool {
    prior.encryption_type == plan.encryption_type
        && prior.cmk_key_id == plan.cmk_key_id
        && prior.cmk_key_name == plan.cmk_key_name
}

/// Plans a deletion. `may_be_same`: the object is replaced by one whose account or region is not known yet.
async fn plan_deletion(
    access: &Access,
    prior: &Model,
    may_be_same: bool,
    context: &mut PlanContext,
) {
    let call = plan_call(prior, context);
    let place = access
        .account_region(&prior.region, &prior.tenant_id, &call)
        .await;
    let place = match place {
        Ok(place) => place,
        Err(error) => return context.diagnostics.push(error),
    };
    let recorded = Recorded::of_encryption_setting(&place, access);
    let object = object_id(prior, &context.private);
    // A replacement plans the creation immediately afterwards and needs the number.
    context.private.note_object(object);
    let mut is_wanted = access.record().plan_to_delete(object, recorded.key(), None);
    context.private.note_plan(access.record().reference());
    // A warning that encryption is disabled must be true.
    let is_disabled = prior.is_disabled_on_destroy() && !may_be_same;
    if !is_wanted && is_disabled {
        is_wanted = recorded
            .is_wanted_elsewhere(access.run(), object, context)
            .await;
    }
    if is_wanted {
        context.private.note_handed_over();
        context.diagnostics.push(message::handover(&place));
    } else if !is_disabled {
        let warning = message::remains(&place, prior.encryption_type());
        context.diagnostics.push(warning);
    } else if prior.encryption_type() == Some(EncryptionType::Kms) {
        warn_of(Danger::DisablesByDestroy, access, &place, &call, context).await;
    }
}

/// Warns of a change on which encrypted repositories depend, with their number.
async fn warn_of(
    danger: Danger,
    access: &Access,
    place: &AccountRegion,
    call: &Call,
    context: &mut PlanContext,
) {
    let count = match access.client() {
        Ok(client) => {
            let listed = client.encrypted_repositories(call, &place.region, &place.tenant_id);
            listed.await.map(|listed| listed.len())
        }
        Err(error) => return context.diagnostics.push(error),
    };
    context
        .diagnostics
        .push(message::danger(danger, place, &count));
}
