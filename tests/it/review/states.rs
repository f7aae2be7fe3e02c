//! Plans of several states in one review.

use std::fs;
use std::path::Path;
use std::process::Output;

use hwgrants::plan_json::{StateName, read_plan};
use hwgrants::review::change::Effect;
use hwgrants::review::{Format, Gate, PlanSet, Policy, Report, SourceLocations};
use serde_json::{Value, json};

use super::stage::{Block, create, delete, forget, keep, plan, replace, update};

/// A plan and the name of its state.
type State = (&'static str, Value);

fn review(states: &[State], policy: &str) -> Report {
    let mut set = PlanSet::default();
    for (name, plan) in states {
        let name: StateName = name.parse().unwrap();
        let plan = read_plan(plan.to_string().as_bytes()).unwrap();
        set.add(Some(&name), plan).unwrap();
    }
    set.review(&Policy::read(policy).unwrap())
}

/// The findings, such as `no-end b:csms_grant.a`.
fn findings(report: &Report) -> Vec<String> {
    let findings = report.findings.iter();
    let findings = findings.map(|it| format!("{} {}", it.rule.id(), it.address));
    findings.collect()
}

/// The changes of access in JSON, such as `gained b:csms_grant.a`.
fn changes(report: &Report) -> Vec<String> {
    let json = Format::Json.render(report, &SourceLocations::default());
    let json: Value = serde_json::from_str(&json).unwrap();
    let rows = json["access_changes"].as_array().unwrap().iter();
    let rows = rows.map(|row| {
        let addresses = row["addresses"].as_array().unwrap().iter();
        let addresses: Vec<&str> = addresses.map(|it| it.as_str().unwrap()).collect();
        format!(
            "{} {}",
            row["change"].as_str().unwrap(),
            addresses.join(" ")
        )
    });
    rows.collect()
}

/// The grant of one user, at any address.
fn one(block: Block) -> Block {
    block.with("grantee_target_id", "u1")
}

#[test]
fn a_grant_that_moves_between_states_keeps_its_access_and_is_reported() {
    let states = [
        ("dns", plan(&[keep("csms_grant.other")])),
        ("network", plan(&[one(delete("csms_grant.a[\"x:y\"]"))])),
        (
            "secrets/prod",
            plan(&[one(create("module.m.csms_grant.b"))]),
        ),
    ];
    let report = review(&states, "");
    let expected = ["moved-between-states secrets/prod:module.m.csms_grant.b"];
    assert_eq!(findings(&report), expected);
    let expected = ["moved network:csms_grant.a[\"x:y\"] secrets/prod:module.m.csms_grant.b"];
    assert_eq!(changes(&report), expected);
    assert_eq!(Gate::Any.reason(&report), None);
    let text = Format::Text.render(&report, &SourceLocations::default());
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "`network` is applied first, access is interrupted",
        "in `network`, remove the resource from the state with `terraform state rm 'csms_grant.a[\"x:y\"]'`",
        "with `to = module.m.csms_grant.b` and `id = \"cn-north-4/p1/SECRET/s1/user/u1\"`",
        "network: 1 lost",
        "secrets/prod: 1 gained",
        "dns: no change",
    ] {
        assert!(flat.contains(part), "{part}\n{text}");
    }
    // In any order of the plans, the same bytes.
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let states = order.map(|index| states[index].clone());
        let other = review(&states, "");
        for format in Format::ALL {
            let [one, other] =
                [&report, &other].map(|report| format.render(report, &SourceLocations::default()));
            assert_eq!(one, other, "{order:?} {}", format.name());
        }
    }
}

#[test]
fn a_grant_that_is_forgotten_in_one_state_and_imported_in_the_other_moves_safely() {
    let mut import = plan(&[one(keep("csms_grant.b"))]);
    import["resource_changes"][0]["change"]["importing"] = json!({"id": "x"});
    let report = review(
        &[("a", plan(&[one(forget("csms_grant.a"))])), ("b", import)],
        "",
    );
    assert_eq!(findings(&report), [""; 0]);
    assert_eq!(changes(&report), ["moved a:csms_grant.a b:csms_grant.b"]);
    assert_eq!(Gate::Any.reason(&report), None);
}

#[test]
fn two_states_that_declare_one_grant_are_an_error() {
    let states = [
        ("a", plan(&[one(keep("csms_grant.x"))])),
        ("b", plan(&[one(keep("csms_grant.x"))])),
    ];
    let report = review(&states, "");
    let expected = [
        "declared-twice a:csms_grant.x",
        "declared-twice b:csms_grant.x",
    ];
    assert_eq!(findings(&report), expected);
    assert!(Gate::Findings.reason(&report).is_some());
}

