//! Why something is not read as a plan, and what to do about it.

/// Why something is not read as a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is there, and reading it has failed.
    #[error("reading it failed: {0}")]
    Read(String),
    /// Nothing there.
    #[error("it is empty")]
    Empty,
    /// The file of `terraform plan -out`, which only Terraform can read.
    #[error("it is a saved plan, not its JSON")]
    SavedPlan,
    /// Perhaps UTF-16, or binary.
    #[error("it is not UTF-8 text")]
    NotText,
    /// Something else than one JSON document.
    #[error("it is not JSON (line {line}, column {column})")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// The beginning of a JSON document.
    #[error("it ends in the middle (line {line}): a part is missing")]
    Truncated {
        /// Counted from 1.
        line: usize,
    },
    /// A state, in either of its two forms.
    #[error("it is a state, not a plan")]
    State,
    /// Some other JSON.
    #[error("it is JSON, but not a plan")]
    NotPlan,
    /// A plan of another time.
    #[error("format version `{0}` is not supported, expected `1.x`")]
    Version(String),
    /// A plan with something in it that Terraform does not write.
    #[error("{place} is not as Terraform writes it")]
    Malformed {
        /// The part, such as `the change of ADDRESS`.
        place: String,
    },
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Version(_) => {
                "this `hwgrants` is too old or too new for the Terraform that made the plan"
            }
            Self::NotText => {
                "PowerShell's `>` may write UTF-16: try `terraform show -json plan.out | Out-File -Encoding utf8 plan.json`"
            }
            Self::Read(_) => "check that it is a file, and may be read",
            Self::SavedPlan => {
                "name the file, `hwgrants review plan.out`, or pipe its JSON: \
                 `terraform show -json plan.out | hwgrants review -`"
            }
            Self::Empty
            | Self::NotJson { .. }
            | Self::Truncated { .. }
            | Self::State
            | Self::NotPlan
            | Self::Malformed { .. } => {
                "make the plan with `terraform plan -out=plan.out`, and write its JSON with \
                 `terraform show -json plan.out > plan.json`"
            }
        }
    }

    /// A change that cannot be understood.
    pub(crate) fn of_change(address: &str) -> Self {
        Self::Malformed {
            place: format!("the change of `{address}`"),
        }
    }

    /// An object of the state that cannot be understood.
    pub(super) fn of_object(address: &str) -> Self {
        Self::Malformed {
            place: format!("the state of `{address}`"),
        }
    }

    /// A part at the top of the plan that cannot be understood.
    pub(super) fn of_part(name: &str) -> Self {
        Self::Malformed {
            place: format!("`{name}`"),
        }
    }
}
