//! Whether a usable Terraform or OpenTofu was found.

use super::step::{Step, StepId};

/// The oldest supported version of Terraform.
const OLDEST_TERRAFORM: [u16; 3] = [1, 0, 0];
/// The oldest supported version of OpenTofu.
const OLDEST_OPENTOFU: [u16; 3] = [1, 6, 0];

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgramFinding {
    /// Neither of the two programs.
    Nothing,
    /// Something that cannot be run: why, and what to do about it, both as clauses.
    Unusable {
        /// Why.
        reason: String,
        /// What to do.
        hint: String,
    },
    /// A program of this version.
    Program {
        /// Whether it is OpenTofu.
        is_opentofu: bool,
        /// Major, minor and patch version.
        version: [u16; 3],
        /// Its path.
        path: String,
    },
}

/// Checks the program that was found first.
#[must_use]
pub fn check_program(found: &ProgramFinding) -> Step {
    let id = StepId::Terraform;
    match found {
        ProgramFinding::Nothing => Step::failed(
            id,
            "neither `terraform` nor `tofu` is on `PATH`",
            "Install Terraform 1.0 or later, or OpenTofu 1.6 or later, and add its directory to `PATH`.",
        ),
        ProgramFinding::Unusable { reason, hint } => {
            let mut letters = hint.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            let first = first.map(String::from).unwrap_or_default();
            Step::failed(id, reason, format!("{first}{}.", letters.as_str()))
        }
        ProgramFinding::Program {
            is_opentofu,
            version,
            path,
        } => {
            let (name, oldest) = match is_opentofu {
                true => ("OpenTofu", OLDEST_OPENTOFU),
                false => ("Terraform", OLDEST_TERRAFORM),
            };
            let [major, minor, patch] = version;
            let shown = format!("{name} {major}.{minor}.{patch} (`{path}`)");
            if *version >= oldest {
                return Step::ok(id, shown);
            }
            let [major, minor, _] = oldest;
            Step::failed(
                id,
                format!(
                    "{shown} is too old: the provider requires {name} {major}.{minor} or later"
                ),
                format!(
                    "Install {name} {major}.{minor} or later, or set `TERRAFORM_CLI_PATH` to a newer program."
                ),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_supported_versions_are_accepted_and_older_ones_are_not() {
        for (is_opentofu, version, is_failed) in [
            (false, [1, 0, 0], false),
            (false, [0, 15, 5], true),
            (false, [1, 15, 5], false),
            (true, [1, 6, 0], false),
            (true, [1, 5, 9], true),
        ] {
            let found = ProgramFinding::Program {
                is_opentofu,
                version,
                path: "/bin/terraform".to_owned(),
            };
            assert_eq!(check_program(&found).is_failed(), is_failed, "{found:?}");
        }
        assert!(check_program(&ProgramFinding::Nothing).is_failed());
    }
}
