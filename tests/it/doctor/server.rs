//! A server that is not the sandbox: with TLS, with another clock, or with nothing to say.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A year in which these tests run no more.
pub(super) const FAR: i32 = 2100;

/// What a server answers to the head of each request; nothing if it only closes the connection.
type Answer = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// A server on a port of its own; stops when dropped.
pub(super) struct Server {
    pub(super) url: String,
    address: String,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// A server without TLS.
    pub(super) fn plain(answer: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self::start(None, Box::new(answer))
    }

    /// A server with a certificate for `host`, valid until this year, that knows no API.
    pub(super) fn tls(authority: &Authority, host: &str, valid_until_year: i32) -> Self {
        let config = authority.server_config(host, valid_until_year);
        let answer = |_: &str| Some(answer(404, "", "{}"));
        Self::start(Some(config), Box::new(answer))
    }

    fn start(tls: Option<Arc<ServerConfig>>, answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let is_over = Arc::new(AtomicBool::new(false));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let thread = std::thread::spawn({
            let is_over = Arc::clone(&is_over);
            move || {
                for stream in listener.incoming() {
                    if is_over.load(Ordering::Acquire) {
                        return;
                    }
                    serve(stream.unwrap(), tls.clone(), &answer);
                }
            }
        });
        Self {
            url: format!("{scheme}://localhost:{port}"),
            address: format!("127.0.0.1:{port}"),
            is_over,
            thread: Some(thread),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        let _ = TcpStream::connect(&self.address);
        let _ = self.thread.take().unwrap().join();
    }
}

/// Serves one connection, whose other end may close it at any time.
fn serve(mut stream: TcpStream, tls: Option<Arc<ServerConfig>>, answer: &Answer) {
    let Some(tls) = tls else {
        exchange(&mut stream, answer);
        return;
    };
    let mut connection = ServerConnection::new(tls).unwrap();
    while connection.is_handshaking() {
        if connection.complete_io(&mut stream).is_err() {
            // What the client still sends is read, or the alert would be lost with it.
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
            return;
        }
    }
    exchange(&mut StreamOwned::new(connection, stream), answer);
}

fn exchange(stream: &mut (impl Read + Write), answer: &Answer) {
    let mut head = Vec::new();
    let mut part = [0; 4096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return,
            Ok(count) => head.extend_from_slice(&part[..count]),
        }
    }
    if let Some(text) = answer(&String::from_utf8_lossy(&head)) {
        let _ = stream.write_all(text.as_bytes());
        let _ = stream.flush();
    }
}

/// A response; each header ends in a line break.
pub(super) fn answer(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
    )
}

/// A header with the time of a clock that is this far ahead.
pub(super) fn date(ahead: SignedDuration) -> String {
    let now = Timestamp::now() + ahead;
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
    format!("date: {}\r\n", date.unwrap())
}

/// An authority that signs certificates.
pub(super) struct Authority {
    pub(super) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(super) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "ours");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        Self {
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    fn server_config(&self, host: &str, valid_until_year: i32) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(valid_until_year, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key);
        Arc::new(config.unwrap())
    }
}
