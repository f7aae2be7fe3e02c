//! Reports for the page: with hostile texts, with many grants, and with a few at known days.

use hwgrants::review::Report;
use hwgrants::review::change::StepOutcome;
use hwgrants::review::finding::{Finding, FindingFact};
use hwgrants::review::policy::Waiver;
use hwgrants::review::rule::{FindingSeverity, Rule};
use serde_json::{Value, json};

use super::super::review;

/// Texts that would be markup, styles or a wide page if they were not taken for text.
fn hostile() -> [String; 5] {
    [
        "<script>document.title = 'pwned'</script>".to_owned(),
        "\" onload=\"document.title='pwned'\" style=\"color:red".to_owned(),
        "</style></textarea><img src=https://site.example/x onerror=alert(1)>".to_owned(),
        "\u{202e}txet\u{2066} &amp; \u{200f}".to_owned(),
        "W".repeat(5_000),
    ]
}

/// A grant of the secret `api`, as a plan has it.
fn grant(grantee: &str, name: &str, reason: &str, end: Option<&str>) -> Value {
    json!({
        "region": "cn-north-4", "project_id": "7b4c1d0f5e3a4c2f9d8e6a1b0c5f2e34", "type": "SECRET",
        "resource_id": "43d643d2-95ec-4b0f-8020-a84f3ce931cc", "grantee_type": "user",
        "grantee_target_id": grantee, "grantee_name": name, "reason": reason, "validity_time": end,
    })
}

fn change(address: &str, before: &Value, after: &Value) -> Value {
    let action = match (before, after) {
        (Value::Null, _) => "create",
        (_, Value::Null) => "delete",
        (before, after) if before == after => "no-op",
        _ => "update",
    };
    let kind = "csms_grant";
    json!({
        "address": address, "mode": "managed", "type": kind, "name": "a",
        "change": {"actions": [action], "before": before, "after": after, "after_unknown": {}},
    })
}

fn report(changes: &[Value]) -> Report {
    let plan = json!({
        "format_version": "1.2", "timestamp": "2026-12-01T12:00:00Z", "complete": true,
        "resource_changes": changes,
    });
    review(plan.to_string().as_bytes()).unwrap()
}

pub(super) fn finding(severity: FindingSeverity, text: &str, has_expired: Option<bool>) -> Finding {
    Finding {
        severity,
        rule: Rule::NoEnd,
        address: format!("csms_grant.each[{text:?}]").into(),
        attribute: Some("validity_time"),
        fact: FindingFact::MissingArgument {
            argument: "type",
            outcome: StepOutcome::Nothing,
            held: None,
        },
        waiver: has_expired.map(|has_expired| {
            Box::new(Waiver {
                owner: text.to_owned(),
                reason: text.to_owned(),
                until: "2026-12-24".parse().unwrap(),
                has_expired,
            })
        }),
        is_known: false,
    }
}

/// A report with a hostile text wherever text of others is shown.
pub(super) fn hostile_report() -> Report {
    let mut changes = Vec::new();
    for (number, text) in hostile().iter().enumerate() {
        let address = format!("csms_grant.each[{}]", json!(text));
        let ends = [Some("2026-12-05"), None];
        for end in ends {
            let id = format!("{number}-{end:?}-{text}");
            let after = grant(&id, text, text, end);
            changes.push(change(&address, &Value::Null, &after));
        }
        let renamed = grant(&format!("{number}-{text}"), text, text, Some("2027-01-01"));
        changes.push(change(&address, &renamed, &Value::Null));
        let other = format!("csms_grant.other[{}]", json!(text));
        changes.push(change(&other, &Value::Null, &renamed));
    }
    let mut report = report(&changes);
    for text in hostile() {
        report
            .findings
            .push(finding(FindingSeverity::Error, &text, None));
        report
            .findings
            .push(finding(FindingSeverity::Warning, &text, Some(false)));
        report
            .findings
            .push(finding(FindingSeverity::Error, &text, Some(true)));
    }
    report.drift.clone_from(&report.changes);
    report
}

/// A report of so many grants, all gained, half of them with an end, and a finding for each that has none.
pub(super) fn large_report(count: usize) -> Report {
    let changes = (0..count).map(|number| {
        let end = format!("20{}-{:02}-15", 27 + number % 40, 1 + number % 12);
        let end = (number % 2 == 0).then_some(end);
        let id = format!("20260105091512481-4F1A-{number:09}");
        let after = grant(
            &id,
            &format!("User {number}"),
            "Migration, OPS-1234",
            end.as_deref(),
        );
        change(&format!("csms_grant.each[{number}]"), &Value::Null, &after)
    });
    let mut report = report(&changes.collect::<Vec<_>>());
    let findings =
        (0..count / 2).map(|number| finding(FindingSeverity::Warning, &number.to_string(), None));
    report.findings.extend(findings);
    report
}

/// A report of so many grants: gained, extended, lost and unchanged ones, some without a reason, so with findings.
pub(super) fn mixed_report(count: usize) -> Report {
    let changes = (0..count).map(|number| {
        let id = format!("20260105091512481-4F1A-{number:09}");
        let reason = if number % 3 == 0 {
            ""
        } else {
            "Migration, OPS-1234"
        };
        let of = |end| grant(&id, &format!("User {number}"), reason, end);
        let (soon, late, none) = (of(Some("2026-12-20")), of(Some("2027-06-15")), Value::Null);
        let (before, after) = match number % 4 {
            0 => (&none, &late),
            1 => (&soon, &late),
            2 => (&late, &none),
            _ => (&soon, &soon),
        };
        let address = format!("module.team[\"billing\"].csms_grant.each[\"user {number}\"]");
        change(&address, before, after)
    });
    report(&changes.collect::<Vec<_>>())
}

/// Three grants whose ends are at known places: on a tick, between two, and without.
pub(super) fn three_grants() -> Report {
    let grants = [
        ("week", Some("2026-12-08")),
        ("between", Some("2026-12-16")),
        ("never", None),
    ];
    let changes = grants.map(|(name, end)| {
        let after = grant(name, name, "on call", end);
        change(&format!("csms_grant.{name}"), &Value::Null, &after)
    });
    let (before, after) = (
        grant("far", "far", "", Some("2026-12-31")),
        grant("far", "far", "", Some("2028-03-01")),
    );
    let far = change("csms_grant.far", &before, &after);
    report(&[changes.as_slice(), &[far]].concat())
}
