//! A command that is run with a sandbox of its own: `hwgrants sandbox -- COMMAND`.

use std::ffi::OsString;

use tokio::process::Command;

use super::CLOCK;
use super::settings::EnvironmentVariable;
use crate::cli::error::Error;
use crate::cli::output::ExitStatus;
use crate::cli::signal::{Signals, StopReason, forward_signal, is_in_foreground_group};

/// Beginnings of the variables that programs read credentials and settings for Huawei Cloud from.
const FOREIGN: [&str; 3] = ["HW_", "OS_", "HUAWEICLOUD_SDK_"];

/// Runs a command to its end with these variables, and without any other credentials for Huawei Cloud that the
/// environment holds: a sandbox has no use for real ones. Signals are passed on.
///
/// # Errors
/// `Run` if there is no such program.
pub(super) async fn run(
    command: &[OsString],
    variables: Vec<EnvironmentVariable>,
    signals: &mut Signals,
) -> Result<ExitStatus, Error> {
    let Some((program, args)) = command.split_first() else {
        return Ok(ExitStatus::Success);
    };
    let cannot = |source| Error::Run {
        command: program.to_string_lossy().into_owned(),
        source,
    };
    let mut child = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        // A clock that is left over would not be this sandbox's.
        if text == CLOCK || FOREIGN.iter().any(|foreign| text.starts_with(foreign)) {
            child.env_remove(name);
        }
    }
    let mut child = child.args(args).envs(variables).spawn().map_err(cannot)?;
    loop {
        tokio::select! {
            status = child.wait() => return Ok(exit_status(status.map_err(cannot)?)),
            stop = signals.recv() => {
                // A terminal tells the command itself; a second Ctrl-C would mean something else to some.
                if stop == StopReason::Terminate || !is_in_foreground_group() {
                    forward_signal(stop, child.id());
                }
            }
        }
    }
}

/// The status as a shell would tell it: that of the command, or 128 and the signal that ended it.
fn exit_status(status: std::process::ExitStatus) -> ExitStatus {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    let code = status.code().or(signal.map(|signal| 128 + signal));
    let code = code.and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitStatus::Failure, ExitStatus::Command)
}
