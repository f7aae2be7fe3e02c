//! The handshake with the host: the cookie, and the one line on standard output.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::listener::{ListenAddress, Listener};
use super::tls::ServerTls;
use super::{Error, HostEnvironment, Mode, Plugin};

/// Version of go-plugin's own protocol, the first field of the line.
const CORE_PROTOCOL: u32 = 1;

/// Checks that a host started the plugin. Debug mode needs no cookie.
///
/// # Errors
/// [`Error::StartedByHand`].
pub(super) fn check_cookie(
    plugin: &Plugin,
    environment: &HostEnvironment,
    mode: Mode,
) -> Result<(), Error> {
    if mode == Mode::Debug || environment.cookie.as_deref() == Some(plugin.cookie.value) {
        return Ok(());
    }
    Err(Error::StartedByHand { name: plugin.name })
}

/// Writes the handshake line. Call it after the socket is open, because the host connects at once.
///
/// # Errors
/// [`Error::Announce`].
pub(super) fn announce(
    plugin: &Plugin,
    environment: &HostEnvironment,
    listener: &Listener,
    tls: Option<&ServerTls>,
    output: &mut impl Write,
) -> Result<(), Error> {
    let version = plugin.protocol_version;
    if !is_offered(environment.protocol_versions.as_deref(), version) {
        // Continue anyway: the host reports an unsupported version better than we can.
        tracing::warn!(version, "the host does not support this protocol version");
    }
    let line = handshake_line(
        version,
        listener.address(),
        tls.map(|tls| tls.certificate().as_ref()),
        environment.multiplex,
    );
    output
        .write_all(line.as_bytes())
        .and_then(|()| output.flush())
        .map_err(Error::Announce)
}

/// Writes the error in place of the handshake line: hosts show the user the first line of standard output if it is not
/// a handshake, but not standard error.
///
/// Source: go-plugin 1.7, `Client.Start`, "Unrecognized remote plugin message".
pub(super) fn announce_failure(plugin: &Plugin, error: &Error, output: &mut impl Write) {
    let line = failure_line(plugin.name, &error.to_string());
    // It is on standard error too; there is no other output.
    let _ = output
        .write_all(line.as_bytes())
        .and_then(|()| output.flush());
}

/// The message in one line, and without what separates a handshake's fields.
fn failure_line(name: &str, message: &str) -> String {
    let message = message.replace('|', "¦");
    let words: Vec<&str> = message.split_whitespace().collect();
    format!("{name}: {}\n", words.join(" "))
}

/// Whether the host's list, such as `5,6`, contains our version. Other text is ignored.
fn is_offered(versions: Option<&str>, ours: u32) -> bool {
    versions
        .unwrap_or_default()
        .split(',')
        .any(|version| version.trim().parse() == Ok(ours))
}

/// The line, with its line break. `certificate` is DER; without TLS its field is there and empty.
///
/// Source: go-plugin 1.7, `Serve`, and `Client.Start`, which reads it.
fn handshake_line(
    version: u32,
    address: &ListenAddress,
    certificate: Option<&[u8]>,
    multiplex: bool,
) -> String {
    let network = address.network();
    // Go's decoder on the other side takes no `=` padding.
    let certificate = STANDARD_NO_PAD.encode(certificate.unwrap_or_default());
    // We do not multiplex the broker. Hosts that never asked may split the line into six fields at most and would take
    // a seventh for a part of the certificate.
    let multiplexing = if multiplex { "|false" } else { "" };
    format!("{CORE_PROTOCOL}|{version}|{network}|{address}|grpc|{certificate}{multiplexing}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_startup_error_cannot_be_mistaken_for_a_handshake() {
        assert_eq!(
            failure_line("test", "no socket in `/a|b|c|d`:\n  not found"),
            "test: no socket in `/a¦b¦c¦d`: not found\n"
        );
    }

    #[test]
    fn c03_the_line_has_six_fields_and_an_empty_certificate_without_tls() {
        let address = ListenAddress::Socket("/tmp/plugin1".into());
        assert_eq!(
            handshake_line(6, &address, None, false),
            "1|6|unix|/tmp/plugin1|grpc|\n"
        );
    }

    #[test]
    fn c07_a_multiplexing_host_gets_a_seventh_field() {
        let address = ListenAddress::Port(([127, 0, 0, 1], 10000).into());
        assert_eq!(
            handshake_line(6, &address, Some(&[1, 2, 3, 4]), true),
            "1|6|tcp|127.0.0.1:10000|grpc|AQIDBA|false\n"
        );
    }

    #[test]
    fn c06_host_versions_match_in_any_order_and_ignore_invalid_entries() {
        for offered in ["6", "5,6", "6,5", "x, 6 ,"] {
            assert!(is_offered(Some(offered), 6), "{offered}");
        }
        for refused in [None, Some(""), Some("5"), Some("66"), Some("six")] {
            assert!(!is_offered(refused, 6), "{refused:?}");
        }
    }
}
