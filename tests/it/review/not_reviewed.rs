//! Changes that are not reviewed: listed in every format, and never passed over by the policy check.

use hwgrants::review::phrasing;
use hwgrants::review::rule::Rule;
use hwgrants::review::{Format, Policy, Report, SourceLocations, review};
use serde_json::{Value, json};

use super::reviewed;
use super::stage::{Block, create, keep, plan};

/// Sentences that would conclude from what is not read.
const TOO_MUCH: [&str; 4] = [
    "Nobody",
    "There is no grant",
    "No access changes",
    "broadens none.",
];

/// A change of a resource of another type; its values must not be in a report.
fn change(address: &str, actions: &[&str], before: &Value, after: &Value) -> Value {
    let block = address.rsplit_once('.').unwrap().0;
    let type_name = block.rsplit('.').next().unwrap();
    json!({
        "address": address, "mode": "managed", "type": type_name, "name": "x",
        "provider_name": "registry.example/local/cloud",
        "change": {"actions": actions, "before": before, "after": after, "after_unknown": {}},
    })
}

/// A role for a group of another account.
fn role_assignment() -> Value {
    let after =
        json!({"group_id": "hush-group", "role_id": "hush-role", "domain_id": "hush-other"});
    let address = "module.partner[\"a\"].huaweicloud_identity_group_role_assignment.this";
    change(address, &["create"], &Value::Null, &after)
}

/// A deferred change of this resource.
fn deferred(resource_change: Value) -> Value {
    json!({"reason": "instance_count_unknown", "resource_change": resource_change})
}

/// A resource of this provider, of a type that this version has no rules for.
fn later_grant(address: &str) -> Value {
    let bucket = json!({"bucket": "shown-bucket"});
    change(address, &["create"], &Value::Null, &bucket)
}

/// A plan with these changes besides those of our grants.
fn with(blocks: &[Block], changes: &[Value]) -> Value {
    let mut plan = plan(blocks);
    let all = plan["resource_changes"].as_array_mut().unwrap();
    all.extend_from_slice(changes);
    plan
}

fn report(plan: &Value, policy: &str) -> Report {
    review(plan.to_string().as_bytes(), &Policy::read(policy).unwrap()).unwrap()
}

fn listed(report: &Report) -> Vec<(&str, &str)> {
    let changes = report.not_reviewed.iter();
    changes
        .map(|change| (change.type_name.as_str(), change.address.as_str()))
        .collect()
}

