//! Set-ups that do not work: the first failed step names the problem, and its fix repairs it.

use std::collections::BTreeSet;
use std::fs;

use hwgrants::distribution::HOSTS;
use hwgrants::distribution::package::Platform;
use hwgrants::doctor::StepId;
use hwgrants::sandbox::{
    AccountId, Fault, FaultAction, IssuedToken, MAX_LOGIN_TRIES, MetadataService, Permission,
    ProjectId, seed,
};
use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;

use super::server::{Authority, FAR, Server, answer, date};
use super::{MIRROR, Machine, first_failed, steps};

/// A problem, and its repair.
struct Case {
    /// What is wrong.
    name: &'static str,
    /// Makes a working set-up wrong.
    damage: fn(&mut Machine),
    /// The first step that fails.
    step: StepId,
    /// A part of its reason.
    reason: &'static str,
    /// A part of its fix.
    fix: &'static str,
    /// Does what the fix says.
    repair: fn(&mut Machine),
    /// Whether everything works afterwards, or only the step.
    is_all: bool,
}

const fn case(
    name: &'static str,
    damage: fn(&mut Machine),
    step: StepId,
    [reason, fix]: [&'static str; 2],
    repair: fn(&mut Machine),
) -> Case {
    Case {
        name,
        damage,
        step,
        reason,
        fix,
        repair,
        is_all: true,
    }
}

/// The same for a server that is none of the cloud's: what comes after the step still fails.
const fn only_step(case: Case) -> Case {
    Case {
        is_all: false,
        ..case
    }
}

/// A name that no name service knows.
const NO_HOST: &str = "https://kms.nowhere.invalid";

/// The problems on the machine, in order of the steps.
const LOCAL: &[Case] = &[
    case(
        "no Terraform on PATH",
        |machine| machine.set("PATH", "/nonexistent"),
        StepId::Terraform,
        [
            "neither `terraform` nor `tofu` is on `PATH`",
            "Install Terraform 1.0 or later",
        ],
        |machine| {
            let bin = machine.path("bin");
            machine.set("PATH", bin.to_str().unwrap());
        },
    ),
    case(
        "Terraform too old",
        |machine| machine.set_terraform("Terraform v0.14.11"),
        StepId::Terraform,
        [
            "is too old: the provider requires Terraform 1.0 or later",
            "Install Terraform 1.0 or later",
        ],
        |machine| machine.set_terraform("Terraform v1.0.0"),
    ),
    case(
        "TERRAFORM_CLI_PATH names no program",
        |machine| machine.set("TERRAFORM_CLI_PATH", "/nowhere/terraform"),
        StepId::Terraform,
        [
            "`TERRAFORM_CLI_PATH` is `/nowhere/terraform`",
            "Unset `TERRAFORM_CLI_PATH`",
        ],
        |machine| machine.unset("TERRAFORM_CLI_PATH"),
    ),
    case(
        "another program with the name of Terraform",
        |machine| machine.set_terraform("Terragrunt"),
        StepId::Terraform,
        [
            "does not print a version of Terraform or OpenTofu",
            "Set `TERRAFORM_CLI_PATH`",
        ],
        |machine| {
            machine.set_terraform("Terraform v1.11.4");
        },
    ),
    case(
        "provider not installed",
        |machine| machine.uninstall(),
        StepId::Provider,
        [
            "hwgrants/hwgrants is not installed",
            "Run `hwgrants install`",
        ],
        |machine| {
            let output = machine.command(&["install"]).output().unwrap();
            assert!(output.status.success(), "{output:?}");
        },
    ),
    case(
        "provider installed for another platform",
        |machine| {
            machine.uninstall();
            machine.install(&Platform::parse("plan9_arm").unwrap(), "build");
        },
        StepId::Provider,
        [
            "contains the provider for plan9_arm, but this machine requires",
            "Run `hwgrants install --dir ~/.terraform.d/plugins`",
        ],
        |machine| {
            machine.install(&Platform::current(), "build");
        },
    ),
    case(
        "packages of init copied from another platform",
        |machine| {
            let unpacked = format!("{}/hwgrants/hwgrants/0.1.0/plan9_arm/x", HOSTS[0]);
            machine.write(&format!("work/.terraform/providers/{unpacked}"), "");
        },
        StepId::Provider,
        [
            "contains the provider for plan9_arm",
            "Run `terraform init`",
        ],
        |machine| fs::remove_dir_all(machine.path("work/.terraform")).unwrap(),
    ),
    case(
        "development override to a missing directory",
        |machine| {
            let text = "provider_installation {\n  dev_overrides {\n    \"hwgrants/hwgrants\" = \"../build\"\n  }\n  \
                        direct {}\n}\n";
            machine.write("home/.terraformrc", text);
        },
        StepId::Provider,
        [
            "`~/.terraformrc` overrides the provider",
            "Build the provider in that directory",
        ],
        |machine| {
            machine.write("build/terraform-provider-hwgrants", "");
        },
    ),
    case(
        "a provider_installation block without the mirror",
        |machine| {
            machine.write(
                "home/.terraformrc",
                "provider_installation {\n  direct {}\n}\n",
            );
        },
        StepId::Provider,
        [
            "which disables the directory `~/.terraform.d/plugins`",
            "Add a `filesystem_mirror` block with the absolute path of this directory",
        ],
        |machine| {
            let path = machine.path(MIRROR);
            let text = format!(
                "provider_installation {{\n  filesystem_mirror {{\n    path = {path:?}\n  }}\n  direct {{}}\n}}\n"
            );
            machine.write("home/.terraformrc", &text);
        },
    ),
    case(
        "TF_CLI_CONFIG_FILE names no file",
        |machine| {
            fs::rename(machine.path(MIRROR), machine.path("mirror")).unwrap();
            machine.set("TF_CLI_CONFIG_FILE", "own.rc");
        },
        StepId::Provider,
        [
            "`TF_CLI_CONFIG_FILE` names the CLI configuration",
            "Correct the path in `TF_CLI_CONFIG_FILE`",
        ],
        |machine| {
            let text = "provider_installation {\n  filesystem_mirror {\n    path = \"../mirror\"\n  }\n}\n";
            machine.write("work/own.rc", text);
        },
    ),
    case(
        "lock file of another version",
        |machine| lock(machine, "9.9.9", "h1:x="),
        StepId::LockFile,
        [
            "selects version 9.9.9, but only",
            "Run `terraform init -upgrade`",
        ],
        |machine| {
            let [hash, _] = machine.install(&Platform::current(), "build");
            lock(machine, hwgrants::VERSION, &hash);
        },
    ),
    case(
        "lock file with the hash of another build",
        |machine| lock(machine, hwgrants::VERSION, "h1:x="),
        StepId::LockFile,
        [
            "does not accept the installed build",
            "remove the `provider \"registry.terraform.io/hwgrants/hwgrants\"` block",
        ],
        |machine| {
            machine.write("work/.terraform.lock.hcl", "");
        },
    ),
    case(
        "profile file missing",
        |machine| machine.set("HW_PROFILE", "ci"),
        StepId::Settings,
        [
            "`~/.hcloud/config.json`, which cannot be read",
            "Set `HW_SHARED_CONFIG_FILE` to the file that `hcloud` has written",
        ],
        |machine| profile(machine, "ci"),
    ),
    case(
        "profile file unreadable",
        |machine| {
            fs::create_dir_all(machine.path("home/.hcloud/config.json")).unwrap();
            machine.set("HW_PROFILE", "ci");
        },
        StepId::Settings,
        ["which cannot be read", "or unset both variables"],
        |machine| machine.unset("HW_PROFILE"),
    ),
    case(
        "unknown profile",
        |machine| {
            profile(machine, "ci");
            machine.set("HW_PROFILE", "cd");
        },
        StepId::Settings,
        [
            "has no profile `cd` (available profiles: `ci`)",
            "`HW_PROFILE` to a profile in it",
        ],
        |machine| machine.set("HW_PROFILE", "ci"),
    ),
    case(
        "certificate file missing",
        |machine| machine.set("OS_CACERT", "/nowhere/ca.pem"),
        StepId::Settings,
        [
            "`/nowhere/ca.pem` cannot be read",
            "Correct or unset the setting",
        ],
        |machine| machine.unset("OS_CACERT"),
    ),
    case(
        "no credentials",
        |machine| {
            machine.world().set_metadata(MetadataService::default());
            machine.unset("HW_ACCESS_KEY");
            machine.unset("HW_SECRET_KEY");
        },
        StepId::Credentials,
        [
            "no credentials are set",
            "Set `HW_ACCESS_KEY` and `HW_SECRET_KEY`",
        ],
        set_keys,
    ),
    case(
        "access key without secret key",
        |machine| machine.unset("HW_SECRET_KEY"),
        StepId::Credentials,
        [
            "`access_key` is set, but neither `secret_key`",
            "Set `HW_SECRET_KEY`",
        ],
        set_keys,
    ),
    case(
        "password without user",
        |machine| {
            machine.set_password(seed::PASSWORD);
            machine.unset("HW_USER_NAME");
        },
        StepId::Credentials,
        ["`password` is set, but neither", "Set `HW_USER_NAME`"],
        |machine| machine.set("HW_USER_NAME", seed::USER_NAME),
    ),
    case(
        "an agency without its account",
        |machine| machine.set("HW_ASSUME_ROLE_AGENCY_NAME", seed::AGENCY_NAME),
        StepId::Credentials,
        [
            "`assume_role` requires the account that owns the agency",
            "`HW_ASSUME_ROLE_DOMAIN_NAME` or `HW_ASSUME_ROLE_DOMAIN_ID`",
        ],
        |machine| machine.set("HW_ASSUME_ROLE_DOMAIN_NAME", seed::AGENCY_ACCOUNT_NAME),
    ),
    case(
        "no region",
        |machine| machine.unset("HW_REGION_NAME"),
        StepId::Region,
        ["no region is set", "Set `HW_REGION_NAME`"],
        |machine| machine.set("HW_REGION_NAME", seed::REGION),
    ),
    case(
        "a region without the services",
        |machine| {
            machine.unset("HWGRANTS_ENDPOINT");
            machine.set("HW_REGION_NAME", "eu-west-0");
        },
        StepId::Region,
        [
            "eu-west-0 (from `HW_REGION_NAME`) does not offer CSMS and CodeArts Repo",
            "Set `HW_REGION_NAME` to a region that offers CSMS and CodeArts Repo",
        ],
        |machine| {
            machine.set("HW_REGION_NAME", seed::REGION);
            // So that no request leaves this machine.
            let url = machine.sandbox.url().to_owned();
            machine.set("HWGRANTS_ENDPOINT", &url);
        },
    ),
    case(
        "clear text to another host",
        |machine| machine.set("HWGRANTS_ENDPOINT", "http://kms.nowhere.invalid"),
        StepId::Endpoints,
        [
            "credentials would be sent in clear text",
            "The URL of another machine must begin with `https://`",
        ],
        |machine| {
            let url = machine.sandbox.url().to_owned();
            machine.set("HWGRANTS_ENDPOINT", &url);
        },
    ),
    case(
        "a proxy variable that is no URL",
        |machine| machine.set("HTTPS_PROXY", "ftp://proxy"),
        StepId::Proxy,
        [
            "`HTTPS_PROXY` is not a valid proxy URL",
            "such as `http://HOST:PORT`, or unset it",
        ],
        |machine| machine.unset("HTTPS_PROXY"),
    ),
];

/// The problems on the way to the cloud, in order of the steps.
const NETWORK: &[Case] = &[
    only_step(case(
        "proxy not reachable",
        |machine| {
            machine.set("HWGRANTS_ENDPOINT", NO_HOST);
            machine.set("HTTPS_PROXY", "http://user:hunter2@127.0.0.1:1");
        },
        StepId::Proxy,
        [
            "`HTTPS_PROXY` (http://127.0.0.1:1) does not connect to kms.nowhere.invalid",
            "unset the variable, or add `kms.nowhere.invalid` to `NO_PROXY`",
        ],
        |machine| machine.set("NO_PROXY", "kms.nowhere.invalid"),
    )),
    case(
        "host name not resolved",
        |machine| machine.set("HWGRANTS_ENDPOINT", NO_HOST),
        StepId::Dns,
        [
            "the host name cannot be resolved",
            "Correct the host name in `HWGRANTS_ENDPOINT`",
        ],
        to_sandbox,
    ),
    case(
        "port closed",
        |machine| machine.set("HWGRANTS_ENDPOINT", "http://127.0.0.1:1"),
        StepId::Tcp,
        [
            "the port does not accept connections",
            "correct the port in `HWGRANTS_ENDPOINT`",
        ],
        to_sandbox,
    ),
    only_step(case(
        "untrusted authority",
        |machine| serve_tls(machine, "localhost", FAR, false),
        StepId::Tls,
        [
            "issued by an authority that is not trusted",
            "Set `OS_CACERT` to a PEM file",
        ],
        |machine| {
            let file = machine.path("ca.pem");
            machine.set("OS_CACERT", file.to_str().unwrap());
        },
    )),
    only_step(case(
        "expired certificate",
        |machine| serve_tls(machine, "localhost", 2021, true),
        StepId::Tls,
        [
            "the certificate has expired",
            "renew the server's certificate",
        ],
        |machine| serve_tls(machine, "localhost", FAR, true),
    )),
    only_step(case(
        "certificate for another host",
        |machine| serve_tls(machine, "kms.example", FAR, true),
        StepId::Tls,
        [
            "the certificate is for another host",
            "Correct the host name in `HWGRANTS_ENDPOINT`, or check which server",
        ],
        |machine| serve_tls(machine, "localhost", FAR, true),
    )),
    case(
        "https to a port without TLS",
        |machine| {
            let url = machine.sandbox.url().replace("http://", "https://");
            machine.set("HWGRANTS_ENDPOINT", &url);
        },
        StepId::Tls,
        [
            "the server does not use TLS on this port",
            "only a server on this machine may be used with `http://`",
        ],
        to_sandbox,
    ),
    case(
        "a server that closes every connection",
        |machine| machine.serve(Server::plain(|_| None)),
        StepId::Http,
        [
            "the server does not respond to requests",
            "Correct the URL in `HWGRANTS_ENDPOINT`",
        ],
        to_sandbox,
    ),
    case(
        "a clock that is 20 minutes behind",
        |machine| {
            let ahead = SignedDuration::from_secs(20 * 60 + 30);
            machine.serve(Server::plain(move |_| Some(answer(404, &date(ahead), ""))));
        },
        StepId::Clock,
        [
            "this machine's clock is 20 min behind the server's",
            "Set this machine's clock",
        ],
        to_sandbox,
    ),
];

/// The problems of the caller, in order of the steps.
const CALLER: &[Case] = &[
    case(
        "wrong secret key",
        |machine| machine.set("HW_SECRET_KEY", "another-secret-key"),
        StepId::SignIn,
        [
            "the credentials were rejected",
            "Check `HW_ACCESS_KEY` and its secret key (`HW_SECRET_KEY`",
        ],
        set_keys,
    ),
    case(
        "expired token",
        |machine| machine.set_token(seed::TOKEN_EXPIRED),
        StepId::SignIn,
        [
            "the credentials were rejected",
            "Set `HW_AUTH_TOKEN` to a new token",
        ],
        |machine| machine.set_token(seed::TOKEN),
    ),
    case(
        "wrong password",
        |machine| machine.set_password("another-password"),
        StepId::SignIn,
        [
            "the credentials were rejected",
            "Correct the user, the account and `HW_USER_PASSWORD`",
        ],
        |machine| machine.set_password(seed::PASSWORD),
    ),
    case(
        "locked user",
        |machine| {
            machine.set_password("another-password");
            for _ in 0..MAX_LOGIN_TRIES {
                machine.doctor(&[]);
            }
            machine.set_password(seed::PASSWORD);
        },
        StepId::SignIn,
        [
            "the credentials were rejected",
            "An administrator can unlock a locked user",
        ],
        // The administrator unlocks the user, or another credential is used meanwhile.
        set_keys,
    ),
    case(
        "unknown agency",
        |machine| {
            machine.set("HW_ASSUME_ROLE_AGENCY_NAME", "nothing");
            machine.set("HW_ASSUME_ROLE_DOMAIN_NAME", seed::AGENCY_ACCOUNT_NAME);
        },
        StepId::SignIn,
        ["", "Check the name and the account of the agency"],
        |machine| {
            machine.set("HW_ASSUME_ROLE_AGENCY_NAME", seed::AGENCY_NAME);
        },
    ),
    case(
        "ID of another account",
        |machine| machine.set("HW_DOMAIN_ID", seed::AGENCY_ACCOUNT_ID),
        StepId::Account,
        [
            "(from `HW_DOMAIN_ID`) is not an account of the caller",
            "Unset `HW_DOMAIN_ID`",
        ],
        |machine| machine.unset("HW_DOMAIN_ID"),
    ),
    case(
        "no project in the region",
        |machine| machine.set("HW_REGION_NAME", "ap-southeast-3"),
        StepId::Project,
        [
            "do not have access to a project named `ap-southeast-3`",
            "Set `HW_PROJECT_ID` to the ID of a project in ap-southeast-3",
        ],
        |machine| machine.set("HW_REGION_NAME", seed::REGION),
    ),
    case(
        "no permission to list secrets",
        |machine| limit(machine, &[Permission::ReadRepo]),
        StepId::ListSecrets,
        [
            "the caller does not have permission",
            "Ask an account administrator",
        ],
        |machine| limit(machine, &[Permission::ReadRepo, Permission::ReadCsms]),
    ),
    case(
        "a project of another account",
        |machine| machine.set("HW_PROJECT_ID", seed::AGENCY_PROJECT_ID),
        StepId::ListSecrets,
        [
            "",
            "Check first that the project ID in `HW_PROJECT_ID` is that of the caller's project",
        ],
        |machine| machine.unset("HW_PROJECT_ID"),
    ),
    case(
        "an undocumented list of secrets",
        |machine| {
            let fault = Fault::on("ListSecrets", FaultAction::raw(StatusCode::OK, "{}"));
            machine.world().faults().add(fault.endless());
        },
        StepId::ListSecrets,
        [
            "no definite answer: the response is not as documented",
            "Run `hwgrants doctor` again",
        ],
        |machine| machine.world().faults().clear(),
    ),
    case(
        "no permission to list grants",
        |machine| {
            let status = StatusCode::FORBIDDEN;
            let denied = FaultAction::error(status, "CSMS.0302", "You have no right.");
            let fault = Fault::on("ListGrants", denied);
            machine.world().faults().add(fault.endless());
        },
        StepId::ListGrants,
        [
            "the caller does not have permission",
            "Ask an account administrator for access to CSMS in this project",
        ],
        |machine| machine.world().faults().clear(),
    ),
    case(
        "no permission in CodeArts Repo",
        |machine| limit(machine, &[Permission::ReadCsms]),
        StepId::RepoGrant,
        [
            "the caller does not have permission",
            "pass `--service csms`",
        ],
        |machine| {
            machine
                .options
                .extend(["--service", "csms"].map(str::to_owned))
        },
    ),
];

fn set_keys(machine: &mut Machine) {
    machine.unset("HW_USER_PASSWORD");
    machine.set("HW_ACCESS_KEY", seed::ACCESS_KEY);
    machine.set("HW_SECRET_KEY", seed::SECRET_KEY);
}

fn to_sandbox(machine: &mut Machine) {
    let url = machine.sandbox.url().to_owned();
    machine.set("HWGRANTS_ENDPOINT", &url);
}

/// Writes a lock file with an entry of the provider.
fn lock(machine: &mut Machine, version: &str, hash: &str) {
    let address = format!("{}/hwgrants/hwgrants", HOSTS[0]);
    let text = format!(
        "provider \"{address}\" {{\n  version = \"{version}\"\n  hashes = [\n    \"{hash}\",\n  ]\n}}\n"
    );
    machine.write("work/.terraform.lock.hcl", &text);
}

/// Writes the file of `hcloud` with a profile.
fn profile(machine: &mut Machine, name: &str) {
    let (access_key, secret_key) = (seed::ACCESS_KEY, seed::SECRET_KEY);
    let text = format!(
        r#"{{"current":"{name}","profiles":[{{"name":"{name}","mode":"AKSK","accessKeyId":"{access_key}","secretAccessKey":"{secret_key}"}}]}}"#
    );
    machine.write("home/.hcloud/config.json", &text);
}

/// Sends everything to a server with a certificate for `host`. `ca.pem` has the authority.
fn serve_tls(machine: &mut Machine, host: &str, valid_until_year: i32, is_trusted: bool) {
    let authority = Authority::new();
    let file = machine.write("ca.pem", &authority.pem);
    machine.serve(Server::tls(&authority, host, valid_until_year));
    if is_trusted {
        machine.set("OS_CACERT", file.to_str().unwrap());
    }
}

/// Signs in with a token that has only these permissions.
fn limit(machine: &mut Machine, permissions: &[Permission]) {
    const LIMITED: &str = "sandbox-token-of-a-limited-user";
    let token = IssuedToken {
        user_name: "limited".to_owned(),
        account_id: AccountId::from(seed::ACCOUNT_ID),
        project_id: ProjectId::from(seed::PROJECT_ID),
        permissions: permissions.iter().copied().collect(),
        expires_at: Timestamp::now() + SignedDuration::from_hours(1),
    };
    machine.world().add_token(LIMITED, token);
    machine.set_token(LIMITED);
}

/// Checks that the first failed line and its fix suffice to repair a set-up.
fn check(case: &Case) {
    let name = case.name;
    let mut machine = Machine::new();
    (case.damage)(&mut machine);
    let (code, report) = machine.json();
    assert_eq!(code, Some(2), "{name}: {report:#}");
    let failed = first_failed(&report).unwrap();
    assert_eq!(failed["step"], case.step.name(), "{name}: {report:#}");
    for (member, part) in [("reason", case.reason), ("fix", case.fix)] {
        let text = failed[member].as_str().unwrap();
        assert!(text.contains(part), "{name}: `{part}` in {text}");
    }
    let fix = failed["fix"].as_str().unwrap();
    assert!(fix.ends_with('.'), "{name}: {fix}");
    for step in steps(&report) {
        let requires = &step["requires"];
        let is_failed =
            |other: &serde_json::Value| other["step"] == *requires && other["result"] != "ok";
        let is_named = requires.is_null() || steps(&report).iter().any(is_failed);
        assert!(is_named, "{name}: {step}");
    }

    // The text says the same, line by line.
    let (code, text) = machine.text();
    assert_eq!(code, Some(2), "{name}");
    let mut lines = text
        .lines()
        .skip_while(|line| !line.starts_with("  failed "));
    let first = lines.next().unwrap();
    let columns: Vec<_> = first.split_whitespace().take(2).collect();
    assert_eq!(columns, ["failed", case.step.name()], "{name}: {first}");
    assert!(
        first.contains(failed["reason"].as_str().unwrap()),
        "{first}"
    );
    assert_eq!(
        lines.next().unwrap().trim(),
        format!("fix: {fix}"),
        "{name}"
    );

    (case.repair)(&mut machine);
    let (code, report) = machine.json();
    if case.is_all {
        assert_eq!(code, Some(0), "{name}: {report:#}");
    }
    let repaired = steps(&report)
        .iter()
        .filter(|step| step["step"] == case.step.name());
    for step in repaired {
        let is_done = step["result"] != "failed" && step["requires"].is_null();
        assert!(is_done, "{name}: {report:#}");
    }
}

#[test]
fn the_first_failed_step_suffices_to_repair_problems_on_the_machine() {
    LOCAL.iter().for_each(check);
}

#[test]
fn the_first_failed_step_suffices_to_repair_problems_of_the_network() {
    NETWORK.iter().for_each(check);
}

#[test]
fn the_first_failed_step_suffices_to_repair_problems_of_the_caller() {
    CALLER.iter().for_each(check);
}

#[test]
fn every_step_has_a_broken_set_up() {
    let cases = [LOCAL, NETWORK, CALLER].into_iter().flatten();
    let steps: BTreeSet<_> = cases.map(|case| case.step).collect();
    assert_eq!(steps, StepId::ALL.into());
}

#[test]
fn a_missing_cli_configuration_is_a_remark_if_the_provider_is_found() {
    let mut machine = Machine::new();
    machine.set("TF_CLI_CONFIG_FILE", "missing.rc");
    let (code, text) = machine.text();
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("missing.rc`, which does not exist and is ignored"),
        "{text}"
    );
}

