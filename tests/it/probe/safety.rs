//! The grant is gone at the end, or the outcome says that it may not be; and no other grant changes.

use std::cell::Cell;
use std::time::Duration;

use http::StatusCode;
use hwgrants::probe::{Cleanup, Leftover, OtherGrants, ProbeError, StepName};
use hwgrants::sandbox::seed::{SECRET_API_KEY, USER_ANA, USER_BEN};
use hwgrants::sandbox::{
    Duplicate, Expired, Fault, FaultAction, GranteeKind, Quirks, SecretState, UpdateMissing,
    UpdateWithoutEnd, When,
};

use super::{Laboratory, is_clean};

/// Quirks under which the probe sends as many writes as possible.
fn eventful() -> Quirks {
    Quirks {
        duplicate: Duplicate::Doubled,
        update_missing: UpdateMissing::Creates,
        ..Quirks::default()
    }
}

/// Number of writes in an undisturbed run.
async fn write_count() -> usize {
    let laboratory = Laboratory::with(eventful()).await;
    laboratory.probe().await.unwrap();
    laboratory.write_count()
}

/// A fault for the write with this number, from 0; the operations are numbered together.
fn nth_write(laboratory: &Laboratory, number: usize, action: FaultAction) -> Fault {
    let operations = [
        "CreateGrants",
        "UpdateGrant",
        "UpdateGrant",
        "UpdateGrant",
        "CreateGrants",
        "DeleteGrant",
        "DeleteGrant",
        "UpdateGrant",
        "DeleteGrant",
        "CreateGrants",
        "UpdateGrant",
        "DeleteGrant",
    ];
    let operation = operations[number];
    let before = operations[..number]
        .iter()
        .filter(|each| **each == operation);
    let skip = u32::try_from(before.count()).unwrap();
    assert_eq!(laboratory.write_count(), 0);
    Fault::on(operation, action).after(skip)
}

#[tokio::test]
async fn the_grant_is_gone_after_any_fault_of_any_write() {
    let actions = [
        FaultAction::Drop {
            when: When::BeforeEffect,
        },
        FaultAction::Drop {
            when: When::AfterEffect,
        },
        FaultAction::raw(StatusCode::INTERNAL_SERVER_ERROR, ""),
        FaultAction::raw(StatusCode::INTERNAL_SERVER_ERROR, "").after_effect(),
        FaultAction::raw(
            StatusCode::OK,
            r#"{"error_code":"CSMS.0001","error_msg":"busy"}"#,
        )
        .after_effect(),
        FaultAction::raw(StatusCode::OK, "<html>").after_effect(),
        FaultAction::raw(StatusCode::NOT_FOUND, "<html>").after_effect(),
        FaultAction::error(StatusCode::FORBIDDEN, "CSMS.0010", "denied"),
        FaultAction::error(StatusCode::BAD_REQUEST, "CSMS.0002", "bad"),
        FaultAction::error(StatusCode::NOT_FOUND, "CSMS.0005", "gone").after_effect(),
    ];
    for number in 0..write_count().await {
        for action in &actions {
            let laboratory = Laboratory::with(eventful()).await;
            laboratory.add_other_grant();
            let fault = nth_write(&laboratory, number, action.clone());
            laboratory.world().faults().add(fault);
            let outcome = laboratory.probe().await.unwrap();
            assert!(
                is_clean(&outcome),
                "write {number}, {action:?}: {outcome:?}"
            );
            let may_reappear = matches!(outcome.cleanup, Cleanup::Deleted { may_reappear: true });
            assert_eq!(laboratory.journal.is_removed(), !may_reappear);
            assert_eq!(laboratory.grant_count(), 0, "write {number}, {action:?}");
            let others = laboratory.world().grant_count(SECRET_API_KEY, USER_BEN);
            assert_eq!(others, 1, "write {number}, {action:?}");
        }
    }
}

#[tokio::test]
async fn the_grant_is_gone_after_an_interrupt_at_any_step() {
    for number in 0..write_count().await {
        let laboratory = Laboratory::with(eventful()).await;
        let steps = Cell::new(0);
        let on_step = |_| {
            steps.set(steps.get() + 1);
            if steps.get() == number + 1 {
                laboratory.cancel.cancel();
            }
        };
        let outcome = laboratory.probe_with(&on_step).await.unwrap();
        // The last step is the cleanup, which is never interrupted.
        if number + 1 < write_count().await {
            assert!(
                matches!(outcome.stopped, Some(ProbeError::Interrupted)),
                "{number}: {outcome:?}"
            );
        }
        assert!(is_clean(&outcome), "step {number}: {outcome:?}");
        let is_nothing = matches!(outcome.cleanup, Cleanup::NothingCreated);
        assert!(!is_nothing, "step {number}: {outcome:?}");
        assert_eq!(laboratory.grant_count(), 0, "step {number}");
    }
}

