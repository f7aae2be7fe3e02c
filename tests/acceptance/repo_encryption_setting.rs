//! The life of a `repo_encryption_setting`, under both of its names, and the data source of the same name.

mod kept;

use http::StatusCode;
use hwgrants::cli::terraform::Release;
use hwgrants::sandbox::{
    EncryptedRepositories, Fault, FaultAction, KmsKey, KmsKeys, RepoEncryption, When, seed,
};

use crate::harness::{Block, Run, Workspace};

const NAMES: [&str; 2] = [
    "repo_encryption_setting",
    "hwgrants_repo_encryption_setting",
];
const LONG: &str = NAMES[1];

/// The write of a setting.
const PUT: &str = "UpdateTenantRepoEncryptionSetting";

/// Another key that is enabled.
const OTHER_KEY: &str = "c0ffee00-557f-453a-aef7-28643f49cf1e";

const ON: &str = "KMS";
const OFF: &str = "normal";

/// The scope of the setting in the sandbox.
fn scope() -> String {
    format!("{}/{}", seed::ACCOUNT_ID, seed::REGION)
}

/// A block that encrypts with the key.
fn block(type_name: &str, key: &str) -> Block {
    Block::of(type_name)
        .set("encryption_type", ON)
        .set("cmk_key_id", key)
}

/// A workspace with the delegation, a second key, and this configuration.
fn workspace(configuration: impl ToString) -> Workspace {
    let workspace = Workspace::with(configuration);
    let world = workspace.world();
    world.set_delegation(seed::ACCOUNT_ID, true);
    let mut keys: KmsKeys = world.object(&scope()).expect("keys");
    let other = KmsKey::new("other", "2");
    keys.0.insert(OTHER_KEY.to_owned(), other);
    world.set_object(&scope(), Some(&keys));
    workspace
}

/// A plan, with or without changes.
#[track_caller]
fn plan(workspace: &Workspace) -> Run {
    workspace.run(&["plan", "-input=false"]).succeeded()
}

/// Sets the setting without the API.
fn put(workspace: &Workspace, encryption_type: &str, key: &str, is_default_enabled: bool) {
    let setting = RepoEncryption {
        encryption_type: Some(encryption_type.to_owned()),
        is_default_enabled,
        key_id: Some(key.to_owned()),
        key_name: None,
    };
    workspace.world().set_object(&scope(), Some(&setting));
}

/// Encryption type, key and default of the setting in the sandbox.
fn live(workspace: &Workspace) -> (Option<String>, Option<String>, bool) {
    let setting: RepoEncryption = workspace.world().object(&scope()).unwrap_or_default();
    (
        setting.encryption_type,
        setting.key_id,
        setting.is_default_enabled,
    )
}

#[track_caller]
fn assert_live(workspace: &Workspace, encryption_type: &str, key: &str, is_default: bool) {
    let expected = (
        Some(encryption_type.to_owned()),
        Some(key.to_owned()),
        is_default,
    );
    assert_eq!(live(workspace), expected);
}

/// Adds encrypted repositories.
fn encrypt(workspace: &Workspace, count: i64) {
    let repositories = (1..=count).map(|number| (number, format!("repository-{number}")));
    let repositories = EncryptedRepositories(repositories.collect());
    workspace.world().set_object(&scope(), Some(&repositories));
}

#[test]
fn a_setting_is_created_updated_and_kept_when_destroyed() {
    for type_name in NAMES {
        let setting = block(type_name, seed::KMS_KEY);
        let workspace = workspace(&setting);
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert_eq!(writes, [PUT]);
        assert_live(&workspace, ON, seed::KMS_KEY, false);
        workspace.assert_plan_is_empty();
        let stored = workspace.attributes(&setting.address());
        for (attribute, expected) in [
            ("id", scope_id().as_str()),
            ("tenant_id", seed::ACCOUNT_ID),
            ("region", seed::REGION),
            ("encryption_type", ON),
            ("cmk_key_id", seed::KMS_KEY),
            ("cmk_key_name", seed::KMS_KEY_NAME),
            ("key_state", "2"),
            ("on_destroy", "keep"),
        ] {
            assert_eq!(stored[attribute], expected, "{attribute}");
        }
        assert_eq!(stored["default_encryption_enabled"], false);

        let setting = setting.set_to("default_encryption_enabled", "true");
        workspace.write(&setting);
        assert_eq!(workspace.change(), "update");
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert_eq!(writes, [PUT]);
        assert_live(&workspace, ON, seed::KMS_KEY, true);
        workspace.assert_plan_is_empty();

        // Another spelling is no change.
        workspace.write(setting.clone().set("encryption_type", "kms"));
        workspace.assert_plan_is_empty();

        let planned = workspace.run(&["plan", "-destroy", "-input=false"]);
        planned
            .succeeded()
            .says("Warning: Encryption setting remains in effect");
        let writes = workspace.writes_of(|| {
            let destroyed = workspace.destroy().succeeded();
            destroyed.says("Warning: Encryption setting remains in effect")
        });
        assert!(writes.is_empty(), "{writes:?}");
        assert!(workspace.state().is_empty());
        assert_live(&workspace, ON, seed::KMS_KEY, true);
    }
}

