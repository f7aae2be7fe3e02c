use std::cell::Cell;

use http::Method;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::cloud::deadline::ThrottleWatch;
use crate::cloud::error::ResponseDetails;

fn exchange() -> RequestInfo {
    RequestInfo {
        operation: "CreateGrants",
        method: Method::POST,
        url: "https://h/".to_owned(),
    }
}

fn failure(kind: ErrorKind) -> Error {
    Error::new(kind, None).with_request(&exchange())
}

fn throttled(seconds: u64) -> Error {
    failure(ErrorKind::Throttled).with_response(ResponseDetails {
        retry_after: Some(Duration::from_secs(seconds)),
        ..ResponseDetails::default()
    })
}

fn minute() -> Call {
    Call::within(Duration::from_secs(60), CancellationToken::new())
}

/// Runs an operation whose tries end as `outcomes` say; how it ends, how often it was tried and how long it took.
async fn ran(
    call: &Call,
    repeat: RetryPolicy,
    outcomes: Vec<Result<(), Error>>,
) -> (Result<(), Error>, u32, Duration) {
    let started_at = Instant::now();
    let tries = Cell::new(0);
    let mut outcomes = outcomes.into_iter();
    let exchange = exchange();
    let result = with_retry(call, &exchange, repeat, 5, |_| {
        tries.set(tries.get() + 1);
        std::future::ready(outcomes.next().expect("a try that was foreseen"))
    });
    (result.await, tries.get(), started_at.elapsed())
}

#[test]
fn each_error_kind_is_retried_as_its_policy_allows() {
    use ErrorKind::{
        Authentication, Cancelled, Configuration, Conflict, Invalid, NotFound, Permission,
        Throttled, Timeout, Transient, Unreachable, Unreadable, WrongEndpoint,
    };
    for (kind, freely, unless_carried_out) in [
        (NotFound, false, false),
        (Authentication, false, false),
        (Permission, false, false),
        (Throttled, true, true),
        (Transient, true, false),
        (Timeout, true, false),
        (Unreachable, true, true),
        (WrongEndpoint, false, false),
        (Conflict, false, false),
        (Invalid, false, false),
        (Unreadable, false, false),
        (Cancelled, false, false),
        (Configuration, false, false),
    ] {
        let repeats = |repeat| may_repeat(&failure(kind), repeat);
        assert_eq!(repeats(RetryPolicy::Always), freely, "{kind:?}");
        assert_eq!(
            repeats(RetryPolicy::UnlessCarriedOut),
            unless_carried_out,
            "{kind:?}"
        );
    }
}

#[test]
fn an_ambiguous_throttled_write_is_retried_only_if_idempotent() {
    let throttled = failure(ErrorKind::Throttled).with_ambiguity(true);
    assert!(may_repeat(&throttled, RetryPolicy::Always));
    assert!(!may_repeat(&throttled, RetryPolicy::UnlessCarriedOut));
}

#[test]
fn backoff_ranges_double_up_to_the_maximum() {
    let milliseconds: Vec<_> = backoff_ranges(8).map(|range| range.as_millis()).collect();
    assert_eq!(
        milliseconds,
        [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]
    );
    assert_eq!(backoff_ranges(0).count(), 0);
    let transient = failure(ErrorKind::Transient);
    for (jitter, expected) in [(0.0, 0), (0.5, 4000), (1.0, 8000), (9.0, 8000)] {
        let pause = pause(&transient, Duration::from_secs(8), jitter, Duration::MAX);
        assert_eq!(pause, Some(Duration::from_millis(expected)), "{jitter}");
    }
}

fn throttled_within(window: u64) -> Error {
    failure(ErrorKind::Throttled).with_response(ResponseDetails {
        window: Some(Duration::from_secs(window)),
        ..ResponseDetails::default()
    })
}

