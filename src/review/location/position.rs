//! Lines and columns in a text.

use std::ops::Range;

/// A part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextRange {
    /// Its first character.
    pub start: Position,
    /// The first character after it.
    pub end: Position,
}

/// Where a character is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1 in units of UTF-16; a byte order mark is no character.
    pub column: u32,
}

/// A text and where its lines start.
#[derive(Debug)]
pub(super) struct SourceText<'a> {
    /// Without a byte order mark.
    pub(super) text: &'a str,
    /// The offsets of the lines but the first.
    starts: Vec<usize>,
}

impl<'a> SourceText<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let starts = text.match_indices('\n').map(|(offset, _)| offset + 1);
        Self {
            text,
            starts: starts.collect(),
        }
    }

    /// Lines and columns of these bytes.
    pub(super) fn region(&self, bytes: Range<usize>) -> TextRange {
        TextRange {
            start: self.position(bytes.start),
            end: self.position(bytes.end),
        }
    }

    /// Line and column of an offset in bytes.
    fn position(&self, offset: usize) -> Position {
        let before = self.starts.partition_point(|start| *start <= offset);
        let starts = before.checked_sub(1).and_then(|last| self.starts.get(last));
        let start = starts.copied().unwrap_or_default();
        let units = self.text.get(start..offset).unwrap_or_default();
        let units = units.encode_utf16().count();
        // Every file is shorter.
        let from_one = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
        Position {
            line: from_one(before),
            column: from_one(units),
        }
    }
}
