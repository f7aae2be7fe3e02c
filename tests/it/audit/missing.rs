//! Declared grants that no longer exist, and those of which that is not known.

use std::path::{Path, PathBuf};
use std::process::Output;

use http::StatusCode;
use hwgrants::sandbox::{BlockingSandbox, Fault, FaultAction, GranteeKind, SandboxOptions, seed};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::call::{audited, text};

const DB: &str = seed::SECRET_DB_PASSWORD;
const API: &str = seed::SECRET_API_KEY;

/// A secret that does not exist.
const DELETED: &str = "0c5a9a0e-8f41-4f0c-9a55-d2f1b7f4c001";

pub(super) fn sandbox() -> BlockingSandbox {
    BlockingSandbox::start(SandboxOptions::default()).unwrap()
}

pub(super) fn grant(sandbox: &BlockingSandbox, secret: &str, grantee: &str) {
    let world = sandbox.world();
    let put = world.put_grant(secret, grantee, GranteeKind::User, None);
    put.unwrap();
}

/// The values of a grant to a user.
pub(super) fn values(secret: &str, grantee: &str) -> Value {
    json!({
        "region": seed::REGION, "project_id": seed::PROJECT_ID, "type": "SECRET", "resource_id": secret,
        "grantee_type": "user", "grantee_target_id": grantee,
    })
}

/// The values with other ones instead.
fn with(mut values: Value, other: Value) -> Value {
    let values_map = values.as_object_mut().unwrap();
    values_map.extend(other.as_object().unwrap().clone());
    values
}

/// A state with these grants, as `terraform show -json` prints it.
pub(super) fn state(grants: &[(&str, Value)]) -> Vec<u8> {
    let resources = grants.iter().map(|(name, values)| {
        let kind = match values.get("tenant_id") {
            Some(_) => "hwgrants_repo_kms_grant",
            None => "hwgrants_csms_grant",
        };
        json!({"address": format!("{kind}.{name}"), "mode": "managed", "type": kind, "name": name, "values": values})
    });
    let resources: Vec<_> = resources.collect();
    let state =
        json!({"format_version": "1.0", "values": {"root_module": {"resources": resources}}});
    state.to_string().into_bytes()
}

/// Writes a state, and returns its path.
pub(super) fn write(folder: &TempDir, name: &str, state: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, state).unwrap();
    path
}

pub(super) fn json_of(output: &Output) -> Value {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let document: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/audit.schema.json");
    let schema = std::fs::read_to_string(schema).unwrap();
    jsonschema::validate(&serde_json::from_str(&schema).unwrap(), &document).unwrap();
    document
}

/// The addresses of declared grants, each with why it is in this list.
pub(super) fn reasons(document: &Value, list: &str) -> Vec<(String, String)> {
    let entries = document[list].as_array().unwrap().iter();
    let named = entries.map(|entry| {
        let addresses = entry["addresses"].as_array().unwrap().iter();
        let addresses: Vec<_> = addresses.map(|it| it.as_str().unwrap()).collect();
        let reason = entry["reason"].as_str().unwrap_or_default();
        (addresses.join(", "), reason.to_owned())
    });
    named.collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let expected = expected.iter();
    expected
        .map(|(address, reason)| ((*address).to_owned(), (*reason).to_owned()))
        .collect()
}

