//! What each rule finds, what it nearly finds, and what a policy makes of it.

use std::collections::BTreeSet;

use hwgrants::review::phrasing;
use hwgrants::review::rule::{FindingSeverity, Rule, RuleScope};
use hwgrants::review::{Policy, Report, review};
use serde_json::{Value, json};

use super::stage::{Block, TODAY, create, delete, forget, keep, plan, update, without_day};

fn reviewed(plan: &Value, policy: &str) -> Report {
    let policy = Policy::read(policy).unwrap_or_else(|error| panic!("{error}\n{policy}"));
    review(plan.to_string().as_bytes(), &policy).unwrap()
}

/// The findings, such as `no-end csms_grant.a validity_time`.
fn told(report: &Report) -> Vec<String> {
    let told = report.findings.iter().map(|finding| {
        let attribute = finding.attribute.unwrap_or("-");
        format!("{} {} {attribute}", finding.rule.id(), finding.address)
    });
    told.collect()
}

/// What is found without a policy.
fn found(blocks: &[Block]) -> Vec<String> {
    told(&reviewed(&plan(blocks), ""))
}

fn a() -> Block {
    create("csms_grant.a")
}

fn group(id: &str) -> Block {
    keep(&format!("csms_grant.{id}")).given_to_group(id)
}

fn delegation(make: fn(&str) -> Block) -> Block {
    make("repo_kms_grant.a")
}

/// A plan, and what is found in it.
type Trip = (Vec<Block>, &'static [&'static str]);

