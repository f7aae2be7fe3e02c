//! Live grants: those on every secret of a project, and the delegation of the account to CodeArts Repo.

mod error;

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, future, stream};
use tokio_util::sync::CancellationToken;

use super::grant::{Delegation, LiveGrant, SecretGrant};
use super::state::{Declared, DeclaredState};
use crate::cloud::{
    self, Call, Client, ErrorKind, ProjectLocation, Region, ResourceGrants, ResourceId,
    ResourceType, SecretSummary,
};
use crate::text;

pub use error::Error;

/// Secrets whose grants are asked for at a time.
const MAX_CONCURRENT_READS: usize = 8;

/// How long one request may take, with all its repetitions.
const LIMIT: Duration = Duration::from_secs(120);

/// What to audit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditScope {
    /// The secrets and secret groups to audit; all secrets of the project if empty.
    pub only: BTreeSet<ResourceId>,
    /// Secret groups to audit as well, which the service cannot list.
    pub groups: BTreeSet<(ProjectLocation, ResourceId)>,
    /// Whether to audit the delegation.
    pub has_delegation: bool,
}

impl AuditScope {
    /// Everything that the service lists, and the secret groups in the states.
    #[must_use]
    pub fn everything(states: &[DeclaredState]) -> Self {
        let declared = states.iter().flat_map(|state| &state.declared);
        let groups = declared.filter_map(|declared| match declared {
            Declared::Secret {
                location,
                resource_type: ResourceType::Group,
                resource_id,
                ..
            } => Some((location.clone(), resource_id.clone())),
            Declared::Secret { .. } | Declared::Delegation(_) => None,
        });
        Self {
            only: BTreeSet::new(),
            groups: groups.collect(),
            has_delegation: true,
        }
    }

    /// These secrets or secret groups only.
    #[must_use]
    pub fn these(only: BTreeSet<ResourceId>) -> Self {
        Self {
            only,
            ..Self::default()
        }
    }

    fn includes(&self, id: &ResourceId) -> bool {
        self.only.is_empty() || self.only.contains(id)
    }
}

/// The live grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// The audited region and project.
    pub location: ProjectLocation,
    /// The grants as the service lists them, which may repeat some.
    pub grants: Vec<LiveGrant>,
    /// Secrets whose grants the service does not list.
    pub withheld: Vec<Withheld>,
}

/// A secret out of use whose grants the service does not list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withheld {
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

/// The outcome of reading one resource.
enum Reading {
    Grants(Vec<LiveGrant>),
    Withheld(Withheld),
    /// It may not be read; others may be readable.
    Unreadable(String, cloud::Error),
}

/// Reads the live grants in the region and project of the client's settings. Changes nothing; repeatable. Dropping the future
/// stops it at once.
///
/// # Errors
/// If any resource could not be read, because the result would be incomplete.
pub async fn read_live(client: &Client, scope: &AuditScope) -> Result<Live, Error> {
    let location = location(client).await?;
    let (mut readings, seen) = read_secrets(client, &location, scope).await?;
    readings.extend(read_groups(client, &location, scope, &seen).await?);
    if scope.has_delegation {
        readings.push(read_delegation(client, &location).await);
    }
    Live::of(location, readings)
}

impl Live {
    fn of(location: ProjectLocation, readings: Vec<Reading>) -> Result<Self, Error> {
        let (mut grants, mut withheld, mut unreadable) = (Vec::new(), Vec::new(), Vec::new());
        for sight in readings {
            match sight {
                Reading::Grants(found) => grants.extend(found),
                Reading::Withheld(secret) => withheld.push(secret),
                Reading::Unreadable(what, error) => unreadable.push((what, error)),
            }
        }
        if !unreadable.is_empty() {
            return Err(Error::Incomplete(unreadable));
        }
        Ok(Self {
            location,
            grants,
            withheld,
        })
    }
}

/// The bounds of one request.
fn call() -> Call {
    Call::within(LIMIT, CancellationToken::new())
}

/// The region and project of the client's settings, resolved with IAM. Repeatable.
///
/// # Errors
/// No region is set, or no project is found.
pub async fn location(client: &Client) -> Result<ProjectLocation, Error> {
    let region = client.require_region();
    let region = region.map_err(|error| failed("resolving the region", error))?;
    let project_id = client.project_id_of(region, &call()).await;
    Ok(ProjectLocation {
        region: region.clone(),
        project_id: project_id.map_err(|error| failed("resolving the project", error))?,
    })
}

