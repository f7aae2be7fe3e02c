//! Several states and several projects in one audit.

use std::io::Write;

use http::StatusCode;
use hwgrants::sandbox::{Fault, FaultAction, ResourceKind, SandboxResource, SecretState, seed};
use serde_json::json;

use super::call::{audited, audited_with, text};
use super::missing::{grant, json_of, reasons, sandbox, state, values, write};

const DB: &str = seed::SECRET_DB_PASSWORD;

/// A secret of the other project.
const FAR: &str = "far-secret";

/// Adds a secret to the other project.
fn add_far_secret(sandbox: &hwgrants::sandbox::BlockingSandbox) {
    let world = sandbox.world();
    let secret = SandboxResource {
        project_id: seed::OTHER_PROJECT_ID.into(),
        kind: ResourceKind::Secret,
        name: "far".to_owned(),
        state: SecretState::Enabled,
        created_at: world.now(),
    };
    world.add_resource(FAR, secret);
}

/// An access key is valid for both projects.
const KEYS: [(&str, &str); 3] = [
    ("HW_ACCESS_KEY", seed::ACCESS_KEY),
    ("HW_SECRET_KEY", seed::SECRET_KEY),
    ("HW_AUTH_TOKEN", ""),
];

#[test]
fn states_are_named_and_their_order_does_not_matter() {
    let sandbox = sandbox();
    grant(&sandbox, DB, seed::USER_ANA);
    let folder = tempfile::tempdir().unwrap();
    let both = state(&[("x", values(DB, seed::USER_ANA)), ("gone", values(DB, "b"))]);
    let one = state(&[("y", values(DB, seed::USER_ANA))]);
    let mut compressed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    compressed.write_all(&one).unwrap();
    let mut utf_16 = vec![0xff, 0xfe];
    let units = String::from_utf8(both.clone()).unwrap();
    utf_16.extend(units.encode_utf16().flat_map(u16::to_le_bytes));
    let paths = [
        write(&folder, "a.tfstate", &both),
        write(&folder, "b.json.gz", &compressed.finish().unwrap()),
        write(&folder, "c.json", &utf_16),
    ];
    let [a, b, c] = paths.each_ref().map(|path| path.to_str().unwrap());
    let named = format!("live/prod={c}");
    let mut outputs = Vec::new();
    for files in [[a, b], [b, a]] {
        for format in ["table", "json", "markdown", "sarif", "import"] {
            let args = [files[0], files[1], "--state", &named, "--format", format];
            let output = audited(Some(&sandbox), &args, b"");
            assert_eq!(output.status.code(), Some(0), "{}", text(output.stderr));
            outputs.push((text(output.stdout), text(output.stderr)));
        }
    }
    assert_eq!(outputs[..5], outputs[5..]);
    let document: serde_json::Value = serde_json::from_str(&outputs[1].0).unwrap();
    let gone = "a:hwgrants_csms_grant.gone, live/prod:hwgrants_csms_grant.gone";
    assert_eq!(
        reasons(&document, "missing"),
        [(gone.to_owned(), "not_listed".to_owned())]
    );
    let repeated: Vec<_> = reasons(&document, "repeated")
        .into_iter()
        .map(|(addresses, _)| addresses)
        .collect();
    let twice = "a:hwgrants_csms_grant.x, b:hwgrants_csms_grant.y, live/prod:hwgrants_csms_grant.x";
    assert_eq!(repeated, [gone, twice]);
    for (format, (stdout, _)) in ["table", "json", "markdown", "sarif"].iter().zip(&outputs) {
        for address in [
            "b:hwgrants_csms_grant.y",
            "live/prod:hwgrants_csms_grant.gone",
        ] {
            assert!(
                stdout.contains(address),
                "`{address}` in {format}: {stdout}"
            );
        }
    }
    // One state has no name, unless it is given one.
    let output = audited(Some(&sandbox), &[a], b"");
    assert!(text(output.stdout).contains("  hwgrants_csms_grant.gone\n"));
    let output = audited(Some(&sandbox), &["--state", &named], b"");
    assert!(text(output.stdout).contains("  live/prod:hwgrants_csms_grant.gone\n"));
}

