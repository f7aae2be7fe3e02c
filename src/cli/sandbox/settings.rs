//! Settings with which programs use a sandbox and sign in to it, in the formats that they read.

use clap::ValueEnum;
use serde_json::json;

use super::sign_in_text;
use crate::sandbox::sign_in::{self, ACCESS_KEY, TOKEN};
use crate::sandbox::{Seed, seed};
use crate::text::Shell;

/// Format of the printed settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum SettingsFormat {
    /// Commands for the shell to sign in with a token; comments list other ways to sign in and the IDs in the seed data
    #[default]
    Shell,
    /// Provider blocks for `hwgrants` and `huaweicloud` with an access key; comments list other ways to sign in and the
    /// IDs in the seed data
    Terraform,
    /// `hcloud` (KooCLI) configuration file with an access key and a profile for the agency; other credentials and the
    /// IDs in the seed data are printed to standard error
    Hcloud,
    /// Commands for the shell to use the official SDKs with an access key; comments list another way to sign in and the IDs
    /// in the seed data
    Sdk,
}

/// Name and value of an environment variable.
pub(super) type EnvironmentVariable = (String, String);

/// The settings for the sandbox at `url`. The formats other than `Shell` and `Sdk` have no commands for a shell.
pub(super) fn text(format: SettingsFormat, shell: Shell, url: &str, seed: Seed) -> String {
    match format {
        SettingsFormat::Shell => {
            let others = || sign_in_text::other_commands(&TOKEN, shell);
            format!(
                "{}{}",
                exports(shell, &variables(url, seed)),
                comments(seed, others)
            )
        }
        SettingsFormat::Terraform => {
            let others = || sign_in_text::other_arguments(&ACCESS_KEY);
            format!("{}{}", terraform(url, seed), comments(seed, others))
        }
        SettingsFormat::Hcloud => hcloud(seed),
        SettingsFormat::Sdk => {
            let exports = exports(shell, &sdk_variables(url, seed));
            format!("{exports}{}", comments(seed, || other_sdk_commands(shell)))
        }
    }
}

/// Other ways to sign in and the entries of the seed, as comments.
fn comments(seed: Seed, other_ways: impl Fn() -> String) -> String {
    match seed {
        Seed::Empty => String::new(),
        Seed::Demo => format!(
            "\n{}#\n{}",
            other_ways(),
            sign_in_text::comments(&sign_in_text::seed_entries())
        ),
    }
}

/// The other way to sign in that the official SDKs support by environment variables.
fn other_sdk_commands(shell: Shell) -> String {
    let token = shell.word(seed::ID_TOKEN);
    let write = match shell {
        Shell::Sh | Shell::Fish => format!("printf %s {token} > id_token"),
        Shell::PowerShell => format!("Set-Content -NoNewline -Path id_token -Value {token}"),
    };
    let unset = shell.unset(["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"]);
    let export = shell.export_words([
        (
            "HUAWEICLOUD_SDK_IDP_ID",
            shell.word(seed::IDENTITY_PROVIDER_ID),
        ),
        // All shells replace the variable in double quotes.
        (
            "HUAWEICLOUD_SDK_ID_TOKEN_FILE",
            "\"$PWD/id_token\"".to_owned(),
        ),
    ]);
    format!("# With an ID token:\n#   {write}; {unset}\n#   {export}\n")
}

/// Environment variables for both providers to use the sandbox at `url`, with a token. With the seed `empty` they have no
/// credentials.
pub(in crate::cli) fn variables(url: &str, seed: Seed) -> Vec<(&'static str, String)> {
    sign_in::variables(url, seed, &TOKEN)
}

/// Environment variables for the official SDKs to use the sandbox at `url`.
pub(super) fn sdk_variables(url: &str, seed: Seed) -> Vec<EnvironmentVariable> {
    let region = seed::REGION.replace('-', "_").to_uppercase();
    let services = ["CSMS", "CODEARTSREPO", "IAM", "STS"];
    let services = services.map(|service| format!("HUAWEICLOUD_SDK_REGION_{service}_{region}"));
    let sign_in = [
        "HUAWEICLOUD_SDK_IAM_ENDPOINT",
        "HUAWEICLOUD_SDK_STS_ENDPOINT",
    ];
    let endpoints = services
        .into_iter()
        .chain(sign_in.map(str::to_owned))
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
    let unproxied = sign_in::without_proxy().map(|(name, value)| (name.to_owned(), value));
    endpoints.chain(unproxied).chain(account).collect()
}

/// A command for each variable, one per line.
fn exports<Name: AsRef<str>>(shell: Shell, variables: &[(Name, String)]) -> String {
    let lines = variables.iter();
    lines
        .map(|(name, value)| format!("{}\n", shell.export([(name.as_ref(), value.as_str())])))
        .collect()
}

