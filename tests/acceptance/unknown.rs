//! Values that only applying will tell.

use hwgrants::sandbox::{GranteeKind, seed};

use crate::harness::{Block, Workspace, in_days};

const TYPE: &str = "csms_grant";

/// A resource of Terraform's own whose output is unknown until it is applied.
fn later(name: &str, value: &str) -> String {
    format!("resource \"terraform_data\" \"{name}\" {{\n  input = \"{value}\"\n}}\n")
}

/// The value of [`later`].
fn output(name: &str) -> String {
    format!("terraform_data.{name}.output")
}

#[test]
fn c102_an_unknown_secret_id_and_expiry_stay_unknown_in_the_plan() {
    let grant = Block::grant(TYPE)
        .set_to("resource_id", &output("secret"))
        .set_to("validity_time", &output("end"));
    let workspace = Workspace::with(format!(
        "{grant}{}{}",
        later("secret", seed::SECRET_DB_PASSWORD),
        later("end", &in_days(30))
    ));
    workspace
        .run(&["plan", "-input=false", "-out=test.tfplan"])
        .succeeded();
    let plan = workspace.json(&["show", "-json", "test.tfplan"]);
    let changes = plan["resource_changes"].as_array().unwrap();
    let planned = changes
        .iter()
        .find(|change| change["address"] == grant.address())
        .unwrap();
    let unknown = &planned["change"]["after_unknown"];
    for attribute in ["resource_id", "validity_time", "id"] {
        assert_eq!(unknown[attribute], true, "{attribute}");
    }
    assert_eq!(planned["change"]["after"]["region"], seed::REGION);

    // C107: what was known in the plan is what is applied, or Terraform fails.
    workspace
        .run(&["apply", "-input=false", "test.tfplan"])
        .succeeded();
    workspace.assert_plan_is_empty();
    let made = workspace.attributes(&grant.address());
    assert_eq!(made["resource_id"], seed::SECRET_DB_PASSWORD);
    assert_eq!(made["validity_time"], in_days(30));
}

#[test]
fn c107_every_argument_may_be_unknown_at_plan() {
    let names = [
        "resource_id",
        "type",
        "grantee_type",
        "grantee_target_id",
        "validity_time",
        "reason",
        "region",
        "project_id",
    ];
    let grant = names.iter().fold(Block::of(TYPE), |grant, name| {
        grant.set_to(name, &output(name))
    });
    let values = [
        seed::SECRET_DB_PASSWORD,
        "secret",
        "0",
        seed::USER_ANA,
        &in_days(30),
        "why",
        seed::REGION,
        seed::PROJECT_ID,
    ];
    let sources: String = names
        .iter()
        .zip(values)
        .map(|(name, value)| later(name, value))
        .collect();
    let workspace = Workspace::with(format!("{grant}{sources}"));
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
    assert_eq!(
        workspace.attributes(&grant.address())["id"],
        format!(
            "SECRET/{}/user/{}",
            seed::SECRET_DB_PASSWORD,
            seed::USER_ANA
        )
    );
}

#[test]
fn an_invalid_value_known_after_apply_is_rejected_before_any_write() {
    for (argument, value, words) in [
        ("validity_time", "soon", "Invalid date"),
        ("type", "KEY", "Invalid value"),
        ("grantee_type", "role", "Invalid value"),
        ("validity_time", "2020-01-31", "Expiration date in the past"),
    ] {
        let grant = Block::grant(TYPE).set_to(argument, &output("late"));
        let workspace = Workspace::with(format!("{grant}{}", later("late", value)));
        workspace.plan();
        let said = workspace.apply().failed();
        assert!(
            said.contains(words) && said.contains(&format!("{argument} = ")),
            "{said}"
        );
        let requests = workspace.world().requests();
        let are_reads = requests.iter().all(|request| request.method == "GET");
        assert!(are_reads, "{requests:?}");
    }
}

#[test]
fn an_expiry_that_becomes_unknown_is_updated_with_one_put() {
    let grant = Block::grant(TYPE).set("validity_time", &in_days(30));
    let workspace = Workspace::with(&grant);
    workspace.apply().succeeded();
    let grant = grant.set_to("validity_time", &output("end"));
    workspace.write(format!("{grant}{}", later("end", &in_days(60))));
    assert_eq!(workspace.changes()[&grant.address()], "update");
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_eq!(writes, ["UpdateGrant"]);
    workspace.assert_plan_is_empty();
}

#[test]
fn c79_an_unknown_provider_argument_passes_a_plan_without_requests() {
    let grant = Block::grant(TYPE);
    let mut workspace = Workspace::with(format!("{grant}{}", later("token", seed::TOKEN)));
    workspace.unset("HW_AUTH_TOKEN");
    workspace.provider(&format!("token = {}", output("token")));
    let plan = workspace.plan();
    assert_eq!(plan.code, Some(2), "{plan}");
    let requests = workspace.world().requests();
    assert!(requests.is_empty(), "{requests:?}");

    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
}

#[test]
fn c79_a_project_unknown_at_plan_is_known_after_apply() {
    let grant = Block::grant(TYPE);
    let mut workspace = Workspace::with(format!("{grant}{}", later("project", seed::PROJECT_ID)));
    workspace.unset("HW_PROJECT_ID");
    workspace.provider(&format!("project_id = {}", output("project")));
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
    let made = workspace.attributes(&grant.address());
    assert_eq!(made["project_id"], seed::PROJECT_ID);
}

#[test]
fn c79_a_plan_that_sends_requests_names_the_unknown_provider_argument() {
    let grant = Block::grant(TYPE);
    let mut workspace = Workspace::with(&grant);
    let (secret, ana) = (seed::SECRET_DB_PASSWORD, seed::USER_ANA);
    let made = workspace
        .world()
        .put_grant(secret, ana, GranteeKind::User, None);
    made.unwrap();
    let id = format!("SECRET/{secret}/user/{ana}");
    workspace
        .run(&["import", "-input=false", &grant.address(), &id])
        .succeeded();

    workspace.unset("HW_AUTH_TOKEN");
    workspace.provider(&format!("token = {}", output("token")));
    workspace.write(format!("{grant}{}", later("token", seed::TOKEN)));
    let said = workspace.plan().failed();
    assert!(
        said.contains("Provider configuration known only after apply") && said.contains("`token`"),
        "{said}"
    );
}

#[test]
fn c79_a_partly_unknown_access_key_passes_a_plan_without_requests() {
    let grant = Block::grant(TYPE);
    let secret_key = later("secret_key", seed::SECRET_KEY);
    let mut workspace = Workspace::with(format!("{grant}{secret_key}"));
    workspace.unset("HW_AUTH_TOKEN");
    workspace.provider(&format!(
        "access_key = {:?}\n  secret_key = {}",
        seed::ACCESS_KEY,
        output("secret_key")
    ));
    let plan = workspace.plan();
    assert_eq!(plan.code, Some(2), "{plan}");
    let requests = workspace.world().requests();
    assert!(requests.is_empty(), "{requests:?}");

    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
}
