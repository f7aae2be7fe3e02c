//! The provider block to cloud settings.

mod block;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::cloud::{
    Arguments, AssumeRole, AssumeRoleWithOidc, Call, Client, Environment, Sensitive, Settings,
    UserAgent,
};
use crate::framework::{Diagnostic, Diagnostics, Field, Model, TerraformHost, Text};

use super::access::{Access, FROM_REGION};
use super::clock::Clock;
use super::failure;
use super::guardrail::Guardrails;

pub use block::Config;
use block::{OidcRole, RoleBlock};

/// Arguments that nothing is sent by: unknown ones among them keep nobody waiting. Guardrails wait for themselves.
const NEVER_AWAITED: &[&str] = &[
    "enterprise_project_id",
    "enable_force_new",
    "skip_check_website_type",
    "skip_check_upgrade",
    "default_tags",
    "ignore_tags",
    "guardrails",
];

/// How long the server we run on may take to hand out credentials; it answers at once or not at all.
const METADATA_LIMIT: Duration = Duration::from_secs(10);

/// Makes the client for a provider block, which sends no write after `closing`.
///
/// # Errors
/// An argument or variable is wrong, or one that everything needs is missing.
pub(super) async fn access(
    config: &Config,
    host: &TerraformHost,
    environment: &Environment,
    clock: &Clock,
    closing: &CancellationToken,
    warnings: &mut Diagnostics,
) -> Result<Access, Diagnostics> {
    let clock = clock.set_by(environment)?;
    let undecided = undecided(config);
    let arguments = Arguments {
        user_agent: user_agent(host, environment),
        ..arguments(config)
    };
    let settings = match Settings::new(arguments, environment) {
        // What is missing may be among what is not known yet. Nothing is sent until then, so the places are enough.
        Err(_) if !undecided.is_empty() => Settings::new(places(config, &undecided), environment),
        settings => settings,
    };
    let settings = settings.map_err(|error| failure::of_configuration(&error))?;
    if let Some((variable, url)) = settings.redirection() {
        warnings.push(redirected(variable, &url));
    }
    if settings.is_insecure() && !config.insecure.is_unknown() {
        warnings.push(insecure());
    }
    // Which credential is used is open as long as one of the arguments is.
    if undecided.is_empty() {
        let ignored = settings.ignored_credentials().iter();
        ignored.for_each(|text| warnings.push(credentials_ignored(text)));
    }
    let client = Client::with_closing(closing.clone(), settings);
    let mut missing = Diagnostics::new();
    if let Err(error) = client.require_region()
        && !FROM_REGION.iter().any(|name| undecided.contains(name))
    {
        missing.push(failure::of_configuration(&error));
    }
    if undecided.is_empty()
        && client.require_credential().is_err()
        // Nobody has set any, so the server we run on is asked now: it is early enough to fail.
        && let Err(error) = client.sign_in(&Call::within(METADATA_LIMIT, CancellationToken::new())).await
    {
        missing.push(failure::of_configuration(&error));
    }
    if missing.has_error() {
        return Err(missing);
    }
    let guardrails = Guardrails::of_block(&config.guardrails);
    Ok(Access::new(client, undecided, guardrails, clock))
}

/// Where things are, as far as the block says it, with a stand-in for the credentials. The account may be a role's.
fn places(config: &Config, undecided: &[&str]) -> Arguments {
    let is_decided = |names: &[&str]| !names.iter().any(|name| undecided.contains(name));
    let whole = arguments(config);
    let mut roles = Arguments::default();
    if is_decided(&["assume_role"]) {
        roles.assume_role = whole.assume_role;
    }
    if is_decided(&["assume_role_with_oidc"]) {
        roles.assume_role_with_oidc = whole.assume_role_with_oidc;
    }
    if is_decided(&["agency_name", "agency_domain_name"]) {
        roles.agency_name = whole.agency_name;
        roles.agency_domain_name = whole.agency_domain_name;
    }
    Arguments {
        region: id(&config.region),
        project_id: id(&config.project_id),
        domain_id: id(&config.domain_id),
        shared_config_file: config.shared_config_file.known().cloned(),
        profile: config.profile.known().cloned(),
        // As long as it is open, `http://` is no error: nothing is sent.
        insecure: match config.insecure.is_unknown() {
            true => Some(true),
            false => whole.insecure,
        },
        token: Some(Sensitive::new("not known yet")),
        ..roles
    }
}

/// The text of an id, the empty one included: it means that nothing is set, as for the provider `huaweicloud`.
fn id<T: Text>(field: &Field<T>) -> Option<String> {
    field.known().map(|id| id.as_text().into_owned())
}

