//! How `hwgrants audit` is called, and what it says of what is no state.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use hwgrants::sandbox::{BlockingSandbox, SandboxOptions, seed};

/// `hwgrants audit`, to be run against this endpoint with the token of the seed.
pub(super) fn command(endpoint: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hwgrants"));
    command
        .arg("audit")
        .args(args)
        .env_clear()
        .env("HWGRANTS_ENDPOINT", endpoint)
        .env("HW_REGION_NAME", seed::REGION)
        .env("HW_PROJECT_ID", seed::PROJECT_ID)
        .env("HW_DOMAIN_ID", seed::ACCOUNT_ID)
        .env("HW_AUTH_TOKEN", seed::TOKEN);
    command
}

/// Runs `hwgrants audit` with this on standard input, against a sandbox or with nothing to talk to.
pub(super) fn audited(sandbox: Option<&BlockingSandbox>, args: &[&str], input: &[u8]) -> Output {
    audited_with(sandbox, &[], args, input)
}

/// The same with more variables.
pub(super) fn audited_with(
    sandbox: Option<&BlockingSandbox>,
    variables: &[(&str, &str)],
    args: &[&str],
    input: &[u8],
) -> Output {
    // Nobody listens there.
    let endpoint = sandbox.map_or("http://127.0.0.1:1", BlockingSandbox::url);
    let mut command = command(endpoint, args);
    let mut child = command
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that does not read it has said why.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

pub(super) fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn an_invalid_state_fails_with_a_hint_before_any_request() {
    let inputs: [(&str, &[u8]); 9] = [
        ("empty", b""),
        ("not JSON", b"# csms_grant.a:\nresource"),
        ("cut off", br#"{"format_version":"1.0","values":{"root_mo"#),
        ("a plan", br#"{"format_version":"1.2","planned_values":{}}"#),
        ("another version", br#"{"format_version":"2.0","values":{}}"#),
        ("an old state file", br#"{"version":3,"serial":1,"lineage":"","modules":[]}"#),
        ("an encrypted state", br#"{"serial":1,"lineage":"","encrypted_data":"x","encryption_version":"v0"}"#),
        ("some other JSON", br#"{"format_version":"1.0","provider_schemas":{}}"#),
        ("a grant without project", br#"{"format_version":"1.0","values":{"root_module":{"resources":[{"address":"csms_grant.a",
            "mode":"managed","type":"csms_grant","name":"a","values":{"region":"cn-north-4","type":"SECRET"}}]}}}"#),
    ];
    let shown = inputs.map(|(name, input)| {
        let output = audited(None, &["-"], input);
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(output.stdout.is_empty(), "{name}");
        format!("# {name}\n{}", text(output.stderr))
    });
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn invalid_arguments_and_input_exit_with_1_and_an_explanation() {
    for (args, words) in [
        (
            &["-", "-"][..],
            "error: standard input can be read only once",
        ),
        (
            &["/nowhere/state.json"],
            "error: cannot read `/nowhere/state.json`: ",
        ),
        (&["--region", "a/b"], "only letters, digits and hyphens"),
        (&["--project", "/p"], "invalid region"),
        (
            &["a.json", "x/a.json", "--state", "a=b.json"],
            "both belong to the state `a`",
        ),
        (&["--secret", ""], "must be 1 to 64 characters long"),
        (
            &["--format", "csv"],
            "[possible values: table, json, markdown, sarif, import]",
        ),
        (&["--secret", "x", "-"], "the input is empty"),
    ] {
        let output = audited(None, args, b"");
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
        let stderr = text(output.stderr);
        assert!(stderr.contains(words), "{args:?}: {stderr}");
    }
}

#[test]
fn an_unreachable_cloud_is_an_error_with_a_hint() {
    let output = audited(None, &["--fail-on", "any"], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let stderr = text(output.stderr);
    for words in ["listing the project's secrets", "hint: check the network"] {
        assert!(stderr.contains(words), "`{words}` in {stderr}");
    }
}

#[test]
fn without_a_state_all_grants_are_listed_with_a_notice() {
    let sandbox = BlockingSandbox::start(SandboxOptions::default()).unwrap();
    sandbox.world().set_delegation(seed::ACCOUNT_ID, true);
    let output = audited(Some(&sandbox), &["--fail-on", "any"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(output.stdout).contains("CodeArts Repo"));
    let stderr = text(output.stderr);
    let counts = "1 live, 0 declared, 1 undeclared (1 without an expiry)";
    assert!(stderr.contains(counts), "{stderr}");
    assert!(stderr.contains("no state was passed"), "{stderr}");

    let agents = sandbox.world().requests();
    let agents = agents.iter().map(|request| request.user_agent.as_deref());
    let ours = concat!("hwgrants/", env!("CARGO_PKG_VERSION"));
    assert!(agents.into_iter().all(|agent| agent == Some(ours)));
}

#[test]
fn too_many_open_files_is_reported_with_a_hint() {
    let sandbox = BlockingSandbox::start(SandboxOptions::default()).unwrap();
    // With the fewest nothing starts, with the most the audit is complete. In between there is none left to connect with.
    let said = (6..=20).map(|limit| {
        let output = Command::new("bash")
            .args(["-c", "ulimit -n $0 && exec \"$@\""])
            .arg(limit.to_string())
            .args([env!("CARGO_BIN_EXE_hwgrants"), "audit", "--no-delegation"])
            .env_clear()
            .env("HWGRANTS_ENDPOINT", sandbox.url())
            .env("HW_REGION_NAME", seed::REGION)
            .env("HW_PROJECT_ID", seed::PROJECT_ID)
            .env("HW_AUTH_TOKEN", seed::TOKEN)
            .env("HW_MAX_RETRIES", "0")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        text(output.stderr)
    });
    let said: Vec<_> = said
        .filter(|said| said.contains("listing the project's secrets"))
        .collect();
    assert!(!said.is_empty());
    for said in said {
        assert!(said.contains("Too many open files"), "{said}");
        assert!(said.contains("hint: raise the open file limit"), "{said}");
        assert!(!said.contains("could not be reached"), "{said}");
    }
}

#[test]
fn provider_warnings_are_printed() {
    let sandbox = BlockingSandbox::start(SandboxOptions::default()).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let profile = serde_json::json!({"profiles": [{
        "name": "p", "accessKeyId": seed::ACCESS_KEY, "secretAccessKey": seed::SECRET_KEY,
    }]});
    std::fs::write(file.path(), profile.to_string()).unwrap();
    let path = file.path().to_str().unwrap();
    let variables = [
        ("HW_SHARED_CONFIG_FILE", path),
        ("HW_PROFILE", "p"),
        ("HW_INSECURE", "true"),
    ];
    let output = audited_with(Some(&sandbox), &variables, &[], b"");
    let stderr = text(output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    for warning in [
        "because `HWGRANTS_ENDPOINT` is set",
        "`HW_AUTH_TOKEN` in the environment is ignored",
        "warning: TLS certificates are not verified",
    ] {
        assert!(stderr.contains(warning), "`{warning}` in {stderr}");
    }
}

#[test]
fn help_shows_the_usage() {
    let output = audited(None, &["--help"], b"");
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(text(output.stdout));
}
