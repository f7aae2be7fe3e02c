//! The way to the cloud through proxies: which one counts, what it may change, and how it says no.

use hwgrants::cloud::{Arguments, Client, Environment, Error, ErrorKind, Sensitive, Settings};
use hwgrants::sandbox::{Sandbox, SandboxOptions, seed};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::scripted_server::{LISTED, Script, Seen, Step, answer, read};
use super::{TOKEN, call, place, secret, terms};

/// A host that never exists: only a proxy answers for it.
const ELSEWHERE: &str = "http://cloud.invalid";

/// A client that is led to a host that does not exist, with these variables.
pub(super) fn through(variables: &[(&str, &str)]) -> Client {
    leading(ELSEWHERE, variables)
}

fn leading(url: &str, variables: &[(&str, &str)]) -> Client {
    let token = Arguments {
        token: Some(Sensitive::new(TOKEN)),
        ..Arguments::default()
    };
    leading_as(token, url, variables)
}

fn leading_as(arguments: Arguments, url: &str, variables: &[(&str, &str)]) -> Client {
    let arguments = Arguments {
        max_retries: Some(0),
        insecure: Some(true),
        ..arguments
    };
    let variables = [variables, &[("HWGRANTS_ENDPOINT", url)]].concat();
    let environment = Environment::of_slice(&variables);
    Client::new(Settings::new(arguments, &environment).expect("settings"))
}

async fn list(client: &Client) -> Result<(), Error> {
    let (place, secret) = (place(seed::PROJECT_ID), secret(seed::SECRET_DB_PASSWORD));
    client.list_grants(&call(), &place, &secret).await.map(drop)
}

async fn listing() -> Script {
    Script::of([Step::Answer(answer(200, "", LISTED))]).await
}

#[tokio::test]
async fn every_spelling_of_a_proxy_variable_is_respected() {
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        for scheme in ["http://", ""] {
            let proxy = listing().await;
            let value = proxy.url().replace("http://", scheme);
            // A web server's variable is no reason to go another way.
            let listed = list(&through(&[(variable, &value)])).await;
            assert!(listed.is_ok(), "{variable}={value}: {listed:?}");
            let line = proxy.seen()[0].lines[0].clone();
            assert!(line.starts_with("GET http://cloud.invalid/v1/"), "{line}");
        }
    }
}

#[tokio::test]
async fn an_invalid_proxy_url_is_an_error_before_any_request() {
    let proxy = listing().await;
    let url = proxy.url();
    for value in [
        format!("{url} "),
        format!("\"{url}\""),
        format!("{url}\n"),
        format!("x{url}"),
    ] {
        let error = list(&through(&[("HTTP_PROXY", &value)]))
            .await
            .expect_err(&value);
        assert_eq!(
            (error.kind(), error.attempts()),
            (ErrorKind::Configuration, 0),
            "{error}"
        );
        assert_eq!(error.argument(), Some("HTTP_PROXY"));
    }
    assert_eq!(proxy.connection_count(), 0);
    // Where no proxy is used, it does no harm.
    let local = listing().await;
    let listed = list(&leading(&local.url(), &[("HTTP_PROXY", " ")])).await;
    assert!(listed.is_ok(), "{listed:?}");
    let local = listing().await;
    let listed = list(&leading(&local.url(), &[("HTTP_PROXY", "no proxy")])).await;
    assert!(listed.is_ok(), "{listed:?}");
}

#[tokio::test]
async fn no_proxy_hosts_are_contacted_directly() {
    for hosts in [
        "cloud.invalid",
        "CLOUD.invalid",
        ".invalid",
        "*.invalid",
        "*",
        "a b, cloud.invalid:80",
    ] {
        for variable in ["NO_PROXY", "no_proxy"] {
            let proxy = listing().await;
            let variables = [("HTTP_PROXY", proxy.url()), (variable, hosts.to_owned())];
            let variables = variables
                .each_ref()
                .map(|(name, value)| (*name, value.as_str()));
            let error = list(&through(&variables)).await.expect_err("no such host");
            assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
            assert_eq!(proxy.connection_count(), 0, "{variable}={hosts}");
        }
    }
    let proxy = listing().await;
    let variables = [
        ("HTTP_PROXY", proxy.url()),
        ("NO_PROXY", "other.invalid, 10.0.0.0/8".to_owned()),
    ];
    let variables = variables
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let listed = list(&through(&variables)).await;
    assert!(listed.is_ok(), "{listed:?}");
}

