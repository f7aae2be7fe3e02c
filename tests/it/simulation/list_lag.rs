//! Lists that show a write late.

use std::time::Duration;

use hwgrants::sandbox::{Fault, FaultAction as Does};
use serde_json::json;

use super::state_file::{Config, Estate};
use super::world::{END, Key, LATER_END, Stage, with};

fn config(end: &str) -> Config {
    let key = Key::user("secret-0", "ana");
    [("a".to_owned(), key.block(Some(end)))].into()
}

#[tokio::test(start_paused = true)]
async fn lagging_lists_cause_no_errors_and_no_planned_changes() {
    let by_time = Does::lag_for(Duration::from_secs(5));
    for lag in [by_time, Does::Lag { reads: 5 }] {
        let mut stage = Stage::new().await;
        stage.grant_outside(&Key::user("secret-0", "outsider"), Some(END));
        stage.fault(Fault::on("ListGrants", lag).endless());
        let mut estate = Estate::with_seed(0);
        for end in [END, LATER_END] {
            estate.apply(&stage, &config(end)).await.expect_green();
            estate.expect_world(&stage, &config(end));
            estate.expect_no_change(&stage, &config(end)).await;
        }
        estate.apply(&stage, &Config::new()).await.expect_green();
        estate.expect_world(&stage, &Config::new());
    }
}

#[tokio::test(start_paused = true)]
async fn lag_beyond_the_timeout_is_reported_and_keeps_the_grant_in_state() {
    let stage = Stage::new().await;
    stage.fault(Fault::on("ListGrants", Does::lag_for(Duration::from_secs(60))).endless());
    let timeouts = json!({"timeouts": {"create": "10s"}});
    let block = with(Key::user("secret-0", "ana").block(Some(END)), timeouts);
    let config: Config = [("a".to_owned(), block)].into();
    let mut estate = Estate::with_seed(0);
    let report = estate.apply(&stage, &config).await;
    assert!(
        report
            .text("a")
            .contains("Grant not visible after creation"),
        "{report:#?}"
    );
    estate.expect_world(&stage, &config);
    assert_eq!(stage.count("CreateGrants"), 1);

    // The list has caught up.
    stage.calm().await;
    estate.refresh(&stage).await.expect_green();
    estate.expect_world(&stage, &config);
    estate.apply(&stage, &config).await.expect_green();
    estate.expect_world(&stage, &config);
    estate.expect_no_change(&stage, &config).await;
}
