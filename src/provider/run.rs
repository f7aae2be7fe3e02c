//! What a run has done to each grant, so that two blocks with the same key neither duplicate a grant nor revoke each
//! other's.
//!
//! A run is the lifetime of one configured provider. Terraform runs operations concurrently and does not announce later
//! ones: for a renamed block it deletes and creates a grant with the same key, in either order or at the same time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, watch};
use tokio::time::{Instant, sleep_until};

use crate::cloud::{Call, DomainId, GranteeId, ProjectLocation, Region, ResourceId};
use crate::framework::{Diagnostic, Private};
use crate::run_record::hash64;

use super::account_key::AccountRegion;

/// The identity of a grant in the service: its list and its delete request do not distinguish types.
pub(super) type GrantId = (ProjectLocation, ResourceId, GranteeId);

/// The identity of a delegation.
pub(super) type DelegationId = (Region, DomainId);

/// What this run has done to each object that it wrote.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// Status of each grant, and the turn to write it.
    grants: LockTable<GrantId, GrantRecord>,
    delegations: LockTable<DelegationId, GrantRecord>,
    encryption_settings: LockTable<AccountRegion, GrantRecord>,
    /// Delegations that this process has planned to create.
    planned_delegations: Mutex<BTreeSet<DelegationId>>,
    /// Locks on resources. A write for a group is judged by all grantees in the list, so no other write may run with
    /// it.
    secrets: LockTable<(ProjectLocation, ResourceId), RwLock<()>>,
    /// Objects that have been read, by their keys as text.
    objects_read: Mutex<BTreeMap<String, ReadObject>>,
    /// Hashes of the resource and the grantee of each grant in the state that has been read.
    grants_read: Mutex<BTreeSet<u64>>,
    /// Deadline of deletions that wait for creations without a record.
    creation_wait_ends_at: OnceLock<Instant>,
    /// Deadline of planned creations that wait for deletions which may be planned concurrently.
    deletion_plan_wait_ends_at: OnceLock<Instant>,
    /// The warning that grants pass from one block to another has been given.
    has_warned_of_handover: AtomicBool,
    /// Number of planned creations that are waiting for deletions.
    waiting_plans: AtomicUsize,
}

/// An object that was read, for planning its replacement if Terraform does not pass its private state.
#[derive(Clone, Debug)]
pub(super) struct ReadObject {
    /// The private state of the object.
    pub(super) facts: Private,
    /// What the object hands over to a creation with the same key, sealed. `None` if it cannot be sealed.
    pub(super) handover: Option<String>,
}

/// A waiting plan. Dropping it ends the wait.
pub(super) struct PlanWait<'a>(&'a Run);

impl PlanWait<'_> {
    /// Number of waiting plans, including this one.
    pub(super) fn count(&self) -> usize {
        self.0.waiting_plans.load(Ordering::Relaxed)
    }
}

