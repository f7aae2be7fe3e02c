//! What is said when nobody can sign in, and how often it is tried.

use std::time::{Duration, Instant};

use hwgrants::sandbox::{MetadataService, seed};

use super::role::block;
use super::{
    KEY_VARIABLES, LOGIN, TYPE, arguments, by_key, exported, operations, shared_config, stranger,
    written,
};
use crate::failure::shown;
use crate::harness::{Block, Workspace};

/// How soon somebody without credentials is told.
const PROMPT: Duration = Duration::from_secs(2);

/// What an apply says that cannot sign in, and the operations it asked for.
fn refusal(workspace: &Workspace) -> String {
    let text = shown(workspace);
    assert!(workspace.state().is_empty());
    let operations = operations(workspace);
    // Planning tries in vain as well, where that does no harm.
    let (planning, applying) = operations.split_at(operations.len() / 2);
    let operations = if planning == applying {
        applying
    } else {
        &operations
    };
    format!("{}\n{operations:?}", mask_provider(&text))
}

/// Without the provider's address, which differs between Terraform and OpenTofu.
fn mask_provider(text: &str) -> String {
    let start = "provider[\"";
    match text.split_once(start) {
        Some((before, after)) => {
            let (_, after) = after.split_once('"').unwrap();
            format!("{before}{start}[SOURCE]\"{after}")
        }
        None => text.to_owned(),
    }
}

#[test]
fn a_wrong_secret_key_is_refused() {
    let mut workspace = exported(KEY_VARIABLES);
    workspace.set("HW_SECRET_KEY", "wrong-secret-key");
    insta::assert_snapshot!(refusal(&workspace));
}

#[test]
fn a_rejected_profile_key_names_shared_config_file() {
    let workspace = written(arguments([("shared_config_file", "~/shared.json")]));
    workspace.write_file("shared.json", &shared_config());
    insta::assert_snapshot!(refusal(&workspace));
}

#[test]
fn a_wrong_token_of_an_identity_provider_is_refused() {
    let role = [
        ("agency_name", seed::AGENCY_NAME),
        ("domain_id", seed::AGENCY_ACCOUNT_ID),
        ("idp_id", seed::IDENTITY_PROVIDER_ID),
        ("id_token", "wrong-id-token"),
    ];
    let workspace = written(block("assume_role_with_oidc", role));
    insta::assert_snapshot!(refusal(&workspace));
}

#[test]
fn a_wrong_password_is_sent_once_for_all_resources() {
    let workspace = written(arguments([
        ("user_name", seed::USER_NAME),
        ("password", "wrong-password"),
        ("domain_name", seed::ACCOUNT_NAME),
    ]));
    insta::assert_snapshot!(refusal(&workspace));
    let one = Block::grant(TYPE).set("resource_id", seed::SECRET_API_KEY);
    let other = Block::grant(TYPE).to_string().replace("this", "other");
    workspace.write(format!("{one}{other}"));
    workspace.world().clear_requests();
    let said = workspace.apply().failed();
    assert_eq!(
        said.matches("Error: Authentication failed").count(),
        2,
        "{said}"
    );
    assert_eq!(operations(&workspace), [LOGIN]);
}

#[test]
fn an_unknown_agency_is_refused() {
    for (name, account) in [
        ("domain_name", seed::AGENCY_ACCOUNT_NAME),
        ("domain_id", seed::AGENCY_ACCOUNT_ID),
    ] {
        let role = [("agency_name", "nobody"), (name, account)];
        let workspace = written(by_key() + &block("assume_role", role));
        insta::assert_snapshot!(format!("unknown_agency_by_{name}"), refusal(&workspace));
    }
}

#[test]
fn a_missing_file_and_a_missing_profile_are_named() {
    let file = arguments([("shared_config_file", "~/shared.json")]);
    let profile = arguments([("profile", "nobody")]);
    let workspace = written(file + &profile);
    let without_file = refusal(&workspace);
    workspace.write_file("shared.json", &shared_config());
    let without_profile = refusal(&workspace);
    insta::assert_snapshot!([without_file, without_profile].join("\n\n"));
}

#[test]
fn a_missing_id_token_file_is_named() {
    let role = [
        ("agency_name", seed::AGENCY_NAME),
        ("domain_id", seed::AGENCY_ACCOUNT_ID),
        ("idp_id", seed::IDENTITY_PROVIDER_ID),
        ("id_token_file", "/nowhere/id-token"),
    ];
    let workspace = written(block("assume_role_with_oidc", role));
    insta::assert_snapshot!(refusal(&workspace));
}

#[test]
fn an_unsupported_signing_algorithm_is_refused() {
    let algorithm = arguments([("signing_algorithm", "HmacSM3")]);
    let by_argument = refusal(&written(by_key() + &algorithm));
    let mut workspace = exported(KEY_VARIABLES);
    workspace.set("HW_SIGNING_ALGORITHM", "HmacSM3");
    let by_variable = refusal(&workspace);
    insta::assert_snapshot!([by_argument, by_variable].join("\n\n"));
}

#[test]
fn incomplete_credentials_are_reported_without_a_metadata_fallback() {
    let workspace = exported([
        ("HW_ACCESS_KEY", seed::ACCESS_KEY),
        ("HW_USER_PASSWORD", seed::PASSWORD),
    ]);
    insta::assert_snapshot!(refusal(&workspace));
}

#[test]
fn missing_credentials_name_every_skipped_source_within_two_seconds() {
    let workspace = stranger();
    workspace.world().set_metadata(MetadataService::default());
    insta::assert_snapshot!(refusal(&workspace));
    // Of several plans the fastest one counts: what else this machine is busy with is not the provider's doing.
    let plan = |_| {
        let started = Instant::now();
        workspace.plan().says("no credentials found");
        started.elapsed()
    };
    let fastest = (0..5).map(plan).min().unwrap();
    assert!(fastest < PROMPT, "{fastest:?}");
}
