//! Shared lists of grants: each resource is read once for all callers.
//!
//! A resource may have hundreds of grants, all of them in one list. The first caller sends the request, the others wait
//! for its result, and the list is valid until this process changes a grant on the resource.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use tokio::sync::MutexGuard as Turn;
use tokio::time::Instant;

use crate::cloud::Client;
use crate::cloud::deadline::{Call, SECOND_READ_DELAY};
use crate::cloud::error::{Error, ErrorKind};
use crate::cloud::id::ResourceId;
use crate::cloud::service::csms::{ProjectLocation, ResourceGrants};

/// The most grantees kept in all lists together, some 150 bytes each; the least recently used lists are dropped first.
const MAX_GRANTEES: u64 = 50_000;

type ListKey = (ProjectLocation, ResourceId);
type ListResult = Result<Arc<ResourceGrants>, Error>;

/// The lists that were read.
#[derive(Debug)]
pub(in crate::cloud) struct SharedLists {
    /// Lists by resource; the least recently used one is dropped first.
    slots: Mutex<LruCache<ListKey, Arc<ResourceLists>>>,
    /// A logical clock that orders requests, reads and writes.
    order: AtomicU64,
}

/// The list of one resource.
#[derive(Debug, Default)]
struct ResourceLists {
    /// When this process last changed something; a list requested before may not contain the change.
    written_at: AtomicU64,
    /// Size of the last list, for the limit of all lists together; outside the lock, so that eviction does not wait for
    /// reads.
    grantee_count: AtomicU64,
    /// Locked while a list is read, so that other callers wait for it.
    lists: tokio::sync::Mutex<Lists>,
}

/// The last two lists of a resource: more are never compared.
#[derive(Debug, Default)]
struct Lists {
    last: Option<CachedList>,
    /// The one before the last.
    earlier: Option<CachedList>,
}

/// The outcome of one request, and when it was made.
#[derive(Debug)]
struct CachedList {
    /// Logical time before the request was sent. A write that ended later may be missing from the list.
    begun_at: u64,
    /// Logical time after the response. Callers that asked earlier were waiting for it and share its error.
    ended_at: u64,
    /// Clock time of the response, for the distance between two readings.
    arrived_at: Instant,
    outcome: ListResult,
}

/// Two lists of one resource, the second one read after a pause. What both contain is not the view of a lagging
/// replica.
#[derive(Debug)]
pub struct TwoReadings {
    /// The earlier one.
    pub first: ListResult,
    /// The later one.
    pub second: ListResult,
}

/// How recent a list must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Freshness {
    /// Requested after our last change.
    SinceWritten,
    /// Requested after the call.
    SinceAsked,
}

impl Default for SharedLists {
    fn default() -> Self {
        Self {
            slots: Mutex::new(LruCache::unbounded()),
            order: AtomicU64::new(1),
        }
    }
}

impl Client {
    /// The grants of a resource, read after our last change there. Concurrent calls share one request.
    ///
    /// # Errors
    /// As [`Client::list_grants`]. An error is shared with the callers that waited for it, and not kept.
    pub async fn shared_grants(
        &self,
        call: &Call,
        location: &ProjectLocation,
        resource_id: &ResourceId,
    ) -> ListResult {
        self.grants_with_freshness(call, location, resource_id, Freshness::SinceWritten)
            .await
    }

    /// The grants of a resource, by a request sent after this call: for reading back a write. Concurrent calls share
    /// one request.
    ///
    /// # Errors
    /// As [`Client::list_grants`].
    pub async fn fresh_grants(
        &self,
        call: &Call,
        location: &ProjectLocation,
        resource_id: &ResourceId,
    ) -> ListResult {
        self.grants_with_freshness(call, location, resource_id, Freshness::SinceAsked)
            .await
    }

    /// Reads a resource twice, for conclusions that need two agreeing lists. Both are read after our last change there,
    /// half a second apart, and shared with concurrent calls.
    ///
    /// # Errors
    /// `Cancelled` or `Timeout` if the call ends meanwhile. The error of a read is its result.
    pub async fn two_readings(
        &self,
        call: &Call,
        location: &ProjectLocation,
        resource_id: &ResourceId,
    ) -> Result<TwoReadings, Error> {
        let shared = &self.0.shared_lists;
        let asked_at = shared.tick();
        let slot = shared.slot(location, resource_id);
        let mut lists = slot.lock(call).await?;
        let mut readings = lists.recent_lists(asked_at, slot.written_at());
        while readings.len() < 2 {
            let last = lists.last.as_ref().filter(|_| !readings.is_empty());
            let since = last.map_or(SECOND_READ_DELAY, |last| last.arrived_at.elapsed());
            call.pause(SECOND_READ_DELAY.saturating_sub(since)).await?;
            let outcome = self
                .read_into(call, location, resource_id, &mut lists)
                .await;
            readings.push(outcome);
        }
        let count = lists.last.as_ref().map_or(0, CachedList::grantee_count);
        drop(lists);
        shared.evict(&slot, count);
        match <[ListResult; 2]>::try_from(readings) {
            Ok([first, second]) => Ok(TwoReadings { first, second }),
            Err(_) => Err(Error::new(ErrorKind::Unreadable, None)),
        }
    }

