//! The host's certificate, as go-plugin makes it: self-signed, P-521, an authority's; and TLS with it.

use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use p521::ecdsa::signature::Signer as _;
use p521::ecdsa::{DerSignature, SigningKey};
use p521::elliptic_curve::Generate;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::CertificateDer;
use rustls::sign::{CertifiedKey, Signer};
use rustls::{
    ClientConfig, RootCertStore, SignatureAlgorithm, SignatureScheme, SupportedProtocolVersion,
};
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder, CertificateBuilder};
use x509_cert::der::asn1::Ia5String;
use x509_cert::der::pem::LineEnding;
use x509_cert::der::{DateTime, Encode, EncodePem, flagset::FlagSet, oid::db::rfc5280};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName,
};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};
use x509_cert::{Certificate, TbsCertificate};

/// A host's certificate with its key.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) pem: String,
    key: SigningKey,
}

impl Identity {
    /// A fresh one, in every detail like those of go-plugin 1.7.
    pub(crate) fn generate() -> Self {
        let key = SigningKey::generate();
        let public = SubjectPublicKeyInfoOwned::from_key(key.verifying_key()).unwrap();
        let now = SystemTime::now();
        let time = |at| Time::from(DateTime::from_system_time(at).unwrap());
        let validity = Validity::new(
            time(now - Duration::from_secs(30)),
            time(now + Duration::from_secs(262_980 * 3600)),
        );
        let serial = SerialNumber::new(&[0x4a; 16]).unwrap();
        let builder = CertificateBuilder::new(GoPlugin, serial, validity, public).unwrap();
        let certificate: Certificate = builder.build::<_, DerSignature>(&key).unwrap();
        Self {
            certificate: certificate.to_der().unwrap().into(),
            pem: certificate.to_pem(LineEnding::LF).unwrap(),
            key,
        }
    }

    /// The certificate of this one with the key of another: what a thief of the certificate has.
    pub(crate) fn without_its_key(&self) -> Self {
        Self {
            key: SigningKey::generate(),
            ..self.clone()
        }
    }

    /// What the host's TLS does with this identity: trusts `server` alone, speaks HTTP/2.
    pub(crate) fn config(&self, server: &CertificateDer<'static>) -> ClientConfig {
        self.config_for(server, rustls::ALL_VERSIONS).0
    }

    /// As [`config`](Self::config), for some versions of TLS only, with a look at what the server asks for.
    pub(crate) fn config_for(
        &self,
        server: &CertificateDer<'static>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> (ClientConfig, Arc<Answer>) {
        let key = HostKey(self.key.clone());
        let certified = CertifiedKey::new(vec![self.certificate.clone()], Arc::new(key));
        let answer = Arc::new(Answer {
            certified: Some(Arc::new(certified)),
            asked: Mutex::default(),
        });
        (config(server, versions, answer.clone()), answer)
    }
}

/// TLS of somebody without any certificate.
pub(crate) fn anonymous(server: &CertificateDer<'static>) -> ClientConfig {
    let answer = Answer {
        certified: None,
        asked: Mutex::default(),
    };
    config(server, rustls::ALL_VERSIONS, Arc::new(answer))
}

fn config(
    server: &CertificateDer<'static>,
    versions: &[&'static SupportedProtocolVersion],
    answer: Arc<Answer>,
) -> ClientConfig {
    // The usual verifier with one trusted certificate: it checks name, validity and usage as Go's does.
    let mut roots = RootCertStore::empty();
    roots.add(server.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_client_cert_resolver(answer);
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

/// The client's answer to the server's wish for a certificate; notes the wish.
#[derive(Debug)]
pub(crate) struct Answer {
    certified: Option<Arc<CertifiedKey>>,
    asked: Mutex<Option<Asked>>,
}

/// What the server's CertificateRequest holds.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) authorities: Vec<Vec<u8>>,
    pub(crate) schemes: Vec<SignatureScheme>,
}

impl Answer {
    pub(crate) fn asked(&self) -> Option<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl ResolvesClientCert for Answer {
    fn resolve(
        &self,
        authorities: &[&[u8]],
        schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        *self.asked.lock().unwrap() = Some(Asked {
            authorities: authorities.iter().map(|name| name.to_vec()).collect(),
            schemes: schemes.to_vec(),
        });
        self.certified.clone()
    }

    fn has_certs(&self) -> bool {
        self.certified.is_some()
    }
}

/// A P-521 key for `rustls`, whose `ring` has none.
#[derive(Debug, Clone)]
struct HostKey(SigningKey);

impl rustls::sign::SigningKey for HostKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let ours = SignatureScheme::ECDSA_NISTP521_SHA512;
        offered
            .contains(&ours)
            .then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for HostKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let signature: DerSignature = self.0.sign(message);
        Ok(signature.as_bytes().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP521_SHA512
    }
}

/// Names and extensions of go-plugin's certificates.
struct GoPlugin;

impl BuilderProfile for GoPlugin {
    fn get_issuer(&self, subject: &Name) -> Name {
        subject.clone()
    }

    fn get_subject(&self) -> Name {
        // The text form of a name is the reverse of its order on the wire.
        Name::from_str("CN=localhost,O=HashiCorp").unwrap()
    }

    fn build_extensions(
        &self,
        _key: SubjectPublicKeyInfoRef<'_>,
        _issuer_key: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let usages: FlagSet<KeyUsages> = KeyUsages::DigitalSignature
            | KeyUsages::KeyEncipherment
            | KeyUsages::KeyAgreement
            | KeyUsages::KeyCertSign;
        let purposes = vec![rfc5280::ID_KP_CLIENT_AUTH, rfc5280::ID_KP_SERVER_AUTH];
        let authority = BasicConstraints {
            ca: true,
            path_len_constraint: None,
        };
        let name = GeneralName::DnsName(Ia5String::new("localhost")?);
        let subject = tbs.subject();
        Ok(vec![
            KeyUsage(usages).to_extension(subject, &[])?,
            ExtendedKeyUsage(purposes).to_extension(subject, &[])?,
            authority.to_extension(subject, &[])?,
            SubjectAltName(vec![name]).to_extension(subject, &[])?,
        ])
    }
}
