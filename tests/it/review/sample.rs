//! Reports of any size with something in every part of them, and texts of others as bad as they come.

use std::sync::Arc;

use hwgrants::access::net::row::{Change, Note, Party, Row, Transition};
use hwgrants::access::unread::{Reason, Unread};
use hwgrants::plan_json::coverage::Coverage;
use hwgrants::plan_json::plan::{Action, AttributeChange, NotReviewed, Part, PlannedOperation};
use hwgrants::plan_json::value::PlanValue;
use hwgrants::review::change::{Missing, StepOutcome};
use hwgrants::review::finding::{Finding, FindingFact};
use hwgrants::review::grant::{Expiry, PlannedGrant, PlannedGrantKey, SecretKey};
use hwgrants::review::policy::{StaleWaiver, Waiver};
use hwgrants::review::report::Deferred;
use hwgrants::review::rule::{FindingSeverity, Rule};
use hwgrants::review::{Policy, Report};
use serde_json::{Value, json};

/// Texts that would be something else than text in one form of a report or another.
pub(super) const HOSTILE: &[&str] = &[
    "@team @org/team a@example.test",
    "#123 GH-123 org/repo#123 !123 ~label %milestone $12 &3 [vulnerability:1] deadbeef deadbeefdeadbeef",
    "https://example.test www.example.test ftp://example.test mailto:a@example.test",
    "[link](https://example.test) ![image](https://example.test/a.png) <https://example.test>",
    "[link]: https://example.test [^1] [^1]: note [x] [[wiki]] [[_TOC_]] [TOC]",
    "<script>alert(1)</script> <img src=x onerror=alert(1)> <!-- --> </details> &lt;b&gt; &copy; <![CDATA[ ]]>",
    "a | b || c \\| d \\\\| e |",
    "` `` ``` ```` ~~~ `a` `` ` `` \\`",
    "| `a | b` | \\` | `",
    "```\n```hcl\n~~~\n</code></pre>",
    "# head\n## head\n> quote\n- item\n1. item\n---\n***\n===\n    code\n/close\n/merge",
    "*a* **b** _c_ __d__ ~~e~~ ==f== ^g^ :smile: :+1: $x$ $`x`$ {+ a +} [- b -]",
    "\u{1b}[2J\u{7}\0\u{b}\u{c}\u{202e}\u{2066}\u{feff}\u{fffe}\u{2028}\u{85}\u{7f}",
    "]]> \" ' & < > &amp; &#0; &#x1b;",
    "$(rm -rf ~) ${a} %0a::error::x ##[error]x ::set-output name=x::y",
    "",
    " ",
    "  a  ",
    "陈伟 Çelik 👩‍💻 e\u{301}",
    // Escape sequences: colours, the cursor, links, the title of the window, and those that begin with a single character.
    "\u{1b}[31;1mred\u{1b}[0m\u{1b}[1A\u{1b}[2K\u{1b}c",
    "\u{1b}]8;;https://example.test\u{7}a\u{1b}]8;;\u{7}\u{1b}]0;title\u{1b}\\\u{1b}]52;c;YQ==\u{7}",
    "\u{9b}31mred\u{9b}0m \u{9d}0;title\u{9c} \u{90}q\u{9c}",
    // Commands of CI servers: GitHub, Azure Pipelines, TeamCity, sections of GitLab.
    "x\n::set-output name=a::b\n::add-mask::c\n::stop-commands::d\n::endgroup::",
    "##vso[task.setvariable variable=a]b\n##[group]c ##[error]d",
    "##teamcity[message text='a' status='ERROR']",
    "section_start:1700000000:a[collapsed=true]\r\u{1b}[0Khead\nsection_end:1700000000:a\r\u{1b}[0K",
    "a%0A::error::b%0D%0A::warning file=a,line=1::c%25 %3A%3A",
    // Strings of other languages that end too early.
    "\",\"admin\":true,\"x\":\"\\",
    "a\\",
    "\\ud800 \\udc00\\ud800 \\u0000 \\x1b[31m \\e[0m \\n",
    "'; DROP TABLE grants; -- \" OR 1=1 /*",
    "a\"\n  to = b\n}\nresource \"x\" \"y\" {",
    "</script></style></textarea></title></pre><svg/onload=alert(1)>",
    "\" onload=\"alert(1)\" style=\"color:red",
    "javascript:alert(1) data:text/html,a vbscript:a",
    // Formulas, and templates.
    "=HYPERLINK(\"https://example.test\",\"a\")",
    "+1-2@SUM(A1)\t=1",
    "{{ 7 * 7 }} ${{ secrets.TOKEN }} <%= 1 %> #{1} {% raw %} %{ if true }",
    // What looks like something else, or like nothing.
    "zero\u{200b}width\u{200d}join\u{2060}er\u{ad}\u{180e}\u{3164}",
    "раураl аdmin ＠admin ｓcript",
    "\u{e0061}\u{e0062}\u{fe0f}\u{e0101}\u{fffc}\u{fffd}",
    "مرحبا שלום \u{61c}\u{200f}a",
    "Z\u{338}\u{317}a\u{335}\u{351}l\u{334}g\u{335}o\u{336}\u{489}",
    "👍🏽 👩🏿‍🚀 🏳️‍🌈 🇩🇪 1️⃣",
    // Characters that end, begin or overwrite a line.
    "a\rb\r\nc\u{85}d\u{2028}e\u{2029}f\u{b}g\u{c}h\n\ni",
    "\r\rgood\rbad",
    "tab\tback\u{8}\u{8}\u{8}space\u{7f}",
    "nul\0byte",
    "../../../etc/passwd C:\\Windows \\\\host\\share ~/.ssh file:///etc/passwd",
];

