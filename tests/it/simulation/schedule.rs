//! 1,500 lives of small configurations in a cloud that fails at random, the same ones each time.
//!
//! A life has three applies under faults: create all; set, move and remove some expiries; destroy, replace and rename some.
//! Whatever goes wrong on the way, these hold after each: no grant exists that is in no state; after an apply without errors
//! state and world are equal; grants of others are unchanged; no deletion went out without its grantee. In the end the faults
//! stop, and one more apply must bring everything in order.
//!
//! The first 500 lives fail by resets, 5xx, throttling and delays. In the others the service also answers 200 with errors,
//! with pages of a proxy, with nothing, or with half an answer, and Terraform and the provider are killed: what they were
//! about is then in no state, until the same configuration is applied again.
//!
//! A deletion or an update is not delayed beyond the time after which the provider gives a request up: one that arrives
//! after what came later undoes it, and no caller can help that. For the same reason, no service here tells a lie that it
//! documents as the truth, such as "no such secret" about one that exists, or "no grants" twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fastrand::Rng;
use http::StatusCode;
use hwgrants::sandbox::{
    AnswerFormat, DeleteStatus, EndFormat, Fault, FaultAction as Does, GroupDelete, Groups,
    NoExpiry, Quirks, UpdateWithoutEnd, When,
};

use super::seed_range::lives;
use super::state_file::{Config, Estate, Report};
use super::world::{END, Key, LATER_END, Stage, delay};

/// Decides everything.
const SEED: u64 = 20_300_101;

/// The lives from this one on have every kind of fault.
const FIRST_OF_EVERY_KIND: u64 = 500;

/// What happens in one life.
#[derive(Debug)]
struct Schedule {
    seed: u64,
    quirks: Quirks,
    outside: Vec<(Key, Option<&'static str>)>,
    phases: Vec<Phase>,
}

/// A configuration, and what goes wrong while it is applied.
#[derive(Clone, Debug)]
struct Phase {
    blocks: BTreeMap<String, Block>,
    faults: Vec<Fault>,
    killed_after: Option<Duration>,
}

#[derive(Clone, Debug)]
struct Block {
    key: Key,
    end: Option<&'static str>,
}

impl Phase {
    fn config(&self) -> Config {
        let blocks = self.blocks.iter();
        blocks
            .map(|(address, block)| (address.clone(), block.key.block(block.end)))
            .collect()
    }
}

impl Schedule {
    /// The life of this number.
    fn of(number: u64) -> Self {
        let seed = SEED + number;
        let mut rng = Rng::with_seed(seed);
        let has_every_kind = number >= FIRST_OF_EVERY_KIND;
        let may_be_killed = has_every_kind && rng.bool();
        let quirks = quirks(&mut rng, may_be_killed);
        let secrets = rng.u32(1..=3);
        let mut keys: Vec<Key> = (0..10)
            .map(|each| {
                let secret = format!("secret-{}", rng.u32(..secrets));
                match rng.u32(..4) {
                    0 => Key::group(&secret, &format!("team-{each}")),
                    _ => Key::user(&secret, &format!("user-{each}")),
                }
            })
            .collect();
        let ends = [None, Some(END), Some(LATER_END)];
        let outside = keys.split_off(6);
        let outside = outside.into_iter().take(rng.usize(0..=4));
        let outside = outside.map(|key| (key, ends[rng.usize(..3)])).collect();
        keys.truncate(rng.usize(1..=6));

        let mut blocks: BTreeMap<_, _> = keys
            .into_iter()
            .enumerate()
            .map(|(number, key)| {
                let end = ends[rng.usize(..3)];
                (format!("a{number}"), Block { key, end })
            })
            .collect();
        let phase = |rng: &mut Rng, blocks: &BTreeMap<String, Block>| Phase {
            blocks: blocks.clone(),
            faults: faults(rng, has_every_kind, quirks.groups == Groups::Listed),
            killed_after: (may_be_killed && rng.bool())
                .then(|| Duration::from_millis(rng.u64(0..=40_000))),
        };
        let mut phases = vec![phase(&mut rng, &blocks)];

        for block in blocks.values_mut() {
            if rng.bool() {
                continue;
            }
            block.end = match block.end {
                _ if has_every_kind => ends[rng.usize(..3)],
                Some(END) => Some(LATER_END),
                _ => Some(END),
            };
        }
        phases.push(phase(&mut rng, &blocks));

        let before = std::mem::take(&mut blocks);
        for (address, mut block) in before {
            match rng.u32(..6) {
                0 => continue,
                1 => block.end = None,
                2 => block.key.grantee.push_str("-next"),
                // What becomes of a rename that is cut off is for the record of a plan to know.
                3 if !has_every_kind => {
                    blocks.insert(format!("{address}-renamed"), block);
                    continue;
                }
                _ => {}
            }
            blocks.insert(address, block);
        }
        phases.push(phase(&mut rng, &blocks));
        Self {
            seed,
            quirks,
            outside,
            phases,
        }
    }

