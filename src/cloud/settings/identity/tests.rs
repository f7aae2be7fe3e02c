use std::time::Duration;

use super::precedence::PRECEDENCE;
use super::*;
use crate::cloud::id::DomainId;
use crate::cloud::settings::Settings;
use crate::cloud::settings::profile::{ProfileCredential, ProfileKey};
use crate::cloud::settings::role::AssumeRole;
use crate::cloud::settings::role::{AssumeRoleWithOidc, Role};

fn secret(text: &str) -> Option<Sensitive> {
    Some(Sensitive::new(text))
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn profile() -> Profile {
    let key = ProfileKey {
        access_key: Sensitive::new("p-ak"),
        secret_key: Sensitive::new("p-sk"),
        security_token: secret("p-st"),
    };
    of_credential(ProfileCredential::Keys(key))
}

fn of_credential(credential: ProfileCredential) -> Profile {
    Profile {
        credential: Some(credential),
        ..Profile::default()
    }
}

fn find(
    arguments: &Arguments,
    profile: &Profile,
    variables: &[(&str, &str)],
) -> Result<SignInPlan, Error> {
    let environment = Environment::of_slice(variables);
    SignInPlan::find(SettingSources::new(arguments, profile, &environment))
}

/// An origin in words, secrets included.
fn shown(identity: &SignInPlan) -> String {
    let secrets: Vec<_> = identity
        .secrets()
        .into_iter()
        .map(Sensitive::expose)
        .collect();
    let secrets = secrets.join(" ");
    match &identity.origin {
        CredentialSource::Oidc { idp_id, id_token } => match id_token {
            IdToken::Text(_) => format!("oidc {idp_id} {secrets}"),
            IdToken::File { path, .. } => format!("oidc {idp_id} file {}", path.display()),
        },
        CredentialSource::Token(_) => format!("token {secrets}"),
        CredentialSource::Keys(_) => format!("keys {secrets}"),
        CredentialSource::Password { user, .. } => format!("password {secrets} {user:?}"),
        CredentialSource::Metadata => "metadata".to_owned(),
    }
}

const OIDC_VARIABLES: [(&str, &str); 4] = [
    ("HW_ASSUME_ROLE_IDP_ID", "idp"),
    ("HW_ASSUME_ROLE_ID_TOKEN", "e-id"),
    ("HW_ASSUME_ROLE_AGENCY_NAME", "deploy"),
    ("HW_ASSUME_ROLE_DOMAIN_ID", "d1"),
];
const TOKEN_VARIABLES: [(&str, &str); 2] = [("OS_AUTH_TOKEN", "e2-t"), ("HW_AUTH_TOKEN", "e-t")];
const KEY_VARIABLES: [(&str, &str); 3] = [
    ("HW_ACCESS_KEY", "e-ak"),
    ("OS_SECRET_KEY", "e-sk"),
    ("HW_SECURITY_TOKEN", "e-st"),
];
const PASSWORD_VARIABLES: [(&str, &str); 3] = [
    ("HW_USER_PASSWORD", "e-pw"),
    ("OS_USERNAME", "ana"),
    ("OS_PROJECT_DOMAIN_NAME", "acme"),
];

#[test]
fn the_first_complete_source_wins() {
    let mut variables: Vec<(&str, &str)> = Vec::new();
    let nothing = Arguments::default();
    let none = Profile::default();
    let origin =
        |variables: &[(&str, &str)]| shown(&find(&nothing, &none, variables).expect("an identity"));
    assert_eq!(origin(&variables), "metadata");
    variables.extend(PASSWORD_VARIABLES);
    let user = r#"Name { name: "ana", account: Name("acme") }"#;
    assert_eq!(origin(&variables), format!("password e-pw {user}"));
    variables.extend(KEY_VARIABLES);
    assert_eq!(origin(&variables), "keys e-ak e-sk e-st");
    variables.extend(TOKEN_VARIABLES);
    assert_eq!(origin(&variables), "token e-t");
    variables.extend(OIDC_VARIABLES);
    assert_eq!(origin(&variables), "oidc idp e-id");
}

fn none_written() -> Arguments {
    Arguments::default()
}

/// A whole credential of one kind from one origin: added to arguments, profile and variables. How it shows when it is used.
fn name_credential(
    (origin, kind): (CredentialOrigin, CredentialKind),
    arguments: &mut Arguments,
    profile: &mut Profile,
    variables: &mut Vec<(&'static str, &'static str)>,
) -> &'static str {
    match (origin, kind) {
        (CredentialOrigin::Block, CredentialKind::Oidc) => {
            arguments.assume_role_with_oidc = Some(AssumeRoleWithOidc {
                agency_name: text("deploy"),
                domain_id: text("d1"),
                idp_id: text("a-idp"),
                id_token: secret("a-id"),
                ..AssumeRoleWithOidc::default()
            });
            "oidc a-idp a-id"
        }
        (CredentialOrigin::Block, CredentialKind::Token) => {
            arguments.token = secret("a-t");
            "token a-t"
        }
        (CredentialOrigin::Block, CredentialKind::AccessKey) => {
            arguments.access_key = secret("a-ak");
            arguments.secret_key = secret("a-sk");
            "keys a-ak a-sk"
        }
        (CredentialOrigin::Block, CredentialKind::Password) => {
            arguments.password = secret("a-pw");
            arguments.user_id = text("a-u");
            r#"password a-pw Id("a-u")"#
        }
        (CredentialOrigin::Profile, CredentialKind::AccessKey) => {
            profile.credential = self::profile().credential;
            "keys p-ak p-sk p-st"
        }
        (CredentialOrigin::Profile, CredentialKind::Metadata) => {
            profile.credential = Some(ProfileCredential::Server);
            "metadata"
        }
        (CredentialOrigin::Environment, CredentialKind::Oidc) => {
            variables.extend(OIDC_VARIABLES);
            "oidc idp e-id"
        }
        (CredentialOrigin::Environment, CredentialKind::Token) => {
            variables.extend(TOKEN_VARIABLES);
            "token e-t"
        }
        (CredentialOrigin::Environment, CredentialKind::AccessKey) => {
            variables.extend(KEY_VARIABLES);
            "keys e-ak e-sk e-st"
        }
        (CredentialOrigin::Environment, CredentialKind::Password) => {
            variables.extend([("HW_USER_PASSWORD", "e-pw"), ("OS_USER_ID", "e-u")]);
            r#"password e-pw Id("e-u")"#
        }
        (CredentialOrigin::Server, _) => "metadata",
        other => panic!("{other:?} cannot be named"),
    }
}

