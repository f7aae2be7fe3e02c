//! Reports as JUnit's XML: read by another library than the one that has written them, and held against the schema that
//! Jenkins has for such files: which elements may be where, and which attributes they have. Counts must add up.

use hwgrants::review::rule::{FindingSeverity, Rule};
use hwgrants::review::{Format, Report, SourceLocations};
use roxmltree::{Document, Node};

use super::sample::{self, HOSTILE};

/// The schema, as the source archive of pytest 9.2.0 has it, in `testing/example_scripts`; its licence (MIT) is in it.
const SCHEMA: &str = include_str!("../../data/junit-10.xsd");

/// The name space of schemas.
const XSD: &str = "http://www.w3.org/2001/XMLSchema";

/// What the schema does not have; CI servers ignore or know it.
const ADDED: [(&str, &str); 3] = [
    // The writer always writes it.
    ("testsuites", "skipped"),
    // Links to the source on GitLab and others.
    ("testcase", "file"),
    ("testcase", "line"),
];

fn elements<'a, 'b>(node: Node<'a, 'b>) -> impl Iterator<Item = Node<'a, 'b>> {
    node.children().filter(Node::is_element)
}

/// What is wrong with an element and all in it.
///
/// The schema is plain enough to be read as a list of elements, each with the elements and attributes that may be in it;
/// of their order it says that any will do.
fn errors(schema: &Document<'_>, node: Node<'_, '_>) -> Vec<String> {
    let name = node.tag_name().name();
    let mut declared = elements(schema.root_element());
    let declared = declared.find(|declared| {
        declared.has_tag_name((XSD, "element")) && declared.attribute("name") == Some(name)
    });
    let Some(declared) = declared else {
        return vec![format!("`{name}` is not declared")];
    };
    let mut errors = Vec::new();
    let attributes = declared
        .descendants()
        .filter(|node| node.has_tag_name((XSD, "attribute")));
    let attributes: Vec<(&str, bool)> = attributes
        .map(|node| {
            (
                node.attribute("name").unwrap(),
                node.attribute("use") == Some("required"),
            )
        })
        .collect();
    for (attribute, is_required) in &attributes {
        if *is_required && !node.has_attribute(*attribute) {
            errors.push(format!("`{name}` has no `{attribute}`"));
        }
    }
    for attribute in node.attributes().map(|attribute| attribute.name()) {
        let is_declared = attributes
            .iter()
            .any(|(declared, _)| *declared == attribute);
        if !is_declared && !ADDED.contains(&(name, attribute)) {
            errors.push(format!("`{name}` has `{attribute}`"));
        }
    }
    let mut types = declared.descendants();
    let is_text = declared.attribute("type") == Some("xs:string")
        || types.any(|node| node.attribute("mixed") == Some("true"));
    let mut texts = node.children().filter(Node::is_text);
    if !is_text && texts.any(|text| !text.text().unwrap().trim().is_empty()) {
        errors.push(format!("`{name}` has text"));
    }
    for child in elements(node) {
        let within = child.tag_name().name();
        let mut references = declared.descendants();
        if !references.any(|node| node.attribute("ref") == Some(within)) {
            errors.push(format!("`{name}` has `{within}`"));
        }
        errors.extend(self::errors(schema, child));
    }
    errors
}

/// What the attributes of a suite, or of all, say; and what is so.
fn assert_counted(node: Node<'_, '_>) {
    let count = |name: &str| {
        node.descendants()
            .filter(|node| node.has_tag_name(name))
            .count()
    };
    for (attribute, expected) in [
        ("tests", count("testcase")),
        ("skipped", count("skipped")),
        ("failures", count("failure")),
        ("errors", 0),
    ] {
        assert_eq!(
            node.attribute(attribute),
            Some(expected.to_string().as_str()),
            "{attribute}"
        );
    }
}

fn check(xml: &str) {
    assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
    assert!(xml.ends_with("</testsuites>\n"));
    let document = Document::parse(xml).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    assert_eq!(errors(&Document::parse(SCHEMA).unwrap(), root), [""; 0]);
    assert_counted(root);
    elements(root).for_each(assert_counted);
}

fn count(xml: &str, name: &str) -> usize {
    let document = Document::parse(xml).unwrap();
    document
        .descendants()
        .filter(|node| node.has_tag_name(name))
        .count()
}

