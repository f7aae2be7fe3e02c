//! Whom we trust and how we show who we are: the settings of TLS.
//!
//! Source: arguments of the provider `huaweicloud` 1.97; like it, `cacert_file` replaces the system's authorities.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::Error;
use super::config::{Arguments, Setting};
use super::environment::Environment;
use super::error::causes;

const INSECURE: Setting = Setting {
    argument: "insecure",
    variables: &["HW_INSECURE", "OS_INSECURE"],
};
const CACERT_FILE: Setting = Setting {
    argument: "cacert_file",
    variables: &["OS_CACERT"],
};
const CERT: Setting = Setting {
    argument: "cert",
    variables: &["OS_CERT"],
};
const KEY: Setting = Setting {
    argument: "key",
    variables: &["OS_KEY"],
};

/// What every block of PEM begins with; no path does.
const PEM_START: &str = "-----BEGIN";

/// How connections are secured.
#[derive(Clone)]
pub(super) struct Tls {
    provider: Arc<CryptoProvider>,
    /// Whether any certificate of a server is accepted.
    pub(super) is_insecure: bool,
    /// Authorities to trust instead of the system's.
    roots: Option<Arc<RootCertStore>>,
    /// Our certificate, for servers that ask for one.
    identity: Option<Arc<SingleCertAndKey>>,
}

impl Tls {
    /// Looks up what the arguments leave open, reads the files and checks everything.
    ///
    /// # Errors
    /// `Configuration` if a file cannot be read, holds nothing of use, or a certificate and its key are not both
    /// there or do not belong together.
    pub(super) fn new(arguments: &Arguments, environment: &Environment) -> Result<Self, Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let identity = identity(arguments, environment, &provider)?;
        Ok(Self {
            is_insecure: INSECURE.switch(arguments.insecure, environment)?,
            roots: roots(arguments, environment)?.map(Arc::new),
            identity: identity.map(|key| Arc::new(SingleCertAndKey::from(key))),
            provider,
        })
    }

    /// The configuration of connections: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1.
    ///
    /// # Errors
    /// What is wrong, if the system's certificates cannot be loaded.
    pub(super) fn config(&self) -> Result<ClientConfig, String> {
        let verifier = self.verifier()?;
        let versions = &[&rustls::version::TLS13, &rustls::version::TLS12];
        let builder = ClientConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(versions)
            .map_err(|error| causes(&error))?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let identity: Arc<dyn ResolvesClientCert> = identity.clone();
                builder.with_client_cert_resolver(identity)
            }
        };
        // Given a configuration of ours, reqwest does not add these itself.
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }

    fn verifier(&self) -> Result<Arc<dyn ServerCertVerifier>, String> {
        let provider = self.provider.clone();
        if self.is_insecure {
            return Ok(Arc::new(AnyCertificate(provider)));
        }
        let Some(roots) = &self.roots else {
            let verifier = rustls_platform_verifier::Verifier::new(provider);
            return Ok(Arc::new(verifier.map_err(|error| causes(&error))?));
        };
        let builder = WebPkiServerVerifier::builder_with_provider(roots.clone(), provider);
        let verifier = builder.build().map_err(|error| causes(&error))?;
        Ok(verifier)
    }
}

/// A configuration for connections without TLS: loads no certificates and trusts nobody.
///
/// # Errors
/// What is wrong, should the library refuse its own defaults.
pub(super) fn unused() -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| causes(&error))?;
    let config = builder.with_root_certificates(RootCertStore::empty());
    Ok(config.with_no_client_auth())
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("is_insecure", &self.is_insecure)
            .field("roots", &self.roots.as_ref().map(|roots| roots.len()))
            .field("has_identity", &self.identity.is_some())
            .finish_non_exhaustive()
    }
}

