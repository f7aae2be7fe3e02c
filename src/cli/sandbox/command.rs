//! `hwgrants sandbox -- COMMAND`: runs a command with the settings of a sandbox.

use std::ffi::OsString;

use tokio::process::Command;

use super::settings::EnvironmentVariable;
use crate::cli::error::Error;
use crate::cli::output::ExitStatus;
use crate::cli::signal::{Signals, StopReason, forward_signal, is_in_foreground_group};
use crate::sandbox::sign_in::CLOCK_VARIABLE;

/// Prefixes of the environment variables with credentials and settings for Huawei Cloud.
const CLOUD_PREFIXES: [&str; 3] = ["HW_", "OS_", "HUAWEICLOUD_SDK_"];

/// The variable that stops Terraform from asking for newer versions.
const NO_VERSION_CHECK: &str = "CHECKPOINT_DISABLE";

/// Runs a command with these variables, and without other credentials for Huawei Cloud in the environment: real credentials
/// must not reach a sandbox. Signals are forwarded.
///
/// # Errors
/// `Run` if the program cannot be started.
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
        // A clock set for another sandbox does not match this one.
        if text == CLOCK_VARIABLE || CLOUD_PREFIXES.iter().any(|prefix| text.starts_with(prefix)) {
            child.env_remove(name);
        }
    }
    // Terraform would ask its vendor for newer versions; who sets the variable decides.
    if std::env::var_os(NO_VERSION_CHECK).is_none() {
        child.env(NO_VERSION_CHECK, "1");
    }
    let mut child = child.args(args).envs(variables).spawn().map_err(cannot)?;
    loop {
        tokio::select! {
            status = child.wait() => return Ok(exit_status(status.map_err(cannot)?)),
            stop = signals.recv() => {
                // A terminal sends Ctrl-C to the command too; some commands treat a second one differently.
                if stop == StopReason::Terminate || !is_in_foreground_group() {
                    forward_signal(stop, child.id());
                }
            }
        }
    }
}

/// The exit code as in a shell: that of the command, or 128 plus the signal that ended it.
fn exit_status(status: std::process::ExitStatus) -> ExitStatus {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    let code = status.code().or(signal.map(|signal| 128 + signal));
    let code = code.and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitStatus::Failure, ExitStatus::Command)
}
