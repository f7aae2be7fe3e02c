//! What a plan wants, what the next one of the same Terraform does not, and what the practitioner asked for.

use hwgrants::sandbox::seed;

use super::{ALIASES, grant, live};
use crate::harness::Workspace;

const ANA: &str = seed::USER_ANA;

fn workspace(config: &str) -> Workspace {
    let workspace = Workspace::with(format!("{ALIASES}\n{config}"));
    workspace.apply().succeeded();
    workspace
}

fn rewrite(workspace: &Workspace, config: &str) {
    workspace.write(format!("{ALIASES}\n{config}"));
}

#[test]
fn destroy_revokes_the_grant_despite_a_pending_rename() {
    for provider in ["hwgrants.one", "hwgrants.two"] {
        for refresh in ["-refresh=true", "-refresh=false"] {
            let workspace = workspace(&grant("old", "hwgrants.one", ANA, None));
            rewrite(&workspace, &grant("new", provider, ANA, None));
            let destroy = ["destroy", "-input=false", "-auto-approve", refresh];
            workspace.run(&destroy).succeeded();
            assert!(live(&workspace).is_empty(), "{provider} {refresh}");
            assert!(workspace.state().is_empty());
        }
    }
}

#[test]
fn replacing_or_tainting_a_grant_deletes_and_creates_it_once() {
    let workspace = workspace(&grant("a", "hwgrants.one", ANA, None));
    let replace = [
        "apply",
        "-input=false",
        "-auto-approve",
        "-replace=csms_grant.a",
    ];
    let writes = workspace.writes_of(|| workspace.run(&replace).succeeded());
    assert_eq!(writes, ["DeleteGrant", "CreateGrants"]);
    workspace.run(&["taint", "csms_grant.a"]).succeeded();
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_eq!(writes, ["DeleteGrant", "CreateGrants"]);
    workspace.assert_plan_is_empty();
}

/// A twin in the state, as a half-finished rename leaves it.
fn twins(provider: &str) -> Workspace {
    let first = grant("a", "hwgrants.one", ANA, None);
    let workspace = workspace(&first);
    rewrite(
        &workspace,
        &format!("{first}{}", grant("b", provider, ANA, None)),
    );
    let half = [
        "apply",
        "-input=false",
        "-auto-approve",
        "-target=csms_grant.b",
    ];
    workspace
        .run(&half)
        .succeeded()
        .says("Existing grant adopted");
    assert_eq!(workspace.state().len(), 2);
    workspace
}

#[test]
fn a_grant_held_by_two_blocks_is_revoked_only_when_both_are_destroyed() {
    for provider in ["hwgrants.one", "hwgrants.two"] {
        for kept in ["a", "b"] {
            let workspace = twins(provider);
            let provider = if kept == "a" {
                "hwgrants.one"
            } else {
                provider
            };
            rewrite(&workspace, &grant(kept, provider, ANA, None));
            let writes = workspace.writes_of(|| workspace.apply().succeeded());
            assert_eq!(writes, [""; 0], "{provider} {kept}");
            assert_eq!(live(&workspace).len(), 1);
            workspace.assert_plan_is_empty();
        }
        let workspace = twins(provider);
        workspace.destroy().succeeded();
        assert!(live(&workspace).is_empty(), "{provider}");
    }
}

#[test]
fn a_second_block_for_a_grant_fails_the_plan() {
    let first = grant("a", "hwgrants.one", ANA, None);
    let workspace = workspace(&first);
    for provider in ["hwgrants.one", "hwgrants.two"] {
        rewrite(
            &workspace,
            &format!("{first}{}", grant("b", provider, ANA, None)),
        );
        let plan = workspace.plan();
        assert_eq!(plan.code, Some(1), "{plan}");
        assert!(plan.words().contains("Grant declared twice"), "{plan}");
    }
}

#[test]
fn a_half_applied_rename_completes_without_a_delete() {
    for provider in ["hwgrants.one", "hwgrants.two"] {
        for end in [None, Some(30)] {
            let workspace = workspace(&grant("old", "hwgrants.one", ANA, None));
            rewrite(&workspace, &grant("new", provider, ANA, None));
            let half = [
                "apply",
                "-input=false",
                "-auto-approve",
                "-target=csms_grant.new",
            ];
            workspace.run(&half).succeeded();
            rewrite(&workspace, &grant("new", provider, ANA, end));
            let writes = workspace.writes_of(|| workspace.apply().succeeded());
            let expected: &[&str] = if end.is_some() { &["UpdateGrant"] } else { &[] };
            assert_eq!(writes, expected, "{provider} {end:?}");
            assert_eq!(live(&workspace).len(), 1);
            workspace.assert_plan_is_empty();
        }
    }
}

#[test]
fn terraform_test_revokes_its_grants_even_after_a_plan_only_run() {
    let config = format!(
        "variable \"name\" {{\n  type    = string\n  default = \"old\"\n}}\n\nresource \"csms_grant\" \"this\" {{\n  provider = \
         hwgrants\n  for_each = toset([var.name])\n  resource_id = \"{}\"\n  type = \"SECRET\"\n  grantee_type = \"user\"\n  \
         grantee_target_id = \"{ANA}\"\n}}\n",
        seed::SECRET_DB_PASSWORD
    );
    let workspace = Workspace::with(config);
    workspace.write_file(
        "life.tftest.hcl",
        "run \"create\" {}\n\nrun \"plan\" {\n  command = plan\n  variables {\n    name = \"new\"\n  }\n}\n\nrun \"rename\" \
         {\n  variables {\n    name = \"new\"\n  }\n}\n\nrun \"again\" {\n  command = plan\n  variables {\n    name = \
         \"old\"\n  }\n}\n",
    );
    let writes = workspace.writes_of(|| {
        let run = workspace.run(&["test"]);
        run.succeeded().says("4 passed, 0 failed");
    });
    assert_eq!(writes, ["CreateGrants", "DeleteGrant"]);
    assert!(live(&workspace).is_empty());
}

#[test]
fn repeated_renames_in_terraform_test_leave_no_grants() {
    let block = |name: &str, provider: &str| {
        grant(name, provider, ANA, None).replace(
            "{\n  provider",
            &format!("{{\n  count = var.name == \"{name}\" ? 1 : 0\n  provider"),
        )
    };
    let config = format!(
        "variable \"name\" {{\n  type    = string\n  default = \"old\"\n}}\n\n{ALIASES}\n{}{}",
        block("old", "hwgrants.one"),
        block("new", "hwgrants.two")
    );
    let workspace = Workspace::with(config);
    let runs = (0..12).map(|number| {
        let name = if number % 2 == 0 { "old" } else { "new" };
        format!("run \"r{number}\" {{\n  variables {{\n    name = \"{name}\"\n  }}\n}}\n\n")
    });
    workspace.write_file("life.tftest.hcl", &runs.collect::<String>());
    // A process that has planned only a creation, and has ended before the deletion is planned, may belong to the run before as
    // well: then the grant is revoked and created again.
    let run = workspace.run(&["test"]);
    run.succeeded().says("12 passed, 0 failed");
    assert!(live(&workspace).is_empty());
}
