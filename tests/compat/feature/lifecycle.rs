//! Resources and data sources from their first plan to the last.

use std::os::unix::process::CommandExt;
use std::process::Stdio;

use hwgrants::sandbox::{Fault, FaultAction, RepoEncryption, When, seed};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::client::Client;
use crate::harness::{Block, PATIENCE, Run, Workspace, in_days};

/// The end of each grant of the database password, by grantee.
fn granted(workspace: &Workspace) -> Vec<(String, Option<String>)> {
    let grants = workspace.world().grants(seed::SECRET_DB_PASSWORD);
    let shown = grants.into_iter().map(|(grantee, grant)| {
        let end = grant.validity_date.map(|date| date.to_string());
        (grantee.to_string(), end)
    });
    shown.collect()
}

fn only(grantee: &str, end: &str) -> Vec<(String, Option<String>)> {
    vec![(grantee.to_owned(), Some(end.to_owned()))]
}

/// Made, changed, lost, replaced and taken back: what the cloud holds after each step, and an empty plan.
pub(super) fn csms_grant(client: &Client) {
    for type_name in ["csms_grant", "hwgrants_csms_grant"] {
        let grant = Block::grant(type_name)
            .set("validity_time", &in_days(30))
            .set("reason", "on call")
            .inside("timeouts {\n    create = \"2m\"\n  }");
        let workspace = client.workspace(&grant);
        assert_eq!(workspace.change(), "create");
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert_eq!(writes, ["CreateGrants"]);
        workspace.assert_plan_is_empty();
        let made = workspace.attributes(&grant.address());
        assert_eq!(made["grantee_name"], "Ana Ruiz");

        let grant = grant.set("validity_time", &in_days(60));
        workspace.write(&grant);
        assert_eq!(workspace.change(), "update");
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert_eq!(writes, ["UpdateGrant"]);
        assert_eq!(granted(&workspace), only(seed::USER_ANA, &in_days(60)));
        workspace.assert_plan_is_empty();

        let world = workspace.world();
        world.remove_grant(seed::SECRET_DB_PASSWORD, seed::USER_ANA);
        assert_eq!(workspace.change(), "create");
        workspace.apply().succeeded();

        workspace.write(grant.set("grantee_target_id", seed::USER_BEN));
        assert_eq!(workspace.change(), "delete create");
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert_eq!(writes, ["DeleteGrant", "CreateGrants"]);
        assert_eq!(granted(&workspace), only(seed::USER_BEN, &in_days(60)));
        workspace.assert_plan_is_empty();

        workspace.destroy().succeeded();
        assert_eq!(granted(&workspace), []);
        assert!(workspace.state().is_empty());
    }
}

/// Made, lost, and on destroy forgotten with a warning.
pub(super) fn repo_kms_grant(client: &Client) {
    const STAYS: &str = "Warning: Delegation to CodeArts Repo remains in effect";
    for type_name in ["repo_kms_grant", "hwgrants_repo_kms_grant"] {
        let grant = Block::of(type_name).set("reason", "encryption");
        let workspace = client.workspace(&grant);
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert_eq!(writes, ["CreateTenantKmsGrant"]);
        workspace.assert_plan_is_empty();

        workspace.write(grant.clone().set("reason", "an auditor asked"));
        assert_eq!(workspace.change(), "update");
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert!(writes.is_empty(), "{writes:?}");

        workspace.world().set_delegation(seed::ACCOUNT_ID, false);
        assert_eq!(workspace.change(), "create");
        workspace.apply().succeeded();
        workspace.assert_plan_is_empty();

        let plan = workspace.run(&["plan", "-destroy", "-input=false"]);
        plan.succeeded().says(STAYS);
        workspace.destroy().succeeded().says(STAYS);
        assert!(workspace.world().is_delegated(seed::ACCOUNT_ID));
        assert!(workspace.state().is_empty());
    }
}

/// Created with its delegation, changed, turned off outside, and disabled on destroy.
pub(super) fn repo_encryption_setting(client: &Client) {
    const PUT: &str = "UpdateTenantRepoEncryptionSetting";
    for [delegation, setting] in [
        ["repo_kms_grant", "repo_encryption_setting"],
        [
            "hwgrants_repo_kms_grant",
            "hwgrants_repo_encryption_setting",
        ],
    ] {
        let delegation = Block::of(delegation);
        let setting = Block::of(setting)
            .set_to("tenant_id", &format!("{}.tenant_id", delegation.address()))
            .set("encryption_type", "KMS")
            .set("cmk_key_id", seed::KMS_KEY)
            .set("on_destroy", "disable");
        let workspace = client.workspace(format!("{delegation}{setting}"));
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert_eq!(writes, ["CreateTenantKmsGrant", PUT]);
        workspace.assert_plan_is_empty();

        let setting = setting.set_to("default_encryption_enabled", "true");
        workspace.write(format!("{delegation}{setting}"));
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert_eq!(writes, [PUT]);
        workspace.assert_plan_is_empty();

        let scope = format!("{}/{}", seed::ACCOUNT_ID, seed::REGION);
        let world = workspace.world();
        world.set_object(&scope, Some(&RepoEncryption::default()));
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert_eq!(writes, [PUT]);
        workspace.assert_plan_is_empty();

        let writes = workspace.writes_of(|| workspace.destroy().succeeded());
        assert_eq!(writes, [PUT]);
        let left: RepoEncryption = workspace.world().object(&scope).unwrap();
        assert_eq!(left.encryption_type.as_deref(), Some("normal"));
        assert!(workspace.state().is_empty());
    }
}

