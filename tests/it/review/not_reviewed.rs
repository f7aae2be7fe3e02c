//! Changes that may affect access and are not read: listed in every format, and never passed over by the policy check.

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
    "No change of access",
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

/// A bucket that becomes public.
fn public_bucket(address: &str) -> Value {
    let bucket = |acl: &str| json!({"bucket": "site", "acl": acl});
    let (before, after) = (bucket("hush-private"), bucket("hush-public-read"));
    change(address, &["update"], &before, &after)
}

/// A role for a group of another account.
fn role_assignment() -> Value {
    let after =
        json!({"group_id": "hush-group", "role_id": "hush-role", "domain_id": "hush-other"});
    let address = "module.partner[\"a\"].huaweicloud_identity_group_role_assignment.this";
    change(address, &["create"], &Value::Null, &after)
}

fn later_grant() -> Value {
    change(
        "hwgrants_obs_grant.a",
        &["create"],
        &Value::Null,
        &json!({"bucket": "shown-bucket"}),
    )
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
        public_bucket("huaweicloud_obs_bucket.site"),
        role_assignment(),
        later_grant(),
    ];
    for blocks in [
        vec![],
        vec![keep("csms_grant.a")],
        vec![create("csms_grant.a")],
    ] {
        let plan = with(&blocks, &changes);
        let report = report(&plan, "");
        assert_eq!(report.not_reviewed.len(), 3);
        for format in Format::ALL {
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

#[test]
fn a_report_without_grant_changes_states_so() {
    for blocks in [vec![], vec![keep("csms_grant.a")]] {
        let report = report(&plan(&blocks), "");
        for format in [Format::Text, Format::Markdown, Format::Junit] {
            let told = flat(&format.render(&report, &SourceLocations::default()));
            let expected = "No changes to `csms_grant` or `repo_kms_grant` resources.";
            assert!(told.contains(expected), "{told}");
        }
        let page = Format::Html.render(&report, &SourceLocations::default());
        let expected =
            "No changes to <code>csms_grant</code> or <code>repo_kms_grant</code> resources.";
        assert!(page.contains(expected), "{page}");
    }
}

#[test]
fn json_lists_unreviewed_changes_sorted_by_type_and_address() {
    let mut deposed = public_bucket("huaweicloud_obs_bucket.b");
    deposed["deposed"] = "00000001".into();
    deposed["change"]["actions"] = json!(["delete"]);
    let mut plan = with(
        &[],
        &[
            later_grant(),
            deposed,
            public_bucket("huaweicloud_obs_bucket.a"),
        ],
    );
    plan["resource_drift"] = json!([public_bucket("huaweicloud_obs_bucket_acl.c")]);
    plan["deferred_changes"] = json!([{
        "reason": "instance_count_unknown", "resource_change": role_assignment(),
    }]);
    let json = Format::Json.render(&report(&plan, ""), &SourceLocations::default());
    let mut json: Value = serde_json::from_str(&json).unwrap();
    let own = json["not_reviewed"]
        .as_array_mut()
        .unwrap()
        .last_mut()
        .unwrap();
    assert_eq!(
        own["attributes"].take(),
        json!([{
            "name": "bucket", "before": {"state": "null"}, "after": {"state": "known", "value": "shown-bucket"},
        }])
    );
    own["attributes"] = json!([]);
    let row = |type_name: &str, address: &str, action: &str, part: &str| json!({"type": type_name, "address": address, "action": action, "part": part, "attributes": []});
    let role = "huaweicloud_identity_group_role_assignment";
    assert_eq!(
        json["not_reviewed"],
        json!([
            row(
                role,
                &format!("module.partner[\"a\"].{role}.this"),
                "create",
                "deferred"
            ),
            row(
                "huaweicloud_obs_bucket",
                "huaweicloud_obs_bucket.a",
                "update",
                "planned"
            ),
            row(
                "huaweicloud_obs_bucket",
                "huaweicloud_obs_bucket.b",
                "delete",
                "planned"
            ),
            row(
                "huaweicloud_obs_bucket_acl",
                "huaweicloud_obs_bucket_acl.c",
                "update",
                "drift"
            ),
            row(
                "hwgrants_obs_grant",
                "hwgrants_obs_grant.a",
                "create",
                "planned"
            ),
        ])
    );
    assert_eq!(json["blocked"]["unreviewed"], json!(true));
    assert_eq!(json["blocked"]["any"], json!(true));
    assert_eq!(json["blocked"]["broadening"], json!(false));
    assert_eq!(json["blocked"]["findings"], json!(false));
}

#[test]
fn fail_on_unreviewed_fails_the_policy_check_with_a_reason() {
    let failed = "policy check failed: ";
    let one = format!("{failed}1 change was not reviewed\n");
    let three = format!("{failed}3 changes were not reviewed\n");
    let (bucket, role, later) = (
        public_bucket("huaweicloud_obs_bucket.a"),
        role_assignment(),
        later_grant(),
    );
    let forget = change(
        "huaweicloud_obs_bucket.a",
        &["forget"],
        &json!({}),
        &Value::Null,
    );
    let odd = change(
        "huaweicloud_obs_bucket.a",
        &["explode"],
        &json!({}),
        &Value::Null,
    );
    for changes in [
        vec![bucket.clone()],
        vec![role.clone()],
        vec![later.clone()],
        vec![forget],
        vec![odd],
    ] {
        let plan = with(&[], &changes);
        for (args, code, said) in [
            (&[][..], 0, ""),
            (&["--fail-on", "never"], 0, ""),
            (&["--fail-on", "broadening"], 0, ""),
            (&["--fail-on", "unreviewed"], 2, one.as_str()),
            (&["--fail-on", "any"], 2, one.as_str()),
        ] {
            assert_eq!(
                run(&plan, args),
                (Some(code), said.to_owned()),
                "{args:?} {changes:?}"
            );
        }
    }
    let plan = with(&[create("csms_grant.a")], &[bucket, role, later]);
    assert_eq!(
        run(&plan, &["--fail-on", "unreviewed"]),
        (Some(2), three.clone())
    );
    let both = format!("{failed}the plan changes access, or leaves a grant unmanaged\n{three}");
    assert_eq!(run(&plan, &["--fail-on", "any"]), (Some(2), both));
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
    let plan = with(&[], &[kept, data, other_data, other]);
    assert!(report(&plan, "").not_reviewed.is_empty());
    for gate in ["unreviewed", "any"] {
        assert_eq!(run(&plan, &["--fail-on", gate]), (Some(0), String::new()));
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
    let expected = "No changes to `csms_grant` or `repo_kms_grant` resources. 1 change is deferred to a later plan. \
                    1 change that may affect access was not reviewed.";
    assert!(text.contains(expected), "{text}");
    assert!(!text.contains("does not read"), "{text}");
    assert_eq!(run(&plan, &["--fail-on", "any"]).0, Some(2));
}

#[test]
fn each_unreviewed_block_has_one_finding_with_configurable_severity() {
    let mut plan = with(
        &[],
        &[public_bucket("huaweicloud_obs_bucket.a"), later_grant()],
    );
    plan["resource_drift"] = json!([public_bucket("huaweicloud_obs_bucket.a")]);
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
            "warning: huaweicloud_obs_bucket.a The resource type `huaweicloud_obs_bucket` can grant, change or revoke \
             access, but this version of `hwgrants` does not review it (update; update, outside of Terraform). Review the \
             change in the `terraform show` output.",
            "warning: hwgrants_obs_grant.a This version of `hwgrants` has no rules for the resource type `hwgrants_obs_grant` \
             (create). Review the attributes listed in this report, or review the plan with a version of `hwgrants` that \
             supports the type.",
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
        sarif.contains("huaweicloud_obs_bucket (2), hwgrants_obs_grant (1)"),
        "{sarif}"
    );
}

#[test]
fn only_valid_waivers_cover_unreviewed_changes() {
    let plan = with(
        &[],
        &[public_bucket("huaweicloud_obs_bucket.a"), later_grant()],
    );
    let waiver = |address: &str, until: &str| {
        format!(
            "[[waivers]]\naddress = \"{address}\"\nrule = \"not-reviewed\"\nowner = \"o\"\nreason = \"read by hand\"\n\
             until = {until}\n"
        )
    };
    for (policy, unreviewed) in [
        (waiver("huaweicloud_obs_bucket.a", "2026-12-01"), 1),
        (waiver("huaweicloud_obs_bucket.*", "2026-11-30"), 2),
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
    let bucket =
        |number: usize| public_bucket(&format!("huaweicloud_obs_bucket.a[\"{number:05}\"]"));
    let buckets: Vec<Value> = (0..5_000).map(bucket).collect();
    let report = report(&with(&[], &buckets), "");
    let text = Format::Text.render(&report, &SourceLocations::default());
    assert!(text.lines().count() < 50, "{text}");
    assert!(text.contains("huaweicloud_obs_bucket (5000)"), "{text}");
    assert!(
        text.contains("and 4990 more; the `json` format lists all changes"),
        "{text}"
    );
    assert!(
        text.contains("huaweicloud_obs_bucket.a[\"00000\"] and 4999 more"),
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
        for format in Format::ALL {
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
