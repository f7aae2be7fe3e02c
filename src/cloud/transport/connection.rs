//! The HTTP clients with their connection pools, and the rate limiters of the hosts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use http::Method;
use rustls::ClientConfig;
use url::Url;

use crate::cloud::error::{Error, ErrorKind, error_chain};
use crate::cloud::settings::endpoint;
use crate::cloud::settings::proxy::Proxies;
use crate::cloud::settings::tls::TlsSettings;
use crate::cloud::transport::limiter::Limiter;
use crate::cloud::transport::tls;

/// Limit for opening one connection. With the retries of an unreached host, a timeout is reported within 32 s.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection may be idle before it is closed. Servers and NATs drop idle connections without notice, some
/// after half a minute, and requests on a dropped connection get no response.
const IDLE_LIMIT: Duration = Duration::from_secs(15);

/// The same for POST requests. They are not retried, so one without a response has an unknown outcome; other requests
/// are retried.
const IDLE_LIMIT_OF_POST: Duration = Duration::from_secs(1);

/// The HTTP clients, each built on first use: loading certificates is the slowest part of a start, and some runs send
/// nothing.
#[derive(Debug)]
pub(in crate::cloud) struct Connections {
    tls: TlsSettings,
    pub(super) proxies: Proxies,
    /// The TLS configuration, created once: the clients share certificates and TLS sessions.
    tls_config: OnceLock<ClientConfig>,
    /// Limiters by scheme, host and port.
    limiters: Mutex<BTreeMap<String, Arc<Limiter>>>,
    clients: Mutex<BTreeMap<ClientPurpose, reqwest::Client>>,
}

/// The purpose of an HTTP client. Each has its own connection pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ClientPurpose {
    /// For `https://`; a client for `http://` loads no certificates.
    is_secure: bool,
    /// For this machine: without a proxy.
    is_local: bool,
    /// For POST requests only, see [`IDLE_LIMIT_OF_POST`].
    is_post: bool,
}

impl Connections {
    /// Creates an empty pool with these TLS settings and proxies.
    pub(in crate::cloud) fn new(tls: TlsSettings, proxies: Proxies) -> Self {
        Self {
            tls,
            proxies,
            tls_config: OnceLock::new(),
            limiters: Mutex::default(),
            clients: Mutex::default(),
        }
    }

    /// The limiter of a URL's host.
    pub(in crate::cloud) fn limiter(&self, url: &Url) -> Arc<Limiter> {
        let mut limiters = self.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        let host = url.origin().ascii_serialization();
        limiters.entry(host).or_default().clone()
    }

    /// The client for a request.
    ///
    /// # Errors
    /// `Configuration` if the system's certificates cannot be loaded, or a proxy variable is invalid.
    pub(in crate::cloud) fn client(
        &self,
        method: &Method,
        url: &Url,
    ) -> Result<reqwest::Client, Error> {
        let purpose = ClientPurpose {
            is_secure: url.scheme() == "https",
            is_local: endpoint::is_loopback(url),
            is_post: method == Method::POST,
        };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&purpose) {
            return Ok(client.clone());
        }
        let way = match purpose.is_local {
            true => Route::Direct,
            false => match self.proxies.proxy_for(purpose.is_secure)? {
                Some(proxy) => Route::Through(Box::new(proxy)),
                None if self.proxies.is_configured() => Route::Direct,
                None => Route::System,
            },
        };
        let tls = if purpose.is_secure {
            self.tls_config()
        } else {
            tls::no_tls_config()
        };
        let client = tls
            .and_then(|tls| build(tls, purpose, way))
            .map_err(|cause| {
                let message = format!("cannot set up the HTTP client: {cause}");
                Error::new(ErrorKind::Configuration, Some(message))
            })?;
        clients.insert(purpose, client.clone());
        Ok(client)
    }

    /// The configuration, created on first use. An error is not kept, so a later request may succeed.
    fn tls_config(&self) -> Result<ClientConfig, String> {
        if let Some(config) = self.tls_config.get() {
            return Ok(config.clone());
        }
        let config = tls::client_config(&self.tls)?;
        Ok(self.tls_config.get_or_init(|| config).clone())
    }
}

