//! Encrypted connections: whom the client trusts, whom it does not, and how it shows who it is.

use std::sync::Arc;

use hwgrants::cloud::{Arguments, Client, Environment, Error, ErrorKind, Sensitive, Settings};
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::scripted_server::answer;
use super::{TOKEN, call, place, secret};

/// An authority that signs certificates.
struct Authority {
    pem: String,
    der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key.
struct Identity {
    cert_pem: String,
    key_pem: String,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([]).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        let certificate = params.self_signed(&key).expect("a certificate");
        Self {
            pem: certificate.pem(),
            der: certificate.der().clone(),
            issuer: Issuer::new(params, key),
        }
    }

    fn sign(&self, host: &str, valid_until_year: i32) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([host.to_owned()]).expect("parameters");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(valid_until_year, 1, 1);
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Identity {
            cert_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            chain: vec![certificate.der().clone()],
            key: PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
        }
    }
}

/// A year in which these tests run no more.
const FAR: i32 = 2100;

/// A server that answers every request with an empty object; stops when dropped.
struct Server {
    url: String,
    task: JoinHandle<()>,
}

impl Server {
    /// A server with this certificate, which wants one from the client if `clients` is given.
    async fn start(identity: Identity, clients: Option<&Authority>) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .expect("versions");
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.der.clone()).expect("a root");
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
                builder.with_client_cert_verifier(verifier.expect("a verifier"))
            }
        };
        let config = builder
            .with_single_cert(identity.chain, identity.key)
            .expect("a configuration");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                match acceptor.accept(stream).into_fallible().await {
                    Ok(mut stream) => {
                        let _ = stream.read(&mut [0; 4096]).await;
                        let text =
                            answer(200, "connection: close\r\n", super::scripted_server::LISTED);
                        let _ = stream.write_all(text.as_bytes()).await;
                        let _ = stream.shutdown().await;
                    }
                    // Closing with unread bytes would reset the connection, and the alert might get lost.
                    Err((_, mut stream)) => {
                        let _ = stream.shutdown().await;
                        let _ = stream.read_to_end(&mut Vec::new()).await;
                    }
                }
            }
        });
        Self {
            url: format!("https://localhost:{port}"),
            task,
        }
    }

    /// Asks it something with these arguments.
    async fn asked(&self, arguments: Arguments) -> Result<(), Error> {
        let arguments = Arguments {
            token: Some(Sensitive::new(TOKEN)),
            max_retries: Some(3),
            ..arguments
        };
        let environment = Environment::of([("HWGRANTS_ENDPOINT", &self.url)]);
        let client = Client::new(Settings::new(arguments, &environment).expect("settings"));
        let listed = client
            .list_grants(&call(), &place("p1"), &secret("r1"))
            .await;
        listed.map(drop)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn trusting(authority: &Authority) -> Arguments {
    Arguments {
        cacert_file: Some(authority.pem.clone()),
        ..Arguments::default()
    }
}

/// Checks that a server is refused at the first try in these words, and accepted when nothing is checked.
async fn check_refused(server: &Server, arguments: Arguments, words: &[&str]) {
    let error = server.asked(arguments.clone()).await.expect_err("refused");
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Unreachable, 1),
        "{error}"
    );
    assert!(!error.is_ambiguous(), "{error}");
    for words in words.iter().chain(&["`insecure`"]) {
        assert!(error.to_string().contains(words), "{words}: {error}");
    }
    let arguments = Arguments {
        insecure: Some(true),
        ..arguments
    };
    let listed = server.asked(arguments).await;
    assert!(listed.is_ok(), "{listed:?}");
}

#[tokio::test]
async fn cacert_file_accepts_pem_text_or_a_path() {
    let authority = Authority::new("ours");
    let server = Server::start(authority.sign("localhost", FAR), None).await;
    let listed = server.asked(trusting(&authority)).await;
    assert!(listed.is_ok(), "{listed:?}");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, &authority.pem).expect("a file");
    let arguments = Arguments {
        cacert_file: path.to_str().map(str::to_owned),
        ..Arguments::default()
    };
    let listed = server.asked(arguments).await;
    assert!(listed.is_ok(), "{listed:?}");
}

#[tokio::test]
async fn an_unknown_certificate_authority_is_rejected() {
    let server = Server::start(Authority::new("theirs").sign("localhost", FAR), None).await;
    let words = ["untrusted authority", "`cacert_file`"];
    check_refused(&server, Arguments::default(), &words).await;
    check_refused(&server, trusting(&Authority::new("ours")), &words).await;
}