/// ID of the setting in the state.
fn scope_id() -> String {
    format!("{}/{}", seed::REGION, seed::ACCOUNT_ID)
}

#[test]
fn destroying_disables_encryption_only_if_configured_and_warns_with_the_number_of_repositories() {
    let setting = block(LONG, seed::KMS_KEY).set("on_destroy", "disable");
    let workspace = workspace(&setting);
    workspace.apply().succeeded();
    for (count, said) in [
        (0, "No repository is encrypted"),
        (1, "1 repository is encrypted"),
        (250, "250 repositories are encrypted"),
    ] {
        encrypt(&workspace, count);
        let planned = workspace.run(&["plan", "-destroy", "-input=false"]);
        let planned = planned
            .succeeded()
            .says("Warning: Encryption will be disabled");
        planned.says(said);
    }
    let writes = workspace.writes_of(|| workspace.destroy().succeeded());
    assert_eq!(writes, [PUT]);
    assert_live(&workspace, OFF, seed::KMS_KEY, false);
    assert!(workspace.state().is_empty());
}

#[test]
fn a_change_of_on_destroy_sends_no_request() {
    let setting = block(LONG, seed::KMS_KEY);
    let workspace = workspace(&setting);
    workspace.apply().succeeded();
    workspace.write(setting.set("on_destroy", "disable"));
    assert_eq!(workspace.change(), "update");
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert!(writes.is_empty(), "{writes:?}");
    workspace.assert_plan_is_empty();
}

#[test]
fn disabling_encryption_or_changing_the_key_warns_with_the_number_of_repositories() {
    let setting = block(LONG, seed::KMS_KEY);
    let workspace = workspace(&setting);
    workspace.apply().succeeded();
    encrypt(&workspace, 3);
    workspace.write(block(LONG, OTHER_KEY));
    let planned = plan(&workspace);
    planned
        .says("Warning: KMS key will change")
        .says("3 repositories are encrypted");
    workspace.apply().succeeded();
    assert_live(&workspace, ON, OTHER_KEY, false);
    let stored = workspace.attributes(&setting.address());
    assert_eq!(stored["cmk_key_name"], "other");
    workspace.assert_plan_is_empty();

    workspace.write(Block::of(LONG).set("encryption_type", OFF));
    let planned = plan(&workspace);
    planned
        .says("Warning: Encryption will be disabled")
        .says("3 repositories are encrypted");
    workspace.apply().succeeded();
    assert_live(&workspace, OFF, OTHER_KEY, false);
    workspace.assert_plan_is_empty();

    // Nothing depends on a setting that is off.
    workspace.write(&setting);
    let planned = plan(&workspace).words();
    assert!(!planned.contains("KMS key will change"), "{planned}");
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
}

#[test]
fn a_number_of_repositories_that_cannot_be_read_is_unknown_and_not_zero() {
    let workspace = workspace(block(LONG, seed::KMS_KEY));
    workspace.apply().succeeded();
    workspace.write(block(LONG, OTHER_KEY));
    let denied = FaultAction::error(StatusCode::FORBIDDEN, "CH.004403", "no permission");
    let fault = Fault::on("ListTenantEncryptedRepositories", denied).endless();
    workspace.world().faults().add(fault);
    let planned = plan(&workspace);
    planned.says("The provider could not read the number of encrypted repositories");
}

