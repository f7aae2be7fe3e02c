//! What one walk wants, the next one does not: destroying, replacing, twins, and halves of renames.

use std::collections::BTreeSet;

use http::StatusCode;
use hwgrants::sandbox::{Fault, FaultAction as Does};

use super::super::world::{END, Key, LATER_END, Stage};
use super::configuration::{Block, Blocks, Configuration, How};

fn user(number: usize) -> Key {
    Key::user(&format!("secret-{}", number % 2), &format!("user-{number}"))
}

fn blocks(addresses: &[(&str, &'static str, usize)]) -> Blocks {
    let blocks = addresses.iter();
    blocks
        .map(|(address, alias, number)| {
            let block = Block::new(alias, user(*number), Some(END));
            ((*address).to_owned(), block)
        })
        .collect()
}

fn hows() -> [How; 4] {
    [(1, true), (1, false), (10, true), (10, false)].map(|(parallelism, refresh)| How {
        parallelism,
        refresh,
        ..How::default()
    })
}

fn targets(addresses: &[&str]) -> Option<BTreeSet<String>> {
    Some(
        addresses
            .iter()
            .map(|address| (*address).to_owned())
            .collect(),
    )
}

#[tokio::test(start_paused = true)]
async fn destroy_revokes_all_grants_even_with_a_pending_rename() {
    for (seed, how) in hows().into_iter().enumerate() {
        for alias in ["one", "two"] {
            let stage = Stage::new().await;
            let mut configuration = Configuration::with_seed(seed as u64);
            let old = blocks(&[("a", "one", 0), ("b", "one", 1), ("c", "two", 2)]);
            configuration
                .apply(&stage, &old, &How::default())
                .await
                .expect_green();
            let new = blocks(&[("a", "one", 0), ("renamed", alias, 1), ("c", "two", 2)]);
            configuration
                .destroy(&stage, &new, &how)
                .await
                .expect_green();
            assert!(stage.own().is_empty(), "{how:?} {alias}: {:?}", stage.own());
            assert!(configuration.held.is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn replacing_or_tainting_a_grant_deletes_and_creates_it_once() {
    for (seed, how) in hows().into_iter().enumerate() {
        for is_saved in [false, true] {
            for is_tainted in [false, true] {
                let stage = Stage::new().await;
                let mut configuration = Configuration::with_seed(seed as u64);
                let all = blocks(&[("a", "one", 0), ("b", "one", 1)]);
                configuration
                    .apply(&stage, &all, &How::default())
                    .await
                    .expect_green();
                let mut how = How {
                    is_saved,
                    ..how.clone()
                };
                if is_tainted {
                    configuration.taint("a");
                } else {
                    how.replaces.insert("a".to_owned());
                }
                let created = stage.count("CreateGrants");
                configuration.apply(&stage, &all, &how).await.expect_green();
                assert_eq!(stage.count("DeleteGrant"), 1, "{how:?} {is_tainted}");
                assert_eq!(stage.count("CreateGrants"), created + 1, "{how:?}");
                assert_eq!(stage.own().len(), 2);
            }
        }
    }
}

/// Two blocks for one grant, both in the state.
async fn twins(stage: &Stage, seed: u64, alias: &'static str) -> (Configuration, Blocks) {
    let mut configuration = Configuration::with_seed(seed);
    let first = blocks(&[("a", "one", 0)]);
    configuration
        .apply(stage, &first, &How::default())
        .await
        .expect_green();
    let both = blocks(&[("a", "one", 0), ("b", alias, 0)]);
    let how = How {
        targets: targets(&["b"]),
        ..How::default()
    };
    configuration.apply(stage, &both, &how).await.expect_green();
    assert_eq!(configuration.held.len(), 2);
    (configuration, both)
}

#[tokio::test(start_paused = true)]
async fn a_grant_of_two_blocks_is_revoked_only_when_both_are_destroyed() {
    for (seed, how) in hows().into_iter().enumerate() {
        for alias in ["one", "two"] {
            for (kept, other) in [("a", "b"), ("b", "a")] {
                let stage = Stage::new().await;
                let (mut configuration, both) = twins(&stage, seed as u64, alias).await;
                // As they are: a warning, no error.
                let report = configuration.only_plan(&stage, &both, &how).await;
                let said = report.expect_green().texts();
                let is_told = said
                    .iter()
                    .any(|text| text.contains("Grant managed by two resources"));
                // One after the other, each in a process that ends: neither knows of the other.
                assert!(is_told || how.parallelism == 1, "{said:#?}");
                let mut one = both.clone();
                one.remove(other);
                configuration.apply(&stage, &one, &how).await.expect_green();
                assert_eq!(stage.count("DeleteGrant"), 0, "{how:?} {alias} {kept}");
                assert_eq!(stage.own().len(), 1);
                assert_eq!(configuration.held.keys().collect::<Vec<_>>(), [kept]);

                let stage = Stage::new().await;
                let (mut configuration, both) = twins(&stage, seed as u64, alias).await;
                configuration
                    .destroy(&stage, &both, &how)
                    .await
                    .expect_green();
                assert!(stage.own().is_empty(), "{how:?} {alias}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_block_for_a_grant_fails_the_plan_and_sends_nothing() {
    for (seed, how) in hows().into_iter().enumerate() {
        for (alias, number) in [("one", 0), ("two", 0), ("one", 5), ("two", 5)] {
            let stage = Stage::new().await;
            let mut configuration = Configuration::with_seed(seed as u64);
            let first = blocks(&[("a", "one", 0)]);
            configuration
                .apply(&stage, &first, &How::default())
                .await
                .expect_green();
            let second = blocks(&[("a", "one", 0), ("b", alias, number), ("c", alias, number)]);
            let before = stage.count("CreateGrants");
            let report = configuration.apply(&stage, &second, &how).await;
            assert!(!report.is_green(), "{how:?} {alias} {number}");
            let said = report.texts().concat();
            assert!(said.contains("Grant declared twice"), "{said}");
            assert_eq!(stage.count("CreateGrants"), before, "{how:?} {alias}");
            assert_eq!(stage.own().len(), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_partially_applied_rename_completes_without_a_delete() {
    for (seed, how) in hows().into_iter().enumerate() {
        for alias in ["one", "two"] {
            for end in [END, LATER_END] {
                let stage = Stage::new().await;
                let mut configuration = Configuration::with_seed(seed as u64);
                let old = blocks(&[("old", "one", 0)]);
                configuration
                    .apply(&stage, &old, &How::default())
                    .await
                    .expect_green();
                let new = blocks(&[("new", alias, 0)]);
                let half = How {
                    targets: targets(&["new"]),
                    ..how.clone()
                };
                configuration
                    .apply(&stage, &new, &half)
                    .await
                    .expect_green();
                // The other half, perhaps with a change of the block that has the grant now.
                let mut changed = new.clone();
                changed.get_mut("new").unwrap().end = Some(end);
                configuration
                    .apply(&stage, &changed, &how)
                    .await
                    .expect_green();
                assert_eq!(stage.count("DeleteGrant"), 0, "{how:?} {alias} {end}");
                assert_eq!(stage.own(), [(user(0), Some(end.to_owned()))].into());
                assert_eq!(configuration.held.len(), 1);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_rename_keeps_the_grant_and_the_next_apply_completes_it() {
    for (seed, how) in hows().into_iter().enumerate() {
        for alias in ["one", "two"] {
            let stage = Stage::new().await;
            let mut configuration = Configuration::with_seed(seed as u64);
            let old = blocks(&[("old", "one", 0)]);
            configuration
                .apply(&stage, &old, &How::default())
                .await
                .expect_green();
            let mut new = blocks(&[("new", alias, 0)]);
            new.get_mut("new").unwrap().end = Some(LATER_END);
            let refused = Does::raw(
                StatusCode::FORBIDDEN,
                r#"{"error_code":"CSMS.0403","error_msg":"no"}"#,
            );
            stage.fault(Fault::on("UpdateGrant", refused));
            let report = configuration.apply(&stage, &new, &how).await;
            assert!(!report.is_green(), "{how:?} {alias}");
            assert_eq!(stage.own(), [(user(0), Some(END.to_owned()))].into());
            configuration
                .apply(&stage, &new, &How::default())
                .await
                .expect_green();
            assert_eq!(stage.count("DeleteGrant"), 0, "{how:?} {alias}");
            assert_eq!(stage.count("CreateGrants"), 1, "{how:?} {alias}");
            assert_eq!(stage.own(), [(user(0), Some(LATER_END.to_owned()))].into());
            assert_eq!(configuration.held.len(), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_blocks_that_swap_grants_send_no_delete_or_create() {
    for (seed, how) in hows().into_iter().enumerate() {
        let stage = Stage::new().await;
        let mut configuration = Configuration::with_seed(seed as u64);
        let before = blocks(&[("a", "one", 0), ("b", "two", 1)]);
        configuration
            .apply(&stage, &before, &How::default())
            .await
            .expect_green();
        let swapped = blocks(&[("a", "one", 1), ("b", "two", 0)]);
        configuration
            .apply(&stage, &swapped, &how)
            .await
            .expect_green();
        assert_eq!(stage.count("DeleteGrant"), 0, "{how:?}");
        assert_eq!(stage.count("CreateGrants"), 2, "{how:?}");
        assert_eq!(stage.own().len(), 2);
        assert_eq!(configuration.ids().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn an_unapplied_rename_plan_does_not_prevent_a_later_revocation() {
    for alias in ["one", "two"] {
        let stage = Stage::new().await;
        let mut configuration = Configuration::with_seed(1);
        let old = blocks(&[("old", "one", 0)]);
        configuration
            .apply(&stage, &old, &How::default())
            .await
            .expect_green();
        let new = blocks(&[("new", alias, 0)]);
        configuration
            .only_plan(&stage, &new, &How::default())
            .await
            .expect_green();
        // The rename is taken back, and then the block is removed.
        configuration
            .apply(&stage, &old, &How::default())
            .await
            .expect_green();
        configuration
            .apply(&stage, &Blocks::new(), &How::default())
            .await
            .expect_green();
        assert!(stage.own().is_empty(), "{alias}");
    }
}
