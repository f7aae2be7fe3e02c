//! A state as Terraform writes it in JSON: what of it is declared, and nothing more.
//!
//! Of each resource only the attributes that make up its key are read, and only to be compared: no value of a state is
//! printed, nor put into an error.
//!
//! Source: Terraform, JSON Output Format, "State Representation" and "Values Representation", format version 1.x; the
//! state file itself in its version 4, which all releases since 0.12 write.

mod error;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::grant::{Delegation, LiveGrantKey};
use crate::cloud::{
    DomainId, GranteeId, GranteeType, InvalidId, ProjectId, ProjectLocation, Region, ResourceId,
    ResourceType,
};
use crate::text;

pub use error::Error;

/// What one state declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeclaredState {
    /// The grants, in the state's order.
    pub declared: Vec<Declared>,
    /// Grants whose region or project is an empty text, which stands for the provider's.
    pub(super) unlocated: Vec<Unlocated>,
    /// The names of the blocks that stand in no module, which new blocks beside them must not bear.
    pub names: BTreeSet<String>,
}

/// A grant that a state holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declared {
    /// Use of a secret, or of a group of secrets.
    Secret {
        /// Where it lives.
        place: ProjectLocation,
        /// Secret or group of secrets.
        resource_type: ResourceType,
        /// The secret, or group of secrets.
        resource_id: ResourceId,
        /// User or group of users.
        grantee_type: GranteeType,
        /// Who receives access.
        grantee_id: GranteeId,
    },
    /// Use of an account's keys by CodeArts Repo.
    Delegation(Delegation),
}

impl Declared {
    /// What tells it from all others.
    #[must_use]
    pub fn key(&self) -> LiveGrantKey {
        match self {
            Self::Secret {
                place,
                resource_id,
                grantee_id,
                ..
            } => LiveGrantKey::Secret {
                place: place.clone(),
                resource_id: resource_id.clone(),
                grantee_id: grantee_id.clone(),
            },
            Self::Delegation(delegation) => LiveGrantKey::Delegation(delegation.clone()),
        }
    }
}

/// The parts of a document by name. They are parsed when it is clear what the document is.
type StateParts<'a> = BTreeMap<String, &'a RawValue>;

/// The parts of the JSON of a state that holds nothing, besides which it may have no others.
const EMPTY_STATE: &[&str] = &["format_version", "terraform_version", "checks"];

/// `values`.
#[derive(Deserialize)]
struct Values<'a> {
    #[serde(borrow)]
    root_module: Option<StateModule<'a>>,
}

/// A module with those inside it.
#[derive(Deserialize)]
struct StateModule<'a> {
    #[serde(borrow, default)]
    resources: Vec<ShownInstance<'a>>,
    #[serde(borrow, default)]
    child_modules: Vec<StateModule<'a>>,
}

/// A resource instance; the values of foreign types are not parsed.
#[derive(Deserialize)]
struct ShownInstance<'a> {
    address: String,
    mode: String,
    r#type: String,
    name: String,
    #[serde(borrow)]
    values: Option<&'a RawValue>,
}

/// A resource of a state file, with all its instances.
#[derive(Deserialize)]
struct Stored<'a> {
    module: Option<String>,
    mode: String,
    r#type: String,
    name: String,
    #[serde(borrow, default)]
    instances: Vec<ResourceInstance<'a>>,
}

/// One of them.
#[derive(Deserialize)]
struct ResourceInstance<'a> {
    #[serde(borrow)]
    attributes: Option<&'a RawValue>,
}

/// The attributes that keys are made of; all others stay in the state.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct InstanceAttributes {
    region: Option<String>,
    project_id: Option<String>,
    r#type: Option<String>,
    resource_id: Option<String>,
    grantee_type: Option<String>,
    grantee_target_id: Option<String>,
    tenant_id: Option<String>,
    id: Option<String>,
}

