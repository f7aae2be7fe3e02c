//! The documentation and `/_sandbox/` describe the sandbox from one list.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::PoisonError;

use hwgrants::sandbox::seed::catalog;
use hwgrants::sandbox::{Quirks, SandboxOptions, Seed, operations};
use hwgrants::text::Shell;
use reqwest::Method;
use serde_json::Value;

use super::{Bench, send};
use crate::docs::{README, write_page};

/// The generated page.
fn page() -> String {
    let mut page = String::from(
        "# Sandbox\n\n\
         <!-- Generated from the code; to update, run `UPDATE_GOLDEN=1 cargo test --test it overview` -->\n\n\
         `hwgrants sandbox` runs a local simulation of Huawei Cloud. Official SDKs work with the sandbox without changes: set the\n\
         client's endpoint to the sandbox address, or run a program with `hwgrants sandbox -- COMMAND`, which sets the environment\n\
         variables.\n\n\
         ## Credentials and IDs\n\n",
    );
    page.push_str(&identities());
    page.push_str(
        "\nThese values come from the default seed, `demo`; `--seed empty` starts without any data. `hwgrants sandbox --print FORMAT`\n\
         prints settings with one sign-in method, in the format `shell`, `terraform`, `hcloud` or `sdk`. Other sign-in methods and\n\
         this table are printed as comments. For `hcloud`, the configuration contains a second profile that uses the agency, and the\n\
         table is printed to standard error. `GET /_sandbox/identities` returns the table as JSON.\n\n\
         ## Shells\n\n\
         The formats `shell` and `sdk` consist of commands that set environment variables. `--shell` selects the shell syntax of these\n\
         commands, and of the command that sets the provider's clock (with `--clock`):\n\n\
         | `--shell` | for | example |\n|---|---|---|\n",
    );
    for (shell, shells) in
        Shell::ALL
            .iter()
            .zip(["sh, bash, zsh and other POSIX shells", "fish", "PowerShell"])
    {
        let example = shell.export([("HWGRANTS_CLOCK", "1d 12h")]);
        let _ = writeln!(page, "| `{}` | {shells} | `{example}` |", shell.name());
    }
    page.push_str(
        "\nOn a terminal, the default is the shell in the environment variable `SHELL`. Otherwise, it is `sh`, or `powershell` on\n\
         Windows. A command after `--` gets the variables in its environment, regardless of the shell.\n\n\
         ## Page\n\n\
         To view and change the sandbox, open the printed address with the path `/_sandbox/` in a browser. Changes on the page bypass\n\
         the API, like changes made outside of Terraform. The title of the page shows the port, the data file and the clock. Each part\n\
         links to its data as JSON; `curl` on the same path lists all paths, which scripts can use.\n\n\
         | part | contents |\n|---|---|\n\
         | Grants | Grants of each secret and secret group; expired grants are marked by the clock of the sandbox. To create a grant, choose the grantee from the directory. A grantee that is not in the directory is refused, unlike in the API, which accepts any ID. |\n\
         | CodeArts Repo access to KMS keys | Delegation of each account. The page can revoke a delegation; the API cannot. |\n\
         | Encryption of repositories | Encryption setting of each account and region that has one. |\n\
         | Requests | The latest requests with user agent, status, error code and request ID. Messages of the provider contain the request ID; enter it in the field *Find*. |\n\
         | Faults | Errors, delays, throttling and stale reads for the requests that follow. |\n\
         | Quirks | Quirks that differ from the default, with an explanation; all others are collapsed. [Quirks](#quirks) describes them. |\n\
         | Sign in as | Buttons that copy the commands to sign in as one of the identities in the seed data, for the selected shell. |\n\n\
         If the sandbox stops, the page keeps its contents and shows a notice. It updates when the sandbox runs again on the same port.\n\n\
         ## Operations\n\n\
         `make compat` calls each operation with the official SDKs for Python and Go, except the operations of the metadata\n\
         service, which SDKs call at a fixed address. The sandbox keeps the values of secrets, with `--data` also in the data file and\n\
         unencrypted, so use values that are not confidential.\n\n\
         | operation | method and path |\n|---|---|\n",
    );
    for operation in operations() {
        let (name, method, path) = (operation.name, operation.method, operation.path);
        let _ = writeln!(page, "| `{name}` | `{method} {path}` |");
    }
    page.push_str(
        "\n## Quirks\n\n\
         A quirk selects a behavior that the API reference does not specify. To set a quirk, use\n\
         `hwgrants sandbox --quirk NAME=VALUE`, or the [page](#page) or `PATCH /_sandbox/quirks` while the sandbox runs. The first\n\
         value of each quirk is the default. `hwgrants sandbox --help` prints this table, and `GET /_sandbox/quirks/descriptions`\n\
         returns it as JSON. [`hwgrants probe`](guides/probe.md) finds out which values describe the service.\n\n\
         | quirk | value | description |\n|---|---|---|\n",
    );
    for quirk in Quirks::descriptions() {
        let _ = writeln!(page, "| `{}` | | {} |", quirk.name, quirk.description);
        for value in quirk.values {
            let _ = writeln!(page, "| | `{}` | {} |", value.name, value.description);
        }
    }
    page
}

