//! The settings of a client, from arguments and environment variables.
//!
//! What is written down wins over the environment, whose variables are tried in their order. An empty text counts as
//! absent. A setting that nobody needs may be missing: see [`super::Client`].
//!
//! Source: names and order as in the provider `huaweicloud` 1.97.

use std::collections::BTreeMap;
use std::fmt::Display;

use http::HeaderValue;

use super::Error;
use super::credentials::{Credential, Secret, Token};
use super::endpoint::{Endpoint, Service};
use super::environment::Environment;
use super::id::{DomainId, InvalidId, ProjectId, Region};
use super::site::Site;
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
    variables: &["HW_PROJECT_ID", "OS_PROJECT_ID"],
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
pub(super) const TOKEN: Setting = Setting {
    argument: "token",
    variables: &["HW_AUTH_TOKEN", "OS_AUTH_TOKEN"],
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
    /// Token of IAM.
    pub token: Option<Secret>,
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
    pub(super) credential: Option<Credential>,
    pub(super) max_retries: u32,
    pub(super) user_agent: HeaderValue,
    pub(super) tls: Tls,
    site: Site,
}

impl Settings {
    /// Looks up what the arguments leave open, and checks everything.
    ///
    /// # Errors
    /// `Configuration` if a value that is there is wrong; [`Error::argument`] says which.
    pub fn new(arguments: Arguments, environment: &Environment) -> Result<Self, Error> {
        let region = REGION.id(arguments.region.clone(), environment, Region::new)?;
        let site = Site::new(&arguments, region.clone(), environment)?;
        let tls = Tls::new(&arguments, environment)?;
        let token = arguments.token.filter(|token| !token.expose().is_empty());
        let token = token.or_else(|| Some(Secret::new(environment.first(TOKEN.variables)?.1)));
        let credential = match token {
            Some(token) => Some(Credential::Token(Token::new(&token)?)),
            None => None,
        };
        Ok(Self {
            region,
            project_id: PROJECT_ID.id(arguments.project_id, environment, ProjectId::new)?,
            domain_id: DOMAIN_ID.id(arguments.domain_id, environment, DomainId::new)?,
            credential,
            max_retries: max_retries(arguments.max_retries, environment)?,
            user_agent: arguments.user_agent.header(),
            tls,
            site,
        })
    }

    /// Where a service answers in a region.
    ///
    /// # Errors
    /// `Configuration` if the service's URL is overridden for one region and another one is asked for.
    pub fn endpoint(&self, service: Service, region: &Region) -> Result<Endpoint, Error> {
        self.site.endpoint(service, region)
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
        let variables: Vec<_> = self
            .variables
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let problem = format!(
            "is missing: set the argument, or one of the environment variables {}",
            variables.join(", ")
        );
        Error::setting(self.argument, problem)
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

    fn id<T>(
        &self,
        argument: Option<String>,
        environment: &Environment,
        parse: impl Fn(String) -> Result<T, InvalidId>,
    ) -> Result<Option<T>, Error> {
        if let Some(text) = argument.filter(|text| !text.is_empty()) {
            let id = parse(text).map_err(|error| Error::setting(self.argument, error.problem()))?;
            return Ok(Some(id));
        }
        let Some((variable, text)) = environment.first(self.variables) else {
            return Ok(None);
        };
        let id = parse(text.trim().to_owned()).map_err(|error| {
            let problem = format!(
                "{}; it comes from the environment variable `{variable}`",
                error.problem()
            );
            Error::setting(self.argument, problem)
        })?;
        Ok(Some(id))
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
