//! What earlier runs have left: each journal is handled by itself.

use jiff::Timestamp;

use super::Context;
use super::error::{ProbeCommandError, describe};
use super::journal_file::{JournalError, JournalFile};
use crate::probe::{Journal, Leftover, Pace, ProbeTarget, remove_leftover};

/// The journals that were found.
pub(super) struct Leftovers {
    /// Number of journals that are no longer needed.
    pub(super) resolved: usize,
    /// Why the others are.
    pub(super) problems: Vec<ProbeCommandError>,
}

/// Handles every journal but that of `own`.
///
/// # Errors
/// The journals cannot be listed.
pub(super) async fn resolve_all(
    context: &Context,
    own: Option<&ProbeTarget>,
) -> Result<Leftovers, ProbeCommandError> {
    let mut leftovers = Leftovers {
        resolved: 0,
        problems: Vec::new(),
    };
    for journal in context.folder.leftovers(own)? {
        let resolved = match journal {
            Ok(mut journal) => resolve(context, &mut journal).await.map(|()| {
                // If this fails, the next run finds nothing.
                let _ = journal.remove();
            }),
            Err(error) => Err(error.into()),
        };
        match resolved {
            Ok(()) => leftovers.resolved += 1,
            Err(problem) => leftovers.problems.push(problem),
        }
    }
    Ok(leftovers)
}

/// Deletes the grant that a journal announces, if it exists, and prints what was found. Not interruptible.
///
/// # Errors
/// The grant may exist.
pub(super) async fn resolve(
    context: &Context,
    journal: &mut JournalFile,
) -> Result<(), ProbeCommandError> {
    let Some(entry) = &journal.leftover else {
        return Ok(());
    };
    let path = journal.path();
    let target = entry.target().map_err(|error| JournalError::Invalid {
        path: path.to_owned(),
        problem: error.to_string(),
    })?;
    if target.location != context.location || target.endpoint != context.endpoint {
        return Err(ProbeCommandError::other_project(&target, path));
    }
    let (user, secret) = (&target.user_id, &target.secret_id);
    let run = format!(
        "an earlier run (started {} UTC, stopped while {})",
        entry.started_at().strftime("%Y-%m-%d %H:%M:%S"),
        entry.step
    );
    let pace = Pace::default();
    let found = remove_leftover(&context.client, &target, entry, pace, Timestamp::now()).await;
    let found = found.map_err(|source| ProbeCommandError::UnknownLeftover {
        user: user.to_string(),
        secret: secret.to_string(),
        journal: path.display().to_string(),
        source,
    })?;
    match found {
        Leftover::Nothing => context.printer.message(format_args!(
            "{run} left no grant: user {user} has no grant on secret {secret}"
        )),
        Leftover::Removed { expiry } => context.printer.message(format_args!(
            "{run} left a grant for user {user} on secret {secret} ({}); the grant has been deleted",
            describe(&expiry)
        )),
        Leftover::Different { expiry } => {
            return Err(ProbeCommandError::different(&target, &expiry, path));
        }
        Leftover::NotRemoved(source) => return Err(super::not_deleted(&target, source)),
    }
    Ok(())
}
