//! Signing in with every source of credentials, written in the provider block or in the environment: the requests it
//! takes, in their order, and what is said when it fails.

pub(crate) mod printed;
mod role;
mod secret;
mod trouble;

use std::fmt::Display;

use hwgrants::sandbox::{AccessKey, AccountId, Permission, Principal, RequestRecord, seed};
use jiff::{Timestamp, ToSpan};
use serde_json::json;

use crate::harness::{Block, Workspace};

const TYPE: &str = "csms_grant";
/// What making a grant takes once somebody is signed in and knows the project.
const GRANT: &[&str] = &["ListGrants", "CreateGrants", "ListGrants"];
const LOGIN: &str = "KeystoneCreateToken";
const PROJECTS: &str = "KeystoneListProjects";
const METADATA_TOKEN: &str = "CreateMetadataToken";
const METADATA_KEY: &str = "ShowSecurityKey";

/// A grant to be made by somebody of whom only the region is known.
fn stranger() -> Workspace {
    let mut workspace = Workspace::with(Block::grant(TYPE));
    for name in ["HW_AUTH_TOKEN", "HW_PROJECT_ID", "HW_DOMAIN_ID"] {
        workspace.unset(name);
    }
    workspace
}

/// With a source of credentials in the provider block.
fn written(arguments: impl Display) -> Workspace {
    let workspace = stranger();
    workspace.provider(&arguments.to_string());
    workspace
}

/// With a source of credentials in the environment.
fn exported<const N: usize>(variables: [(&str, &str); N]) -> Workspace {
    let mut workspace = stranger();
    for (name, value) in variables {
        workspace.set(name, value);
    }
    workspace
}

/// An argument a line.
fn arguments<const N: usize>(arguments: [(&str, &str); N]) -> String {
    let lines = arguments.map(|(name, value)| format!("  {name} = {value:?}\n"));
    lines.concat()
}

fn by_key() -> String {
    arguments([
        ("access_key", seed::ACCESS_KEY),
        ("secret_key", seed::SECRET_KEY),
    ])
}

const KEY_VARIABLES: [(&str, &str); 2] = [
    ("HW_ACCESS_KEY", seed::ACCESS_KEY),
    ("HW_SECRET_KEY", seed::SECRET_KEY),
];

/// The operations asked for so far.
fn operations(workspace: &Workspace) -> Vec<&'static str> {
    let requests = workspace.world().requests();
    let name = |request: &RequestRecord| request.operation.unwrap_or("no operation");
    requests.iter().map(name).collect()
}

/// Asserts that an apply takes these requests for signing in, makes the grant in this project, and leaves nothing to do.
///
/// Planning, which has a process of its own, may sign in too.
#[track_caller]
fn assert_applies(workspace: &Workspace, sign_in: &[&str], project_id: &str) {
    workspace.apply().succeeded();
    let operations = operations(workspace);
    let expected = [sign_in, GRANT].concat();
    let while_planning = operations.strip_suffix(expected.as_slice());
    let is_repeated = while_planning.is_some_and(|part| {
        // Planning looks whether the grant exists, if signing in for that does no harm.
        let part = part.strip_suffix(&["ListGrants"]).unwrap_or(part);
        sign_in.starts_with(part)
    });
    assert!(is_repeated, "{operations:?} instead of {expected:?}");
    let requests = workspace.world().requests();
    let created = requests
        .iter()
        .find(|one| one.operation == Some("CreateGrants"));
    let path = &created.unwrap().path;
    assert!(path.contains(project_id), "{project_id} in {path}");
    workspace.assert_plan_is_empty();
}

#[test]
fn a_token_is_used_directly_and_its_project_is_looked_up() {
    for workspace in [
        written(arguments([("token", seed::TOKEN)])),
        exported([("HW_AUTH_TOKEN", seed::TOKEN)]),
        exported([("OS_AUTH_TOKEN", seed::TOKEN)]),
    ] {
        assert_applies(&workspace, &[PROJECTS], seed::PROJECT_ID);
    }
}

#[test]
fn a_project_that_is_set_is_not_looked_up() {
    for mut workspace in [written(by_key()), exported(KEY_VARIABLES)] {
        workspace.set("HW_PROJECT_ID", seed::PROJECT_ID);
        assert_applies(&workspace, &[], seed::PROJECT_ID);
    }
    let project = arguments([("project_id", seed::PROJECT_ID)]);
    assert_applies(&written(by_key() + &project), &[], seed::PROJECT_ID);
}

#[test]
fn an_account_is_looked_up_only_if_it_is_needed_and_not_set() {
    let mut workspace = exported(KEY_VARIABLES);
    workspace.set("HW_PROJECT_ID", seed::PROJECT_ID);
    workspace.write(Block::of("repo_kms_grant"));
    workspace.apply().succeeded();
    let looked_up = operations(&workspace);
    assert!(looked_up.contains(&PROJECTS), "{looked_up:?}");
    assert!(workspace.world().is_delegated(seed::ACCOUNT_ID));
    workspace.destroy().succeeded();
    workspace.set("HW_DOMAIN_ID", seed::ACCOUNT_ID);
    workspace.world().clear_requests();
    workspace.apply().succeeded();
    let known = operations(&workspace);
    assert!(!known.contains(&PROJECTS), "{known:?}");
}

#[test]
fn an_access_key_signs_without_a_login() {
    for workspace in [
        written(by_key()),
        exported(KEY_VARIABLES),
        exported([
            ("OS_ACCESS_KEY", seed::ACCESS_KEY),
            ("OS_SECRET_KEY", seed::SECRET_KEY),
        ]),
    ] {
        assert_applies(&workspace, &[PROJECTS], seed::PROJECT_ID);
    }
}

