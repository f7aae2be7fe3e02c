//! The way to the cloud: proxies, as the environment names them.

use std::io::Write;
use std::net::{TcpListener, TcpStream};

use hwgrants::sandbox::seed;

use crate::harness::{Block, REDIRECTED, Workspace, served_by};

const TYPE: &str = "csms_grant";
/// A host that never exists: only a proxy answers for it.
const ELSEWHERE: &str = "http://cloud.invalid";

/// An address of this machine at which nobody answers.
fn closed() -> String {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    format!("http://{}", free.local_addr().unwrap())
}

#[test]
fn requests_use_the_environment_proxy_unless_no_proxy_has_the_host() {
    let mut workspace = Workspace::with(Block::grant(TYPE));
    workspace.set("HTTP_PROXY", workspace.address());
    workspace.set("HWGRANTS_ENDPOINT", ELSEWHERE);
    // No TLS on the way to the proxy, which answers itself.
    workspace.set("HW_INSECURE", true);
    workspace.set("HW_MAX_RETRIES", 0);
    // Makes the HTTP client pass over all proxies that it looks up itself.
    workspace.set("REQUEST_METHOD", "GET");
    workspace.set("NO_PROXY", "cloud.invalid");
    let text = workspace.apply().failed();
    assert!(text.contains("Host unreachable"), "{text}");
    workspace.unset("NO_PROXY");
    workspace.apply().succeeded();
}

/// A workspace that signs requests with an access key, to a host that only this proxy reaches.
fn behind(proxy: &str) -> Workspace {
    let mut workspace = Workspace::with(Block::grant(TYPE));
    workspace.unset("HW_AUTH_TOKEN");
    for (name, value) in [
        ("HW_ACCESS_KEY", seed::ACCESS_KEY),
        ("HW_SECRET_KEY", seed::SECRET_KEY),
        ("HWGRANTS_ENDPOINT", ELSEWHERE),
        ("HTTP_PROXY", proxy),
        ("HW_INSECURE", "true"),
        ("HW_MAX_RETRIES", "0"),
    ] {
        workspace.set(name, value);
    }
    workspace
}

#[test]
fn requests_work_with_a_proxy_that_rewrites_accept_and_user_agent() {
    let workspace = behind("");
    let cloud = workspace.address().replace("http://", "");
    let rewriting = served_by(move |lines, body, stream| {
        let mut onward = TcpStream::connect(&cloud).unwrap();
        for line in lines {
            let name = line.split(':').next().unwrap().to_ascii_lowercase();
            let line = match name.as_str() {
                "accept" => "Accept: */*",
                "user-agent" => "User-Agent: Proxy/1.0",
                "connection" => continue,
                _ => &line,
            };
            write!(onward, "{line}\r\n").unwrap();
        }
        onward
            .write_all(b"Via: 1.1 proxy\r\nConnection: close\r\n\r\n")
            .unwrap();
        onward.write_all(&body).unwrap();
        let _ = std::io::copy(&mut onward, stream);
    });
    let mut workspace = workspace;
    workspace.set("HTTP_PROXY", rewriting);
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
    let requests = workspace.world().requests();
    assert!(!requests.is_empty());
    for request in requests {
        assert_eq!(request.user_agent.as_deref(), Some("Proxy/1.0"));
    }
    workspace.destroy().succeeded();
}

#[test]
fn a_proxy_error_response_names_the_proxy_variable() {
    for (status, expected) in [
        (
            "407 Proxy Authentication Required",
            "The proxy requires a user name and password",
        ),
        (
            "502 Bad Gateway",
            "A proxy or gateway could not reach the service",
        ),
    ] {
        let proxy = served_by(move |_, _, stream| {
            let page = "<html><body>Access denied</body></html>";
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
                page.len()
            );
        });
        let workspace = behind(&proxy);
        let text = workspace.apply().failed();
        assert!(
            text.contains(expected) && text.contains("`HTTP_PROXY`"),
            "{text}"
        );
        assert!(workspace.state().is_empty());
        assert!(workspace.world().requests().is_empty());
    }
}

#[test]
fn requests_to_localhost_bypass_the_proxy() {
    let mut workspace = Workspace::with(Block::grant(TYPE));
    workspace.set("HTTP_PROXY", closed());
    workspace.set("HTTPS_PROXY", closed());
    workspace.apply().succeeded();
}

#[test]
fn an_endpoint_override_warns_and_http_to_remote_hosts_is_rejected() {
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
fn disabling_certificate_verification_causes_a_warning() {
    let workspace = Workspace::with(Block::grant("csms_grant"));
    workspace.provider("insecure = true");
    let plan = workspace.plan();
    let said = plan.words();
    assert!(
        said.contains("Warning: TLS certificates not verified")
            && said.contains("10: insecure = true"),
        "{said}"
    );
}