#[test]
fn a_waiver_is_for_an_address_in_one_state_or_in_all() {
    let endless = || create("csms_grant.x").with("validity_time", Value::Null);
    let states = [
        ("a", plan(&[endless()])),
        ("b", plan(&[endless().with("grantee_target_id", "u2")])),
    ];
    for (address, waived) in [
        ("csms_grant.x", &["a:csms_grant.x", "b:csms_grant.x"][..]),
        ("b:csms_grant.x", &["b:csms_grant.x"]),
        ("b:*", &["b:csms_grant.x"]),
        ("*:csms_grant.*", &["a:csms_grant.x", "b:csms_grant.x"]),
        ("c:csms_grant.x", &[]),
    ] {
        let policy = format!(
            "[[waivers]]\naddress = \"{address}\"\nrule = \"no-end\"\nowner = \"o\"\nreason = \"r\"\n\
             until = 2027-01-01\n"
        );
        let report = review(&states, &policy);
        let found = report.findings.iter();
        let found = found.filter(|it| it.rule.id() == "no-end" && !it.is_open());
        let found: Vec<&str> = found.map(|it| it.address.as_str()).collect();
        assert_eq!(found, waived, "{address}");
        assert_eq!(
            report.stale_waivers.is_empty(),
            !waived.is_empty(),
            "{address}"
        );
    }
}

#[test]
fn renames_and_incomplete_plans_name_their_state() {
    let mut incomplete = plan(&[one(delete("csms_grant.a")), one(create("csms_grant.b"))]);
    incomplete["complete"] = json!(false);
    let states = [("x", incomplete), ("y", plan(&[]))];
    let report = review(&states, "");
    assert_eq!(findings(&report), ["renamed x:csms_grant.b"]);
    let text = Format::Text.render(&report, &SourceLocations::default());
    let block = "# State x\nmoved {\n  from = csms_grant.a\n  to   = csms_grant.b\n}";
    assert!(text.contains(block), "{text}");
    assert!(
        text.contains("The plan of the state `x` is incomplete"),
        "{text}"
    );
    assert!(text.contains("y: no change"), "{text}");
}

/// A membership of a group, by ID, or a user, by name.
fn other_type(type_name: &str, action: &str, object: &Value) -> Value {
    let (before, after) = match action {
        "delete" => (object.clone(), Value::Null),
        "create" => (Value::Null, object.clone()),
        _ => (object.clone(), object.clone()),
    };
    let mut plan = plan(&[]);
    plan["resource_changes"] = json!([{
        "address": format!("{type_name}.x"), "mode": "managed", "type": type_name, "name": "x",
        "change": {"actions": [action], "before": before, "after": after, "after_unknown": {}},
    }]);
    plan
}

