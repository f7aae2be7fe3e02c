//! The lines of the blocks in the files of one folder.

use std::collections::BTreeMap;
use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::structure::{Block, Body};

use super::folder::is_override;
use super::item::{Item, items};

/// The most bytes of a file that is read.
pub const MAX_BYTES: usize = 4 << 20;

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

/// The blocks of one folder, by what they start with: a keyword and labels.
#[derive(Debug)]
pub(super) struct LineIndex<'a> {
    /// Several for a block with overrides, in the order of the file names.
    blocks: BTreeMap<Vec<String>, Vec<Lines<'a>>>,
    /// `main.tf`, or else the first file by name.
    main: Option<&'a str>,
}

/// Where one block is.
#[derive(Debug)]
struct Lines<'a> {
    file: &'a str,
    /// From the keyword to the last label.
    head: TextRange,
    /// From the name of each attribute to the end of its value.
    attributes: BTreeMap<String, TextRange>,
}

impl<'a> LineIndex<'a> {
    /// Reads these files. Of a file that does not parse, the blocks that do are read, and the heads of the others.
    pub(super) fn new(files: &'a BTreeMap<String, String>) -> Self {
        let mut blocks: BTreeMap<Vec<String>, Vec<Lines<'a>>> = BTreeMap::new();
        for (file, text) in files {
            let text = SourceText::new(text);
            let mut add = |(start, lines)| blocks.entry(start).or_default().push(lines);
            match text.text.parse::<Body>() {
                Ok(body) => read_blocks(file, &body, &text, 0).for_each(add),
                Err(_) => {
                    for item in items(text.text) {
                        read_item(file, &text, &item).into_iter().for_each(&mut add);
                    }
                }
            }
        }
        let names = files.keys().map(String::as_str);
        Self {
            blocks,
            main: names
                .clone()
                .find(|name| *name == "main.tf")
                .or(names.min()),
        }
    }

    /// File and lines of an attribute of a block, or of the head of the block if it does not have the attribute.
    pub(super) fn find(
        &self,
        start: &[String],
        attribute: Option<&str>,
    ) -> Option<(&'a str, TextRange)> {
        let blocks = self.blocks.get(start)?;
        let (overriding, plain): (Vec<&Lines<'_>>, Vec<_>) =
            blocks.iter().partition(|lines| is_override(lines.file));
        // The last override wins.
        let mut by_rank = overriding.iter().rev().chain(&plain);
        let attribute = by_rank.find_map(|lines| {
            let region = lines.attributes.get(attribute?)?;
            Some((lines.file, *region))
        });
        let block = plain.first().or(overriding.first());
        attribute.or_else(|| block.map(|lines| (lines.file, lines.head)))
    }

    /// The file that a reader would open first; `None` if there is none.
    pub(super) fn main(&self) -> Option<&'a str> {
        self.main
    }
}

/// A block, by what it starts with.
type FoundBlock<'a> = (Vec<String>, Lines<'a>);

/// The blocks of a body that begins at this offset.
fn read_blocks<'a>(
    file: &'a str,
    body: &Body,
    text: &SourceText<'_>,
    offset: usize,
) -> impl Iterator<Item = FoundBlock<'a>> {
    let blocks = body.blocks();
    blocks.filter_map(move |block| Some((start(block), Lines::of(file, block, text, offset)?)))
}

/// The blocks of a part of a file: if it does not parse, the head of the block and the attributes that do.
fn read_item<'a>(file: &'a str, text: &SourceText<'_>, item: &Item) -> Vec<FoundBlock<'a>> {
    let offset = item.range.start;
    let part = |range: Range<usize>| text.text.get(range).unwrap_or_default();
    if let Ok(body) = part(item.range.clone()).parse::<Body>() {
        return read_blocks(file, &body, text, offset).collect();
    }
    let Some(inside) = item.body.clone() else {
        return Vec::new();
    };
    let head = format!("{}}}\n", part(offset..inside.start));
    let Ok(head) = head.parse::<Body>() else {
        return Vec::new();
    };
    let attributes = items(part(inside.clone())).into_iter().flat_map(|item| {
        let offset = inside.start + item.range.start;
        let body = part(offset..inside.start + item.range.end).parse::<Body>();
        body.map(|body| text.attributes(&body, offset))
            .unwrap_or_default()
    });
    let attributes: BTreeMap<String, TextRange> = attributes.collect();
    let blocks = read_blocks(file, &head, text, offset);
    blocks
        .map(|(start, mut lines)| {
            lines.attributes = attributes.clone();
            (start, lines)
        })
        .collect()
}