#[tokio::test]
async fn a_certificate_for_another_host_is_rejected() {
    let authority = Authority::new("ours");
    let server = Server::start(authority.sign("elsewhere.example", FAR), None).await;
    let words = ["another host", "`endpoints`", "elsewhere.example"];
    check_refused(&server, trusting(&authority), &words).await;
}

#[tokio::test]
async fn an_expired_certificate_is_rejected() {
    let authority = Authority::new("ours");
    let server = Server::start(authority.sign("localhost", 2021), None).await;
    check_refused(&server, trusting(&authority), &["has expired", "clock"]).await;
}

/// Arguments that trust the server's authority and show this certificate.
fn showing(authority: &Authority, identity: &Identity) -> Arguments {
    Arguments {
        cert: Some(identity.cert_pem.clone()),
        key: Some(Sensitive::new(&identity.key_pem)),
        ..trusting(authority)
    }
}

#[tokio::test]
async fn the_client_certificate_is_sent_on_request() {
    let authority = Authority::new("ours");
    let server = Server::start(authority.sign("localhost", FAR), Some(&authority)).await;
    let listed = server
        .asked(showing(&authority, &authority.sign("client", FAR)))
        .await;
    assert!(listed.is_ok(), "{listed:?}");
}

#[tokio::test]
async fn a_rejected_or_missing_client_certificate_is_reported_without_retry() {
    let authority = Authority::new("ours");
    let stranger = Authority::new("theirs").sign("client", FAR);
    for (arguments, words) in [
        (
            showing(&authority, &stranger),
            "rejected the client certificate: check `cert` and `key`",
        ),
        (
            showing(&authority, &authority.sign("client", 2021)),
            "rejected the client certificate",
        ),
        (
            trusting(&authority),
            "requires a client certificate: set `cert` and `key`",
        ),
    ] {
        let server = Server::start(authority.sign("localhost", FAR), Some(&authority)).await;
        let error = server.asked(arguments).await.expect_err("refused");
        assert_eq!(
            (error.kind(), error.attempts()),
            (ErrorKind::Unreachable, 1),
            "{error}"
        );
        assert!(error.to_string().contains(words), "{error}");
    }
}

/// A certificate that a server has made for itself: an authority by its own word. Without usages it is as OpenSSL makes one
/// unless told otherwise.
fn self_signed(host: &str, valid_until_year: i32, usages: &[ExtendedKeyUsagePurpose]) -> Identity {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new([host.to_owned()]).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(valid_until_year, 1, 1);
    params.extended_key_usages = usages.to_vec();
    let certificate = params.self_signed(&key).expect("a certificate");
    Identity {
        cert_pem: certificate.pem(),
        key_pem: key.serialize_pem(),
        chain: vec![certificate.der().clone()],
        key: PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
    }
}

fn naming(identity: &Identity) -> Arguments {
    Arguments {
        cacert_file: Some(identity.cert_pem.clone()),
        ..Arguments::default()
    }
}

#[tokio::test]
async fn a_server_certificate_in_cacert_file_is_trusted() {
    use ExtendedKeyUsagePurpose::ServerAuth;
    let by_authority = Authority::new("ours").sign("localhost", FAR);
    for identity in [
        self_signed("localhost", FAR, &[ServerAuth]),
        self_signed("localhost", FAR, &[]),
        by_authority,
    ] {
        // Beside others.
        let mut arguments = naming(&identity);
        let others = Authority::new("others").pem;
        arguments.cacert_file = arguments.cacert_file.map(|own| others + &own);
        let server = Server::start(identity, None).await;
        let listed = server.asked(arguments).await;
        assert!(listed.is_ok(), "{listed:?}");
    }
}

#[tokio::test]
async fn a_server_certificate_in_cacert_file_is_still_validated() {
    use ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};
    for (identity, words) in [
        (
            self_signed("elsewhere.example", FAR, &[ServerAuth]),
            "another host",
        ),
        (self_signed("localhost", 2021, &[ServerAuth]), "has expired"),
        (self_signed("localhost", FAR, &[ClientAuth]), "is not valid"),
    ] {
        let arguments = naming(&identity);
        let server = Server::start(identity, None).await;
        check_refused(&server, arguments, &[words]).await;
    }
    // Another one of the same name is not the one that is named.
    let named = naming(&self_signed("localhost", FAR, &[ServerAuth]));
    let server = Server::start(self_signed("localhost", FAR, &[ServerAuth]), None).await;
    check_refused(&server, named, &["certificate"]).await;
}