/// A proxy that speaks SOCKS 5 and leads every host to one address; ends with its task.
async fn socks(to: String) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut greeting = [0; 2];
        stream.read_exact(&mut greeting).await.expect("a greeting");
        let mut methods = vec![0; greeting[1].into()];
        stream.read_exact(&mut methods).await.expect("methods");
        stream.write_all(&[5, 0]).await.expect("a method");
        let mut request = [0; 5];
        stream.read_exact(&mut request).await.expect("a request");
        let mut host = vec![0; request[4].into()];
        stream.read_exact(&mut host).await.expect("a host");
        stream.read_u16().await.expect("a port");
        stream
            .write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
            .await
            .expect("an answer");
        let mut server = TcpStream::connect(to).await.expect("a server");
        let _ = copy_bidirectional(&mut stream, &mut server).await;
        String::from_utf8(host).expect("a name")
    });
    (address, task)
}

#[tokio::test]
async fn requests_go_through_a_socks5h_proxy() {
    let server = listing().await;
    let (address, task) = socks(server.url().replace("http://", "")).await;
    let client = through(&[("ALL_PROXY", &format!("socks5h://{address}"))]);
    let listed = list(&client).await;
    assert!(listed.is_ok(), "{listed:?}");
    drop((client, server));
    assert_eq!(task.await.expect("a host"), "cloud.invalid");
}

/// A proxy that writes headers of its own in place of the client's, in front of a server; stops when dropped.
struct Rewriting {
    url: String,
    task: JoinHandle<()>,
}

impl Rewriting {
    async fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let server = server.replace("http://", "");
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move {
                    let Some(seen) = read(&mut stream).await else {
                        return;
                    };
                    let mut onward = TcpStream::connect(server).await.expect("the server");
                    let text = rewritten(&seen);
                    onward
                        .write_all(text.as_bytes())
                        .await
                        .expect("a request is sent");
                    let _ = tokio::io::copy(&mut onward, &mut stream).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { url, task }
    }
}