#[test]
fn throttled_requests_wait_for_the_requested_delay_if_time_remains() {
    let both = failure(ErrorKind::Throttled).with_response(ResponseDetails {
        retry_after: Some(Duration::from_secs(3)),
        window: Some(Duration::from_secs(60)),
        ..ResponseDetails::default()
    });
    for (error, jitter, remaining, expected) in [
        // Told nothing: a second, or what is drawn.
        (failure(ErrorKind::Throttled), 0.0, 60, Some(1)),
        (failure(ErrorKind::Throttled), 0.5, 60, Some(4)),
        (failure(ErrorKind::Throttled), 0.0, 1, None),
        // Told a time: at least that, and spread after it.
        (throttled(7), 0.0, 60, Some(7)),
        (throttled(7), 0.5, 60, Some(11)),
        (throttled(7), 0.5, 11, Some(7)),
        (throttled(7), 0.5, 7, None),
        (throttled(0), 0.0, 60, Some(1)),
        (throttled(u64::MAX), 1.0, 60, None),
        // Told a window: its end if there is time, else as if told nothing.
        (throttled_within(30), 0.0, 60, Some(30)),
        (throttled_within(30), 0.5, 60, Some(34)),
        (throttled_within(30), 0.5, 33, Some(30)),
        (throttled_within(300), 0.5, 60, Some(4)),
        (throttled_within(300), 0.5, 4, None),
        // The header is meant for this request, the message for all.
        (both, 0.0, 60, Some(3)),
    ] {
        let remaining = Duration::from_secs(remaining);
        let pause = pause(&error, Duration::from_secs(8), jitter, remaining);
        assert_eq!(
            pause,
            expected.map(Duration::from_secs),
            "{error:?} {jitter} {remaining:?}"
        );
    }
}

#[test]
fn permanent_errors_are_not_retried() {
    let refusal = ResponseDetails {
        is_permanent: true,
        ..ResponseDetails::default()
    };
    let error = failure(ErrorKind::Transient).with_response(refusal);
    assert!(!may_repeat(&error, RetryPolicy::Always));
}

#[tokio::test(start_paused = true)]
async fn a_temporary_failure_is_retried_until_success() {
    let outcomes = vec![
        Err(failure(ErrorKind::Transient)),
        Err(throttled(3)),
        Ok(()),
    ];
    let (result, tries, time) = ran(&minute(), RetryPolicy::Always, outcomes).await;
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(tries, 3);
    assert!(time >= Duration::from_secs(3), "{time:?}");
}

#[tokio::test(start_paused = true)]
async fn a_persistent_failure_is_reported_after_five_retries() {
    let outcomes = vec![Err(failure(ErrorKind::Throttled)); 6];
    let (result, tries, _) = ran(&minute(), RetryPolicy::UnlessCarriedOut, outcomes).await;
    let error = result.expect_err("a failure");
    assert_eq!(
        (error.kind(), error.attempts(), tries),
        (ErrorKind::Throttled, 6, 6)
    );
    assert!(!error.is_ambiguous());
}

#[tokio::test(start_paused = true)]
async fn retries_stop_early_only_if_the_host_was_never_reached() {
    let outcomes = vec![Err(failure(ErrorKind::Unreachable)); 3];
    let (result, tries, time) = ran(&minute(), RetryPolicy::UnlessCarriedOut, outcomes).await;
    let error = result.expect_err("a failure");
    assert_eq!((error.kind(), tries), (ErrorKind::Unreachable, 3));
    assert!(time <= Duration::from_secs(2), "{time:?}");

    let mut outcomes = vec![Err(failure(ErrorKind::Unreachable)); 6];
    outcomes[1] = Err(failure(ErrorKind::Throttled));
    let (result, tries, _) = ran(&minute(), RetryPolicy::UnlessCarriedOut, outcomes).await;
    let error = result.expect_err("a failure");
    assert_eq!((error.kind(), tries), (ErrorKind::Unreachable, 6));
}

#[tokio::test(start_paused = true)]
async fn an_unsent_attempt_is_not_counted_and_keeps_its_error_kind() {
    let unsent = || Err(failure(ErrorKind::Timeout).mark_unsent());
    let (result, ..) = ran(&minute(), RetryPolicy::Always, vec![unsent()]).await;
    let error = result.expect_err("a failure");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 0));
    let outcomes = vec![
        Err(failure(ErrorKind::Transient).with_ambiguity(true)),
        unsent(),
    ];
    let (result, ..) = ran(&minute(), RetryPolicy::Always, outcomes).await;
    let error = result.expect_err("a failure");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 1));
    assert!(error.is_ambiguous());
}

#[tokio::test(start_paused = true)]
async fn a_create_with_an_unknown_outcome_is_not_retried() {
    let outcomes = vec![Err(failure(ErrorKind::Timeout).with_ambiguity(true))];
    let (result, ..) = ran(&minute(), RetryPolicy::UnlessCarriedOut, outcomes).await;
    assert!(result.expect_err("a failure").is_ambiguous());
}

