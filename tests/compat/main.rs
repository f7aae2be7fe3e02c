//! Every feature on every Terraform and OpenTofu: those that can be fetched, and those on this machine.
//!
//! `cargo test --test compat` runs them all; words after `--` choose: `oldest`, `newest`, `installed`, `opentofu` for the
//! newest one that is built, `sdk` for the official SDKs against the sandbox, `generator` for the bindings
//! of CDK Terrain, or a version such as `1.9.4`. `--only TEXT`
//! runs the features whose names contain the text, and `table` only compares README's table with the features. Features
//! that are declared to be newer than the client are tried too, and must fail: so the versions in `FEATURES` come from
//! runs. The report is also written to `compat.txt` in the target folder. A client that cannot be installed is a failure.

// `cfg(test)`, so that clippy takes what is in there for tests, which may `unwrap`.
#[cfg(test)]
mod client;
#[cfg(test)]
mod feature;
#[cfg(test)]
mod generator;
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
#[path = "../python_sdk/mod.rs"]
mod python_sdk;
#[cfg(test)]
mod report;
#[cfg(test)]
mod sdk;
#[cfg(test)]
mod table;

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let (mut only, mut words) = (String::new(), Vec::new());
    let (mut sdks, mut generator) = (false, false);
    let mut args = std::env::args().skip(1);
    while let Some(word) = args.next() {
        match word.as_str() {
            "--only" => only = args.next().unwrap_or_default(),
            "sdk" => sdks = true,
            "generator" => generator = true,
            _ => words.push(word),
        }
    }
    table::check();
    if words == ["table"] {
        return ExitCode::SUCCESS;
    }
    let sources = match words.is_empty() && (sdks || generator) {
        true => Ok(Vec::new()),
        false => client::chosen(&words),
    };
    let is_all = words.is_empty() && only.is_empty() && !sdks && !generator;
    let others = report::Others {
        sdks: sdks || is_all,
        generator: generator || is_all,
    };
    match sources {
        Ok(sources) => report::run(&sources, &only, others),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}
