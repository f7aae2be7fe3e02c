//! The grants that a state declares, with their keys.
//!
//! Attributes are read only to be compared: of the values of a state, only the IDs of keys that are not sensitive and the
//! expiry of grants are printed, and none is put into an error.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use super::grant::{Delegation, LiveGrantKey};
use crate::cloud::{
    DomainId, GranteeId, GranteeType, InvalidId, ProjectId, ProjectLocation, Region, ResourceId,
    ResourceType,
};
use crate::plan_json::StateName;
use crate::plan_json::grant_type::{GrantType, attribute};
use crate::plan_json::state::{Error, State, StateGrant};
use crate::plan_json::value::PlanValue;

/// The grants that one state declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeclaredState {
    /// Its name, if it was given one.
    pub name: Option<StateName>,
    /// The grants, in the state's order.
    pub declared: Vec<DeclaredGrant>,
    /// Grants whose region or project is empty text, which means the provider's own.
    pub(super) unlocated: Vec<StateGrant>,
    /// The names of the blocks in the root module, which new blocks beside them must not take.
    pub names: BTreeSet<String>,
}

/// A grant that a state holds, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredGrant {
    /// The address of its block, in the state of this name if it has one; cleaned.
    pub address: String,
    /// The grant.
    pub grant: Declared,
    /// Its expiration date.
    pub expiry: DeclaredExpiry,
    /// When it was created, if the state shows it.
    pub created_at: Option<Timestamp>,
    /// Whether its IDs may not be printed.
    pub is_sensitive: bool,
    /// Whether another object has replaced it, and it is still to be destroyed.
    pub is_deposed: bool,
}

/// The expiry that a state declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeclaredExpiry {
    /// It never expires.
    None,
    /// The last day of access.
    On(Date),
    /// It has an expiry that is not a date.
    Unclear,
}

/// The terms that identify a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declared {
    /// Use of a secret, or of a secret group.
    Secret {
        /// Where it lives.
        location: ProjectLocation,
        /// Secret or secret group.
        resource_type: ResourceType,
        /// The secret, or secret group.
        resource_id: ResourceId,
        /// User or user group.
        grantee_type: GranteeType,
        /// Who receives access.
        grantee_id: GranteeId,
    },
    /// Use of an account's keys by CodeArts Repo.
    Delegation(Delegation),
}

impl Declared {
    /// Its key.
    #[must_use]
    pub fn key(&self) -> LiveGrantKey {
        match self {
            Self::Secret {
                location,
                resource_id,
                grantee_id,
                ..
            } => LiveGrantKey::Secret {
                location: location.clone(),
                resource_id: resource_id.clone(),
                grantee_id: grantee_id.clone(),
            },
            Self::Delegation(delegation) => LiveGrantKey::Delegation(delegation.clone()),
        }
    }
}

impl DeclaredState {
    /// Reads the output of `terraform show -json` for a state, or a state file.
    ///
    /// # Errors
    /// If it is something else, is truncated, or holds a grant whose key is incomplete.
    pub fn read(json: &[u8]) -> Result<Self, Error> {
        let State { grants, root_names } = State::read(json)?;
        let (unlocated, located): (Vec<_>, Vec<_>) = grants.into_iter().partition(is_unlocated);
        Ok(Self {
            name: None,
            declared: located.iter().map(declared).collect::<Result<_, _>>()?,
            unlocated,
            names: root_names,
        })
    }

    /// The same state with this name, also in its addresses. Call it last: grants that are located later would lack the name.
    #[must_use]
    pub fn named(mut self, name: &StateName) -> Self {
        for grant in &mut self.declared {
            grant.address = name.qualify(&grant.address);
        }
        self.name = Some(name.clone());
        self
    }

    /// Whether it holds grants without region or project.
    #[must_use]
    pub fn is_unlocated(&self) -> bool {
        !self.unlocated.is_empty()
    }

