//! Findings in words.

use super::grant::{access, grantee};
use super::unreviewed::operation;
use crate::plan_json::plan::{NotReviewed, Part};
use crate::plan_json::state_name::split_address;
use crate::review::change::StepOutcome;
use crate::review::finding::{DatedExpiry, Finding, FindingFact, StateMove};
use crate::review::grant::PlannedGrant;
use crate::review::policy::{StaleWaiver, Waiver};
use crate::review::rule::Rule;
use crate::text;

/// What a rule has found, why it matters and what to do; in sentences, cleaned for printing.
#[must_use]
pub fn message(finding: &Finding) -> String {
    match &finding.fact {
        FindingFact::NoEnd(grant) => format!(
            "The grant gives {} and never expires. Access without an expiration date often outlives its \
             purpose. Set `validity_time` to the last day the access is needed.",
            access(grant)
        ),
        FindingFact::EndTooFar {
            grant,
            expiry: DatedExpiry { on, today, days },
            max_days,
        } => format!(
            "The grant gives {} until {on}, {days} days after {today}, but the policy allows at most {max_days} days. \
             Long-lived access often outlives its purpose. Set `validity_time` to an earlier date, and extend the grant \
             later if needed.",
            access(grant)
        ),
        FindingFact::EndsSoon { grant, expiry } => ends_soon(grant, expiry),
        FindingFact::ExpiredDeclared { grant, expiry } => format!(
            "The grant gave {} until {} and has expired, but the block still declares it. Remove the block or, if the \
             access is still needed, set `validity_time` to a later date.",
            access(grant),
            expiry.on
        ),
        FindingFact::GroupGrant(grant) => format!(
            "The grant gives {}. All current and future members of the group get this access, and the plan does not \
             show who they are. Grant access to individual users instead, or restrict the group's membership.",
            access(grant)
        ),
        FindingFact::LastGrantee(grant) => format!(
            "Removing this block revokes a grant that gives {}, and the plan contains no other `csms_grant` on this \
             secret or secret group. Workloads that rely on this grant will lose access. Make sure that they no longer \
             need access, or give them access another way.",
            access(grant)
        ),
        FindingFact::DeclaredTwice { grant, others } => declared_twice(grant, others),
        FindingFact::CoveredByGroup {
            grant,
            group,
            group_address,
        } => format!(
            "The grant gives {}, and `{}` gives {} the same access for at least as long. If the user is a member of \
             the group, revoking the user's grant does not remove the user's access. In that case, keep only one of the \
             two grants.",
            access(grant),
            text::line(group_address),
            grantee(group)
        ),
        FindingFact::NoReason(grant) => format!(
            "The grant gives {}, but has no `reason`. Without a reason, later reviewers cannot tell whether the grant is \
             still needed. Set `reason`, for example to a ticket number.",
            access(grant)
        ),
        FindingFact::DelegationStays(grant) => delegation_stays(grant.as_deref()),
        FindingFact::OtherProject {
            grant,
            project,
            provider_project,
        } => format!(
            "The grant gives {} in project {}, but the provider uses project {}. `project_id` may have been copied from \
             another configuration by mistake. Remove `project_id`, or use a provider configuration for the \
             grant's project.",
            access(grant),
            text::line(project),
            text::line(provider_project)
        ),
        FindingFact::MissingArgument {
            argument,
            outcome,
            held,
        } => missing_argument(argument, *outcome, held.as_deref()),
        FindingFact::NotReviewed(changes) => not_reviewed(changes),
        FindingFact::NotUnderstood(reasons) => super::access::not_understood(reasons),
        FindingFact::Access(rows) => super::access::message(finding.rule, rows),
        FindingFact::Asserted {
            assertion,
            rows,
            is_certain,
        } => super::access::violation(assertion, rows, *is_certain),
        FindingFact::NewDelegation(grant) => new_delegation(grant),
        FindingFact::SecretGroup(grant) => format!(
            "The grant gives {}. The grantee can use all secrets of the group, including secrets that are added to the group \
             later. Grant access to the individual secrets instead, or restrict who may add secrets to the group.",
            access(grant)
        ),
        FindingFact::UserAndGroup { grant, others } => user_and_group(grant, others),
        FindingFact::MovedBetweenStates(moved) => moved_between_states(moved),
        FindingFact::Renamed { from, to } => {
            let [from, to] = [from, to].map(|address| text::line(split_address(address).1));
            format!(
                "The plan destroys the grant at `{from}` and creates it again at `{to}`. Access may be interrupted, if the plan is \
                 applied in a different directory. Add this block to the root module: `moved {{ from = {from}, to = {to} }}`, \
                 with `from` and `to` on lines of their own."
            )
        }
    }
}

