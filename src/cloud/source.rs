//! Where the first credential comes from: the sources in their order, each with one job.
//!
//! The order is that of the provider `huaweicloud` 1.97. Within a source, what is written down wins over the profile,
//! and the profile over the environment; an access key is taken from the profile whole or not at all.

use super::config::{Arguments, DOMAIN_ID, Setting};
use super::credentials::{Keys, Secret, Token};
use super::environment::Environment;
use super::error::{Error, ErrorKind};
use super::id::DomainId;
use super::profile::{Profile, SHARED_CONFIG_FILE};
use super::role::{self, Account, AssumeRoleWithOidc, Role, Step};

pub(super) const TOKEN: Setting = Setting {
    argument: "token",
    variables: &["HW_AUTH_TOKEN", "OS_AUTH_TOKEN"],
};
const ACCESS_KEY: Setting = Setting {
    argument: "access_key",
    variables: &["HW_ACCESS_KEY", "OS_ACCESS_KEY"],
};
const SECRET_KEY: Setting = Setting {
    argument: "secret_key",
    variables: &["HW_SECRET_KEY", "OS_SECRET_KEY"],
};
const SECURITY_TOKEN: Setting = Setting {
    argument: "security_token",
    variables: &["HW_SECURITY_TOKEN"],
};
pub(super) const DOMAIN_NAME: Setting = Setting {
    argument: "domain_name",
    variables: &[
        "HW_DOMAIN_NAME",
        "OS_DOMAIN_NAME",
        "OS_USER_DOMAIN_NAME",
        "OS_PROJECT_DOMAIN_NAME",
    ],
};
const USER_NAME: Setting = Setting {
    argument: "user_name",
    variables: &["HW_USER_NAME", "OS_USERNAME"],
};
const USER_ID: Setting = Setting {
    argument: "user_id",
    variables: &["HW_USER_ID", "OS_USER_ID"],
};
const PASSWORD: Setting = Setting {
    argument: "password",
    variables: &["HW_USER_PASSWORD", "OS_PASSWORD"],
};
const OIDC: &str = "assume_role_with_oidc";
const IDP_ID: Setting = Setting {
    argument: OIDC,
    variables: &["HW_ASSUME_ROLE_IDP_ID"],
};
const ID_TOKEN: Setting = Setting {
    argument: OIDC,
    variables: &["HW_ASSUME_ROLE_ID_TOKEN"],
};
const ID_TOKEN_FILE: Setting = Setting {
    argument: OIDC,
    variables: &["HW_ASSUME_ROLE_ID_TOKEN_FILE"],
};

/// How somebody signs in: as whom first, and which roles are taken on then.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) origin: Origin,
    pub(super) steps: Vec<Step>,
    /// The argument that the origin is named after; none for the server we run on.
    pub(super) origin_argument: Option<&'static str>,
    /// The sources that come before, and why each is none.
    passed_over: Vec<String>,
}

/// Where the first credential comes from.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// A token of an identity provider, exchanged.
    Oidc { idp_id: String, id_token: IdToken },
    /// A token of IAM, given.
    Token(Token),
    /// An access key, given.
    Keys(Keys),
    /// A user who logs in.
    Password { user: User, password: Secret },
    /// The server we run on.
    Metadata,
}

/// A token of an identity provider.
#[derive(Clone, Debug)]
pub(super) enum IdToken {
    Text(Secret),
    /// Read anew each time, because such tokens are short-lived and their owner renews them in place.
    File(std::path::PathBuf),
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum User {
    Id(String),
    Name { name: String, account: Account },
}

/// Everything settings come from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'a> {
    pub(super) arguments: &'a Arguments,
    pub(super) profile: &'a Profile,
    pub(super) environment: &'a Environment,
}

/// What a source comes to.
enum Finding {
    Found(Origin, Option<Step>),
    /// Nobody has set it.
    PassedOver(String),
    /// Somebody has set a part of it.
    Half(String),
}

