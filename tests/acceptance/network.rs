//! The way to the cloud: proxies, as the environment names them.

use std::net::TcpListener;

use crate::harness::{Block, REDIRECTED, Workspace};

const TYPE: &str = "csms_grant";
/// A host that never exists: only a proxy answers for it.
const ELSEWHERE: &str = "http://cloud.invalid";

/// An address of this machine at which nobody answers.
fn closed() -> String {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    format!("http://{}", free.local_addr().unwrap())
}

#[test]
fn requests_go_through_the_proxy_of_the_environment_unless_it_excepts_their_host() {
    let mut workspace = Workspace::with(Block::grant(TYPE));
    workspace.set("HTTP_PROXY", workspace.address());
    workspace.set("HWGRANTS_ENDPOINT", ELSEWHERE);
    // No TLS on the way to the proxy, which answers itself.
    workspace.set("HW_INSECURE", true);
    workspace.set("HW_MAX_RETRIES", 0);
    workspace.set("NO_PROXY", "cloud.invalid");
    let text = workspace.apply().failed();
    assert!(text.contains("not reachable"), "{text}");
    workspace.unset("NO_PROXY");
    workspace.apply().succeeded();
}

#[test]
fn requests_to_this_machine_go_through_no_proxy() {
    let mut workspace = Workspace::with(Block::grant(TYPE));
    workspace.set("HTTP_PROXY", closed());
    workspace.set("HTTPS_PROXY", closed());
    workspace.apply().succeeded();
}

#[test]
fn an_endpoint_of_the_environment_is_warned_of_in_every_plan_and_apply_and_clear_text_to_others_is_refused()
 {
    let mut workspace = Workspace::with(Block::grant(TYPE));
    let url = workspace.address();
    let [plan, apply, destroy] = [workspace.plan(), workspace.apply(), workspace.destroy()];
    assert_eq!(plan.code, Some(2), "{plan}");
    for run in [plan, apply.succeeded(), destroy.succeeded()] {
        let said = run.all_words();
        assert!(said.contains(REDIRECTED) && said.contains(&url), "{run}");
        assert!(!run.words().contains(REDIRECTED), "{run}");
    }
    workspace.set("HWGRANTS_ENDPOINT", ELSEWHERE);
    let text = workspace.plan().failed();
    assert!(
        text.contains("`HWGRANTS_ENDPOINT`") && text.contains("clear text"),
        "{text}"
    );
    workspace.unset("HWGRANTS_ENDPOINT");
    for arguments in [
        format!("auth_url = {ELSEWHERE:?}"),
        format!("endpoints = {{ kms = {ELSEWHERE:?} }}"),
    ] {
        workspace.provider(&arguments);
        let text = workspace.plan().failed();
        assert!(text.contains("clear text"), "{text}");
    }
}

#[test]
fn accepting_any_certificate_is_warned_of() {
    let workspace = Workspace::with(Block::grant("csms_grant"));
    workspace.provider("insecure = true");
    let plan = workspace.plan();
    let said = plan.words();
    assert!(
        said.contains("Warning: Certificates are not checked")
            && said.contains("10: insecure = true"),
        "{said}"
    );
}
