//! The shared configuration file of the command-line tool `hcloud` (KooCLI), and one profile of it.
//!
//! Source: KooCLI user guide; what the provider `huaweicloud` 1.97 reads of the file.

use serde::{Deserialize, Deserializer};

use crate::cloud::credential::Sensitive;
use crate::cloud::error::Error;
use crate::cloud::settings::Arguments;
use crate::cloud::settings::environment::Environment;
use crate::cloud::settings::path;
use crate::cloud::settings::setting::Setting;
use crate::cloud::settings::variables;

pub(in crate::cloud) const SHARED_CONFIG_FILE: Setting = Setting {
    argument: "shared_config_file",
    variables: variables::SHARED_CONFIG_FILE,
};
pub(in crate::cloud) const PROFILE: Setting = Setting {
    argument: "profile",
    variables: variables::PROFILE,
};

/// The file if only a profile is set.
const DEFAULT_FILE: &str = "~/.hcloud/config.json";

/// The mode of a profile that uses the agency of the ECS instance.
const ECS_AGENCY: &str = "ecsAgency";
/// The longest access key id, in characters.
const LONGEST_ID: usize = 32;
/// The longest secret access key, in characters.
const LONGEST_SECRET: usize = 60;

/// The settings of a profile; empty ones are absent.
#[derive(Clone, Debug, Default)]
pub(in crate::cloud) struct Profile {
    /// How to sign in; none if no profile is named.
    pub(in crate::cloud) credential: Option<ProfileCredential>,
    pub(in crate::cloud) region: Option<String>,
    pub(in crate::cloud) project_id: Option<String>,
    pub(in crate::cloud) domain_id: Option<String>,
    pub(in crate::cloud) agency_name: Option<String>,
    pub(in crate::cloud) agency_domain_name: Option<String>,
    pub(in crate::cloud) agency_domain_id: Option<String>,
}

/// How a profile signs in. The problems follow the name of the argument `shared_config_file`.
#[derive(Clone, Debug)]
pub(in crate::cloud) enum ProfileCredential {
    /// With this access key.
    Keys(ProfileKey),
    /// With the agency of the ECS instance.
    Server,
    /// Its key is incomplete.
    Lacking(String),
    /// Its key is encrypted, or the profile is signed out.
    Unusable(String),
}

/// An access key of a profile.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct ProfileKey {
    pub(in crate::cloud) access_key: Sensitive,
    pub(in crate::cloud) secret_key: Sensitive,
    pub(in crate::cloud) security_token: Option<Sensitive>,
}

impl Profile {
    /// Reads the profile that the settings name; an empty one if they name neither a file nor a profile.
    ///
    /// # Errors
    /// `Configuration` if the file cannot be read, or has no such profile. Unusable keys are an error only
    /// where they would be used.
    pub(in crate::cloud) fn load(
        arguments: &Arguments,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let file = SHARED_CONFIG_FILE.text(arguments.shared_config_file.as_deref(), environment);
        let name = PROFILE.text(arguments.profile.as_deref(), environment);
        if file.is_none() && name.is_none() {
            return Ok(Self::default());
        }
        let file = file.unwrap_or_else(|| DEFAULT_FILE.to_owned());
        let wrong = |problem: String| {
            let problem = format!("points to {}, which {problem}", path::describe_path(&file));
            Error::setting(SHARED_CONFIG_FILE.argument, problem)
        };
        let text = std::fs::read_to_string(environment.expand_home(&file))
            .map_err(|error| wrong(format!("cannot be read: {error}")))?;
        Self::parse(&text, name.as_deref()).map_err(wrong)
    }

    /// Finds a profile in the text of the file: the named one, or else the current one. The first of that name counts.
    fn parse(text: &str, name: Option<&str>) -> Result<Self, String> {
        // Windows editors add a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // The error's own text may quote the file, which holds secrets.
        let file: File = serde_json::from_str(text).map_err(|error| {
            format!(
                "is not a valid `hcloud` configuration file (line {})",
                error.line()
            )
        })?;
        let name = name.map(str::to_owned).or(file.current);
        let Some(name) = name else {
            return Err("has no `current` profile: set `profile`".to_owned());
        };
        let known: Vec<_> = file
            .profiles
            .iter()
            .filter_map(|one| one.name.clone())
            .collect();
        let mut profiles = file.profiles.into_iter();
        let Some(entry) = profiles.find(|one| one.name.as_ref() == Some(&name)) else {
            return Err(match known.as_slice() {
                [] => format!("has no profile `{name}` (the file contains no profiles)"),
                known => format!(
                    "has no profile `{name}` (available profiles: `{}`)",
                    known.join("`, `")
                ),
            });
        };
        Ok(Self {
            credential: Some(credential(&name, entry.mode, entry.keys, entry.sso_auth)),
            region: entry.region,
            project_id: entry.project_id,
            domain_id: entry.domain_id,
            agency_name: entry.agency_name,
            agency_domain_name: entry.agency_domain_name,
            agency_domain_id: entry.agency_domain_id,
        })
    }
}

