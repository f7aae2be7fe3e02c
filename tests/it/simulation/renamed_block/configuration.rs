//! A configuration, its state and its folder; what `terraform apply` does with them, process by process.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use hwgrants::protocol::proto::Diagnostic;
use hwgrants::provider::Recorder;
use hwgrants::run_record::HostId;
use serde_json::Value as Json;
use tempfile::TempDir;
use tokio::time::sleep;

use super::super::world::{GRANT, Key, Run, Stage};
use crate::protocol::message::has_error;
use crate::protocol::terraform::{Planned, Stored};
use crate::protocol::terraform_core::Action;

/// What a block of any type says.
pub(super) trait Declared {
    /// Type of the resource.
    const TYPE: &'static str;
    /// Provider configuration.
    fn alias(&self) -> &'static str;
    /// The arguments.
    fn arguments(&self) -> Json;
}

/// A block for a grant: which provider configuration it has, and what it says.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) alias: &'static str,
    pub(super) key: Key,
    pub(super) end: Option<&'static str>,
}

impl Declared for Block {
    const TYPE: &'static str = GRANT;

    fn alias(&self) -> &'static str {
        self.alias
    }

    fn arguments(&self) -> Json {
        self.key.block(self.end)
    }
}

impl Block {
    pub(super) fn new(alias: &'static str, key: Key, end: Option<&'static str>) -> Self {
        Self { alias, key, end }
    }
}

/// Blocks by address.
pub(super) type Blocks = BTreeMap<String, Block>;

/// How a command is given.
#[derive(Clone, Debug)]
pub(super) struct How {
    /// Operations side by side.
    pub(super) parallelism: usize,
    /// Whether the objects are read first.
    pub(super) refresh: bool,
    /// Whether the plan is applied by another command.
    pub(super) is_saved: bool,
    /// Whether the record is gone when the plan is applied.
    pub(super) loses_record: bool,
    /// Addresses that the command is about; none for all.
    pub(super) targets: Option<BTreeSet<String>>,
    /// Addresses that are replaced whatever the plan says.
    pub(super) replaces: BTreeSet<String>,
    pub(super) killed_after: Option<Duration>,
    /// Terraform 1.16 and later hand what was said to the plan of a creation to the apply.
    pub(super) keeps_private: bool,
}

impl Default for How {
    fn default() -> Self {
        Self {
            parallelism: 10,
            refresh: true,
            is_saved: false,
            loses_record: false,
            targets: None,
            replaces: BTreeSet::new(),
            killed_after: None,
            keeps_private: false,
        }
    }
}

/// An object in the state.
#[derive(Clone, Debug)]
pub(super) struct Held {
    alias: &'static str,
    stored: Stored,
    pub(super) is_tainted: bool,
}

/// A folder with a state.
pub(super) struct Configuration<B = Block> {
    blocks: PhantomData<B>,
    pub(super) held: BTreeMap<String, Held>,
    folder: TempDir,
    rng: fastrand::Rng,
    host_count: u64,
}

/// What a command said, by address.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) found: BTreeMap<String, Vec<Diagnostic>>,
    pub(super) is_killed: bool,
}

impl Report {
    pub(super) fn is_green(&self) -> bool {
        !self.is_killed && !self.found.values().any(|found| has_error(found))
    }

    #[track_caller]
    pub(super) fn expect_green(self) -> Self {
        assert!(self.is_green(), "{:#?}", self.texts());
        self
    }

    /// Everything said: title and detail.
    pub(super) fn texts(&self) -> Vec<String> {
        let found = self.found.iter();
        let found = found.flat_map(|(address, found)| {
            let text =
                move |each: &Diagnostic| format!("{address}: {}: {}", each.summary, each.detail);
            found.iter().map(text)
        });
        found.collect()
    }
}

