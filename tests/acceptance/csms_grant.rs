//! The life of a `csms_grant`, under both of its names.

use hwgrants::sandbox::{GranteeKind, seed};

use crate::harness::{Block, Workspace, in_days};

const SHORT: &str = "csms_grant";
const LONG: &str = "hwgrants_csms_grant";

/// The grantees of the database password, and the end of each grant.
fn granted(workspace: &Workspace) -> Vec<(String, Option<String>)> {
    let grants = workspace.world().grants(seed::SECRET_DB_PASSWORD);
    let shown = grants.into_iter().map(|(grantee, grant)| {
        (
            grantee.to_string(),
            grant.validity_date.map(|date| date.to_string()),
        )
    });
    shown.collect()
}

fn ana_until(date: &str) -> Vec<(String, Option<String>)> {
    vec![(seed::USER_ANA.to_owned(), Some(date.to_owned()))]
}

fn make_change_and_take_back(type_name: &str) {
    let grant = Block::grant(type_name).set("validity_time", &in_days(30));
    let address = grant.address();
    let workspace = Workspace::with(&grant);

    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_eq!(writes, ["CreateGrants"]);
    assert_eq!(granted(&workspace), ana_until(&in_days(30)));
    workspace.assert_plan_is_empty();
    let made = workspace.attributes(&address);
    assert_eq!(made["grantee_name"], "Ana Ruiz");
    assert_eq!(made["status"], "active");
    assert_eq!(
        made["id"],
        format!(
            "SECRET/{}/user/{}",
            seed::SECRET_DB_PASSWORD,
            seed::USER_ANA
        )
    );

    workspace.write(grant.clone().set("validity_time", &in_days(60)));
    assert_eq!(workspace.change(), "update");
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_eq!(writes, ["UpdateGrant"]);
    assert_eq!(granted(&workspace), ana_until(&in_days(60)));
    workspace.assert_plan_is_empty();
    let changed = workspace.attributes(&address);
    assert_eq!(changed["uuid"], made["uuid"]);

    let writes = workspace.writes_of(|| workspace.destroy().succeeded());
    assert_eq!(writes, ["DeleteGrant"]);
    assert_eq!(granted(&workspace), []);
    assert!(workspace.state().is_empty());
}

#[test]
fn a_grant_is_created_updated_with_one_put_and_deleted() {
    make_change_and_take_back(SHORT);
}

#[test]
fn a_grant_with_the_long_type_name_is_created_updated_and_deleted() {
    make_change_and_take_back(LONG);
}

#[test]
fn a_grant_revoked_outside_terraform_is_created_again() {
    for type_name in [SHORT, LONG] {
        let workspace = Workspace::with(Block::grant(type_name));
        workspace.apply().succeeded();
        let world = workspace.world();
        assert!(world.remove_grant(seed::SECRET_DB_PASSWORD, seed::USER_ANA));

        assert_eq!(workspace.change(), "create");
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert_eq!(writes, ["CreateGrants"]);
        assert_eq!(granted(&workspace).len(), 1);
        workspace.assert_plan_is_empty();
    }
}

#[test]
fn an_expiry_changed_outside_terraform_is_restored_by_update() {
    for type_name in [SHORT, LONG] {
        let workspace = Workspace::with(Block::grant(type_name).set("validity_time", &in_days(30)));
        workspace.apply().succeeded();
        let end = Some(in_days(300).parse().unwrap());
        let (secret, ana) = (seed::SECRET_DB_PASSWORD, seed::USER_ANA);
        let changed = workspace
            .world()
            .put_grant(secret, ana, GranteeKind::User, end);
        changed.unwrap();

        assert_eq!(workspace.change(), "update");
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert_eq!(writes, ["UpdateGrant"]);
        assert_eq!(granted(&workspace), ana_until(&in_days(30)));
        workspace.assert_plan_is_empty();
    }
}

#[test]
fn destroying_a_grant_on_a_missing_secret_sends_no_writes() {
    let workspace = Workspace::with(Block::grant(SHORT));
    workspace.apply().succeeded();
    // A project of its own, so that ours does not know the secret any more.
    let elsewhere = hwgrants::sandbox::SandboxResource {
        project_id: "elsewhere".into(),
        kind: hwgrants::sandbox::ResourceKind::Secret,
        name: "db-password".to_owned(),
        state: hwgrants::sandbox::SecretState::Enabled,
        created_at: workspace.world().now(),
    };
    let world = workspace.world();
    world.add_resource(seed::SECRET_DB_PASSWORD, elsewhere);
    let writes = workspace.writes_of(|| workspace.destroy().succeeded());
    assert!(writes.is_empty(), "{writes:?}");
    assert!(workspace.state().is_empty());
}

#[test]
fn two_blocks_for_one_grant_fail_and_name_the_grant() {
    let grant = Block::grant(SHORT);
    let same = grant.to_string().replace("\"this\"", "\"same\"");
    let workspace = Workspace::with(format!("{grant}{same}"));
    let said = workspace
        .run(&["apply", "-input=false", "-auto-approve", "-parallelism=1"])
        .failed();
    let key = format!(
        "SECRET/{}/user/{}",
        seed::SECRET_DB_PASSWORD,
        seed::USER_ANA
    );
    assert!(
        said.contains("Grant declared twice") && said.contains(&key),
        "{said}"
    );
    assert_eq!(granted(&workspace), []);
    assert!(workspace.state().is_empty());
}

