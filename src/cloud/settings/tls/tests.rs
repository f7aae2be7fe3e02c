use super::*;
use crate::cloud::credential::Sensitive;
use crate::cloud::error::ErrorKind;
use crate::cloud::settings::Settings;

struct Made {
    cert: String,
    key: String,
}

fn made() -> Made {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    Made {
        cert: made.cert.pem(),
        key: made.signing_key.serialize_pem(),
    }
}

fn identity_of(cert: &str, key: &str) -> Arguments {
    Arguments {
        cert: Some(cert.to_owned()),
        key: Some(Sensitive::new(key)),
        ..Arguments::default()
    }
}

fn trusting(cacert_file: &str) -> Arguments {
    Arguments {
        cacert_file: Some(cacert_file.to_owned()),
        ..Arguments::default()
    }
}

/// Checks which argument is blamed, in which words, and that no key is shown.
fn check(arguments: Arguments, argument: &str, words: &str) {
    let hidden = arguments.key.clone();
    let error = Settings::new(arguments, &Environment::of([])).expect_err(words);
    let text = error.to_string();
    assert_eq!(
        (error.kind(), error.argument()),
        (ErrorKind::Configuration, Some(argument)),
        "{text}"
    );
    assert!(text.contains(words), "{words}: {text}");
    let hidden = hidden.filter(|key| !key.expose().is_empty());
    assert!(
        hidden.is_none_or(|key| !text.contains(key.expose())),
        "{text}"
    );
}

#[test]
fn unusable_certificates_and_keys_name_their_argument() {
    let Made { cert, key } = made();
    let other = made();
    let damaged = "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
    let empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (arguments, argument, words) in [
        (
            identity_of(&cert, ""),
            "key",
            "is required when `cert` is set",
        ),
        (
            identity_of("", &key),
            "cert",
            "is required when `key` is set",
        ),
        (identity_of(&key, &key), "cert", "contains no certificate"),
        (identity_of(&cert, &cert), "key", "contains no private key"),
        (
            identity_of(&cert, &other.key),
            "key",
            "does not match the certificate",
        ),
        (identity_of(damaged, &key), "cert", "not valid PEM"),
        (
            identity_of("/nowhere/cert.pem", &key),
            "cert",
            "`/nowhere/cert.pem` cannot be read",
        ),
        (
            identity_of(&cert, "TUlHSEFnRUFNQk1HQnlxR1NN"),
            "key",
            "the file (path redacted) cannot be read",
        ),
        (
            trusting("/nowhere/ca.pem"),
            "cacert_file",
            "`/nowhere/ca.pem` cannot be read",
        ),
        (trusting(&key), "cacert_file", "contains no certificate"),
        (trusting(damaged), "cacert_file", "not valid PEM"),
        (trusting(empty), "cacert_file", "cannot be parsed"),
    ] {
        check(arguments, argument, words);
    }
}

#[test]
fn every_tls_setting_falls_back_to_the_environment() {
    let Made { cert, key } = made();
    let environment = Environment::of([
        ("OS_CACERT", &cert),
        ("OS_CERT", &cert),
        ("OS_KEY", &key),
        ("OS_INSECURE", "true"),
    ]);
    let tls = TlsSettings::new(&Arguments::default(), &environment).expect("settings");
    assert!(tls.is_insecure && tls.identity.is_some());
    let roots = tls.roots.as_ref().map(|trusted| trusted.roots.len());
    assert_eq!(roots, Some(1));
    let shown = format!("{tls:?}");
    assert_eq!(
        shown,
        "Tls { is_insecure: true, roots: Some(1), has_identity: true, .. }"
    );
}

#[test]
fn a_path_may_begin_with_the_home_directory() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("ca.pem"), made().cert).expect("a file");
    let home = folder.path().to_str().expect("a path");
    let environment = Environment::of([("HOME", home)]);
    let tls = TlsSettings::new(&trusting("~/ca.pem"), &environment).expect("settings");
    assert!(tls.roots.is_some());
}

#[test]
fn insecure_is_off_by_default_and_invalid_values_name_the_variable() {
    let insecure = |insecure, hw, os| {
        let arguments = Arguments {
            insecure,
            ..Arguments::default()
        };
        let environment = Environment::of([("HW_INSECURE", hw), ("OS_INSECURE", os)]);
        Settings::new(arguments, &environment).map(|settings| settings.is_insecure())
    };
    for (argument, hw, os, expected) in [
        (None, "", "", false),
        (Some(true), "", "", true),
        (Some(false), "true", "true", false),
        (None, "1", "", true),
        (None, "", "TRUE", true),
        (None, "false", "true", false),
        (None, " t ", "", true),
    ] {
        assert_eq!(
            insecure(argument, hw, os).ok(),
            Some(expected),
            "{argument:?} {hw} {os}"
        );
    }
    let error = insecure(None, "yes", "").expect_err("no boolean");
    assert_eq!(error.argument(), Some("insecure"));
    assert!(error.to_string().contains("`HW_INSECURE`"), "{error}");
}

#[test]
fn secrets_pasted_into_path_arguments_are_not_shown() {
    let key = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/hunter2+hunter3";
    let jwt = "eyJhbGciOi.hunter2.hunter3-hunter4";
    let long = format!("/{key}").repeat(4);
    for text in [key, jwt, &long, "/hunter2\n/hunter3"] {
        for (arguments, argument) in [
            (identity_of(text, &made().key), "cert"),
            (identity_of(&made().cert, text), "key"),
            (trusting(text), "cacert_file"),
            (
                Arguments {
                    shared_config_file: Some(text.to_owned()),
                    ..Arguments::default()
                },
                "shared_config_file",
            ),
        ] {
            let error = Settings::new(arguments, &Environment::of([])).expect_err(text);
            assert_eq!(error.argument(), Some(argument));
            assert!(!error.to_string().contains("hunter"), "{error}");
        }
        for (variable, argument) in [
            ("OS_CACERT", "cacert_file"),
            ("HW_SHARED_CONFIG_FILE", "shared_config_file"),
        ] {
            let environment = Environment::of([(variable, text)]);
            let error = Settings::new(Arguments::default(), &environment).expect_err(text);
            assert_eq!(error.argument(), Some(argument));
            assert!(!error.to_string().contains("hunter"), "{error}");
        }
    }
}
