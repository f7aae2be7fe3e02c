//! What makes programs use a sandbox and sign in to it, in the formats that they read.

use clap::ValueEnum;
use serde_json::json;

use crate::cli::folder::quote;
use crate::sandbox::{Seed, seed};

/// In which format the settings are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Commands for a shell, with a token; the other ways to sign in are comments
    #[default]
    Shell,
    /// Provider blocks for `hwgrants` and `huaweicloud`, with an access key
    Terraform,
    /// Configuration file of the tool `hcloud`, with an access key
    Hcloud,
    /// Commands for a shell, for the official SDKs, with an access key
    Sdk,
}

/// A variable and its value.
pub(super) type Variable = (String, String);

/// The settings for a sandbox at `url`, ready to be used.
pub(super) fn text(format: Format, url: &str, seed: Seed) -> String {
    match format {
        Format::Shell => format!("{}{}", exports(&variables(url, seed)), other_ways(seed)),
        Format::Terraform => terraform(url, seed),
        Format::Hcloud => hcloud(seed),
        Format::Sdk => exports(&sdk_variables(url, seed)),
    }
}

/// The variables that make both providers use a sandbox at `url`. An empty one has no credentials to offer.
pub(in crate::cli) fn variables(url: &str, seed: Seed) -> Vec<(&'static str, String)> {
    let address = [
        ("HWGRANTS_ENDPOINT", url.to_owned()),
        // A proxy would not find this machine.
        ("NO_PROXY", "127.0.0.1".to_owned()),
        // The provider `huaweicloud` signs in here, too.
        ("HW_AUTH_URL", format!("{url}/v3")),
    ];
    let account = [
        ("HW_REGION_NAME", seed::REGION),
        ("HW_PROJECT_ID", seed::PROJECT_ID),
        ("HW_DOMAIN_ID", seed::ACCOUNT_ID),
        ("HW_AUTH_TOKEN", seed::TOKEN),
    ];
    let account = match seed {
        Seed::Empty => [].as_slice(),
        Seed::Demo => account.as_slice(),
    };
    let account = account
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    address.into_iter().chain(account).collect()
}

/// The variables that make the official SDKs use a sandbox at `url`.
pub(super) fn sdk_variables(url: &str, seed: Seed) -> Vec<Variable> {
    let region = seed::REGION.replace('-', "_").to_uppercase();
    let services = ["CSMS", "CODEARTSREPO", "IAM", "STS"];
    let services = services.map(|service| format!("HUAWEICLOUD_SDK_REGION_{service}_{region}"));
    let helpers = [
        "HUAWEICLOUD_SDK_IAM_ENDPOINT",
        "HUAWEICLOUD_SDK_STS_ENDPOINT",
    ];
    let endpoints = services
        .into_iter()
        .chain(helpers.map(str::to_owned))
        .map(|name| (name, url.to_owned()));
    let account = [
        ("HUAWEICLOUD_SDK_AK", seed::ACCESS_KEY),
        ("HUAWEICLOUD_SDK_SK", seed::SECRET_KEY),
        ("HUAWEICLOUD_SDK_PROJECT_ID", seed::PROJECT_ID),
        ("HUAWEICLOUD_SDK_DOMAIN_ID", seed::ACCOUNT_ID),
    ];
    let account = match seed {
        Seed::Empty => [].as_slice(),
        Seed::Demo => account.as_slice(),
    };
    let account = account
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let no_proxy = ("NO_PROXY".to_owned(), "127.0.0.1".to_owned());
    endpoints.chain([no_proxy]).chain(account).collect()
}

fn exports<Name: AsRef<str>>(variables: &[(Name, String)]) -> String {
    let lines = variables.iter();
    lines
        .map(|(name, value)| format!("export {}={}\n", name.as_ref(), quote(value)))
        .collect()
}

/// The ways to sign in other than with a token, as comments for a shell.
fn other_ways(seed: Seed) -> String {
    if seed == Seed::Empty {
        return String::new();
    }
    let ways = [
        (
            "Instead of HW_AUTH_TOKEN, an access key",
            vec![
                ("HW_ACCESS_KEY", seed::ACCESS_KEY),
                ("HW_SECRET_KEY", seed::SECRET_KEY),
            ],
        ),
        (
            "or a password",
            vec![
                ("HW_USER_NAME", seed::USER_NAME),
                ("HW_USER_PASSWORD", seed::PASSWORD),
                ("HW_DOMAIN_NAME", seed::ACCOUNT_NAME),
            ],
        ),
        (
            "With an access key or a password, the agency of another account",
            vec![
                ("HW_ASSUME_ROLE_AGENCY_NAME", seed::AGENCY_NAME),
                ("HW_ASSUME_ROLE_DOMAIN_NAME", seed::AGENCY_ACCOUNT_NAME),
            ],
        ),
        (
            "Instead of all of them, the same agency with the token of an identity provider",
            vec![
                ("HW_ASSUME_ROLE_IDP_ID", seed::IDENTITY_PROVIDER_ID),
                ("HW_ASSUME_ROLE_ID_TOKEN", seed::ID_TOKEN),
            ],
        ),
    ];
    let mut text = String::new();
    for (what, variables) in ways {
        let variables = variables.iter();
        let variables: Vec<_> = variables
            .map(|(name, value)| format!("{name}={}", quote(value)))
            .collect();
        text.push_str(&format!("# {what}:\n#   export {}\n", variables.join(" ")));
    }
    text
}