    /// Notes a change by another process to the grants of a resource: lists requested before it are stale.
    pub fn note_changed_elsewhere(&self, location: &ProjectLocation, resource_id: &ResourceId) {
        drop(self.begin_write(location, resource_id));
    }

    /// Waits for a read in progress, and sends a request only if its list is not fresh enough.
    async fn grants_with_freshness(
        &self,
        call: &Call,
        location: &ProjectLocation,
        resource_id: &ResourceId,
        age: Freshness,
    ) -> ListResult {
        let shared = &self.0.shared_lists;
        let asked_at = shared.tick();
        let slot = shared.slot(location, resource_id);
        let mut lists = slot.lock(call).await?;
        if let Some(listed) = lists.last.as_ref()
            && listed.answers(asked_at, slot.written_at(), age)
        {
            return listed.outcome.clone();
        }
        let outcome = self
            .read_into(call, location, resource_id, &mut lists)
            .await;
        drop(lists);
        let count = outcome.as_ref().map_or(0, |grants| grants.grantees.len());
        shared.evict(&slot, count);
        outcome
    }

    /// Reads a resource, and keeps the list as the last one.
    async fn read_into(
        &self,
        call: &Call,
        location: &ProjectLocation,
        resource_id: &ResourceId,
        lists: &mut Lists,
    ) -> ListResult {
        let shared = &self.0.shared_lists;
        let begun_at = shared.tick();
        let outcome = self.list_grants(call, location, resource_id).await;
        let outcome = outcome.map(Arc::new);
        lists.earlier = lists.last.take();
        lists.last = Some(CachedList {
            begun_at,
            ended_at: shared.tick(),
            arrived_at: Instant::now(),
            outcome: outcome.clone(),
        });
        outcome
    }

    /// To be held during a write to a resource. Dropping it makes every list that was requested before stale.
    pub(in crate::cloud) fn begin_write(
        &self,
        location: &ProjectLocation,
        resource_id: &ResourceId,
    ) -> WriteInProgress<'_> {
        WriteInProgress {
            lists: &self.0.shared_lists,
            key: (location.clone(), resource_id.clone()),
        }
    }
}

/// A write in progress; its end counts, whatever the outcome.
pub(in crate::cloud) struct WriteInProgress<'a> {
    lists: &'a SharedLists,
    key: ListKey,
}

impl Drop for WriteInProgress<'_> {
    fn drop(&mut self) {
        let slots = self.lists.slots();
        if let Some(slot) = slots.peek(&self.key) {
            slot.written_at
                .fetch_max(self.lists.tick(), Ordering::Relaxed);
        }
    }
}

impl SharedLists {
    /// The next logical time; each is given out once.
    fn tick(&self) -> u64 {
        self.order.fetch_add(1, Ordering::Relaxed)
    }

    fn slots(&self) -> MutexGuard<'_, LruCache<ListKey, Arc<ResourceLists>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The entry of a resource, created if absent. A reader keeps it even if it is evicted meanwhile.
    fn slot(&self, location: &ProjectLocation, resource_id: &ResourceId) -> Arc<ResourceLists> {
        let key = (location.clone(), resource_id.clone());
        Arc::clone(self.slots().get_or_insert(key, Arc::default))
    }

    /// Updates the size of a list, and drops the least recently used lists until the total is within [`MAX_GRANTEES`].
    fn evict(&self, slot: &ResourceLists, grantee_count: usize) {
        let count = u64::try_from(grantee_count).unwrap_or(u64::MAX);
        slot.grantee_count.store(count, Ordering::Relaxed);
        let mut slots = self.slots();
        let size = |slot: &Arc<ResourceLists>| {
            slot.grantee_count.load(Ordering::Relaxed).saturating_add(1)
        };
        let mut total = slots
            .iter()
            .map(|(_, slot)| size(slot))
            .fold(0, u64::saturating_add);
        while total > MAX_GRANTEES && slots.len() > 1 {
            let Some((_, slot)) = slots.pop_lru() else {
                return;
            };
            total = total.saturating_sub(size(&slot));
        }
    }
}

