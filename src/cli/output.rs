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

    /// As [`Self::document`], of a document for people: nothing in it is a command to a CI server.
    ///
    /// # Errors
    /// As for [`Self::document`].
    pub fn text(self, document: impl Display) -> io::Result<()> {
        let mut output = LogWriter::new(io::BufWriter::new(io::stdout().lock()));
        let written = write!(output, "{document}");
        ignore_closed_pipe(written.and_then(|()| output.finish()))
    }

    /// Prints a line about what is going on, to standard error. Nothing in it is a command to a CI server.
    pub fn message(self, line: impl Display) {
        let mut output = LogWriter::new(io::stderr().lock());
        drop(writeln!(output, "{line}").and_then(|()| output.finish()));
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
        if answer.use_stderr() {
            // It may quote an argument that a pipeline has taken from elsewhere.
            let mut output = LogWriter::new(anstream::stderr());
            let text = answer.render();
            drop(write!(output, "{}", text.ansi()).and_then(|()| output.finish()));
            return ExitStatus::Failure;
        }
        let printed = answer.print().and_then(|()| io::stdout().flush());
        match ignore_closed_pipe(printed) {
            Ok(()) => ExitStatus::Success,
            Err(source) => {
                self.error(super::Error::Print(source), None);
                ExitStatus::Failure
            }
        }
    }
}

/// Writes text line by line, as [`text::log_line`] returns it: names and reasons, also where they are wrapped, can begin a line.
struct LogWriter<W: Write> {
    target: W,
    /// The line that is not complete.
    line: Vec<u8>,
}

impl<W: Write> LogWriter<W> {
    fn new(target: W) -> Self {
        let line = Vec::new();
        Self { target, line }
    }

    /// Writes the buffered line, also if it is not complete.
    fn write_line(&mut self) -> io::Result<()> {
        let line = text::log_line(&String::from_utf8_lossy(&self.line));
        self.line.clear();
        self.target.write_all(line.as_bytes())
    }

    /// Writes what is left.
    fn finish(mut self) -> io::Result<()> {
        self.write_line()?;
        self.target.flush()
    }
}

impl<W: Write> Write for LogWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.write_line()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.target.flush()
    }
}

/// The result of writing, without a closed pipe.
fn ignore_closed_pipe(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_removed_from_lines_written_in_parts() {
        let mut written = Vec::new();
        let mut writer = LogWriter::new(&mut written);
        for part in ["a\n:", ":error::x\n  ", "::y\nb ##v", "so[z]\n\n::", "w"] {
            writer.write_all(part.as_bytes()).unwrap();
        }
        writer.finish().unwrap();
        let expected = "a\n: :error::x\n  : :y\nb # #vso[z]\n\n: :w";
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }
}
