//! Looking at everything there is: paged, a few secrets at a time, and complete or not at all.

use std::collections::BTreeSet;
use std::time::Duration;

use http::StatusCode;
use hwgrants::audit::grant::{LiveGrant, SecretGrant};
use hwgrants::audit::live::Error;
use hwgrants::audit::{AuditProgress, AuditScope, DeclaredState, Live, read_live};
use hwgrants::cloud::{
    Arguments, Client, Environment, ErrorKind, ResourceId, ResourceType, Sensitive, Settings,
};
use hwgrants::sandbox::{
    Fault, FaultAction, GranteeKind, ResourceKind, Sandbox, SandboxOptions, SandboxResource,
    SecretState, When, seed,
};
use serde_json::json;

/// Secrets asked for their grants at a time.
const MOST: usize = 8;

/// More secrets than fit on a page.
const SECRETS: usize = 120;

/// A sandbox, and a client that signs in there with this token.
async fn cloud(token: &str) -> (Sandbox, Client) {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let arguments = Arguments {
        token: Some(Sensitive::new(token)),
        region: Some(seed::REGION.to_owned()),
        project_id: Some(seed::PROJECT_ID.to_owned()),
        domain_id: Some(seed::ACCOUNT_ID.to_owned()),
        ..Arguments::default()
    };
    let environment = Environment::of([("HWGRANTS_ENDPOINT", &sandbox.url())]);
    let client = Client::new(Settings::new(arguments, &environment).unwrap());
    (sandbox, client)
}

/// Adds secrets with a grant each.
fn add_secrets(sandbox: &Sandbox, count: usize) {
    let world = sandbox.world();
    for number in 0..count {
        let id = format!("secret-{number}");
        let secret = SandboxResource {
            project_id: seed::PROJECT_ID.into(),
            kind: ResourceKind::Secret,
            name: format!("name-{number}"),
            state: SecretState::Enabled,
            created_at: world.now(),
        };
        world.add_resource(&id, secret);
        grant(sandbox, &id, seed::USER_ANA);
    }
}

fn grant(sandbox: &Sandbox, resource: &str, grantee: &str) {
    let put = sandbox
        .world()
        .put_grant(resource, grantee, GranteeKind::User, None);
    put.unwrap();
}

async fn read(client: &Client, scope: &AuditScope) -> Result<Live, Error> {
    read_live(client, scope, &AuditProgress::default()).await
}

fn everything() -> AuditScope {
    AuditScope::everything(&[])
}

fn these(ids: &[&str]) -> AuditScope {
    let ids = ids.iter().map(|id| ResourceId::new(*id).unwrap());
    AuditScope::these(ids.collect(), &[])
}

fn secrets(live: &Live) -> Vec<&SecretGrant> {
    let grants = live.grants.iter().filter_map(|grant| match grant {
        LiveGrant::Secret(grant) => Some(grant),
        LiveGrant::Delegation(_) => None,
    });
    grants.collect()
}

/// How often an operation was asked for.
fn count(sandbox: &Sandbox, operation: &str) -> usize {
    let requests = sandbox.world().requests();
    let same = requests
        .iter()
        .filter(|request| request.operation == Some(operation));
    same.count()
}