#[test]
fn every_golden_report_matches_the_junit_schema() {
    for (case, _) in super::cases() {
        check(&super::report(&case, Format::Junit));
    }
}

#[test]
fn the_validator_rejects_xml_that_violates_the_schema() {
    let frame = |suite: &str| format!("<testsuites><testsuite {suite}</testsuite></testsuites>");
    let counts = "name='a' tests='0' failures='0' errors='0'";
    let schema = Document::parse(SCHEMA).unwrap();
    for (xml, expected) in [
        (frame(&format!("{counts}>")), vec![]),
        (
            frame("name='a' tests='0'>"),
            vec![
                "`testsuite` has no `failures`",
                "`testsuite` has no `errors`",
            ],
        ),
        (
            frame(&format!("{counts} color='red'>")),
            vec!["`testsuite` has `color`"],
        ),
        (
            frame(&format!("{counts}>text")),
            vec!["`testsuite` has text"],
        ),
        (
            frame(&format!("{counts}><failure/>")),
            vec!["`testsuite` has `failure`"],
        ),
        (
            frame(&format!("{counts}><testcase/>")),
            vec!["`testcase` has no `name`"],
        ),
        (
            frame(&format!("{counts}><testcase name='a'><note/></testcase>")),
            vec!["`testcase` has `note`", "`note` is not declared"],
        ),
        (
            frame(&format!(
                "{counts}><testcase name='a'><failure>text</failure></testcase>"
            )),
            vec![],
        ),
    ] {
        let document = Document::parse(&xml).unwrap();
        assert_eq!(errors(&schema, document.root_element()), expected, "{xml}");
    }
}

#[test]
fn foreign_text_is_escaped() {
    for hostile in HOSTILE {
        let report = sample::report(24, |_| (*hostile).to_owned());
        let xml = Format::Junit.render(&report, &SourceLocations::default());
        check(&xml);
        assert!(
            !xml.contains(['\u{1b}', '\u{202e}', '\u{fffe}', '\0']),
            "{hostile}"
        );
        let document = Document::parse(&xml).unwrap();
        let source = |node: &Node<'_, '_>| node.attribute("name") == Some("source of module.m0");
        let source = document.descendants().find(source).unwrap();
        let expected = hwgrants::text::line(hostile).replace('\u{fffe}', "\\u{fffe}");
        let lines = hostile
            .lines()
            .map(hwgrants::text::line)
            .collect::<Vec<_>>();
        // A line break in an attribute is read as a space.
        let lines = lines.join(" ").replace('\u{fffe}', "\\u{fffe}");
        let found = source.attribute("value").unwrap();
        assert!(
            found == expected || found == lines,
            "{found:?} for {hostile:?}"
        );
    }
}

#[test]
fn blocking_findings_fail_and_waived_or_unreviewed_ones_are_skipped() {
    let report: Report = sample::report(240, |number| format!("text {number}"));
    let xml = Format::Junit.render(&report, &SourceLocations::default());
    check(&xml);
    let blocking = report
        .findings
        .iter()
        .filter(|finding| finding.is_blocking())
        .count();
    let waived = report
        .findings
        .iter()
        .filter(|finding| !finding.is_open())
        .count();
    assert!(blocking > 0 && waived > 0);
    assert_eq!(count(&xml, "failure"), blocking);
    let unread = report.deferred.len() + report.not_reviewed.len();
    assert_eq!(count(&xml, "skipped"), waived + unread);
    for rule in Rule::ALL {
        assert!(
            xml.contains(&format!("classname=\"{}\"", rule.id())),
            "{rule:?}"
        );
    }
}

#[test]
fn warnings_and_rules_without_findings_pass() {
    let mut report = sample::report(5, |_| "text".to_owned());
    let finding = &mut report.findings[0];
    finding.severity = FindingSeverity::Warning;
    finding.waiver = None;
    let xml = Format::Junit.render(&report, &SourceLocations::default());
    check(&xml);
    assert_eq!(count(&xml, "failure"), 0);
    assert!(
        xml.contains("<system-out>warning: Grant never expires\n"),
        "{xml}"
    );
    assert!(
        xml.contains(
            "<testcase name=\"Grant has no reason: no findings\" classname=\"no-reason\"/>"
        ),
        "{xml}"
    );
}
