//! No sentence of a report contradicts another, whatever two resources do to one access, in one state or in two.

use hwgrants::plan_json::{StateName, read_plan};
use hwgrants::review::{Format, PlanSet, Policy, SourceLocations};
use serde_json::{Value, json};

/// What a plan can do to a resource: a name, the actions, whether there is an object before and after, which is another one in
/// uppercase, and whether it is imported.
const ACTIONS: [(&str, &[&str], &str, bool); 14] = [
    ("keep", &["no-op"], "oo", false),
    ("import", &["no-op"], "oo", true),
    ("import and update", &["update"], "oO", true),
    ("create", &["create"], "-o", false),
    ("create another", &["create"], "-O", false),
    ("delete", &["delete"], "o-", false),
    ("forget", &["forget"], "o-", false),
    ("replace", &["delete", "create"], "oo", false),
    ("replace, created first", &["create", "delete"], "oo", false),
    ("update", &["update"], "oO", false),
    ("keep another", &["no-op"], "OO", false),
    ("update back", &["update"], "Oo", false),
    ("replace with another", &["delete", "create"], "oO", false),
    ("forget and create", &["forget", "create"], "oo", false),
];

/// A type, an object, and one that differs in what an update changes, if there is such an attribute.
fn types() -> [(&'static str, Value, Value); 4] {
    let grant = json!({
        "region": "cn-north-4", "project_id": "p1", "type": "SECRET", "resource_id": "s1", "grantee_type": "user",
        "grantee_target_id": "u1", "validity_time": "2027-06-01", "reason": "OPS-1",
    });
    let mut later = grant.clone();
    later["validity_time"] = json!("2027-09-01");
    let of_group = |grant: &Value| {
        let mut grant = grant.clone();
        grant["grantee_type"] = json!("group");
        grant
    };
    let group = [&grant, &later].map(of_group);
    let [group, group_later] = group;
    let account = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
    let delegation = json!({"region": "cn-north-4", "tenant_id": account, "reason": "OPS-1"});
    let member =
        json!({"group": account, "users": ["9f8e7d6c5b4a39281706f5e4d3c2b1a0"], "id": "x"});
    [
        ("csms_grant", grant, later),
        ("repo_kms_grant", delegation.clone(), delegation),
        (
            "huaweicloud_identity_group_membership",
            member.clone(),
            member,
        ),
        ("csms_grant", group, group_later),
    ]
}

fn change(
    type_name: &str,
    name: &str,
    action: (&str, &[&str], &str, bool),
    one: &Value,
    other: &Value,
) -> Value {
    let (_, actions, sides, is_import) = action;
    let mut objects = sides.chars().map(|side| match side {
        'o' => one.clone(),
        'O' => other.clone(),
        _ => Value::Null,
    });
    let (before, after) = (objects.next().unwrap(), objects.next().unwrap());
    let importing = if is_import {
        json!({"id": "x"})
    } else {
        Value::Null
    };
    json!({
        "address": format!("{type_name}.{name}"), "mode": "managed", "type": type_name, "name": name,
        "change": {
            "actions": actions, "before": before, "after": after, "after_unknown": {}, "importing": importing,
        },
    })
}

fn plan(changes: &[Value], is_failed: bool) -> Value {
    json!({
        "format_version": "1.2", "timestamp": "2026-12-01T00:00:00Z", "errored": is_failed,
        "resource_changes": changes, "configuration": {},
    })
}

fn report(plans: &[Value]) -> Value {
    let mut set = PlanSet::default();
    for (name, plan) in ["a", "b"].into_iter().zip(plans) {
        let name: StateName = name.parse().unwrap();
        let plan = read_plan(plan.to_string().as_bytes()).unwrap();
        set.add(Some(&name), plan).unwrap();
    }
    let report = set.review(&Policy::read("").unwrap());
    let json = Format::Json.render(&report, &SourceLocations::default());
    serde_json::from_str(&json).unwrap()
}

/// What the rows say of the one access, each thing once, sorted. That a create fails is no effect.
fn effects(report: &Value) -> Vec<String> {
    let rows = ["access_changes", "unchanged"].map(|list| report[list].as_array().unwrap().clone());
    let rows = rows.iter().flatten();
    let rows = rows.filter(|row| {
        let note = row["note"].as_str().unwrap_or_default();
        !note.starts_with("creating it here fails")
    });
    let mut effects: Vec<String> = rows
        .map(|row| row["change"].as_str().unwrap().to_owned())
        .collect();
    effects.sort();
    effects.dedup();
    effects
}

/// What the rows may say of a grant with this net change.
fn expected(change: &Value) -> &'static [&'static str] {
    let mut notes = change["notes"].as_array().unwrap().iter();
    let is_forgotten = notes.any(|note| note["kind"] == "forgotten");
    match change["effect"].as_str().unwrap() {
        "unchanged" if is_forgotten => &["kept"],
        "unchanged" => &["", "none", "moved"],
        "stays" => &["kept"],
        "gains" => &["gained"],
        "loses" => &["lost"],
        "interrupted" => &["interrupted"],
        "extended" | "shortened" | "end_unclear" => &["changed"],
        other => panic!("{other}"),
    }
}

