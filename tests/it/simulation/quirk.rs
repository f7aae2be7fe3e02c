//! Every way in which the service may decide what the API reference leaves open.
//!
//! Where quirks interact, every combination is tried: what "nothing is granted" looks like, what becomes of a grant past
//! its end, and how a group is listed all decide what an absence looks like; the forms of times and of ends together
//! decide which date is read. The other quirks are read in places of their own, so that for those every pair of choices
//! is enough: a fault that needs three of them at once would need three places that know of each other.

use std::collections::BTreeSet;

use fastrand::Rng;
use hwgrants::sandbox::{
    AnswerFormat, DeleteStatus, EndFormat, Expired, GroupDelete, Groups, NoExpiry, NoGrants,
    Quirks, TimeFormat, UpdateWithoutEnd,
};

use super::state_file::{Config, Estate, Held};
use super::world::{END, GRANT, Key, LATER_END, Stage};
use crate::protocol::terraform_core::Action;

/// Ids that are numbers, so that a service may write them as such.
fn user() -> Key {
    Key::user("secret-0", "1001")
}

fn group() -> Key {
    Key::group("secret-0", "2001")
}

fn config(key: &Key, end: Option<&str>) -> Config {
    [("a".to_owned(), key.block(end))].into()
}

/// A service with these quirks, in which others are granted access too: one of them a member of the group.
async fn stage(quirks: &Quirks) -> Stage {
    let mut stage = Stage::with(quirks.clone()).await;
    for member in ["1002", "1003"] {
        stage.world().add_member("2001", member);
    }
    stage.grant_outside(&Key::user("secret-0", "1002"), None);
    stage.grant_outside(&Key::user("secret-0", "1004"), Some(LATER_END));
    stage.grant_outside(&Key::group("secret-1", "2001"), Some(END));
    stage
}

/// Whether the list shows when a grant expires that does.
fn shows_end(quirks: &Quirks, key: &Key) -> bool {
    use EndFormat::{BeyondCalendar, Hidden, MinusOne, Period, Words, Zero};
    let is_unclear = matches!(
        quirks.end,
        Hidden | BeyondCalendar | Words | Period | Zero | MinusOne
    );
    !is_unclear && is_listed(quirks, key)
}

/// Whether the list shows when this grant expires, or that it never does.
fn shows_expiry(quirks: &Quirks, key: &Key, end: Option<&str>) -> bool {
    match end {
        Some(_) => shows_end(quirks, key),
        None => {
            !matches!(quirks.no_expiry, NoExpiry::Zero | NoExpiry::MinusOne)
                && is_listed(quirks, key)
        }
    }
}

/// Whether the service confirms what it has written.
fn confirms(quirks: &Quirks) -> bool {
    matches!(quirks.answer, AnswerFormat::Data | AnswerFormat::Bare)
}

fn is_listed(quirks: &Quirks, key: &Key) -> bool {
    key.grantee_type == "user" || quirks.groups == Groups::Listed
}

/// Create, extend, import, destroy, each with an empty plan behind it.
async fn lives(quirks: &Quirks, key: &Key, ends: [Option<&str>; 2]) {
    let stage = stage(quirks).await;
    let mut estate = Estate::with_seed(0);
    for end in ends {
        let config = config(key, end);
        let report = estate.apply(&stage, &config).await;
        if !confirms(quirks) && !shows_expiry(quirks, key, end) {
            // Neither confirmed nor to be seen: never success.
            assert!(report.text("a").contains("Outcome unknown"), "{report:#?}");
            stage.check();
            assert_eq!(estate.held.len(), 1);
            return;
        }
        report.expect_green();
        estate.expect_world(&stage, &config);
        estate.expect_no_change(&stage, &config).await;
    }
    assert_eq!(stage.count("CreateGrants"), 1);
    assert_eq!(stage.count("DeleteGrant"), 0);

    let config = config(key, ends[1]);
    let run = stage.run().await;
    let held = Held {
        stored: run.import(GRANT, &key.id()).await.unwrap(),
        is_tainted: false,
    };
    estate.held.insert("a".to_owned(), held);
    let actions = estate.plan(&stage, &config).await;
    if ends[1].is_none() || shows_end(quirks, key) {
        assert!(actions.is_empty(), "{actions:?}\n{:#?}", estate.held);
    } else {
        // What nobody can see is set once more.
        assert_eq!(actions, [("a".to_owned(), Action::Update)].into());
        estate.apply(&stage, &config).await.expect_green();
    }
    estate.expect_world(&stage, &config);
    estate.expect_no_change(&stage, &config).await;
    destroy(quirks, &stage, &mut estate, key).await;
}

