//! What is granted: every secret of a project with its grants, and the account's delegation to CodeArts Repo.

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
const MAX_LOOKS: usize = 8;

/// How long one request may take, with all its repetitions.
const LIMIT: Duration = Duration::from_secs(120);

/// Where to look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditScope {
    /// The secrets, and groups of secrets, to look at; all secrets of the project if empty.
    pub only: BTreeSet<ResourceId>,
    /// Groups of secrets to look at as well, of which the service has no list.
    pub groups: BTreeSet<(ProjectLocation, ResourceId)>,
    /// Whether to ask for the delegation.
    pub has_delegation: bool,
}

impl AuditScope {
    /// Everything there is a list of, and the groups of secrets that the states name.
    #[must_use]
    pub fn everything(states: &[DeclaredState]) -> Self {
        let declared = states.iter().flat_map(|state| &state.declared);
        let groups = declared.filter_map(|declared| match declared {
            Declared::Secret {
                place,
                resource_type: ResourceType::Group,
                resource_id,
                ..
            } => Some((place.clone(), resource_id.clone())),
            Declared::Secret { .. } | Declared::Delegation(_) => None,
        });
        Self {
            only: BTreeSet::new(),
            groups: groups.collect(),
            has_delegation: true,
        }
    }

    /// These secrets, or groups of secrets, and nothing else.
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

/// What is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// Region and project that were looked at.
    pub place: ProjectLocation,
    /// The grants as the service lists them, which may repeat some.
    pub grants: Vec<LiveGrant>,
    /// Secrets whose grants the service does not tell.
    pub withheld: Vec<Withheld>,
}

/// A secret out of use whose grants the service does not tell.
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
        write!(
            f,
            "`{name}` (`{}`), which is in the state `{state}`",
            self.id
        )
    }
}

/// What a look at one thing has shown.
enum Sight {
    Grants(Vec<LiveGrant>),
    Withheld(Withheld),
    /// It may not be looked at, but perhaps others may.
    Unseen(String, cloud::Error),
}

/// Asks what is granted in the region and project that the client's settings name. Changes nothing; repeatable.
/// Dropping the future ends it at once.
///
/// # Errors
/// If anything could not be looked at, which leaves the whole answer in doubt.
pub async fn look(client: &Client, scope: &AuditScope) -> Result<Live, Error> {
    let place = place(client).await?;
    let (mut sights, seen) = look_at_secrets(client, &place, scope).await?;
    sights.extend(look_at_groups(client, &place, scope, &seen).await?);
    if scope.has_delegation {
        sights.push(look_at_delegation(client, &place).await);
    }
    Live::of(place, sights)
}

impl Live {
    fn of(place: ProjectLocation, sights: Vec<Sight>) -> Result<Self, Error> {
        let (mut grants, mut withheld, mut unseen) = (Vec::new(), Vec::new(), Vec::new());
        for sight in sights {
            match sight {
                Sight::Grants(found) => grants.extend(found),
                Sight::Withheld(secret) => withheld.push(secret),
                Sight::Unseen(what, error) => unseen.push((what, error)),
            }
        }
        if !unseen.is_empty() {
            return Err(Error::Incomplete(unseen));
        }
        Ok(Self {
            place,
            grants,
            withheld,
        })
    }
}

/// The bounds of one request: how many there will be, nobody knows.
fn call() -> Call {
    Call::within(LIMIT, CancellationToken::new())
}

/// Region and project that the client's settings name, or that IAM finds for them. Repeatable.
///
/// # Errors
/// No region is set, or no project is found.
pub async fn place(client: &Client) -> Result<ProjectLocation, Error> {
    let region = client.require_region();
    let region = region.map_err(|error| failed("finding out the region", error))?;
    let project_id = client.project_id_of(region, &call()).await;
    Ok(ProjectLocation {
        region: region.clone(),
        project_id: project_id.map_err(|error| failed("finding out the project", error))?,
    })
}

/// Looks at the secrets of the project, and returns also which there are.
async fn look_at_secrets(
    client: &Client,
    place: &ProjectLocation,
    scope: &AuditScope,
) -> Result<(Vec<Sight>, BTreeSet<ResourceId>), Error> {
    let mut seen = BTreeSet::new();
    let secrets = client.secrets(place, call);
    let secrets = secrets.map_err(|error| failed("listing the secrets of the project", error));
    let wanted = secrets.try_filter(|secret| {
        let is_new = seen.insert(secret.id.clone());
        future::ready(is_new && scope.includes(&secret.id))
    });
    let looks = wanted.map_ok(|secret| look_at_secret(client, place, secret));
    let sights = looks.try_buffered(MAX_LOOKS).try_collect().await?;
    Ok((sights, seen))
}

