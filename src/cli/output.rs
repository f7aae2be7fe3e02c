//! Printing and exit statuses, for all commands.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// How a command ended.
///
/// There is no status of its own for wrong usage: 2 is kept for commands that answer a question with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// 0: done.
    Success,
    /// 1: not done, or not understood.
    Failure,
    /// 2: done, and what was asked about is not to pass.
    Blocked,
    /// 130: stopped by Ctrl-C before it was done, as shells count it.
    Interrupted,
    /// That of a command that was run.
    Command(u8),
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        match status {
            ExitStatus::Success => ExitCode::SUCCESS,
            ExitStatus::Failure => ExitCode::FAILURE,
            ExitStatus::Blocked => ExitCode::from(2),
            ExitStatus::Interrupted => ExitCode::from(130),
            ExitStatus::Command(code) => ExitCode::from(code),
        }
    }
}

/// The one way out for text: data to standard output, talk to standard error.
///
/// A reader who has gone away (`hwgrants demo | head`) is no reason to stop, so failed writes are ignored.
#[derive(Clone, Copy, Debug, Default)]
pub struct Printer {}

impl Printer {
    /// The process's own standard output and standard error.
    pub fn new() -> Self {
        Self {}
    }

    /// Prints a line that was asked for, to standard output.
    pub fn data(self, line: impl Display) {
        drop(writeln!(std::io::stdout().lock(), "{line}"));
    }

    /// Prints a line about what is going on, to standard error.
    pub fn talk(self, line: impl Display) {
        drop(writeln!(std::io::stderr().lock(), "{line}"));
    }

    /// Prints what went wrong and, a blank line apart, what to do about it.
    pub fn error(self, what: impl Display, hint: Option<&str>) {
        self.talk(format_args!("error: {what}"));
        if let Some(hint) = hint {
            self.talk(format_args!("\nhint: {hint}"));
        }
    }

    /// Whether standard output is read by a person.
    pub fn is_terminal(self) -> bool {
        std::io::stdout().is_terminal()
    }

    /// Whether standard output wants colours: if it is a terminal that can show them and neither `NO_COLOR` nor its
    /// kin say otherwise, unless the choice does.
    pub(super) fn is_coloured(self, choice: clap::ColorChoice) -> bool {
        match choice {
            clap::ColorChoice::Always => true,
            clap::ColorChoice::Never => false,
            clap::ColorChoice::Auto => {
                let found = anstream::AutoStream::choice(&std::io::stdout());
                found != anstream::ColorChoice::Never
            }
        }
    }

    /// Prints clap's answer where it belongs: help that was asked for is data, anything else is talk.
    pub(super) fn clap(self, answer: &clap::Error) -> ExitStatus {
        drop(answer.print());
        if answer.use_stderr() {
            ExitStatus::Failure
        } else {
            ExitStatus::Success
        }
    }
}
