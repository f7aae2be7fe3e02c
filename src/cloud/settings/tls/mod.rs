//! The settings of TLS: which servers to trust, and the client certificate.
//!
//! Source: arguments of the provider `huaweicloud` 1.97; like it, `cacert_file` replaces the system's authorities.

use std::fmt;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};

use crate::cloud::error::Error;
use crate::cloud::settings::Arguments;
use crate::cloud::settings::environment::Environment;
use crate::cloud::settings::path;
use crate::cloud::settings::setting::Setting;
use crate::cloud::settings::variables;

const INSECURE: Setting = Setting {
    argument: "insecure",
    variables: variables::INSECURE,
};
const CACERT_FILE: Setting = Setting {
    argument: "cacert_file",
    variables: variables::CACERT_FILE,
};
const CERT: Setting = Setting {
    argument: "cert",
    variables: variables::CERT,
};
const KEY: Setting = Setting {
    argument: "key",
    variables: variables::KEY,
};

/// The start of every PEM block; no path starts like this.
const PEM_START: &str = "-----BEGIN";

/// TLS settings, with the contents of the files.
#[derive(Clone)]
pub(in crate::cloud) struct TlsSettings {
    pub(in crate::cloud) provider: Arc<CryptoProvider>,
    /// Whether every server certificate is accepted.
    pub(in crate::cloud) is_insecure: bool,
    /// What to trust instead of the system's certificate authorities.
    pub(in crate::cloud) roots: Option<TrustedCertificates>,
    /// The client certificate, for servers that request one.
    pub(in crate::cloud) identity: Option<Arc<SingleCertAndKey>>,
}

impl TlsSettings {
    /// Resolves the settings, reads the files and checks them.
    ///
    /// # Errors
    /// `Configuration` if a file cannot be read or contains no PEM of the right kind, or if certificate and
    /// key are not both set or do not match.
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

/// Certificates from `cacert_file`: as authorities, and as server certificates themselves.
#[derive(Clone)]
pub(in crate::cloud) struct TrustedCertificates {
    pub(in crate::cloud) roots: Arc<RootCertStore>,
    /// The same certificates, for servers that present one of them as it is.
    pub(in crate::cloud) certificates: Arc<[CertificateDer<'static>]>,
}

/// Certificates to trust, from `cacert_file`; `None` for the system's.
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
                "contains a certificate that cannot be parsed: {error}"
            ))
        })?;
    }
    Ok(Some(TrustedCertificates {
        roots: Arc::new(roots),
        certificates: certificates.into(),
    }))
}

/// The client certificate with its key; `None` if neither is set.
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
                "is required when `{}` is set: set the argument or {}",
                given.argument,
                missing.one_of_variables()
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

/// PEM text, and the setting that it comes from.
struct Pem<'a> {
    setting: &'a Setting,
    /// Where it comes from, for messages.
    origin: String,
    bytes: Vec<u8>,
}

impl<'a> Pem<'a> {
    /// Reads a setting that is either PEM text or the path of a PEM file.
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
                origin: "the value".to_owned(),
                bytes: found.text.into_bytes(),
            }));
        }
        // Anything else may be a key that was pasted without its first line, into any of these arguments.
        let origin = match setting.argument == KEY.argument {
            true => "the file (path redacted)".to_owned(),
            false => path::describe_path(&found.text),
        };
        let bytes = std::fs::read(environment.expand_home(&found.text)).map_err(|error| {
            let problem = format!(
                "must be PEM text (beginning with `{PEM_START}`) or the path to a PEM file, but {origin} cannot be \
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

    /// All certificates of the text, at least one.
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

    /// The error for unusable contents; `problem` follows a description of where they come from.
    fn invalid(&self, problem: &str) -> Error {
        Error::setting(
            self.setting.argument,
            format!("is invalid: {} {problem}", self.origin),
        )
    }
}

/// The problem of a PEM text. The parser's own error may quote a key.
fn pem_problem(what: &str, problem: &pem::Error) -> String {
    match problem {
        pem::Error::NoItemsFound => format!("contains no {what} in PEM format"),
        _ => format!("contains a {what} that is not valid PEM"),
    }
}

#[cfg(test)]
mod tests;