#[tokio::test]
async fn all_pages_of_secrets_are_read_with_bounded_concurrency() {
    let (sandbox, client) = cloud(seed::TOKEN).await;
    add_secrets(&sandbox, SECRETS);
    let slow = FaultAction::Delay {
        delay: Duration::from_millis(20),
        when: When::BeforeEffect,
    };
    let world = sandbox.world();
    world.faults().add(Fault::on("ListGrants", slow).endless());
    let mut peak = 0;
    let watch = async {
        loop {
            let requests = world.requests();
            let open = requests.iter().filter(|request| request.status.is_none());
            peak = peak.max(open.count());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let scope = everything();
    let live = tokio::select! {
        live = read(&client, &scope) => live.unwrap(),
        () = watch => unreachable!(),
    };
    let names: BTreeSet<_> = secrets(&live)
        .iter()
        .map(|grant| grant.resource_name.clone().unwrap())
        .collect();
    assert_eq!(names.len(), SECRETS);
    // Two more secrets at most may come of a page that is read while others are looked at.
    assert!((MOST..=MOST + 1).contains(&peak), "{peak}");
    let there_are = SECRETS + 4;
    assert_eq!(count(&sandbox, "ListGrants"), there_are, "one look each");
}

#[tokio::test]
async fn throttled_requests_are_retried_without_losing_grants() {
    let (sandbox, client) = cloud(seed::TOKEN).await;
    add_secrets(&sandbox, 20);
    let throttle = FaultAction::throttle("1 second");
    let faults = sandbox.world().faults();
    faults.add(Fault::on("ListGrants", throttle).times(5));
    let live = read(&client, &everything()).await.unwrap();
    assert_eq!(live.grants.len(), 20);
    let requests = sandbox.world().requests();
    let refused = requests
        .iter()
        .filter(|request| request.status == Some(429));
    assert_eq!(refused.count(), 5);
}

#[tokio::test]
async fn a_secret_deleted_during_the_audit_is_not_an_error() {
    for (status, code) in [
        (StatusCode::BAD_REQUEST, "CSMS.0005"),
        (StatusCode::NOT_FOUND, "CSMS.0999"),
    ] {
        let (sandbox, client) = cloud(seed::TOKEN).await;
        add_secrets(&sandbox, 20);
        let gone = FaultAction::error(status, code, "It does not exist.");
        // The seed's own secrets have no grants, wherever they stand among the others.
        let gone = Fault::on_path("GET", "/v1/", gone).after(1).times(24);
        sandbox.world().faults().add(gone);
        let live = read(&client, &everything()).await.unwrap();
        assert!(live.grants.is_empty(), "{live:?}");
    }
}

#[tokio::test]
async fn missing_permissions_are_named_in_an_incomplete_audit_error() {
    let (sandbox, client) = cloud(seed::TOKEN).await;
    add_secrets(&sandbox, 20);
    sandbox.world().set_delegation(seed::ACCOUNT_ID, true);
    let forbidden = || FaultAction::error(StatusCode::FORBIDDEN, "CSMS.0302", "Not allowed.");
    let faults = sandbox.world().faults();
    faults.add(Fault::on("ListGrants", forbidden()).after(12).times(2));
    let live = read(&client, &everything()).await.unwrap();
    // The others are read nevertheless.
    assert_eq!(live.grants.len(), 20 - 2 + 1, "and the delegation");
    let error = live.incomplete().unwrap();
    let Error::Incomplete(unseen) = &error else {
        panic!("{error}");
    };
    assert_eq!(unseen.len(), 2, "{error}");
    assert!(error.hint().unwrap().contains("--secret"));
    let said = error.to_string();
    for words in [
        "the audit is incomplete",
        "\n  secret `",
        "does not have permission for this operation",
    ] {
        assert!(said.contains(words), "`{words}` in {said}");
    }
    assert!(!said.contains(seed::TOKEN));

    faults.clear();
    faults.add(Fault::on("ListGrants", forbidden()).endless());
    let live = read(&client, &everything()).await.unwrap();
    let error = live.incomplete().unwrap().to_string();
    // Ten are named, and that a secret out of use tells nothing is to be expected.
    assert!(error.ends_with("and 13 more"), "{error}");
    faults.clear();
    faults.add(Fault::on("ShowTenantKmsGrant", forbidden()).endless());
    let live = read(&client, &everything()).await.unwrap();
    let error = live.incomplete().unwrap();
    assert!(error.to_string().contains("CodeArts Repo"), "{error}");
    assert_eq!(live.grants.len(), 20);
    let mut without_delegation = everything();
    without_delegation.has_delegation = false;
    let live = read(&client, &without_delegation).await.unwrap();
    assert!(live.incomplete().is_none());
    assert_eq!(live.grants.len(), 20);
}

#[tokio::test]
async fn wrong_credentials_fail_before_any_secret_is_read() {
    let (sandbox, client) = cloud("wrong").await;
    let error = read(&client, &everything()).await.unwrap_err();
    let Error::Failed { source, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(source.kind(), ErrorKind::Authentication);
    assert!(error.hint().unwrap().contains("HW_*"));
    assert_eq!(count(&sandbox, "ListGrants"), 0);
    assert_eq!(count(&sandbox, "ShowTenantKmsGrant"), 0);
}

#[tokio::test]
async fn only_requested_secrets_and_groups_are_read() {
    let (sandbox, client) = cloud(seed::TOKEN).await;
    add_secrets(&sandbox, SECRETS);
    sandbox.world().set_delegation(seed::ACCOUNT_ID, true);
    grant(&sandbox, seed::SECRET_GROUP_BILLING, seed::USER_BEN);
    let last = format!("secret-{}", SECRETS - 1);
    let scope = these(&["secret-3", &last, seed::SECRET_GROUP_BILLING]);
    let live = read(&client, &scope).await.unwrap();
    let grants = secrets(&live);
    let kinds: Vec<_> = grants.iter().map(|grant| grant.resource_type).collect();
    use ResourceType::{Group, Secret};
    assert_eq!(kinds, [Secret, Secret, Group]);
    assert_eq!(live.grants.len(), 3, "no delegation");
    assert_eq!(count(&sandbox, "ListGrants"), 3);
}

#[tokio::test]
async fn a_requested_secret_that_does_not_exist_is_an_error() {
    let (_sandbox, client) = cloud(seed::TOKEN).await;
    let error = read(&client, &these(&["db-password"])).await.unwrap_err();
    let said = error.to_string();
    assert!(
        said.starts_with("no secret or secret group with the ID `db-password`"),
        "{said}"
    );
    assert!(error.hint().unwrap().contains("not a name"));
}

#[tokio::test]
async fn secret_groups_named_in_a_state_are_read() {
    let (sandbox, client) = cloud(seed::TOKEN).await;
    grant(&sandbox, seed::SECRET_GROUP_BILLING, seed::USER_BEN);
    let declared = |project: &str, resource: &str| {
        json!({"address": "csms_grant.a", "mode": "managed", "type": "csms_grant", "name": "a", "values": {
            "region": seed::REGION, "project_id": project, "type": "group", "resource_id": resource,
            "grantee_type": "user", "grantee_target_id": seed::USER_ANA,
        }})
    };
    let state = json!({"format_version": "1.0", "values": {"root_module": {"resources": [
        declared(seed::PROJECT_ID, seed::SECRET_GROUP_BILLING),
        declared(seed::PROJECT_ID, "gone"),
        declared(seed::OTHER_PROJECT_ID, "elsewhere"),
    ]}}});
    let state = DeclaredState::read(state.to_string().as_bytes()).unwrap();
    let live = read(&client, &AuditScope::everything(&[state]))
        .await
        .unwrap();
    let grants = secrets(&live);
    assert_eq!(grants.len(), 1, "{grants:?}");
    assert_eq!(grants[0].resource_type, ResourceType::Group);
    let asked = sandbox.world().requests();
    let asked = asked.iter().filter_map(|request| request.query.as_deref());
    assert!(!asked.into_iter().any(|query| query.contains("elsewhere")));
}

#[tokio::test]
async fn an_unreadable_secret_pending_deletion_is_reported_as_withheld() {
    let (sandbox, client) = cloud(seed::TOKEN).await;
    let mut quirks = sandbox.world().quirks();
    quirks.set("pending_list=refused").unwrap();
    sandbox.world().set_quirks(quirks);
    let live = read(&client, &everything()).await.unwrap();
    let withheld: Vec<_> = live.withheld.iter().map(ToString::to_string).collect();
    let expected = format!(
        "`old-password` (`{}`, state `PENDING_DELETE`)",
        seed::SECRET_PENDING_DELETE
    );
    assert_eq!(withheld, [expected]);
}

#[tokio::test]
async fn users_whose_names_are_not_listed_are_named_by_the_directory() {
    let (sandbox, client) = cloud(seed::TOKEN).await;
    grant(&sandbox, seed::SECRET_DB_PASSWORD, seed::USER_ANA);
    grant(&sandbox, seed::SECRET_DB_PASSWORD, "gone");
    let named = async || {
        let live = read(&client, &everything()).await.unwrap();
        let grants = secrets(&live).into_iter();
        let names = grants.map(|grant| (grant.grantee.id.to_string(), grant.grantee.name.clone()));
        names.collect::<Vec<_>>()
    };
    let id = |id: &str| id.to_owned();
    let known = |name: &str| Some(name.to_owned());
    let world = sandbox.world();
    let mut quirks = world.quirks();
    quirks.set("names=unknown").unwrap();
    world.set_quirks(quirks);
    let expected = [(id(seed::USER_ANA), known("Ana Ruiz")), (id("gone"), None)];
    assert_eq!(named().await, expected);
    assert_eq!(count(&sandbox, "ListUsers"), 1);

    // Without permission for the directory, the audit is complete all the same.
    let refused = FaultAction::error(StatusCode::FORBIDDEN, "CSMS.0302", "Not allowed.");
    world
        .faults()
        .add(Fault::on("ListUsers", refused).endless());
    let expected = [(id(seed::USER_ANA), None), (id("gone"), None)];
    assert_eq!(named().await, expected);

    // Names that are listed are not asked for.
    world.faults().clear();
    world.remove_grant(seed::SECRET_DB_PASSWORD, "gone");
    let mut quirks = world.quirks();
    quirks.set("names=known").unwrap();
    world.set_quirks(quirks);
    world.clear_requests();
    assert_eq!(named().await, [(id(seed::USER_ANA), known("Ana Ruiz"))]);
    assert_eq!(count(&sandbox, "ListUsers"), 0);
}
