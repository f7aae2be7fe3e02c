//! The settings of a client, from arguments and environment variables.
//!
//! What is written down wins over the profile of a shared configuration file, and that over the environment, whose
//! variables are tried in their order; credentials count as a set, see [`super::source`]. An empty text counts as absent. A setting that nobody needs may be missing: see
//! [`super::Client`].
//!
//! Source: names and order as in the provider `huaweicloud` 1.97.

use std::collections::BTreeMap;
use std::fmt::Display;

use http::HeaderValue;

use super::Error;
use super::credentials::Secret;
use super::endpoint::{Endpoint, Service};
use super::environment::Environment;
use super::id::{DomainId, InvalidId, ProjectId, Region};
use super::profile::Profile;
use super::proxy::Proxies;
use super::role::{AssumeRole, AssumeRoleWithOidc};
use super::site::{self, Site};
use super::source::{DOMAIN_NAME, Given, Identity, given_or};
use super::tls::Tls;

/// A setting's names.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) argument: &'static str,
    pub(super) variables: &'static [&'static str],
}

/// What a setting was found to be.
#[derive(Debug)]
pub(super) struct Found {
    /// The value, without white space around it.
    pub(super) text: String,
    /// The environment variable it comes from; `None` for the argument.
    variable: Option<&'static str>,
}

pub(super) const REGION: Setting = Setting {
    argument: "region",
    variables: &["HW_REGION_NAME", "OS_REGION_NAME"],
};
pub(super) const PROJECT_ID: Setting = Setting {
    argument: "project_id",
    // The last one is the old name.
    variables: &["HW_PROJECT_ID", "OS_PROJECT_ID", "OS_TENANT_ID"],
};
pub(super) const DOMAIN_ID: Setting = Setting {
    argument: "domain_id",
    variables: &[
        "HW_DOMAIN_ID",
        "OS_DOMAIN_ID",
        "OS_USER_DOMAIN_ID",
        "OS_PROJECT_DOMAIN_ID",
    ],
};
const PROJECT_NAME: Setting = Setting {
    argument: "project_name",
    variables: &["HW_PROJECT_NAME", "OS_PROJECT_NAME", "OS_TENANT_NAME"],
};
const SIGNING_ALGORITHM: Setting = Setting {
    argument: "signing_algorithm",
    variables: &["HW_SIGNING_ALGORITHM"],
};
const MAX_RETRIES: Setting = Setting {
    argument: "max_retries",
    variables: &["HW_MAX_RETRIES"],
};

const DEFAULT_MAX_RETRIES: u32 = 5;

