//! The action `csms_revoke`: it revokes one grant that no block declares, and no other one. Actions need Terraform 1.14.

use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use http::StatusCode;
use hwgrants::cli::terraform::Release;
use hwgrants::review::{Policy, phrasing, review};
use hwgrants::sandbox::{Fault, FaultAction, GranteeKind, When, World, seed};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::harness::{Block, PATIENCE, Run, Workspace};

const TYPE: &str = "hwgrants_csms_revoke";
const GRANT: &str = "hwgrants_csms_grant";
const SECRET: &str = seed::SECRET_DB_PASSWORD;
/// The title of the error about a declared grant.
const MANAGED: &str = "Grant managed by Terraform";
const OPERATION: &str = "DeleteGrant";

/// How soon an interrupted action has to be over.
const SOON: Duration = Duration::from_secs(15);

/// The action `this`, which revokes what a grantee may do; `more` are further lines of its `config` block.
fn revoke_as(type_name: &str, grantee: [&str; 2], more: &str) -> String {
    let [kind, id] = grantee;
    format!(
        "action \"{type_name}\" \"this\" {{\n  provider = hwgrants\n  config {{\n    resource_id = \"{SECRET}\"\n    \
         type = \"SECRET\"\n    grantee_type = \"{kind}\"\n    grantee_target_id = {id}\n    {more}\n  }}\n}}\n\n"
    )
}

/// The action for a user.
fn revoke(user: &str) -> String {
    revoke_as(TYPE, ["user", &format!("{user:?}")], "")
}

/// The same with a short timeout.
fn impatient(user: &str) -> String {
    let user = format!("{user:?}");
    let timeouts = "timeouts {\n      invoke = \"20s\"\n    }";
    revoke_as(TYPE, ["user", &user], timeouts)
}

/// A workspace with Ana's and Ben's grants, which nothing declares, and this configuration.
fn workspace(config: &str) -> Workspace {
    let workspace = Workspace::on(Release::LATEST);
    workspace.write(config);
    for user in [seed::USER_ANA, seed::USER_BEN] {
        grant_outside(workspace.world(), user);
    }
    workspace
}

fn grant_outside(world: &World, user: &str) {
    let put = world.put_grant(SECRET, user, GranteeKind::User, None);
    put.unwrap();
}

/// Who has access.
fn grantees(workspace: &Workspace) -> Vec<String> {
    let grants = workspace.world().grants(SECRET).into_keys();
    grants.map(|grantee| grantee.to_string()).collect()
}

/// Invokes the action `this` of this type.
fn invoke_as(workspace: &Workspace, type_name: &str) -> Run {
    let action = format!("-invoke=action.{type_name}.this");
    workspace.run(&["apply", "-input=false", "-auto-approve", &action])
}

fn invoke(workspace: &Workspace) -> Run {
    invoke_as(workspace, TYPE)
}

/// A resource of no provider that triggers the action, after it is created and updated.
fn trigger(input: &str) -> String {
    format!(
        "resource \"terraform_data\" \"it\" {{\n  input = {input}\n  lifecycle {{\n    action_trigger {{\n      events  = \
         [after_create, after_update]\n      actions = [action.{TYPE}.this]\n    }}\n  }}\n}}\n"
    )
}

fn key(user: &str) -> String {
    format!("SECRET/{SECRET}/user/{user}")
}

