//! The HTTP clients with their pools of connections, and whom they trust.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};
use url::Url;

use super::endpoint;
use super::error::{Error, ErrorKind, causes};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The HTTP clients, each built when its first request is sent: loading certificates takes longer than everything
/// else at start, and some runs send nothing.
#[derive(Debug, Default)]
pub(super) struct Connections {
    /// For `http://` on this machine: no proxy.
    local: OnceLock<reqwest::Client>,
    /// For any other `http://`: loads no certificates.
    plain: OnceLock<reqwest::Client>,
    /// For `https://`: trusts what the system trusts.
    secure: OnceLock<reqwest::Client>,
}

impl Connections {
    /// The client for a URL.
    ///
    /// # Errors
    /// `Configuration` if the system's certificates cannot be loaded.
    pub(super) fn client(&self, url: &Url) -> Result<&reqwest::Client, Error> {
        let (place, build): (_, fn() -> Result<_, String>) = match url.scheme() {
            "https" => (&self.secure, || build(system_roots()?, true)),
            _ if endpoint::is_loopback(url) => (&self.local, || build(no_roots()?, false)),
            _ => (&self.plain, || build(no_roots()?, true)),
        };
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let client = build().map_err(|cause| {
            let message = format!("the HTTP client cannot be set up: {cause}");
            Error::new(ErrorKind::Configuration, Some(message))
        })?;
        Ok(place.get_or_init(|| client))
    }
}

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

fn system_roots() -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = rustls_platform_verifier::Verifier::new(provider.clone())
        .map_err(|error| causes(&error))?;
    trusting(Arc::new(verifier), provider)
}

fn trusting(
    verifier: Arc<dyn ServerCertVerifier>,
    provider: Arc<CryptoProvider>,
) -> Result<ClientConfig, String> {
    let mut tls = protocols(provider)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    // Given a configuration of ours, reqwest does not add these itself.
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

pub(super) fn no_roots() -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = protocols(provider)?.with_root_certificates(RootCertStore::empty());
    Ok(tls.with_no_client_auth())
}

type Unverified = rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>;

fn protocols(provider: Arc<CryptoProvider>) -> Result<Unverified, String> {
    let versions = &[&rustls::version::TLS13, &rustls::version::TLS12];
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions);
    builder.map_err(|error| causes(&error))
}

#[cfg(test)]
mod tests {
    use rustls::client::WebPkiServerVerifier;
    use rustls::pki_types::PrivateKeyDer;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 204 X\r\n\r\n";

    /// Asks a server that speaks these protocols and whose certificate is trusted; what was answered or why not, and
    /// the protocol agreed on.
    async fn asked(alpn: &[&[u8]]) -> (Result<u16, String>, Option<Vec<u8>>) {
        let made =
            rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let der = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut server = rustls::ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![der.clone()], key)
            .expect("a configuration");
        server.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();

        let mut roots = RootCertStore::empty();
        roots.add(der).expect("a root");
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        let verifier = verifier.build().expect("a verifier");
        let client = build(trusting(verifier, provider).expect("TLS"), false).expect("a client");

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
        let connections = Connections::default();
        let url = Url::parse("http://127.0.0.1:1/").expect("a URL");
        connections.client(&url).expect("a client");
        assert!(connections.local.get().is_some());
        assert!(connections.plain.get().is_none() && connections.secure.get().is_none());
    }
}
