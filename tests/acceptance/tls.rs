//! Servers that cannot be trusted, or do not trust us, as Terraform tells of them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection};

use crate::harness::{Block, Workspace};

/// A year in which these tests run no more.
const FAR: i32 = 2100;

/// An authority that signs certificates.
pub(crate) struct Authority {
    pub(crate) pem: String,
    roots: RootCertStore,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(certificate.der().clone()).unwrap();
        Self {
            pem: certificate.pem(),
            roots,
            issuer: Issuer::new(params, key),
        }
    }

    pub(crate) fn sign(&self, host: &str, valid_until_year: i32) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(valid_until_year, 1, 1);
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }
}

/// A server that shakes hands and answers no request; stops when dropped.
struct Server {
    port: u16,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// A server for `host` that wants a certificate of `clients` if there are any.
    fn start(
        host: &str,
        valid_until_year: i32,
        authority: &Authority,
        clients: Option<&Authority>,
    ) -> Self {
        let (certificate, key) = authority.sign(host, valid_until_year);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone());
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(clients) => {
                let roots = Arc::new(clients.roots.clone());
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = builder.with_single_cert(vec![certificate.der().clone()], key);
        let config = Arc::new(config.unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let is_over = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let is_over = Arc::clone(&is_over);
            move || {
                for stream in listener.incoming() {
                    if is_over.load(Ordering::Acquire) {
                        return;
                    }
                    shake_hands(stream.unwrap(), Arc::clone(&config));
                }
            }
        });
        Self {
            port,
            is_over,
            thread: Some(thread),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        let _ = self.thread.take().unwrap().join();
    }
}

fn shake_hands(mut stream: TcpStream, config: Arc<ServerConfig>) {
    let mut connection = ServerConnection::new(config).unwrap();
    while connection.is_handshaking() {
        if connection.complete_io(&mut stream).is_err() {
            // The alert is on its way; what the client still sends is read, or the alert would be lost with it.
            let _ = stream.flush();
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
            return;
        }
    }
}

/// What an apply says that goes to `server` with these arguments in the provider block.
fn refusal(server: &Server, arguments: &[(&str, &str)]) -> String {
    let mut workspace = Workspace::with(Block::grant("csms_grant"));
    workspace.set(
        "HWGRANTS_ENDPOINT",
        format!("https://localhost:{}", server.port),
    );
    let arguments = arguments.iter();
    let arguments: Vec<_> = arguments
        .map(|(name, text)| format!("{name} = {text:?}"))
        .collect();
    workspace.provider(&arguments.join("\n"));
    let said = workspace.apply().failed();
    assert!(said.contains("Error: Host unreachable"), "{said}");
    assert!(workspace.state().is_empty());
    said
}

#[test]
fn an_untrusted_server_is_rejected_with_cause_and_remedy() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    for (host, until, authority, words) in [
        (
            "localhost",
            FAR,
            &theirs,
            ["untrusted authority", "`cacert_file`"],
        ),
        (
            "elsewhere.example",
            FAR,
            &ours,
            ["another host", "elsewhere.example"],
        ),
        ("localhost", 2021, &ours, ["has expired", "clock"]),
    ] {
        let server = Server::start(host, until, authority, None);
        let said = refusal(&server, &[("cacert_file", &ours.pem)]);
        for words in words {
            assert!(said.contains(words), "{words}: {said}");
        }
    }
}

#[test]
fn an_untrusted_client_certificate_names_the_arguments_to_check() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let server = Server::start("localhost", FAR, &ours, Some(&ours));
    let (certificate, key) = theirs.sign("client", FAR);
    let (cert, key) = (certificate.pem(), key.serialize_pem());
    let said = refusal(
        &server,
        &[("cacert_file", &ours.pem), ("cert", &cert), ("key", &key)],
    );
    let words = "rejected the client certificate: check `cert` and `key`";
    assert!(said.contains(words), "{said}");
    assert!(!said.contains("PRIVATE KEY"), "{said}");
}
