//! The shared handle to the state of the cloud, for the server and for the code that has started it.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::error::Error;
use crate::sandbox::clock::{ClockOffset, TimeSource};
use crate::sandbox::fault::Faults;
use crate::sandbox::id::{AccountId, GranteeId, ProjectId, ResourceId};
use crate::sandbox::identity::metadata_server::MetadataService;
use crate::sandbox::identity::token::IssuedToken;
use crate::sandbox::identity::{AccessKey, Agency, IdentityProvider, SandboxUser};
use crate::sandbox::persistence::data_file::DataFileContents;
use crate::sandbox::persistence::writer::WriteTracker;
use crate::sandbox::quirk::Quirks;
use crate::sandbox::request_log::{RequestLog, RequestRecord};
use crate::sandbox::store::Store;
use crate::sandbox::store::grant::{GranteeKind, StoredGrant, StoredGrantee};
use crate::sandbox::store::object::{Delegation, StoredObject};
use crate::sandbox::store::resource::{SandboxProject, SandboxResource};
use crate::sandbox::store::state_view::StateView;

/// The state of the cloud, with request log, faults, quirks and clock.
///
/// Cheap to clone; all clones share one state. No method waits, so that synchronous and asynchronous code can use it. Changes
/// through its methods bypass the API: they are visible at once whatever the lag of reads, and are written to the data file in
/// the background.
#[derive(Clone)]
pub struct World(Arc<WorldInner>);

/// What the clones of a `World` share. No lock is held across an `await`.
struct WorldInner {
    /// Source of the system time; the offset is added to it.
    clock: TimeSource,
    clock_offset: Mutex<ClockOffset>,
    store: Mutex<Store>,
    requests: RequestLog,
    faults: Faults,
    /// Present with a data file; `note_change` does nothing without one.
    writer: Option<Arc<WriteTracker>>,
}

/// The locked store. Every mutable borrow counts as a change.
pub(super) struct StoreGuard<'a> {
    store: MutexGuard<'a, Store>,
    writer: Option<&'a WriteTracker>,
    /// Set by the first mutable borrow; reported to the writer when the guard is dropped.
    is_changed: bool,
}

impl World {
    /// An empty world. With a `writer`, `persistence::writer::write_changes` must run.
    pub(super) fn new(clock: TimeSource, writer: Option<Arc<WriteTracker>>) -> Self {
        Self(Arc::new(WorldInner {
            clock,
            clock_offset: Mutex::default(),
            store: Mutex::default(),
            requests: RequestLog::default(),
            faults: Faults::default(),
            writer,
        }))
    }

