//! Comments for GitHub and GitLab: read by the parser that GitLab renders with, they hold what is ours and nothing else.

use comrak::nodes::{AstNode, NodeValue};
use comrak::{Arena, Options, parse_document};
use hwgrants::plan_json::completeness::Completeness;
use hwgrants::review::change::Note;
use hwgrants::review::markdown::MARKER;
use hwgrants::review::phrasing::finding::group;
use hwgrants::review::section::Section;
use hwgrants::review::{Format, Report, SourceLocations};
use proptest::prelude::*;

use super::sample::{self, HOSTILE};

/// What GitHub takes in a comment; there are never more characters than bytes.
const LIMIT: usize = 65_536;

/// The extensions of both hosts, and all others that the parser has for text.
fn options() -> Options<'static> {
    let mut options = Options::default();
    let extension = &mut options.extension;
    extension.alerts = true;
    extension.autolink = true;
    extension.description_lists = true;
    extension.footnotes = true;
    extension.inline_footnotes = true;
    extension.math_code = true;
    extension.math_dollars = true;
    extension.multiline_block_quotes = true;
    extension.spoiler = true;
    extension.strikethrough = true;
    extension.subscript = true;
    extension.superscript = true;
    extension.table = true;
    extension.tasklist = true;
    extension.underline = true;
    extension.wikilinks_title_after_pipe = true;
    options.parse.relaxed_autolinks = true;
    options
}

/// What is in a comment, by kind; only what a host makes something of.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    /// Tables, and the number of their columns.
    tables: Vec<usize>,
    /// Rows of tables, heads included.
    rows: usize,
    items: usize,
    headings: Vec<String>,
    fences: Vec<String>,
    html: Vec<String>,
    code: Vec<String>,
    /// What is text for the host, in which it looks for mentions and references.
    prose: String,
    /// What is not foreseen.
    others: Vec<String>,
}

fn content(markdown: &str) -> Content {
    let arena = Arena::new();
    let mut content = Content::default();
    for node in parse_document(&arena, markdown, &options()).descendants() {
        content.add(node);
    }
    content
}

impl Content {
    fn add<'a>(&mut self, node: &'a AstNode<'a>) {
        match &node.data.borrow().value {
            NodeValue::Strong => {}
            NodeValue::Document
            | NodeValue::Paragraph
            | NodeValue::List(_)
            | NodeValue::BlockQuote => self.prose.push('\n'),
            // One with others below it says what they have in common.
            NodeValue::Item(_) => {
                let mut parts = node.children();
                let is_head =
                    parts.any(|part| matches!(part.data.borrow().value, NodeValue::List(_)));
                self.items += usize::from(!is_head);
            }
            NodeValue::TableCell => self.prose.push('\n'),
            NodeValue::SoftBreak | NodeValue::LineBreak => self.prose.push('\n'),
            NodeValue::TableRow(_) => {
                self.rows += 1;
                let cells = node.children().count();
                assert_eq!(Some(&cells), self.tables.last(), "a row of another length");
            }
            NodeValue::Table(table) => self.tables.push(table.num_columns),
            NodeValue::Heading(_) => {
                self.prose.push('\n');
                self.headings.push(text(node));
            }
            NodeValue::CodeBlock(code) => self.fences.push(code.literal.clone()),
            NodeValue::HtmlBlock(html) => self.html.extend(html.literal.lines().map(str::to_owned)),
            NodeValue::HtmlInline(html) if html == "<br>" => self.prose.push('\n'),
            NodeValue::Code(code) => {
                self.code.push(code.literal.clone());
                self.prose.push('`');
            }
            NodeValue::Text(text) => self.prose.push_str(text),
            other => self.others.push(format!("{other:?}")),
        }
    }

    /// Tags and comments are ours alone.
    fn assert_harmless(&self) {
        assert_eq!(self.others, [""; 0]);
        let mut folds = 0;
        for line in &self.html {
            match line.as_str() {
                MARKER | "" => {}
                "<details>" => folds += 1,
                "</details>" => folds -= 1,
                line => {
                    let title = line.strip_prefix("<summary>").unwrap();
                    let title = title.strip_suffix("</summary>").unwrap();
                    assert!(!title.contains(['<', '&', '@', '#']), "{title}");
                }
            }
            assert!((0..=1).contains(&folds), "folds are closed and not nested");
        }
        assert_eq!(folds, 0);
        // What any host looks for in text, and `*` and `|`, which would be a sign of something that was meant as markup.
        let found: Vec<&str> = self
            .prose
            .split_whitespace()
            .filter(|word| {
                word.contains([
                    '@', '#', '!', '%', '$', '&', '[', ']', '<', '*', '_', '|', '/', '\\', '{',
                ])
            })
            .collect();
        assert_eq!(found, [""; 0], "{}", self.prose);
        let is_name = |word: &&str| {
            let is_mixed =
                word.contains(|c: char| c.is_ascii_digit()) && word.contains(char::is_alphabetic);
            let is_commit = word.len() >= 7 && word.chars().all(|c| c.is_ascii_hexdigit());
            is_mixed
                || is_commit
                || word.contains("://")
                || word.starts_with("www.")
                || word.starts_with(':') && word.ends_with(char::is_alphanumeric)
        };
        // Code parts words as a space does: hosts look into each text between two pieces of code.
        let mut words = self.prose.split(|c: char| c.is_whitespace() || c == '`');
        assert_eq!(words.find(is_name), None);
    }
}