/// Reads the secrets of the project, and returns their ids as well.
async fn read_secrets(
    client: &Client,
    location: &ProjectLocation,
    scope: &AuditScope,
) -> Result<(Vec<Reading>, BTreeSet<ResourceId>), Error> {
    let mut seen = BTreeSet::new();
    let secrets = client.secrets(location, call);
    let secrets = secrets.map_err(|error| failed("listing the project's secrets", error));
    let wanted = secrets.try_filter(|secret| {
        let is_new = seen.insert(secret.id.clone());
        future::ready(is_new && scope.includes(&secret.id))
    });
    let reads = wanted.map_ok(|secret| read_secret(client, location, secret));
    let readings = reads
        .try_buffered(MAX_CONCURRENT_READS)
        .try_collect()
        .await?;
    Ok((readings, seen))
}

async fn read_secret(
    client: &Client,
    location: &ProjectLocation,
    secret: SecretSummary,
) -> Result<Reading, Error> {
    let what = format!("secret `{}` (`{}`)", text::line(&secret.name), secret.id);
    match client.list_grants(&call(), location, &secret.id).await {
        Ok(grants) => {
            let name = Some(secret.name);
            let kind = ResourceType::Secret;
            Ok(Reading::Grants(list_granted(
                location, kind, &secret.id, name, grants,
            )))
        }
        // It was listed just before: it has no grants, or has just been deleted.
        Err(error) if error.is_not_found() => Ok(Reading::Grants(Vec::new())),
        Err(error) if secret.is_withholding(&error) => Ok(Reading::Withheld(Withheld {
            id: secret.id,
            name: secret.name,
            state: secret.state.unwrap_or_default(),
        })),
        Err(error) => unreadable(what, error),
    }
}

/// Reads requested or declared ids that are not secrets of the project.
async fn read_groups(
    client: &Client,
    location: &ProjectLocation,
    scope: &AuditScope,
    seen: &BTreeSet<ResourceId>,
) -> Result<Vec<Reading>, Error> {
    let requested = scope.only.iter().map(|id| (id, true));
    let here = scope.groups.iter().filter(|(group, _)| group == location);
    let all = requested.chain(here.map(|(_, id)| (id, false)));
    let reads = all
        .filter(|(id, _)| !seen.contains(*id))
        .map(|(id, must_be)| read_group(client, location, id, must_be));
    stream::iter(reads)
        .buffered(MAX_CONCURRENT_READS)
        .try_collect()
        .await
}

/// Reads an id that the project does not list: a secret group, or none.
async fn read_group(
    client: &Client,
    location: &ProjectLocation,
    id: &ResourceId,
    must_be: bool,
) -> Result<Reading, Error> {
    match client.list_grants(&call(), location, id).await {
        Ok(grants) => {
            let kind = grants.resource_type.unwrap_or(ResourceType::Group);
            let name = grants.name.clone();
            Ok(Reading::Grants(list_granted(
                location, kind, id, name, grants,
            )))
        }
        Err(error) if error.is_not_found() && must_be => Err(Error::UnknownSecret {
            id: id.clone(),
            location: location.clone(),
        }),
        Err(error) if error.is_not_found() => Ok(Reading::Grants(Vec::new())),
        Err(error) => unreadable(format!("secret group `{id}`"), error),
    }
}

/// Reads whether CodeArts Repo may use the keys of the account. A failure does not stop the audit: not every region has
/// CodeArts Repo, and the permission for secrets does not include it.
async fn read_delegation(client: &Client, location: &ProjectLocation) -> Reading {
    match delegation(client, &location.region).await {
        Ok(delegation) => {
            let found = delegation.map(LiveGrant::Delegation);
            Reading::Grants(found.into_iter().collect())
        }
        Err(error) => {
            let what = "delegation to CodeArts Repo";
            Reading::Unreadable(what.to_owned(), error)
        }
    }
}

async fn delegation(client: &Client, region: &Region) -> Result<Option<Delegation>, cloud::Error> {
    let tenant_id = client.account_id(&call()).await?;
    let shown = client
        .show_tenant_kms_grant(&call(), region, &tenant_id)
        .await;
    let is_assumed = match shown {
        Ok(is_assumed) => is_assumed,
        Err(error) if error.is_not_found() => false,
        Err(error) => return Err(error),
    };
    let region = region.clone();
    Ok(is_assumed.then_some(Delegation { region, tenant_id }))
}

/// The grants of a list.
fn list_granted(
    location: &ProjectLocation,
    resource_type: ResourceType,
    resource_id: &ResourceId,
    resource_name: Option<String>,
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

/// A failed read: of this resource alone if the service refuses it, else of the whole audit.
fn unreadable(what: String, error: cloud::Error) -> Result<Reading, Error> {
    match error.kind() {
        ErrorKind::Permission
        | ErrorKind::Conflict
        | ErrorKind::Invalid
        | ErrorKind::Unreadable
        | ErrorKind::WrongEndpoint => Ok(Reading::Unreadable(what, error)),
        _ => Err(failed(&format!("reading {what}"), error)),
    }
}

fn failed(doing: &str, source: cloud::Error) -> Error {
    Error::Failed {
        doing: doing.to_owned(),
        source,
    }
}
