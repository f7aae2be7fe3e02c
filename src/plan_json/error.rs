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
    /// A state, in either of its two formats.
    #[error("the input is a state, not a plan")]
    State,
    /// Other JSON.
    #[error("the input is JSON, but not a plan")]
    NotPlan,
    /// A plan of an unsupported format version.
    #[error("the plan has format version `{0}`, but only `1.x` is supported")]
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
            Self::Version(_) => {
                "use a version of `hwgrants` that supports the Terraform version used to create the plan"
            }
            Self::NotText => {
                "in PowerShell, where `>` may write UTF-16, use \
                 `terraform show -json plan.out | Out-File -Encoding utf8 plan.json`"
            }
            Self::Read(_) => "check that the input is a readable file",
            Self::SavedPlan => {
                "pass the path to the saved plan (`hwgrants review plan.out`), or pipe the plan as JSON \
                 (`terraform show -json plan.out | hwgrants review -`)"
            }
            Self::Empty
            | Self::NotJson { .. }
            | Self::Truncated { .. }
            | Self::State
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
