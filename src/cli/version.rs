//! `hwgrants version`: which build this is.

use clap::Args;
use serde_json::json;

use crate::VERSION;
use crate::protocol;

use super::error::Error;
use super::output::Printer;

/// The commit that was built; set by release builds.
const COMMIT: Option<&str> = option_env!("HWGRANTS_COMMIT");

/// Options of `hwgrants version`.
#[derive(Debug, Args)]
pub(super) struct VersionArgs {
    /// Print JSON with `version`, `commit` (null in development builds), `target` and `protocol`
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &VersionArgs, printer: Printer) -> Result<(), Error> {
    let target = env!("BUILD_TARGET");
    let commit = COMMIT.filter(|commit| !commit.is_empty());
    let text = match args.json {
        true => format!(
            "{:#}",
            json!({
                "commit": commit,
                "protocol": protocol::FULL_VERSION,
                "target": target,
                "version": VERSION,
            })
        ),
        false => {
            let commit = commit.unwrap_or("development build");
            let protocol = protocol::FULL_VERSION;
            format!("hwgrants {VERSION} ({commit}, {target}, plugin protocol {protocol})")
        }
    };
    printer.data(text).map_err(Error::Print)
}
