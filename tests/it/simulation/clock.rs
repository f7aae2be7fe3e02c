//! Days around the end of a grant, by the clock that provider and service share.

use serde_json::json;

use super::state_file::{Config, Estate};
use super::world::{Key, LATER_END, Stage};
use crate::protocol::terraform_core::Action;

/// Day 59 of a simulation.
const END: &str = "2030-03-01";

fn key() -> Key {
    Key::user("secret-0", "ana")
}

fn config(end: &str) -> Config {
    [("a".to_owned(), key().block(Some(end)))].into()
}

/// A grant that ends on day 59, in state.
async fn granted() -> (Stage, Estate) {
    let mut stage = Stage::new().await;
    stage.grant_outside(&Key::user("secret-0", "outsider"), Some(END));
    let mut estate = Estate::with_seed(0);
    estate.apply(&stage, &config(END)).await.expect_green();
    (stage, estate)
}

#[tokio::test(start_paused = true)]
async fn an_expired_grant_plans_no_change() {
    let (stage, mut estate) = granted().await;
    for (day, status) in [
        (58, "active"),
        (59, "active"),
        (60, "expired"),
        (119, "expired"),
    ] {
        stage.set_days_ahead(day);
        estate.expect_no_change(&stage, &config(END)).await;
        let held = &estate.held["a"].stored.object;
        assert_eq!(held["status"], status, "day {day}");
        assert_eq!(held["validity_time"], END, "day {day}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_expired_grant_can_be_extended_or_destroyed_even_if_removed() {
    for is_kept in [true, false] {
        let (stage, mut estate) = granted().await;
        stage.set_days_ahead(119);
        if !is_kept {
            stage.world().remove_grant(&key().secret, &key().grantee);
        }
        estate.expect_no_change(&stage, &config(END)).await;
        let actions = estate.plan(&stage, &config(LATER_END)).await;
        assert_eq!(actions, [("a".to_owned(), Action::Update)].into());
        estate
            .apply(&stage, &config(LATER_END))
            .await
            .expect_green();
        estate.expect_world(&stage, &config(LATER_END));
        estate.expect_no_change(&stage, &config(LATER_END)).await;
        assert_eq!(estate.held["a"].stored.object["status"], "active");
    }
    for is_kept in [true, false] {
        let (stage, mut estate) = granted().await;
        stage.set_days_ahead(119);
        if !is_kept {
            stage.world().remove_grant(&key().secret, &key().grantee);
        }
        estate.apply(&stage, &Config::new()).await.expect_green();
        estate.expect_world(&stage, &Config::new());
    }
}

#[tokio::test(start_paused = true)]
async fn a_grant_revoked_before_its_expiry_is_re_created() {
    let (stage, mut estate) = granted().await;
    stage.set_days_ahead(58);
    stage.world().remove_grant(&key().secret, &key().grantee);
    let actions = estate.plan(&stage, &config(END)).await;
    assert_eq!(actions, [("a".to_owned(), Action::Create)].into());
    estate.apply(&stage, &config(END)).await.expect_green();
    estate.expect_world(&stage, &config(END));
}

#[tokio::test(start_paused = true)]
async fn an_expired_grant_is_imported_as_expired() {
    let (stage, estate) = granted().await;
    stage.set_days_ahead(119);
    let run = stage.run().await;
    let imported = run.import("csms_grant", &key().id()).await.unwrap();
    let read = run.read("csms_grant", &imported).await;
    assert_eq!(read.found, []);
    assert_eq!(read.stored.object["status"], "expired");
    let planned = run
        .plan("csms_grant", &read.stored, config(END)["a"].clone())
        .await;
    assert_eq!(planned.action, Action::Nothing, "{}", planned.object);
    assert_eq!(estate.held["a"].stored.object["id"], json!(key().id()));
}