/// Everything the block says.
fn arguments(config: &Config) -> Arguments {
    let text = |field: &Field<String>| field.known().cloned();
    let secret = |field: &Field<String>| text(field).map(Sensitive::new);
    let endpoints = config.endpoints.known().into_iter().flatten();
    let endpoints = endpoints.filter_map(|(key, url)| Some((key.clone(), url.known()?.clone())));
    let roles = config
        .assume_role
        .known()
        .into_iter()
        .flatten()
        .filter_map(Field::known);
    let oidc = config
        .assume_role_with_oidc
        .known()
        .into_iter()
        .flatten()
        .filter_map(Field::known);
    Arguments {
        region: id(&config.region),
        project_id: id(&config.project_id),
        project_name: text(&config.project_name),
        tenant_id: id(&config.tenant_id),
        tenant_name: text(&config.tenant_name),
        domain_id: id(&config.domain_id),
        domain_name: text(&config.domain_name),
        token: secret(&config.token),
        access_key: secret(&config.access_key),
        secret_key: secret(&config.secret_key),
        security_token: secret(&config.security_token),
        user_name: text(&config.user_name),
        user_id: id(&config.user_id),
        password: secret(&config.password),
        agency_name: text(&config.agency_name),
        agency_domain_name: text(&config.agency_domain_name),
        delegated_project: text(&config.delegated_project),
        shared_config_file: text(&config.shared_config_file),
        profile: text(&config.profile),
        signing_algorithm: text(&config.signing_algorithm),
        cloud: text(&config.cloud),
        regional: config.regional.known().copied(),
        auth_url: text(&config.auth_url),
        endpoints: endpoints.collect(),
        insecure: config.insecure.known().copied(),
        cacert_file: text(&config.cacert_file),
        cert: text(&config.cert),
        key: secret(&config.key),
        max_retries: config
            .max_retries
            .known()
            .and_then(|count| u32::try_from(*count).ok()),
        assume_role: roles.map(RoleBlock::argument).collect(),
        assume_role_with_oidc: oidc.map(OidcRole::argument).next(),
        ..Arguments::default()
    }
}

impl RoleBlock {
    fn argument(&self) -> AssumeRole {
        AssumeRole {
            agency_name: self.agency_name.known().cloned().unwrap_or_default(),
            domain_name: self.domain_name.known().cloned(),
            domain_id: id(&self.domain_id),
            duration: seconds(&self.duration),
        }
    }
}

impl OidcRole {
    fn argument(&self) -> AssumeRoleWithOidc {
        AssumeRoleWithOidc {
            agency_name: self.agency_name.known().cloned(),
            domain_id: id(&self.domain_id),
            idp_id: id(&self.idp_id),
            id_token: self.id_token.known().cloned().map(Sensitive::new),
            id_token_file: self.id_token_file.known().cloned(),
            duration: seconds(&self.duration),
        }
    }
}

fn seconds(field: &Field<i64>) -> Option<Duration> {
    field
        .known()
        .and_then(|seconds| u64::try_from(*seconds).ok())
        .map(Duration::from_secs)
}

fn insecure() -> Diagnostic {
    let detail = "`insecure` is set: any server can impersonate Huawei Cloud and read the credentials, and requests to \
                  `http://` URLs are sent in clear text. Set `cacert_file` to the missing authority instead.";
    Diagnostic::warning("Certificates are not checked", detail).at_root("insecure")
}

fn redirected(variable: &str, url: &str) -> Diagnostic {
    let detail = format!(
        "The environment variable `{variable}` is set: every request, including the credentials, goes to `{url}`, \
         regardless of the provider block. This is intended with `hwgrants sandbox`. Unset the variable to use Huawei Cloud."
    );
    Diagnostic::warning(format!("Requests redirected by {variable}"), detail)
}

fn credentials_ignored(text: &str) -> Diagnostic {
    Diagnostic::warning("Credentials ignored", text)
}

/// The arguments that must be known before something is sent, and whose values only applying will tell.
fn undecided(config: &Config) -> Vec<&'static str> {
    let mut unknown = config.unknown_fields();
    unknown.retain(|name| !NEVER_AWAITED.contains(name));
    unknown
}

/// What the practitioner puts in front, Terraform, us, then what the practitioner wants to see behind.
fn user_agent(host: &TerraformHost, environment: &Environment) -> UserAgent {
    let us = concat!("terraform-provider-hwgrants/", env!("CARGO_PKG_VERSION"));
    let front = environment.read("HW_TF_CUSTOM_UA");
    let terraform = format!("Terraform/{} (+https://www.terraform.io)", host.version);
    UserAgent {
        products: front
            .into_iter()
            .chain([terraform, us.to_owned()])
            .collect(),
        append: environment.read("TF_APPEND_USER_AGENT"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_agent_begins_and_ends_as_the_practitioner_wishes() {
        let environment = Environment::of([
            ("HW_TF_CUSTOM_UA", "front/1"),
            ("TF_APPEND_USER_AGENT", "ci/7"),
        ]);
        let host = TerraformHost {
            version: "1.2.3".to_owned(),
        };
        let UserAgent { products, append } = user_agent(&host, &environment);
        let us = concat!("terraform-provider-hwgrants/", env!("CARGO_PKG_VERSION"));
        let terraform = "Terraform/1.2.3 (+https://www.terraform.io)";
        assert_eq!(products, ["front/1", terraform, us]);
        assert_eq!(append.as_deref(), Some("ci/7"));
    }
}
