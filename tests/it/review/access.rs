//! Accesses of other types than ours: in every format, in the policy check, in findings and in assertions.

use std::collections::BTreeMap;

use hwgrants::review::finding::AssertionOutcome;
use hwgrants::review::{Format, Policy, Report, SourceLocations, review};
use serde_json::{Value, json};

use super::reviewed;
use super::stage::{create, plan};

/// A change of a resource, without marks.
fn change(address: &str, actions: &[&str], before: &Value, after: &Value) -> Value {
    let block = address.rsplit_once('.').unwrap().0;
    json!({
        "address": address, "mode": "managed", "type": block, "name": "a",
        "provider_name": "registry.example/local/cloud",
        "change": {
            "actions": actions, "before": before, "after": after,
            "after_unknown": {}, "before_sensitive": {}, "after_sensitive": {},
        },
    })
}

fn bucket(before: &Value, after: &Value) -> Value {
    let address = "huaweicloud_obs_bucket.site";
    let of = |acl: &Value| match acl {
        Value::Null => Value::Null,
        acl => json!({"bucket": "site", "acl": acl}),
    };
    let actions: &[&str] = match (before, after) {
        (Value::Null, _) => &["create"],
        (_, Value::Null) => &["delete"],
        _ => &["update"],
    };
    change(address, actions, &of(before), &of(after))
}

/// A bucket whose access list is known after apply.
fn unknown_bucket() -> Value {
    let mut bucket = bucket(&Value::Null, &json!("private"));
    bucket["change"]["after"] = json!({"bucket": "site"});
    bucket["change"]["after_unknown"] = json!({"acl": true});
    bucket
}

fn role(id: &str) -> Value {
    json!({"group_id": "0123456789abcdef0123456789abcdef", "role_id": id, "domain_id": "d1"})
}

/// Members of a group, before and after; none if there is no group.
fn members(before: Option<&[&str]>, after: Option<&[&str]>) -> Value {
    let of = |users: Option<&[&str]>| users.map(|users| json!({"group": "g1", "users": users}));
    let actions: &[&str] = match (before, after) {
        (None, _) => &["create"],
        (_, None) => &["delete"],
        _ => &["update"],
    };
    let address = "huaweicloud_identity_group_membership.a";
    change(address, actions, &json!(of(before)), &json!(of(after)))
}

/// A plan with these changes.
fn with(changes: &[Value]) -> Value {
    let mut plan = plan(&[]);
    plan["resource_changes"] = json!(changes);
    plan
}

