//! Printing and exit statuses, for all commands.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use crate::text;

/// How a command ended.
///
/// There is no status of its own for wrong usage: 2 is kept for commands that answer a question with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// 0: done.
    Success,
    /// 1: failed, or invalid arguments.
    Failure,
    /// 2: done, and a policy check failed.
    Blocked,
    /// 130: interrupted by Ctrl-C, as in shells.
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

/// All output: data to standard output, messages to standard error.
///
/// A closed pipe (`hwgrants demo | head`) is ignored. Any other failure to write data is an error, so that an
/// incomplete report is not taken for a complete one. Failures to write messages are ignored.
#[derive(Clone, Copy, Debug, Default)]
pub struct Printer {}

impl Printer {
    /// The process's own standard output and standard error.
    pub fn new() -> Self {
        Self {}
    }

    /// Prints a line that was asked for, to standard output.
    ///
    /// # Errors
    /// The line could not be written whole, and standard output has a reader.
    pub fn data(self, line: impl Display) -> io::Result<()> {
        let mut output = io::stdout().lock();
        let written = writeln!(output, "{line}");
        ignore_closed_pipe(written.and_then(|()| output.flush()))
    }

    /// Prints a document that was asked for and ends with a line feed, to standard output. It may be large, so it is written
    /// while it is made.
    ///
    /// # Errors
    /// The document could not be written whole, and standard output has a reader.
    pub fn document(self, document: impl Display) -> io::Result<()> {
        let mut output = io::BufWriter::new(io::stdout().lock());
        let written = write!(output, "{document}");
        ignore_closed_pipe(written.and_then(|()| output.flush()))
    }

    /// Prints a line about what is going on, to standard error.
    pub fn message(self, line: impl Display) {
        drop(writeln!(io::stderr().lock(), "{line}"));
    }

    /// Prints what went wrong and, a blank line apart, what to do about it.
    pub fn error(self, what: impl Display, hint: Option<&str>) {
        // It may quote a file, a path or a service.
        let what = text::lines(&what.to_string());
        self.message(format_args!("error: {what}"));
        if let Some(hint) = hint {
            self.message(format_args!("\nhint: {}", text::lines(hint)));
        }
    }

    /// Whether standard output is read by a person.
    pub fn is_terminal(self) -> bool {
        io::stdout().is_terminal()
    }

    /// Whether standard output wants colours: if it is a terminal that can show them and neither `NO_COLOR` nor its
    /// kin say otherwise, unless the choice does.
    pub(super) fn is_coloured(self, choice: clap::ColorChoice) -> bool {
        match choice {
            clap::ColorChoice::Always => true,
            clap::ColorChoice::Never => false,
            clap::ColorChoice::Auto => {
                let found = anstream::AutoStream::choice(&io::stdout());
                found != anstream::ColorChoice::Never
            }
        }
    }

    /// Prints clap's answer where it belongs: help that was asked for is data, anything else is talk.
    pub(super) fn clap(self, answer: &clap::Error) -> ExitStatus {
        let printed = answer.print().and_then(|()| io::stdout().flush());
        if answer.use_stderr() {
            return ExitStatus::Failure;
        }
        match ignore_closed_pipe(printed) {
            Ok(()) => ExitStatus::Success,
            Err(source) => {
                self.error(super::Error::Print(source), None);
                ExitStatus::Failure
            }
        }
    }
}

/// The result of writing, without a closed pipe.
fn ignore_closed_pipe(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
