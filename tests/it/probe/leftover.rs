//! What an earlier run has left, and what it has not.

use http::StatusCode;
use hwgrants::probe::{Leftover, remove_leftover};
use hwgrants::sandbox::seed::{SECRET_API_KEY, USER_ANA};
use hwgrants::sandbox::{Fault, FaultAction, GranteeKind, Quirks};
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::{FAST, Laboratory};

/// The journal of a complete run remains, as if it had been killed at the end.
async fn after_a_run() -> Laboratory {
    let laboratory = Laboratory::with(Quirks::default()).await;
    laboratory.probe().await.unwrap();
    assert_eq!(laboratory.grant_count(), 0);
    laboratory
}

async fn find(laboratory: &Laboratory) -> Leftover {
    let entry = laboratory.journal.last().unwrap();
    let cancel = CancellationToken::new();
    let target = entry.target().unwrap();
    let found = remove_leftover(&laboratory.client, &target, &entry, FAST, &cancel);
    found.await.unwrap()
}

#[tokio::test]
async fn a_grant_that_someone_else_created_is_not_deleted() {
    let laboratory = after_a_run().await;
    let today = laboratory.world().now();
    for (days, date) in [
        // Another date than any of the probe.
        (0, Some("2099-12-31".parse().unwrap())),
        // No expiry, like one of the probe, but created later.
        (1, None),
    ] {
        laboratory
            .world()
            .advance(SignedDuration::from_hours(24 * days));
        let world = laboratory.world();
        let put = world.put_grant(SECRET_API_KEY, USER_ANA, GranteeKind::User, date);
        put.unwrap();
        let found = find(&laboratory).await;
        assert!(
            matches!(found, Leftover::Different { .. }),
            "{today}: {found:?}"
        );
        assert_eq!(laboratory.grant_count(), 1);
        assert!(world.remove_grant(SECRET_API_KEY, USER_ANA));
    }
    assert!(matches!(find(&laboratory).await, Leftover::Nothing));
}

#[tokio::test]
async fn nothing_is_concluded_from_a_list_that_proves_nothing() {
    let laboratory = after_a_run().await;
    let body = r#"{"error_code":"APIGW.0301","error_msg":"denied"}"#;
    let fault = Fault::on("ListGrants", FaultAction::raw(StatusCode::OK, body)).endless();
    laboratory.world().faults().add(fault);
    let entry = laboratory.journal.last().unwrap();
    let cancel = CancellationToken::new();
    let target = &laboratory.target;
    let found = remove_leftover(&laboratory.client, target, &entry, FAST, &cancel);
    assert!(found.await.is_err());
}
