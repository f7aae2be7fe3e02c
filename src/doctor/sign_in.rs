//! Steps about who the caller is: sign-in, account, project.

use super::failure::{cause, failed, failed_with};
use super::settings::{name_of, used};
use super::step::{Step, StepId};
use crate::cloud::{
    CredentialKind, CredentialState, DomainId, Error, ErrorKind, ProjectId, Region,
    SettingsInspection,
};

/// Whether the credential is accepted, by the list of accounts that any caller may ask for.
pub(super) fn sign_in(
    inspection: &SettingsInspection,
    accounts: &Result<Vec<DomainId>, Error>,
) -> Step {
    let id = StepId::SignIn;
    let used = used(inspection).unwrap_or("the agency of this ECS instance");
    match accounts {
        Ok(_) => Step::ok(id, format!("{used} is accepted")),
        // A caller who is denied something is known.
        Err(error) if error.kind() == ErrorKind::Permission && inspection.role_count == 0 => {
            Step::ok(id, format!("{used} is accepted"))
        }
        Err(error) if is_about_role(error) => failed_with(
            id,
            error,
            "Check the name and the account of the agency (`HW_ASSUME_ROLE_AGENCY_NAME`, `HW_ASSUME_ROLE_DOMAIN_NAME` or \
             `HW_ASSUME_ROLE_DOMAIN_ID`), that the agency trusts the caller's account, and that the caller has the permission \
             `Agent Operator`.",
        ),
        Err(error) if error.kind() == ErrorKind::Authentication => {
            failed_with(id, error, rejected(inspection))
        }
        Err(error) => failed(id, error),
    }
}

/// Whether assuming an agency failed, rather than the first credential.
fn is_about_role(error: &Error) -> bool {
    let arguments = ["assume_role", "agency_name", "assume_role_with_oidc"];
    let is_reported_there = error
        .argument()
        .is_some_and(|name| arguments.contains(&name));
    let operations = [
        "AssumeAgency",
        "KeystoneCreateAgencyToken",
        "CreateTemporaryAccessKeyByAgency",
    ];
    let is_operation = error
        .operation()
        .is_some_and(|name| operations.contains(&name));
    is_reported_there || is_operation
}

/// What to do if the credential was rejected.
fn rejected(inspection: &SettingsInspection) -> String {
    let mut credentials = inspection.credentials.iter();
    let used = credentials.find(|each| each.state == CredentialState::Complete);
    let (kind, used) = match used {
        Some(used) => (used.kind, name_of(&used.description)),
        None => (CredentialKind::Metadata, ""),
    };
    match kind {
        CredentialKind::Token => format!(
            "Set {used} to a new token: a token expires after 24 hours at the latest, and one from a regional IAM endpoint is \
             valid in that region only."
        ),
        CredentialKind::AccessKey => format!(
            "Check {used} and its secret key (`HW_SECRET_KEY`, or the profile): both must be of the same, enabled access key. A \
             temporary key also requires `HW_SECURITY_TOKEN`, and expires."
        ),
        CredentialKind::Password => format!(
            "Correct the user, the account and {used}. Sign in to the console before you try again: each wrong password counts, and \
             too many lock the user. An administrator can unlock a locked user."
        ),
        CredentialKind::Oidc => format!("Obtain a new ID token, and check {used}."),
        CredentialKind::Metadata => {
            "Check the agency that is attached to this ECS instance.".to_owned()
        }
    }
}

/// Whether the account is known, and is the caller's.
pub(super) fn account(
    inspection: &SettingsInspection,
    accounts: &Result<Vec<DomainId>, Error>,
    account: &Result<DomainId, Error>,
) -> Step {
    let id = StepId::Account;
    let account = match account {
        Ok(account) => account,
        Err(error) if error.kind() == ErrorKind::Configuration => {
            let fix = "Set `HW_DOMAIN_ID` to the ID of your account, which `My Credentials` in the console shows.";
            return failed_with(id, error, fix);
        }
        Err(error) => return failed(id, error),
    };
    let Some(source) = &inspection.account_source else {
        return Step::ok(id, account.to_string());
    };
    let fix = format!("Unset {source}, or use credentials of that account.");
    let shown = format!("{account} (from {source})");
    match accounts {
        Ok(listed) if !listed.is_empty() && !listed.contains(account) => {
            Step::failed(id, format!("{shown} is not an account of the caller"), fix)
        }
        // Any caller may ask for the accounts, but only in the name of an account of their own.
        Err(error) => {
            let reason = format!("{shown} is not an account of the caller");
            Step::failed(id, reason, fix).with_cause(Some(cause(error)))
        }
        Ok(_) => Step::ok(id, shown),
    }
}

/// Whether there is a project.
pub(super) fn project(
    inspection: &SettingsInspection,
    region: &Region,
    project: &Result<ProjectId, Error>,
) -> Step {
    let id = StepId::Project;
    match (project, &inspection.project_source) {
        (Ok(project), Some(source)) => Step::ok(
            id,
            format!("{project} (from {source}; checked by `list-secrets`)"),
        ),
        (Ok(project), None) => Step::ok(
            id,
            format!("{project} (from the token, or the region's default project)"),
        ),
        (Err(error), _) if error.kind() == ErrorKind::Configuration => failed_with(
            id,
            error,
            format!(
                "Set `HW_PROJECT_ID` to the ID of a project in {region} that the caller has access to. If the region is \
                 wrong, correct it."
            ),
        ),
        (Err(error), _) => failed(id, error),
    }
}