/// How a host is reached.
enum Route {
    /// Without a proxy, even if the system's settings name one.
    Direct,
    /// Through this proxy, except for the hosts in `NO_PROXY`.
    Through(Box<reqwest::Proxy>),
    /// As the system's proxy settings say.
    System,
}

/// Builds a client for one purpose. It neither follows redirects nor retries.
fn build(tls: ClientConfig, purpose: ClientPurpose, way: Route) -> Result<reqwest::Client, String> {
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(CONNECT_TIMEOUT)
        // The pool checks this when it hands out a connection, and at intervals as long as the limit: an idle
        // connection is closed within twice the time.
        .pool_idle_timeout(if purpose.is_post {
            IDLE_LIMIT_OF_POST
        } else {
            IDLE_LIMIT
        })
        // A redirect would carry the credential to another host.
        .redirect(reqwest::redirect::Policy::none())
        // Retries are decided in `retry` only.
        .retry(reqwest::retry::never());
    let builder = match way {
        Route::Direct => builder.no_proxy(),
        Route::Through(proxy) => builder.proxy(*proxy),
        Route::System => builder,
    };
    builder.build().map_err(|error| error_chain(&error))
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::PrivateKeyDer;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::*;
    use crate::cloud::settings::Arguments;
    use crate::cloud::settings::environment::Environment;

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
        let tls = TlsSettings::new(&arguments, &Environment::of([])).expect("settings");
        let purpose = ClientPurpose {
            is_secure: true,
            is_local: true,
            is_post: false,
        };
        let client = build(
            tls::client_config(&tls).expect("TLS"),
            purpose,
            Route::Direct,
        )
        .expect("a client");

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
        (status.map_err(|error| error_chain(&error)), agreed)
    }

    #[tokio::test]
    async fn the_http_version_is_negotiated_with_a_trusted_server() {
        let (answer, agreed) = asked(&[b"http/1.1"]).await;
        assert_eq!((answer, agreed), (Ok(204), Some(b"http/1.1".to_vec())));
        // This server answers in HTTP/1.1 whatever was agreed on.
        let (answer, agreed) = asked(&[b"h2"]).await;
        assert!(answer.is_err_and(|cause| cause.contains("http2")));
        assert_eq!(agreed, Some(b"h2".to_vec()));
    }

    #[test]
    fn clients_are_built_on_demand_and_plain_http_loads_no_certificates() {
        let tls = TlsSettings::new(&Arguments::default(), &Environment::of([])).expect("settings");
        let connections = Connections::new(tls, Proxies::default());
        let built = || connections.clients.lock().expect("a lock").len();
        let client = |method, url: &str| {
            let url = Url::parse(url).expect("a URL");
            connections.client(&method, &url).expect("a client");
        };
        assert_eq!(built(), 0);
        client(Method::GET, "http://127.0.0.1:1/");
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            client(method, "http://127.0.0.1:2/");
        }
        assert_eq!(built(), 1);
        client(Method::POST, "http://127.0.0.1:1/");
        assert_eq!(built(), 2);
        client(Method::GET, "http://a.example/");
        assert_eq!(built(), 3);
        assert!(connections.tls_config.get().is_none());
    }

    #[test]
    fn https_clients_share_one_tls_configuration() {
        let tls = TlsSettings::new(&Arguments::default(), &Environment::of([])).expect("settings");
        let connections = Connections::new(tls, Proxies::default());
        let config = || connections.tls_config().expect("TLS");
        let (one, other) = (config(), config());
        assert!(Arc::ptr_eq(
            &one.client_auth_cert_resolver,
            &other.client_auth_cert_resolver
        ));
    }

    #[test]
    fn each_origin_has_its_own_limiter() {
        let tls = TlsSettings::new(&Arguments::default(), &Environment::of([])).expect("settings");
        let connections = Connections::new(tls, Proxies::default());
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
