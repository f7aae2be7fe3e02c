//! The provider's action.

use hwgrants::sandbox::{GranteeKind, seed};

use crate::client::Client;
use crate::harness::Block;

/// Invokes the action by command and from a trigger, under both names. It revokes one grant, and none that a block declares.
pub(super) fn revoke(client: &Client) {
    let secret = seed::SECRET_DB_PASSWORD;
    for name in ["hwgrants_csms_revoke", "csms_revoke"] {
        let action = |label: &str, user: &str| {
            format!(
                "action \"{name}\" \"{label}\" {{\n  provider = hwgrants\n  config {{\n    resource_id = \"{secret}\"\n    \
                 type = \"SECRET\"\n    grantee_type = \"user\"\n    grantee_target_id = \"{user}\"\n  }}\n}}\n"
            )
        };
        let trigger = format!(
            "resource \"terraform_data\" \"it\" {{\n  lifecycle {{\n    action_trigger {{\n      events  = [after_create]\n      \
             actions = [action.{name}.ben]\n    }}\n  }}\n}}\n"
        );
        let actions = action("ana", seed::USER_ANA) + &action("ben", seed::USER_BEN);
        let config = format!("{}{actions}{trigger}", Block::grant("hwgrants_csms_grant"));
        let workspace = client.workspace(config);
        for user in [seed::USER_BEN, seed::USER_CHEN] {
            let put = workspace
                .world()
                .put_grant(secret, user, GranteeKind::User, None);
            put.unwrap();
        }
        workspace.apply().succeeded().says("Verified: the grant");
        let invoke = format!("-invoke=action.{name}.ana");
        let said = workspace
            .run(&["apply", "-input=false", "-auto-approve", &invoke])
            .failed();
        assert!(said.contains("Grant managed by Terraform"), "{said}");
        let left = workspace.world().grants(secret).into_keys();
        let left: Vec<_> = left.map(|grantee| grantee.to_string()).collect();
        assert_eq!(left, [seed::USER_ANA, seed::USER_CHEN]);
        workspace.assert_plan_is_empty();
    }
}
