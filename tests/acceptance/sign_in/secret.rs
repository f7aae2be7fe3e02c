//! Secrets that are signed in with: in no log, no output, no state and no plan file.

use std::fs::{self, File};
use std::io::{Read, Write};

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hwgrants::sandbox::{
    AccessKey, Fault, FaultAction, IdentityProvider, Principal, SandboxUser, seed,
};
use jiff::{Timestamp, ToSpan};
use serde_json::json;
use zip::ZipArchive;

use super::role::{abroad, block};
use super::{arguments, exported, principal, written};
use crate::harness::{Debugged, Workspace, served_by};

const ACCESS_KEY: &str = "PLANTEDKEY0000000001";
const SECRET_KEY: &str = "planted-secret-key-41c07e9d5b";
const SECURITY_TOKEN: &str = "planted-security-token-d93f6a20c8";
const PASSWORD: &str = "planted-password-7b15e0f4a2";
const ID_TOKEN: &str = "planted-id-token-0e8c6d31f9";
const IN_ARRAY: &str = "planted-in-array-5f2a98b7c3";

const BY_KEY: [(&str, &str); 3] = [
    ("HW_ACCESS_KEY", ACCESS_KEY),
    ("HW_SECRET_KEY", SECRET_KEY),
    ("HW_SECURITY_TOKEN", SECURITY_TOKEN),
];
const BY_PASSWORD: [(&str, &str); 3] = [
    ("HW_USER_NAME", seed::USER_NAME),
    ("HW_DOMAIN_NAME", seed::ACCOUNT_NAME),
    ("HW_USER_PASSWORD", PASSWORD),
];
const BY_ID_TOKEN: [(&str, &str); 4] = [
    ("HW_ASSUME_ROLE_AGENCY_NAME", seed::AGENCY_NAME),
    ("HW_ASSUME_ROLE_DOMAIN_ID", seed::AGENCY_ACCOUNT_ID),
    ("HW_ASSUME_ROLE_IDP_ID", seed::IDENTITY_PROVIDER_ID),
    ("HW_ASSUME_ROLE_ID_TOKEN", ID_TOKEN),
];

/// With Terraform and the plugin logging all they can, in front of a cloud that knows the planted secrets.
fn talkative(mut workspace: Workspace) -> Workspace {
    let log = workspace.path().join("trace.log");
    workspace.set("TF_LOG", "TRACE");
    workspace.set("TF_LOG_PATH", log.display());
    let deployer = principal(seed::USER_NAME, seed::ACCOUNT_ID);
    let world = workspace.world();
    let key = AccessKey {
        principal: deployer.clone(),
        secret_key: SECRET_KEY.into(),
        security_token: Some(SECURITY_TOKEN.into()),
        expires_at: Timestamp::now().checked_add(1.hour()).ok(),
    };
    world.add_access_key(ACCESS_KEY, key);
    world.add_user(SandboxUser {
        principal: Principal {
            id: seed::USER_ID.to_owned(),
            ..deployer.clone()
        },
        password: PASSWORD.into(),
    });
    let id_tokens = [(ID_TOKEN.into(), deployer)].into();
    world.add_identity_provider(seed::IDENTITY_PROVIDER_ID, IdentityProvider { id_tokens });
    workspace
}

/// Makes a grant, fails in front of a cloud that echoes these secrets, and returns all that could be read of it.
fn life(workspace: &Workspace, secrets: &[&str]) -> String {
    let mut seen = String::new();
    let steps: [&[&str]; 4] = [
        &["apply", "-input=false", "-auto-approve"],
        &["show"],
        &["show", "-json"],
        &["plan", "-input=false"],
    ];
    for step in steps {
        seen += &workspace.run(step).succeeded().to_string();
    }
    seen += &echoed(workspace, secrets);
    let log = fs::read_to_string(workspace.path().join("trace.log")).unwrap();
    assert!(
        log.contains("ListGrants") && log.contains("tf_rpc"),
        "the plugin has logged nothing"
    );
    let state = fs::read_to_string(workspace.path().join("terraform.tfstate")).unwrap();
    seen + &log + &state
}

/// Plans in front of a cloud that echoes these secrets, in every form, where nobody looks for them and where everybody
/// does, and returns what Terraform says.
fn echoed(workspace: &Workspace, secrets: &[&str]) -> String {
    let mut seen = String::new();
    let words = format!(
        "{ESCAPES} {} {} {SIGNED}",
        secrets.join(" "),
        base64(secrets)
    );
    for echo in [
        json!({"errors": [{"detail": secrets.join(" "), "password": [IN_ARRAY]}]}),
        json!({"error_code": "CSMS.0002", "error_msg": words, "request_id": words}),
    ] {
        let echoing = FaultAction::raw(StatusCode::BAD_REQUEST, &echo.to_string());
        let fault = Fault::on_any(echoing).endless();
        workspace.world().faults().add(fault);
        let failed = workspace.plan();
        assert_eq!(failed.code, Some(1), "{failed}");
        seen += &failed.to_string();
        workspace.world().faults().clear();
    }
    assert!(seen.contains("\\u{202e}"), "{seen}");
    assert!(
        !seen.contains('\u{202e}') && !seen.contains('\u{200b}'),
        "{seen}"
    );
    seen
}

/// What turns and hides other text on a terminal.
const ESCAPES: &str = "\u{1b}[2J\u{202e}\u{200b}";
/// A signature as a header has it.
const SIGNED: &str = "Signature=0123456789abcdef";