#[test]
fn any_two_credentials_follow_the_precedence_table_and_its_warnings() {
    let all: Vec<_> = candidates().collect();
    assert_eq!(all.len(), 11);
    let mut warned = Vec::new();
    for (index, one) in all.iter().enumerate() {
        for other in &all[index..] {
            // A profile is of one mode.
            if one != other
                && (one.0, other.0) == (CredentialOrigin::Profile, CredentialOrigin::Profile)
            {
                continue;
            }
            let (mut arguments, mut profile, mut variables) =
                (none_written(), Profile::default(), Vec::new());
            name_credential(*other, &mut arguments, &mut profile, &mut variables);
            let expected = name_credential(*one, &mut arguments, &mut profile, &mut variables);
            let found = find(&arguments, &profile, &variables).expect("an identity");
            assert_eq!(shown(&found), expected, "{one:?} {other:?}");
            let ignored = found.ignored();
            if !ignored.is_empty() {
                warned.push(format!(
                    "{:?} {:?} over {:?} {:?}",
                    one.0, one.1, other.0, other.1
                ));
                assert!(ignored[0].contains("ignored"), "{ignored:?}");
            }
            // What comes from the environment is named by its variable.
            if other.0 == CredentialOrigin::Environment && !ignored.is_empty() {
                assert!(ignored[0].contains("`HW_"), "{ignored:?}");
            }
        }
    }
    let expected = [
        "Block Token over Environment Oidc",
        "Block AccessKey over Profile AccessKey",
        "Block AccessKey over Environment Oidc",
        "Block AccessKey over Environment Token",
        // The security token alone.
        "Block AccessKey over Environment AccessKey",
        "Block Password over Profile AccessKey",
        "Block Password over Environment Oidc",
        "Block Password over Environment Token",
        "Block Password over Environment AccessKey",
        "Profile AccessKey over Environment Oidc",
        "Profile AccessKey over Environment Token",
        "Profile Metadata over Environment Oidc",
        "Profile Metadata over Environment Token",
        "Profile Metadata over Environment AccessKey",
        "Profile Metadata over Environment Password",
    ];
    assert_eq!(warned, expected);
}

