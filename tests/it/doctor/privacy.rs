//! What leaves the machine, and what a report shows: neither a secret nor a change.

use hwgrants::sandbox::{MetadataService, seed};

use super::server::{Server, answer};
use super::{Machine, steps};

/// Variables with secrets, also of credentials that are not used.
const SECRETS: [(&str, &str); 6] = [
    ("HW_AUTH_TOKEN", "planted-token-6f1c0d"),
    ("HW_ACCESS_KEY", "PLANTEDAK7Q"),
    ("HW_SECRET_KEY", "planted-secret-key-11ab"),
    ("HW_SECURITY_TOKEN", "planted-security-token-93"),
    ("HW_USER_PASSWORD", "planted-password-77e"),
    ("HW_ASSUME_ROLE_ID_TOKEN", "planted-id-token-5c"),
];

/// Variables that identify people and accounts.
const NAMES: [(&str, &str); 5] = [
    ("HW_USER_NAME", "planted-user"),
    ("HW_USER_ID", "c5d1f0e27b3a4986a1d4e7b09c62f318"),
    ("HW_DOMAIN_NAME", "planted-account"),
    ("HW_DOMAIN_ID", "a59b65b41ead484d8ddff250a4731781"),
    ("HW_PROJECT_ID", "c7b4c1d0f5e3a4c2f9d8e6a1b0c5f2e3"),
];

/// The forms of a report, all of them.
fn reports(machine: &Machine, args: &[&str]) -> String {
    let formats = ["text", "json"].map(|format| {
        let args = [&["--format", format], args].concat();
        let output = machine.doctor(&args);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        [output.stdout, output.stderr].concat()
    });
    String::from_utf8(formats.concat()).unwrap()
}

/// A service that repeats in its error everything that it was sent, and names everything it knows.
fn echo() -> Server {
    Server::plain(|head| {
        let names = NAMES.map(|(_, value)| value).join(" ");
        let head = head.replace(['\r', '\n', '"'], " ");
        let body = format!(r#"{{"error_code":"X.1","error_msg":"{head} {names}"}}"#);
        let token = head
            .split_whitespace()
            .find(|word| word.contains("planted"));
        let headers = format!("x-request-id: {}\r\n", token.unwrap_or("none"));
        Some(answer(403, &headers, &body))
    })
}

fn with_secrets_and_names() -> Machine {
    let mut machine = Machine::new();
    for (name, value) in SECRETS.into_iter().chain(NAMES) {
        machine.set(name, value);
    }
    machine.set(
        "HTTPS_PROXY",
        "http://proxy-user:planted-proxy-password@127.0.0.1:1",
    );
    let profile = r#"{"current":"ci","profiles":[{"name":"ci","accessKeyId":"PLANTEDPROFILEAK","secretAccessKey":"planted-profile-secret"}]}"#;
    machine.write("home/.hcloud/config.json", profile);
    machine
}

#[test]
fn no_secret_and_no_id_is_in_a_report_whatever_a_service_echoes() {
    for uses_profile in [false, true] {
        let mut machine = with_secrets_and_names();
        machine.serve(echo());
        if uses_profile {
            machine.set("HW_PROFILE", "ci");
        }
        for args in [&[][..], &["--full"]] {
            let report = reports(&machine, args);
            assert!(report.contains("code `X.1`"), "{report}");
            let secrets = SECRETS.map(|(_, value)| value);
            let others = ["planted-proxy", "PLANTEDPROFILEAK", "planted-profile"];
            for secret in secrets.into_iter().chain(others) {
                assert!(!report.contains(secret), "{secret}: {report}");
            }
            for (name, value) in NAMES {
                let is_shown = report.contains(value);
                assert_eq!(is_shown, !args.is_empty(), "{args:?} {name}: {report}");
            }
            let home = machine.path("home");
            let is_shown = report.contains(home.to_str().unwrap());
            assert_eq!(is_shown, !args.is_empty(), "{args:?}: {report}");
        }
    }
}

#[test]
fn invalid_values_are_not_shown() {
    for variable in [
        "HW_REGION_NAME",
        "HW_PROJECT_ID",
        "HW_MAX_RETRIES",
        "HW_SIGNING_ALGORITHM",
        "OS_CACERT",
    ] {
        let mut machine = Machine::new();
        // A secret key in the wrong variable.
        machine.set(variable, "planted-secret-key/11ab");
        let report = reports(&machine, &["--full"]);
        assert!(!report.contains("planted"), "{variable}: {report}");
    }
}

#[test]
fn ids_are_shown_in_full_on_request_only() {
    let machine = Machine::new();
    for (args, is_shown) in [(&[][..], false), (&["--full"], true)] {
        let output = machine.doctor(args);
        let report = String::from_utf8(output.stdout).unwrap();
        for id in [seed::PROJECT_ID, seed::ACCOUNT_ID] {
            assert_eq!(report.contains(id), is_shown, "{report}");
            assert!(report.contains(&id[..4]), "{report}");
        }
    }
}

#[test]
fn only_get_requests_and_sign_ins_reach_the_cloud_and_nothing_changes() {
    type SetUp = fn(&mut Machine);
    let set_ups: [(SetUp, &[(&str, &str)]); 5] = [
        (|_| {}, &[]),
        (|machine| machine.set_token(seed::TOKEN), &[]),
        (
            |machine| machine.set_token(seed::TOKEN_EXPIRED),
            &[("POST", "/v3/auth/tokens")],
        ),
        (
            |machine| machine.set_password(seed::PASSWORD),
            &[("POST", "/v3/auth/tokens")],
        ),
        (
            |machine| {
                machine.unset("HW_ACCESS_KEY");
                machine.unset("HW_SECRET_KEY");
            },
            &[("PUT", "/meta-data/latest/api/token")],
        ),
    ];
    for (set_up, sign_ins) in set_ups {
        let mut machine = Machine::new();
        set_up(&mut machine);
        let before = format!("{:?}", machine.world().state());
        machine.json();
        assert_eq!(format!("{:?}", machine.world().state()), before);
        let requests = machine.world().requests();
        assert!(!requests.is_empty());
        let others = requests.iter().filter(|request| request.method != "GET");
        let others: Vec<_> = others
            .map(|request| (request.method.as_str(), request.path.as_str()))
            .collect();
        assert_eq!(others, sign_ins);
    }
}

#[test]
fn the_agency_of_an_ecs_instance_is_found() {
    let mut machine = Machine::new();
    machine.unset("HW_ACCESS_KEY");
    machine.unset("HW_SECRET_KEY");
    let (code, report) = machine.json();
    assert_eq!(code, Some(0), "{report:#}");
    let credentials = steps(&report)
        .iter()
        .find(|step| step["step"] == "credentials");
    let reason = credentials.unwrap()["reason"].as_str().unwrap();
    assert!(
        reason.contains("the agency of this ECS instance"),
        "{reason}"
    );
    machine.world().set_metadata(MetadataService::default());
    assert_eq!(machine.json().0, Some(2));
}
