//! A state file, and what `terraform apply` does with it: refresh, plan, then every change, ten at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use hwgrants::protocol::proto::Diagnostic;
use serde_json::Value as Json;
use tokio::time::sleep;

use super::world::{GRANT, Key, Run, Stage};
use crate::protocol::message::has_error;
use crate::protocol::terraform::{Planned, Stored};
use crate::protocol::terraform_core::Action;

/// What Terraform does at a time, unless told otherwise.
const PARALLELISM: usize = 10;

/// Blocks by address.
pub(super) type Config = BTreeMap<String, Json>;

/// An object in the state.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) stored: Stored,
    /// A failed creation left it: the next apply replaces it.
    pub(super) is_tainted: bool,
}

/// A state file.
#[derive(Default)]
pub(super) struct Estate {
    pub(super) held: BTreeMap<String, Held>,
    /// Orders what Terraform's graph leaves open.
    rng: fastrand::Rng,
}

/// What a run said, by address.
#[derive(Default)]
pub(super) struct Report(pub(super) BTreeMap<String, Vec<Diagnostic>>);

impl Report {
    pub(super) fn is_green(&self) -> bool {
        !self.0.values().any(|found| has_error(found))
    }

    /// Everything said about an address.
    pub(super) fn text(&self, address: &str) -> String {
        let found = self.0.get(address).into_iter().flatten();
        found
            .map(|each| format!("{}: {}\n", each.summary, each.detail))
            .collect()
    }

    pub(super) fn has_failed(&self, address: &str) -> bool {
        self.0.get(address).is_some_and(|found| has_error(found))
    }

    #[track_caller]
    pub(super) fn expect_green(self) -> Self {
        assert!(self.is_green(), "{self:#?}");
        self
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spoken = self.0.keys().filter(|address| !self.0[*address].is_empty());
        f.debug_map()
            .entries(spoken.map(|address| (address, self.text(address))))
            .finish()
    }
}

/// A change to carry out: a removal, then a creation or an update, each of which may be absent.
struct Change {
    address: String,
    removal: Option<Planned>,
    write: Option<Planned>,
}

impl Estate {
    /// An empty state; `seed` decides the order of what Terraform may do in any order.
    pub(super) fn with_seed(seed: u64) -> Self {
        Self {
            held: BTreeMap::new(),
            rng: fastrand::Rng::with_seed(seed),
        }
    }

    /// Looks at every object, with a provider of its own.
    pub(super) async fn refresh(&mut self, stage: &Stage) -> Report {
        let run = stage.run().await;
        self.refresh_in(&run, PARALLELISM).await
    }

    /// Looks at every object.
    pub(super) async fn refresh_in(&mut self, run: &Run, parallelism: usize) -> Report {
        let reads = self.held.iter().map(|(address, held)| async {
            (address.clone(), run.read(GRANT, &held.stored).await)
        });
        let reads: Vec<_> = stream::iter(reads)
            .buffer_unordered(parallelism)
            .collect()
            .await;
        let mut report = Report::default();
        for (address, read) in reads {
            if read.stored.object.is_null() {
                self.held.remove(&address);
            } else if let Some(held) = self.held.get_mut(&address) {
                held.stored = read.stored;
            }
            report.0.insert(address, read.found);
        }
        report
    }

    /// What applying would do, after a look at every object.
    pub(super) async fn plan(
        &mut self,
        stage: &Stage,
        config: &Config,
    ) -> BTreeMap<String, Action> {
        let run = stage.run().await;
        self.refresh_in(&run, PARALLELISM).await.expect_green();
        let mut actions = BTreeMap::new();
        for address in self.addresses(config) {
            let (action, _) = self.changed(&run, config, &address).await.unwrap();
            if action != Action::Nothing {
                actions.insert(address, action);
            }
        }
        actions
    }

    /// Checks that applying would do nothing.
    pub(super) async fn expect_no_change(&mut self, stage: &Stage, config: &Config) {
        let actions = self.plan(stage, config).await;
        assert!(actions.is_empty(), "{actions:?}\n{:#?}", self.held);
    }

    /// Refreshes, plans and applies. An error before anything is applied ends it, as Terraform would.
    pub(super) async fn apply(&mut self, stage: &Stage, config: &Config) -> Report {
        self.apply_until(stage, config, None).await.1
    }

    /// The same, but Terraform and the provider are killed so long after the first change was begun. Whether they were: by
    /// then everything may have been over.
    pub(super) async fn apply_until(
        &mut self,
        stage: &Stage,
        config: &Config,
        killed_after: Option<Duration>,
    ) -> (bool, Report) {
        let run = stage.run().await;
        let report = self.refresh_in(&run, PARALLELISM).await;
        if !report.is_green() {
            return (false, report);
        }
        let mut changes = Vec::new();
        let mut report = Report::default();
        for address in self.addresses(config) {
            match self.changed(&run, config, &address).await {
                Ok((_, change)) => changes.extend(change),
                Err(found) => _ = report.0.insert(address, found),
            }
        }
        if !report.is_green() {
            return (false, report);
        }
        self.rng.shuffle(&mut changes);
        self.carry_out(stage.run().await, changes, killed_after)
            .await
    }