fn moved_between_states(moved: &StateMove) -> String {
    let StateMove {
        from,
        to,
        import_id,
        is_exclusive,
    } = moved;
    let (old_state, old) = split_address(from);
    let (new_state, new) = split_address(to);
    let (old_state, new_state) = (old_state.unwrap_or_default(), new_state.unwrap_or_default());
    let (old, new) = (text::line(old), text::line(new));
    let wrong_order = if *is_exclusive {
        "its apply fails because the grant exists"
    } else {
        "the destruction that follows revokes the access again"
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
    format!(
        "The plan of the state `{old_state}` destroys `{old}`, and the plan of the state `{new_state}` creates the same access at \
         `{new}`. If `{old_state}` is applied first, access is interrupted until `{new_state}` is applied. If `{new_state}` is \
         applied first, {wrong_order}. To keep the access and apply in any order: in `{old_state}`, {remove}; in `{new_state}`, add \
         an `import` block with `to = {new}` and `id = \"{id}\"`. Otherwise, apply `{old_state}` first."
    )
}

fn new_delegation(grant: &PlannedGrant) -> String {
    format!(
        "The grant gives {} and applies to the whole account in this region: CodeArts Repo can use the KMS keys to encrypt \
         and decrypt repositories. Terraform cannot revoke the delegation. {STAYS} Create it only if the whole account \
         should have it.",
        access(grant)
    )
}

fn user_and_group(grant: &PlannedGrant, others: &[String]) -> String {
    let others: Vec<String> = others
        .iter()
        .map(|address| format!("`{}`", text::line(address)))
        .collect();
    format!(
        "The grant gives {}, but {} uses the same ID with the other `grantee_type`. An ID belongs either to a user or to a \
         group, so one of these grants has no valid grantee. Correct `grantee_type` or `grantee_target_id`.",
        access(grant),
        others.join(", ")
    )
}

fn ends_soon(grant: &PlannedGrant, expiry: &DatedExpiry) -> String {
    let DatedExpiry { on, today, days } = expiry;
    let when = match days {
        0 => "the reference date of this review".to_owned(),
        1 => format!("1 day after {today}"),
        days => format!("{days} days after {today}"),
    };
    format!(
        "The grant gives {} until {on}, {when}. If the access is still needed, set `validity_time` to a later date. \
         Otherwise, remove the block after the grant expires.",
        access(grant)
    )
}

fn declared_twice(grant: &PlannedGrant, others: &[String]) -> String {
    let addresses = others
        .iter()
        .map(|address| format!("`{}`", text::line(address)));
    let addresses: Vec<String> = addresses.collect();
    let addresses = addresses.join(", ");
    let access = access(grant);
    let why = if grant.key.is_revocable() {
        "These blocks manage the same grant and overwrite each other's expiry"
    } else {
        "If one of these blocks is removed, the plan appears to revoke the delegation, although another block still declares it"
    };
    format!(
        "The grant gives {access} and is also declared at {addresses}. {why}. Keep one block, and remove the others from \
         the state with `removed` blocks that set `destroy = false`."
    )
}

fn delegation_stays(grant: Option<&PlannedGrant>) -> String {
    let access = grant.map(|grant| format!("The grant gives {}. ", access(grant)));
    let access = access.unwrap_or_default();
    format!(
        "{access}Destroying the resource does not revoke the delegation. Terraform removes the delegation from the state \
         and stops managing it. {STAYS}"
    )
}

/// How to revoke a delegation that remains in effect.
pub const STAYS: &str = "Huawei Cloud has no API to revoke the delegation. To revoke it, delete the CodeArts Repo \
                         agency in the console under Identity and Access Management > Agencies.";

/// `held` is the grant that the block has now, if any.
fn missing_argument(argument: &str, outcome: StepOutcome, held: Option<&PlannedGrant>) -> String {
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
    format!(
        "`{argument}` is required, but its value is null. {applying}. Set `{argument}`, or remove the block."
    )
}

/// The message for the changes of one block, which are at least one.
fn not_reviewed(changes: &[NotReviewed]) -> String {
    let mut operations: Vec<String> = changes.iter().map(operation).collect();
    operations.dedup();
    let operations = operations.join("; ");
    let name = changes
        .first()
        .map(|change| text::line(&change.type_name))
        .unwrap_or_default();
    if changes.iter().all(|change| change.part == Part::Deferred) {
        return format!(
            "The change is deferred to a later plan ({operations}). Review that plan as well."
        );
    }
    format!(
        "This version of `hwgrants` has no rules for the resource type `{name}` ({operations}). Review the attributes \
         listed in this report, or review the plan with a version of `hwgrants` that supports the type."
    )
}

/// Findings that a report shows as one: those of `not-reviewed` with one severity and one waiver, because their blocks
/// are listed elsewhere. All other findings are shown one by one.
#[derive(Clone, Copy, Debug)]
pub struct FindingGroup<'a> {
    /// The first of them.
    pub first: &'a Finding,
    /// How many there are.
    pub count: usize,
}

