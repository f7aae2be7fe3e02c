//! Writes changes to the data file.
//!
//! A response is sent only when the changes it reports are on disk, so that a sandbox that is killed loses nothing that a
//! client has seen. Changes during a write go into the next one, so that many concurrent requests need few writes.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::data_file::{DataFile, DataFileContents};

/// Counts changes, and knows how many of them are on disk.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct WriteTracker {
    /// Number of changes recorded since the start.
    changes: watch::Sender<u64>,
    /// Result of the last write.
    progress: watch::Sender<Progress>,
}

/// Progress of writing.
#[derive(Clone, Debug, Default)]
struct Progress {
    /// Number of changes that the last write covered, successful or not.
    change_count: u64,
    /// Why the last write failed; none if it succeeded.
    failure: Option<String>,
}

impl WriteTracker {
    /// Records a possible change. Call it after the change and before the response.
    pub(in crate::sandbox) fn note_change(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Waits until all changes recorded until now are on disk.
    ///
    /// # Errors
    /// The message of the failed write. The changes stay in memory, and the next change triggers another write.
    pub(in crate::sandbox) async fn wait_until_written(&self) -> Result<(), String> {
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

/// Message for callers that wait after the last write.
const STOPPED: &str = "the sandbox has stopped";

/// Writes `contents` to the data file after each change. After `finish` it writes once more and returns.
pub(in crate::sandbox) async fn write_changes(
    writer: Arc<WriteTracker>,
    contents: impl Fn() -> DataFileContents,
    mut data_file: DataFile,
    finish: CancellationToken,
) {
    let mut changes = writer.changes.subscribe();
    let mut change_count = 0;
    let mut is_last = false;
    while !is_last {
        // Compares counts, because a new subscription does not see earlier changes.
        tokio::select! {
            _ = changes.wait_for(|noted| *noted > change_count) => {}
            () = finish.cancelled() => is_last = true,
        }
        // Read before the contents, which then include at least this many changes.
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
            tracing::error!(%failure, "the sandbox cannot write its data file");
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
