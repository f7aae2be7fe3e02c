//! Errors of an audit, with hints.

use std::fmt;

use crate::cloud::{self, ErrorKind, ProjectLocation, ResourceId};

/// Failures that an error names; of the others it says how many.
const MAX_NAMED: usize = 10;

/// Why the live grants could not be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A request failed that the whole audit depends on.
    #[error("audit failed while {doing}: {source}")]
    Failed {
        /// What was tried.
        doing: String,
        /// Why.
        source: cloud::Error,
    },
    /// Some resources could not be audited.
    #[error("{}", Unseen(.0))]
    Incomplete(Vec<(String, cloud::Error)>),
    /// A requested secret does not exist.
    #[error(
        "no secret with the ID `{id}`, and no secret group with that ID that has grants, was found in project `{}` \
         (region `{}`)",
        .location.project_id, .location.region
    )]
    UnknownSecret {
        /// As requested.
        id: ResourceId,
        /// The audited region and project.
        location: ProjectLocation,
    },
}

/// The resources that could not be audited, and why.
struct Unseen<'a>(&'a [(String, cloud::Error)]);

impl fmt::Display for Unseen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the audit is incomplete, so no grants are printed. Not audited:")?;
        for (what, error) in self.0.iter().take(MAX_NAMED) {
            write!(f, "\n  {what}: {error}")?;
        }
        match self.0.len().saturating_sub(MAX_NAMED) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl Error {
    /// What to do about it, if there is something.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        let kind = match self {
            Self::UnknownSecret { .. } => {
                return Some(
                    "pass the ID of a secret (the `secret_id` attribute of `huaweicloud_csms_secret`) or secret group \
                     to `--secret`, not the name, and check the region and the project",
                );
            }
            Self::Incomplete(_) => {
                return Some(
                    "ask an administrator for the missing permissions, or exclude the resources that cannot be read: \
                     audit individual secrets with `--secret ID`, or skip the delegation to CodeArts Repo with \
                     `--no-delegation`",
                );
            }
            Self::Failed { source, .. } if source.is_out_of_files() => {
                return Some("raise the limit on open files (`ulimit -n`), or stop other programs");
            }
            Self::Failed { source, .. } => source.kind(),
        };
        match kind {
            ErrorKind::Authentication | ErrorKind::Configuration => Some(
                "check the `HW_*` environment variables, or the profile in the shared configuration file",
            ),
            ErrorKind::Permission => Some(
                "ask an administrator of the account for the missing permission, or use other credentials",
            ),
            ErrorKind::Unreachable | ErrorKind::WrongEndpoint => {
                Some("check the network, the proxy and the region")
            }
            ErrorKind::Throttled | ErrorKind::Transient | ErrorKind::Timeout => {
                Some("try again later")
            }
            ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::Invalid
            | ErrorKind::Unreadable
            | ErrorKind::Cancelled => None,
        }
    }
}