/// The credentials and IDs of the seed, as a table.
fn identities() -> String {
    let mut table = String::from("| | name | value |\n|---|---|---|\n");
    for section in catalog::SECTIONS {
        let mut title = section.title;
        for (name, value) in section.entries {
            let _ = writeln!(table, "| {title} | `{name}` | `{value}` |");
            title = "";
        }
    }
    table
}

/// The generated part of README.md.
fn made(readme: &str) -> &str {
    let (_, behind) = readme.split_once(BEGIN).expect("its begin");
    let (made, _) = behind.split_once(END).expect("its end");
    made
}

const BEGIN: &str = "<!-- Generated from the code; to update, run `UPDATE_GOLDEN=1 cargo test --test it overview` -->\n\n";
const END: &str = "\n<!-- End of generated content -->";

#[test]
fn the_credentials_table_in_the_readme_is_up_to_date() {
    let _readme = README.lock().unwrap_or_else(PoisonError::into_inner);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let written = std::fs::read_to_string(&path).unwrap();
    let table = identities();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let old = format!("{BEGIN}{}{END}", made(&written));
        let new = format!("{BEGIN}{table}{END}");
        write_page(&path, &written.replace(&old, &new));
    }
    let written = std::fs::read_to_string(path).unwrap();
    assert!(
        made(&written) == table,
        "`README.md` is stale; `UPDATE_GOLDEN=1` rewrites it"
    );
}

#[test]
fn the_sandbox_documentation_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/sandbox.md");
    let page = page();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        write_page(&path, &page);
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == page,
        "`docs/sandbox.md` is stale; `UPDATE_GOLDEN=1` rewrites it"
    );
}

#[tokio::test]
async fn the_help_and_the_identities_endpoint_list_the_credentials() {
    let bench = Bench::start().await;
    let help = send(bench.anonymous(Method::GET, "/_sandbox/")).await.body;
    let reply = send(bench.anonymous(Method::GET, "/_sandbox/identities")).await;
    let told: BTreeMap<String, String> = serde_json::from_value(reply.ok(200)).unwrap();
    for (name, value) in catalog::SECTIONS.iter().flat_map(|section| section.entries) {
        assert!(help.contains(value), "`{name}` in {help}");
        assert_eq!(told.get(*name).map(String::as_str), Some(*value));
    }
    let reply = send(bench.anonymous(Method::GET, "/_sandbox/operations")).await;
    let published = reply.ok(200)["operations"].take();
    assert_eq!(published.as_array().map(Vec::len), Some(operations().len()));
    assert_eq!(published[0]["method"], "POST");
}

#[tokio::test]
async fn an_empty_sandbox_shows_no_credentials() {
    let bench = Bench::start_with(SandboxOptions {
        seed: Seed::Empty,
        ..SandboxOptions::default()
    })
    .await;
    let reply = send(bench.anonymous(Method::GET, "/_sandbox/identities")).await;
    assert_eq!(reply.ok(200), Value::Object(Default::default()));
    let help = send(bench.anonymous(Method::GET, "/_sandbox/")).await.body;
    assert!(!help.contains(hwgrants::sandbox::seed::TOKEN), "{help}");
}
