//! What this run has done so far, so that two blocks with one key neither double a grant nor take it from each other.
//!
//! A run is the life of one configured provider. Terraform asks for operations side by side and does not say what else
//! it will ask for: a renamed block is a deletion and a creation of one key, in either order or at once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, watch};
use tokio::time::{Instant, sleep_until};

use crate::cloud::{Call, DomainId, GranteeId, ProjectLocation, Region, ResourceId};
use crate::framework::{Diagnostic, Private};

/// What tells one grant from another for the service: its list and its deletion know no kinds.
pub(super) type GrantId = (ProjectLocation, ResourceId, GranteeId);

/// What tells one delegation from another.
pub(super) type DelegationId = (Region, DomainId);

/// What this run has done to each object it wrote.
#[derive(Debug, Default)]
pub(super) struct Run {
    grants: LockTable<GrantId, GrantRecord>,
    delegations: LockTable<DelegationId, GrantRecord>,
    secrets: LockTable<(ProjectLocation, ResourceId), RwLock<()>>,
    /// Objects that have been read, by their keys in words.
    objects_read: Mutex<BTreeMap<String, ReadObject>>,
    /// When deletions stop waiting for creations that no record has announced.
    patience_ends_at: OnceLock<Instant>,
    /// When creations that are planned stop waiting for deletions that may be planned just then.
    plan_patience_ends_at: OnceLock<Instant>,
    /// The plan has been told that grants pass from one block to another.
    has_told_of_passing: AtomicBool,
    /// Plans of creations that are waiting for deletions.
    waiting_plans: AtomicUsize,
}

/// What a plan can know of an object that was read, although nothing about it is handed over.
#[derive(Clone, Debug)]
pub(super) struct ReadObject {
    /// What is remembered beside its state.
    pub(super) facts: Private,
    /// What it leaves to a creation with its key, sealed.
    pub(super) left: Option<String>,
}

/// A plan that waits for another one.
pub(super) struct PlanWait<'a>(&'a Run);

impl PlanWait<'_> {
    /// How many wait, this one included.
    pub(super) fn count(&self) -> usize {
        self.0.waiting_plans.load(Ordering::Relaxed)
    }
}

impl Drop for PlanWait<'_> {
    fn drop(&mut self) {
        self.0.waiting_plans.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How long the plans of creations wait for deletions of the same keys, all of a run together.
const PLAN_PATIENCE: Duration = Duration::from_secs(1);

/// How long deletions wait for creations that no record has announced, all of a run together.
const PATIENCE: Duration = Duration::from_secs(3);

impl Run {
    /// What is known of a grant.
    pub(super) fn grant(&self, id: &GrantId) -> Arc<GrantRecord> {
        self.grants.entry(id)
    }

    /// What is known of a delegation.
    pub(super) fn delegation(&self, id: &DelegationId) -> Arc<GrantRecord> {
        self.delegations.entry(id)
    }

    /// Remembers an object that has been read, for the plan that replaces it.
    pub(super) fn note_object_read(&self, key: String, object: ReadObject) {
        let mut read = self
            .objects_read
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        read.insert(key, object);
    }

    /// An object that has been read.
    pub(super) fn object_read(&self, key: &str) -> Option<ReadObject> {
        let read = self
            .objects_read
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        read.get(key).cloned()
    }

    /// When a deletion of this run stops waiting for a creation that no record has announced: the first to ask starts the clock
    /// for all.
    pub(super) fn patience_ends_at(&self) -> Instant {
        *self
            .patience_ends_at
            .get_or_init(|| Instant::now() + PATIENCE)
    }

    /// When the plan of a creation stops waiting for the deletion of a grant that exists.
    pub(super) fn plan_patience_ends_at(&self) -> Instant {
        *self
            .plan_patience_ends_at
            .get_or_init(|| Instant::now() + PLAN_PATIENCE)
    }

    /// Whether it is for the caller to tell the plan that grants pass from one block to another: for the first one alone.
    pub(super) fn may_tell_of_passing(&self) -> bool {
        !self.has_told_of_passing.swap(true, Ordering::Relaxed)
    }

    /// Counts a plan that waits for another one, until this is dropped.
    pub(super) fn wait_in_plan(&self) -> PlanWait<'_> {
        self.waiting_plans.fetch_add(1, Ordering::Relaxed);
        PlanWait(self)
    }

    /// Holds a resource for a write, together with other writes, or alone.
    ///
    /// # Errors
    /// The call is over before others let go.
    pub(super) async fn hold(
        &self,
        place: &ProjectLocation,
        resource_id: &ResourceId,
        alone: bool,
        call: &Call,
    ) -> Result<Hold, Diagnostic> {
        let lock = self.secrets.entry(&(place.clone(), resource_id.clone()));
        let hold = async {
            if alone {
                Hold::Alone {
                    _guard: lock.write_owned().await,
                }
            } else {
                Hold::Together {
                    _guard: lock.read_owned().await,
                }
            }
        };
        within(call, hold).await
    }
}

/// A resource held for a write; dropping it lets go.
#[derive(Debug)]
pub(super) enum Hold {
    /// Nobody else writes.
    Alone {
        /// Lets go when dropped.
        _guard: OwnedRwLockWriteGuard<()>,
    },
    /// Others who do not need it alone may write as well.
    Together {
        /// Lets go when dropped.
        _guard: OwnedRwLockReadGuard<()>,
    },
}

