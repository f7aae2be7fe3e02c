//! What a finding is about, wherever it is declared: by this, the findings of two reviews are compared.

use std::collections::BTreeSet;

use super::evaluation::Finding;
use super::fact::FindingFact;
use crate::access::net::row::{Party, Row};
use crate::plan_json::value::PlanValue;
use crate::review::grant::{PlannedGrant, PlannedGrantKey};

/// An access, or for a finding that is about none, what else it is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// Who has it; empty for a finding that is not about an access.
    pub grantee: String,
    /// What it is to; the address for a finding that is not about an access.
    pub resource: String,
    /// How much it is, without dates; empty if it has no level.
    pub level: String,
}

impl Finding {
    /// What it is about; `None` if the plan does not show all of it, so that it cannot be compared.
    #[must_use]
    pub fn subjects(&self) -> Option<BTreeSet<Subject>> {
        let one = |subject: Subject| Some(BTreeSet::from([subject]));
        match &self.fact {
            FindingFact::NoEnd(grant)
            | FindingFact::EndTooFar { grant, .. }
            | FindingFact::EndsSoon { grant, .. }
            | FindingFact::ExpiredDeclared { grant, .. }
            | FindingFact::GroupGrant(grant)
            | FindingFact::LastGrantee(grant)
            | FindingFact::DeclaredTwice { grant, .. }
            | FindingFact::CoveredByGroup { grant, .. }
            | FindingFact::RevokesDeclared { grant, .. }
            | FindingFact::RevokedButCovered { grant, .. }
            | FindingFact::NoReason(grant)
            | FindingFact::OtherProject { grant, .. }
            | FindingFact::NewDelegation(grant)
            | FindingFact::SecretGroup(grant)
            | FindingFact::UserAndGroup { grant, .. }
            | FindingFact::DelegationStays(Some(grant)) => one(of_grant(grant)?),
            FindingFact::Access(rows) | FindingFact::Asserted { rows, .. } => {
                rows.iter().map(|row| of_row(row)).collect()
            }
            FindingFact::DelegationStays(None) => one(self.of_address(String::new())),
            FindingFact::MissingArgument { argument, .. } => {
                one(self.of_address((*argument).to_owned()))
            }
            FindingFact::NotReviewed(changes) => {
                let changes = changes.iter();
                let changes =
                    changes.map(|change| self.of_address(format!("{:?}", change.operation)));
                Some(changes.collect())
            }
            FindingFact::NotUnderstood(reasons) => {
                let reasons = reasons.iter();
                let reasons = reasons.map(|unread| self.of_address(unread.reason.to_string()));
                Some(reasons.collect())
            }
            FindingFact::Renamed { from, .. } => one(self.of_address(from.to_string())),
            FindingFact::MovedBetweenStates(moved) => one(self.of_address(moved.from.clone())),
        }
    }

    /// The subject of a finding that is about the block and not about an access.
    fn of_address(&self, level: String) -> Subject {
        Subject {
            grantee: String::new(),
            resource: self.address.to_string(),
            level,
        }
    }
}

/// The access that a grant gives.
fn of_grant(grant: &PlannedGrant) -> Option<Subject> {
    let known = |value: &PlanValue| match value {
        PlanValue::Known(text) => Some(text.to_string()),
        PlanValue::Null | PlanValue::Unknown | PlanValue::Sensitive => None,
    };
    let level = "use".to_owned();
    Some(match &grant.key {
        PlannedGrantKey::Csms {
            secret,
            grantee_type,
            grantee_id,
        } => Subject {
            grantee: format!("{} {}", known(grantee_type)?, known(grantee_id)?),
            resource: format!(
                "{} {}",
                known(&secret.resource_type)?,
                known(&secret.resource_id)?
            ),
            level,
        },
        PlannedGrantKey::RepoKms { region, tenant_id } => Subject {
            grantee: "service CodeArts Repo".to_owned(),
            resource: format!("account {} in {}", known(tenant_id)?, known(region)?),
            level,
        },
    })
}

/// The access of a row.
fn of_row(row: &Row) -> Option<Subject> {
    let known = |party: &Party| {
        let is_shown = !party.is_unknown && !party.is_sensitive;
        is_shown.then(|| party.text().to_owned())
    };
    let level = row.level.to_string();
    row.has_known_level().then_some(())?;
    Some(Subject {
        grantee: known(&row.grantee)?,
        resource: known(&row.resource)?,
        level,
    })
}
