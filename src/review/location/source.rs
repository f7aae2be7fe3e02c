//! The lines of the blocks in the files of one folder.

use std::collections::BTreeMap;

use super::file_name::is_override;
use super::native;
use super::position::{SourceText, TextRange};

/// The most bytes of a file that is read.
pub const MAX_BYTES: usize = 4 << 20;

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
pub(super) struct Lines<'a> {
    pub(super) file: &'a str,
    /// From the keyword to the last label.
    pub(super) head: TextRange,
    /// From the name of each attribute to the end of its value.
    pub(super) attributes: BTreeMap<String, TextRange>,
}

impl<'a> LineIndex<'a> {
    /// Reads these files.
    pub(super) fn new(files: &'a BTreeMap<String, String>) -> Self {
        let mut blocks: BTreeMap<Vec<String>, Vec<Lines<'a>>> = BTreeMap::new();
        for (file, text) in files {
            let text = SourceText::new(text);
            for (start, lines) in native::read(file, &text) {
                blocks.entry(start).or_default().push(lines);
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
pub(super) type FoundBlock<'a> = (Vec<String>, Lines<'a>);

#[cfg(test)]
mod tests {
    use hcl_edit::structure::Body;

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