#[test]
fn warnings_explain_which_credential_is_used_and_which_is_ignored() {
    let key = Arguments {
        access_key: secret("a-ak"),
        secret_key: secret("a-sk"),
        ..none_written()
    };
    let found = find(&key, &Profile::default(), &[("OS_AUTH_TOKEN", "e-t")]).expect("an identity");
    assert_eq!(
        found.ignored(),
        [
            "`access_key` in the provider block is used to sign in, because the provider block takes precedence over \
             the profile and the environment. `OS_AUTH_TOKEN` in the environment is ignored, although the \
             `huaweicloud` provider would use it. Remove the ignored credential if you do not need it."
        ]
    );
    let found =
        find(&key, &Profile::default(), &[("HW_SECURITY_TOKEN", "e-st")]).expect("an identity");
    assert_eq!(shown(&found), "keys a-ak a-sk");
    assert_eq!(
        found.ignored(),
        [
            "`HW_SECURITY_TOKEN` in the environment is ignored, because `access_key` is set in the provider block \
             and a security token is valid only with its own access key. If the access key in the provider block is \
             temporary, set `security_token` in the provider block too."
        ]
    );
}

#[test]
fn the_agency_of_an_ignored_identity_provider_is_not_assumed() {
    let token = Arguments {
        token: secret("a-t"),
        ..none_written()
    };
    let found = find(&token, &Profile::default(), &OIDC_VARIABLES).expect("an identity");
    assert_eq!(
        (shown(&found).as_str(), found.steps.len()),
        ("token a-t", 0)
    );
}

#[test]
fn a_partial_credential_in_the_block_is_always_an_error() {
    for (arguments, argument, problem) in [
        (
            Arguments {
                access_key: secret("a-ak"),
                ..none_written()
            },
            "access_key",
            "but neither `secret_key` nor the environment variable `HW_SECRET_KEY` or `OS_SECRET_KEY` is set",
        ),
        (
            Arguments {
                secret_key: secret("a-sk"),
                ..none_written()
            },
            "secret_key",
            "but neither `access_key` nor",
        ),
        (
            Arguments {
                security_token: secret("a-st"),
                ..none_written()
            },
            "security_token",
            "is set without `access_key`",
        ),
        (
            Arguments {
                user_name: text("ana"),
                ..none_written()
            },
            "user_name",
            "but neither `password` nor",
        ),
        (
            Arguments {
                password: secret("a-pw"),
                ..none_written()
            },
            "password",
            "but neither `user_name` nor",
        ),
    ] {
        let error = find(&arguments, &profile(), &TOKEN_VARIABLES).expect_err(argument);
        assert_eq!(error.argument(), Some(argument));
        assert!(error.to_string().contains(problem), "{error}");
    }
    // The key of the environment has a security token of its own.
    let stray = Arguments {
        security_token: secret("a-st"),
        ..none_written()
    };
    let error = find(&stray, &Profile::default(), &KEY_VARIABLES).expect_err("a stray token");
    assert_eq!(error.argument(), Some("security_token"));
}

#[test]
fn a_profile_without_a_key_is_reported_and_skips_the_metadata_service() {
    let lacking = of_credential(ProfileCredential::Lacking("leads to nothing".to_owned()));
    let found = find(&none_written(), &lacking, &TOKEN_VARIABLES).expect("an identity");
    assert_eq!(shown(&found), "token e-t");
    assert_eq!(
        found.ignored(),
        [
            "`shared_config_file` leads to nothing. `HW_AUTH_TOKEN` in the environment is used to sign in instead."
        ]
    );
    let error = find(&none_written(), &lacking, &[]).expect_err("no key");
    assert!(
        error
            .to_string()
            .contains("`shared_config_file` leads to nothing"),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .ends_with("because another source is only partially configured"),
        "{error}"
    );

    let unusable = of_credential(ProfileCredential::Unusable("is encrypted".to_owned()));
    let error = find(&none_written(), &unusable, &TOKEN_VARIABLES).expect_err("encrypted");
    assert_eq!(error.argument(), Some("shared_config_file"));
    let key = Arguments {
        token: secret("a-t"),
        ..none_written()
    };
    let found = find(&key, &unusable, &[]).expect("an identity");
    assert_eq!(shown(&found), "token a-t");
}

