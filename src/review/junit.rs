//! The report as JUnit's XML, for the lists of tests that CI servers show.
//!
//! A case fails if it fails the policy check without `--fail-on`: a finding of the severity `error` without a valid waiver.
//! Waived findings, deferred changes and changes that are not reviewed are skipped. All other cases pass, with their text as
//! output. There are no times, so that a plan has the same report on any day.
//!
//! Source: Jenkins, xUnit plugin, `junit-10.xsd`.

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite, XmlString};

use super::location::SourceLocations;
use super::phrasing::{self, PhrasedGrant};
use super::report::Report;
use super::section::Section;
use crate::review::finding::{AssertionOutcome, Finding};
use crate::review::rule::Rule;
use crate::text;

/// The report as XML; ends with a line feed.
#[must_use]
pub fn render(report: &Report, locations: &SourceLocations) -> String {
    let mut junit = quick_junit::Report::new("hwgrants review");
    let suites = [
        rules(report, locations),
        stale_waivers(report),
        access(report),
        assertions(report),
        expiries(report),
        drift(report),
        deferred_suite(report),
        not_reviewed(report),
    ];
    // Some CI servers take a suite without cases for a broken file.
    let suites = suites.into_iter().filter(|suite| suite.tests > 0);
    junit.add_test_suites(suites);
    // Writing fails where the writer does, and this one is memory.
    junit.to_string().unwrap_or_default()
}

/// A case for each finding, and one for each rule that has found nothing.
fn rules(report: &Report, locations: &SourceLocations) -> TestSuite {
    let mut suite = TestSuite::new("hwgrants rules");
    suite.add_properties(properties(report));
    for rule in Rule::ALL {
        let found = report
            .findings
            .iter()
            .filter(|finding| finding.rule == rule);
        let found: Vec<TestCase> = found.map(|found| finding(found, locations)).collect();
        if found.is_empty() {
            suite.add_test_case(unfound(report, rule));
        }
        suite.add_test_cases(found);
    }
    suite
}

/// The case of a rule without findings, which is skipped if the rule needs a day to count from.
fn unfound(report: &Report, rule: Rule) -> TestCase {
    let title = rule.title();
    if report.uncounted.contains(&rule) {
        let mut status = TestCaseStatus::skipped();
        status.set_message(xml(&phrasing::summary::uncounted(report)));
        return case(rule.id(), &format!("{title}: skipped"), status);
    }
    let name = format!("{title}: no findings");
    case(rule.id(), &name, TestCaseStatus::success())
}

/// A case for each waiver to remove from the policy.
fn stale_waivers(report: &Report) -> TestSuite {
    let mut suite = TestSuite::new("hwgrants waivers");
    for stale in &report.stale_waivers {
        let name = format!("{} for {}", stale.rule.id(), stale.address);
        let mut case = case(phrasing::finding::STALE, &name, TestCaseStatus::success());
        case.set_system_out(xml(&phrasing::finding::stale_waiver(stale)));
        suite.add_test_case(case);
    }
    suite
}

/// Properties of the whole plan.
fn properties(report: &Report) -> Vec<Property> {
    let day = report.planned_on.map(|day| day.to_string());
    let mut properties = vec![
        property("planned_on", &day.unwrap_or_default()),
        property("is_as_of", &report.is_as_of.to_string()),
        property(
            "is_complete",
            &report.completeness.is_complete().to_string(),
        ),
        property("summary", &phrasing::summary::summary(report)),
    ];
    for section in Section::ALL {
        let count = report.total(section);
        if count > 0 {
            let title = phrasing::section::title(section);
            properties.push(property(title, &count.to_string()));
        }
    }
    let unread = report.not_reviewed.len() + report.not_understood_count();
    properties.push(property("not_reviewed", &unread.to_string()));
    for (name, count) in &report.other_types {
        let name = format!("not reviewed: {name}");
        properties.push(property(&name, &count.to_string()));
    }
    for (module, source) in &report.modules {
        properties.push(property(&format!("source of {module}"), source));
    }
    properties
}

/// The case of a finding: failed, passed with its text as output, or skipped if it is waived.
fn finding(finding: &Finding, locations: &SourceLocations) -> TestCase {
    let title = finding.rule.title();
    let waiver = phrasing::finding::waiver(finding);
    let mut lines = vec![
        phrasing::finding::message(finding),
        format!("block: {}", phrasing::finding::block(finding)),
    ];
    if !waiver.is_empty() {
        lines.push(format!("waiver: {waiver}"));
    }
    let text = lines.join("\n");
    let (status, output) = if finding.is_blocking() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status
            .set_message(xml(title))
            .set_type("error")
            .set_description(xml(&text));
        (status, None)
    } else if finding.is_open() {
        let output = format!("{}: {title}\n{text}", finding.severity);
        (TestCaseStatus::success(), Some(output))
    } else {
        let mut status = TestCaseStatus::skipped();
        status.set_message(xml(&match finding.is_waived() {
            true => format!("waived {waiver}"),
            false => "in the baseline".to_owned(),
        }));
        let output = format!("{}: {title}\n{text}", finding.severity);
        (status, Some(output))
    };
    let mut case = case(
        finding.rule.id(),
        &phrasing::finding::block(finding),
        status,
    );
    let (file, line) = locations.line_of(finding);
    case.extra.insert(xml("file"), xml(&file));
    case.extra.insert(xml("line"), xml(&line.to_string()));
    if let Some(output) = output {
        case.set_system_out(xml(&output));
    }
    case
}

