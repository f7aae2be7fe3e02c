//! The life of a `csms_grant`, under both of its names.

use hwgrants::sandbox::{GranteeKind, seed};

use crate::harness::{Block, Workspace, in_days};

const SHORT: &str = "csms_grant";
const LONG: &str = "hwgrants_csms_grant";

/// The grantees of the database password, and the end of each grant.
fn granted(workspace: &Workspace) -> Vec<(String, Option<String>)> {
    let grants = workspace.world().grants(seed::SECRET_DB_PASSWORD);
    let shown = grants.into_iter().map(|(grantee, grant)| {
        (
            grantee.to_string(),
            grant.validity_date.map(|date| date.to_string()),
        )
    });
    shown.collect()
}

fn ana_until(date: &str) -> Vec<(String, Option<String>)> {
    vec![(seed::USER_ANA.to_owned(), Some(date.to_owned()))]
}

fn make_change_and_take_back(type_name: &str) {
    let grant = Block::grant(type_name).set("validity_time", &in_days(30));
    let address = grant.address();
    let workspace = Workspace::with(&grant);

    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_eq!(writes, ["CreateGrants"]);
    assert_eq!(granted(&workspace), ana_until(&in_days(30)));
    workspace.assert_plan_is_empty();
    let made = workspace.attributes(&address);
    assert_eq!(made["grantee_name"], "Ana Ruiz");
    assert_eq!(made["status"], "active");
    assert_eq!(
        made["id"],
        format!(
            "SECRET/{}/user/{}",
            seed::SECRET_DB_PASSWORD,
            seed::USER_ANA
        )
    );

    workspace.write(grant.clone().set("validity_time", &in_days(60)));
    assert_eq!(workspace.change(), "update");
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_eq!(writes, ["UpdateGrant"]);
    assert_eq!(granted(&workspace), ana_until(&in_days(60)));
    workspace.assert_plan_is_empty();
    let changed = workspace.attributes(&address);
    assert_eq!(changed["uuid"], made["uuid"]);

    let writes = workspace.writes_of(|| workspace.destroy().succeeded());
    assert_eq!(writes, ["DeleteGrant"]);
    assert_eq!(granted(&workspace), []);
    assert!(workspace.state().is_empty());
}

#[test]
fn a_grant_is_made_then_changed_by_one_put_then_taken_back() {
    make_change_and_take_back(SHORT);
}

#[test]
fn a_grant_is_made_then_changed_by_one_put_then_taken_back_under_its_long_name() {
    make_change_and_take_back(LONG);
}
