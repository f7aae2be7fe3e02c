//! The life of a `repo_kms_grant`, under both of its names, and the data source of the same name.

use hwgrants::sandbox::{IssuedToken, Permission, seed};
use jiff::Timestamp;

use crate::harness::{Block, Workspace};

const SHORT: &str = "repo_kms_grant";
const LONG: &str = "hwgrants_repo_kms_grant";

const STAYS: &str = "Warning: Delegation to CodeArts Repo remains in effect";

fn make_and_forget(type_name: &str) {
    let grant = Block::of(type_name).set("reason", "Repositories use our own key");
    let workspace = Workspace::with(&grant);
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_eq!(writes, ["CreateTenantKmsGrant"]);
    assert!(workspace.world().is_delegated(seed::ACCOUNT_ID));
    workspace.assert_plan_is_empty();
    let made = workspace.attributes(&grant.address());
    assert_eq!(made["tenant_id"], seed::ACCOUNT_ID);
    assert_eq!(made["id"], seed::ACCOUNT_ID);
    assert_eq!(made["region"], seed::REGION);
    assert_eq!(made["assumed"], true);

    workspace.write(grant.clone().set("reason", "An auditor asked"));
    assert_eq!(workspace.change(), "update");
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert!(writes.is_empty(), "{writes:?}");
    workspace.assert_plan_is_empty();

    let plan = workspace.run(&["plan", "-destroy", "-input=false"]);
    plan.succeeded().says(STAYS);
    let writes = workspace.writes_of(|| workspace.destroy().succeeded().says(STAYS));
    assert!(writes.is_empty(), "{writes:?}");
    assert!(workspace.state().is_empty());
    assert!(workspace.world().is_delegated(seed::ACCOUNT_ID));
}

#[test]
fn destroying_a_delegation_only_removes_it_from_state_with_a_warning() {
    make_and_forget(SHORT);
}

#[test]
fn destroying_a_long_type_name_delegation_only_removes_it_from_state() {
    make_and_forget(LONG);
}

#[test]
fn applying_a_saved_destroy_plan_warns() {
    let workspace = Workspace::with(Block::of(SHORT));
    workspace.apply().succeeded();
    workspace
        .run(&["plan", "-destroy", "-input=false", "-out=destroy.tfplan"])
        .succeeded();
    let apply = workspace.run(&["apply", "-input=false", "destroy.tfplan"]);
    apply.succeeded().says(STAYS);
}

#[test]
fn a_delegation_removed_outside_terraform_is_created_again() {
    for type_name in [SHORT, LONG] {
        let workspace = Workspace::with(Block::of(type_name));
        workspace.apply().succeeded();
        workspace.world().set_delegation(seed::ACCOUNT_ID, false);
        assert_eq!(workspace.change(), "create");
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert_eq!(writes, ["CreateTenantKmsGrant"]);
        assert!(workspace.world().is_delegated(seed::ACCOUNT_ID));
        workspace.assert_plan_is_empty();
    }
}

/// The two forms of an import ID.
fn import_ids() -> [String; 2] {
    let (region, account) = (seed::REGION, seed::ACCOUNT_ID);
    [account.to_owned(), format!("{region}/{account}")]
}

#[test]
fn the_import_command_accepts_both_id_formats_and_plans_no_change() {
    for type_name in [SHORT, LONG] {
        let grant = Block::of(type_name);
        let workspace = Workspace::with(&grant);
        workspace.world().set_delegation(seed::ACCOUNT_ID, true);
        for id in import_ids() {
            workspace.forget_state();
            workspace
                .run(&["import", "-input=false", &grant.address(), &id])
                .succeeded();
            workspace.assert_plan_is_empty();
            let imported = workspace.attributes(&grant.address());
            assert_eq!(imported["assumed"], true);
            assert_eq!(imported["region"], seed::REGION);
        }
    }
}

