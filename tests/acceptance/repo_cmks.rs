//! The data source `repo_cmks`, under both of its names.

use std::collections::BTreeMap;

use http::StatusCode;
use hwgrants::sandbox::{Fault, FaultAction, KmsKey, KmsKeys, seed};
use serde_json::json;

use crate::harness::{Block, Workspace};

const NAMES: [&str; 2] = ["repo_cmks", "hwgrants_repo_cmks"];

#[test]
fn keys_are_listed_with_their_states_and_nothing_is_written() {
    for type_name in NAMES {
        let look = Block::data(type_name);
        let workspace = Workspace::with(&look);
        workspace.world().set_delegation(seed::ACCOUNT_ID, true);
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert!(writes.is_empty(), "{writes:?}");
        let seen = workspace.attributes(&look.address());
        let key = |id: &str, name: &str, state: &str| json!({"cmk_key_id": id, "cmk_key_name": name, "key_state": state});
        let expected = json!([
            key(seed::KMS_KEY_DISABLED, seed::KMS_KEY_DISABLED_NAME, "3"),
            key(seed::KMS_KEY, seed::KMS_KEY_NAME, "2"),
        ]);
        assert_eq!(seen["cmks"], expected);
        assert_eq!(seen["tenant_id"], seed::ACCOUNT_ID);
        assert_eq!(seen["region"], seed::REGION);
        workspace.assert_plan_is_empty();
    }
}

#[test]
fn keys_on_all_pages_are_listed() {
    let look = Block::data(NAMES[1]);
    let workspace = Workspace::with(&look);
    let world = workspace.world();
    world.set_delegation(seed::ACCOUNT_ID, true);
    // The second page of 100 is full, so a third one is read, which is empty.
    let keys = (0..200).map(|number| {
        let key = KmsKey::new(&format!("key-{number}"), "2");
        (format!("{number:04}"), key)
    });
    let keys = KmsKeys(BTreeMap::from_iter(keys));
    let scope = format!("{}/{}", seed::ACCOUNT_ID, seed::REGION);
    world.set_object(&scope, Some(&keys));
    workspace.apply().succeeded();
    let seen = workspace.attributes(&look.address());
    let ids: Vec<_> = seen["cmks"].as_array().unwrap().iter().collect();
    assert_eq!(ids.len(), 200);
    assert_eq!(ids[199]["cmk_key_id"], "0199");
}

#[test]
fn a_list_that_cannot_be_read_is_an_error_and_not_empty() {
    let workspace = Workspace::with(Block::data(NAMES[1]));
    // Without the delegation, the sandbox refuses the list.
    let said = workspace.plan().failed();
    assert!(
        said.contains("Error while listing the KMS keys in CodeArts Repo"),
        "{said}"
    );
    workspace.world().set_delegation(seed::ACCOUNT_ID, true);
    for body in ["{}", "null", "\"\"", r#"[{"cmk_key_name":"no ID"}]"#] {
        let fault = Fault::on(
            "ListTenantCmks",
            FaultAction::raw(StatusCode::ACCEPTED, body),
        );
        workspace.world().faults().add(fault);
        workspace.plan().failed();
        workspace.world().faults().clear();
    }
}