/// Destroys the grant, and nobody else's.
async fn destroy(quirks: &Quirks, stage: &Stage, estate: &mut Estate, key: &Key) {
    let report = estate.apply(stage, &Config::new()).await;
    stage.check();
    let is_refused = key.grantee_type == "group" && quirks.group_delete == GroupDelete::Refuses;
    match (is_refused, is_listed(quirks, key)) {
        (true, true) => {
            assert!(report.has_failed("a"), "{report:#?}");
            assert_eq!((stage.own().len(), estate.held.len()), (1, 1));
        }
        // The service says that there is no such grant, and no list can confirm it: it may still exist.
        (true, false) => {
            assert!(report.has_failed("a"), "{report:#?}");
            assert_eq!(estate.held.len(), 1);
        }
        // Only the documented answer confirms the deletion of what is never listed.
        (false, false) if quirks.delete_status != DeleteStatus::NoContent => {
            assert!(report.has_failed("a"), "{report:#?}");
            assert_eq!(estate.held.len(), 1);
        }
        (false, _) => {
            let report = report.expect_green();
            assert!(!report.has_failed("a"));
            estate.expect_world(stage, &Config::new());
        }
    }
}

/// Services among which every pair of choices is found.
fn pairwise() -> Vec<Quirks> {
    let about_others = ["repo_status", "repo_missing", "pending_list"];
    let mut catalog = Quirks::catalog();
    catalog.retain(|(name, _)| !about_others.contains(name));
    let pairs = |row: &[usize]| {
        let chosen: Vec<_> = row.iter().copied().enumerate().collect();
        let pair = |(at, one): (usize, (usize, usize))| {
            let others = row.iter().copied().enumerate().skip(at + 1);
            others.map(move |other| (one, other)).collect::<Vec<_>>()
        };
        chosen
            .into_iter()
            .enumerate()
            .flat_map(pair)
            .collect::<BTreeSet<_>>()
    };
    let mut missing = BTreeSet::new();
    for (at, (_, choices)) in catalog.iter().enumerate() {
        for (other_at, (_, others)) in catalog.iter().enumerate().skip(at + 1) {
            let pairs =
                (0..choices.len()).flat_map(|one| (0..others.len()).map(move |other| (one, other)));
            missing.extend(pairs.map(|(one, other)| ((at, one), (other_at, other))));
        }
    }
    let mut rng = Rng::with_seed(0);
    let mut services = Vec::new();
    while let Some(&((at, one), (other_at, other))) = missing.first() {
        let mut row = || {
            let mut row: Vec<_> = catalog
                .iter()
                .map(|(_, choices)| rng.usize(..choices.len()))
                .collect();
            (row[at], row[other_at]) = (one, other);
            row
        };
        let rows: Vec<_> = (0..100).map(|_| row()).collect();
        let best = rows
            .iter()
            .max_by_key(|row| pairs(row).intersection(&missing).count())
            .unwrap();
        missing = missing.difference(&pairs(best)).copied().collect();
        let mut quirks = Quirks::default();
        for ((name, choices), choice) in catalog.iter().zip(best) {
            quirks.set(&format!("{name}={}", choices[*choice])).unwrap();
        }
        services.push(quirks);
    }
    services
}

/// Tries every service of a list; names those that go wrong.
async fn each(services: Vec<Quirks>, attempt: impl AsyncFn(&Quirks)) {
    use futures_util::FutureExt;
    let mut broken = Vec::new();
    for quirks in &services {
        let attempt = std::panic::AssertUnwindSafe(attempt(quirks));
        if attempt.catch_unwind().await.is_err() {
            broken.push(quirks);
        }
    }
    let first = broken.first();
    assert!(
        broken.is_empty(),
        "broken by {} of {}; the first is {first:#?}",
        broken.len(),
        services.len()
    );
}