/// Settings as somebody wrote them down; absent ones are looked up in the environment.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    /// Region, such as `cn-north-4`.
    pub region: Option<String>,
    /// Id of the project that secrets belong to.
    pub project_id: Option<String>,
    /// Id of the account.
    pub domain_id: Option<String>,
    /// Name of that project; the region's name if neither is known.
    pub project_name: Option<String>,
    /// Old name of `project_id`, which wins.
    pub tenant_id: Option<String>,
    /// Old name of `project_name`, which wins.
    pub tenant_name: Option<String>,
    /// Name of the account.
    pub domain_name: Option<String>,
    /// Token of IAM.
    pub token: Option<Secret>,
    /// Id of an access key.
    pub access_key: Option<Secret>,
    /// Secret of the access key.
    pub secret_key: Option<Secret>,
    /// What goes with a temporary access key.
    pub security_token: Option<Secret>,
    /// Name of a user, who also needs an account.
    pub user_name: Option<String>,
    /// Id of a user; wins over the name.
    pub user_id: Option<String>,
    /// Password of the user.
    pub password: Option<Secret>,
    /// Agency of which a token is got after signing in.
    pub agency_name: Option<String>,
    /// Name of the account that made that agency.
    pub agency_domain_name: Option<String>,
    /// Name of the project for which it is got; the region's name if absent.
    pub delegated_project: Option<String>,
    /// Agencies to assume after signing in, each with the key of the one before.
    pub assume_role: Vec<AssumeRole>,
    /// Agency to assume with the token of an identity provider; comes before every other credential.
    pub assume_role_with_oidc: Option<AssumeRoleWithOidc>,
    /// File of `hcloud` to read a profile from.
    pub shared_config_file: Option<String>,
    /// Name of the profile; the file's current one if absent.
    pub profile: Option<String>,
    /// How requests are signed; only `HmacSHA256` is spoken.
    pub signing_algorithm: Option<String>,
    /// Service to URL, with the keys of [`Service::keys`]; other keys are left to other clients.
    pub endpoints: BTreeMap<String, String>,
    /// How often a request that failed is repeated; 5 if absent.
    pub max_retries: Option<u32>,
    /// How we introduce ourselves.
    pub user_agent: UserAgent,
    /// Domain of the cloud, such as `myhuaweicloud.com`; the region tells it if absent.
    pub cloud: Option<String>,
    /// Whether IAM is asked in the region even where only its global host is listed; no if absent.
    pub regional: Option<bool>,
    /// URL to sign in at, with or without `/v3`; where IAM answers if absent.
    pub auth_url: Option<String>,
    /// Whether any certificate of a server is accepted; no if absent.
    pub insecure: Option<bool>,
    /// Authorities to trust instead of the system's: PEM, or the path of a file with it.
    pub cacert_file: Option<String>,
    /// Our certificate for servers that ask for one: PEM, or the path of a file with it. Needs `key`.
    pub cert: Option<String>,
    /// The private key of `cert`: PEM, or the path of a file with it.
    pub key: Option<Secret>,
}

/// How we introduce ourselves: products such as `name/1.0`, ours last, and what the user wants to see behind them.
#[derive(Clone, Debug, Default)]
pub struct UserAgent {
    /// The products, in order.
    pub products: Vec<String>,
    /// Put at the end, without white space around it.
    pub append: Option<String>,
}

/// Settings that have been looked up and checked.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(super) region: Option<Region>,
    pub(super) project_id: Option<ProjectId>,
    pub(super) domain_id: Option<DomainId>,
    /// Name of the account.
    pub(super) domain_name: Option<String>,
    /// Name of the project.
    pub(super) project_name: Option<String>,
    pub(super) identity: Identity,
    pub(super) max_retries: u32,
    pub(super) user_agent: HeaderValue,
    pub(super) tls: Tls,
    pub(super) proxies: Proxies,
    /// What the proxies are spoken to with.
    proxy_secrets: Vec<Secret>,
    site: Site,
}

impl Settings {
    /// Looks up what the arguments leave open, and checks everything.
    ///
    /// # Errors
    /// `Configuration` if a value that is there is wrong; [`Error::argument`] says which.
    pub fn new(arguments: Arguments, environment: &Environment) -> Result<Self, Error> {
        check_signing_algorithm(&arguments, environment)?;
        let profile = Profile::load(&arguments, environment)?;
        let identity = Identity::find(Given::new(&arguments, &profile, environment))?;
        let region = given_or(&arguments.region, &profile.region);
        let project_id = given_or(&arguments.project_id, &arguments.tenant_id);
        let project_id = given_or(&project_id, &profile.project_id);
        let project_name = given_or(&arguments.project_name, &arguments.tenant_name);
        let domain_id = given_or(&arguments.domain_id, &profile.domain_id);
        let region = REGION.id(region, environment, Region::new)?;
        let tls = Tls::new(&arguments, environment)?;
        let site = Site::new(&arguments, region.clone(), tls.is_insecure, environment)?;
        let proxies = Proxies::of(environment);
        Ok(Self {
            region,
            project_id: PROJECT_ID.id(project_id, environment, ProjectId::written)?,
            domain_id: DOMAIN_ID.id(domain_id, environment, DomainId::written)?,
            domain_name: DOMAIN_NAME.text(arguments.domain_name.as_deref(), environment),
            project_name: PROJECT_NAME.text(project_name.as_deref(), environment),
            identity,
            max_retries: max_retries(arguments.max_retries, environment)?,
            user_agent: arguments.user_agent.header(),
            tls,
            proxy_secrets: proxies.secrets(),
            proxies,
            site,
        })
    }

