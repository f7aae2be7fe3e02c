use super::*;
use crate::cloud::Client;
use crate::cloud::error::ErrorKind;

fn arguments() -> Arguments {
    Arguments::default()
}

fn settings<const N: usize>(arguments: Arguments, variables: [(&str, &str); N]) -> Settings {
    Settings::new(arguments, &Environment::of(variables)).expect("settings")
}

fn refused<const N: usize>(arguments: Arguments, variables: [(&str, &str); N]) -> Error {
    Settings::new(arguments, &Environment::of(variables)).expect_err("a wrong setting")
}

fn endpoints(endpoints: &[(&str, &str)]) -> Arguments {
    let owned = |(key, url): &(&str, &str)| ((*key).to_owned(), (*url).to_owned());
    Arguments {
        endpoints: endpoints.iter().map(owned).collect(),
        ..Arguments::default()
    }
}

fn region(text: &str) -> Region {
    Region::new(text).expect("a region")
}

/// What each setting is, given an argument and the variables; the token by what it masks.
fn read(setting: &str, argument: Option<&str>, environment: &Environment) -> Option<String> {
    let mut arguments = arguments();
    let argument = argument.map(str::to_owned);
    match setting {
        "region" => arguments.region = argument,
        "project_id" => arguments.project_id = argument,
        "domain_id" => arguments.domain_id = argument,
        "token" => arguments.token = argument.map(Sensitive::new),
        other => panic!("{other}"),
    }
    let settings = Settings::new(arguments, environment).expect("settings");
    match setting {
        "region" => settings.region.map(|id| id.to_string()),
        "project_id" => settings.project_id.map(|id| id.to_string()),
        "domain_id" => settings.domain_id.map(|id| id.to_string()),
        _ => {
            let secrets = settings.identity.secrets();
            secrets.first().map(|secret| secret.expose().to_owned())
        }
    }
}

#[test]
fn an_argument_overrides_its_variables_which_are_tried_in_order() {
    for (setting, variables) in [
        ("region", &["HW_REGION_NAME", "OS_REGION_NAME"][..]),
        ("project_id", &["HW_PROJECT_ID", "OS_PROJECT_ID"]),
        (
            "domain_id",
            &[
                "HW_DOMAIN_ID",
                "OS_DOMAIN_ID",
                "OS_USER_DOMAIN_ID",
                "OS_PROJECT_DOMAIN_ID",
            ],
        ),
        ("token", &["HW_AUTH_TOKEN", "OS_AUTH_TOKEN"]),
    ] {
        let all = [0, 1, 2, 3].map(|index| {
            let name = variables.get(index).copied().unwrap_or("UNRELATED");
            (name, ["v0", "v1", "v2", "v3"][index])
        });
        let everything = Environment::of(all);
        let argument = Some("v-argument");
        assert_eq!(read(setting, argument, &everything).as_deref(), argument);
        // An empty argument is as good as none.
        assert_eq!(
            read(setting, Some(""), &everything).as_deref(),
            Some("v0"),
            "{setting}"
        );
        for index in 0..variables.len() {
            // The names before this one are empty, which is as good as absent.
            let mut given = all;
            given.iter_mut().take(index).for_each(|pair| pair.1 = "");
            let environment = Environment::of(given);
            let expected = format!("v{index}");
            assert_eq!(
                read(setting, None, &environment),
                Some(expected),
                "{setting}"
            );
        }
        assert_eq!(read(setting, None, &Environment::of([])), None, "{setting}");
    }
}

#[test]
fn a_missing_setting_is_an_error_only_when_needed_and_lists_its_sources() {
    let client = Client::new(settings(arguments(), []));
    assert_eq!(
        (client.region(), client.project_id(), client.domain_id()),
        (None, None, None)
    );
    let error = client.require_region().expect_err("none");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(error.argument(), Some("region"));
    assert_eq!(
        error.to_string(),
        "`region` is missing: set the argument or the environment variable `HW_REGION_NAME` or `OS_REGION_NAME`"
    );
}

