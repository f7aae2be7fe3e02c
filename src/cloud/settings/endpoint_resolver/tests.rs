use super::*;
use crate::cloud::settings::Settings;

fn region(text: &str) -> Region {
    Region::new(text).expect("a region")
}

fn settings(arguments: Arguments, variables: [(&str, &str); 2]) -> Result<Settings, Error> {
    Settings::new(arguments, &Environment::of(variables))
}

const NOTHING: [(&str, &str); 2] = [("", ""), ("", "")];

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

#[test]
fn a_custom_cloud_sets_the_domain_and_uses_the_default_url_pattern() {
    for (cloud, variable, region_id, service, expected) in [
        (
            "",
            "",
            "cn-north-4",
            Service::Csms,
            "kms.cn-north-4.myhuaweicloud.com",
        ),
        (
            "hcso.example",
            "",
            "cn-north-4",
            Service::Csms,
            "kms.cn-north-4.hcso.example",
        ),
        (
            "",
            "hcso.example",
            "cn-north-4",
            Service::Csms,
            "kms.cn-north-4.hcso.example",
        ),
        (
            " Hcso.Example ",
            "other.example",
            "r-1",
            Service::Csms,
            "kms.r-1.hcso.example",
        ),
        (
            "hcso.example",
            "",
            "tr-west-1",
            Service::CodeArtsRepo,
            "codehub-ext.tr-west-1.hcso.example",
        ),
        (
            "hcso.example",
            "",
            "cn-north-11",
            Service::Iam,
            "iam.cn-north-11.hcso.example",
        ),
        (
            "hcso.example",
            "",
            "cn-north-9",
            Service::Sts,
            "sts.cn-north-9.hcso.example",
        ),
        (
            "myhuaweicloud.com",
            "",
            "tr-west-1",
            Service::CodeArtsRepo,
            "codeartsrepo-ext.tr-west-1.myhuaweicloud.com",
        ),
        (
            "myhuaweicloud.com",
            "",
            "cn-north-9",
            Service::Sts,
            "sts.cn-north-4.myhuaweicloud.com",
        ),
        (
            "myhuaweicloud.com",
            "",
            "eu-west-101",
            Service::Csms,
            "kms.eu-west-101.myhuaweicloud.com",
        ),
        (
            "myhuaweicloud.eu",
            "",
            "eu-west-101",
            Service::Iam,
            "iam.eu-west-101.myhuaweicloud.eu",
        ),
    ] {
        let arguments = Arguments {
            cloud: text(cloud),
            ..Arguments::default()
        };
        let settings = settings(arguments, [("HW_CLOUD", variable), ("", "")]);
        let endpoint = settings
            .expect("settings")
            .endpoint(service, &region(region_id));
        let endpoint = endpoint.expect("an endpoint").to_string();
        assert_eq!(
            endpoint,
            format!("https://{expected}"),
            "{cloud} {variable}"
        );
    }
}

#[test]
fn a_cloud_that_is_not_a_domain_is_rejected() {
    for cloud in [
        "https://x.example",
        "x.example/p",
        "x.example:1",
        "u@x",
        "127.0.0.1",
        "a b",
    ] {
        for (argument, variable) in [(cloud, ""), ("", cloud)] {
            let arguments = Arguments {
                cloud: text(argument),
                ..Arguments::default()
            };
            let error = settings(arguments, [("HW_CLOUD", variable), ("", "")]);
            let error = error.expect_err(cloud);
            assert_eq!(error.argument(), Some("cloud"));
            assert_eq!(
                error.to_string().contains("`HW_CLOUD`"),
                argument.is_empty(),
                "{error}"
            );
        }
    }
}

#[test]
fn a_regional_site_never_falls_back_to_the_global_host() {
    for (regional, expected) in [
        (None, "https://iam.myhuaweicloud.com"),
        (Some(false), "https://iam.myhuaweicloud.com"),
        (Some(true), "https://iam.cn-north-11.myhuaweicloud.com"),
    ] {
        let arguments = Arguments {
            regional,
            ..Arguments::default()
        };
        let settings = settings(arguments, NOTHING).expect("settings");
        let endpoint = settings.endpoint(Service::Iam, &region("cn-north-11"));
        assert_eq!(endpoint.expect("an endpoint").to_string(), expected);
    }
}

/// Where signing in goes, given `auth_url`, an override of `iam`, and two variables.
fn signed_in_at(auth_url: &str, iam: &str, variables: [(&str, &str); 2]) -> String {
    let iam = (!iam.is_empty()).then(|| ("iam".to_owned(), iam.to_owned()));
    let arguments = Arguments {
        auth_url: text(auth_url),
        endpoints: iam.into_iter().collect(),
        ..Arguments::default()
    };
    let settings = settings(arguments, variables).expect("settings");
    let endpoint = settings.sign_in_endpoint(&region("cn-north-4"));
    endpoint.expect("an endpoint").to_string()
}

