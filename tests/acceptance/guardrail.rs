//! Rules of the provider block for grants.

use std::path::Path;

use hwgrants::sandbox::{GranteeKind, seed};

use crate::harness::{Block, Workspace, in_days};

const TYPE: &str = "csms_grant";

/// Project of another account.
const FOREIGN: &str = seed::AGENCY_PROJECT_ID;

/// A workspace whose provider block has these rules.
fn guarded(rules: &str, config: impl ToString) -> Workspace {
    let workspace = Workspace::with(config);
    guard(&workspace, rules);
    workspace
}

fn guard(workspace: &Workspace, rules: &str) {
    workspace.provider(&format!("  guardrails {{\n    {rules}\n  }}"));
}

fn until(days: i64) -> Block {
    Block::grant(TYPE).set("validity_time", &in_days(days))
}

/// A list with one id as HCL.
fn only(project_id: &str) -> String {
    format!("allowed_project_ids = [{project_id:?}]")
}

/// A resource of Terraform's own whose output, `terraform_data.late.output`, is unknown until it is applied.
fn late(expression: &str) -> String {
    format!("resource \"terraform_data\" \"late\" {{\n  input = {expression}\n}}\n")
}

const LATE: &str = "terraform_data.late.output";

/// Asserts that applying fails with this title, points at this line, and changes nothing in the cloud.
#[track_caller]
fn assert_refused(workspace: &Workspace, title: &str, line: &str) {
    let mut said = String::new();
    let writes = workspace.writes_of(|| said = workspace.apply().failed());
    assert!(
        said.contains(&format!("Error: {title}")) && said.contains(line),
        "`{title}` and `{line}` in: {said}"
    );
    assert!(!said.contains("Warning"), "{said}");
    assert!(writes.is_empty(), "{writes:?}");
}

/// Asserts that a plan finds nothing to do and warns with this title, and no other.
#[track_caller]
fn assert_only_warns(workspace: &Workspace, title: &str) {
    let plan = workspace.plan();
    assert_eq!(plan.code, Some(0), "{plan}");
    let said = plan.words();
    assert!(
        said.contains(&format!("Warning: {title}")) && said.matches("Warning:").count() == 1,
        "`{title}` in: {said}"
    );
}

#[test]
fn each_rule_rejects_a_violating_grant_and_accepts_one_at_the_limit() {
    let there = Block::grant(TYPE).set("project_id", seed::PROJECT_ID);
    let elsewhere = Block::grant(TYPE).set("project_id", FOREIGN);
    for (rules, breaks, title, line, keeps) in [
        (
            "require_validity = true".to_owned(),
            Block::grant(TYPE),
            "Grant without expiry",
            "resource \"csms_grant\" \"this\" {",
            until(0),
        ),
        (
            "max_validity_days = 90".to_owned(),
            until(91),
            "Expiration date too late",
            "7: validity_time = ",
            until(90),
        ),
        (
            only(seed::PROJECT_ID),
            elsewhere,
            "Project not allowed",
            "7: project_id = ",
            there,
        ),
        (
            only(FOREIGN),
            Block::grant(TYPE),
            "Project not allowed",
            "resource \"csms_grant\" \"this\" {",
            until(1).set("project_id", FOREIGN),
        ),
    ] {
        let workspace = guarded(&rules, breaks);
        assert_refused(&workspace, title, line);
        let requests = workspace.world().requests();
        assert!(requests.is_empty(), "{requests:?}");

        workspace.write(keeps);
        let plan = workspace.plan();
        assert_eq!(plan.code, Some(2), "{plan}");
        assert!(!plan.words().contains("Warning"), "{plan}");
    }
}

#[test]
fn a_rule_applies_to_a_changed_expiry_and_a_replaced_grant() {
    let workspace = Workspace::with(until(200));
    workspace.apply().succeeded();
    guard(&workspace, "max_validity_days = 90");
    workspace.write(until(91));
    assert_refused(
        &workspace,
        "Expiration date too late",
        "7: validity_time = ",
    );

    workspace.write(until(200).set("grantee_target_id", seed::USER_BEN));
    assert_refused(
        &workspace,
        "Expiration date too late",
        "7: validity_time = ",
    );

    guard(&workspace, &only(FOREIGN));
    workspace.write(until(60));
    let line = "resource \"csms_grant\" \"this\" {";
    assert_refused(&workspace, "Project not allowed", line);

    guard(&workspace, "require_validity = true");
    workspace.write(Block::grant(TYPE));
    assert_refused(&workspace, "Grant without expiry", line);

    guard(&workspace, "max_validity_days = 90");
    workspace.write(until(90));
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_eq!(writes, ["UpdateGrant"]);
    workspace.assert_plan_is_empty();
}

