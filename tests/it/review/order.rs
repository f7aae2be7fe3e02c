//! What a reader finds where: changes as a table, findings by rule, why something is replaced, and what is missing from a plan.

use std::fs;

use hwgrants::plan_json::action_reason::ActionReason;
use hwgrants::plan_json::completeness::Completeness;
use hwgrants::plan_json::{StateName, read_plan};
use hwgrants::review::{Format, PlanSet, Policy, Report, SourceLocations};
use serde_json::{Value, json};

use super::stage::{create, delete, keep, plan, replace, update};
use super::{review, reviewed, text};

fn of(plan: &Value) -> Report {
    review(plan.to_string().as_bytes()).unwrap()
}

/// The report on one line, however it is wrapped.
fn flat(plan: &Value) -> String {
    let report = text(plan);
    report.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn with(mut plan: Value, key: &str, value: Value) -> Value {
    plan[key] = value;
    plan
}

#[test]
fn changes_are_a_table_with_each_resource_once() {
    let plan = plan(&[
        create("csms_grant.a"),
        create("csms_grant.b").with("validity_time", Value::Null),
        create("csms_grant.c").with("resource_id", "s2"),
        update("csms_grant.d").from("validity_time", "2026-12-31"),
    ]);
    let report = text(&plan);
    let expected = "\
Gains access
------------

  to secret s1
  in cn-north-4, project p1
    user csms_grant.a                         until 2027-06-01
      csms_grant.a
      reason: OPS-1
    user csms_grant.b                         never expires
      csms_grant.b
      reason: OPS-1

  to secret s2
  in cn-north-4, project p1
    user csms_grant.c                         until 2027-06-01
      csms_grant.c
      reason: OPS-1

Access changes: later expiry
----------------------------

  to secret s1
  in cn-north-4, project p1
    user csms_grant.d                         until 2027-06-01 (was 2026-12-31)
      csms_grant.d
      reason: OPS-1
";
    assert!(report.contains(expected), "{report}");
    // On a wide terminal, the blocks are beside the grantees.
    let wide = Format::Text.render(&of(&plan), &SourceLocations::default());
    assert_eq!(wide, report);
    let output = hwgrants::review::text::TextReport {
        report: &of(&plan),
        locations: &SourceLocations::default(),
    };
    let wide = format!("{output:140}");
    let line = wide.lines().find(|line| line.contains("user csms_grant.b"));
    let words: Vec<&str> = line.unwrap().split_whitespace().collect();
    assert_eq!(
        words,
        ["user", "csms_grant.b", "never", "expires", "csms_grant.b"]
    );
}

#[test]
fn advice_appears_once_for_all_findings_of_a_rule() {
    let names = ["a", "b", "c"].map(|name| format!("csms_grant.{name}"));
    let blocks = names
        .iter()
        .map(|name| create(name).with("validity_time", Value::Null));
    let plan = plan(&blocks.collect::<Vec<_>>());
    let report = of(&plan);
    for format in [Format::Text, Format::Markdown, Format::Html] {
        let shown = format.render(&report, &SourceLocations::default());
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        let of = |what: &str| shown.matches(what).count();
        assert_eq!(of("often outlives its purpose"), 1, "{shown}");
        assert_eq!(of("and never expires."), 3, "{shown}");
        // The message of a program has both.
    }
    for format in [
        Format::Json,
        Format::Sarif,
        Format::Junit,
        Format::Gitlab,
        Format::Github,
    ] {
        let shown = format.render(&report, &SourceLocations::default());
        assert_eq!(
            shown.matches("often outlives its purpose").count(),
            3,
            "{shown}"
        );
    }
}

#[test]
fn waived_findings_are_not_grouped_with_open_ones() {
    let policy = "[[waivers]]\naddress = \"csms_grant.b\"\nrule = \"no-end\"\nuntil = 2027-01-31\nowner = \"o\"\nreason = \"r\"\n";
    let plan = plan(&[
        create("csms_grant.a").with("validity_time", Value::Null),
        create("csms_grant.b").with("validity_time", Value::Null),
        create("csms_grant.c").with("validity_time", Value::Null),
    ]);
    let policy = Policy::read(policy).unwrap();
    let report = hwgrants::review::review(plan.to_string().as_bytes(), &policy).unwrap();
    let shown = Format::Text.render(&report, &SourceLocations::default());
    assert!(
        shown.contains("warning: Grant never expires (no-end), 2 findings\n"),
        "{shown}"
    );
    assert!(
        shown.contains("waived warning: Grant never expires (no-end)\n"),
        "{shown}"
    );
}

#[test]
fn the_file_and_the_line_of_a_finding_are_in_every_format_for_people() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("main.tf"),
        "# One.\nresource \"csms_grant\" \"a\" {\n  type = \"SECRET\"\n}\n",
    )
    .unwrap();
    let plan = plan(&[create("csms_grant.a").with("validity_time", Value::Null)]);
    let root = folder.path().to_str().unwrap();
    for (format, expected) in [
        ("text", "csms_grant.a, `validity_time` (main.tf:2)"),
        ("markdown", "`csms_grant.a`, `validity_time` (`main.tf:2`)"),
        ("html", "in <bdi>main.tf:2</bdi>"),
    ] {
        let args = [
            "--chdir",
            root,
            "--source-root",
            root,
            "--format",
            format,
            "-",
        ];
        let output = reviewed(&args, plan.to_string().as_bytes());
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(shown.contains(expected), "{format}: {shown}");
    }
    // Without the configuration, no file is named: the plan has none of its own.
    assert!(!text(&plan).contains("plan.json"));
}