    fn addresses(&self, config: &Config) -> BTreeSet<String> {
        self.held.keys().chain(config.keys()).cloned().collect()
    }

    /// What is to be done about an address.
    async fn changed(
        &self,
        run: &Run,
        config: &Config,
        address: &str,
    ) -> Result<(Action, Option<Change>), Vec<Diagnostic>> {
        let wrote = config.get(address).cloned().unwrap_or_default();
        let held = self.held.get(address);
        let prior = held.map(|held| held.stored.clone()).unwrap_or_default();
        let is_tainted = !wrote.is_null() && held.is_some_and(|held| held.is_tainted);
        // A tainted object is planned as if it were not there, and removed besides.
        let basis = if is_tainted {
            Stored::default()
        } else {
            prior.clone()
        };
        let mut planned = run.plan(GRANT, &basis, wrote).await;
        if has_error(&planned.found) {
            return Err(planned.found);
        }
        if is_tainted {
            planned.action = Action::Replace;
        }
        let action = planned.action;
        let removal = Planned {
            prior,
            object: Json::Null,
            config: Json::Null,
            action: Action::Delete,
            ..planned.clone()
        };
        let creation = Planned {
            prior: Stored::default(),
            action: Action::Create,
            ..planned.clone()
        };
        let (removal, write) = match action {
            Action::Nothing => return Ok((action, None)),
            Action::Create | Action::Update => (None, Some(planned)),
            Action::Delete => (Some(removal), None),
            Action::Replace => (Some(removal), Some(creation)),
        };
        let address = address.to_owned();
        Ok((
            action,
            Some(Change {
                address,
                removal,
                write,
            }),
        ))
    }

    /// What is not over when all is killed stays in the state as it was, as in a state file.
    async fn carry_out(
        &mut self,
        run: Run,
        changes: Vec<Change>,
        killed_after: Option<Duration>,
    ) -> (bool, Report) {
        let mut report = Report::default();
        let mut is_killed = false;
        {
            let outcomes = changes.into_iter().map(|change| carried_out(&run, change));
            let mut outcomes = std::pin::pin!(stream::iter(outcomes).buffer_unordered(PARALLELISM));
            let kill = sleep(killed_after.unwrap_or(Duration::from_secs(86_400)));
            let mut kill = std::pin::pin!(kill);
            loop {
                let outcome = tokio::select! {
                    outcome = outcomes.next() => outcome,
                    () = &mut kill, if killed_after.is_some() => {
                        is_killed = true;
                        None
                    }
                };
                let Some((address, held, found)) = outcome else {
                    break;
                };
                match held {
                    Some(held) => _ = self.held.insert(address.clone(), held),
                    None => _ = self.held.remove(&address),
                }
                report.0.insert(address, found);
            }
        }
        (is_killed, report)
    }

    /// The import IDs of the grants in the state.
    pub(super) fn ids(&self) -> BTreeSet<String> {
        self.held.values().map(|held| id(&held.stored)).collect()
    }

    /// Checks that state and world are equal; `config` has been applied without an error.
    pub(super) fn expect_world(&self, stage: &Stage, config: &Config) {
        stage.check();
        let own = stage.own();
        let exists: BTreeSet<_> = own.keys().map(Key::id).collect();
        assert_eq!(exists, self.ids());
        assert_eq!(self.held.len(), exists.len(), "one grant at two addresses");
        for (address, wrote) in config {
            let id = id(&self.held[address].stored);
            let (_, end) = own.iter().find(|(key, _)| key.id() == id).unwrap();
            assert_eq!(wrote["validity_time"].as_str(), end.as_deref(), "{address}");
        }
    }
}

/// Carries out one change; what is then in the state, and what was said.
async fn carried_out(run: &Run, change: Change) -> (String, Option<Held>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let mut left = None;
    if let Some(removal) = &change.removal {
        let removed = run.apply(GRANT, removal).await;
        found.extend(removed.found);
        if has_error(&found) {
            let held = Held {
                stored: removed.stored,
                is_tainted: change.write.is_some(),
            };
            return (change.address, Some(held), found);
        }
    }
    if let Some(write) = &change.write {
        let written = run.apply(GRANT, write).await;
        let is_tainted = write.action == Action::Create && has_error(&written.found);
        found.extend(written.found);
        if !written.stored.object.is_null() {
            left = Some(Held {
                stored: written.stored,
                is_tainted,
            });
        }
    }
    (change.address, left, found)
}

/// The import ID of a grant in the state.
pub(super) fn id(stored: &Stored) -> String {
    stored.object["id"].as_str().unwrap().to_owned()
}
