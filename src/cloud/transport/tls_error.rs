//! Explains TLS and proxy errors, with the argument or variable that helps.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError};

use crate::cloud::error::TlsProblem;

/// The error of TLS that caused this one, if any.
pub(in crate::cloud) fn find<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    // An I/O error passes over what it wraps when asked for its source.
    let io = error.downcast_ref::<io::Error>();
    let wrapped = io.and_then(io::Error::get_ref);
    error
        .downcast_ref()
        .or_else(|| wrapped.and_then(|wrapped| find(wrapped)))
        .or_else(|| error.source().and_then(find))
}

/// Whether the server ended the connection because of our certificate. It does so after the handshake has ended on our
/// side, so a request may be on its way; it is not read.
pub(in crate::cloud) fn is_client_certificate_error(error: &rustls::Error) -> bool {
    use AlertDescription::{
        AccessDenied, BadCertificate, CertificateExpired, CertificateRequired, CertificateRevoked,
        CertificateUnknown, DecryptError, UnknownCA, UnsupportedCertificate,
    };
    matches!(
        error,
        rustls::Error::AlertReceived(
            AccessDenied
                | BadCertificate
                | CertificateExpired
                | CertificateRequired
                | CertificateRevoked
                | CertificateUnknown
                | DecryptError
                | UnknownCA
                | UnsupportedCertificate
        )
    )
}

/// Whether the cause is that the process, or the machine, may open no more files: a connection is one.
pub(in crate::cloud) fn is_out_of_files(error: &(dyn Error + 'static)) -> bool {
    let io = error.downcast_ref::<io::Error>();
    let wrapped = io.and_then(io::Error::get_ref);
    io.and_then(io::Error::raw_os_error)
        .is_some_and(|code| OUT_OF_FILES.contains(&code))
        || wrapped.is_some_and(|wrapped| is_out_of_files(wrapped))
        || error.source().is_some_and(is_out_of_files)
}

/// `ENFILE` and `EMFILE`, which have these numbers on every Unix that Rust supports, and `WSAEMFILE`.
#[cfg(not(windows))]
const OUT_OF_FILES: [i32; 2] = [23, 24];
#[cfg(windows)]
const OUT_OF_FILES: [i32; 1] = [10024];

/// Explains why a proxy did not open a tunnel, from the text of the causes, and says whether a retry is pointless. The
/// library's error has no type to match on.
pub(in crate::cloud) fn explain_proxy_error(cause: &str) -> Option<(&'static str, bool)> {
    if cause.contains("proxy authorization required") {
        let explanation = "the proxy requires a user name and password: include them in the URL in `HTTPS_PROXY` or \
                           `ALL_PROXY`, for example `http://USER:PASSWORD@HOST:PORT`";
        return Some((explanation, true));
    }
    let is_refused = cause.contains("tunnel error: unsuccessful")
        || cause.contains("tunnel error: unexpected end");
    is_refused.then_some((
        "the proxy did not establish the connection: check that `HTTPS_PROXY` or `ALL_PROXY` is correct and that \
         the proxy allows connections to this host, or add the host to `NO_PROXY`",
        false,
    ))
}

/// What is wrong and what to do about it.
pub(in crate::cloud) fn explain(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(problem) => format!(
            "{}; setting `insecure` to `true` disables this check but leaves the server's identity unverified",
            explain_certificate_error(problem)
        ),
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "the server requires a client certificate: set `cert` and `key`".to_owned()
        }
        error if is_client_certificate_error(error) => {
            "the server rejected the client certificate: check `cert` and `key`".to_owned()
        }
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            "the server does not support TLS 1.2 or later".to_owned()
        }
        rustls::Error::InvalidMessage(_) => {
            "the server does not support TLS: check `endpoints`, or use an `http://` URL for a plain HTTP server"
                .to_owned()
        }
        _ => "the TLS handshake failed".to_owned(),
    }
}