#[test]
fn sign_in_uses_the_auth_url_or_else_the_iam_endpoint() {
    let both = [
        ("HW_AUTH_URL", "https://hw/v3"),
        ("OS_AUTH_URL", "https://os"),
    ];
    for (auth_url, iam, variables, expected) in [
        ("", "", NOTHING, "https://iam.cn-north-4.myhuaweicloud.com"),
        ("", "https://own-iam/p", NOTHING, "https://own-iam/p"),
        ("https://a/v3", "https://own-iam", NOTHING, "https://a"),
        ("https://a/v3/", "", NOTHING, "https://a"),
        ("https://a", "", NOTHING, "https://a"),
        ("https://a/", "", NOTHING, "https://a"),
        (
            " http://localhost:8080/identity/v3 ",
            "",
            NOTHING,
            "http://localhost:8080/identity",
        ),
        ("a.example/v3", "", NOTHING, "https://a.example"),
        ("https://a", "", both, "https://a"),
        ("", "https://own-iam", both, "https://hw"),
        ("", "", [("", ""), both[1]], "https://os"),
        (
            "https://a",
            "https://own-iam",
            [("HWGRANTS_ENDPOINT", "https://all"), both[0]],
            "https://all",
        ),
    ] {
        assert_eq!(
            signed_in_at(auth_url, iam, variables),
            expected,
            "{auth_url} {iam}"
        );
    }
}

#[test]
fn clear_text_http_to_remote_hosts_requires_insecure() {
    let given = |name: &str, url: &str, insecure| {
        let mut arguments = Arguments {
            insecure,
            ..Arguments::default()
        };
        let mut variables = NOTHING;
        match name {
            "auth_url" => arguments.auth_url = text(url),
            "HW_AUTH_URL" => variables[0] = ("HW_AUTH_URL", url),
            "HWGRANTS_ENDPOINT" => variables[0] = ("HWGRANTS_ENDPOINT", url),
            key => arguments.endpoints = [(key.to_owned(), url.to_owned())].into(),
        }
        settings(arguments, variables)
    };
    let keys = Service::ALL.into_iter().flat_map(Service::keys).copied();
    for name in keys.chain(["auth_url", "HW_AUTH_URL", "HWGRANTS_ENDPOINT"]) {
        for url in [
            "http://kms.example.com",
            "http://10.0.0.1:8080/p",
            "HTTP://0.0.0.0",
            "http://[2001:db8::1]",
            // The metadata service is no service of ours to choose.
            "http://169.254.169.254",
            "http://localhost.example.com",
        ] {
            let error = given(name, url, None).expect_err(url);
            assert_eq!(error.kind(), ErrorKind::Configuration);
            let message = error.to_string();
            assert!(message.contains(name), "{message}");
            assert!(
                message.contains("clear text") && message.contains("`insecure = true`"),
                "{message}"
            );
            assert!(given(name, url, Some(false)).is_err());
            assert!(given(name, url, Some(true)).is_ok(), "{name} {url}");
        }
        for url in [
            "https://kms.example.com",
            "kms.example.com",
            "http://localhost:1",
            "http://127.0.0.2",
            "http://[::1]:8080",
        ] {
            assert!(given(name, url, None).is_ok(), "{name} {url}");
        }
    }
}

#[test]
fn redirection_reports_the_variable_and_its_url() {
    let settings = settings(
        Arguments::default(),
        [("HWGRANTS_ENDPOINT", "http://[::1]:1/"), ("", "")],
    );
    let told = settings.expect("settings").redirection();
    assert_eq!(
        told,
        Some(("HWGRANTS_ENDPOINT", "http://[::1]:1".to_owned()))
    );
}

#[test]
fn the_iam_endpoint_ignores_the_auth_url() {
    let arguments = Arguments {
        auth_url: text("https://a/v3"),
        ..Arguments::default()
    };
    let settings = settings(arguments, NOTHING).expect("settings");
    let endpoint = settings.endpoint(Service::Iam, &region("cn-north-4"));
    let endpoint = endpoint.expect("an endpoint").to_string();
    assert_eq!(endpoint, "https://iam.cn-north-4.myhuaweicloud.com");
}

#[test]
fn invalid_auth_urls_are_rejected() {
    for (auth_url, problem) in [
        ("https://a/v2.0", "version 2.0"),
        ("https://a/v2.0/", "version 2.0"),
        ("ftp://a/v3", "must begin with"),
        ("https://u:hunter2@a/v3", "must not contain a user"),
    ] {
        for (argument, variable) in [(auth_url, ""), ("", auth_url)] {
            let arguments = Arguments {
                auth_url: text(argument),
                ..Arguments::default()
            };
            let error = settings(arguments, [("OS_AUTH_URL", variable), ("", "")]);
            let error = error.expect_err(auth_url);
            assert_eq!(error.argument(), Some("auth_url"));
            let message = error.to_string();
            assert!(
                message.contains(problem) && !message.contains("hunter2"),
                "{message}"
            );
            assert_eq!(
                message.contains("`OS_AUTH_URL`"),
                argument.is_empty(),
                "{message}"
            );
        }
    }
}