/// Each rule with plans that trip it, what it says of them, and plans that nearly do.
///
/// `other-project` is not here, because what the provider's project is comes from the configuration of the plan, nor is
/// `not-reviewed`, which is about other resources.
fn cases() -> Vec<(Rule, Vec<Trip>, Vec<Vec<Block>>)> {
    let twin = || create("csms_grant.b").with("grantee_target_id", "csms_grant.a");
    vec![
        (
            Rule::NoEnd,
            vec![
                (
                    vec![a().with("validity_time", Value::Null)],
                    &["no-end csms_grant.a validity_time"],
                ),
                (
                    vec![
                        update("csms_grant.a")
                            .with("validity_time", Value::Null)
                            .from("validity_time", "2027-06-01"),
                    ],
                    &["no-end csms_grant.a validity_time"],
                ),
            ],
            vec![
                vec![a().with("validity_time", "2027-12-01")],
                vec![keep("csms_grant.a").with("validity_time", Value::Null)],
                vec![delegation(create)],
            ],
        ),
        (
            Rule::NewDelegation,
            vec![(
                vec![delegation(create)],
                &["new-delegation repo_kms_grant.a -"],
            )],
            vec![
                vec![delegation(keep)],
                vec![delegation(delete)],
                vec![a()],
                // A rename.
                vec![
                    delegation(delete),
                    create("repo_kms_grant.b").with("tenant_id", "t1"),
                ],
            ],
        ),
        (
            Rule::SecretGroup,
            vec![(
                vec![a().with("type", "GROUP")],
                &["secret-group csms_grant.a type"],
            )],
            vec![
                vec![a()],
                vec![keep("csms_grant.a").with("type", "GROUP")],
                vec![a().with("grantee_type", "group")],
            ],
        ),
        (
            Rule::UserAndGroup,
            vec![(
                vec![
                    a(),
                    twin()
                        .with("grantee_type", "group")
                        .with("resource_id", "s2"),
                ],
                &[
                    "user-and-group csms_grant.a grantee_type",
                    "user-and-group csms_grant.b grantee_type",
                ],
            )],
            vec![
                vec![a(), twin()],
                vec![a(), group("g")],
                vec![
                    keep("csms_grant.a"),
                    keep("csms_grant.b")
                        .with("grantee_type", "group")
                        .with("grantee_target_id", "csms_grant.a"),
                ],
            ],
        ),
        (
            Rule::Renamed,
            vec![(
                vec![delete("csms_grant.a"), twin()],
                &["renamed csms_grant.b -"],
            )],
            vec![
                vec![delete("csms_grant.a"), create("csms_grant.b")],
                vec![keep("csms_grant.a"), twin()],
            ],
        ),
        (
            Rule::EndTooFar,
            vec![(
                vec![a().with("validity_time", "2027-12-02")],
                &["end-too-far csms_grant.a validity_time"],
            )],
            vec![
                vec![a().with("validity_time", "2027-12-01")],
                vec![keep("csms_grant.a").with("validity_time", "2027-12-02")],
            ],
        ),
        (
            Rule::EndsSoon,
            vec![
                (
                    vec![keep("csms_grant.a").with("validity_time", "2026-12-15")],
                    &["ends-soon csms_grant.a validity_time"],
                ),
                (
                    vec![a().with("validity_time", "2026-12-01")],
                    &["ends-soon csms_grant.a validity_time"],
                ),
            ],
            vec![
                vec![keep("csms_grant.a").with("validity_time", "2026-12-16")],
                vec![
                    delete("csms_grant.a").with("validity_time", "2026-12-15"),
                    keep("csms_grant.b"),
                ],
            ],
        ),
        (
            Rule::GroupGrant,
            vec![
                (
                    vec![a().with("grantee_type", "group")],
                    &["group-grant csms_grant.a grantee_type"],
                ),
                (
                    vec![a().with("grantee_type", "2")],
                    &["group-grant csms_grant.a grantee_type"],
                ),
            ],
            vec![
                // A secret group, granted to a user.
                vec![a().with("type", "GROUP")],
                vec![group("g")],
            ],
        ),
        (
            Rule::LastGrantee,
            vec![
                (
                    vec![
                        delete("csms_grant.a"),
                        keep("csms_grant.b").with("resource_id", "s2"),
                    ],
                    &["last-grantee csms_grant.a -"],
                ),
                (
                    vec![delete("csms_grant.a"), delete("csms_grant.b")],
                    &["last-grantee csms_grant.a -", "last-grantee csms_grant.b -"],
                ),
                (
                    // What is left has ended.
                    vec![
                        delete("csms_grant.a"),
                        keep("csms_grant.b").with("validity_time", "2026-11-30"),
                    ],
                    &["last-grantee csms_grant.a -"],
                ),
            ],
            vec![
                vec![delete("csms_grant.a"), keep("csms_grant.b")],
                vec![delete("csms_grant.a"), group("g")],
                vec![delete("csms_grant.a"), forget("csms_grant.b")],
                vec![forget("csms_grant.a")],
                // A rename.
                vec![delete("csms_grant.a"), twin()],
                // It has ended before.
                vec![delete("csms_grant.a").with("validity_time", "2026-11-30")],
            ],
        ),
        (
            Rule::DeclaredTwice,
            vec![
                (
                    vec![a(), twin()],
                    &[
                        "declared-twice csms_grant.a -",
                        "declared-twice csms_grant.b -",
                    ],
                ),
                (
                    // In other words, in a name of its own, and with another end.
                    vec![
                        keep("csms_grant.a").with("grantee_type", "0"),
                        keep("hwgrants_csms_grant.b")
                            .with("grantee_target_id", "csms_grant.a")
                            .with("validity_time", "2027-07-01"),
                    ],
                    &[
                        "declared-twice csms_grant.a -",
                        "declared-twice hwgrants_csms_grant.b -",
                    ],
                ),
                (
                    vec![delegation(keep), keep("repo_kms_grant.b")],
                    &[
                        "declared-twice repo_kms_grant.a -",
                        "declared-twice repo_kms_grant.b -",
                    ],
                ),
            ],
            vec![
                vec![delete("csms_grant.a"), twin()],
                vec![a(), twin().with("project_id", "p2")],
                vec![
                    a(),
                    twin()
                        .with("grantee_type", "group")
                        .with("resource_id", "s2"),
                ],
                vec![
                    delegation(keep),
                    keep("repo_kms_grant.b").with("tenant_id", "t2"),
                ],
            ],
        ),
        (
            Rule::CoveredByGroup,
            vec![
                (
                    vec![a(), group("g")],
                    &["covered-by-group csms_grant.a grantee_target_id"],
                ),
                // Revoked, and yet the user may keep the access.
                (
                    vec![
                        delete("csms_grant.a"),
                        keep("csms_grant.g").given_to_group("g"),
                    ],
                    &["covered-by-group csms_grant.a -"],
                ),
                (
                    vec![
                        keep("csms_grant.a"),
                        group("g"),
                        create("csms_grant.h")
                            .given_to_group("h")
                            .with("validity_time", "2027-07-01"),
                    ],
                    &["covered-by-group csms_grant.a grantee_target_id"],
                ),
                (
                    vec![
                        a().with("validity_time", Value::Null),
                        group("g").with("validity_time", Value::Null),
                    ],
                    &["covered-by-group csms_grant.a grantee_target_id"],
                ),
            ],
            vec![
                vec![a(), group("g").with("validity_time", "2027-05-31")],
                vec![a().with("validity_time", Value::Null), group("g")],
                vec![a(), group("g").with("resource_id", "s2")],
                vec![a(), group("g").with("project_id", "p2")],
                vec![a(), delete("csms_grant.g").given_to_group("g")],
                vec![keep("csms_grant.a"), group("g")],
                vec![
                    delete("csms_grant.a"),
                    delete("csms_grant.g").given_to_group("g"),
                    keep("csms_grant.u"),
                ],
                vec![
                    delete("csms_grant.a"),
                    keep("csms_grant.g")
                        .given_to_group("g")
                        .with("resource_id", "s2"),
                    keep("csms_grant.u"),
                ],
            ],
        ),
        (
            Rule::NoReason,
            vec![
                (
                    vec![a().with("reason", Value::Null)],
                    &["no-reason csms_grant.a reason"],
                ),
                (
                    vec![a().with("reason", " ")],
                    &["no-reason csms_grant.a reason"],
                ),
                (
                    vec![delegation(create).with("reason", Value::Null)],
                    &["no-reason repo_kms_grant.a reason"],
                ),
            ],
            vec![
                vec![a().with("reason", "-")],
                vec![keep("csms_grant.a").with("reason", Value::Null)],
            ],
        ),
        (
            Rule::DelegationStays,
            vec![(
                vec![delegation(delete)],
                &["delegation-stays repo_kms_grant.a -"],
            )],
            vec![
                vec![delegation(forget)],
                vec![delegation(keep)],
                vec![delegation(delete), create("repo_kms_grant.b")],
            ],
        ),
        (
            Rule::MissingArgument,
            vec![
                (
                    vec![a().with("grantee_target_id", Value::Null)],
                    &["missing-argument csms_grant.a grantee_target_id"],
                ),
                (
                    vec![
                        update("hwgrants_csms_grant.a")
                            .with("type", Value::Null)
                            .with("resource_id", Value::Null),
                    ],
                    &[
                        "missing-argument hwgrants_csms_grant.a resource_id",
                        "missing-argument hwgrants_csms_grant.a type",
                    ],
                ),
                (
                    vec![keep("csms_grant.a").with("grantee_type", Value::Null)],
                    &["missing-argument csms_grant.a grantee_type"],
                ),
            ],
            vec![
                vec![a().unknown("grantee_target_id")],
                vec![
                    a().with("grantee_target_id", Value::Null)
                        .sensitive("grantee_target_id"),
                ],
                vec![delete("csms_grant.a").with("type", Value::Null)],
                vec![
                    a().with("region", Value::Null)
                        .with("project_id", Value::Null),
                ],
                vec![delegation(create).with("tenant_id", Value::Null)],
            ],
        ),
        (
            Rule::ExpiredDeclared,
            vec![(
                vec![keep("csms_grant.a").with("validity_time", "2026-11-30")],
                &["expired-declared csms_grant.a validity_time"],
            )],
            vec![
                vec![keep("csms_grant.a").with("validity_time", "2026-12-01")],
                vec![
                    delete("csms_grant.a").with("validity_time", "2026-11-30"),
                    keep("csms_grant.b"),
                ],
                vec![update("csms_grant.a").from("validity_time", "2026-11-30")],
            ],
        ),
    ]
}