impl Drop for PlanWait<'_> {
    fn drop(&mut self) {
        self.0.waiting_plans.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Total time that planned creations of a run wait for deletions with the same key.
const DELETION_PLAN_WAIT: Duration = Duration::from_secs(1);

/// Total time that deletions of a run wait for creations without a record.
const CREATION_WAIT: Duration = Duration::from_secs(3);

impl Run {
    /// The record of a grant, created on first use.
    pub(super) fn grant(&self, id: &GrantId) -> Arc<GrantRecord> {
        self.grants.entry(id)
    }

    /// The record of a delegation, created on first use.
    pub(super) fn delegation(&self, id: &DelegationId) -> Arc<GrantRecord> {
        self.delegations.entry(id)
    }

    /// Forgets what was done to the grants of a grantee on a resource, unless an operation on them is in progress. For a
    /// process that carries out several plans: what it did before an operation was planned, no other block of that plan
    /// has done.
    pub(super) fn forget_grants(&self, resource: &ResourceId, grantee: &GranteeId) {
        self.grants
            .forget(|(_, of, to)| of == resource && to == grantee);
    }

    /// The record of an encryption setting, created on first use.
    pub(super) fn encryption_setting(&self, place: &AccountRegion) -> Arc<GrantRecord> {
        self.encryption_settings.entry(place)
    }

    /// Forgets what was done to encryption settings, as [`Self::forget_grants`].
    pub(super) fn forget_encryption_settings(&self) {
        self.encryption_settings.forget(|_| true);
    }

    /// Notes that the delegation of an account is planned to be created.
    pub(super) fn plan_delegation(&self, id: DelegationId) {
        let mut planned = self
            .planned_delegations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        planned.insert(id);
    }

    /// Whether this process has planned to create the delegation of an account.
    pub(super) fn is_delegation_planned(&self, id: &DelegationId) -> bool {
        let planned = self
            .planned_delegations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        planned.contains(id)
    }

    /// Forgets what was done to delegations, likewise.
    pub(super) fn forget_delegations(&self) {
        self.delegations.forget(|_| true);
    }

    /// Stores an object that was read, for planning its replacement.
    pub(super) fn note_object_read(&self, key: String, object: ReadObject) {
        let mut read = self
            .objects_read
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        read.insert(key, object);
    }

    /// The object with this key that was read, if any.
    pub(super) fn object_read(&self, key: &str) -> Option<ReadObject> {
        let read = self
            .objects_read
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        read.get(key).cloned()
    }

    /// Records that a grant in the state has been read, in whatever project.
    pub(super) fn note_grant_read(&self, resource: &ResourceId, grantee: &GranteeId) {
        let mut read = self
            .grants_read
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        read.insert(hash64(&[resource.as_str(), grantee.as_str()]));
    }

    /// Whether a grant of this grantee on the resource is in the state and has been read.
    pub(super) fn has_read_grant(&self, resource: &ResourceId, grantee: &GranteeId) -> bool {
        let read = self
            .grants_read
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        read.contains(&hash64(&[resource.as_str(), grantee.as_str()]))
    }

    /// Deadline of deletions that wait for creations without a record. The first caller starts the clock for the whole
    /// run.
    pub(super) fn creation_wait_ends_at(&self) -> Instant {
        *self
            .creation_wait_ends_at
            .get_or_init(|| Instant::now() + CREATION_WAIT)
    }

    /// Deadline of planned creations that wait for the deletion of an existing grant. The first caller starts the clock
    /// for the whole run.
    pub(super) fn deletion_plan_wait_ends_at(&self) -> Instant {
        *self
            .deletion_plan_wait_ends_at
            .get_or_init(|| Instant::now() + DELETION_PLAN_WAIT)
    }

    /// Whether the caller should warn that grants pass from one block to another. Returns true once per run.
    pub(super) fn claim_handover_warning(&self) -> bool {
        !self.has_warned_of_handover.swap(true, Ordering::Relaxed)
    }

    /// Counts a waiting plan until the returned value is dropped.
    pub(super) fn wait_in_plan(&self) -> PlanWait<'_> {
        self.waiting_plans.fetch_add(1, Ordering::Relaxed);
        PlanWait(self)
    }

    /// Locks a resource for a write, exclusively or shared with other writes.
    ///
    /// # Errors
    /// The call timed out or was cancelled while waiting for other writes.
    pub(super) async fn lock_resource(
        &self,
        location: &ProjectLocation,
        resource_id: &ResourceId,
        is_exclusive: bool,
        call: &Call,
    ) -> Result<ResourceLock, Diagnostic> {
        let lock = self.secrets.entry(&(location.clone(), resource_id.clone()));
        let lock = async {
            if is_exclusive {
                ResourceLock::Exclusive {
                    _guard: lock.write_owned().await,
                }
            } else {
                ResourceLock::Shared {
                    _guard: lock.read_owned().await,
                }
            }
        };
        within(call, lock).await
    }
}

/// A lock on a resource for a write, released when dropped.
#[derive(Debug)]
pub(super) enum ResourceLock {
    /// No other operation writes.
    Exclusive {
        /// Releases the lock when dropped.
        _guard: OwnedRwLockWriteGuard<()>,
    },
    /// Other operations with a shared lock may write as well.
    Shared {
        /// Releases the lock when dropped.
        _guard: OwnedRwLockReadGuard<()>,
    },
}

/// What this run has done to an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum RunStatus {
    /// Nothing.
    #[default]
    Untouched,
    /// A block of this run has created, adopted or updated the object.
    Managed,
    /// A block of this run failed to create the object, because it exists with a different expiry or may exist
    /// unlisted.
    Conflicting,
    /// A block of this run has deleted the object.
    Deleted,
}

/// The status of one object in this run, and whether its deletion has been announced.
#[derive(Debug)]
pub(super) struct GrantRecord {
    /// Held during an operation on the object; the value is its status after the last one.
    turn: Arc<tokio::sync::Mutex<RunStatus>>,
    /// Set once, before the deletion waits for its turn, so that a creation can let it go first.
    is_deletion_announced: watch::Sender<bool>,
}

impl Default for GrantRecord {
    fn default() -> Self {
        Self {
            turn: Arc::default(),
            is_deletion_announced: watch::Sender::new(false),
        }
    }
}

/// Exclusive access to one object and its status in this run.
pub(super) type GrantTurn = OwnedMutexGuard<RunStatus>;

impl GrantRecord {
    /// Waits for exclusive access to the object.
    ///
    /// # Errors
    /// The call timed out or was cancelled.
    pub(super) async fn turn(&self, call: &Call) -> Result<GrantTurn, Diagnostic> {
        within(call, Arc::clone(&self.turn).lock_owned()).await
    }

    /// Announces, before waiting for access, that this run is about to delete the object.
    pub(super) fn announce_deletion(&self) {
        self.is_deletion_announced.send_replace(true);
    }

    /// Waits until this run announces the deletion of the object. Returns whether it did within `patience`.
    pub(super) async fn deletion_announced(&self, patience: Duration, call: &Call) -> bool {
        let mut watch = self.is_deletion_announced.subscribe();
        let until = call.deadline.min(Instant::now() + patience);
        tokio::select! {
            biased;
            announced = watch.wait_for(|is_to_be| *is_to_be) => announced.is_ok(),
            () = call.cancel.cancelled() => false,
            () = sleep_until(until) => false,
        }
    }
}

