//! Many grants on few secrets: how often the service is asked.

use hwgrants::sandbox::{RequestRecord, ResourceKind, SandboxResource, SecretState, seed};

use super::{TYPE, of_operation};
use crate::harness::{Block, Workspace, in_days};

const GRANTS: usize = 500;
const SECRETS: usize = 10;

/// 500 grants on ten secrets, with this end for the fourth.
fn grants(fourth_end: &str) -> Block {
    let end = format!("count.index == 3 ? {fourth_end:?} : {:?}", in_days(30));
    Block::of(TYPE)
        .set_to("count", &GRANTS.to_string())
        .set(
            "resource_id",
            &format!("secret-${{count.index % {SECRETS}}}"),
        )
        .set("type", "SECRET")
        .set("grantee_type", "user")
        .set("grantee_target_id", "user-${count.index}")
        .set_to("validity_time", &end)
}

/// The secrets whose lists were asked for, in order, since the log was cleared, which it is again.
fn take_lists(workspace: &Workspace) -> Vec<String> {
    let requests = workspace.world().requests();
    workspace.world().clear_requests();
    let lists = of_operation(&requests, "ListGrants").into_iter();
    let secret = |request: &RequestRecord| request.query.clone().unwrap();
    let mut lists: Vec<_> = lists.map(secret).collect();
    lists.sort();
    lists
}

#[test]
fn each_plan_lists_a_secret_once_and_apply_lists_only_changed_ones() {
    let workspace = Workspace::with(grants(&in_days(30)));
    for number in 0..SECRETS {
        let secret = SandboxResource {
            project_id: seed::PROJECT_ID.into(),
            kind: ResourceKind::Secret,
            name: format!("secret-{number}"),
            state: SecretState::Enabled,
            created_at: workspace.world().now(),
        };
        workspace
            .world()
            .add_resource(&format!("secret-{number}"), secret);
    }
    workspace.apply().succeeded();
    take_lists(&workspace);
    let each_once: Vec<_> = (0..SECRETS)
        .map(|number| format!("resource_id=secret-{number}"))
        .collect();

    workspace.assert_plan_is_empty();
    assert_eq!(take_lists(&workspace), each_once);

    workspace.write(grants(&in_days(60)));
    workspace
        .run(&["plan", "-input=false", "-out=test.tfplan"])
        .succeeded()
        .says("0 to add, 1 to change, 0 to destroy");
    assert_eq!(take_lists(&workspace), each_once);

    let apply = workspace.run(&["apply", "-input=false", "test.tfplan"]);
    apply.succeeded();
    assert_eq!(take_lists(&workspace), ["resource_id=secret-3"]);
}
