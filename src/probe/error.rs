//! Why the probe did not start, or stopped.

use std::io;

use super::journal::StepName;
use crate::cloud;

/// Why the probe did not start, or stopped early.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The user has a grant already, which the probe would change.
    #[error(
        "the user already has a grant on the secret; the probe does not change existing grants"
    )]
    GrantExists,
    /// The directory has no user with the ID.
    #[error("no user has this ID")]
    NoUser,
    /// The grant is not the one that the probe created.
    #[error("another process has changed the user's grant on the secret")]
    Replaced,
    /// No secret has the ID.
    #[error("the project has no secret with this ID")]
    NoSecret,
    /// The secret cannot be used; with its state.
    #[error("the secret is in state `{0}`, in which its grants cannot be changed")]
    UnusableSecret(String),
    /// The grants of the secret are not known for certain.
    #[error("cannot determine the grants on the secret: {0}")]
    Unclear(String),
    /// A request failed.
    #[error("{source} (while {doing})")]
    Request {
        /// What was being done.
        doing: String,
        /// Why.
        source: cloud::Error,
    },
    /// The journal could not be written, so the next request was not sent.
    #[error("cannot write the journal, so {step} was not attempted: {source}")]
    Journal {
        /// The step that was about to begin.
        step: StepName,
        /// Why.
        source: io::Error,
    },
    /// A write was accepted, but did not become visible.
    #[error("{step}: the request was accepted, but the change was not listed within {seconds} s")]
    NotVisible {
        /// The step.
        step: StepName,
        /// How long the probe waited.
        seconds: u64,
    },
    /// Ctrl-C or SIGTERM.
    #[error("interrupted")]
    Interrupted,
}

impl ProbeError {
    pub(super) fn request(doing: impl Into<String>, source: cloud::Error) -> Self {
        if source.kind() == cloud::ErrorKind::Cancelled {
            return Self::Interrupted;
        }
        Self::Request {
            doing: doing.into(),
            source,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::GrantExists => Some("pass a user who has no grant on the secret"),
            Self::NoUser => Some(
                "pass the `user_id` of a user, not a name or the ID of a user group; the data source `hwgrants_csms_users` lists users",
            ),
            Self::Replaced => Some(
                "do not change the user's access to the secret while the command runs; check the grant, then run the command again",
            ),
            Self::NoSecret => Some(
                "pass the ID of a secret, not its name or the ID of a secret group; check region and project",
            ),
            Self::UnusableSecret(_) => Some("pass the ID of a secret that is enabled"),
            Self::Request { source, .. } if is_about_request(source) => None,
            Self::Request { .. } | Self::Unclear(_) => {
                Some("run `hwgrants doctor` to check region, project, endpoint and permissions")
            }
            Self::NotVisible { .. } => {
                Some("run the command again; if this persists, attach the report to an issue")
            }
            Self::Journal { .. } | Self::Interrupted => None,
        }
    }
}

/// Whether the service has understood who asks for what, so that no setting is wrong.
fn is_about_request(source: &cloud::Error) -> bool {
    use cloud::ErrorKind::{Conflict, Invalid, Throttled, Transient};
    matches!(source.kind(), Conflict | Invalid | Throttled | Transient)
}