#[test]
fn each_rule_finds_its_cases_and_ignores_near_misses() {
    let mut rules: BTreeSet<Rule> = Rule::ALL.into_iter().collect();
    for (rule, trips, near) in cases() {
        assert!(rules.remove(&rule));
        let of_rule = |blocks: &[Block]| {
            let mut told = found(blocks);
            told.retain(|line| line.starts_with(&format!("{} ", rule.id())));
            told
        };
        for (blocks, expected) in trips {
            assert_eq!(of_rule(&blocks), expected, "{blocks:?}");
        }
        for blocks in near {
            assert!(of_rule(&blocks).is_empty(), "{} {blocks:?}", rule.id());
        }
    }
    // Their findings need more than grants, and have tests of their own.
    let others = [
        Rule::MovedBetweenStates,
        Rule::OtherProject,
        Rule::NotReviewed,
        Rule::NotUnderstood,
        Rule::PublicAccess,
        Rule::OtherAccount,
        Rule::NotAsConfigured,
        Rule::ForbiddenAccess,
        Rule::ExpectedAccess,
    ];
    assert_eq!(rules, others.into());
}

#[test]
fn a_project_that_differs_from_the_provider_configuration_is_found() {
    let told = |configured: Value| {
        let mut plan = plan(&[create("csms_grant.a[0]")]);
        plan["configuration"] = json!({
            "provider_config": {"hwgrants.x": {
                "name": "hwgrants", "alias": "x", "expressions": {"project_id": configured},
            }},
            "root_module": {"resources": [{
                "address": "csms_grant.a", "mode": "managed", "type": "csms_grant", "name": "a",
                "provider_config_key": "hwgrants.x",
            }]},
        });
        told(&reviewed(&plan, ""))
    };
    assert_eq!(
        told(json!({"constant_value": "p2"})),
        ["other-project csms_grant.a[0] project_id"]
    );
    assert!(told(json!({"constant_value": "p1"})).is_empty());
    assert!(told(json!({"references": ["local.project"]})).is_empty());
    assert!(told(json!({})).is_empty());
}

