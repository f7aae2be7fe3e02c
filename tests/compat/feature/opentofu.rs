//! What only OpenTofu can do, apart from encryption.

use std::collections::BTreeMap;

use hwgrants::sandbox::{RequestRecord, ResourceKind, SandboxResource, SecretState, seed};

use crate::client::Client;
use crate::harness::{Block, Workspace, in_days};

/// The grantees of the database password.
fn grantees(workspace: &Workspace) -> Vec<String> {
    let grants = workspace.world().grants(seed::SECRET_DB_PASSWORD);
    grants
        .into_keys()
        .map(|grantee| grantee.to_string())
        .collect()
}

/// Runs `apply` with these options.
fn apply(workspace: &Workspace, options: &[&str]) -> Vec<&'static str> {
    let args = [&["apply", "-input=false", "-auto-approve"], options].concat();
    workspace.writes_of(|| workspace.run(&args).succeeded())
}

/// `-exclude` leaves one grant as it is: in create, refresh, and destroy.
pub(super) fn exclude(client: &Client) {
    let ana = Block::grant("csms_grant").set("validity_time", &in_days(30));
    let ben = Block::grant("hwgrants_csms_grant").set("grantee_target_id", seed::USER_BEN);
    let workspace = client.workspace(format!("{ana}{ben}"));
    let without_ben = format!("-exclude={}", ben.address());
    assert_eq!(apply(&workspace, &[&without_ben]), ["CreateGrants"]);
    assert_eq!(grantees(&workspace), [seed::USER_ANA]);
    assert_eq!(workspace.change(), "create");
    assert_eq!(apply(&workspace, &[]), ["CreateGrants"]);
    workspace.assert_plan_is_empty();

    let world = workspace.world();
    world.remove_grant(seed::SECRET_DB_PASSWORD, seed::USER_BEN);
    let plan = ["plan", "-input=false", "-detailed-exitcode"];
    let code = |options: &[&str]| workspace.run(&[&plan, options].concat()).code;
    assert_eq!(code(&[&without_ben]), Some(0));
    assert_eq!(code(&[]), Some(2));
    assert_eq!(apply(&workspace, &[]), ["CreateGrants"]);

    let destroy = ["destroy", "-input=false", "-auto-approve", &without_ben];
    let writes = workspace.writes_of(|| workspace.run(&destroy).succeeded());
    assert_eq!(writes, ["DeleteGrant"]);
    assert_eq!(grantees(&workspace), [seed::USER_BEN]);
    let state = workspace.state();
    assert!(state.keys().eq([&ben.address()]), "{state:?}");
}

/// A renamed block without `moved`: if the new one is excluded, the grant is revoked until the next apply.
pub(super) fn exclude_renamed(client: &Client) {
    let grant = Block::grant("csms_grant").set("validity_time", &in_days(30));
    let workspace = client.workspace(&grant);
    workspace.apply().succeeded();
    workspace.write(grant.to_string().replace("\"this\"", "\"that\""));
    let writes = apply(&workspace, &["-exclude=csms_grant.that"]);
    assert_eq!(writes, ["DeleteGrant"]);
    assert_eq!(apply(&workspace, &[]), ["CreateGrants"]);
    assert_eq!(grantees(&workspace), [seed::USER_ANA]);
    workspace.assert_plan_is_empty();
}

/// The database password of the second region.
const OTHER_SECRET: &str = "0f6f3f6e-5a9b-4f27-8d3f-9b7a1c2d3e4f";

