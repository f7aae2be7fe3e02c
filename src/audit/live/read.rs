//! Reads one project.
//!
//! A declared grant that is not listed is looked for in a second reading, half a second later: one list may come from a replica
//! that lags.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio_util::sync::CancellationToken;

use super::error::{Error, Unread, is_lasting};
use super::progress::AuditProgress;
use super::scope::AuditScope;
use super::{DelegationReading, ReadOutcome, Reading, ResourceReading};
use crate::audit::grant::{Delegation, LiveGrant, SecretGrant};
use crate::cloud::{
    self, Call, Client, ProjectLocation, ResourceGrants, ResourceId, ResourceType,
    SECOND_READ_DELAY, SecretSummary,
};
use crate::text;

/// Secrets whose grants are asked for at a time.
const MAX_CONCURRENT_READS: usize = 8;

/// How long one request may take, with all its repetitions.
const LIMIT: Duration = Duration::from_secs(120);

/// The pauses between the readings of a list that lacks a new grant: half a minute, as the provider waits for one.
const NEW_PAUSES: [Duration; 6] = [
    SECOND_READ_DELAY,
    Duration::from_millis(1_500),
    Duration::from_secs(3),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(10),
];

/// The state of a secret whose deletion is pending, for one that the service does not list.
const PENDING_DELETE: &str = "PENDING_DELETE";

/// The bounds of one request.
fn call(progress: &AuditProgress) -> Call {
    Call::within(LIMIT, CancellationToken::new()).watched_by(&progress.throttle)
}

/// The region and project of the client's settings, resolved with IAM. Repeatable.
///
/// # Errors
/// No region is set, or no project is found.
pub async fn location(client: &Client, progress: &AuditProgress) -> Result<ProjectLocation, Error> {
    let region = client.require_region();
    let region = region.map_err(|error| failed("resolving the region", error))?;
    let project_id = client.project_id_of(region, &call(progress)).await;
    Ok(ProjectLocation {
        region: region.clone(),
        project_id: project_id.map_err(|error| failed("resolving the project", error))?,
    })
}

/// Reads one project for an audit.
pub(super) struct ProjectReader<'a> {
    client: &'a Client,
    location: &'a ProjectLocation,
    scope: &'a AuditScope,
    progress: &'a AuditProgress,
    /// The failure after which no further secret is read, because it would fail as well, and only after all its repetitions.
    stopped_by: Mutex<Option<cloud::Error>>,
}

impl<'a> ProjectReader<'a> {
    pub(super) fn new(
        client: &'a Client,
        location: &'a ProjectLocation,
        scope: &'a AuditScope,
        progress: &'a AuditProgress,
    ) -> Self {
        Self {
            client,
            location,
            scope,
            progress,
            stopped_by: Mutex::new(None),
        }
    }

    /// The grants on the secrets that the project lists, and on those that are requested or declared.
    ///
    /// # Errors
    /// If the secrets cannot be listed.
    pub(super) async fn read_secrets(&self) -> Result<Vec<Reading>, Error> {
        // Listed to the end first, so that the number of secrets is known while their grants are read.
        let secrets = self.client.secrets(self.location, || call(self.progress));
        let secrets: Vec<_> = secrets
            .try_collect()
            .await
            .map_err(|error| failed("listing the project's secrets", error))?;
        let mut seen = BTreeSet::new();
        let mut subjects = Vec::new();
        for secret in secrets {
            if seen.insert(secret.id.clone()) && self.scope.includes(&secret.id) {
                subjects.push(Subject::Listed(secret));
            }
        }
        let others = self.scope.ids_in(self.location).into_iter();
        subjects.extend(others.filter(|id| !seen.contains(id)).map(Subject::Other));
        self.progress.found(subjects.len());
        let reads = subjects.into_iter().map(|subject| self.read(subject));
        let readings = stream::iter(reads).buffered(MAX_CONCURRENT_READS);
        Ok(readings.collect().await)
    }

