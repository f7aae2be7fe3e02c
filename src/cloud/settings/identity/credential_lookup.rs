//! Looks up one kind of credential in one source.

use crate::cloud::credential::{AccessKey, Sensitive, Token};
use crate::cloud::error::Error;
use crate::cloud::id::{DomainId, InvalidId, check_written};
use crate::cloud::settings::Arguments;
use crate::cloud::settings::environment::Environment;
use crate::cloud::settings::profile::{ProfileCredential, SHARED_CONFIG_FILE};
use crate::cloud::settings::role;
use crate::cloud::settings::role::{Account, AssumeRoleWithOidc, Role, RoleStep};
use crate::cloud::settings::setting::{DOMAIN_ID, Setting};

use super::precedence::{
    ACCESS_KEY, CredentialKind, CredentialOrigin, ID_TOKEN, ID_TOKEN_FILE, IDP_ID, OIDC,
    OIDC_DOMAIN_ID, PASSWORD, SECRET_KEY, SECURITY_TOKEN, TOKEN, USER_ID, USER_NAME,
};
use super::{CredentialSource, DOMAIN_NAME, IdToken, SettingSources, User, argument_or_profile};

/// The result of looking up a credential.
pub(super) enum SourceReading {
    /// A complete credential, and the role that belongs to it.
    Found(CredentialSource, Option<RoleStep>),
    /// No part of it is set.
    Absent,
    /// Only a part of it is set.
    Half(Half),
}

/// An incomplete credential.
pub(super) struct Half {
    /// The argument to look at.
    pub(super) argument: &'static str,
    /// What is missing; follows the name of the argument.
    pub(super) problem: String,
    /// The setting that completes it, if it is one.
    pub(super) missing: Option<&'static Setting>,
}

/// Looks up `kind` in `place`. Parts that the block leaves unset come from the environment.
///
/// # Errors
/// `Configuration` if a value is invalid.
pub(super) fn read(
    place: CredentialOrigin,
    kind: CredentialKind,
    given: SettingSources<'_>,
) -> Result<SourceReading, Error> {
    let nothing = Arguments::default();
    // The environment is read as a block without arguments.
    let given = match place {
        CredentialOrigin::Environment => SettingSources {
            arguments: &nothing,
            // The account is not a credential and may come from any source.
            account_arguments: given.arguments,
            ..given
        },
        _ => given,
    };
    let is_block = place == CredentialOrigin::Block;
    match (place, kind) {
        (CredentialOrigin::Profile, _) => Ok(profile(kind, given)?),
        (CredentialOrigin::Server, _) | (_, CredentialKind::Metadata) => {
            Ok(SourceReading::Found(CredentialSource::Metadata, None))
        }
        (_, CredentialKind::Oidc) => oidc(given, is_block),
        (_, CredentialKind::Token) => token(given, is_block),
        (_, CredentialKind::AccessKey) => keys(given, is_block),
        (_, CredentialKind::Password) => password(given, is_block),
    }
}

/// Whether an argument is set; an empty one is not.
fn is_written(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.is_empty())
}

fn is_secret_written(secret: Option<&Sensitive>) -> bool {
    is_written(secret.map(Sensitive::expose))
}

fn half(argument: &'static str, problem: impl Into<String>) -> SourceReading {
    SourceReading::Half(Half {
        argument,
        problem: problem.into(),
        missing: None,
    })
}

/// The same if one setting is missing.
fn half_without(
    missing: &'static Setting,
    argument: &'static str,
    problem: impl Into<String>,
) -> SourceReading {
    SourceReading::Half(Half {
        argument,
        problem: problem.into(),
        missing: Some(missing),
    })
}

/// The profile's credential, if it is of this kind.
fn profile(kind: CredentialKind, given: SettingSources<'_>) -> Result<SourceReading, Error> {
    let Some(named) = &given.profile.credential else {
        return Ok(SourceReading::Absent);
    };
    match (named, kind) {
        (ProfileCredential::Keys(key), CredentialKind::AccessKey) => {
            let security_token = key.security_token.as_ref();
            let keys = AccessKey::new(&key.access_key, &key.secret_key, security_token)?;
            Ok(SourceReading::Found(CredentialSource::Keys(keys), None))
        }
        (ProfileCredential::Server, CredentialKind::Metadata) => {
            Ok(SourceReading::Found(CredentialSource::Metadata, None))
        }
        (ProfileCredential::Lacking(problem), CredentialKind::AccessKey) => {
            Ok(half(SHARED_CONFIG_FILE.argument, problem.clone()))
        }
        (ProfileCredential::Unusable(problem), CredentialKind::AccessKey) => {
            Err(Error::setting(SHARED_CONFIG_FILE.argument, problem))
        }
        _ => Ok(SourceReading::Absent),
    }
}