#[test]
fn whatever_two_resources_do_to_one_access_one_thing_is_said_of_it() {
    let mut count = 0;
    for (type_name, one, other) in types() {
        for left in ACTIONS {
            for right in ACTIONS {
                // A plan reads the service, so its blocks agree on what the grant was.
                let before = |action: (&str, &[&str], &str, bool)| action.2.chars().next();
                let both = [before(left), before(right)];
                if both.contains(&Some('o')) && both.contains(&Some('O')) {
                    continue;
                }
                let changes = [("a", left), ("b", right)]
                    .map(|(name, action)| change(type_name, name, action, &one, &other));
                let [first, second] = &changes;
                let two = |failed: [bool; 2]| {
                    let plans = [(first, failed[0]), (second, failed[1])];
                    plans.map(|(change, is_failed)| plan(std::slice::from_ref(change), is_failed))
                };
                let cases = [
                    ("one state", vec![plan(&changes, false)]),
                    ("two states", two([false, false]).to_vec()),
                    ("the first failed", two([true, false]).to_vec()),
                    ("the second failed", two([false, true]).to_vec()),
                ];
                for (states, plans) in cases {
                    let report = report(&plans);
                    let case = format!("{type_name}: {} and {}, {states}", left.0, right.0);
                    let mut said = effects(&report);
                    let net = report["changes"].as_array().unwrap();
                    // What a failed plan would give is given by no other one.
                    let is_lapsed = plans.iter().any(|plan| plan["errored"] == true)
                        && said == ["gained", "lost"]
                        && type_name.starts_with("huaweicloud_");
                    assert!(said.len() < 2 || is_lapsed, "{case}: {said:?}");
                    if type_name.starts_with("huaweicloud_") {
                        continue;
                    }
                    assert_eq!(net.len(), 1, "{case}");
                    let said = said.pop().unwrap_or_default();
                    let expected = expected(&net[0]);
                    assert!(
                        expected.contains(&said.as_str()),
                        "{case}: {said} {:?}",
                        net[0]
                    );
                    count += 1;
                }
            }
        }
    }
    // 10 of the actions have one object before, 2 have another, and 2 have none.
    assert_eq!(count, 3 * (14 * 14 - 2 * 10 * 2) * 4);
}

/// The rows of the report in JSON on these actions on one access, of one resource each, in states of these names.
fn rows(type_index: usize, steps: &[(&str, &str, &str)]) -> (Value, Vec<String>) {
    let (type_name, one, other) = &types()[type_index];
    let mut set = PlanSet::default();
    let states: std::collections::BTreeSet<&str> = steps.iter().map(|(state, ..)| *state).collect();
    for state in states {
        let steps = steps.iter().filter(|(of, ..)| *of == state);
        let changes = steps.map(|(_, name, action)| {
            let action = ACTIONS.into_iter().find(|(known, ..)| known == action);
            change(type_name, name, action.unwrap(), one, other)
        });
        let plan = plan(&changes.collect::<Vec<_>>(), false);
        let plan = read_plan(plan.to_string().as_bytes()).unwrap();
        set.add(Some(&state.parse().unwrap()), plan).unwrap();
    }
    let report = set.review(&Policy::read("").unwrap());
    let json = Format::Json.render(&report, &SourceLocations::default());
    let json: Value = serde_json::from_str(&json).unwrap();
    let effects = effects(&json);
    (json, effects)
}