#[test]
fn compliant_grants_have_no_findings() {
    assert!(found(&[a(), keep("csms_grant.b"), delegation(keep)]).is_empty());
}

#[test]
fn an_expiry_is_counted_in_days_from_the_plan_date() {
    let blocks = [a().with("validity_time", "2027-12-02")];
    let mut plan = plan(&blocks);
    assert_eq!(
        told(&reviewed(&plan, "")),
        ["end-too-far csms_grant.a validity_time"]
    );
    // The next day in UTC, and the same one where it was written.
    plan["timestamp"] = format!("{TODAY}T23:30:00-01:00").into();
    assert!(told(&reviewed(&plan, "")).is_empty());
}

#[test]
fn unknown_or_sensitive_values_cause_no_findings() {
    // Each would be found if the value were read, guessed or taken for none.
    let mixed = |hide: &dyn Fn(Block) -> Block| -> Vec<(&str, Vec<Block>)> {
        vec![
            ("no-end", vec![hide(a().with("validity_time", Value::Null))]),
            (
                "end-too-far",
                vec![hide(a().with("validity_time", "2029-01-01"))],
            ),
            (
                "ends-soon",
                vec![hide(a().with("validity_time", "2026-12-02"))],
            ),
            (
                "expired-declared",
                vec![hide(a().with("validity_time", "2026-11-02"))],
            ),
        ]
    };
    let named = |name: &'static str| {
        move |block: Block| [block.clone().unknown(name), block.sensitive(name)]
    };
    for index in 0..2 {
        let hide = |name: &'static str, block: Block| {
            let [unknown, sensitive] = named(name)(block);
            if index == 0 { unknown } else { sensitive }
        };
        let mut cases = mixed(&|block| hide("validity_time", block));
        let twin = || create("csms_grant.b").with("grantee_target_id", "csms_grant.a");
        cases.extend([
            (
                "group-grant",
                vec![hide("grantee_type", a().with("grantee_type", "group"))],
            ),
            (
                "no-reason",
                vec![hide("reason", a().with("reason", Value::Null))],
            ),
            (
                "declared-twice",
                vec![
                    hide("grantee_target_id", a()),
                    hide("grantee_target_id", twin()),
                ],
            ),
            ("declared-twice", vec![a(), hide("resource_id", twin())]),
            (
                "declared-twice",
                vec![
                    hide("tenant_id", delegation(create)),
                    hide("tenant_id", create("repo_kms_grant.b")),
                ],
            ),
            (
                "covered-by-group",
                vec![a(), hide("validity_time", group("g"))],
            ),
            (
                "covered-by-group",
                vec![
                    hide("validity_time", a()),
                    group("g").with("validity_time", Value::Null),
                ],
            ),
            (
                "covered-by-group",
                vec![a(), hide("resource_id", group("g"))],
            ),
            (
                "covered-by-group",
                vec![hide("resource_id", a()), hide("resource_id", group("g"))],
            ),
            (
                "covered-by-group",
                vec![hide("grantee_type", a()), group("g")],
            ),
            // What is left may be of the same secret.
            (
                "last-grantee",
                vec![
                    delete("csms_grant.a"),
                    hide(
                        "resource_id",
                        create("csms_grant.b").with("resource_id", "s2"),
                    ),
                ],
            ),
            (
                "last-grantee",
                vec![
                    delete("csms_grant.a"),
                    hide("region", create("csms_grant.b").with("region", "r2")),
                ],
            ),
        ]);
        for (rule, blocks) in cases {
            let told = found(&blocks);
            assert!(
                told.iter().all(|line| !line.starts_with(rule)),
                "{rule}: {told:?} {blocks:?}"
            );
        }
    }
    // A secret that may not be shown cannot be said to be left without grantees.
    assert!(found(&[delete("csms_grant.a").sensitive("resource_id")]).is_empty());
    assert!(found(&[delete("csms_grant.a").sensitive("project_id")]).is_empty());
    let secret = || keep("csms_grant.a").sensitive("project_id");
    assert!(
        found(&[
            secret(),
            keep("csms_grant.b").with("grantee_target_id", "csms_grant.a")
        ])
        .is_empty()
    );
}

