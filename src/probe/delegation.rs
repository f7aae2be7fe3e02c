//! How CodeArts Repo shows the delegation of the account. Only reads it.

use super::finding::Finding;
use super::grant_client::{GrantClient, status_and_code};
use crate::cloud::{Call, DomainId, Error, ErrorKind, ObservedResponse};
use crate::sandbox::{RepoMissing, RepoStatus};
use crate::wire::answer::Answer;
use crate::wire::repo::assumed;

/// The quirks `repo_status` and `repo_missing`.
pub(super) async fn findings(client: &GrantClient<'_>) -> [Finding; 2] {
    let call = || Call::within(client.pace.request, client.cancel.clone());
    let api = client.client;
    let (accounts, shown) = (call(), call());
    let shown = match api.account_id(&accounts).await {
        Ok(account) => {
            let region = &client.target.location.region;
            let response = api.observe_tenant_kms_grant(&shown, region, &account).await;
            Ok((account, response))
        }
        Err(error) => Err(error),
    };
    let (status, missing) = match shown {
        Ok((account, Ok(response))) => of_response(&account, &response),
        Ok((_, Err(error))) if error.is_not_found() && error.status() == Some(404) => {
            let shown = status_and_code(&error);
            let status = Err("there is no delegation".to_owned());
            (status, Ok((RepoMissing::NotFound, shown)))
        }
        Ok((_, Err(error))) | Err(error) => of_error(&error),
    };
    [
        Finding::of("repo_status", status),
        Finding::of("repo_missing", missing),
    ]
}

type Findings = (
    Result<(RepoStatus, String), String>,
    Result<(RepoMissing, String), String>,
);

fn of_response(account: &DomainId, response: &ObservedResponse) -> Findings {
    let is_assumed = match assumed(account.as_str(), &response.body) {
        Answer::Documented(is_assumed) => is_assumed,
        _ => {
            let reason = || "the response is not as documented".to_owned();
            return (Err(reason()), Err(reason()));
        }
    };
    let shown = format!("status {}, `\"assumed\": {is_assumed}`", response.status);
    let status = match response.status {
        202 => Ok((RepoStatus::Accepted, shown.clone())),
        200 => Ok((RepoStatus::Ok, shown.clone())),
        _ => Err(shown.clone()),
    };
    let missing = match is_assumed {
        true => Err("the account has a delegation".to_owned()),
        false => Ok((RepoMissing::NotAssumed, shown)),
    };
    (status, missing)
}

fn of_error(error: &Error) -> Findings {
    let reason = || match error.kind() {
        ErrorKind::Cancelled => "the probe was interrupted".to_owned(),
        _ => format!(
            "the delegation could not be read ({})",
            status_and_code(error)
        ),
    };
    (Err(reason()), Err(reason()))
}
