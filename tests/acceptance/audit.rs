//! `hwgrants audit`: what real Terraform has declared, against what is granted.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use http::StatusCode;
use hwgrants::cli::terraform::Release;
use hwgrants::sandbox::{
    Fault, FaultAction, GranteeKind, ResourceKind, SandboxResource, SecretState, StoredGrantee,
    When, World, seed,
};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::harness::{PATIENCE, Run, Workspace, in_days};

const DB: &str = seed::SECRET_DB_PASSWORD;
const API: &str = seed::SECRET_API_KEY;
const TLS: &str = seed::SECRET_TLS_CERTIFICATE;
const BILLING: &str = seed::SECRET_GROUP_BILLING;

/// A secret without any declared grant.
const ORPHAN: &str = "0c5a9a0e-8f41-4f0c-9a55-d2f1b7f4c001";

/// How soon an interrupted audit has to be over.
const SOON: Duration = Duration::from_secs(5);

/// `hwgrants audit` with the settings of a workspace, ready to be started in its folder.
fn command(workspace: &Workspace, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hwgrants"));
    workspace.prepare(&mut command);
    command.arg("audit").args(args);
    command.current_dir(workspace.path());
    command
}

fn audit(workspace: &Workspace, args: &[&str]) -> Run {
    let output = command(workspace, args).output().unwrap();
    Run::of(&format!("(hwgrants audit {})", args.join(" ")), output)
}

/// Writes the JSON of the state to `state.json`.
fn write_state(workspace: &Workspace) -> Value {
    let state = workspace.run(&["show", "-json"]).succeeded().stdout;
    workspace.write_file("state.json", &state);
    serde_json::from_str(&state).unwrap()
}

/// A grant of `secret`; `more` holds who receives it, and the rest.
fn grant(type_name: &str, name: &str, secret: &str, more: &str) -> String {
    format!(
        "resource \"{type_name}\" \"{name}\" {{\n  provider = hwgrants\n  resource_id = \"{secret}\"\n{more}}}\n"
    )
}

/// 180 grants: to users and groups, with and without an end, under both names, with `for_each` and `count`, in modules
/// with `for_each`, on secrets and on a secret group, and a delegation.
fn declare(workspace: &Workspace) {
    let end = in_days(60);
    let users = format!(
        "  for_each = toset([for n in range(60) : tostring(n)])\n  type = \"SECRET\"\n  grantee_type = \"user\"\n  \
         grantee_target_id = \"user-${{each.key}}\"\n  \
         validity_time = tonumber(each.key) % 3 == 0 ? null : \"{end}\"\n"
    );
    let teams = "  count = 40\n  type = \"secret\"\n  grantee_type = \"2\"\n  grantee_target_id = \"team-${count.index}\"\n";
    let billing = format!(
        "  type = \"Group\"\n  grantee_type = \"0\"\n  grantee_target_id = \"{}\"\n",
        seed::USER_ANA
    );
    let root = [
        grant("csms_grant", "users", DB, &users),
        grant("hwgrants_csms_grant", "teams", API, teams),
        grant("csms_grant", "billing", BILLING, &billing),
        "resource \"hwgrants_repo_kms_grant\" \"this\" {\n  provider = hwgrants\n}\n".to_owned(),
        "module \"unit\" {\n  source = \"./unit\"\n  for_each = toset([\"a\", \"b\"])\n  unit = each.key\n}\n".to_owned(),
    ];
    let each = format!(
        "  for_each = toset([for n in range(30) : tostring(n)])\n  type = \"SECRET\"\n  grantee_type = \"User\"\n  \
         grantee_target_id = \"${{var.unit}}-${{each.key}}\"\n  validity_time = \"{end}\"\n"
    );
    let count = "  count = 9\n  type = \"SECRET\"\n  grantee_type = \"group\"\n  \
                 grantee_target_id = \"${var.unit}-team-${count.index}\"\n";
    let unit = [
        "terraform {\n  required_providers {\n    hwgrants = {\n      source = \"hwgrants/hwgrants\"\n    }\n  }\n}\n".to_owned(),
        "variable \"unit\" {\n  type = string\n}\n".to_owned(),
        grant("csms_grant", "users", TLS, &each),
        grant("hwgrants_csms_grant", "teams", TLS, count),
    ];
    std::fs::create_dir(workspace.path().join("unit")).unwrap();
    workspace.write_file("unit/main.tf", &unit.concat());
    workspace.write(root.concat());
    workspace.run(&["init", "-input=false"]).succeeded();
    let apply = workspace.run(&["apply", "-input=false", "-auto-approve", "-parallelism=50"]);
    apply.succeeded().says("180 added");
}

