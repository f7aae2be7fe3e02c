//! Groups that no list shows, when something goes wrong around a rename: nothing is taken for granted, and there is a way on.

use std::time::Duration;

use axum::http::StatusCode;
use hwgrants::sandbox::{Fault, FaultAction as Does, Groups, Quirks, UpdateWithoutEnd, When};

use super::super::world::{END, Key, LATER_END, Stage, delay};
use super::configuration::{Block, Blocks, Configuration, How};

const SECRET: &str = "secret-0";
const TEAM: &str = "team-1";

async fn stage() -> Stage {
    let quirks = Quirks {
        groups: Groups::Invisible,
        ..Quirks::default()
    };
    Stage::with(quirks).await
}

fn team(address: &str, end: &'static str) -> Blocks {
    let block = Block::new("one", Key::group(SECRET, TEAM), Some(end));
    [(address.to_owned(), block)].into()
}

/// Checks that the team has its grant until then, and that the state says so.
async fn expect(stage: &Stage, configuration: &mut Configuration, blocks: &Blocks, end: &str) {
    let wanted = (Key::group(SECRET, TEAM), Some(end.to_owned()));
    assert_eq!(stage.own(), [wanted].into());
    let (address, _) = blocks.first_key_value().unwrap();
    assert_eq!(configuration.held.len(), 1);
    assert_eq!(configuration.attribute(address, "validity_time"), end);
    let report = configuration.apply(stage, blocks, &How::default()).await;
    report.expect_green();
    assert_eq!(configuration.attribute(address, "validity_time"), end);
}

#[tokio::test(start_paused = true)]
async fn a_group_grant_with_unknown_outcome_exists_after_a_rename() {
    for when in [When::BeforeEffect, When::AfterEffect] {
        let stage = stage().await;
        let mut configuration = Configuration::with_seed(1);
        stage.fault(Fault::on("CreateGrants", Does::Drop { when }).endless());
        let report = configuration
            .apply(&stage, &team("old", END), &How::default())
            .await;
        // What has been created is said to exist, once it is asked for again.
        assert_eq!(report.is_green(), when == When::AfterEffect);
        stage.calm().await;
        let new = team("new", END);
        configuration
            .apply(&stage, &new, &How::default())
            .await
            .expect_green();
        expect(&stage, &mut configuration, &new, END).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_expiry_with_unknown_outcome_after_a_rename_is_sent_again() {
    for address in ["old", "new"] {
        let stage = stage().await;
        let mut configuration = Configuration::with_seed(2);
        configuration
            .apply(&stage, &team("old", END), &How::default())
            .await
            .expect_green();
        let lost = Does::Drop {
            when: When::AfterEffect,
        };
        stage.fault(Fault::on("UpdateGrant", lost).endless());
        let report = configuration
            .apply(&stage, &team("new", LATER_END), &How::default())
            .await;
        assert!(!report.is_green());
        stage.calm().await;
        let back = team(address, END);
        configuration
            .apply(&stage, &back, &How::default())
            .await
            .expect_green();
        expect(&stage, &mut configuration, &back, END).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_grant_revoked_after_an_interrupted_rename_is_re_created() {
    let stage = stage().await;
    let mut configuration = Configuration::with_seed(3);
    configuration
        .apply(&stage, &team("old", END), &How::default())
        .await
        .expect_green();
    stage.fault(Fault::on("UpdateGrant", delay(20, When::BeforeEffect)));
    let new = team("new", LATER_END);
    let how = How {
        killed_after: Some(Duration::from_secs(5)),
        ..How::default()
    };
    let report = configuration.apply(&stage, &new, &how).await;
    assert!(report.is_killed);
    assert!(configuration.held.is_empty());
    stage.calm().await;
    assert!(stage.world().remove_grant(SECRET, TEAM));
    configuration
        .apply(&stage, &new, &How::default())
        .await
        .expect_green();
    expect(&stage, &mut configuration, &new, LATER_END).await;
}

#[tokio::test(start_paused = true)]
async fn two_blocks_for_one_group_are_destroyed_together() {
    let stage = stage().await;
    let mut configuration = Configuration::with_seed(4);
    let mut blocks = team("a", END);
    configuration
        .apply(&stage, &blocks, &How::default())
        .await
        .expect_green();
    blocks.extend(team("b", END));
    let twin = configuration.held["a"].clone();
    configuration.held.insert("b".to_owned(), twin);
    configuration
        .destroy(&stage, &blocks, &How::default())
        .await
        .expect_green();
    assert!(stage.own().is_empty());
    assert!(configuration.held.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_expiry_kept_after_a_rename_is_removed_by_the_next_apply() {
    let quirks = Quirks {
        groups: Groups::Invisible,
        update_without_end: UpdateWithoutEnd::Keeps,
        ..Quirks::default()
    };
    let stage = Stage::with(quirks).await;
    let mut configuration = Configuration::with_seed(5);
    configuration
        .apply(&stage, &team("old", END), &How::default())
        .await
        .expect_green();
    let block = Block::new("one", Key::group(SECRET, TEAM), None);
    let endless: Blocks = [("new".to_owned(), block)].into();
    let report = configuration.apply(&stage, &endless, &How::default()).await;
    assert!(!report.is_green());
    let said = report.texts().join("\n");
    assert!(said.contains("Expiry not removed"), "{said}");
    let had = [(Key::group(SECRET, TEAM), Some(END.to_owned()))];
    assert_eq!(stage.own(), had.into());
    configuration
        .apply(&stage, &endless, &How::default())
        .await
        .expect_green();
    assert_eq!(stage.own(), [(Key::group(SECRET, TEAM), None)].into());
}

#[tokio::test(start_paused = true)]
async fn a_failed_rename_completes_without_a_delete_even_without_refresh() {
    for refresh in [true, false] {
        let stage = stage().await;
        let mut configuration = Configuration::with_seed(6);
        configuration
            .apply(&stage, &team("old", END), &How::default())
            .await
            .expect_green();
        let busy = Does::raw(StatusCode::SERVICE_UNAVAILABLE, "");
        stage.fault(Fault::on("UpdateGrant", busy).endless());
        let new = team("new", LATER_END);
        let report = configuration.apply(&stage, &new, &How::default()).await;
        assert!(!report.is_green());
        stage.calm().await;
        stage.world().clear_requests();
        let how = How {
            refresh,
            ..How::default()
        };
        configuration.apply(&stage, &new, &how).await.expect_green();
        let writes = ["CreateGrants", "UpdateGrant", "DeleteGrant"].map(|name| stage.count(name));
        assert_eq!(writes, [0, 1, 0], "read first: {refresh}");
        expect(&stage, &mut configuration, &new, LATER_END).await;
    }
}
