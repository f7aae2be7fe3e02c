//! The data source `csms_grants`, under both of its names.

use http::StatusCode;
use hwgrants::sandbox::{Fault, FaultAction, GranteeKind, When, seed};
use serde_json::{Value, json};

use crate::harness::{Block, PATIENCE, Workspace, in_days};

const SHORT: &str = "csms_grants";
const LONG: &str = "hwgrants_csms_grants";

/// Looks at the database password.
fn database(type_name: &str) -> Block {
    Block::data(type_name).set("resource_id", seed::SECRET_DB_PASSWORD)
}

/// Grants in the cloud, made by somebody else.
fn put(workspace: &Workspace, resource: &str, grantee: &str, kind: GranteeKind, end: Option<&str>) {
    let end = end.map(|date| date.parse().unwrap());
    let world = workspace.world();
    world.put_grant(resource, grantee, kind, end).unwrap();
}

/// The data source's attributes after an apply, which changed nothing.
#[track_caller]
fn seen(workspace: &Workspace, look: &Block) -> Value {
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert!(writes.is_empty(), "{writes:?}");
    workspace.attributes(&look.address())
}

#[test]
fn the_grants_of_a_secret_are_listed_with_expiry_and_status() {
    for type_name in [SHORT, LONG] {
        let look = database(type_name);
        let workspace = Workspace::with(&look);
        let (user, group) = (GranteeKind::User, GranteeKind::Group);
        let (later, before) = (in_days(30), in_days(-1));
        for (grantee, kind, end) in [
            (seed::USER_ANA, user, Some(later.as_str())),
            (seed::USER_BEN, user, Some(before.as_str())),
            (seed::USER_CHEN, user, Some(in_days(0).as_str())),
            (seed::GROUP_ONCALL, group, None),
        ] {
            put(&workspace, seed::SECRET_DB_PASSWORD, grantee, kind, end);
        }
        let seen = seen(&workspace, &look);
        assert_eq!(seen["name"], "db-password");
        assert_eq!(seen["type"], "SECRET");
        assert_eq!(seen["region"], seed::REGION);
        assert_eq!(seen["project_id"], seed::PROJECT_ID);
        let mut grants = seen["grants"].as_array().unwrap().clone();
        for grant in &mut grants {
            let created = grant.as_object_mut().unwrap().remove("create_time");
            let created = created.unwrap().as_str().unwrap().to_owned();
            created.parse::<jiff::Timestamp>().unwrap();
        }
        let grant = |id: &str, name: &str, end: Option<&str>, status: &str| json!({"grantee_target_id": id, "grantee_name": name, "validity_time": end, "status": status});
        // In the order of the sandbox's list.
        let expected = [
            grant(seed::GROUP_ONCALL, "On-call", None, "active"),
            grant(seed::USER_ANA, "Ana Ruiz", Some(&later), "active"),
            grant(seed::USER_BEN, "Ben Okafor", Some(&before), "expired"),
            grant(seed::USER_CHEN, "Chen Wei", Some(&in_days(0)), "active"),
        ];
        assert_eq!(grants, expected);
        workspace.assert_plan_is_empty();
    }
}

#[test]
fn the_grant_status_follows_the_provider_clock() {
    let look = database(SHORT);
    let mut workspace = Workspace::with(&look);
    let end = in_days(30);
    put(
        &workspace,
        seed::SECRET_DB_PASSWORD,
        seed::USER_ANA,
        GranteeKind::User,
        Some(&end),
    );
    assert_eq!(seen(&workspace, &look)["grants"][0]["status"], "active");
    workspace.set("HWGRANTS_CLOCK", "+31d");
    assert_eq!(seen(&workspace, &look)["grants"][0]["status"], "expired");
}

#[test]
fn a_secret_without_grants_has_an_empty_list() {
    for type_name in [SHORT, LONG] {
        let look = database(type_name);
        let workspace = Workspace::with(&look);
        let seen = seen(&workspace, &look);
        assert_eq!(seen["grants"], json!([]));
        assert_eq!(seen["name"], "db-password");
    }
}

#[test]
fn an_unknown_secret_names_its_argument_and_the_remedy() {
    for type_name in [SHORT, LONG] {
        let workspace = Workspace::with(Block::data(type_name).set("resource_id", "db-password"));
        let said = workspace.plan().failed();
        for words in [
            "Error: Secret not found",
            "resource_id = \"db-password\"",
            "`secret_id` attribute of `huaweicloud_csms_secret`",
            "secret group",
        ] {
            assert!(said.contains(words), "`{words}` in {said}");
        }
    }
}

#[test]
fn a_not_found_code_for_an_existing_secret_means_no_grants() {
    let look = database(SHORT);
    let workspace = Workspace::with(&look);
    let missing = FaultAction::error(StatusCode::BAD_REQUEST, "CSMS.0005", "No grants.");
    let fault = Fault::on("ListGrants", missing);
    workspace.world().faults().add(fault.endless());
    let seen = seen(&workspace, &look);
    assert_eq!(seen["grants"], json!([]));
    assert_eq!(seen["name"], "db-password");
    assert_eq!(seen["type"], "SECRET");
}

