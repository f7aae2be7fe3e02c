//! 1,000 lives of an encryption setting whose block is changed, renamed, moved between provider configurations and destroyed, in a
//! cloud that fails at random; the same ones each time.
//!
//! After each apply, whatever went wrong: encryption that was on and is still declared is on; and it is turned off only by a
//! configuration that says so, or by destroying a block that says so. Then the faults stop, and the same configuration brings
//! everything in order: the setting is as declared, and the next plan is empty.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use http::StatusCode;
use hwgrants::sandbox::{
    Fault, FaultAction as Does, KmsKey, KmsKeys, Quirks, RepoEncryption, RepoStatus, When, seed,
};
use serde_json::{Value as Json, json};

use super::super::seed_range::lives;
use super::super::world::{Stage, delay};
use super::configuration::{Configuration, Declared, How};

/// Decides everything.
const SEED: u64 = 20_301_130;

const KEYS: [&str; 2] = ["key-0", "key-1"];
const ALIASES: [&str; 2] = ["one", "two"];

/// The operations that fail.
const OPERATIONS: [&str; 5] = [
    "ShowTenantRepoEncryptionSetting",
    "UpdateTenantRepoEncryptionSetting",
    "UpdateTenantRepoEncryptionSetting",
    "ListTenantCmks",
    "ListTenantEncryptedRepositories",
];

/// A block for a setting.
#[derive(Clone, Debug)]
struct Block {
    alias: &'static str,
    is_on: bool,
    key: &'static str,
    is_default_enabled: Option<bool>,
    is_disabled_on_destroy: bool,
}

impl Declared for Block {
    const TYPE: &'static str = "repo_encryption_setting";

    fn alias(&self) -> &'static str {
        self.alias
    }

    fn arguments(&self) -> Json {
        json!({
            "encryption_type": if self.is_on { "KMS" } else { "normal" },
            "cmk_key_id": self.key,
            "default_encryption_enabled": self.is_default_enabled,
            "on_destroy": if self.is_disabled_on_destroy { "disable" } else { "keep" },
        })
    }
}

impl Block {
    fn random(rng: &mut Rng) -> Self {
        Self {
            alias: ALIASES[rng.usize(..2)],
            is_on: rng.u32(..5) > 0,
            key: KEYS[rng.usize(..2)],
            is_default_enabled: [None, Some(false), Some(true)][rng.usize(..3)],
            is_disabled_on_destroy: rng.bool(),
        }
    }

    /// Whether the setting of the cloud is as the block says.
    fn is_met_by(&self, setting: &RepoEncryption) -> bool {
        let is_default_met = self
            .is_default_enabled
            .is_none_or(|wanted| wanted == setting.is_default_enabled);
        is_on(setting) == self.is_on
            && setting.key_id.as_deref() == Some(self.key)
            && is_default_met
    }
}

fn is_on(setting: &RepoEncryption) -> bool {
    setting.encryption_type.as_deref() == Some("KMS")
}

/// A configuration, how it is applied, and what goes wrong.
#[derive(Debug)]
struct Phase {
    /// Address and block; none if the block is removed.
    block: Option<(String, Block)>,
    how: How,
    faults: Vec<Fault>,
}

impl Phase {
    fn blocks(&self) -> BTreeMap<String, Block> {
        self.block.iter().cloned().collect()
    }
}

/// What happens in one life.
#[derive(Debug)]
struct Schedule {
    seed: u64,
    quirks: Quirks,
    phases: Vec<Phase>,
}

impl Schedule {
    fn of(number: u64) -> Self {
        let seed = SEED + number;
        let mut rng = Rng::with_seed(seed);
        let quirks = Quirks {
            repo_status: RepoStatus::ALL[rng.usize(..RepoStatus::ALL.len())],
            ..Quirks::default()
        };
        let mut block = Some(("a".to_owned(), Block::random(&mut rng)));
        let phases = (0..rng.usize(2..=4)).map(|number| {
            if number > 0 {
                block = changed(&mut rng, block.take(), number);
            }
            Phase {
                block: block.clone(),
                how: how(&mut rng),
                faults: (0..rng.usize(..=4)).map(|_| fault(&mut rng)).collect(),
            }
        });
        let phases = phases.collect();
        Self {
            seed,
            quirks,
            phases,
        }
    }

