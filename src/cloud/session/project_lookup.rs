//! Lookups of project and account IDs that are not set, when they are first needed, once each.

use std::collections::BTreeMap;

use tokio::sync::{Mutex, MutexGuard};

use super::Session;
use crate::cloud::credential::Credential;
use crate::cloud::deadline::Call;
use crate::cloud::error::{Error, ErrorKind};
use crate::cloud::id::{DomainId, ProjectId, Region};
use crate::cloud::settings::setting;

/// The ids that were looked up. A lookup holds the lock, so that concurrent callers wait for its result.
#[derive(Debug, Default)]
pub(in crate::cloud) struct SharedIds(Mutex<KnownIds>);

/// Ids by lookup; an absent one has not been looked up, or not been found.
#[derive(Debug, Default)]
struct KnownIds {
    project_ids: BTreeMap<Region, ProjectId>,
    domain_id: Option<DomainId>,
}

impl Session {
    /// See [`Client::project_id_of`](crate::cloud::Client::project_id_of).
    pub(in crate::cloud) async fn project_id_of(
        &self,
        region: &Region,
        call: &Call,
    ) -> Result<ProjectId, Error> {
        let is_own = self
            .settings
            .region
            .as_ref()
            .is_none_or(|own| own == region);
        if let Some(id) = self.project_id().filter(|_| is_own) {
            return Ok(id.clone());
        }
        let active = self.active_credential(call).await?;
        if let Some(id) = active.issued.project_id.as_ref().filter(|_| is_own) {
            return Ok(id.clone());
        }
        if !is_own && !matches!(active.issued.credential, Credential::Keys(_)) {
            let problem = format!(
                "is required for region `{region}`, because a token is valid for only one project: set `project_id` to \
                 the ID of a project in that region, or sign in with `access_key` and `secret_key`"
            );
            return Err(Error::setting(setting::PROJECT_ID.argument, problem));
        }
        let mut found = self.lock_known_ids(call).await?;
        if let Some(id) = found.project_ids.get(region) {
            return Ok(id.clone());
        }
        let name = if is_own {
            self.project_name()?
        } else {
            region.as_str()
        };
        let projects = self.list_projects(call, name).await.map_err(lookup_error)?;
        let Some(project) = projects.into_iter().next() else {
            let problem = format!(
                "is not set, and the credentials do not have access to a project named `{name}`: set `project_id` or \
                 `project_name`"
            );
            return Err(Error::setting(setting::PROJECT_ID.argument, problem));
        };
        found.domain_id = found.domain_id.take().or(project.domain_id);
        let id = project.id;
        found.project_ids.insert(region.clone(), id.clone());
        Ok(id)
    }

    /// See [`Client::account_id`](crate::cloud::Client::account_id).
    pub(in crate::cloud) async fn account_id(&self, call: &Call) -> Result<DomainId, Error> {
        if let Some(id) = self.domain_id() {
            return Ok(id.clone());
        }
        let active = self.active_credential(call).await?;
        if let Some(id) = &active.issued.domain_id {
            return Ok(id.clone());
        }
        let mut found = self.lock_known_ids(call).await?;
        if let Some(id) = &found.domain_id {
            return Ok(id.clone());
        }
        let mut why = Vec::new();
        let project = self.list_projects(call, self.project_name()?).await;
        let mut id = ok_unless_denied(project, &mut why)?
            .into_iter()
            .flatten()
            .find_map(|project| project.domain_id);
        if id.is_none() {
            let domains = ok_unless_denied(self.list_domains(call).await, &mut why)?;
            id = domains.into_iter().flatten().next();
        }
        if id.is_none() && matches!(active.issued.credential, Credential::Keys(_)) {
            id = ok_unless_denied(self.caller_account(call).await, &mut why)?;
        }
        let id = id.ok_or_else(|| unknown_account(&why))?;
        found.domain_id = Some(id.clone());
        Ok(id)
    }

    /// The account of an access key, during sign-in: the first one listed, or the one from STS.
    ///
    /// # Errors
    /// `Configuration` if neither has one.
    pub(in crate::cloud) async fn account_of_key(
        &self,
        call: &Call,
        key: &Credential,
    ) -> Result<DomainId, Error> {
        let mut why = Vec::new();
        let listed = ok_unless_denied(self.list_domains_as(call, key).await, &mut why)?;
        if let Some(id) = listed.into_iter().flatten().next() {
            return Ok(id);
        }
        let named = ok_unless_denied(self.caller_account_as(call, key).await, &mut why)?;
        named.ok_or_else(|| unknown_account(&why))
    }

    /// Waits for a lookup in progress, within the bounds of the call.
    async fn lock_known_ids(&self, call: &Call) -> Result<MutexGuard<'_, KnownIds>, Error> {
        tokio::select! {
            biased;
            () = call.cancel.cancelled() => Err(Error::new(ErrorKind::Cancelled, None)),
            found = self.known_ids.0.lock() => Ok(found),
            () = tokio::time::sleep_until(call.deadline) => Err(Error::new(ErrorKind::Timeout, None)),
        }
    }
}

/// The error if no source has the account; `why` lists the lookups that were denied.
fn unknown_account(why: &[String]) -> Error {
    let why = match why {
        [] => String::new(),
        some => format!(" ({})", some.join("; ")),
    };
    let problem = format!(
        "is not set and could not be determined: set `domain_id` to the ID of your account{why}"
    );
    Error::setting(setting::DOMAIN_ID.argument, problem)
}

/// A failed lookup must not say anything about the resource of the operation: "not found" becomes `WrongEndpoint`.
fn lookup_error(error: Error) -> Error {
    match error.is_not_found() {
        true => error.with_kind(ErrorKind::WrongEndpoint),
        false => error,
    }
}

/// The result, or `None` if the caller may not see it (with the reason added to `why`); other errors are returned.
fn ok_unless_denied<T>(
    result: Result<T, Error>,
    why: &mut Vec<String>,
) -> Result<Option<T>, Error> {
    use ErrorKind::{Invalid, NotFound, Permission, Unreadable, WrongEndpoint};
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error)
            if matches!(
                error.kind(),
                Invalid | NotFound | Permission | Unreadable | WrongEndpoint
            ) =>
        {
            why.push(error.to_string());
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