type Source = fn(Given<'_>) -> Result<Finding, Error>;

/// The sources, in the order in which they are asked.
const SOURCES: [Source; 5] = [oidc, token, keys, password, metadata];

impl Identity {
    /// Asks the sources; the first that is complete counts.
    ///
    /// The server we run on is asked only if no other source is set in part: whoever began to say who they are must not
    /// become somebody else.
    ///
    /// # Errors
    /// `Configuration` if a value that counts is wrong, or if there are halves only.
    pub(super) fn find(given: Given<'_>) -> Result<Self, Error> {
        let (mut passed_over, mut has_half) = (Vec::new(), false);
        for source in SOURCES {
            match source(given)? {
                Finding::PassedOver(why) => passed_over.push(why),
                Finding::Half(why) => {
                    passed_over.push(why);
                    has_half = true;
                }
                Finding::Found(Origin::Metadata, _) if has_half => {
                    let why = "the metadata service of ECS: not asked, because another source is set in part";
                    passed_over.push(why.to_owned());
                }
                Finding::Found(origin, first) => {
                    let Given {
                        arguments,
                        profile,
                        environment,
                    } = given;
                    let has_oidc = first.is_some();
                    let further = role::steps(arguments, profile, environment, has_oidc)?;
                    return Ok(Self {
                        origin_argument: origin_argument(&origin, given),
                        origin,
                        steps: first.into_iter().chain(further).collect(),
                        passed_over,
                    });
                }
            }
        }
        Err(nothing_found(&passed_over))
    }

    /// Why nobody can sign in when nothing but the server we run on is left, and `why` that gives nothing either.
    pub(super) fn nothing_found(&self, why: &str) -> Error {
        let metadata = format!("the metadata service of ECS: {why}");
        let all: Vec<_> = self.passed_over.iter().cloned().chain([metadata]).collect();
        nothing_found(&all)
    }

    /// The argument to look at when a step is refused.
    pub(super) fn step_argument(&self, index: usize) -> Option<&'static str> {
        Some(match (self.steps.get(index)?, &self.origin, index) {
            (Step::AgencyToken { .. }, ..) => role::AGENCY_NAME.argument,
            (Step::Assume(_), Origin::Oidc { .. }, 0) => OIDC,
            (Step::Assume(_), ..) => role::ASSUME_ROLE,
        })
    }

    /// The argument to look at when the last credential is refused.
    pub(super) fn argument(&self) -> Option<&'static str> {
        let last = self.steps.len().checked_sub(1);
        last.map_or(self.origin_argument, |index| self.step_argument(index))
    }

    /// Every secret that was given.
    pub(super) fn secrets(&self) -> Vec<&Secret> {
        match &self.origin {
            Origin::Oidc {
                id_token: IdToken::Text(secret),
                ..
            } => vec![secret],
            Origin::Password { password, .. } => vec![password],
            Origin::Token(token) => vec![token.secret()],
            Origin::Keys(keys) => keys.secrets(),
            Origin::Oidc { .. } | Origin::Metadata => Vec::new(),
        }
    }
}

impl IdToken {
    /// The token, without the line breaks that files end in.
    pub(super) fn read(&self) -> Result<Secret, Error> {
        match self {
            Self::Text(secret) => Ok(secret.clone()),
            Self::File(path) => {
                let wrong = |problem: String| {
                    let file = path.display();
                    let problem = format!("has an `id_token_file` `{file}` that {problem}");
                    Error::setting(OIDC, problem)
                };
                let text = std::fs::read_to_string(path)
                    .map_err(|error| wrong(format!("cannot be read: {error}")))?;
                match text.trim_matches(['\r', '\n']) {
                    "" => Err(wrong("is empty".to_owned())),
                    text => Ok(Secret::new(text)),
                }
            }
        }
    }
}