/// The table of precedence as the README has it.
fn table() -> String {
    let names = |origin, kinds: &[CredentialKind]| {
        let names = kinds.iter().map(|kind| match (origin, kind) {
            (CredentialOrigin::Profile, CredentialKind::AccessKey) => "its access key".to_owned(),
            (_, CredentialKind::Metadata) => "the ECS instance's agency".to_owned(),
            (CredentialOrigin::Environment, kind) => {
                let setting = kind.setting().expect("a setting");
                format!("`{}`", setting.variables.join("` or `"))
            }
            (_, kind) => format!("`{}`", kind.setting().expect("a setting").argument),
        });
        names.collect::<Vec<_>>().join(", ")
    };
    let rows = PRECEDENCE.iter().zip(1..).map(|((origin, kinds), number)| {
        let kinds = names(*origin, kinds);
        match origin {
            CredentialOrigin::Block => format!("{number}. the provider block: {kinds}\n"),
            CredentialOrigin::Profile => {
                format!("{number}. the profile: {kinds} (mode `ecsAgency`)\n")
            }
            CredentialOrigin::Environment => format!("{number}. the environment: {kinds}\n"),
            CredentialOrigin::Server => format!("{number}. {kinds}\n"),
        }
    });
    rows.collect()
}

#[test]
fn the_readme_has_the_table_of_precedence() {
    // However its lines are wrapped.
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let readme = words(include_str!("../../../../README.md"));
    let table = table();
    assert!(readme.contains(&words(&table)), "README.md lacks:\n{table}");
}

#[test]
fn settings_report_ignored_credentials() {
    let key = Arguments {
        access_key: secret("a-ak"),
        secret_key: secret("a-sk"),
        ..none_written()
    };
    let settings = Settings::new(key, &Environment::of(TOKEN_VARIABLES)).expect("settings");
    assert_eq!(settings.ignored_credentials().len(), 1);
}

#[test]
fn the_block_overrides_the_profile_and_the_profile_the_environment() {
    let none = Profile::default();
    let keys = |access: Option<&str>, secret_key: Option<&str>| Arguments {
        access_key: access.map(Sensitive::new),
        secret_key: secret_key.map(Sensitive::new),
        ..Arguments::default()
    };
    for (arguments, profile, variables, expected) in [
        (
            keys(None, None),
            profile(),
            &KEY_VARIABLES[..],
            "keys p-ak p-sk p-st",
        ),
        (
            keys(Some("a-ak"), Some("a-sk")),
            profile(),
            &[],
            "keys a-ak a-sk",
        ),
        // Half written down, half in the environment; never half in the profile. A security token belongs to the key that
        // it is set beside.
        (
            keys(Some("a-ak"), None),
            profile(),
            &KEY_VARIABLES,
            "keys a-ak e-sk",
        ),
        (
            keys(None, Some("a-sk")),
            profile(),
            &KEY_VARIABLES,
            "keys e-ak a-sk e-st",
        ),
        (
            keys(Some("a-ak"), Some("a-sk")),
            none.clone(),
            &KEY_VARIABLES,
            "keys a-ak a-sk",
        ),
        (
            keys(Some(""), Some("")),
            profile(),
            &[],
            "keys p-ak p-sk p-st",
        ),
        // What is written down names a kind, and the environment must not name another one.
        (
            keys(Some("a-ak"), Some("a-sk")),
            none.clone(),
            &TOKEN_VARIABLES,
            "keys a-ak a-sk",
        ),
        (
            none_written(),
            profile(),
            &TOKEN_VARIABLES,
            "keys p-ak p-sk p-st",
        ),
        (
            none_written(),
            of_credential(ProfileCredential::Server),
            &TOKEN_VARIABLES,
            "metadata",
        ),
        (
            Arguments {
                user_name: text("ben"),
                domain_name: text("acme"),
                ..none_written()
            },
            none.clone(),
            &[("HW_USER_PASSWORD", "e-pw"), ("HW_USER_ID", "e-u")],
            r#"password e-pw Name { name: "ben", account: Name("acme") }"#,
        ),
    ] {
        let found = find(&arguments, &profile, variables).expect("an identity");
        assert_eq!(shown(&found), expected);
    }
}