#[test]
fn an_unknown_project_does_not_hide_findings() {
    let twin = create("csms_grant.b")
        .with("grantee_target_id", "csms_grant.a")
        .unknown("project_id");
    assert_eq!(
        found(&[a().unknown("project_id"), twin]),
        [
            "declared-twice csms_grant.a -",
            "declared-twice csms_grant.b -"
        ]
    );
    assert_eq!(
        found(&[a().unknown("project_id"), group("g")]),
        ["covered-by-group csms_grant.a grantee_target_id"]
    );
}

#[test]
fn messages_contain_no_sensitive_values_or_terminal_escapes() {
    let block = a()
        .with("validity_time", Value::Null)
        .with("reason", Value::Null);
    let block = block
        .with("grantee_target_id", "hush")
        .sensitive("grantee_target_id");
    let group = create("csms_grant.g[\"\u{1b}[2J\"]")
        .given_to_group("g\u{1b}[2J")
        .with("validity_time", Value::Null);
    let report = reviewed(&plan(&[block, group]), "");
    assert!(report.findings.len() >= 4, "{:?}", told(&report));
    for finding in &report.findings {
        let message = phrasing::finding::message(finding);
        assert!(
            !message.contains("hush") && !message.contains('\u{1b}'),
            "{message}"
        );
        assert!(message.ends_with('.'), "{message}");
    }
}

