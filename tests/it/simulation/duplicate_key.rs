//! One key, several claims: what is there already, two blocks with one key, and renames.

use hwgrants::sandbox::{Duplicate, Groups, Quirks};

use super::state_file::{Config, Estate};
use super::world::{END, GRANT, Key, LATER_END, Stage};
use crate::protocol::message::{has_error, is_error};
use crate::protocol::terraform::{Applied, Planned, Stored};
use crate::protocol::terraform_core::Action;

fn user() -> Key {
    Key::user("secret-0", "ana")
}

fn config(addresses: &[&str], end: &str) -> Config {
    let block = user().block(Some(end));
    let blocks = addresses
        .iter()
        .map(|address| ((*address).to_owned(), block.clone()));
    blocks.collect()
}

fn text(applied: &Applied) -> String {
    applied
        .found
        .iter()
        .map(|each| format!("{}: {}\n", each.summary, each.detail))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn an_existing_grant_with_the_same_expiry_is_adopted_with_a_warning() {
    for end in [Some(END), None] {
        let stage = Stage::new().await;
        let date = end.map(|end| end.parse().unwrap());
        let kind = hwgrants::sandbox::GranteeKind::User;
        stage
            .world()
            .put_grant("secret-0", "ana", kind, date)
            .unwrap();
        let config: Config = [("a".to_owned(), user().block(end))].into();
        let mut estate = Estate::with_seed(0);
        let report = estate.apply(&stage, &config).await.expect_green();
        let said = report.text("a");
        assert!(
            said.contains(&user().id()),
            "no warning names the key: {said}"
        );
        assert_eq!(stage.count("CreateGrants"), 0);
        estate.expect_world(&stage, &config);
        estate.expect_no_change(&stage, &config).await;
        // It is ours now.
        estate.apply(&stage, &Config::new()).await.expect_green();
        estate.expect_world(&stage, &Config::new());
    }
}

#[tokio::test(start_paused = true)]
async fn an_existing_grant_with_another_expiry_fails_with_a_working_import_block() {
    let mut stage = Stage::new().await;
    stage.grant_outside(&user(), Some(LATER_END));
    let mut estate = Estate::with_seed(0);
    let report = estate.apply(&stage, &config(&["a"], END)).await;
    assert!(report.has_failed("a") && estate.held.is_empty());
    stage.check();
    assert_eq!(stage.count("CreateGrants"), 0);

    let said = report.text("a");
    let block = said.split_once("import {").expect("an `import` block").1;
    let after = block
        .split_once("id = \"")
        .or_else(|| block.split_once("id       = \""));
    let id = after.expect("an id").1.split_once('"').unwrap().0;
    let run = stage.run().await;
    let imported = run.import(GRANT, id).await.unwrap();
    let read = run.read(GRANT, &imported).await;
    assert!(!has_error(&read.found), "{:?}", read.found);
    let planned = run
        .plan(GRANT, &read.stored, user().block(Some(LATER_END)))
        .await;
    assert_eq!(planned.action, Action::Nothing, "{}", planned.object);
    let planned = run.plan(GRANT, &read.stored, user().block(Some(END))).await;
    assert_eq!(planned.action, Action::Update);
}

#[tokio::test(start_paused = true)]
async fn a_second_block_for_the_same_grant_fails_the_plan_and_names_it() {
    for seed in 0..8 {
        let stage = Stage::new().await;
        let mut estate = Estate::with_seed(seed);
        // With one end, and with two.
        let mut config = config(&["a", "b"], END);
        if seed % 2 == 1 {
            config.insert("b".to_owned(), user().block(Some(LATER_END)));
        }
        let report = estate.apply(&stage, &config).await;
        let failed: Vec<_> = ["a", "b"]
            .into_iter()
            .filter(|each| report.has_failed(each))
            .collect();
        let [failed] = failed.as_slice() else {
            panic!("{report:#?}");
        };
        assert!(report.text(failed).contains(&user().id()), "{report:#?}");
        assert_eq!(stage.own().len(), 0, "it is the plan that fails");
        config.remove(*failed);
        estate.apply(&stage, &config).await.expect_green();
        estate.expect_world(&stage, &config);
        estate.expect_no_change(&stage, &config).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_create_of_the_same_grant_fails_and_names_it() {
    for ends in [[END, END], [END, LATER_END]] {
        let stage = Stage::new().await;
        let nothing = Stored::default();
        let run = stage.run().await;
        let first = run.plan(GRANT, &nothing, user().block(Some(ends[0]))).await;
        // In a plan of its own, as an alias may have, since one plan refuses it.
        let run = stage.run().await;
        let second = run.plan(GRANT, &nothing, user().block(Some(ends[1]))).await;
        let first = run.apply(GRANT, &first).await;
        assert!(!has_error(&first.found), "{}", text(&first));
        let second = run.apply(GRANT, &second).await;
        assert!(has_error(&second.found));
        let error = second.found.iter().find(|each| is_error(each)).unwrap();
        assert!(error.detail.contains(&user().id()), "{error:?}");
        assert!(second.stored.object.is_null(), "{:?}", second.stored);
        assert_eq!(stage.own().len(), 1);
    }
}

fn many(prefix: &str, end: &str) -> Config {
    let block = |number| {
        let key = Key::user(&format!("secret-{}", number % 3), &format!("user-{number}"));
        (format!("{prefix}-{number}"), key.block(Some(end)))
    };
    (0..50).map(block).collect()
}

#[tokio::test(start_paused = true)]
async fn fifty_renamed_grants_all_exist_at_their_new_addresses() {
    for seed in 0..4 {
        let mut stage = Stage::new().await;
        stage.grant_outside(&Key::user("secret-0", "outsider"), None);
        let mut estate = Estate::with_seed(seed);
        estate.apply(&stage, &many("old", END)).await.expect_green();
        let report = estate.apply(&stage, &many("new", END)).await;
        assert!(report.is_green(), "seed {seed}: {report:#?}");
        assert_eq!(estate.held.len(), 50);
        estate.expect_world(&stage, &many("new", END));
        estate.expect_no_change(&stage, &many("new", END)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn fifty_renamed_grants_with_a_new_expiry_converge_within_two_applies() {
    for seed in 0..4 {
        let stage = Stage::new().await;
        let mut estate = Estate::with_seed(seed);
        estate.apply(&stage, &many("old", END)).await.expect_green();
        let config = many("new", LATER_END);
        let report = estate.apply(&stage, &config).await;
        if !report.is_green() {
            let exists: Vec<_> = stage.own().keys().map(Key::id).collect();
            let ids = estate.ids();
            assert!(
                exists.iter().all(|id| ids.contains(id)),
                "seed {seed}: {report:#?}"
            );
            estate.apply(&stage, &config).await.expect_green();
        }
        estate.expect_world(&stage, &config);
        estate.expect_no_change(&stage, &config).await;
    }
}

/// A removal and a creation of one key, planned for one run.
async fn rename(stage: &Stage, key: &Key, end: &str) -> (Planned, Planned) {
    let run = stage.run().await;
    let stored = run.create(GRANT, key.block(Some(END))).await;
    let removal = run.plan(GRANT, &stored, serde_json::Value::Null).await;
    let creation = run
        .plan(GRANT, &Stored::default(), key.block(Some(end)))
        .await;
    (removal, creation)
}

fn expect_moved(stage: &Stage, key: &Key, removed: &Applied, created: &Applied, end: &str) {
    assert!(!has_error(&removed.found), "{}", text(removed));
    assert!(!has_error(&created.found), "{}", text(created));
    assert!(removed.stored.object.is_null() && created.stored.object.is_object());
    assert_eq!(stage.own(), [(key.clone(), Some(end.to_owned()))].into());
}

#[tokio::test(start_paused = true)]
async fn a_renamed_grant_exists_after_any_order_of_delete_and_create() {
    let stage = Stage::new().await;
    let (removal, creation) = rename(&stage, &user(), END).await;
    let run = stage.run().await;
    let created = run.apply(GRANT, &creation).await;
    let removed = run.apply(GRANT, &removal).await;
    expect_moved(&stage, &user(), &removed, &created, END);
    // The grant has a new block by now, so it stays, and somebody is told.
    assert_eq!((stage.count("DeleteGrant"), removed.found.len()), (0, 1));

    for end in [END, LATER_END] {
        let stage = Stage::new().await;
        let (removal, creation) = rename(&stage, &user(), end).await;
        let run = stage.run().await;
        let removed = run.apply(GRANT, &removal).await;
        let created = run.apply(GRANT, &creation).await;
        expect_moved(&stage, &user(), &removed, &created, end);

        for is_created_first in [true, false] {
            let stage = Stage::new().await;
            let (removal, creation) = rename(&stage, &user(), end).await;
            let run = stage.run().await;
            let (create, remove) = (run.apply(GRANT, &creation), run.apply(GRANT, &removal));
            let (created, removed) = if is_created_first {
                tokio::join!(create, remove)
            } else {
                let (removed, created) = tokio::join!(remove, create);
                (created, removed)
            };
            expect_moved(&stage, &user(), &removed, &created, end);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_renamed_group_grant_exists_once_even_if_not_listed() {
    let key = Key::group("secret-0", "on-call");
    for groups in Groups::ALL {
        for duplicate in Duplicate::ALL {
            let quirks = Quirks {
                groups: *groups,
                duplicate: *duplicate,
                ..Quirks::default()
            };
            let stage = Stage::with(quirks).await;
            let (removal, creation) = rename(&stage, &key, END).await;
            let run = stage.run().await;
            let (created, removed) =
                tokio::join!(run.apply(GRANT, &creation), run.apply(GRANT, &removal));
            expect_moved(&stage, &key, &removed, &created, END);
            stage.check();
        }
    }
}
