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
    Incomplete(Vec<Unread>),
    /// A requested secret does not exist.
    #[error(
        "no secret or secret group with the ID `{id}` was found in {}; secret groups without grants cannot be found",
        places(.locations)
    )]
    UnknownSecret {
        /// As requested.
        id: ResourceId,
        /// The audited regions and projects.
        locations: Vec<ProjectLocation>,
    },
}

/// What could not be read, and why.
#[derive(Clone, Debug)]
pub struct Unread {
    /// In words, cleaned, such as ``secret `db` (`ID`)``.
    pub what: String,
    /// The region and project.
    pub location: ProjectLocation,
    /// Why, in words; it may quote the service.
    pub reason: String,
    /// Why.
    pub kind: ErrorKind,
    /// Whether it is the project as a whole.
    pub is_project: bool,
}

impl Unread {
    pub(super) fn new(what: String, location: &ProjectLocation, error: cloud::Error) -> Self {
        Self {
            what,
            location: location.clone(),
            reason: error.to_string(),
            kind: error.kind(),
            is_project: false,
        }
    }

    pub(super) fn of_project(location: &ProjectLocation, error: &Error) -> Self {
        Self {
            what: place(location),
            location: location.clone(),
            reason: error.to_string(),
            kind: match error {
                Error::Failed { source, .. } => source.kind(),
                Error::Incomplete(_) | Error::UnknownSecret { .. } => ErrorKind::NotFound,
            },
            is_project: true,
        }
    }
}

fn place(location: &ProjectLocation) -> String {
    format!(
        "project `{}` (region `{}`)",
        location.project_id, location.region
    )
}

fn places(locations: &[ProjectLocation]) -> String {
    let places: Vec<_> = locations.iter().map(place).collect();
    places.join(", ")
}

/// Whether a failure is not about the permissions for one resource.
pub(super) fn is_lasting(kind: ErrorKind) -> bool {
    !matches!(
        kind,
        ErrorKind::Permission
            | ErrorKind::Conflict
            | ErrorKind::Invalid
            | ErrorKind::Unreadable
            | ErrorKind::WrongEndpoint
            | ErrorKind::NotFound
    )
}

/// The resources that could not be audited, and why.
struct Unseen<'a>(&'a [Unread]);

impl fmt::Display for Unseen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the audit is incomplete. Not audited:")?;
        for Unread { what, reason, .. } in self.0.iter().take(MAX_NAMED) {
            write!(f, "\n  {what}: {reason}")?;
        }
        match self.0.len().saturating_sub(MAX_NAMED) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl Error {
    /// Whether signing in failed. A token that is rejected when the secrets are listed may be valid for another project.
    pub(super) fn is_sign_in(&self) -> bool {
        matches!(
            self,
            Self::Failed { source, .. }
                if source.kind() == ErrorKind::Authentication && source.operation() != Some("ListSecrets")
        )
    }

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
            Self::Incomplete(unread) if unread.iter().any(|each| is_lasting(each.kind)) => {
                let mut kinds = unread.iter().map(|each| each.kind);
                kinds.find(|kind| is_lasting(*kind))?
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