#[test]
fn a_fix_names_the_setting_that_a_wrong_url_comes_from() {
    for (variable, value, setting) in [
        ("HW_CLOUD", "nowhere.invalid", "`HW_CLOUD`"),
        (
            "HW_AUTH_URL",
            "https://iam.nowhere.invalid/v3",
            "`HW_AUTH_URL`",
        ),
        ("", "iam=https://iam.nowhere.invalid", "`--endpoint iam=…`"),
    ] {
        let mut machine = Machine::new();
        let url = machine.sandbox.url().to_owned();
        machine.unset("HWGRANTS_ENDPOINT");
        let mut endpoints = vec![format!("csms={url}"), format!("codearts_repo={url}")];
        match variable {
            "" => endpoints.push(value.to_owned()),
            variable => machine.set(variable, value),
        }
        for endpoint in endpoints {
            machine.options.extend(["--endpoint".to_owned(), endpoint]);
        }
        let (_, report) = machine.json();
        let failed = first_failed(&report).unwrap();
        assert_eq!(failed["step"], "dns", "{report:#}");
        let fix = format!("Correct the host name in {setting}, or unset it.");
        assert_eq!(failed["fix"], fix);
    }
}

#[test]
fn a_password_is_sent_once() {
    let mut machine = Machine::new();
    machine.set_password("another-password");
    machine.json();
    let requests = machine.world().requests();
    let logins = requests.iter().filter(|request| request.method == "POST");
    assert_eq!(logins.count(), 1, "{requests:#?}");
}

#[test]
fn a_clock_offset_below_the_limit_is_a_remark() {
    for (minutes, remark) in [
        (0, "by less than a minute"),
        (5, "is 4 min ahead of the server's"),
    ] {
        let mut machine = Machine::new();
        let ahead = -SignedDuration::from_mins(minutes) + SignedDuration::from_secs(30);
        machine.serve(Server::plain(move |_| Some(answer(404, &date(ahead), ""))));
        // Only the provider's own clock, not that of its grants.
        machine.set("HWGRANTS_CLOCK", "+30d");
        let (_, report) = machine.json();
        let clock = steps(&report).iter().find(|step| step["step"] == "clock");
        let clock = clock.unwrap();
        assert_eq!(clock["result"], "ok", "{clock}");
        assert!(
            clock["reason"].as_str().unwrap().contains(remark),
            "{clock}"
        );
    }
}
