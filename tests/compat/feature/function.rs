//! The provider's functions.

use hwgrants::sandbox::seed;
use serde_json::json;

use crate::client::Client;
use crate::harness::{Block, in_days};

/// All functions in one configuration; the second plan is empty.
pub(super) fn all(client: &Client) {
    let today = in_days(0);
    let end = format!("provider::hwgrants::days_from(\"{today}\", 30)");
    let grant = Block::grant("hwgrants_csms_grant").set_to("validity_time", &end);
    let address = grant.address();
    let outputs = format!(
        "output \"id\" {{
  value = provider::hwgrants::grant_id(\"secret\", {address}.resource_id, \"0\", {address}.grantee_target_id)
}}
output \"user\" {{
  value = provider::hwgrants::parse_grant_id({address}.id).grantee_target_id
}}
"
    );
    let workspace = client.workspace(format!("{grant}{outputs}"));
    workspace.apply().succeeded();
    let made = workspace.attributes(&address);
    assert_eq!(made["validity_time"], in_days(30));
    let outputs = workspace.json(&["output", "-json"]);
    assert_eq!(outputs["id"]["value"], made["id"]);
    assert_eq!(outputs["user"]["value"], json!(seed::USER_ANA));
    workspace.assert_plan_is_empty();

    let wrong =
        "output \"date\" {\n  value = provider::hwgrants::days_from(\"2027-02-30\", 1)\n}\n";
    workspace.write(format!("{grant}{wrong}"));
    let said = workspace.run(&["validate"]).failed();
    let expected = "Invalid value for \"date\" parameter: `2027-02-30` is not a date";
    assert!(said.contains(expected), "{said}");
}
