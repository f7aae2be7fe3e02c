//! What a rule has found at one block, and what it says about all of its findings.

use super::super::access as accesses;
use super::super::grant::{access, grantee};
use super::super::unreviewed::operation;
use crate::plan_json::plan::{NotReviewed, Part, PlannedOperation};
use crate::plan_json::state_name::split_address;
use crate::review::change::StepOutcome;
use crate::review::finding::{DatedExpiry, Finding, FindingFact, StateMove};
use crate::review::grant::PlannedGrant;
use crate::text;

/// A finding in sentences, cleaned for printing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FindingText {
    /// What is found at this block.
    pub what: String,
    /// Why it matters and what to do. Findings of one rule mostly have it in common, and reports show it once for all of
    /// them. May be empty.
    pub advice: String,
}

impl FindingText {
    /// What is found, and what to do about it.
    pub(in crate::review::phrasing) fn new(what: String, advice: &str) -> Self {
        Self {
            what,
            advice: advice.to_owned(),
        }
    }

    /// The finding in words.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        match &finding.fact {
            FindingFact::NoEnd(grant) => Self::new(
                format!("The grant gives {} and never expires.", access(grant)),
                "Access without an expiration date often outlives its purpose. Set `validity_time` to the last day the \
                 access is needed.",
            ),
            FindingFact::EndTooFar {
                grant,
                expiry: DatedExpiry { on, today, days },
                max_days,
            } => Self::new(
                format!(
                    "The grant gives {} until {on}, {days} days after {today}, but the policy allows at most {max_days} days.",
                    access(grant)
                ),
                "Long-lived access often outlives its purpose. Set `validity_time` to an earlier date, and extend the grant \
                 later if needed.",
            ),
            FindingFact::EndsSoon { grant, expiry } => ends_soon(grant, expiry),
            FindingFact::ExpiredDeclared { grant, expiry } => Self::new(
                format!(
                    "The grant gave {} until {} and has expired, but the block still declares it.",
                    access(grant),
                    expiry.on
                ),
                "Remove the block or, if the access is still needed, set `validity_time` to a later date.",
            ),
            FindingFact::GroupGrant(grant) => Self::new(
                format!("The grant gives {}.", access(grant)),
                "All current and future members of the group get this access, and the plan does not show who they are. \
                 Grant access to individual users instead, or restrict the group's membership.",
            ),
            FindingFact::LastGrantee(grant) => Self::new(
                format!(
                    "Removing this block revokes a grant that gives {}, and the plan contains no other `csms_grant` on this \
                     secret or secret group.",
                    access(grant)
                ),
                "Workloads that rely on this grant will lose access. Make sure that they no longer need access, or give them \
                 access another way.",
            ),
            FindingFact::DeclaredTwice { grant, others } => declared_twice(grant, others),
            FindingFact::RevokesDeclared { grant, others } => Self::new(
                format!(
                    "The plan destroys a grant that gives {} and is also declared at {}. The service has the grant only once, so \
                     destroying it here revokes the access.",
                    access(grant),
                    addresses(others)
                ),
                "Remove this block from the state with a `removed` block that sets `destroy = false`.",
            ),
            FindingFact::CoveredByGroup {
                grant,
                group,
                group_address,
            } => Self::new(
                format!(
                    "The grant gives {}, and `{}` gives {} the same access for at least as long.",
                    access(grant),
                    text::line(group_address),
                    grantee(group)
                ),
                "If the user is a member of the group, they keep this access after their own grant expires or is revoked. In \
                 that case, keep only one of the two grants.",
            ),
            FindingFact::RevokedButCovered {
                grant,
                group,
                group_address,
            } => Self::new(
                format!(
                    "The plan revokes the grant that gives {}, but `{}` gives {} the same access.",
                    access(grant),
                    text::line(group_address),
                    grantee(group)
                ),
                "If the user is a member of the group, they keep this access. To end it, remove the user from the group as \
                 well.",
            ),
            FindingFact::NoReason(grant) => Self::new(
                format!("The grant gives {}, but has no `reason`.", access(grant)),
                "Without a reason, later reviewers cannot tell whether the grant is still needed. Set `reason`, for example to \
                 a ticket number.",
            ),
            FindingFact::DelegationStays(grant) => {
                let access = grant
                    .as_deref()
                    .map(|grant| format!("The grant gives {}.", access(grant)));
                Self {
                    what: access.unwrap_or_default(),
                    advice: format!(
                        "Destroying the resource does not revoke the delegation. Terraform removes the delegation from the \
                         state and stops managing it. {STAYS}"
                    ),
                }
            }
            FindingFact::OtherProject {
                grant,
                project,
                provider_project,
            } => Self::new(
                format!(
                    "The grant gives {} in project {}, but the provider uses project {}.",
                    access(grant),
                    text::line(project),
                    text::line(provider_project)
                ),
                "`project_id` may have been copied from another configuration by mistake. Remove `project_id`, or use a \
                 provider configuration for the grant's project.",
            ),
            FindingFact::MissingArgument {
                argument,
                outcome,
                held,
            } => missing_argument(argument, *outcome, held.as_deref()),
            FindingFact::NotReviewed(changes) => not_reviewed(changes),
            FindingFact::NotUnderstood(reasons) => accesses::not_understood(reasons),
            FindingFact::Access(rows) => accesses::finding(finding.rule, rows),
            FindingFact::Asserted {
                assertion,
                rows,
                is_certain,
            } => accesses::violation(assertion, rows, *is_certain),
            FindingFact::NewDelegation(grant) => Self {
                what: format!("The grant gives {}.", access(grant)),
                advice: format!(
                    "The delegation applies to the whole account in this region: CodeArts Repo can use the KMS keys to encrypt \
                     and decrypt repositories. Terraform cannot revoke it. {STAYS} Create it only if the whole account should \
                     have it."
                ),
            },
            FindingFact::SecretGroup(grant) => Self::new(
                format!("The grant gives {}.", access(grant)),
                "The grantee can use all secrets of the group, including secrets that are added to the group later. Grant \
                 access to the individual secrets instead, or restrict who may add secrets to the group.",
            ),
            FindingFact::UserAndGroup { grant, others } => Self::new(
                format!(
                    "The grant gives {}, but {} uses the same ID with the other `grantee_type`.",
                    access(grant),
                    addresses(others)
                ),
                "An ID belongs either to a user or to a group, so one of these grants has no valid grantee. Correct \
                 `grantee_type` or `grantee_target_id`.",
            ),
            FindingFact::MovedBetweenStates(moved) => moved_between_states(moved),
            FindingFact::Renamed { from, to } => {
                let [from, to] = [from, to].map(|address| text::line(split_address(address).1));
                Self::new(
                    format!(
                        "The plan destroys the grant at `{from}` and creates it again at `{to}`. Access may be interrupted if \
                         the plan is applied in a different directory. Add this block to the root module: `moved {{ from = \
                         {from}, to = {to} }}`, with `from` and `to` on lines of their own."
                    ),
                    "",
                )
            }
        }
    }

    /// All of it.
    #[must_use]
    pub fn message(&self) -> String {
        let parts = [self.what.as_str(), &self.advice];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(" ")
    }
}

