//! Agencies: roles that the caller assumes after signing in.

use std::time::Duration;

use crate::cloud::credential::Sensitive;
use crate::cloud::error::Error;
use crate::cloud::id::DomainId;
use crate::cloud::settings::Arguments;
use crate::cloud::settings::environment::Environment;
use crate::cloud::settings::profile::Profile;
use crate::cloud::settings::setting::Setting;
use crate::cloud::settings::variables;

pub(in crate::cloud) const AGENCY_NAME: Setting = Setting {
    argument: "agency_name",
    variables: variables::AGENCY_NAME,
};
const AGENCY_DOMAIN_NAME: Setting = Setting {
    argument: "agency_domain_name",
    variables: variables::AGENCY_DOMAIN_NAME,
};
const DELEGATED_PROJECT: Setting = Setting {
    argument: "delegated_project",
    variables: variables::DELEGATED_PROJECT,
};
/// The block of a role; errors of all its settings are reported there.
pub(in crate::cloud) const ASSUME_ROLE: &str = "assume_role";
pub(in crate::cloud) const ROLE_AGENCY_NAME: Setting = Setting {
    argument: ASSUME_ROLE,
    variables: variables::ROLE_AGENCY_NAME,
};
const ROLE_DOMAIN_NAME: Setting = Setting {
    argument: ASSUME_ROLE,
    variables: variables::ROLE_DOMAIN_NAME,
};
pub(in crate::cloud) const ROLE_DOMAIN_ID: Setting = Setting {
    argument: ASSUME_ROLE,
    variables: variables::ROLE_DOMAIN_ID,
};
const ROLE_DURATION: Setting = Setting {
    argument: ASSUME_ROLE,
    variables: variables::ROLE_DURATION,
};

/// An agency to assume, from a configuration. Absent and empty fields are resolved from the environment.
#[derive(Clone, Debug, Default)]
pub struct AssumeRole {
    /// Name of the agency.
    pub agency_name: String,
    /// Name of the account that owns the agency; used if there is no id.
    pub domain_name: Option<String>,
    /// ID of that account.
    pub domain_id: Option<String>,
    /// Lifetime of the temporary access key. If absent: 12 hours with an account name, and the default of STS, one
    /// hour, with an account ID.
    pub duration: Option<Duration>,
}

/// An agency to assume with a token of an identity provider, from a configuration.
///
/// Absent fields are resolved from the environment.
#[derive(Clone, Debug, Default)]
pub struct AssumeRoleWithOidc {
    /// Name of the agency.
    pub agency_name: Option<String>,
    /// ID of the account that owns the agency.
    pub domain_id: Option<String>,
    /// Name of the identity provider in IAM.
    pub idp_id: Option<String>,
    /// The token; takes precedence over a file.
    pub id_token: Option<Sensitive>,
    /// A file that contains the token; it is read again for each renewal.
    pub id_token_file: Option<String>,
    /// Lifetime of the temporary access key.
    pub duration: Option<Duration>,
}

/// An account, by id or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cloud) enum Account {
    Id(DomainId),
    Name(String),
}

/// A step from one credential to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cloud) enum RoleStep {
    /// A token of an agency for a project of its account.
    AgencyToken {
        agency_name: String,
        domain_name: String,
        /// The region's project if absent.
        project_name: Option<String>,
    },
    /// A temporary access key of an agency.
    Assume(Role),
}

/// An agency to assume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cloud) struct Role {
    pub(in crate::cloud) agency_name: String,
    /// Account that owns the agency. An id leads to STS, a name to IAM.
    pub(in crate::cloud) account: Account,
    /// Lifetime of the key; `None` for the default of the client or of STS.
    pub(in crate::cloud) duration: Option<Duration>,
}

