//! The provider block to cloud settings.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::cloud::{
    Arguments, Client, DomainId, Environment, ProjectId, Region, Secret, Settings, UserAgent,
};
use crate::framework::schema::{Attribute, Block, Problem};
use crate::framework::validate::length;
use crate::framework::{Data, Diagnostics, Field, Host, Model, Schema, Type, Value, model};

use super::access::Access;
use super::{failure, text};

model! {
    /// The provider block. Null attributes are looked up in the environment.
    pub struct Config {
        /// Region, such as `cn-north-4`.
        pub region: Field<String>,
        /// Project that secrets belong to.
        pub project_id: Field<String>,
        /// Account.
        pub domain_id: Field<String>,
        /// IAM token.
        pub token: Field<String>,
        /// Service to URL.
        pub endpoints: Field<BTreeMap<String, Field<String>>>,
        /// How often a request is repeated.
        pub max_retries: Field<i64>,
    }
}

/// The provider block.
pub(super) fn schema() -> Schema {
    Schema {
        version: 0,
        block: Block {
            description: "Grants of Huawei Cloud: who may use a secret, and whether CodeArts Repo may use an account's \
                          keys. Arguments and environment variables are those of the provider `huaweicloud`.",
            attributes: vec![
                Attribute::string(
                    "region",
                    "Region, such as `cn-north-4`. Else `HW_REGION_NAME` or `OS_REGION_NAME`.",
                )
                .check(text::id(Region::new)),
                Attribute::string(
                    "project_id",
                    "Id of the project that secrets belong to. Else `HW_PROJECT_ID` or `OS_PROJECT_ID`.",
                )
                .check(text::id(ProjectId::new)),
                Attribute::string(
                    "domain_id",
                    "Id of the account. Else `HW_DOMAIN_ID`, `OS_DOMAIN_ID`, `OS_USER_DOMAIN_ID` or \
                     `OS_PROJECT_DOMAIN_ID`.",
                )
                .check(text::id(DomainId::new)),
                Attribute::string(
                    "token",
                    "IAM token with the scope of the project. Else `HW_AUTH_TOKEN` or `OS_AUTH_TOKEN`.",
                )
                .sensitive()
                .check(length(1..=100_000)),
                Attribute::new(
                    "endpoints",
                    Type::map(Type::String),
                    "URLs to use instead of the region's, by service: `csms` (or `kms`), `codearts_repo` (or \
                     `codehub`), `iam`, `sts`. `HWGRANTS_ENDPOINT` sends every service to one URL.",
                ),
                Attribute::new(
                    "max_retries",
                    Type::Number,
                    "How often a request that failed for the moment is repeated; 5 unless set. Else `HW_MAX_RETRIES`.",
                )
                .check(Arc::new(is_retry_count)),
            ],
            blocks: Vec::new(),
        },
    }
}

fn is_retry_count(value: &Value) -> Result<(), Problem> {
    let count = i64::from_value(value.clone())
        .ok()
        .and_then(|count| u32::try_from(count).ok());
    count.map(|_| ()).ok_or_else(|| Problem {
        summary: "Invalid value",
        detail: "The value must be a whole number from 0.".to_owned(),
    })
}

/// Makes the client for a provider block.
///
/// # Errors
/// An argument or variable is wrong, or one that everything needs is missing.
pub(super) fn access(
    config: Config,
    host: &Host,
    environment: &Environment,
    clock: fn() -> Timestamp,
) -> Result<Access, Diagnostics> {
    let undecided = undecided(&config);
    let Config {
        region,
        project_id,
        domain_id,
        token,
        endpoints,
        max_retries,
    } = config;
    let endpoints = endpoints.known().cloned().unwrap_or_default();
    let endpoints = endpoints
        .into_iter()
        .filter_map(|(key, url)| Some((key, url.known()?.clone())));
    let arguments = Arguments {
        region: region.known().cloned(),
        project_id: project_id.known().cloned(),
        domain_id: domain_id.known().cloned(),
        token: token.known().cloned().map(Secret::new),
        endpoints: endpoints.collect(),
        max_retries: max_retries
            .known()
            .and_then(|count| u32::try_from(*count).ok()),
        user_agent: user_agent(host, environment),
        ..Arguments::default()
    };
    let settings =
        Settings::new(arguments, environment).map_err(|error| failure::of_configuration(&error))?;
    let client = Client::new(settings);
    let mut missing = Diagnostics::new();
    let needed = [
        ("region", client.require_region().err()),
        ("token", client.require_credential().err()),
    ];
    for (argument, error) in needed {
        if let Some(error) = error.filter(|_| !undecided.contains(&argument)) {
            missing.push(failure::of_configuration(&error));
        }
    }
    if missing.has_error() {
        return Err(missing);
    }
    Ok(Access::new(client, undecided, clock))
}

/// The arguments whose values only applying will tell.
fn undecided(config: &Config) -> Vec<&'static str> {
    let value = config.to_value();
    Config::FIELDS
        .iter()
        .copied()
        .filter(|name| !value.attribute(name).is_wholly_known())
        .collect()
}

/// What the practitioner puts in front, Terraform, us, then what the practitioner wants to see behind.
fn user_agent(host: &Host, environment: &Environment) -> UserAgent {
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
        let host = Host {
            version: "1.2.3".to_owned(),
        };
        let UserAgent { products, append } = user_agent(&host, &environment);
        let us = concat!("terraform-provider-hwgrants/", env!("CARGO_PKG_VERSION"));
        let terraform = "Terraform/1.2.3 (+https://www.terraform.io)";
        assert_eq!(products, ["front/1", terraform, us]);
        assert_eq!(append.as_deref(), Some("ci/7"));
    }
}
