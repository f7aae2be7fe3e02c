//! Why the probe did not start, or stopped.

use std::io;

use super::journal::StepName;
use crate::cloud;

/// Why the probe did not start, or stopped early.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The user has a grant already, which the probe would change.
    #[error(
        "the user already has a grant on the secret, and the probe would change it; nothing was sent"
    )]
    GrantExists,
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
    #[error("{doing} failed: {source}")]
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
    #[error(
        "{step} was accepted, but the list of grants did not show the effect within {seconds} s"
    )]
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
            Self::GrantExists => Some("pass a user without a grant on the secret"),
            Self::NoSecret => Some(
                "pass the ID of a secret, not its name or the ID of a secret group; check region and project",
            ),
            Self::UnusableSecret(_) => Some("pass the ID of a secret that is enabled"),
            Self::Request { source, .. } => source.advice(),
            Self::NotVisible { .. } => {
                Some("run the command again; if this persists, attach the report to an issue")
            }
            Self::Unclear(_) => Some("run `hwgrants doctor` to check region, project and endpoint"),
            Self::Journal { .. } | Self::Interrupted => None,
        }
    }
}
