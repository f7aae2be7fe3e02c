//! The settings of a client, from arguments, a profile of `hcloud`, and environment variables.
//!
//! An argument takes precedence over the profile, and the profile over the environment, whose variables are tried in
//! order; credentials count as a set, see [`identity`]. An empty string counts as absent. A missing setting is an error
//! only of the operation that needs it.
//!
//! This module reads arguments, variables and files. It sends nothing.
//!
//! Source: names and order as in the provider `huaweicloud` 1.97.

mod arguments;
pub(super) mod endpoint;
mod endpoint_resolver;
pub(super) mod environment;
pub(super) mod identity;
pub(super) mod inspection;
mod path;
mod profile;
pub(super) mod proxy;
mod region;
pub(super) mod role;
pub(super) mod setting;
pub(super) mod tls;
pub mod variables;

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

/// As in the provider `huaweicloud`.
const DEFAULT_MAX_RETRIES: u32 = 5;

/// Resolved and checked settings.
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
    /// The passwords of the proxies.
    proxy_secrets: Vec<Sensitive>,
    endpoints: EndpointResolver,
}

impl Settings {
    /// Resolves and checks all settings.
    ///
    /// # Errors
    /// `Configuration` if a value is invalid; [`Error::argument`] names it.
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

    /// Every secret from the settings: of credentials and of proxies.
    pub(super) fn secrets(&self) -> Vec<&Sensitive> {
        let mut secrets = self.identity.secrets();
        secrets.extend(&self.proxy_secrets);
        secrets
    }

    /// The URL that overrides every endpoint, if set.
    pub(super) fn override_endpoint(&self) -> Option<&Endpoint> {
        self.endpoints.override_endpoint()
    }

    /// The endpoint of a service in a region.
    ///
    /// # Errors
    /// `Configuration` if the service's URL is overridden for another region than `region`.
    pub fn endpoint(&self, service: Service, region: &Region) -> Result<Endpoint, Error> {
        self.endpoints.endpoint(service, region)
    }

    /// The environment variable that overrides every endpoint, and its URL, if set. Callers should warn about it,
    /// because it may be set by mistake.
    #[must_use]
    pub fn redirection(&self) -> Option<(&'static str, String)> {
        let url = self.override_endpoint()?.to_string();
        Some((endpoint_resolver::OVERRIDE_VARIABLE, url))
    }

    /// Whether the endpoint of a service follows from the region alone: neither the service's URL nor the domain of the
    /// cloud is overridden.
    #[must_use]
    pub fn has_default_endpoint(&self, service: Service) -> bool {
        self.endpoints.is_default(service)
    }

    /// Warnings about credentials that are set but not used, although the provider `huaweicloud` would use them; whole
    /// sentences.
    #[must_use]
    pub fn ignored_credentials(&self) -> &[String] {
        self.identity.ignored()
    }

    /// Whether every server certificate is accepted. Callers should warn about it.
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        self.tls.is_insecure
    }

    /// The endpoint for signing in and looking up projects, without `/v3` at its end.
    ///
    /// # Errors
    /// As of [`Settings::endpoint`] for IAM.
    pub fn sign_in_endpoint(&self, region: &Region) -> Result<Endpoint, Error> {
        self.endpoints.sign_in_endpoint(region)
    }
}

/// Rejects every algorithm but the default: no request is signed in another way than the settings ask for.
fn check_signing_algorithm(arguments: &Arguments, environment: &Environment) -> Result<(), Error> {
    let given = arguments.signing_algorithm.as_deref();
    match SIGNING_ALGORITHM.text(given, environment).as_deref() {
        None | Some("HmacSHA256") => Ok(()),
        Some(_) => {
            // The value is not quoted: it may be a key that was pasted into the wrong argument.
            let problem = "must be `HmacSHA256` or unset: other algorithms are not supported";
            Err(Error::setting(SIGNING_ALGORITHM.argument, problem))
        }
    }
}

/// The number of retries; zero turns them off.
fn max_retries(argument: Option<u32>, environment: &Environment) -> Result<u32, Error> {
    if let Some(count) = argument {
        return Ok(count);
    }
    let Some((variable, text)) = environment.first_set(MAX_RETRIES.variables) else {
        return Ok(DEFAULT_MAX_RETRIES);
    };
    text.trim().parse().map_err(|_| {
        let problem = format!(
            "must be a non-negative whole number, but the environment variable `{variable}` is `{text}`"
        );
        Error::setting(MAX_RETRIES.argument, problem)
    })
}

#[cfg(test)]
mod tests;