#[test]
fn secret_group_grants_are_listed_and_not_found_is_an_error() {
    let billing = seed::SECRET_GROUP_BILLING;
    let look = Block::data(SHORT).set("resource_id", billing);
    let workspace = Workspace::with(&look);
    put(&workspace, billing, seed::USER_ANA, GranteeKind::User, None);
    let seen = seen(&workspace, &look);
    assert_eq!(seen["type"], "GROUP");
    assert_eq!(seen["grants"][0]["grantee_target_id"], seed::USER_ANA);

    let missing = FaultAction::error(StatusCode::NOT_FOUND, "CSMS.0005", "No grants.");
    let fault = Fault::on("ListGrants", missing);
    workspace.world().faults().add(fault.endless());
    let said = workspace.plan().failed();
    assert!(
        said.contains("the group might exist but have no grants"),
        "{said}"
    );
}

#[test]
fn listed_grants_can_drive_for_each() {
    let look = database(SHORT);
    let workspace = Workspace::with(format!(
        "{look}resource \"terraform_data\" \"each\" {{\n  \
         for_each = {{ for grant in {}.grants : grant.grantee_target_id => grant }}\n  \
         input    = each.value.grantee_name\n}}\n",
        look.address()
    ));
    for grantee in [seed::USER_ANA, seed::USER_BEN] {
        put(
            &workspace,
            seed::SECRET_DB_PASSWORD,
            grantee,
            GranteeKind::User,
            None,
        );
    }
    workspace.apply().succeeded();
    let made = workspace.attributes(&format!("terraform_data.each[{:?}]", seed::USER_BEN));
    assert_eq!(made["output"], "Ben Okafor");
    workspace.assert_plan_is_empty();

    let world = workspace.world();
    assert!(world.remove_grant(seed::SECRET_DB_PASSWORD, seed::USER_BEN));
    let changes = workspace.changes();
    assert_eq!(changes.into_values().collect::<Vec<_>>(), ["delete"]);
}

#[test]
fn a_secret_id_known_after_apply_defers_the_read() {
    let look = Block::data(SHORT).set_to("resource_id", "terraform_data.secret.output");
    let workspace = Workspace::with(format!(
        "{look}resource \"terraform_data\" \"secret\" {{\n  input = {:?}\n}}\n",
        seed::SECRET_DB_PASSWORD
    ));
    put(
        &workspace,
        seed::SECRET_DB_PASSWORD,
        seed::USER_ANA,
        GranteeKind::User,
        None,
    );
    workspace.plan().says("will be read during apply");
    assert!(workspace.world().requests().is_empty());
    let seen = seen(&workspace, &look);
    assert_eq!(seen["grants"][0]["grantee_name"], "Ana Ruiz");
    workspace.assert_plan_is_empty();
}

#[test]
fn c79_a_data_source_names_the_unknown_provider_argument_it_needs() {
    let token = format!(
        "resource \"terraform_data\" \"token\" {{\n  input = {:?}\n}}\n",
        seed::TOKEN
    );
    let mut workspace = Workspace::with(format!("{}{token}", database(SHORT)));
    workspace.unset("HW_AUTH_TOKEN");
    workspace.provider("token = terraform_data.token.output");
    let said = workspace.plan().failed();
    assert!(
        said.contains("Provider configuration known only after apply") && said.contains("`token`"),
        "{said}"
    );
    assert!(workspace.world().requests().is_empty());
}

#[test]
fn a_data_source_reads_its_region_and_project_and_errors_name_them() {
    let look = database(SHORT)
        .set("region", seed::REGION)
        .set("project_id", seed::PROJECT_ID);
    let mut workspace = Workspace::with(&look);
    // A token is for one project only.
    workspace.unset("HW_AUTH_TOKEN");
    workspace.set("HW_ACCESS_KEY", seed::ACCESS_KEY);
    workspace.set("HW_SECRET_KEY", seed::SECRET_KEY);
    assert_eq!(seen(&workspace, &look)["name"], "db-password");

    let other = look
        .set("region", seed::OTHER_REGION)
        .set("project_id", seed::OTHER_PROJECT_ID);
    workspace.write(other);
    let said = workspace.plan().failed();
    for words in [
        "Secret not found",
        seed::OTHER_REGION,
        seed::OTHER_PROJECT_ID,
    ] {
        assert!(said.contains(words), "`{words}` in {said}");
    }
}

#[test]
fn a_data_source_read_respects_its_timeout() {
    let look = database(SHORT).inside("timeouts {\n    read = \"1s\"\n  }");
    let workspace = Workspace::with(&look);
    seen(&workspace, &look);
    let delay = FaultAction::Delay {
        delay: PATIENCE,
        when: When::BeforeEffect,
    };
    let fault = Fault::on("ListGrants", delay);
    workspace.world().faults().add(fault.endless());
    let said = workspace.plan().failed();
    assert!(said.contains("Timed out"), "{said}");
    assert!(said.contains("Error while listing the grants on"), "{said}");
}
