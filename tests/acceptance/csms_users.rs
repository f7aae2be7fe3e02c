//! The data source `csms_users`, under both of its names.

use http::StatusCode;
use hwgrants::sandbox::{Fault, FaultAction, GranteeKind, StoredGrantee, seed};
use serde_json::{Value, json};

use crate::harness::{Block, Workspace};

const NAMES: [&str; 2] = ["csms_users", "hwgrants_csms_users"];

/// The attributes of a data source after an apply, which changed nothing.
#[track_caller]
fn seen(workspace: &Workspace, look: &Block) -> Value {
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert!(writes.is_empty(), "{writes:?}");
    workspace.attributes(&look.address())
}

/// The names of listed users.
fn names(seen: &Value) -> Vec<&str> {
    let users = seen["users"].as_array().expect("a list").iter();
    users
        .map(|user| user["user_name"].as_str().expect("a name"))
        .collect()
}

fn add(workspace: &Workspace, id: &str, name: &str) {
    let user = StoredGrantee::new(name, GranteeKind::User);
    workspace.world().add_grantee(id, user);
}

#[test]
fn users_are_listed_without_personal_data_and_can_be_filtered() {
    for type_name in NAMES {
        let look = Block::data(type_name);
        let workspace = Workspace::with(&look);
        let all = seen(&workspace, &look);
        // Groups are not listed.
        assert_eq!(
            names(&all),
            ["Ana Ruiz", "Ben Okafor", "Chen Wei", "Dana Novak"]
        );
        let keys: Vec<&String> = all["users"][0].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["disabled", "name", "org_id", "user_id", "user_name"]);
        assert_eq!(all["users"][0]["user_id"], seed::USER_ANA);
        assert_eq!(all["users"][0]["disabled"], false);
        assert_eq!(all["region"], seed::REGION);
        workspace.assert_plan_is_empty();

        let look = look.set("name", "ruiz");
        workspace.write(&look);
        assert_eq!(names(&seen(&workspace, &look)), ["Ana Ruiz"]);
        let look = look.set("name", "no such user");
        workspace.write(&look);
        assert_eq!(seen(&workspace, &look)["users"], json!([]));
        // An empty text is no filter, as modules pass it.
        let look = look.set("name", "");
        workspace.write(&look);
        assert_eq!(names(&seen(&workspace, &look)).len(), 4);
        workspace.write(look.set("name", &"x".repeat(65)));
        workspace.plan().says("1 to 64 characters").failed();
    }
}

#[test]
fn users_of_all_pages_are_listed_and_a_page_that_fails_is_an_error() {
    let look = Block::data(NAMES[1]);
    let workspace = Workspace::with(&look);
    for number in 0..230 {
        add(
            &workspace,
            &format!("9-{number:03}"),
            &format!("Guest {number:03}"),
        );
    }
    let all = seen(&workspace, &look);
    assert_eq!(all["users"].as_array().unwrap().len(), 234);
    let refused = FaultAction::error(StatusCode::FORBIDDEN, "CSMS.0302", "Not allowed.");
    let fault = Fault::on("ListUsers", refused).after(1);
    workspace.world().faults().add(fault.endless());
    let said = workspace.plan().failed();
    assert!(said.contains("Permission denied"), "{said}");
    assert!(said.contains("listing the users"), "{said}");
}
