//! A create whose answer is lost, cut at each place.

use http::StatusCode;
use hwgrants::sandbox::{Duplicate, Fault, FaultAction as Does, Groups, Quirks, When};
use tokio::time::sleep;

use super::state_file::{Config, Estate, Report};
use super::world::{END, Key, Stage, delay};

/// Every way to lose the answer to a request.
fn cuts() -> Vec<(&'static str, Does)> {
    let reset = Does::Drop {
        when: When::BeforeEffect,
    };
    let bad_gateway = Does::raw(StatusCode::BAD_GATEWAY, "");
    // A request is given up after 30 s.
    vec![
        ("reset before the effect", reset.clone()),
        ("reset after the effect", reset.after_effect()),
        ("502 before the effect", bad_gateway.clone()),
        ("502 after the effect", bad_gateway.after_effect()),
        ("timeout before the effect", delay(40, When::BeforeEffect)),
        ("timeout after the effect", delay(40, When::AfterEffect)),
    ]
}

/// A service for each way to meet a second create.
fn duplicates() -> Vec<Quirks> {
    let quirks = |duplicate: &Duplicate| Quirks {
        duplicate: *duplicate,
        ..Quirks::default()
    };
    Duplicate::ALL.iter().map(quirks).collect()
}

fn product<A: Clone, B: Clone>(some: &[A], others: &[B]) -> Vec<(A, B)> {
    let pairs = some
        .iter()
        .flat_map(|one| others.iter().map(move |other| (one, other)));
    pairs
        .map(|(one, other)| (one.clone(), other.clone()))
        .collect()
}

fn user() -> Key {
    Key::user("secret-0", "ana")
}

fn config(key: &Key) -> Config {
    [("a".to_owned(), key.block(Some(END)))].into()
}

/// Creates one grant while the first `times` requests are cut so.
async fn created(quirks: Quirks, key: &Key, cut: Does, times: u32) -> (Stage, Estate, Report) {
    let mut stage = Stage::with(quirks).await;
    stage.grant_outside(&Key::user(&key.secret, "outsider"), None);
    stage.fault(Fault::on("CreateGrants", cut).times(times));
    let mut estate = Estate::with_seed(0);
    let report = estate.apply(&stage, &config(key)).await;
    (stage, estate, report)
}

/// Ends the trouble and checks that one more apply brings everything in order, and the next one does nothing.
async fn mends(name: &str, stage: &Stage, estate: &mut Estate, key: &Key) {
    stage.calm().await;
    let report = estate.apply(stage, &config(key)).await;
    assert!(report.is_green(), "{name}: {report:#?}");
    estate.expect_world(stage, &config(key));
    estate.expect_no_change(stage, &config(key)).await;
}

#[tokio::test(start_paused = true)]
async fn a_user_grant_with_one_lost_response_is_created_once_without_error() {
    for (quirks, (name, cut)) in product(&duplicates(), &cuts()) {
        let (stage, mut estate, report) = created(quirks.clone(), &user(), cut, 1).await;
        assert!(report.is_green(), "{name}: {report:#?}");
        estate.expect_world(&stage, &config(&user()));
        estate.expect_no_change(&stage, &config(&user())).await;
        // What was given up on may still be under way.
        stage.calm().await;
        estate.expect_world(&stage, &config(&user()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_user_grant_with_all_responses_lost_is_created_or_tainted() {
    for (quirks, (name, cut)) in product(&duplicates(), &cuts()) {
        let (stage, mut estate, report) = created(quirks.clone(), &user(), cut, u32::MAX).await;
        if report.has_failed("a") {
            let text = report.text("a");
            assert!(text.contains("Outcome unknown"), "{name}: {text}");
            assert!(estate.held["a"].is_tainted, "{name}");
        } else {
            estate.expect_world(&stage, &config(&user()));
        }
        assert!(stage.count("CreateGrants") <= 5, "{name}");
        mends(name, &stage, &mut estate, &user()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_grant_with_a_lost_response_is_sent_once_and_kept_in_state() {
    let group = Key::group("secret-0", "team-0");
    for (groups, (name, cut)) in product(Groups::ALL, &cuts()) {
        for times in [1, u32::MAX] {
            let quirks = Quirks {
                groups,
                duplicate: Duplicate::Doubled,
                ..Quirks::default()
            };
            let name = format!("{groups:?}, {name}, {times} times");
            let (stage, mut estate, report) = created(quirks, &group, cut.clone(), times).await;
            assert_eq!(stage.count("CreateGrants"), 1, "{name}");
            if report.has_failed("a") {
                let text = report.text("a");
                assert!(text.contains("Outcome unknown"), "{name}: {text}");
                assert!(estate.held["a"].is_tainted, "{name}");
            } else {
                estate.expect_world(&stage, &config(&group));
            }
            mends(&name, &stage, &mut estate, &group).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_outage_before_the_create_is_an_error_and_leaves_no_state() {
    let stage = Stage::new().await;
    let run = stage.run().await;
    let key = user();
    stage.fault(Fault::on("ListGrants", delay(5, When::BeforeEffect)).endless());
    let planned = run
        .plan("csms_grant", &Default::default(), key.block(None))
        .await;
    let run = stage.run().await;
    let apply = run.apply("csms_grant", &planned);
    let close = async {
        sleep(std::time::Duration::from_secs(2)).await;
        stage.close().await
    };
    let (applied, world) = tokio::join!(apply, close);
    assert!(crate::protocol::message::has_error(&applied.found));
    assert!(applied.stored.object.is_null(), "{:?}", applied.stored);
    assert!(world.grants(&key.secret).is_empty());
}
