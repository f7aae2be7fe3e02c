//! Renamed blocks, alone, with their provider configuration, and with a new expiry.

use std::collections::BTreeSet;

use hwgrants::sandbox::{Groups, Quirks, UpdateWithoutEnd};

use super::super::world::{END, Key, LATER_END, Stage};
use super::configuration::{Block, Blocks, Configuration, How};

/// Twelve grants on three secrets, of which every fourth is a group's where there are groups.
fn twelve(prefix: &str, alias: &'static str, end: Option<&'static str>, groups: bool) -> Blocks {
    let block = |number: usize| {
        let secret = format!("secret-{}", number % 3);
        let key = match number % 4 {
            0 if groups => Key::group(&secret, &format!("team-{}", number / 4)),
            _ => Key::user(&secret, &format!("user-{number}")),
        };
        (format!("{prefix}-{number}"), Block::new(alias, key, end))
    };
    (0..12).map(block).collect()
}

/// What the cloud should hold.
fn wanted(blocks: &Blocks) -> std::collections::BTreeMap<Key, Option<String>> {
    let wanted = blocks.values();
    wanted
        .map(|block| (block.key.clone(), block.end.map(str::to_owned)))
        .collect()
}

/// Checks that all grants are there and in the state, once each, and that a plan has nothing to do.
async fn expect_all(stage: &Stage, configuration: &mut Configuration, blocks: &Blocks, what: &str) {
    stage.check();
    assert_eq!(stage.own(), wanted(blocks), "{what}");
    let addresses: BTreeSet<_> = configuration.held.keys().collect();
    assert_eq!(addresses, blocks.keys().collect(), "{what}");
    let again = configuration.apply(stage, blocks, &How::default()).await;
    let again = again.expect_green();
    assert_eq!(again.texts(), [""; 0], "{what}");
}

fn hows() -> Vec<How> {
    let mut hows = Vec::new();
    for parallelism in [1, 2, 10] {
        for refresh in [true, false] {
            for is_saved in [false, true] {
                for keeps_private in [false, true] {
                    hows.push(How {
                        parallelism,
                        refresh,
                        is_saved,
                        keeps_private,
                        ..How::default()
                    });
                }
            }
        }
    }
    hows
}