/// The problem behind a TLS error.
pub(in crate::cloud) fn classify(error: &rustls::Error) -> TlsProblem {
    use CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet,
        NotValidYetContext, UnknownIssuer,
    };
    match error {
        rustls::Error::InvalidCertificate(problem) => match problem {
            UnknownIssuer => TlsProblem::UntrustedAuthority,
            Expired | ExpiredContext { .. } => TlsProblem::Expired,
            NotValidYet | NotValidYetContext { .. } => TlsProblem::NotValidYet,
            NotValidForName | NotValidForNameContext { .. } => TlsProblem::OtherHost,
            _ => TlsProblem::Other,
        },
        rustls::Error::InvalidMessage(_) => TlsProblem::NotTls,
        error if is_client_certificate_error(error) => TlsProblem::ClientCertificate,
        _ => TlsProblem::Other,
    }
}

/// What is wrong with a server's certificate, and which argument helps.
fn explain_certificate_error(problem: &CertificateError) -> &'static str {
    use CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet,
        NotValidYetContext, Revoked, UnknownIssuer,
    };
    match problem {
        UnknownIssuer => {
            "the server's certificate was issued by an untrusted authority: set `cacert_file` to that authority's \
             certificate"
        }
        Expired | ExpiredContext { .. } => {
            "the server's certificate has expired: renew the certificate, or check this machine's clock"
        }
        NotValidYet | NotValidYetContext { .. } => {
            "the server's certificate is not valid yet: check this machine's clock"
        }
        NotValidForName | NotValidForNameContext { .. } => {
            "the server's certificate is for another host: check `endpoints`, `cloud` and the proxy"
        }
        Revoked => "the server's certificate has been revoked",
        _ => {
            "the server's certificate is not valid: if it was issued by a private authority, check `cacert_file`"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_certificate_errors_name_the_problem_and_the_remedy() {
        for (problem, named, kind) in [
            (
                CertificateError::UnknownIssuer,
                "`cacert_file`",
                TlsProblem::UntrustedAuthority,
            ),
            (CertificateError::Expired, "expired", TlsProblem::Expired),
            (
                CertificateError::NotValidYet,
                "clock",
                TlsProblem::NotValidYet,
            ),
            (
                CertificateError::NotValidForName,
                "another host: check `endpoints`",
                TlsProblem::OtherHost,
            ),
            (CertificateError::Revoked, "revoked", TlsProblem::Other),
            (
                CertificateError::BadSignature,
                "is not valid",
                TlsProblem::Other,
            ),
        ] {
            let error = rustls::Error::InvalidCertificate(problem);
            assert_eq!(classify(&error), kind);
            let text = explain(&error);
            assert!(
                text.contains(named) && text.contains("`insecure`"),
                "{text}"
            );
        }
    }

    #[test]
    fn only_alerts_about_the_client_certificate_name_its_arguments() {
        for (alert, named) in [
            (AlertDescription::UnknownCA, "`cert` and `key`"),
            (
                AlertDescription::CertificateRequired,
                "set `cert` and `key`",
            ),
            (AlertDescription::ProtocolVersion, "TLS 1.2"),
            (AlertDescription::InternalError, "TLS handshake failed"),
        ] {
            let error = rustls::Error::AlertReceived(alert);
            assert!(explain(&error).contains(named), "{alert:?}");
            assert_eq!(
                is_client_certificate_error(&error),
                named.contains("`cert`"),
                "{alert:?}"
            );
        }
    }

    #[test]
    fn wrapped_too_many_open_files_errors_are_found() {
        for (code, expected) in [(OUT_OF_FILES[0], true), (1, false)] {
            let wrapped = io::Error::other(io::Error::from_raw_os_error(code));
            assert_eq!(is_out_of_files(&wrapped), expected, "{code}");
        }
    }

    #[test]
    fn wrapped_tls_errors_are_found() {
        let tls = rustls::Error::InvalidCertificate(CertificateError::Expired);
        let wrapped = io::Error::other(io::Error::other(tls.clone()));
        assert_eq!(find(&wrapped), Some(&tls));
        assert_eq!(find(&io::Error::other("something else")), None);
    }
}
