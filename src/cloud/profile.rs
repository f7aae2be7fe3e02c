//! The shared configuration file of the command line tool `hcloud` (KooCLI), and one profile of it.
//!
//! Source: KooCLI user guide; what the provider `huaweicloud` 1.97 reads of the file.

use serde::{Deserialize, Deserializer};

use super::config::{Arguments, Setting};
use super::credentials::Secret;
use super::environment::Environment;
use super::error::Error;

pub(super) const SHARED_CONFIG_FILE: Setting = Setting {
    argument: "shared_config_file",
    variables: &["HW_SHARED_CONFIG_FILE"],
};
const PROFILE: Setting = Setting {
    argument: "profile",
    variables: &["HW_PROFILE"],
};

/// Where the file is when only a profile is named.
const DEFAULT_FILE: &str = "~/.hcloud/config.json";

/// What a profile sets; what it leaves empty is absent.
#[derive(Clone, Debug, Default)]
pub(super) struct Profile {
    pub(super) access_key: Option<Secret>,
    pub(super) secret_key: Option<Secret>,
    pub(super) security_token: Option<Secret>,
    pub(super) region: Option<String>,
    pub(super) project_id: Option<String>,
    pub(super) domain_id: Option<String>,
    pub(super) agency_name: Option<String>,
    pub(super) agency_domain_name: Option<String>,
}

impl Profile {
    /// Reads the profile that is asked for; without file and profile being named, an empty one.
    ///
    /// # Errors
    /// `Configuration` if the file cannot be read, or has no such profile, or its keys are encrypted.
    pub(super) fn load(arguments: &Arguments, environment: &Environment) -> Result<Self, Error> {
        let file = SHARED_CONFIG_FILE.text(arguments.shared_config_file.as_deref(), environment);
        let name = PROFILE.text(arguments.profile.as_deref(), environment);
        if file.is_none() && name.is_none() {
            return Ok(Self::default());
        }
        let file = file.unwrap_or_else(|| DEFAULT_FILE.to_owned());
        let wrong = |problem: String| {
            let problem = format!("leads to the file `{file}`, which {problem}");
            Error::setting(SHARED_CONFIG_FILE.argument, problem)
        };
        let path = environment.expanded(&file);
        let text = std::fs::read_to_string(path)
            .map_err(|error| wrong(format!("cannot be read: {error}")))?;
        Self::parse(&text, name.as_deref()).map_err(wrong)
    }

    /// Finds a profile in the text of the file: the one named, else the current one. The first of its name counts.
    fn parse(text: &str, name: Option<&str>) -> Result<Self, String> {
        // The error's own text may quote the file, which holds secrets.
        let file: File = serde_json::from_str(text).map_err(|error| {
            format!(
                "is not JSON as `hcloud` writes it, see line {}",
                error.line()
            )
        })?;
        let name = name.map(str::to_owned).or(file.current);
        let Some(name) = name else {
            return Err("names no `current` profile: set `profile`".to_owned());
        };
        let known: Vec<_> = file
            .profiles
            .iter()
            .filter_map(|one| one.name.clone())
            .collect();
        let mut profiles = file.profiles.into_iter();
        let Some(entry) = profiles.find(|one| one.name.as_ref() == Some(&name)) else {
            let known = known.join("`, `");
            return Err(format!("has no profile `{name}`, only `{known}`"));
        };
        let keys = if entry.mode.as_deref() == Some("SSO") {
            let token = entry.sso_auth.and_then(|auth| auth.sts_token);
            token.ok_or_else(|| {
                format!("has no `ssoAuth.stsToken` in the SSO profile `{name}`: sign in with `hcloud` again")
            })?
        } else {
            entry.keys
        };
        Ok(Self {
            access_key: keys.access_key_id.map(Secret::new),
            secret_key: keys.secret_access_key.map(Secret::new),
            security_token: keys.security_token.map(Secret::new),
            region: entry.region,
            project_id: entry.project_id,
            domain_id: entry.domain_id,
            agency_name: entry.agency_name,
            agency_domain_name: entry.agency_domain_name,
        })
    }
}

