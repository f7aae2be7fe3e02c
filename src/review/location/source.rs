//! The lines of the blocks in the files of one folder.

use std::collections::BTreeMap;

use super::file_name::{is_json, is_main, is_override, is_read};
use super::position::{SourceText, TextRange};
use super::{json, native};
use crate::plan_json::dialect::Dialect;

/// The most bytes of a file that is read.
pub const MAX_BYTES: usize = 4 << 20;

/// The blocks of one folder, by what they start with: a keyword and labels.
#[derive(Debug)]
pub(super) struct LineIndex<'a> {
    /// Several for a block with overrides, in the order of the file names.
    blocks: BTreeMap<Vec<String>, Vec<Lines<'a>>>,
    files: &'a BTreeMap<String, String>,
}

/// Where one block is.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    pub(super) file: &'a str,
    /// From the keyword to the last label; in JSON syntax the last label alone.
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
            let found = match is_json(file) {
                true => json::read(file, &text),
                false => native::read(file, &text),
            };
            for (start, lines) in found {
                blocks.entry(start).or_default().push(lines);
            }
        }
        Self { blocks, files }
    }

    /// File and lines of an attribute of a block, or of the head of the block if it does not have the attribute. Only in files
    /// that are read in this dialect.
    pub(super) fn find(
        &self,
        start: &[String],
        attribute: Option<&str>,
        dialect: Option<Dialect>,
    ) -> Option<(&'a str, TextRange)> {
        let blocks = self.blocks.get(start)?;
        let mut dialects = dialects(dialect);
        dialects.find_map(|dialect| {
            let blocks = blocks.iter();
            let blocks = blocks.filter(|lines| self.is_read(lines.file, dialect));
            locate(blocks, attribute)
        })
    }

    /// The file that a reader would open first; `None` if none is read in this dialect.
    pub(super) fn main(&self, dialect: Option<Dialect>) -> Option<&'a str> {
        dialects(dialect).find_map(|dialect| {
            let names = self.files.keys().map(String::as_str);
            let mut names = names.filter(|name| self.is_read(name, dialect));
            let first = names.clone().next();
            names.find(|name| is_main(name)).or(first)
        })
    }

    fn is_read(&self, file: &str, dialect: Dialect) -> bool {
        is_read(file, dialect, |name| self.files.contains_key(name))
    }
}

/// The dialects in which a block is looked for, in this order, if the plan shows this one or none.
///
/// Only for OpenTofu does anyone write a `.tofu` file, so an unknown client is taken for OpenTofu. What is not in its files may
/// be in a `.tf` file that only Terraform reads.
fn dialects(known: Option<Dialect>) -> impl Iterator<Item = Dialect> {
    let (first, second) = match known {
        Some(dialect) => (dialect, None),
        None => (Dialect::OpenTofu, Some(Dialect::Terraform)),
    };
    [Some(first), second].into_iter().flatten()
}