    /// Names the users whose names the lists of grants do not have. If the directory cannot be read, they stay without a name: the
    /// IDs are what the audit compares.
    pub(super) async fn name_grantees(&self, grants: &mut [LiveGrant]) {
        let unnamed = grants.iter_mut().filter_map(|grant| match grant {
            LiveGrant::Secret(grant) => Some(&mut grant.grantee).filter(|it| it.name.is_none()),
            LiveGrant::Delegation(_) => None,
        });
        let unnamed: Vec<_> = unnamed.collect();
        if unnamed.is_empty() {
            return;
        }
        let call = || call(self.progress);
        let users = self.client.users(&self.location.region, None, call);
        let names = users.map_ok(|user| {
            let name = user.user_name.or(user.name);
            (user.id.as_str().to_owned(), name)
        });
        let names: Result<BTreeMap<String, Option<String>>, _> = names.try_collect().await;
        let names = names.unwrap_or_default();
        for grantee in unnamed {
            grantee.name = names.get(grantee.id.as_str()).cloned().flatten();
        }
    }

    async fn read(&self, subject: Subject) -> Reading {
        let stopped_by = self.stopped_by().clone();
        let listed = match stopped_by {
            Some(error) => Err(error),
            None => self.list_again_if_missing(subject.id()).await,
        };
        self.progress.note_read();
        let declared = self.scope.grantees_of(self.location, subject.id());
        let declared_type = declared.map(|declared| declared.resource_type);
        let key = (self.location.clone(), subject.id().clone());
        let mut reading = ResourceReading {
            name: subject.name(),
            outcome: ReadOutcome::NotFound,
        };
        let (mut grants, mut unread) = (Vec::new(), None);
        match (listed, &subject) {
            (Ok(list), _) => {
                let kind = match &subject {
                    Subject::Listed(_) => ResourceType::Secret,
                    Subject::Other(_) => list
                        .resource_type
                        .or(declared_type)
                        .unwrap_or(ResourceType::Group),
                };
                reading.name = reading.name.or_else(|| list.name.clone());
                let suspicious_length = list.may_be_incomplete().then_some(list.grantees.len());
                reading.outcome = ReadOutcome::Listed { suspicious_length };
                grants = list_granted(self.location, kind, subject.id(), &reading.name, list);
            }
            // The project lists it: it has no grants, or has just been deleted.
            (Err(error), Subject::Listed(_)) if error.is_not_found() => {
                reading.outcome = ReadOutcome::Listed {
                    suspicious_length: None,
                };
            }
            (Err(error), Subject::Other(_)) if error.is_not_found() => {}
            (Err(error), Subject::Listed(secret)) if secret.is_withholding(&error) => {
                let state = secret.state.clone().unwrap_or_default();
                reading.outcome = ReadOutcome::Withheld(state);
            }
            (Err(error), Subject::Other(_)) if error.is_deletion_pending() => {
                reading.outcome = ReadOutcome::Withheld(PENDING_DELETE.to_owned());
            }
            (Err(error), _) => {
                reading.outcome = ReadOutcome::Unread(error.to_string());
                if is_lasting(error.kind()) {
                    self.stopped_by().get_or_insert_with(|| error.clone());
                }
                let what = subject.describe(declared_type);
                unread = Some(Unread::new(what, self.location, error));
            }
        }
        Reading::Resource {
            key,
            reading,
            grants,
            unread,
        }
    }

    fn stopped_by(&self) -> std::sync::MutexGuard<'_, Option<cloud::Error>> {
        self.stopped_by
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The grants on a resource, read again if a declared one is not listed: once, and of new grants for as long as the provider
    /// waits for them. A declared one that any list has is listed.
    async fn list_again_if_missing(&self, id: &ResourceId) -> Result<ResourceGrants, cloud::Error> {
        let call = call(self.progress);
        let list = || self.client.list_grants(&call, self.location, id);
        let declared = self.scope.grantees_of(self.location, id);
        let Some(declared) = declared else {
            return list().await;
        };
        let is_whole = |list: &ResourceGrants| {
            let mut grantees = declared.grantees.iter();
            grantees.all(|grantee| list.find(grantee).is_some())
        };
        let pauses: &[Duration] = if declared.is_new {
            &NEW_PAUSES
        } else {
            &[SECOND_READ_DELAY]
        };
        let mut pauses = pauses.iter();
        let mut found = list().await;
        loop {
            match &found {
                Err(error) if !error.is_not_found() => return found,
                Ok(list) if is_whole(list) => return found,
                Ok(_) | Err(_) => {}
            }
            let Some(pause) = pauses.next() else {
                return found;
            };
            call.pause(*pause).await?;
            found = match (found, list().await) {
                (Ok(earlier), Err(error)) if error.is_not_found() => Ok(earlier),
                (Ok(earlier), Ok(mut later)) => {
                    let grantees = earlier.grantees.into_iter();
                    let missed = grantees.filter(|grantee| {
                        declared.grantees.contains(&grantee.id) && later.find(&grantee.id).is_none()
                    });
                    let missed: Vec<_> = missed.collect();
                    later.grantees.extend(missed);
                    Ok(later)
                }
                (_, later) => later,
            };
        }
    }

