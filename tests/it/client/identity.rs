//! Every source of credentials against the sandbox, which reads the API reference on its own.

use hwgrants::cloud::{
    Arguments, AssumeRole, AssumeRoleWithOidc, Client, Environment, ErrorKind, Sensitive, Settings,
};
use hwgrants::sandbox::{MetadataService, Sandbox, SandboxOptions, seed};

use super::{call, place, region, secret, tenant};

async fn sandbox() -> Sandbox {
    Sandbox::start(SandboxOptions::default())
        .await
        .expect("a sandbox")
}

fn client(sandbox: &Sandbox, arguments: Arguments) -> Client {
    let arguments = Arguments {
        region: text(seed::REGION),
        max_retries: Some(0),
        ..arguments
    };
    let environment = Environment::of([("HWGRANTS_ENDPOINT", &sandbox.url())]);
    Client::new(Settings::new(arguments, &environment).expect("settings"))
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn hidden(text: &str) -> Option<Sensitive> {
    Some(Sensitive::new(text))
}

fn by_key() -> Arguments {
    Arguments {
        access_key: hidden(seed::ACCESS_KEY),
        secret_key: hidden(seed::SECRET_KEY),
        ..Arguments::default()
    }
}

fn by_password() -> Arguments {
    Arguments {
        user_name: text(seed::USER_NAME),
        password: hidden(seed::PASSWORD),
        domain_name: text(seed::ACCOUNT_NAME),
        ..Arguments::default()
    }
}

fn role(by_id: bool) -> AssumeRole {
    AssumeRole {
        agency_name: seed::AGENCY_NAME.to_owned(),
        domain_name: text(seed::AGENCY_ACCOUNT_NAME).filter(|_| !by_id),
        domain_id: text(seed::AGENCY_ACCOUNT_ID).filter(|_| by_id),
        duration: None,
    }
}

#[tokio::test]
async fn user_credentials_resolve_project_and_account_and_call_both_services() {
    let by_id = Arguments {
        user_name: None,
        domain_name: None,
        user_id: text(seed::USER_ID),
        ..by_password()
    };
    let by_token = Arguments {
        token: hidden(seed::TOKEN),
        ..Arguments::default()
    };
    for arguments in [by_key(), by_password(), by_id, by_token] {
        let sandbox = sandbox().await;
        let client = client(&sandbox, arguments);
        let project = client
            .project_id_of(&region(), &call())
            .await
            .expect("a project");
        assert_eq!(project.as_str(), seed::PROJECT_ID);
        let account = client.account_id(&call()).await.expect("an account");
        assert_eq!(account.as_str(), seed::ACCOUNT_ID);
        let (bounds, place, resource) = (
            call(),
            place(project.as_str()),
            secret(seed::SECRET_DB_PASSWORD),
        );
        client
            .list_grants(&bounds, &place, &resource)
            .await
            .expect("listed");
        let granted = client
            .create_tenant_kms_grant(&bounds, &region(), &account)
            .await;
        assert!(granted.expect("granted"));
    }
}

#[tokio::test]
async fn an_access_key_resolves_the_project_of_another_region() {
    let sandbox = sandbox().await;
    let client = client(&sandbox, by_key());
    let other = seed::OTHER_REGION.parse().expect("a region");
    let project = client
        .project_id_of(&other, &call())
        .await
        .expect("a project");
    assert_eq!(project.as_str(), seed::OTHER_PROJECT_ID);
}

#[tokio::test]
async fn agencies_of_every_kind_act_in_their_own_account() {
    let with = |base: Arguments, assume_role: Vec<AssumeRole>| Arguments {
        assume_role,
        ..base
    };
    let old = |base: Arguments| Arguments {
        agency_name: text(seed::AGENCY_NAME),
        agency_domain_name: text(seed::AGENCY_ACCOUNT_NAME),
        ..base
    };
    let legacy = old(by_password());
    // The account that is set is the caller's own.
    let own = |base: Arguments| Arguments {
        domain_id: text(seed::ACCOUNT_ID),
        ..base
    };
    for (name, arguments) in [
        (
            "v3 by key, account set",
            own(with(by_key(), vec![role(false)])),
        ),
        (
            "v5 by key, account set",
            own(with(by_key(), vec![role(true)])),
        ),
        ("v3 by key", with(by_key(), vec![role(false)])),
        ("v5 by key", with(by_key(), vec![role(true)])),
        ("v3 by password", with(by_password(), vec![role(false)])),
        ("v5 by password", with(by_password(), vec![role(true)])),
        ("legacy by password, account set", own(legacy.clone())),
        ("legacy by password", legacy),
        ("legacy by key, account set", own(old(by_key()))),
        ("legacy by key", old(by_key())),
    ] {
        let sandbox = sandbox().await;
        let client = client(&sandbox, arguments);
        let project = client.project_id_of(&region(), &call()).await.expect(name);
        assert_eq!(project.as_str(), seed::AGENCY_PROJECT_ID, "{name}");
        let account = client.account_id(&call()).await.expect(name);
        assert_eq!(account.as_str(), seed::AGENCY_ACCOUNT_ID, "{name}");
        let shown = client
            .show_tenant_kms_grant(&call(), &region(), &account)
            .await;
        assert!(!shown.expect(name), "{name}");
    }
}

#[tokio::test]
async fn a_revoked_temporary_key_is_replaced_and_the_request_retried() {
    let sandbox = sandbox().await;
    let arguments = Arguments {
        assume_role: vec![role(false)],
        ..by_key()
    };
    let client = client(&sandbox, arguments);
    let tenant = tenant(seed::AGENCY_ACCOUNT_ID);
    let show = async || {
        client
            .show_tenant_kms_grant(&call(), &region(), &tenant)
            .await
    };
    show().await.expect("shown");
    sandbox.world().revoke_temporary_credentials();
    show().await.expect("shown with another key");
}

#[tokio::test]
async fn rejected_credentials_do_not_appear_in_the_error() {
    let sandbox = sandbox().await;
    let wrong_key = Arguments {
        secret_key: hidden("wrong-hunter2"),
        project_id: text(seed::PROJECT_ID),
        ..by_key()
    };
    let wrong_password = Arguments {
        password: hidden("wrong-hunter2"),
        ..by_password()
    };
    for (arguments, operation) in [
        (wrong_key, "ListGrants"),
        (wrong_password, "KeystoneCreateUserTokenByPassword"),
    ] {
        let client = client(&sandbox, arguments);
        let (bounds, place, resource) = (
            call(),
            place(seed::PROJECT_ID),
            secret(seed::SECRET_DB_PASSWORD),
        );
        let listed = client.list_grants(&bounds, &place, &resource).await;
        let error = listed.expect_err("refused");
        assert_eq!(
            (error.kind(), error.operation()),
            (ErrorKind::Authentication, Some(operation))
        );
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn an_ecs_instance_without_an_agency_is_reported() {
    let sandbox = sandbox().await;
    sandbox.world().set_metadata(MetadataService::default());
    let error = client(&sandbox, Arguments::default())
        .sign_in(&call())
        .await;
    let error = error.expect_err("no agency");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(
        error
            .to_string()
            .contains("no agency is attached to this ECS instance"),
        "{error}"
    );
}

#[tokio::test]
async fn an_oidc_id_token_assumes_an_agency() {
    let sandbox = sandbox().await;
    let block = AssumeRoleWithOidc {
        agency_name: text(seed::AGENCY_NAME),
        domain_id: text(seed::AGENCY_ACCOUNT_ID),
        idp_id: text(seed::IDENTITY_PROVIDER_ID),
        id_token: hidden(seed::ID_TOKEN),
        ..AssumeRoleWithOidc::default()
    };
    let arguments = Arguments {
        assume_role_with_oidc: Some(block),
        ..Arguments::default()
    };
    let client = client(&sandbox, arguments);
    let project = client
        .project_id_of(&region(), &call())
        .await
        .expect("a project");
    assert_eq!(project.as_str(), seed::AGENCY_PROJECT_ID);
}
