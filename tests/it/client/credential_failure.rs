//! Every source of credentials, and the ways it can fail: half set, refused, out of order, out of reach.

use http::StatusCode;
use hwgrants::cloud::{
    Arguments, AssumeRole, AssumeRoleWithOidc, Client, Environment, Error, ErrorKind, Sensitive,
    Settings,
};
use hwgrants::sandbox::{Fault, FaultAction, Sandbox, SandboxOptions, seed};

use super::{call, region};

/// A source of credentials, and what to do to it.
struct Source {
    /// The argument that an error about it names.
    name: &'static str,
    /// What makes it work.
    complete: Arguments,
    /// What makes it half set; none if it has one part only.
    half: Option<Arguments>,
    /// What makes the cloud refuse it.
    wrong: Arguments,
    /// The operation that signing in with it needs; none if it needs none.
    operation: Option<&'static str>,
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn hidden(text: &str) -> Option<Sensitive> {
    Some(Sensitive::new(text))
}

fn key(secret_key: &str) -> Arguments {
    Arguments {
        access_key: hidden(seed::ACCESS_KEY),
        secret_key: hidden(secret_key),
        ..Arguments::default()
    }
}

fn password(password: &str) -> Arguments {
    Arguments {
        user_name: text(seed::USER_NAME),
        domain_name: text(seed::ACCOUNT_NAME),
        password: hidden(password),
        ..Arguments::default()
    }
}

fn role(agency_name: &str, by_id: bool) -> Arguments {
    let role = AssumeRole {
        agency_name: agency_name.to_owned(),
        domain_id: text(seed::AGENCY_ACCOUNT_ID).filter(|_| by_id),
        domain_name: text(seed::AGENCY_ACCOUNT_NAME).filter(|_| !by_id),
        duration: None,
    };
    Arguments {
        assume_role: vec![role],
        ..key(seed::SECRET_KEY)
    }
}

fn oidc(idp_id: Option<&str>, id_token: &str) -> Arguments {
    let role = AssumeRoleWithOidc {
        agency_name: text(seed::AGENCY_NAME),
        domain_id: text(seed::AGENCY_ACCOUNT_ID),
        idp_id: idp_id.map(str::to_owned),
        id_token: hidden(id_token),
        id_token_file: None,
        duration: None,
    };
    Arguments {
        assume_role_with_oidc: Some(role),
        ..Arguments::default()
    }
}

fn agency(agency_name: &str, account: Option<&str>) -> Arguments {
    Arguments {
        agency_name: text(agency_name),
        agency_domain_name: account.map(str::to_owned),
        ..password(seed::PASSWORD)
    }
}

fn sources() -> Vec<Source> {
    let token = |token: &str| Arguments {
        token: hidden(token),
        ..Arguments::default()
    };
    let without_account = Arguments {
        domain_name: None,
        ..password(seed::PASSWORD)
    };
    let half_key = Arguments {
        secret_key: None,
        ..key("")
    };
    vec![
        Source {
            name: "token",
            complete: token(seed::TOKEN),
            half: None,
            wrong: token(seed::TOKEN_EXPIRED),
            operation: None,
        },
        Source {
            name: "secret_key",
            complete: key(seed::SECRET_KEY),
            half: Some(half_key),
            wrong: key("wrong"),
            operation: None,
        },
        Source {
            name: "domain_name",
            complete: password(seed::PASSWORD),
            half: Some(without_account),
            wrong: password("wrong"),
            operation: Some("KeystoneCreateToken"),
        },
        Source {
            name: "assume_role",
            complete: role(seed::AGENCY_NAME, false),
            half: Some(role("", false)),
            wrong: role("nobody", false),
            operation: Some("CreateTemporaryAccessKey"),
        },
        Source {
            name: "assume_role",
            complete: role(seed::AGENCY_NAME, true),
            half: Some(role("", true)),
            wrong: role("nobody", true),
            operation: Some("AssumeAgency"),
        },
        Source {
            name: "idp_id",
            complete: oidc(Some(seed::IDENTITY_PROVIDER_ID), seed::ID_TOKEN),
            half: Some(oidc(None, seed::ID_TOKEN)),
            wrong: oidc(Some(seed::IDENTITY_PROVIDER_ID), "wrong"),
            operation: Some("CreateTokenWithIdToken"),
        },
        Source {
            name: "agency_domain_name",
            complete: agency(seed::AGENCY_NAME, Some(seed::AGENCY_ACCOUNT_NAME)),
            half: Some(agency(seed::AGENCY_NAME, None)),
            wrong: agency("nobody", Some(seed::AGENCY_ACCOUNT_NAME)),
            operation: Some("KeystoneCreateToken"),
        },
        Source {
            name: "ECS",
            complete: Arguments::default(),
            half: None,
            wrong: Arguments::default(),
            operation: Some("ShowSecurityKey"),
        },
    ]
}

/// Signs in and asks for the project, with everything sent to `url`.
async fn asked(url: &str, arguments: &Arguments) -> Result<(), Error> {
    let arguments = Arguments {
        region: text(seed::REGION),
        max_retries: Some(0),
        ..arguments.clone()
    };
    let environment = Environment::of([("HWGRANTS_ENDPOINT", url)]);
    let client = Client::new(Settings::new(arguments, &environment)?);
    client.project_id_of(&region(), &call()).await.map(drop)
}

async fn sandbox() -> Sandbox {
    Sandbox::start(SandboxOptions::default())
        .await
        .expect("a sandbox")
}

#[tokio::test]
async fn every_source_works_with_complete_valid_credentials() {
    for source in sources() {
        let outcome = asked(&sandbox().await.url(), &source.complete).await;
        assert!(outcome.is_ok(), "{}: {outcome:?}", source.name);
    }
}

/// The address of a port of this machine at which nobody listens.
async fn closed() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let address = listener.expect("a port").local_addr();
    format!("http://{}", address.expect("an address"))
}