#[test]
fn only_grants_that_certainly_no_longer_exist_are_missing() {
    let sandbox = sandbox();
    grant(&sandbox, DB, seed::USER_ANA);
    let ana = values(DB, seed::USER_ANA);
    let ben = values(DB, seed::USER_BEN);
    let state = state(&[
        ("there", ana.clone()),
        ("revoked", ben.clone()),
        ("deleted", values(DELETED, seed::USER_ANA)),
        (
            "deleted_group",
            with(values(DELETED, "g"), json!({"grantee_type": "group"})),
        ),
        (
            "group",
            with(
                values(DB, seed::GROUP_ONCALL),
                json!({"grantee_type": "group"}),
            ),
        ),
        (
            "expired",
            with(
                values(API, seed::USER_BEN),
                json!({"validity_time": "2020-01-31"}),
            ),
        ),
        (
            "elsewhere",
            with(ben.clone(), json!({"project_id": seed::OTHER_PROJECT_ID})),
        ),
        (
            "delegation",
            json!({"region": seed::REGION, "tenant_id": seed::ACCOUNT_ID}),
        ),
        (
            "other_account",
            json!({"region": seed::REGION, "tenant_id": seed::AGENCY_ACCOUNT_ID}),
        ),
    ]);
    let args = ["-", "--format", "json", "--fail-on", "any"];
    let output = audited(Some(&sandbox), &args, &state);
    assert_eq!(output.status.code(), Some(2));
    let document = json_of(&output);
    assert_eq!(
        reasons(&document, "missing"),
        pairs(&[
            ("hwgrants_csms_grant.deleted", "no_secret"),
            ("hwgrants_csms_grant.deleted_group", "no_secret"),
            ("hwgrants_csms_grant.revoked", "not_listed"),
            ("hwgrants_repo_kms_grant.delegation", "not_listed"),
        ])
    );
    assert_eq!(
        reasons(&document, "not_checked"),
        pairs(&[
            ("hwgrants_csms_grant.elsewhere", "other_project"),
            ("hwgrants_repo_kms_grant.other_account", "other_account"),
            ("hwgrants_csms_grant.group", "user_group"),
            ("hwgrants_csms_grant.expired", "expired"),
        ])
    );
    let counts = &document["counts"];
    assert_eq!([&counts["missing"], &counts["not_checked"]], [4, 4]);

    // Of what is left out, nothing is concluded.
    let args = ["-", "--format", "json", "--fail-on", "any", "--secret", API];
    let output = audited(Some(&sandbox), &args, &state);
    assert_eq!(output.status.code(), Some(0));
    let document = json_of(&output);
    assert_eq!(reasons(&document, "missing"), []);
    assert_eq!(document["counts"]["not_checked"], 9);
}

#[test]
fn one_list_that_lags_makes_no_grant_missing() {
    let sandbox = sandbox();
    grant(&sandbox, DB, seed::USER_ANA);
    let empty = json!({"data": {"id": DB, "create_time": 1, "grantee_user": []}});
    let empty = FaultAction::raw(StatusCode::OK, &empty.to_string());
    let gone = FaultAction::error(StatusCode::NOT_FOUND, "CSMS.0005", "It does not exist.");
    let state = state(&[("a", values(DB, seed::USER_ANA))]);
    for lag in [empty.clone(), gone] {
        sandbox.world().faults().add(Fault::on("ListGrants", lag));
        let args = ["-", "--fail-on", "any", "--secret", DB];
        let output = audited(Some(&sandbox), &args, &state);
        let stderr = text(output.stderr);
        assert!(
            stderr.contains("1 live, 1 declared, 0 undeclared"),
            "{stderr}"
        );
        assert_eq!(output.status.code(), Some(0), "{stderr}");
    }
    // Two that agree are believed.
    let twice = Fault::on("ListGrants", empty).times(2);
    sandbox.world().faults().add(twice);
    let args = ["-", "--fail-on", "any", "--secret", DB];
    let output = audited(Some(&sandbox), &args, &state);
    assert_eq!(output.status.code(), Some(2));
    // The same of the delegation.
    sandbox.world().set_delegation(seed::ACCOUNT_ID, true);
    let not = json!({"tenant_id": seed::ACCOUNT_ID, "assumed": false});
    let not = FaultAction::raw(StatusCode::ACCEPTED, &not.to_string());
    sandbox
        .world()
        .faults()
        .add(Fault::on("ShowTenantKmsGrant", not));
    let delegation = json!({"region": seed::REGION, "tenant_id": seed::ACCOUNT_ID});
    let state = self::state(&[("a", values(DB, seed::USER_ANA)), ("d", delegation)]);
    let output = audited(Some(&sandbox), &["-", "--fail-on", "any"], &state);
    assert_eq!(output.status.code(), Some(0), "{}", text(output.stderr));
}

