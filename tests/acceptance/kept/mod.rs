//! A grant lives for as long as a block declares it: renames, twins and moves between provider configurations, with real
//! Terraform.

mod deposed;
mod known;
mod record;
mod rename;
mod test_command;
mod trouble;
mod walk;

use std::collections::BTreeSet;

use hwgrants::sandbox::seed;

use crate::harness::{Workspace, in_days};

const TYPE: &str = "csms_grant";

const SECRETS: [&str; 3] = [
    seed::SECRET_DB_PASSWORD,
    seed::SECRET_API_KEY,
    seed::SECRET_TLS_CERTIFICATE,
];

/// Two more provider configurations.
const ALIASES: &str = "provider \"hwgrants\" {\n  alias = \"one\"\n}\n\nprovider \"hwgrants\" {\n  alias = \"two\"\n}\n";

/// A block of this name with a provider configuration, for a user on the first secret.
fn grant(name: &str, provider: &str, user: &str, end: Option<i64>) -> String {
    let end = end.map_or_else(String::new, |days| {
        format!("  validity_time = \"{}\"\n", in_days(days))
    });
    format!(
        "resource \"{TYPE}\" \"{name}\" {{\n  provider = {provider}\n  resource_id = \"{}\"\n  type = \"SECRET\"\n  \
         grantee_type = \"user\"\n  grantee_target_id = \"{user}\"\n{end}}}\n\n",
        seed::SECRET_DB_PASSWORD
    )
}

/// Twelve grants on three secrets as separate blocks.
fn twelve(prefix: &str, provider: &str) -> String {
    let blocks = (0..12).map(|number| {
        let secret = SECRETS[number % 3];
        format!(
            "resource \"{TYPE}\" \"{prefix}-{number}\" {{\n  provider = {provider}\n  resource_id = \"{secret}\"\n  type = \
             \"SECRET\"\n  grantee_type = \"user\"\n  grantee_target_id = \"user-{number}\"\n}}\n\n"
        )
    });
    format!("{ALIASES}\n{}", blocks.collect::<String>())
}

/// Everybody who may use one of the secrets, once each.
fn live(workspace: &Workspace) -> BTreeSet<String> {
    let grants = SECRETS.iter().flat_map(|secret| {
        let grants = workspace.world().grants(secret).into_keys();
        grants.map(|grantee| {
            let count = workspace.world().grant_count(secret, grantee.as_str());
            assert_eq!(count, 1, "{grantee}");
            grantee.to_string()
        })
    });
    grants.collect()
}

/// The twelve users.
fn users() -> BTreeSet<String> {
    (0..12).map(|number| format!("user-{number}")).collect()
}
