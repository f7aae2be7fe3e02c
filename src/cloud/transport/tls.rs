//! TLS of connections to services: the configuration of clients, and which server certificates are accepted.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use x509_cert::der::Decode;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::ExtendedKeyUsage;

use crate::cloud::error::error_chain;
use crate::cloud::settings::tls::TlsSettings;

/// The configuration of connections: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1.
///
/// # Errors
/// The cause, if the system's certificates cannot be loaded.
pub(in crate::cloud) fn client_config(settings: &TlsSettings) -> Result<ClientConfig, String> {
    let verifier = verifier(settings)?;
    let versions = &[&rustls::version::TLS13, &rustls::version::TLS12];
    let builder = ClientConfig::builder_with_provider(settings.provider.clone())
        .with_protocol_versions(versions)
        .map_err(|error| error_chain(&error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match &settings.identity {
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

/// Selects how servers are verified: not at all, by `cacert_file`, or by the system's certificate authorities.
fn verifier(settings: &TlsSettings) -> Result<Arc<dyn ServerCertVerifier>, String> {
    let provider = settings.provider.clone();
    if settings.is_insecure {
        return Ok(Arc::new(NoVerification(provider)));
    }
    let Some(trusted) = &settings.roots else {
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

/// The configuration of clients that use `http://` only: loads no certificates and trusts none.
///
/// # Errors
/// The cause, if the library rejects its own defaults.
pub(in crate::cloud) fn no_tls_config() -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error_chain(&error))?;
    let config = builder.with_root_certificates(RootCertStore::empty());
    Ok(config.with_no_client_auth())
}

/// Accepts certificates issued by the configured authorities, and the configured certificates themselves, as other
/// clients do: self-signed server certificates often claim to be an authority, which the usual check rejects.
#[derive(Debug)]
struct TrustedCertificateVerifier {
    authorities: Arc<WebPkiServerVerifier>,
    /// Server certificates that are accepted as they are, after [`verify_trusted_leaf`].
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

/// Checks a configured certificate for host name, validity and server usage, since its chain is not checked.
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

/// Extended key usages of server certificates: `serverAuth` and `anyExtendedKeyUsage`.
const SERVER_USAGES: [ObjectIdentifier; 2] = [
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1"),
    ObjectIdentifier::new_unwrap("2.5.29.37.0"),
];

/// Accepts every certificate; the server must still prove that it has the key.
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
