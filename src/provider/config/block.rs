//! The provider block: its attributes, and the environment variables that set them.

use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::cloud::{DomainId, ProjectId, Region};
use crate::framework::schema::{Attribute, Block, Check, NestedBlock, Nesting, Problem};
use crate::framework::{Data, Schema, Type, Value};
use crate::provider::text;

/// Description of the arguments that have no effect.
const NO_EFFECT: &str =
    "Has no effect. Accepted for compatibility with configurations of the provider `huaweicloud`.";

pub(in crate::provider) fn schema() -> Schema {
    let attributes = [location(), credentials(), network(), without_effect()].concat();
    Schema {
        version: 0,
        block: Block {
            description: "Manages access grants in Huawei Cloud: who can use a secret, and whether CodeArts Repo can use \
                          the keys of an account. Arguments and environment variables are those of the provider \
                          `huaweicloud`.",
            attributes,
            blocks: vec![assume_role(), assume_role_with_oidc(), guardrails()],
        },
    }
}

/// Region, project and account.
fn location() -> Vec<Attribute> {
    vec![
        Attribute::string("region", "Region, such as `cn-north-4`. Can also be set with `HW_REGION_NAME` or `OS_REGION_NAME`.")
            .check(text::id_if_set(Region::new)),
        Attribute::string(
            "project_id",
            "Id of the project that secrets belong to; looked up if unset. Can also be set with `HW_PROJECT_ID` or `OS_PROJECT_ID`.",
        )
        .check(text::id_if_set(ProjectId::written)),
        Attribute::string(
            "project_name",
            "Name of that project; the region's name if unset. Can also be set with `HW_PROJECT_NAME` or `OS_PROJECT_NAME`.",
        ),
        Attribute::string("tenant_id", "Former name of `project_id`, which takes precedence. Can also be set with `OS_TENANT_ID`.")
            .check(text::id_if_set(ProjectId::written)),
        Attribute::string("tenant_name", "Former name of `project_name`, which takes precedence. Can also be set with `OS_TENANT_NAME`."),
        Attribute::string(
            "domain_id",
            "Id of the account; looked up if unset. Can also be set with `HW_DOMAIN_ID`, `OS_DOMAIN_ID`, `OS_USER_DOMAIN_ID` or \
             `OS_PROJECT_DOMAIN_ID`.",
        )
        .check(text::id_if_set(DomainId::written)),
        Attribute::string(
            "domain_name",
            "Name of the account. Can also be set with `HW_DOMAIN_NAME`, `OS_DOMAIN_NAME`, `OS_USER_DOMAIN_NAME` or \
             `OS_PROJECT_DOMAIN_NAME`.",
        ),
    ]
}

/// Credentials.
fn credentials() -> Vec<Attribute> {
    let text = Attribute::string;
    vec![
        text(
            "token",
            "IAM token. Can also be set with `HW_AUTH_TOKEN` or `OS_AUTH_TOKEN`.",
        )
        .sensitive(),
        text(
            "access_key",
            "Access key, with `secret_key`. Can also be set with `HW_ACCESS_KEY` or `OS_ACCESS_KEY`.",
        )
        .sensitive(),
        text(
            "secret_key",
            "Secret key, with `access_key`. Can also be set with `HW_SECRET_KEY` or `OS_SECRET_KEY`.",
        )
        .sensitive(),
        text(
            "security_token",
            "Security token of a temporary access key. Can also be set with `HW_SECURITY_TOKEN`.",
        )
        .sensitive(),
        text(
            "user_name",
            "User, with `password` and the account. Can also be set with `HW_USER_NAME` or `OS_USERNAME`.",
        ),
        text(
            "user_id",
            "Id of the user, instead of name and account. Can also be set with `HW_USER_ID` or `OS_USER_ID`.",
        )
        .check(any_id()),
        text(
            "password",
            "Password of the user. Can also be set with `HW_USER_PASSWORD` or `OS_PASSWORD`.",
        )
        .sensitive(),
        text(
            "agency_name",
            "Agency to obtain a token of after signing in. Can also be set with `OS_AGENCY_NAME`.",
        ),
        text(
            "agency_domain_name",
            "Name of the account that owns that agency. Can also be set with `OS_AGENCY_DOMAIN_NAME`.",
        ),
        text(
            "delegated_project",
            "Project of that token; the region's name if unset. Can also be set with `OS_DELEGATED_PROJECT`.",
        ),
        text(
            "shared_config_file",
            "Configuration file of the `hcloud` tool; `~/.hcloud/config.json` if unset. Can also be set with `HW_SHARED_CONFIG_FILE`.",
        ),
        text(
            "profile",
            "Profile in that file; its current profile if unset. Can also be set with `HW_PROFILE`.",
        ),
        text(
            "signing_algorithm",
            "Signing algorithm; only `HmacSHA256` is supported. Can also be set with `HW_SIGNING_ALGORITHM`.",
        ),
    ]
}

