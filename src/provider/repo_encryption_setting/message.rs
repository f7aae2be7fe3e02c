//! The diagnostics of a setting.

use crate::cloud::{Cmk, EncryptionSetting, EncryptionType, Error, KmsKeyId, KmsKeyName};
use crate::framework::Diagnostic;
use crate::provider::account_key::AccountRegion;
use crate::provider::failure;
use crate::run_record::Duplicate;

use super::WRITING;
use super::model::KEY_ENABLED;
use super::wanted::Danger;

/// Account and region in messages, after "of".
fn of(place: &AccountRegion) -> String {
    format!("account `{}` in `{}`", place.tenant_id, place.region)
}

/// Error: encryption with a key is configured without a key.
pub(super) fn key_missing() -> Diagnostic {
    let detail = "`encryption_type` is `KMS`, but `cmk_key_id` is not set. Set `cmk_key_id` to the ID of a KMS key; the data \
                  source `hwgrants_repo_cmks` lists them.";
    Diagnostic::error("KMS key missing", detail).at_root("cmk_key_id")
}

/// Error: a different setting is on. `type_name` is that of the block.
pub(super) fn already_exists(
    place: &AccountRegion,
    existing: &EncryptionSetting,
    type_name: &str,
) -> Diagnostic {
    let detail = format!(
        "The repositories of {} are already encrypted ({}), and the configuration is different. No changes were made. If \
         another `{type_name}` block declares the same setting, remove one of the two blocks. If the resource was renamed, add \
         a `moved` block. If encryption was set up outside of Terraform, add this `import` block and apply again:\n\n  import \
         {{\n    to = {type_name}.NAME # the resource address above\n    # provider = same as in the resource block, if set \
         there\n    id = \"{place}\"\n  }}",
        of(place),
        describe(existing),
    );
    Diagnostic::error("Encryption setting already exists", detail)
}

/// A setting that is on, in a few words.
fn describe(setting: &EncryptionSetting) -> String {
    let key = setting.key_id.as_ref().map_or("unknown", KmsKeyId::as_str);
    let default = match setting.is_default_enabled {
        true => "encrypted",
        false => "not encrypted",
    };
    format!("KMS key `{key}`, new repositories {default} by default")
}

/// Warning: the setting to create exists as configured.
pub(super) fn adopted(place: &AccountRegion) -> Diagnostic {
    let detail = format!(
        "The repositories of {} are already encrypted as configured, so this resource adopts the existing setting without changing it. If another Terraform configuration also manages the setting, remove one of the two resource blocks.",
        of(place)
    );
    Diagnostic::warning("Existing encryption setting adopted", detail)
}

/// Error: two blocks of a plan declare the setting, and at least one of them is created.
pub(super) fn declared_by_two(place: &AccountRegion, twin: Duplicate) -> Diagnostic {
    let other = match twin {
        Duplicate::Creation => "This plan would create at least one of the two resources.",
        Duplicate::Object => "Another resource already manages this setting.",
    };
    let detail = format!(
        "An account has one encryption setting per region, but the setting of {} is declared twice. {other} Remove one of the \
         two resource blocks. If a resource was renamed, remove the old block, or add a `moved` block.",
        of(place)
    );
    Diagnostic::error("Encryption setting declared twice", detail)
}

/// Error: another block of this run manages the setting.
pub(super) fn declared_twice(place: &AccountRegion) -> Diagnostic {
    let detail = format!(
        "Another resource has just created, adopted or updated the encryption setting of {}. An account has one setting per \
         region, so two resources would overwrite each other. Remove one of the two resource blocks. No changes were made for \
         this resource.",
        of(place)
    );
    Diagnostic::error("Encryption setting declared twice", detail)
}

/// Warning: two blocks in the state declare the setting.
pub(super) fn declared_by_both(place: &AccountRegion) -> Diagnostic {
    let detail = format!(
        "An account has one encryption setting per region, but two resources in the state manage the setting of {}. Remove one \
         of the two resource blocks. While the other block remains, removing one does not disable encryption.",
        of(place)
    );
    Diagnostic::warning("Encryption setting managed by two resources", detail)
}

/// Warning: one block for the setting is destroyed, and another declares it.
pub(super) fn handover(place: &AccountRegion) -> Diagnostic {
    let detail = format!(
        "This plan destroys one resource for the encryption setting of {}, but another resource keeps or creates the same \
         setting. Applying the plan does not disable encryption. If the resource was renamed, add a `moved` block.",
        of(place)
    );
    Diagnostic::warning("Encryption setting moves to another resource", detail)
}

/// Warning: another block of this run has the setting, so it stays.
pub(super) fn kept_for_another(place: &AccountRegion) -> Diagnostic {
    let detail = format!(
        "Another resource has just created, adopted or updated the encryption setting of {}, so destroying this resource did not \
         disable encryption. If the resource was renamed, add a `moved` block.",
        of(place)
    );
    Diagnostic::warning("Encryption setting kept for another resource", detail)
}