/// A provider configuration for each region: each grant is created and revoked in its own project.
pub(super) fn provider_for_each(client: &Client) {
    let config = |regions: &[[&str; 3]], keys: &[&str]| {
        let regions: Vec<_> = regions
            .iter()
            .map(|[region, project, secret]| {
                format!("    {region} = {{ project = \"{project}\", secret = \"{secret}\" }}\n")
            })
            .collect();
        let grant = Block::grant("csms_grant")
            .of_provider(Some("hwgrants.by_region[each.key]"))
            .set_to("for_each", &format!("toset({keys:?})"))
            .set_to("resource_id", "local.regions[each.key].secret");
        format!(
            "locals {{\n  regions = {{\n{}  }}\n}}\n\nprovider \"hwgrants\" {{\n  alias = \"by_region\"\n  for_each = \
             local.regions\n  region = each.key\n  project_id = each.value.project\n}}\n\n{grant}",
            regions.concat()
        )
    };
    let [north, east] = [
        [seed::REGION, seed::PROJECT_ID, seed::SECRET_DB_PASSWORD],
        [seed::OTHER_REGION, seed::OTHER_PROJECT_ID, OTHER_SECRET],
    ];
    let both = [north[0], east[0]];
    let mut workspace = client.workspace(config(&[north, east], &both));
    // A token is for one project only.
    for name in ["HW_AUTH_TOKEN", "HW_REGION_NAME", "HW_PROJECT_ID"] {
        workspace.unset(name);
    }
    workspace.set("HW_ACCESS_KEY", seed::ACCESS_KEY);
    workspace.set("HW_SECRET_KEY", seed::SECRET_KEY);
    workspace.world().add_resource(
        OTHER_SECRET,
        SandboxResource {
            project_id: seed::OTHER_PROJECT_ID.into(),
            kind: ResourceKind::Secret,
            name: "db-password".to_owned(),
            state: SecretState::Enabled,
            created_at: jiff::Timestamp::UNIX_EPOCH,
        },
    );
    workspace.apply().succeeded();
    let written = |operation: &str| written_by_project(&workspace, operation);
    let once = BTreeMap::from([(seed::PROJECT_ID, 1), (seed::OTHER_PROJECT_ID, 1)]);
    assert_eq!(written("CreateGrants"), once);
    for secret in [north[2], east[2]] {
        assert_eq!(workspace.world().grants(secret).len(), 1, "{secret}");
    }
    workspace.assert_plan_is_empty();

    // The provider configuration that revokes the grant must remain in the configuration until then.
    workspace.write(config(&[north], &both[..1]));
    let said = workspace.plan().failed();
    assert!(said.contains("Provider instance not present"), "{said}");
    workspace.write(config(&[north, east], &both[..1]));
    assert_eq!(workspace.change(), "delete");
    workspace.apply().succeeded();
    assert_eq!(
        written("DeleteGrant"),
        BTreeMap::from([(seed::OTHER_PROJECT_ID, 1)])
    );
    workspace.write(config(&[north], &both[..1]));
    workspace.assert_plan_is_empty();
    workspace.destroy().succeeded();
    assert_eq!(written("DeleteGrant"), once);
    for secret in [north[2], east[2]] {
        assert!(workspace.world().grants(secret).is_empty(), "{secret}");
    }
}

/// How many requests for this operation each project has received.
fn written_by_project(workspace: &Workspace, operation: &str) -> BTreeMap<&'static str, usize> {
    let requests = workspace.world().requests();
    let of = |project: &'static str| {
        let is_of = |request: &&RequestRecord| {
            request.operation == Some(operation) && request.path.contains(project)
        };
        (project, requests.iter().filter(is_of).count())
    };
    let counts = [seed::PROJECT_ID, seed::OTHER_PROJECT_ID].map(of);
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// `enabled` in `lifecycle`: off revokes the grant, on creates it again, and a change from `count` keeps it.
pub(super) fn enabled(client: &Client) {
    let grant = Block::grant("csms_grant").set("validity_time", &in_days(30));
    let switch = |is_on: bool| {
        let lifecycle = format!("lifecycle {{\n    enabled = {is_on}\n  }}");
        grant.clone().inside(&lifecycle)
    };
    let workspace = client.workspace(grant.clone().set_to("count", "1"));
    workspace.apply().succeeded();
    workspace.write(switch(true));
    assert_eq!(workspace.change(), "");
    assert_eq!(apply(&workspace, &[]), [""; 0]);
    assert!(workspace.state().keys().eq([&grant.address()]));
    workspace.assert_plan_is_empty();

    workspace.write(switch(false));
    let plan = workspace.plan();
    assert_eq!(plan.code, Some(2), "{plan}");
    let said = plan.words();
    for words in [
        "csms_grant.this will be destroyed",
        "enabled",
        "0 to add, 0 to change, 1 to destroy",
    ] {
        assert!(said.contains(words), "`{words}` in {said}");
    }
    assert_eq!(apply(&workspace, &[]), ["DeleteGrant"]);
    assert!(grantees(&workspace).is_empty());
    workspace.assert_plan_is_empty();

    workspace.write(switch(true));
    assert_eq!(workspace.change(), "create");
    assert_eq!(apply(&workspace, &[]), ["CreateGrants"]);
    assert_eq!(grantees(&workspace), [seed::USER_ANA]);
    workspace.assert_plan_is_empty();
    workspace.destroy().succeeded();
    assert!(grantees(&workspace).is_empty());
}

