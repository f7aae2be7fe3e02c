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
    #[error("`--consent` is missing; nothing was sent")]
    NoConsent,
    /// A setting is missing or wrong.
    #[error("{0}")]
    Settings(cloud::Error),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The experiment did not begin, or stopped.
    #[error("the probe stopped: {source}{}{state}", if .state.is_empty() { "" } else { "; " })]
    Stopped {
        /// Why.
        source: ProbeError,
        /// What is known of the grant; empty if the experiment did not begin.
        state: &'static str,
    },
    /// The grant may still exist.
    #[error(
        "could not delete the grant of user {user} on secret {secret}: {source}; the user may still have access"
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
    #[error("an earlier run may have left a grant of {grant} in {location}")]
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
        "cannot determine whether an earlier run left a grant of user {user} on secret {secret}: {source}"
    )]
    UnknownLeftover {
        /// ID of the user.
        user: String,
        /// ID of the secret.
        secret: String,
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
    #[error("interrupted before the end of the cleanup; the user may still have access")]
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

    /// What to do about it.
    pub(in crate::cli) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoConsent => {
                "while the command runs, the user can use the secret; pass `--consent` to accept this, or try the command in \
                 `hwgrants sandbox` first"
            }
            Self::Settings(error) => error.advice()?,
            Self::Journal(error) => error.hint()?,
            Self::Stopped { source, .. } | Self::UnknownLeftover { source, .. } => source.hint()?,
            Self::NotDeleted { .. } | Self::Abandoned => {
                "run `hwgrants probe --clean-up` with the same settings, or delete the grant in the console"
            }
            Self::DifferentGrant { journal, .. } => {
                return Some(format!(
                    "if the grant is not intended, delete it in the console; then delete the journal `{journal}`"
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
