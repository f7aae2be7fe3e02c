//! `--shell`: the shell for which settings are printed.

use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::path::Path;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::text::Shell;

impl ValueEnum for Shell {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Sh => "`export` for sh, bash, zsh and other POSIX shells",
            Self::Fish => "`set -gx` for fish",
            Self::PowerShell => "`$env:` for PowerShell",
        };
        let value = PossibleValue::new(self.name()).help(help);
        Some(if *self == Self::PowerShell {
            value.alias("pwsh")
        } else {
            value
        })
    }
}

/// The shell of the user if standard output is a terminal, where people copy the settings; otherwise a fixed one, so that the
/// output of a script does not depend on its user.
pub(super) fn default_shell() -> Shell {
    let login_shell = std::env::var_os("SHELL");
    let login_shell = login_shell.filter(|_| io::stdout().is_terminal());
    shell_of(cfg!(windows), login_shell.as_deref())
}

fn shell_of(is_windows: bool, login_shell: Option<&OsStr>) -> Shell {
    let program = login_shell.and_then(|shell| Path::new(shell).file_stem());
    match program.and_then(OsStr::to_str) {
        Some("fish") => Shell::Fish,
        Some("pwsh") => Shell::PowerShell,
        // Git Bash and other POSIX shells on Windows set `SHELL`.
        None if is_windows => Shell::PowerShell,
        _ => Shell::Sh,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_the_login_shell_of_a_terminal() {
        for (is_windows, login_shell, expected) in [
            (false, None, Shell::Sh),
            (false, Some("/bin/bash"), Shell::Sh),
            (false, Some("/bin/zsh"), Shell::Sh),
            (false, Some("/usr/local/bin/fish"), Shell::Fish),
            (false, Some("/usr/bin/pwsh"), Shell::PowerShell),
            (true, None, Shell::PowerShell),
            (true, Some("/usr/bin/bash.exe"), Shell::Sh),
        ] {
            let shell = shell_of(is_windows, login_shell.map(OsStr::new));
            assert_eq!(shell, expected, "{login_shell:?}");
        }
    }
}
