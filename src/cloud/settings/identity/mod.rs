//! Where the first credential comes from.
//!
//! `precedence` has the table of origins and kinds, `credential_lookup` what one origin says of one kind.

use crate::cloud::credential::{AccessKey, Sensitive, Token};
use crate::cloud::error::{Error, ErrorKind};
use crate::cloud::settings::Arguments;
use crate::cloud::settings::environment::Environment;
use crate::cloud::settings::path;
use crate::cloud::settings::profile::{Profile, SHARED_CONFIG_FILE};
use crate::cloud::settings::role;
use crate::cloud::settings::role::{Account, RoleStep};
use crate::cloud::settings::setting::Setting;
use crate::cloud::settings::variables;

pub(in crate::cloud) mod configured;
mod credential_lookup;
mod precedence;

use credential_lookup::{SourceReading, read};
pub use precedence::CredentialKind;
use precedence::{
    ACCESS_KEY, CredentialOrigin, EXPLICIT_KINDS, IDP_ID, OIDC, SECURITY_TOKEN, candidates,
    wins_in_huaweicloud,
};

pub(in crate::cloud) const DOMAIN_NAME: Setting = Setting {
    argument: "domain_name",
    variables: variables::DOMAIN_NAME,
};

/// How to sign in: the first credential, and the roles to assume after it.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct SignInPlan {
    pub(in crate::cloud) origin: CredentialSource,
    /// Steps from the first credential to the one that sends requests; empty if that is the first one itself.
    pub(in crate::cloud) steps: Vec<RoleStep>,
    /// The argument that the first credential comes from; `None` for the agency of the ECS instance.
    pub(in crate::cloud) origin_argument: Option<&'static str>,
    /// The sources with higher precedence, and why each was not used.
    rejected_sources: Vec<String>,
    /// Warnings about credentials that are set but not used, in whole sentences.
    ignored: Vec<String>,
}

/// Where the first credential comes from.
#[derive(Clone, Debug)]
pub(in crate::cloud) enum CredentialSource {
    /// A token of an identity provider, to be exchanged for one of IAM.
    Oidc { idp_id: String, id_token: IdToken },
    /// A token of IAM.
    Token(Token),
    /// An access key.
    Keys(AccessKey),
    /// A user and a password.
    Password { user: User, password: Sensitive },
    /// The metadata service of the ECS instance.
    Metadata,
}

/// A token of an identity provider.
#[derive(Clone, Debug)]
pub(in crate::cloud) enum IdToken {
    Text(Sensitive),
    /// Read for each sign-in, because such tokens are short-lived and their issuer replaces the file.
    File {
        /// The path as it was given, for messages.
        given: String,
        path: std::path::PathBuf,
    },
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cloud) enum User {
    /// By id, unique in all accounts.
    Id(String),
    /// By name, unique in the account.
    Name { name: String, account: Account },
}

/// Everything that settings are resolved from.
#[derive(Clone, Copy, Debug)]
pub(in crate::cloud) struct SettingSources<'a> {
    pub(in crate::cloud) arguments: &'a Arguments,
    /// The arguments that identify the account, which is not a credential.
    account_arguments: &'a Arguments,
    pub(in crate::cloud) profile: &'a Profile,
    pub(in crate::cloud) environment: &'a Environment,
}

impl<'a> SettingSources<'a> {
    pub(in crate::cloud) fn new(
        arguments: &'a Arguments,
        profile: &'a Profile,
        environment: &'a Environment,
    ) -> Self {
        Self {
            arguments,
            account_arguments: arguments,
            profile,
            environment,
        }
    }
}

impl SignInPlan {
    /// Finds the credential to use: the first complete one in the order of the table of precedence.
    ///
    /// An incomplete credential in the block is an error if the environment does not complete it: falling back to
    /// another credential would act as another user. In the environment, a later complete credential counts. The
    /// metadata service is used only if no credential is partly set.
    ///
    /// # Errors
    /// `Configuration` if a value is invalid, or if only incomplete credentials are set.
    pub(in crate::cloud) fn find(given: SettingSources<'_>) -> Result<Self, Error> {
        let mut halves = PartialCredentials::default();
        for (origin, kind) in candidates() {
            match read(origin, kind, given)? {
                SourceReading::Absent => {}
                SourceReading::Half(half) if origin == CredentialOrigin::Block => {
                    return Err(Error::setting(half.argument, half.problem));
                }
                SourceReading::Half(half) => {
                    let text = format!("`{}` {}", half.argument, half.problem);
                    halves.0.push((origin, kind, text));
                }
                SourceReading::Found(..)
                    if origin == CredentialOrigin::Server && !halves.0.is_empty() =>
                {
                    let mut passed_over = halves.rejected_sources();
                    let why = "the ECS metadata service: not queried, because another source is only partially \
                               configured";
                    passed_over.push(why.to_owned());
                    return Err(nothing_found(&passed_over));
                }
                SourceReading::Found(source, first) => {
                    let has_oidc = first.is_some();
                    // The agency of a profile belongs to its key, so no other credential assumes it.
                    let profile = (origin == CredentialOrigin::Profile).then_some(given.profile);
                    let further = role::steps(
                        given.arguments,
                        profile,
                        given.environment,
                        has_oidc || IDP_ID.text(None, given.environment).is_some(),
                    )?;
                    return Ok(Self {
                        origin_argument: origin_argument(origin, kind),
                        origin: source,
                        steps: first.into_iter().chain(further).collect(),
                        rejected_sources: halves.rejected_sources(),
                        ignored: ignored(given, (origin, kind), &halves),
                    });
                }
            }
        }
        Err(nothing_found(&halves.rejected_sources()))
    }

