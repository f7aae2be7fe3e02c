//! Errors of `hwgrants probe`, with hints.

use std::path::Path;

use super::journal_file::JournalError;
use crate::cloud::{self, Expiry, ProjectLocation};
use crate::probe::{CleanupError, ProbeError, ProbeTarget};
use crate::text;

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum ProbeCommandError {
    /// The user has not agreed.
    #[error("`--consent` is required; no request was sent")]
    NoConsent,
    /// A setting is missing or wrong.
    #[error("{0}")]
    Settings(cloud::Error),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The experiment did not begin, or stopped.
    #[error("the probe {}: {source}{}{state}", if .state.is_empty() { "did not start" } else { "stopped" }, if .state.is_empty() { "" } else { "; " })]
    Stopped {
        /// Why.
        source: ProbeError,
        /// What is known of the grant; empty if the experiment did not begin.
        state: &'static str,
    },
    /// The grant may still exist.
    #[error(
        "could not delete the grant for user {user} on secret {secret}: {source}; the user may still have access"
    )]
    NotDeleted {
        /// ID of the user.
        user: String,
        /// ID of the secret.
        secret: String,
        /// Why.
        source: CleanupError,
    },
    /// A grant is not certainly that of the probe.
    #[error(
        "user {user} has a grant on secret {secret} ({expiry}) that does not match the one that the probe created, so it was not deleted"
    )]
    DifferentGrant {
        /// ID of the user.
        user: String,
        /// ID of the secret.
        secret: String,
        /// In words.
        expiry: String,
        /// Path of the journal.
        journal: String,
    },
    /// A journal is about another project.
    #[error("an earlier run may have left a grant for {grant} in {location}")]
    OtherProject {
        /// User and secret, in words.
        grant: String,
        /// Region, project and URL of CSMS, in words.
        location: String,
        /// Path of the journal.
        journal: String,
    },
    /// Whether an earlier run has left a grant is not known.
    #[error(
        "cannot determine whether an earlier run left a grant for user {user} on secret {secret}: {source}"
    )]
    UnknownLeftover {
        /// ID of the user.
        user: String,
        /// ID of the secret.
        secret: String,
        /// Path of the journal.
        journal: String,
        /// Why.
        source: ProbeError,
    },
    /// Other grants are gone or different.
    #[error(
        "grants of these users on the secret are no longer listed, or have a different expiry: {0}. The probe sent no request to change them"
    )]
    ChangedGrants(String),
    /// It is not known whether other grants are unchanged.
    #[error("cannot determine whether the other grants on the secret are unchanged: {0}")]
    UnknownGrants(ProbeError),
    /// A second Ctrl-C.
    #[error("interrupted before the cleanup finished; the user may still have access")]
    Abandoned,
}

impl ProbeCommandError {
    /// A grant that is not certainly that of the probe.
    pub(super) fn different(target: &ProbeTarget, expiry: &Expiry, journal: &Path) -> Self {
        Self::DifferentGrant {
            user: target.user_id.to_string(),
            secret: target.secret_id.to_string(),
            expiry: describe(expiry),
            journal: journal.display().to_string(),
        }
    }

    /// A journal that the current settings do not apply to.
    pub(super) fn other_project(target: &ProbeTarget, journal: &Path) -> Self {
        let ProjectLocation { region, project_id } = &target.location;
        let endpoint = text::line(&target.endpoint);
        Self::OtherProject {
            grant: format!("user {} on secret {}", target.user_id, target.secret_id),
            location: format!("{region}, project {project_id} ({endpoint})"),
            journal: journal.display().to_string(),
        }
    }

    /// Whether a grant of an earlier run in this project may still exist.
    pub(super) fn is_about_access(&self) -> bool {
        matches!(
            self,
            Self::NotDeleted { .. } | Self::DifferentGrant { .. } | Self::UnknownLeftover { .. }
        )
    }

    /// What to do about it.
    pub(in crate::cli) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoConsent => {
                "while the command runs, the user can use the secret; pass `--consent` to accept this, or try the command in \
                 `hwgrants sandbox` first"
            }
            Self::Settings(error) if error.argument() == Some("region") => {
                "pass `--region`, or set `HW_REGION_NAME`"
            }
            Self::Settings(error) => error.advice()?,
            Self::Journal(error) => error.hint()?,
            Self::Stopped { source, .. } => source.hint()?,
            Self::UnknownLeftover { journal, .. } => {
                return Some(format!(
                    "run `hwgrants doctor` to check region, project, endpoint and permissions, then run `hwgrants probe --clean-up`; the \
                     journal is `{journal}`"
                ));
            }
            Self::NotDeleted { .. } | Self::Abandoned => {
                "run `hwgrants probe --clean-up` with the same settings, or delete the grant in the console"
            }
            Self::DifferentGrant { journal, .. } => {
                return Some(format!(
                    "if the grant is not intended, delete it in the console; in either case, delete the journal `{journal}`"
                ));
            }
            Self::OtherProject { journal, .. } => {
                return Some(format!(
                    "run `hwgrants probe --clean-up` with that run's region, project, endpoint and credentials; if they no longer exist, \
                     delete the journal `{journal}`"
                ));
            }
            Self::ChangedGrants(_) => {
                "check whether another process changed them, for example with `terraform plan`; if not, report this as a bug"
            }
            Self::UnknownGrants(_) => "check them with `hwgrants audit` or `terraform plan`",
        };
        Some(hint.to_owned())
    }
}

/// An expiry in a message.
pub(super) fn describe(expiry: &Expiry) -> String {
    match (expiry.date(), expiry.unclear_text()) {
        (Some(date), _) => format!("expires {date}"),
        (None, Some(text)) => format!("expiry `{}`", text::line(text)),
        (None, None) => "never expires".to_owned(),
    }
}