#[tokio::test]
async fn a_grant_that_could_not_be_deleted_is_reported_and_the_next_run_deletes_it() {
    for (operation, action) in [
        (
            "DeleteGrant",
            FaultAction::raw(StatusCode::INTERNAL_SERVER_ERROR, ""),
        ),
        (
            "DeleteGrant",
            FaultAction::Drop {
                when: When::BeforeEffect,
            },
        ),
        ("DeleteGrant", FaultAction::raw(StatusCode::OK, "{}")),
        (
            "DeleteGrant",
            FaultAction::error(StatusCode::NOT_FOUND, "CSMS.0005", "gone"),
        ),
    ] {
        let laboratory = Laboratory::with(Quirks::default()).await;
        let fault = Fault::on(operation, action.clone()).endless();
        laboratory.world().faults().add(fault);
        let outcome = laboratory.probe().await.unwrap();
        assert!(
            matches!(outcome.cleanup, Cleanup::Failed(_)),
            "{action:?}: {outcome:?}"
        );
        assert!(!laboratory.journal.is_removed());
        assert_eq!(laboratory.grant_count(), 1);

        laboratory.world().faults().clear();
        assert_removed(&laboratory).await;
    }
}

/// Removes what the journal announces.
async fn assert_removed(laboratory: &Laboratory) {
    let found = laboratory.remove_leftover().await;
    assert!(matches!(found, Ok(Leftover::Removed { .. })), "{found:?}");
    assert_eq!(laboratory.grant_count(), 0);
}

