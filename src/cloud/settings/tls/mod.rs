//! Whom we trust and how we show who we are: the settings of TLS.
//!
//! Source: arguments of the provider `huaweicloud` 1.97; like it, `cacert_file` replaces the system's authorities.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use x509_cert::der::Decode;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::ExtendedKeyUsage;

use crate::cloud::error::Error;
use crate::cloud::error::error_chain;
use crate::cloud::settings::Arguments;
use crate::cloud::settings::environment::Environment;
use crate::cloud::settings::path;
use crate::cloud::settings::setting::Setting;

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
pub(in crate::cloud) struct TlsSettings {
    provider: Arc<CryptoProvider>,
    /// Whether any certificate of a server is accepted.
    pub(in crate::cloud) is_insecure: bool,
    /// What to trust instead of the system's authorities.
    roots: Option<TrustedCertificates>,
    /// Our certificate, for servers that ask for one.
    identity: Option<Arc<SingleCertAndKey>>,
}

impl TlsSettings {
    /// Looks up what the arguments leave open, reads the files and checks everything.
    ///
    /// # Errors
    /// `Configuration` if a file cannot be read, holds nothing of use, or a certificate and its key are not both
    /// there or do not belong together.
    pub(in crate::cloud) fn new(
        arguments: &Arguments,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let identity = identity(arguments, environment, &provider)?;
        Ok(Self {
            is_insecure: INSECURE.bool(arguments.insecure, environment)?,
            roots: roots(arguments, environment)?,
            identity: identity.map(|key| Arc::new(SingleCertAndKey::from(key))),
            provider,
        })
    }

    /// The configuration of connections: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1.
    ///
    /// # Errors
    /// What is wrong, if the system's certificates cannot be loaded.
    pub(in crate::cloud) fn config(&self) -> Result<ClientConfig, String> {
        let verifier = self.verifier()?;
        let versions = &[&rustls::version::TLS13, &rustls::version::TLS12];
        let builder = ClientConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(versions)
            .map_err(|error| error_chain(&error))?
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
            return Ok(Arc::new(NoVerification(provider)));
        }
        let Some(trusted) = &self.roots else {
            let verifier = rustls_platform_verifier::Verifier::new(provider);
            return Ok(Arc::new(verifier.map_err(|error| error_chain(&error))?));
        };
        let roots = trusted.roots.clone();
        let builder = WebPkiServerVerifier::builder_with_provider(roots, provider);
        Ok(Arc::new(TrustedCertificateVerifier {
            authorities: builder.build().map_err(|error| error_chain(&error))?,
            certificates: trusted.certificates.clone(),
        }))
    }
}

/// A configuration for connections without TLS: loads no certificates and trusts nobody.
///
/// # Errors
/// What is wrong, should the library refuse its own defaults.
pub(in crate::cloud) fn no_tls_config() -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error_chain(&error))?;
    let config = builder.with_root_certificates(RootCertStore::empty());
    Ok(config.with_no_client_auth())
}

impl fmt::Debug for TlsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("is_insecure", &self.is_insecure)
            .field(
                "roots",
                &self.roots.as_ref().map(|trusted| trusted.roots.len()),
            )
            .field("has_identity", &self.identity.is_some())
            .finish_non_exhaustive()
    }
}

