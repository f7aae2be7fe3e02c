//! Removes the lines that CI wrappers print around the output of Terraform.
//!
//! The wrapper of the GitHub action `setup-terraform` prints the command before the output of `terraform show -json`, and
//! `::debug::` or `::set-output` lines after it. No line of a JSON document can begin as they do, because JSON strings contain
//! no line breaks.

use std::io::{self, BufRead, BufReader, Read};

/// What a line of a CI log begins with: a command that is run, and commands to GitHub Actions and Azure DevOps.
const MARKS: [&[u8]; 4] = [b"[command]", b"::", b"##[", b"##vso["];

/// A reader without log lines. Their line breaks remain, so that errors name the right lines.
#[derive(Debug)]
pub(super) struct LogLineFilter<R> {
    source: BufReader<R>,
    position: LinePosition,
    /// The beginning of a line that is no log line.
    held: Vec<u8>,
    /// So much of it is passed on already.
    passed: usize,
}

/// Where in a line the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LinePosition {
    Start,
    InLog,
    InText,
}

impl<R: Read> LogLineFilter<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source: BufReader::new(source),
            position: LinePosition::Start,
            held: Vec::new(),
            passed: 0,
        }
    }

    /// Reads so much of a line that it is known what it is.
    fn start_line(&mut self) -> io::Result<()> {
        self.held.clear();
        self.passed = 0;
        loop {
            if MARKS.contains(&self.held.as_slice()) {
                self.held.clear();
                self.position = LinePosition::InLog;
                return Ok(());
            }
            let next = self.source.fill_buf()?.first().copied();
            let is_possible = next.is_some_and(|byte| {
                let rests = MARKS
                    .iter()
                    .filter_map(|mark| mark.strip_prefix(&*self.held));
                rests
                    .filter_map(|rest| rest.first())
                    .any(|first| *first == byte)
            });
            let Some(byte) = next.filter(|_| is_possible) else {
                self.position = LinePosition::InText;
                return Ok(());
            };
            self.held.push(byte);
            self.source.consume(1);
        }
    }

    /// Skips what is left of a log line, up to its line break.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let bytes = self.source.fill_buf()?;
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let (length, is_ended) = (
                end.unwrap_or(bytes.len()),
                end.is_some() || bytes.is_empty(),
            );
            self.source.consume(length);
            if is_ended {
                self.position = LinePosition::InText;
                return Ok(());
            }
        }
    }
}

impl<R: Read> Read for LogLineFilter<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if self.position == LinePosition::Start {
            self.start_line()?;
        }
        if self.position == LinePosition::InLog {
            self.skip_line()?;
        }
        let held = self.held.get(self.passed..).unwrap_or_default();
        if !held.is_empty() {
            let mut held = held;
            let length = held.read(target)?;
            self.passed += length;
            return Ok(length);
        }
        let bytes = self.source.fill_buf()?;
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let mut line = bytes
            .get(..end.map_or(bytes.len(), |end| end + 1))
            .unwrap_or_default();
        let whole = line.len();
        let length = line.read(target)?;
        self.source.consume(length);
        if end.is_some() && length == whole {
            self.position = LinePosition::Start;
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_lines_are_removed_and_their_line_breaks_remain() {
        for (text, expected) in [
            ("", ""),
            ("{}", "{}"),
            ("[command]/bin/terraform show\n{}\n::debug::x\n", "\n{}\n\n"),
            ("::debug::x", ""),
            ("::a\r\n\r\n{\n}::b\n", "\n\r\n{\n}::b\n"),
            ("##[group]x\n##vso[task]y\n{}", "\n\n{}"),
            ("[\n[\"c\"],\n[com", "[\n[\"c\"],\n[com"),
            (":\n#\n:", ":\n#\n:"),
            ("::a\n::b\n::c\n", "\n\n\n"),
            (" ::a\n", " ::a\n"),
        ] {
            for size in [1, 2, 100] {
                let source = BufReader::with_capacity(size, text.as_bytes());
                let mut filtered = String::new();
                let mut filter = LogLineFilter::new(source);
                filter.read_to_string(&mut filtered).unwrap();
                assert_eq!(filtered, expected, "{text:?}");
            }
        }
    }
}