/// Each secret as it stands in a header of basic authentication.
fn base64(secrets: &[&str]) -> String {
    let encode = |secret: &&str| STANDARD.encode(format!("user:{secret}"));
    secrets.iter().map(encode).collect::<Vec<_>>().join(" ")
}

/// The unpacked content of a plan that has something to do.
fn plan_file(workspace: &Workspace) -> String {
    let plan = ["plan", "-input=false", "-destroy", "-out=planned.tfplan"];
    workspace.run(&plan).succeeded();
    let file = File::open(workspace.path().join("planned.tfplan")).unwrap();
    let mut archive = ZipArchive::new(file).unwrap();
    let mut content = Vec::new();
    for index in 0..archive.len() {
        archive
            .by_index(index)
            .unwrap()
            .read_to_end(&mut content)
            .unwrap();
    }
    let content = String::from_utf8_lossy(&content).into_owned();
    assert!(content.contains("csms_grant"), "{content}");
    content
}

#[track_caller]
fn assert_hidden(seen: &str, secrets: &[&str]) {
    let base64 = base64(secrets);
    let encoded = base64.split(' ');
    let hidden = secrets.iter().copied().chain(encoded);
    for secret in hidden.chain([IN_ARRAY, "0123456789abcdef"]) {
        let found = seen.lines().find(|line| line.contains(secret));
        assert!(found.is_none(), "{found:?}");
    }
}

#[test]
fn c46_environment_credentials_stay_out_of_output_logs_state_and_plan() {
    for (workspace, secrets) in [
        (
            exported([("HW_AUTH_TOKEN", seed::TOKEN)]),
            [seed::TOKEN].as_slice(),
        ),
        (exported(BY_KEY), &[SECRET_KEY, SECURITY_TOKEN]),
        (exported(BY_PASSWORD), &[PASSWORD]),
        (abroad(exported(BY_ID_TOKEN)), &[ID_TOKEN]),
    ] {
        let workspace = talkative(workspace);
        assert_hidden(&life(&workspace, secrets), secrets);
        assert_hidden(&plan_file(&workspace), secrets);
    }
}

#[test]
fn a_plugin_in_debug_mode_prints_no_secrets() {
    for (workspace, secrets) in [
        (exported(BY_KEY), [SECRET_KEY, SECURITY_TOKEN].as_slice()),
        (exported(BY_PASSWORD), &[PASSWORD]),
        (exported([("HW_AUTH_TOKEN", seed::TOKEN)]), &[seed::TOKEN]),
        (abroad(exported(BY_ID_TOKEN)), &[ID_TOKEN]),
    ] {
        let mut workspace = talkative(workspace);
        let path = workspace.path().join("plugin.log");
        let plugin = Debugged::logging_to(&workspace, File::create(&path).unwrap());
        workspace.set("TF_REATTACH_PROVIDERS", plugin.reattach());
        let seen = workspace.apply().succeeded().to_string() + &echoed(&workspace, secrets);
        let log = fs::read_to_string(&path).unwrap();
        assert!(
            log.contains("ListGrants"),
            "the plugin has logged nothing: {log}"
        );
        assert_hidden(&(seen + &log), secrets);
    }
}

#[test]
fn c46_secrets_echoed_as_request_id_are_redacted() {
    let secrets = [SECRET_KEY, SECURITY_TOKEN];
    let [plain, encoded] = [secrets.join(" "), base64(&secrets)];
    let body = json!({"error_code": "CSMS.0002", "error_msg": "No"}).to_string();
    let url = served_by(move |_, _, stream| {
        let _ = write!(
            stream,
            "HTTP/1.1 400 Bad Request\r\nX-Request-Id: told {plain} {encoded}\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        );
    });
    let mut workspace = talkative(exported(BY_KEY));
    workspace.set("HWGRANTS_ENDPOINT", url);
    let failed = workspace.apply();
    assert_eq!(failed.code, Some(1), "{failed}");
    let log = fs::read_to_string(workspace.path().join("trace.log")).unwrap();
    for seen in [failed.to_string(), log] {
        assert!(seen.contains("told ***"), "{seen}");
        assert_hidden(&seen, &secrets);
    }
}

/// A plan file holds the values of variables, which is Terraform's doing, so there is none here.
#[test]
fn c46_provider_block_credentials_stay_out_of_output_logs_and_state() {
    let by_key = arguments([("access_key", ACCESS_KEY)])
        + "secret_key = var.first\nsecurity_token = var.second\n";
    let by_password = arguments([
        ("user_name", seed::USER_NAME),
        ("domain_name", seed::ACCOUNT_NAME),
    ]) + "password = var.first\n";
    let role = [
        ("agency_name", seed::AGENCY_NAME),
        ("domain_id", seed::AGENCY_ACCOUNT_ID),
        ("idp_id", seed::IDENTITY_PROVIDER_ID),
    ];
    let by_id_token =
        block("assume_role_with_oidc", role).replace("  }", "  id_token = var.first\n  }");
    for (workspace, secrets) in [
        (written(by_key), [SECRET_KEY, SECURITY_TOKEN].as_slice()),
        (written(by_password), &[PASSWORD]),
        (abroad(written(by_id_token)), &[ID_TOKEN]),
    ] {
        let workspace = talkative(workspace);
        for (name, secret) in ["first", "second"].iter().zip(secrets) {
            let text = format!("variable {name:?} {{\n  type = string\n  sensitive = true\n}}\n");
            workspace.write_file(&format!("{name}.tf"), &text);
            let value = arguments([(name, secret)]);
            workspace.write_file(&format!("{name}.auto.tfvars"), &value);
        }
        assert_hidden(&life(&workspace, secrets), secrets);
    }
}