#[test]
fn a_setting_that_exists_as_configured_is_adopted_without_a_write() {
    for type_name in NAMES {
        let setting = block(type_name, seed::KMS_KEY);
        let workspace = workspace(&setting);
        put(&workspace, ON, seed::KMS_KEY, true);
        let planned = plan(&workspace);
        planned.says("Warning: Existing encryption setting adopted");
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert!(writes.is_empty(), "{writes:?}");
        workspace.assert_plan_is_empty();
        // What the block leaves open is taken over.
        let stored = workspace.attributes(&setting.address());
        assert_eq!(stored["default_encryption_enabled"], true);
    }
}

#[test]
fn a_plan_does_not_claim_to_adopt_a_setting_whose_key_is_known_only_after_apply() {
    let key = |id: &str| {
        let setting = block(LONG, "").set_to("cmk_key_id", "terraform_data.key.output");
        format!("{setting}\nresource \"terraform_data\" \"key\" {{\n  input = {id:?}\n}}\n")
    };
    let workspace = workspace(key(OTHER_KEY));
    put(&workspace, ON, seed::KMS_KEY, false);
    let planned = plan(&workspace).words();
    assert!(!planned.contains("adopted"), "{planned}");
    let said = workspace.apply().failed();
    let title = "Error: Encryption setting already exists";
    assert!(said.contains(title), "{said}");
    assert_live(&workspace, ON, seed::KMS_KEY, false);

    let workspace = self::workspace(key(seed::KMS_KEY));
    put(&workspace, ON, seed::KMS_KEY, false);
    let applied = workspace.apply().succeeded();
    applied.says("Warning: Existing encryption setting adopted");
    workspace.assert_plan_is_empty();
}

#[test]
fn a_different_setting_that_is_on_is_refused_while_planning_and_can_be_imported() {
    for type_name in NAMES {
        for setting in [
            block(type_name, OTHER_KEY),
            block(type_name, seed::KMS_KEY).set_to("default_encryption_enabled", "false"),
            Block::of(type_name).set("encryption_type", OFF),
        ] {
            let workspace = workspace(&setting);
            put(&workspace, ON, seed::KMS_KEY, true);
            let said = workspace.plan().failed();
            for part in [
                "Error: Encryption setting already exists",
                &format!("to = {type_name}.NAME"),
                &format!("id = \"{}\"", scope_id()),
            ] {
                assert!(said.contains(part), "{part}: {said}");
            }
            let writes = workspace.writes_of(|| workspace.apply().failed());
            assert!(writes.is_empty(), "{writes:?}");
            assert_live(&workspace, ON, seed::KMS_KEY, true);

            workspace.write(format!(
                "{setting}\nimport {{\n  to = {}\n  provider = hwgrants\n  id = \"{}\"\n}}\n",
                setting.address(),
                scope_id()
            ));
            let apply = workspace.apply().succeeded();
            apply.says("1 imported, 0 added, 1 changed, 0 destroyed");
            workspace.write(&setting);
            workspace.assert_plan_is_empty();
        }
    }
}

#[test]
fn a_setting_that_is_off_is_no_obstacle() {
    let workspace = workspace(block(LONG, seed::KMS_KEY));
    put(&workspace, OFF, OTHER_KEY, false);
    let planned = plan(&workspace).words();
    assert!(!planned.contains("Warning:"), "{planned}");
    workspace.apply().succeeded();
    assert_live(&workspace, ON, seed::KMS_KEY, false);
}

#[test]
fn the_import_command_accepts_both_id_formats_and_plans_no_change() {
    for type_name in NAMES {
        let setting = block(type_name, seed::KMS_KEY);
        let workspace = workspace(&setting);
        put(&workspace, ON, seed::KMS_KEY, false);
        for id in [seed::ACCOUNT_ID.to_owned(), scope_id()] {
            workspace.forget_state();
            workspace
                .run(&["import", "-input=false", &setting.address(), &id])
                .succeeded();
            workspace.assert_plan_is_empty();
            let imported = workspace.attributes(&setting.address());
            assert_eq!(imported["id"], scope_id());
            assert_eq!(imported["on_destroy"], "keep");
        }
    }
}

#[test]
fn an_import_by_identity_plans_no_change() {
    let setting = block(LONG, seed::KMS_KEY);
    // Terraform 1.12 is the first with identities.
    let workspace = Workspace::on(Release::LATEST);
    workspace.world().set_delegation(seed::ACCOUNT_ID, true);
    put(&workspace, ON, seed::KMS_KEY, false);
    workspace.write(format!(
        "{setting}\nimport {{\n  to = {}\n  identity = {{\n    tenant_id = \"{}\"\n  }}\n}}\n",
        setting.address(),
        seed::ACCOUNT_ID
    ));
    let apply = workspace.apply().succeeded();
    apply.says("1 imported, 0 added, 0 changed, 0 destroyed");
    workspace.assert_plan_is_empty();
}