/// Error: the setting was not changed, because another block declares it and has failed.
pub(super) fn declared_elsewhere(place: &AccountRegion) -> Diagnostic {
    let detail = format!(
        "Another resource also declares the encryption setting of {}, but creating that resource failed. Encryption was \
         therefore not disabled. If the resource was renamed, add a `moved` block. Otherwise, run `terraform apply` again.",
        of(place)
    );
    Diagnostic::error("Encryption setting declared by another resource", detail)
}

/// Warning: destroying the resource does not change the setting.
pub(super) fn remains(place: &AccountRegion, current: Option<EncryptionType>) -> Diagnostic {
    let what = match current {
        Some(EncryptionType::Normal) => "does not change the setting.",
        Some(EncryptionType::Kms) | None => {
            "does not disable encryption, because encrypted repositories depend on the KMS key. To disable encryption when the \
             resource is destroyed, first set `on_destroy = \"disable\"` and apply."
        }
    };
    let detail = format!(
        "Destroying the resource only removes the encryption setting of {} from the state and {what}",
        of(place)
    );
    Diagnostic::warning("Encryption setting remains in effect", detail)
}

/// Warning: a change on which encrypted repositories depend. `count` is their number, if it could be read.
pub(super) fn danger(
    danger: Danger,
    place: &AccountRegion,
    count: &Result<usize, Error>,
) -> Diagnostic {
    let (title, change, reason) = match danger {
        Danger::Disables => ("Encryption will be disabled", "disables the encryption", ""),
        Danger::DisablesByDestroy => (
            "Encryption will be disabled",
            "disables the encryption",
            ", unless another resource of the plan declares the same setting",
        ),
        Danger::MayDisable => (
            "Encryption may be disabled",
            "may disable the encryption",
            ": `encryption_type` is known only after apply",
        ),
        Danger::ChangesKey => ("KMS key will change", "changes the KMS key", ""),
        Danger::MayChangeKey => (
            "KMS key may change",
            "may change the KMS key",
            ": the ID of the key is known only after apply",
        ),
    };
    let (number, cause) = match count {
        Ok(0) => (
            "No repository is encrypted at present.".to_owned(),
            String::new(),
        ),
        Ok(1) => (
            "1 repository is encrypted at present.".to_owned(),
            String::new(),
        ),
        Ok(count) => (
            format!("{count} repositories are encrypted at present."),
            String::new(),
        ),
        Err(error) => (
            "The provider could not read the number of encrypted repositories.".to_owned(),
            format!("\n\nCause: {error}."),
        ),
    };
    let advice = match count {
        Ok(0) => "",
        _ => {
            " Huawei Cloud does not document what happens to encrypted repositories, so check with their owners first; the data \
             source `hwgrants_repo_encrypted_repositories` lists them."
        }
    };
    let detail = format!(
        "This plan {change} of the repositories of {}{reason}. {number}{advice}{cause}",
        of(place)
    );
    Diagnostic::warning(title, detail).at_root(match danger {
        Danger::Disables | Danger::DisablesByDestroy | Danger::MayDisable => "encryption_type",
        Danger::ChangesKey | Danger::MayChangeKey => "cmk_key_id",
    })
}

/// Warning: CodeArts Repo may not use the keys of the account.
pub(super) fn delegation_missing(place: &AccountRegion) -> Diagnostic {
    let detail = format!(
        "CodeArts Repo is not allowed to use the KMS keys of {}, so Huawei Cloud may refuse the setting. Create the delegation \
         with `hwgrants_repo_kms_grant`, and set `tenant_id` of this resource to that resource's `tenant_id` so that the \
         delegation is created first.",
        of(place)
    );
    Diagnostic::warning("Delegation to CodeArts Repo missing", detail)
}

/// Error: the setting was refused, and there is no delegation.
pub(super) fn delegation_missing_error(place: &AccountRegion, error: &Error) -> Diagnostic {
    let detail = format!(
        "Huawei Cloud refused the encryption setting, because CodeArts Repo is not allowed to use the KMS keys of {}. No changes \
         were made. Create the delegation with `hwgrants_repo_kms_grant`, and set `tenant_id` of this resource to that \
         resource's `tenant_id` so that the delegation is created first.\n\nCause: {error}.",
        of(place)
    );
    Diagnostic::error("Delegation to CodeArts Repo missing", detail)
}

