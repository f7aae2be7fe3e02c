//! Taking on agencies after signing in: each with what the one before gave.

use hwgrants::sandbox::{
    AccountId, Agency, ProjectId, ResourceKind, SandboxResource, SecretState, World, seed,
};
use jiff::Timestamp;

use super::{
    KEY_VARIABLES, LOGIN, PROJECTS, TYPE, arguments, assert_applies, by_key, exported, principal,
    written,
};
use crate::harness::{Block, Workspace};

/// A secret of the account whose agency is assumed.
const SECRET_OF_PARTNER: &str = "0c6f2a91-7d48-4e35-b1f0-9a2e5c837d16";
/// An agency by which the second account is let back into the first.
const WAY_BACK: &str = "way-back";

const KEY: &str = "CreateTemporaryAccessKey";
const STS: &str = "AssumeAgency";
const ID_TOKEN: &str = "CreateTokenWithIdToken";

/// With a grant to be made in the account whose agency is assumed.
pub(super) fn abroad(workspace: Workspace) -> Workspace {
    let secret = SandboxResource {
        project_id: ProjectId::from(seed::AGENCY_PROJECT_ID),
        kind: ResourceKind::Secret,
        name: "shared-password".to_owned(),
        state: SecretState::Enabled,
        created_at: Timestamp::now(),
    };
    workspace.world().add_resource(SECRET_OF_PARTNER, secret);
    workspace.write(Block::grant(TYPE).set("resource_id", SECRET_OF_PARTNER));
    workspace
}

fn add_way_back(world: &World) {
    world.add_agency(Agency {
        principal: principal(WAY_BACK, seed::ACCOUNT_ID),
        trusted_account_id: AccountId::from(seed::AGENCY_ACCOUNT_ID),
    });
}

/// A block `assume_role` or `assume_role_with_oidc` with these arguments.
pub(super) fn block<const N: usize>(name: &str, inside: [(&str, &str); N]) -> String {
    format!("  {name} {{\n{}  }}\n", arguments(inside))
}

#[test]
fn an_agency_with_an_account_name_is_assumed_at_iam() {
    let role = [
        ("agency_name", seed::AGENCY_NAME),
        ("domain_name", seed::AGENCY_ACCOUNT_NAME),
    ];
    let [access_key, secret_key] = KEY_VARIABLES;
    for workspace in [
        written(by_key() + &block("assume_role", role)),
        exported([
            access_key,
            secret_key,
            ("HW_ASSUME_ROLE_AGENCY_NAME", seed::AGENCY_NAME),
            ("HW_ASSUME_ROLE_DOMAIN_NAME", seed::AGENCY_ACCOUNT_NAME),
        ]),
    ] {
        assert_applies(
            &abroad(workspace),
            &[KEY, PROJECTS],
            seed::AGENCY_PROJECT_ID,
        );
    }
}

#[test]
fn an_agency_with_an_account_id_is_assumed_at_sts() {
    let role = [
        ("agency_name", seed::AGENCY_NAME),
        ("domain_id", seed::AGENCY_ACCOUNT_ID),
    ];
    let [access_key, secret_key] = KEY_VARIABLES;
    for workspace in [
        written(by_key() + &block("assume_role", role)),
        exported([
            access_key,
            secret_key,
            ("HW_ASSUME_ROLE_AGENCY_NAME", seed::AGENCY_NAME),
            ("HW_ASSUME_ROLE_DOMAIN_ID", seed::AGENCY_ACCOUNT_ID),
        ]),
    ] {
        assert_applies(
            &abroad(workspace),
            &[STS, PROJECTS],
            seed::AGENCY_PROJECT_ID,
        );
    }
}

#[test]
fn several_agencies_are_assumed_one_after_the_other() {
    let first = block(
        "assume_role",
        [
            ("agency_name", seed::AGENCY_NAME),
            ("domain_name", seed::AGENCY_ACCOUNT_NAME),
        ],
    );
    let second = block(
        "assume_role",
        [("agency_name", WAY_BACK), ("domain_id", seed::ACCOUNT_ID)],
    );
    let workspace = written(by_key() + &first + &second);
    add_way_back(workspace.world());
    assert_applies(&workspace, &[KEY, STS, PROJECTS], seed::PROJECT_ID);
}

#[test]
fn a_token_is_exchanged_for_a_key_before_assuming_an_agency_at_sts() {
    let role = [
        ("agency_name", seed::AGENCY_NAME),
        ("domain_id", seed::AGENCY_ACCOUNT_ID),
    ];
    let token = arguments([("token", seed::TOKEN)]);
    let workspace = abroad(written(token + &block("assume_role", role)));
    let requests = [KEY, STS, PROJECTS];
    assert_applies(&workspace, &requests, seed::AGENCY_PROJECT_ID);
}

#[test]
fn an_identity_provider_token_assumes_an_agency() {
    let role = |source: (&'static str, &'static str)| {
        let inside = [
            ("agency_name", seed::AGENCY_NAME),
            ("domain_id", seed::AGENCY_ACCOUNT_ID),
            ("idp_id", seed::IDENTITY_PROVIDER_ID),
            source,
        ];
        written(block("assume_role_with_oidc", inside))
    };
    let variables = |source: (&'static str, &'static str)| {
        exported([
            ("HW_ASSUME_ROLE_AGENCY_NAME", seed::AGENCY_NAME),
            ("HW_ASSUME_ROLE_DOMAIN_ID", seed::AGENCY_ACCOUNT_ID),
            ("HW_ASSUME_ROLE_IDP_ID", seed::IDENTITY_PROVIDER_ID),
            source,
        ])
    };
    for workspace in [
        role(("id_token", seed::ID_TOKEN)),
        role(("id_token_file", "~/id-token")),
        variables(("HW_ASSUME_ROLE_ID_TOKEN", seed::ID_TOKEN)),
        variables(("HW_ASSUME_ROLE_ID_TOKEN_FILE", "~/id-token")),
    ] {
        workspace.write_file("id-token", &format!("{}\n", seed::ID_TOKEN));
        let requests = [ID_TOKEN, KEY, STS, PROJECTS];
        assert_applies(&abroad(workspace), &requests, seed::AGENCY_PROJECT_ID);
    }
}

#[test]
fn a_legacy_agency_provides_a_token_for_its_own_project() {
    let user = arguments([("user_id", seed::USER_ID), ("password", seed::PASSWORD)]);
    let agency = arguments([
        ("agency_name", seed::AGENCY_NAME),
        ("agency_domain_name", seed::AGENCY_ACCOUNT_NAME),
    ]);
    let [access_key, secret_key] = KEY_VARIABLES;
    let variables = [
        ("OS_AGENCY_NAME", seed::AGENCY_NAME),
        ("OS_AGENCY_DOMAIN_NAME", seed::AGENCY_ACCOUNT_NAME),
    ];
    for workspace in [
        written(user + &agency),
        exported([
            ("HW_USER_ID", seed::USER_ID),
            ("HW_USER_PASSWORD", seed::PASSWORD),
            variables[0],
            variables[1],
        ]),
    ] {
        assert_applies(&abroad(workspace), &[LOGIN, LOGIN], seed::AGENCY_PROJECT_ID);
    }
    // An access key signs the request for the agency's token itself, in the name of its own account.
    for workspace in [
        written(by_key() + &agency),
        exported([access_key, secret_key, variables[0], variables[1]]),
    ] {
        let requests = ["KeystoneListAuthDomains", LOGIN];
        assert_applies(&abroad(workspace), &requests, seed::AGENCY_PROJECT_ID);
    }
}