/// The findings as a report shows them, in the order of the first of each group.
#[must_use]
pub fn group<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<FindingGroup<'a>> {
    let mut groups: Vec<FindingGroup<'a>> = Vec::new();
    // The groups that more findings can join: as many as there are waivers.
    let mut open: Vec<usize> = Vec::new();
    for first in findings {
        if first.rule == Rule::NotReviewed {
            let is_alike = |other: &Finding| {
                (other.severity, &other.waiver, other.is_known)
                    == (first.severity, &first.waiver, first.is_known)
            };
            let alike = open.iter().find(|index| {
                let other = groups.get(**index);
                other.is_some_and(|other| is_alike(other.first))
            });
            if let Some(alike) = alike.and_then(|index| groups.get_mut(*index)) {
                alike.count += 1;
                continue;
            }
            open.push(groups.len());
        }
        groups.push(FindingGroup { first, count: 1 });
    }
    groups
}

impl FindingGroup<'_> {
    /// What the rule has found, and what to do.
    #[must_use]
    pub fn message(&self) -> String {
        match self.count {
            1 => message(self.first),
            count => format!(
                "Changes to {count} blocks were not reviewed, although their types can grant, change or revoke access. \
                 Review the changes listed as not reviewed in this report, or the `terraform show` output."
            ),
        }
    }

    /// How many blocks there are besides the first, in words; empty if there are none.
    #[must_use]
    pub fn more(&self) -> String {
        match self.count {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        }
    }
}

/// The block of a finding, and the attribute that is concerned.
#[must_use]
pub fn block(finding: &Finding) -> String {
    match finding.attribute {
        Some(attribute) => format!("{}, `{attribute}`", text::line(&finding.address)),
        None => text::line(&finding.address),
    }
}

/// What stands before the severity of a finding that does not count; empty for others.
#[must_use]
pub fn mark(finding: &Finding) -> &'static str {
    match (finding.is_waived(), finding.is_known) {
        (true, _) => "waived ",
        (false, true) => "known ",
        (false, false) => "",
    }
}

/// The heading of the findings that do not count.
#[must_use]
pub fn title_of_closed<'a>(findings: impl Iterator<Item = &'a Finding>) -> String {
    let (mut waived, mut known) = (0, 0);
    for finding in findings {
        if finding.is_waived() {
            waived += 1;
        } else {
            known += 1;
        }
    }
    match (waived, known) {
        (waived, 0) => format!("Waived findings ({waived})"),
        (0, known) => format!("Findings in the baseline ({known})"),
        (waived, known) => {
            format!("Waived findings ({waived}), findings in the baseline ({known})")
        }
    }
}

/// The waiver of a finding: until when, by whom and why; empty if there is none.
#[must_use]
pub fn waiver(finding: &Finding) -> String {
    let Some(Waiver {
        owner,
        reason,
        until,
        has_expired,
    }) = finding.waiver.as_deref()
    else {
        return String::new();
    };
    let until = if *has_expired {
        format!("expired (valid until {until})")
    } else {
        format!("until {until}")
    };
    format!("{until}, by {}: {}", text::line(owner), text::line(reason))
}

/// The heading for waivers to remove from the policy.
pub const STALE: &str = "Expired or unused waivers";

/// Why a waiver should be removed from the policy.
#[must_use]
pub fn stale_waiver(stale: &StaleWaiver) -> String {
    let (rule, until) = (stale.rule.id(), stale.waiver.until);
    let address = text::line(&stale.address);
    let why = match (stale.waiver.has_expired, stale.is_matched) {
        (true, true) => "has expired, but the finding is still open",
        (true, false) => "has expired and matches no finding. Remove the waiver",
        (false, _) => "matches no finding. Remove the waiver",
    };
    let owner = text::line(&stale.waiver.owner);
    format!("The waiver for `{rule}` at {address} (owner: {owner}, valid until {until}) {why}.")
}