/// How the profile signs in. A plain key takes precedence over the mode: a profile keeps the parameters of every mode
/// that it once had.
fn credential(
    name: &str,
    mode: Option<String>,
    plain: StoredKeys,
    sso_auth: Option<SsoAuth>,
) -> ProfileCredential {
    let mode = mode.unwrap_or_default();
    let keys = match (mode.as_str(), sso_auth.and_then(|auth| auth.sts_token)) {
        ("SSO", Some(token)) => token,
        ("SSO", None) => {
            return ProfileCredential::Unusable(format!(
                "contains the profile `{name}`, which is in `SSO` mode but has no `ssoAuth.stsToken`: sign in with \
                 `hcloud` again"
            ));
        }
        _ => plain,
    };
    if keys.is_encrypted() {
        return ProfileCredential::Unusable(format!(
            "contains the profile `{name}`, whose access key is encrypted and can be read only by `hcloud`: run \
             `hcloud configure set --cli-auth-encrypt=false` and configure the profile again, or provide the \
             credentials in another way"
        ));
    }
    match (keys.access_key_id, keys.secret_access_key) {
        (Some(access_key), Some(secret_key)) => ProfileCredential::Keys(ProfileKey {
            access_key: Sensitive::new(access_key),
            secret_key: Sensitive::new(secret_key),
            security_token: keys.security_token.map(Sensitive::new),
        }),
        (None, None) if mode == ECS_AGENCY => ProfileCredential::Server,
        (access_key, _) => {
            let missing = match access_key {
                Some(_) => "no `secretAccessKey`",
                None => "no `accessKeyId`",
            };
            let of_mode = match mode.as_str() {
                "" => String::new(),
                mode => format!(" (mode `{}`)", mode.escape_debug()),
            };
            ProfileCredential::Lacking(format!(
                "contains the profile `{name}`{of_mode}, which has {missing}"
            ))
        }
    }
}

impl StoredKeys {
    /// Whether `hcloud` has encrypted the key, which is its default. Key ids consist of 20 letters and digits and
    /// secrets of 40; ciphertexts are longer and Base64-encoded.
    fn is_encrypted(&self) -> bool {
        let is_long = |part: &Option<String>, limit| {
            part.as_ref()
                .is_some_and(|part| part.chars().count() > limit)
        };
        let id = self.access_key_id.as_deref().unwrap_or_default();
        is_long(&self.access_key_id, LONGEST_ID)
            || id.contains(['+', '/', '='])
            || is_long(&self.secret_access_key, LONGEST_SECRET)
    }
}

#[derive(Deserialize)]
struct File {
    #[serde(default, deserialize_with = "text")]
    current: Option<String>,
    #[serde(default)]
    profiles: Vec<ProfileEntry>,
}

/// A profile as the file stores it; members that `hcloud` alone uses are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProfileEntry {
    #[serde(default, deserialize_with = "text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    mode: Option<String>,
    #[serde(flatten)]
    keys: StoredKeys,
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
    #[serde(default, deserialize_with = "text")]
    agency_domain_id: Option<String>,
    #[serde(default)]
    sso_auth: Option<SsoAuth>,
}

/// The result of the last single sign-on.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SsoAuth {
    /// A temporary key; absent after signing out.
    #[serde(default)]
    sts_token: Option<StoredKeys>,
}

/// A key as stored: in plain text, or encrypted by `hcloud`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredKeys {
    #[serde(default, deserialize_with = "text")]
    access_key_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    secret_access_key: Option<String>,
    #[serde(default, deserialize_with = "text")]
    security_token: Option<String>,
}