#[test]
fn another_grantee_replaces_the_grant() {
    for type_name in [SHORT, LONG] {
        let grant = Block::grant(type_name);
        let workspace = Workspace::with(&grant);
        workspace.apply().succeeded();
        workspace.write(grant.set("grantee_target_id", seed::USER_BEN));
        assert_eq!(workspace.change(), "delete create");
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert_eq!(writes, ["DeleteGrant", "CreateGrants"]);
        assert_eq!(granted(&workspace), [(seed::USER_BEN.to_owned(), None)]);
        workspace.assert_plan_is_empty();
    }
}

#[test]
fn an_expiry_is_set_and_removed_by_updates() {
    for type_name in [SHORT, LONG] {
        let grant = Block::grant(type_name);
        let workspace = Workspace::with(&grant);
        workspace.apply().succeeded();

        workspace.write(grant.clone().set("validity_time", &in_days(30)));
        assert_eq!(workspace.change(), "update");
        workspace.apply().succeeded();
        assert_eq!(granted(&workspace), ana_until(&in_days(30)));

        workspace.write(&grant);
        assert_eq!(workspace.change(), "update");
        workspace.apply().succeeded();
        assert_eq!(granted(&workspace), [(seed::USER_ANA.to_owned(), None)]);
        workspace.assert_plan_is_empty();
    }
}

#[test]
fn a_grant_to_a_user_group_is_created_updated_and_destroyed() {
    let grant = Block::grant(SHORT)
        .set("grantee_type", "group")
        .set("grantee_target_id", seed::GROUP_ONCALL)
        .set("validity_time", &in_days(30));
    let workspace = Workspace::with(&grant);
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
    workspace.write(grant.clone().set("validity_time", &in_days(60)));
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_eq!(writes, ["UpdateGrant"]);
    let world = workspace.world();
    world.remove_grant(seed::SECRET_DB_PASSWORD, seed::GROUP_ONCALL);
    assert_eq!(workspace.change(), "create");
    workspace.apply().succeeded();
    workspace.destroy().succeeded();
    assert_eq!(granted(&workspace), []);
}

#[test]
fn a_grant_on_a_secret_group_is_created_and_destroyed() {
    let grant = Block::grant(SHORT)
        .set("type", "GROUP")
        .set("resource_id", seed::SECRET_GROUP_BILLING);
    let workspace = Workspace::with(&grant);
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
    workspace.destroy().succeeded();
    let left = workspace.world().grants(seed::SECRET_GROUP_BILLING);
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn several_grants_on_one_secret_are_independent() {
    let grants = |users: &[&str]| {
        Block::grant(SHORT)
            .set_to("for_each", &format!("toset({users:?})"))
            .set_to("grantee_target_id", "each.key")
    };
    let all = [
        seed::USER_ANA,
        seed::USER_BEN,
        seed::USER_CHEN,
        seed::USER_DANA,
    ];
    let workspace = Workspace::with(grants(&all));
    workspace.apply().succeeded();
    assert_eq!(granted(&workspace).len(), 4);
    workspace.assert_plan_is_empty();

    workspace.write(grants(&all[..2]));
    let changes = workspace.changes();
    assert!(changes.values().all(|change| change == "delete"));
    workspace.apply().succeeded();
    let left = granted(&workspace);
    let left: Vec<_> = left.iter().map(|(grantee, _)| grantee.as_str()).collect();
    assert_eq!(left, all[..2]);

    workspace.destroy().succeeded();
    assert_eq!(granted(&workspace), []);
}

#[test]
fn lowering_count_revokes_the_last_grant() {
    let users = [seed::USER_ANA, seed::USER_BEN];
    let grants = |count: usize| {
        Block::grant(SHORT)
            .set_to("count", &count.to_string())
            .set_to("grantee_target_id", &format!("{users:?}[count.index]"))
    };
    let workspace = Workspace::with(grants(2));
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
    workspace.write(grants(1));
    workspace.apply().succeeded();
    assert_eq!(granted(&workspace), [(seed::USER_ANA.to_owned(), None)]);
}

#[test]
fn an_expired_grant_has_status_expired_and_plans_no_change() {
    let grant = Block::grant(SHORT).set("validity_time", &in_days(30));
    let workspace = Workspace::with(&grant);
    workspace.apply().succeeded();
    let end = Some(in_days(-1).parse().unwrap());
    let (secret, ana) = (seed::SECRET_DB_PASSWORD, seed::USER_ANA);
    let moved = workspace
        .world()
        .put_grant(secret, ana, GranteeKind::User, end);
    moved.unwrap();

    workspace.write(grant.set("validity_time", &in_days(-1)));
    workspace
        .run(&["apply", "-refresh-only", "-auto-approve", "-input=false"])
        .succeeded();
    workspace.assert_plan_is_empty();
    assert_eq!(workspace.attributes("csms_grant.this")["status"], "expired");
}