#[test]
fn existing_grants_only_cause_warnings_and_can_be_destroyed() {
    for (grant, rules, title) in [
        (
            Block::grant(TYPE),
            "require_validity = true".to_owned(),
            "Grant without expiry",
        ),
        (
            until(91),
            "max_validity_days = 90".to_owned(),
            "Expiration date too late",
        ),
        (until(91), only(FOREIGN), "Project not allowed"),
    ] {
        let workspace = Workspace::with(&grant);
        workspace.apply().succeeded();
        guard(&workspace, &rules);
        assert_only_warns(&workspace, title);

        workspace.write(grant.set("reason", "Ticket OPS-1"));
        let writes = workspace.writes_of(|| {
            let apply = workspace.apply().succeeded();
            apply.says(&format!("Warning: {title}"));
        });
        assert!(writes.is_empty(), "{writes:?}");

        let writes = workspace.writes_of(|| workspace.destroy().succeeded());
        assert_eq!(writes, ["DeleteGrant"]);
    }
}

#[test]
fn a_grant_can_be_removed_from_configuration_under_any_rule() {
    let workspace = Workspace::with(until(91));
    workspace.apply().succeeded();
    guard(
        &workspace,
        &format!(
            "require_validity = true\n    max_validity_days = 1\n    {}",
            only(FOREIGN)
        ),
    );
    workspace.write("");
    let writes = workspace.writes_of(|| {
        let said = workspace.apply().succeeded().words();
        assert!(!said.contains("Warning"), "{said}");
    });
    assert_eq!(writes, ["DeleteGrant"]);
}

#[test]
fn a_pending_violation_fails_destroy_unless_refresh_is_off() {
    let workspace = Workspace::with(until(30));
    workspace.apply().succeeded();
    guard(&workspace, "max_validity_days = 90");
    workspace.write(until(91));
    let writes = workspace.writes_of(|| {
        // Terraform begins a destroy with the plan of an apply, which the change pending here fails.
        let said = workspace.destroy().failed();
        assert!(said.contains("Error: Expiration date too late"), "{said}");
    });
    assert!(writes.is_empty(), "{writes:?}");
    let args = ["destroy", "-refresh=false", "-input=false", "-auto-approve"];
    let writes = workspace.writes_of(|| workspace.run(&args).succeeded());
    assert_eq!(writes, ["DeleteGrant"]);
}

#[test]
fn importing_a_grant_that_breaks_a_rule_only_warns() {
    let import = format!(
        "import {{\n  to = csms_grant.this\n  provider = hwgrants\n  id = \"SECRET/{}/user/{}\"\n}}\n",
        seed::SECRET_DB_PASSWORD,
        seed::USER_ANA
    );
    let workspace = guarded(
        "require_validity = true",
        format!("{import}{}", Block::grant(TYPE)),
    );
    let (secret, ana) = (seed::SECRET_DB_PASSWORD, seed::USER_ANA);
    let world = workspace.world();
    world
        .put_grant(secret, ana, GranteeKind::User, None)
        .unwrap();
    let writes = workspace.writes_of(|| {
        let apply = workspace.apply().succeeded();
        apply.says("Warning: Grant without expiry");
    });
    assert!(writes.is_empty(), "{writes:?}");
    assert_only_warns(&workspace, "Grant without expiry");
}

#[test]
fn an_expiring_or_expired_grant_causes_a_warning() {
    let mut workspace = guarded("warn_expiring_within_days = 14", until(15));
    let said = workspace.apply().succeeded().words();
    assert!(!said.contains("Warning"), "{said}");
    workspace.assert_plan_is_empty();
    assert!(!workspace.plan().words().contains("Warning"));

    workspace.set("HWGRANTS_CLOCK", "+2d");
    workspace
        .run(&["apply", "-refresh-only", "-auto-approve", "-input=false"])
        .succeeded();
    assert_only_warns(&workspace, "Grant expires soon");
    workspace.set("HWGRANTS_CLOCK", "+20d");
    workspace
        .run(&["apply", "-refresh-only", "-auto-approve", "-input=false"])
        .succeeded();
    assert_only_warns(&workspace, "Grant expired");
    workspace.destroy().succeeded();
}

#[test]
fn warnings_about_many_grants_are_consolidated() {
    let users = [
        seed::USER_ANA,
        seed::USER_BEN,
        seed::USER_CHEN,
        seed::USER_DANA,
    ];
    let grants = Block::grant(TYPE)
        .set_to("for_each", &format!("toset({users:?})"))
        .set_to("grantee_target_id", "each.key");
    let workspace = Workspace::with(grants);
    workspace.apply().succeeded();
    guard(&workspace, "require_validity = true");
    assert_only_warns(&workspace, "Grant without expiry");
    let plan = workspace.plan();
    plan.says("and 3 more similar warnings elsewhere");
}

#[test]
fn an_expiry_unknown_at_plan_is_rejected_before_any_write() {
    for (rules, end, title) in [
        (
            "max_validity_days = 90",
            format!("{:?}", in_days(91)),
            "Expiration date too late",
        ),
        (
            "require_validity = true",
            "null".to_owned(),
            "Grant without expiry",
        ),
    ] {
        let grant = Block::grant(TYPE).set_to("validity_time", &format!("{LATE}.end"));
        let late = late(&format!("{{ end = {end}, other = 1 }}"));
        let workspace = guarded(rules, format!("{grant}{late}"));
        let plan = workspace.plan();
        assert_eq!(plan.code, Some(2), "{plan}");
        assert_refused(&workspace, title, "7: validity_time = ");
        let requests = workspace.world().requests();
        let are_reads = requests.iter().all(|request| request.method == "GET");
        assert!(are_reads, "{requests:?}");
    }
}

