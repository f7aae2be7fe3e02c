//! Grants that Terraform has not made, taken under management.

use hwgrants::sandbox::{GranteeKind, seed};

use crate::harness::{Block, Workspace, in_days};

const SHORT: &str = "csms_grant";
const LONG: &str = "hwgrants_csms_grant";

/// The two forms of an import ID.
fn import_ids(key: &str) -> [String; 2] {
    let (region, project) = (seed::REGION, seed::PROJECT_ID);
    [key.to_owned(), format!("{region}/{project}/{key}")]
}

fn import_by_command(type_name: &str) {
    let grant = Block::grant(type_name).set("validity_time", &in_days(30));
    let workspace = Workspace::with(&grant);
    workspace.apply().succeeded();
    let made = workspace.attributes(&grant.address());
    for id in import_ids(made["id"].as_str().unwrap()) {
        workspace.forget_state();
        let writes = workspace.writes_of(|| {
            workspace
                .run(&["import", "-input=false", &grant.address(), &id])
                .succeeded()
        });
        assert!(writes.is_empty(), "{writes:?}");
        workspace.assert_plan_is_empty();
        let imported = workspace.attributes(&grant.address());
        for attribute in [
            "id",
            "region",
            "project_id",
            "validity_time",
            "grantee_name",
            "create_time",
            "status",
        ] {
            assert_eq!(imported[attribute], made[attribute], "{attribute}");
        }
    }
}

#[test]
fn the_import_command_accepts_both_id_formats_and_plans_no_change() {
    import_by_command(SHORT);
}

#[test]
fn the_import_command_accepts_both_id_formats_for_the_long_type_name() {
    import_by_command(LONG);
}

fn import_by_block(type_name: &str) {
    let grant = Block::grant(type_name).set("validity_time", &in_days(30));
    let workspace = Workspace::with(&grant);
    workspace.apply().succeeded();
    let key = workspace.attributes(&grant.address())["id"].take();
    for id in import_ids(key.as_str().unwrap()) {
        workspace.forget_state();
        workspace.write(format!(
            "{grant}\nimport {{\n  to = {}\n  id = \"{id}\"\n  provider = hwgrants\n}}\n",
            grant.address()
        ));
        let writes = workspace.writes_of(|| {
            workspace
                .apply()
                .succeeded()
                .says("1 imported, 0 added, 0 changed, 0 destroyed")
        });
        assert!(writes.is_empty(), "{writes:?}");
        workspace.write(&grant);
        workspace.assert_plan_is_empty();
    }
}

#[test]
fn an_import_block_accepts_both_id_formats_and_plans_no_change() {
    import_by_block(SHORT);
}

#[test]
fn an_import_block_accepts_both_id_formats_for_the_long_type_name() {
    import_by_block(LONG);
}

/// Pastes the block in the error about a grant that exists with a different expiry, as the error says.
fn import_as_advised(type_name: &str, provider: Option<&str>) {
    let alias = "provider \"hwgrants\" {\n  alias = \"other\"\n}\n";
    let grant = Block::grant(type_name)
        .of_provider(provider)
        .set("validity_time", &in_days(30));
    let workspace = Workspace::with(format!("{alias}{grant}"));
    let (secret, ana) = (seed::SECRET_DB_PASSWORD, seed::USER_ANA);
    let made = workspace
        .world()
        .put_grant(secret, ana, GranteeKind::User, None);
    made.unwrap();

    let mut refused = None;
    let writes = workspace.writes_of(|| refused = Some(workspace.apply()));
    assert!(writes.is_empty(), "{writes:?}");
    let refused = refused.unwrap();
    assert_eq!(refused.code, Some(1), "{refused}");
    let text = refused.stderr.replace('│', " ");
    let block = &text[text.find("import {").unwrap()..];
    let block = &block[..=block.find('}').unwrap()];
    assert!(block.contains(&format!("to = {type_name}.NAME")), "{block}");

    let comment = "# provider = same as in the resource block, if set there";
    assert!(block.contains(comment), "{block}");
    let provider = provider.map(|provider| format!("provider = {provider}"));
    let block = block
        .replace("NAME", "this")
        .replace(comment, &provider.unwrap_or_default());
    workspace.write(format!("{alias}{grant}\n{block}\n"));
    workspace.apply().succeeded().says("1 imported");
    workspace.write(format!("{alias}{grant}"));
    workspace.assert_plan_is_empty();
}

#[test]
fn the_import_block_in_the_existing_grant_error_works() {
    import_as_advised(SHORT, Some("hwgrants"));
}

#[test]
fn the_import_block_in_an_error_works_with_long_type_name_and_alias() {
    import_as_advised(LONG, None);
    for type_name in [SHORT, LONG] {
        import_as_advised(type_name, Some("hwgrants.other"));
    }
}

#[test]
fn an_existing_grant_with_the_same_expiry_is_adopted_with_a_warning() {
    let end = in_days(30);
    let grant = Block::grant(SHORT).set("validity_time", &end);
    let workspace = Workspace::with(&grant);
    let (secret, ana) = (seed::SECRET_DB_PASSWORD, seed::USER_ANA);
    let made = workspace
        .world()
        .put_grant(secret, ana, GranteeKind::User, end.parse().ok());
    made.unwrap();

    let writes = workspace.writes_of(|| {
        let apply = workspace.apply().succeeded();
        apply.says("Existing grant adopted");
    });
    assert!(writes.is_empty(), "{writes:?}");
    workspace.assert_plan_is_empty();
    assert_eq!(
        workspace.writes_of(|| workspace.destroy().succeeded()),
        ["DeleteGrant"]
    );
}

#[test]
fn importing_a_nonexistent_grant_fails() {
    let grant = Block::grant(SHORT);
    let workspace = Workspace::with(&grant);
    let id = format!(
        "SECRET/{}/user/{}",
        seed::SECRET_DB_PASSWORD,
        seed::USER_BEN
    );
    let words = workspace
        .run(&["import", "-input=false", &grant.address(), &id])
        .failed();
    assert!(
        words.contains("Cannot import non-existent remote object"),
        "{words}"
    );
    assert!(workspace.state().is_empty());
}