/// Exit code and standard error of the command.
fn run(plan: &Value, args: &[&str]) -> (Option<i32>, String) {
    let output = reviewed(&[args, &["-"]].concat(), plan.to_string().as_bytes());
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// Whatever the lines are broken at, and whatever is escaped.
fn flat(text: &str) -> String {
    let text = text.replace("\\\"", "\"").replace("&quot;", "\"");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_format_lists_unreviewed_changes_without_their_values() {
    let changes = [
        later_grant("hwgrants_obs_grant.a"),
        later_grant("hwgrants_dew_grant.a"),
    ];
    for blocks in [
        vec![],
        vec![keep("csms_grant.a")],
        vec![create("csms_grant.a")],
    ] {
        let mut plan = with(&blocks, &changes);
        plan["deferred_changes"] = json!([deferred(role_assignment())]);
        let report = report(&plan, "");
        assert_eq!(report.not_reviewed.len(), 3);
        for format in super::WHOLE {
            let told = flat(&format.render(&report, &SourceLocations::default()));
            assert!(!told.contains("hush"), "{told}");
            for (type_name, address) in listed(&report) {
                assert!(told.contains(type_name), "{type_name}: {told}");
                assert!(told.contains(address), "{address}: {told}");
            }
            for sentence in TOO_MUCH {
                assert!(!told.contains(sentence), "{sentence} {told}");
            }
            let count = "3 changes that may affect access were not reviewed.";
            assert!(told.contains(count) || format == Format::Json, "{told}");
        }
    }
}

/// A plan that invokes these actions, as Terraform 1.14 and later write it.
fn invoking(invocations: &[Value]) -> Value {
    let mut plan = plan(&[]);
    plan["action_invocations"] = invocations.to_vec().into();
    plan
}

/// An invocation of an action of this type, with a sensitive argument.
fn invocation(type_name: &str, provider: &str) -> Value {
    json!({
        "address": format!("action.{type_name}.ben"), "type": type_name, "name": "ben",
        "config_values": {"grantee_target_id": "shown-user", "type": "hush-type", "region": null},
        "config_unknown": {"resource_id": true}, "config_sensitive": {"type": true},
        "provider_name": format!("registry.example/local/{provider}"), "invoke_action_trigger": {},
    })
}

#[test]
fn an_action_of_this_provider_is_listed_with_its_arguments_and_fails_the_check() {
    for type_name in ["hwgrants_csms_revoke", "csms_revoke"] {
        let plan = invoking(&[invocation(type_name, "hwgrants")]);
        let report = report(&plan, "");
        let address = format!("action.{type_name}.ben");
        assert_eq!(listed(&report), [(type_name, address.as_str())]);
        for format in super::WHOLE {
            let told = flat(&format.render(&report, &SourceLocations::default()));
            assert!(!told.contains("hush"), "{told}");
            assert!(
                told.contains(&address) && told.contains("shown-user"),
                "{told}"
            );
        }
        let told = flat(&Format::Text.render(&report, &SourceLocations::default()));
        for words in [
            "invoke",
            "resource_id: null → (known after apply)",
            "type: null → (sensitive value)",
            "Actions of the `hwgrants` provider can revoke access when the plan is applied.",
        ] {
            assert!(told.contains(words), "{words}: {told}");
        }
        assert!(!told.contains("region"), "{told}");
        assert!(!told.contains("has no rules"), "{told}");
        let json = Format::Json.render(&report, &SourceLocations::default());
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["not_reviewed"][0]["action"], "invoke");
        for (fails_on, code) in [("never", 0), ("unreviewed", 2), ("any", 2)] {
            let (found, told) = run(&plan, &["--fail-on", fails_on]);
            assert_eq!(found, Some(code), "{fails_on}: {told}");
        }
    }
    let mut plan = invoking(&[]);
    let deferred = json!({"reason": "provider_config_unknown", "action_invocation":
                          invocation("hwgrants_csms_revoke", "hwgrants")});
    plan["deferred_action_invocations"] = json!([deferred]);
    let report = report(&plan, "");
    assert_eq!(
        phrasing::operation(&report.not_reviewed[0]),
        "invoke, deferred"
    );
}

#[test]
fn actions_of_other_providers_are_not_listed_and_malformed_ones_are_an_error() {
    let plan = invoking(&[invocation("cloud_restart", "cloud")]);
    assert_eq!(listed(&report(&plan, "")), []);
    for malformed in [json!({"type": "hwgrants_csms_revoke"}), json!(1)] {
        let (code, told) = run(&invoking(&[malformed]), &[]);
        assert_eq!(code, Some(1), "{told}");
        assert!(told.contains("`action_invocations`"), "{told}");
    }
}

#[test]
fn a_report_without_grant_changes_states_so() {
    for blocks in [vec![], vec![keep("csms_grant.a")]] {
        let report = report(&plan(&blocks), "");
        for format in [Format::Text, Format::Markdown, Format::Junit] {
            let told = flat(&format.render(&report, &SourceLocations::default()));
            let expected = "No change of access in the reviewed types.";
            assert!(told.contains(expected), "{told}");
        }
        let page = Format::Html.render(&report, &SourceLocations::default());
        let expected = "No change of access in the reviewed types.";
        assert!(page.contains(expected), "{page}");
    }
}

#[test]
fn json_lists_unreviewed_changes_sorted_by_type_and_address() {
    let mut plan = with(
        &[],
        &[
            later_grant("hwgrants_obs_grant.a"),
            change("huaweicloud_vpc.a", &["create"], &Value::Null, &json!({})),
            change("huaweicloud_vpc.b", &["delete"], &json!({}), &Value::Null),
            change(
                "huaweicloud_obs_bucket.a",
                &["explode"],
                &json!({}),
                &json!({}),
            ),
        ],
    );
    plan["deferred_changes"] = json!([deferred(role_assignment())]);
    let json = Format::Json.render(&report(&plan, ""), &SourceLocations::default());
    let mut json: Value = serde_json::from_str(&json).unwrap();
    let own = json["not_reviewed"][2]["attributes"].take();
    assert_eq!(
        own,
        json!([{
            "name": "bucket", "before": {"state": "null"}, "after": {"state": "known", "value": "shown-bucket"},
        }])
    );
    let rows = json["not_reviewed"].as_array().unwrap().iter();
    let rows = rows.map(|row| {
        let cells = ["type", "reason", "count", "address", "action", "part"];
        cells
            .map(|cell| {
                row[cell]
                    .to_string()
                    .replace('\\', "")
                    .trim_matches('"')
                    .to_owned()
            })
            .join(" | ")
    });
    assert_eq!(
        rows.collect::<Vec<_>>(),
        [
            "huaweicloud_identity_group_role_assignment | deferred | 1 | \
             module.partner[\"a\"].huaweicloud_identity_group_role_assignment.this | create | deferred",
            "huaweicloud_obs_bucket | not_understood | 1 | huaweicloud_obs_bucket.a | null | planned",
            "hwgrants_obs_grant | no_rules | 1 | hwgrants_obs_grant.a | create | planned",
            "huaweicloud_vpc | other_type | 2 | null | null | planned",
        ]
    );
    assert_eq!(
        json["blocked"],
        json!({"findings": true, "unreviewed": true, "public": true, "broadening": true, "any": true})
    );
}

#[test]
fn fail_on_unreviewed_fails_the_policy_check_with_a_reason() {
    let failed = "policy check failed: ";
    let one = format!("{failed}1 change was not reviewed\n");
    let two = format!("{failed}2 changes were not reviewed\n");
    let later = || later_grant("hwgrants_obs_grant.a");
    let vpc = || change("huaweicloud_vpc.a", &["create"], &Value::Null, &json!({}));
    for (plan, any) in [
        (with(&[], &[later()]), (2, one.as_str())),
        // Not known to affect access.
        (with(&[], &[vpc()]), (0, "")),
    ] {
        for (args, (code, said)) in [
            (&[][..], (0, "")),
            (&["--fail-on", "never"], (0, "")),
            (&["--fail-on", "public"], any),
            (&["--fail-on", "broadening"], (0, "")),
            (&["--fail-on", "unreviewed"], (2, one.as_str())),
            (&["--fail-on", "any"], any),
        ] {
            assert_eq!(
                run(&plan, args),
                (Some(code), said.to_owned()),
                "{args:?} {plan}"
            );
        }
    }
    let plan = with(&[create("csms_grant.a")], &[later(), vpc()]);
    assert_eq!(run(&plan, &["--fail-on", "unreviewed"]), (Some(2), two));
    let both = format!("{failed}the plan changes access\n{one}");
    assert_eq!(run(&plan, &["--fail-on", "any"]), (Some(2), both));
}

#[test]
fn a_change_that_cannot_be_read_fails_the_policy_check() {
    let said = "policy check failed: `not-understood` at `huaweicloud_obs_bucket.a`\n".to_owned();
    for odd in [
        change(
            "huaweicloud_obs_bucket.a",
            &["explode"],
            &json!({}),
            &json!({}),
        ),
        change(
            "huaweicloud_obs_bucket.a",
            &["create"],
            &Value::Null,
            &Value::Null,
        ),
        change(
            "huaweicloud_obs_bucket.a",
            &["update"],
            &json!({}),
            &Value::Null,
        ),
        change(
            "huaweicloud_obs_bucket.a",
            &["delete"],
            &Value::Null,
            &Value::Null,
        ),
        change("huaweicloud_obs_bucket.a", &[], &json!({}), &json!({})),
    ] {
        let plan = with(&[], &[odd]);
        assert_eq!(run(&plan, &[]), (Some(2), said.clone()), "{plan}");
        for format in super::WHOLE {
            let told = flat(&format.render(&report(&plan, ""), &SourceLocations::default()));
            assert!(told.contains("could not be read"), "{told}");
        }
    }
}

#[test]
fn no_op_changes_and_data_sources_are_not_listed() {
    let bucket = json!({"bucket": "site", "acl": "private"});
    let kept = change("huaweicloud_obs_bucket.a", &["no-op"], &bucket, &bucket);
    let mut data = change(
        "data.huaweicloud_obs_bucket.a",
        &["read"],
        &Value::Null,
        &bucket,
    );
    data["mode"] = "data".into();
    let mut other_data = data.clone();
    other_data["change"]["actions"] = json!(["create"]);
    let other = change("huaweicloud_vpc.a", &["create"], &Value::Null, &bucket);
    let plan = with(&[], &[kept, data, other_data]);
    assert!(report(&plan, "").not_reviewed.is_empty());
    for gate in ["unreviewed", "any"] {
        assert_eq!(run(&plan, &["--fail-on", gate]), (Some(0), String::new()));
    }
    let plan = with(&[], &[other]);
    let report = report(&plan, "");
    assert!(report.not_reviewed.is_empty());
    for format in super::WHOLE {
        let told = flat(&format.render(&report, &SourceLocations::default()));
        let expected = match format {
            Format::Json => "\"count\": 1",
            Format::Junit => "not reviewed: huaweicloud_vpc",
            _ => "Not reviewed: 1 resource of 1 type that is not known to affect access",
        };
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn a_deferred_grant_is_listed_as_not_reviewed() {
    let mut plan = with(&[], &[]);
    let deferred = super::stage::plan(&[create("csms_grant.a")])["resource_changes"][0].clone();
    plan["deferred_changes"] =
        json!([{"reason": "instance_count_unknown", "resource_change": deferred}]);
    let report = report(&plan, "");
    assert_eq!(listed(&report), [("csms_grant", "csms_grant.a")]);
    let text = flat(&Format::Text.render(&report, &SourceLocations::default()));
    let expected = "No change of access in the reviewed types. 1 change is deferred to a later plan. \
                    1 change that may affect access was not reviewed.";
    assert!(text.contains(expected), "{text}");
    assert!(!text.contains("does not read"), "{text}");
    assert_eq!(run(&plan, &["--fail-on", "any"]).0, Some(2));
}

#[test]
fn each_unreviewed_block_has_one_finding_with_configurable_severity() {
    let later = || later_grant("hwgrants_obs_grant.a");
    let mut plan = with(&[], &[later()]);
    plan["resource_drift"] = json!([later()]);
    plan["deferred_changes"] = json!([deferred(role_assignment())]);
    let told = |policy: &str| -> Vec<String> {
        let report = report(&plan, policy);
        assert!(
            report
                .findings
                .iter()
                .all(|finding| finding.rule == Rule::NotReviewed)
        );
        let findings = report.findings.iter();
        findings
            .map(|finding| {
                format!(
                    "{}: {} {}",
                    finding.severity,
                    finding.address,
                    phrasing::finding::message(finding)
                )
            })
            .collect()
    };
    assert_eq!(
        told(""),
        [
            "warning: hwgrants_obs_grant.a This version of `hwgrants` has no rules for the resource type `hwgrants_obs_grant` \
             (create; create, outside of Terraform). Review the attributes listed in this report, or review the plan with a \
             version of `hwgrants` that supports the type.",
            "warning: module.partner[\"a\"].huaweicloud_identity_group_role_assignment.this The change is deferred to a later \
             plan (create, deferred). Review that plan as well.",
        ]
    );
    assert!(told("[rules.not-reviewed]\nseverity = \"error\"\n")[0].starts_with("error: "));
    assert!(told("[rules.not-reviewed]\nenabled = false\n").is_empty());
    // Switching the rule off does not switch off the list, nor the policy check that asks for it.
    let off = report(&plan, "[rules.not-reviewed]\nenabled = false\n");
    assert_eq!(off.not_reviewed.len(), 3);
    assert_eq!(off.unreviewed_count(), 3);
    let sarif = Format::Sarif.render(&off, &SourceLocations::default());
    assert!(
        sarif.contains("3 changes that may affect access were not reviewed."),
        "{sarif}"
    );
    assert!(
        sarif.contains("huaweicloud_identity_group_role_assignment (1), hwgrants_obs_grant (2)"),
        "{sarif}"
    );
}

#[test]
fn only_valid_waivers_cover_unreviewed_changes() {
    let mut plan = with(&[], &[later_grant("hwgrants_obs_grant.a")]);
    let role = "huaweicloud_identity_group_role_assignment.a";
    let later = change(role, &["create"], &Value::Null, &json!({}));
    plan["deferred_changes"] = json!([deferred(later)]);
    let waiver = |address: &str, until: &str| {
        format!(
            "[[waivers]]\naddress = \"{address}\"\nrule = \"not-reviewed\"\nowner = \"o\"\nreason = \"read by hand\"\n\
             until = {until}\n"
        )
    };
    for (policy, unreviewed) in [
        (waiver(role, "2026-12-01"), 1),
        (waiver("huaweicloud_identity_*", "2026-11-30"), 2),
        (waiver("*", "2026-12-01"), 0),
        (waiver("hwgrants_*", "2026-12-01"), 1),
    ] {
        let report = report(&plan, &policy);
        assert_eq!(report.unreviewed_count(), unreviewed, "{policy}");
        assert_eq!(report.not_reviewed.len(), 2);
        assert_eq!(report.findings.len(), 2);
    }
}

#[test]
fn long_lists_are_truncated_except_in_json() {
    let bucket = |number: usize| {
        let address = format!("hwgrants_obs_grant.a[\"{number:05}\"]");
        let nothing = json!({"bucket": null});
        change(&address, &["create"], &Value::Null, &nothing)
    };
    let buckets: Vec<Value> = (0..5_000).map(bucket).collect();
    let report = report(&with(&[], &buckets), "");
    let text = Format::Text.render(&report, &SourceLocations::default());
    assert!(text.lines().count() < 50, "{text}");
    assert!(text.contains("hwgrants_obs_grant (5000)"), "{text}");
    assert!(
        text.contains("and 4990 more; the `json` format lists all changes"),
        "{text}"
    );
    assert!(
        text.contains("Changes to 5000 blocks were not reviewed"),
        "{text}"
    );
    let markdown = Format::Markdown.render(&report, &SourceLocations::default());
    assert!(markdown.len() < 65_536 && markdown.contains("more entries are omitted"));
    assert!(
        markdown.contains("<summary>Not reviewed: 5000 changes that may affect access</summary>")
    );
    let json = Format::Json.render(&report, &SourceLocations::default());
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["not_reviewed"].as_array().unwrap().len(), 5_000);
}

/// A resource of this provider that this version has no rules for, with values of every kind.
fn unsupported(type_name: &str, provider_name: &str) -> Value {
    json!({
        "address": format!("{type_name}.a"), "mode": "managed", "type": type_name, "name": "a",
        "provider_name": provider_name,
        "change": {
            "actions": ["update"],
            "before": {"bucket": "logs", "level": "read", "secret": "hush-old", "days": 7, "tags": {"a": "hush-tag"}},
            "after": {"bucket": "logs", "level": "write", "secret": "hush-new", "days": 30, "tags": {"a": "hush-tag"}},
            "after_unknown": {"id": true},
            "before_sensitive": {"secret": true, "tags": {"a": true}},
            "after_sensitive": {"secret": true, "tags": {"a": true}},
        },
    })
}

#[test]
fn an_unsupported_type_is_reported_with_its_attributes_in_every_format() {
    let own = "registry.terraform.io/example/hwgrants";
    for (type_name, provider_name) in [
        ("hwgrants_obs_grant", "example.com/mirror/anything"),
        ("obs_grant", own),
    ] {
        let change = unsupported(type_name, provider_name);
        let plan = with(&[], &[change]);
        let report = report(&plan, "");
        let expected = [
            "bucket: \"logs\" (unchanged)",
            "days: \"7\" → \"30\"",
            "id: null → (known after apply)",
            "level: \"read\" → \"write\"",
            "secret: (sensitive value) → (sensitive value)",
            "tags: (sensitive value) → (sensitive value)",
        ];
        assert_eq!(phrasing::attributes(&report.not_reviewed[0]), expected);
        for format in super::WHOLE {
            let text = format.render(&report, &SourceLocations::default());
            let name = format.name();
            assert!(!text.contains("hush"), "{name}: {text}");
            for sentence in TOO_MUCH {
                assert!(!text.contains(sentence), "{name}: {sentence}");
            }
            for part in [
                type_name, "bucket", "level", "read", "write", "secret", "30",
            ] {
                assert!(text.contains(part), "{name}: {part}: {text}");
            }
            let marks = match format {
                Format::Json => ["\"unknown\"", "\"sensitive\""],
                _ => ["known after apply", "sensitive value"],
            };
            for mark in marks {
                assert!(text.contains(mark), "{name}: {mark}: {text}");
            }
        }
        let (code, error) = run(&plan, &["--fail-on", "any"]);
        assert_eq!(code, Some(2), "{error}");
        assert!(error.contains("1 change was not reviewed"), "{error}");
        assert_eq!(run(&plan, &[]).0, Some(0));
    }
}

#[test]
fn attributes_are_read_in_any_key_order_with_whole_object_marks() {
    let text = |sensitive: &str| {
        format!(
            r#"{{"format_version":"1.2","resource_changes":[{{"change":{{"actions":["create"],"before":null,
            "after":{{"bucket":"hush"}},"after_unknown":{{}},"before_sensitive":false,"after_sensitive":{sensitive}}},
            "type":"obs_grant","mode":"managed","address":"obs_grant.a",
            "provider_name":"registry.terraform.io/example/hwgrants"}}]}}"#
        )
    };
    for (sensitive, expected) in [
        ("false", "bucket: null → \"hush\""),
        ("true", "bucket: null → (sensitive value)"),
    ] {
        let report = review(text(sensitive).as_bytes(), &Policy::default()).unwrap();
        assert_eq!(phrasing::attributes(&report.not_reviewed[0]), [expected]);
    }
}
