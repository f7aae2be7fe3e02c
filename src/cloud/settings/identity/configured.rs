//! Every credential that is set, also those that are not used: for a report on a set-up.

use super::credential_lookup::{SourceReading, read};
use super::precedence::{CredentialKind, CredentialOrigin, candidates};
use super::{SettingSources, describe_credential};

/// A credential that is set, at least in part. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredCredential {
    /// Its kind.
    pub kind: CredentialKind,
    /// Where it is set, by the name of its argument or variable, such as "`HW_AUTH_TOKEN` in the environment".
    pub description: String,
    /// Whether it can be used.
    pub state: CredentialState,
}

/// Whether a credential can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialState {
    /// All parts are set.
    Complete,
    /// A part is missing.
    Incomplete {
        /// What is missing, as a whole clause.
        problem: String,
        /// The environment variable that completes it, if one does.
        missing: Option<&'static str>,
    },
    /// A part is invalid.
    Invalid {
        /// What is wrong, as a whole clause.
        problem: String,
    },
}

/// The credentials that are set, in order of precedence. The agency of the ECS instance counts only if a profile names it.
pub(in crate::cloud) fn configured_credentials(
    given: SettingSources<'_>,
) -> Vec<ConfiguredCredential> {
    let set = candidates().filter_map(|(origin, kind)| {
        if origin == CredentialOrigin::Server {
            return None;
        }
        let state = match read(origin, kind, given) {
            Ok(SourceReading::Absent) => return None,
            Ok(SourceReading::Found(..)) => CredentialState::Complete,
            Ok(SourceReading::Half(half)) => CredentialState::Incomplete {
                problem: format!("`{}` {}", half.argument, half.problem),
                missing: half
                    .missing
                    .and_then(|setting| setting.variables.first().copied()),
            },
            Err(error) => CredentialState::Invalid {
                problem: error.to_string(),
            },
        };
        Some(ConfiguredCredential {
            kind,
            description: describe(origin, kind, given),
            state,
        })
    });
    set.collect()
}

/// The same description as in warnings, for the middle of a sentence.
fn describe(origin: CredentialOrigin, kind: CredentialKind, given: SettingSources<'_>) -> String {
    let text = describe_credential((origin, kind), given.environment);
    match text.strip_prefix("The ") {
        Some(rest) => format!("the {rest}"),
        None => text,
    }
}