#[test]
fn users_are_identified_by_id_or_by_name_and_account() {
    let base = || Arguments {
        password: secret("pw"),
        user_name: text("ana"),
        ..Arguments::default()
    };
    let by_profile = Profile {
        domain_id: text("p-d"),
        ..Profile::default()
    };
    for (arguments, profile, variables, expected) in [
        (
            Arguments {
                user_id: text("u1"),
                domain_id: text("d1"),
                ..base()
            },
            Profile::default(),
            &[][..],
            r#"password pw Id("u1")"#,
        ),
        (
            Arguments {
                domain_name: text("acme"),
                ..base()
            },
            by_profile.clone(),
            &[("HW_DOMAIN_ID", "e-d")],
            r#"password pw Name { name: "ana", account: Name("acme") }"#,
        ),
        (
            Arguments {
                domain_name: text("acme"),
                domain_id: text("d1"),
                ..base()
            },
            Profile::default(),
            &[],
            r#"password pw Name { name: "ana", account: Id(DomainId("d1")) }"#,
        ),
        (
            base(),
            by_profile,
            &[("HW_DOMAIN_ID", "e-d"), ("HW_DOMAIN_NAME", "acme")],
            r#"password pw Name { name: "ana", account: Id(DomainId("p-d")) }"#,
        ),
        (
            base(),
            Profile::default(),
            &[("OS_USER_DOMAIN_NAME", "acme")],
            r#"password pw Name { name: "ana", account: Name("acme") }"#,
        ),
    ] {
        let found = find(&arguments, &profile, variables).expect("an identity");
        assert_eq!(shown(&found), expected);
    }
}

#[test]
fn the_no_credentials_error_lists_each_source_and_why_it_was_skipped() {
    let words = |arguments: Arguments, variables: &[(&str, &str)]| {
        let found = find(&arguments, &Profile::default(), variables).expect("an identity");
        let error = found.no_credentials("no route");
        assert_eq!(error.kind(), ErrorKind::Configuration);
        error.to_string()
    };
    assert_eq!(
        words(Arguments::default(), &[]),
        "no credentials found; set `access_key` and `secret_key`, or the environment variables `HW_ACCESS_KEY` and `HW_SECRET_KEY`. Sources that were checked: neither `assume_role_with_oidc` nor the environment variable `HW_ASSUME_ROLE_IDP_ID` \
         is set; neither `token` nor the environment variable `HW_AUTH_TOKEN` or `OS_AUTH_TOKEN` is set; neither \
         `access_key` nor the environment variable `HW_ACCESS_KEY` or `OS_ACCESS_KEY` is set, and no profile in \
         `shared_config_file` provides an access key; neither `password` nor the environment variable \
         `HW_USER_PASSWORD` or `OS_PASSWORD` is set; the ECS metadata service: no route"
    );
}

#[test]
fn a_partial_source_is_named_and_skips_the_metadata_service() {
    for (variables, part) in [
        (
            &KEY_VARIABLES[..1],
            "`access_key` is set, but neither `secret_key` nor",
        ),
        (
            &KEY_VARIABLES[1..],
            "`secret_key` is set, but neither `access_key` nor",
        ),
        (
            &PASSWORD_VARIABLES[..1],
            "`password` is set, but neither `user_name` nor",
        ),
        (
            &PASSWORD_VARIABLES[..2],
            "`password` and `user_name` are set, but neither `domain_name` nor",
        ),
    ] {
        let found = find(&Arguments::default(), &Profile::default(), variables);
        let said = found.map(|_| ()).expect_err(part).to_string();
        assert!(said.contains(part), "`{part}` in: {said}");
        assert!(
            said.ends_with("not queried, because another source is only partially configured"),
            "{said}"
        );
        assert!(!said.contains("e-"), "{said}");
    }
}