/// The texts, and those that are too long for some reports.
pub(super) fn names() -> Vec<String> {
    let long = [
        "W".repeat(5_000),
        "a\u{301}".repeat(1_000),
        "a ".repeat(2_500),
    ];
    let texts = HOSTILE.iter().map(|text| (*text).to_owned());
    texts.chain(long).collect()
}

/// A report with about this many grants, of every effect, and with a fifth as many of all else; texts by number.
pub(super) fn report(count: usize, text: impl Fn(usize) -> String) -> Report {
    let changes: Vec<Value> = (0..count)
        .flat_map(|number| changes(number, &text(number)))
        .collect();
    let plan = json!({
        "format_version": "1.2", "timestamp": "2026-12-01T12:00:00Z", "resource_changes": changes, "complete": false,
    });
    let report = hwgrants::review::review(plan.to_string().as_bytes(), &Policy::default());
    let mut report = report.unwrap();
    for number in 0..count.div_ceil(5) {
        let text = text(number);
        report.findings.push(finding(number, &text));
        report.stale_waivers.push(StaleWaiver {
            address: format!("csms_grant.gone[\"{text}\"]"),
            rule: Rule::ALL[number % Rule::ALL.len()],
            waiver: waiver(&text, number.is_multiple_of(2)),
            is_matched: number.is_multiple_of(4),
        });
        report.deferred.push(Deferred {
            address: format!("csms_grant.later[\"{text}\"]"),
            reason: text.clone(),
            action: Action::Create,
            grant: report
                .changes
                .first()
                .and_then(|change| change.after.clone()),
        });
        report.not_reviewed.push(NotReviewed {
            type_name: format!("huaweicloud_obs_bucket{text}"),
            address: format!("huaweicloud_obs_bucket.a[\"{text}\"]"),
            part: [Part::Planned, Part::Drift, Part::Deferred][number % 3],
            operation: [PlannedOperation::Update, PlannedOperation::Unknown][number % 2],
            coverage: Coverage::Unsupported,
            attributes: vec![AttributeChange {
                name: text.clone(),
                before: PlanValue::Known(text.as_str().into()),
                after: PlanValue::Sensitive,
            }],
        });
        let party = Party::new(&format!("user {text}"), Some(5..5 + text.len()));
        let mut party = party.with_names(std::slice::from_ref(&text));
        party.is_sensitive = number % 5 == 0;
        let party = Arc::new(party);
        let changes = [
            Change::Gained,
            Change::MayGain,
            Change::Lost,
            Change::MayLose,
            Change::Changed,
            Change::Kept,
            Change::Interrupted,
            Change::Moved,
            Change::Unaffected,
        ];
        report.access.push(Arc::new(Row {
            change: changes[number % changes.len()],
            grantee: party.clone(),
            resource: party,
            level: Transition {
                before: Some(text.as_str().into()),
                after: text.as_str().into(),
            },
            until: Transition {
                before: None,
                after: text.as_str().into(),
            },
            moved_from: None,
            address: format!("huaweicloud_obs_bucket_acl.a[\"{text}\"]").into(),
            type_name: "huaweicloud_obs_bucket_acl",
            note: Some(if number % 2 == 0 {
                Note::AlsoDeclared(text.as_str().into())
            } else {
                Note::Drift
            }),
        }));
        report.not_understood.push(Unread {
            address: format!("huaweicloud_obs_bucket.b[\"{text}\"]"),
            deposed: None,
            type_name: format!("huaweicloud_obs_bucket{text}"),
            reason: Reason::NoJson(text.clone()),
        });
        report.other_types.insert(format!("other{text}"), number);
        let outcomes = [
            StepOutcome::RevokesAndFails,
            StepOutcome::Fails,
            StepOutcome::Nothing,
        ];
        let missing = Missing {
            arguments: vec!["resource_id", "type"],
            outcome: outcomes[number % 3],
        };
        let address = format!("csms_grant.bare[\"{text}\"]");
        report.missing_arguments.push((address, missing));
        let module = format!("module.m{number}");
        report.modules.insert(module, text);
    }
    report.findings.sort_by_key(|finding| finding.severity);
    report.drift = report.changes.iter().step_by(5).cloned().collect();
    report
}