/// 20 undeclared grants, eight of which never expire, and one with a name that tries to get out of its
/// comment.
fn grant_behind_terraform(world: &World) {
    let secret = SandboxResource {
        project_id: seed::PROJECT_ID.into(),
        kind: ResourceKind::Secret,
        name: "orphan".to_owned(),
        state: SecretState::Enabled,
        created_at: world.now(),
    };
    world.add_resource(ORPHAN, secret);
    let name = "Eve\"\n}\nresource \"x\" \"${path.module}\" {";
    let eve = StoredGrantee::new(name, GranteeKind::User);
    world.add_grantee("eve", eve);
    let put = |resource: &str, grantee: &str, kind, days: Option<i64>| {
        let end = days.map(|days| in_days(days).parse().unwrap());
        world.put_grant(resource, grantee, kind, end).unwrap();
    };
    let user = GranteeKind::User;
    for (number, days) in [
        None,
        None,
        None,
        None,
        Some(30),
        Some(31),
        Some(32),
        Some(33),
        Some(34),
        Some(-1),
    ]
    .into_iter()
    .enumerate()
    {
        put(DB, &format!("late-{number}"), user, days);
    }
    for (number, days) in [None, Some(1), Some(7), Some(30), Some(-30)]
        .into_iter()
        .enumerate()
    {
        put(ORPHAN, &format!("late-{number}"), user, days);
    }
    put(BILLING, seed::USER_BEN, user, None);
    put(BILLING, seed::USER_CHEN, user, Some(90));
    put(TLS, seed::GROUP_ONCALL, GranteeKind::Group, None);
    put(TLS, "eve", user, None);
    put(API, seed::USER_DANA, user, Some(5));
}