#[test]
fn an_identity_provider_needs_all_its_settings_and_one_token() {
    let block = |token: &str, file: &str| {
        let block = AssumeRoleWithOidc {
            idp_id: text("a-idp"),
            id_token: secret(token),
            id_token_file: text(file),
            ..AssumeRoleWithOidc::default()
        };
        Arguments {
            assume_role_with_oidc: Some(block),
            ..Arguments::default()
        }
    };
    let none = Profile::default();
    let home = ("HOME", "/home/ana");
    let all = [OIDC_VARIABLES.as_slice(), &[home]].concat();
    for (token, file, expected) in [
        ("a-id", "", "oidc a-idp a-id"),
        ("", "~/id", "oidc a-idp file /home/ana/id"),
        ("", "", "oidc a-idp e-id"),
    ] {
        let found = find(&block(token, file), &none, &all).expect("an identity");
        assert_eq!(shown(&found), expected);
        let role = Role {
            agency_name: "deploy".to_owned(),
            account: Account::Id(DomainId::new("d1").expect("an id")),
            duration: None,
        };
        assert_eq!(found.steps, [RoleStep::Assume(role)]);
    }
    let refused = |arguments: &Arguments, variables: &[(&str, &str)]| {
        let error = find(arguments, &none, variables).expect_err("incomplete");
        assert_eq!(error.argument(), Some(OIDC));
        error.to_string()
    };
    assert!(refused(&block("a-id", "file"), &all).contains("sets both"));
    for (missing, part) in [
        (
            "HW_ASSUME_ROLE_ID_TOKEN",
            "requires `id_token`, `id_token_file` or",
        ),
        ("HW_ASSUME_ROLE_AGENCY_NAME", "requires `agency_name`"),
        ("HW_ASSUME_ROLE_DOMAIN_ID", "requires `domain_id`"),
    ] {
        let some: Vec<_> = all
            .iter()
            .copied()
            .filter(|(name, _)| *name != missing)
            .collect();
        let said = refused(&Arguments::default(), &some);
        assert!(said.contains(part), "`{part}` in: {said}");
    }
    let empty = Arguments {
        assume_role_with_oidc: Some(AssumeRoleWithOidc::default()),
        ..Arguments::default()
    };
    assert!(refused(&empty, &[]).contains("requires `idp_id`"));
}

#[test]
fn an_id_token_file_is_read_on_each_use_and_trimmed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token");
    let token = IdToken::File {
        given: path.display().to_string(),
        path: path.clone(),
    };
    let missing = token.read().expect_err("no file");
    assert_eq!(missing.argument(), Some(OIDC));
    for text in ["first", "\r\nsecond\n\n"] {
        std::fs::write(&path, text).expect("written");
        let read = token.read().map(|secret| secret.expose().to_owned());
        assert_eq!(read.ok().as_deref(), Some(text.trim()));
    }
    std::fs::write(&path, "\n").expect("written");
    let empty = token.read().expect_err("nothing in it").to_string();
    assert!(empty.contains(&*path.to_string_lossy()), "{empty}");
}

#[test]
fn a_token_given_as_its_file_path_is_not_shown() {
    let none = Profile::default();
    for token in ["eyJhbGciOi.hunter2.hunter3-hunter4", "hunter2\nhunter3"] {
        let file = ("HW_ASSUME_ROLE_ID_TOKEN_FILE", token);
        let others = OIDC_VARIABLES
            .iter()
            .filter(|(name, _)| *name != "HW_ASSUME_ROLE_ID_TOKEN");
        let variables: Vec<_> = others.copied().chain([file]).collect();
        let found = find(&Arguments::default(), &none, &variables).expect("an identity");
        let CredentialSource::Oidc { id_token, .. } = found.origin else {
            panic!("an identity provider");
        };
        let error = id_token.read().expect_err("no file").to_string();
        assert!(!error.contains("hunter"), "{error}");
        assert!(
            error.contains("the file (path redacted) cannot be read"),
            "{error}"
        );
    }
}

