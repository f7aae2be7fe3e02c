//! Where a cloud's services answer: its domain, and the URLs that replace what follows from it.
//!
//! Source: rules of the provider `huaweicloud` 1.97 for `cloud`, `regional`, `endpoints` and `auth_url`.

use std::collections::BTreeMap;

use url::Host;

use super::config::{Arguments, REGION, Setting};
use super::endpoint::{Endpoint, Service};
use super::environment::Environment;
use super::id::Region;
use super::{Error, ErrorKind};

const CLOUD: Setting = Setting {
    argument: "cloud",
    variables: &["HW_CLOUD"],
};
const AUTH_URL: Setting = Setting {
    argument: "auth_url",
    variables: &["HW_AUTH_URL", "OS_AUTH_URL"],
};
const ENDPOINTS: &str = "endpoints";

/// Sends every service to one URL, whatever else is configured: who points this at a sandbox must not reach the
/// real cloud because of a forgotten override.
const EVERYTHING: &str = "HWGRANTS_ENDPOINT";

/// Where services answer.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// The provider's own region, the only one that overrides answer for.
    region: Option<Region>,
    /// Domain; the region tells it if absent.
    cloud: Option<String>,
    is_regional: bool,
    everything: Option<Endpoint>,
    sign_in: Option<Endpoint>,
    endpoints: BTreeMap<Service, (&'static str, Endpoint)>,
}

impl Site {
    /// Looks up what the arguments leave open, and checks everything. `region` is the provider's own.
    ///
    /// # Errors
    /// `Configuration` if a value is wrong.
    pub(super) fn new(
        arguments: &Arguments,
        region: Option<Region>,
        environment: &Environment,
    ) -> Result<Self, Error> {
        Ok(Self {
            region,
            cloud: cloud(arguments, environment)?,
            is_regional: arguments.regional.unwrap_or_default(),
            everything: everything(environment)?,
            sign_in: sign_in(arguments, environment)?,
            endpoints: overrides(&arguments.endpoints)?,
        })
    }

    /// The one URL for everything, if there is one.
    pub(super) fn everything(&self) -> Option<&Endpoint> {
        self.everything.as_ref()
    }

    /// Where a service answers in a region: the URL for everything, the service's override, or what follows from
    /// cloud and region.
    ///
    /// # Errors
    /// `Configuration` if the service's URL is overridden for one region and another one is asked for.
    pub(super) fn endpoint(&self, service: Service, region: &Region) -> Result<Endpoint, Error> {
        if let Some(endpoint) = &self.everything {
            return Ok(endpoint.clone());
        }
        let Some((key, endpoint)) = self.endpoints.get(&service) else {
            return Endpoint::of(service, region, self.cloud.as_deref(), self.is_regional)
                .map_err(|problem| Error::setting(REGION.argument, problem));
        };
        match &self.region {
            Some(own) if own != region => {
                let problem = format!(
                    "sets the URL of `{key}` for region `{own}`, so region `{region}` has none"
                );
                Err(Error::setting(ENDPOINTS, problem))
            }
            _ => Ok(endpoint.clone()),
        }
    }

    /// Where to sign in and to look up projects, without `/v3` at its end: the URL for everything, `auth_url`, or
    /// where IAM answers.
    ///
    /// # Errors
    /// As of [`Site::endpoint`] for IAM.
    pub(super) fn sign_in(&self, region: &Region) -> Result<Endpoint, Error> {
        match (&self.everything, &self.sign_in) {
            (None, Some(endpoint)) => Ok(endpoint.clone()),
            _ => self.endpoint(Service::Iam, region),
        }
    }
}

fn cloud(arguments: &Arguments, environment: &Environment) -> Result<Option<String>, Error> {
    let Some(found) = CLOUD.find(arguments.cloud.as_deref(), environment) else {
        return Ok(None);
    };
    match Host::parse(&found.text) {
        Ok(Host::Domain(domain)) => Ok(Some(domain)),
        _ => {
            let problem = "must be a domain such as `myhuaweicloud.com`, without scheme and path";
            Err(CLOUD.wrong(&found, problem))
        }
    }
}

fn everything(environment: &Environment) -> Result<Option<Endpoint>, Error> {
    let Some(text) = environment.read(EVERYTHING) else {
        return Ok(None);
    };
    Endpoint::parse(&text).map(Some).map_err(|problem| {
        let message = format!("the environment variable `{EVERYTHING}` {problem}");
        Error::new(ErrorKind::Configuration, Some(message))
    })
}

