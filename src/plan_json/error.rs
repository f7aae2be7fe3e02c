//! Errors of reading a plan, each with a hint.

/// An error of reading a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An I/O error.
    #[error("the input cannot be read: {0}")]
    Read(String),
    /// The input is empty.
    #[error("the input is empty")]
    Empty,
    /// A saved plan (`terraform plan -out`).
    #[error("the input is a saved plan, not JSON")]
    SavedPlan,
    /// Perhaps UTF-16, or binary.
    #[error("the input is not UTF-8 text")]
    NotText,
    /// Not a JSON document.
    #[error("the input is not valid JSON (line {line}, column {column})")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// An incomplete JSON document.
    #[error("the input is truncated at line {line}")]
    Truncated {
        /// Counted from 1.
        line: usize,
    },
    /// More than one JSON document.
    #[error("the input contains several JSON documents; the second one starts at line {line}")]
    SeveralDocuments {
        /// Counted from 1.
        line: usize,
    },
    /// A plan as `terraform plan` or `terraform show` print it for people.
    #[error("the input is the text output of `terraform plan`, not JSON")]
    PrintedPlan,
    /// The messages of `terraform plan -json`.
    #[error("the input is the log of `terraform plan -json`, not a plan")]
    MessageLog,
    /// A plan without values, as HCP Terraform shows it to those who may not read the values.
    #[error(
        "the input is a redacted plan from HCP Terraform, which does not contain the configuration and the state"
    )]
    Redacted,
    /// What `terraform plan -out` writes with a `cloud` block.
    #[error("the input is a reference to a plan in HCP Terraform, not the plan itself")]
    CloudPlan,
    /// A saved plan or a state that OpenTofu has encrypted.
    #[error("the input is encrypted by OpenTofu")]
    Encrypted,
    /// A state, in either of its two formats.
    #[error("the input is a state, not a plan")]
    State,
    /// Other JSON.
    #[error("the input is JSON, but not a plan")]
    NotPlan,
    /// A plan of an unsupported format version.
    #[error("the plan has format version `{0}`, but only `0.2` and `1.x` are supported")]
    Version(String),
    /// A plan with a part that Terraform does not write.
    #[error("{element} is malformed")]
    Malformed {
        /// The part, such as `the change of ADDRESS`.
        element: String,
    },
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Version(version) if version.starts_with("0.") => {
                "create the plan with Terraform 1.0 or later, or with OpenTofu"
            }
            Self::Version(_) => {
                "use a version of `hwgrants` that supports the Terraform version used to create the plan"
            }
            Self::NotText => {
                "in PowerShell, where `>` may write UTF-16, use \
                 `terraform show -json plan.out | Out-File -Encoding utf8 plan.json`"
            }
            Self::Read(_) => {
                "check that the input is a readable file, and that it was copied completely"
            }
            Self::SeveralDocuments { .. } => {
                "write the output of each `terraform show -json` to a file of its own"
            }
            Self::PrintedPlan | Self::MessageLog => {
                "the output of `terraform plan` does not contain the values that the review requires; save the plan with \
                 `terraform plan -out=plan.out`, and review the saved plan (`hwgrants review plan.out`) or its JSON \
                 (`terraform show -json plan.out > plan.json`)"
            }
            Self::Redacted => {
                "download the complete plan with the HCP Terraform API (`GET /api/v2/runs/RUN_ID/plan/json-output`), which \
                 requires admin access to the workspace"
            }
            Self::CloudPlan => {
                "download the plan with the HCP Terraform API (`GET /api/v2/runs/RUN_ID/plan/json-output`), or run \
                 `terraform show -json plan.out > plan.json` in the workspace directory while logged in (`terraform login`), \
                 and review `plan.json`"
            }
            Self::Encrypted => {
                "pass the path to the saved plan (`hwgrants review plan.out`) in the configuration directory, where `tofu` \
                 can decrypt it, or pipe the plan as JSON (`tofu show -json plan.out | hwgrants review -`)"
            }
            Self::State => {
                "pass the saved plan to `terraform show`: without a file, it prints the state; create the plan with \
                 `terraform plan -out=plan.out`, then convert the plan to JSON with \
                 `terraform show -json plan.out > plan.json`"
            }
            Self::SavedPlan => {
                "pass the path to the saved plan (`hwgrants review plan.out`), or pipe the plan as JSON \
                 (`terraform show -json plan.out | hwgrants review -`)"
            }
            Self::Empty
            | Self::NotJson { .. }
            | Self::Truncated { .. }
            | Self::NotPlan
            | Self::Malformed { .. } => {
                "create the plan with `terraform plan -out=plan.out`, then convert the plan to JSON with \
                 `terraform show -json plan.out > plan.json`"
            }
        }
    }

    /// A malformed change.
    pub(crate) fn of_change(address: &str) -> Self {
        Self::Malformed {
            element: format!("the change to `{address}`"),
        }
    }

    /// A malformed object of the state.
    pub(super) fn of_object(address: &str) -> Self {
        Self::Malformed {
            element: format!("the state of `{address}`"),
        }
    }

    /// A malformed top-level part of the plan.
    pub(super) fn of_part(name: &str) -> Self {
        Self::Malformed {
            element: format!("`{name}` in the plan"),
        }
    }
}
