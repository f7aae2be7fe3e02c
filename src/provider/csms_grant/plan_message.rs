//! The diagnostics of plans in which several blocks have the same key.

use crate::cloud::ProjectLocation;
use crate::framework::Diagnostic;
use crate::provider::grant_key::GrantKey;
use crate::run_record::Duplicate;

/// Error: two blocks of a plan have the same key, and at least one of them is created.
pub(super) fn declared_by_two(key: &str, twin: Duplicate) -> Diagnostic {
    let other = match twin {
        Duplicate::Creation => {
            "Two blocks of this plan declare it, and at least one of them is to be created."
        }
        Duplicate::Object => "Another block that remains in the state declares it, too.",
    };
    let detail = format!(
        "A secret has one grant per grantee, and `{key}` is declared twice. {other} Remove one of the blocks. If a block was \
         renamed, remove the old one, or add a `moved` block."
    );
    Diagnostic::error("Grant declared twice", detail)
}

/// Warning: two blocks in the state have the same key.
pub(super) fn declared_by_both(key: &str) -> Diagnostic {
    let detail = format!(
        "A secret has one grant per grantee, and two blocks in the state manage `{key}`. Remove one of the blocks. The grant is \
         not revoked while the other block remains."
    );
    Diagnostic::warning("Grant managed by two blocks", detail)
}

/// Warning: one block for the grant is destroyed, and another declares it. Given once per plan.
pub(super) fn handover(key: &str) -> Diagnostic {
    let detail = format!(
        "One block for `{key}` is destroyed, and another block keeps or creates it. Access continues: the apply sends nothing \
         but a changed expiry. The same applies to every such grant in this plan; `hwgrants review` lists them. If the plan is \
         applied in another folder, access may be interrupted. Add a `moved` block for each renamed block."
    );
    Diagnostic::warning("Grants pass to other blocks", detail)
}

/// Warning: the same, but the apply has no record of the plan. Given for each grant.
pub(super) fn handover_may_interrupt(key: &str) -> Diagnostic {
    let detail = format!(
        "One block for `{key}` is destroyed, and another block keeps or creates it. The apply has no record of the plan, so \
         access may be interrupted. If a block was renamed, add a `moved` block."
    );
    Diagnostic::warning("Access may be interrupted", detail)
}

/// Warning: the grant is replaced because part of its key is unknown until apply, and the key may turn out unchanged.
pub(super) fn access_interrupted_by_unknown(key: &str) -> Diagnostic {
    let detail = format!(
        "`{key}` is replaced, because part of its key is known only after apply. If that value turns out unchanged, the grant \
         is deleted and re-created, and access is briefly interrupted. To avoid this, set `create_before_destroy = true` in \
         the `lifecycle` block."
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
        "add a `moved` block, because the apply has no record of the plan"
    };
    let detail = format!(
        "`{key}` already exists. If a block for it was renamed, {renamed}. If it was created outside of Terraform as configured, \
         apply the plan. If another Terraform configuration manages it, replace the block there by a `removed` block with \
         `destroy = false`, and add an `import` block with the id `{region}/{project_id}/{key}` here, in either order. \
         Otherwise, destroying the other block revokes this grant."
    );
    Diagnostic::warning("Grant already exists", detail)
}