/// File and lines of an attribute of a block, or of its head, which are these with all overrides.
fn locate<'a: 'b, 'b>(
    blocks: impl Iterator<Item = &'b Lines<'a>>,
    attribute: Option<&str>,
) -> Option<(&'a str, TextRange)> {
    let (overriding, plain): (Vec<&Lines<'_>>, Vec<_>) =
        blocks.partition(|lines| is_override(lines.file));
    // The last override wins.
    let mut by_rank = overriding.iter().rev().chain(&plain);
    let attribute = by_rank.find_map(|lines| {
        let region = lines.attributes.get(attribute?)?;
        Some((lines.file, *region))
    });
    let block = plain.first().or(overriding.first());
    attribute.or_else(|| block.map(|lines| (lines.file, lines.head)))
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
        check_as(Some(Dialect::OpenTofu), files, attribute, expected);
    }

    /// The same in the files that are read in this dialect.
    #[track_caller]
    fn check_as(dialect: Option<Dialect>, files: &[(&str, &str)], attribute: &str, expected: &str) {
        let files = files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let files = files.collect();
        let start = ["resource", "csms_grant", "a"].map(str::to_owned);
        let found = LineIndex::new(&files).find(&start, Some(attribute), dialect);
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

    const JSON: &str = r#"{
  "//": "who",
  "data": {"csms_grant": {"a": {"type": "other"}}},
  "resource": {
    "csms_grant": {
      "b": {"type": "other"},
      "a": {
        "type": "SECRET", "validity_time":
          "2026-12-31",
        "lifecycle": {"ignore_changes": ["reason"]}
      }
    }
  }
}
"#;

    #[test]
    fn blocks_in_json_syntax_are_located_at_their_keys() {
        for text in [
            JSON.to_owned(),
            JSON.replace('\n', "\r\n"),
            format!("\u{feff}{JSON}"),
        ] {
            let files = [("main.tf.json", text.as_str())];
            check(&files, "type", "main.tf.json 8:9-8:25");
            check(&files, "validity_time", "main.tf.json 8:27-9:23");
            check(&files, "reason", "main.tf.json 7:7-7:10");
        }
    }

    #[test]
    fn arrays_in_json_syntax_stand_for_their_objects() {
        let text = r#"[
  {"resource": [
    {"csms_grant": {"b": {}}},
    {"csms_grant": [{"b": {}},
      {"\u0061": [
        {"reason": "陈😀", "type": "SECRET"}]}]}]},
  {"resource": {"csms_grant": {"c": {}}}}, null, 1
]"#;
        let files = [("main.tf.json", text)];
        check(&files, "type", "main.tf.json 6:27-6:43");
        check(&files, "validity_time", "main.tf.json 5:8-5:16");
    }

    #[test]
    fn invalid_or_deep_json_does_not_hide_other_files() {
        let deep = "[".repeat(100_000);
        let deep_objects = "{\"resource\":".repeat(100_000);
        for text in [
            "",
            "{",
            "null",
            "{\"resource\": {\"csms_grant\": {\"a\": 1}}}",
            "{\"resource\": {\"csms_grant\": \"a\"}}",
            "{\"resource\": {\"csms_grant\": {\"a\": {}}}",
            &deep,
            &deep_objects,
        ] {
            let files = [("a.tf.json", text), ("main.tf", PLAIN)];
            check(&files, "validity_time", "main.tf 4:3-4:31");
            check(&files[..1], "validity_time", "nowhere");
        }
    }

    #[test]
    fn an_override_in_another_syntax_locates_the_attribute() {
        let over = r#"{"resource": {"csms_grant": {"a": {"validity_time": "2026-12-30"}}}}"#;
        let files = [("grants.tf", PLAIN), ("grants_override.tf.json", over)];
        check(&files, "validity_time", "grants_override.tf.json 1:36-1:65");
        check(&files, "type", "grants.tf 3:3-3:27");
        check(&files, "reason", "grants.tf 2:1-2:26");
        let native = "resource \"csms_grant\" \"a\" {\n  type = null\n}\n";
        let files = [("grants.tf.json", JSON), ("override.tf", native)];
        check(&files, "type", "override.tf 2:3-2:14");
        check(&files, "validity_time", "grants.tf.json 8:27-9:23");
        check(&files, "reason", "grants.tf.json 7:7-7:10");
    }

    #[test]
    fn only_files_that_the_client_reads_locate_a_block() {
        let (terraform, opentofu) = (Some(Dialect::Terraform), Some(Dialect::OpenTofu));
        let later = format!("\n{PLAIN}");
        let twins = [("a.tf", PLAIN), ("a.tofu", &later)];
        check_as(terraform, &twins, "type", "a.tf 3:3-3:27");
        check_as(opentofu, &twins, "type", "a.tofu 4:3-4:27");
        check_as(None, &twins, "type", "a.tofu 4:3-4:27");
        let later = format!("\n{JSON}");
        let twins = [("a.tf.json", JSON), ("a.tofu.json", &later)];
        check_as(terraform, &twins, "type", "a.tf.json 8:9-8:25");
        check_as(opentofu, &twins, "type", "a.tofu.json 9:9-9:25");
        // A file that cannot be read counts all the same.
        let moved = [("a.tf", PLAIN), ("a.tofu", "")];
        check_as(terraform, &moved, "type", "a.tf 3:3-3:27");
        check_as(opentofu, &moved, "type", "nowhere");
        check_as(None, &moved, "type", "a.tf 3:3-3:27");
        let alone = [("a.tofu", PLAIN)];
        check_as(terraform, &alone, "type", "nowhere");
        check_as(None, &alone, "type", "a.tofu 3:3-3:27");
        let set = |end: &str| format!("resource \"csms_grant\" \"a\" {{\n{end}type = 1\n}}\n");
        let overrides = [
            ("a.tf", PLAIN),
            ("a_override.tf", &set("")),
            ("a_override.tofu", &set("\n")),
        ];
        check_as(terraform, &overrides, "type", "a_override.tf 2:1-2:9");
        check_as(opentofu, &overrides, "type", "a_override.tofu 3:1-3:9");
    }
}