/// A fact with this text in every part that is foreign.
pub(crate) fn fact(text: &str) -> FindingFact {
    let known = || PlanValue::Known(text.into());
    let grant = PlannedGrant {
        key: PlannedGrantKey::Csms {
            secret: Arc::new(SecretKey {
                region: known(),
                project_id: known(),
                resource_type: known(),
                resource_id: known(),
            }),
            grantee_type: known(),
            grantee_id: known(),
        },
        expiry: Expiry::Never,
        reason: known(),
        grantee_name: known(),
        resource_name: None,
    };
    FindingFact::DeclaredTwice {
        grant: Arc::new(grant),
        others: [text.to_owned()].into(),
    }
}

fn waiver(text: &str, has_expired: bool) -> Waiver {
    Waiver {
        owner: text.to_owned(),
        reason: text.to_owned(),
        until: "2026-12-31".parse().unwrap(),
        has_expired,
    }
}

fn finding(number: usize, text: &str) -> Finding {
    let severities = [
        FindingSeverity::Error,
        FindingSeverity::Warning,
        FindingSeverity::Note,
    ];
    let waiver = Box::new(waiver(text, number.is_multiple_of(2)));
    Finding {
        severity: severities[number % 3],
        rule: Rule::ALL[number % Rule::ALL.len()],
        address: format!("csms_grant.a{number}[\"{text}\"]").into(),
        attribute: number.is_multiple_of(2).then_some("validity_time"),
        fact: fact(text),
        waiver: number
            .is_multiple_of(4)
            .then_some(waiver.clone())
            .or_else(|| (number % 4 == 1).then_some(waiver)),
        is_known: false,
    }
}

/// What happens to the grant of this number; each has another secret.
fn changes(number: usize, text: &str) -> Vec<Value> {
    let grant = |end: Value| {
        json!({
            "region": "cn-north-4", "project_id": text, "type": "SECRET", "resource_id": format!("{number}-{text}"),
            "grantee_type": "user", "grantee_target_id": text, "grantee_name": text, "reason": text,
            "validity_time": end,
        })
    };
    let delegation = json!({"region": "cn-north-4", "tenant_id": format!("{number}-{text}")});
    let (none, soon, late, never) = (
        Value::Null,
        grant(json!("2026-12-20")),
        grant(json!("2027-02-20")),
        grant(Value::Null),
    );
    let address = format!("csms_grant.a[\"{number} {text}\"]");
    let change = |address: &str, actions: &[&str], before: &Value, after: &Value| {
        let kind = if before == &delegation {
            "repo_kms_grant"
        } else {
            "csms_grant"
        };
        json!({
            "address": address, "mode": "managed", "type": kind,
            "change": {"actions": actions, "before": before, "after": after, "after_unknown": {}},
        })
    };
    let one = |actions: &[&str], before: &Value, after: &Value| {
        vec![change(&address, actions, before, after)]
    };
    match number % 12 {
        0 => one(&["create"], &none, &soon),
        1 => one(&["update"], &soon, &late),
        2 => one(&["delete", "create"], &soon, &never),
        3 => {
            let mut changes = one(&["update"], &soon, &grant(Value::Null));
            changes[0]["change"]["after_unknown"] = json!({"validity_time": true});
            changes
        }
        4 => one(&["delete"], &late, &none),
        5 => one(&["update"], &late, &soon),
        6 => one(&["update"], &never, &late),
        7 => one(&["delete"], &delegation, &none),
        8 => one(&["delete", "create"], &soon, &soon),
        9 => one(&["no-op"], &never, &never),
        10 => vec![
            change(&address, &["delete"], &never, &none),
            change(
                &format!("csms_grant.b[\"{number} {text}\"]"),
                &["create"],
                &none,
                &never,
            ),
        ],
        _ => one(&["forget"], &never, &none),
    }
}