#[test]
fn three_resources_of_one_access_are_told_as_one_thing() {
    for type_index in [0, 2] {
        for (steps, expected) in [
            // The third state has it as well, so revoking it in one of them is a loss.
            (
                [
                    ("a", "x", "keep"),
                    ("b", "y", "delete"),
                    ("c", "z", "create"),
                ],
                "lost",
            ),
            (
                [
                    ("a", "x", "replace"),
                    ("b", "y", "create"),
                    ("c", "z", "delete"),
                ],
                "lost",
            ),
            (
                [
                    ("a", "x", "forget"),
                    ("b", "y", "delete"),
                    ("c", "z", "import"),
                ],
                "lost",
            ),
            (
                [
                    ("a", "x", "keep"),
                    ("b", "y", "forget"),
                    ("c", "z", "create"),
                ],
                "none",
            ),
        ] {
            let (json, said) = rows(type_index, &steps);
            assert_eq!(said, [expected], "{type_index} {steps:?}");
            if let (0, Some(change)) = (type_index, json["changes"].get(0)) {
                let effect = change["effect"].as_str().unwrap();
                let is_lost = effect == "loses";
                assert_eq!(is_lost, expected == "lost", "{steps:?}");
            }
        }
    }
}

#[test]
fn the_expiry_that_a_block_writes_counts_and_not_the_one_that_another_has() {
    for (left, right, effect, until) in [
        ("keep another", "update back", "shortened", "2027-06-01"),
        ("create another", "update back", "shortened", "2027-06-01"),
        ("keep", "update", "extended", "2027-09-01"),
        ("forget", "replace with another", "extended", "2027-09-01"),
    ] {
        for states in [["a", "a"], ["a", "b"]] {
            let (json, said) = rows(0, &[(states[0], "x", left), (states[1], "y", right)]);
            let change = &json["changes"][0];
            assert_eq!(change["effect"], effect, "{left} {right}");
            assert_eq!(
                change["after"]["end"]["date"], until,
                "{left} {right}: {change}"
            );
            assert_eq!(said, ["changed"], "{left} {right}");
            assert_eq!(
                json["access_changes"][0]["until"]["after"], until,
                "{left} {right}"
            );
        }
    }
}

#[test]
fn what_broadens_access_is_reported_whatever_another_resource_does_to_it() {
    let permission = |level: &str| {
        json!({"organization": "org1", "region": "cn-north-4", "id": "x", "users": [{
            "user_id": "9f8e7d6c5b4a39281706f5e4d3c2b1a0", "user_name": "ana", "permission": level,
        }]})
    };
    let type_name = "huaweicloud_swr_organization_permissions";
    let (one, other) = (permission("Read"), permission("Manage"));
    let update = ACTIONS.into_iter().find(|(name, ..)| *name == "update");
    for right in ACTIONS {
        for third in ["Read", "Write", "Manage"] {
            let third = permission(third);
            let changes = [
                change(type_name, "a", update.unwrap(), &one, &other),
                change(type_name, "b", right, &third, &third),
            ];
            let report = report(&[plan(&changes, false)]);
            let case = format!("{} {third}", right.0);
            assert_eq!(report["blocked"]["broadening"], true, "{case}");
            let rows = report["access_changes"].as_array().unwrap().iter();
            let mut levels = rows.map(|row| row["level"].as_str().unwrap());
            assert!(levels.any(|level| level == "Read -> Manage"), "{case}");
            // Another level remains, or goes, besides.
            if right.0 == "forget" && third["users"][0]["permission"] == "Write" {
                let mut rows = report["access_changes"].as_array().unwrap().iter();
                assert!(rows.any(|row| row["change"] == "kept"), "{case}");
            }
        }
    }
}