/// The provider waits for a new grant, and an audit right after the apply must not call it missing.
#[test]
fn a_new_grant_that_is_not_listed_yet_is_waited_for() {
    let sandbox = sandbox();
    grant(&sandbox, DB, seed::USER_ANA);
    let empty = json!({"data": {"id": DB, "create_time": 1, "grantee_user": []}});
    let empty = FaultAction::raw(StatusCode::OK, &empty.to_string());
    let created = |at: Timestamp| {
        let mut values = values(DB, seed::USER_ANA);
        values["create_time"] = json!(at.to_string());
        state(&[("a", values)])
    };
    let args = ["-", "--fail-on", "any", "--secret", DB];
    let now = Timestamp::now();
    let old = now - SignedDuration::from_hours(1);
    for (at, status) in [(now, 0), (old, 2)] {
        let twice = Fault::on("ListGrants", empty.clone()).times(2);
        sandbox.world().faults().add(twice);
        let output = audited(Some(&sandbox), &args, &created(at));
        let stderr = text(output.stderr);
        assert_eq!(output.status.code(), Some(status), "{at}: {stderr}");
    }
}

#[test]
fn a_secret_that_cannot_be_read_leaves_its_grants_unchecked_and_fails_the_audit() {
    let sandbox = sandbox();
    let state = state(&[
        ("a", values(DB, seed::USER_ANA)),
        ("b", values(API, seed::USER_ANA)),
    ]);
    let denied = FaultAction::error(StatusCode::FORBIDDEN, "CSMS.0302", "Not <b>allowed</b>.");
    let fault = Fault::on("ListGrants", denied);
    let faults = sandbox.world().faults();
    faults.add(fault.after(1).endless());
    let args = ["-", "--format", "json", "--fail-on", "any"];
    let output = audited(Some(&sandbox), &args, &state);
    assert_eq!(output.status.code(), Some(1));
    let document = json_of(&output);
    assert_eq!(document["is_complete"], false);
    // The only answer is the first list of a secret, which has to be read twice.
    assert_eq!(reasons(&document, "missing"), []);
    let unread = reasons(&document, "not_checked");
    assert!(
        unread.iter().all(|(_, reason)| reason == "unread"),
        "{unread:?}"
    );
    assert_eq!(unread.len(), 2);
    assert!(document["not_audited"].as_array().unwrap().len() >= 3);
    let stderr = text(output.stderr);
    for words in [
        "error: the audit is incomplete. Not audited:\n  secret `",
        "hint: ask an administrator",
    ] {
        assert!(stderr.contains(words), "`{words}` in {stderr}");
    }
}

#[test]
fn after_a_failure_of_the_service_no_further_secret_is_read() {
    let sandbox = sandbox();
    for number in 0..40 {
        let world = sandbox.world();
        let secret = hwgrants::sandbox::SandboxResource {
            project_id: seed::PROJECT_ID.into(),
            kind: hwgrants::sandbox::ResourceKind::Secret,
            name: format!("name-{number}"),
            state: hwgrants::sandbox::SecretState::Enabled,
            created_at: world.now(),
        };
        world.add_resource(&format!("secret-{number}"), secret);
    }
    let broken = FaultAction::error(StatusCode::INTERNAL_SERVER_ERROR, "CSMS.0500", "Broken.");
    let faults = sandbox.world().faults();
    faults.add(Fault::on("ListGrants", broken).endless());
    let state = state(&[("a", values(DB, seed::USER_ANA))]);
    let output = super::call::audited_with(
        Some(&sandbox),
        &[("HW_MAX_RETRIES", "0")],
        &["-", "--format", "json"],
        &state,
    );
    assert_eq!(output.status.code(), Some(1));
    let document = json_of(&output);
    assert_eq!(
        reasons(&document, "not_checked"),
        pairs(&[("hwgrants_csms_grant.a", "unread")])
    );
    let requests = sandbox.world().requests();
    let lists = requests
        .iter()
        .filter(|request| request.operation == Some("ListGrants"));
    assert!(lists.count() <= 8, "those under way at the first failure");
    assert!(text(output.stderr).contains("hint: try again later"));
}
