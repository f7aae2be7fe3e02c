//! The plans that `hwgrants review` is tried on: made by real Terraform, and reviewed as `tests/golden/review` has it.
//!
//! `UPDATE_GOLDEN=1` writes the plans and the reports anew.

mod golden;
mod kind;
mod saved;

use std::collections::BTreeSet;

use hwgrants::cli::configuration;
use hwgrants::review::Policy;
use hwgrants::sandbox::{GranteeKind, seed};
use jiff::civil::Date;
use serde_json::{Value, json};

use self::golden::{DAY, check, golden, keep_config, plan, root, settled};
use crate::harness::{Workspace, in_days};
use crate::large_plan;

/// A `csms_grant` of a secret to a user, with more arguments; a name of `TYPE.NAME` asks for that type.
fn grant(name: &str, secret: &str, user: &str, more: &str) -> String {
    let (type_name, name) = name.split_once('.').unwrap_or(("csms_grant", name));
    format!(
        "resource \"{type_name}\" \"{name}\" {{\n  provider = hwgrants\n  resource_id = \"{secret}\"\n  type = \"SECRET\"\n  \
         grantee_type = \"user\"\n  grantee_target_id = \"{user}\"\n{more}}}\n"
    )
}

fn until(days: i64) -> String {
    format!("  validity_time = \"{}\"\n", in_days(days))
}

fn because(reason: &str) -> String {
    format!("  reason = {reason:?}\n")
}

const DELEGATION: &str = "resource \"repo_kms_grant\" \"this\" {\n  provider = hwgrants\n  reason = \"encrypted repositories\"\n}\n";

const DB: &str = seed::SECRET_DB_PASSWORD;
const API: &str = seed::SECRET_API_KEY;
const TLS: &str = seed::SECRET_TLS_CERTIFICATE;

#[test]
fn new_grants_are_reported_as_gained_access() {
    let workspace = Workspace::with(
        [
            grant(
                "ana",
                DB,
                seed::USER_ANA,
                &(until(30) + &because("Migration of the billing database, ticket OPS-1234")),
            ),
            grant("ben", DB, seed::USER_BEN, ""),
            DELEGATION.to_owned(),
        ]
        .concat(),
    );
    check("first-grants", &workspace, &[]);
}

#[test]
fn mixed_changes_are_reported_by_kind() {
    let workspace = Workspace::with(
        [
            grant("ana", DB, seed::USER_ANA, &until(5)),
            grant("ben", DB, seed::USER_BEN, &until(60)),
            grant("chen", DB, seed::USER_CHEN, &until(20)),
            grant("dana", DB, seed::USER_DANA, &because("on call")),
            grant("ana_api", API, seed::USER_ANA, &because("the old reason")),
            grant("ben_api", API, seed::USER_BEN, ""),
        ]
        .concat(),
    );
    workspace.apply().succeeded();
    workspace.write(
        [
            grant("ana", DB, seed::USER_ANA, &until(35)),
            grant("ben", DB, seed::USER_BEN, &until(7)),
            grant("chen", DB, seed::USER_CHEN, ""),
            grant(
                "dana",
                DB,
                seed::USER_DANA,
                &(until(90) + &because("on call")),
            ),
            grant("ana_api", API, seed::USER_ANA, &because("the new reason")),
            grant("dana_api", API, seed::USER_DANA, &until(91)),
        ]
        .concat(),
    );
    check("mixed", &workspace, &[]);
}

#[test]
fn a_renamed_block_is_reported_as_unchanged() {
    let workspace = Workspace::with(
        [
            grant("ana", DB, seed::USER_ANA, &until(30)),
            grant("hwgrants_csms_grant.ben", DB, seed::USER_BEN, ""),
        ]
        .concat(),
    );
    workspace.apply().succeeded();
    workspace.write(
        [
            grant("contractor", DB, seed::USER_ANA, &until(30)),
            grant("ben", DB, seed::USER_BEN, ""),
            "moved {\n  from = hwgrants_csms_grant.ben\n  to = csms_grant.ben\n}\n".to_owned(),
        ]
        .concat(),
    );
    check("rename", &workspace, &[]);
}

#[test]
fn a_replacement_is_reported_as_an_interruption_or_another_grant() {
    let workspace = Workspace::with(
        [
            grant("ana", DB, seed::USER_ANA, &until(30)),
            grant("ben", DB, seed::USER_BEN, ""),
        ]
        .concat(),
    );
    workspace.apply().succeeded();
    workspace.write(
        [
            grant("ana", DB, seed::USER_ANA, &until(30)),
            grant(
                "ben",
                TLS,
                seed::USER_BEN,
                "  lifecycle {\n    create_before_destroy = true\n  }\n",
            ),
        ]
        .concat(),
    );
    check("replace", &workspace, &["-replace=csms_grant.ana"]);
}