/// Error: the configured key is not listed, is not enabled, or has another name than configured. `None` if it is fit for use.
pub(super) fn key_problem(
    keys: &[Cmk],
    key_id: &KmsKeyId,
    name: Option<&KmsKeyName>,
    place: &AccountRegion,
) -> Option<Diagnostic> {
    let Some(key) = keys.iter().find(|key| key.id == *key_id) else {
        let detail = format!(
            "The KMS key `{key_id}` is not among the KMS keys that CodeArts Repo lists for {} ({} listed). Check `cmk_key_id` and the region; the \
             data source `hwgrants_repo_cmks` lists the keys.",
            of(place),
            keys.len()
        );
        return Some(Diagnostic::error("KMS key not found", detail).at_root("cmk_key_id"));
    };
    if let Some(state) = key.state.as_deref().filter(|state| *state != KEY_ENABLED) {
        let detail = format!(
            "The KMS key `{key_id}` of {} is {}, so it cannot encrypt repositories. Enable the key in the Data Encryption \
             Workshop, or choose another key.",
            of(place),
            state_text(state)
        );
        return Some(Diagnostic::error("KMS key not enabled", detail).at_root("cmk_key_id"));
    }
    let listed = key.name.as_ref()?;
    let named = name.filter(|name| *name != listed)?;
    let detail = format!(
        "The KMS key `{key_id}` is named `{listed}`, but `cmk_key_name` is `{named}`. Correct one of the two, or remove \
         `cmk_key_name`."
    );
    Some(Diagnostic::error("KMS key has a different name", detail).at_root("cmk_key_name"))
}

/// Warning: repositories are encrypted with a key that cannot be used.
pub(super) fn key_of_setting_not_enabled(
    place: &AccountRegion,
    setting: &EncryptionSetting,
    state: &str,
) -> Diagnostic {
    let key = setting.key_id.as_ref().map_or("unknown", KmsKeyId::as_str);
    let detail = format!(
        "The repositories of {} are encrypted with the KMS key `{key}`, which is {}. Encrypted repositories may not be usable. \
         Enable the key in the Data Encryption Workshop.",
        of(place),
        state_text(state)
    );
    Diagnostic::warning("KMS key not enabled", detail)
}

/// A state of a key in words.
fn state_text(state: &str) -> String {
    match state {
        "1" => "not activated yet".to_owned(),
        "3" => "disabled".to_owned(),
        "4" => "scheduled for deletion".to_owned(),
        "5" => "waiting for its key material to be imported".to_owned(),
        other => format!("in state `{other}`"),
    }
}

/// Error: encryption was turned on, or its key changed, after the plan was made.
pub(super) fn changed_since_plan(place: &AccountRegion, current: &EncryptionSetting) -> Diagnostic {
    let detail = format!(
        "The encryption setting of {} has changed since Terraform last read it ({}). No changes were made. Run `terraform plan` \
         to see the current setting, and apply again.",
        of(place),
        describe(current)
    );
    Diagnostic::error("Encryption setting changed since the plan", detail)
}

/// Error: two readings differ from each other and from the state.
pub(super) fn readings_differ(place: &AccountRegion) -> Diagnostic {
    let detail = format!(
        "Two requests less than a second apart returned different encryption settings of {}: Huawei Cloud's replicas are \
         inconsistent. No changes were made. Run the command again in a minute.",
        of(place)
    );
    Diagnostic::error("Inconsistent encryption settings", detail)
}

/// Error: the outcome of a write is unknown.
pub(super) fn unknown_outcome(error: &Error) -> Diagnostic {
    let more = "The provider could not verify whether the encryption setting was changed. The state is \
                unchanged. Run `terraform plan` to see the current setting.";
    let mut diagnostic = failure::with_advice(WRITING, error, more);
    diagnostic.summary = "Outcome unknown".to_owned();
    diagnostic
}

/// Error: the service confirmed the setting, but it is not visible.
pub(super) fn not_visible_yet(place: &AccountRegion) -> Diagnostic {
    let detail = format!(
        "CodeArts Repo confirmed the encryption setting of {}, but the setting was not visible before the timeout. Run \
         `terraform apply` again, or raise `timeouts`.",
        of(place)
    );
    Diagnostic::error("Encryption setting not visible yet", detail)
}

/// Error: the service accepted the request and shows other values.
pub(super) fn not_changed(place: &AccountRegion) -> Diagnostic {
    let detail = format!(
        "CodeArts Repo accepted the request, but the encryption setting of {} still differs from the configuration. The state is \
         unchanged. Run `terraform plan` to see the current setting.",
        of(place)
    );
    Diagnostic::error("Encryption setting not changed", detail)
}

/// Error: the service accepted the request, but the setting could not be read back.
pub(super) fn not_read_back(place: &AccountRegion, error: &Error) -> Diagnostic {
    let detail = format!(
        "CodeArts Repo accepted the encryption setting of {}, but the provider could not read the setting back. The state is \
         unchanged. To verify the setting, run `terraform plan` with credentials that have permission to read it.\n\nCause: \
         {error}.",
        of(place)
    );
    Diagnostic::error("Encryption setting could not be read back", detail)
}