fn text<'a>(node: &'a AstNode<'a>) -> String {
    let texts = node
        .descendants()
        .filter_map(|node| match &node.data.borrow().value {
            NodeValue::Text(text) => Some(text.to_string()),
            _ => None,
        });
    texts.collect()
}

/// The comment, which fits and has its frame, and what is in it.
pub(super) fn check(report: &Report) -> (String, Content) {
    let markdown = Format::Markdown.render(report, &SourceLocations::default());
    assert!(markdown.len() <= LIMIT, "{} bytes", markdown.len());
    assert!(markdown.starts_with(&format!("{MARKER}\n## Review of the plan")));
    assert!(markdown.ends_with('\n'));
    assert_eq!(
        markdown,
        Format::Markdown.render(report, &SourceLocations::default())
    );
    let content = content(&markdown);
    content.assert_harmless();
    for (section, count) in totals(report) {
        assert!(markdown.contains(&format!(" | {count} |\n")), "{section:?}");
    }
    (markdown, content)
}

/// The sections with accesses, each with their number.
fn totals(report: &Report) -> Vec<(Section, usize)> {
    let totals = Section::ALL.map(|section| (section, report.total(section)));
    totals.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// How many entries the comment says that it leaves out.
fn left_out(markdown: &str) -> usize {
    let lines = markdown.lines().filter_map(|line| {
        let (count, _) = line.strip_prefix("**")?.split_once(" more ent")?;
        Some(count.parse::<usize>().unwrap())
    });
    lines.sum()
}

/// How many entries a report has in all sections.
fn entries(report: &Report) -> usize {
    let notes = report.changes.iter().flat_map(|change| &change.notes);
    let renames = notes
        .filter(|note| matches!(note, Note::Renamed { .. }))
        .count();
    let lists = [
        totals(report).iter().map(|(_, count)| count).sum(),
        report.assertions.len(),
        report.other_types.len(),
        report.upcoming_expiries.len(),
        report.drift.len(),
        report.deferred.len(),
        report.stale_waivers.len(),
        report.not_reviewed.len(),
    ];
    let (open, waived): (Vec<_>, Vec<_>) = report.findings.iter().partition(|it| it.is_open());
    let groups = [group(open), group(waived)].into_iter().flatten();
    let findings: usize = groups.map(|group| group.blocks.len().max(1)).sum();
    lists.iter().sum::<usize>() + findings + report.modules.len() + renames
}

/// How many entries the comment shows.
fn shown(report: &Report, content: &Content) -> usize {
    // Heads of tables are rows, and the first table is the one of the totals.
    let rows = content.rows - content.tables.len() - totals(report).len();
    let moved: usize = content
        .fences
        .iter()
        .map(|fence| fence.matches("moved {\n").count())
        .sum();
    rows + content.items + moved
}

#[test]
fn foreign_text_is_escaped() {
    for hostile in HOSTILE {
        let report = sample::report(20, |_| (*hostile).to_owned());
        let (markdown, content) = check(&report);
        assert_eq!(left_out(&markdown), 0, "{hostile}");
        assert_eq!(shown(&report, &content), entries(&report), "{hostile}");
        assert_eq!(content.fences.len(), 1, "{hostile}");
        assert_eq!(content.fences[0].matches("moved {").count(), 1, "{hostile}");
    }
}

/// Two times the same text with one backtick: what stands between the two is code, and what is around it are two words.
#[test]
fn a_code_span_separates_the_words_around_it() {
    let report = sample::report(4, |_| "0`A ".repeat(2));
    let (markdown, content) = check(&report);
    assert!(markdown.contains("0`A 0`A"), "{markdown}");
    assert_eq!(shown(&report, &content), entries(&report));
}

#[test]
fn code_spans_preserve_foreign_text() {
    for hostile in HOSTILE {
        let mut report = sample::report(0, |_| String::new());
        report
            .modules
            .insert("module.a".to_owned(), (*hostile).to_owned());
        let (_, content) = check(&report);
        // Two cells are never one, whatever a parser thinks of backslashes.
        let expected = hwgrants::text::line(hostile).replace("\\|", "\\¦");
        if expected.trim().is_empty() {
            continue;
        }
        assert_eq!(content.code.last(), Some(&expected), "{hostile}");
    }
}

#[test]
fn two_thousand_grants_fit_and_omitted_entries_are_counted() {
    let plain = |number: usize| format!("the text of number {number}");
    let hostile = |number: usize| HOSTILE[number % HOSTILE.len()].to_owned();
    let long = |number: usize| "`|".repeat(number % 300);
    let wide = |number: usize| "陈".repeat(number % 300);
    let texts: [&dyn Fn(usize) -> String; 4] = [&plain, &hostile, &long, &wide];
    for text in texts {
        let report = sample::report(2000, text);
        assert_eq!(totals(&report).len(), Section::ALL.len());
        let (markdown, content) = check(&report);
        let shown = shown(&report, &content);
        assert_eq!(shown + left_out(&markdown), entries(&report));
        // Each section begins with some, and there is room for no more.
        assert!(shown >= 3 * 20, "{shown}");
        assert!(markdown.len() > LIMIT * 9 / 10, "{}", markdown.len());
    }
}

#[test]
fn gains_are_kept_when_other_sections_are_truncated() {
    let report = sample::report(1200, |number| format!("text {number}"));
    let (markdown, _) = check(&report);
    let section = |title: &str| {
        let start = markdown.find(title).unwrap();
        let text = &markdown[start..];
        text[..text[1..].find("\n### ").unwrap_or(text.len() - 1)].to_owned()
    };
    assert_eq!(left_out(&section("### + Gains access")), 0);
    assert!(left_out(&section("### − Access changes: expiry added")) > 90);
    assert!(left_out(&section("<summary>= Unchanged grants without notes")) > 90);
}

#[test]
fn an_empty_report_is_short() {
    let mut report = sample::report(0, |_| String::new());
    report.completeness = Completeness::Complete;
    let (markdown, content) = check(&report);
    assert_eq!(
        content.headings,
        ["Review of the plan created on 2026-12-01 (UTC)"]
    );
    assert!(markdown.len() < 200, "{markdown}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_report_fits_the_limit_and_escapes_foreign_text(
        count in 0..120_usize,
        texts in proptest::collection::vec("(\\PC|[`|\\\\<>@#!\\[\\]()*_~$&:./ \\n-]){0,40}", 1..8),
        times in 1..20_usize,
    ) {
        let report = sample::report(count, |number| texts[number % texts.len()].repeat(times));
        let (markdown, content) = check(&report);
        prop_assert_eq!(shown(&report, &content) + left_out(&markdown), entries(&report));
    }
}
