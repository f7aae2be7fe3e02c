//! Steps about what the caller may do. All of them only read.

use super::failure::{failed, failed_with};
use super::step::{Step, StepId};
use crate::cloud::{
    Error, ErrorKind, ResourceGrants, SecretPage, SecretSummary, SettingsInspection,
};

/// A secret in this state has grants that are not listed.
const PENDING_DELETE: &str = "PENDING_DELETE";

/// Whether the caller may list secrets.
pub(super) fn list_secrets(
    inspection: &SettingsInspection,
    page: &Result<SecretPage, Error>,
) -> Step {
    let id = StepId::ListSecrets;
    match page {
        Ok(page) => {
            let least = match page.next_marker {
                Some(_) => "at least ",
                None => "",
            };
            let secrets = counted(page.secrets.len(), "secret");
            Step::ok(id, format!("the project has {least}{secrets}"))
        }
        Err(error) => failed_with(
            id,
            error,
            denied(
                error,
                inspection,
                "permission to list secrets in CSMS (ListSecrets)",
            ),
        ),
    }
}

/// A secret whose grants the service lists.
pub(super) fn usable_secret(page: &SecretPage) -> Option<&SecretSummary> {
    let is_usable = |secret: &&SecretSummary| secret.state.as_deref() != Some(PENDING_DELETE);
    page.secrets.iter().find(is_usable)
}

/// Whether the caller may list the grants on a secret.
pub(super) fn list_grants(
    inspection: &SettingsInspection,
    grants: &Result<ResourceGrants, Error>,
) -> Step {
    let id = StepId::ListGrants;
    match grants {
        Ok(grants) => {
            let grants = counted(grants.grantees.len(), "grant");
            Step::ok(id, format!("the first secret has {grants}"))
        }
        Err(error) if error.is_not_found() => Step::skipped(
            id,
            "the service responded that the first secret is not found; the secret has no grants or was deleted",
        ),
        Err(error) => failed_with(
            id,
            error,
            denied(
                error,
                inspection,
                "permission to list grants in CSMS (ListGrants)",
            ),
        ),
    }
}

/// Whether the caller may read the delegation to CodeArts Repo.
pub(super) fn repo_grant(is_assumed: &Result<bool, Error>) -> Step {
    let id = StepId::RepoGrant;
    match is_assumed {
        Ok(true) => Step::ok(id, "CodeArts Repo can use the account's KMS keys"),
        Ok(false) => Step::ok(
            id,
            "CodeArts Repo cannot use the account's KMS keys yet (no delegation)",
        ),
        Err(error) if error.is_not_found() => Step::ok(
            id,
            "CodeArts Repo cannot use the account's KMS keys yet (no delegation)",
        ),
        Err(error) if error.kind() == ErrorKind::Permission => failed_with(
            id,
            error,
            "Ask an account administrator for permissions in CodeArts Repo, or use other credentials. If you do not manage CodeArts Repo with this provider, pass `--service csms`.",
        ),
        Err(error) => failed(id, error),
    }
}

/// A number of things.
fn counted(count: usize, thing: &str) -> String {
    match count {
        1 => format!("1 {thing}"),
        count => format!("{count} {thing}s"),
    }
}

/// What to do about a denied request for the project's secrets.
fn denied(error: &Error, inspection: &SettingsInspection, permission: &str) -> String {
    let project = match &inspection.project_source {
        Some(source) => format!(
            " Check first that the project ID in {source} is that of the caller's project in this region."
        ),
        None => String::new(),
    };
    match (error.advice(), error.kind()) {
        (Some(advice), _) => format!("{advice}{project}"),
        (None, ErrorKind::Permission) => format!(
            "Ask an account administrator for {permission}, or use other credentials.{project}"
        ),
        (None, ErrorKind::Authentication) => format!(
            "Use credentials that are valid in this project: a token is valid in one project only.{project}"
        ),
        (None, ErrorKind::NotFound | ErrorKind::WrongEndpoint | ErrorKind::Invalid) => format!(
            "Check the region and the endpoint of CSMS.{project}"
        ),
        (None, _) => {
            "Run `hwgrants doctor` again. If the error persists, contact Huawei Cloud support with the request ID.".to_owned()
        }
    }
}