#[test]
fn a_change_outside_of_terraform_is_an_update_in_place() {
    for type_name in NAMES {
        let setting = block(type_name, seed::KMS_KEY).set_to("default_encryption_enabled", "true");
        let workspace = workspace(&setting);
        workspace.apply().succeeded();
        for (encryption_type, key, is_default) in [
            (OFF, seed::KMS_KEY, true),
            (ON, OTHER_KEY, true),
            (ON, seed::KMS_KEY, false),
        ] {
            put(&workspace, encryption_type, key, is_default);
            assert_eq!(workspace.change(), "update");
            let writes = workspace.writes_of(|| workspace.apply().succeeded());
            assert_eq!(writes, [PUT]);
            assert_live(&workspace, ON, seed::KMS_KEY, true);
            workspace.assert_plan_is_empty();
        }
    }
}

#[test]
fn another_region_replaces_the_resource_and_keeps_the_old_setting() {
    let setting = block(LONG, seed::KMS_KEY);
    let mut workspace = workspace(&setting);
    workspace.apply().succeeded();
    // The path has no region, so the account's project in the other region selects it.
    let keys: KmsKeys = workspace.world().object(&scope()).expect("keys");
    let there = format!("{}/{}", seed::ACCOUNT_ID, seed::OTHER_REGION);
    workspace.world().set_object(&there, Some(&keys));
    workspace.unset("HW_AUTH_TOKEN");
    workspace.set("HW_ACCESS_KEY", seed::ACCESS_KEY);
    workspace.set("HW_SECRET_KEY", seed::SECRET_KEY);
    workspace.write(setting.clone().set("region", seed::OTHER_REGION));
    assert_eq!(workspace.change(), "delete create");
    let apply = workspace.apply().succeeded();
    apply.says("Warning: Encryption setting remains in effect");
    workspace.assert_plan_is_empty();
    assert_live(&workspace, ON, seed::KMS_KEY, false);
    let other: RepoEncryption = workspace.world().object(&there).expect("a setting");
    assert_eq!(other.key_id.as_deref(), Some(seed::KMS_KEY));
}

#[test]
fn kms_without_a_key_is_an_error_of_the_configuration() {
    for setting in [Block::of(LONG).set("encryption_type", ON), block(LONG, "")] {
        let workspace = workspace(&setting);
        let said = workspace.run(&["validate"]).failed();
        assert!(said.contains("Error: KMS key missing"), "{said}");
    }
}

#[test]
fn a_key_that_is_disabled_missing_or_named_otherwise_fails_the_plan() {
    for (setting, title) in [
        (
            block(LONG, seed::KMS_KEY_DISABLED),
            "Error: KMS key not enabled",
        ),
        (block(LONG, "no such key"), "Error: KMS key not found"),
        (
            block(LONG, seed::KMS_KEY).set("cmk_key_name", "other"),
            "Error: KMS key has a different name",
        ),
    ] {
        let workspace = workspace(&setting);
        let said = workspace.plan().failed();
        assert!(said.contains(title), "{said}");
    }
}

#[test]
fn a_key_that_is_disabled_later_is_a_warning_of_every_plan() {
    let workspace = workspace(block(LONG, seed::KMS_KEY));
    workspace.apply().succeeded();
    let mut keys: KmsKeys = workspace.world().object(&scope()).expect("keys");
    keys.0.get_mut(seed::KMS_KEY).expect("the key").state = "4".to_owned();
    workspace.world().set_object(&scope(), Some(&keys));
    let planned = plan(&workspace);
    planned
        .says("Warning: KMS key not enabled")
        .says("scheduled for deletion");
}

#[test]
fn a_missing_delegation_is_a_warning_of_the_plan_and_an_error_of_the_apply() {
    let workspace = workspace(block(LONG, seed::KMS_KEY));
    workspace.world().set_delegation(seed::ACCOUNT_ID, false);
    let planned = plan(&workspace);
    planned
        .says("Warning: Delegation to CodeArts Repo missing")
        .says("hwgrants_repo_kms_grant");
    let said = workspace.apply().failed();
    assert!(
        said.contains("Error: Delegation to CodeArts Repo missing"),
        "{said}"
    );
    assert_eq!(live(&workspace), (None, None, false));
    assert!(workspace.state().is_empty());
}