/// What is to be done about an address.
#[derive(Clone, Debug)]
struct Change {
    address: String,
    removal: Option<(&'static str, Planned)>,
    write: Option<(&'static str, Planned)>,
}

/// Starts the processes of one walk, one for each provider configuration of these addresses.
async fn start(
    stage: &Stage,
    recorder: &Recorder,
    group: &[(String, &'static str)],
) -> BTreeMap<&'static str, Run> {
    let mut running = BTreeMap::new();
    for (_, alias) in group {
        if !running.contains_key(alias) {
            running.insert(*alias, stage.run_noting_plans(recorder.clone()).await);
        }
    }
    running
}

impl<B: Declared> Configuration<B> {
    /// Nothing yet; `seed` decides the order of what may be done in any order.
    pub(super) fn with_seed(seed: u64) -> Self {
        Self {
            blocks: PhantomData,
            held: BTreeMap::new(),
            folder: tempfile::tempdir().unwrap(),
            rng: fastrand::Rng::with_seed(seed),
            host_count: 0,
        }
    }

    fn records(&self) -> PathBuf {
        self.folder.path().join("hwgrants")
    }

    /// The record of a new command.
    fn recorder(&mut self) -> Recorder {
        self.host_count += 1;
        let host = HostId::from_name(&format!("terraform {}", self.host_count));
        Recorder::Folder(self.records(), host)
    }

    /// Another process of the same command.
    pub(super) fn lose_record(&self) {
        let _ = std::fs::remove_dir_all(self.records());
    }

    /// Plans and applies.
    pub(super) async fn apply(
        &mut self,
        stage: &Stage,
        blocks: &BTreeMap<String, B>,
        how: &How,
    ) -> Report {
        let recorder = self.recorder();
        let (changes, report) = self.plan(stage, blocks, how, recorder.clone()).await;
        if !report.is_green() {
            return report;
        }
        let recorder = if how.is_saved {
            self.recorder()
        } else {
            recorder
        };
        if how.loses_record {
            self.lose_record();
        }
        self.carry_out(stage, changes, how, recorder, report).await
    }

    /// Destroys all: plans the configuration, then the destruction, and applies that.
    pub(super) async fn destroy(
        &mut self,
        stage: &Stage,
        blocks: &BTreeMap<String, B>,
        how: &How,
    ) -> Report {
        let recorder = self.recorder();
        if how.refresh {
            let (_, report) = self.plan(stage, blocks, how, recorder.clone()).await;
            if !report.is_green() {
                return report;
            }
        }
        let how = How {
            refresh: false,
            ..how.clone()
        };
        let (changes, report) = self
            .plan(stage, &BTreeMap::new(), &how, recorder.clone())
            .await;
        self.carry_out(stage, changes, &how, recorder, report).await
    }

    /// Only plans.
    pub(super) async fn only_plan(
        &mut self,
        stage: &Stage,
        blocks: &BTreeMap<String, B>,
        how: &How,
    ) -> Report {
        let recorder = self.recorder();
        self.plan(stage, blocks, how, recorder).await.1
    }

    /// The addresses that a command is about, in groups: each group is done before the next one begins, in processes of its
    /// own where only one thing is done at a time.
    fn groups(
        &mut self,
        addresses: Vec<(String, &'static str)>,
        parallelism: usize,
    ) -> Vec<Vec<(String, &'static str)>> {
        let mut addresses = addresses;
        self.rng.shuffle(&mut addresses);
        if parallelism > 1 {
            return vec![addresses];
        }
        let mut aliases: Vec<_> = addresses.iter().map(|(_, alias)| *alias).collect();
        aliases.dedup();
        let mut seen = BTreeSet::new();
        aliases.retain(|alias| seen.insert(*alias));
        let of = |alias| {
            addresses
                .iter()
                .filter(move |each| each.1 == alias)
                .cloned()
        };
        aliases
            .into_iter()
            .map(|alias| of(alias).collect())
            .collect()
    }

    async fn plan(
        &mut self,
        stage: &Stage,
        blocks: &BTreeMap<String, B>,
        how: &How,
        recorder: Recorder,
    ) -> (Vec<Change>, Report) {
        let all: BTreeSet<_> = self.held.keys().chain(blocks.keys()).cloned().collect();
        let is_target = |address: &String| {
            let targets = how.targets.as_ref();
            targets.is_none_or(|targets| targets.contains(address))
        };
        let alias_of = |address: &String| {
            let block = blocks.get(address).map(Declared::alias);
            block.unwrap_or_else(|| self.held[address].alias)
        };
        let addresses = all.into_iter().filter(is_target);
        let addresses = addresses.map(|address| (address.clone(), alias_of(&address)));
        let addresses = addresses.collect();
        let mut report = Report::default();
        let mut changes = Vec::new();
        for group in self.groups(addresses, how.parallelism) {
            let running = start(stage, &recorder, &group).await;
            let planned = group.iter().map(|(address, alias)| {
                let run = &running[alias];
                self.planned(run, blocks.get(address), address, alias, how)
            });
            let mut planned = stream::iter(planned).buffer_unordered(how.parallelism);
            let mut read = Vec::new();
            while let Some((address, stored, outcome)) = planned.next().await {
                read.push((address.clone(), stored));
                match outcome {
                    Ok((change, found)) => {
                        changes.extend(change);
                        report.found.insert(address, found);
                    }
                    Err(found) => _ = report.found.insert(address, found),
                }
            }
            drop(planned);
            for (address, stored) in read {
                if let Some(held) = self.held.get_mut(&address) {
                    if stored.object.is_null() {
                        self.held.remove(&address);
                    } else {
                        held.stored = stored;
                    }
                }
            }
        }
        (changes, report)
    }

    /// Reads and plans one address; the object as it was read.
    async fn planned(
        &self,
        run: &Run,
        block: Option<&B>,
        address: &str,
        alias: &'static str,
        how: &How,
    ) -> (
        String,
        Stored,
        Result<(Option<Change>, Vec<Diagnostic>), Vec<Diagnostic>>,
    ) {
        let held = self.held.get(address);
        let mut prior = held.map(|held| held.stored.clone()).unwrap_or_default();
        let mut found = Vec::new();
        if how.refresh && !prior.object.is_null() {
            let read = run.read(B::TYPE, &prior).await;
            found.extend(read.found);
            if has_error(&found) {
                return (address.to_owned(), prior, Err(found));
            }
            prior = read.stored;
        }
        let wrote = block.map_or(Json::Null, Declared::arguments);
        if prior.object.is_null() && wrote.is_null() {
            return (address.to_owned(), prior, Ok((None, found)));
        }
        let is_tainted = block.is_some() && held.is_some_and(|held| held.is_tainted);
        let basis = if is_tainted {
            Stored::default()
        } else {
            prior.clone()
        };
        let mut planned = run.plan(B::TYPE, &basis, wrote.clone()).await;
        let is_forced = how.replaces.contains(address)
            && matches!(planned.action, Action::Nothing | Action::Update);
        if is_forced && !has_error(&planned.found) {
            let first = planned.found;
            let basis = Stored {
                object: Json::Null,
                private: planned.private,
                identity: planned.identity,
            };
            planned = run.plan(B::TYPE, &basis, wrote).await;
            planned.found.extend(first);
        }
        if (is_tainted || is_forced) && !prior.object.is_null() {
            planned.action = Action::Replace;
        }
        found.extend(planned.found.clone());
        if has_error(&found) {
            return (address.to_owned(), prior, Err(found));
        }
        let removal = Planned {
            prior: prior.clone(),
            object: Json::Null,
            config: Json::Null,
            action: Action::Delete,
            identity: prior.identity.clone(),
            ..planned.clone()
        };
        let creation = Planned {
            prior: Stored::default(),
            action: Action::Create,
            ..planned.clone()
        };
        // What is removed is removed by the provider configuration that the plan has used.
        let (removal, write) = match planned.action {
            Action::Nothing => (None, None),
            Action::Create | Action::Update => (None, Some((alias, planned))),
            Action::Delete => (Some((alias, removal)), None),
            Action::Replace => (Some((alias, removal)), Some((alias, creation))),
        };
        let change = (removal.is_some() || write.is_some()).then(|| Change {
            address: address.to_owned(),
            removal,
            write,
        });
        (address.to_owned(), prior, Ok((change, found)))
    }

    /// Carries out a plan; what is not over when all is killed stays in the state as it was.
    async fn carry_out(
        &mut self,
        stage: &Stage,
        changes: Vec<Change>,
        how: &How,
        recorder: Recorder,
        mut report: Report,
    ) -> Report {
        let alias_of = |change: &Change| {
            let half = change.removal.as_ref().or(change.write.as_ref());
            half.unwrap().0
        };
        let addresses = changes
            .iter()
            .map(|change| (change.address.clone(), alias_of(change)))
            .collect();
        let mut by_address: BTreeMap<_, _> = changes
            .into_iter()
            .map(|change| (change.address.clone(), change))
            .collect();
        let kill = sleep(how.killed_after.unwrap_or(Duration::from_secs(86_400)));
        let mut kill = std::pin::pin!(kill);
        for group in self.groups(addresses, how.parallelism) {
            let running = start(stage, &recorder, &group).await;
            let outcomes = group.iter().map(|(address, alias)| {
                let change = by_address.remove(address).unwrap();
                carried_out::<B>(&running[alias], change, how.keeps_private)
            });
            let outcomes: Vec<_> = outcomes.collect();
            let mut outcomes =
                std::pin::pin!(stream::iter(outcomes).buffer_unordered(how.parallelism));
            loop {
                let outcome = tokio::select! {
                    outcome = outcomes.next() => outcome,
                    () = &mut kill, if how.killed_after.is_some() => {
                        report.is_killed = true;
                        return report;
                    }
                };
                let Some((address, held, found)) = outcome else {
                    break;
                };
                match held {
                    Some(held) => _ = self.held.insert(address.clone(), held),
                    None => _ = self.held.remove(&address),
                }
                report.found.entry(address).or_default().extend(found);
            }
        }
        report
    }

    /// The import IDs of the grants in the state.
    pub(super) fn ids(&self) -> BTreeSet<String> {
        let held = self.held.values();
        held.map(|held| held.stored.object["id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// An attribute of an object in the state.
    pub(super) fn attribute(&self, address: &str, name: &str) -> Json {
        self.held[address].stored.object[name].clone()
    }

    /// Takes the state as it was before an upgrade of the provider: without facts of ours.
    pub(super) fn forget_facts(&mut self) {
        for held in self.held.values_mut() {
            held.stored.private.clear();
        }
    }

    /// Marks an object for replacement.
    pub(super) fn taint(&mut self, address: &str) {
        self.held.get_mut(address).unwrap().is_tainted = true;
    }
}

/// Carries out one change; what is then in the state, and what was said.
async fn carried_out<B: Declared>(
    run: &Run,
    change: Change,
    keeps_private: bool,
) -> (String, Option<Held>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    if let Some((alias, removal)) = &change.removal {
        let removed = run.apply(B::TYPE, removal).await;
        found.extend(removed.found);
        if has_error(&found) {
            let held = Held {
                alias,
                stored: removed.stored,
                is_tainted: change.write.is_some(),
            };
            return (change.address, Some(held), found);
        }
    }
    let mut left = None;
    if let Some((alias, write)) = &change.write {
        // Terraform plans again, with what is known by now.
        let wrote = write.config.clone();
        let mut again = run.plan(B::TYPE, &write.prior, wrote).await;
        if keeps_private {
            again.private.clone_from(&write.private);
        }
        again.action = write.action;
        if has_error(&again.found) {
            found.extend(again.found);
            let prior = (!write.prior.object.is_null()).then(|| Held {
                alias,
                stored: write.prior.clone(),
                is_tainted: false,
            });
            return (change.address, prior, found);
        }
        let written = run.apply(B::TYPE, &again).await;
        let is_tainted = write.action == Action::Create && has_error(&written.found);
        found.extend(written.found);
        if !written.stored.object.is_null() {
            left = Some(Held {
                alias,
                stored: written.stored,
                is_tainted,
            });
        }
    }
    (change.address, left, found)
}