/// Endpoints, TLS and retries.
fn network() -> Vec<Attribute> {
    let text = Attribute::string;
    let switch = |name, description| Attribute::new(name, Type::Bool, description);
    vec![
        text("cloud", "Domain of the cloud; derived from the region if unset. Can also be set with `HW_CLOUD`."),
        switch("regional", "Whether to use the regional endpoint of a service that also has a global one."),
        text("auth_url", "URL to sign in at, with or without `/v3`. Can also be set with `HW_AUTH_URL` or `OS_AUTH_URL`."),
        Attribute::new(
            "endpoints",
            Type::map(Type::String),
            "Endpoint URLs by service: `csms` (or `kms`), `codearts_repo` (or `codehub`), `iam`, `sts`. The environment \
             variable `HWGRANTS_ENDPOINT` overrides all of them with one URL, with a warning. `http://` URLs of other \
             machines require `insecure`.",
        ),
        switch("insecure", "Accept any server certificate, and `http://` URLs of other machines. Can also be set with \
                            `HW_INSECURE` or `OS_INSECURE`."),
        text("cacert_file", "Certificate authorities to trust instead of the system's: PEM text or the path of a PEM file. Can also be set with `OS_CACERT`."),
        text("cert", "Client certificate: PEM text or the path of a PEM file. Requires `key`. Can also be set with `OS_CERT`."),
        text("key", "Private key of `cert`: PEM text or the path of a PEM file. Can also be set with `OS_KEY`.").sensitive(),
        Attribute::new(
            "max_retries",
            Type::Number,
            "How often a request is retried after a temporary failure; 5 if unset. Can also be set with `HW_MAX_RETRIES`.",
        )
        .check(whole_number(0..=u32::MAX.into())),
    ]
}

fn without_effect() -> Vec<Attribute> {
    let accepted = |name, ty| Attribute::new(name, ty, NO_EFFECT);
    vec![
        accepted("enterprise_project_id", Type::String),
        accepted("enable_force_new", Type::Bool),
        accepted("skip_check_website_type", Type::Bool),
        accepted("skip_check_upgrade", Type::Bool),
        accepted("default_tags", Type::map(Type::String)),
        accepted("ignore_tags", Type::Dynamic),
    ]
}

fn assume_role() -> NestedBlock {
    NestedBlock {
        name: "assume_role",
        nesting: Nesting::List { max_items: 0 },
        block: Block {
            description: "An agency to assume after signing in. Several blocks form a chain, and the account is that of the \
                          last agency. Environment variables set what a block leaves unset; without a block, they \
                          describe an agency to assume.",
            attributes: vec![
                Attribute::string(
                    "agency_name",
                    "Name of the agency. Can also be set with `HW_ASSUME_ROLE_AGENCY_NAME`.",
                ),
                Attribute::string(
                    "domain_name",
                    "Name of the account that owns the agency. Can also be set with `HW_ASSUME_ROLE_DOMAIN_NAME`.",
                ),
                Attribute::string(
                    "domain_id",
                    "Id of that account; with it, STS issues the key instead of IAM. Can also be set with `HW_ASSUME_ROLE_DOMAIN_ID`.",
                )
                .check(text::id_if_set(DomainId::written)),
                duration(),
            ],
            blocks: Vec::new(),
        },
    }
}

