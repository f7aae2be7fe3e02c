//! Encryption stays on while a block declares it: renames, with and without another key, and replacement.

use crate::harness::Workspace;

use super::{LONG, OTHER_KEY, PUT, assert_live, encrypt, plan, seed, workspace};

/// A block of this name that disables encryption when it is destroyed.
fn named(name: &str, provider: &str, key: &str) -> String {
    format!(
        "resource \"{LONG}\" \"{name}\" {{\n  provider = {provider}\n  encryption_type = \"KMS\"\n  cmk_key_id = \"{key}\"\n  \
         on_destroy = \"disable\"\n}}\n\nprovider \"hwgrants\" {{\n  alias = \"one\"\n}}\n\nprovider \"hwgrants\" {{\n  alias = \
         \"two\"\n}}\n"
    )
}

/// Applies the configuration in one step, or as a saved plan.
fn apply(workspace: &Workspace, is_saved: bool, parallelism: usize) {
    let parallelism = format!("-parallelism={parallelism}");
    if !is_saved {
        let apply = ["apply", "-input=false", "-auto-approve", &parallelism];
        workspace.run(&apply).succeeded();
        return;
    }
    let plan = ["plan", "-input=false", "-out=test.tfplan", &parallelism];
    workspace.run(&plan).succeeded();
    let apply = ["apply", "-input=false", &parallelism, "test.tfplan"];
    workspace.run(&apply).succeeded();
}

#[test]
fn a_renamed_block_keeps_encryption_on_without_a_write() {
    for (from, to) in [
        ("hwgrants.one", "hwgrants.one"),
        ("hwgrants.one", "hwgrants.two"),
    ] {
        for is_saved in [false, true] {
            for parallelism in [1, 10] {
                // Terraform orders the two by their names.
                for (old, new) in [("a", "b"), ("b", "a")] {
                    let workspace = workspace(named(old, from, seed::KMS_KEY));
                    workspace.apply().succeeded();
                    workspace.write(named(new, to, seed::KMS_KEY));
                    let writes = workspace.writes_of(|| apply(&workspace, is_saved, parallelism));
                    assert!(
                        writes.is_empty(),
                        "{from} {to} {is_saved} {parallelism} {old}: {writes:?}"
                    );
                    assert_live(&workspace, "KMS", seed::KMS_KEY, false);
                    workspace.assert_plan_is_empty();
                }
            }
        }
    }
}

#[test]
fn a_renamed_block_with_another_key_is_an_update_that_warns() {
    for is_saved in [false, true] {
        for (old, new) in [("a", "b"), ("b", "a")] {
            let workspace = workspace(named(old, "hwgrants.one", seed::KMS_KEY));
            workspace.apply().succeeded();
            encrypt(&workspace, 2);
            workspace.write(named(new, "hwgrants.one", OTHER_KEY));
            let planned = plan(&workspace);
            let said = planned.words();
            assert!(!said.contains("Encryption will be disabled"), "{said}");
            planned.says("2 repositories are encrypted");
            let writes = workspace.writes_of(|| apply(&workspace, is_saved, 10));
            assert_eq!(writes, [PUT], "{is_saved} {old}");
            assert_live(&workspace, "KMS", OTHER_KEY, false);
            workspace.assert_plan_is_empty();
        }
    }
}

#[test]
fn a_forced_replacement_never_turns_encryption_off() {
    let configuration = named("a", "hwgrants.one", seed::KMS_KEY);
    let workspace = workspace(&configuration);
    workspace.apply().succeeded();
    let writes = workspace.writes_of(|| {
        let address = format!("-replace={LONG}.a");
        let replace = ["apply", "-input=false", "-auto-approve", &address];
        workspace.run(&replace).succeeded();
    });
    assert!(writes.is_empty(), "{writes:?}");
    assert_live(&workspace, "KMS", seed::KMS_KEY, false);
    workspace.assert_plan_is_empty();
}

#[test]
fn a_forced_replacement_that_is_applied_without_the_record_never_turns_encryption_off() {
    let workspace = workspace(named("a", "hwgrants.one", seed::KMS_KEY));
    workspace.apply().succeeded();
    let address = format!("-replace={LONG}.a");
    let replace = ["plan", "-input=false", "-out=test.tfplan", &address];
    workspace.run(&replace).succeeded();
    std::fs::remove_dir_all(workspace.path().join(".terraform/hwgrants")).unwrap();
    let writes = workspace.writes_of(|| {
        let apply = ["apply", "-input=false", "test.tfplan"];
        workspace.run(&apply).succeeded();
    });
    assert!(writes.is_empty(), "{writes:?}");
    assert_live(&workspace, "KMS", seed::KMS_KEY, false);
    workspace.assert_plan_is_empty();
}

#[test]
fn a_delegation_that_is_created_again_does_not_turn_encryption_off() {
    // The account is known only after apply, so Terraform replaces the setting.
    let configuration = format!(
        "resource \"hwgrants_repo_kms_grant\" \"this\" {{\n}}\n\nresource \"{LONG}\" \"a\" {{\n  tenant_id = \
         hwgrants_repo_kms_grant.this.tenant_id\n  encryption_type = \"KMS\"\n  cmk_key_id = \"{}\"\n  on_destroy = \
         \"disable\"\n}}\n",
        seed::KMS_KEY
    );
    let mut workspace = workspace(configuration);
    workspace.unset("HW_DOMAIN_ID");
    workspace.apply().succeeded();
    workspace.world().set_delegation(seed::ACCOUNT_ID, false);
    assert_eq!(workspace.changes()[&format!("{LONG}.a")], "delete create");
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_eq!(writes, ["CreateTenantKmsGrant"]);
    assert_live(&workspace, "KMS", seed::KMS_KEY, false);
    workspace.assert_plan_is_empty();
}

#[test]
fn two_blocks_for_one_setting_are_an_error_of_the_plan() {
    let two = format!(
        "{}\n{}",
        named("a", "hwgrants.one", seed::KMS_KEY),
        named("b", "hwgrants.one", seed::KMS_KEY)
            .split("provider \"hwgrants\"")
            .next()
            .expect("the block")
    );
    let workspace = workspace(two);
    let said = workspace.plan().failed();
    assert!(said.contains("Encryption setting declared twice"), "{said}");
}