#[test]
fn reports_explain_why_terraform_replaces_or_destroys_a_grant() {
    let mut seen = Vec::new();
    for reason in ActionReason::ALL {
        let is_replacement = reason.name().starts_with("replace");
        let block = match is_replacement {
            true => replace("csms_grant.a", false),
            false => delete("csms_grant.a"),
        };
        let mut plan = plan(&[block]);
        let bare = flat(&plan);
        plan["resource_changes"][0]["action_reason"] = json!(reason.name());
        let report = text(&plan);
        let prefix = if is_replacement {
            "replaced because"
        } else {
            "destroyed because"
        };
        let note = report.split("note: ").find(|note| note.starts_with(prefix));
        let note = note.unwrap_or_else(|| panic!("{}: {report}", reason.name()));
        assert!(!bare.contains(prefix), "{bare}");
        seen.push(note.split("\n\n").next().unwrap().to_owned());
        let json = Format::Json.render(&of(&plan), &SourceLocations::default());
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["action_reasons"]["csms_grant.a"], reason.name());
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), ActionReason::ALL.len(), "{seen:?}");
    // Reasons of data sources, of later versions, and what is no reason at all.
    for other in [
        json!("read_because_config_unknown"),
        json!("delete_because_of_the_moon"),
        json!(1),
        json!(null),
    ] {
        let mut plan = plan(&[delete("csms_grant.a")]);
        let expected = text(&plan);
        plan["resource_changes"][0]["action_reason"] = other;
        assert_eq!(text(&plan), expected);
    }
}

/// A foreign resource that is deferred, which concerns no access.
fn deferred_foreign() -> Value {
    json!({"reason": "resource_config_unknown", "resource_change": {
        "address": "terraform_data.x", "mode": "managed", "type": "terraform_data", "name": "x",
        "provider_name": "terraform.io/builtin/terraform", "change": {"actions": ["create"], "before": null, "after": {}},
    }})
}

