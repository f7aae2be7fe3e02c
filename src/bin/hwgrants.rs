//! The tool for people: runs the command line and ends with its exit status.

use std::process::ExitCode;

// As in the plugin.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    hwgrants::cli::run(std::env::args_os()).into()
}