/// A string; an empty one is absent.
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

    fn shown(credential: Option<&ProfileCredential>) -> String {
        match credential {
            None => "nothing".to_owned(),
            Some(ProfileCredential::Keys(key)) => {
                let security_token = key.security_token.as_ref().map_or("-", Sensitive::expose);
                let (id, secret) = (key.access_key.expose(), key.secret_key.expose());
                format!("{id} {secret} {security_token}")
            }
            Some(ProfileCredential::Server) => "the server".to_owned(),
            Some(ProfileCredential::Lacking(why) | ProfileCredential::Unusable(why)) => why.clone(),
        }
    }

    #[test]
    fn profiles_are_selected_by_exact_name_or_else_the_current_one() {
        for (name, expected) in [
            (None, Ok(r#"ak sk - Some("cn-north-4")"#)),
            (Some("ci"), Ok(r#"ak sk - Some("cn-north-4")"#)),
            (Some("ecs"), Ok(r#"the server Some("cn-east-3")"#)),
            (Some("sso"), Ok("sso-ak sso-sk sso-st None")),
            (
                Some("CI"),
                Err(
                    "has no profile `CI` (available profiles: `ci`, `ci`, `ecs`, `sso`, `signed-out`)",
                ),
            ),
            (
                Some("signed-out"),
                Ok(
                    "contains the profile `signed-out`, which is in `SSO` mode but has no `ssoAuth.stsToken`: sign in \
                     with `hcloud` again None",
                ),
            ),
        ] {
            let profile = Profile::parse(FILE, name).map(|profile| {
                format!(
                    "{} {:?}",
                    shown(profile.credential.as_ref()),
                    profile.region
                )
            });
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(profile, expected, "{name:?}");
        }
        // Editors of Windows write a byte order mark.
        for text in [FILE.to_owned(), format!("\u{feff}{FILE}")] {
            let profile = Profile::parse(&text, None).expect("a profile");
            assert_eq!(profile.agency_name.as_deref(), Some("deploy"));
            assert_eq!(profile.agency_domain_name.as_deref(), Some("acme-prod"));
            assert_eq!(profile.agency_domain_id.as_deref(), Some("x"));
        }
    }

    #[test]
    fn missing_and_encrypted_keys_are_reported_and_not_used() {
        let encrypted = "contains the profile `p`, whose access key is encrypted and can be read only by `hcloud`: \
                         run `hcloud configure set --cli-auth-encrypt=false` and configure the profile again, or \
                         provide the credentials in another way";
        let (id, secret) = ("A".repeat(20), "b".repeat(40));
        let long = "Q".repeat(64);
        for (mode, access_key, secret_key, expected) in [
            (
                "AKSK",
                id.as_str(),
                secret.as_str(),
                format!("{id} {secret} -"),
            ),
            ("", &id, &secret, format!("{id} {secret} -")),
            ("ecsAgency", &id, &secret, format!("{id} {secret} -")),
            ("ecsAgency", "", "", "the server".to_owned()),
            ("AKSK", &long, &long, encrypted.to_owned()),
            ("AKSK", "q83vEjRWeJA=", &secret, encrypted.to_owned()),
            ("AKSK", &id, &long, encrypted.to_owned()),
            (
                "AKSK",
                "",
                "",
                "contains the profile `p` (mode `AKSK`), which has no `accessKeyId`".to_owned(),
            ),
            (
                "OIDC",
                "",
                "",
                "contains the profile `p` (mode `OIDC`), which has no `accessKeyId`".to_owned(),
            ),
            (
                "",
                &id,
                "",
                "contains the profile `p`, which has no `secretAccessKey`".to_owned(),
            ),
        ] {
            let file = serde_json::json!({"profiles": [{
                "name": "p", "mode": mode, "accessKeyId": access_key, "secretAccessKey": secret_key,
            }]});
            let profile = Profile::parse(&file.to_string(), Some("p")).expect("a profile");
            assert_eq!(shown(profile.credential.as_ref()), expected);
        }
        let sso = serde_json::json!({"profiles": [{"name": "p", "mode": "SSO", "ssoAuth": {"stsToken": {
            "accessKeyId": long, "secretAccessKey": long}}}]});
        let profile = Profile::parse(&sso.to_string(), Some("p")).expect("a profile");
        assert_eq!(shown(profile.credential.as_ref()), encrypted);
    }

    #[test]
    fn an_invalid_file_is_rejected_without_being_quoted() {
        for (text, problem) in [
            ("{", "is not a valid `hcloud` configuration file (line 1)"),
            (
                r#"{"profiles":["hunter2"]}"#,
                "is not a valid `hcloud` configuration file (line 1)",
            ),
            ("{}", "has no `current` profile: set `profile`"),
        ] {
            let refused = Profile::parse(text, None).map(drop);
            assert_eq!(refused, Err(problem.to_owned()), "{text}");
        }
    }
}