#[test]
fn delegation_and_setting_are_created_in_one_apply() {
    // With a known account, the plan knows the delegation; without one, everything is known only after apply.
    for has_domain in [false, true] {
        let delegation = Block::of("hwgrants_repo_kms_grant");
        let setting = block(LONG, seed::KMS_KEY)
            .set_to("tenant_id", &format!("{}.tenant_id", delegation.address()));
        let mut workspace = workspace(format!("{delegation}\n{setting}"));
        workspace.world().set_delegation(seed::ACCOUNT_ID, false);
        if !has_domain {
            workspace.unset("HW_DOMAIN_ID");
        }
        let planned = plan(&workspace).words();
        assert!(
            !planned.contains("Delegation to CodeArts Repo missing"),
            "{planned}"
        );
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert_eq!(writes, ["CreateTenantKmsGrant", PUT]);
        assert_live(&workspace, ON, seed::KMS_KEY, false);
        workspace.assert_plan_is_empty();
    }
}

#[test]
fn a_setting_of_another_account_is_an_error() {
    let workspace = workspace(block(LONG, seed::KMS_KEY).set("tenant_id", "another-account"));
    let said = workspace.plan().failed();
    assert!(said.contains("Error: Permission denied"), "{said}");
}

#[test]
fn an_update_is_done_only_if_the_setting_shows_it() {
    let changed = || block(LONG, OTHER_KEY);
    let connection_lost = |when| Fault::on(PUT, FaultAction::Drop { when });
    // The answer is lost; whether the setting was changed is read back.
    for when in [When::BeforeEffect, When::AfterEffect] {
        let workspace = workspace(block(LONG, seed::KMS_KEY));
        workspace.apply().succeeded();
        workspace.write(changed());
        workspace
            .world()
            .faults()
            .add(connection_lost(when).times(1));
        workspace.apply().succeeded();
        assert_live(&workspace, ON, OTHER_KEY, false);
        workspace.world().faults().clear();
        workspace.assert_plan_is_empty();
    }
    // An error in the body of a 200 answer.
    let workspace = workspace(block(LONG, seed::KMS_KEY));
    workspace.apply().succeeded();
    workspace.write(changed());
    let error = FaultAction::error(StatusCode::OK, "CH.010001", "invalid");
    workspace
        .world()
        .faults()
        .add(Fault::on(PUT, error).endless());
    workspace.apply().failed();
    workspace.world().faults().clear();
    assert_live(&workspace, ON, seed::KMS_KEY, false);
    assert_eq!(workspace.change(), "update");
}

#[test]
fn a_setting_that_changed_since_the_plan_is_not_overwritten() {
    let setting = block(LONG, seed::KMS_KEY).set("on_destroy", "disable");
    let workspace = workspace(&setting);
    workspace.apply().succeeded();
    workspace.write(setting.set_to("default_encryption_enabled", "true"));
    let plan = ["plan", "-input=false", "-out=test.tfplan"];
    workspace.run(&plan).succeeded();
    put(&workspace, ON, OTHER_KEY, false);
    let writes = workspace.writes_of(|| {
        let applied = workspace.run(&["apply", "-input=false", "test.tfplan"]);
        let said = applied.failed();
        let title = "Error: Encryption setting changed since the plan";
        assert!(said.contains(title), "{said}");
    });
    assert!(writes.is_empty(), "{writes:?}");
    assert_live(&workspace, ON, OTHER_KEY, false);
}

#[test]
fn destroying_a_setting_that_is_off_in_the_state_does_not_disable_what_was_turned_on_since() {
    let off = Block::of(LONG).set("encryption_type", OFF);
    let workspace = workspace(off.set("on_destroy", "disable"));
    workspace.apply().succeeded();
    put(&workspace, ON, seed::KMS_KEY, true);
    let writes = workspace.writes_of(|| {
        let destroy = ["destroy", "-input=false", "-auto-approve", "-refresh=false"];
        let said = workspace.run(&destroy).failed();
        let title = "Error: Encryption setting changed since the plan";
        assert!(said.contains(title), "{said}");
    });
    assert!(writes.is_empty(), "{writes:?}");
    assert_live(&workspace, ON, seed::KMS_KEY, true);
}