/// What this run has made of an object so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing.
    #[default]
    Untouched,
    /// A block of this run has made it, adopted it or changed it.
    Managed,
    /// A block of this run wanted to make it and found it there in another form.
    Contested,
    /// A block of this run has removed it.
    Removed,
}

/// One object in this run.
#[derive(Debug)]
pub(super) struct GrantRecord {
    turn: Arc<tokio::sync::Mutex<Standing>>,
    is_to_be_removed: watch::Sender<bool>,
}

impl Default for GrantRecord {
    fn default() -> Self {
        Self {
            turn: Arc::default(),
            is_to_be_removed: watch::Sender::new(false),
        }
    }
}

/// The right to work on one object, which nobody else has meanwhile.
pub(super) type GrantTurn = OwnedMutexGuard<Standing>;

impl GrantRecord {
    /// Waits until nobody else works on the object.
    ///
    /// # Errors
    /// The call is over before.
    pub(super) async fn turn(&self, call: &Call) -> Result<GrantTurn, Diagnostic> {
        within(call, Arc::clone(&self.turn).lock_owned()).await
    }

    /// Says, before waiting for the turn, that this run is about to remove the object.
    pub(super) fn announce_removal(&self) {
        self.is_to_be_removed.send_replace(true);
    }

    /// Waits until this run is about to remove the object; whether that was within `patience`.
    pub(super) async fn removal_announced(&self, patience: Duration, call: &Call) -> bool {
        let mut watch = self.is_to_be_removed.subscribe();
        let until = call.deadline.min(Instant::now() + patience);
        tokio::select! {
            biased;
            announced = watch.wait_for(|is_to_be| *is_to_be) => announced.is_ok(),
            () = call.cancel.cancelled() => false,
            () = sleep_until(until) => false,
        }
    }
}

/// One value per key, made on first use. It grows with what the run writes, not with what it reads.
#[derive(Debug)]
struct LockTable<K, V>(Mutex<BTreeMap<K, Arc<V>>>);

impl<K, V> Default for LockTable<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Ord + Clone, V: Default> LockTable<K, V> {
    fn entry(&self, key: &K) -> Arc<V> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(table.entry(key.clone()).or_default())
    }
}

async fn within<T>(call: &Call, wait: impl Future<Output = T>) -> Result<T, Diagnostic> {
    let over = |summary| {
        let detail = "The operation ended while waiting for another operation on the same secret. No request was sent. Run the command again, or raise the `timeouts` of the resource.";
        Err(Diagnostic::error(summary, detail))
    };
    tokio::select! {
        biased;
        () = call.cancel.cancelled() => over("Cancelled"),
        held = wait => Ok(held),
        () = sleep_until(call.deadline) => over("Timed out"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_util::sync::CancellationToken;

    fn call(seconds: u64) -> Call {
        Call::within(Duration::from_secs(seconds), CancellationToken::new())
    }

    fn place() -> ProjectLocation {
        ProjectLocation {
            region: Region::new("cn-north-4").unwrap(),
            project_id: crate::cloud::ProjectId::new("p").unwrap(),
        }
    }

    fn secret(id: &str) -> ResourceId {
        ResourceId::new(id).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn what_one_turn_leaves_the_next_one_finds() {
        let run = Run::default();
        let id = (place(), secret("s"), GranteeId::new("u").unwrap());
        let mut turn = run.grant(&id).turn(&call(1)).await.unwrap();
        assert_eq!(*turn, Standing::Untouched);
        assert!(run.grant(&id).turn(&call(1)).await.is_err());
        *turn = Standing::Managed;
        drop(turn);
        let turn = run.grant(&id).turn(&call(1)).await.unwrap();
        assert_eq!(*turn, Standing::Managed);
        let other = (place(), secret("s"), GranteeId::new("v").unwrap());
        assert_eq!(
            *run.grant(&other).turn(&call(1)).await.unwrap(),
            Standing::Untouched
        );
    }

    #[tokio::test(start_paused = true)]
    async fn writes_share_a_resource_unless_one_needs_it_alone() {
        let run = Run::default();
        let (place, s) = (place(), secret("s"));
        let one = run.hold(&place, &s, false, &call(1)).await.unwrap();
        let two = run.hold(&place, &s, false, &call(1)).await.unwrap();
        assert!(run.hold(&place, &s, true, &call(1)).await.is_err());
        drop((one, two));
        let alone = run.hold(&place, &s, true, &call(1)).await.unwrap();
        assert!(run.hold(&place, &s, false, &call(1)).await.is_err());
        assert!(
            run.hold(&place, &secret("t"), true, &call(1)).await.is_ok(),
            "another one is free"
        );
        drop(alone);
        assert!(run.hold(&place, &s, false, &call(1)).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_removal_is_seen_before_and_after_it_is_waited_for() {
        let record = Arc::new(GrantRecord::default());
        let patience = Duration::from_secs(3);
        assert!(!record.removal_announced(patience, &call(60)).await);
        let waiting = {
            let record = Arc::clone(&record);
            tokio::spawn(async move { record.removal_announced(patience, &call(60)).await })
        };
        tokio::task::yield_now().await;
        record.announce_removal();
        assert!(waiting.await.unwrap());
        assert!(record.removal_announced(Duration::ZERO, &call(60)).await);
    }

    #[tokio::test]
    async fn stopping_ends_the_wait_for_a_turn() {
        let record = GrantRecord::default();
        let _turn = record.turn(&call(60)).await.unwrap();
        let call = call(60);
        call.cancel.cancel();
        let given_up = record.turn(&call).await.unwrap_err();
        assert_eq!(given_up.summary, "Cancelled");
    }
}