fn nothing_found(passed_over: &[String]) -> Error {
    let message = format!(
        "no credentials were found; tried in this order: {}",
        passed_over.join("; ")
    );
    Error::new(ErrorKind::Configuration, Some(message))
}

fn oidc(given: Given<'_>) -> Result<Finding, Error> {
    let environment = given.environment;
    let block = given.arguments.assume_role_with_oidc.clone();
    let is_block = block.is_some();
    let block = block.unwrap_or_default();
    let Some(idp_id) = IDP_ID.text(block.idp_id.as_deref(), environment) else {
        if is_block {
            return Err(incomplete("idp_id", &IDP_ID));
        }
        let why = format!("`{OIDC}` is not set, nor {}", IDP_ID.variables());
        return Ok(Finding::PassedOver(why));
    };
    let id_token = id_token(&block, environment)?;
    let agency_name = role::ROLE_AGENCY_NAME.text(block.agency_name.as_deref(), environment);
    let agency_name =
        agency_name.ok_or_else(|| incomplete("agency_name", &role::ROLE_AGENCY_NAME))?;
    let domain_id = role::ROLE_DOMAIN_ID.text(block.domain_id.as_deref(), environment);
    let domain_id = domain_id.ok_or_else(|| incomplete("domain_id", &role::ROLE_DOMAIN_ID))?;
    let role = Role {
        agency_name,
        account: Account::Id(role::domain_id(OIDC, &domain_id)?),
        duration: role::duration(block.duration, environment)?,
    };
    Ok(Finding::Found(
        Origin::Oidc { idp_id, id_token },
        Some(Step::Assume(role)),
    ))
}

/// A token counts more than a file, and what is written down more than the environment.
fn id_token(block: &AssumeRoleWithOidc, environment: &Environment) -> Result<IdToken, Error> {
    let text = block.id_token.as_ref();
    let text = text.filter(|text| !text.expose().is_empty()).cloned();
    let file = block.id_token_file.clone().filter(|file| !file.is_empty());
    let (text, file) = match (text, file) {
        (Some(_), Some(_)) => {
            let problem = "has both `id_token` and `id_token_file`: remove one of them";
            return Err(Error::setting(OIDC, problem));
        }
        (None, None) => (
            ID_TOKEN.secret(None, environment),
            ID_TOKEN_FILE.text(None, environment),
        ),
        one => one,
    };
    match (text, file) {
        (Some(text), _) => Ok(IdToken::Text(text)),
        (None, Some(file)) => Ok(IdToken::File(environment.expanded(&file))),
        (None, None) => Err(incomplete("id_token` or `id_token_file", &ID_TOKEN)),
    }
}

fn token(given: Given<'_>) -> Result<Finding, Error> {
    match TOKEN.secret(given.arguments.token.as_ref(), given.environment) {
        Some(token) => Ok(Finding::Found(Origin::Token(Token::new(&token)?), None)),
        None => Ok(Finding::PassedOver(TOKEN.unset())),
    }
}

fn keys(given: Given<'_>) -> Result<Finding, Error> {
    let Given {
        arguments,
        profile,
        environment,
    } = given;
    if let Some((access_key, secret_key)) = profile_key(given) {
        let keys = Keys::new(access_key, secret_key, profile.security_token.as_ref())?;
        return Ok(Finding::Found(Origin::Keys(keys), None));
    }
    let access_key = ACCESS_KEY.secret(arguments.access_key.as_ref(), environment);
    let secret_key = SECRET_KEY.secret(arguments.secret_key.as_ref(), environment);
    let security_token = SECURITY_TOKEN.secret(arguments.security_token.as_ref(), environment);
    match (access_key, secret_key) {
        (Some(access_key), Some(secret_key)) => {
            let keys = Keys::new(&access_key, &secret_key, security_token.as_ref())?;
            Ok(Finding::Found(Origin::Keys(keys), None))
        }
        (Some(_), None) => Ok(Finding::Half(format!(
            "`access_key` is set, but {}",
            SECRET_KEY.unset()
        ))),
        (None, Some(_)) => Ok(Finding::Half(format!(
            "`secret_key` is set, but {}",
            ACCESS_KEY.unset()
        ))),
        (None, None) => {
            let file = SHARED_CONFIG_FILE.argument;
            let why = format!(
                "{}, nor a profile of `{file}` with a key",
                ACCESS_KEY.unset()
            );
            Ok(Finding::PassedOver(why))
        }
    }
}