#[test]
fn an_undeclared_grant_is_revoked_under_both_names_and_no_other_one() {
    for type_name in [TYPE, "csms_revoke"] {
        let ana = format!("{:?}", seed::USER_ANA);
        let workspace = workspace(&revoke_as(type_name, ["0", &ana], ""));
        let mut said = String::new();
        let writes = workspace.writes_of(|| {
            said = invoke_as(&workspace, type_name).succeeded().words();
        });
        assert_eq!(writes, [OPERATION]);
        assert_eq!(grantees(&workspace), [seed::USER_BEN]);
        let key = key(seed::USER_ANA);
        let steps = [
            format!("Listing the grants on `{SECRET}`."),
            format!("Revoking the grant `{key}`."),
            format!("Verified: the grant `{key}` is no longer listed."),
            "Actions: 1 invoked.".to_owned(),
        ];
        let mut rest = said.as_str();
        for step in steps {
            let found = rest.split_once(step.as_str());
            rest = found.unwrap_or_else(|| panic!("{step}: {said}")).1;
        }
        assert!(!said.contains("Warning"), "{said}");
        assert!(!said.contains(seed::TOKEN), "{said}");

        // A second time, there is nothing to revoke.
        let writes = workspace.writes_of(|| {
            let nothing =
                format!("Nothing to revoke: the grant `{key}` is not listed (read twice).");
            invoke_as(&workspace, type_name).succeeded().says(&nothing)
        });
        assert_eq!(writes, [""; 0]);
    }
}

#[test]
fn an_action_trigger_revokes_once_when_its_resource_is_applied() {
    let config = revoke(seed::USER_ANA) + &trigger("1");
    let workspace = workspace(&config);
    let writes = workspace.writes_of(|| {
        workspace.apply().succeeded().says("Verified: the grant");
    });
    assert_eq!(writes, [OPERATION]);
    assert_eq!(grantees(&workspace), [seed::USER_BEN]);
    workspace.assert_plan_is_empty();
}

#[test]
fn c129_values_known_after_apply_are_no_error_in_the_plan() {
    let unknown = "terraform_data.user.output";
    let user = format!(
        "resource \"terraform_data\" \"user\" {{\n  input = \"{}\"\n}}\n",
        seed::USER_ANA
    );
    let action = revoke_as(TYPE, ["user", unknown], "");
    let workspace = workspace(&(action + &user + &trigger(unknown)));
    let writes = workspace.writes_of(|| {
        let plan = workspace.run(&["plan", "-input=false", "-out=test.tfplan"]);
        plan.succeeded().says("Actions: 1 to invoke.");
    });
    assert_eq!(writes, [""; 0]);
    assert_eq!(grantees(&workspace).len(), 2);
    let apply = workspace.run(&["apply", "-input=false", "test.tfplan"]);
    apply.succeeded().says("Verified: the grant");
    assert_eq!(grantees(&workspace), [seed::USER_BEN]);
}

#[test]
fn a_review_lists_the_action_of_a_real_plan() {
    let workspace = workspace(&(revoke(seed::USER_ANA) + &trigger("1")));
    workspace
        .run(&["plan", "-input=false", "-out=test.tfplan"])
        .succeeded();
    let plan = workspace
        .json(&["show", "-json", "test.tfplan"])
        .to_string();
    let report = review(plan.as_bytes(), &Policy::default()).unwrap();
    let [change] = report.not_reviewed.as_slice() else {
        panic!("{:?}", report.not_reviewed);
    };
    assert_eq!(change.address, format!("action.{TYPE}.this"));
    assert_eq!(phrasing::operation(change), "invoke");
    let arguments = phrasing::attributes(change).join(" ");
    assert!(arguments.contains(seed::USER_ANA), "{arguments}");
}

#[test]
fn a_user_without_a_grant_and_an_unknown_user_have_nothing_to_revoke() {
    for user in [seed::USER_CHEN, "unknown-user"] {
        let workspace = workspace(&revoke(user));
        let writes = workspace.writes_of(|| {
            invoke(&workspace).succeeded().says("Nothing to revoke");
        });
        assert_eq!(writes, [""; 0]);
        assert_eq!(grantees(&workspace).len(), 2);
    }
}