#[test]
fn findings_of_duplicate_blocks_name_the_other_block() {
    let twin = create("csms_grant.b").with("grantee_target_id", "csms_grant.a");
    let report = reviewed(&plan(&[a(), twin]), "");
    let [first, second] = report.findings.as_slice() else {
        panic!("{:?}", told(&report));
    };
    assert!(
        phrasing::finding::message(first).contains("`csms_grant.b`"),
        "{}",
        phrasing::finding::message(first)
    );
    assert!(
        phrasing::finding::message(second).contains("`csms_grant.a`"),
        "{}",
        phrasing::finding::message(second)
    );
}

/// A plan in which a good many rules find something.
fn busy() -> Vec<Block> {
    vec![
        create("csms_grant.z").with("validity_time", Value::Null),
        a().with("validity_time", Value::Null)
            .with("reason", Value::Null),
        create("csms_grant.b").with("grantee_target_id", "csms_grant.a"),
        create("csms_grant.g")
            .given_to_group("g")
            .with("validity_time", "2029-01-01"),
        keep("csms_grant.old")
            .with("validity_time", "2026-11-01")
            .with("resource_id", "s3"),
        keep("csms_grant.near")
            .with("validity_time", "2026-12-10")
            .with("resource_id", "s4"),
        delete("csms_grant.last").with("resource_id", "s2"),
        delegation(delete),
    ]
}

#[test]
fn findings_are_sorted_by_severity_regardless_of_plan_order() {
    let expected = [
        "declared-twice csms_grant.a -",
        "declared-twice csms_grant.b -",
        "no-end csms_grant.a validity_time",
        "no-end csms_grant.z validity_time",
        "end-too-far csms_grant.g validity_time",
        "group-grant csms_grant.g grantee_type",
        "last-grantee csms_grant.last -",
        "delegation-stays repo_kms_grant.a -",
        "expired-declared csms_grant.old validity_time",
        "ends-soon csms_grant.near validity_time",
        "covered-by-group csms_grant.b grantee_target_id",
        "no-reason csms_grant.a reason",
    ];
    let mut blocks = busy();
    let report = reviewed(&plan(&blocks), "");
    assert_eq!(told(&report), expected);
    for _ in 0..blocks.len() {
        blocks.rotate_left(1);
        assert_eq!(reviewed(&plan(&blocks), "").findings, report.findings);
    }
    // Worse by policy is worse in the order too.
    let policy =
        "[rules.no-reason]\nseverity = 'error'\n[rules.declared-twice]\nseverity = 'note'\n";
    let told = told(&reviewed(&plan(&blocks), policy));
    assert_eq!(told.first().unwrap(), "no-reason csms_grant.a reason");
    assert_eq!(
        told.iter()
            .filter(|line| line.starts_with("declared-twice"))
            .count(),
        2
    );
}

#[test]
fn every_rule_can_be_disabled_and_given_another_severity() {
    let plan = plan(&busy());
    let all = reviewed(&plan, "");
    for rule in Rule::ALL {
        let id = rule.id();
        let off = reviewed(&plan, &format!("[rules.{id}]\nenabled = false\n"));
        let mut expected = all.findings.clone();
        expected.retain(|finding| finding.rule != rule);
        assert_eq!(off.findings, expected, "{id}");
        for severity in FindingSeverity::ALL {
            let set = reviewed(&plan, &format!("[rules.{id}]\nseverity = \"{severity}\"\n"));
            for finding in &set.findings {
                let expected = if finding.rule == rule {
                    severity
                } else {
                    finding.rule.severity()
                };
                assert_eq!(finding.severity, expected, "{id}");
            }
            assert_eq!(set.findings.len(), all.findings.len(), "{id}");
        }
    }
}