    /// Reads whether CodeArts Repo may use the keys of the account. A failure does not stop the audit: not every region has
    /// CodeArts Repo, and the permission for secrets does not include it.
    pub(super) async fn read_delegation(&self) -> Reading {
        let region = self.location.region.clone();
        match self.delegation().await {
            Ok((delegation, is_assumed)) => Reading::Delegation {
                region,
                reading: DelegationReading::Read(delegation.tenant_id.clone()),
                grant: is_assumed.then_some(LiveGrant::Delegation(delegation)),
                unread: None,
            },
            Err(error) => Reading::Delegation {
                region,
                reading: DelegationReading::Unread(error.to_string()),
                grant: None,
                unread: Some(Unread::new(
                    "delegation to CodeArts Repo".to_owned(),
                    self.location,
                    error,
                )),
            },
        }
    }

    /// The delegation, and whether it is there: read once more if a state declares it and it is not.
    async fn delegation(&self) -> Result<(Delegation, bool), cloud::Error> {
        let call = call(self.progress);
        let region = &self.location.region;
        let tenant_id = self.client.account_id(&call).await?;
        let show = async || match self
            .client
            .show_tenant_kms_grant(&call, region, &tenant_id)
            .await
        {
            Err(error) if error.is_not_found() => Ok(false),
            shown => shown,
        };
        let delegation = Delegation {
            region: region.clone(),
            tenant_id: tenant_id.clone(),
        };
        let mut is_assumed = show().await?;
        if !is_assumed && self.scope.delegations.contains(&delegation) {
            call.pause(SECOND_READ_DELAY).await?;
            is_assumed = show().await?;
        }
        Ok((delegation, is_assumed))
    }
}

/// What is to be read.
enum Subject {
    /// A secret that the project lists.
    Listed(SecretSummary),
    /// A requested or declared ID that the project does not list: a secret group, or what no longer exists.
    Other(ResourceId),
}

impl Subject {
    fn id(&self) -> &ResourceId {
        match self {
            Self::Listed(secret) => &secret.id,
            Self::Other(id) => id,
        }
    }

    fn name(&self) -> Option<String> {
        match self {
            Self::Listed(secret) => Some(secret.name.clone()),
            Self::Other(_) => None,
        }
    }

    /// Name and ID, cleaned.
    fn describe(&self, declared_type: Option<ResourceType>) -> String {
        match (self, declared_type) {
            (Self::Listed(secret), _) => {
                format!("secret `{}` (`{}`)", text::line(&secret.name), secret.id)
            }
            (Self::Other(id), Some(ResourceType::Secret)) => format!("secret `{id}`"),
            (Self::Other(id), _) => format!("secret group `{id}`"),
        }
    }
}

/// The grants of a list.
fn list_granted(
    location: &ProjectLocation,
    resource_type: ResourceType,
    resource_id: &ResourceId,
    resource_name: &Option<String>,
    grants: ResourceGrants,
) -> Vec<LiveGrant> {
    let grantees = grants.grantees.into_iter();
    let grants = grantees.map(|grantee| {
        LiveGrant::Secret(SecretGrant {
            location: location.clone(),
            resource_type,
            resource_id: resource_id.clone(),
            resource_name: resource_name.clone(),
            grantee_type: None,
            grantee,
        })
    });
    grants.collect()
}

fn failed(doing: &str, source: cloud::Error) -> Error {
    Error::Failed {
        doing: doing.to_owned(),
        source,
    }
}
