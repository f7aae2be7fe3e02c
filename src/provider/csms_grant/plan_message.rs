//! The diagnostics of plans that concern more than one block.

use crate::cloud::Place;
use crate::framework::Diagnostic;
use crate::provider::grant_key::GrantKey;
use crate::run_record::Twin;

/// Two blocks of a plan have one key, and at least one of them is to be created.
pub(super) fn declared_by_two(key: &str, twin: Twin) -> Diagnostic {
    let other = match twin {
        Twin::Creation => {
            "Two blocks of this plan declare it, and one of them or both are to be created."
        }
        Twin::Object => "Another block that is in the state declares it too, and stays.",
    };
    let detail = format!(
        "A secret has one grant per grantee, and `{key}` is declared twice. {other} Remove one of the blocks. If a block was \
         renamed, remove the old one, or add a `moved` block."
    );
    Diagnostic::error("Grant declared twice", detail)
}

/// Two blocks that are in the state have one key.
pub(super) fn declared_by_both(key: &str) -> Diagnostic {
    let detail = format!(
        "A secret has one grant per grantee, and two blocks in the state manage `{key}`. Remove one of them: as long as the \
         other one stays, the grant is not revoked."
    );
    Diagnostic::warning("Grant managed by two blocks", detail)
}

/// One block of a plan gives a grant up, and another one declares it: the first grant of a plan that does so.
pub(super) fn passing(key: &str) -> Diagnostic {
    let detail = format!(
        "The plan destroys a block and keeps or creates another one with the same key: `{key}`. Access continues: nothing is \
         sent but a change of the expiry. This holds for every such grant of the plan, as `hwgrants review` lists them, if the \
         plan is applied in this folder; elsewhere, access may be interrupted. If blocks were renamed, add `moved` blocks."
    );
    Diagnostic::warning("Grants pass to other blocks", detail)
}

/// The same, where the apply will know nothing of the plan.
pub(super) fn passing_may_interrupt(key: &str) -> Diagnostic {
    let detail = format!(
        "The plan destroys a block and keeps or creates another one with the same key: `{key}`. There is no record of the \
         plan for the apply, so access may be interrupted. If a block was renamed, add a `moved` block."
    );
    Diagnostic::warning("Access may be interrupted", detail)
}

/// A grant is replaced because an id is not known yet, which may turn out to be the same.
pub(super) fn access_interrupted_by_unknown(key: &str) -> Diagnostic {
    let detail = format!(
        "`{key}` is replaced, because an attribute of its key is known only after apply. If the attribute turns out unchanged, \
         the grant is deleted and created again, and access is interrupted until then. Set `create_before_destroy = true` in \
         the `lifecycle` block: then the grant is left as it is."
    );
    Diagnostic::warning("Access may be interrupted", detail)
}

/// A grant that is to be created exists; `is_safe` if the apply will know the plan.
pub(super) fn already_in_the_cloud(place: &Place, key: &GrantKey, is_safe: bool) -> Diagnostic {
    let Place { region, project_id } = place;
    let renamed = if is_safe {
        "apply"
    } else {
        "add a `moved` block, because there is no record of the plan for the apply"
    };
    let detail = format!(
        "`{key}` already exists. If this plan destroys a renamed block with the same key, {renamed}. If the grant was created \
         outside of Terraform as configured, apply. If another Terraform configuration manages it, move it, in any order: \
         there, replace its block by a `removed` block with `destroy = false`; here, add an `import` block with the id \
         `{region}/{project_id}/{key}`. Otherwise destroying it there revokes it here."
    );
    Diagnostic::warning("Grant already exists", detail)
}
