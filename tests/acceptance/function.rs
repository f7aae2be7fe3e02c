//! The provider's functions, called by real Terraform (1.8 or later).

use hwgrants::sandbox::{GranteeKind, seed};
use serde_json::json;

use crate::harness::{Block, Workspace, in_days};

const TYPE: &str = "hwgrants_csms_grant";

/// Days from the first to the last date of the test's grants.
const DAYS: i64 = 30;

/// A call of `days_from`.
fn end() -> String {
    format!("provider::hwgrants::days_from(\"{}\", {DAYS})", in_days(0))
}

/// A call of `grant_id` with these expressions for resource and grantee.
fn id(resource: &str, grantee: &str) -> String {
    format!("provider::hwgrants::grant_id(\"secret\", {resource}, \"0\", {grantee})")
}

fn output(name: &str, expression: &str) -> String {
    format!("output \"{name}\" {{\n  value = {expression}\n}}\n")
}

#[test]
fn c126_functions_give_the_same_results_in_plan_and_apply_and_the_next_plan_is_empty() {
    let grant = Block::grant(TYPE).set_to("validity_time", &end());
    let address = grant.address();
    let workspace = Workspace::with(format!(
        "{grant}{}{}{}",
        output(
            "id",
            &id(
                &format!("{address}.resource_id"),
                &format!("{address}.grantee_target_id"),
            ),
        ),
        output(
            "parts",
            &format!("provider::hwgrants::parse_grant_id({address}.id)")
        ),
        output(
            "is_same",
            &format!(
                "{address}.id == {}",
                id(
                    &format!("{address}.resource_id"),
                    &format!("{:?}", seed::USER_ANA)
                )
            ),
        ),
    ));
    workspace.run(&["validate"]).succeeded();
    workspace
        .run(&["plan", "-input=false", "-out=test.tfplan"])
        .succeeded();
    let plan = workspace.json(&["show", "-json", "test.tfplan"]);
    let planned = &plan["resource_changes"][0]["change"]["after"];
    assert_eq!(planned["validity_time"], in_days(DAYS));
    workspace
        .run(&["apply", "-input=false", "test.tfplan"])
        .succeeded();
    let outputs = workspace.json(&["output", "-json"]);
    let key = format!(
        "SECRET/{}/user/{}",
        seed::SECRET_DB_PASSWORD,
        seed::USER_ANA
    );
    assert_eq!(outputs["id"]["value"], key);
    assert_eq!(outputs["is_same"]["value"], true);
    let parts = json!({
        "region": null,
        "project_id": null,
        "type": "SECRET",
        "resource_id": seed::SECRET_DB_PASSWORD,
        "grantee_type": "user",
        "grantee_target_id": seed::USER_ANA,
    });
    assert_eq!(outputs["parts"]["value"], parts);
    assert_eq!(workspace.attributes(&address)["id"], key);
    workspace.assert_plan_is_empty();
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_eq!(writes, [""; 0]);
}

#[test]
fn a_grant_id_imports_existing_grants() {
    let users = [seed::USER_ANA, seed::USER_BEN];
    let grant = Block::grant(TYPE)
        .set_to("for_each", &format!("toset({users:?})"))
        .set_to("grantee_target_id", "each.key");
    let import = format!(
        "import {{\n  for_each = toset({users:?})\n  to       = {}[each.key]\n  id       = {}\n}}\n",
        grant.address(),
        id(&format!("{:?}", seed::SECRET_DB_PASSWORD), "each.key"),
    );
    let workspace = Workspace::with(format!("{grant}{import}"));
    for user in users {
        let (secret, kind) = (seed::SECRET_DB_PASSWORD, GranteeKind::User);
        workspace
            .world()
            .put_grant(secret, user, kind, None)
            .unwrap();
    }
    let writes = workspace.writes_of(|| {
        let apply = workspace.apply().succeeded();
        apply.says("2 imported, 0 added, 0 changed, 0 destroyed")
    });
    assert_eq!(writes, [""; 0]);
    workspace.write(&grant);
    workspace.assert_plan_is_empty();
}

#[test]
fn c126_an_unknown_argument_is_known_after_apply() {
    let later = |name: &str, value: &str| {
        format!("resource \"terraform_data\" \"{name}\" {{\n  input = {value:?}\n}}\n")
    };
    let day = "provider::hwgrants::days_from(terraform_data.day.output, 30)";
    let grant = Block::grant(TYPE).set_to("validity_time", day);
    let workspace = Workspace::with(format!("{grant}{}", later("day", &in_days(0))));
    workspace
        .run(&["plan", "-input=false", "-out=test.tfplan"])
        .succeeded()
        .says("validity_time = (known after apply)");
    workspace
        .run(&["apply", "-input=false", "test.tfplan"])
        .succeeded();
    assert_eq!(
        workspace.attributes(&grant.address())["validity_time"],
        in_days(DAYS)
    );
    workspace.assert_plan_is_empty();
}

#[test]
fn c127_terraform_names_the_parameter_of_an_invalid_argument() {
    let workspace = Workspace::new();
    for (call, parameter, text) in [
        (
            "days_from(\"2027-02-30\", 1)",
            "date",
            "`2027-02-30` is not a date in the format `YYYY-MM-DD`, such as `2027-01-31`.",
        ),
        (
            "days_from(\"2027-01-31\", 1.5)",
            "n",
            "The value must be a whole number of at most 64 bits.",
        ),
        (
            "days_from(\"2027-01-31\", 3652424)",
            "n",
            "Dates range from `0000-01-01` to `9999-12-31`",
        ),
        (
            "grant_id(\"KEY\", \"s\", \"user\", \"u\")",
            "type",
            "`type` is `KEY`, but must be one of `SECRET`, `GROUP`.",
        ),
        (
            "grant_id(\"SECRET\", \"s\", \"user\", \"a/b\")",
            "grantee_target_id",
            "`grantee_target_id`",
        ),
        (
            "parse_grant_id(\"SECRET/s/user\")",
            "id",
            "The ID must have 4 or 6 slash-separated parts, but has 3. Grant IDs have the format \
             `TYPE/resource_id/grantee_type/grantee_target_id`",
        ),
        ("parse_grant_id(null)", "id", "null"),
    ] {
        workspace.write(output("x", &format!("provider::hwgrants::{call}")));
        let said = workspace.run(&["validate"]).failed();
        let invalid = format!("Invalid value for \"{parameter}\" parameter: ");
        assert!(said.contains(&invalid) && said.contains(text), "{said}");
        assert!(!said.contains(".."), "{said}");
    }
    workspace.write(output("x", "provider::hwgrants::grant(\"x\")"));
    let said = workspace.run(&["validate"]).failed();
    assert!(said.contains("provider::hwgrants::grant"), "{said}");
}