fn roots(arguments: &Arguments, environment: &Environment) -> Result<Option<RootCertStore>, Error> {
    let cacert_file = arguments.cacert_file.as_deref();
    let Some(pem) = Pem::read(&CACERT_FILE, cacert_file, environment)? else {
        return Ok(None);
    };
    let mut roots = RootCertStore::empty();
    for certificate in pem.certificates()? {
        let added = roots.add(certificate);
        added.map_err(|error| {
            pem.wrong(&format!("holds a certificate that cannot be read: {error}"))
        })?;
    }
    Ok(Some(roots))
}

fn identity(
    arguments: &Arguments,
    environment: &Environment,
    provider: &CryptoProvider,
) -> Result<Option<CertifiedKey>, Error> {
    let cert = Pem::read(&CERT, arguments.cert.as_deref(), environment)?;
    let key = arguments.key.as_ref().map(super::Secret::expose);
    let key = Pem::read(&KEY, key, environment)?;
    let (cert, key) = match (cert, key) {
        (None, None) => return Ok(None),
        (Some(cert), Some(key)) => (cert, key),
        (cert, _) => {
            let (missing, given) = if cert.is_some() {
                (KEY, CERT)
            } else {
                (CERT, KEY)
            };
            let problem = format!(
                "is missing: `{}` is set, and a client certificate needs both; set the argument or the environment \
                 variable `{}`",
                given.argument,
                missing.variables.join("`, `")
            );
            return Err(Error::setting(missing.argument, problem));
        }
    };
    let private_key = PrivateKeyDer::from_pem_slice(&key.bytes);
    let private_key =
        private_key.map_err(|problem| key.wrong(&unusable("private key", &problem)))?;
    let signed = CertifiedKey::from_der(cert.certificates()?, private_key, provider);
    signed.map(Some).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            key.wrong("does not belong to the certificate in `cert`")
        }
        error => key.wrong(&format!(
            "cannot be used with the certificate in `cert`: {error}"
        )),
    })
}

/// Text in PEM, and the setting it comes from.
struct Pem<'a> {
    setting: &'a Setting,
    /// Where it comes from, for people.
    origin: String,
    bytes: Vec<u8>,
}

impl<'a> Pem<'a> {
    /// Reads a setting that is either PEM itself or the path of a file with it.
    fn read(
        setting: &'a Setting,
        argument: Option<&str>,
        environment: &Environment,
    ) -> Result<Option<Self>, Error> {
        let Some(found) = setting.find(argument, environment) else {
            return Ok(None);
        };
        if found.text.contains(PEM_START) {
            return Ok(Some(Self {
                setting,
                origin: "the text".to_owned(),
                bytes: found.text.into_bytes(),
            }));
        }
        let path = environment.expanded(&found.text);
        // What is no path may be a key pasted without its first line.
        let origin = match setting.argument == KEY.argument || found.text.contains('\n') {
            true => "the file it names".to_owned(),
            false => format!("the file `{}`", path.display()),
        };
        let bytes = std::fs::read(&path).map_err(|error| {
            let problem = format!(
                "must be PEM, which begins with `{PEM_START}`, or the path of a file with it; {origin} cannot be \
                 read: {error}"
            );
            setting.wrong(&found, problem)
        })?;
        Ok(Some(Self {
            setting,
            origin,
            bytes,
        }))
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, Error> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&self.bytes).collect();
        match certificates {
            Ok(certificates) if certificates.is_empty() => {
                Err(self.wrong(&unusable("certificate", &pem::Error::NoItemsFound)))
            }
            Ok(certificates) => Ok(certificates),
            Err(problem) => Err(self.wrong(&unusable("certificate", &problem))),
        }
    }

    fn wrong(&self, problem: &str) -> Error {
        Error::setting(
            self.setting.argument,
            format!("is wrong: {} {problem}", self.origin),
        )
    }
}

/// Why nothing of this kind was found. The parser's own words may quote a key.
fn unusable(what: &str, problem: &pem::Error) -> String {
    match problem {
        pem::Error::NoItemsFound => format!("holds no {what} in PEM"),
        _ => format!("holds a {what} whose PEM is damaged"),
    }
}

/// Accepts any certificate; the server still has to hold its key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests;
