//! The handle to everything the pretend cloud holds: shared by the server and by whoever started it.

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
use crate::sandbox::store::resource::{SandboxProject, SandboxResource};
use crate::sandbox::store::state_view::StateView;

/// The pretend cloud's state, request log, faults, quirks and clock.
///
/// Cheap to clone; every clone is the same world. No method blocks or waits, so it serves synchronous and asynchronous
/// callers alike. What is changed here happens behind the clients' back: it is seen at once, whatever lag is in force,
/// and is in the file, if there is one, a moment later.
#[derive(Clone)]
pub struct World(Arc<WorldInner>);

struct WorldInner {
    clock: TimeSource,
    ahead: Mutex<ClockOffset>,
    store: Mutex<Store>,
    requests: RequestLog,
    faults: Faults,
    writer: Option<Arc<WriteTracker>>,
}

/// The store, held by one caller. Whoever borrows it mutably is taken to have changed it.
pub(super) struct StoreGuard<'a> {
    store: MutexGuard<'a, Store>,
    writer: Option<&'a WriteTracker>,
    is_changed: bool,
}

impl World {
    /// An empty world that lives by `clock`; with a writer, something must write what changes to a data file.
    pub(super) fn new(clock: TimeSource, writer: Option<Arc<WriteTracker>>) -> Self {
        Self(Arc::new(WorldInner {
            clock,
            ahead: Mutex::default(),
            store: Mutex::default(),
            requests: RequestLog::default(),
            faults: Faults::default(),
            writer,
        }))
    }

    /// The time by this world's calendar, which stamps and ends its grants.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock_offset().calendar(self.system_now())
    }

    /// The time by the clock, wherever the calendar is: what signing in goes by.
    pub(super) fn system_now(&self) -> Timestamp {
        (self.0.clock)()
    }

    /// Moves the calendar on; back, if `by` is negative.
    pub fn advance(&self, by: SignedDuration) {
        let mut ahead = self.ahead();
        *ahead = ahead.plus(by);
        self.note_change();
    }

    /// Sets the calendar so far ahead of the clock, wherever it was.
    pub fn set_clock_offset(&self, ahead: ClockOffset) {
        *self.ahead() = ahead;
        self.note_change();
    }

    /// How far the calendar is ahead of the clock.
    #[must_use]
    pub fn clock_offset(&self) -> ClockOffset {
        *self.ahead()
    }

    /// Adds or replaces a token, given as its secret text.
    pub fn add_token(&self, text: &str, token: IssuedToken) {
        self.store().tokens.insert(text, token.into());
    }

    /// Adds or replaces an access key, given as its id.
    pub fn add_access_key(&self, id: &str, key: AccessKey) {
        let mut store = self.store();
        store.identities.access_keys.insert(id.to_owned(), key);
    }

    /// Adds or replaces a user; one that was locked is not any more.
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

    /// Sets how the metadata service behaves.
    pub fn set_metadata(&self, metadata: MetadataService) {
        self.store().metadata = metadata;
    }

    /// Sets how long the tokens work that are issued from now on; a day at first.
    pub fn set_token_lifetime(&self, lifetime: Duration) {
        self.store().tokens.lifetime = lifetime;
    }

    /// Ends every token, those of the metadata service too, and every temporary access key.
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

    /// Adds or replaces a secret or a group of secrets.
    pub fn add_resource(&self, id: &str, resource: SandboxResource) {
        self.store()
            .resources
            .insert(ResourceId::from(id), resource);
    }

    /// Makes a secret subscribe to an event, by which lists of secrets can be narrowed down.
    pub fn add_event(&self, name: &str, resource_id: &str) {
        let mut store = self.store();
        let subscribers = store.events.entry(name.to_owned()).or_default();
        subscribers.insert(ResourceId::from(resource_id));
    }

    /// Adds or replaces a user or group in the directory.
    pub fn add_grantee(&self, id: &str, grantee: StoredGrantee) {
        self.store().directory.insert(GranteeId::from(id), grantee);
    }

    /// Makes someone a member of a group. The directory shows nobody who is in a group; a list of grants may.
    pub fn add_member(&self, group_id: &str, grantee_id: &str) {
        let mut store = self.store();
        let members = store.members.entry(GranteeId::from(group_id)).or_default();
        members.insert(GranteeId::from(grantee_id));
    }

    /// Sets how the service decides what the API reference leaves open.
    pub fn set_quirks(&self, quirks: Quirks) {
        self.store().quirks = quirks;
    }

    /// How the service decides what the API reference leaves open.
    #[must_use]
    pub fn quirks(&self) -> Quirks {
        self.store().quirks.clone()
    }

    /// The grants of a resource by grantee, the oldest of each; none when there is no such resource.
    #[must_use]
    pub fn grants(&self, resource_id: &str) -> BTreeMap<GranteeId, StoredGrant> {
        self.store().grants(&ResourceId::from(resource_id))
    }

    /// How many grants a grantee has on a resource: more than one only where a quirk doubles them.
    #[must_use]
    pub fn grant_count(&self, resource_id: &str, grantee_id: &str) -> usize {
        self.store().grant_count(resource_id, grantee_id)
    }

    /// Makes a grant, or changes the end of the one there is.
    ///
    /// # Errors
    /// `NoResource` if there is no such resource.
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

    /// Removes a grant; whether there was one.
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
        self.store()
            .set_delegation(&AccountId::from(account_id), assumed);
    }

    /// Everything granted, in a form for people.
    #[must_use]
    pub fn state(&self) -> StateView {
        StateView::of(&self.store())
    }

    /// The requests received, oldest first; those under `/_sandbox/` are not among them.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.0.requests.list()
    }

    /// Forgets the requests received.
    pub fn clear_requests(&self) {
        self.0.requests.clear();
    }

    /// The faults in force.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.0.faults
    }

    pub(super) fn request_log(&self) -> &RequestLog {
        &self.0.requests
    }

    fn ahead(&self) -> MutexGuard<'_, ClockOffset> {
        self.0.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the world holds at this moment: whoever looks finds gone what has ended, where the service drops it.
    pub(super) fn store(&self) -> StoreGuard<'_> {
        let today = Offset::UTC.to_datetime(self.now()).date();
        let mut store = self.0.store.lock().unwrap_or_else(PoisonError::into_inner);
        // No change to be kept: whoever reads the file finds it ended, too.
        store.drop_expired(today);
        StoreGuard {
            store,
            writer: self.writer(),
            is_changed: false,
        }
    }

    /// What is kept from one start to the next.
    pub(super) fn contents(&self) -> DataFileContents {
        let snapshot = self.store().snapshot();
        DataFileContents::new(self.clock_offset(), snapshot)
    }

    /// Takes up what was kept in place of what there is; what is secret stays.
    pub(super) fn restore(&self, contents: DataFileContents) {
        *self.ahead() = contents.clock_offset;
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

    /// Waits until what there is now is on the disk, if it is to be kept there.
    ///
    /// # Errors
    /// Why it is not, in words.
    pub(super) async fn wait_until_written(&self) -> Result<(), String> {
        match self.writer() {
            Some(writer) => writer.settled().await,
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