/// The steps after the first credential, in order: the token of an agency (`agency_name`), then each role, with the key
/// of the one before.
///
/// `profile` is the profile that the first credential comes from, if any.
///
/// `has_oidc`: an identity provider is set, so the role variables alone describe its agency and no further step. They
/// still complete `assume_role` blocks.
///
/// # Errors
/// `Configuration` if an agency is set without its account or the other way round, or a duration is invalid.
pub(in crate::cloud) fn steps(
    arguments: &Arguments,
    profile: Option<&Profile>,
    environment: &Environment,
    has_oidc: bool,
) -> Result<Vec<RoleStep>, Error> {
    let mut steps: Vec<_> = agency_token(arguments, environment)?.into_iter().collect();
    let mut roles = arguments.assume_role.clone();
    if roles.is_empty()
        && let Some(profile) = profile
        && let Some(agency_name) = profile.agency_name.clone()
    {
        roles.push(AssumeRole {
            agency_name,
            domain_name: profile.agency_domain_name.clone(),
            // The name is what other tools send where the profile has both.
            domain_id: profile
                .agency_domain_id
                .clone()
                .filter(|_| profile.agency_domain_name.is_none()),
            ..AssumeRole::default()
        });
    }
    if roles.is_empty()
        && !has_oidc
        && let Some(agency_name) = ROLE_AGENCY_NAME.text(None, environment)
    {
        roles.push(AssumeRole {
            agency_name,
            ..AssumeRole::default()
        });
    }
    for mut role in roles {
        complete(&mut role, environment)?;
        steps.push(RoleStep::Assume(check_role(role)?));
    }
    Ok(steps)
}

/// The given duration, or else that of the environment, in seconds.
pub(in crate::cloud) fn duration(
    given: Option<Duration>,
    environment: &Environment,
) -> Result<Option<Duration>, Error> {
    let Some((variable, text)) = environment.first_set(ROLE_DURATION.variables) else {
        return Ok(given);
    };
    if given.is_some() {
        return Ok(given);
    }
    let seconds = text.trim().parse().map_err(|_| {
        let problem = format!(
            "requires a `duration` in whole seconds, but the environment variable `{variable}` is `{text}`"
        );
        Error::setting(ASSUME_ROLE, problem)
    })?;
    Ok(Some(Duration::from_secs(seconds)))
}

/// An account's ID, checked.
fn domain_id(argument: &'static str, text: &str) -> Result<DomainId, Error> {
    DomainId::written(text).map_err(|error| {
        Error::setting(
            argument,
            format!("attribute `domain_id` {}", error.problem()),
        )
    })
}

/// The step for `agency_name`, if set. Agency and account are needed together.
fn agency_token(
    arguments: &Arguments,
    environment: &Environment,
) -> Result<Option<RoleStep>, Error> {
    let agency_name = AGENCY_NAME.text(arguments.agency_name.as_deref(), environment);
    let domain_name = arguments.agency_domain_name.as_deref();
    let domain_name = AGENCY_DOMAIN_NAME.text(domain_name, environment);
    match (agency_name, domain_name) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(AGENCY_NAME.missing()),
        (Some(_), None) => Err(AGENCY_DOMAIN_NAME.missing()),
        (Some(agency_name), Some(domain_name)) => Ok(Some(RoleStep::AgencyToken {
            agency_name,
            domain_name,
            project_name: DELEGATED_PROJECT
                .text(arguments.delegated_project.as_deref(), environment),
        })),
    }
}

/// Sets absent fields of a role from the environment.
fn complete(role: &mut AssumeRole, environment: &Environment) -> Result<(), Error> {
    let is_given = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    if let Some(agency_name) = ROLE_AGENCY_NAME.text(Some(&role.agency_name), environment) {
        role.agency_name = agency_name;
    }
    // An account name in the configuration takes precedence over an account ID in the environment.
    if !is_given(&role.domain_id) && !is_given(&role.domain_name) {
        let domain_id =
            ROLE_DOMAIN_ID.nested_id("domain_id", None, environment, DomainId::written)?;
        role.domain_id = domain_id.map(|id| id.to_string());
        role.domain_name = ROLE_DOMAIN_NAME.text(None, environment);
    }
    role.duration = duration(role.duration, environment)?;
    Ok(())
}

/// Checks a role after [`complete`] has set what the environment has. The ID of the account takes precedence over the
/// name.
fn check_role(role: AssumeRole) -> Result<Role, Error> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    if role.agency_name.is_empty() {
        let problem = format!(
            "requires `agency_name` or {}",
            ROLE_AGENCY_NAME.one_of_variables()
        );
        return Err(Error::setting(ASSUME_ROLE, problem));
    }
    let account = match (given(role.domain_id), given(role.domain_name)) {
        (Some(id), _) => Account::Id(domain_id(ASSUME_ROLE, &id)?),
        (None, Some(name)) => Account::Name(name),
        (None, None) => {
            let problem = format!(
                "requires the account that owns the agency `{}`: set `domain_id` or `domain_name`",
                role.agency_name
            );
            return Err(Error::setting(ASSUME_ROLE, problem));
        }
    };
    Ok(Role {
        agency_name: role.agency_name,
        account,
        duration: role.duration,
    })
}