/// A `removed` block without `lifecycle` keeps the grant, which Terraform revokes.
pub(super) fn removed(client: &Client) {
    let grant = Block::grant("csms_grant");
    let workspace = client.workspace(&grant);
    workspace.apply().succeeded();
    workspace.write(format!("removed {{\n  from = {}\n}}\n", grant.address()));
    assert_eq!(
        apply(&workspace, &[]),
        [""; 0],
        "requests of a `removed` block"
    );
    assert!(workspace.state().is_empty());
    assert_eq!(grantees(&workspace), [seed::USER_ANA]);
}

/// `destroy = false` in `lifecycle`: the grant remains if its block is deleted.
pub(super) fn destroy_false(client: &Client) {
    let grant = Block::grant("csms_grant").inside("lifecycle {\n    destroy = false\n  }");
    let workspace = client.workspace(&grant);
    workspace.apply().succeeded();
    workspace.write("");
    assert_eq!(workspace.change(), "forget");
    assert_eq!(apply(&workspace, &[]), [""; 0]);
    assert!(workspace.state().is_empty());
    assert_eq!(grantees(&workspace), [seed::USER_ANA]);
}

/// Variables and locals in the path of the backend and in the source of a module.
pub(super) fn early_evaluation(client: &Client) {
    let mut workspace = client.workspace("");
    let module = workspace.path().join("modules").join("access");
    std::fs::create_dir_all(&module).unwrap();
    let requirement = "terraform {\n  required_providers {\n    hwgrants = {\n      source = \"hwgrants/hwgrants\"\n    }\n  }\n}\n";
    workspace.write_file(
        "modules/access/main.tf",
        &format!("{requirement}{}", Block::grant("csms_grant")),
    );
    workspace.write(
        "variable \"team\" {
  type = string
}

locals {
  modules = \"./modules\"
}

terraform {
  backend \"local\" {
    path = \"states/${var.team}.tfstate\"
  }
}

module \"access\" {
  source = \"${local.modules}/access\"
}
",
    );
    workspace.set("TF_VAR_team", "billing");
    workspace.run(&["init", "-input=false"]).succeeded();
    assert_eq!(apply(&workspace, &[]), ["CreateGrants"]);
    assert_eq!(grantees(&workspace), [seed::USER_ANA]);
    let state = std::fs::read_to_string(workspace.path().join("states/billing.tfstate")).unwrap();
    assert!(state.contains(seed::USER_ANA), "{state}");
    workspace.assert_plan_is_empty();
    let writes = workspace.writes_of(|| workspace.destroy().succeeded());
    assert_eq!(writes, ["DeleteGrant"]);
}

/// The examples are valid and formatted.
pub(super) fn examples(client: &Client) {
    let examples = [
        include_str!("../../../examples/opentofu/encryption.tofu"),
        include_str!("../../../examples/opentofu/regions.tofu"),
    ];
    for example in examples {
        let mut workspace = client.workspace(example);
        workspace.set("TF_VAR_passphrase", "a passphrase of the sandbox");
        workspace.run(&["validate"]).succeeded();
        let format = workspace.run(&["fmt", "-check", "-diff", "main.tf"]);
        assert_eq!(format.code, Some(0), "{format}");
    }
}
