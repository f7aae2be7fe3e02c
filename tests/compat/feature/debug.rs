//! A plugin that the client has not started.

use hwgrants::sandbox::seed;

use crate::client::Client;
use crate::harness::{Block, Debugged, in_days};

/// C38: one plugin in debug mode serves a whole life, run by run, and is there at the end.
pub(super) fn many_runs(client: &Client) {
    let grant = Block::grant("csms_grant").set("validity_time", &in_days(30));
    let mut workspace = client.workspace(&grant);
    let mut plugin = Debugged::start(&workspace);
    workspace.set("TF_REATTACH_PROVIDERS", plugin.reattach());

    workspace.run(&["validate"]).succeeded();
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
    workspace.write(grant.set("validity_time", &in_days(60)));
    assert_eq!(workspace.change(), "update");
    workspace.apply().succeeded();
    workspace.destroy().succeeded();
    let left = workspace.world().grants(seed::SECRET_DB_PASSWORD);
    assert!(left.is_empty(), "{left:?}");
    assert!(plugin.is_running());
}