fn sign_in(arguments: &Arguments, environment: &Environment) -> Result<Option<Endpoint>, Error> {
    let Some(found) = AUTH_URL.find(arguments.auth_url.as_deref(), environment) else {
        return Ok(None);
    };
    let base = found.text.trim_end_matches('/');
    if base.ends_with("/v2.0") {
        let problem =
            "leads to version 2.0 of the API, which is not spoken here: let it end in `/v3`";
        return Err(AUTH_URL.wrong(&found, problem));
    }
    // The version is part of each request's path.
    let base = base.strip_suffix("/v3").unwrap_or(base);
    let endpoint = Endpoint::parse(base);
    let endpoint = endpoint.map_err(|problem| AUTH_URL.wrong(&found, problem))?;
    Ok(Some(endpoint))
}

fn overrides(
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<Service, (&'static str, Endpoint)>, Error> {
    let mut endpoints = BTreeMap::new();
    for service in Service::ALL {
        for key in service.keys() {
            let Some(text) = given.get(*key) else {
                continue;
            };
            let endpoint = Endpoint::parse(text).map_err(|problem| {
                Error::setting(ENDPOINTS, format!("has a wrong `{key}`: the URL {problem}"))
            })?;
            endpoints.entry(service).or_insert((*key, endpoint));
        }
    }
    Ok(endpoints)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::Settings;

    fn region(text: &str) -> Region {
        Region::new(text).expect("a region")
    }

    fn settings(arguments: Arguments, variables: [(&str, &str); 2]) -> Result<Settings, Error> {
        Settings::new(arguments, &Environment::of(variables))
    }

    const NOTHING: [(&str, &str); 2] = [("", ""), ("", "")];

    fn text(value: &str) -> Option<String> {
        Some(value.to_owned())
    }

    #[test]
    fn a_named_cloud_replaces_the_domain_and_its_regions_follow_the_rule() {
        for (cloud, variable, region_id, service, expected) in [
            (
                "",
                "",
                "cn-north-4",
                Service::Csms,
                "kms.cn-north-4.myhuaweicloud.com",
            ),
            (
                "hcso.example",
                "",
                "cn-north-4",
                Service::Csms,
                "kms.cn-north-4.hcso.example",
            ),
            (
                "",
                "hcso.example",
                "cn-north-4",
                Service::Csms,
                "kms.cn-north-4.hcso.example",
            ),
            (
                " Hcso.Example ",
                "other.example",
                "r-1",
                Service::Csms,
                "kms.r-1.hcso.example",
            ),
            (
                "hcso.example",
                "",
                "tr-west-1",
                Service::CodeArtsRepo,
                "codehub-ext.tr-west-1.hcso.example",
            ),
            (
                "hcso.example",
                "",
                "cn-north-11",
                Service::Iam,
                "iam.cn-north-11.hcso.example",
            ),
            (
                "hcso.example",
                "",
                "cn-north-9",
                Service::Sts,
                "sts.cn-north-9.hcso.example",
            ),
            (
                "myhuaweicloud.com",
                "",
                "tr-west-1",
                Service::CodeArtsRepo,
                "codeartsrepo-ext.tr-west-1.myhuaweicloud.com",
            ),
            (
                "myhuaweicloud.com",
                "",
                "cn-north-9",
                Service::Sts,
                "sts.cn-north-4.myhuaweicloud.com",
            ),
            (
                "myhuaweicloud.com",
                "",
                "eu-west-101",
                Service::Csms,
                "kms.eu-west-101.myhuaweicloud.com",
            ),
            (
                "myhuaweicloud.eu",
                "",
                "eu-west-101",
                Service::Iam,
                "iam.eu-west-101.myhuaweicloud.eu",
            ),
        ] {
            let arguments = Arguments {
                cloud: text(cloud),
                ..Arguments::default()
            };
            let settings = settings(arguments, [("HW_CLOUD", variable), ("", "")]);
            let endpoint = settings
                .expect("settings")
                .endpoint(service, &region(region_id));
            let endpoint = endpoint.expect("an endpoint").to_string();
            assert_eq!(
                endpoint,
                format!("https://{expected}"),
                "{cloud} {variable}"
            );
        }
    }

    #[test]
    fn a_cloud_that_is_no_domain_is_refused() {
        for cloud in [
            "https://x.example",
            "x.example/p",
            "x.example:1",
            "u@x",
            "127.0.0.1",
            "a b",
        ] {
            for (argument, variable) in [(cloud, ""), ("", cloud)] {
                let arguments = Arguments {
                    cloud: text(argument),
                    ..Arguments::default()
                };
                let error = settings(arguments, [("HW_CLOUD", variable), ("", "")]);
                let error = error.expect_err(cloud);
                assert_eq!(error.argument(), Some("cloud"));
                assert_eq!(
                    error.to_string().contains("`HW_CLOUD`"),
                    argument.is_empty(),
                    "{error}"
                );
            }
        }
    }

    #[test]
    fn a_regional_site_never_falls_back_to_the_global_host() {
        for (regional, expected) in [
            (None, "https://iam.myhuaweicloud.com"),
            (Some(false), "https://iam.myhuaweicloud.com"),
            (Some(true), "https://iam.cn-north-11.myhuaweicloud.com"),
        ] {
            let arguments = Arguments {
                regional,
                ..Arguments::default()
            };
            let settings = settings(arguments, NOTHING).expect("settings");
            let endpoint = settings.endpoint(Service::Iam, &region("cn-north-11"));
            assert_eq!(endpoint.expect("an endpoint").to_string(), expected);
        }
    }

    /// Where signing in goes, given `auth_url`, an override of `iam`, and two variables.
    fn signed_in_at(auth_url: &str, iam: &str, variables: [(&str, &str); 2]) -> String {
        let iam = (!iam.is_empty()).then(|| ("iam".to_owned(), iam.to_owned()));
        let arguments = Arguments {
            auth_url: text(auth_url),
            endpoints: iam.into_iter().collect(),
            ..Arguments::default()
        };
        let settings = settings(arguments, variables).expect("settings");
        let endpoint = settings.sign_in_endpoint(&region("cn-north-4"));
        endpoint.expect("an endpoint").to_string()
    }

    #[test]
    fn signing_in_goes_to_the_auth_url_with_or_without_version_or_else_to_iam() {
        let both = [
            ("HW_AUTH_URL", "https://hw/v3"),
            ("OS_AUTH_URL", "https://os"),
        ];
        for (auth_url, iam, variables, expected) in [
            ("", "", NOTHING, "https://iam.cn-north-4.myhuaweicloud.com"),
            ("", "https://own-iam/p", NOTHING, "https://own-iam/p"),
            ("https://a/v3", "https://own-iam", NOTHING, "https://a"),
            ("https://a/v3/", "", NOTHING, "https://a"),
            ("https://a", "", NOTHING, "https://a"),
            ("https://a/", "", NOTHING, "https://a"),
            (
                " http://a:8080/identity/v3 ",
                "",
                NOTHING,
                "http://a:8080/identity",
            ),
            ("a.example/v3", "", NOTHING, "https://a.example"),
            ("https://a", "", both, "https://a"),
            ("", "https://own-iam", both, "https://hw"),
            ("", "", [("", ""), both[1]], "https://os"),
            (
                "https://a",
                "https://own-iam",
                [("HWGRANTS_ENDPOINT", "http://all"), both[0]],
                "http://all",
            ),
        ] {
            assert_eq!(
                signed_in_at(auth_url, iam, variables),
                expected,
                "{auth_url} {iam}"
            );
        }
    }

    #[test]
    fn looking_up_accounts_does_not_use_the_auth_url() {
        let arguments = Arguments {
            auth_url: text("https://a/v3"),
            ..Arguments::default()
        };
        let settings = settings(arguments, NOTHING).expect("settings");
        let endpoint = settings.endpoint(Service::Iam, &region("cn-north-4"));
        let endpoint = endpoint.expect("an endpoint").to_string();
        assert_eq!(endpoint, "https://iam.cn-north-4.myhuaweicloud.com");
    }

    #[test]
    fn an_auth_url_that_cannot_be_used_is_refused() {
        for (auth_url, problem) in [
            ("https://a/v2.0", "version 2.0"),
            ("https://a/v2.0/", "version 2.0"),
            ("ftp://a/v3", "must begin with"),
            ("https://u:hunter2@a/v3", "must not hold a user"),
        ] {
            for (argument, variable) in [(auth_url, ""), ("", auth_url)] {
                let arguments = Arguments {
                    auth_url: text(argument),
                    ..Arguments::default()
                };
                let error = settings(arguments, [("OS_AUTH_URL", variable), ("", "")]);
                let error = error.expect_err(auth_url);
                assert_eq!(error.argument(), Some("auth_url"));
                let message = error.to_string();
                assert!(
                    message.contains(problem) && !message.contains("hunter2"),
                    "{message}"
                );
                assert_eq!(
                    message.contains("`OS_AUTH_URL`"),
                    argument.is_empty(),
                    "{message}"
                );
            }
        }
    }
}
