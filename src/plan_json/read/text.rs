//! The bytes of a plan, checked to be UTF-8 text; the first error is kept.

use std::io::{self, Read};

use super::super::error::Error;

/// How much is read at once.
const PIECE: u64 = 64 * 1024;

/// The head of a saved plan, which is a zip archive.
const ARCHIVE: &[u8] = b"PK\x03\x04";

/// What Terraform and OpenTofu print of a plan that is to be read by people: `Terraform will perform …`.
const PRINTED: [&str; 4] = [
    " will perform the following actions",
    " used the selected providers to generate the following execution",
    "No changes. Your infrastructure matches the configuration",
    ": Refreshing state...",
];

/// A reader that checks its text.
#[derive(Debug)]
pub(super) struct TextReader<R> {
    source: R,
    /// One piece, and before it the beginning of a character that the previous piece has cut.
    buffer: Vec<u8>,
    /// So much of the buffer is passed on already.
    passed: usize,
    /// So much of the buffer is text; after it is the beginning of a character, or no text.
    checked: usize,
    /// Whether the head of the text was checked for a saved plan or a printed one.
    has_begun: bool,
    /// Whether it is a plan as Terraform prints it for people.
    is_printed: bool,
    /// False after a piece that is not whole.
    has_more: bool,
    /// Whether only white space has been read.
    is_blank: bool,
    /// Whether the reader was asked for more than there is.
    is_ended: bool,
    /// Kept apart, because the parser reports an I/O error instead.
    problem: Option<Error>,
}

impl<R: Read> TextReader<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            passed: 0,
            checked: 0,
            has_begun: false,
            is_printed: false,
            has_more: true,
            is_blank: true,
            is_ended: false,
            problem: None,
        }
    }

    /// The cause of this error.
    pub(super) fn cause(self, error: &serde_json::Error) -> Error {
        match self.problem {
            Some(problem) => problem,
            None if self.is_ended && self.is_blank => Error::Empty,
            None if self.is_printed => Error::PrintedPlan,
            // The input ended early, whatever error the parser reports.
            None if self.is_ended => Error::Truncated { line: error.line() },
            None => Error::NotJson {
                line: error.line(),
                column: error.column(),
            },
        }
    }

    /// Whether it has ended with a whole character.
    pub(super) fn is_whole(&self) -> bool {
        self.checked == self.buffer.len()
    }

    /// Reads the next piece, whole unless it is the last one.
    fn fill(&mut self) -> Result<(), Error> {
        self.buffer.drain(..self.checked);
        (self.passed, self.checked) = (0, 0);
        let piece = (&mut self.source).take(PIECE).read_to_end(&mut self.buffer);
        let length = piece.map_err(|error| Error::Read(error.to_string()))?;
        self.has_more = u64::try_from(length) == Ok(PIECE);
        if !self.has_begun {
            self.has_begun = true;
            if self.buffer.starts_with(ARCHIVE) {
                return Err(Error::SavedPlan);
            }
            self.is_printed = is_printed(&self.buffer);
        }
        let (text, end) = match std::str::from_utf8(&self.buffer) {
            Ok(text) => (text, None),
            Err(error) => {
                let (text, rest) = self.buffer.split_at(error.valid_up_to());
                // A character that is not whole may be so with the next piece.
                let is_text = error.error_len().is_none() && self.has_more;
                let is_cut = error.error_len().is_none() && !rest.is_empty();
                let end = (!is_text && !is_cut).then_some(Error::NotText);
                (std::str::from_utf8(text).unwrap_or_default(), end)
            }
        };
        // JSON has none, and UTF-16 has it after each letter of English.
        let nul = text.find('\0');
        self.checked = nul.unwrap_or(text.len());
        self.is_blank &= text.trim_ascii().is_empty();
        self.problem = nul.map(|_| Error::NotText).or(end);
        Ok(())
    }
}

/// Whether this is the beginning of a plan as Terraform prints it for people, perhaps in colors. JSON may quote one.
fn is_printed(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    !text.trim_ascii_start().starts_with(['{', '[', '"'])
        && PRINTED.iter().any(|part| text.contains(part))
}

impl<R: Read> Read for TextReader<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        while self.passed == self.checked {
            if self.problem.is_none() && self.has_more {
                if let Err(error) = self.fill() {
                    self.problem = Some(error);
                }
                continue;
            }
            if self.problem.is_some() {
                return Err(io::Error::other("no text"));
            }
            self.is_ended = true;
            return Ok(0);
        }
        let text = self.buffer.get(self.passed..self.checked);
        let read = text.unwrap_or_default().read(target)?;
        self.passed += read;
        Ok(read)
    }
}