    /// Every secret that was given, for credentials and for proxies.
    pub(super) fn secrets(&self) -> Vec<&Secret> {
        let mut secrets = self.identity.secrets();
        secrets.extend(&self.proxy_secrets);
        secrets
    }

    /// The one URL for everything, if there is one.
    pub(super) fn everything(&self) -> Option<&Endpoint> {
        self.site.everything()
    }

    /// Where a service answers in a region.
    ///
    /// # Errors
    /// `Configuration` if the service's URL is overridden for one region and another one is asked for.
    pub fn endpoint(&self, service: Service, region: &Region) -> Result<Endpoint, Error> {
        self.site.endpoint(service, region)
    }

    /// The environment variable that sends every service to one URL, and the URL, if it is set. Practitioners should be
    /// warned of it: it may be left over.
    #[must_use]
    pub fn redirection(&self) -> Option<(&'static str, String)> {
        let url = self.everything()?.to_string();
        Some((site::EVERYTHING, url))
    }

    /// Credentials that are named and not used, although the provider `huaweicloud` would use them: whole sentences.
    #[must_use]
    pub fn ignored_credentials(&self) -> &[String] {
        self.identity.ignored()
    }

    /// Whether any certificate of a server is accepted, of which practitioners should be warned.
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        self.tls.is_insecure
    }

    /// Where to sign in and to look up projects, without `/v3` at its end.
    ///
    /// # Errors
    /// `Configuration` if that is IAM, whose URL is overridden, and another region than the provider's is asked for.
    pub fn sign_in_endpoint(&self, region: &Region) -> Result<Endpoint, Error> {
        self.site.sign_in(region)
    }
}

impl Setting {
    /// The error of a setting that something needs and nobody has set.
    pub(super) fn missing(&self) -> Error {
        let problem = format!(
            "is missing: set the argument, or one of {}",
            self.variables()
        );
        Error::setting(self.argument, problem)
    }

    /// That nobody has set it, in the middle of a sentence.
    pub(super) fn unset(&self) -> String {
        let variables = self.variables();
        format!("`{}` is not set, nor {variables}", self.argument)
    }

    /// The environment variables, in their order.
    pub(super) fn variables(&self) -> String {
        format!(
            "the environment variables `{}`",
            self.variables.join("`, `")
        )
    }

    /// What is written down, else what the environment says, without the white space around it that files and copying
    /// leave.
    pub(super) fn text(&self, argument: Option<&str>, environment: &Environment) -> Option<String> {
        let argument = argument.filter(|text| !text.is_empty()).map(str::to_owned);
        let variable = || Some(environment.first(self.variables)?.1.trim().to_owned());
        argument.or_else(variable)
    }

    /// The same for what must not be seen.
    pub(super) fn secret(
        &self,
        argument: Option<&Secret>,
        environment: &Environment,
    ) -> Option<Secret> {
        let argument = argument.filter(|secret| !secret.expose().is_empty());
        // As it is: a password may begin or end with a space.
        let variable = || Some(Secret::new(environment.first(self.variables)?.1));
        argument.cloned().or_else(variable)
    }

    /// What is written down, or else the first variable that has a value.
    pub(super) fn find(&self, argument: Option<&str>, environment: &Environment) -> Option<Found> {
        let found = |text: &str, variable| Found {
            text: text.trim().to_owned(),
            variable,
        };
        let written = argument.filter(|text| !text.trim().is_empty());
        if let Some(text) = written {
            return Some(found(text, None));
        }
        let (variable, text) = environment.first(self.variables)?;
        Some(found(&text, Some(variable)))
    }

