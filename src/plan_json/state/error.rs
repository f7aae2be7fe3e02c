//! Errors of reading a state, each with a hint.

/// An error of reading a state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The input is empty.
    #[error("it is empty")]
    Empty,
    /// Perhaps UTF-16, or the file of `terraform plan -out`.
    #[error("it is not UTF-8 text")]
    NotText,
    /// Not a JSON document.
    #[error("it is not JSON (line {line}, column {column})")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// An incomplete JSON document.
    #[error("it is truncated (line {line})")]
    Truncated {
        /// Counted from 1.
        line: usize,
    },
    /// A plan in JSON.
    #[error("it is a plan, not a state")]
    Plan,
    /// A state file that OpenTofu has encrypted.
    #[error("it is an encrypted state")]
    Encrypted,
    /// Other JSON.
    #[error("it is JSON, but not a state")]
    NotState,
    /// A state of an unsupported format version.
    #[error("format version `{0}` is not supported, expected `1.x`")]
    FormatVersion(String),
    /// A state file of an unsupported version.
    #[error("it is a state file of version `{0}`, expected `4`")]
    FileVersion(String),
    /// A state with a part that Terraform does not write.
    #[error("{place} is malformed")]
    Malformed {
        /// The part, such as `the list of resources`.
        place: String,
    },
    /// A grant whose key is incomplete.
    #[error("`{address}` has no valid `{attribute}`")]
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
                "use a version of `hwgrants` that supports the Terraform that wrote the state"
            }
            Self::NotText => {
                "a saved plan is not a state; in PowerShell, `>` may write UTF-16: use \
                 `terraform show -json | Out-File -Encoding utf8 state.json`"
            }
            Self::Plan => {
                "export the state with `terraform show -json > state.json`, without a plan file"
            }
            Self::NoKey { .. } => {
                "complete the state with `terraform apply -refresh-only`, and export it again"
            }
            Self::Empty
            | Self::NotJson { .. }
            | Self::Truncated { .. }
            | Self::Encrypted
            | Self::NotState
            | Self::FileVersion(_)
            | Self::Malformed { .. } => {
                "export the state as JSON: run `terraform show -json > state.json` in the directory of the configuration"
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
