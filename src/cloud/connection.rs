//! The HTTP clients with their pools of connections, and the limits of the hosts they lead to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rustls::ClientConfig;
use url::Url;

use super::endpoint;
use super::error::{Error, ErrorKind, causes};
use super::limiter::Limiter;
use super::tls::{self, Tls};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The HTTP clients, each built when its first request is sent: loading certificates takes longer than everything
/// else at start, and some runs send nothing.
#[derive(Debug)]
pub(super) struct Connections {
    tls: Tls,
    limiters: Mutex<BTreeMap<String, Arc<Limiter>>>,
    /// For `http://` on this machine: no proxy.
    local: OnceLock<reqwest::Client>,
    /// For any other `http://`: loads no certificates.
    plain: OnceLock<reqwest::Client>,
    /// For `https://` on this machine: no proxy.
    local_secure: OnceLock<reqwest::Client>,
    /// For any other `https://`.
    secure: OnceLock<reqwest::Client>,
}

impl Connections {
    /// No connections yet; those to come are secured so.
    pub(super) fn new(tls: Tls) -> Self {
        Self {
            tls,
            limiters: Mutex::default(),
            local: OnceLock::new(),
            plain: OnceLock::new(),
            local_secure: OnceLock::new(),
            secure: OnceLock::new(),
        }
    }

    /// The limiter of the host that a URL leads to.
    pub(super) fn limiter(&self, url: &Url) -> Arc<Limiter> {
        let mut limiters = self.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        let host = url.origin().ascii_serialization();
        limiters.entry(host).or_default().clone()
    }

    /// The client for a URL.
    ///
    /// # Errors
    /// `Configuration` if the system's certificates cannot be loaded.
    pub(super) fn client(&self, url: &Url) -> Result<&reqwest::Client, Error> {
        let is_local = endpoint::is_loopback(url);
        let is_secure = url.scheme() == "https";
        let place = match (is_secure, is_local) {
            (false, true) => &self.local,
            (false, false) => &self.plain,
            (true, true) => &self.local_secure,
            (true, false) => &self.secure,
        };
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let tls = if is_secure {
            self.tls.config()
        } else {
            tls::unused()
        };
        let client = tls.and_then(|tls| build(tls, !is_local));
        let client = client.map_err(|cause| {
            let message = format!("the HTTP client cannot be set up: {cause}");
            Error::new(ErrorKind::Configuration, Some(message))
        })?;
        Ok(place.get_or_init(|| client))
    }
}

/// A client; `uses_proxy` says whether `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` count.
fn build(tls: ClientConfig, uses_proxy: bool) -> Result<reqwest::Client, String> {
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(CONNECT_TIMEOUT)
        // A redirect would carry the credential to another host.
        .redirect(reqwest::redirect::Policy::none())
        // What may run twice is decided in one place.
        .retry(reqwest::retry::never());
    let builder = if uses_proxy {
        builder
    } else {
        builder.no_proxy()
    };
    builder.build().map_err(|error| causes(&error))
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::PrivateKeyDer;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::*;
    use crate::cloud::{Arguments, Environment};

    const ANSWER: &[u8] = b"HTTP/1.1 204 X\r\n\r\n";

    /// Asks a server that speaks these protocols and whose certificate is trusted; what was answered or why not, and
    /// the protocol agreed on.
    async fn asked(alpn: &[&[u8]]) -> (Result<u16, String>, Option<Vec<u8>>) {
        let made =
            rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let der = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut server = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![der], key)
            .expect("a configuration");
        server.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();

        let arguments = Arguments {
            cacert_file: Some(made.cert.pem()),
            ..Arguments::default()
        };
        let tls = Tls::new(&arguments, &Environment::of([])).expect("settings");
        let client = build(tls.config().expect("TLS"), false).expect("a client");

        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let serve = async {
            let (stream, _) = listener.accept().await.expect("a connection");
            let acceptor = TlsAcceptor::from(Arc::new(server));
            let mut stream = acceptor.accept(stream).await.expect("a handshake");
            let agreed = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
            let _ = stream.read(&mut [0; 4096]).await.expect("a request");
            stream.write_all(ANSWER).await.expect("an answer is sent");
            agreed
        };
        let request = client.get(format!("https://localhost:{port}/")).send();
        let (answer, agreed) = tokio::join!(request, serve);
        let status = answer.map(|answer| answer.status().as_u16());
        (status.map_err(|error| causes(&error)), agreed)
    }

    #[tokio::test]
    async fn a_trusted_server_is_spoken_to_in_the_best_protocol_it_offers() {
        let (answer, agreed) = asked(&[b"http/1.1"]).await;
        assert_eq!((answer, agreed), (Ok(204), Some(b"http/1.1".to_vec())));
        // This server answers in HTTP/1.1 whatever was agreed on.
        let (answer, agreed) = asked(&[b"h2"]).await;
        assert!(answer.is_err_and(|cause| cause.contains("http2")));
        assert_eq!(agreed, Some(b"h2".to_vec()));
    }

    #[test]
    fn nothing_is_built_before_it_is_needed_and_plain_http_needs_no_certificates() {
        let tls = Tls::new(&Arguments::default(), &Environment::of([])).expect("settings");
        let connections = Connections::new(tls);
        let url = Url::parse("http://127.0.0.1:1/").expect("a URL");
        connections.client(&url).expect("a client");
        assert!(connections.local.get().is_some());
        let others = [
            &connections.plain,
            &connections.local_secure,
            &connections.secure,
        ];
        assert!(others.iter().all(|place| place.get().is_none()));
    }

    #[test]
    fn each_host_has_one_limiter_of_its_own() {
        let tls = Tls::new(&Arguments::default(), &Environment::of([])).expect("settings");
        let connections = Connections::new(tls);
        let limiter = |url| connections.limiter(&Url::parse(url).expect("a URL"));
        let one = limiter("https://a.example/v1/x?y");
        assert!(Arc::ptr_eq(&one, &limiter("https://A.example:443/v4")));
        for other in [
            "https://b.example/v1/x",
            "https://a.example:444/",
            "http://a.example/",
        ] {
            assert!(!Arc::ptr_eq(&one, &limiter(other)), "{other}");
        }
    }
}