/// Blocks for both providers. None of the values needs quoting in HCL.
fn terraform(url: &str, seed: Seed) -> String {
    let account = match seed {
        Seed::Empty => String::new(),
        Seed::Demo => format!(
            "  region     = \"{}\"\n  project_id = \"{}\"\n  domain_id  = \"{}\"\n{}",
            seed::REGION,
            seed::PROJECT_ID,
            seed::ACCOUNT_ID,
            sign_in_text::arguments(&ACCESS_KEY),
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

/// A configuration file with the current profile for the account, and one for the agency in the other account.
fn hcloud(seed: Seed) -> String {
    let profile = |name: &str, project_id: &str| {
        json!({
            "name": name,
            "mode": "AKSK",
            "accessKeyId": seed::ACCESS_KEY,
            "secretAccessKey": seed::SECRET_KEY,
            "region": seed::REGION,
            "projectId": project_id,
            "domainId": seed::ACCOUNT_ID,
        })
    };
    let profiles = match seed {
        Seed::Empty => Vec::new(),
        Seed::Demo => {
            let mut agency = profile(seed::AGENCY_ACCOUNT_NAME, seed::AGENCY_PROJECT_ID);
            agency["agencyName"] = seed::AGENCY_NAME.into();
            agency["agencyDomainName"] = seed::AGENCY_ACCOUNT_NAME.into();
            agency["agencyDomainId"] = seed::AGENCY_ACCOUNT_ID.into();
            vec![profile("sandbox", seed::PROJECT_ID), agency]
        }
    };
    format!(
        "{:#}\n",
        json!({"current": "sandbox", "profiles": profiles})
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::seed::catalog;

    const URL: &str = "http://127.0.0.1:4780";

    /// Every value of the seed that is used to sign in.
    const CREDENTIALS: [&str; 5] = [
        seed::TOKEN,
        seed::ACCESS_KEY,
        seed::SECRET_KEY,
        seed::PASSWORD,
        seed::ID_TOKEN,
    ];

    #[test]
    fn shell_settings_list_every_sign_in_method_and_export_one() {
        let shown = text(SettingsFormat::Shell, Shell::Sh, URL, Seed::Demo);
        for credential in CREDENTIALS {
            assert!(shown.contains(credential), "{shown}");
        }
        let (run, comments): (Vec<_>, Vec<_>) =
            shown.lines().partition(|line| line.starts_with("export "));
        assert!(
            run.contains(&"export HW_AUTH_URL=http://127.0.0.1:4780/v3"),
            "{run:?}"
        );
        assert_eq!(run.len(), 8);
        let mut comments = comments.iter().filter(|line| !line.is_empty());
        assert!(comments.all(|line| line.starts_with('#')));
    }

    #[test]
    fn every_format_except_hcloud_contains_all_seed_entries() {
        for format in [
            SettingsFormat::Shell,
            SettingsFormat::Terraform,
            SettingsFormat::Sdk,
        ] {
            let shown = text(format, Shell::Sh, URL, Seed::Demo);
            for section in catalog::SECTIONS {
                for (name, value) in section.entries {
                    assert!(shown.contains(name) && shown.contains(value), "{shown}");
                }
            }
        }
    }

    #[test]
    fn an_empty_sandbox_prints_no_credentials() {
        for format in SettingsFormat::value_variants() {
            let shown = text(*format, Shell::Sh, URL, Seed::Empty);
            for credential in CREDENTIALS {
                assert!(!shown.contains(credential), "{shown}");
            }
        }
    }

    #[test]
    fn terraform_settings_parse_as_two_provider_blocks() {
        for seed in Seed::ALL {
            let shown = text(SettingsFormat::Terraform, Shell::Sh, URL, seed);
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
    fn the_commands_have_the_syntax_of_the_shell() {
        for (shell, set, other_way, other_sdk_way) in [
            (
                Shell::Sh,
                "export HW_REGION_NAME=cn-north-4",
                "#   unset HW_AUTH_TOKEN; export HW_ACCESS_KEY=SANDBOXAKDEPLOYER001 HW_SECRET_KEY=",
                "#   export HUAWEICLOUD_SDK_IDP_ID=pipelines HUAWEICLOUD_SDK_ID_TOKEN_FILE=\"$PWD/id_token\"",
            ),
            (
                Shell::Fish,
                "set -gx HW_REGION_NAME cn-north-4",
                "#   set -e HW_AUTH_TOKEN; set -gx HW_ACCESS_KEY SANDBOXAKDEPLOYER001; set -gx HW_SECRET_KEY ",
                "#   set -gx HUAWEICLOUD_SDK_IDP_ID pipelines; set -gx HUAWEICLOUD_SDK_ID_TOKEN_FILE \"$PWD/id_token\"",
            ),
            (
                Shell::PowerShell,
                "$env:HW_REGION_NAME = 'cn-north-4'",
                "#   Remove-Item Env:HW_AUTH_TOKEN -ErrorAction Ignore; $env:HW_ACCESS_KEY = 'SANDBOXAKDEPLOYER001'; $env:HW_SECRET_KEY = ",
                "#   $env:HUAWEICLOUD_SDK_IDP_ID = 'pipelines'; $env:HUAWEICLOUD_SDK_ID_TOKEN_FILE = \"$PWD/id_token\"",
            ),
        ] {
            let shown = text(SettingsFormat::Shell, shell, URL, Seed::Demo);
            assert!(shown.lines().any(|line| line == set), "{shown}");
            assert!(
                shown.lines().any(|line| line.starts_with(other_way)),
                "{shown}"
            );
            let shown = text(SettingsFormat::Sdk, shell, URL, Seed::Demo);
            assert!(shown.lines().any(|line| line == other_sdk_way), "{shown}");
        }
    }

    #[test]
    fn the_sdk_settings_have_an_endpoint_for_each_service() {
        let shown = text(SettingsFormat::Sdk, Shell::Sh, URL, Seed::Demo);
        for line in [
            "export HUAWEICLOUD_SDK_REGION_CSMS_CN_NORTH_4=http://127.0.0.1:4780",
            "export HUAWEICLOUD_SDK_REGION_CODEARTSREPO_CN_NORTH_4=http://127.0.0.1:4780",
            "export HUAWEICLOUD_SDK_AK=SANDBOXAKDEPLOYER001",
        ] {
            assert!(shown.lines().any(|shown| shown == line), "{shown}");
        }
    }
}