#[test]
fn invalid_values_name_their_argument_or_variable() {
    let long = "a".repeat(65);
    for (error, argument, named) in [
        (
            refused(arguments(), [("OS_PROJECT_ID", &long)]),
            "project_id",
            "`OS_PROJECT_ID`",
        ),
        (
            refused(arguments(), [("HW_REGION_NAME", "a/b")]),
            "region",
            "`HW_REGION_NAME`",
        ),
        (
            refused(arguments(), [("HW_MAX_RETRIES", "-1")]),
            "max_retries",
            "`HW_MAX_RETRIES`",
        ),
        (
            refused(arguments(), [("HWGRANTS_ENDPOINT", "ftp://x")]),
            "",
            "`HWGRANTS_ENDPOINT` must begin with `https://`",
        ),
        (
            refused(endpoints(&[("kms", " ")]), []),
            "endpoints",
            "`kms`",
        ),
        (
            refused(arguments(), [("HW_AUTH_TOKEN", "a\nb")]),
            "token",
            "line break",
        ),
    ] {
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert_eq!(error.argument().unwrap_or_default(), argument);
        assert!(error.to_string().contains(named), "{error}");
    }
}

#[test]
fn our_endpoint_aliases_override_the_official_keys() {
    let settings = settings(
        endpoints(&[
            ("kms", "https://old-kms"),
            ("csms", "https://new-csms"),
            ("codehub", "https://old-repo"),
            ("codearts_repo", "https://new-repo"),
            ("iam", "https://iam"),
            ("ecs", "left to others, even if it is no URL ://"),
        ]),
        [],
    );
    for (service, expected) in [
        (Service::Csms, "https://new-csms"),
        (Service::CodeArtsRepo, "https://new-repo"),
        (Service::Iam, "https://iam"),
        (Service::Sts, "https://sts.cn-north-4.myhuaweicloud.com"),
    ] {
        let endpoint = settings.endpoint(service, &region("cn-north-4"));
        assert_eq!(endpoint.expect("an endpoint").to_string(), expected);
    }
}

#[test]
fn official_endpoint_keys_are_accepted() {
    let settings = settings(
        endpoints(&[
            ("kms", "kms.example.com"),
            ("codehub", "https://repo/p/"),
            ("csms", ""),
        ]),
        [],
    );
    let of = |service| settings.endpoint(service, &region("cn-north-4"));
    let csms = of(Service::Csms).expect("an endpoint").to_string();
    let repo = of(Service::CodeArtsRepo).expect("an endpoint").to_string();
    assert_eq!(
        (csms.as_str(), repo.as_str()),
        ("https://kms.example.com", "https://repo/p")
    );
}

#[test]
fn hwgrants_endpoint_redirects_every_service_and_region() {
    let settings = settings(
        endpoints(&[("csms", "https://real"), ("sts", "https://real")]),
        [("HWGRANTS_ENDPOINT", "http://127.0.0.1:1")],
    );
    for service in Service::ALL {
        let endpoint = settings.endpoint(service, &region("xx-1"));
        assert_eq!(
            endpoint.expect("an endpoint").to_string(),
            "http://127.0.0.1:1"
        );
    }
}

#[test]
fn an_endpoint_override_does_not_apply_to_another_region() {
    let arguments = Arguments {
        region: Some("cn-north-4".to_owned()),
        ..endpoints(&[("kms", "https://kms")])
    };
    let settings = settings(arguments, []);
    let of = |name| settings.endpoint(Service::Csms, &region(name));
    assert!(of("cn-north-4").is_ok());
    let error = of("cn-north-1").expect_err("no endpoint");
    assert_eq!(error.argument(), Some("endpoints"));
    assert!(error.to_string().contains("`kms`"), "{error}");
}

#[test]
fn the_user_agent_lists_the_products_and_the_users_suffix() {
    for (append, expected) in [
        (None, "Host/1.2 (+https://example.com) ours/0.1"),
        (
            Some("  ci/7 \n"),
            "Host/1.2 (+https://example.com) ours/0.1 ci/7",
        ),
        (Some(" "), "Host/1.2 (+https://example.com) ours/0.1"),
        (
            Some("a\r\nb é"),
            "Host/1.2 (+https://example.com) ours/0.1 a??b ?",
        ),
    ] {
        let user_agent = UserAgent {
            products: vec![
                "Host/1.2 (+https://example.com)".to_owned(),
                "ours/0.1".to_owned(),
            ],
            append: append.map(str::to_owned),
        };
        assert_eq!(user_agent.header(), expected);
    }
}

