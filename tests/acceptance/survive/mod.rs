//! What grants must survive: services that decide otherwise, answers that are lost, lists that lag, time, renames.
//!
//! The simulations in `tests/it` go through far more cases with a clock that does not wait; here real Terraform
//! holds the state.

mod clock;
mod cut;
mod lag;
mod many;
mod quirk;
mod rename;

use std::collections::BTreeMap;

use hwgrants::sandbox::{RequestRecord, World, seed};

use crate::harness::{Block, Workspace};

const TYPE: &str = "csms_grant";
const ADDRESS: &str = "csms_grant.this";

/// Ana may use the database password until then.
fn ana_until(end: &str) -> Block {
    Block::grant(TYPE).set("validity_time", end)
}

/// Who may use a secret, and until when. Nobody may have two grants.
#[track_caller]
fn granted(world: &World, secret: &str) -> BTreeMap<String, Option<String>> {
    let grants = world.grants(secret);
    let granted = grants.into_iter().map(|(grantee, grant)| {
        let count = world.grant_count(secret, grantee.as_str());
        assert_eq!(count, 1, "`{grantee}` on `{secret}`");
        let end = grant.validity_date.map(|date| date.to_string());
        (grantee.to_string(), end)
    });
    granted.collect()
}

/// Asserts that Ana has one grant until then and nobody else has any, that it is in the state, and that a plan is empty.
#[track_caller]
fn assert_only_ana(workspace: &Workspace, end: &str) {
    let ana = (seed::USER_ANA.to_owned(), Some(end.to_owned()));
    assert_eq!(
        granted(workspace.world(), seed::SECRET_DB_PASSWORD),
        [ana].into()
    );
    let state = workspace.state();
    assert_eq!(state.keys().collect::<Vec<_>>(), [ADDRESS]);
    assert_ne!(state[ADDRESS]["tainted"], true);
    assert_eq!(state[ADDRESS]["values"]["validity_time"], end);
    workspace.assert_plan_is_empty();
}

/// The requests of one operation.
fn of_operation<'a>(requests: &'a [RequestRecord], operation: &str) -> Vec<&'a RequestRecord> {
    let wanted = requests
        .iter()
        .filter(|request| request.operation == Some(operation));
    wanted.collect()
}
