//! The plugin binary: started by Terraform, or by a person with `-debug`. Serves Terraform, nothing else.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use hwgrants::cloud;
use hwgrants::framework::engine::{Engine, is_guarded};
use hwgrants::plugin::{self, Cookie, HostEnvironment, Mode, Plugin, Reattach, Services};
use hwgrants::protocol::{self, ProviderService};
use hwgrants::provider::{Clock, Hwgrants, Recorder, SOURCE_ADDRESS};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

/// What Terraform expects of a provider.
const PLUGIN: Plugin = Plugin {
    name: "terraform-provider-hwgrants",
    cookie: Cookie {
        key: protocol::MAGIC_COOKIE.0,
        value: protocol::MAGIC_COOKIE.1,
    },
    protocol_version: protocol::VERSION,
    // The address has no host, so that Terraform and OpenTofu read it alike.
    reattach: Reattach {
        variable: "TF_REATTACH_PROVIDERS",
        key: SOURCE_ADDRESS,
    },
    log_variables: &["TF_LOG_PROVIDER_HWGRANTS", "TF_LOG_PROVIDER", "TF_LOG"],
    log_target: "hwgrants",
    socket_prefix: ".hwgrants-plugin-",
};

fn main() -> ExitCode {
    match run(std::env::args().nth(1).as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // With standard error gone, the exit code has to do.
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(argument: Option<&str>) -> Result<(), Box<dyn std::error::Error>> {
    let mode = match argument {
        Some("-debug" | "--debug") => Mode::Debug,
        Some("-version" | "--version") => {
            let (name, version) = (PLUGIN.name, env!("CARGO_PKG_VERSION"));
            writeln!(std::io::stdout(), "{name} {version}")?;
            return Ok(());
        }
        _ => Mode::Managed,
    };
    let environment = HostEnvironment::from_process(&PLUGIN);
    plugin::logging::install(&PLUGIN, &environment);
    plugin::panic::install(is_guarded);
    // One thread: a plugin waits more than it works, and threads cost start-up time and memory.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let recorder = Recorder::of_process(mode == Mode::Managed);
    let host_gone = CancellationToken::new();
    let closing = host_gone.clone();
    let routes = move || {
        let provider = Hwgrants::new(cloud::Environment::process(), Clock::new(Timestamp::now));
        let provider = provider.noting_plans(recorder.clone());
        let engine = Arc::new(Engine::new(provider.writing_before(closing.clone())));
        Routes::new(ProviderService::new(engine, SOURCE_ADDRESS).into_server())
    };
    let descriptors: &'static [_] = &[protocol::proto::FILE_DESCRIPTOR_SET];
    let services = Services::new(routes, descriptors).with_host_gone(host_gone);
    let served = plugin::serve(&PLUGIN, &environment, mode, services, std::io::stdout());
    let result = runtime.block_on(served);
    // Cuts what still runs, and waits for nothing.
    runtime.shutdown_background();
    Ok(result?)
}
