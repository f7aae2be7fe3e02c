//! Why it is not known what is granted, and what to do about it.

use std::fmt;

use crate::cloud::{self, ErrorKind, ProjectLocation, ResourceId};

/// Failures that an error names; of the others it says how many.
const MAX_NAMED: usize = 10;

/// Why it is not known what is granted.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Something failed on which everything depends.
    #[error("while {doing}: {source}")]
    Failed {
        /// What was tried.
        doing: String,
        /// Why.
        source: cloud::Error,
    },
    /// Some things could not be looked at.
    #[error("{}", Unseen(.0))]
    Incomplete(Vec<(String, cloud::Error)>),
    /// A secret asked for by name is not there.
    #[error("there is no secret `{id}` in the project `{}` in `{}`, and no group of secrets with grants", .place.project_id, .place.region)]
    UnknownSecret {
        /// As it was asked for.
        id: ResourceId,
        /// Where it was looked for.
        place: ProjectLocation,
    },
}

/// What could not be looked at, and why.
struct Unseen<'a>(&'a [(String, cloud::Error)]);

impl fmt::Display for Unseen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the audit is not complete, so nothing is printed. Not looked at:")?;
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
                    "`--secret` takes the id of a secret (`secret_id` of `huaweicloud_csms_secret`), not its name; \
                     check region and project, too",
                );
            }
            Self::Incomplete(_) => {
                return Some(
                    "ask an administrator for the permission to look, or look at the rest alone: at some secrets with \
                     `--secret ID`, at secrets only with `--no-delegation`",
                );
            }
            Self::Failed { source, .. } if source.is_out_of_files() => {
                return Some("raise the limit of open files (`ulimit -n`), or end other programs");
            }
            Self::Failed { source, .. } => source.kind(),
        };
        match kind {
            ErrorKind::Authentication | ErrorKind::Configuration => Some(
                "the settings are those of an empty provider block: the environment variables `HW_*`, or a profile of \
                 the shared configuration file",
            ),
            ErrorKind::Permission => Some(
                "ask an administrator of the account for the permission, or use other credentials",
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
