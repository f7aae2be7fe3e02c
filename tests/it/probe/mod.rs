//! The probe against the sandbox: what it finds, and that it leaves no access behind, whatever happens.

mod command;
mod leftover;
mod precondition;
mod quirk;
mod safety;

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hwgrants::cloud::{
    Arguments, Client, Environment, GranteeId, ProjectId, ProjectLocation, Region, ResourceId,
    Sensitive, Settings,
};
use hwgrants::probe::{
    Cleanup, Journal, JournalEntry, Leftover, OtherGrants, Pace, ProbeError, ProbeOutcome,
    ProbeRun, ProbeTarget, StepName, probe, remove_leftover,
};
use hwgrants::sandbox::seed::{PROJECT_ID, REGION, SECRET_API_KEY, TOKEN, USER_ANA, USER_BEN};
use hwgrants::sandbox::{GranteeKind, Quirks, Sandbox, SandboxOptions, World};
use jiff::Timestamp;
use jiff::civil::Date;
use tokio_util::sync::CancellationToken;

/// Short enough for hundreds of runs.
const FAST: Pace = Pace {
    between_reads: Duration::from_millis(2),
    visible_within: Duration::from_millis(150),
    unchanged_for: Duration::from_millis(25),
    request: Duration::from_secs(5),
    cleanup: Duration::from_millis(1_500),
};

/// Keeps the entries in memory.
#[derive(Clone, Default)]
struct MemoryJournal(Arc<Mutex<JournalState>>);

#[derive(Default)]
struct JournalState {
    entries: Vec<JournalEntry>,
    is_removed: bool,
    /// Number of entries after which writing fails.
    capacity: Option<usize>,
}

impl MemoryJournal {
    fn last(&self) -> Option<JournalEntry> {
        self.0.lock().unwrap().entries.last().cloned()
    }

    fn is_removed(&self) -> bool {
        self.0.lock().unwrap().is_removed
    }
}

impl Journal for MemoryJournal {
    fn write(&mut self, entry: &JournalEntry) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        if state.capacity == Some(state.entries.len()) {
            return Err(io::Error::other("the disk is full"));
        }
        // What a file would contain.
        let entry = JournalEntry::parse(&entry.text()?).map_err(io::Error::other)?;
        state.entries.push(entry);
        Ok(())
    }

    fn remove(&mut self) -> io::Result<()> {
        self.0.lock().unwrap().is_removed = true;
        Ok(())
    }
}

/// A sandbox, and the probe of one grant in it.
struct Laboratory {
    sandbox: Sandbox,
    client: Client,
    target: ProbeTarget,
    journal: MemoryJournal,
    cancel: CancellationToken,
    pace: Pace,
}

impl Laboratory {
    async fn with(quirks: Quirks) -> Self {
        let options = SandboxOptions {
            quirks,
            ..SandboxOptions::default()
        };
        let sandbox = Sandbox::start(options).await.unwrap();
        let environment = Environment::of([("HWGRANTS_ENDPOINT", &sandbox.url())]);
        let arguments = Arguments {
            region: Some(REGION.to_owned()),
            token: Some(Sensitive::new(TOKEN)),
            max_retries: Some(0),
            ..Arguments::default()
        };
        let settings = Settings::new(arguments, &environment).unwrap();
        Self {
            client: Client::new(settings),
            target: target(SECRET_API_KEY, &sandbox.url()),
            sandbox,
            journal: MemoryJournal::default(),
            cancel: CancellationToken::new(),
            pace: FAST,
        }
    }

    fn world(&self) -> &World {
        self.sandbox.world()
    }

    async fn probe(&self) -> Result<ProbeOutcome, ProbeError> {
        self.probe_with(&|_| {}).await
    }

    async fn probe_with(&self, on_step: &dyn Fn(StepName)) -> Result<ProbeOutcome, ProbeError> {
        let run = ProbeRun {
            client: &self.client,
            target: &self.target,
            has_default_endpoint: false,
            now: &Timestamp::now,
            pace: self.pace,
            cancel: &self.cancel,
            on_step,
        };
        probe(&run, &mut self.journal.clone()).await
    }

    /// A grant of another user on the secret.
    fn add_other_grant(&self) {
        let put = self
            .world()
            .put_grant(SECRET_API_KEY, USER_BEN, GranteeKind::User, None);
        put.unwrap();
    }

    /// A grant of the user that another process creates, instead of any other one.
    fn replace_grant(&self, validity: Option<&str>) {
        self.world().remove_grant(SECRET_API_KEY, USER_ANA);
        let validity = validity.map(|date| date.parse::<Date>().unwrap());
        let put = self
            .world()
            .put_grant(SECRET_API_KEY, USER_ANA, GranteeKind::User, validity);
        put.unwrap();
    }

    /// The expiration date of the user's grant, if there is one.
    fn expiration_date(&self) -> Option<String> {
        let grants = self.world().grants(SECRET_API_KEY);
        let grant = grants.get(USER_ANA)?;
        grant.validity_date.map(|date| date.to_string())
    }

    /// What the journal announces, and what the next run does about it.
    async fn remove_leftover(&self) -> Result<Leftover, ProbeError> {
        let entry = self.journal.last().unwrap();
        let target = entry.target().unwrap();
        let now = Timestamp::now();
        remove_leftover(&self.client, &target, &entry, self.pace, now).await
    }

    /// The operations that were sent to change grants, in order.
    fn writes(&self) -> Vec<&'static str> {
        let operations = ["CreateGrants", "UpdateGrant", "DeleteGrant"];
        let requests = self.world().requests().into_iter();
        let writes = requests.filter_map(|request| request.operation);
        writes
            .filter(|operation| operations.contains(operation))
            .collect()
    }

    /// Number of grants of the user.
    fn grant_count(&self) -> usize {
        let secret = self.target.secret_id.as_str();
        self.world()
            .grant_count(secret, self.target.user_id.as_str())
    }

    /// Number of requests that were sent to change grants.
    fn write_count(&self) -> usize {
        self.writes().len()
    }
}

fn target(secret_id: &str, url: &str) -> ProbeTarget {
    ProbeTarget {
        location: ProjectLocation {
            region: Region::new(REGION).unwrap(),
            project_id: ProjectId::new(PROJECT_ID).unwrap(),
        },
        secret_id: ResourceId::new(secret_id).unwrap(),
        user_id: GranteeId::new(USER_ANA).unwrap(),
        endpoint: url.to_owned(),
    }
}

/// Whether an outcome says that the grant is gone and that nothing else changed.
fn is_clean(outcome: &ProbeOutcome) -> bool {
    let is_gone = matches!(
        outcome.cleanup,
        Cleanup::Deleted { .. } | Cleanup::NothingCreated
    );
    is_gone && matches!(outcome.others, OtherGrants::Unchanged)
}