/// The id token of an identity provider and its agency. It is never `Half`: once the provider is named, every missing
/// part is an error.
fn oidc(given: SettingSources<'_>, is_block: bool) -> Result<SourceReading, Error> {
    let environment = given.environment;
    let block = given.arguments.assume_role_with_oidc.clone();
    if is_block && block.is_none() {
        return Ok(SourceReading::Absent);
    }
    let block = block.unwrap_or_default();
    let idp_id = IDP_ID.nested_id("idp_id", block.idp_id.clone(), environment, |text| {
        written_text("idp_id", text)
    })?;
    let Some(idp_id) = idp_id else {
        if is_block {
            return Err(incomplete("idp_id", &IDP_ID));
        }
        return Ok(SourceReading::Absent);
    };
    let id_token = id_token(&block, environment)?;
    let agency_name = role::ROLE_AGENCY_NAME.text(block.agency_name.as_deref(), environment);
    let agency_name =
        agency_name.ok_or_else(|| incomplete("agency_name", &role::ROLE_AGENCY_NAME))?;
    let domain_id = block.domain_id.clone();
    let domain_id =
        OIDC_DOMAIN_ID.nested_id("domain_id", domain_id, environment, DomainId::written)?;
    let domain_id = domain_id.ok_or_else(|| incomplete("domain_id", &OIDC_DOMAIN_ID))?;
    let role = Role {
        agency_name,
        account: Account::Id(domain_id),
        duration: role::duration(block.duration, environment)?,
    };
    Ok(SourceReading::Found(
        CredentialSource::Oidc { idp_id, id_token },
        Some(RoleStep::Assume(role)),
    ))
}

/// A token takes precedence over a file, and the block over the environment.
fn id_token(block: &AssumeRoleWithOidc, environment: &Environment) -> Result<IdToken, Error> {
    let text = block.id_token.as_ref();
    let text = text.filter(|text| !text.expose().is_empty()).cloned();
    let file = block.id_token_file.clone().filter(|file| !file.is_empty());
    let (text, file) = match (text, file) {
        (Some(_), Some(_)) => {
            let problem = "sets both `id_token` and `id_token_file`: remove one of them";
            return Err(Error::setting(OIDC, problem));
        }
        (None, None) => (
            ID_TOKEN
                .secret(None, environment)
                .map(|token| Sensitive::new(token.expose().trim())),
            ID_TOKEN_FILE.text(None, environment),
        ),
        one => one,
    };
    match (text, file) {
        (Some(text), _) => Ok(IdToken::Text(text)),
        (None, Some(given)) => Ok(IdToken::File {
            path: environment.expand_home(&given),
            given,
        }),
        (None, None) => Err(incomplete("id_token`, `id_token_file", &ID_TOKEN)),
    }
}

/// A token. With an empty one in the block, the block has no token.
fn token(given: SettingSources<'_>, is_block: bool) -> Result<SourceReading, Error> {
    let written = given.arguments.token.as_ref();
    if is_block && !is_secret_written(written) {
        return Ok(SourceReading::Absent);
    }
    match TOKEN.secret(written, given.environment) {
        Some(token) => Ok(SourceReading::Found(
            CredentialSource::Token(Token::new(&token)?),
            None,
        )),
        None => Ok(SourceReading::Absent),
    }
}