    /// Lives it; panics where a promise is broken.
    async fn live(&self) {
        // The pauses between tries are drawn from this.
        fastrand::seed(self.seed);
        let stage = Stage::with(self.quirks.clone()).await;
        let scope = format!("{}/{}", seed::ACCOUNT_ID, seed::REGION);
        let keys = KEYS.map(|id| {
            let key = KmsKey::new(&format!("name of {id}"), "2");
            (id.to_owned(), key)
        });
        stage
            .world()
            .set_object(&scope, Some(&KmsKeys(keys.into())));
        stage.world().set_delegation(seed::ACCOUNT_ID, true);
        let current = || -> RepoEncryption { stage.world().object(&scope).unwrap_or_default() };
        let mut configuration = Configuration::<Block>::with_seed(self.seed);
        // The block in the state before an apply.
        let mut prior: Option<Block> = None;
        for (number, phase) in self.phases.iter().enumerate() {
            let before = current();
            for fault in &phase.faults {
                stage.fault(fault.clone());
            }
            let blocks = phase.blocks();
            let report = configuration.apply(&stage, &blocks, &phase.how).await;
            stage.calm().await;
            let block = phase.block.as_ref().map(|(_, block)| block);
            let may_be_off = match block {
                Some(block) => !block.is_on,
                None => prior
                    .as_ref()
                    .is_none_or(|prior| prior.is_disabled_on_destroy),
            };
            // Without the record, a deletion that is carried out first may be followed by a creation that fails.
            let is_recorded = !phase.how.loses_record;
            assert!(
                !is_on(&before) || is_on(&current()) || may_be_off || !is_recorded,
                "phase {number}: encryption was turned off\n{:#?}",
                report.texts()
            );
            if report.is_green() {
                check(number, block, prior.as_ref(), &before, &current());
            }
            let calm = How::default();
            if !report.is_green() {
                let again = configuration.apply(&stage, &blocks, &calm).await;
                if !is_recorded && !again.is_green() {
                    // Without the record, the old block may be gone before the new one, which changes the setting, is created.
                    let texts = again.texts().concat();
                    assert!(
                        texts.contains("Encryption setting already exists"),
                        "{texts}"
                    );
                    return;
                }
                again.expect_green();
            }
            if let Some(block) = block {
                let current = current();
                assert!(block.is_met_by(&current), "phase {number}: {current:?}");
            }
            assert_eq!(configuration.held.len(), blocks.len());
            let requests = stage.world().requests().len();
            configuration
                .apply(&stage, &blocks, &calm)
                .await
                .expect_green();
            let since = &stage.world().requests()[requests..];
            assert!(since.iter().all(|request| request.method != "PUT"));
            prior = block.cloned();
        }
    }
}

/// Checks the setting after an apply without errors.
fn check(
    number: usize,
    block: Option<&Block>,
    prior: Option<&Block>,
    before: &RepoEncryption,
    current: &RepoEncryption,
) {
    match (block, prior) {
        (Some(block), _) => assert!(block.is_met_by(current), "phase {number}: {current:?}"),
        (None, Some(prior)) if prior.is_disabled_on_destroy => {
            assert!(!is_on(current), "phase {number}: {current:?}");
        }
        (None, _) => assert_eq!(current, before, "phase {number}"),
    }
}

/// The next configuration.
fn changed(
    rng: &mut Rng,
    block: Option<(String, Block)>,
    number: usize,
) -> Option<(String, Block)> {
    let Some((address, block)) = block else {
        // What was left behind may be anything, so the same block adopts it or the plan fails.
        return None;
    };
    match rng.u32(..8) {
        0 => None,
        1 | 2 => Some((address, Block::random(rng))),
        3 => Some((format!("{number}-before"), Block::random(rng))),
        4 => Some((format!("z{number}"), Block::random(rng))),
        5 => {
            let alias = ALIASES[rng.usize(..2)];
            Some((address, Block { alias, ..block }))
        }
        _ => {
            let alias = ALIASES[rng.usize(..2)];
            let address =
                [format!("{number}-renamed"), format!("z{number}")][rng.usize(..2)].clone();
            Some((address, Block { alias, ..block }))
        }
    }
}

fn how(rng: &mut Rng) -> How {
    How {
        parallelism: [1, 10][rng.usize(..2)],
        refresh: rng.u32(..4) > 0,
        is_saved: rng.bool(),
        loses_record: rng.u32(..8) == 0,
        killed_after: (rng.u32(..6) == 0).then(|| Duration::from_millis(rng.u64(..=20_000))),
        ..How::default()
    }
}

fn fault(rng: &mut Rng) -> Fault {
    let operation = OPERATIONS[rng.usize(..OPERATIONS.len())];
    let statuses = [
        StatusCode::BAD_GATEWAY,
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::GATEWAY_TIMEOUT,
    ];
    let bodies = [
        r#"{"error_code":"CH.000001","error_msg":"unknown error"}"#,
        r#"{"error":{"code":"CH.010001","message":"m"},"status":"failed"}"#,
        r#"{"encryption_type":null}"#,
        r#"{"tenant_id":"another","encryption_type":null,"default_encryption_enabled":false}"#,
        r#"{"tenant_id":"159b65b41ead484d8ddff250a4731781","encryption_type":"KM"#,
        "<html>welcome</html>",
        "",
        "{}",
        "null",
        "true",
    ];
    let action = match rng.u32(..6) {
        0 => Does::Drop {
            when: When::BeforeEffect,
        },
        1 => Does::raw(statuses[rng.usize(..3)], ""),
        2 => Does::throttle(["1 second", "5 second"][rng.usize(..2)]),
        3 => delay(rng.u64(1..=25), When::BeforeEffect),
        4 => Does::raw(
            StatusCode::NOT_FOUND,
            r#"{"error_code":"CH.000404","error_msg":"m"}"#,
        ),
        _ => Does::raw(StatusCode::OK, bodies[rng.usize(..bodies.len())]),
    };
    let action = match rng.bool() {
        true => action.after_effect(),
        false => action,
    };
    Fault::on(operation, action)
        .after(rng.u32(..3))
        .times(rng.u32(1..=3))
}

lives! {
    encryption_stays_on_while_it_is_declared_in_schedules_0_to_249: 0..250,
    encryption_stays_on_while_it_is_declared_in_schedules_250_to_499: 250..500,
    encryption_stays_on_while_it_is_declared_in_schedules_500_to_749: 500..750,
    encryption_stays_on_while_it_is_declared_in_schedules_750_to_999: 750..1000,
}