#[test]
fn other_accesses_move_between_states_only_if_ids_identify_them() {
    let membership = "huaweicloud_identity_group_membership";
    let member = json!({"group": "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "users": ["9f8e7d6c5b4a39281706f5e4d3c2b1a0"], "id": "x"});
    let gives = other_type(membership, "create", &member);
    let states = [
        ("a", other_type(membership, "delete", &member)),
        ("b", gives.clone()),
    ];
    let report = review(&states, "");
    let address = format!("{membership}.x");
    assert_eq!(changes(&report), [format!("moved a:{address} b:{address}")]);
    let expected = [format!("moved-between-states b:{address}")];
    assert_eq!(findings(&report), expected);

    // What another state keeps giving is not gained.
    let states = [
        ("a", other_type(membership, "no-op", &member)),
        ("b", gives),
    ];
    assert_eq!(changes(&review(&states, "")), [""; 0]);

    // Users of one name may be of different accounts.
    let user = "huaweicloud_identity_user";
    let object = json!({"name": "alice", "enabled": true, "id": "x"});
    let states = [
        ("a", other_type(user, "delete", &object)),
        ("b", other_type(user, "create", &object)),
    ];
    let expected = [format!("lost a:{user}.x"), format!("gained b:{user}.x")];
    assert_eq!(changes(&review(&states, "")), expected);
}

#[test]
fn assertions_are_about_the_net_result_of_all_plans() {
    let membership = "huaweicloud_identity_group_membership";
    let member = json!({"group": "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "users": ["9f8e7d6c5b4a39281706f5e4d3c2b1a0"], "id": "x"});
    let of = |action| other_type(membership, action, &member);
    let mut unknown = of("create");
    let change = &mut unknown["resource_changes"][0]["change"];
    change["after"] = json!({"group": "0a1b2c3d4e5f60718293a4b5c6d7e8f9"});
    change["after_unknown"] = json!({"users": true});
    let forbid = "[[forbid]]\ngrantee = \"user 9f8e7d6c5b4a39281706f5e4d3c2b1a0\"\nresource = \"group 0a1b2c3d4e5f60718293a4b5c6d7e8f9\"\nreason = \"r\"\nowner = \"o\"\n";
    let expect = forbid.replace("forbid", "expect");
    for (what, first, second, forbidden, missed) in [
        (
            "one takes what the other gives",
            of("delete"),
            of("create"),
            false,
            false,
        ),
        ("both give it", of("create"), of("create"), true, false),
        ("one gives it", plan(&[]), of("create"), true, false),
        ("one takes it", of("delete"), plan(&[]), false, true),
        (
            "one keeps it, one takes it",
            of("no-op"),
            of("delete"),
            false,
            true,
        ),
        (
            "one takes it, one may give it",
            of("delete"),
            unknown.clone(),
            true,
            true,
        ),
        ("one may give it", plan(&[]), unknown, true, false),
        ("none is about it", plan(&[]), plan(&[]), false, false),
    ] {
        for (assertion, is_violated) in [(forbid, forbidden), (&expect, missed)] {
            let states = [("a", first.clone()), ("b", second.clone())];
            let report = review(&states, assertion);
            let found = report
                .findings
                .iter()
                .any(|finding| matches!(finding.rule.id(), "forbidden-access" | "expected-access"));
            assert_eq!(found, is_violated, "{what}: {assertion}{:?}", report.access);
        }
    }
}

/// Runs `hwgrants review` in this folder.
fn run(folder: &Path, args: &[&str]) -> Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_hwgrants"))
        .arg("review")
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap()
}

#[test]
fn plans_are_given_as_files_as_states_or_as_a_directory() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (path, blocks) in [
        ("plans/network/plan.json", vec![one(delete("csms_grant.a"))]),
        ("plans/secrets/plan.json", vec![one(create("csms_grant.b"))]),
    ] {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, plan(&blocks).to_string()).unwrap();
    }
    let (network, secrets) = ("plans/network/plan.json", "plans/secrets/plan.json");
    let title = ["--title", "Pull request 7"];
    let first = run(folder, &[&title[..], &[network, secrets]].concat());
    assert_eq!(first.status.code(), Some(0), "{first:?}");
    let text = String::from_utf8(first.stdout).unwrap();
    let expected = "Pull request 7: Review of 2 plans, the latest created on 2026-12-01 (UTC)\n";
    assert!(text.starts_with(expected), "{text}");
    let states = [format!("network={network}"), format!("secrets={secrets}")];
    for args in [
        &[secrets, network][..],
        &["--plans", "plans"],
        &["--state", &states[1], "--state", &states[0]],
        &[network, "--state", &states[1]],
    ] {
        if args.len() == 3 {
            // The name of a single file does not depend on the states.
            continue;
        }
        let output = run(folder, &[&title[..], args].concat());
        assert_eq!(String::from_utf8(output.stdout).unwrap(), text, "{args:?}");
    }
    for (args, expected) in [
        (&["--plans", "."][..], "plans/network"),
        (&["--plans", "none"], "cannot read the plans in `none`"),
        (&["--state", "a:b=x.json"], "invalid state name"),
        (
            &["--state", "a=-", "--state", "b=-"],
            "standard input can be read only once",
        ),
        (
            &["--state", &states[0], "--plans", "plans"],
            "both belong to the state `network`",
        ),
        (&[][..], "required arguments"),
    ] {
        let output = run(folder, args);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(said.contains(expected), "{args:?}\n{said}");
    }
    fs::create_dir(folder.join("empty")).unwrap();
    let output = run(folder, &["--plans", "empty"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no plans found in `empty`"), "{said}");
}

#[test]
fn findings_are_located_in_the_configuration_of_their_state() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join(".git")).unwrap();
    let grant = "resource \"csms_grant\" \"x\" {\n}\n";
    // Beside its plan, in the directory of its name, or where Terraform runs.
    for (path, text) in [
        ("live/dns/main.tf", grant),
        (
            "live/network/main.tf",
            "\n\nresource \"csms_grant\" \"x\" {\n}\n",
        ),
        ("live/network/plan.json", ""),
        ("main.tf", grant),
    ] {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let endless = |user| {
        let block = create("csms_grant.x").with("validity_time", Value::Null);
        plan(&[block.with("grantee_target_id", user)]).to_string()
    };
    fs::write(folder.join("live/network/plan.json"), endless("u1")).unwrap();
    fs::create_dir(folder.join("plans")).unwrap();
    fs::write(folder.join("plans/dns.json"), endless("u2")).unwrap();
    fs::write(folder.join("plans/else.json"), endless("u3")).unwrap();
    let args = [
        "--format",
        "sarif",
        "--chdir",
        "live",
        "--state",
        "network=live/network/plan.json",
        "--state",
        "dns=plans/dns.json",
        "--state",
        "else=plans/else.json",
        "--title",
        "a/b",
    ];
    let output = run(folder, &args);
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(log["runs"][0]["automationDetails"]["id"], "hwgrants/a_b/");
    let results = log["runs"][0]["results"].as_array().unwrap();
    let located = results.iter().map(|result| {
        let location = &result["locations"][0];
        let physical = &location["physicalLocation"];
        format!(
            "{} {} {}",
            location["logicalLocations"][0]["fullyQualifiedName"]
                .as_str()
                .unwrap(),
            physical["artifactLocation"]["uri"],
            physical["region"]["startLine"]
        )
    });
    let located: Vec<String> = located.collect();
    assert_eq!(
        located,
        [
            "dns:csms_grant.x \"live/dns/main.tf\" 1",
            "else:csms_grant.x \"plans/else.json\" 1",
            "network:csms_grant.x \"live/network/main.tf\" 3",
        ]
    );
}

/// The provider knows the blocks of one state only: what one state destroys is gone, whatever another state keeps.
#[test]
fn what_one_state_destroys_is_lost_even_if_another_state_keeps_it() {
    let import = || {
        let mut plan = plan(&[one(keep("csms_grant.b"))]);
        plan["resource_changes"][0]["change"]["importing"] = json!({"id": "x"});
        plan
    };
    let a = || plan(&[one(delete("csms_grant.a"))]);
    let cases = [
        (
            "imported",
            vec![("A", a()), ("B", import())],
            "csms_grant.b",
        ),
        (
            "unchanged",
            vec![("A", a()), ("B", plan(&[one(keep("csms_grant.b"))]))],
            "csms_grant.b",
        ),
        (
            "extended",
            vec![
                ("A", a()),
                (
                    "B",
                    plan(&[one(update("csms_grant.b")).from("validity_time", "2026-12-31")]),
                ),
            ],
            "csms_grant.b",
        ),
        (
            "replaced",
            vec![
                ("A", a()),
                ("B", plan(&[one(replace("csms_grant.b", false))])),
            ],
            "csms_grant.b",
        ),
        (
            "renamed",
            vec![
                ("A", a()),
                (
                    "B",
                    plan(&[one(delete("csms_grant.x")), one(create("csms_grant.b"))]),
                ),
            ],
            "csms_grant.b",
        ),
    ];
    let expect = "[[expect]]\ngrantee = \"user u1\"\nresource = \"secret s1\"\nreason = \"r\"\nowner = \"o\"\n";
    for (what, states, other) in cases {
        let swapped: Vec<State> = states
            .iter()
            .map(|(name, plan)| (if *name == "A" { "Z" } else { *name }, plan.clone()))
            .collect();
        for (states, name) in [(states, "A"), (swapped, "Z")] {
            let report = review(&states, expect);
            let lost = format!("{name}:csms_grant.a");
            let effects: Vec<(Effect, String)> = report
                .changes
                .iter()
                .map(|change| (change.effect, change.addresses.join(" ")))
                .collect();
            assert_eq!(effects, [(Effect::Loses, lost.clone())], "{what}");
            assert!(
                changes(&report).contains(&format!("lost {lost}")),
                "{what}: {:?}",
                changes(&report)
            );
            let found = findings(&report);
            assert!(
                found.contains(&format!("declared-twice {lost}")),
                "{what}: {found:?}"
            );
            assert!(
                found.iter().any(|it| it.starts_with("expected-access")),
                "{what}: {found:?}"
            );
            assert!(
                Gate::Any
                    .reason(&report)
                    .is_some_and(|reason| reason.has_change),
                "{what}"
            );
            let text = Format::Text.render(&report, &SourceLocations::default());
            let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let note = format!(
                "also declared by B:{other}; destroying this block revokes it there as well"
            );
            assert!(flat.contains(&note), "{what}: {flat}");
            assert!(flat.contains("Access: 1 lost"), "{what}: {flat}");
        }
    }
    // In one state, the provider keeps what another block declares.
    let states = [
        (
            "A",
            plan(&[one(delete("csms_grant.a")), one(keep("csms_grant.c"))]),
        ),
        ("B", plan(&[one(keep("csms_grant.b"))])),
    ];
    let report = review(&states, "");
    assert!(
        report
            .changes
            .iter()
            .all(|change| change.effect == Effect::Unchanged)
    );
}

#[test]
fn each_state_that_destroys_what_another_creates_is_named() {
    let states = [
        ("a", plan(&[one(delete("csms_grant.a"))])),
        ("b", plan(&[one(create("csms_grant.b"))])),
        ("c", plan(&[one(delete("csms_grant.c"))])),
    ];
    let report = review(&states, "");
    let moves = report
        .findings
        .iter()
        .filter(|it| it.rule.id() == "moved-between-states");
    let moves: Vec<String> = moves
        .map(hwgrants::review::phrasing::finding::message)
        .collect();
    assert_eq!(moves.len(), 2, "{moves:?}");
    for (state, message) in ["a", "c"].into_iter().zip(&moves) {
        assert!(
            message.contains(&format!("The plan of the state `{state}` destroys")),
            "{message}"
        );
        // The provider adopts a grant with the same expiry.
        let wrong_order = format!(
            "If `b` is applied first, applying `{state}` afterwards revokes the access for both states"
        );
        assert!(message.contains(&wrong_order), "{message}");
    }
    let other = create("csms_grant.b").with("validity_time", "2027-05-01");
    let states = [
        ("a", plan(&[one(delete("csms_grant.a"))])),
        ("b", plan(&[one(other)])),
    ];
    let report = review(&states, "");
    let text = Format::Text.render(&report, &SourceLocations::default());
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat.contains(
            "If `b` is applied first, its apply fails because the grant already exists with a different expiry"
        ),
        "{flat}"
    );
}

/// Projects and agencies of one name are in many accounts, and states may be of different accounts.
#[test]
fn accesses_that_only_names_identify_are_not_one_in_two_states() {
    let agency = |name: &str| {
        json!({"name": name, "delegated_domain_name": "vendor", "id": "x", "duration": "FOREVER",
               "project_role": [{"project": "cn-north-4", "roles": ["KMS Administrator"]}]})
    };
    let of = |action, name: &str| other_type("huaweicloud_identity_agency", action, &agency(name));
    for (first, second, expected) in [
        (
            "create",
            "no-op",
            vec!["gained PROD:huaweicloud_identity_agency.x"],
        ),
        (
            "delete",
            "no-op",
            vec!["lost PROD:huaweicloud_identity_agency.x"],
        ),
        (
            "delete",
            "create",
            vec![
                "lost PROD:huaweicloud_identity_agency.x",
                "gained TEST:huaweicloud_identity_agency.x",
            ],
        ),
    ] {
        let states = [
            ("PROD", of(first, "support")),
            ("TEST", of(second, "support")),
        ];
        assert_eq!(changes(&review(&states, "")), expected, "{first} {second}");
    }
}

#[test]
fn what_one_state_forgets_and_another_imports_fails_no_policy_check() {
    let membership = "huaweicloud_identity_group_membership";
    let member = json!({"group": "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "users": ["9f8e7d6c5b4a39281706f5e4d3c2b1a0"], "id": "x"});
    let mut forgotten = other_type(membership, "delete", &member);
    forgotten["resource_changes"][0]["change"]["actions"] = json!(["forget"]);
    let mut imported = other_type(membership, "no-op", &member);
    imported["resource_changes"][0]["change"]["importing"] = json!({"id": "x"});
    let both = [("a", forgotten.clone()), ("b", imported)];
    assert_eq!(Gate::Any.reason(&review(&both, "")), None);
    // Forgotten alone, it is no longer managed.
    let alone = [("a", forgotten), ("b", plan(&[]))];
    assert!(Gate::Any.reason(&review(&alone, "")).is_some());
}

/// The report as text, in one line.
fn flat(report: &Report) -> String {
    let text = Format::Text.render(report, &SourceLocations::default());
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_plan_that_failed_makes_up_for_no_loss_and_is_not_to_be_applied_first() {
    let failed = |mut plan: Value| {
        plan["errored"] = json!(true);
        plan
    };
    let gone = || plan(&[one(delete("csms_grant.a"))]);
    let made = || plan(&[one(create("csms_grant.b"))]);
    let report = review(&[("a", gone()), ("b", failed(made()))], "");
    let text = flat(&report);
    assert!(text.contains("Access: 1 lost."), "{text}");
    let note = "b:csms_grant.b re-creates the grant, but planning failed for that state";
    assert!(text.contains(note), "{text}");
    assert!(!text.contains("first"), "{text}");

    let report = review(&[("a", failed(gone())), ("b", made())], "");
    let text = flat(&report);
    let advice = "correct the plan of `a`, for which planning failed, and apply it before `b`";
    assert!(text.contains(advice), "{text}");
    assert!(!text.contains("Otherwise, apply `a` first"), "{text}");

    let group = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
    let member = json!({"group": group, "users": ["9f8e7d6c5b4a39281706f5e4d3c2b1a0"], "id": "x"});
    let membership = "huaweicloud_identity_group_membership";
    let of = |action| other_type(membership, action, &member);
    let report = review(&[("a", of("delete")), ("b", failed(of("create")))], "");
    let expected = [
        format!("lost a:{membership}.x"),
        format!("gained b:{membership}.x"),
    ];
    assert_eq!(changes(&report), expected);
}

#[test]
fn a_grant_that_exists_with_another_expiry_is_not_extended_by_creating_it_again() {
    let later = || plan(&[one(create("csms_grant.b")).with("validity_time", "2027-09-01")]);
    let forgotten = plan(&[one(forget("csms_grant.a"))]);
    let report = review(&[("a", forgotten.clone()), ("b", later())], "");
    assert_eq!(findings(&report), ["moved-between-states b:csms_grant.b"]);
    let text = flat(&report);
    for part in [
        "Access: 1 no longer managed but not revoked. Apply will fail: 1 grant to be created already exists with a different expiry.",
        "creating the grant at b:csms_grant.b fails",
        "In `b`, add an `import` block with `to = csms_grant.b` and `id = \"cn-north-4/p1/SECRET/s1/user/u1\"`",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("2027-09-01"), "{text}");
    // With the expiry that it has, the provider takes it over.
    let same = plan(&[one(create("csms_grant.b"))]);
    let report = review(&[("a", forgotten), ("b", same)], "");
    assert_eq!(findings(&report), [""; 0]);
    assert!(flat(&report).contains("1 grant is unchanged"));
    // The service does not list the grants of groups, so whether creating one fails is not known.
    let group = |block: Block| block.given_to_group("g1");
    let states = [
        ("a", plan(&[group(forget("csms_grant.a"))])),
        (
            "b",
            plan(&[group(create("csms_grant.b")).with("validity_time", "2027-09-01")]),
        ),
    ];
    let report = review(&states, "");
    assert_eq!(report.count(Effect::ExpiryUnclear), 1);
    assert!(flat(&report).contains("creating it at b:csms_grant.b may fail"));
}

#[test]
fn a_forgotten_grant_is_no_longer_managed_and_was_not_destroyed() {
    let mut plan = plan(&[one(forget("csms_grant.a"))]);
    plan["resource_changes"][0]["action_reason"] = json!("delete_because_no_resource_config");
    let text = flat(&review(&[("a", plan)], ""));
    assert!(
        text.contains("Access: 1 no longer managed but not revoked."),
        "{text}"
    );
    assert!(
        text.contains("removed from the state, but not revoked, because"),
        "{text}"
    );
    for part in ["1 grant is unchanged", "destroyed because", "a: no change"] {
        assert!(!text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn a_replacement_that_creates_first_interrupts_no_grant_and_may_revoke_other_access() {
    let report = review(&[("a", plan(&[one(replace("csms_grant.a", true))]))], "");
    assert_eq!(report.count(Effect::Unchanged), 1);
    let report = review(&[("a", plan(&[one(replace("csms_grant.a", false))]))], "");
    assert_eq!(report.count(Effect::Interrupted), 1);
    let membership = "huaweicloud_identity_group_membership";
    let member = json!({"group": "g", "users": ["u"], "id": "x"});
    for (actions, expected) in [
        (["create", "delete"], "may_lose"),
        (["delete", "create"], "interrupted"),
    ] {
        let mut plan = other_type(membership, "no-op", &member);
        plan["resource_changes"][0]["change"]["actions"] = json!(actions);
        assert_eq!(
            changes(&review(&[("a", plan)], "")),
            [format!("{expected} a:{membership}.x")]
        );
    }
}