impl Drop for Rewriting {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn rewritten(seen: &Seen) -> String {
    let lines = seen.lines.iter().map(|line| match line.split_once(": ") {
        Some(("accept", _)) => "accept: */*".to_owned(),
        Some(("user-agent", _)) => "user-agent: Proxy/1.0".to_owned(),
        _ => line.clone(),
    });
    let head = lines.collect::<Vec<_>>().join("\r\n");
    format!(
        "{head}\r\nvia: 1.1 proxy\r\nconnection: close\r\n\r\n{}",
        seen.body
    )
}

#[tokio::test]
async fn a_proxy_may_rewrite_accept_and_user_agent_of_signed_requests() {
    let sandbox = Sandbox::start(SandboxOptions::default())
        .await
        .expect("a sandbox");
    let proxy = Rewriting::before(&sandbox.url()).await;
    let arguments = Arguments {
        region: Some(seed::REGION.to_owned()),
        access_key: Some(Sensitive::new(seed::ACCESS_KEY)),
        secret_key: Some(Sensitive::new(seed::SECRET_KEY)),
        ..Arguments::default()
    };
    let client = leading_as(arguments, ELSEWHERE, &[("HTTP_PROXY", &proxy.url)]);
    let terms = terms(seed::SECRET_DB_PASSWORD, seed::USER_ANA);
    let created = client
        .create_grants(&call(), &place(seed::PROJECT_ID), &terms)
        .await;
    assert!(created.is_ok(), "{created:?}");
    let listed = list(&client).await;
    assert!(listed.is_ok(), "{listed:?}");
}

#[tokio::test]
async fn headers_that_proxies_rewrite_are_not_signed() {
    let script = listing().await;
    let arguments = Arguments {
        access_key: Some(Sensitive::new("AK1")),
        secret_key: Some(Sensitive::new("SK1")),
        security_token: Some(Sensitive::new("ST1")),
        ..Arguments::default()
    };
    let listed = list(&leading_as(arguments, &script.url(), &[])).await;
    assert!(listed.is_ok(), "{listed:?}");
    let seen = script.seen()[0].clone();
    let authorization = seen.header("authorization")[0];
    let signed = "SignedHeaders=content-type;host;x-project-id;x-sdk-date;x-security-token,";
    assert!(authorization.contains(signed), "{authorization}");
    assert_eq!(seen.header("accept").len(), 1);
    assert_eq!(seen.header("user-agent").len(), 1);
}

const PAGE: &str = "<html><head><title>Proxy</title></head><body>Access denied</body></html>";

#[tokio::test]
async fn a_proxy_authentication_error_names_the_proxy_variable() {
    for url in [ELSEWHERE, "https://cloud.invalid"] {
        let headers = "proxy-authenticate: Basic\r\ncontent-type: text/html\r\n";
        let proxy = Script::of([Step::Answer(answer(407, headers, PAGE))]).await;
        let variables = [("ALL_PROXY", proxy.url())];
        let variables = variables
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let error = list(&leading(url, &variables))
            .await
            .expect_err("no password");
        assert_eq!(
            (error.kind(), error.attempts()),
            (ErrorKind::Unreachable, 1),
            "{error}"
        );
        let said = format!("{error} {}", error.advice().unwrap_or_default());
        assert!(
            said.contains("a user name and password") && said.contains("`ALL_PROXY`"),
            "{said}"
        );
    }
    // One that is named is sent.
    let proxy = listing().await;
    let value = proxy.url().replace("http://", "http://ana:p%40ss@");
    let listed = list(&through(&[("HTTP_PROXY", &value)])).await;
    assert!(listed.is_ok(), "{listed:?}");
    assert_eq!(
        proxy.seen()[0].header("proxy-authorization"),
        ["Basic YW5hOnBAc3M="]
    );
}

#[tokio::test]
async fn an_echoed_proxy_password_is_redacted() {
    let page = "ana:hunter%402hunter2 hunter@2hunter2 YW5hOmh1bnRlckAyaHVudGVyMg==";
    let echo = || Step::Answer(answer(502, "x-request-id: hunter@2hunter2\r\n", page));
    let proxy = Script::of([echo(), echo()]).await;
    let value = proxy
        .url()
        .replace("http://", "http://ana:hunter%402hunter2@");
    for variable in ["HTTP_PROXY", "ALL_PROXY"] {
        let error = list(&through(&[(variable, &value)])).await;
        let said = error.expect_err("a page").to_string();
        assert!(
            said.contains("502") && said.contains("ana:*** *** ***"),
            "{said}"
        );
        assert!(!said.contains("hunter"), "{said}");
    }
}

#[tokio::test]
async fn a_proxy_502_is_transient_and_a_failed_tunnel_is_unreachable() {
    let page = || Step::Answer(answer(502, "content-type: text/html\r\n", PAGE));
    let proxy = Script::of([page(), page()]).await;
    let value = proxy.url();
    let client = through(&[("HTTP_PROXY", &value)]);
    let error = list(&client).await.expect_err("a page");
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Transient, Some(502)),
        "{error}"
    );
    let terms = terms("r1", "g1");
    let created = client.create_grants(&call(), &place("p1"), &terms).await;
    let error = created.expect_err("a page");
    assert!(error.is_ambiguous(), "{error}");
    assert_eq!(proxy.seen().len(), 2);

    // No tunnel, so nothing was sent.
    let proxy = Script::of([page()]).await;
    let value = proxy.url();
    let client = leading("https://cloud.invalid", &[("HTTPS_PROXY", &value)]);
    let error = client
        .create_grants(&call(), &place("p1"), &terms)
        .await
        .expect_err("no tunnel");
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    assert!(
        !error.is_ambiguous()
            && error
                .to_string()
                .contains("the proxy did not establish the connection"),
        "{error}"
    );
}