/// What a block starts with.
fn start(block: &Block) -> Vec<String> {
    let labels = block.labels.iter().map(|label| label.as_str().to_owned());
    [block.ident.as_str().to_owned()]
        .into_iter()
        .chain(labels)
        .collect()
}

impl<'a> Lines<'a> {
    /// The lines of a block in a body that begins at this offset; `None` if the parser has no positions for it.
    fn of(file: &'a str, block: &Block, text: &SourceText<'_>, offset: usize) -> Option<Self> {
        let keyword = block.ident.span()?;
        let end = block
            .labels
            .last()
            .map_or(Some(keyword.end), |label| label.span().map(|span| span.end))?;
        Some(Self {
            file,
            head: text.region(offset + keyword.start..offset + end),
            attributes: text.attributes(&block.body, offset),
        })
    }
}

/// A text and where its lines start.
#[derive(Debug)]
struct SourceText<'a> {
    /// Without a byte order mark.
    text: &'a str,
    /// The offsets of the lines but the first.
    starts: Vec<usize>,
}

impl<'a> SourceText<'a> {
    fn new(text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let starts = text.match_indices('\n').map(|(offset, _)| offset + 1);
        Self {
            text,
            starts: starts.collect(),
        }
    }

    /// The attributes of a body, whose positions count from this offset.
    fn attributes(&self, body: &Body, offset: usize) -> BTreeMap<String, TextRange> {
        let attributes = body.attributes().filter_map(|attribute| {
            let (key, value) = (attribute.key.span()?, attribute.value.span()?);
            let region = self.region(offset + key.start..offset + value.end);
            Some((attribute.key.as_str().to_owned(), region))
        });
        attributes.collect()
    }

    /// Lines and columns of these bytes.
    fn region(&self, bytes: Range<usize>) -> TextRange {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What of these files an attribute, or the head, of `csms_grant.a` is found to be.
    #[track_caller]
    fn check(files: &[(&str, &str)], attribute: &str, expected: &str) {
        let files = files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let files = files.collect();
        let start = ["resource", "csms_grant", "a"].map(str::to_owned);
        let found = LineIndex::new(&files).find(&start, Some(attribute));
        let found = found.map(|(file, TextRange { start, end })| {
            format!(
                "{file} {}:{}-{}:{}",
                start.line, start.column, end.line, end.column
            )
        });
        assert_eq!(found.as_deref().unwrap_or("nowhere"), expected);
    }

    const PLAIN: &str = "\
# who
resource \"csms_grant\" \"a\" {
  type          = \"SECRET\"
  validity_time = \"2026-12-31\" # soon
}
";

    #[test]
    fn a_missing_attribute_is_located_at_the_block_header() {
        check(&[("main.tf", PLAIN)], "validity_time", "main.tf 4:3-4:31");
        check(&[("main.tf", PLAIN)], "reason", "main.tf 2:1-2:26");
    }

    #[test]
    fn crlf_and_a_byte_order_mark_do_not_shift_positions() {
        let windows = PLAIN.replace('\n', "\r\n");
        check(
            &[("main.tf", &windows)],
            "validity_time",
            "main.tf 4:3-4:31",
        );
        let marked = format!("\u{feff}{windows}");
        check(&[("main.tf", &marked)], "validity_time", "main.tf 4:3-4:31");
        let marked = "\u{feff}resource \"csms_grant\" \"a\" {}";
        check(&[("main.tf", marked)], "reason", "main.tf 1:1-1:26");
    }