#[test]
fn one_list_without_the_grant_does_not_prove_that_it_is_gone() {
    let workspace = workspace(&revoke(seed::USER_ANA));
    let empty = FaultAction::raw(StatusCode::OK, r#"{"data":{"grantee_user":[]}}"#);
    workspace
        .world()
        .faults()
        .add(Fault::on("ListGrants", empty));
    invoke(&workspace).succeeded().says("Verified: the grant");
    assert_eq!(grantees(&workspace), [seed::USER_BEN]);
}

#[test]
fn a_secret_that_does_not_exist_is_an_error() {
    let config = revoke(seed::USER_ANA).replace(SECRET, "db-password");
    let workspace = workspace(&config);
    let writes = workspace.writes_of(|| {
        let said = invoke(&workspace).failed();
        for words in ["Secret not found", "`secret_id` attribute"] {
            assert!(said.contains(words), "{words}: {said}");
        }
    });
    assert_eq!(writes, [""; 0]);
}

#[test]
fn without_the_permission_to_delete_the_action_fails_and_the_grant_remains() {
    let mut workspace = workspace(&impatient(seed::USER_ANA));
    workspace.set("HW_AUTH_TOKEN", seed::TOKEN_READ_ONLY);
    let said = invoke(&workspace).failed();
    for words in [
        "Error when invoking action Permission denied: ",
        "Error while revoking the grant",
        "The grantee might still have access. Invoke the action again.",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains("remains in the state"), "{said}");
    assert_eq!(grantees(&workspace).len(), 2);
}

#[test]
fn a_declared_grant_is_refused_in_the_plan_and_when_invoked() {
    let grant = Block::grant(GRANT);
    let refused = |said: &str| {
        for words in [
            MANAGED,
            "A resource block declares the grant",
            "remove the block and run `terraform apply`",
        ] {
            assert!(said.contains(words), "{words}: {said}");
        }
    };
    // A trigger of the grant itself: the plan knows.
    let on_itself = grant.clone().inside(&format!(
        "lifecycle {{\n    action_trigger {{\n      events  = [after_create]\n      actions = [action.{TYPE}.this]\n    }}\n  }}"
    ));
    let workspace = Workspace::on(Release::LATEST);
    workspace.write(format!("{on_itself}{}", revoke(seed::USER_ANA)));
    let writes = workspace.writes_of(|| refused(&workspace.apply().failed()));
    assert_eq!(writes, [""; 0]);

    // A plan of nothing but the action knows what the last plan in this folder declared.
    workspace.write(format!("{grant}{}", revoke(seed::USER_ANA)));
    workspace.apply().succeeded();
    let writes = workspace.writes_of(|| refused(&invoke(&workspace).failed()));
    assert_eq!(writes, [""; 0]);
    workspace.assert_plan_is_empty();
    assert_eq!(grantees(&workspace), [seed::USER_ANA]);

    // Without a record, it knows the blocks that the action refers to.
    let referring = revoke_as(
        TYPE,
        ["user", &format!("{}.grantee_target_id", grant.address())],
        "",
    );
    workspace.write(format!("{grant}{referring}"));
    std::fs::remove_dir_all(workspace.path().join(".terraform/hwgrants")).unwrap();
    let writes = workspace.writes_of(|| refused(&invoke(&workspace).failed()));
    assert_eq!(writes, [""; 0]);

    // No block declares the grant any more.
    let removed = format!(
        "removed {{\n  from = {}\n  lifecycle {{\n    destroy = false\n  }}\n}}\n",
        grant.address()
    );
    workspace.write(format!("{removed}{}", revoke(seed::USER_ANA)));
    workspace.apply().succeeded();
    invoke(&workspace).succeeded().says("Verified: the grant");
    assert_eq!(grantees(&workspace), [""; 0]);
}

#[test]
fn a_block_that_is_planned_after_the_action_keeps_its_grant() {
    // Planned late: it depends on the resource that triggers the action.
    let grant = Block::grant(GRANT).set_to("depends_on", "[terraform_data.it]");
    for is_saved in [false, true] {
        let workspace = Workspace::on(Release::LATEST);
        let config = format!("{grant}{}{}", revoke(seed::USER_ANA), trigger("1"));
        workspace.write(config);
        let run = if is_saved {
            workspace
                .run(&["plan", "-input=false", "-out=test.tfplan"])
                .succeeded();
            workspace.run(&["apply", "-input=false", "test.tfplan"])
        } else {
            workspace.apply()
        };
        let said = run.failed();
        let refused = "Error when invoking action";
        assert!(said.contains(refused) && said.contains(MANAGED), "{said}");
        let writes: Vec<_> = workspace.world().requests();
        let is_delete = |operation: Option<&'static str>| operation == Some(OPERATION);
        assert!(!writes.iter().any(|request| is_delete(request.operation)));
    }
}

#[test]
fn a_lost_response_is_resolved_by_reading_the_grants_back() {
    for lost in [
        FaultAction::Drop {
            when: When::AfterEffect,
        },
        FaultAction::raw(StatusCode::BAD_GATEWAY, "").after_effect(),
        FaultAction::Drop {
            when: When::BeforeEffect,
        },
    ] {
        let workspace = workspace(&revoke(seed::USER_ANA));
        workspace
            .world()
            .faults()
            .add(Fault::on(OPERATION, lost.clone()));
        invoke(&workspace).succeeded().says("Verified: the grant");
        assert_eq!(grantees(&workspace), [seed::USER_BEN], "{lost:?}");
    }
}

#[test]
fn an_unknown_outcome_is_an_error() {
    // Every deletion is lost, or answered with something that is no confirmation.
    for lost in [
        FaultAction::Drop {
            when: When::BeforeEffect,
        },
        FaultAction::raw(
            StatusCode::OK,
            r#"{"error_code":"CSMS.0001","error_msg":"no"}"#,
        ),
        FaultAction::raw(StatusCode::OK, "<html>welcome</html>"),
    ] {
        let workspace = workspace(&impatient(seed::USER_ANA));
        let fault = Fault::on(OPERATION, lost.clone()).endless();
        workspace.world().faults().add(fault);
        let said = invoke(&workspace).failed();
        assert!(
            said.contains("The grantee might still have access."),
            "{said}"
        );
        assert!(!said.contains("Verified"), "{said}");
        assert_eq!(grantees(&workspace).len(), 2, "{lost:?}");
    }
    // The deletion takes effect, and nothing can be read thereafter.
    let workspace = workspace(&impatient(seed::USER_ANA));
    let faults = workspace.world().faults();
    let lost = FaultAction::Drop {
        when: When::AfterEffect,
    };
    faults.add(Fault::on(OPERATION, lost).endless());
    let failing = FaultAction::raw(StatusCode::INTERNAL_SERVER_ERROR, "");
    faults.add(Fault::on("ListGrants", failing).endless().after(1));
    let said = invoke(&workspace).failed();
    assert!(
        said.contains("The grantee might still have access."),
        "{said}"
    );
    assert!(!said.contains("Verified"), "{said}");
}

#[test]
fn a_confirmed_deletion_without_effect_is_an_error() {
    let workspace = workspace(&impatient(seed::USER_ANA));
    let nothing = FaultAction::raw(StatusCode::NO_CONTENT, "");
    workspace
        .world()
        .faults()
        .add(Fault::on(OPERATION, nothing).endless());
    let said = invoke(&workspace).failed();
    for words in [
        "Error when invoking action Grant still listed: ",
        "raise `timeouts`",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_list_that_is_no_list_is_an_error_and_nothing_is_deleted() {
    for body in [r#"{"error_code":"CSMS.0001","error_msg":"no"}"#, "[]"] {
        let workspace = workspace(&impatient(seed::USER_ANA));
        let odd = FaultAction::raw(StatusCode::OK, body);
        workspace
            .world()
            .faults()
            .add(Fault::on("ListGrants", odd).endless());
        let writes = workspace.writes_of(|| invoke(&workspace).failed());
        assert_eq!(writes, [""; 0], "{body}");
        assert_eq!(grantees(&workspace).len(), 2);
    }
}

#[test]
fn the_grant_of_a_group_is_deleted_even_if_it_is_not_listed() {
    let group = format!("{:?}", seed::GROUP_ONCALL);
    for (quirk, words) in [
        ("groups=listed", "Verified: the grant"),
        (
            "groups=invisible",
            "Warning when invoking action Group grant revocation not verified: ",
        ),
    ] {
        let workspace = workspace(&revoke_as(TYPE, ["group", &group], ""));
        let world = workspace.world();
        let mut quirks = world.quirks();
        quirks.set(quirk).unwrap();
        world.set_quirks(quirks);
        let put = world.put_grant(SECRET, seed::GROUP_ONCALL, GranteeKind::Group, None);
        put.unwrap();
        invoke(&workspace).succeeded().says(words);
        assert_eq!(grantees(&workspace).len(), 2, "{quirk}");
    }
    // Nothing is known of a group whose grant is not listed and whose deletion is refused.
    let workspace = workspace(&revoke_as(TYPE, ["group", &group], ""));
    let said = invoke(&workspace).failed();
    assert!(
        said.contains("it is unknown whether the group still has access"),
        "{said}"
    );
    assert!(said.contains("Revoke the grant in the console."), "{said}");
}

#[test]
fn a_project_that_is_not_allowed_is_refused_in_the_plan() {
    let rule = format!(
        "  guardrails {{\n    allowed_project_ids = [\"{}\"]\n    require_validity = true\n  }}",
        seed::OTHER_PROJECT_ID
    );
    let workspace = workspace(&revoke(seed::USER_ANA));
    workspace.provider(&rule);
    let writes = workspace.writes_of(|| {
        let said = invoke(&workspace).failed();
        assert!(said.contains("Error: Project not allowed"), "{said}");
    });
    assert_eq!(writes, [""; 0]);
    // Rules about expiry do not apply.
    workspace.provider(&rule.replace(seed::OTHER_PROJECT_ID, seed::PROJECT_ID));
    invoke(&workspace).succeeded();
}

#[test]
fn malformed_arguments_are_errors_before_any_request() {
    let workspace = Workspace::on(Release::LATEST);
    let good = revoke(seed::USER_ANA);
    for (from, to, said) in [
        ("\"user\"", "\"role\"", "`user`, `group`, `0`, `2`"),
        ("\"SECRET\"", "\"KEY\"", "`SECRET`, `GROUP`"),
        (SECRET, "a/b", "The value"),
        (seed::USER_ANA, "", "1 to 64 characters"),
        ("    type = \"SECRET\"\n", "", "\"type\" is required"),
    ] {
        workspace.write(good.replacen(from, to, 1));
        let run = invoke(&workspace).failed();
        assert!(run.contains(said), "{said}: {run}");
    }
    workspace.write(good.replacen(&format!("{:?}", seed::USER_ANA), "null", 1));
    let run = invoke(&workspace).failed();
    assert!(run.contains("Missing required argument"), "{run}");
    workspace.write(format!("action \"{TYPE}\" \"this\" {{\n}}\n"));
    invoke(&workspace).failed();
    assert!(workspace.world().requests().is_empty());
}

#[test]
fn an_interrupt_ends_the_action_with_an_error() {
    let workspace = workspace(&revoke(seed::USER_ANA));
    let slow = FaultAction::Delay {
        delay: PATIENCE * 2,
        when: When::BeforeEffect,
    };
    workspace
        .world()
        .faults()
        .add(Fault::on("ListGrants", slow).endless());
    let action = format!("-invoke=action.{TYPE}.this");
    let child = workspace
        .command(&["apply", "-input=false", "-auto-approve", &action])
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    workspace.wait_for("ListGrants");
    let group = Pid::from_raw(child.id().try_into().unwrap());
    killpg(group, Signal::SIGINT).unwrap();
    let interrupted_at = Instant::now();
    let run = Run::of("apply, interrupted", child.wait_with_output().unwrap());
    assert!(interrupted_at.elapsed() < SOON, "{run}");
    let said = run.failed();
    assert!(said.contains("Cancelled"), "{said}");
    assert_eq!(grantees(&workspace).len(), 2);
}
