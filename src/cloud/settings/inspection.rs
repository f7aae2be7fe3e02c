//! What settings consist of, part by part: for a report on a set-up, in which one wrong setting must not hide the others.

use super::endpoint_resolver::EndpointResolver;
use super::environment::Environment;
use super::identity::configured::{ConfiguredCredential, configured_credentials};
use super::identity::{CredentialSource, SettingSources, SignInPlan, argument_or_profile};
use super::profile::{PROFILE, Profile, SHARED_CONFIG_FILE};
use super::proxy::Proxies;
use super::setting::{DOMAIN_ID, PROJECT_ID, REGION, Setting};
use super::tls::TlsSettings;
use super::{Arguments, Settings, check_signing_algorithm, max_retries};
use crate::cloud::error::Error;
use crate::cloud::id::{DomainId, ProjectId, Region};

/// The parts that settings are resolved from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsPart {
    /// The profile in the shared configuration file.
    Profile,
    /// Region, project and account.
    Location,
    /// Certificates and keys of TLS.
    Tls,
    /// How often and how requests are sent.
    Requests,
    /// The credentials.
    Credentials,
    /// URLs and the domain of the cloud.
    Endpoints,
    /// The proxies.
    Proxy,
}

/// What is set and what is wrong with it. Holds no secret.
#[derive(Clone, Debug)]
pub struct SettingsInspection {
    /// The invalid settings.
    pub problems: Vec<(SettingsPart, Error)>,
    /// Every credential that is set at least in part, in order of precedence. The first complete one is used.
    pub credentials: Vec<ConfiguredCredential>,
    /// Number of agencies that are assumed after signing in.
    pub role_count: usize,
    /// Whether a profile of the shared configuration file is read.
    pub has_profile: bool,
    /// Where the region is set, such as "`HW_REGION_NAME`" or "the region in the profile"; `None` if it is not set.
    pub region_source: Option<String>,
    /// The same for the project's ID.
    pub project_source: Option<String>,
    /// The same for the account's ID.
    pub account_source: Option<String>,
}

impl SettingsInspection {
    /// Inspects the settings that [`Settings::new`] would resolve from these. Reads the same files, and sends nothing.
    #[must_use]
    pub fn new(arguments: &Arguments, environment: &Environment) -> Self {
        let mut problems = Vec::new();
        let mut note = |part, result: Result<(), Error>| {
            if let Err(error) = result {
                problems.push((part, error));
            }
        };
        let profile = Profile::load(arguments, environment);
        let (profile, profile_error) = match profile {
            Ok(profile) => (profile, None),
            Err(error) => (Profile::default(), Some(error)),
        };
        let is_profile_read = profile_error.is_none();
        note(SettingsPart::Profile, profile_error.map_or(Ok(()), Err));

        let region = argument_or_profile(&arguments.region, &profile.region);
        let region = REGION.id(region, environment, Region::new);
        let known_region = region.as_ref().ok().cloned().flatten();
        note(SettingsPart::Location, region.map(drop));
        let project_id = argument_or_profile(&arguments.project_id, &arguments.tenant_id);
        let project_id = argument_or_profile(&project_id, &profile.project_id);
        let project_id = PROJECT_ID.id(project_id, environment, ProjectId::written);
        note(SettingsPart::Location, project_id.map(drop));
        let domain_id = argument_or_profile(&arguments.domain_id, &profile.domain_id);
        let domain_id = DOMAIN_ID.id(domain_id, environment, DomainId::written);
        note(SettingsPart::Location, domain_id.map(drop));

        let tls = TlsSettings::new(arguments, environment);
        let is_insecure = tls.as_ref().is_ok_and(|tls| tls.is_insecure);
        note(SettingsPart::Tls, tls.map(drop));
        note(
            SettingsPart::Requests,
            check_signing_algorithm(arguments, environment),
        );
        note(
            SettingsPart::Requests,
            max_retries(arguments.max_retries, environment).map(drop),
        );

        let given = SettingSources::new(arguments, &profile, environment);
        let credentials = configured_credentials(given);
        let mut role_count = 0;
        // Without the profile, another credential would be found than the one that is meant.
        if is_profile_read {
            let found = SignInPlan::find(given);
            role_count = found.as_ref().map_or(0, |found| found.steps.len());
            note(SettingsPart::Credentials, found.map(drop));
        }
        let endpoints = EndpointResolver::new(arguments, known_region, is_insecure, environment);
        note(SettingsPart::Endpoints, endpoints.map(drop));
        let proxies = Proxies::from_environment(environment);
        for is_secure in [false, true] {
            note(SettingsPart::Proxy, proxies.proxy_for(is_secure).map(drop));
        }

        let source = |setting: &Setting,
                      [name, what]: [&str; 2],
                      argument: &Option<String>,
                      profile: &Option<String>| {
            if argument.as_ref().is_some_and(|text| !text.is_empty()) {
                Some(format!("the `{name}` option"))
            } else if profile.is_some() {
                Some(format!("the {what} in the profile"))
            } else {
                let (variable, _) = environment.first_set(setting.variables)?;
                Some(format!("`{variable}`"))
            }
        };
        let file = SHARED_CONFIG_FILE.text(arguments.shared_config_file.as_deref(), environment);
        let name = PROFILE.text(arguments.profile.as_deref(), environment);
        Self {
            region_source: source(
                &REGION,
                ["region", "region"],
                &arguments.region,
                &profile.region,
            ),
            project_source: source(
                &PROJECT_ID,
                ["project-id", "project ID"],
                &arguments.project_id,
                &profile.project_id,
            ),
            account_source: source(
                &DOMAIN_ID,
                ["domain-id", "account ID"],
                &arguments.domain_id,
                &profile.domain_id,
            ),
            has_profile: file.is_some() || name.is_some(),
            problems,
            credentials,
            role_count,
        }
    }