impl ResourceLists {
    /// Waits for a read in progress, within the bounds of the call.
    async fn lock(&self, call: &Call) -> Result<Turn<'_, Lists>, Error> {
        tokio::select! {
            biased;
            () = call.cancel.cancelled() => Err(Error::new(ErrorKind::Cancelled, None)),
            lists = self.lists.lock() => Ok(lists),
            () = tokio::time::sleep_until(call.deadline) => Err(Error::new(ErrorKind::Timeout, None)),
        }
    }

    fn written_at(&self) -> u64 {
        self.written_at.load(Ordering::Relaxed)
    }
}

impl Lists {
    /// The kept lists that are recent enough for a call made now, earlier first; of two read in quick succession, only
    /// the later.
    fn recent_lists(&self, asked_at: u64, written_at: u64) -> Vec<ListResult> {
        let is_apart = |earlier: &&CachedList| {
            let later = self.last.as_ref();
            later.is_none_or(|later| later.arrived_at - earlier.arrived_at >= SECOND_READ_DELAY)
        };
        let earlier = self.earlier.as_ref().filter(is_apart);
        let kept = earlier.into_iter().chain(&self.last);
        let good =
            kept.filter(|listed| listed.answers(asked_at, written_at, Freshness::SinceWritten));
        good.map(|listed| listed.outcome.clone()).collect()
    }
}

impl CachedList {
    /// Number of grantees; zero for an error.
    fn grantee_count(&self) -> usize {
        self.outcome
            .as_ref()
            .map_or(0, |grants| grants.grantees.len())
    }

    /// Whether this list is valid for a call made at `asked_at`, given the time of our last write.
    fn answers(&self, asked_at: u64, written_at: u64, age: Freshness) -> bool {
        let is_recent = match age {
            Freshness::SinceWritten => self.begun_at > written_at,
            Freshness::SinceAsked => self.begun_at > asked_at,
        };
        let is_for_all = match &self.outcome {
            Ok(_) => true,
            // As definite as a list.
            Err(error) if error.is_not_found() => true,
            // A timeout concerns its own caller only; other errors are shared with the callers that waited.
            Err(error) => {
                !matches!(error.kind(), ErrorKind::Cancelled | ErrorKind::Timeout)
                    && asked_at < self.ended_at
            }
        };
        is_recent && is_for_all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::id::{ProjectId, Region};

    fn location() -> ProjectLocation {
        ProjectLocation {
            region: Region::new("cn-north-4").unwrap(),
            project_id: ProjectId::new("p").unwrap(),
        }
    }

    fn secret(number: usize) -> ResourceId {
        ResourceId::new(format!("secret-{number}")).unwrap()
    }

    #[test]
    fn least_recently_used_lists_are_evicted_first() {
        let lists = SharedLists::default();
        let location = location();
        let half = usize::try_from(MAX_GRANTEES / 2).unwrap() - 1;
        for number in 0..2 {
            lists.evict(&lists.slot(&location, &secret(number)), half);
        }
        assert_eq!(lists.slots().len(), 2);
        // The first is used again, so the second goes when a third comes.
        lists.slot(&location, &secret(0));
        lists.evict(&lists.slot(&location, &secret(2)), 1);
        let is_kept = |number| lists.slots().contains(&(location.clone(), secret(number)));
        assert_eq!([0, 1, 2].map(is_kept), [true, false, true]);
        // One that is too large for itself is kept while it is the last one used.
        lists.evict(&lists.slot(&location, &secret(3)), usize::MAX);
        assert_eq!([0, 2, 3].map(is_kept), [false, false, true]);
    }

    #[test]
    fn cached_lists_are_reused_only_while_fresh() {
        let listed = |outcome| CachedList {
            begun_at: 10,
            ended_at: 20,
            arrived_at: Instant::now(),
            outcome,
        };
        let found = listed(Ok(Arc::default()));
        assert!(found.answers(15, 9, Freshness::SinceWritten));
        assert!(found.answers(99, 9, Freshness::SinceWritten), "also later");
        assert!(
            !found.answers(15, 11, Freshness::SinceWritten),
            "we wrote since"
        );
        assert!(
            found.answers(9, 11, Freshness::SinceAsked),
            "whatever we wrote before it was asked"
        );
        assert!(!found.answers(15, 0, Freshness::SinceAsked), "it had begun");

        let failed = |kind| listed(Err(Error::new(kind, None)));
        let permission = failed(ErrorKind::Permission);
        assert!(permission.answers(15, 9, Freshness::SinceWritten));
        assert!(
            !permission.answers(21, 9, Freshness::SinceWritten),
            "a failure is not kept"
        );
        for own in [ErrorKind::Cancelled, ErrorKind::Timeout] {
            assert!(
                !failed(own).answers(15, 9, Freshness::SinceWritten),
                "{own:?}"
            );
        }
    }
}
