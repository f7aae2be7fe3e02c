//! The host's environment variables; no other file of this module reads them.

use std::ffi::OsString;
use std::path::PathBuf;

use super::Plugin;

/// The settings of one start, as given: parsed where they are used. An empty variable counts as absent.
///
/// Source: go-plugin 1.7, `constants.go` and `server.go`.
#[derive(Debug, Clone, Default)]
pub struct HostEnvironment {
    /// Value of the cookie variable.
    pub cookie: Option<String>,
    /// `PLUGIN_PROTOCOL_VERSIONS`: the majors that the host speaks, comma-separated, in any order.
    pub protocol_versions: Option<String>,
    /// `PLUGIN_CLIENT_CERT`: PEM of the only certificate that may connect; absent means no TLS.
    pub client_certificate: Option<String>,
    /// `PLUGIN_MULTIPLEX_GRPC`: whether the host knows the handshake line's seventh field.
    pub multiplex: bool,
    /// What to listen on.
    pub transport: Transport,
    /// `PLUGIN_UNIX_SOCKET_DIR`: the folder that the socket has to be in.
    pub socket_dir: Option<PathBuf>,
    /// Folders for a socket for which the host names none; the first that works is taken.
    pub temporary_dirs: Vec<PathBuf>,
    /// `PLUGIN_UNIX_SOCKET_GROUP`: name or number of the group that may connect.
    pub socket_group: Option<String>,
    /// `PLUGIN_MIN_PORT`: the first TCP port to try.
    pub min_port: Option<String>,
    /// `PLUGIN_MAX_PORT`: the last TCP port to try.
    pub max_port: Option<String>,
    /// The first log level given in [`Plugin::log_variables`].
    pub log_level: Option<String>,
}

/// What to listen on; this machine only, either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transport {
    /// A Unix socket.
    #[cfg(unix)]
    #[default]
    Unix,
    /// A TCP port of 127.0.0.1, for systems without Unix sockets.
    #[cfg_attr(not(unix), default)]
    Tcp,
}

impl HostEnvironment {
    /// Reads the environment of this process.
    #[must_use]
    pub fn from_process(plugin: &Plugin) -> Self {
        Self::from_variables(plugin, |name| std::env::var_os(name))
    }

    /// Reads the variables through `variable`, which tests replace.
    fn from_variables(plugin: &Plugin, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let path = |name: &str| variable(name).filter(|value| !value.is_empty());
        // Invalid Unicode must not count as absent: an unreadable certificate is not an absent one.
        let text = |name: &str| path(name).map(|value| value.to_string_lossy().into_owned());
        Self {
            cookie: text(plugin.cookie.key),
            protocol_versions: text("PLUGIN_PROTOCOL_VERSIONS"),
            client_certificate: text("PLUGIN_CLIENT_CERT"),
            multiplex: path("PLUGIN_MULTIPLEX_GRPC").is_some(),
            transport: Transport::default(),
            socket_dir: path("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
            #[cfg(unix)]
            temporary_dirs: super::socket::temporary_dirs(
                path("XDG_RUNTIME_DIR").map(PathBuf::from),
            ),
            #[cfg(not(unix))]
            temporary_dirs: Vec::new(),
            socket_group: text("PLUGIN_UNIX_SOCKET_GROUP"),
            min_port: text("PLUGIN_MIN_PORT"),
            max_port: text("PLUGIN_MAX_PORT"),
            log_level: plugin.log_variables.iter().copied().find_map(text),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::plugin::{Cookie, Reattach};

    pub(in crate::plugin) const PLUGIN: Plugin = Plugin {
        name: "test-plugin",
        cookie: Cookie {
            key: "COOKIE",
            value: "biscuit",
        },
        protocol_version: 6,
        reattach: Reattach {
            variable: "REATTACH",
            key: "test/test",
        },
        log_variables: &["LOG_PLUGIN_TEST", "LOG_PLUGIN", "LOG"],
        log_target: "test",
        socket_prefix: "test-",
    };

    fn read(variables: &[(&str, &str)]) -> HostEnvironment {
        HostEnvironment::from_variables(&PLUGIN, |name| {
            let (_, value) = variables.iter().find(|(key, _)| *key == name)?;
            Some(value.into())
        })
    }

    #[test]
    fn c43_the_plugin_log_variable_wins_and_empty_ones_are_ignored() {
        let level = |variables: &[(&str, &str)]| read(variables).log_level;
        assert_eq!(level(&[]), None);
        assert_eq!(level(&[("LOG", "info")]).as_deref(), Some("info"));
        assert_eq!(
            level(&[
                ("LOG", "info"),
                ("LOG_PLUGIN", ""),
                ("LOG_PLUGIN_TEST", "off")
            ])
            .as_deref(),
            Some("off")
        );
    }

    #[test]
    fn empty_variables_count_as_unset() {
        let environment = read(&[
            ("COOKIE", ""),
            ("PLUGIN_CLIENT_CERT", ""),
            ("PLUGIN_MULTIPLEX_GRPC", ""),
            ("PLUGIN_UNIX_SOCKET_DIR", ""),
        ]);
        assert_eq!(environment.cookie, None);
        assert_eq!(environment.client_certificate, None);
        assert!(!environment.multiplex);
        assert_eq!(environment.socket_dir, None);
        #[cfg(unix)]
        assert_eq!(environment.temporary_dirs[0], std::env::temp_dir());
    }

    #[cfg(unix)]
    #[test]
    fn c14_a_non_unicode_client_certificate_is_not_ignored() {
        use std::os::unix::ffi::OsStringExt;

        let environment = HostEnvironment::from_variables(&PLUGIN, |name| {
            (name == "PLUGIN_CLIENT_CERT").then(|| OsString::from_vec(vec![0xff]))
        });
        assert!(environment.client_certificate.is_some());
    }
}
