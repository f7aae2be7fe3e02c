//! The tool for people: runs the command line and ends with its exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    hwgrants::cli::run(std::env::args_os()).into()
}