#[test]
fn a_disallowed_looked_up_project_is_rejected_before_any_write() {
    let mut workspace = guarded(&only(FOREIGN), until(1));
    workspace.unset("HW_PROJECT_ID");
    let plan = workspace.plan();
    assert_eq!(plan.code, Some(2), "{plan}");
    assert_refused(
        &workspace,
        "Project not allowed",
        "resource \"csms_grant\" \"this\" {",
    );
    let requests = workspace.world().requests();
    let are_reads = requests.iter().all(|request| request.method == "GET");
    assert!(are_reads, "{requests:?}");

    guard(&workspace, &only(seed::PROJECT_ID));
    workspace.apply().succeeded();
}

#[test]
fn a_rule_unknown_at_plan_is_enforced_at_apply() {
    let dynamic = format!(
        "  dynamic \"guardrails\" {{\n    for_each = toset([{LATE}])\n    content {{\n      max_validity_days = \
         guardrails.value\n    }}\n  }}"
    );
    let plain = format!("  guardrails {{\n    max_validity_days = {LATE}\n  }}");
    for block in [plain, dynamic] {
        let workspace = Workspace::with(format!("{}{}", until(91), late("90")));
        workspace.provider(&block);
        let plan = workspace.plan();
        assert_eq!(plan.code, Some(2), "{plan}");
        assert_refused(
            &workspace,
            "Expiration date too late",
            "7: validity_time = ",
        );

        workspace.write(format!("{}{}", until(90), late("90")));
        workspace.apply().succeeded();
        workspace.assert_plan_is_empty();

        // A rule that becomes unknown again does not keep the grants from being read.
        workspace.write(format!("{}{}", until(90), late("80")));
        let plan = workspace.plan();
        assert_eq!(plan.code, Some(2), "{plan}");
    }
}

#[test]
fn a_partly_unknown_project_list_is_enforced_at_apply() {
    let rules = |id: &str| format!("allowed_project_ids = [{id:?}, {LATE}]");
    let late = |id: &str| late(&format!("{id:?}"));
    let workspace = guarded(
        &rules(FOREIGN),
        format!("{}{}", until(1), late(seed::OTHER_PROJECT_ID)),
    );
    let plan = workspace.plan();
    assert_eq!(plan.code, Some(2), "{plan}");
    assert_refused(
        &workspace,
        "Project not allowed",
        "resource \"csms_grant\" \"this\" {",
    );

    workspace.write(format!("{}{}", until(1), late(seed::PROJECT_ID)));
    workspace.apply().succeeded();
}

#[test]
fn guardrails_do_not_apply_to_a_delegation() {
    let rules = format!("require_validity = true\n    {}", only(FOREIGN));
    let workspace = guarded(&rules, Block::of("repo_kms_grant"));
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
}

#[test]
fn invalid_rules_are_rejected_at_their_argument() {
    let long = format!("[{:?}]", "x".repeat(65));
    let workspace = Workspace::with(Block::grant(TYPE));
    for (argument, values) in [
        ("max_validity_days", ["0", "-1", "1.5", "36501"].as_slice()),
        ("warn_expiring_within_days", &["-1", "0.5", "36501"]),
        (
            "allowed_project_ids",
            &["[]", "[\"\"]", "[null]", "[\"a\", \"..\"]", &long],
        ),
    ] {
        for value in values {
            guard(&workspace, &format!("{argument} = {value}"));
            let said = workspace.plan().failed();
            assert!(
                said.contains("Error: Invalid value")
                    && said.contains(&format!("11: {argument} = ")),
                "{argument} = {value}: {said}"
            );
        }
    }
    workspace.provider("  guardrails {}\n  guardrails {}");
    let said = workspace.plan().failed();
    assert!(said.contains("Too many guardrails blocks"), "{said}");

    let rules = "max_validity_days = 36500\n    warn_expiring_within_days = 0";
    for rules in [rules, ""] {
        guard(&workspace, rules);
        let plan = workspace.plan();
        assert_eq!(plan.code, Some(2), "{plan}");
    }
    let requests = workspace.world().requests();
    let are_reads = requests.iter().all(|request| request.method == "GET");
    assert!(are_reads, "{requests:?}");
}

#[test]
fn the_guardrails_example_is_formatted_and_rejects_a_missing_expiry() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/provider");
    let grant = Block::grant(TYPE).to_string();
    let workspace = Workspace::with(grant.replace("= hwgrants", "= hwgrants.production"));
    for file in ["provider.tf", "guardrails.tf"] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        workspace.write_file(file, &text);
        workspace.run(&["fmt", "-check", "-diff", file]).succeeded();
    }
    let line = "resource \"csms_grant\" \"this\" {";
    assert_refused(&workspace, "Grant without expiry", line);
}