async fn look_at_secret(
    client: &Client,
    place: &ProjectLocation,
    secret: SecretSummary,
) -> Result<Sight, Error> {
    let what = format!(
        "the secret `{}` (`{}`)",
        text::line(&secret.name),
        secret.id
    );
    match client.list_grants(&call(), place, &secret.id).await {
        Ok(grants) => {
            let name = Some(secret.name);
            let kind = ResourceType::Secret;
            Ok(Sight::Grants(list_granted(
                place, kind, &secret.id, name, grants,
            )))
        }
        // It was listed a moment ago: nothing is granted, or it has just been deleted.
        Err(error) if error.is_not_found() => Ok(Sight::Grants(Vec::new())),
        Err(error) if secret.is_withholding(&error) => Ok(Sight::Withheld(Withheld {
            id: secret.id,
            name: secret.name,
            state: secret.state.unwrap_or_default(),
        })),
        Err(error) => unseen(what, error),
    }
}

/// Looks at what was asked for, or declared, and is no secret of the project.
async fn look_at_groups(
    client: &Client,
    place: &ProjectLocation,
    scope: &AuditScope,
    seen: &BTreeSet<ResourceId>,
) -> Result<Vec<Sight>, Error> {
    let asked_for = scope.only.iter().map(|id| (id, true));
    let here = scope.groups.iter().filter(|(group, _)| group == place);
    let all = asked_for.chain(here.map(|(_, id)| (id, false)));
    let looks = all
        .filter(|(id, _)| !seen.contains(*id))
        .map(|(id, must_be)| look_at_group(client, place, id, must_be));
    stream::iter(looks).buffered(MAX_LOOKS).try_collect().await
}

/// Looks at what the project does not list: a group of secrets, or nothing.
async fn look_at_group(
    client: &Client,
    place: &ProjectLocation,
    id: &ResourceId,
    must_be: bool,
) -> Result<Sight, Error> {
    match client.list_grants(&call(), place, id).await {
        Ok(grants) => {
            let kind = grants.resource_type.unwrap_or(ResourceType::Group);
            let name = grants.name.clone();
            Ok(Sight::Grants(list_granted(place, kind, id, name, grants)))
        }
        Err(error) if error.is_not_found() && must_be => Err(Error::UnknownSecret {
            id: id.clone(),
            place: place.clone(),
        }),
        Err(error) if error.is_not_found() => Ok(Sight::Grants(Vec::new())),
        Err(error) => unseen(format!("the group of secrets `{id}`"), error),
    }
}

/// Asks whether CodeArts Repo may use the account's keys. Whatever fails, all else can still be looked at: not every
/// region has CodeArts Repo, and not everybody who looks after secrets may ask it.
async fn look_at_delegation(client: &Client, place: &ProjectLocation) -> Sight {
    match delegation(client, &place.region).await {
        Ok(delegation) => {
            let found = delegation.map(LiveGrant::Delegation);
            Sight::Grants(found.into_iter().collect())
        }
        Err(error) => {
            let what = "the delegation of the account's keys to CodeArts Repo";
            Sight::Unseen(what.to_owned(), error)
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

/// What a list of grants says.
fn list_granted(
    place: &ProjectLocation,
    resource_type: ResourceType,
    resource_id: &ResourceId,
    resource_name: Option<String>,
    grants: ResourceGrants,
) -> Vec<LiveGrant> {
    let grantees = grants.grantees.into_iter();
    let grants = grantees.map(|grantee| {
        LiveGrant::Secret(SecretGrant {
            place: place.clone(),
            resource_type,
            resource_id: resource_id.clone(),
            resource_name: resource_name.clone(),
            grantee_type: None,
            grantee,
        })
    });
    grants.collect()
}

/// A failed look: of this thing alone if the service refuses it, else of all.
fn unseen(what: String, error: cloud::Error) -> Result<Sight, Error> {
    match error.kind() {
        ErrorKind::Permission
        | ErrorKind::Conflict
        | ErrorKind::Invalid
        | ErrorKind::Unreadable
        | ErrorKind::WrongEndpoint => Ok(Sight::Unseen(what, error)),
        _ => Err(failed(&format!("looking at {what}"), error)),
    }
}

fn failed(doing: &str, source: cloud::Error) -> Error {
    Error::Failed {
        doing: doing.to_owned(),
        source,
    }
}
