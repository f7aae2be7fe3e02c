//! Converts the provider block into settings of the cloud client.

mod block;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::cloud::{
    Arguments, AssumeRole, AssumeRoleWithOidc, Call, Client, Environment, Sensitive, Settings,
    UserAgent,
};
use crate::framework::{Diagnostic, Diagnostics, Field, Model, TerraformHost, Text};

use super::access::{Access, REGION_ARGUMENTS};
use super::clock::Clock;
use super::failure;
use super::guardrail::Guardrails;

pub use block::Config;
use block::{OidcRole, RoleBlock};

/// Arguments that no request depends on, so planning continues while they are unknown. Unknown guardrails are checked
/// separately, before a write.
const NOT_NEEDED_FOR_REQUESTS: &[&str] = &[
    "enterprise_project_id",
    "enable_force_new",
    "skip_check_website_type",
    "skip_check_upgrade",
    "default_tags",
    "ignore_tags",
    "guardrails",
];

/// Timeout of requesting credentials from the metadata service of the server. It responds immediately or not at all.
const METADATA_LIMIT: Duration = Duration::from_secs(10);

/// Configures the client for a provider block. The client sends no write after `closing` is cancelled.
///
/// # Errors
/// An argument or variable is invalid; the region or the credentials are missing; or `HWGRANTS_CLOCK` is invalid.
pub(super) async fn access(
    config: &Config,
    host: &TerraformHost,
    environment: &Environment,
    clock: &Clock,
    closing: &CancellationToken,
    warnings: &mut Diagnostics,
) -> Result<Access, Diagnostics> {
    let clock = clock.with_offset_from(environment)?;
    let unknown_arguments = unknown_arguments(config);
    let arguments = Arguments {
        user_agent: user_agent(host, environment),
        ..arguments(config)
    };
    let settings = match Settings::new(arguments, environment) {
        // A missing setting may be one that is unknown until apply. No request is sent before, so the location is
        // enough.
        Err(_) if !unknown_arguments.is_empty() => {
            Settings::new(location_arguments(config, &unknown_arguments), environment)
        }
        settings => settings,
    };
    let settings = settings.map_err(|error| failure::of_configuration(&error))?;
    if let Some((variable, url)) = settings.redirection() {
        warnings.push(redirected(variable, &url));
    }
    if settings.is_insecure() && !config.insecure.is_unknown() {
        warnings.push(insecure());
    }
    // Which credentials are used is unknown while an argument is unknown.
    if unknown_arguments.is_empty() {
        let ignored = settings.ignored_credentials().iter();
        ignored.for_each(|text| warnings.push(credentials_ignored(text)));
    }
    let client = Client::with_closing(closing.clone(), settings);
    let mut missing = Diagnostics::new();
    if let Err(error) = client.require_region()
        && !REGION_ARGUMENTS
            .iter()
            .any(|name| unknown_arguments.contains(name))
    {
        missing.push(failure::of_configuration(&error));
    }
    if unknown_arguments.is_empty()
        && client.require_credential().is_err()
        // Without configured credentials, the metadata service is queried now, so that missing credentials fail early.
        && let Err(error) = client.sign_in(&Call::within(METADATA_LIMIT, CancellationToken::new())).await
    {
        missing.push(failure::of_configuration(&error));
    }
    if missing.has_error() {
        return Err(missing);
    }
    let guardrails = Guardrails::of_block(&config.guardrails);
    Ok(Access::new(client, unknown_arguments, guardrails, clock))
}

/// The known arguments that determine region, project and account, with placeholder credentials. Roles are included
/// because an assumed role determines the account.
fn location_arguments(config: &Config, unknown_arguments: &[&str]) -> Arguments {
    let is_known = |names: &[&str]| !names.iter().any(|name| unknown_arguments.contains(name));
    let whole = arguments(config);
    let mut roles = Arguments::default();
    if is_known(&["assume_role"]) {
        roles.assume_role = whole.assume_role;
    }
    if is_known(&["assume_role_with_oidc"]) {
        roles.assume_role_with_oidc = whole.assume_role_with_oidc;
    }
    if is_known(&["agency_name", "agency_domain_name"]) {
        roles.agency_name = whole.agency_name;
        roles.agency_domain_name = whole.agency_domain_name;
    }
    Arguments {
        region: id(&config.region),
        project_id: id(&config.project_id),
        domain_id: id(&config.domain_id),
        shared_config_file: config.shared_config_file.known().cloned(),
        profile: config.profile.known().cloned(),
        // An `http://` URL is no error while `insecure` is unknown: no request is sent.
        insecure: match config.insecure.is_unknown() {
            true => Some(true),
            false => whole.insecure,
        },
        token: Some(Sensitive::new("not known yet")),
        ..roles
    }
}

/// An id as text, if known. An empty text means not set, as in the provider `huaweicloud`.
fn id<T: Text>(field: &Field<T>) -> Option<String> {
    field.known().map(|id| id.as_text().into_owned())
}

/// The known arguments of the block.
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
    /// The block as an argument of the client, which resolves absent parts from the environment.
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
    /// The block as an argument of the client, which resolves absent parts from the environment.
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

/// A number of seconds; `None` if it is null, unknown or negative.
fn seconds(field: &Field<i64>) -> Option<Duration> {
    field
        .known()
        .and_then(|seconds| u64::try_from(*seconds).ok())
        .map(Duration::from_secs)
}

/// Warning: no server certificate is checked.
fn insecure() -> Diagnostic {
    let detail = "`insecure` is `true`, so the provider accepts any TLS certificate. Any server can impersonate \
                  Huawei Cloud and read the credentials, and requests to `http://` URLs are sent unencrypted. To \
                  trust a private certificate authority, set `cacert_file` instead.";
    Diagnostic::warning("TLS certificates not verified", detail).at_root("insecure")
}

/// Warning: an environment variable overrides every endpoint.
fn redirected(variable: &str, url: &str) -> Diagnostic {
    let detail = format!(
        "The environment variable `{variable}` is set, so the provider sends every request, including the \
         credentials, to `{url}`, regardless of the provider block. This is expected when using `hwgrants sandbox`. \
         To use Huawei Cloud, unset the variable."
    );
    Diagnostic::warning(format!("Requests redirected by {variable}"), detail)
}

/// Warning: credentials are set that are not used. `text` is the whole explanation.
fn credentials_ignored(text: &str) -> Diagnostic {
    Diagnostic::warning("Credentials ignored", text)
}

/// The arguments that requests depend on and that are unknown until apply.
fn unknown_arguments(config: &Config) -> Vec<&'static str> {
    let mut unknown = config.unknown_fields();
    unknown.retain(|name| !NOT_NEEDED_FOR_REQUESTS.contains(name));
    unknown
}

/// The user agent: the prefix in `HW_TF_CUSTOM_UA`, Terraform, this provider, and the suffix in `TF_APPEND_USER_AGENT`.
fn user_agent(host: &TerraformHost, environment: &Environment) -> UserAgent {
    let us = format!("terraform-provider-hwgrants/{}", crate::VERSION);
    let front = environment.read("HW_TF_CUSTOM_UA");
    let terraform = format!("Terraform/{} (+https://www.terraform.io)", host.version);
    UserAgent {
        products: front.into_iter().chain([terraform, us]).collect(),
        append: environment.read("TF_APPEND_USER_AGENT"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_agent_has_the_configured_prefix_and_suffix() {
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