/// One value per key, created on first use. Grows with the objects that the run writes, not with those that it reads.
#[derive(Debug)]
struct LockTable<K, V>(Mutex<BTreeMap<K, Arc<V>>>);

impl<K, V> Default for LockTable<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Ord + Clone, V: Default> LockTable<K, V> {
    /// Removes the values of these keys that are not in use.
    fn forget(&self, is_meant: impl Fn(&K) -> bool) {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.retain(|key, value| !is_meant(key) || Arc::strong_count(value) > 1);
    }

    /// The value of a key. The caller locks the value, not the table.
    fn entry(&self, key: &K) -> Arc<V> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(table.entry(key.clone()).or_default())
    }
}

/// Waits within the bounds of the call. No request is sent, so the error says so.
async fn within<T>(call: &Call, wait: impl Future<Output = T>) -> Result<T, Diagnostic> {
    let over = |summary| {
        let detail = "The operation was cancelled or timed out while waiting for another operation on the same secret \
                      or account. This operation made no changes. Run the command again, or raise the resource's \
                      `timeouts`.";
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

    fn location() -> ProjectLocation {
        ProjectLocation {
            region: Region::new("cn-north-4").unwrap(),
            project_id: crate::cloud::ProjectId::new("p").unwrap(),
        }
    }

    fn secret(id: &str) -> ResourceId {
        ResourceId::new(id).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn turns_are_exclusive_and_share_their_status_per_grant() {
        let run = Run::default();
        let id = (location(), secret("s"), GranteeId::new("u").unwrap());
        let mut turn = run.grant(&id).turn(&call(1)).await.unwrap();
        assert_eq!(*turn, RunStatus::Untouched);
        assert!(run.grant(&id).turn(&call(1)).await.is_err());
        *turn = RunStatus::Managed;
        drop(turn);
        let turn = run.grant(&id).turn(&call(1)).await.unwrap();
        assert_eq!(*turn, RunStatus::Managed);
        let other = (location(), secret("s"), GranteeId::new("v").unwrap());
        assert_eq!(
            *run.grant(&other).turn(&call(1)).await.unwrap(),
            RunStatus::Untouched
        );
    }

    #[tokio::test]
    async fn a_forgotten_grant_is_untouched_unless_it_is_in_use() {
        let run = Run::default();
        let grantee = GranteeId::new("user-1").unwrap();
        let id = (location(), secret("s1"), grantee.clone());
        let record = run.grant(&id);
        *record.turn(&call(1)).await.unwrap() = RunStatus::Managed;
        run.forget_grants(&secret("s1"), &grantee);
        assert_eq!(
            *run.grant(&id).turn(&call(1)).await.unwrap(),
            RunStatus::Managed
        );
        drop(record);
        run.forget_grants(&secret("s2"), &grantee);
        assert_eq!(
            *run.grant(&id).turn(&call(1)).await.unwrap(),
            RunStatus::Managed
        );
        run.forget_grants(&secret("s1"), &grantee);
        assert_eq!(
            *run.grant(&id).turn(&call(1)).await.unwrap(),
            RunStatus::Untouched
        );
    }

    #[tokio::test(start_paused = true)]
    async fn writes_share_a_resource_unless_one_is_exclusive() {
        let run = Run::default();
        let (location, s) = (location(), secret("s"));
        let one = run
            .lock_resource(&location, &s, false, &call(1))
            .await
            .unwrap();
        let two = run
            .lock_resource(&location, &s, false, &call(1))
            .await
            .unwrap();
        assert!(
            run.lock_resource(&location, &s, true, &call(1))
                .await
                .is_err()
        );
        drop((one, two));
        let is_exclusive = run
            .lock_resource(&location, &s, true, &call(1))
            .await
            .unwrap();
        assert!(
            run.lock_resource(&location, &s, false, &call(1))
                .await
                .is_err()
        );
        assert!(
            run.lock_resource(&location, &secret("t"), true, &call(1))
                .await
                .is_ok(),
            "another one is free"
        );
        drop(is_exclusive);
        assert!(
            run.lock_resource(&location, &s, false, &call(1))
                .await
                .is_ok()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_announced_deletion_is_seen_while_waiting_and_afterwards() {
        let record = Arc::new(GrantRecord::default());
        let patience = Duration::from_secs(3);
        assert!(!record.deletion_announced(patience, &call(60)).await);
        let waiting = {
            let record = Arc::clone(&record);
            tokio::spawn(async move { record.deletion_announced(patience, &call(60)).await })
        };
        tokio::task::yield_now().await;
        record.announce_deletion();
        assert!(waiting.await.unwrap());
        assert!(record.deletion_announced(Duration::ZERO, &call(60)).await);
    }

    #[tokio::test]
    async fn cancellation_ends_the_wait_for_a_turn() {
        let record = GrantRecord::default();
        let _turn = record.turn(&call(60)).await.unwrap();
        let call = call(60);
        call.cancel.cancel();
        let given_up = record.turn(&call).await.unwrap_err();
        assert_eq!(given_up.summary, "Cancelled");
    }
}
