//! Blocks that are created before they are destroyed, while another block takes over what they give up. Terraform plans the
//! deletion of what is left of such a block once more in the apply.

use http::StatusCode;
use hwgrants::sandbox::{Duplicate, Fault, FaultAction as Does, Groups, Quirks, When, seed};

use super::{ALIASES, grant, live};
use crate::harness::Workspace;

const ANA: &str = seed::USER_ANA;
const BEN: &str = seed::USER_BEN;

/// A block for a user that is created before it is destroyed.
fn early(name: &str, user: &str) -> String {
    grant(name, "hwgrants.one", user, None).replace(
        "\n}\n",
        "\n  lifecycle {\n    create_before_destroy = true\n  }\n}\n",
    )
}

fn apply(workspace: &Workspace, config: &str, parallelism: usize) -> Vec<&'static str> {
    workspace.write(format!("{ALIASES}\n{config}"));
    let parallelism = format!("-parallelism={parallelism}");
    let apply = ["apply", "-input=false", "-auto-approve", &parallelism];
    workspace.writes_of(|| workspace.run(&apply).succeeded())
}

#[test]
fn a_deposed_grant_passes_to_a_block_of_any_provider_configuration() {
    for provider in ["hwgrants.one", "hwgrants.two"] {
        for parallelism in [1, 10] {
            let workspace = Workspace::new();
            apply(&workspace, &early("b", BEN), 10);
            let config = format!("{}{}", early("b", ANA), grant("c", provider, BEN, None));
            let writes = apply(&workspace, &config, parallelism);
            assert_eq!(writes, ["CreateGrants"], "{provider} {parallelism}");
            assert_eq!(live(&workspace).len(), 2);
            workspace.assert_plan_is_empty();
        }
    }
}

#[test]
fn a_deposed_grant_is_kept_for_a_block_that_imports_it() {
    for provider in ["hwgrants.one", "hwgrants.two"] {
        let workspace = Workspace::new();
        apply(&workspace, &early("b", BEN), 10);
        let import = format!(
            "import {{\n  to = csms_grant.c\n  provider = {provider}\n  id = \"SECRET/{}/user/{BEN}\"\n}}\n",
            seed::SECRET_DB_PASSWORD
        );
        let c = grant("c", provider, BEN, None);
        let config = format!("{}{c}{import}", early("b", ANA));
        assert_eq!(
            apply(&workspace, &config, 10),
            ["CreateGrants"],
            "{provider}"
        );
        assert_eq!(live(&workspace).len(), 2);
        workspace.assert_plan_is_empty();

        // The same with a twin that has been in the state before.
        let import = import
            .replace(BEN, ANA)
            .replace("csms_grant.c", "csms_grant.d");
        let d = grant("d", provider, ANA, None);
        apply(
            &workspace,
            &format!("{}{c}{d}{import}", early("b", ANA)),
            10,
        );
        assert_eq!(workspace.state().len(), 3);
        let config = format!("{}{c}{d}", early("b", seed::USER_CHEN));
        assert_eq!(
            apply(&workspace, &config, 10),
            ["CreateGrants"],
            "{provider}"
        );
        assert_eq!(live(&workspace).len(), 3);
        workspace.assert_plan_is_empty();
    }
}

#[test]
fn a_deposed_grant_left_by_a_failed_delete_passes_to_a_new_block() {
    for provider in ["hwgrants.one", "hwgrants.two"] {
        for parallelism in [1, 2, 10] {
            let workspace = Workspace::new();
            apply(&workspace, &early("b", BEN), 10);
            let refused = Does::raw(
                StatusCode::FORBIDDEN,
                r#"{"error_code":"CSMS.0403","error_msg":"no"}"#,
            );
            let refused = Fault::on("DeleteGrant", refused).endless();
            workspace.world().faults().add(refused);
            workspace.write(format!("{ALIASES}\n{}", early("b", ANA)));
            workspace.apply().failed();
            workspace.world().faults().clear();

            let config = format!("{}{}", early("b", ANA), grant("a", provider, BEN, None));
            let writes = apply(&workspace, &config, parallelism);
            assert_eq!(writes, [""; 0], "{provider} {parallelism}");
            assert_eq!(live(&workspace).len(), 2);
            workspace.assert_plan_is_empty();
        }
    }
}

#[test]
fn create_before_destroy_does_not_duplicate_an_uncertain_group_grant() {
    let workspace = Workspace::new();
    workspace.world().set_quirks(Quirks {
        groups: Groups::Invisible,
        duplicate: Duplicate::Doubled,
        ..Quirks::default()
    });
    let block = early("team", seed::GROUP_ONCALL)
        .replace("\"user\"", "\"group\"")
        .replace(
            "  lifecycle",
            "  timeouts {\n    create = \"20s\"\n  }\n  lifecycle",
        );
    workspace.write(format!("{ALIASES}\n{block}"));
    let lost = Does::Drop {
        when: When::AfterEffect,
    };
    let faults = workspace.world().faults();
    faults.add(Fault::on("CreateGrants", lost.clone()));
    faults.add(Fault::on("UpdateGrant", lost).endless());
    workspace.apply().failed();
    let count = || {
        workspace
            .world()
            .grant_count(seed::SECRET_DB_PASSWORD, seed::GROUP_ONCALL)
    };
    assert_eq!(count(), 1);
    faults.clear();
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_eq!((count(), writes), (1, vec!["UpdateGrant"]));
    workspace.assert_plan_is_empty();
    workspace.destroy().succeeded();
    assert_eq!(count(), 0);
}
