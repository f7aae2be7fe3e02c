//! Errors of reading a state, each with a hint.

/// An error of reading a state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The input cannot be decompressed.
    #[error("{0}")]
    Read(String),
    /// The input is empty.
    #[error("the input is empty")]
    Empty,
    /// Perhaps the file of `terraform plan -out`.
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
    /// A plan in JSON.
    #[error("the input is a plan, not a state")]
    Plan,
    /// A state file that OpenTofu has encrypted.
    #[error("the state is encrypted")]
    Encrypted,
    /// Other JSON.
    #[error("the input is JSON, but not a state")]
    NotState,
    /// A state of an unsupported format version.
    #[error("the state has format version `{0}`, but only `1.x` is supported")]
    FormatVersion(String),
    /// A state file of an unsupported version.
    #[error("the state file has version `{0}`, but only version `4` is supported")]
    FileVersion(String),
    /// A state with a part that Terraform does not write.
    #[error("{element} is malformed")]
    Malformed {
        /// The part, such as `the list of resources`.
        element: String,
    },
    /// A grant whose key is incomplete.
    #[error("the state contains no valid `{attribute}` for `{address}`")]
    NoKey {
        /// Where it is declared.
        address: String,
        /// The attribute that is missing or malformed.
        attribute: &'static str,
    },
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::FormatVersion(_) => {
                "use a version of `hwgrants` that supports the Terraform version used to write the state"
            }
            Self::NotText => {
                "pass a state, not a saved plan: run `terraform show -json > state.json`"
            }
            Self::Plan => {
                "export the state: run `terraform show -json > state.json` without a plan file"
            }
            Self::NoKey { .. } => {
                "run `terraform apply -refresh-only` to complete the state, then export the state again"
            }
            Self::Read(_)
            | Self::Empty
            | Self::NotJson { .. }
            | Self::Truncated { .. }
            | Self::Encrypted
            | Self::NotState
            | Self::FileVersion(_)
            | Self::Malformed { .. } => {
                "export the state as JSON: run `terraform show -json > state.json` in the configuration directory"
            }
        }
    }

    /// Classifies a parser's error: truncated, not JSON, or JSON other than an object.
    pub(super) fn of_json(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        match error.classify() {
            serde_json::error::Category::Eof => Self::Truncated { line },
            serde_json::error::Category::Data => Self::NotState,
            _ => Self::NotJson { line, column },
        }
    }
}
