//! The plugin binary: started by Terraform, or by a person with `-debug`. Serves Terraform, nothing else.

use std::process::ExitCode;

use hwgrants::provider::Hwgrants;
use hwgrants::server;

fn main() -> ExitCode {
    server::serve::<Hwgrants>()
}
