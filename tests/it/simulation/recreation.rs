//! An expiry that the service keeps: the grant is deleted and created again, whatever comes between.

use std::time::Duration;

use http::StatusCode;
use hwgrants::protocol::proto::stop_provider;
use hwgrants::sandbox::{Fault, FaultAction as Does, Groups, Quirks, UpdateWithoutEnd};
use tokio::time::sleep;

use super::state_file::{Config, Estate};
use super::world::{END, GRANT, Key, Stage};
use crate::protocol::message::has_error;

fn config(end: Option<&str>) -> Config {
    [("a".to_owned(), Key::user("secret-0", "ana").block(end))].into()
}

/// A grant with an expiry, in a state, on a service that keeps it.
async fn with_expiry(stage: &Stage) -> Estate {
    let mut estate = Estate::with_seed(0);
    let applied = estate.apply(stage, &config(Some(END))).await;
    applied.expect_green();
    estate
}

#[tokio::test(start_paused = true)]
async fn stopping_the_provider_after_the_delete_still_re_creates_the_grant() {
    let stage = Stage::new().await;
    let estate = with_expiry(&stage).await;
    // The list shows the deletion after five seconds; the stop comes before.
    stage.fault(Fault::on("ListGrants", Does::lag_for(Duration::from_secs(5))).endless());
    let run = stage.run().await;
    let stored = &estate.held["a"].stored;
    let block = config(None).remove("a").unwrap();
    let planned = run.plan(GRANT, stored, block).await;
    let stop = async {
        while stage.count("DeleteGrant") == 0 {
            sleep(Duration::from_millis(100)).await;
        }
        let mut client = run.client.clone();
        let stopped = client.stop_provider(stop_provider::Request {}).await;
        stopped.unwrap();
    };
    let (applied, ()) = tokio::join!(run.apply(GRANT, &planned), stop);
    assert!(!has_error(&applied.found), "{:?}", applied.found);
    assert_eq!(stage.own().into_values().collect::<Vec<_>>(), [None]);
    assert_eq!(stage.count("DeleteGrant"), 1);
}

#[tokio::test(start_paused = true)]
async fn killing_terraform_after_the_delete_still_re_creates_the_grant() {
    let stage = Stage::new().await;
    let estate = with_expiry(&stage).await;
    stage.fault(Fault::on("ListGrants", Does::lag_for(Duration::from_secs(5))).endless());
    let run = stage.run().await;
    let stored = &estate.held["a"].stored;
    let block = config(None).remove("a").unwrap();
    let planned = run.plan(GRANT, stored, block).await;
    let kill = async {
        while stage.count("DeleteGrant") == 0 {
            sleep(Duration::from_millis(100)).await;
        }
        stage.host_gone.cancel();
    };
    tokio::join!(run.apply(GRANT, &planned), kill);
    assert_eq!(stage.own().into_values().collect::<Vec<_>>(), [None]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_deletion_leaves_the_grant_and_its_expiry() {
    let stage = Stage::new().await;
    let mut estate = with_expiry(&stage).await;
    let refused = Does::error(StatusCode::FORBIDDEN, "CSMS.0302", "no");
    stage.fault(Fault::on("DeleteGrant", refused).endless());
    let report = estate.apply(&stage, &config(None)).await;
    let text = report.text("a");
    assert!(text.contains("did not remove its expiry"), "{text}");
    assert!(report.has_failed("a"));
    assert_eq!(stage.count("CreateGrants"), 1);
    let kept = estate.held["a"].stored.object["validity_time"].clone();
    assert_eq!(kept, END);
    stage.calm().await;
    estate.apply(&stage, &config(None)).await.expect_green();
    estate.expect_world(&stage, &config(None));
}

#[tokio::test(start_paused = true)]
async fn a_refused_create_names_the_affected_user_and_the_next_apply_succeeds() {
    let stage = Stage::new().await;
    let mut estate = with_expiry(&stage).await;
    let refused = Does::error(StatusCode::BAD_REQUEST, "CSMS.0202", "quota");
    stage.fault(Fault::on("CreateGrants", refused).endless());
    let report = estate.apply(&stage, &config(None)).await;
    let text = report.text("a");
    assert!(text.contains("Access lost"), "{text}");
    assert!(text.contains("The user `ana` now has no access"), "{text}");
    stage.calm().await;
    estate.apply(&stage, &config(None)).await.expect_green();
    estate.expect_world(&stage, &config(None));
    estate.expect_no_change(&stage, &config(None)).await;
}

#[tokio::test(start_paused = true)]
async fn removing_the_expiry_of_an_unlisted_group_sends_only_an_update() {
    for update_without_end in UpdateWithoutEnd::ALL {
        let stage = Stage::with(Quirks {
            groups: Groups::Invisible,
            update_without_end: *update_without_end,
            ..Quirks::default()
        })
        .await;
        let group = Key::group("secret-0", "team-0");
        let config = |end| -> Config { [("a".to_owned(), group.block(end))].into() };
        let mut estate = Estate::with_seed(0);
        estate
            .apply(&stage, &config(Some(END)))
            .await
            .expect_green();
        let report = estate.apply(&stage, &config(None)).await;
        assert_eq!(stage.count("DeleteGrant"), 0);
        assert_eq!(stage.count("UpdateGrant"), 1);
        let text = report.text("a");
        match update_without_end {
            UpdateWithoutEnd::Clears => {
                report.expect_green();
                assert!(text.contains("not verified"), "{text}");
                estate.expect_world(&stage, &config(None));
            }
            // The answer says so.
            UpdateWithoutEnd::Keeps => assert!(text.contains("Expiry not removed"), "{text}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_with_unknown_outcome_is_sent_again_after_a_config_revert() {
    let stage = Stage::with(Quirks {
        end: hwgrants::sandbox::EndFormat::Hidden,
        ..Quirks::default()
    })
    .await;
    let mut estate = with_expiry(&stage).await;
    // Each of them has its effect, and none is confirmed.
    let lost = Does::raw(StatusCode::OK, "<html>").after_effect();
    stage.fault(Fault::on("UpdateGrant", lost).endless());
    let later = config(Some(super::world::LATER_END));
    let report = estate.apply(&stage, &later).await;
    assert!(report.text("a").contains("Outcome unknown"), "{report:#?}");
    stage.calm().await;
    // The old date is what the state still has; the service has the other one.
    estate
        .apply(&stage, &config(Some(END)))
        .await
        .expect_green();
    estate.expect_world(&stage, &config(Some(END)));
    estate.expect_no_change(&stage, &config(Some(END))).await;
}