    #[test]
    fn columns_count_utf_16_code_units() {
        let text = "/* 陈é😀 */ resource csms_grant \"a\" { reason = \"é😀\" }";
        check(&[("main.tf", text)], "type", "main.tf 1:12-1:35");
        check(&[("main.tf", text)], "reason", "main.tf 1:38-1:52");
    }

    #[test]
    fn the_range_of_a_multiline_value_covers_all_its_lines() {
        let text = "\
resource \"csms_grant\" \"a\" {
  reason = <<-EOT
    validity_time = \"2020-01-01\"
  EOT
  type = join(\"\", [
    \"SECRET\",
  ])
}
";
        check(&[("main.tf", text)], "reason", "main.tf 2:3-4:6");
        check(&[("main.tf", text)], "type", "main.tf 5:3-7:5");
        check(&[("main.tf", text)], "validity_time", "main.tf 1:1-1:26");
    }

    #[test]
    fn attributes_of_nested_and_other_blocks_are_ignored() {
        let text = "\
resource \"csms_grant\" \"b\" { validity_time = \"2020-01-01\" }
data \"csms_grant\" \"a\" { validity_time = \"2020-01-01\" }
resource \"csms_grant\" \"a\" {
  dynamic \"timeouts\" {
    for_each = [1]
    content {
      validity_time = \"2020-01-01\"
    }
  }
  lifecycle {
    ignore_changes = [validity_time]
  }
}
";
        check(&[("main.tf", text)], "validity_time", "main.tf 3:1-3:26");
    }

    #[test]
    fn the_last_override_locates_the_attribute_but_not_the_block() {
        let set =
            |day| format!("resource \"csms_grant\" \"a\" {{\n  validity_time = \"{day}\"\n}}\n");
        let (early, late) = (set("2026-12-30"), set("2026-12-29"));
        let files = [
            ("a_override.tf", early.as_str()),
            ("grants.tf", PLAIN),
            ("override.tf", late.as_str()),
            ("z.tf", "# nothing"),
        ];
        check(&files, "validity_time", "override.tf 2:3-2:31");
        check(&files[..2], "validity_time", "a_override.tf 2:3-2:31");
        check(&files, "type", "grants.tf 3:3-3:27");
        check(&files, "reason", "grants.tf 2:1-2:26");
        check(&files[2..], "reason", "override.tf 1:1-1:26");
    }

    #[test]
    fn an_expression_that_the_parser_refuses_does_not_hide_other_blocks() {
        for refused in [
            "locals {\n  a = { b = 1, b = 2 }\n}\n",
            "locals {\n  a = { for k, v in var.a : k => v.b ?\n    1 :\n    2 }\n}\n",
            "resource \"csms_grant\" \"b\" {\n  reason = { a = 1, a = 2 }[\"a\"]\n}\n",
        ] {
            assert!(refused.parse::<Body>().is_err(), "{refused}");
            let lines = refused.lines().count();
            for text in [
                format!("\u{feff}{refused}{PLAIN}"),
                format!("{refused}{PLAIN}").replace('\n', "\r\n"),
            ] {
                let line = lines + 4;
                let expected = format!("main.tf {line}:3-{line}:31");
                check(&[("main.tf", &text)], "validity_time", &expected);
            }
        }
        let inside = "\
resource \"csms_grant\" \"a\" {
  for_each = { a = 1, a = 2 }
  reason   = \"x\" # y
  lifecycle {
    type = 1
  }
}
";
        assert!(inside.parse::<Body>().is_err());
        check(&[("main.tf", inside)], "reason", "main.tf 3:3-3:17");
        check(&[("main.tf", inside)], "for_each", "main.tf 1:1-1:26");
        check(&[("main.tf", inside)], "type", "main.tf 1:1-1:26");
    }

    #[test]
    fn an_unparsable_file_does_not_hide_others() {
        let files = [
            ("broken.tf", "resource \"csms_grant\" {{"),
            ("main.tofu", PLAIN),
        ];
        check(&files, "validity_time", "main.tofu 4:3-4:31");
        check(&files[..1], "validity_time", "nowhere");
    }
}
