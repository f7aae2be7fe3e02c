//! Steps about programs and packages on this machine: Terraform, the provider, the lock file.

use std::str::FromStr;

use crate::cli::terraform::{Product, Terraform, TerraformOptions, Version};
use crate::distribution::HOSTS;
use crate::distribution::installation::{find_installation, missing_configuration};
use crate::distribution::lock_check::{LockCheck, check_lock_file};
use crate::distribution::package::Platform;
use crate::distribution::user::User;
use crate::doctor::{ProgramFinding, Step, StepId, check_program};

/// The steps, for the program that a user would run.
pub(super) fn steps(user: &User) -> Vec<Step> {
    let (finding, product) = find_program(&TerraformOptions::from_environment());
    let [terraform, opentofu] = HOSTS;
    let host = match product {
        Product::Terraform => terraform,
        Product::OpenTofu => opentofu,
    };
    let platform = Platform::current();
    let installation = find_installation(user, &platform, host);
    let provider = match &installation {
        Ok(found) => Step::ok(StepId::Provider, format!("{found}{}", remark(user))),
        Err(problem) => Step::failed(StepId::Provider, problem.to_string(), problem.hint()),
    };
    let id = StepId::LockFile;
    let lock_file = match (&installation, check_lock_file(user, &platform, host)) {
        (Err(_), Ok(LockCheck::NotChecked { .. })) => Step::requires(id, StepId::Provider),
        (_, Ok(accepted @ LockCheck::Accepted { .. })) => Step::ok(id, accepted.to_string()),
        (_, Ok(other)) => Step::skipped(id, other.to_string()),
        (_, Err(problem)) => Step::failed(id, problem.to_string(), problem.hint()),
    };
    vec![check_program(&finding), provider, lock_file]
}

/// What follows the result if Terraform warns of a CLI configuration.
fn remark(user: &User) -> String {
    match missing_configuration(user) {
        Some((variable, file)) => format!(
            "; `{variable}` names `{}`, which does not exist and is ignored",
            file.display()
        ),
        None => String::new(),
    }
}

/// The program that would be run, and which of the two it is.
fn find_program(options: &TerraformOptions) -> (ProgramFinding, Product) {
    let unusable = |error: &crate::cli::terraform::Error| ProgramFinding::Unusable {
        reason: error.to_string(),
        hint: error.hint().to_owned(),
    };
    let terraform = match Terraform::find_installed(options) {
        Ok(Some(terraform)) => terraform,
        Ok(None) => return (ProgramFinding::Nothing, Product::Terraform),
        Err(error) => return (unusable(&error), Product::Terraform),
    };
    let product = terraform.product();
    let line = match terraform.version() {
        Ok(line) => line,
        Err(error) => return (unusable(&error), product),
    };
    let path = terraform.program().display().to_string();
    match Version::from_str(&line) {
        Ok(version) => {
            let finding = ProgramFinding::Program {
                is_opentofu: version.product == Product::OpenTofu,
                version: version.number,
                path,
            };
            (finding, version.product)
        }
        Err(_) => {
            let finding = ProgramFinding::Unusable {
                reason: format!(
                    "`{path} version` does not print a version of Terraform or OpenTofu"
                ),
                hint: "set `TERRAFORM_CLI_PATH` to the full path of `terraform` or `tofu`"
                    .to_owned(),
            };
            (finding, product)
        }
    }
}
