use std::time::Duration;

use super::*;
use crate::cloud::AssumeRole;

fn secret(text: &str) -> Option<Secret> {
    Some(Secret::new(text))
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn profile() -> Profile {
    Profile {
        access_key: secret("p-ak"),
        secret_key: secret("p-sk"),
        security_token: secret("p-st"),
        ..Profile::default()
    }
}

fn find(
    arguments: &Arguments,
    profile: &Profile,
    variables: &[(&str, &str)],
) -> Result<Identity, Error> {
    Identity::find(Given {
        arguments,
        profile,
        environment: &Environment::of_all(variables),
    })
}

/// An origin in words, secrets included.
fn shown(identity: &Identity) -> String {
    let secrets: Vec<_> = identity.secrets().into_iter().map(Secret::expose).collect();
    let secrets = secrets.join(" ");
    match &identity.origin {
        Origin::Oidc { idp_id, id_token } => match id_token {
            IdToken::Text(_) => format!("oidc {idp_id} {secrets}"),
            IdToken::File(path) => format!("oidc {idp_id} file {}", path.display()),
        },
        Origin::Token(_) => format!("token {secrets}"),
        Origin::Keys(_) => format!("keys {secrets}"),
        Origin::Password { user, .. } => format!("password {secrets} {user:?}"),
        Origin::Metadata => "metadata".to_owned(),
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
fn the_first_source_that_is_complete_counts() {
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

#[test]
fn what_is_written_down_wins_over_the_profile_and_that_over_the_environment() {
    let none = Profile::default();
    let keys = |access: Option<&str>, secret_key: Option<&str>| Arguments {
        access_key: access.map(Secret::new),
        secret_key: secret_key.map(Secret::new),
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
        // Half written down, half in the environment; never half in the profile.
        (
            keys(Some("a-ak"), None),
            profile(),
            &KEY_VARIABLES,
            "keys a-ak e-sk e-st",
        ),
        (
            keys(Some("a-ak"), Some("a-sk")),
            none.clone(),
            &KEY_VARIABLES,
            "keys a-ak a-sk e-st",
        ),
        (
            keys(Some(""), Some("")),
            profile(),
            &[],
            "keys p-ak p-sk p-st",
        ),
        // The order of the sources counts more than where their settings are from.
        (
            keys(Some("a-ak"), Some("a-sk")),
            none.clone(),
            &TOKEN_VARIABLES,
            "token e-t",
        ),
        // A half does not keep a whole one from counting.
        (
            keys(Some("a-ak"), None),
            none.clone(),
            &[("HW_USER_PASSWORD", "e-pw"), ("HW_USER_ID", "e-u")],
            r#"password e-pw Id("e-u")"#,
        ),
    ] {
        let found = find(&arguments, &profile, variables).expect("an identity");
        assert_eq!(shown(&found), expected);
    }
}

#[test]
fn a_user_is_known_by_id_or_by_name_and_account() {
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
fn without_any_source_each_is_named_with_the_reason_it_was_passed_over() {
    let words = |arguments: Arguments, variables: &[(&str, &str)]| {
        let found = find(&arguments, &Profile::default(), variables).expect("an identity");
        let error = found.nothing_found("no route");
        assert_eq!(error.kind(), ErrorKind::Configuration);
        error.to_string()
    };
    assert_eq!(
        words(Arguments::default(), &[]),
        "no credentials were found; tried in this order: `assume_role_with_oidc` is not set, nor the environment \
         variables `HW_ASSUME_ROLE_IDP_ID`; `token` is not set, nor the environment variables `HW_AUTH_TOKEN`, \
         `OS_AUTH_TOKEN`; `access_key` is not set, nor the environment variables `HW_ACCESS_KEY`, `OS_ACCESS_KEY`, \
         nor a profile of `shared_config_file` with a key; \
         `password` is not set, nor the environment variables `HW_USER_PASSWORD`, `OS_PASSWORD`; the metadata service \
         of ECS: no route"
    );
}

#[test]
fn a_source_set_in_part_is_named_and_keeps_the_server_from_being_asked() {
    for (variables, part) in [
        (
            &KEY_VARIABLES[..1],
            "`access_key` is set, but `secret_key` is not set",
        ),
        (
            &KEY_VARIABLES[1..],
            "`secret_key` is set, but `access_key` is not set",
        ),
        (
            &PASSWORD_VARIABLES[..1],
            "`password` is set, but `user_name` is not set",
        ),
        (
            &PASSWORD_VARIABLES[..2],
            "`password` and `user_name` are set, but `domain_name` is not set",
        ),
    ] {
        let found = find(&Arguments::default(), &Profile::default(), variables);
        let said = found.map(|_| ()).expect_err(part).to_string();
        assert!(said.contains(part), "`{part}` in: {said}");
        assert!(
            said.ends_with("not asked, because another source is set in part"),
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
        assert_eq!(found.steps, [Step::Assume(role)]);
    }
    let refused = |arguments: &Arguments, variables: &[(&str, &str)]| {
        let error = find(arguments, &none, variables).expect_err("incomplete");
        assert_eq!(error.argument(), Some(OIDC));
        error.to_string()
    };
    assert!(refused(&block("a-id", "file"), &all).contains("has both"));
    for (missing, part) in [
        (
            "HW_ASSUME_ROLE_ID_TOKEN",
            "must have `id_token` or `id_token_file`",
        ),
        ("HW_ASSUME_ROLE_AGENCY_NAME", "must have `agency_name`"),
        ("HW_ASSUME_ROLE_DOMAIN_ID", "must have `domain_id`"),
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
    assert!(refused(&empty, &[]).contains("must have `idp_id`"));
}

#[test]
fn an_id_token_in_a_file_is_read_anew_without_the_line_breaks_around_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token");
    let token = IdToken::File(path.clone());
    let missing = token.read().expect_err("no file");
    assert_eq!(missing.argument(), Some(OIDC));
    for text in ["first", "\r\nsecond\n\n"] {
        std::fs::write(&path, text).expect("written");
        let read = token.read().map(|secret| secret.expose().to_owned());
        assert_eq!(read.ok().as_deref(), Some(text.trim()));
    }
    std::fs::write(&path, "\n").expect("written");
    assert!(token.read().is_err());
}

#[test]
fn agencies_follow_in_their_order() {
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
            vec!["a id d1 -", "b name other -"],
        ),
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
            "whose agency `a` is",
        ),
        (
            with(vec![role("", Some("acme"), None)]),
            &[],
            "must have an `agency_name`",
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

fn step(step: &Step) -> String {
    let Step::Assume(role) = step else {
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
fn the_old_agency_needs_its_account_and_comes_first() {
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
    let old = Step::AgencyToken {
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
