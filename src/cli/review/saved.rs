//! Saved plans, which only the Terraform that created them can convert to JSON.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use tokio::process::Command;
use tokio::task::spawn_blocking;

use super::super::error::Error;
use super::super::input::Input;
use super::super::signal::{Signals, StopReason, forward_signal};
use super::super::terraform::{Terraform, TerraformOptions};
use crate::plan_json;
use crate::plan_json::plan::Plan;
use crate::text::line as clean;

/// The most bytes shown of the messages of Terraform.
const MAX_SAID_BYTES: u64 = 4 * 1024;

/// Reads the saved plan in `path`, whose configuration is in `folder`. Nothing is downloaded.
pub(super) async fn read(input: &Input, path: &Path, folder: &Path) -> Result<Plan, Error> {
    let Some(terraform) = Terraform::find_installed(&TerraformOptions::from_environment())? else {
        return Err(Error::NoReader {
            input: input.to_string(),
        });
    };
    let line = format!("{} show -json", terraform.program().display());
    let cannot = |source| Error::Run {
        command: line.clone(),
        source,
    };
    let mut said = tempfile::tempfile().map_err(cannot)?;
    let (json, output) = io::pipe().map_err(cannot)?;
    let mut command = Command::new(terraform.program());
    command
        .args(["show", "-json", "-no-color"])
        .arg(std::path::absolute(path).map_err(cannot)?)
        .current_dir(folder)
        // No check for newer versions.
        .env("CHECKPOINT_DISABLE", "1")
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(said.try_clone().map_err(cannot)?);

    // In parallel, so that Ctrl-C takes effect while a large plan is read.
    let reading = spawn_blocking(move || plan_json::read_plan(json));
    let Some(status) = run(command).await.map_err(cannot)? else {
        return Err(Error::StoppedReading {
            input: input.to_string(),
        });
    };
    let outcome = reading
        .await
        .map_err(|error| cannot(io::Error::other(error)))?;
    match outcome {
        // Terraform also fails if its output is not read to the end because it is not a plan.
        Err(ref error) if !status.success() && !is_not_json(error) => name_input(input, outcome),
        _ if !status.success() => Err(Error::Show {
            input: input.to_string(),
            command: line.clone(),
            status: status.to_string(),
            said: last_words(&mut said).map_err(cannot)?,
        }),
        outcome => name_input(input, outcome),
    }
}

/// The outcome, with the input named in its error.
pub(super) fn name_input<T>(
    input: &Input,
    outcome: Result<T, plan_json::Error>,
) -> Result<T, Error> {
    outcome.map_err(|source| Error::Plan {
        input: input.to_string(),
        source,
    })
}

/// Whether this is the error of an output that is empty, truncated, or text: OpenTofu prints warnings to standard output.
fn is_not_json(error: &plan_json::Error) -> bool {
    matches!(
        error,
        plan_json::Error::Empty
            | plan_json::Error::Truncated { .. }
            | plan_json::Error::NotJson { .. }
    )
}

/// Runs Terraform to its end; `None` if it was asked to stop. Asked again, it is not waited for.
async fn run(mut command: Command) -> io::Result<Option<ExitStatus>> {
    let mut signals = Signals::new()?;
    let mut child = command.kill_on_drop(true).spawn()?;
    // It holds the other end of the pipe, which must be closed for the reader to finish.
    drop(command);
    let mut is_stopped = false;
    loop {
        tokio::select! {
            status = child.wait() => return Ok(if is_stopped { None } else { Some(status?) }),
            _ = signals.recv() => {
                if is_stopped {
                    return Ok(None);
                }
                is_stopped = true;
                forward_signal(StopReason::Terminate, child.id());
            }
        }
    }
}

/// The last messages of Terraform without their frame, each line indented.
fn last_words(said: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    let length = said.seek(SeekFrom::End(0))?;
    said.seek(SeekFrom::Start(length.saturating_sub(MAX_SAID_BYTES)))?;
    said.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().map(|line| line.trim_matches(is_frame));
    let lines = lines.filter(|line| !line.is_empty());
    Ok(lines.map(|line| format!("\n  {}", clean(line))).collect())
}

/// What Terraform draws around its messages.
fn is_frame(c: char) -> bool {
    c.is_whitespace() || matches!(c, '╷' | '│' | '╵')
}
