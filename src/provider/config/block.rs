//! The provider block: its attributes, with the environment variables that stand in for them.

use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::cloud::{DomainId, ProjectId, Region};
use crate::framework::schema::{Attribute, Block, Check, NestedBlock, Nesting, Problem};
use crate::framework::{Data, Schema, Type, Value};
use crate::provider::text;

/// Why an argument is accepted that changes nothing.
const NO_EFFECT: &str = "Accepted so that a block of the provider `huaweicloud` can be copied; means nothing to \
                         grants.";

pub(in crate::provider) fn schema() -> Schema {
    let attributes = [place(), credentials(), network(), without_effect()].concat();
    Schema {
        version: 0,
        block: Block {
            description: "Grants of Huawei Cloud: who may use a secret, and whether CodeArts Repo may use an account's \
                          keys. Arguments and environment variables are those of the provider `huaweicloud`.",
            attributes,
            blocks: vec![assume_role(), assume_role_with_oidc(), guardrails()],
        },
    }
}

/// Where things are.
fn place() -> Vec<Attribute> {
    vec![
        Attribute::string("region", "Region, such as `cn-north-4`. Else `HW_REGION_NAME` or `OS_REGION_NAME`.")
            .check(text::id_if_set(Region::new)),
        Attribute::string(
            "project_id",
            "Id of the project that secrets belong to; looked up unless set. Else `HW_PROJECT_ID` or `OS_PROJECT_ID`.",
        )
        .check(text::id_if_set(ProjectId::written)),
        Attribute::string(
            "project_name",
            "Name of that project; the region unless set. Else `HW_PROJECT_NAME` or `OS_PROJECT_NAME`.",
        ),
        Attribute::string("tenant_id", "Old name of `project_id`, which wins. Else `OS_TENANT_ID`.")
            .check(text::id_if_set(ProjectId::written)),
        Attribute::string("tenant_name", "Old name of `project_name`, which wins. Else `OS_TENANT_NAME`."),
        Attribute::string(
            "domain_id",
            "Id of the account; looked up unless set. Else `HW_DOMAIN_ID`, `OS_DOMAIN_ID`, `OS_USER_DOMAIN_ID` or \
             `OS_PROJECT_DOMAIN_ID`.",
        )
        .check(text::id_if_set(DomainId::written)),
        Attribute::string(
            "domain_name",
            "Name of the account. Else `HW_DOMAIN_NAME`, `OS_DOMAIN_NAME`, `OS_USER_DOMAIN_NAME` or \
             `OS_PROJECT_DOMAIN_NAME`.",
        ),
    ]
}

/// How to sign in.
fn credentials() -> Vec<Attribute> {
    let text = Attribute::string;
    vec![
        text(
            "token",
            "IAM token. Else `HW_AUTH_TOKEN` or `OS_AUTH_TOKEN`.",
        )
        .sensitive(),
        text(
            "access_key",
            "Access key, with `secret_key`. Else `HW_ACCESS_KEY` or `OS_ACCESS_KEY`.",
        )
        .sensitive(),
        text(
            "secret_key",
            "Secret key, with `access_key`. Else `HW_SECRET_KEY` or `OS_SECRET_KEY`.",
        )
        .sensitive(),
        text(
            "security_token",
            "Goes with a temporary access key. Else `HW_SECURITY_TOKEN`.",
        )
        .sensitive(),
        text(
            "user_name",
            "User, with `password` and the account. Else `HW_USER_NAME` or `OS_USERNAME`.",
        ),
        text(
            "user_id",
            "Id of the user, instead of name and account. Else `HW_USER_ID` or `OS_USER_ID`.",
        )
        .check(any_id()),
        text(
            "password",
            "Password of the user. Else `HW_USER_PASSWORD` or `OS_PASSWORD`.",
        )
        .sensitive(),
        text(
            "agency_name",
            "Agency whose token is taken after signing in. Else `OS_AGENCY_NAME`.",
        ),
        text(
            "agency_domain_name",
            "Account that made that agency. Else `OS_AGENCY_DOMAIN_NAME`.",
        ),
        text(
            "delegated_project",
            "Project of that token; the region unless set. Else `OS_DELEGATED_PROJECT`.",
        ),
        text(
            "shared_config_file",
            "File that the `hcloud` tool writes, `~/.hcloud/config.json` unless set. Else `HW_SHARED_CONFIG_FILE`.",
        ),
        text(
            "profile",
            "Profile in that file; its current one unless set. Else `HW_PROFILE`.",
        ),
        text(
            "signing_algorithm",
            "How requests are signed; `HmacSHA256` only. Else `HW_SIGNING_ALGORITHM`.",
        ),
    ]
}