/// Certificates that somebody has named, as authorities and as they are.
#[derive(Clone)]
struct TrustedCertificates {
    roots: Arc<RootCertStore>,
    certificates: Arc<[CertificateDer<'static>]>,
}

fn roots(
    arguments: &Arguments,
    environment: &Environment,
) -> Result<Option<TrustedCertificates>, Error> {
    let cacert_file = arguments.cacert_file.as_deref();
    let Some(pem) = Pem::read(&CACERT_FILE, cacert_file, environment)? else {
        return Ok(None);
    };
    let mut roots = RootCertStore::empty();
    let certificates = pem.certificates()?;
    for certificate in &certificates {
        let added = roots.add(certificate.clone());
        added.map_err(|error| {
            pem.invalid(&format!(
                "contains a certificate that cannot be read: {error}"
            ))
        })?;
    }
    Ok(Some(TrustedCertificates {
        roots: Arc::new(roots),
        certificates: certificates.into(),
    }))
}

fn identity(
    arguments: &Arguments,
    environment: &Environment,
    provider: &CryptoProvider,
) -> Result<Option<CertifiedKey>, Error> {
    let cert = Pem::read(&CERT, arguments.cert.as_deref(), environment)?;
    let key = arguments.key.as_ref().map(super::Sensitive::expose);
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
                "is missing: `{}` is set, but a client certificate needs both; set the argument or the environment \
                 variable `{}`",
                given.argument,
                missing.variables.join("`, `")
            );
            return Err(Error::setting(missing.argument, problem));
        }
    };
    let private_key = PrivateKeyDer::from_pem_slice(&key.bytes);
    let private_key =
        private_key.map_err(|problem| key.invalid(&pem_problem("private key", &problem)))?;
    let signed = CertifiedKey::from_der(cert.certificates()?, private_key, provider);
    signed.map(Some).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            key.invalid("does not match the certificate in `cert`")
        }
        error => key.invalid(&format!(
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
        // What is no path may be a key pasted without its first line, into whichever argument.
        let origin = match setting.argument == KEY.argument {
            true => "the file (path not shown)".to_owned(),
            false => path::describe_path(&found.text),
        };
        let bytes = std::fs::read(environment.expand_home(&found.text)).map_err(|error| {
            let problem = format!(
                "must be PEM text, which begins with `{PEM_START}`, or the path of a PEM file; {origin} cannot be \
                 read: {error}"
            );
            setting.invalid(&found, problem)
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
                Err(self.invalid(&pem_problem("certificate", &pem::Error::NoItemsFound)))
            }
            Ok(certificates) => Ok(certificates),
            Err(problem) => Err(self.invalid(&pem_problem("certificate", &problem))),
        }
    }

    fn invalid(&self, problem: &str) -> Error {
        Error::setting(
            self.setting.argument,
            format!("is invalid: {} {problem}", self.origin),
        )
    }
}

/// Why nothing of this kind was found. The parser's own words may quote a key.
fn pem_problem(what: &str, problem: &pem::Error) -> String {
    match problem {
        pem::Error::NoItemsFound => format!("contains no {what} in PEM format"),
        _ => format!("contains a {what} in damaged PEM format"),
    }
}

/// Accepts what the named authorities have signed, and the named certificates themselves, as other clients do: those that
/// a server has made for itself often say that they are an authority, which the usual check refuses.
#[derive(Debug)]
struct TrustedCertificateVerifier {
    authorities: Arc<WebPkiServerVerifier>,
    certificates: Arc<[CertificateDer<'static>]>,
}

impl ServerCertVerifier for TrustedCertificateVerifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified =
            self.authorities
                .verify_server_cert(certificate, intermediates, name, ocsp, now);
        match verified {
            Err(_) if self.certificates.contains(certificate) => {
                verify_trusted_leaf(certificate, name, now)
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.authorities
            .verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.authorities
            .verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authorities.supported_verify_schemes()
    }
}

/// Checks what naming a certificate does not say: that it is for this host, at this time, and for servers.
fn verify_trusted_leaf(
    certificate: &CertificateDer<'_>,
    name: &ServerName<'_>,
    now: UnixTime,
) -> Result<ServerCertVerified, rustls::Error> {
    verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
    let read = x509_cert::Certificate::from_der(certificate);
    let read = read.map_err(|_| CertificateError::BadEncoding)?;
    let certificate = read.tbs_certificate();
    let validity = certificate.validity();
    let seconds = now.as_secs();
    if seconds < validity.not_before.to_unix_duration().as_secs() {
        return Err(CertificateError::NotValidYet.into());
    }
    if seconds > validity.not_after.to_unix_duration().as_secs() {
        return Err(CertificateError::Expired.into());
    }
    let usage = certificate.get_extension::<ExtendedKeyUsage>();
    match usage.map_err(|_| CertificateError::BadEncoding)? {
        Some((_, usage)) if !usage.0.iter().any(|usage| SERVER_USAGES.contains(usage)) => {
            Err(CertificateError::InvalidPurpose.into())
        }
        _ => Ok(ServerCertVerified::assertion()),
    }
}

/// Extended key usages that allow a certificate to a server: `serverAuth` and `anyExtendedKeyUsage`.
const SERVER_USAGES: [ObjectIdentifier; 2] = [
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1"),
    ObjectIdentifier::new_unwrap("2.5.29.37.0"),
];

/// Accepts any certificate; the server still has to hold its key.
#[derive(Debug)]
struct NoVerification(Arc<CryptoProvider>);

impl ServerCertVerifier for NoVerification {
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
