//! Why something is not read as a state, and what to do about it.

/// Why something is not read as a state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing there.
    #[error("it is empty")]
    Empty,
    /// Perhaps UTF-16, or the file of `terraform plan -out`.
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
    /// A plan in JSON.
    #[error("it is a plan, not a state")]
    Plan,
    /// A state file that OpenTofu has encrypted.
    #[error("it is an encrypted state")]
    Encrypted,
    /// Some other JSON.
    #[error("it is JSON, but not a state")]
    NotState,
    /// A state of another time.
    #[error("format version `{0}` is not supported, expected `1.x`")]
    FormatVersion(String),
    /// A state file of another time.
    #[error("it is a state file of version `{0}`, expected `4`")]
    FileVersion(String),
    /// A state with something in it that Terraform does not write.
    #[error("{place} is not as Terraform writes it")]
    Malformed {
        /// The part, such as `the list of resources`.
        place: String,
    },
    /// A grant whose key is not whole.
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
                "this `hwgrants` is too old or too new for the Terraform that wrote the state"
            }
            Self::NotText => {
                "a saved plan is no state, and PowerShell's `>` may write UTF-16: try \
                 `terraform show -json | Out-File -Encoding utf8 state.json`"
            }
            Self::Plan => {
                "`terraform show -json > state.json`, without the name of a plan, writes the state"
            }
            Self::NoKey { .. } => {
                "`terraform apply -refresh-only` completes a state; write its JSON again afterwards"
            }
            Self::Empty
            | Self::NotJson { .. }
            | Self::Truncated { .. }
            | Self::Encrypted
            | Self::NotState
            | Self::FileVersion(_)
            | Self::Malformed { .. } => {
                "write the state's JSON with `terraform show -json > state.json`, in the folder of the configuration"
            }
        }
    }

    pub(super) fn of_json(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        match error.classify() {
            serde_json::error::Category::Eof => Self::Truncated { line },
            serde_json::error::Category::Data => Self::NotState,
            _ => Self::NotJson { line, column },
        }
    }
}