    /// The same state, with this region and project where a grant has empty text.
    ///
    /// # Errors
    /// A grant whose key is incomplete.
    pub fn with_location(mut self, location: &ProjectLocation) -> Result<Self, Error> {
        for mut grant in std::mem::take(&mut self.unlocated) {
            let attributes = &mut grant.attributes;
            attributes.fill_empty(attribute::REGION, location.region.as_str());
            attributes.fill_empty(attribute::PROJECT_ID, location.project_id.as_str());
            self.declared.push(declared(&grant)?);
        }
        Ok(self)
    }
}

fn is_unlocated(grant: &StateGrant) -> bool {
    let located_by = [attribute::REGION, attribute::PROJECT_ID];
    let mut located_by = located_by.into_iter();
    located_by.any(|name| grant.attributes.is_empty_text(name))
}

/// The grant, its address and its expiry.
fn declared(grant: &StateGrant) -> Result<DeclaredGrant, Error> {
    let deposed = if grant.is_deposed { " (deposed)" } else { "" };
    Ok(DeclaredGrant {
        address: format!("{}{deposed}", grant.address),
        grant: terms(grant)?,
        expiry: match grant.attributes.value(attribute::VALIDITY_TIME) {
            PlanValue::Null => DeclaredExpiry::None,
            PlanValue::Known(text) if text.is_empty() => DeclaredExpiry::None,
            PlanValue::Known(text) => text
                .parse()
                .map_or(DeclaredExpiry::Unclear, DeclaredExpiry::On),
            PlanValue::Unknown | PlanValue::Sensitive => DeclaredExpiry::Unclear,
        },
        created_at: match grant.attributes.value(attribute::CREATE_TIME) {
            PlanValue::Known(text) => text.parse().ok(),
            PlanValue::Null | PlanValue::Unknown | PlanValue::Sensitive => None,
        },
        is_sensitive: grant.is_sensitive,
        is_deposed: grant.is_deposed,
    })
}

/// The IDs of its key.
fn terms(grant: &StateGrant) -> Result<Declared, Error> {
    let region = id(grant, attribute::REGION, Region::new)?;
    Ok(match grant.grant_type {
        GrantType::RepoKmsGrant => Declared::Delegation(Delegation {
            region,
            // Empty text means the provider's account, which is the resource's own id.
            tenant_id: match grant.attributes.is_empty_text(attribute::TENANT_ID) {
                true => id(grant, attribute::ID, DomainId::new)
                    .map_err(|_| missing(grant, attribute::TENANT_ID))?,
                false => id(grant, attribute::TENANT_ID, DomainId::new)?,
            },
        }),
        GrantType::CsmsGrant => Declared::Secret {
            location: ProjectLocation {
                region,
                project_id: id(grant, attribute::PROJECT_ID, ProjectId::new)?,
            },
            resource_type: word(grant, attribute::TYPE, ResourceType::parse)?,
            resource_id: id(grant, attribute::RESOURCE_ID, ResourceId::new)?,
            grantee_type: word(grant, attribute::GRANTEE_TYPE, GranteeType::parse)?,
            grantee_id: id(grant, attribute::GRANTEE_TARGET_ID, GranteeId::new)?,
        },
    })
}

fn id<T>(
    grant: &StateGrant,
    name: &'static str,
    parse: impl Fn(String) -> Result<T, InvalidId>,
) -> Result<T, Error> {
    word(grant, name, |text| parse(text.to_owned()).ok())
}

fn word<T>(
    grant: &StateGrant,
    name: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, Error> {
    let parsed = match grant.attributes.value(name) {
        PlanValue::Known(text) => parse(&text),
        PlanValue::Null | PlanValue::Unknown | PlanValue::Sensitive => None,
    };
    parsed.ok_or_else(|| missing(grant, name))
}

fn missing(grant: &StateGrant, attribute: &'static str) -> Error {
    Error::NoKey {
        address: grant.address.clone(),
        attribute,
    }
}

#[cfg(test)]
mod tests;
