//! Resolves endpoints: from the domain of the cloud, and from URLs that override the default ones.
//!
//! Source: rules of the provider `huaweicloud` 1.97 for `cloud`, `regional`, `endpoints` and `auth_url`.

use std::collections::BTreeMap;

use url::Host;

use crate::cloud::error::{Error, ErrorKind};
use crate::cloud::id::Region;
use crate::cloud::settings::Arguments;
use crate::cloud::settings::endpoint::{Endpoint, Service};
use crate::cloud::settings::environment::Environment;
use crate::cloud::settings::setting::{REGION, Setting};
use crate::cloud::settings::variables;

const CLOUD: Setting = Setting {
    argument: "cloud",
    variables: variables::CLOUD,
};
const AUTH_URL: Setting = Setting {
    argument: "auth_url",
    variables: variables::AUTH_URL,
};
const ENDPOINTS: &str = "endpoints";

/// The environment variable that overrides every endpoint, including those of `endpoints`: with a sandbox in it, no
/// request may reach the real cloud.
pub(in crate::cloud) const OVERRIDE_VARIABLE: &str = "HWGRANTS_ENDPOINT";

/// The endpoints of all services.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct EndpointResolver {
    /// The provider's own region, the only one that overrides apply to.
    region: Option<Region>,
    /// Domain; derived from the region if absent.
    cloud: Option<String>,
    /// Whether hosts that serve all regions are avoided.
    is_regional: bool,
    /// From `HWGRANTS_ENDPOINT`; applies to every service, region and sign-in.
    override_endpoint: Option<Endpoint>,
    /// From `auth_url`, without the version at its end.
    sign_in_endpoint: Option<Endpoint>,
    /// Overrides with the key that each was set by, for errors.
    endpoints: BTreeMap<Service, (&'static str, Endpoint)>,
}

impl EndpointResolver {
    /// Resolves and checks all settings. `region` is the provider's own; `is_insecure` allows credentials to be sent to
    /// other machines in clear text.
    ///
    /// # Errors
    /// `Configuration` if a value is wrong.
    pub(in crate::cloud) fn new(
        arguments: &Arguments,
        region: Option<Region>,
        is_insecure: bool,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let parse = |text: &str| {
            let endpoint = Endpoint::parse(text)?;
            match endpoint.is_clear_text() && !is_insecure {
                true => Err(CLEAR_TEXT_PROBLEM.to_owned()),
                false => Ok(endpoint),
            }
        };
        Ok(Self {
            region,
            cloud: cloud(arguments, environment)?,
            is_regional: arguments.regional.unwrap_or_default(),
            override_endpoint: everything(environment, parse)?,
            sign_in_endpoint: sign_in(arguments, environment, parse)?,
            endpoints: overrides(&arguments.endpoints, parse)?,
        })
    }

    /// The URL that overrides every endpoint, if set.
    pub(in crate::cloud) fn override_endpoint(&self) -> Option<&Endpoint> {
        self.override_endpoint.as_ref()
    }

    /// Whether the endpoint of a service follows from the region alone.
    pub(in crate::cloud) fn is_default(&self, service: Service) -> bool {
        let is_overridden =
            self.override_endpoint.is_some() || self.endpoints.contains_key(&service);
        !is_overridden && self.cloud.is_none()
    }

    /// The endpoint of a service in a region: `HWGRANTS_ENDPOINT`, the service's override, or the default for cloud and
    /// region.
    ///
    /// # Errors
    /// `Configuration` if the service's URL is overridden for another region than `region`.
    pub(in crate::cloud) fn endpoint(
        &self,
        service: Service,
        region: &Region,
    ) -> Result<Endpoint, Error> {
        if let Some(endpoint) = &self.override_endpoint {
            return Ok(endpoint.clone());
        }
        let Some((key, endpoint)) = self.endpoints.get(&service) else {
            return Endpoint::default_for(service, region, self.cloud.as_deref(), self.is_regional)
                .map_err(|problem| Error::setting(REGION.argument, problem));
        };
        match &self.region {
            Some(own) if own != region => {
                let problem = format!(
                    "overrides the `{key}` URL only for region `{own}`: use a separate provider block for region \
                     `{region}`"
                );
                Err(Error::setting(ENDPOINTS, problem))
            }
            _ => Ok(endpoint.clone()),
        }
    }