/// Which resource, under either of its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DeclaredKind {
    CsmsGrant,
    RepoKmsGrant,
}

impl DeclaredState {
    /// Reads what `terraform show -json` prints of a state, or a state file. Keys that are not known are ignored, as
    /// the format demands.
    ///
    /// # Errors
    /// If it is something else, or cut off, or holds a grant of which it does not say which one it is.
    pub fn read(json: &[u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(json).map_err(|_| Error::NotText)?;
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            return Err(Error::Empty);
        }
        let parts: StateParts<'_> =
            serde_json::from_str(text).map_err(|error| Error::of_json(&error))?;
        let has = |name: &str| parts.contains_key(name);
        if has("planned_values") || has("resource_changes") {
            Err(Error::Plan)
        } else if has("encrypted_data") {
            Err(Error::Encrypted)
        } else if has("format_version") {
            Self::read_shown(&parts)
        } else if has("version") && has("serial") {
            Self::read_stored(&parts)
        } else {
            Err(Error::NotState)
        }
    }

    /// What `terraform show -json` prints.
    fn read_shown(parts: &StateParts<'_>) -> Result<Self, Error> {
        let version: String = part(parts, "format_version")?.unwrap_or_default();
        if version != "1" && !version.starts_with("1.") {
            return Err(Error::FormatVersion(short(&version)));
        }
        let is_empty = || {
            parts
                .keys()
                .all(|name| EMPTY_STATE.contains(&name.as_str()))
        };
        if !parts.contains_key("values") && !is_empty() {
            return Err(Error::NotState);
        }
        let values: Option<Values<'_>> = part(parts, "values")?;
        let root = values.and_then(|values| values.root_module);
        let mut state = Self::default();
        let in_root = root.iter().flat_map(|module| &module.resources);
        state.names = in_root.map(|resource| resource.name.clone()).collect();
        let mut modules: Vec<_> = root.into_iter().collect();
        while let Some(module) = modules.pop() {
            for resource in module.resources {
                if let Some(kind) = DeclaredKind::of(&resource.mode, &resource.r#type) {
                    state.add(kind, &resource.address, resource.values)?;
                }
            }
            modules.extend(module.child_modules.into_iter().rev());
        }
        Ok(state)
    }

    /// A state file.
    fn read_stored(parts: &StateParts<'_>) -> Result<Self, Error> {
        let version = parts.get("version").map_or("", |version| version.get());
        if version != "4" {
            return Err(Error::FileVersion(short(version)));
        }
        let resources: Vec<Stored<'_>> = part(parts, "resources")?.unwrap_or_default();
        let mut state = Self::default();
        for resource in resources {
            let own = format!("{}.{}", resource.r#type, resource.name);
            let address = match &resource.module {
                Some(module) => format!("{module}.{own}"),
                None => own,
            };
            if let Some(kind) = DeclaredKind::of(&resource.mode, &resource.r#type) {
                for instance in &resource.instances {
                    state.add(kind, &address, instance.attributes)?;
                }
            }
            if resource.module.is_none() {
                state.names.insert(resource.name);
            }
        }
        Ok(state)
    }

    fn add(
        &mut self,
        kind: DeclaredKind,
        address: &str,
        attributes: Option<&RawValue>,
    ) -> Result<(), Error> {
        let attributes = attributes.and_then(|raw| serde_json::from_str(raw.get()).ok());
        let attributes: InstanceAttributes = attributes.ok_or_else(|| Error::Malformed {
            place: format!("`{}`", text::line(address)),
        })?;
        let unlocated = Unlocated {
            kind,
            address: text::line(address),
            attributes,
        };
        if unlocated.attributes.is_unlocated() {
            self.unlocated.push(unlocated);
            return Ok(());
        }
        self.declared.push(unlocated.declared_grants()?);
        Ok(())
    }

    /// Whether it holds grants of which it does not say where they are.
    #[must_use]
    pub fn is_unlocated(&self) -> bool {
        !self.unlocated.is_empty()
    }

    /// The same state, in which empty texts stand for this region and project.
    ///
    /// # Errors
    /// A grant of which it does not say which one it is.
    pub fn with_location(mut self, place: &ProjectLocation) -> Result<Self, Error> {
        for mut unlocated in std::mem::take(&mut self.unlocated) {
            let InstanceAttributes {
                region, project_id, ..
            } = &mut unlocated.attributes;
            fill(region, place.region.as_str());
            fill(project_id, place.project_id.as_str());
            self.declared.push(unlocated.declared_grants()?);
        }
        Ok(self)
    }
}

/// A grant as a state holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unlocated {
    kind: DeclaredKind,
    address: String,
    attributes: InstanceAttributes,
}

