//! The diagnostics of plans in which several blocks have the same key.

use crate::cloud::ProjectLocation;
use crate::framework::Diagnostic;
use crate::provider::grant_key::GrantKey;
use crate::run_record::Duplicate;

/// Error: two blocks of a plan have the same key, and at least one of them is created.
pub(super) fn declared_by_two(key: &str, twin: Duplicate) -> Diagnostic {
    let other = match twin {
        Duplicate::Creation => "This plan would create at least one of the two resources.",
        Duplicate::Object => "Another resource already manages this grant.",
    };
    let detail = format!(
        "A secret has one grant per grantee, but the grant `{key}` is declared twice. {other} Remove one of the two \
         resource blocks. If a resource was renamed, remove the old block, or add a `moved` block."
    );
    Diagnostic::error("Grant declared twice", detail)
}

/// Warning: two blocks in the state have the same key.
pub(super) fn declared_by_both(key: &str) -> Diagnostic {
    let detail = format!(
        "A secret has one grant per grantee, but two resources in the state manage the grant `{key}`. Remove one of \
         the two resource blocks. The grant is not revoked as long as the other block remains."
    );
    Diagnostic::warning("Grant managed by two resources", detail)
}

/// Warning: one block for the grant is destroyed, and another declares it. Given once per plan.
pub(super) fn handover(key: &str) -> Diagnostic {
    let detail = format!(
        "This plan destroys one resource for the grant `{key}`, but another resource keeps or creates the same grant. \
         Applying the plan does not revoke the grant, so access is not interrupted. If the two resources have \
         different expiration dates, the apply updates the expiry. If the plan is applied in a different directory, \
         access may be interrupted. This warning covers all affected grants in the plan; `hwgrants review` lists \
         them. Add a `moved` block for each renamed resource."
    );
    Diagnostic::warning("Grants move to other resources", detail)
}

/// Warning: the same, but the apply has no record of the plan. Given for each grant.
pub(super) fn handover_may_interrupt(key: &str) -> Diagnostic {
    let detail = format!(
        "This plan destroys one resource for the grant `{key}`, but another resource keeps or creates the same grant. \
         Because this plan is not recorded on disk, applying it might revoke and re-create the grant, which \
         interrupts access. If the resource was renamed, add a `moved` block."
    );
    Diagnostic::warning("Access may be interrupted", detail)
}

/// Warning: the grant is replaced because part of its key is unknown until apply, and the key may turn out unchanged.
pub(super) fn access_interrupted_by_unknown(key: &str) -> Diagnostic {
    let detail = format!(
        "This plan replaces the grant `{key}`, because some of the attributes that identify it are known only after \
         apply. If their values turn out to be unchanged, the same grant is deleted and re-created, which briefly \
         interrupts access. To avoid the interruption, set `create_before_destroy = true` in the `lifecycle` block."
    );
    Diagnostic::warning("Access may be interrupted", detail)
}

/// Warning: the grant to create already exists. `is_safe` is whether the apply has a record of the plan.
pub(super) fn already_in_the_cloud(
    location: &ProjectLocation,
    key: &GrantKey,
    is_safe: bool,
) -> Diagnostic {
    let ProjectLocation { region, project_id } = location;
    let renamed = if is_safe {
        "apply the plan"
    } else {
        "add a `moved` block, because this plan is not recorded on disk"
    };
    let detail = format!(
        "The grant `{key}` already exists. If the resource was renamed, {renamed}. If the grant was created outside \
         of Terraform with the configured expiry, apply the plan. If another Terraform configuration manages the \
         grant, replace the resource block in that configuration with a `removed` block that sets `destroy = false`, \
         and add an `import` block with the ID `{region}/{project_id}/{key}` to this configuration, in either order. \
         Without these steps, destroying the resource in the other configuration revokes the grant."
    );
    Diagnostic::warning("Grant already exists", detail)
}
