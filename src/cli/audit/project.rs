//! Which projects are audited, each with a client of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use super::AuditArgs;
use crate::audit::live;
use crate::audit::state::Declared;
use crate::audit::{AuditProgress, DeclaredState};
use crate::cli::error::Error;
use crate::cli::output::Printer;
use crate::cli::settings::{arguments, print_warnings};
use crate::cloud::{Client, Environment, ProjectId, ProjectLocation, Region, Settings};

/// A project, written `ID` or `REGION/ID`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProjectArg {
    region: Option<Region>,
    id: ProjectId,
}

impl FromStr for ProjectArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (region, id) = match text.split_once('/') {
            Some((region, id)) => (Some(region), id),
            None => (None, text),
        };
        if id.contains('/') {
            return Err("expected ID or REGION/ID".to_owned());
        }
        let region = region.map(Region::new).transpose();
        Ok(Self {
            region: region.map_err(|error| format!("invalid region: {error}"))?,
            id: ProjectId::new(id).map_err(|error| error.to_string())?,
        })
    }
}

/// The projects to audit, sorted. Those of `--project`, and with `--declared-projects` those of the grants in the states; the one of
/// the settings, if there are none.
///
/// # Errors
/// If no region or project is set, or none can be found.
pub(super) async fn projects(
    args: &AuditArgs,
    states: &[DeclaredState],
    environment: &Environment,
    progress: &AuditProgress,
) -> Result<Vec<(ProjectLocation, Client)>, Error> {
    let mut wanted = BTreeSet::new();
    for ProjectArg { region, id } in &args.projects {
        let region = match region {
            Some(region) => region.clone(),
            None => default_region(args, environment)?,
        };
        wanted.insert((region, id.clone()));
    }
    if args.declared_projects {
        let declared = states.iter().flat_map(|state| &state.declared);
        wanted.extend(declared.filter_map(|declared| match &declared.grant {
            Declared::Secret { location, .. } => {
                Some((location.region.clone(), location.project_id.clone()))
            }
            Declared::Delegation(_) => None,
        }));
    }
    if wanted.is_empty() {
        return Ok(vec![default_project(args, environment, progress).await?]);
    }
    let mut projects = BTreeMap::new();
    for (region, project_id) in wanted {
        let client = client(environment, Some(&region), Some(&project_id))?;
        let location = ProjectLocation { region, project_id };
        projects.insert(location, client);
    }
    Ok(projects.into_iter().collect())
}

/// The project of the settings, which a grant has whose region or project is empty.
pub(super) async fn default_project(
    args: &AuditArgs,
    environment: &Environment,
    progress: &AuditProgress,
) -> Result<(ProjectLocation, Client), Error> {
    let client = client(environment, args.region.as_ref(), None)?;
    let location = live::location(&client, progress).await?;
    Ok((location, client))
}

fn default_region(args: &AuditArgs, environment: &Environment) -> Result<Region, Error> {
    let client = client(environment, args.region.as_ref(), None)?;
    let region = client.require_region().cloned();
    let region = region.map_err(|source| live::Error::Failed {
        doing: "resolving the region".to_owned(),
        source,
    });
    Ok(region?)
}

/// The client of a provider block with these arguments only. A project of its own, because a token is valid for one project.
fn client(
    environment: &Environment,
    region: Option<&Region>,
    project_id: Option<&ProjectId>,
) -> Result<Client, Error> {
    Ok(Client::new(settings(environment, region, project_id)?))
}

fn settings(
    environment: &Environment,
    region: Option<&Region>,
    project_id: Option<&ProjectId>,
) -> Result<Settings, Error> {
    let settings = Settings::new(arguments(region, project_id), environment);
    let settings = settings.map_err(|source| live::Error::Failed {
        doing: "reading the settings".to_owned(),
        source,
    });
    Ok(settings?)
}

/// Prints the warnings that the provider would print about the settings.
pub(super) fn warn(
    args: &AuditArgs,
    environment: &Environment,
    printer: Printer,
) -> Result<(), Error> {
    let first = args.projects.first().map(|project| &project.id);
    let settings = settings(environment, args.region.as_ref(), first)?;
    print_warnings(&settings, printer);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_may_have_a_region() {
        let parsed = |text: &str| text.parse::<ProjectArg>().ok();
        let project = |region: Option<&str>, id: &str| {
            let region = region.map(|region| Region::new(region).unwrap());
            let id = ProjectId::new(id).unwrap();
            Some(ProjectArg { region, id })
        };
        assert_eq!(parsed("p"), project(None, "p"));
        assert_eq!(parsed("cn-north-4/p"), project(Some("cn-north-4"), "p"));
        for wrong in ["", "/p", "cn-north-4/", "a/b/c"] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }
}
