//! Every feature on every Terraform and OpenTofu: those that can be fetched, and those on this machine.
//!
//! `cargo test --test compat` runs them all; words after `--` choose: `oldest`, `newest`, `installed`, `opentofu` for the
//! newest one that is built, `sdk` for the official SDKs against the sandbox, or a version such as `1.9.8`. What a client is too old for is left out of its run, and the report, which is also written to `compat.txt` in
//! the target folder, says what that is. A client that cannot be had is a failure.

// `cfg(test)`, so that clippy takes what is in there for tests, which may `unwrap`.
#[cfg(test)]
mod client;
#[cfg(test)]
mod feature;
#[cfg(test)]
#[expect(
    dead_code,
    unused_imports,
    reason = "the acceptance tests use the rest"
)]
#[path = "../acceptance/harness/mod.rs"]
mod harness;
#[cfg(test)]
mod opentofu;
#[cfg(test)]
mod report;
#[cfg(test)]
mod sdk;

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let (sdks, words): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|word| word == "sdk");
    let sources = match words.is_empty() && !sdks.is_empty() {
        true => Ok(Vec::new()),
        false => client::chosen(&words),
    };
    match sources {
        Ok(sources) => report::run(&sources, words.is_empty() || !sdks.is_empty()),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}