    /// Warnings about credentials that are set but not used, although another provider or an earlier version would use
    /// them; whole sentences.
    pub(in crate::cloud) fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// The error if the metadata service was the only source left; `why` says why it has no credential.
    pub(in crate::cloud) fn no_credentials(&self, why: &str) -> Error {
        let metadata = format!("the ECS metadata service: {why}");
        let all: Vec<_> = self
            .rejected_sources
            .iter()
            .cloned()
            .chain([metadata])
            .collect();
        nothing_found(&all)
    }

    /// The argument to report the error at if a step is rejected.
    pub(in crate::cloud) fn step_argument(&self, index: usize) -> Option<&'static str> {
        Some(match (self.steps.get(index)?, &self.origin, index) {
            (RoleStep::AgencyToken { .. }, ..) => role::AGENCY_NAME.argument,
            (RoleStep::Assume(_), CredentialSource::Oidc { .. }, 0) => OIDC,
            (RoleStep::Assume(_), ..) => role::ASSUME_ROLE,
        })
    }

    /// The argument to report the error at if the last credential is rejected.
    pub(in crate::cloud) fn argument(&self) -> Option<&'static str> {
        let last = self.steps.len().checked_sub(1);
        last.map_or(self.origin_argument, |index| self.step_argument(index))
    }

    /// Every secret of the first credential.
    pub(in crate::cloud) fn secrets(&self) -> Vec<&Sensitive> {
        match &self.origin {
            CredentialSource::Oidc {
                id_token: IdToken::Text(secret),
                ..
            } => vec![secret],
            CredentialSource::Password { password, .. } => vec![password],
            CredentialSource::Token(token) => vec![token.secret()],
            CredentialSource::Keys(keys) => keys.secrets(),
            CredentialSource::Oidc { .. } | CredentialSource::Metadata => Vec::new(),
        }
    }
}

impl IdToken {
    /// The token, without trailing line breaks.
    pub(in crate::cloud) fn read(&self) -> Result<Sensitive, Error> {
        match self {
            Self::Text(secret) => Ok(secret.clone()),
            Self::File { given, path } => {
                let wrong = |problem: String| {
                    // The path may be the token itself, in the wrong argument.
                    let file = path::describe_path(given);
                    let problem = format!("cannot use `id_token_file`: {file} {problem}");
                    Error::setting(OIDC, problem)
                };
                let text = std::fs::read_to_string(path)
                    .map_err(|error| wrong(format!("cannot be read: {error}")))?;
                match text.trim_matches(['\r', '\n']) {
                    "" => Err(wrong("is empty".to_owned())),
                    text => Ok(Sensitive::new(text)),
                }
            }
        }
    }
}

/// The error if no source has a complete credential; each source is listed with the reason.
fn nothing_found(passed_over: &[String]) -> Error {
    let message = format!(
        "no credentials found; set `access_key` and `secret_key`, or the environment variables `HW_ACCESS_KEY` and `HW_SECRET_KEY`. Sources that were checked: {}",
        passed_over.join("; ")
    );
    Error::new(ErrorKind::Configuration, Some(message))
}

/// The incomplete credentials, by source and kind, and what is missing.
#[derive(Default)]
struct PartialCredentials(Vec<(CredentialOrigin, CredentialKind, String)>);

impl PartialCredentials {
    /// The kinds that can be set, and why each was not used.
    fn rejected_sources(&self) -> Vec<String> {
        let why = |kind: &CredentialKind| {
            let half = self.0.iter().filter(|(_, half, _)| half == kind);
            let half: Vec<_> = half.map(|(_, _, why)| why.as_str()).collect();
            if !half.is_empty() {
                return half.join("; ");
            }
            let unset = match kind.setting() {
                Some(setting) => setting.unset(),
                None => String::new(),
            };
            match kind {
                CredentialKind::AccessKey => {
                    let file = SHARED_CONFIG_FILE.argument;
                    format!("{unset}, and no profile in `{file}` provides an access key")
                }
                _ => unset,
            }
        };
        EXPLICIT_KINDS.iter().map(why).collect()
    }
}

