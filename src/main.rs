//! The plugin binary: started by Terraform, or by a person with `-debug`.

use std::io::Write;
use std::process::ExitCode;

use hwgrants::plugin::{self, Cookie, Environment, Mode, Plugin, Reattach, Services};

/// What Terraform expects of a provider, protocol 6.
const PLUGIN: Plugin = Plugin {
    name: "terraform-provider-hwgrants",
    cookie: Cookie {
        key: "TF_PLUGIN_MAGIC_COOKIE",
        value: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
    },
    protocol_version: 6,
    reattach: Reattach {
        variable: "TF_REATTACH_PROVIDERS",
        // Without a host, so that Terraform and OpenTofu read it alike.
        key: "hwgrants/hwgrants",
    },
    log_variables: &["TF_LOG_PROVIDER_HWGRANTS", "TF_LOG_PROVIDER", "TF_LOG"],
    log_target: "hwgrants",
};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // With standard error gone, the exit code has to do.
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mode = match std::env::args().nth(1).as_deref() {
        Some("-debug" | "--debug") => Mode::Debug,
        _ => Mode::Managed,
    };
    let environment = Environment::from_process(&PLUGIN);
    plugin::logging::install(&PLUGIN, &environment);
    plugin::panic::install(|| false);
    // One thread: a plugin waits more than it works, and threads cost start-up time and memory.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let services = Services::default();
    let served = plugin::serve(&PLUGIN, &environment, mode, services, std::io::stdout());
    let result = runtime.block_on(served);
    // Cuts what still runs, and waits for nothing.
    runtime.shutdown_background();
    Ok(result?)
}