#[tokio::test]
async fn an_incomplete_source_is_reported_before_any_request() {
    for source in sources() {
        let Some(half) = source.half else { continue };
        // Its metadata service would have a key.
        let sandbox = sandbox().await;
        let error = asked(&sandbox.url(), &half).await.expect_err(source.name);
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        let said = error.to_string();
        assert!(said.contains(source.name), "{}: {said}", source.name);
        let requests = sandbox.world().requests();
        assert!(requests.is_empty(), "{}: {requests:?}", source.name);
    }
}

#[tokio::test]
async fn rejected_credentials_are_an_authentication_or_permission_error() {
    for source in sources().into_iter().filter(|source| source.name != "ECS") {
        let error = asked(&sandbox().await.url(), &source.wrong)
            .await
            .expect_err(source.name);
        let kind = error.kind();
        assert!(
            matches!(kind, ErrorKind::Authentication | ErrorKind::Permission),
            "{}: {kind:?}: {error}",
            source.name
        );
        assert!(
            error.operation().is_some() && error.request_id().is_some(),
            "{error}"
        );
        assert!(!error.is_ambiguous());
    }
}

#[tokio::test]
async fn every_source_reports_an_unavailable_service_at_sign_in() {
    for source in sources() {
        let Some(operation) = source.operation else {
            continue;
        };
        let sandbox = sandbox().await;
        let broken =
            FaultAction::error(StatusCode::SERVICE_UNAVAILABLE, "APIGW.0613", "IAM is away");
        let fault = Fault::on(operation, broken).endless();
        sandbox.world().faults().add(fault);
        let error = asked(&sandbox.url(), &source.complete)
            .await
            .expect_err(source.name);
        if source.name == "ECS" {
            // The last source: that it failed is one of the reasons why there are no credentials.
            assert!(error.to_string().contains("503"), "{error}");
            continue;
        }
        assert_eq!(
            error.kind(),
            ErrorKind::Transient,
            "{}: {error}",
            source.name
        );
        assert!(
            error.to_string().contains("IAM is away"),
            "{}: {error}",
            source.name
        );
    }
}

#[tokio::test]
async fn every_source_reports_an_unreachable_host() {
    let url = closed().await;
    for source in sources() {
        let error = asked(&url, &source.complete).await.expect_err(source.name);
        if source.name == "ECS" {
            assert!(error.to_string().contains("metadata service"), "{error}");
            continue;
        }
        assert_eq!(
            error.kind(),
            ErrorKind::Unreachable,
            "{}: {error}",
            source.name
        );
    }
}
