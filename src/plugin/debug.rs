//! Debug mode: a developer starts the plugin, perhaps in a debugger, and sets a variable so that the host connects to
//! it.

use std::io::Write;

use serde::Serialize;

use super::listener::{ListenAddress, Listener};
use super::{Error, Plugin};

/// Prints the assignment of the variable that makes a host use this process.
///
/// # Errors
/// [`Error::Announce`].
///
/// Source: go-plugin 1.7, `ReattachConfig`; the JSON is what hosts read from their environment.
pub(super) fn announce(
    plugin: &Plugin,
    listener: &Listener,
    output: &mut impl Write,
) -> Result<(), Error> {
    let text = instructions(
        plugin,
        std::process::id(),
        listener.address(),
        Shell::of_system(),
    );
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .map_err(Error::Announce)
}

/// The address of a running plugin, as JSON for the host.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Reattachment<'a> {
    protocol: &'a str,
    protocol_version: u32,
    pid: u32,
    /// Always true: the host then does not manage the process.
    test: bool,
    addr: ReattachEndpoint<'a>,
}

/// An address, as Go's network package names and writes it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReattachEndpoint<'a> {
    network: &'a str,
    string: &'a str,
}

/// The shells of the system.
#[derive(Debug, Clone, Copy)]
enum Shell {
    /// `sh` and shells like it.
    Posix,
    /// `cmd` and PowerShell, a line for each.
    Windows,
}

impl Shell {
    fn of_system() -> Self {
        if cfg!(windows) {
            Self::Windows
        } else {
            Self::Posix
        }
    }

    /// Lines that set a variable, one per shell.
    fn assignments(self, variable: &str, value: &str) -> Vec<String> {
        match self {
            Self::Posix => {
                let value = value.replace('\'', r#"'"'"'"#);
                vec![format!("{variable}='{value}'")]
            }
            Self::Windows => {
                let quoted = value.replace('\'', "''");
                vec![
                    format!("set \"{variable}={value}\""),
                    format!("$env:{variable}='{quoted}'"),
                ]
            }
        }
    }
}

/// The text for a person: which variable to set, and to what.
fn instructions(plugin: &Plugin, pid: u32, address: &ListenAddress, shell: Shell) -> String {
    let reattachment = Reattachment {
        protocol: "grpc",
        protocol_version: plugin.protocol_version,
        pid,
        test: true,
        addr: ReattachEndpoint {
            network: address.network(),
            string: &address.to_string(),
        },
    };
    let value = serde_json::json!({ plugin.reattach.key: reattachment }).to_string();
    let variable = plugin.reattach.variable;
    let mut text = format!(
        "Plugin started. Press Ctrl-C to stop it. To attach a host program to this plugin, set `{variable}` in that \
         program's environment:\n\n"
    );
    for assignment in shell.assignments(variable, &value) {
        text.push('\t');
        text.push_str(&assignment);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c37_quotes_are_escaped_for_each_shell() {
        assert_eq!(
            Shell::Posix.assignments("A", "it's"),
            [r#"A='it'"'"'s'"#.to_owned()]
        );
        assert_eq!(
            Shell::Windows.assignments("A", "it's"),
            [r#"set "A=it's""#.to_owned(), "$env:A='it''s'".to_owned()]
        );
    }
}
