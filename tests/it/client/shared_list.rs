//! Lists that many ask for at once.

use std::time::Duration;

use futures_util::future::join_all;
use hwgrants::cloud::{Arguments, Call, Client, Environment, ErrorKind, Sensitive, Settings};
use hwgrants::sandbox::{Fault, FaultAction, GranteeKind, Sandbox, SandboxOptions, seed};
use tokio_util::sync::CancellationToken;

use super::{call, place, secret, terms};

async fn sandbox() -> (Sandbox, Client) {
    let sandbox = Sandbox::start(SandboxOptions::default())
        .await
        .expect("a sandbox");
    let arguments = Arguments {
        token: Some(Sensitive::new(seed::TOKEN)),
        max_retries: Some(0),
        ..Arguments::default()
    };
    let environment = Environment::of([("HWGRANTS_ENDPOINT", &sandbox.url())]);
    let client = Client::new(Settings::new(arguments, &environment).expect("settings"));
    (sandbox, client)
}

/// How often this secret was listed.
fn lists(sandbox: &Sandbox, secret: &str) -> usize {
    let requests = sandbox.world().requests();
    let of_secret =
        |query: &Option<String>| query.as_deref().is_some_and(|query| query.contains(secret));
    requests
        .iter()
        .filter(|request| request.operation == Some("ListGrants") && of_secret(&request.query))
        .count()
}

#[tokio::test]
async fn concurrent_callers_share_one_list_request_until_a_write() {
    let (sandbox, client) = sandbox().await;
    let place = place(seed::PROJECT_ID);
    let (one, other) = (seed::SECRET_DB_PASSWORD, seed::SECRET_API_KEY);
    let ask = async |id| {
        let (call, id) = (call(), secret(id));
        client
            .shared_grants(&call, &place, &id)
            .await
            .expect("a list")
            .grantees
            .len()
    };
    assert_eq!(join_all((0..50).map(|_| ask(one))).await, [0; 50]);
    assert_eq!((ask(other).await, ask(other).await), (0, 0));
    assert_eq!((lists(&sandbox, one), lists(&sandbox, other)), (1, 1));

    let terms = terms(one, seed::USER_ANA);
    client
        .create_grants(&call(), &place, &terms)
        .await
        .expect("a grant");
    assert_eq!(join_all((0..50).map(|_| ask(one))).await, [1; 50]);
    assert_eq!(
        (lists(&sandbox, one), lists(&sandbox, other)),
        (2, 1),
        "only the one written is read again"
    );

    client
        .update_grant(&call(), &place, &terms)
        .await
        .expect("an end");
    ask(one).await;
    assert_eq!(lists(&sandbox, one), 3);
    let call = call();
    let gone = client.delete_grant(&call, &place, &terms.resource_id, &terms.grantee_id);
    gone.await.expect("gone");
    assert_eq!(ask(one).await, 0);
    assert_eq!(lists(&sandbox, one), 4);
}

#[tokio::test]
async fn fresh_grants_come_from_a_list_that_starts_after_the_call() {
    let (sandbox, client) = sandbox().await;
    let (place, id) = (place(seed::PROJECT_ID), secret(seed::SECRET_DB_PASSWORD));
    // The first list has its answer, and waits before it hands it out.
    let delay = FaultAction::Delay {
        delay: Duration::from_millis(300),
        when: hwgrants::sandbox::When::AfterEffect,
    };
    sandbox.world().faults().add(Fault::on("ListGrants", delay));
    let early = async {
        client
            .shared_grants(&call(), &place, &id)
            .await
            .expect("a list")
            .grantees
            .len()
    };
    let late = async {
        while lists(&sandbox, seed::SECRET_DB_PASSWORD) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let granted = sandbox.world().put_grant(
            seed::SECRET_DB_PASSWORD,
            seed::USER_ANA,
            GranteeKind::User,
            None,
        );
        granted.expect("a grant");
        join_all((0..20).map(|_| async {
            client
                .fresh_grants(&call(), &place, &id)
                .await
                .expect("a list")
                .grantees
                .len()
        }))
        .await
    };
    let (early, late) = tokio::join!(early, late);
    assert_eq!((early, late), (0, vec![1; 20]));
    assert_eq!(
        lists(&sandbox, seed::SECRET_DB_PASSWORD),
        2,
        "all who came late share one"
    );
}

#[tokio::test]
async fn a_failed_list_reaches_all_waiters_and_is_not_cached() {
    let (sandbox, client) = sandbox().await;
    let (place, id) = (place(seed::PROJECT_ID), secret(seed::SECRET_DB_PASSWORD));
    let failure = FaultAction::error(http::StatusCode::FORBIDDEN, "CSMS.0302", "no");
    sandbox
        .world()
        .faults()
        .add(Fault::on("ListGrants", failure));
    let asked =
        join_all((0..10).map(|_| async { client.shared_grants(&call(), &place, &id).await })).await;
    for answer in asked {
        assert_eq!(answer.expect_err("a refusal").kind(), ErrorKind::Permission);
    }
    assert_eq!(lists(&sandbox, seed::SECRET_DB_PASSWORD), 1);
    assert!(client.shared_grants(&call(), &place, &id).await.is_ok());
}

#[tokio::test]
async fn cancelled_and_timed_out_callers_do_not_affect_other_waiters() {
    let (sandbox, client) = sandbox().await;
    let (place, id) = (place(seed::PROJECT_ID), secret(seed::SECRET_DB_PASSWORD));
    let delay = FaultAction::Delay {
        delay: Duration::from_secs(600),
        when: hwgrants::sandbox::When::BeforeEffect,
    };
    sandbox.world().faults().add(Fault::on("ListGrants", delay));
    let cancel = CancellationToken::new();
    let hasty = Call::within(Duration::from_secs(60), cancel.clone());
    let first = client.shared_grants(&hasty, &place, &id);
    let impatient = Call::within(Duration::from_millis(50), CancellationToken::new());
    let others = async {
        while lists(&sandbox, seed::SECRET_DB_PASSWORD) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let late = client.shared_grants(&impatient, &place, &id).await;
        assert_eq!(late.expect_err("too long").kind(), ErrorKind::Timeout);
        cancel.cancel();
        client.shared_grants(&call(), &place, &id).await
    };
    let (first, other) = tokio::join!(first, others);
    assert_eq!(first.expect_err("given up").kind(), ErrorKind::Cancelled);
    assert!(other.is_ok());
}