/// The argument to report the error at if the credential is rejected.
fn origin_argument(origin: CredentialOrigin, kind: CredentialKind) -> Option<&'static str> {
    match origin {
        CredentialOrigin::Profile => Some(SHARED_CONFIG_FILE.argument),
        _ => kind.setting().map(|setting| setting.argument),
    }
}

/// Warnings about credentials that are set but not used.
fn ignored(
    given: SettingSources<'_>,
    used: (CredentialOrigin, CredentialKind),
    halves: &PartialCredentials,
) -> Vec<String> {
    let SettingSources {
        arguments,
        environment,
        ..
    } = given;
    let mut ignored = Vec::new();
    for other in candidates().skip_while(|other| *other != used).skip(1) {
        let is_whole = matches!(read(other.0, other.1, given), Ok(SourceReading::Found(..)));
        if is_whole && wins_in_huaweicloud(other, used) {
            ignored.push(format!(
                "{} is used to sign in, because {}. {} is ignored, although the `huaweicloud` provider would use it. \
                 Remove the ignored credential if you do not need it.",
                describe_credential(used, environment),
                precedence_reason(used.0),
                describe_credential(other, environment),
            ));
        }
    }
    let is_key_of_block = used == (CredentialOrigin::Block, CredentialKind::AccessKey)
        && ACCESS_KEY
            .text(
                arguments.access_key.as_ref().map(Sensitive::expose),
                &Environment::of([]),
            )
            .is_some();
    if is_key_of_block
        && let Some((variable, _)) = environment.first_set(SECURITY_TOKEN.variables)
        && arguments
            .security_token
            .as_ref()
            .is_none_or(|token| token.expose().is_empty())
    {
        ignored.push(format!(
            "`{variable}` in the environment is ignored, because `access_key` is set in the provider block and a \
             security token is valid only with its own access key. If the access key in the provider block is \
             temporary, set `security_token` in the provider block too.",
        ));
    }
    if used.0 != CredentialOrigin::Profile
        && arguments.assume_role.is_empty()
        && let Some(agency_name) = &given.profile.agency_name
    {
        ignored.push(format!(
            "{} is used to sign in instead of the profile. The profile's agency `{agency_name}` is not assumed, \
             because a profile's agency is used only with the profile's own credentials. To assume the agency anyway, \
             set `agency_name` in an `assume_role` block. If you do not need the profile, remove `profile` and \
             `shared_config_file`, or unset `HW_PROFILE` and `HW_SHARED_CONFIG_FILE`.",
            describe_credential(used, environment),
        ));
    }
    if used.0 == CredentialOrigin::Environment {
        let profile = halves
            .0
            .iter()
            .filter(|(origin, ..)| *origin == CredentialOrigin::Profile);
        ignored.extend(profile.map(|(_, _, why)| {
            format!(
                "{why}. {} is used to sign in instead.",
                describe_credential(used, environment)
            )
        }));
    }
    ignored
}

/// Why a credential from here hides others, as a clause after "because".
fn precedence_reason(origin: CredentialOrigin) -> &'static str {
    match origin {
        CredentialOrigin::Block => {
            "the provider block takes precedence over the profile and the environment"
        }
        _ => "the profile takes precedence over the environment",
    }
}

/// Describes a credential by the name of its argument or variable.
fn describe_credential(
    (origin, kind): (CredentialOrigin, CredentialKind),
    environment: &Environment,
) -> String {
    let Some(setting) = kind.setting() else {
        return match origin {
            CredentialOrigin::Profile => "The ECS instance's agency (from the profile)".to_owned(),
            _ => "The ECS instance's agency".to_owned(),
        };
    };
    match origin {
        CredentialOrigin::Profile => "The profile's access key".to_owned(),
        CredentialOrigin::Environment => {
            let variable = environment.first_set(setting.variables);
            let variable = variable.map_or(setting.argument, |(name, _)| name);
            format!("`{variable}` in the environment")
        }
        CredentialOrigin::Block | CredentialOrigin::Server => {
            format!("`{}` in the provider block", setting.argument)
        }
    }
}

/// The argument, or else the value of the profile.
pub(in crate::cloud) fn argument_or_profile(
    argument: &Option<String>,
    profile: &Option<String>,
) -> Option<String> {
    let argument = argument.clone().filter(|text| !text.is_empty());
    argument.or_else(|| profile.clone())
}

#[cfg(test)]
mod tests;
