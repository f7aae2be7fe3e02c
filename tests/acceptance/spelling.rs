//! One value in several spellings, and what changes no access: neither is a change to be made in the cloud.

use hwgrants::sandbox::seed;

use crate::harness::{Block, Workspace, in_days};

const TYPE: &str = "csms_grant";

/// Applies with the first spellings of `type` and `grantee_type`, then switches to each of the others.
fn assert_same(grant: &Block, spellings: &[(&str, &str)]) {
    let spelt = |(kind, grantee): (&str, &str)| {
        grant.clone().set("type", kind).set("grantee_type", grantee)
    };
    let workspace = Workspace::with(spelt(spellings[0]));
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
    let made = workspace.attributes(&grant.address());
    assert_eq!(made["type"], spellings[0].0);
    assert_eq!(made["grantee_type"], spellings[0].1);
    for spelling in &spellings[1..] {
        workspace.write(spelt(*spelling));
        workspace.assert_plan_is_empty();
    }
    // A change of something else does not make one of the spelling.
    let last = spelt(*spellings.last().unwrap()).set("validity_time", &in_days(9));
    workspace.write(last);
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_eq!(writes, ["UpdateGrant"]);
    workspace.assert_plan_is_empty();
}

#[test]
fn c119_respelling_a_user_and_a_secret_plans_no_change() {
    let spellings = [
        ("secret", "0"),
        ("SECRET", "user"),
        ("Secret", "User"),
        ("secret", "USER"),
    ];
    assert_same(&Block::grant(TYPE), &spellings);
}

#[test]
fn c119_respelling_a_group_plans_no_change() {
    let spellings = [("group", "GROUP"), ("GROUP", "2"), ("Group", "group")];
    let grant = Block::grant(TYPE)
        .set("resource_id", seed::SECRET_GROUP_BILLING)
        .set("grantee_target_id", seed::GROUP_ONCALL);
    assert_same(&grant, &spellings);
}

#[test]
fn changing_the_grantee_type_from_user_to_group_replaces_the_grant() {
    let workspace = Workspace::with(Block::grant(TYPE).set("grantee_type", "0"));
    workspace.apply().succeeded();
    workspace.write(Block::grant(TYPE).set("grantee_type", "2"));
    assert_eq!(workspace.change(), "delete create");
}

#[test]
fn changing_the_reason_sends_no_writes() {
    let grant = Block::grant(TYPE).set("validity_time", &in_days(30));
    let workspace = Workspace::with(&grant);
    workspace.apply().succeeded();
    for grant in [
        grant.clone().set("reason", "ticket OPS-1"),
        grant.clone().set("reason", "ticket OPS-2"),
        grant,
    ] {
        workspace.write(&grant);
        assert_eq!(workspace.change(), "update");
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert!(writes.is_empty(), "{writes:?}");
        workspace.assert_plan_is_empty();
    }
}

#[test]
fn adding_changing_and_removing_timeouts_sends_no_writes() {
    let grant = Block::grant(TYPE);
    let all = "timeouts {\n create = \"1m\"\n read = \"90s\"\n update = \"1m30s\"\n delete = \"0.5h\"\n }";
    let workspace = Workspace::with(grant.clone().inside(all));
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
    for grant in [
        grant.clone().inside("timeouts { create = \"2m\" }"),
        grant.clone().inside("timeouts {}"),
        grant,
    ] {
        workspace.write(grant);
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert!(writes.is_empty(), "{writes:?}");
        workspace.assert_plan_is_empty();
    }
}

#[test]
fn c112_ignored_changes_are_neither_planned_nor_made() {
    let grant = Block::grant(TYPE)
        .set("validity_time", &in_days(30))
        .inside("lifecycle { ignore_changes = [validity_time, type, grantee_type, reason] }");
    let workspace = Workspace::with(&grant);
    workspace.apply().succeeded();
    let changed = grant
        .unset("validity_time")
        .set("type", "secret")
        .set("reason", "ignored");
    workspace.write(&changed);
    workspace.assert_plan_is_empty();
    workspace.write(changed.inside("timeouts { create = \"2m\" }"));
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert!(writes.is_empty(), "{writes:?}");
    let kept = workspace.attributes("csms_grant.this");
    assert_eq!(kept["validity_time"], in_days(30));
    assert_eq!(kept["reason"], serde_json::Value::Null);
}

#[test]
fn a_provider_block_copied_from_the_official_provider_is_accepted() {
    let workspace = Workspace::with(Block::grant(TYPE));
    workspace.provider(
        "region = \"cn-north-4\"\n\
         enterprise_project_id = \"0\"\n\
         enable_force_new = true\n\
         skip_check_website_type = true\n\
         skip_check_upgrade = true\n\
         regional = true\n\
         default_tags = { team = \"billing\" }\n\
         ignore_tags = [\"owner\"]",
    );
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
}