#[test]
fn a_temporary_access_key_works_with_its_security_token() {
    const ACCESS_KEY: &str = "TEMPORARYKEY00000001";
    const SECURITY_TOKEN: &str = "security-token-52f0c6";
    let temporary = arguments([
        ("access_key", ACCESS_KEY),
        ("secret_key", seed::SECRET_KEY),
        ("security_token", SECURITY_TOKEN),
    ]);
    for workspace in [
        written(temporary),
        exported([
            ("HW_ACCESS_KEY", ACCESS_KEY),
            ("HW_SECRET_KEY", seed::SECRET_KEY),
            ("HW_SECURITY_TOKEN", SECURITY_TOKEN),
        ]),
    ] {
        let key = AccessKey {
            principal: principal(seed::USER_NAME, seed::ACCOUNT_ID),
            secret_key: seed::SECRET_KEY.into(),
            security_token: Some(SECURITY_TOKEN.into()),
            expires_at: Timestamp::now().checked_add(1.hour()).ok(),
        };
        workspace.world().add_access_key(ACCESS_KEY, key);
        assert_applies(&workspace, &[PROJECTS], seed::PROJECT_ID);
    }
}

#[test]
fn a_user_name_logs_in_to_the_project_of_the_region() {
    for workspace in [
        written(arguments([
            ("user_name", seed::USER_NAME),
            ("password", seed::PASSWORD),
            ("domain_name", seed::ACCOUNT_NAME),
        ])),
        exported([
            ("HW_USER_NAME", seed::USER_NAME),
            ("HW_USER_PASSWORD", seed::PASSWORD),
            ("HW_DOMAIN_NAME", seed::ACCOUNT_NAME),
        ]),
        exported([
            ("OS_USERNAME", seed::USER_NAME),
            ("OS_PASSWORD", seed::PASSWORD),
            ("OS_USER_DOMAIN_NAME", seed::ACCOUNT_NAME),
        ]),
    ] {
        assert_applies(&workspace, &[LOGIN], seed::PROJECT_ID);
    }
}

#[test]
fn a_user_id_logs_in_without_an_account_name() {
    for workspace in [
        written(arguments([
            ("user_id", seed::USER_ID),
            ("password", seed::PASSWORD),
        ])),
        exported([
            ("HW_USER_ID", seed::USER_ID),
            ("HW_USER_PASSWORD", seed::PASSWORD),
        ]),
    ] {
        assert_applies(&workspace, &[LOGIN], seed::PROJECT_ID);
    }
}

/// A file of `hcloud` with two profiles: the current one, whose key nobody knows, and `sandbox`.
fn shared_config() -> String {
    let profile = |name: &str, access_key: &str, secret_key: &str| {
        json!({
            "name": name,
            "mode": "AKSK",
            "accessKeyId": access_key,
            "secretAccessKey": secret_key,
            "region": seed::REGION,
        })
    };
    let file = json!({
        "current": "wrong",
        "profiles": [
            profile("wrong", "NOBODYSKEY0000000001", "nobodys-secret-key"),
            profile("sandbox", seed::ACCESS_KEY, seed::SECRET_KEY),
        ],
    });
    file.to_string()
}

#[test]
fn a_shared_config_profile_provides_key_and_region() {
    let file = arguments([("shared_config_file", "~/shared.json")]);
    for mut workspace in [
        written(file + &arguments([("profile", "sandbox")])),
        exported([
            ("HW_SHARED_CONFIG_FILE", "~/shared.json"),
            ("HW_PROFILE", "sandbox"),
        ]),
        // The profile's key counts more than one from the environment.
        exported([
            ("HW_SHARED_CONFIG_FILE", "~/shared.json"),
            ("HW_PROFILE", "sandbox"),
            ("HW_ACCESS_KEY", "ANOTHERKEY0000000001"),
            ("HW_SECRET_KEY", "another-secret-key"),
        ]),
    ] {
        workspace.unset("HW_REGION_NAME");
        workspace.write_file("shared.json", &shared_config());
        assert_applies(&workspace, &[PROJECTS], seed::PROJECT_ID);
    }
}

#[test]
fn explicit_arguments_take_precedence_over_the_profile() {
    let file = arguments([("shared_config_file", "~/shared.json")]);
    let workspace = written(file + &by_key());
    workspace.write_file("shared.json", &shared_config());
    assert_applies(&workspace, &[PROJECTS], seed::PROJECT_ID);
}

#[test]
fn a_token_takes_precedence_over_a_key_and_a_key_over_a_password() {
    let mut workspace = exported([
        ("HW_AUTH_TOKEN", seed::TOKEN),
        ("HW_ACCESS_KEY", "ANOTHERKEY0000000001"),
        ("HW_SECRET_KEY", "another-secret-key"),
    ]);
    assert_applies(&workspace, &[PROJECTS], seed::PROJECT_ID);
    workspace = exported(KEY_VARIABLES);
    workspace.set("HW_USER_ID", seed::USER_ID);
    workspace.set("HW_USER_PASSWORD", "wrong");
    assert_applies(&workspace, &[PROJECTS], seed::PROJECT_ID);
}

#[test]
fn credentials_fall_back_to_the_metadata_service() {
    let requests = [METADATA_TOKEN, METADATA_KEY, PROJECTS];
    assert_applies(&stranger(), &requests, seed::PROJECT_ID);
}

/// Somebody who may do everything.
fn principal(name: &str, account_id: &str) -> Principal {
    Principal {
        id: "0f7a3c51e94b4d28a6c07d1e5b82f936".to_owned(),
        name: name.to_owned(),
        account_id: AccountId::from(account_id),
        permissions: Permission::ALL.into(),
    }
}