#[test]
fn agencies_are_assumed_in_order_and_completed_from_the_environment() {
    let role = |name: &str, domain_name: Option<&str>, domain_id: Option<&str>| AssumeRole {
        agency_name: name.to_owned(),
        domain_name: domain_name.map(str::to_owned),
        domain_id: domain_id.map(str::to_owned),
        duration: None,
    };
    let profile = Profile {
        agency_name: text("p-agency"),
        agency_domain_name: text("p-acme"),
        ..profile()
    };
    let with = |roles: Vec<AssumeRole>| Arguments {
        assume_role: roles,
        ..Arguments::default()
    };
    let variables = [
        ("HW_ASSUME_ROLE_AGENCY_NAME", "e-agency"),
        ("HW_ASSUME_ROLE_DOMAIN_ID", "e-d"),
        ("HW_ASSUME_ROLE_DOMAIN_NAME", "e-acme"),
        ("HW_ASSUME_ROLE_DURATION", "1800"),
    ];
    let none = Profile::default();
    let by_id = Profile {
        agency_domain_name: None,
        agency_domain_id: text("p-d9"),
        ..profile.clone()
    };
    for (arguments, profile, variables, expected) in [
        (with(vec![]), &none, &[][..], vec![]),
        (
            with(vec![]),
            &none,
            &variables[..],
            vec!["e-agency id e-d 1800"],
        ),
        (
            with(vec![]),
            &profile,
            &variables[..1],
            vec!["p-agency name p-acme -"],
        ),
        (
            with(vec![role("a", Some("acme"), None)]),
            &profile,
            &variables[..],
            vec!["a name acme 1800"],
        ),
        (
            with(vec![role("a", None, None)]),
            &none,
            &variables[2..3],
            vec!["a name e-acme -"],
        ),
        (
            with(vec![
                role("a", Some("acme"), Some("d1")),
                role("b", Some("other"), None),
            ]),
            &profile,
            &variables[..],
            vec!["a id d1 1800", "b name other 1800"],
        ),
        // The environment completes every block, also an empty one, and an account is not mixed of two.
        (
            with(vec![role("", None, None)]),
            &none,
            &variables[..],
            vec!["e-agency id e-d 1800"],
        ),
        (
            with(vec![
                role("a", None, Some("d1")),
                role("", Some(""), Some("")),
            ]),
            &none,
            &variables[..],
            vec!["a id d1 1800", "e-agency id e-d 1800"],
        ),
        (
            with(vec![role("", Some("acme"), None)]),
            &none,
            &variables[..2],
            vec!["e-agency name acme -"],
        ),
        (with(vec![]), &by_id, &[], vec!["p-agency id p-d9 -"]),
    ] {
        let variables = [variables, &TOKEN_VARIABLES].concat();
        let found = find(&arguments, profile, &variables).expect("an identity");
        let steps: Vec<_> = found.steps.iter().map(step).collect();
        assert_eq!(steps, expected);
    }
    for (arguments, variables, part) in [
        (
            with(vec![role("a", None, None)]),
            &[][..],
            "requires the account that owns the agency `a`",
        ),
        (
            with(vec![role("", Some("acme"), None)]),
            &[],
            "requires `agency_name`",
        ),
        (
            with(vec![]),
            &[
                variables[0],
                variables[1],
                ("HW_ASSUME_ROLE_DURATION", "1h"),
            ],
            "`1h`",
        ),
    ] {
        let error = find(&arguments, &none, variables).expect_err("incomplete");
        assert_eq!(error.argument(), Some("assume_role"));
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn a_profile_agency_is_assumed_only_with_the_profile_credential() {
    let with_agency = |profile: Profile| Profile {
        agency_name: text("p-agency"),
        agency_domain_name: text("p-acme"),
        ..profile
    };
    let with_key = with_agency(profile());
    let on_server = with_agency(of_credential(ProfileCredential::Server));
    let lacking = ProfileCredential::Lacking("has no key".to_owned());
    let without_key = with_agency(of_credential(lacking));
    let by_token = || Arguments {
        token: secret("t"),
        ..Arguments::default()
    };
    let by_role = Arguments {
        assume_role: vec![AssumeRole {
            agency_name: "a".to_owned(),
            domain_name: text("acme"),
            ..AssumeRole::default()
        }],
        ..by_token()
    };
    let nothing = Arguments::default;
    for (arguments, profile, expected, is_said) in [
        (nothing(), &with_key, Some("p-agency name p-acme -"), false),
        (nothing(), &on_server, Some("p-agency name p-acme -"), false),
        (nothing(), &without_key, None, true),
        (by_token(), &with_key, None, true),
        (by_token(), &on_server, None, true),
        (by_token(), &without_key, None, true),
        (by_role, &with_key, Some("a name acme -"), false),
    ] {
        let found = find(&arguments, profile, &TOKEN_VARIABLES).expect("an identity");
        let steps: Vec<_> = found.steps.iter().map(step).collect();
        assert_eq!(steps, expected.into_iter().collect::<Vec<_>>());
        let said = found.ignored().join(" ");
        let agency = "agency `p-agency` is not assumed";
        assert_eq!(said.contains(agency), is_said, "{said}");
    }
}

#[test]
fn environment_ids_are_trimmed_and_errors_name_their_variable() {
    let none = Profile::default();
    let user = |id: &str| {
        let variables = [("HW_USER_ID", id), ("HW_USER_PASSWORD", " p ")];
        find(&Arguments::default(), &none, &variables)
    };
    let found = user(" u1\r\n").expect("an identity");
    let CredentialSource::Password { user: id, password } = found.origin else {
        panic!("a user");
    };
    assert_eq!(id, User::Id("u1".to_owned()));
    // A password is taken as it is.
    assert_eq!(password.expose(), " p ");
    let replaced = |variable: &str, id: &'static str| {
        let replace = |(name, text): (&'static str, &'static str)| match name == variable {
            true => (name, id),
            false => (name, text),
        };
        let variables = OIDC_VARIABLES.map(replace);
        find(&Arguments::default(), &none, &variables)
    };
    let found = replaced("HW_ASSUME_ROLE_IDP_ID", "idp\n").expect("an identity");
    assert!(shown(&found).starts_with("oidc idp "), "{}", shown(&found));
    let found = replaced("HW_ASSUME_ROLE_DOMAIN_ID", "d1\n").expect("an identity");
    assert_eq!(step(&found.steps[0]), "deploy id d1 -");
    let role = |id: &'static str| {
        let variables = [
            ("HW_AUTH_TOKEN", "t"),
            ("HW_ASSUME_ROLE_AGENCY_NAME", "deploy\n"),
            ("HW_ASSUME_ROLE_DOMAIN_ID", id),
        ];
        find(&Arguments::default(), &none, &variables)
    };
    let found = role("d1\n").expect("an identity");
    assert_eq!(step(&found.steps[0]), "deploy id d1 -");
    for (refused, argument, variable) in [
        (user("u/1"), "user_id", "HW_USER_ID"),
        (
            replaced("HW_ASSUME_ROLE_IDP_ID", "i\td"),
            OIDC,
            "HW_ASSUME_ROLE_IDP_ID",
        ),
        (
            replaced("HW_ASSUME_ROLE_DOMAIN_ID", "d/1"),
            OIDC,
            "HW_ASSUME_ROLE_DOMAIN_ID",
        ),
        (role("d/1"), "assume_role", "HW_ASSUME_ROLE_DOMAIN_ID"),
    ] {
        let error = refused.expect_err(variable);
        assert_eq!(error.argument(), Some(argument));
        let variable = format!("`{variable}`");
        assert!(error.to_string().contains(&variable), "{error}");
    }
    let written = Arguments {
        user_id: text("u1\n"),
        password: secret("p"),
        ..Arguments::default()
    };
    let error = find(&written, &none, &[]).expect_err("white space");
    assert_eq!(error.argument(), Some("user_id"));
}