#[test]
fn several_projects_are_audited_in_one_run() {
    let sandbox = sandbox();
    add_far_secret(&sandbox);
    grant(&sandbox, DB, seed::USER_ANA);
    grant(&sandbox, FAR, seed::USER_BEN);
    sandbox.world().set_delegation(seed::ACCOUNT_ID, true);
    let mut far = values(FAR, seed::USER_CHEN);
    far["region"] = seed::OTHER_REGION.into();
    far["project_id"] = seed::OTHER_PROJECT_ID.into();
    let state = state(&[("near", values(DB, "gone")), ("far", far)]);
    let far = format!("{}/{}", seed::OTHER_REGION, seed::OTHER_PROJECT_ID);
    let by_option = [
        "-",
        "--format",
        "json",
        "--project",
        seed::PROJECT_ID,
        "--project",
        &far,
    ];
    let by_state = ["-", "--format", "json", "--declared-projects"];
    for args in [&by_option[..], &by_state] {
        let output = audited_with(Some(&sandbox), &KEYS, args, &state);
        assert_eq!(output.status.code(), Some(0), "{}", text(output.stderr));
        let document = json_of(&output);
        let projects = json!([
            {"region": seed::OTHER_REGION, "project_id": seed::OTHER_PROJECT_ID, "is_read": true},
            {"region": seed::REGION, "project_id": seed::PROJECT_ID, "is_read": true},
        ]);
        assert_eq!(document["projects"], projects);
        let missing = ["far", "near"].map(|name| {
            let address = format!("hwgrants_csms_grant.{name}");
            (address, "not_listed".to_owned())
        });
        assert_eq!(reasons(&document, "missing"), missing);
        // Two grants, and the delegation of each region.
        assert_eq!(document["counts"]["undeclared"], 4);
    }
    // Without them, only the project of the settings.
    let output = audited_with(Some(&sandbox), &KEYS, &["-", "--format", "json"], &state);
    let document = json_of(&output);
    assert_eq!(reasons(&document, "missing").len(), 1);
    assert_eq!(
        reasons(&document, "not_checked"),
        [(
            "hwgrants_csms_grant.far".to_owned(),
            "other_project".to_owned()
        )]
    );
    // In a table, the region and the project tell the grants apart.
    let args = ["-", "--project", seed::PROJECT_ID, "--project", &far];
    let output = audited_with(Some(&sandbox), &KEYS, &args, &state);
    let stdout = text(output.stdout);
    let id = format!("{far}/SECRET/{FAR}/user/{}", seed::USER_BEN);
    assert!(stdout.contains(&id), "{stdout}");
    assert!(text(output.stderr).contains("grants in 2 projects: 4 live"));
}

#[test]
fn a_project_that_cannot_be_read_is_named_and_its_grants_are_not_checked() {
    let sandbox = sandbox();
    grant(&sandbox, DB, seed::USER_ANA);
    let denied = FaultAction::error(StatusCode::FORBIDDEN, "CSMS.0302", "Not allowed.");
    let path = format!("/v1/{}/secrets", seed::OTHER_PROJECT_ID);
    let fault = Fault::on_path("GET", &path, denied);
    sandbox.world().faults().add(fault.endless());
    let mut far = values(FAR, seed::USER_CHEN);
    far["region"] = seed::OTHER_REGION.into();
    far["project_id"] = seed::OTHER_PROJECT_ID.into();
    let state = state(&[("near", values(DB, "gone")), ("far", far)]);
    let args = [
        "-",
        "--declared-projects",
        "--format",
        "json",
        "--fail-on",
        "any",
    ];
    let output = audited_with(Some(&sandbox), &KEYS, &args, &state);
    assert_eq!(output.status.code(), Some(1));
    let document = json_of(&output);
    assert_eq!(
        reasons(&document, "not_checked"),
        [(
            "hwgrants_csms_grant.far".to_owned(),
            "project_unread".to_owned()
        )]
    );
    assert_eq!(reasons(&document, "missing").len(), 1);
    assert_eq!(document["counts"]["undeclared"], 1);
    let named = format!("project `{}`", seed::OTHER_PROJECT_ID);
    let stderr = text(output.stderr);
    assert!(stderr.contains(&named), "{stderr}");
    // If no project can be read, there is nothing to report.
    let far = format!("{}/{}", seed::OTHER_REGION, seed::OTHER_PROJECT_ID);
    let args = ["-", "--project", &far];
    let output = audited_with(Some(&sandbox), &KEYS, &args, &state);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(output.stdout), "");
}

#[test]
fn a_rejected_password_is_not_tried_for_each_project() {
    let sandbox = sandbox();
    let far = format!("{}/{}", seed::OTHER_REGION, seed::OTHER_PROJECT_ID);
    let wrong = [
        ("HW_AUTH_TOKEN", ""),
        ("HW_DOMAIN_NAME", seed::ACCOUNT_NAME),
        ("HW_USER_NAME", seed::USER_NAME),
        ("HW_USER_PASSWORD", "wrong"),
    ];
    let args = ["--project", seed::PROJECT_ID, "--project", &far];
    let output = audited_with(Some(&sandbox), &wrong, &args, b"");
    assert_eq!(output.status.code(), Some(1));
    let requests = sandbox.world().requests();
    let refused = requests
        .iter()
        .filter(|request| request.status == Some(401));
    assert_eq!(refused.count(), 1, "{}", text(output.stderr));
}

#[test]
fn a_token_reads_the_project_that_it_is_valid_for() {
    let sandbox = sandbox();
    grant(&sandbox, DB, seed::USER_ANA);
    // The real service checks the project of a token.
    let rejected = FaultAction::error(StatusCode::UNAUTHORIZED, "APIG.0301", "Incorrect token.");
    let path = format!("/v1/{}/secrets", seed::OTHER_PROJECT_ID);
    let fault = Fault::on_path("GET", &path, rejected);
    sandbox.world().faults().add(fault.endless());
    // It comes first in the order of regions.
    let far = format!("{}/{}", seed::OTHER_REGION, seed::OTHER_PROJECT_ID);
    let args = [
        "--project",
        seed::PROJECT_ID,
        "--project",
        &far,
        "--format",
        "json",
    ];
    let output = audited(Some(&sandbox), &args, b"");
    assert_eq!(output.status.code(), Some(1));
    let document = json_of(&output);
    let read = document["projects"].as_array().unwrap().iter();
    let read: Vec<_> = read.map(|project| &project["is_read"]).collect();
    assert_eq!(read, [false, true]);
    assert_eq!(document["counts"]["undeclared"], 1);
}