/// Data sources see what the resources of the same run make.
pub(super) fn data_sources(client: &Client) {
    let grant = Block::grant("csms_grant").set("validity_time", &in_days(30));
    let delegation = Block::of("repo_kms_grant");
    let grants = Block::data("csms_grants")
        .set("resource_id", seed::SECRET_DB_PASSWORD)
        .set_to("depends_on", "[csms_grant.this]");
    let delegated = Block::data("repo_kms_grant").set_to("tenant_id", "repo_kms_grant.this.id");
    let user = Block::data("hwgrants_csms_user").set("user_name", "Ana Ruiz");
    let users = Block::data("csms_users").set("name", "ana");
    let of_repo = ["encryption_setting", "cmks", "encrypted_repositories"].map(|name| {
        let look = Block::data(&format!("hwgrants_repo_{name}"));
        look.set_to("tenant_id", "repo_kms_grant.this.id")
            .to_string()
    });
    let workspace = client.workspace(format!(
        "{grant}{delegation}{grants}{delegated}{user}{users}{}",
        of_repo.concat()
    ));
    workspace.apply().succeeded();
    let seen = workspace.attributes("data.csms_grants.this");
    assert_eq!(seen["grants"][0]["grantee_target_id"], seed::USER_ANA);
    assert_eq!(seen["grants"][0]["validity_time"], in_days(30));
    let seen = workspace.attributes("data.repo_kms_grant.this");
    assert_eq!(seen["assumed"], true);
    let seen = workspace.attributes("data.hwgrants_csms_user.this");
    assert_eq!(seen["user_id"], seed::USER_ANA);
    let seen = workspace.attributes("data.csms_users.this");
    assert_eq!(seen["users"][0]["user_id"], seed::USER_ANA);
    let seen = workspace.attributes("data.hwgrants_repo_encryption_setting.this");
    assert_eq!(seen["encryption_type"], "normal");
    let seen = workspace.attributes("data.hwgrants_repo_cmks.this");
    assert_eq!(seen["cmks"][1]["cmk_key_id"], seed::KMS_KEY);
    let seen = workspace.attributes("data.hwgrants_repo_encrypted_repositories.this");
    assert_eq!(
        seen["repositories"][0]["repo_name"],
        seed::ENCRYPTED_REPOSITORY
    );
    workspace.assert_plan_is_empty();
}

/// A check that looks with a data source warns and does not fail.
pub(super) fn check_block(client: &Client) {
    let workspace = client.workspace(
        "check \"delegation\" {
  data \"repo_kms_grant\" \"this\" {
    provider = hwgrants
  }
  assert {
    condition     = data.repo_kms_grant.this.assumed
    error_message = \"CodeArts Repo may not use the keys\"
  }
}
",
    );
    let warned = workspace.apply().succeeded();
    warned.says("CodeArts Repo may not use the keys");
    workspace.world().set_delegation(seed::ACCOUNT_ID, true);
    let quiet = workspace.apply().succeeded().words();
    assert!(!quiet.contains("Warning"), "{quiet}");
}

/// Ctrl-C while the answer to a create is awaited: what exists is in the state, and the next apply puts it right.
pub(super) fn interrupted(client: &Client) {
    let workspace = client.workspace(Block::grant("csms_grant"));
    let slow = FaultAction::Delay {
        delay: PATIENCE * 2,
        when: When::AfterEffect,
    };
    let fault = Fault::on("CreateGrants", slow);
    workspace.world().faults().add(fault);
    let child = workspace
        .command(&["apply", "-input=false", "-auto-approve"])
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    workspace.wait_for("CreateGrants");
    let group = Pid::from_raw(child.id().try_into().unwrap());
    killpg(group, Signal::SIGINT).unwrap();
    let apply = Run::of("apply, interrupted", child.wait_with_output().unwrap());

    assert_eq!(apply.code, Some(1), "{apply}");
    let state = workspace.state();
    assert_eq!(state["csms_grant.this"]["tainted"], true, "{apply}");
    workspace.apply().succeeded();
    assert_eq!(workspace.world().grants(seed::SECRET_DB_PASSWORD).len(), 1);
    workspace.assert_plan_is_empty();
}