fn step(step: &RoleStep) -> String {
    let RoleStep::Assume(role) = step else {
        return format!("{step:?}");
    };
    let account = match &role.account {
        Account::Id(id) => format!("id {id}"),
        Account::Name(name) => format!("name {name}"),
    };
    let duration = role.duration.as_ref().map(Duration::as_secs);
    let duration = duration.map_or("-".to_owned(), |seconds| seconds.to_string());
    format!("{} {account} {duration}", role.agency_name)
}

#[test]
fn the_legacy_agency_needs_its_account_and_is_assumed_first() {
    let arguments = Arguments {
        token: secret("t"),
        agency_name: text("old"),
        agency_domain_name: text("acme"),
        assume_role: vec![AssumeRole {
            agency_name: "new".to_owned(),
            domain_name: text("acme"),
            ..AssumeRole::default()
        }],
        ..Arguments::default()
    };
    let none = Profile::default();
    let found = find(&arguments, &none, &[("OS_DELEGATED_PROJECT", "p")]).expect("an identity");
    let old = RoleStep::AgencyToken {
        agency_name: "old".to_owned(),
        domain_name: "acme".to_owned(),
        project_name: text("p"),
    };
    assert_eq!(found.steps.first(), Some(&old));
    assert_eq!(
        found.steps.get(1).map(step).as_deref(),
        Some("new name acme -")
    );
    for (variable, argument) in [
        ("OS_AGENCY_NAME", "agency_domain_name"),
        ("OS_AGENCY_DOMAIN_NAME", "agency_name"),
    ] {
        let variables = [(variable, "x"), ("HW_AUTH_TOKEN", "t")];
        let error = find(&Arguments::default(), &none, &variables).expect_err("half");
        assert_eq!(error.argument(), Some(argument));
    }
}
