//! The `main` of a provider: from the command line to the end of the process. Joins the rooms `plugin`, `protocol` and
//! `framework`, and knows no provider in particular.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::framework::engine::{Engine, is_guarded};
use crate::framework::{Process, Program};
use crate::plugin::{self, Cookie, HostEnvironment, Mode, Plugin, Reattach, Services};
use crate::protocol::{self, ProviderService};

/// Serves a provider to Terraform, or with `-debug` to a person; answers `-version`. The whole `main` of its executable.
///
/// The executable is named `terraform-provider-TYPE`. Its log has the level of `TF_LOG_PROVIDER_TYPE`, `TF_LOG_PROVIDER` or
/// `TF_LOG`.
#[must_use]
pub fn serve<P: Program>() -> ExitCode {
    match run::<P>(std::env::args().nth(1).as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If standard error is closed, only the exit code reports the failure.
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

/// What Terraform expects of the provider.
fn plugin<P: Program>() -> Plugin {
    let (ty, upper) = (P::TYPE, P::TYPE.to_ascii_uppercase());
    // Once per process, for as long as it lives.
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let log_variable = leak(format!("TF_LOG_PROVIDER_{upper}"));
    Plugin {
        name: leak(format!("terraform-provider-{ty}")),
        cookie: Cookie {
            key: protocol::MAGIC_COOKIE.0,
            value: protocol::MAGIC_COOKIE.1,
        },
        protocol_version: protocol::VERSION,
        // The address has no host, so that Terraform and OpenTofu read it alike.
        reattach: Reattach {
            variable: "TF_REATTACH_PROVIDERS",
            key: P::SOURCE_ADDRESS,
        },
        log_variables: Box::leak(Box::new([log_variable, "TF_LOG_PROVIDER", "TF_LOG"])),
        log_target: P::TYPE,
        socket_prefix: leak(format!(".{ty}-plugin-")),
    }
}

fn run<P: Program>(argument: Option<&str>) -> Result<(), Box<dyn std::error::Error>> {
    let plugin = plugin::<P>();
    let mode = match argument {
        Some("-debug" | "--debug") => Mode::Debug,
        Some("-version" | "--version") => {
            writeln!(std::io::stdout(), "{} {}", plugin.name, P::VERSION)?;
            return Ok(());
        }
        _ => Mode::Managed,
    };
    let environment = HostEnvironment::from_process(&plugin);
    plugin::logging::install(&plugin, &environment);
    plugin::panic::install(is_guarded);
    // One thread: a plugin waits more than it works, and threads cost start-up time and memory.
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
    // Cuts what still runs, and waits for nothing.
    runtime.shutdown_background();
    Ok(result?)
}