/// The values of these attributes anywhere in a state.
fn values(state: &Value, names: &[&str]) -> Vec<String> {
    match state {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| match value.as_str() {
                Some(text) if names.contains(&name.as_str()) && !text.is_empty() => {
                    vec![text.to_owned()]
                }
                _ => values(value, names),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(|item| values(item, names)).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn audit_lists_20_undeclared_of_200_grants_and_imports_them_unchanged() {
    let workspace = Workspace::new();
    declare(&workspace);
    grant_behind_terraform(workspace.world());
    let state = write_state(&workspace);

    let table = audit(&workspace, &["state.json"]).succeeded();
    let table = table.says("200 live, 180 declared, 20 undeclared (8 without an expiry)");
    let lines: Vec<_> = table.stdout.lines().skip(1).collect();
    assert_eq!(lines.len(), 20, "{table}");
    let endless: Vec<_> = lines.iter().map(|line| line.starts_with("never")).collect();
    assert_eq!(
        endless,
        [[true; 8].as_slice(), &[false; 12]].concat(),
        "{table}"
    );
    let expired: Vec<_> = lines
        .iter()
        .map(|line| line.contains("(expired)"))
        .collect();
    assert_eq!(
        expired,
        [[false; 18].as_slice(), &[true; 2]].concat(),
        "{table}"
    );
    // The state file says the same as its JSON.
    let from_file = audit(&workspace, &["terraform.tfstate"]).succeeded();
    assert_eq!(from_file.stdout, table.stdout);

    let json = audit(
        &workspace,
        &["state.json", "--format", "json", "--fail-on", "any"],
    );
    assert_eq!(json.code, Some(2), "{json}");
    let document: Value = serde_json::from_str(&json.stdout).unwrap();
    let schema = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/docs/audit.schema.json"
    ));
    let schema = serde_json::from_str(&schema.unwrap()).unwrap();
    jsonschema::validate(&schema, &document).unwrap();
    let entries = document["undeclared"].as_array().unwrap();
    assert_eq!(entries.len(), 20);
    for (line, entry) in lines.iter().zip(entries) {
        let id = entry["import_id"].as_str().unwrap();
        let place = format!("{}/{}/", seed::REGION, seed::PROJECT_ID);
        assert!(
            line.ends_with(id.strip_prefix(&place).unwrap()),
            "{line}: {id}"
        );
        let end = entry["validity_time"].as_str().unwrap_or("never");
        assert!(line.starts_with(end), "{line}: {end}");
    }

    let import = audit(&workspace, &["state.json", "--format", "import"]).succeeded();
    let mut hush = values(&state, &["signature", "uuid"]);
    hush.push(seed::TOKEN.to_owned());
    assert!(hush.len() > 100, "{}", hush.len());
    for run in [&table, &json, &import] {
        let shown = format!("{}{}", run.stdout, run.stderr);
        let told = hush.iter().find(|secret| shown.contains(secret.as_str()));
        assert_eq!(told, None, "{run}");
    }

    workspace.write_file("found.tf", &import.stdout);
    workspace
        .run(&["fmt", "-check", "-diff", "found.tf"])
        .succeeded();
    let plan = workspace.plan();
    plan.says("Plan: 20 to import, 0 to add, 0 to change, 0 to destroy.");
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert!(writes.is_empty(), "{writes:?}");
    workspace.assert_plan_is_empty();
    write_state(&workspace);
    let clean = audit(&workspace, &["state.json", "--fail-on", "any"]).succeeded();
    assert!(clean.stdout.is_empty(), "{clean}");
    clean.says("200 declared, 0 undeclared");
}

#[test]
fn the_audit_is_clean_only_with_all_states_given() {
    let workspace = Workspace::new();
    declare(&workspace);
    let mut root = write_state(&workspace);
    let mut modules = root.clone();
    root["values"]["root_module"]["child_modules"].take();
    root["values"]["root_module"]
        .as_object_mut()
        .unwrap()
        .remove("child_modules");
    modules["values"]["root_module"]
        .as_object_mut()
        .unwrap()
        .remove("resources");
    workspace.write_file("root.json", &root.to_string());
    workspace.write_file("modules.json", &modules.to_string());
    let any = ["--fail-on", "any"];
    for (states, counts, status) in [
        (
            &["root.json", "modules.json"][..],
            "180 declared, 0 undeclared",
            0,
        ),
        (&["root.json"], "102 declared, 78 undeclared", 2),
        // No state names the secret group, so it is not looked at.
        (
            &["modules.json"],
            "179 live, 78 declared, 101 undeclared",
            2,
        ),
    ] {
        let run = audit(&workspace, &[states, &any].concat());
        assert_eq!(run.code, Some(status), "{run}");
        run.says(counts);
    }
}

#[test]
fn oldest_terraform_accepts_import_blocks_with_template_syntax_in_ids() {
    let workspace = Workspace::on(Release::ALL[0]);
    let world = workspace.world();
    let put = |grantee: &str| {
        world
            .put_grant(DB, grantee, GranteeKind::User, None)
            .unwrap()
    };
    for id in [
        seed::USER_ANA,
        "${}%${path.module}$${x}%%{ if true }",
        "\\\"%{ endif }",
    ] {
        put(id);
    }
    world.set_delegation(seed::ACCOUNT_ID, true);
    let import = audit(&workspace, &["--format", "import"]).succeeded();
    workspace.write_file("found.tf", &import.stdout);
    let plan = workspace.plan();
    plan.says("Plan: 4 to import, 0 to add, 0 to change, 0 to destroy.");
    workspace.apply().succeeded();
    write_state(&workspace);
    let clean = audit(&workspace, &["state.json", "--fail-on", "any"]).succeeded();
    assert!(clean.stdout.is_empty(), "{clean}");
}

#[test]
fn denied_secrets_are_named_and_invalid_credentials_print_no_grants() {
    let mut workspace = Workspace::new();
    let put = workspace
        .world()
        .put_grant(DB, seed::USER_ANA, GranteeKind::User, None);
    put.unwrap();
    let forbidden = FaultAction::error(StatusCode::FORBIDDEN, "CSMS.0302", "Not allowed.");
    let faults = workspace.world().faults();
    faults.add(Fault::on("ListGrants", forbidden).after(1).endless());
    let refused = audit(&workspace, &["--fail-on", "any"]);
    assert_eq!(refused.code, Some(1), "{refused}");
    let refused = refused.says("the audit is incomplete. Not audited:");
    refused.says("hint: ask an administrator");

    workspace.world().faults().clear();
    workspace.set("HW_AUTH_TOKEN", "wrong");
    let wrong = audit(&workspace, &["--fail-on", "any"]);
    assert_eq!(
        (wrong.code, wrong.stdout.as_str()),
        (Some(1), ""),
        "{wrong}"
    );
    wrong
        .says("the credentials from `token` were rejected")
        .says("hint: check the `HW_*` environment variables");
}

#[test]
fn ctrl_c_stops_the_audit_with_exit_code_130() {
    let workspace = Workspace::new();
    let slow = FaultAction::Delay {
        delay: PATIENCE * 2,
        when: When::BeforeEffect,
    };
    let faults = workspace.world().faults();
    faults.add(Fault::on("ListGrants", slow).endless());
    let child = command(&workspace, &[])
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    workspace.wait_for("ListGrants");
    let pid = Pid::from_raw(child.id().try_into().unwrap());
    kill(pid, Signal::SIGINT).unwrap();
    let interrupted_at = Instant::now();
    let run = Run::of("(hwgrants audit)", child.wait_with_output().unwrap());
    assert!(interrupted_at.elapsed() < SOON, "{run}");
    assert_eq!((run.code, run.stdout.as_str()), (Some(130), ""), "{run}");
    run.says("error: interrupted");
}