/// How the cloud is reached.
fn network() -> Vec<Attribute> {
    let text = Attribute::string;
    let switch = |name, description| Attribute::new(name, Type::Bool, description);
    vec![
        text("cloud", "Domain of the cloud; told by the region unless set. Else `HW_CLOUD`."),
        switch("regional", "Whether services are asked in the region where they have a global host too."),
        text("auth_url", "URL to sign in at, with or without `/v3`. Else `HW_AUTH_URL` or `OS_AUTH_URL`."),
        Attribute::new(
            "endpoints",
            Type::map(Type::String),
            "URLs to use instead of the region's, by service: `csms` (or `kms`), `codearts_repo` (or `codehub`), \
             `iam`, \
             `sts`. `HWGRANTS_ENDPOINT` sends every service to one URL, and warns. `http://` is refused for other \
             machines \
             unless `insecure` is set.",
        ),
        switch("insecure", "Accepts any certificate of a server, and `http://` URLs of other machines. Else \
                            `HW_INSECURE` or `OS_INSECURE`."),
        text("cacert_file", "Authorities to trust instead of the system's, PEM or a path. Else `OS_CACERT`."),
        text("cert", "Certificate to show to servers, PEM or a path, with `key`. Else `OS_CERT`."),
        text("key", "Private key of `cert`, PEM or a path. Else `OS_KEY`.").sensitive(),
        Attribute::new(
            "max_retries",
            Type::Number,
            "How often a request that failed for the moment is repeated; 5 unless set. Else `HW_MAX_RETRIES`.",
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
            description: "An agency to assume after signing in; several form a chain. The environment fills in what a \
                          block \
                          leaves open, and stands for the block where there is none. The account is then that of the \
                          last agency.",
            attributes: vec![
                Attribute::string(
                    "agency_name",
                    "Name of the agency. Else `HW_ASSUME_ROLE_AGENCY_NAME`.",
                ),
                Attribute::string(
                    "domain_name",
                    "Name of the account that made the agency. Else `HW_ASSUME_ROLE_DOMAIN_NAME`.",
                ),
                Attribute::string(
                    "domain_id",
                    "Id of that account; asks STS instead of IAM. Else `HW_ASSUME_ROLE_DOMAIN_ID`.",
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
            description: "An agency to assume with the token of an identity provider.",
            attributes: vec![
                Attribute::string(
                    "agency_name",
                    "Name of the agency. Else `HW_ASSUME_ROLE_AGENCY_NAME`.",
                ),
                Attribute::string(
                    "domain_id",
                    "Account that made the agency. Else `HW_ASSUME_ROLE_DOMAIN_ID`.",
                )
                .check(text::id_if_set(DomainId::written)),
                Attribute::string(
                    "idp_id",
                    "Identity provider in IAM. Else `HW_ASSUME_ROLE_IDP_ID`.",
                )
                .check(any_id()),
                Attribute::string(
                    "id_token",
                    "Token of the provider. Else `HW_ASSUME_ROLE_ID_TOKEN`.",
                )
                .sensitive(),
                Attribute::string(
                    "id_token_file",
                    "File with that token. Else `HW_ASSUME_ROLE_ID_TOKEN_FILE`.",
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
        "Seconds for which the temporary access key is asked. Else `HW_ASSUME_ROLE_DURATION`.",
    )
    .check(whole_number(0..=86_400))
}

fn guardrails() -> NestedBlock {
    let days = |name, description| Attribute::new(name, Type::Number, description);
    NestedBlock {
        name: "guardrails",
        nesting: Nesting::List { max_items: 1 },
        block: Block {
            description: "Rules for `csms_grant`, checked while planning: an error for a grant that the plan makes or \
                          whose end it changes, a warning for one that stays. Destroying is always allowed.",
            attributes: vec![
                Attribute::new("require_validity", Type::Bool, "Whether a grant must have an end."),
                days(
                    "max_validity_days",
                    "How many days from today the end of a grant may be at most. Grants without an end pass: set \
                     `require_validity` too.",
                )
                .check(whole_number(1..=MAX_DAYS)),
                days(
                    "warn_expiring_within_days",
                    "Warns of grants that end within so many days from today, and of those that have ended.",
                )
                .check(whole_number(0..=MAX_DAYS)),
                Attribute::new(
                    "allowed_project_ids",
                    Type::list(Type::String),
                    "Ids of the projects that grants may belong to, against working in the wrong account. Says nothing \
                     about `repo_kms_grant`, which belongs to no project.",
                )
                .check(project_ids()),
            ],
            blocks: Vec::new(),
        },
    }
}

/// Ids of what has no type of its own: nothing is known of them but what no id holds.
fn any_id() -> Check {
    text::id_if_set(DomainId::written)
}

/// A hundred years: more is a slip.
const MAX_DAYS: i64 = 36_500;

/// At least one id of a project. Ids that are unknown are for another day.
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

/// Whole numbers of this range.
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