#[test]
fn errored_deferred_and_targeted_plans_are_told_apart() {
    let whole = || plan(&[create("csms_grant.a")]);
    let incomplete = || with(whole(), "complete", json!(false));
    let errored = || with(incomplete(), "errored", json!(true));
    let deferred = json!([deferred_foreign()]);
    let cases = [
        (whole(), Completeness::Complete, None),
        (
            with(whole(), "complete", json!(true)),
            Completeness::Complete,
            None,
        ),
        (incomplete(), Completeness::Partial, Some("`-target`")),
        (
            with(incomplete(), "deferred_changes", deferred.clone()),
            Completeness::Deferred,
            Some("deferred to a later plan"),
        ),
        (errored(), Completeness::Errored, Some("planning failed")),
        (
            with(whole(), "errored", json!(true)),
            Completeness::Errored,
            Some("planning failed"),
        ),
        (
            with(errored(), "deferred_changes", deferred),
            Completeness::Errored,
            Some("planning failed"),
        ),
    ];
    let causes = ["`-target`", "deferred to a later plan", "planning failed"];
    for (plan, expected, cause) in &cases {
        assert_eq!(of(plan).completeness, *expected);
        let shown = flat(plan);
        for other in causes {
            assert_eq!(
                shown.contains(other),
                Some(other) == *cause,
                "{other}: {shown}"
            );
        }
        assert_eq!(
            shown.contains("Changes missing from the plan are not reviewed."),
            cause.is_some()
        );
    }
    // Of several plans, each with its own cause.
    let mut set = PlanSet::default();
    for (name, plan) in [
        ("a", whole()),
        ("b", incomplete()),
        ("c", errored()),
        ("d", errored()),
    ] {
        let name: StateName = name.parse().unwrap();
        set.add(Some(&name), read_plan(plan.to_string().as_bytes()).unwrap())
            .unwrap();
    }
    let report = set.review(&Policy::default());
    let shown = Format::Text.render(&report, &SourceLocations::default());
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    for expected in [
        "The plans of `c`, `d` are incomplete because planning failed",
        "The plan of the state `b` is incomplete because Terraform was run with `-target`",
        "b: 1 gained; the plan is limited by `-target`",
        "c: 1 gained; planning failed",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    let json: Value =
        serde_json::from_str(&Format::Json.render(&report, &SourceLocations::default())).unwrap();
    assert_eq!(json["completeness"], "errored");
    assert_eq!(json["states"][1]["completeness"], "partial");
}

#[test]
fn a_deferred_grant_shows_what_is_known_of_it() {
    let change = |block: super::stage::Block| {
        let made = plan(&[block]);
        json!({"reason": "deferred_prereq", "resource_change": made["resource_changes"][0]})
    };
    let deferred = json!([
        change(create("csms_grant.a")),
        change(
            create("csms_grant.b")
                .unknown("resource_id")
                .with("validity_time", Value::Null)
        ),
        change(delete("csms_grant.c")),
    ]);
    let plan = with(
        plan(&[create("csms_grant.now")]),
        "deferred_changes",
        deferred,
    );
    let shown = flat(&plan);
    for expected in [
        "csms_grant.a: a prerequisite is deferred. A later plan will give user csms_grant.a access to secret s1 until 2027-06-01",
        "csms_grant.b: a prerequisite is deferred. A later plan will give user csms_grant.b access to a secret (known after \
         apply), without an expiration date",
        "csms_grant.c: a prerequisite is deferred. A later plan will revoke the grant that gives user csms_grant.c access",
    ] {
        assert!(shown.contains(expected), "{expected}\n{shown}");
    }
    // It is no change of this plan.
    assert!(shown.contains("Access: 1 gained."), "{shown}");
    let json = Format::Json.render(&of(&plan), &SourceLocations::default());
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        json["deferred"][0]["key"]["grantee_id"]["value"],
        "csms_grant.a"
    );
}

/// The plan does not show who is in the group, so nothing may say that the user's access has ended.
#[test]
fn a_revoked_grant_of_a_user_names_the_group_that_keeps_the_access() {
    let note = "note: the user keeps this access if they are a member of the group in csms_grant.g";
    let group = |block: super::stage::Block| block.given_to_group("g");
    for (blocks, is_noted) in [
        (
            vec![delete("csms_grant.a"), group(keep("csms_grant.g"))],
            true,
        ),
        (
            vec![delete("csms_grant.a"), group(create("csms_grant.g"))],
            true,
        ),
        (
            vec![
                delete("csms_grant.a"),
                group(keep("csms_grant.g")).with("validity_time", "2026-12-10"),
            ],
            true,
        ),
        // It has expired itself.
        (
            vec![
                delete("csms_grant.a"),
                group(keep("csms_grant.g")).with("validity_time", "2026-11-10"),
            ],
            false,
        ),
        (
            vec![delete("csms_grant.a"), group(delete("csms_grant.g"))],
            false,
        ),
        (vec![delete("csms_grant.a"), keep("csms_grant.g")], false),
        (
            vec![
                group(delete("csms_grant.a")),
                group(keep("csms_grant.b")).with("grantee_target_id", "h"),
            ],
            false,
        ),
    ] {
        let shown = flat(&plan(&blocks));
        assert_eq!(shown.contains(note), is_noted, "{blocks:?}\n{shown}");
    }
    // Whatever the policy says of the rule.
    let policy = Policy::read("[rules.covered-by-group]\nenabled = false\n").unwrap();
    let plan = plan(&[delete("csms_grant.a"), group(keep("csms_grant.g"))]);
    let report = hwgrants::review::review(plan.to_string().as_bytes(), &policy).unwrap();
    let json = Format::Json.render(&report, &SourceLocations::default());
    let json: Value = serde_json::from_str(&json).unwrap();
    let expected = json!([{"kind": "covered_by_group", "address": "csms_grant.g"}]);
    assert_eq!(json["changes"][0]["notes"], expected);
}