fn moved_between_states(moved: &StateMove) -> FindingText {
    let StateMove {
        from,
        to,
        import_id,
        is_grant,
        is_exclusive,
        is_forgotten,
        has_failed_plan,
    } = moved;
    let (old_state, old) = split_address(from);
    let (new_state, new) = split_address(to);
    let (old_state, new_state) = (old_state.unwrap_or_default(), new_state.unwrap_or_default());
    let (old, new) = (text::line(old), text::line(new));
    let wrong_order = if *is_exclusive {
        "its apply fails because the grant already exists with a different expiry".to_owned()
    } else {
        format!("applying `{old_state}` afterwards revokes the access for both states")
    };
    let remove = if old.ends_with(']') {
        // A key may have the quotation mark of a shell.
        let quoted = old.replace('\'', "'\\''");
        format!("remove the resource from the state with `terraform state rm '{quoted}'`")
    } else {
        format!(
            "replace the block with a `removed` block with `from = {old}` and, in its `lifecycle` block, `destroy = false`"
        )
    };
    let id = import_id.as_deref();
    let id = id.map_or_else(|| "ID".to_owned(), text::line);
    let import = format!("add an `import` block with `to = {new}` and `id = \"{id}\"`");
    if *is_forgotten {
        return FindingText::new(
            format!(
                "The plan of the state `{old_state}` removes `{old}` from the state without revoking the grant, and the plan of the \
                 state `{new_state}` creates the grant at `{new}` with a different expiry. Applying it fails because the grant \
                 already exists. In `{new_state}`, {import}."
            ),
            "",
        );
    }
    let order = if *has_failed_plan {
        format!(
            "correct the plan of `{old_state}`, for which planning failed, and apply it before `{new_state}`"
        )
    } else {
        format!("apply `{old_state}` first")
    };
    if !*is_grant {
        return FindingText::new(
            format!(
                "The plan of the state `{old_state}` revokes access at `{old}`, and the plan of the state `{new_state}` grants the same \
                 access at `{new}`. If `{old_state}` is applied first, access is interrupted until `{new_state}` is applied. If \
                 `{new_state}` is applied first, {wrong_order}. To keep the access, {order}. To move the whole resource without \
                 interrupting access, remove it from the state `{old_state}` with a `removed` block that sets `destroy = false`, \
                 and import it into `{new_state}`."
            ),
            "",
        );
    }
    FindingText::new(
        format!(
            "The plan of the state `{old_state}` destroys `{old}`, and the plan of the state `{new_state}` creates the same \
             access at `{new}`. If `{old_state}` is applied first, access is interrupted until `{new_state}` is applied. If \
             `{new_state}` is applied first, {wrong_order}. To keep the access and apply in any order: in `{old_state}`, \
             {remove}; in `{new_state}`, {import}. Otherwise, {order}."
        ),
        "",
    )
}

