//! What an earlier run has left, and what it has not.

use http::StatusCode;
use hwgrants::probe::{Leftover, StepName};
use hwgrants::sandbox::{Fault, FaultAction, Quirks};
use jiff::SignedDuration;

use super::Laboratory;

/// A run that was killed right before it sent the request of this step.
async fn killed_before(step: StepName) -> Laboratory {
    let laboratory = Laboratory::with(Quirks::default()).await;
    laboratory.probe().await.unwrap();
    assert_eq!(laboratory.grant_count(), 0);
    let mut state = laboratory.journal.0.lock().unwrap();
    let last = state.entries.iter().rposition(|entry| entry.step == step);
    state.entries.truncate(last.unwrap() + 1);
    drop(state);
    laboratory
}

#[tokio::test]
async fn a_grant_that_someone_else_created_is_not_deleted() {
    for (step, days, date) in [
        // Another date than any of the probe.
        (StepName::Create, 0, Some("2099-12-31")),
        (StepName::CreateWithoutExpiry, 0, Some("2099-12-31")),
        // No expiry, as in a step before.
        (StepName::Create, 0, None),
        (StepName::CreateAgain, 0, None),
        (StepName::Expire, 0, None),
        (StepName::Delete, 0, None),
        // No expiry, as in this step, but created later.
        (StepName::CreateWithoutExpiry, 1, None),
    ] {
        let laboratory = killed_before(step).await;
        laboratory
            .world()
            .advance(SignedDuration::from_hours(24 * days));
        laboratory.replace_grant(date);
        let found = laboratory.remove_leftover().await.unwrap();
        assert!(
            matches!(found, Leftover::Different { .. }),
            "{step}: {found:?}"
        );
        assert_eq!(laboratory.grant_count(), 1);
        assert_eq!(laboratory.expiration_date().as_deref(), date);
    }
}

#[tokio::test]
async fn nothing_is_left_if_no_list_shows_a_grant() {
    let laboratory = killed_before(StepName::Create).await;
    let found = laboratory.remove_leftover().await.unwrap();
    assert!(matches!(found, Leftover::Nothing), "{found:?}");
}

#[tokio::test]
async fn nothing_is_concluded_from_a_list_that_proves_nothing() {
    for body in [
        r#"{"error_code":"APIGW.0301","error_msg":"denied"}"#,
        // The list had another form before the run.
        r#"{"data":null}"#,
        "{}",
    ] {
        let laboratory = killed_before(StepName::Create).await;
        let fault = Fault::on("ListGrants", FaultAction::raw(StatusCode::OK, body)).endless();
        laboratory.world().faults().add(fault);
        assert!(laboratory.remove_leftover().await.is_err(), "{body}");
    }
}