    /// The problems of one part.
    pub fn problems_of(&self, part: SettingsPart) -> impl Iterator<Item = &Error> {
        let problems = self.problems.iter();
        problems.filter_map(move |(of, error)| (*of == part).then_some(error))
    }
}

/// What a report on a set-up says about a client's own settings.
impl Settings {
    /// Whether the only source of credentials is the agency of the ECS instance.
    #[must_use]
    pub fn relies_on_metadata(&self) -> bool {
        matches!(self.identity.origin, CredentialSource::Metadata)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::settings::identity::configured::CredentialState;

    fn inspect(variables: &[(&str, &str)]) -> SettingsInspection {
        SettingsInspection::new(&Arguments::default(), &Environment::of_slice(variables))
    }

    #[test]
    fn each_part_has_its_own_problems() {
        for (variable, value, part) in [
            ("HW_PROFILE", "missing", SettingsPart::Profile),
            ("HW_REGION_NAME", "a/b", SettingsPart::Location),
            ("HW_PROJECT_ID", "a/b", SettingsPart::Location),
            ("HW_DOMAIN_ID", "a/b", SettingsPart::Location),
            ("OS_CACERT", "/nowhere/ca.pem", SettingsPart::Tls),
            ("HW_INSECURE", "perhaps", SettingsPart::Tls),
            ("HW_MAX_RETRIES", "-1", SettingsPart::Requests),
            ("HW_SIGNING_ALGORITHM", "HmacSM3", SettingsPart::Requests),
            ("HW_ACCESS_KEY", "AK", SettingsPart::Credentials),
            (
                "HWGRANTS_ENDPOINT",
                "http://a.example",
                SettingsPart::Endpoints,
            ),
            ("HTTPS_PROXY", "ftp://a.example", SettingsPart::Proxy),
        ] {
            let inspection = inspect(&[(variable, value), ("HOME", "/nowhere")]);
            let parts: Vec<_> = inspection.problems.iter().map(|(part, _)| *part).collect();
            assert_eq!(parts, [part], "{variable}: {:?}", inspection.problems);
        }
        assert!(inspect(&[]).problems.is_empty());
    }

    #[test]
    fn the_problems_are_those_of_the_settings() {
        for variables in [
            &[("HW_REGION_NAME", "a/b")][..],
            &[("HW_ACCESS_KEY", "AK")],
            &[("HWGRANTS_ENDPOINT", "http://a.example")],
            &[("HW_MAX_RETRIES", "-1")],
        ] {
            let environment = Environment::of_slice(variables);
            let refused = Settings::new(Arguments::default(), &environment).expect_err("wrong");
            let texts = inspect(variables).problems;
            let texts: Vec<_> = texts.iter().map(|(_, error)| error.to_string()).collect();
            assert_eq!(texts, [refused.to_string()]);
        }
    }

    #[test]
    fn unused_and_incomplete_credentials_are_listed_in_order_of_precedence() {
        let inspection = inspect(&[
            ("HW_USER_PASSWORD", "hunter2"),
            ("HW_SECRET_KEY", "hunter3"),
            ("HW_AUTH_TOKEN", "hunter4"),
            ("OS_AUTH_TOKEN", "hunter5"),
        ]);
        let shown = format!("{inspection:?}");
        assert!(!shown.contains("hunter"), "{shown}");
        let listed = inspection.credentials.iter();
        let listed: Vec<_> = listed
            .map(|credential| {
                let missing = match &credential.state {
                    CredentialState::Incomplete { missing, .. } => *missing,
                    _ => None,
                };
                (credential.description.as_str(), missing)
            })
            .collect();
        let expected = [
            ("`HW_AUTH_TOKEN` in the environment", None),
            ("`access_key` in the environment", Some("HW_ACCESS_KEY")),
            (
                "`HW_USER_PASSWORD` in the environment",
                Some("HW_USER_NAME"),
            ),
        ];
        assert_eq!(listed, expected);
    }

    #[test]
    fn sources_are_named() {
        let inspection = inspect(&[("OS_REGION_NAME", "cn-north-4")]);
        assert_eq!(
            inspection.region_source.as_deref(),
            Some("`OS_REGION_NAME`")
        );
        assert_eq!(inspection.project_source, None);
        let arguments = Arguments {
            region: Some("cn-north-4".to_owned()),
            ..Arguments::default()
        };
        let inspection = SettingsInspection::new(&arguments, &Environment::of([]));
        assert_eq!(
            inspection.region_source.as_deref(),
            Some("the `region` option")
        );
    }
}