#[test]
fn destroying_everything_reports_the_remaining_delegation() {
    let workspace = Workspace::with(
        [
            grant("ana", DB, seed::USER_ANA, &until(30)),
            DELEGATION.to_owned(),
        ]
        .concat(),
    );
    workspace.apply().succeeded();
    check("destroy", &workspace, &["-destroy"]);
}

#[test]
fn imports_are_reported_as_unchanged() {
    let workspace = Workspace::with(
        [
            grant("ana", DB, seed::USER_ANA, ""),
            format!(
                "import {{\n  to = csms_grant.ana\n  id = \"SECRET/{DB}/user/{}\"\n}}\n",
                seed::USER_ANA
            ),
        ]
        .concat(),
    );
    let made = workspace
        .world()
        .put_grant(DB, seed::USER_ANA, GranteeKind::User, None);
    made.unwrap();
    check("import", &workspace, &[]);
}

#[test]
fn unknown_and_sensitive_values_are_marked() {
    let later = |name: &str, value: &str| {
        format!("resource \"terraform_data\" \"{name}\" {{\n  input = \"{value}\"\n}}\n")
    };
    let workspace = Workspace::with([
        later("secret", DB),
        later("user", seed::USER_ANA),
        later("end", &in_days(30)),
        grant("ana", DB, "", "").replace("\"\"", "terraform_data.user.output"),
        grant("ben", "", seed::USER_BEN, "").replace("\"\"", "terraform_data.secret.output"),
        grant("chen", DB, seed::USER_CHEN, "  validity_time = terraform_data.end.output\n  reason = sensitive(\"between us\")\n"),
        grant("dana", DB, "", "").replace("\"\"", &format!("sensitive(\"{}\")", seed::USER_DANA)),
    ].concat());
    check("unknown", &workspace, &[]);
}

#[test]
fn modules_and_instances_are_reviewed_under_both_type_names() {
    let workspace = Workspace::new();
    let module = workspace.path().join("team");
    std::fs::create_dir(&module).unwrap();
    let required = "terraform {\n  required_providers {\n    hwgrants = {\n      source = \"hwgrants/hwgrants\"\n    }\n  }\n}\n";
    let variables = "variable \"users\" {\n  type = map(string)\n}\n";
    let each = |name, secret| {
        grant(name, secret, "", "  for_each = var.users\n").replace("\"\"", "each.value")
    };
    workspace.write_file(
        "team/main.tf",
        &[
            required,
            variables,
            &each("each", DB),
            &each("hwgrants_csms_grant.each", API),
        ]
        .concat(),
    );
    let call = |users: &[(&str, &str)]| {
        let users: String = users
            .iter()
            .map(|(name, id)| format!("    \"{name}\" = \"{id}\"\n"))
            .collect();
        format!("module \"team\" {{\n  source = \"./team\"\n  users = {{\n{users}  }}\n}}\n")
    };
    let (ana, ben, chen) = (
        ("Ana", seed::USER_ANA),
        ("Ben", seed::USER_BEN),
        ("Chen", seed::USER_CHEN),
    );
    workspace.write(call(&[ana, ben]));
    workspace.run(&["init", "-input=false"]).succeeded();
    workspace.apply().succeeded();
    workspace.write(call(&[ben, chen]));
    check("modules", &workspace, &[]);
}

#[test]
fn removing_the_first_counted_user_is_reported_as_one_loss() {
    let each = |users: &[&str]| {
        let more = format!("  count = {}\n", users.len());
        let user = format!("{users:?}[count.index]");
        grant("each", DB, "", &more).replace("\"\"", &user)
    };
    let mut workspace = Workspace::with(each(&[seed::USER_ANA, seed::USER_BEN, seed::USER_CHEN]));
    // As most have it: what the provider looks up when it applies, the plan does not know.
    workspace.unset("HW_PROJECT_ID");
    workspace.apply().succeeded();
    workspace.write(each(&[seed::USER_BEN, seed::USER_CHEN]));
    check("count", &workspace, &[]);
}

#[test]
fn a_grant_removed_from_state_is_reported_as_unchanged() {
    let workspace = Workspace::with(grant("ana", DB, seed::USER_ANA, &until(30)));
    workspace.apply().succeeded();
    workspace
        .write("removed {\n  from = csms_grant.ana\n  lifecycle {\n    destroy = false\n  }\n}\n");
    check("forget", &workspace, &[]);
}

