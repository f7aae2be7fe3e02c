//! Writes what the world holds to its data file as it changes.
//!
//! An answer is sent when everything it tells of is on the disk: a sandbox that is killed has forgotten nothing it has
//! said. Waiting costs no thread, and whatever changes while the disk is busy goes with the next write: a storm of
//! requests is a handful of writes.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::data_file::{DataFile, DataFileContents};

/// Counts the changes, and tells how many of them are on the disk.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct WriteTracker {
    changes: watch::Sender<u64>,
    progress: watch::Sender<Progress>,
}

/// How far writing has come.
#[derive(Clone, Debug, Default)]
struct Progress {
    /// Changes looked after, on the disk or not.
    change_count: u64,
    /// Why the last write failed.
    failure: Option<String>,
}

impl WriteTracker {
    /// Notes that something has changed, or may have. To be called after the change, and before it is answered.
    pub(in crate::sandbox) fn note_change(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Waits until all changes noted so far are on the disk.
    ///
    /// # Errors
    /// Why they are not, in words. They stay in memory, and the next change has them written again.
    pub(in crate::sandbox) async fn settled(&self) -> Result<(), String> {
        let noted = *self.changes.borrow();
        let mut progress = self.progress.subscribe();
        let reached = progress
            .wait_for(|progress| progress.change_count >= noted)
            .await;
        let failure = reached.map_or_else(
            |_| Some(STOPPED.to_owned()),
            |progress| progress.failure.clone(),
        );
        failure.map_or(Ok(()), Err)
    }
}

/// What waits after the last write is told.
const STOPPED: &str = "the sandbox has stopped";

/// Writes `contents` to the data file whenever they have changed, until told to finish; then what is left.
pub(in crate::sandbox) async fn keep(
    writer: Arc<WriteTracker>,
    contents: impl Fn() -> DataFileContents,
    mut data_file: DataFile,
    finish: CancellationToken,
) {
    let mut changes = writer.changes.subscribe();
    let mut change_count = 0;
    let mut is_last = false;
    while !is_last {
        // By count, because what was noted before the subscription is no news for it.
        tokio::select! {
            _ = changes.wait_for(|noted| *noted > change_count) => {}
            () = finish.cancelled() => is_last = true,
        }
        // Before the contents are read, which then show at least that many changes.
        change_count = *changes.borrow_and_update();
        let contents = contents();
        let write = spawn_blocking(move || {
            let written = data_file.write(&contents);
            (data_file, written)
        });
        let Ok((returned, written)) = write.await else {
            break;
        };
        data_file = returned;
        let failure = written.err().map(|error| error.to_string());
        if let Some(failure) = &failure {
            tracing::error!(%failure, "the sandbox cannot keep what it holds");
        }
        writer.progress.send_replace(Progress {
            change_count,
            failure,
        });
    }
    writer.progress.send_replace(Progress {
        change_count: u64::MAX,
        failure: Some(STOPPED.to_owned()),
    });
}
