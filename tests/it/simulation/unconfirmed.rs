//! What one list, one instant or a confirmation without effect does not prove.

use http::StatusCode;
use hwgrants::sandbox::{EndFormat, Fault, FaultAction as Does, GranteeKind, Quirks, TimeFormat};
use serde_json::json;

use super::state_file::{Config, Estate};
use super::world::{END, Key, LATER_END, Stage};

/// The day after the end of a grant.
const NEXT_DAY: &str = "2031-04-01";

fn config(end: Option<&str>) -> Config {
    [("a".to_owned(), Key::user("secret-0", "ana").block(end))].into()
}

async fn with_grant(stage: &Stage) -> Estate {
    let mut estate = Estate::with_seed(0);
    let applied = estate.apply(stage, &config(Some(END))).await;
    applied.expect_green();
    estate
}

/// Services that list an instant, in every form of one.
fn instants() -> Vec<Quirks> {
    let ends = [
        EndFormat::StartOfDay,
        EndFormat::EndOfDay,
        EndFormat::LastSecond,
        EndFormat::StartOfDayInChina,
        EndFormat::EndOfDayInChina,
    ];
    let forms = ends.iter().flat_map(|end| {
        TimeFormat::ALL.iter().map(|time| Quirks {
            end: *end,
            time: *time,
            ..Quirks::default()
        })
    });
    forms.collect()
}

/// A list of `secret-0` without anybody.
fn nobody() -> Does {
    let body = json!({"data": {"id": "secret-0", "grantee_user": []}});
    Does::raw(StatusCode::OK, &body.to_string())
}

/// A confirmation of a write that has no effect.
fn confirmation() -> Does {
    let body = json!({"data": {"resourceId": "secret-0", "granteeUser": "ana"}});
    Does::raw(StatusCode::OK, &body.to_string())
}

fn not_found() -> Does {
    Does::error(StatusCode::NOT_FOUND, "CSMS.0005", "no such grant")
}

#[tokio::test(start_paused = true)]
async fn an_expiry_changed_by_one_day_out_of_band_is_detected() {
    for quirks in instants() {
        let stage = Stage::with(quirks.clone()).await;
        let mut estate = with_grant(&stage).await;
        for end in [NEXT_DAY, END] {
            let date = Some(end.parse().unwrap());
            let world = stage.world();
            world
                .put_grant("secret-0", "ana", GranteeKind::User, date)
                .unwrap();
            estate.refresh(&stage).await.expect_green();
            let seen = &estate.held["a"].stored.object["validity_time"];
            assert_eq!(seen, end, "{quirks:?}");
            estate.expect_no_change(&stage, &config(Some(end))).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_confirmed_one_day_extension_without_effect_is_reported() {
    for quirks in instants() {
        let stage = Stage::with(quirks.clone()).await;
        let mut estate = with_grant(&stage).await;
        stage.fault(Fault::on("UpdateGrant", confirmation()).endless());
        let later = config(Some(NEXT_DAY));
        let report = estate.apply(&stage, &later).await;
        let text = report.text("a");
        assert!(
            text.contains("New expiry not visible after update"),
            "{quirks:?} {text}"
        );
        assert_eq!(estate.held["a"].stored.object["validity_time"], END);
        stage.world().faults().clear();
        estate.apply(&stage, &later).await.expect_green();
        estate.expect_world(&stage, &later);
        estate.expect_no_change(&stage, &later).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_confirmed_update_that_is_never_listed_keeps_the_old_expiry_in_state() {
    let stage = Stage::new().await;
    let mut estate = with_grant(&stage).await;
    stage.fault(Fault::on("UpdateGrant", confirmation()).endless());
    let later = config(Some(LATER_END));
    let report = estate.apply(&stage, &later).await;
    let text = report.text("a");
    assert!(
        text.contains("The old expiry remains in the state"),
        "{text}"
    );
    assert_eq!(estate.held["a"].stored.object["validity_time"], END);
    stage.world().faults().clear();
    estate.apply(&stage, &later).await.expect_green();
    estate.expect_world(&stage, &later);
}

#[tokio::test(start_paused = true)]
async fn one_list_without_the_grant_does_not_confirm_a_refused_delete() {
    for refusal in [
        not_found(),
        Does::error(StatusCode::FORBIDDEN, "CSMS.0302", "no"),
        Does::raw(StatusCode::OK, "<html>"),
    ] {
        let stage = Stage::new().await;
        let mut estate = with_grant(&stage).await;
        stage.fault(Fault::on("DeleteGrant", refusal).endless());
        stage.fault(Fault::on("ListGrants", nobody()).after(1));
        let report = estate.apply(&stage, &Config::new()).await;
        assert!(report.has_failed("a"), "{report:#?}");
        assert_eq!(estate.held.len(), 1);
        assert_eq!(stage.own().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn one_list_with_the_grant_is_not_enough_to_adopt_it() {
    let stage = Stage::new().await;
    let entry = json!([{"user_id": "ana", "validity_time": END}]);
    let body = json!({"data": {"id": "secret-0", "grantee_user": entry}});
    let stale = Does::raw(StatusCode::OK, &body.to_string());
    // The plan looks too.
    stage.fault(Fault::on("ListGrants", stale).after(1));
    let mut estate = Estate::with_seed(0);
    let report = estate.apply(&stage, &config(Some(END))).await;
    let text = report.text("a");
    assert!(text.contains("Inconsistent list responses"), "{text}");
    assert!(text.contains("No changes were made"), "{text}");
    assert_eq!(stage.count("CreateGrants"), 0);
    estate
        .apply(&stage, &config(Some(END)))
        .await
        .expect_green();
    estate.expect_world(&stage, &config(Some(END)));
}