#[derive(Deserialize)]
struct File {
    #[serde(default, deserialize_with = "text")]
    current: Option<String>,
    #[serde(default)]
    profiles: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(default, deserialize_with = "text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    mode: Option<String>,
    #[serde(flatten)]
    keys: Keys,
    #[serde(default, deserialize_with = "text")]
    region: Option<String>,
    #[serde(default, deserialize_with = "text")]
    project_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    domain_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    agency_name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    agency_domain_name: Option<String>,
    #[serde(default)]
    sso_auth: Option<SsoAuth>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SsoAuth {
    #[serde(default)]
    sts_token: Option<Keys>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Keys {
    #[serde(default, deserialize_with = "text")]
    access_key_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    secret_access_key: Option<String>,
    #[serde(default, deserialize_with = "text")]
    security_token: Option<String>,
}

/// A text; an empty one is absent.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    Ok(text.filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"current":"ci","other":1,"profiles":[
        {"name":"ci","mode":"AKSK","accessKeyId":"ak","secretAccessKey":"sk","securityToken":"",
         "region":"cn-north-4","projectId":"p1","domainId":"d1","cli-unknown":{},
         "agencyDomainId":"x","agencyDomainName":"acme-prod","agencyName":"deploy"},
        {"name":"ci","accessKeyId":"second"},
        {"name":"ecs","mode":"ecsAgency","region":"cn-east-3"},
        {"name":"sso","mode":"SSO","accessKeyId":"plain","ssoAuth":{"stsToken":{
         "accessKeyId":"sso-ak","secretAccessKey":"sso-sk","securityToken":"sso-st"}}},
        {"name":"signed-out","mode":"SSO","ssoAuth":{}}]}"#;

    fn shown(secret: Option<&Secret>) -> &str {
        secret.map_or("-", Secret::expose)
    }

    #[test]
    fn a_profile_is_found_by_its_exact_name_and_the_current_one_without_a_name() {
        for (name, expected) in [
            (None, Ok("ak sk - Some(\"cn-north-4\")")),
            (Some("ci"), Ok("ak sk - Some(\"cn-north-4\")")),
            (Some("ecs"), Ok("- - - Some(\"cn-east-3\")")),
            (Some("sso"), Ok("sso-ak sso-sk sso-st None")),
            (
                Some("CI"),
                Err("has no profile `CI`, only `ci`, `ci`, `ecs`, `sso`, `signed-out`"),
            ),
            (
                Some("signed-out"),
                Err(
                    "has no `ssoAuth.stsToken` in the SSO profile `signed-out`: sign in with `hcloud` again",
                ),
            ),
        ] {
            let profile = Profile::parse(FILE, name).map(|profile| {
                format!(
                    "{} {} {} {:?}",
                    shown(profile.access_key.as_ref()),
                    shown(profile.secret_key.as_ref()),
                    shown(profile.security_token.as_ref()),
                    profile.region
                )
            });
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(profile, expected, "{name:?}");
        }
        let profile = Profile::parse(FILE, None).expect("a profile");
        assert_eq!(profile.agency_name.as_deref(), Some("deploy"));
        assert_eq!(profile.agency_domain_name.as_deref(), Some("acme-prod"));
    }

    #[test]
    fn a_broken_file_is_refused_without_being_quoted() {
        for (text, problem) in [
            ("{", "is not JSON as `hcloud` writes it, see line 1"),
            (
                r#"{"profiles":["hunter2"]}"#,
                "is not JSON as `hcloud` writes it, see line 1",
            ),
            ("{}", "names no `current` profile: set `profile`"),
        ] {
            let refused = Profile::parse(text, None).map(drop);
            assert_eq!(refused, Err(problem.to_owned()), "{text}");
        }
    }
}
