//! The steps and their results.

/// A step. The order is that of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepId {
    /// Terraform or OpenTofu is installed and new enough.
    Terraform,
    /// The provider is installed for this machine.
    Provider,
    /// The lock file accepts the installed provider.
    LockFile,
    /// Settings in files and in the environment are valid.
    Settings,
    /// A complete credential is set.
    Credentials,
    /// The region offers the services.
    Region,
    /// The URLs are valid.
    Endpoints,
    /// The proxy is reached.
    Proxy,
    /// The host name of an endpoint is resolved.
    Dns,
    /// The port of an endpoint accepts connections.
    Tcp,
    /// The certificate of an endpoint is accepted.
    Tls,
    /// An endpoint responds to requests.
    Http,
    /// The clock agrees with that of an endpoint.
    Clock,
    /// The credential is accepted.
    SignIn,
    /// The account is known, and the caller's.
    Account,
    /// The project is known.
    Project,
    /// The caller may list secrets.
    ListSecrets,
    /// The caller may list the grants on a secret.
    ListGrants,
    /// The caller may read whether CodeArts Repo may use the account's keys.
    RepoGrant,
}

/// A heading of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// What Terraform finds on this machine.
    Terraform,
    /// What the provider reads on this machine.
    Settings,
    /// The way to the services.
    Network,
    /// Who the caller is.
    Account,
    /// What the caller may do.
    Permissions,
}

/// The result of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which step.
    pub id: StepId,
    /// Host and port of the endpoint, for steps that are repeated for each of them.
    pub endpoint: Option<String>,
    /// The result.
    pub outcome: Outcome,
    /// What was found, as a clause without a full stop.
    pub reason: String,
}

/// Whether a step succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did.
    Ok,
    /// It did not.
    Failed {
        /// What to do about it, in imperative sentences.
        fix: String,
        /// What the system or the service said; none if the reason says it all.
        cause: Option<String>,
    },
    /// It was not tried.
    Skipped {
        /// The failed step that it depends on; none if there is nothing to check.
        requires: Option<StepId>,
    },
}

impl StepId {
    /// Every step, in order.
    pub const ALL: [Self; 19] = [
        Self::Terraform,
        Self::Provider,
        Self::LockFile,
        Self::Settings,
        Self::Credentials,
        Self::Region,
        Self::Endpoints,
        Self::Proxy,
        Self::Dns,
        Self::Tcp,
        Self::Tls,
        Self::Http,
        Self::Clock,
        Self::SignIn,
        Self::Account,
        Self::Project,
        Self::ListSecrets,
        Self::ListGrants,
        Self::RepoGrant,
    ];

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::Provider => "provider",
            Self::LockFile => "lock-file",
            Self::Settings => "settings",
            Self::Credentials => "credentials",
            Self::Region => "region",
            Self::Endpoints => "endpoints",
            Self::Proxy => "proxy",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Http => "http",
            Self::Clock => "clock",
            Self::SignIn => "sign-in",
            Self::Account => "account",
            Self::Project => "project",
            Self::ListSecrets => "list-secrets",
            Self::ListGrants => "list-grants",
            Self::RepoGrant => "repo-grant",
        }
    }

    /// The heading that it is under.
    #[must_use]
    pub fn group(self) -> Group {
        match self {
            Self::Terraform | Self::Provider | Self::LockFile => Group::Terraform,
            Self::Settings | Self::Credentials | Self::Region | Self::Endpoints => Group::Settings,
            Self::Proxy | Self::Dns | Self::Tcp | Self::Tls | Self::Http | Self::Clock => {
                Group::Network
            }
            Self::SignIn | Self::Account | Self::Project => Group::Account,
            Self::ListSecrets | Self::ListGrants | Self::RepoGrant => Group::Permissions,
        }
    }
}

impl Group {
    /// The heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Terraform => "Terraform",
            Self::Settings => "Settings",
            Self::Network => "Network",
            Self::Account => "Account",
            Self::Permissions => "Permissions",
        }
    }
}

impl Step {
    /// A step that succeeded.
    pub fn ok(id: StepId, reason: impl Into<String>) -> Self {
        Self::new(id, reason, Outcome::Ok)
    }

    /// A step that failed, and what to do about it.
    pub fn failed(id: StepId, reason: impl Into<String>, fix: impl Into<String>) -> Self {
        let fix = fix.into();
        Self::new(id, reason, Outcome::Failed { fix, cause: None })
    }

    /// A step in which there is nothing to check.
    pub fn skipped(id: StepId, reason: impl Into<String>) -> Self {
        Self::new(id, reason, Outcome::Skipped { requires: None })
    }

    /// A step that depends on a failed one.
    pub fn requires(id: StepId, failed: StepId) -> Self {
        let reason = format!("requires `{}`", failed.name());
        let requires = Some(failed);
        Self::new(id, reason, Outcome::Skipped { requires })
    }

    fn new(id: StepId, reason: impl Into<String>, outcome: Outcome) -> Self {
        Self {
            id,
            endpoint: None,
            outcome,
            reason: reason.into(),
        }
    }

    /// The same with the cause of the failure.
    #[must_use]
    pub fn with_cause(mut self, text: Option<String>) -> Self {
        if let Outcome::Failed { cause, .. } = &mut self.outcome {
            *cause = text.filter(|text| !text.is_empty());
        }
        self
    }

    /// The same for one endpoint.
    #[must_use]
    pub fn at(mut self, endpoint: &str) -> Self {
        self.endpoint = Some(endpoint.to_owned());
        self
    }

    /// Whether it failed.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed { .. })
    }

    /// Whether a later step must not be tried: it failed, or depends on one that did.
    #[must_use]
    pub fn blocks(&self) -> bool {
        match self.outcome {
            Outcome::Ok | Outcome::Skipped { requires: None } => false,
            Outcome::Failed { .. } | Outcome::Skipped { requires: Some(_) } => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_steps_are_in_order_with_names_of_their_own() {
        assert!(StepId::ALL.is_sorted());
        assert!(StepId::ALL.is_sorted_by_key(|id| id.group()));
        let mut names = StepId::ALL.map(StepId::name).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), StepId::ALL.len());
    }

    #[test]
    fn only_failures_and_their_dependents_block_later_steps() {
        assert!(!Step::ok(StepId::Dns, "").blocks());
        assert!(!Step::skipped(StepId::Dns, "").blocks());
        assert!(Step::failed(StepId::Dns, "", "").blocks());
        assert!(Step::requires(StepId::Tcp, StepId::Dns).blocks());
    }
}
