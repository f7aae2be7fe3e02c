//! AutoMTLS: a certificate for this process, and one pinned client certificate.
//!
//! Host and plugin exchange their self-signed certificates through the environment and standard output, so no authority
//! is needed: the client must present exactly the given certificate and prove that it has the key.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use p521::ecdsa::signature::Verifier;
use p521::ecdsa::{DerSignature, VerifyingKey};
use p521::pkcs8::DecodePublicKey;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, ParsedCertificate};
use rustls::sign::{CertifiedKey, Signer, SigningKey, SingleCertAndKey};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureAlgorithm,
    SignatureScheme,
};
use tokio_rustls::TlsAcceptor;

use super::{Error, HostEnvironment, Mode};

/// How far our certificate is dated back, because clocks may be set back a little while we start.
const BACKDATED: Duration = Duration::from_secs(30);

/// How long our certificate is valid: longer than any process runs.
const VALIDITY: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// The TLS side of one process.
pub(super) struct ServerTls {
    acceptor: TlsAcceptor,
    certificate: CertificateDer<'static>,
}

impl ServerTls {
    /// Makes a fresh key and certificate, and pins the client's. `None` if the host gave no certificate, or if there is
    /// no host.
    ///
    /// # Errors
    /// [`Error::ClientCertificate`] if there is a certificate that cannot be read: plain text would then be no answer.
    ///
    /// Source: go-plugin 1.7, `Serve` and `generateCert`.
    pub(super) fn for_client(
        environment: &HostEnvironment,
        mode: Mode,
    ) -> Result<Option<Self>, Error> {
        match (&environment.client_certificate, mode) {
            (Some(pem), Mode::Managed) => Self::new(pem).map(Some),
            _ => Ok(None),
        }
    }

    /// TLS that accepts exactly the client with this certificate.
    fn new(client_pem: &str) -> Result<Self, Error> {
        let provider = Arc::new(ring::default_provider());
        let verifier = PinnedClient::from_pem(client_pem, &provider)?;
        let (certificate, key) =
            generate_certificate().map_err(|error| Error::Tls(error.into()))?;
        let own = CertifiedKey::new(
            vec![certificate.clone()],
            Arc::new(ServerKey(Arc::new(key))),
        );
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::Tls(error.into()))?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(own)));
        // gRPC clients refuse a server that does not choose HTTP/2.
        config.alpn_protocols = vec![b"h2".to_vec()];
        // A host connects once: nothing to resume.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            certificate,
        })
    }

    /// What takes a client's bytes and makes them a connection.
    pub(super) fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }

    /// Our certificate, which the host trusts once it has read it in the handshake line.
    pub(super) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }
}

/// A P-256 key, and a certificate for the only name by which a host calls its plugins.
fn generate_certificate() -> Result<(CertificateDer<'static>, KeyPair), rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
    params
        .distinguished_name
        .push(DnType::CommonName, "localhost");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = SystemTime::now();
    params.not_before = now.checked_sub(BACKDATED).unwrap_or(now).into();
    params.not_after = now.checked_add(VALIDITY).unwrap_or(now).into();
    let certificate = params.self_signed(&key)?;
    Ok((certificate.into(), key))
}

/// The key of our certificate, as it was generated. Encoding it for `rustls` would mean to decode and check it again, which
/// takes a quarter of the cryptography of a start.
#[derive(Clone, Debug)]
struct ServerKey(Arc<KeyPair>);

impl SigningKey for ServerKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let is_offered = offered.contains(&self.scheme());
        is_offered.then(|| -> Box<dyn Signer> { Box::new(self.clone()) })
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for ServerKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let signature = rcgen::SigningKey::sign(&*self.0, message);
        signature.map_err(|error| rustls::Error::General(error.to_string()))
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP256_SHA256
    }
}

/// Accepts one client certificate, compared byte by byte, from a client that has its key.
///
/// The usual verifier asks who issued a certificate and for what. It would refuse the host's, which is an authority's
/// (`CA:TRUE`) and used as a client's; pinning makes both checks unnecessary.
#[derive(Debug)]
struct PinnedClient {
    certificate: CertificateDer<'static>,
    key: PinnedKey,
}

/// How signatures of the pinned key are checked.
#[derive(Debug)]
enum PinnedKey {
    /// With `p521`: go-plugin's keys are on this curve, and `ring` does not know it.
    P521(Box<VerifyingKey>),
    /// With `ring`, from the certificate: hosts other than go-plugin.
    Other(WebPkiSupportedAlgorithms),
}

impl PinnedClient {
    /// Pins the certificate in a PEM text; an unreadable one is an error.
    fn from_pem(pem: &str, provider: &CryptoProvider) -> Result<Self, Error> {
        let refuse = |reason: String| Error::ClientCertificate { reason };
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(|error| refuse(error.to_string()))?;
        let parsed =
            ParsedCertificate::try_from(&certificate).map_err(|error| refuse(error.to_string()))?;
        let key = match VerifyingKey::from_public_key_der(&parsed.subject_public_key_info()) {
            Ok(key) => PinnedKey::P521(Box::new(key)),
            Err(_) => PinnedKey::Other(provider.signature_verification_algorithms),
        };
        Ok(Self { certificate, key })
    }
}

impl ClientCertVerifier for PinnedClient {
    /// None: a Go client that finds foreign names here sends no certificate.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if *end_entity == self.certificate {
            return Ok(ClientCertVerified::assertion());
        }
        Err(CertificateError::UnknownIssuer.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match &self.key {
            PinnedKey::P521(key) => verify_p521(key, message, signed),
            PinnedKey::Other(known) => verify_tls12_signature(message, certificate, signed, known),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match &self.key {
            PinnedKey::P521(key) => verify_p521(key, message, signed),
            PinnedKey::Other(known) => verify_tls13_signature(message, certificate, signed, known),
        }
    }

    /// For a P-521 key this one alone: in TLS 1.2 a Go client signs with the first hash offered, whatever its curve.
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        match &self.key {
            PinnedKey::P521(_) => vec![SignatureScheme::ECDSA_NISTP521_SHA512],
            PinnedKey::Other(known) => known.supported_schemes(),
        }
    }
}

/// Checks `ECDSA_NISTP521_SHA512`. The key is the pinned one, which the presented certificate was found equal to.
fn verify_p521(
    key: &VerifyingKey,
    message: &[u8],
    signed: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, rustls::Error> {
    let refused = || rustls::Error::from(CertificateError::BadSignature);
    if signed.scheme != SignatureScheme::ECDSA_NISTP521_SHA512 {
        return Err(refused());
    }
    let signature = DerSignature::from_bytes(signed.signature()).map_err(|_| refused())?;
    key.verify(message, &signature).map_err(|_| refused())?;
    Ok(HandshakeSignatureValid::assertion())
}