fn assume_role_with_oidc() -> NestedBlock {
    NestedBlock {
        name: "assume_role_with_oidc",
        nesting: Nesting::List { max_items: 1 },
        block: Block {
            description: "An agency to assume with a token of an identity provider.",
            attributes: vec![
                Attribute::string(
                    "agency_name",
                    "Name of the agency. Can also be set with `HW_ASSUME_ROLE_AGENCY_NAME`.",
                ),
                Attribute::string(
                    "domain_id",
                    "Id of the account that owns the agency. Can also be set with `HW_ASSUME_ROLE_DOMAIN_ID`.",
                )
                .check(text::id_if_set(DomainId::written)),
                Attribute::string(
                    "idp_id",
                    "Name of the identity provider in IAM. Can also be set with `HW_ASSUME_ROLE_IDP_ID`.",
                )
                .check(any_id()),
                Attribute::string(
                    "id_token",
                    "Id token of the identity provider. Can also be set with `HW_ASSUME_ROLE_ID_TOKEN`.",
                )
                .sensitive(),
                Attribute::string(
                    "id_token_file",
                    "Path of a file that contains that token. Can also be set with `HW_ASSUME_ROLE_ID_TOKEN_FILE`.",
                ),
                duration(),
            ],
            blocks: Vec::new(),
        },
    }
}

fn duration() -> Attribute {
    Attribute::new(
        "duration",
        Type::Number,
        "Lifetime of the temporary access key, in seconds. Can also be set with `HW_ASSUME_ROLE_DURATION`.",
    )
    .check(whole_number(0..=86_400))
}

fn guardrails() -> NestedBlock {
    let days = |name, description| Attribute::new(name, Type::Number, description);
    NestedBlock {
        name: "guardrails",
        nesting: Nesting::List { max_items: 1 },
        block: Block {
            description: "Rules for `csms_grant`, checked while planning. A violation is an error for a grant that the plan \
                          creates or whose expiration date it changes, and a warning for an unchanged grant. \
                          Destroying a grant is always allowed.",
            attributes: vec![
                Attribute::new("require_validity", Type::Bool, "Whether every grant must have an expiration date."),
                days(
                    "max_validity_days",
                    "Maximum number of days from today to the expiration date of a grant. Does not apply to grants \
                     without one: set `require_validity` too.",
                )
                .check(whole_number(1..=MAX_DAYS)),
                days(
                    "warn_expiring_within_days",
                    "Warn of grants that expire within this number of days from today, and of expired grants.",
                )
                .check(whole_number(0..=MAX_DAYS)),
                Attribute::new(
                    "allowed_project_ids",
                    Type::list(Type::String),
                    "Ids of the projects that grants may belong to, to prevent changes in the wrong account. Does not \
                     apply to `repo_kms_grant`, which belongs to no project.",
                )
                .check(project_ids()),
            ],
            blocks: Vec::new(),
        },
    }
}

/// The check of ids that have no type of their own in `cloud`.
fn any_id() -> Check {
    text::id_if_set(DomainId::written)
}

/// A hundred years: more is a typo.
const MAX_DAYS: i64 = 36_500;

/// At least one project id. Unknown ids are checked once they are known.
fn project_ids() -> Check {
    let refused = |detail: String| Problem {
        summary: "Invalid value",
        detail,
    };
    Arc::new(move |value: &Value| {
        let Value::List(ids) = value else {
            return Ok(());
        };
        if ids.is_empty() {
            let detail = "The list is empty, so no project would be allowed. List the allowed projects, or remove the argument.";
            return Err(refused(detail.to_owned()));
        }
        for (position, id) in (1..).zip(ids) {
            let problem = match id {
                Value::Unknown => None,
                Value::String(id) => ProjectId::written(id.as_str())
                    .err()
                    .map(|invalid| invalid.problem().to_owned()),
                _ => Some("is null".to_owned()),
            };
            if let Some(problem) = problem {
                return Err(refused(format!("Id {position} of the list {problem}.")));
            }
        }
        Ok(())
    })
}

/// A whole number in this range.
fn whole_number(range: RangeInclusive<i64>) -> Check {
    Arc::new(move |value: &Value| match i64::from_value(value) {
        Ok(number) if range.contains(&number) => Ok(()),
        _ => Err(Problem {
            summary: "Invalid value",
            detail: format!(
                "The value must be a whole number from {} to {}.",
                range.start(),
                range.end()
            ),
        }),
    })
}
