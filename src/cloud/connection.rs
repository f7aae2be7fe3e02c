//! The HTTP clients with their pools of connections, and whom they trust.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

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
    let mut tls = protocols(provider)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

fn no_roots() -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = protocols(provider)?.with_root_certificates(RootCertStore::empty());
    Ok(tls.with_no_client_auth())
}

type Unverified = rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>;

fn protocols(provider: Arc<rustls::crypto::CryptoProvider>) -> Result<Unverified, String> {
    let versions = &[&rustls::version::TLS13, &rustls::version::TLS12];
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions);
    builder.map_err(|error| causes(&error))
}