#[tokio::test(start_paused = true)]
async fn renamed_blocks_send_no_writes_with_or_without_another_alias() {
    for (seed, how) in hows().into_iter().enumerate() {
        for alias in ["one", "two"] {
            let what = format!("{how:?} to {alias}");
            let stage = Stage::new().await;
            let mut configuration = Configuration::with_seed(seed as u64);
            let old = twelve("old", "one", Some(END), true);
            configuration
                .apply(&stage, &old, &How::default())
                .await
                .expect_green();
            let uuids: BTreeSet<_> = (0..12)
                .map(|number| {
                    configuration
                        .attribute(&format!("old-{number}"), "uuid")
                        .to_string()
                })
                .collect();
            let (created, deleted) = (stage.count("CreateGrants"), stage.count("DeleteGrant"));
            let new = twelve("new", alias, Some(END), true);
            let report = configuration.apply(&stage, &new, &how).await.expect_green();
            assert_eq!(stage.count("DeleteGrant"), deleted, "{what}");
            assert_eq!(stage.count("CreateGrants"), created, "{what}");
            assert_eq!(stage.count("UpdateGrant"), 0, "{what}");
            let said = report.texts();
            let passing = said
                .iter()
                .filter(|text| text.contains("Grants move to other resources"))
                .count();
            // One for each provider configuration at most.
            assert!((1..=2).contains(&passing), "{what}: {said:#?}");
            // At its plan a creation may be the first to speak of its grant.
            let others = said.len() - passing;
            assert!(others == 0 || how.parallelism < 10, "{what}: {said:#?}");
            let after: BTreeSet<_> = (0..12)
                .map(|number| {
                    configuration
                        .attribute(&format!("new-{number}"), "uuid")
                        .to_string()
                })
                .collect();
            assert_eq!(after, uuids, "{what}");
            expect_all(&stage, &mut configuration, &new, &what).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn renamed_blocks_with_a_new_expiry_send_only_updates() {
    for (seed, how) in hows().into_iter().enumerate() {
        for (end, alias) in [(Some(LATER_END), "one"), (None, "two")] {
            let what = format!("{how:?} to {alias}");
            let quirks = Quirks {
                update_without_end: UpdateWithoutEnd::Clears,
                ..Quirks::default()
            };
            let stage = Stage::with(quirks).await;
            let mut configuration = Configuration::with_seed(seed as u64);
            let old = twelve("old", "one", Some(END), end.is_some());
            configuration
                .apply(&stage, &old, &How::default())
                .await
                .expect_green();
            let new = twelve("new", alias, end, end.is_some());
            let before = stage.count("CreateGrants");
            configuration.apply(&stage, &new, &how).await.expect_green();
            assert_eq!(stage.count("DeleteGrant"), 0, "{what}");
            assert_eq!(stage.count("CreateGrants"), before, "{what}");
            assert_eq!(stage.count("UpdateGrant"), 12, "{what}");
            expect_all(&stage, &mut configuration, &new, &what).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_shifted_count_revokes_only_the_removed_grant() {
    for (seed, how) in hows().into_iter().enumerate() {
        let stage = Stage::new().await;
        let mut configuration = Configuration::with_seed(seed as u64);
        let list = |from: usize| -> Blocks {
            let users = (from..12).enumerate();
            let block = |user: usize| {
                let secret = format!("secret-{}", user % 3);
                Block::new(
                    "one",
                    Key::user(&secret, &format!("user-{user}")),
                    Some(END),
                )
            };
            users
                .map(|(index, user)| (format!("this[{index:02}]"), block(user)))
                .collect()
        };
        configuration
            .apply(&stage, &list(0), &How::default())
            .await
            .expect_green();
        let before = stage.count("CreateGrants");
        configuration
            .apply(&stage, &list(1), &how)
            .await
            .expect_green();
        assert_eq!(stage.count("DeleteGrant"), 1, "{how:?}");
        assert_eq!(stage.count("CreateGrants"), before, "{how:?}");
        expect_all(&stage, &mut configuration, &list(1), &format!("{how:?}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_rename_without_the_plan_record_keeps_all_grants() {
    for (seed, how) in hows().into_iter().enumerate() {
        for (alias, end) in [("one", END), ("two", END), ("two", LATER_END)] {
            let how = How {
                loses_record: true,
                ..how.clone()
            };
            let what = format!("{how:?} to {alias} until {end}");
            let stage = Stage::new().await;
            let mut configuration = Configuration::with_seed(seed as u64);
            let old = twelve("old", "one", Some(END), false);
            configuration
                .apply(&stage, &old, &How::default())
                .await
                .expect_green();
            let new = twelve("new", alias, Some(end), false);
            let report = configuration.apply(&stage, &new, &how).await;
            // A creation that cannot know that its grant is given up refuses another expiry.
            assert!(
                report.is_green() || end == LATER_END,
                "{what}: {:#?}",
                report.texts()
            );
            assert_eq!(stage.own().len(), 12, "{what}");
            if !report.is_green() {
                configuration
                    .apply(&stage, &new, &How::default())
                    .await
                    .expect_green();
            }
            expect_all(&stage, &mut configuration, &new, &what).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_renamed_group_grant_is_neither_deleted_nor_re_created() {
    for groups in Groups::ALL {
        for alias in ["one", "two"] {
            for end in [END, LATER_END] {
                let quirks = Quirks {
                    groups: *groups,
                    ..Quirks::default()
                };
                let stage = Stage::with(quirks).await;
                let mut configuration = Configuration::with_seed(3);
                let block = |alias, end| {
                    let key = Key::group("secret-0", "team-1");
                    Block::new(alias, key, Some(end))
                };
                let old: Blocks = [("old".to_owned(), block("one", END))].into();
                configuration
                    .apply(&stage, &old, &How::default())
                    .await
                    .expect_green();
                let new: Blocks = [("new".to_owned(), block(alias, end))].into();
                let before = stage.count("CreateGrants");
                configuration
                    .apply(&stage, &new, &How::default())
                    .await
                    .expect_green();
                let what = format!("{groups:?} to {alias} until {end}");
                assert_eq!(stage.count("DeleteGrant"), 0, "{what}");
                assert_eq!(stage.count("CreateGrants"), before, "{what}");
                assert_eq!(stage.own(), wanted(&new), "{what}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_rename_without_private_state_sends_no_delete() {
    for alias in ["one", "two"] {
        let stage = Stage::new().await;
        let mut configuration = Configuration::with_seed(5);
        let old = twelve("old", "one", Some(END), false);
        configuration
            .apply(&stage, &old, &How::default())
            .await
            .expect_green();
        configuration.forget_facts();
        let new = twelve("new", alias, Some(END), false);
        configuration
            .apply(&stage, &new, &How::default())
            .await
            .expect_green();
        assert_eq!(stage.count("DeleteGrant"), 0, "{alias}");
        expect_all(&stage, &mut configuration, &new, alias).await;
    }
}