#[tokio::test]
async fn a_killed_run_leaves_nothing_that_the_next_one_does_not_delete() {
    for number in 0..write_count().await {
        for when in [When::BeforeEffect, When::AfterEffect] {
            let laboratory = Laboratory::with(eventful()).await;
            laboratory.add_other_grant();
            let delay = FaultAction::Delay {
                delay: Duration::from_secs(60),
                when,
            };
            let fault = nth_write(&laboratory, number, delay);
            laboratory.world().faults().add(fault);
            let is_reached = async {
                while laboratory.write_count() <= number {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                // Time to take effect.
                tokio::time::sleep(Duration::from_millis(20)).await;
            };
            // Dropping the probe is what a kill does: no destructor of it deletes the grant.
            tokio::select! {
                outcome = laboratory.probe() => panic!("write {number} was not delayed: {outcome:?}"),
                () = is_reached => {}
            }
            assert!(!laboratory.journal.is_removed());
            let existed = laboratory.grant_count() > 0;
            let found = laboratory.remove_leftover().await.unwrap();
            match existed {
                true => assert!(
                    matches!(found, Leftover::Removed { .. }),
                    "write {number}: {found:?}"
                ),
                false => assert!(
                    matches!(found, Leftover::Nothing),
                    "write {number}: {found:?}"
                ),
            }
            assert_eq!(laboratory.grant_count(), 0, "write {number}");
            let others = laboratory.world().grant_count(SECRET_API_KEY, USER_BEN);
            assert_eq!(others, 1, "write {number}");
        }
    }
}

#[tokio::test]
async fn a_request_whose_journal_cannot_be_written_is_not_sent() {
    for capacity in 0..4 {
        let laboratory = Laboratory::with(Quirks::default()).await;
        laboratory.journal.0.lock().unwrap().capacity = Some(capacity);
        let outcome = laboratory.probe().await.unwrap();
        assert!(
            matches!(outcome.stopped, Some(ProbeError::Journal { .. })),
            "{outcome:?}"
        );
        assert!(is_clean(&outcome), "{outcome:?}");
        assert_eq!(laboratory.grant_count(), 0);
        // The second entry has the creation time of the grant.
        let expected: &[&str] = match capacity {
            0 => &[],
            1 => &["CreateGrants", "DeleteGrant"],
            2 => &["CreateGrants", "DeleteGrant"],
            _ => &["CreateGrants", "UpdateGrant", "DeleteGrant"],
        };
        assert_eq!(laboratory.writes(), expected, "{capacity}");
    }
}

#[tokio::test]
async fn a_refused_create_deletes_nothing() {
    let laboratory = Laboratory::with(Quirks::default()).await;
    let refused = FaultAction::error(StatusCode::BAD_REQUEST, "CSMS.0002", "exists");
    laboratory
        .world()
        .faults()
        .add(Fault::on("CreateGrants", refused));
    let outcome = laboratory.probe().await.unwrap();
    assert!(
        matches!(outcome.stopped, Some(ProbeError::Request { .. })),
        "{outcome:?}"
    );
    assert_eq!(laboratory.write_count(), 1);
}

#[tokio::test]
async fn a_grant_that_someone_else_created_meanwhile_is_not_deleted() {
    let laboratory = Laboratory::with(Quirks::default()).await;
    let world = laboratory.world();
    // Between the last read and the first write.
    let on_step = |step| {
        if step == StepName::Create {
            let put = world.put_grant(SECRET_API_KEY, USER_ANA, GranteeKind::User, None);
            put.unwrap();
        }
    };
    let outcome = laboratory.probe_with(&on_step).await.unwrap();
    assert!(
        matches!(outcome.stopped, Some(ProbeError::Request { .. })),
        "{outcome:?}"
    );
    assert_eq!((laboratory.write_count(), laboratory.grant_count()), (1, 1));
}

#[tokio::test]
async fn other_grants_that_disappear_are_reported() {
    let laboratory = Laboratory::with(Quirks::default()).await;
    laboratory.add_other_grant();
    let world = laboratory.world();
    let is_removed = Cell::new(false);
    let on_step = |_| {
        if !is_removed.replace(true) {
            world.remove_grant(SECRET_API_KEY, USER_BEN);
        }
    };
    let outcome = laboratory.probe_with(&on_step).await.unwrap();
    match outcome.others {
        OtherGrants::Changed(users) => assert!(users.contains(USER_BEN), "{users:?}"),
        others => panic!("{others:?}"),
    }
}

#[tokio::test]
async fn a_grant_that_another_process_creates_instead_is_not_deleted() {
    for step in [
        StepName::Extend,
        StepName::Shorten,
        StepName::ClearExpiry,
        StepName::CreateAgain,
        StepName::CreateWithoutExpiry,
        StepName::Expire,
        StepName::CleanUp,
    ] {
        let laboratory = Laboratory::with(Quirks::default()).await;
        let on_step = |each| {
            if each == step {
                // So that the creation times differ.
                std::thread::sleep(Duration::from_millis(2));
                laboratory.replace_grant(Some("2099-12-31"));
            }
        };
        let outcome = laboratory.probe_with(&on_step).await.unwrap();
        let is_foreign = matches!(outcome.cleanup, Cleanup::Foreign { .. });
        assert!(is_foreign, "{step}: {outcome:?}");
        assert!(!laboratory.journal.is_removed(), "{step}");
        assert_eq!(laboratory.grant_count(), 1, "{step}");
    }
}

#[tokio::test]
async fn a_second_grant_in_the_first_list_is_not_deleted() {
    let laboratory = Laboratory::with(eventful()).await;
    let on_step = |step| {
        if step == StepName::Create {
            laboratory.replace_grant(Some("2099-12-31"));
        }
    };
    let outcome = laboratory.probe_with(&on_step).await.unwrap();
    assert!(
        matches!(outcome.cleanup, Cleanup::Foreign { .. }),
        "{outcome:?}"
    );
    assert_eq!(laboratory.grant_count(), 2);
}

#[tokio::test]
async fn a_grant_is_gone_only_if_a_list_of_the_form_before_shows_it() {
    // Gateways send such bodies, too.
    for (status, body) in [
        (StatusCode::OK, r#"{"data":null}"#),
        (StatusCode::OK, "{}"),
        (
            StatusCode::NOT_FOUND,
            r#"{"error_code":"CSMS.0005","error_msg":"none"}"#,
        ),
    ] {
        let laboratory = Laboratory::with(Quirks::default()).await;
        let world = laboratory.world();
        let on_step = |step| {
            if step == StepName::Extend {
                let lists = Fault::on("ListGrants", FaultAction::raw(status, body)).endless();
                world.faults().add(lists);
                let failure = FaultAction::raw(StatusCode::INTERNAL_SERVER_ERROR, "");
                world
                    .faults()
                    .add(Fault::on("DeleteGrant", failure).endless());
            }
        };
        let outcome = laboratory.probe_with(&on_step).await.unwrap();
        assert!(
            matches!(outcome.cleanup, Cleanup::Failed(_)),
            "{body}: {outcome:?}"
        );
        assert!(!laboratory.journal.is_removed(), "{body}");
        assert!(laboratory.remove_leftover().await.is_err(), "{body}");
        world.faults().clear();
        assert_removed(&laboratory).await;
    }
}

#[tokio::test]
async fn a_leftover_that_is_not_visible_yet_is_waited_for() {
    let laboratory = Laboratory::with(Quirks::default()).await;
    let lag = FaultAction::lag_for(Duration::from_millis(100));
    laboratory
        .world()
        .faults()
        .add(Fault::on("ListGrants", lag).endless());
    let is_created = async {
        while laboratory.grant_count() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        biased;
        () = is_created => {}
        outcome = laboratory.probe() => panic!("{outcome:?}"),
    }
    assert_removed(&laboratory).await;
}

#[tokio::test]
async fn a_replica_that_does_not_show_the_grant_yet_does_not_prove_that_it_is_gone() {
    let laboratory = Laboratory::with(Quirks::default()).await;
    let world = laboratory.world();
    let on_step = |step| {
        if step == StepName::Extend {
            let lag = FaultAction::lag_for(Duration::from_secs(599));
            world.faults().add(Fault::on("ListGrants", lag).endless());
            laboratory.cancel.cancel();
        }
    };
    let outcome = laboratory.probe_with(&on_step).await.unwrap();
    assert!(is_clean(&outcome), "{outcome:?}");
    assert_eq!(laboratory.grant_count(), 0);
}

#[tokio::test]
async fn a_failed_delete_of_a_grant_that_is_not_listed_is_repeated() {
    // An expired grant is deleted by the service, or only hidden.
    for action in [
        FaultAction::raw(StatusCode::INTERNAL_SERVER_ERROR, ""),
        FaultAction::Drop {
            when: When::BeforeEffect,
        },
    ] {
        let laboratory = Laboratory::with(Quirks {
            expired: Expired::Dropped,
            ..eventful()
        })
        .await;
        let fault = nth_write(&laboratory, 11, action);
        laboratory.world().faults().add(fault);
        let outcome = laboratory.probe().await.unwrap();
        assert!(is_clean(&outcome), "{outcome:?}");
        assert_eq!(
            laboratory.writes().iter().rev().take(2).collect::<Vec<_>>(),
            [&"DeleteGrant"; 2]
        );
    }
}

#[tokio::test]
async fn a_grant_that_is_accepted_but_not_listed_may_still_appear() {
    let laboratory = Laboratory::with(Quirks::default()).await;
    let world = laboratory.world();
    let on_step = |step| {
        if step == StepName::Create {
            let lag = FaultAction::lag_for(Duration::from_secs(599));
            world.faults().add(Fault::on("ListGrants", lag).endless());
        }
    };
    let outcome = laboratory.probe_with(&on_step).await.unwrap();
    assert!(
        matches!(outcome.stopped, Some(ProbeError::NotVisible { .. })),
        "{outcome:?}"
    );
    let may_reappear = matches!(outcome.cleanup, Cleanup::Deleted { may_reappear: true });
    assert!(may_reappear, "{outcome:?}");
    assert!(!laboratory.journal.is_removed());
    assert_eq!(laboratory.grant_count(), 0);
}

#[tokio::test]
async fn a_grant_that_replaced_that_of_the_probe_is_not_deleted_even_if_lists_fail() {
    let laboratory = Laboratory::with(Quirks::default()).await;
    let world = laboratory.world();
    let on_step = |step| match step {
        StepName::Extend => {
            std::thread::sleep(Duration::from_millis(2));
            laboratory.replace_grant(Some("2099-12-31"));
        }
        StepName::CleanUp => {
            let failure = FaultAction::raw(StatusCode::SERVICE_UNAVAILABLE, "");
            world.faults().add(Fault::on("ListGrants", failure));
        }
        _ => {}
    };
    let outcome = laboratory.probe_with(&on_step).await.unwrap();
    assert!(
        matches!(outcome.cleanup, Cleanup::Foreign { .. }),
        "{outcome:?}"
    );
    assert!(!laboratory.writes().contains(&"DeleteGrant"));
    assert_eq!(laboratory.grant_count(), 1);
}

#[tokio::test]
async fn a_leftover_whose_last_request_is_on_its_way_is_watched() {
    let laboratory = Laboratory::with(eventful()).await;
    let slow = FaultAction::Delay {
        delay: Duration::from_millis(60),
        when: When::BeforeEffect,
    };
    laboratory
        .world()
        .faults()
        .add(nth_write(&laboratory, 4, slow));
    let run = laboratory.probe();
    tokio::pin!(run);
    let is_sent = async {
        while laboratory.write_count() < 5 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        outcome = &mut run => panic!("{outcome:?}"),
        () = is_sent => {}
    }
    // The request is carried out while the next run deletes what is listed.
    let (found, ()) = tokio::join!(laboratory.remove_leftover(), async {
        tokio::select! {
            _ = &mut run => {}
            () = tokio::time::sleep(Duration::from_millis(62)) => {}
        }
    });
    assert!(matches!(found, Ok(Leftover::Removed { .. })), "{found:?}");
    assert_eq!(laboratory.grant_count(), 0);
}

#[tokio::test]
async fn replicas_that_contradict_each_other_end_the_probe() {
    let laboratory = Laboratory::with(Quirks::default()).await;
    let world = laboratory.world();
    let on_step = |step| {
        if step == StepName::Extend {
            for number in 0..2_000 {
                let stale = FaultAction::lag_for(Duration::from_secs(599));
                world
                    .faults()
                    .add(Fault::on("ListGrants", stale).after(2 * number));
            }
        }
        if step == StepName::CleanUp {
            world.faults().clear();
        }
    };
    let outcome = laboratory.probe_with(&on_step).await.unwrap();
    assert!(
        matches!(outcome.stopped, Some(ProbeError::Unclear(_))),
        "{outcome:?}"
    );
    assert!(is_clean(&outcome), "{outcome:?}");
    assert_eq!(laboratory.grant_count(), 0);
}

#[tokio::test]
async fn a_change_of_the_expiry_of_another_grant_is_reported() {
    let laboratory = Laboratory::with(Quirks::default()).await;
    laboratory.add_other_grant();
    let world = laboratory.world();
    let on_step = |step| {
        if step == StepName::Shorten {
            let date = Some("2099-12-31".parse().unwrap());
            let put = world.put_grant(SECRET_API_KEY, USER_BEN, GranteeKind::User, date);
            put.unwrap();
        }
    };
    let outcome = laboratory.probe_with(&on_step).await.unwrap();
    assert!(
        matches!(outcome.others, OtherGrants::Changed(_)),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_slow_service_makes_conclusions_from_unchanged_lists_undetermined() {
    let laboratory = Laboratory::with(Quirks {
        update_without_end: UpdateWithoutEnd::Clears,
        ..Quirks::default()
    })
    .await;
    let world = laboratory.world();
    let on_step = |step| {
        if step == StepName::ClearExpiry {
            // So that reads show at least the grant.
            std::thread::sleep(Duration::from_millis(150));
            let lag = FaultAction::lag_for(Duration::from_millis(90));
            world.faults().add(Fault::on("ListGrants", lag).endless());
        }
    };
    let outcome = laboratory.probe_with(&on_step).await.unwrap();
    let mut findings = outcome.report.findings.iter();
    let found = findings.find(|finding| finding.quirk == "update_without_end");
    assert_ne!(found.unwrap().value(), Some("keeps"), "{outcome:?}");
    assert!(is_clean(&outcome), "{outcome:?}");
    assert_eq!(laboratory.grant_count(), 0);
}

#[tokio::test]
async fn a_secret_that_is_deleted_meanwhile_ends_the_probe() {
    let laboratory = Laboratory::with(Quirks::default()).await;
    let world = laboratory.world();
    let on_step = |step| {
        if step == StepName::CreateAgain {
            let mut resource = world.state().resources[SECRET_API_KEY].resource.clone();
            resource.state = SecretState::PendingDelete;
            world.add_resource(SECRET_API_KEY, resource);
        }
    };
    let outcome = laboratory.probe_with(&on_step).await.unwrap();
    assert!(outcome.stopped.is_some(), "{outcome:?}");
    let quirks = outcome.report.findings.iter();
    let refused = quirks.filter(|found| ["duplicate", "update_missing"].contains(&found.quirk));
    assert!(refused.clone().count() == 2 && refused.clone().all(|found| found.value().is_none()));
}

#[tokio::test]
async fn lagging_reads_are_measured_and_mislead_no_finding() {
    let mut laboratory = Laboratory::with(Quirks::default()).await;
    laboratory.pace.unchanged_for = Duration::from_millis(100);
    let lag = FaultAction::lag_for(Duration::from_millis(40));
    let fault = Fault::on("ListGrants", lag).endless();
    laboratory.world().faults().add(fault);
    let outcome = laboratory.probe().await.unwrap();
    assert!(
        outcome.stopped.is_none() && is_clean(&outcome),
        "{outcome:?}"
    );
    let mut facts = outcome.report.facts.iter();
    let lag = facts.find(|fact| fact.topic == "Lag of reads").unwrap();
    assert!(lag.observation.starts_with("up to 0."), "{lag:?}");
    assert_eq!(outcome.report.quirks(), Vec::<String>::new());
    assert_eq!(laboratory.grant_count(), 0);
}
