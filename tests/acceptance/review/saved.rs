//! Plans as Terraform saves them, and what only real plans tell: what `-target` leaves out, and the provider's project.

use std::path::Path;
use std::process::{Command, Output};

use hwgrants::plan_json::completeness::Completeness;
use hwgrants::plan_json::plan::{Action, Plan};
use hwgrants::plan_json::read_plan;
use hwgrants::plan_json::value::PlanValue;
use hwgrants::sandbox::seed;

use super::{API, DB, because, grant, until};
use crate::harness::Workspace;

/// Runs `hwgrants review` with the workspace's Terraform.
pub(super) fn reviewed(workspace: &Workspace, folder: &Path, args: &[&str]) -> Output {
    let terraform = workspace.command(&[]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_hwgrants"));
    for (name, value) in terraform.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
        .env("TERRAFORM_CLI_PATH", terraform.get_program())
        .current_dir(folder)
        .arg("review")
        .args(args);
    command.output().unwrap()
}

fn saved(workspace: &Workspace, args: &[&str]) -> Plan {
    let plan = ["plan", "-input=false", "-out=test.tfplan"];
    workspace.run(&[&plan, args].concat()).succeeded();
    let json = workspace.json(&["show", "-json", "test.tfplan"]);
    read_plan(json.to_string().as_bytes()).unwrap()
}

#[test]
fn a_saved_plan_and_its_json_give_the_same_report() {
    let workspace = Workspace::with(
        [
            grant(
                "ana",
                DB,
                seed::USER_ANA,
                &(until(30) + &because("on call")),
            ),
            grant("ben", API, seed::USER_BEN, ""),
        ]
        .concat(),
    );
    saved(&workspace, &[]);
    let json = workspace.json(&["show", "-json", "test.tfplan"]);
    workspace.write_file("plan.json", &json.to_string());
    let expected = reviewed(&workspace, &workspace.path(), &["plan.json"]);
    assert_eq!(expected.status.code(), Some(0));

    let plan = workspace.path().join("test.tfplan");
    let (plan, folder) = (plan.to_str().unwrap(), workspace.path());
    let elsewhere = tempfile::tempdir().unwrap();
    for (place, args) in [
        (folder.as_path(), vec!["test.tfplan"]),
        (
            elsewhere.path(),
            vec![plan, "--chdir", folder.to_str().unwrap()],
        ),
    ] {
        let output = reviewed(&workspace, place, &args);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(output.stdout, expected.stdout);
    }

    std::fs::remove_dir_all(folder.join(".terraform")).unwrap();
    let output = reviewed(&workspace, &folder, &["test.tfplan"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty());
    assert!(
        said.starts_with("error: cannot read `test.tfplan`: `"),
        "{said}"
    );
    assert!(said.contains("  Error: "), "{said}");
    let (_, hint) = said.split_once("\nhint: use Terraform ").unwrap();
    assert!(
        hint.contains(", which created the plan, run `terraform init`"),
        "{said}"
    );
}

#[test]
fn grants_omitted_from_a_plan_are_read_as_kept() {
    let both = [
        grant("ana", DB, seed::USER_ANA, &until(5)),
        grant("ben", API, seed::USER_BEN, &until(6)),
    ];
    let workspace = Workspace::with(both.concat());
    workspace.apply().succeeded();
    let [ana, _] = &both;
    workspace.write(grant("ben", API, seed::USER_BEN, &until(60)) + ana);
    let actions = |plan: Plan| -> Vec<(String, Action)> {
        let changes = plan.changes.into_iter();
        changes
            .map(|change| (change.address.to_string(), change.action))
            .collect()
    };
    let (ana, ben) = ("csms_grant.ana".to_owned(), "csms_grant.ben".to_owned());
    let targeted = saved(&workspace, &["-target=csms_grant.ben"]);
    assert_eq!(targeted.completeness, Completeness::Partial);
    assert_eq!(
        actions(targeted),
        [(ben.clone(), Action::Update), (ana.clone(), Action::Keep)]
    );
    let refreshed = saved(&workspace, &["-refresh-only"]);
    assert_eq!(
        actions(refreshed),
        [(ana.clone(), Action::Keep), (ben.clone(), Action::Keep)]
    );
    // Nothing is told twice.
    let whole = saved(&workspace, &[]);
    assert_eq!(actions(whole), [(ana, Action::Keep), (ben, Action::Update)]);
}

#[test]
fn the_provider_project_is_resolved_in_root_and_modules() {
    let workspace = Workspace::new();
    std::fs::create_dir(workspace.path().join("team")).unwrap();
    let required = "terraform {\n  required_providers {\n    hwgrants = {\n      source = \"hwgrants/hwgrants\"\n    }\n  }\n}\n";
    workspace.write_file(
        "team/main.tf",
        &(required.to_owned() + &grant("ana", DB, seed::USER_ANA, "")),
    );
    workspace.write(
        grant("ben", API, seed::USER_BEN, "") + "module \"team\" {\n  source = \"./team\"\n}\n",
    );
    workspace.run(&["init", "-input=false"]).succeeded();
    for (project, variable, expected) in [
        (
            format!("{:?}", seed::PROJECT_ID),
            "",
            Some(PlanValue::Known(seed::PROJECT_ID.into())),
        ),
        (
            "var.project".to_owned(),
            "",
            Some(PlanValue::Known(seed::PROJECT_ID.into())),
        ),
        (
            "var.project".to_owned(),
            "  sensitive = true\n",
            Some(PlanValue::Sensitive),
        ),
        ("join(\"\", [var.project, local.none])".to_owned(), "", None),
        ("null".to_owned(), "", None),
    ] {
        workspace.provider(&format!("  project_id = {project}"));
        workspace.write_file(
            "variables.tf",
            &format!("locals {{\n  none = \"\"\n}}\n\nvariable \"project\" {{\n  default = {:?}\n{variable}}}\n", seed::PROJECT_ID),
        );
        let plan = saved(&workspace, &[]);
        let projects = plan.configuration.projects;
        for address in ["csms_grant.ben", "module.team.csms_grant.ana"] {
            assert_eq!(
                projects.get(address),
                expected.as_ref(),
                "{project} {variable}"
            );
        }
        assert_eq!(plan.configuration.modules["module.team"], "./team");
    }
}
