//! Saved plans, which only the Terraform that created them can convert to JSON.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use tokio::process::Command;
use tokio::task::spawn_blocking;

use super::super::error::Error;
use super::super::input::Input;
use super::super::signal::{Signals, StopReason, forward_signal};
use super::super::terraform::{ProgramOrigin, SavedPlan, Terraform, TerraformOptions};
use crate::plan_json;
use crate::plan_json::plan::Plan;
use crate::text::line as clean;

/// The most bytes shown of the messages of Terraform.
const MAX_SAID_BYTES: u64 = 4 * 1024;

/// Reads the saved plan in `path`, whose configuration is in `folder`. Nothing is downloaded.
///
/// If both programs are on `PATH`, the one that created the plan reads it. Where the plan does not say which one did, both are
/// tried, because each refuses the plans of the other.
pub(super) async fn read(
    input: &Input,
    path: &Path,
    mut plan: SavedPlan,
    folder: &Path,
) -> Result<Plan, Error> {
    let mut programs = Terraform::find_all_installed(&TerraformOptions::from_environment())?;
    let is_other = |program: &Terraform| plan.product.is_some_and(|p| p != program.product());
    if plan.is_encrypted {
        programs.retain(|program| program.origin() != ProgramOrigin::Path || !is_other(program));
    }
    programs.sort_by_key(is_other);
    let mut refusal = None;
    for terraform in &programs {
        match show(terraform, input, path, folder).await {
            Err(ShowError::Failed { status, said }) => {
                let is_refused = is_other_version(&said);
                plan.read_version(path);
                // That of the program that is more likely to be the right one.
                refusal.get_or_insert(Error::Show {
                    input: input.to_string(),
                    command: command_line(terraform),
                    status,
                    said,
                    plan: Box::new(plan.clone()),
                });
                if !is_refused {
                    break;
                }
            }
            Err(ShowError::Other(error)) => return Err(error),
            Ok(report) => return Ok(report),
        }
    }
    Err(refusal.unwrap_or_else(|| Error::NoReader {
        input: input.to_string(),
        plan,
    }))
}

/// Why a program does not show a plan.
enum ShowError {
    /// It has failed.
    Failed {
        /// Its exit status, in words.
        status: String,
        /// Its last messages.
        said: String,
    },
    /// Another program would not change this.
    Other(Error),
}

/// Reads what this program shows of the saved plan.
async fn show(
    terraform: &Terraform,
    input: &Input,
    path: &Path,
    folder: &Path,
) -> Result<Plan, ShowError> {
    let cannot = |source| {
        ShowError::Other(Error::Run {
            command: command_line(terraform),
            source,
        })
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
    let reading = spawn_blocking(move || match skip_warnings(json) {
        Ok(json) => plan_json::read_plan(json),
        Err(error) => Err(plan_json::Error::Read(error.to_string())),
    });
    let Some(status) = run(command).await.map_err(cannot)? else {
        return Err(ShowError::Other(Error::StoppedReading {
            input: input.to_string(),
        }));
    };
    let outcome = reading
        .await
        .map_err(|error| cannot(io::Error::other(error)))?;
    match outcome {
        // Terraform also fails if its output is not read to the end because it is not a plan.
        Err(error) if !status.success() && !is_not_json(&error) => {
            name_input(input, Err(error)).map_err(ShowError::Other)
        }
        _ if !status.success() => Err(ShowError::Failed {
            status: status.to_string(),
            said: last_words(&mut said).map_err(cannot)?,
        }),
        outcome => name_input(input, outcome).map_err(ShowError::Other),
    }
}

fn command_line(terraform: &Terraform) -> String {
    format!("{} show -json", terraform.program().display())
}

/// Whether a program has refused a plan because another version, or the other program, created it.
fn is_other_version(said: &str) -> bool {
    let words: Vec<&str> = said.split_whitespace().collect();
    words
        .join(" ")
        .contains("plan files cannot be transferred between different")
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

/// The output from the first line that starts an object: OpenTofu prints warnings to standard output, before the plan too. An
/// output without such a line is unchanged.
fn skip_warnings(output: impl Read) -> io::Result<impl Read> {
    let mut output = BufReader::new(output);
    let mut skipped = Vec::new();
    loop {
        match output.fill_buf()?.first() {
            Some(b'{') => {
                skipped.clear();
                break;
            }
            Some(_) => drop(output.read_until(b'\n', &mut skipped)?),
            None => break,
        }
    }
    Ok(Cursor::new(skipped).chain(output))
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