fn ends_soon(grant: &PlannedGrant, expiry: &DatedExpiry) -> FindingText {
    let DatedExpiry { on, today, days } = expiry;
    let when = match days {
        0 => "the reference date of this review".to_owned(),
        1 => format!("1 day after {today}"),
        days => format!("{days} days after {today}"),
    };
    FindingText::new(
        format!("The grant gives {} until {on}, {when}.", access(grant)),
        "If the access is still needed, set `validity_time` to a later date. Otherwise, remove the grant from the configuration after it expires.",
    )
}

fn declared_twice(grant: &PlannedGrant, others: &[String]) -> FindingText {
    let why = if grant.key.is_revocable() {
        "These blocks manage the same grant and overwrite each other's expiry"
    } else {
        "If one of these blocks is removed, the plan appears to revoke the delegation, although another block still declares it"
    };
    FindingText {
        what: format!(
            "The grant gives {} and is also declared at {}.",
            access(grant),
            addresses(others)
        ),
        advice: format!(
            "{why}. Keep one block, and remove the others from the state with `removed` blocks that set `destroy = false`."
        ),
    }
}

/// How to revoke a delegation that remains in effect.
pub const STAYS: &str = "Huawei Cloud has no API to revoke the delegation. To revoke it, delete the CodeArts Repo \
                         agency in the console under Identity and Access Management > Agencies.";

/// `held` is the grant that the block has now, if any.
fn missing_argument(
    argument: &str,
    outcome: StepOutcome,
    held: Option<&PlannedGrant>,
) -> FindingText {
    let applying = match (outcome, held) {
        (StepOutcome::RevokesAndFails, Some(held)) => format!(
            "Applying the plan revokes the current grant, which gives {}, and then fails",
            access(held)
        ),
        (StepOutcome::Fails, Some(held)) => format!(
            "Applying the plan fails at this block. The current grant, which gives {}, remains in effect",
            access(held)
        ),
        (StepOutcome::RevokesAndFails | StepOutcome::Fails, None) => {
            "Applying the plan fails at this block".to_owned()
        }
        (StepOutcome::Nothing, _) => {
            "The value is already null in the state, and the plan does not change the block"
                .to_owned()
        }
    };
    FindingText {
        what: format!("`{argument}` is required, but its value is null. {applying}."),
        advice: format!("Set `{argument}`, or remove the block."),
    }
}

/// The changes of one block, which are at least one.
fn not_reviewed(changes: &[NotReviewed]) -> FindingText {
    let mut operations: Vec<String> = changes.iter().map(operation).collect();
    operations.dedup();
    let operations = operations.join("; ");
    let name = changes
        .first()
        .map(|change| text::line(&change.type_name))
        .unwrap_or_default();
    if changes.iter().all(|change| change.part == Part::Deferred) {
        return FindingText::new(
            format!("The change is deferred to a later plan ({operations})."),
            "Review that plan as well.",
        );
    }
    let is_invoked = |change: &NotReviewed| change.operation == PlannedOperation::Invoke;
    if changes.iter().all(is_invoked) {
        return FindingText::new(
            format!("The plan invokes the action `{name}`, which can revoke access."),
            "Review the arguments listed in this report.",
        );
    }
    FindingText::new(
        format!(
            "This version of `hwgrants` has no rules for the resource type `{name}` ({operations})."
        ),
        "Review the attributes listed in this report, or review the plan with a version of `hwgrants` that supports the type.",
    )
}

/// Addresses in backticks.
fn addresses(addresses: &[String]) -> String {
    let addresses = addresses
        .iter()
        .map(|address| format!("`{}`", text::line(address)));
    addresses.collect::<Vec<_>>().join(", ")
}