    /// Lives it; panics where a promise is broken.
    async fn live(&self) {
        // The pauses between tries are drawn from this.
        fastrand::seed(self.seed);
        let mut stage = Stage::with(self.quirks.clone()).await;
        for (key, end) in &self.outside {
            stage.grant_outside(key, *end);
        }
        let mut estate = Estate::with_seed(self.seed);
        for (number, phase) in self.phases.iter().enumerate() {
            for fault in &phase.faults {
                stage.fault(fault.clone());
            }
            let config = phase.config();
            let killed_after = phase.killed_after;
            let (is_killed, report) = estate.apply_until(&stage, &config, killed_after).await;
            if is_killed {
                // What was under way is in no state, until the same configuration is applied again.
                stage.calm().await;
                stage.check();
                estate.apply(&stage, &config).await.expect_green();
                estate.expect_world(&stage, &config);
                // A lag that begins later must not show what was before.
                stage.calm().await;
                continue;
            }
            let is_green = report.is_green();
            check(number, &stage, &estate, &config, &report);
            if is_green {
                estate.refresh(&stage).await;
            }
            stage.calm().await;
            // What was given up on has arrived by now.
            check(number, &stage, &estate, &config, &report);
            if is_green {
                estate.expect_no_change(&stage, &config).await;
            }
        }
        if let Some(phase) = self.phases.last() {
            let config = phase.config();
            estate.apply(&stage, &config).await.expect_green();
            estate.expect_world(&stage, &config);
            estate.expect_no_change(&stage, &config).await;
        }
    }
}

/// Checks what must hold after an apply.
fn check(number: usize, stage: &Stage, estate: &Estate, config: &Config, report: &Report) {
    stage.check();
    if report.is_green() {
        estate.expect_world(stage, config);
        return;
    }
    let exists: BTreeSet<_> = stage.own().keys().map(Key::id).collect();
    let lost: Vec<_> = exists.difference(&estate.ids()).cloned().collect();
    assert!(
        lost.is_empty(),
        "phase {number}: {lost:?} in no state\n{report:#?}"
    );
}

/// What goes wrong in one phase.
///
/// A deletion takes effect and yet fails only where the list shows groups. Where it does not, all that follows for a group is
/// "no such grant", which the service may say of every group: that is an error for ever, and for the practitioner to settle.
fn faults(rng: &mut Rng, has_every_kind: bool, shows_groups: bool) -> Vec<Fault> {
    let lag = Duration::from_secs(rng.u64(..=8));
    let lag = Fault::on("ListGrants", Does::lag_for(lag)).endless();
    let mut faults = vec![lag];
    faults.extend(
        (0..rng.usize(..=5)).map(|_| match has_every_kind && rng.bool() {
            true => false_success(rng, shows_groups),
            false => fault(rng, shows_groups),
        }),
    );
    faults
}

/// A service that decides by chance what the API reference leaves open, as far as it can be known what it has done: one that
/// answers nothing definite about a grant leaves errors, not states. Groups can always be revoked: that they cannot is no
/// matter of luck on the way.
fn quirks(rng: &mut Rng, may_be_killed: bool) -> Quirks {
    let mut quirks = Quirks::default();
    for (name, choices) in Quirks::catalog() {
        let choice = &choices[rng.usize(..choices.len())];
        quirks.set(&format!("{name}={choice}")).unwrap();
    }
    quirks.group_delete = GroupDelete::Removes;
    let confirms = matches!(quirks.answer, AnswerFormat::Data | AnswerFormat::Bare);
    if !confirms || may_be_killed {
        // What is not confirmed, and what was killed, must be found in the list with its expiry.
        quirks.groups = Groups::Listed;
        if !shows_end(quirks.end) {
            quirks.end = EndFormat::default();
        }
        if matches!(quirks.no_expiry, NoExpiry::Zero | NoExpiry::MinusOne) {
            quirks.no_expiry = NoExpiry::default();
        }
    }
    if !confirms {
        // A removal that is neither confirmed nor made ends in an error.
        quirks.update_without_end = UpdateWithoutEnd::Clears;
    }
    // The facts about a tainted group are not handed over, so only a confirmed deletion counts.
    quirks.delete_status = DeleteStatus::NoContent;
    if quirks.groups != Groups::Listed {
        quirks.update_without_end = UpdateWithoutEnd::Clears;
    }
    quirks
}

/// Whether a list written so shows when a grant expires.
fn shows_end(end: EndFormat) -> bool {
    use EndFormat::{BeyondCalendar, Hidden, MinusOne, Period, Words, Zero};
    !matches!(
        end,
        Hidden | BeyondCalendar | Words | Period | Zero | MinusOne
    )
}

fn fault(rng: &mut Rng, shows_groups: bool) -> Fault {
    let operation = OPERATIONS[rng.usize(..OPERATIONS.len())];
    let statuses = [
        StatusCode::BAD_GATEWAY,
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::GATEWAY_TIMEOUT,
    ];
    let longest = match operation {
        "CreateGrants" | "ListGrants" => 45,
        _ => 25,
    };
    let action = match rng.u32(..4) {
        0 => Does::Drop {
            when: When::BeforeEffect,
        },
        1 => Does::raw(statuses[rng.usize(..3)], ""),
        2 => Does::throttle(["1 second", "5 second"][rng.usize(..2)]),
        _ => delay(rng.u64(1..=longest), When::BeforeEffect),
    };
    let action = if rng.bool() && (shows_groups || operation != "DeleteGrant") {
        action.after_effect()
    } else {
        action
    };
    Fault::on(operation, action)
        .after(rng.u32(..4))
        .times(rng.u32(1..=3))
}

/// The operations that fail; creating most of all.
const OPERATIONS: [&str; 5] = [
    "CreateGrants",
    "CreateGrants",
    "ListGrants",
    "UpdateGrant",
    "DeleteGrant",
];

/// An answer that claims success, or comes from another service, and proves nothing.
fn false_success(rng: &mut Rng, shows_groups: bool) -> Fault {
    let operation = OPERATIONS[rng.usize(..OPERATIONS.len())];
    let bodies = [
        r#"{"error_code":"CSMS.0500","error_msg":"internal error"}"#,
        r#"{"error":{"code":500,"message":"m","title":"t"}}"#,
        r#"{"error":{"error_code":"KMS.0301","error_msg":"m"}}"#,
        "<html>welcome</html>",
        "",
        "true",
        r#""ok""#,
        "[]",
        r#"{"data":"none"}"#,
        r#"{"data":{"id":"secret-0","grantee_user":[{"user_id":"#,
        r#"{"data":{"id":"another","grantee_user":[]}}"#,
    ];
    // These may mean "no grants", so that a service that says so twice must be believed.
    let possibly_empty = ["{}", "null", r#"{"data":null}"#, r#"{"data":{}}"#];
    let foreign = [
        (404, r#"{"error_code":"KMS.0005","error_msg":"m"}"#),
        (404, r#"{"error_code":"APIGW.0101","error_msg":"m"}"#),
        (404, r#"{"error":{"code":404,"message":"m"}}"#),
        (404, "<html>not found</html>"),
    ];
    let ok = |body: &str| Does::raw(StatusCode::OK, body);
    let (action, times) = match rng.u32(..4) {
        0 => (ok(possibly_empty[rng.usize(..4)]), 1),
        1 => {
            let (status, body) = foreign[rng.usize(..4)];
            // It never reached the service.
            let status = StatusCode::from_u16(status).unwrap();
            let fault = Fault::on(operation, Does::raw(status, body));
            return fault.after(rng.u32(..4)).times(rng.u32(1..=3));
        }
        _ => (ok(bodies[rng.usize(..bodies.len())]), rng.u32(1..=3)),
    };
    let action = if rng.bool() && (shows_groups || operation != "DeleteGrant") {
        action.after_effect()
    } else {
        action
    };
    Fault::on(operation, action)
        .after(rng.u32(..4))
        .times(times)
}

lives! {
    no_grant_is_lost_or_doubled_in_schedules_0_to_124: 0..125,
    no_grant_is_lost_or_doubled_in_schedules_125_to_249: 125..250,
    no_grant_is_lost_or_doubled_in_schedules_250_to_374: 250..375,
    no_grant_is_lost_or_doubled_in_schedules_375_to_499: 375..500,
    nothing_is_concluded_from_false_answers_and_kills_in_schedules_500_to_624: 500..625,
    nothing_is_concluded_from_false_answers_and_kills_in_schedules_625_to_749: 625..750,
    nothing_is_concluded_from_false_answers_and_kills_in_schedules_750_to_874: 750..875,
    nothing_is_concluded_from_false_answers_and_kills_in_schedules_875_to_999: 875..1000,
    nothing_is_concluded_from_false_answers_and_kills_in_schedules_1000_to_1124: 1000..1125,
    nothing_is_concluded_from_false_answers_and_kills_in_schedules_1125_to_1249: 1125..1250,
    nothing_is_concluded_from_false_answers_and_kills_in_schedules_1250_to_1374: 1250..1375,
    nothing_is_concluded_from_false_answers_and_kills_in_schedules_1375_to_1499: 1375..1500,
}