#[tokio::test(start_paused = true)]
async fn user_grant_lifecycle_with_expiry_works_with_every_quirk_pair() {
    each(pairwise(), async |quirks| {
        lives(quirks, &user(), [Some(END), Some(LATER_END)]).await
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn user_grant_lifecycle_without_expiry_works_with_every_quirk_pair() {
    each(pairwise(), async |quirks| {
        lives(quirks, &user(), [None, Some(LATER_END)]).await;
        lives(quirks, &user(), [None, None]).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn group_grant_lifecycle_works_with_every_quirk_pair() {
    each(pairwise(), async |quirks| {
        lives(quirks, &group(), [Some(END), Some(LATER_END)]).await;
        lives(quirks, &group(), [None, None]).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn removing_a_user_grant_expiry_works_with_every_quirk_pair() {
    each(pairwise(), async |quirks| {
        let (stage, key) = (stage(quirks).await, user());
        let mut estate = Estate::with_seed(0);
        let report = estate.apply(&stage, &config(&key, Some(END))).await;
        if !confirms(quirks) && !shows_end(quirks, &key) {
            return;
        }
        report.expect_green();
        let endless = config(&key, None);
        let actions = estate.plan(&stage, &endless).await;
        assert_eq!(actions, [("a".to_owned(), Action::Update)].into());
        let report = estate.apply(&stage, &endless).await;
        stage.check();
        let is_seen = shows_end(quirks, &key) && shows_expiry(quirks, &key, None);
        let clears = quirks.update_without_end == UpdateWithoutEnd::Clears;
        let is_certain = confirms(quirks) || is_seen && clears;
        if !is_certain {
            assert!(report.text("a").contains("Outcome unknown"), "{report:#?}");
            return;
        }
        report.expect_green();
        estate.expect_world(&stage, &endless);
        estate.expect_no_change(&stage, &endless).await;
        // Created again only where the removal cannot be seen.
        let is_in_place = is_seen && clears;
        assert_eq!(stage.count("DeleteGrant"), usize::from(!is_in_place));
    })
    .await;
}

/// An end within reach of the clock: day 59.
const NEAR_END: &str = "2030-03-01";

/// From before the end to long after it, with an empty plan each day; then extends and destroys.
async fn ages(quirks: &Quirks, key: &Key) {
    for is_extended in [true, false] {
        let stage = stage(quirks).await;
        let near = config(key, Some(NEAR_END));
        let mut estate = Estate::with_seed(0);
        estate.apply(&stage, &near).await.expect_green();
        for (day, status) in [(58, "active"), (60, "expired"), (119, "expired")] {
            stage.set_days_ahead(day);
            estate.expect_no_change(&stage, &near).await;
            assert_eq!(
                estate.held["a"].stored.object["status"], status,
                "day {day}"
            );
        }
        if is_extended {
            let later = config(key, Some(LATER_END));
            let report = estate.apply(&stage, &later).await;
            let is_lost = quirks.expired == Expired::Dropped && !is_listed(quirks, key);
            if is_lost && !report.is_green() {
                // A group's absence says nothing, so nothing is made anew without an error that tells.
                assert_eq!(estate.held.len(), 1);
                continue;
            }
            report.expect_green();
            estate.expect_world(&stage, &later);
            estate.expect_no_change(&stage, &later).await;
        }
        let quirks = Quirks {
            group_delete: GroupDelete::Removes,
            ..quirks.clone()
        };
        destroy(&quirks, &stage, &mut estate, key).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_grant_expires_correctly_however_the_service_reports_absence() {
    let mut services = Vec::new();
    for no_grants in NoGrants::ALL {
        for expired in Expired::ALL {
            for groups in Groups::ALL {
                services.push(Quirks {
                    no_grants: *no_grants,
                    expired: *expired,
                    groups: *groups,
                    ..Quirks::default()
                });
            }
        }
    }
    each(services, async |quirks| {
        ages(quirks, &user()).await;
        ages(quirks, &group()).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_grant_expires_correctly_in_every_date_format() {
    let mut services = Vec::new();
    for time in TimeFormat::ALL {
        for end in EndFormat::ALL {
            for expired in Expired::ALL {
                services.push(Quirks {
                    time: *time,
                    end: *end,
                    expired: *expired,
                    ..Quirks::default()
                });
            }
        }
    }
    each(services, async |quirks| ages(quirks, &user()).await).await;
}

#[tokio::test(start_paused = true)]
async fn only_a_previously_listed_group_grant_is_re_created_if_missing() {
    for groups in [Groups::Expanded, Groups::Invisible] {
        let quirks = Quirks {
            groups,
            ..Quirks::default()
        };
        let stage = stage(&quirks).await;
        let config = config(&group(), Some(END));
        let mut estate = Estate::with_seed(0);
        estate.apply(&stage, &config).await.expect_green();
        stage.world().remove_grant("secret-0", "2001");
        estate.expect_no_change(&stage, &config).await;
        assert_eq!(estate.held.len(), 1, "{groups:?}");
    }
    // One that was listed is made again.
    let stage = stage(&Quirks::default()).await;
    let config = config(&group(), Some(END));
    let mut estate = Estate::with_seed(0);
    estate.apply(&stage, &config).await.expect_green();
    stage.world().remove_grant("secret-0", "2001");
    let actions = estate.plan(&stage, &config).await;
    assert_eq!(actions, [("a".to_owned(), Action::Create)].into());
}
