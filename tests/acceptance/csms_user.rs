//! The data source `csms_user`, under both of its names.

use hwgrants::sandbox::{GranteeKind, StoredGrantee, seed};
use serde_json::Value;

use crate::harness::{Block, Workspace};

const NAMES: [&str; 2] = ["csms_user", "hwgrants_csms_user"];

/// The attributes of a data source after an apply, which changed nothing.
#[track_caller]
fn seen(workspace: &Workspace, look: &Block) -> Value {
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert!(writes.is_empty(), "{writes:?}");
    workspace.attributes(&look.address())
}

fn add(workspace: &Workspace, id: &str, name: &str) {
    let user = StoredGrantee::new(name, GranteeKind::User);
    workspace.world().add_grantee(id, user);
}

#[test]
fn a_user_is_found_by_name_or_id_and_receives_a_grant() {
    for type_name in NAMES {
        let look = Block::data(type_name).set("user_name", "Ben Okafor");
        let workspace = Workspace::with(&look);
        let by_name = seen(&workspace, &look);
        assert_eq!(by_name["user_id"], seed::USER_BEN);
        assert_eq!(by_name["disabled"], false);
        assert!(by_name["org_id"].is_string());
        let look = Block::data(type_name).set("user_id", seed::USER_BEN);
        workspace.write(&look);
        let by_id = seen(&workspace, &look);
        assert_eq!(by_id["user_name"], "Ben Okafor");
        assert_eq!(by_id["name"], "Ben Okafor");

        let look = Block::data(type_name).set("user_name", "Ben Okafor");
        let id = format!("{}.user_id", look.address());
        let grant = Block::grant("hwgrants_csms_grant").set_to("grantee_target_id", &id);
        workspace.write(format!("{}{}", look, grant));
        workspace.apply().succeeded();
        let grants = workspace.world().grants(seed::SECRET_DB_PASSWORD);
        assert_eq!(grants.len(), 1);
        let granted = workspace.attributes(&grant.address());
        assert_eq!(granted["grantee_target_id"], seed::USER_BEN);
        workspace.assert_plan_is_empty();
    }
}

#[test]
fn no_user_and_several_users_are_errors_that_list_candidates() {
    let look = |name: &str| Block::data(NAMES[1]).set("user_name", name);
    let workspace = Workspace::new();
    // Names are compared exactly.
    workspace.write(look("ben okafor"));
    let said = workspace.plan().failed();
    assert!(said.contains("User not found"), "{said}");
    assert!(
        said.contains("Users with a similar name: `Ben Okafor`"),
        "{said}"
    );
    assert!(said.contains(seed::USER_BEN), "{said}");
    // Without a similar one, the first users.
    workspace.write(look("Unknown User"));
    let said = workspace.plan().failed();
    assert!(
        said.contains("Users in the directory: `Ana Ruiz`"),
        "{said}"
    );
    assert!(!said.contains("others"), "{said}");

    for number in 0..11 {
        add(&workspace, &format!("9-{number:03}"), "Ben Okafor");
    }
    workspace.write(look("Ben Okafor"));
    let said = workspace.plan().failed();
    assert!(said.contains("Multiple users found"), "{said}");
    assert!(said.contains("12 users"), "{said}");
    assert_eq!(said.matches("`Ben Okafor` (`").count(), 10, "{said}");
    assert!(said.contains("and others"), "{said}");
    assert!(said.contains("Set `user_id`"), "{said}");

    workspace.write(Block::data(NAMES[1]).set("user_id", "no-such-user"));
    let said = workspace.plan().failed();
    assert!(said.contains("User not found"), "{said}");
    assert!(said.contains("`no-such-user`"), "{said}");
}

#[test]
fn a_disabled_user_is_found_with_a_warning() {
    for (argument, value) in [("user_name", "Eve Adams"), ("user_id", "eve")] {
        let look = Block::data(NAMES[1]).set(argument, value);
        let workspace = Workspace::with(&look);
        let user = StoredGrantee {
            is_disabled: true,
            ..StoredGrantee::new("Eve Adams", GranteeKind::User)
        };
        workspace.world().add_grantee("eve", user);
        let run = workspace.apply().succeeded();
        assert!(run.words().contains("User is disabled"), "{}", run.words());
        assert_eq!(workspace.attributes(&look.address())["disabled"], true);
    }
}

#[test]
fn exactly_one_of_id_and_name_is_required() {
    let workspace = Workspace::new();
    let both = Block::data(NAMES[1])
        .set("user_name", "Ana Ruiz")
        .set("user_id", seed::USER_ANA);
    let neither = Block::data(NAMES[1]).set("user_name", "");
    for look in [both, neither, Block::data(NAMES[1])] {
        workspace.write(&look);
        let said = workspace.run(&["validate", "-no-color"]).failed();
        assert!(
            said.contains("Set either `user_id` or `user_name`"),
            "{said}"
        );
    }
    // A name that is known only after apply is read then.
    let look = Block::data(NAMES[1]).set_to("user_name", "terraform_data.name.output");
    let name = "resource \"terraform_data\" \"name\" {\n  input = \"Ana Ruiz\"\n}\n";
    workspace.write(format!("{}{name}", look));
    workspace.apply().succeeded();
    assert_eq!(
        workspace.attributes(&look.address())["user_id"],
        seed::USER_ANA
    );
}