#[test]
fn a_plan_without_changes_is_reported_as_such() {
    let workspace = Workspace::with(grant("ana", DB, seed::USER_ANA, &until(3)));
    workspace.apply().succeeded();
    check("nothing", &workspace, &[]);
}

#[test]
fn drift_is_reported_separately_from_planned_changes() {
    let config = [
        grant("ana", DB, seed::USER_ANA, &until(30)),
        grant("ben", DB, seed::USER_BEN, &until(60)),
        grant("chen", DB, seed::USER_CHEN, ""),
    ];
    let workspace = Workspace::with(config.concat());
    workspace.apply().succeeded();
    let world = workspace.world();
    let end = in_days(90).parse().unwrap();
    world
        .put_grant(DB, seed::USER_ANA, GranteeKind::User, Some(end))
        .unwrap();
    assert!(world.remove_grant(DB, seed::USER_CHEN));
    check("drift", &workspace, &["-refresh-only"]);
    check("drift-undone", &workspace, &[]);
}

#[test]
fn a_grant_that_expired_between_two_plans_is_reported_as_expired() {
    let workspace = Workspace::with(grant("ana", DB, seed::USER_ANA, &until(1)));
    workspace.apply().succeeded();
    // The state of the last day, read when that day is over.
    let path = workspace.path().join("terraform.tfstate");
    let (last_day, yesterday) = (in_days(1), in_days(-1));
    let state = std::fs::read_to_string(&path).unwrap();
    assert!(state.contains(&last_day), "{state}");
    std::fs::write(path, state.replace(&last_day, &yesterday)).unwrap();
    let end = Some(yesterday.parse().unwrap());
    let world = workspace.world();
    world
        .put_grant(DB, seed::USER_ANA, GranteeKind::User, end)
        .unwrap();
    workspace.write(grant("ana", DB, seed::USER_ANA, &until(-1)));
    check("expired", &workspace, &["-refresh-only"]);
    let report = std::fs::read_to_string(golden("expired").join("report.txt")).unwrap();
    assert!(report.contains("expired on 2026-11-30"), "{report}");
}

#[test]
fn two_thousand_grants_are_reviewed_in_every_format() {
    let config = large_plan::config(in_days);
    let workspace = Workspace::with(config);
    let plan = plan(&workspace, &[]);
    // The tests that have no Terraform review the generated plan, so that has to be what Terraform makes.
    let changes = |plan: &Value| {
        let changes = plan["resource_changes"].as_array().unwrap();
        let read = |change: &Value| {
            let (kind, after) = (&change["type"], &change["change"]["after"]);
            json!([change["address"], kind, change["change"]["actions"], after]).to_string()
        };
        changes.iter().map(read).collect::<BTreeSet<String>>()
    };
    assert!(changes(&plan) == changes(&large_plan::plan()));

    let folder = tempfile::tempdir().unwrap();
    keep_config(&workspace.path(), folder.path());
    let report = hwgrants::review::review(plan.to_string().as_bytes(), &Policy::default()).unwrap();
    let places =
        configuration::locate_findings(&report, folder.path(), Some(folder.path())).unwrap();
    large_plan::check(&report, &places);
}

/// What there was before the example's plan: two members, of whom one goes, a contractor, and the delegation.
fn before_the_example() -> String {
    let member = |name: &str, id: &str, days| {
        let end = in_days(days);
        format!("    {name} = {{ id = \"{id}\", until = \"{end}\" }}\n")
    };
    let members = [
        member("ana", seed::USER_ANA, 10),
        member("ben", seed::USER_BEN, 3),
        member("dana", seed::USER_DANA, 60),
    ];
    let module = format!(
        "module \"billing\" {{\n  source = \"./team\"\n  secret_id = \"{DB}\"\n  \
         reason = \"Migration of the billing database, OPS-1234\"\n  members = {{\n{}  }}\n}}\n",
        members.concat()
    );
    let contractor = grant("contractor", API, seed::USER_DANA, &until(211));
    [&module, &contractor, DELEGATION].concat()
}

#[test]
fn the_example_plan_matches_its_configuration() {
    let workspace = Workspace::new();
    std::fs::create_dir(workspace.path().join("team")).unwrap();
    let config = root().join("examples/review/config");
    let read = |name: &str| std::fs::read_to_string(config.join(name)).unwrap();
    workspace.write_file("team/main.tf", &read("team/main.tf"));
    workspace.write(before_the_example());
    workspace.run(&["init", "-input=false"]).succeeded();
    workspace.apply().succeeded();
    let later = in_days(0).parse::<Date>().unwrap() - DAY.parse::<Date>().unwrap();
    workspace.write(settled(&read("main.tf"), later));
    check("example", &workspace, &[]);
}