#[test]
fn retries_come_from_the_argument_the_environment_or_the_default() {
    let given = |max_retries| Arguments {
        max_retries,
        ..Arguments::default()
    };
    let variable = [("HW_MAX_RETRIES", " 2 ")];
    assert_eq!(settings(given(Some(0)), variable).max_retries, 0);
    assert_eq!(settings(given(None), variable).max_retries, 2);
    assert_eq!(settings(given(None), []).max_retries, 5);
}

#[test]
fn debug_output_of_settings_hides_secrets() {
    let arguments = Arguments {
        token: Some(Sensitive::new("hunter2")),
        ..Arguments::default()
    };
    let shown = format!("{arguments:?} {:?}", settings(arguments.clone(), []));
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn unsupported_signing_algorithms_are_rejected() {
    let with = |name: &str| Arguments {
        signing_algorithm: Some(name.to_owned()),
        ..arguments()
    };
    settings(with("HmacSHA256"), []);
    settings(with(""), []);
    for name in ["HmacSM3", "EcdsaP256SHA256", "SM2SM3", "hmacsha256"] {
        for error in [
            refused(with(name), []),
            refused(arguments(), [("HW_SIGNING_ALGORITHM", name)]),
        ] {
            assert_eq!(error.argument(), Some("signing_algorithm"));
            let expected = "`signing_algorithm` must be `HmacSHA256` or unset: other algorithms are not supported";
            assert_eq!(error.to_string(), expected);
        }
    }
}

#[test]
fn a_profile_overrides_the_environment_but_not_arguments() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("config.json");
    let text = r#"{"current":"ci","profiles":[{"name":"ci","accessKeyId":"p-ak","secretAccessKey":"p-sk",
        "region":"cn-east-3","projectId":"p-p","domainId":"p-d"}]}"#;
    std::fs::write(&file, text).expect("written");
    let file = file.to_str().expect("a path");
    let variables = [
        ("HW_SHARED_CONFIG_FILE", file),
        ("HW_REGION_NAME", "cn-north-1"),
        ("HW_ACCESS_KEY", "e-ak"),
        ("HW_SECRET_KEY", "e-sk"),
    ];
    let written = Arguments {
        region: Some("cn-north-4".to_owned()),
        ..arguments()
    };
    let settings = settings(written, variables);
    assert_eq!(settings.region, Some(region("cn-north-4")));
    assert_eq!(settings.project_id.expect("an id").as_str(), "p-p");
    assert_eq!(settings.domain_id.expect("an id").as_str(), "p-d");
    let secrets = settings.identity.secrets();
    let secrets: Vec<_> = secrets.into_iter().map(Sensitive::expose).collect();
    assert_eq!(secrets, ["p-ak", "p-sk"]);

    let error = refused(arguments(), [variables[0], ("HW_PROFILE", "other")]);
    assert_eq!(error.argument(), Some("shared_config_file"));
    assert!(
        error
            .to_string()
            .contains("has no profile `other` (available profiles: `ci`)"),
        "{error}"
    );
    let error = refused(arguments(), [("HW_PROFILE", "ci"), ("HOME", "/nowhere")]);
    assert!(
        error.to_string().contains("`~/.hcloud/config.json`"),
        "{error}"
    );
}

#[test]
fn project_id_overrides_the_legacy_tenant_id() {
    let old = |project_id: Option<&str>| Arguments {
        project_id: project_id.map(str::to_owned),
        tenant_id: Some("old".to_owned()),
        tenant_name: Some("old-name".to_owned()),
        ..arguments()
    };
    let variables = [("HW_PROJECT_ID", "e"), ("OS_TENANT_ID", "e-old")];
    let id = |arguments, variables| {
        let settings: Settings = settings(arguments, variables);
        (
            settings.project_id.map(|id| id.to_string()),
            settings.project_name,
        )
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        id(old(Some("new")), variables),
        (text("new"), text("old-name"))
    );
    assert_eq!(id(old(None), variables), (text("old"), text("old-name")));
    assert_eq!(id(arguments(), variables), (text("e"), None));
    assert_eq!(
        id(arguments(), [variables[1], ("OS_TENANT_NAME", "n")]),
        (text("e-old"), text("n"))
    );
}