/// An access key. Id and secret may come from different sources, but a security token only from where the id is.
fn keys(given: SettingSources<'_>, is_block: bool) -> Result<SourceReading, Error> {
    let SettingSources {
        arguments,
        environment,
        ..
    } = given;
    let written = [
        &arguments.access_key,
        &arguments.secret_key,
        &arguments.security_token,
    ];
    let [has_access_key, _, has_security_token] =
        written.map(|part| is_secret_written(part.as_ref()));
    if is_block
        && !written
            .into_iter()
            .any(|part| is_secret_written(part.as_ref()))
    {
        return Ok(SourceReading::Absent);
    }
    if has_security_token && !has_access_key {
        let problem = "is set without `access_key`, but a security token is valid only with its own access key: set \
                       `access_key` too, or remove `security_token`";
        return Ok(half(SECURITY_TOKEN.argument, problem));
    }
    let access_key = ACCESS_KEY.secret(arguments.access_key.as_ref(), environment);
    let secret_key = SECRET_KEY.secret(arguments.secret_key.as_ref(), environment);
    let security_token = match has_access_key {
        true => arguments
            .security_token
            .clone()
            .filter(|_| has_security_token),
        false => SECURITY_TOKEN.secret(None, environment),
    };
    let lacks = |missing: &Setting| format!("is set, but {}", missing.unset());
    match (access_key, secret_key) {
        (Some(access_key), Some(secret_key)) => {
            let keys = AccessKey::new(&access_key, &secret_key, security_token.as_ref())?;
            Ok(SourceReading::Found(CredentialSource::Keys(keys), None))
        }
        (Some(_), None) => Ok(half_without(
            &SECRET_KEY,
            ACCESS_KEY.argument,
            lacks(&SECRET_KEY),
        )),
        (None, Some(_)) => Ok(half_without(
            &ACCESS_KEY,
            SECRET_KEY.argument,
            lacks(&ACCESS_KEY),
        )),
        (None, None) => Ok(SourceReading::Absent),
    }
}

/// A user and a password. A user id takes precedence over a name, which also needs an account.
fn password(given: SettingSources<'_>, is_block: bool) -> Result<SourceReading, Error> {
    let SettingSources {
        arguments,
        environment,
        ..
    } = given;
    let has_password = is_secret_written(arguments.password.as_ref());
    let has_id = is_written(arguments.user_id.as_deref());
    let has_name = is_written(arguments.user_name.as_deref());
    if is_block && !has_password && !has_id && !has_name {
        return Ok(SourceReading::Absent);
    }
    let Some(password) = PASSWORD.secret(arguments.password.as_ref(), environment) else {
        // User variables without a password identify a user but are no credential.
        if !is_block {
            return Ok(SourceReading::Absent);
        }
        let argument = if has_id { &USER_ID } else { &USER_NAME }.argument;
        return Ok(half(argument, format!("is set, but {}", PASSWORD.unset())));
    };
    // A user name in the block takes precedence over a user id in the environment.
    let id = match has_name && !has_id {
        true => None,
        false => USER_ID.id(arguments.user_id.clone(), environment, |text| {
            written_text(USER_ID.argument, text)
        })?,
    };
    if let Some(id) = id {
        let user = User::Id(id);
        return Ok(SourceReading::Found(
            CredentialSource::Password { user, password },
            None,
        ));
    }
    let Some(name) = USER_NAME.text(arguments.user_name.as_deref(), environment) else {
        let problem = format!("is set, but {}", USER_NAME.unset());
        return Ok(half_without(&USER_NAME, PASSWORD.argument, problem));
    };
    let Some(account) = account(given)? else {
        let problem = format!("and `user_name` are set, but {}", DOMAIN_NAME.unset());
        return Ok(half_without(&DOMAIN_NAME, PASSWORD.argument, problem));
    };
    let user = User::Name { name, account };
    Ok(SourceReading::Found(
        CredentialSource::Password { user, password },
        None,
    ))
}

/// The account of a user: by id rather than by name, unless only the name is in the block.
fn account(given: SettingSources<'_>) -> Result<Option<Account>, Error> {
    let SettingSources {
        account_arguments: arguments,
        profile,
        environment,
        ..
    } = given;
    let name = DOMAIN_NAME.text(arguments.domain_name.as_deref(), environment);
    let is_named = is_written(arguments.domain_name.as_deref());
    if is_named && !is_written(arguments.domain_id.as_deref()) {
        return Ok(name.map(Account::Name));
    }
    let id = argument_or_profile(&arguments.domain_id, &profile.domain_id);
    let id = DOMAIN_ID.id(id, environment, DomainId::written)?;
    Ok(id.map(Account::Id).or(name.map(Account::Name)))
}

/// Checks a text like an id.
fn written_text(name: &'static str, text: String) -> Result<String, InvalidId> {
    check_written(name, &text)?;
    Ok(text)
}

fn incomplete(attribute: &str, setting: &Setting) -> Error {
    let problem = format!("requires `{attribute}` or {}", setting.one_of_variables());
    Error::setting(OIDC, problem)
}
