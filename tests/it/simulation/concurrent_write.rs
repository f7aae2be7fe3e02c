//! Writes side by side on one secret, by a service that forgets what others write meanwhile.

use std::time::Duration;

use hwgrants::sandbox::{Fault, FaultAction as Does};

use super::state_file::{Config, Estate};
use super::world::{END, Key, LATER_END, Stage};

fn team(end: &str) -> Config {
    let block = |number| {
        let key = Key::user("secret-0", &format!("user-{number}"));
        (format!("a{number}"), key.block(Some(end)))
    };
    (0..10).map(block).collect()
}

/// The next ten requests of an operation are carried out at once, each going by what was there when it began.
fn lose(stage: &Stage, operation: &str) {
    let wait = Duration::from_secs(1);
    stage.fault(Fault::on(operation, Does::LoseUpdates { wait }).times(10));
}

#[tokio::test(start_paused = true)]
async fn concurrent_writes_lost_by_the_service_are_sent_again() {
    let mut stage = Stage::new().await;
    stage.grant_outside(&Key::user("secret-0", "outsider"), None);
    let mut estate = Estate::with_seed(0);
    lose(&stage, "CreateGrants");
    estate.apply(&stage, &team(END)).await.expect_green();
    let sent = stage.count("CreateGrants");
    assert!(sent > 10, "nothing was lost");
    estate.expect_world(&stage, &team(END));
    estate.expect_no_change(&stage, &team(END)).await;

    lose(&stage, "UpdateGrant");
    estate.apply(&stage, &team(LATER_END)).await.expect_green();
    estate.expect_world(&stage, &team(LATER_END));
    estate.expect_no_change(&stage, &team(LATER_END)).await;

    lose(&stage, "DeleteGrant");
    estate.apply(&stage, &Config::new()).await.expect_green();
    estate.expect_world(&stage, &Config::new());
}
