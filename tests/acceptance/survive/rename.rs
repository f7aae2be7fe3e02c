//! Renamed blocks, and two blocks for one grant.

use std::collections::BTreeSet;

use hwgrants::sandbox::{Duplicate, Groups, Quirks, seed};

use super::{TYPE, ana_until, granted};
use crate::harness::{Block, Workspace, in_days};

const GRANTS: usize = 50;

const SECRETS: [&str; 3] = [
    seed::SECRET_DB_PASSWORD,
    seed::SECRET_API_KEY,
    seed::SECRET_TLS_CERTIFICATE,
];

/// 50 grants on three secrets, by keys that begin so.
fn many(prefix: &str) -> Block {
    let numbers =
        format!("{{ for number in range({GRANTS}) : \"{prefix}-${{number}}\" => number }}");
    Block::of(TYPE)
        .set_to("for_each", &numbers)
        .set_to("resource_id", &format!("{SECRETS:?}[each.value % 3]"))
        .set("type", "SECRET")
        .set("grantee_type", "user")
        .set("grantee_target_id", "user-${each.value}")
        .set("validity_time", &in_days(30))
}

/// All 50 grants exist once, each in the state at its address, and a plan is empty.
#[track_caller]
fn assert_all(workspace: &Workspace, prefix: &str) {
    let expected: BTreeSet<_> = (0..GRANTS)
        .map(|number| {
            let secret = SECRETS[number % 3];
            (
                format!("{TYPE}.this[\"{prefix}-{number}\"]"),
                format!("SECRET/{secret}/user/user-{number}"),
            )
        })
        .collect();
    let state = workspace.state().into_iter();
    let held: BTreeSet<_> = state
        .map(|(address, resource)| {
            let id = resource["values"]["id"].as_str().unwrap().to_owned();
            (address, id)
        })
        .collect();
    assert_eq!(held, expected);
    let granted: BTreeSet<_> = SECRETS
        .iter()
        .flat_map(|secret| {
            let grantees = granted(workspace.world(), secret).into_keys();
            grantees.map(move |grantee| format!("SECRET/{secret}/user/{grantee}"))
        })
        .collect();
    assert_eq!(granted, expected.into_iter().map(|(_, id)| id).collect());
    workspace.assert_plan_is_empty();
}

fn rename(lifecycle: &str) {
    let config = |prefix| many(prefix).inside(lifecycle);
    let workspace = Workspace::with(config("old"));
    // The service that punishes a second create most.
    workspace.world().set_quirks(Quirks {
        duplicate: Duplicate::Doubled,
        ..Quirks::default()
    });
    workspace.apply().succeeded();
    assert_all(&workspace, "old");

    workspace.write(config("new"));
    workspace
        .apply()
        .succeeded()
        .says("50 added, 0 changed, 50 destroyed");
    assert_all(&workspace, "new");

    workspace.destroy().succeeded();
    for secret in SECRETS {
        assert!(granted(workspace.world(), secret).is_empty());
    }
}

#[test]
fn fifty_renamed_keys_leave_fifty_grants_each_at_its_new_address() {
    rename("");
}

#[test]
fn renaming_fifty_keys_with_create_before_destroy_keeps_every_grant() {
    rename("lifecycle {\n    create_before_destroy = true\n  }");
}

#[test]
fn a_renamed_unlisted_group_grant_exists_once_at_its_new_address() {
    let workspace = Workspace::new();
    workspace.world().set_quirks(Quirks {
        groups: Groups::Invisible,
        ..Quirks::default()
    });
    let grant = ana_until(&in_days(30))
        .set("grantee_type", "group")
        .set("grantee_target_id", seed::GROUP_ONCALL);
    for name in ["this", "renamed"] {
        let renamed = format!("\"{name}\"");
        workspace.write(grant.to_string().replace("\"this\"", &renamed));
        workspace.apply().succeeded();
        let state = workspace.state();
        assert_eq!(
            state.keys().collect::<Vec<_>>(),
            [&format!("{TYPE}.{name}")]
        );
        let made = granted(workspace.world(), seed::SECRET_DB_PASSWORD);
        let expected = [(seed::GROUP_ONCALL.to_owned(), Some(in_days(30)))].into();
        assert_eq!(made, expected, "{name}");
        workspace.assert_plan_is_empty();
    }
}

/// What an apply says when one block is there twice.
#[track_caller]
fn said_of_two(workspace: &Workspace, block: &Block) -> String {
    let same = block.to_string().replace("\"this\"", "\"same\"");
    workspace.write(format!("{block}{same}"));
    workspace.apply().failed()
}

#[test]
fn two_blocks_for_one_grant_fail_and_name_the_grant() {
    let end = in_days(30);
    let workspace = Workspace::new();
    let said = said_of_two(&workspace, &ana_until(&end));
    let (secret, ana) = (seed::SECRET_DB_PASSWORD, seed::USER_ANA);
    assert!(said.contains("Grant declared twice"), "{said}");
    assert!(
        said.contains(&format!("`SECRET/{secret}/user/{ana}`")),
        "{said}"
    );
    assert!(granted(workspace.world(), secret).is_empty());
    assert!(workspace.state().is_empty());
}

#[test]
fn one_of_two_blocks_for_a_delegation_fails_and_names_the_account() {
    let workspace = Workspace::new();
    let said = said_of_two(&workspace, &Block::of("repo_kms_grant"));
    assert!(said.contains("Delegation declared twice"), "{said}");
    assert!(said.contains(seed::ACCOUNT_ID), "{said}");
    assert!(workspace.world().is_delegated(seed::ACCOUNT_ID));
    assert_eq!(workspace.state().len(), 1);
}
