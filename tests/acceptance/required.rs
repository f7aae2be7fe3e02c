//! `null` for a required argument, which Terraform itself lets pass: refused while the grant is still there.

use hwgrants::sandbox::seed;

use crate::harness::{Block, Workspace, in_days};

const TYPE: &str = "csms_grant";
const REQUIRED: [&str; 4] = ["resource_id", "type", "grantee_type", "grantee_target_id"];
const TITLE: &str = "Error: Missing required argument";

/// Asserts that this run of Terraform fails at the argument, and that nothing is written meanwhile.
#[track_caller]
fn assert_refused(workspace: &Workspace, args: &[&str], argument: &str) {
    let writes = workspace.writes_of(|| {
        let said = workspace.run(args).failed();
        for part in [TITLE, &format!(": {argument} = "), "is null"] {
            assert!(said.contains(part), "`{part}` of {args:?} in: {said}");
        }
    });
    assert!(writes.is_empty(), "{args:?}: {writes:?}");
}

/// Asserts that so many grants of the database password are there, and in the state.
#[track_caller]
fn assert_kept(workspace: &Workspace, count: usize) {
    let grants = workspace.world().grants(seed::SECRET_DB_PASSWORD);
    assert_eq!(grants.len(), count, "{grants:?}");
    let state = workspace.state();
    assert_eq!(state.len(), count, "{state:?}");
    assert!(state.values().all(|grant| grant["tainted"] != true));
}

#[test]
fn a_null_required_argument_is_rejected_and_keeps_the_grant() {
    let grant = Block::grant(TYPE).set("validity_time", &in_days(30));
    let workspace = Workspace::with(&grant);
    workspace.apply().succeeded();
    for argument in REQUIRED {
        workspace.write(grant.clone().set_to(argument, "null"));
        assert_refused(&workspace, &["validate"], argument);
        assert_refused(&workspace, &["plan", "-input=false"], argument);
        let apply = ["apply", "-input=false", "-auto-approve"];
        assert_refused(&workspace, &apply, argument);
        assert_kept(&workspace, 1);
    }
    workspace.write(&grant);
    workspace.assert_plan_is_empty();
}

#[test]
fn a_null_variable_is_rejected_at_plan() {
    let grant = Block::grant(TYPE);
    let variable = |default: &str| {
        format!("variable \"who\" {{\n  type    = string\n  default = {default}\n}}\n")
    };
    let config = |default: &str| {
        let grant = grant.clone().set_to("grantee_target_id", "var.who");
        format!("{grant}{}", variable(default))
    };
    let workspace = Workspace::with(config(&format!("{:?}", seed::USER_ANA)));
    workspace.apply().succeeded();
    workspace.write(config("null"));
    for command in ["plan", "apply"] {
        assert_refused(&workspace, &[command, "-input=false"], "grantee_target_id");
    }
    assert_kept(&workspace, 1);
}

#[test]
fn one_null_element_of_for_each_is_rejected_and_keeps_all_grants() {
    let config = |ben: &str| {
        Block::grant(TYPE)
            .set_to(
                "for_each",
                &format!("{{ ana = \"{}\", ben = {ben} }}", seed::USER_ANA),
            )
            .set_to("grantee_target_id", "each.value")
    };
    let workspace = Workspace::with(config(&format!("{:?}", seed::USER_BEN)));
    workspace.apply().succeeded();
    assert_kept(&workspace, 2);

    workspace.write(config("null"));
    for args in [
        &["plan", "-input=false"][..],
        &["apply", "-input=false", "-auto-approve"],
    ] {
        assert_refused(&workspace, args, "grantee_target_id");
        assert_kept(&workspace, 2);
    }
}

#[test]
fn an_argument_found_to_be_null_at_apply_is_rejected_before_any_write() {
    let late = "terraform_data.late.id == \"\" ? \"never\" : null";
    for argument in REQUIRED {
        let grant = Block::grant(TYPE).inside("lifecycle {\n    create_before_destroy = true\n  }");
        let workspace = Workspace::with(&grant);
        workspace.apply().succeeded();
        let source = "resource \"terraform_data\" \"late\" {}\n";
        workspace.write(format!("{}{source}", grant.set_to(argument, late)));
        workspace
            .run(&["plan", "-input=false", "-out=test.tfplan"])
            .succeeded();
        assert_refused(
            &workspace,
            &["apply", "-input=false", "test.tfplan"],
            argument,
        );
        assert_eq!(workspace.world().grants(seed::SECRET_DB_PASSWORD).len(), 1);
        assert!(workspace.state().contains_key("csms_grant.this"));
    }
}

#[test]
fn a_null_required_argument_of_a_data_source_is_rejected() {
    let workspace = Workspace::with(Block::data("csms_grants").set_to("resource_id", "null"));
    for command in [&["validate"][..], &["plan", "-input=false"]] {
        assert_refused(&workspace, command, "resource_id");
    }
}
