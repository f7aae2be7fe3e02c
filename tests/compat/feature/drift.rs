//! `plan -refresh-only -detailed-exitcode`, as a scheduled job asks for drift.

use hwgrants::sandbox::seed;

use crate::client::Client;
use crate::harness::{Block, in_days};

/// What was applied is no drift, numbers included, and what was revoked outside is.
pub(super) fn refresh_only(client: &Client) {
    let grant = Block::grant("csms_grant").set("validity_time", &in_days(30));
    let output = "output \"state\" {\n  value = csms_grant.this.state\n}\n";
    let workspace = client.workspace(format!("{grant}{output}"));
    workspace.provider("  max_retries = 4\n  guardrails {\n    max_validity_days = 90\n  }");
    workspace.apply().succeeded();
    assert!(workspace.attributes(&grant.address())["state"].is_number());
    let refresh = workspace.plan_refresh_only();
    assert_eq!(refresh.code, Some(0), "{refresh}");
    workspace.assert_plan_is_empty();

    let world = workspace.world();
    world.remove_grant(seed::SECRET_DB_PASSWORD, seed::USER_ANA);
    let refresh = workspace.plan_refresh_only();
    assert_eq!(refresh.code, Some(2), "{refresh}");
}