#[test]
fn an_import_block_accepts_both_id_formats_and_plans_no_change() {
    for type_name in [SHORT, LONG] {
        let grant = Block::of(type_name);
        let workspace = Workspace::with(&grant);
        workspace.world().set_delegation(seed::ACCOUNT_ID, true);
        for id in import_ids() {
            workspace.forget_state();
            workspace.write(format!(
                "{grant}\nimport {{\n  to = {}\n  id = \"{id}\"\n  provider = hwgrants\n}}\n",
                grant.address()
            ));
            let apply = workspace.apply().succeeded();
            apply.says("1 imported, 0 added, 0 changed, 0 destroyed");
            workspace.write(&grant);
            workspace.assert_plan_is_empty();
        }
    }
}

#[test]
fn another_region_replaces_the_delegation_and_warns_in_plan_and_apply() {
    for type_name in [SHORT, LONG] {
        let grant = Block::of(type_name);
        let address = grant.address();
        let workspace = Workspace::with(&grant);
        workspace.apply().succeeded();
        workspace.write(grant.set("region", "cn-south-1"));
        assert_eq!(workspace.change(), "delete create");
        workspace.plan().says(STAYS);
        workspace.apply().succeeded().says(STAYS);
        workspace.assert_plan_is_empty();
        assert_eq!(workspace.attributes(&address)["region"], "cn-south-1");
    }
}

#[test]
fn another_account_replaces_the_delegation_and_warns_in_plan_and_apply() {
    let other = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    let grant = Block::of(SHORT);
    let mut workspace = Workspace::with(&grant);
    workspace.apply().succeeded();
    let admin_of_other = IssuedToken {
        user_name: "admin".to_owned(),
        account_id: other.into(),
        project_id: seed::PROJECT_ID.into(),
        permissions: Permission::ALL.into(),
        expires_at: Timestamp::MAX,
    };
    workspace
        .world()
        .add_token("token-of-another-account", admin_of_other);
    workspace.set("HW_AUTH_TOKEN", "token-of-another-account");
    workspace.write(grant.set("tenant_id", other));

    // Each token speaks for one account only, so the old delegation cannot be looked at.
    let plan = workspace.run(&["plan", "-input=false", "-refresh=false", "-out=test.tfplan"]);
    let plan = plan.succeeded().says("must be replaced");
    plan.says(STAYS).says("Delegation for another account");
    let apply = workspace.run(&["apply", "-input=false", "test.tfplan"]);
    apply.succeeded().says(STAYS);
    assert!(workspace.world().is_delegated(other));
    workspace.assert_plan_is_empty();
}

#[test]
fn the_data_source_reports_the_delegation_and_never_creates_it() {
    for type_name in [SHORT, LONG] {
        let look = Block::data(type_name);
        let workspace = Workspace::with(&look);
        for is_delegated in [false, true] {
            let world = workspace.world();
            world.set_delegation(seed::ACCOUNT_ID, is_delegated);
            let writes = workspace.writes_of(|| workspace.apply().succeeded());
            assert!(writes.is_empty(), "{writes:?}");
            let seen = workspace.attributes(&look.address());
            assert_eq!(seen["assumed"], is_delegated);
            assert_eq!(seen["tenant_id"], seed::ACCOUNT_ID);
            assert_eq!(seen["region"], seed::REGION);
            assert_eq!(
                workspace.world().is_delegated(seed::ACCOUNT_ID),
                is_delegated
            );
            workspace.assert_plan_is_empty();
        }
    }
}

#[test]
fn the_data_source_reads_a_delegation_created_in_the_same_apply() {
    let grant = Block::of(SHORT);
    let look = Block::data(SHORT)
        .set_to("tenant_id", &format!("{}.id", grant.address()))
        .inside("timeouts {\n    read = \"1m\"\n  }");
    let workspace = Workspace::with(format!(
        "{grant}{look}output \"assumed\" {{\n  value = {}.assumed\n}}\n",
        look.address()
    ));
    workspace.apply().succeeded();
    assert_eq!(workspace.json(&["output", "-json", "assumed"]), true);
    workspace.assert_plan_is_empty();
}

#[test]
fn a_failed_read_is_an_error_and_not_a_missing_delegation() {
    let workspace = Workspace::with(Block::data(SHORT).set("tenant_id", "no account of mine"));
    let said = workspace.plan().failed();
    assert!(
        said.contains("Error while reading the delegation to CodeArts Repo"),
        "{said}"
    );
}