    /// The endpoint for signing in and looking up projects, without `/v3` at its end: `HWGRANTS_ENDPOINT`, `auth_url`,
    /// or that of IAM.
    ///
    /// # Errors
    /// As of [`Self::endpoint`] for IAM.
    pub(in crate::cloud) fn sign_in_endpoint(&self, region: &Region) -> Result<Endpoint, Error> {
        match (&self.override_endpoint, &self.sign_in_endpoint) {
            (None, Some(endpoint)) => Ok(endpoint.clone()),
            _ => self.endpoint(Service::Iam, region),
        }
    }
}

/// The domain of the cloud, if set. Only a domain name is accepted: it becomes a part of every host name.
fn cloud(arguments: &Arguments, environment: &Environment) -> Result<Option<String>, Error> {
    let Some(found) = CLOUD.find(arguments.cloud.as_deref(), environment) else {
        return Ok(None);
    };
    match Host::parse(&found.text) {
        Ok(Host::Domain(domain)) => Ok(Some(domain)),
        _ => {
            let problem =
                "must be a domain name such as `myhuaweicloud.com`, without a scheme or path";
            Err(CLOUD.invalid(&found, problem))
        }
    }
}

/// The problem of an `http://` URL of another machine; follows the name of the setting.
///
/// The ECS metadata service has no TLS either, but it is at a fixed link-local address, and requests to it contain no
/// secret.
const CLEAR_TEXT_PROBLEM: &str = "begins with `http://` and points to another machine, so credentials would be sent in \
                                  clear text: use `https://`, or set `insecure = true` to allow this";

/// The override of all endpoints. It has no argument, so its error names the variable.
fn everything(
    environment: &Environment,
    parse: impl Fn(&str) -> Result<Endpoint, String>,
) -> Result<Option<Endpoint>, Error> {
    let Some(text) = environment.read(OVERRIDE_VARIABLE) else {
        return Ok(None);
    };
    parse(&text).map(Some).map_err(|problem| {
        let message = format!("the environment variable `{OVERRIDE_VARIABLE}` {problem}");
        Error::new(ErrorKind::Configuration, Some(message))
    })
}

/// The endpoint from `auth_url`. Version 2.0 of the API is an error; `/v3` is removed.
fn sign_in(
    arguments: &Arguments,
    environment: &Environment,
    parse: impl Fn(&str) -> Result<Endpoint, String>,
) -> Result<Option<Endpoint>, Error> {
    let Some(found) = AUTH_URL.find(arguments.auth_url.as_deref(), environment) else {
        return Ok(None);
    };
    let base = found.text.trim_end_matches('/');
    if base.ends_with("/v2.0") {
        let problem =
            "points to API version 2.0, which is not supported: use a URL that ends in `/v3`";
        return Err(AUTH_URL.invalid(&found, problem));
    }
    // The version is part of each request's path.
    let base = base.strip_suffix("/v3").unwrap_or(base);
    let endpoint = parse(base).map_err(|problem| AUTH_URL.invalid(&found, problem))?;
    Ok(Some(endpoint))
}

/// The overrides in `endpoints`. All keys of a service are checked, also those that another key hides.
fn overrides(
    given: &BTreeMap<String, String>,
    parse: impl Fn(&str) -> Result<Endpoint, String>,
) -> Result<BTreeMap<Service, (&'static str, Endpoint)>, Error> {
    let mut endpoints = BTreeMap::new();
    for service in Service::ALL {
        for key in service.keys() {
            let Some(text) = given.get(*key).filter(|text| !text.is_empty()) else {
                continue;
            };
            let endpoint = parse(text)
                .map_err(|problem| Error::setting(ENDPOINTS, format!("entry `{key}` {problem}")))?;
            endpoints.entry(service).or_insert((*key, endpoint));
        }
    }
    Ok(endpoints)
}

#[cfg(test)]
mod tests;