#[test]
fn an_old_name_is_not_sent_with_a_new_key() {
    let setting = block(LONG, seed::KMS_KEY).set("cmk_key_name", seed::KMS_KEY_NAME);
    let workspace = workspace(&setting);
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
    workspace.write(setting.set("cmk_key_id", OTHER_KEY));
    let said = workspace.plan().failed();
    assert!(
        said.contains("Error: KMS key has a different name"),
        "{said}"
    );
}

#[test]
fn a_key_that_becomes_visible_during_the_apply_is_used() {
    // As of `huaweicloud_kms_key` in the same plan.
    let key = format!("resource \"terraform_data\" \"key\" {{\n  input = \"{OTHER_KEY}\"\n}}\n\n");
    let setting = Block::of(LONG)
        .set("encryption_type", ON)
        .set_to("cmk_key_id", "terraform_data.key.output");
    let workspace = workspace(format!("{key}{setting}"));
    let world = workspace.world();
    let visible: KmsKeys = world.object(&scope()).unwrap();
    let mut keys = visible.clone();
    keys.0.remove(OTHER_KEY);
    world.set_object(&scope(), Some(&keys));
    let is_refused = || {
        let requests = world.requests();
        let mut puts = requests
            .iter()
            .filter(|request| request.operation == Some(PUT));
        puts.any(|request| request.status.is_some())
    };
    let writes = std::thread::scope(|scope_of_threads| {
        scope_of_threads.spawn(|| {
            while !is_refused() {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            world.set_object(&scope(), Some(&visible));
        });
        workspace.writes_of(|| workspace.apply().succeeded())
    });
    assert!(
        writes.len() >= 2 && writes.iter().all(|write| *write == PUT),
        "{writes:?}"
    );
    assert_live(&workspace, ON, OTHER_KEY, false);
    workspace.assert_plan_is_empty();
}

#[test]
fn a_single_failed_list_of_keys_does_not_fail_the_apply() {
    let setting = block(LONG, seed::KMS_KEY);
    let workspace = workspace(&setting);
    let plan = ["plan", "-input=false", "-out=test.tfplan"];
    workspace.run(&plan).succeeded();
    let denied = FaultAction::error(StatusCode::FORBIDDEN, "CH.004403", "no permission");
    workspace
        .world()
        .faults()
        .add(Fault::on("ListTenantCmks", denied).endless());
    let apply = ["apply", "-input=false", "test.tfplan"];
    workspace.run(&apply).succeeded();
    workspace.world().faults().clear();
    workspace.assert_plan_is_empty();
}

#[test]
fn an_answer_that_is_no_setting_changes_neither_state_nor_plan() {
    let workspace = workspace(block(LONG, seed::KMS_KEY));
    workspace.apply().succeeded();
    for action in [
        FaultAction::error(StatusCode::OK, "CH.000001", "unknown error"),
        FaultAction::error(StatusCode::NOT_FOUND, "CH.000404", "not found"),
        FaultAction::error(StatusCode::FORBIDDEN, "CH.004403", "no permission"),
    ] {
        let fault = Fault::on("ShowTenantRepoEncryptionSetting", action).endless();
        workspace.world().faults().add(fault);
        workspace.plan().failed();
        workspace.world().faults().clear();
        workspace.assert_plan_is_empty();
    }
}

#[test]
fn the_data_source_reads_the_setting_and_never_changes_it() {
    for type_name in NAMES {
        let look = Block::data(type_name);
        let workspace = workspace(&look);
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert!(writes.is_empty(), "{writes:?}");
        let seen = workspace.attributes(&look.address());
        assert_eq!(seen["encryption_type"], OFF);
        assert_eq!(seen["default_encryption_enabled"], false);
        assert!(seen["cmk_key_id"].is_null());

        put(&workspace, ON, seed::KMS_KEY, true);
        workspace.apply().succeeded();
        let seen = workspace.attributes(&look.address());
        assert_eq!(seen["encryption_type"], ON);
        assert_eq!(seen["default_encryption_enabled"], true);
        assert_eq!(seen["cmk_key_id"], seed::KMS_KEY);
        assert_eq!(seen["cmk_key_name"], seed::KMS_KEY_NAME);
        assert_eq!(seen["key_state"], "2");
        assert_eq!(seen["id"], scope_id());
        workspace.assert_plan_is_empty();
    }
}
