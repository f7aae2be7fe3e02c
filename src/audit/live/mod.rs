//! Live grants: those on every secret of projects, and the delegation of the account to CodeArts Repo.
//!
//! Whatever cannot be read is kept with its reason, so that nothing is concluded about it.

mod error;
mod progress;
mod read;
mod scope;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::grant::LiveGrant;
use crate::cloud::{Client, DomainId, ProjectLocation, Region, ResourceId};
use crate::text;
use read::ProjectReader;

pub use error::{Error, Unread};
pub use progress::AuditProgress;
pub use read::location;
pub use scope::AuditScope;

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// The audited regions and projects, sorted.
    pub locations: BTreeSet<ProjectLocation>,
    /// The grants as the service lists them, which may repeat some.
    pub grants: Vec<LiveGrant>,
    /// The secrets and secret groups that were to be read.
    pub resources: BTreeMap<(ProjectLocation, ResourceId), ResourceReading>,
    /// The delegations that were to be read.
    pub delegations: BTreeMap<Region, DelegationReading>,
    /// Projects of which nothing could be read, and why.
    pub failed: BTreeMap<ProjectLocation, String>,
    /// Secrets whose grants the service does not list.
    pub withheld: Vec<Withheld>,
    /// Everything that could not be read. The audit is incomplete if there is any.
    pub unread: Vec<Unread>,
}

/// The outcome of reading a secret or secret group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceReading {
    /// Its name, if the service tells it; text of others, not cleaned.
    pub name: Option<String>,
    /// What was found.
    pub outcome: ReadOutcome,
}

/// What is known about the grants on a secret or secret group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadOutcome {
    /// All grants were listed; the declared ones that are not listed were not listed in a second reading either.
    Listed {
        /// The number of listed grants, if it is a length at which the list may be cut off.
        suspicious_length: Option<usize>,
    },
    /// It does not exist, according to two readings.
    NotFound,
    /// The service does not list its grants in this state.
    Withheld(String),
    /// It could not be read, for this reason.
    Unread(String),
}

/// The outcome of reading the delegation in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DelegationReading {
    /// It was read for this account, twice if a state declares it and it was not there.
    Read(DomainId),
    /// It could not be read, for this reason.
    Unread(String),
}

/// A secret out of use whose grants the service does not list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// Its region and project.
    pub location: ProjectLocation,
    /// The secret.
    pub id: ResourceId,
    /// Its name; text of others, not cleaned.
    pub name: String,
    /// Its state, such as `PENDING_DELETE`.
    pub state: String,
}

impl fmt::Display for Withheld {
    /// Name, id and state, cleaned.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, state) = (text::line(&self.name), text::line(&self.state));
        write!(f, "`{name}` (`{}`, state `{state}`)", self.id)
    }
}

/// Reads the live grants in the region and project of the client's settings. Changes nothing; repeatable. Dropping the future
/// stops it at once.
///
/// # Errors
/// If the secrets cannot be listed, or a requested secret does not exist.
pub async fn read_live(
    client: &Client,
    scope: &AuditScope,
    progress: &AuditProgress,
) -> Result<Live, Error> {
    let location = location(client, progress).await?;
    read_projects(&[(location, client.clone())], scope, progress).await
}

/// Reads the live grants in these projects, each with a client of its own. The delegation is read once per region. Changes
/// nothing; repeatable. Dropping the future stops it at once.
///
/// # Errors
/// If no project can be read at all, or a requested secret is in none of them.
pub async fn read_projects(
    projects: &[(ProjectLocation, Client)],
    scope: &AuditScope,
    progress: &AuditProgress,
) -> Result<Live, Error> {
    let mut live = Live::default();
    let mut failures = Vec::new();
    for (location, client) in projects {
        if !live.locations.insert(location.clone()) {
            continue;
        }
        progress.begin_project(projects.len());
        let reader = ProjectReader::new(client, location, scope, progress);
        match reader.read_secrets().await {
            Ok(readings) => {
                let first = live.grants.len();
                readings.into_iter().for_each(|reading| live.add(reading));
                let grants = live.grants.get_mut(first..).unwrap_or_default();
                reader.name_grantees(grants).await;
            }
            // Other projects would refuse the same credentials, and each refusal counts against the user.
            Err(error) if error.is_sign_in() && live.resources.is_empty() => return Err(error),
            Err(error) => {
                failures.push((location.clone(), error));
                continue;
            }
        }
        // Once per region: it does not depend on the project.
        if scope.has_delegation && !live.delegations.contains_key(&location.region) {
            live.add(reader.read_delegation().await);
        }
    }
    if !failures.is_empty() && failures.len() == live.locations.len() {
        let (_, error) = failures.swap_remove(0);
        return Err(error);
    }
    for (location, error) in failures {
        live.failed.insert(location.clone(), error.to_string());
        live.unread.push(Unread::of_project(&location, &error));
    }
    live.check_requested(scope)?;
    Ok(live)
}

/// What one reading adds.
enum Reading {
    Resource {
        key: (ProjectLocation, ResourceId),
        reading: ResourceReading,
        grants: Vec<LiveGrant>,
        unread: Option<Unread>,
    },
    Delegation {
        region: Region,
        reading: DelegationReading,
        grant: Option<LiveGrant>,
        unread: Option<Unread>,
    },
}

impl Live {
    fn add(&mut self, reading: Reading) {
        match reading {
            Reading::Resource {
                key,
                reading,
                grants,
                unread,
            } => {
                if let ReadOutcome::Withheld(state) = &reading.outcome {
                    self.withheld.push(Withheld {
                        location: key.0.clone(),
                        id: key.1.clone(),
                        name: reading.name.clone().unwrap_or_default(),
                        state: state.clone(),
                    });
                }
                self.grants.extend(grants);
                self.unread.extend(unread);
                self.resources.insert(key, reading);
            }
            Reading::Delegation {
                region,
                reading,
                grant,
                unread,
            } => {
                self.grants.extend(grant);
                self.unread.extend(unread);
                self.delegations.insert(region, reading);
            }
        }
    }

    /// The error that names what could not be read; none if the audit is complete.
    #[must_use]
    pub fn incomplete(&self) -> Option<Error> {
        (!self.unread.is_empty()).then(|| Error::Incomplete(self.unread.clone()))
    }

    /// Checks that each requested secret is in one of the projects, or declared in a state. Unless all projects were read, it may
    /// be in another one.
    fn check_requested(&self, scope: &AuditScope) -> Result<(), Error> {
        if !self.failed.is_empty() {
            return Ok(());
        }
        for id in &scope.only {
            let mut readings = self.resources.iter().filter(|((_, own), _)| own == id);
            let is_known = readings.any(|((location, _), reading)| {
                reading.outcome != ReadOutcome::NotFound
                    || scope.grantees_of(location, id).is_some()
            });
            if !is_known {
                return Err(Error::UnknownSecret {
                    id: id.clone(),
                    locations: self.locations.iter().cloned().collect(),
                });
            }
        }
        Ok(())
    }
}