fn report(plan: &Value, policy: &str) -> Report {
    review(plan.to_string().as_bytes(), &Policy::read(policy).unwrap()).unwrap()
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Exit codes by gate: without, public, broadening, any, unreviewed.
fn codes(plan: &Value) -> [Option<i32>; 5] {
    ["", "public", "broadening", "any", "unreviewed"].map(|gate| {
        let args = ["--fail-on", gate, "-"];
        let args = if gate.is_empty() { &args[2..] } else { &args };
        let output = reviewed(args, plan.to_string().as_bytes());
        output.status.code()
    })
}

#[test]
fn a_bucket_made_public_is_told_in_every_format_and_fails_its_policy_checks() {
    let plan = with(&[bucket(&json!("private"), &json!("public-read"))]);
    let report = report(&plan, "");
    for format in Format::ALL {
        let told = flat(&format.render(&report, &SourceLocations::default()));
        for part in [
            "everyone",
            "site",
            "public-read",
            "huaweicloud_obs_bucket.site",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
        for wrong in ["Nobody", "No change of access", "were not reviewed"] {
            assert!(!told.contains(wrong), "{wrong}: {told}");
        }
    }
    let text = flat(&Format::Text.render(&report, &SourceLocations::default()));
    assert!(text.contains("Access: 1 gained."), "{text}");
    assert!(
        text.contains("warning: Access is public (public-access)"),
        "{text}"
    );
    assert_eq!(codes(&plan), [0, 2, 2, 2, 0].map(Some));
}

#[test]
fn each_change_of_access_fails_the_policy_checks_that_are_about_it() {
    let user = "u1";
    for (changes, expected) in [
        (vec![], [0, 0, 0, 0, 0]),
        (vec![members(Some(&[user]), Some(&[user]))], [0, 0, 0, 0, 0]),
        (vec![members(None, Some(&[user]))], [0, 0, 2, 2, 0]),
        (vec![members(Some(&[user]), Some(&[]))], [0, 0, 0, 2, 0]),
        (vec![members(Some(&[user]), Some(&["u2"]))], [0, 0, 2, 2, 0]),
        (
            vec![bucket(&json!("public-read"), &json!("private"))],
            [0, 0, 0, 2, 0],
        ),
        (
            vec![bucket(&json!("public-read"), &Value::Null)],
            [0, 0, 0, 2, 0],
        ),
        (
            vec![bucket(&Value::Null, &json!("public-read"))],
            [0, 2, 2, 2, 0],
        ),
        // What the plan does not show may be public.
        (vec![unknown_bucket()], [0, 2, 2, 2, 0]),
    ] {
        let plan = with(&changes);
        assert_eq!(codes(&plan), expected.map(Some), "{plan}");
    }
}

/// The rules with findings, each with its addresses.
fn found(report: &Report) -> Vec<String> {
    let findings = report.findings.iter();
    findings
        .map(|finding| format!("{} {}", finding.rule.id(), finding.address))
        .collect()
}

#[test]
fn findings_are_about_the_accesses_of_all_reviewed_types() {
    let agency = |duration: &str| {
        json!({
            "name": "partner", "delegated_domain_name": "other", "duration": duration, "all_resources_roles": [],
            "domain_roles": ["Tenant Guest"], "project_role": [], "enterprise_project_roles": [],
        })
    };
    let agency_change = |actions: &[&str], before: &Value, after: &Value| {
        change("huaweicloud_identity_agency.a", actions, before, after)
    };
    let assignment = |address: &str, actions: &[&str], before: &Value, after: &Value| {
        change(address, actions, before, after)
    };
    let old = "huaweicloud_identity_role_assignment_v3.old";
    let new = "huaweicloud_identity_group_role_assignment.new";
    for (changes, expected) in [
        (
            vec![agency_change(&["create"], &Value::Null, &agency("FOREVER"))],
            vec![
                "no-end huaweicloud_identity_agency.a",
                "other-account huaweicloud_identity_agency.a",
            ],
        ),
        (
            vec![agency_change(&["create"], &Value::Null, &agency("1"))],
            vec!["other-account huaweicloud_identity_agency.a"],
        ),
        (
            vec![agency_change(&["delete"], &agency("FOREVER"), &Value::Null)],
            vec![],
        ),
        (
            vec![assignment(new, &["create"], &Value::Null, &role("r1"))],
            vec!["group-grant huaweicloud_identity_group_role_assignment.new"],
        ),
        // Under an old name of the type; the other block keeps nothing.
        (
            vec![
                assignment(old, &["delete"], &role("r1"), &Value::Null),
                assignment(new, &["no-op"], &role("r1"), &role("r1")),
            ],
            vec!["declared-twice huaweicloud_identity_role_assignment_v3.old"],
        ),
        (
            vec![
                assignment(old, &["delete"], &role("r1"), &Value::Null),
                assignment(new, &["no-op"], &role("r2"), &role("r2")),
            ],
            vec![],
        ),
    ] {
        let plan = with(&changes);
        assert_eq!(found(&report(&plan, "")), expected, "{plan}");
    }
}

#[test]
fn what_the_configuration_says_and_the_plan_does_not_do_is_found() {
    let mut imported = members(Some(&["u1"]), Some(&["u1"]));
    imported["change"]["actions"] = json!(["no-op"]);
    imported["change"]["importing"] = json!({"id": "g1"});
    let mut plan = with(&[imported]);
    let users = |users: &[&str]| {
        json!({"root_module": {"resources": [{
            "address": "huaweicloud_identity_group_membership.a", "mode": "managed",
            "type": "huaweicloud_identity_group_membership", "name": "a",
            "expressions": {"group": {"constant_value": "g1"}, "users": {"constant_value": users}},
        }]}})
    };
    plan["configuration"] = users(&["u1"]);
    assert!(found(&report(&plan, "")).is_empty());
    plan["configuration"] = users(&["u1", "u2"]);
    let told = report(&plan, "");
    assert_eq!(
        found(&told),
        ["not-as-configured huaweicloud_identity_group_membership.a"]
    );
    let text = flat(&Format::Text.render(&told, &SourceLocations::default()));
    assert!(text.contains("user u2 access to group g1"), "{text}");
}

/// A policy with one assertion.
fn assertion(kind: &str, patterns: &str) -> String {
    format!("[[{kind}]]\n{patterns}\nowner = \"security\"\nreason = \"SEC-1\"\n")
}

#[test]
fn assertions_are_violated_by_known_unknown_and_sensitive_accesses() {
    use AssertionOutcome::{Holds, MayBeViolated, NotMentioned, Violated};
    let public = || bucket(&json!("private"), &json!("public-read"));
    let private = || bucket(&json!("public-read"), &json!("private"));
    let join = || members(None, Some(&["u1"]));
    let leave = || members(Some(&["u1", "u2"]), Some(&["u2"]));
    let unknown = || {
        let mut change = members(None, Some(&[]));
        change["change"]["after"] = json!({"group": "g1"});
        change["change"]["after_unknown"] = json!({"users": true});
        change
    };
    let sensitive = || {
        let mut change = members(None, Some(&["hush-user"]));
        change["change"]["after_sensitive"] = json!({"users": [true]});
        change
    };
    for (kind, patterns, changes, expected) in [
        ("forbid", "grantee = \"public\"", vec![public()], Violated),
        ("forbid", "grantee = \"public\"", vec![private()], Holds),
        ("forbid", "grantee = \"public\"", vec![join()], NotMentioned),
        (
            "forbid",
            "grantee = \"public\"\nresource = \"bucket site\"",
            vec![public()],
            Violated,
        ),
        (
            "forbid",
            "grantee = \"public\"\nresource = \"*other\"",
            vec![public()],
            NotMentioned,
        ),
        ("forbid", "grantee = \"u1\"", vec![join()], Violated),
        ("forbid", "grantee = \"user u*\"", vec![join()], Violated),
        ("forbid", "grantee = \"u3\"", vec![join()], NotMentioned),
        ("forbid", "grantee = \"u3\"", vec![unknown()], MayBeViolated),
        (
            "forbid",
            "grantee = \"u3\"",
            vec![sensitive()],
            MayBeViolated,
        ),
        (
            "forbid",
            "grantee = \"user *\"",
            vec![sensitive()],
            Violated,
        ),
        ("forbid", "level = \"member\"", vec![join()], Violated),
        ("forbid", "level = \"public-*\"", vec![public()], Violated),
        ("forbid", "level = \"public-*\"", vec![join()], NotMentioned),
        ("expect", "grantee = \"u1\"", vec![leave()], Violated),
        ("expect", "grantee = \"u2\"", vec![leave()], NotMentioned),
        ("expect", "grantee = \"u1\"", vec![join()], Holds),
        ("expect", "grantee = \"u1\"", vec![], NotMentioned),
        ("expect", "resource = \"group g1\"", vec![leave()], Violated),
        ("expect", "grantee = \"public\"", vec![private()], Violated),
    ] {
        let plan = with(&changes);
        let report = report(&plan, &assertion(kind, patterns));
        let outcomes: Vec<AssertionOutcome> =
            report.assertions.iter().map(|one| one.outcome).collect();
        assert_eq!(outcomes, [expected], "{kind} {patterns} {plan}");
        let rule = format!(
            "{kind}{}",
            if kind == "forbid" {
                "den-access"
            } else {
                "ed-access"
            }
        );
        let errors = report
            .findings
            .iter()
            .filter(|finding| finding.is_blocking());
        let errors: Vec<&str> = errors.map(|finding| finding.rule.id()).collect();
        let is_error = matches!(expected, Violated | MayBeViolated);
        let wanted: &[&str] = if is_error { &[&rule] } else { &[] };
        assert_eq!(errors, wanted, "{kind} {patterns} {plan}");
        for format in Format::ALL {
            let told = format.render(&report, &SourceLocations::default());
            assert!(!told.contains("hush"), "{told}");
        }
        let text = flat(&Format::Text.render(&report, &SourceLocations::default()));
        let said = match expected {
            Violated => ": violated",
            MayBeViolated => ": may be violated",
            Holds => ": holds",
            NotMentioned => ": holds: the plan changes no such access",
            AssertionOutcome::Expired => ": has expired",
        };
        assert!(text.contains(said), "{text}");
    }
}

#[test]
fn an_expected_access_that_is_narrowed_or_ends_earlier_is_a_violation() {
    let share = |until: Option<&str>| {
        json!({
            "organization": "o", "repository": "r", "sharing_account": "partner", "permission": "pull",
            "deadline": until,
        })
    };
    let address = "huaweicloud_swr_repository_sharing.a";
    let policy = assertion("expect", "grantee = \"account partner\"");
    for (before, after, is_violated) in [
        ("2027-12-31", "2027-01-31", true),
        ("2027-01-31", "2027-12-31", false),
        ("forever", "2027-12-31", true),
        ("2027-12-31", "forever", false),
    ] {
        let (before, after) = (share(Some(before)), share(Some(after)));
        let plan = with(&[change(address, &["update"], &before, &after)]);
        let report = report(&plan, &policy);
        let outcome = report.assertions[0].outcome;
        assert_eq!(outcome == AssertionOutcome::Violated, is_violated, "{plan}");
        let broadens = report.access.iter().any(|row| row.may_broaden());
        assert_eq!(broadens, !is_violated, "{plan}");
    }
}

#[test]
fn assertions_are_also_about_our_grants_and_end_on_their_last_day() {
    let plan = plan(&[create("csms_grant.a")]);
    let policy = assertion("forbid", "resource = \"secret *\"");
    let open = report(&plan, &policy);
    assert_eq!(open.assertions[0].outcome, AssertionOutcome::Violated);
    for (until, expected) in [
        ("2026-12-01", AssertionOutcome::Violated),
        ("2026-11-30", AssertionOutcome::Expired),
    ] {
        let report = report(&plan, &format!("{policy}until = {until}\n"));
        assert_eq!(report.assertions[0].outcome, expected, "{until}");
        let is_found = report.findings.iter().any(|finding| finding.is_blocking());
        assert_eq!(is_found, expected == AssertionOutcome::Violated, "{until}");
    }
}

#[test]
fn a_created_secret_is_shown_by_its_name_and_unknowns_can_be_told_apart() {
    let mut plan = plan(&[create("csms_grant.a"), create("csms_grant.b")]);
    let names = BTreeMap::from([("a", "billing-db"), ("b", "orders-db")]);
    let secrets = names.iter().map(|(label, name)| {
        let address = format!("huaweicloud_csms_secret.{label}");
        let mut secret = change(&address, &["create"], &Value::Null, &json!({"name": name}));
        secret["type"] = "huaweicloud_csms_secret".into();
        secret
    });
    let mut changes: Vec<Value> = plan["resource_changes"].as_array().unwrap().clone();
    for entry in &mut changes {
        entry["change"]["after"]
            .as_object_mut()
            .unwrap()
            .remove("resource_id");
        entry["change"]["after_unknown"]["resource_id"] = true.into();
    }
    changes.extend(secrets);
    plan["resource_changes"] = json!(changes);
    let blocks = names.keys().map(|label| {
        json!({
            "address": format!("csms_grant.{label}"), "mode": "managed", "type": "csms_grant", "name": label,
            "expressions": {"resource_id": {"references": [
                format!("huaweicloud_csms_secret.{label}.secret_id"), format!("huaweicloud_csms_secret.{label}"),
            ]}},
        })
    });
    plan["configuration"] = json!({"root_module": {"resources": blocks.collect::<Vec<_>>()}});
    let report = report(&plan, "");
    for format in [
        Format::Text,
        Format::Markdown,
        Format::Html,
        Format::Json,
        Format::Junit,
    ] {
        let told = flat(&format.render(&report, &SourceLocations::default()));
        for name in names.values() {
            let named = format!("secret {name}");
            assert!(told.contains(&named), "{named}: {told}");
        }
    }
}
