//! What the command line program can say of the provider, its plans and its states.

use std::process::Command;

use hwgrants::sandbox::seed;

use crate::client::Client;
use crate::harness::{Block, Run, Workspace, in_days};

/// The provider is installed and locked, its schema is accepted, and wrong values are found without signing in.
pub(super) fn check(client: &Client) {
    let grant = Block::grant("csms_grant");
    let mut workspace = client.workspace(&grant);
    let locked = std::fs::read_to_string(workspace.path().join(".terraform.lock.hcl")).unwrap();
    assert!(locked.contains("hwgrants/hwgrants"), "{locked}");

    let schemas = workspace.json(&["providers", "schema", "-json"]);
    let schemas = schemas["provider_schemas"].as_object().unwrap();
    let [schema] = schemas.values().collect::<Vec<_>>()[..] else {
        panic!("{schemas:?}");
    };
    for name in ["csms_grant", "repo_kms_grant"] {
        for name in [name.to_owned(), format!("hwgrants_{name}")] {
            assert!(schema["resource_schemas"][&name].is_object(), "{name}");
        }
    }

    workspace.unset("HW_AUTH_TOKEN");
    workspace.run(&["validate"]).succeeded();
    workspace.write(grant.set("type", "FOLDER"));
    let said = workspace.run(&["validate"]).failed();
    assert!(said.contains("`SECRET`"), "{said}");
}

/// A saved plan and the state, as tools read them.
pub(super) fn json(client: &Client) {
    let grant = Block::grant("csms_grant").set("validity_time", &in_days(30));
    let workspace = client.workspace(&grant);
    workspace
        .run(&["plan", "-input=false", "-out=test.tfplan"])
        .succeeded();
    let plan = workspace.json(&["show", "-json", "test.tfplan"]);
    let change = &plan["resource_changes"][0]["change"];
    assert_eq!(change["after"]["grantee_target_id"], seed::USER_ANA);
    assert_eq!(change["after_unknown"]["create_time"], true);
    assert_eq!(change["after_sensitive"]["signature"], true);

    workspace
        .run(&["apply", "-input=false", "test.tfplan"])
        .succeeded();
    let state = workspace.state();
    let resource = &state[&grant.address()];
    assert_eq!(resource["sensitive_values"]["signature"], true);
    assert_eq!(resource["values"]["status"], "active");
    assert_eq!(resource["values"]["validity_time"], in_days(30));
    assert_eq!(resource["schema_version"], 0);
}

/// `terraform test` makes a grant, looks at it and takes it back.
pub(super) fn test(client: &Client) {
    let workspace = client.workspace(Block::grant("csms_grant"));
    workspace.write_file(
        "grant.tftest.hcl",
        "run \"grant\" {
  assert {
    condition     = csms_grant.this.status == \"active\"
    error_message = \"the grant is not active\"
  }
}
",
    );
    let writes = workspace.writes_of(|| {
        let test = workspace.run(&["test"]).succeeded();
        test.says("1 passed, 0 failed")
    });
    assert_eq!(writes, ["CreateGrants", "DeleteGrant"]);
}

/// `hwgrants` with the workspace's settings and its client.
pub(super) fn hwgrants(workspace: &Workspace, args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hwgrants"));
    let client = workspace.command(&[]);
    for (name, value) in client.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command
        .env("TERRAFORM_CLI_PATH", client.get_program())
        .current_dir(workspace.path())
        .args(args)
        .output()
        .unwrap();
    Run::of(&format!("(hwgrants {})", args.join(" ")), output)
}
