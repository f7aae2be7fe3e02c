//! The settings of a client, from arguments and environment variables.
//!
//! What is written down wins over the profile of a shared configuration file, and that over the environment, whose
//! variables are tried in their order; credentials count as a set, see [`identity`]. An empty text counts as absent. A setting
//! may be missing until an operation needs it, which then fails and names it.
//!
//! This room reads arguments, variables and files. It sends nothing.
//!
//! Source: names and order as in the provider `huaweicloud` 1.97.

mod arguments;
pub(super) mod endpoint;
mod endpoint_resolver;
pub(super) mod environment;
pub(super) mod identity;
mod path;
mod profile;
pub(super) mod proxy;
mod region;
pub(super) mod role;
pub(super) mod setting;
pub(super) mod tls;

use http::HeaderValue;

use crate::cloud::credential::Sensitive;
use crate::cloud::error::Error;
use crate::cloud::id::{DomainId, ProjectId, Region};

pub use arguments::{Arguments, UserAgent};

use endpoint::{Endpoint, Service};
use endpoint_resolver::EndpointResolver;
use environment::Environment;
use identity::{DOMAIN_NAME, SettingSources, SignInPlan, argument_or_profile};
use profile::Profile;
use proxy::Proxies;
use setting::{DOMAIN_ID, MAX_RETRIES, PROJECT_ID, PROJECT_NAME, REGION, SIGNING_ALGORITHM};
use tls::TlsSettings;

const DEFAULT_MAX_RETRIES: u32 = 5;

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
    pub(super) identity: SignInPlan,
    pub(super) max_retries: u32,
    pub(super) user_agent: HeaderValue,
    pub(super) tls: TlsSettings,
    pub(super) proxies: Proxies,
    /// What the proxies are spoken to with.
    proxy_secrets: Vec<Sensitive>,
    endpoints: EndpointResolver,
}

impl Settings {
    /// Looks up what the arguments leave open, and checks everything.
    ///
    /// # Errors
    /// `Configuration` if a value that is there is wrong; [`Error::argument`] says which.
    pub fn new(arguments: Arguments, environment: &Environment) -> Result<Self, Error> {
        check_signing_algorithm(&arguments, environment)?;
        let profile = Profile::load(&arguments, environment)?;
        let identity = SignInPlan::find(SettingSources::new(&arguments, &profile, environment))?;
        let region = argument_or_profile(&arguments.region, &profile.region);
        let project_id = argument_or_profile(&arguments.project_id, &arguments.tenant_id);
        let project_id = argument_or_profile(&project_id, &profile.project_id);
        let project_name = argument_or_profile(&arguments.project_name, &arguments.tenant_name);
        let domain_id = argument_or_profile(&arguments.domain_id, &profile.domain_id);
        let region = REGION.id(region, environment, Region::new)?;
        let tls = TlsSettings::new(&arguments, environment)?;
        let site = EndpointResolver::new(&arguments, region.clone(), tls.is_insecure, environment)?;
        let proxies = Proxies::from_environment(environment);
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
            endpoints: site,
        })
    }

    /// Every secret that was given, for credentials and for proxies.
    pub(super) fn secrets(&self) -> Vec<&Sensitive> {
        let mut secrets = self.identity.secrets();
        secrets.extend(&self.proxy_secrets);
        secrets
    }

    /// The one URL for everything, if there is one.
    pub(super) fn override_endpoint(&self) -> Option<&Endpoint> {
        self.endpoints.override_endpoint()
    }

    /// Where a service answers in a region.
    ///
    /// # Errors
    /// `Configuration` if the service's URL is overridden for one region and another one is asked for.
    pub fn endpoint(&self, service: Service, region: &Region) -> Result<Endpoint, Error> {
        self.endpoints.endpoint(service, region)
    }

    /// The environment variable that sends every service to one URL, and the URL, if it is set. Practitioners should be
    /// warned of it: it may be left over.
    #[must_use]
    pub fn redirection(&self) -> Option<(&'static str, String)> {
        let url = self.override_endpoint()?.to_string();
        Some((endpoint_resolver::OVERRIDE_VARIABLE, url))
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
        self.endpoints.sign_in_endpoint(region)
    }
}

fn check_signing_algorithm(arguments: &Arguments, environment: &Environment) -> Result<(), Error> {
    let given = arguments.signing_algorithm.as_deref();
    match SIGNING_ALGORITHM.text(given, environment).as_deref() {
        None | Some("HmacSHA256") => Ok(()),
        Some(_) => {
            // Not quoted: it may be a key that was pasted into the wrong argument.
            let problem = "must be `HmacSHA256` or unset: other algorithms are not supported";
            Err(Error::setting(SIGNING_ALGORITHM.argument, problem))
        }
    }
}

fn max_retries(argument: Option<u32>, environment: &Environment) -> Result<u32, Error> {
    if let Some(count) = argument {
        return Ok(count);
    }
    let Some((variable, text)) = environment.first_set(MAX_RETRIES.variables) else {
        return Ok(DEFAULT_MAX_RETRIES);
    };
    text.trim().parse().map_err(|_| {
        let problem = format!(
            "must be a whole number of at least 0, but the environment variable `{variable}` is `{text}`"
        );
        Error::setting(MAX_RETRIES.argument, problem)
    })
}

#[cfg(test)]
mod tests;