    /// A switch, in the spellings that Go reads; off if nobody says anything.
    pub(super) fn switch(
        &self,
        argument: Option<bool>,
        environment: &Environment,
    ) -> Result<bool, Error> {
        if let Some(is_on) = argument {
            return Ok(is_on);
        }
        let Some(found) = self.find(None, environment) else {
            return Ok(false);
        };
        match found.text.as_str() {
            "1" | "t" | "T" | "true" | "True" | "TRUE" => Ok(true),
            "0" | "f" | "F" | "false" | "False" | "FALSE" => Ok(false),
            _ => Err(self.wrong(&found, "must be `true` or `false`")),
        }
    }

    /// The error of a value that is wrong; `problem` follows the name of the argument.
    pub(super) fn wrong(&self, found: &Found, problem: impl Display) -> Error {
        match found.variable {
            None => Error::setting(self.argument, problem),
            Some(variable) => {
                let problem =
                    format!("{problem}; it comes from the environment variable `{variable}`");
                Error::setting(self.argument, problem)
            }
        }
    }

    /// An id: what is written down as it is, else what the environment says, without the white space around it.
    pub(super) fn id<T>(
        &self,
        argument: Option<String>,
        environment: &Environment,
        parse: impl Fn(String) -> Result<T, InvalidId>,
    ) -> Result<Option<T>, Error> {
        self.parsed(argument, environment, parse, |error| {
            error.problem().to_owned()
        })
    }

    /// The same for the attribute of a block that is this argument.
    pub(super) fn part<T>(
        &self,
        attribute: &str,
        argument: Option<String>,
        environment: &Environment,
        parse: impl Fn(String) -> Result<T, InvalidId>,
    ) -> Result<Option<T>, Error> {
        self.parsed(argument, environment, parse, |error| {
            format!("has a wrong `{attribute}`: it {}", error.problem())
        })
    }

    fn parsed<T>(
        &self,
        argument: Option<String>,
        environment: &Environment,
        parse: impl Fn(String) -> Result<T, InvalidId>,
        problem: impl Fn(&InvalidId) -> String,
    ) -> Result<Option<T>, Error> {
        let found = match argument.filter(|text| !text.is_empty()) {
            Some(text) => Found {
                text,
                variable: None,
            },
            None => match self.find(None, environment) {
                Some(found) => found,
                None => return Ok(None),
            },
        };
        match parse(found.text.clone()) {
            Ok(id) => Ok(Some(id)),
            Err(error) => Err(self.wrong(&found, problem(&error))),
        }
    }
}

impl UserAgent {
    fn header(&self) -> HeaderValue {
        let parts = self.products.iter().chain(&self.append);
        let parts: Vec<_> = parts
            .map(|part| part.trim())
            .filter(|part| !part.is_empty())
            .collect();
        let text = parts
            .join(" ")
            .replace(|c: char| c != ' ' && !c.is_ascii_graphic(), "?");
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

fn check_signing_algorithm(arguments: &Arguments, environment: &Environment) -> Result<(), Error> {
    let given = arguments.signing_algorithm.as_deref();
    match SIGNING_ALGORITHM.text(given, environment).as_deref() {
        None | Some("HmacSHA256") => Ok(()),
        Some(_) => {
            // Not quoted: it may be a key that was pasted into the wrong argument.
            let problem = "must be `HmacSHA256` or absent: the other algorithms are not supported";
            Err(Error::setting(SIGNING_ALGORITHM.argument, problem))
        }
    }
}

fn max_retries(argument: Option<u32>, environment: &Environment) -> Result<u32, Error> {
    if let Some(count) = argument {
        return Ok(count);
    }
    let Some((variable, text)) = environment.first(MAX_RETRIES.variables) else {
        return Ok(DEFAULT_MAX_RETRIES);
    };
    text.trim().parse().map_err(|_| {
        let problem = format!(
            "must be a whole number from 0, the environment variable `{variable}` is `{text}`"
        );
        Error::setting(MAX_RETRIES.argument, problem)
    })
}

#[cfg(test)]
mod tests;