#[test]
fn scope_all_includes_unchanged_grants_and_scope_changed_does_not() {
    let plan = plan(&[
        keep("csms_grant.a")
            .with("validity_time", Value::Null)
            .with("reason", Value::Null),
        keep("csms_grant.b")
            .with("validity_time", "2026-12-02")
            .with("resource_id", "s2"),
        keep("csms_grant.c")
            .with("validity_time", "2029-12-02")
            .with("resource_id", "s3"),
        keep("csms_grant.g")
            .given_to_group("g")
            .with("validity_time", Value::Null),
        keep("csms_grant.twin")
            .with("grantee_target_id", "csms_grant.b")
            .with("resource_id", "s2"),
    ]);
    let set = |scope: RuleScope| {
        let tables = Rule::ALL.map(|rule| format!("[rules.{}]\nscope = \"{scope}\"\n", rule.id()));
        told(&reviewed(&plan, &tables.concat()))
    };
    assert!(set(RuleScope::Changed).is_empty());
    let rules = |told: &[String]| -> BTreeSet<String> {
        let rules = told
            .iter()
            .map(|line| line.split(' ').next().unwrap().to_owned());
        rules.collect()
    };
    let expected = [
        "no-end",
        "end-too-far",
        "ends-soon",
        "group-grant",
        "declared-twice",
        "covered-by-group",
        "no-reason",
    ];
    assert_eq!(
        rules(&set(RuleScope::All)),
        expected.map(str::to_owned).into()
    );
    assert_eq!(
        rules(&told(&reviewed(&plan, ""))),
        ["declared-twice", "ends-soon"].map(str::to_owned).into()
    );
}

#[test]
fn the_policy_sets_the_thresholds() {
    for (policy, end, expected) in [
        ("[rules.end-too-far]\nmax_days = 90\n", "2027-03-01", None),
        (
            "[rules.end-too-far]\nmax_days = 90\n",
            "2027-03-02",
            Some("end-too-far"),
        ),
        (
            "[rules.ends-soon]\ndays = 30\n",
            "2026-12-31",
            Some("ends-soon"),
        ),
        ("[rules.ends-soon]\ndays = 30\n", "2027-01-01", None),
        ("[rules.ends-soon]\ndays = 1\n", "2026-12-03", None),
    ] {
        let told = told(&reviewed(&plan(&[a().with("validity_time", end)]), policy));
        let expected: Vec<String> = expected
            .map(|id| format!("{id} csms_grant.a validity_time"))
            .into_iter()
            .collect();
        assert_eq!(told, expected, "{policy} {end}");
    }
}

#[test]
fn date_based_rules_are_skipped_without_a_date_and_others_run() {
    let plan = without_day(plan(&busy()));
    let report = reviewed(&plan, "[rules.ends-soon]\nenabled = false\n");
    assert_eq!(report.uncounted, [Rule::EndTooFar, Rule::ExpiredDeclared]);
    assert!(
        report
            .findings
            .iter()
            .all(|finding| !finding.rule.needs_day())
    );
    assert!(
        report
            .findings
            .iter()
            .any(|finding| finding.rule == Rule::NoEnd)
    );
    let policy = Policy::default().as_of(TODAY.parse().unwrap());
    let report = review(plan.to_string().as_bytes(), &policy).unwrap();
    assert_eq!(report.planned_on, Some(TODAY.parse().unwrap()));
    assert!(report.uncounted.is_empty());
    assert_eq!(
        report.findings,
        reviewed(&super::stage::plan(&busy()), "").findings
    );
}