/// Pipelines pass the title of a pull request, and a name can be as long as a line.
#[test]
fn foreign_text_cannot_pass_for_part_of_a_report() {
    let mut report = of(&plan(&[create("csms_grant.a")]));
    report.title = Some("<img src=x> @everyone\n## Head".to_owned());
    let markdown = Format::Markdown.render(&report, &SourceLocations::default());
    let heading = markdown.lines().nth(1).unwrap();
    assert!(heading.starts_with("## `<img`"), "{heading}");
    assert!(
        heading.ends_with(": Review of the plan created on 2026-12-01 (UTC)"),
        "{heading}"
    );
    assert!(heading.contains("`@everyone`"), "{heading}");

    let name = format!("{} Loses access user x", "word ".repeat(20));
    let plan = plan(&[create("csms_grant.a").with("grantee_name", name)]);
    let report = text(&plan);
    let line = report
        .lines()
        .find(|line| line.contains("Loses access"))
        .unwrap();
    assert!(line.starts_with("        "), "{report}");
}

#[test]
fn the_remedy_for_a_move_is_not_cut_off_in_a_comment() {
    let address = |name: &str| format!("module.{}.csms_grant.{name}", "long".repeat(12));
    let mut set = PlanSet::default();
    for (name, block) in [
        ("network", delete(&address("a"))),
        ("secrets", create(&address("b"))),
    ] {
        let name: StateName = name.parse().unwrap();
        let plan = plan(&[block.with("grantee_target_id", "u1")]).to_string();
        set.add(Some(&name), read_plan(plan.as_bytes()).unwrap())
            .unwrap();
    }
    let report = set.review(&Policy::default());
    let markdown = Format::Markdown.render(&report, &SourceLocations::default());
    assert!(
        markdown.contains("Otherwise, apply `network` first."),
        "{markdown}"
    );
}

#[test]
fn all_deferred_changes_that_may_affect_access_are_counted() {
    let grant = plan(&[create("csms_grant.a")])["resource_changes"][0].clone();
    let mut other = grant.clone();
    other["address"] = json!("huaweicloud_identity_role_assignment.x");
    other["type"] = json!("huaweicloud_identity_role_assignment");
    let deferred = |change: &Value| json!({"reason": "deferred_prereq", "resource_change": change});
    for (changes, expected) in [
        (
            vec![deferred(&grant)],
            "1 change is deferred to a later plan.",
        ),
        (
            vec![deferred(&other)],
            "1 change is deferred to a later plan.",
        ),
        (
            vec![deferred(&grant), deferred(&other)],
            "2 changes are deferred to a later plan.",
        ),
        // One that concerns no access is in no list.
        (
            vec![deferred_foreign(), deferred(&other)],
            "1 change is deferred to a later plan.",
        ),
    ] {
        let shown = flat(&with(plan(&[]), "deferred_changes", json!(changes)));
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
}

#[test]
fn a_directory_of_the_configuration_that_does_not_exist_is_an_error_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("main.tf");
    fs::write(&file, "").unwrap();
    let plan = plan(&[create("csms_grant.a")]).to_string();
    for format in Format::ALL {
        for wrong in [&file, &folder.path().join("nowhere")] {
            let args = [
                "--chdir",
                wrong.to_str().unwrap(),
                "--format",
                format.name(),
                "-",
            ];
            let output = reviewed(&args, plan.as_bytes());
            assert_eq!(output.status.code(), Some(1), "{args:?}");
            assert!(output.stdout.is_empty(), "{args:?}");
        }
    }
}

#[test]
fn grantees_have_the_names_that_data_sources_of_the_plan_have() {
    let id = "20220331164602949-904C-D475B60AE";
    let user = json!({"user_id": id, "user_name": "aruiz", "name": "Ana Ruiz", "disabled": false});
    let list =
        json!({"users": [{"user_id": "20220331164602949-904C-D475B60AF", "name": "Ben"}, user]});
    for (type_name, values) in [
        ("hwgrants_csms_user", &user),
        ("csms_user", &user),
        ("hwgrants_csms_users", &list),
        ("csms_users", &list),
    ] {
        let mut plan = plan(&[create("csms_grant.a").with("grantee_target_id", id)]);
        plan["prior_state"] = json!({"format_version": "1.0", "values": {"root_module": {"resources": [{
            "address": format!("data.{type_name}.x"), "mode": "data", "type": type_name, "name": "x",
            "provider_name": "registry.terraform.io/hwgrants/hwgrants", "values": values,
        }]}}});
        let text = flat(&plan);
        assert!(
            text.contains(&format!("Ana Ruiz (user {id})")),
            "{type_name}: {text}"
        );
        // A managed object of this name is something else.
        plan["prior_state"]["values"]["root_module"]["resources"][0]["mode"] = json!("managed");
        let is_list = type_name.ends_with('s');
        assert_eq!(flat(&plan).contains("Ana Ruiz"), !is_list, "{type_name}");
    }
}