impl Unlocated {
    fn declared_grants(self) -> Result<Declared, Error> {
        let declared = self.attributes.declared(self.kind);
        declared.map_err(|attribute| Error::NoKey {
            address: self.address,
            attribute,
        })
    }
}

fn is_blank(text: &Option<String>) -> bool {
    text.as_deref() == Some("")
}

fn fill(blank: &mut Option<String>, text: &str) {
    if is_blank(blank) {
        *blank = Some(text.to_owned());
    }
}

impl DeclaredKind {
    fn of(mode: &str, type_name: &str) -> Option<Self> {
        let short = type_name.strip_prefix("hwgrants_").unwrap_or(type_name);
        match (mode, short) {
            ("managed", "csms_grant") => Some(Self::CsmsGrant),
            ("managed", "repo_kms_grant") => Some(Self::RepoKmsGrant),
            _ => None,
        }
    }
}

impl InstanceAttributes {
    fn is_unlocated(&self) -> bool {
        is_blank(&self.region) || is_blank(&self.project_id)
    }

    /// The grant, or the name of the attribute that is missing or malformed.
    fn declared(self, kind: DeclaredKind) -> Result<Declared, &'static str> {
        let region = id("region", self.region, Region::new)?;
        Ok(match kind {
            DeclaredKind::RepoKmsGrant => Declared::Delegation(Delegation {
                region,
                // An empty text stands for the account, whose id the resource's own is.
                tenant_id: match is_blank(&self.tenant_id) {
                    true => id("tenant_id", self.id, DomainId::new)?,
                    false => id("tenant_id", self.tenant_id, DomainId::new)?,
                },
            }),
            DeclaredKind::CsmsGrant => Declared::Secret {
                place: ProjectLocation {
                    region,
                    project_id: id("project_id", self.project_id, ProjectId::new)?,
                },
                resource_type: word("type", self.r#type, ResourceType::parse)?,
                resource_id: id("resource_id", self.resource_id, ResourceId::new)?,
                grantee_type: word("grantee_type", self.grantee_type, GranteeType::parse)?,
                grantee_id: id("grantee_target_id", self.grantee_target_id, GranteeId::new)?,
            },
        })
    }
}

fn id<T>(
    name: &'static str,
    text: Option<String>,
    parse: impl Fn(String) -> Result<T, InvalidId>,
) -> Result<T, &'static str> {
    text.and_then(|text| parse(text).ok()).ok_or(name)
}

fn word<T>(
    name: &'static str,
    text: Option<String>,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, &'static str> {
    text.and_then(|text| parse(&text)).ok_or(name)
}

fn part<'a, T: Deserialize<'a>>(parts: &StateParts<'a>, name: &str) -> Result<Option<T>, Error> {
    let Some(raw) = parts.get(name) else {
        return Ok(None);
    };
    let value: Result<Option<T>, _> = serde_json::from_str(raw.get());
    value.map_err(|_| Error::Malformed {
        place: format!("`{name}`"),
    })
}

/// No longer than a version can be, because it is shown as it is.
fn short(version: &str) -> String {
    text::line(&version.chars().take(20).collect::<String>())
}

#[cfg(test)]
mod tests;