/// The key of the profile, unless a part of one is written down.
fn profile_key(given: Given<'_>) -> Option<(&Secret, &Secret)> {
    let Given {
        arguments, profile, ..
    } = given;
    let is_written = [&arguments.access_key, &arguments.secret_key]
        .into_iter()
        .flatten()
        .any(|part| !part.expose().is_empty());
    let key = profile.access_key.as_ref().zip(profile.secret_key.as_ref());
    key.filter(|_| !is_written)
}

fn password(given: Given<'_>) -> Result<Finding, Error> {
    let Given {
        arguments,
        environment,
        ..
    } = given;
    let Some(password) = PASSWORD.secret(arguments.password.as_ref(), environment) else {
        return Ok(Finding::PassedOver(PASSWORD.unset()));
    };
    if let Some(id) = USER_ID.text(arguments.user_id.as_deref(), environment) {
        let user = User::Id(id);
        return Ok(Finding::Found(Origin::Password { user, password }, None));
    }
    let Some(name) = USER_NAME.text(arguments.user_name.as_deref(), environment) else {
        let why = format!("`password` is set, but {}", USER_NAME.unset());
        return Ok(Finding::Half(why));
    };
    let Some(account) = account(given)? else {
        let why = format!(
            "`password` and `user_name` are set, but {}",
            DOMAIN_NAME.unset()
        );
        return Ok(Finding::Half(why));
    };
    let user = User::Name { name, account };
    Ok(Finding::Found(Origin::Password { user, password }, None))
}

/// The account of a user: its id rather than its name, unless only the name is written down.
fn account(given: Given<'_>) -> Result<Option<Account>, Error> {
    let Given {
        arguments,
        profile,
        environment,
    } = given;
    let is_given = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    let name = DOMAIN_NAME.text(arguments.domain_name.as_deref(), environment);
    if is_given(&arguments.domain_name) && !is_given(&arguments.domain_id) {
        return Ok(name.map(Account::Name));
    }
    let id = given_or(&arguments.domain_id, &profile.domain_id);
    let id = DOMAIN_ID.id(id, environment, DomainId::new)?;
    Ok(id.map(Account::Id).or(name.map(Account::Name)))
}

/// What to look at when what was found is refused.
fn origin_argument(origin: &Origin, given: Given<'_>) -> Option<&'static str> {
    match origin {
        Origin::Oidc { .. } => Some(OIDC),
        Origin::Token(_) => Some(TOKEN.argument),
        Origin::Keys(_) if profile_key(given).is_some() => Some(SHARED_CONFIG_FILE.argument),
        Origin::Keys(_) => Some(ACCESS_KEY.argument),
        Origin::Password { .. } => Some(PASSWORD.argument),
        Origin::Metadata => None,
    }
}

/// Always there to be asked, so it comes last.
fn metadata(_: Given<'_>) -> Result<Finding, Error> {
    Ok(Finding::Found(Origin::Metadata, None))
}

/// What is written down, else what the profile says.
pub(super) fn given_or(argument: &Option<String>, profile: &Option<String>) -> Option<String> {
    let argument = argument.clone().filter(|text| !text.is_empty());
    argument.or_else(|| profile.clone())
}

fn incomplete(attribute: &str, setting: &Setting) -> Error {
    let problem = format!("must have `{attribute}`, else {}", setting.variables());
    Error::setting(OIDC, problem)
}

#[cfg(test)]
mod tests;