/// Blocks for both providers. Nothing that is put into them needs quoting in HCL.
fn terraform(url: &str, seed: Seed) -> String {
    let account = match seed {
        Seed::Empty => String::new(),
        Seed::Demo => format!(
            "  region     = \"{}\"\n  project_id = \"{}\"\n  domain_id  = \"{}\"\n  access_key = \"{}\"\n  secret_key = \"{}\"\n",
            seed::REGION,
            seed::PROJECT_ID,
            seed::ACCOUNT_ID,
            seed::ACCESS_KEY,
            seed::SECRET_KEY,
        ),
    };
    let block = |provider: &str, services: &[&str]| {
        let width = services
            .iter()
            .map(|service| service.len())
            .max()
            .unwrap_or_default();
        let endpoints: String = services
            .iter()
            .map(|service| format!("    {service:<width$} = \"{url}\"\n"))
            .collect();
        format!(
            "provider \"{provider}\" {{\n{account}  auth_url   = \"{url}/v3\"\n  endpoints = {{\n{endpoints}  }}\n}}\n"
        )
    };
    let own = block("hwgrants", &["codearts_repo", "csms", "iam", "sts"]);
    let official = block("huaweicloud", &["iam", "kms", "sts"]);
    format!("{own}\n{official}")
}

/// A configuration file with one profile, which is the current one.
fn hcloud(seed: Seed) -> String {
    let profiles = match seed {
        Seed::Empty => json!([]),
        Seed::Demo => json!([{
            "name": "sandbox",
            "mode": "AKSK",
            "accessKeyId": seed::ACCESS_KEY,
            "secretAccessKey": seed::SECRET_KEY,
            "region": seed::REGION,
            "projectId": seed::PROJECT_ID,
            "domainId": seed::ACCOUNT_ID,
        }]),
    };
    format!(
        "{:#}\n",
        json!({"current": "sandbox", "profiles": profiles})
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "http://127.0.0.1:4780";

    /// Every value of the seed that somebody signs in with.
    const CREDENTIALS: [&str; 5] = [
        seed::TOKEN,
        seed::ACCESS_KEY,
        seed::SECRET_KEY,
        seed::PASSWORD,
        seed::ID_TOKEN,
    ];

    #[test]
    fn a_shell_is_told_every_way_to_sign_in_and_runs_one() {
        let shown = text(Format::Shell, URL, Seed::Demo);
        for credential in CREDENTIALS {
            assert!(shown.contains(credential), "{shown}");
        }
        let (run, comments): (Vec<_>, Vec<_>) =
            shown.lines().partition(|line| line.starts_with("export "));
        assert!(
            run.contains(&"export HW_AUTH_URL=http://127.0.0.1:4780/v3"),
            "{run:?}"
        );
        assert_eq!(run.len(), 7);
        assert!(comments.iter().all(|line| line.starts_with('#')));
    }

    #[test]
    fn an_empty_sandbox_offers_no_credentials() {
        for format in Format::value_variants() {
            let shown = text(*format, URL, Seed::Empty);
            for credential in CREDENTIALS {
                assert!(!shown.contains(credential), "{shown}");
            }
        }
    }

    #[test]
    fn the_provider_blocks_are_hcl() {
        for seed in Seed::ALL {
            let shown = text(Format::Terraform, URL, seed);
            let body: hcl_edit::structure::Body = shown.parse().unwrap();
            let blocks: Vec<_> = body.blocks().collect();
            assert_eq!(blocks.len(), 2);
            assert!(
                blocks
                    .iter()
                    .all(|block| block.ident.as_str() == "provider")
            );
        }
    }

    #[test]
    fn the_sdks_are_told_an_endpoint_for_each_service() {
        let shown = text(Format::Sdk, URL, Seed::Demo);
        for line in [
            "export HUAWEICLOUD_SDK_REGION_CSMS_CN_NORTH_4=http://127.0.0.1:4780",
            "export HUAWEICLOUD_SDK_REGION_CODEARTSREPO_CN_NORTH_4=http://127.0.0.1:4780",
            "export HUAWEICLOUD_SDK_AK=SANDBOXAKDEPLOYER001",
        ] {
            assert!(shown.lines().any(|shown| shown == line), "{shown}");
        }
    }
}