/// A case for each access that changes or has notes.
fn access(report: &Report) -> TestSuite {
    let mut suite = TestSuite::new("hwgrants access");
    for section in Section::ALL {
        let title = phrasing::section::title(section);
        let entries = phrasing::section::entries(report, section, false);
        suite.add_test_cases(entries.map(|entry| grant(title, &entry)));
    }
    suite
}

/// A case for each assertion of the policy: skipped if it is not checked, and passed otherwise, because a violation is a finding.
fn assertions(report: &Report) -> TestSuite {
    let mut suite = TestSuite::new("hwgrants assertions");
    for result in &report.assertions {
        let status = match result.outcome {
            AssertionOutcome::Expired => TestCaseStatus::skipped(),
            _ => TestCaseStatus::success(),
        };
        let name = phrasing::access::assertion_text(&result.assertion);
        let mut case = case(phrasing::access::ASSERTIONS, &name, status);
        case.set_system_out(xml(&phrasing::access::assertion(result)));
        suite.add_test_case(case);
    }
    suite
}

/// A case for each grant that has expired or expires soon.
fn expiries(report: &Report) -> TestSuite {
    let mut suite = TestSuite::new("hwgrants expiries");
    for expiry in &report.upcoming_expiries {
        let class = phrasing::summary::term(report, expiry.term);
        suite.add_test_case(grant(&class, &PhrasedGrant::of_upcoming_expiry(expiry)));
    }
    suite
}

/// A case for each grant that was changed outside of Terraform.
fn drift(report: &Report) -> TestSuite {
    let mut suite = TestSuite::new("hwgrants drift");
    for change in &report.drift {
        let entry = PhrasedGrant::of_drift(report, change);
        suite.add_test_cases(entry.map(|entry| grant(phrasing::summary::DRIFT, &entry)));
    }
    suite
}

/// A skipped case for each deferred block.
fn deferred_suite(report: &Report) -> TestSuite {
    let mut suite = TestSuite::new("hwgrants deferred");
    for deferred in &report.deferred {
        let mut status = TestCaseStatus::skipped();
        status.set_message(xml(&phrasing::summary::deferred(deferred)));
        suite.add_test_case(case(phrasing::summary::DEFERRED, &deferred.address, status));
    }
    suite
}

/// A skipped case for each change that may affect access and is not reviewed.
fn not_reviewed(report: &Report) -> TestSuite {
    let mut suite = TestSuite::new("hwgrants not reviewed");
    for change in &report.not_reviewed {
        let mut status = TestCaseStatus::skipped();
        status.set_message(xml("not reviewed"));
        let name = format!("{}: {}", change.address, phrasing::operation(change));
        let mut case = case(&change.type_name, &name, status);
        let attributes = phrasing::attributes(change);
        if !attributes.is_empty() {
            case.set_system_out(xml(&attributes.join("\n")));
        }
        suite.add_test_case(case);
    }
    suite
}

/// A passed case, with what the plan says of the grant as output.
fn grant(class: &str, entry: &PhrasedGrant) -> TestCase {
    let blocks = entry.blocks.join(", ");
    let name = format!("{}, {} ({blocks})", entry.who, entry.to);
    let fields = [
        ("grantee", &entry.who),
        ("resource", &entry.to),
        ("level", &entry.level),
        ("location", &entry.location),
        ("expiry", &entry.expiry),
        ("reason", &entry.reason),
        ("block", &blocks),
    ];
    let fields = fields.into_iter().filter(|(_, text)| !text.is_empty());
    let lines = fields.map(|(name, text)| format!("{name}: {text}"));
    let notes = entry.notes.iter().map(|note| format!("note: {note}"));
    let lines: Vec<String> = lines.chain(notes).collect();
    let mut case = case(class, &name, TestCaseStatus::success());
    case.set_system_out(xml(&lines.join("\n")));
    case
}

fn case(class: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(xml(name), status);
    case.set_classname(xml(class));
    case
}

fn property(name: &str, value: &str) -> Property {
    Property::new(xml(name), xml(value))
}

/// Foreign text as a string of XML.
fn xml(text: &str) -> XmlString {
    XmlString::new(text::xml(text))
}