    /// The time of the sandbox's clock, by which grants are created and expire.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock_offset().apply(self.system_now())
    }

    /// The time of the system clock, without the offset: for tokens, keys, signatures and the request log.
    pub(super) fn system_now(&self) -> Timestamp {
        (self.0.clock)()
    }

    /// Advances the clock; a negative `by` sets it back.
    pub fn advance(&self, by: SignedDuration) {
        let mut clock_offset = self.lock_clock_offset();
        *clock_offset = clock_offset.plus(by);
        self.note_change();
    }

    /// Sets the offset of the clock.
    pub fn set_clock_offset(&self, offset: ClockOffset) {
        *self.lock_clock_offset() = offset;
        self.note_change();
    }

    /// The offset of the clock.
    #[must_use]
    pub fn clock_offset(&self) -> ClockOffset {
        *self.lock_clock_offset()
    }

    /// Adds or replaces a token; `text` is the secret.
    pub fn add_token(&self, text: &str, token: IssuedToken) {
        self.store().tokens.insert(text, token.into());
    }

    /// Adds or replaces the access key with this ID.
    pub fn add_access_key(&self, id: &str, key: AccessKey) {
        let mut store = self.store();
        store.identities.access_keys.insert(id.to_owned(), key);
    }

    /// Adds or replaces a user, and unlocks it.
    pub fn add_user(&self, user: SandboxUser) {
        self.store().identities.put_user(user);
    }

    /// Adds an agency.
    pub fn add_agency(&self, agency: Agency) {
        self.store().identities.agencies.push(agency);
    }

    /// Adds or replaces an identity provider.
    pub fn add_identity_provider(&self, id: &str, provider: IdentityProvider) {
        let mut store = self.store();
        store.identities.providers.insert(id.to_owned(), provider);
    }

    /// Sets the behavior of the metadata service.
    pub fn set_metadata(&self, metadata: MetadataService) {
        self.store().metadata = metadata;
    }

    /// Sets the lifetime of tokens issued from now on; the default is a day.
    pub fn set_token_lifetime(&self, lifetime: Duration) {
        self.store().tokens.lifetime = lifetime;
    }

    /// Revokes all tokens, those of the metadata service too, and all temporary access keys.
    pub fn revoke_temporary_credentials(&self) {
        let mut store = self.store();
        store.tokens.clear();
        store.metadata_tokens.clear();
        store.identities.revoke_temporary_keys();
    }

    /// Adds or replaces a project.
    pub fn add_project(&self, id: &str, project: SandboxProject) {
        self.store().projects.insert(ProjectId::from(id), project);
    }

    /// Adds or replaces a secret or a secret group.
    pub fn add_resource(&self, id: &str, resource: SandboxResource) {
        self.store()
            .resources
            .insert(ResourceId::from(id), resource);
    }

    /// Subscribes a secret to an event, by which ListSecrets can filter.
    pub fn add_event(&self, name: &str, resource_id: &str) {
        let mut store = self.store();
        let subscribers = store.events.entry(name.to_owned()).or_default();
        subscribers.insert(ResourceId::from(resource_id));
    }

    /// Adds or replaces a user or group in the directory.
    pub fn add_grantee(&self, id: &str, grantee: StoredGrantee) {
        self.store().directory.insert(GranteeId::from(id), grantee);
    }

    /// Adds a member to a group. ListUsers does not show members; ListGrants may, see [`Groups`](crate::sandbox::Groups).
    pub fn add_member(&self, group_id: &str, grantee_id: &str) {
        let mut store = self.store();
        let members = store.members.entry(GranteeId::from(group_id)).or_default();
        members.insert(GranteeId::from(grantee_id));
    }

    /// Sets the quirks.
    pub fn set_quirks(&self, quirks: Quirks) {
        self.store().quirks = quirks;
    }

    /// The quirks.
    #[must_use]
    pub fn quirks(&self) -> Quirks {
        self.store().quirks.clone()
    }

    /// The current grants on a resource, the oldest of each grantee; empty if the resource does not exist.
    #[must_use]
    pub fn grants(&self, resource_id: &str) -> BTreeMap<GranteeId, StoredGrant> {
        self.store().grants(&ResourceId::from(resource_id))
    }

    /// The number of grants of a grantee on a resource; more than one only with the quirk `duplicate=doubled`.
    #[must_use]
    pub fn grant_count(&self, resource_id: &str, grantee_id: &str) -> usize {
        self.store().grant_count(resource_id, grantee_id)
    }

    /// Creates a grant, or changes the expiry of the existing one.
    ///
    /// # Errors
    /// `NoResource` if the resource does not exist.
    pub fn put_grant(
        &self,
        resource_id: &str,
        grantee_id: &str,
        kind: GranteeKind,
        validity_date: Option<Date>,
    ) -> Result<(), Error> {
        let resource = ResourceId::from(resource_id);
        let grantee = GranteeId::from(grantee_id);
        let now = self.now();
        let mut store = self.store();
        let grant = match store.grants(&resource).remove(&grantee) {
            Some(existing) => StoredGrant {
                grantee_kind: kind,
                validity_date,
                updated_at: now,
                ..existing
            },
            None => StoredGrant::new(kind, validity_date, now),
        };
        store
            .put_grant(&resource, &grantee, &grant)
            .map_err(|_| Error::NoResource(resource))
    }

    /// Removes a grant; returns whether it existed.
    pub fn remove_grant(&self, resource_id: &str, grantee_id: &str) -> bool {
        let resource = ResourceId::from(resource_id);
        let grantee = GranteeId::from(grantee_id);
        self.store().remove_grant(&resource, &grantee)
    }

    /// Whether CodeArts Repo may use the account's keys.
    #[must_use]
    pub fn is_delegated(&self, account_id: &str) -> bool {
        self.store().is_delegated(&AccountId::from(account_id))
    }

    /// Sets whether CodeArts Repo may use the account's keys.
    pub fn set_delegation(&self, account_id: &str, assumed: bool) {
        self.set_object(account_id, assumed.then_some(&Delegation {}));
    }

    /// The object of this kind and scope; `scope` is an account ID, or `account_id/region` for what exists once per region.
    #[must_use]
    pub fn object<T: StoredObject>(&self, scope: &str) -> Option<T> {
        self.store().objects.current(scope)
    }

    /// Creates, changes or deletes an object.
    pub fn set_object<T: StoredObject>(&self, scope: &str, object: Option<&T>) {
        self.store().objects.put(scope, object);
    }

    /// All grants and delegations, as people read them.
    #[must_use]
    pub fn state(&self) -> StateView {
        StateView::of(&self.store())
    }

    /// The requests received, oldest first, without those to `/_sandbox/`.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.0.requests.list()
    }

    /// Clears the request log.
    pub fn clear_requests(&self) {
        self.0.requests.clear();
    }

    /// The active faults.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.0.faults
    }

    pub(super) fn request_log(&self) -> &RequestLog {
        &self.0.requests
    }

    fn lock_clock_offset(&self) -> MutexGuard<'_, ClockOffset> {
        self.0
            .clock_offset
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the store, without expired grants if the quirk `expired` drops them.
    pub(super) fn store(&self) -> StoreGuard<'_> {
        let today = Offset::UTC.to_datetime(self.now()).date();
        let mut store = self.0.store.lock().unwrap_or_else(PoisonError::into_inner);
        // Not a change to write: a sandbox that reads the file drops expired grants too.
        store.drop_expired(today);
        StoreGuard {
            store,
            writer: self.writer(),
            is_changed: false,
        }
    }

    /// The contents for the data file.
    pub(super) fn contents(&self) -> DataFileContents {
        let snapshot = self.store().snapshot();
        DataFileContents::new(self.clock_offset(), snapshot)
    }

    /// Replaces the state with the contents of a data file; credentials are unchanged.
    pub(super) fn restore(&self, contents: DataFileContents) {
        *self.lock_clock_offset() = contents.clock_offset;
        self.store().restore(contents.snapshot);
    }

    fn note_change(&self) {
        if let Some(writer) = self.writer() {
            writer.note_change();
        }
    }

    fn writer(&self) -> Option<&WriteTracker> {
        self.0.writer.as_deref()
    }

    /// Waits until all changes until now are in the data file; returns at once without one.
    ///
    /// # Errors
    /// The message of the failed write.
    pub(super) async fn wait_until_written(&self) -> Result<(), String> {
        match self.writer() {
            Some(writer) => writer.wait_until_written().await,
            None => Ok(()),
        }
    }
}

impl Deref for StoreGuard<'_> {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl DerefMut for StoreGuard<'_> {
    fn deref_mut(&mut self) -> &mut Store {
        self.is_changed = true;
        &mut self.store
    }
}

impl Drop for StoreGuard<'_> {
    fn drop(&mut self) {
        if let Some(writer) = self.writer.filter(|_| self.is_changed) {
            writer.note_change();
        }
    }
}

impl fmt::Debug for World {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("World").finish_non_exhaustive()
    }
}
