//! The data source `repo_encrypted_repositories`, under both of its names.

use http::StatusCode;
use hwgrants::sandbox::{EncryptedRepositories, Fault, FaultAction, seed};
use serde_json::json;

use crate::harness::{Block, Workspace};

const NAMES: [&str; 2] = [
    "repo_encrypted_repositories",
    "hwgrants_repo_encrypted_repositories",
];

/// A workspace whose account has this many encrypted repositories.
fn workspace(look: &Block, count: i64) -> Workspace {
    let workspace = Workspace::with(look);
    let repositories = (1..=count).map(|number| (number, format!("repository-{number:03}")));
    let repositories = EncryptedRepositories(repositories.collect());
    let scope = format!("{}/{}", seed::ACCOUNT_ID, seed::REGION);
    workspace.world().set_object(&scope, Some(&repositories));
    workspace
}

#[test]
fn repositories_on_all_pages_are_listed_and_nothing_is_written() {
    for (type_name, count) in NAMES.into_iter().zip([1, 101]) {
        let look = Block::data(type_name);
        let workspace = workspace(&look, count);
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert!(writes.is_empty(), "{writes:?}");
        let seen = workspace.attributes(&look.address());
        let listed = seen["repositories"].as_array().unwrap();
        assert_eq!(i64::try_from(listed.len()).unwrap(), count);
        assert_eq!(listed[0]["repo_id"], count);
        assert_eq!(listed[0]["repo_name"], format!("repository-{count:03}"));
        assert_eq!(listed[0]["owner_iam_id"], seed::USER_ID);
        assert_eq!(seen["tenant_id"], seed::ACCOUNT_ID);
        assert_eq!(seen["region"], seed::REGION);
        workspace.assert_plan_is_empty();
    }
}

#[test]
fn no_repository_is_an_empty_list() {
    let look = Block::data(NAMES[1]);
    let workspace = workspace(&look, 0);
    workspace.apply().succeeded();
    let seen = workspace.attributes(&look.address());
    assert_eq!(seen["repositories"], json!([]));
}

#[test]
fn a_list_that_cannot_be_read_is_an_error_and_not_empty() {
    let look = Block::data(NAMES[1]);
    let workspace = workspace(&look, 1);
    for (status, body) in [
        (StatusCode::ACCEPTED, "{}"),
        (StatusCode::ACCEPTED, "null"),
        (StatusCode::ACCEPTED, r#"[{"repo_name":"no ID"}]"#),
        (
            StatusCode::OK,
            r#"{"error_code":"CH.000001","error_msg":"unknown error"}"#,
        ),
        (
            StatusCode::FORBIDDEN,
            r#"{"error_code":"CH.004403","error_msg":"no permission"}"#,
        ),
    ] {
        let action = FaultAction::raw(status, body);
        let fault = Fault::on("ListTenantEncryptedRepositories", action).endless();
        workspace.world().faults().add(fault);
        workspace.plan().failed();
        workspace.world().faults().clear();
    }
}
