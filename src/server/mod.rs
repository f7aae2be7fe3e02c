//! The `main` function of a provider's executable. Connects the modules `plugin`, `protocol` and `framework`;
//! independent of any particular provider.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::framework::engine::{Engine, is_guarded};
use crate::framework::{Process, Program};
use crate::plugin::{self, Cookie, HostEnvironment, Mode, Plugin, Reattach, Services};
use crate::protocol::{self, ProviderService};
use crate::text;

/// Serves a provider and returns the exit code. This is the whole `main` function of the executable.
///
/// Terraform starts the executable without arguments. With `-debug` or `-debug=true` it serves a user's Terraform until it is stopped;
/// with `-version` it prints its version. Errors are printed to standard error.
///
/// The executable is named `terraform-provider-TYPE`. The log level is that of `TF_LOG_PROVIDER_TYPE`,
/// `TF_LOG_PROVIDER` or `TF_LOG`.
#[must_use]
pub fn serve<P: Program>() -> ExitCode {
    match run::<P>(std::env::args().nth(1).as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If standard error is closed, the exit code alone reports the failure.
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

/// The names and values that Terraform expects of the provider's process.
fn plugin<P: Program>() -> Plugin {
    let (ty, upper) = (P::TYPE, P::TYPE.to_ascii_uppercase());
    // Leaked once per process, and used until it exits.
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let log_variable = leak(format!("TF_LOG_PROVIDER_{upper}"));
    Plugin {
        name: leak(format!("terraform-provider-{ty}")),
        cookie: Cookie {
            key: protocol::MAGIC_COOKIE.0,
            value: protocol::MAGIC_COOKIE.1,
        },
        protocol_version: protocol::VERSION,
        // The address has no registry host, so that it is valid for Terraform and OpenTofu.
        reattach: Reattach {
            variable: "TF_REATTACH_PROVIDERS",
            key: P::SOURCE_ADDRESS,
        },
        log_variables: Box::leak(Box::new([log_variable, "TF_LOG_PROVIDER", "TF_LOG"])),
        log_target: P::TYPE,
        socket_prefix: leak(format!(".{ty}-plugin-")),
    }
}

/// The mode that an argument selects, in the forms of a Boolean flag of a Go program: editors' launch files are written for those.
///
/// Source: Go, package `flag`, "Command line flag syntax".
fn mode(argument: Option<&str>) -> Result<Mode, String> {
    let flag = argument.and_then(|argument| {
        let flag = argument.strip_prefix('-')?;
        flag.strip_prefix('-').unwrap_or(flag).strip_prefix("debug")
    });
    let value = match flag {
        // Terraform may pass arguments that this version does not know.
        None => return Ok(Mode::Managed),
        Some("") => return Ok(Mode::Debug),
        Some(value) => value.strip_prefix('='),
    };
    match value {
        Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(Mode::Debug),
        Some("0" | "f" | "F" | "false" | "FALSE" | "False") | None => Ok(Mode::Managed),
        Some(other) => Err(format!(
            "invalid value `{}` for `-debug`: expected `true` or `false`",
            text::line(other)
        )),
    }
}

fn run<P: Program>(argument: Option<&str>) -> Result<(), Box<dyn std::error::Error>> {
    let plugin = plugin::<P>();
    let mode = match argument {
        Some("-version" | "--version") => {
            writeln!(std::io::stdout(), "{} {}", plugin.name, P::VERSION)?;
            return Ok(());
        }
        argument => mode(argument)?,
    };
    let environment = HostEnvironment::from_process(&plugin);
    plugin::logging::install(&plugin, &environment);
    plugin::panic::install(is_guarded);
    // One thread: a plugin mostly waits, and threads cost start-up time and memory.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let host_gone = CancellationToken::new();
    let process = Process {
        is_managed: mode == Mode::Managed,
        host_gone: host_gone.clone(),
    };
    let routes = move || {
        let engine = Arc::new(Engine::new(P::start(&process)));
        Routes::new(ProviderService::new(engine, P::SOURCE_ADDRESS).into_server())
    };
    let descriptors: &'static [_] = &[protocol::proto::FILE_DESCRIPTOR_SET];
    let services = Services::new(routes, descriptors).with_host_gone(host_gone);
    let served = plugin::serve(&plugin, &environment, mode, services, std::io::stdout());
    let result = runtime.block_on(served);
    // Cancels remaining tasks without waiting for them.
    runtime.shutdown_background();
    Ok(result?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_mode_is_selected_as_by_a_flag_of_a_go_program() {
        for (argument, expected) in [
            ("-debug", Mode::Debug),
            ("--debug", Mode::Debug),
            ("-debug=true", Mode::Debug),
            ("--debug=true", Mode::Debug),
            ("-debug=1", Mode::Debug),
            ("-debug=T", Mode::Debug),
            ("-debug=false", Mode::Managed),
            ("--debug=0", Mode::Managed),
            ("debug", Mode::Managed),
            ("-debugger", Mode::Managed),
            ("---debug", Mode::Managed),
            ("", Mode::Managed),
        ] {
            assert_eq!(mode(Some(argument)), Ok(expected), "{argument}");
        }
        assert_eq!(mode(None), Ok(Mode::Managed));
        let error = mode(Some("-debug=yes\u{1b}")).unwrap_err();
        assert!(error.contains("`yes\\u{1b}`"), "{error}");
        assert!(mode(Some("-debug=")).is_err());
    }
}