#[tokio::test(start_paused = true)]
async fn ambiguity_of_an_earlier_attempt_survives_a_definite_failure() {
    let outcomes = vec![
        Err(failure(ErrorKind::Transient).with_ambiguity(true)),
        Err(failure(ErrorKind::Permission)),
    ];
    let (result, ..) = ran(&minute(), RetryPolicy::Always, outcomes).await;
    let error = result.expect_err("a failure");
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(error.is_ambiguous());
}

#[tokio::test(start_paused = true)]
async fn no_pause_outlasts_the_deadline() {
    let (result, tries, time) = ran(&minute(), RetryPolicy::Always, vec![Err(throttled(61))]).await;
    let error = result.expect_err("a failure");
    assert_eq!(
        (error.kind(), tries, time),
        (ErrorKind::Throttled, 1, Duration::ZERO)
    );
}

#[tokio::test(start_paused = true)]
async fn cancellation_ends_a_pause_immediately_and_keeps_the_status() {
    let cancel = CancellationToken::new();
    let call = Call::within(Duration::from_secs(60), cancel.clone());
    let stop = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        cancel.cancel();
    };
    let outcomes = vec![Err(throttled(30).with_response(ResponseDetails {
        status: Some(429),
        retry_after: Some(Duration::from_secs(30)),
        ..ResponseDetails::default()
    }))];
    let ((result, tries, time), ()) = tokio::join!(ran(&call, RetryPolicy::Always, outcomes), stop);
    let error = result.expect_err("a failure");
    assert_eq!(
        (error.kind(), error.status(), tries, time),
        (ErrorKind::Cancelled, Some(429), 1, Duration::from_secs(2))
    );
    assert!(!error.is_ambiguous());
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_or_expired_call_sends_nothing() {
    let cancelled = minute();
    cancelled.cancel.cancel();
    let late = Call::within(Duration::ZERO, CancellationToken::new());
    for (call, kind) in [
        (cancelled, ErrorKind::Cancelled),
        (late, ErrorKind::Timeout),
    ] {
        let (result, tries, _) = ran(&call, RetryPolicy::Always, vec![]).await;
        let error = result.expect_err("a failure");
        assert_eq!((error.kind(), error.attempts(), tries), (kind, 0, 0));
        assert!(!error.is_ambiguous());
    }
}

#[tokio::test(start_paused = true)]
async fn closing_stops_new_attempts_but_lets_running_ones_finish() {
    let closing = CancellationToken::new();
    let call = minute().with_closing(&closing);
    let begun_at = Instant::now();
    let close = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        closing.cancel();
    };
    // Told to wait for longer than that.
    let outcomes = vec![Err(throttled(20)), Ok(())];
    let waiting = ran(&call, RetryPolicy::UnlessCarriedOut, outcomes);
    let exchange = exchange();
    let under_way = with_retry(
        &call,
        &exchange,
        RetryPolicy::UnlessCarriedOut,
        5,
        async |_| {
            tokio::time::sleep(Duration::from_secs(9)).await;
            Ok(begun_at.elapsed().as_secs())
        },
    );
    let ((result, tries, took), under_way, ()) = tokio::join!(waiting, under_way, close);
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!((tries, took.as_secs()), (1, 3));
    assert_eq!(under_way.unwrap(), 9);
    let (result, tries, _) = ran(&call, RetryPolicy::UnlessCarriedOut, vec![Ok(())]).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(tries, 0);
}

#[tokio::test(start_paused = true)]
async fn a_pause_after_throttling_is_visible_until_it_ends() {
    let watch = ThrottleWatch::default();
    let call = minute().watched_by(&watch);
    let outcomes = vec![
        Err(throttled(20)),
        Err(failure(ErrorKind::Transient)),
        Ok(()),
    ];
    let waiting = ran(&call, RetryPolicy::Always, outcomes);
    let seen = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        let during = watch.remaining();
        tokio::time::sleep(Duration::from_secs(30)).await;
        (during, watch.remaining())
    };
    let ((result, ..), (during, after)) = tokio::join!(waiting, seen);
    result.unwrap();
    assert!(during.unwrap() >= Duration::from_secs(17), "{during:?}");
    assert_eq!(after, None);
}
