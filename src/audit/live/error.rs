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
        "no secret or secret group with the ID `{id}` was found in project `{}` (region `{}`); secret groups without \
         grants cannot be found",
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
                    "pass an ID to `--secret`, not a name (for a secret, use the `secret_id` attribute of \
                     `huaweicloud_csms_secret`), and check the region and project",
                );
            }
            Self::Incomplete(_) => {
                return Some(
                    "ask an administrator for the missing permissions, or exclude the resources that cannot be read: \
                     pass `--secret ID` to audit only specific secrets, or `--no-delegation` to skip the delegation \
                     to CodeArts Repo",
                );
            }
            Self::Failed { source, .. } if source.is_out_of_files() => {
                return Some("raise the open file limit (`ulimit -n`), or stop other programs");
            }
            Self::Failed { source, .. } => source.kind(),
        };
        match kind {
            ErrorKind::Authentication | ErrorKind::Configuration => Some(
                "check the `HW_*` environment variables, or the profile in the shared configuration file",
            ),
            ErrorKind::Permission => Some(
                "ask an account administrator for the missing permission, or use different credentials",
            ),
            ErrorKind::Unreachable | ErrorKind::WrongEndpoint => {
                Some("check the network, proxy and region")
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
