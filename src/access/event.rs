//! What one resource change does to accesses, before the whole plan is known: compact, without values that are not shown.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use arcstr::ArcStr;

use super::address::{natural_order, without_keys};
use super::fact::Fact;
use super::hash::KeyHash;
use super::instance::{InstanceList, last_word};
use super::policy::PolicyAction;
use super::table::Declaration;
use super::text::Text;
use super::unread::{Reason, Unread};
use crate::access::net::row::{Note, Party};

/// The resource that gives accesses.
#[derive(Debug)]
pub(crate) struct Origin {
    /// Whether the plan changes it; if not, it has drifted.
    pub(crate) is_planned: bool,
    /// The name of its state, if several plans are reviewed.
    pub(crate) state: Option<ArcStr>,
    /// The address, with the name of its state.
    pub(crate) address: ArcStr,
    /// The key of a deposed object.
    pub(crate) deposed: Option<ArcStr>,
    pub(crate) type_name: &'static str,
    pub(crate) declaration: &'static Declaration,
    /// The region of the object, once it is read and if it is known.
    pub(crate) region: OnceLock<ArcStr>,
}

impl PartialEq for Origin {
    /// The type has one declaration.
    fn eq(&self, other: &Self) -> bool {
        let parts = |origin: &Self| (origin.is_planned, origin.type_name);
        self.is_same(other) && parts(self) == parts(other)
    }
}

impl Eq for Origin {}

impl Origin {
    /// Whether it is the same object.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.address == other.address && self.deposed == other.deposed
    }

    /// Whether an access of it can be the same as one of another object: neither their regions nor their provider
    /// configurations, which may be of different accounts, are known to differ. The provider configurations of different
    /// states have nothing in common, so only IDs say that both are about one account.
    pub(crate) fn may_share(
        &self,
        other: &Self,
        access: &Access,
        providers: &BTreeMap<String, String>,
    ) -> bool {
        if self.state != other.state {
            // A name, such as the one of a project or an agency, may be the same in several accounts.
            let has_id = |party: &Party| {
                let id = party.id();
                id.is_some_and(|id| self.declaration.is_kept_in_state || is_assigned(id))
            };
            // A grantee without an ID, such as a service, is the same in all accounts.
            let is_known = !access.grantee.is_unknown && !access.grantee.is_sensitive;
            let is_common = access.grantee.id().is_none() && is_known;
            let is_same_region = self.region.get() == other.region.get();
            return (is_common || has_id(&access.grantee))
                && has_id(&access.resource)
                && is_same_region;
        }
        let provider = |origin: &Self| providers.get(&origin.block()).map(String::as_str);
        let differ = |one: Option<&str>, two: Option<&str>| {
            one.zip(two).is_some_and(|(one, two)| one != two)
        };
        let [one, two] = [self, other].map(|origin| origin.region.get().map(|region| &**region));
        !differ(one, two) && !differ(provider(self), provider(other))
    }

    /// Whether the cloud has each access of this type only once, so that destroying one resource revokes it for all resources of
    /// other states.
    pub(crate) fn is_single_in_cloud(&self) -> bool {
        self.declaration.is_kept_in_state || !self.declaration.is_own
    }

    /// The address of its block, with the name of its state.
    fn block(&self) -> String {
        match &self.state {
            Some(state) => {
                let address = self.address.get(state.len() + 1..).unwrap_or_default();
                format!("{state}:{}", without_keys(address))
            }
            None => without_keys(&self.address),
        }
    }

    /// The same object, with the name of its state.
    fn qualified(&self, state: &ArcStr, texts: &mut BTreeSet<ArcStr>) -> Self {
        let mut share = |text: ArcStr| match texts.get(&text) {
            Some(known) => ArcStr::clone(known),
            None => {
                texts.insert(ArcStr::clone(&text));
                text
            }
        };
        Self {
            is_planned: self.is_planned,
            state: Some(ArcStr::clone(state)),
            address: share(format!("{state}:{}", self.address).into()),
            deposed: self.deposed.clone(),
            type_name: self.type_name,
            declaration: self.declaration,
            region: match self.region.get() {
                Some(region) => OnceLock::from(share(ArcStr::clone(region))),
                None => OnceLock::new(),
            },
        }
    }

    /// Sorts it: drift first, then by address, with numbers as numbers.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        self.is_planned
            .cmp(&other.is_planned)
            .then_with(|| natural_order(&self.address, &other.address))
            .then_with(|| self.deposed.cmp(&other.deposed))
    }

    /// The address, with the key of a deposed object.
    pub(crate) fn label(&self) -> ArcStr {
        match &self.deposed {
            Some(key) => format!("{} (deposed {key})", self.address).into(),
            None => ArcStr::clone(&self.address),
        }
    }

    /// That it is not understood.
    pub(crate) fn unread(&self, reason: Reason) -> Unread {
        Unread {
            address: self.address.to_string(),
            deposed: self.deposed.as_deref().map(str::to_owned),
            type_name: self.type_name.to_owned(),
            reason,
        }
    }

    /// What identifies an access of it in the whole plan.
    pub(crate) fn net_key(&self, fact: &Fact<'_>) -> KeyHash {
        let family = self.declaration.family.as_str();
        if self.declaration.is_unique {
            fact.full_key.within(&[family, &self.label()])
        } else {
            fact.full_key.within(&[family])
        }
    }
}

/// Whether an ID is one that a service assigns, which is unique in all accounts: 32 hexadecimal digits, perhaps as a UUID.
fn is_assigned(id: &str) -> bool {
    let digits = id.chars().filter(|c| *c != '-');
    digits.clone().count() == 32 && digits.clone().all(|c| c.is_ascii_hexdigit())
}

/// What is compared of an access: its level and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) level: KeyHash,
    pub(crate) end: KeyHash,
}

impl Terms {
    /// Both as one.
    pub(crate) fn hash(self) -> KeyHash {
        self.level.with(self.end)
    }
}

impl From<&Fact<'_>> for Terms {
    fn from(fact: &Fact<'_>) -> Self {
        Self {
            level: KeyHash::of(&[&fact.level_key]),
            end: KeyHash::of(&[&fact.end_key()]),
        }
    }
}

/// An access, with what a row shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) grantee: Arc<Party>,
    pub(crate) resource: Arc<Party>,
    pub(crate) level: ArcStr,
    pub(crate) until: ArcStr,
    pub(crate) terms: Terms,
    pub(crate) is_reversed: bool,
    pub(crate) is_plain: bool,
    /// Whether it counts only because the configuration writes it.
    pub(crate) is_configured: bool,
    /// The actions of a policy.
    pub(crate) actions: Option<Arc<BTreeSet<PolicyAction>>>,
}

impl From<&Fact<'_>> for Access {
    fn from(fact: &Fact<'_>) -> Self {
        Self {
            grantee: Arc::new(party(&fact.grantee)),
            resource: Arc::new(party(&fact.resource)),
            level: fact.level.as_str().into(),
            until: fact.until.shown.as_str().into(),
            terms: fact.into(),
            is_reversed: fact.is_reversed,
            is_plain: fact.is_plain,
            is_configured: fact.rule.configured.is_some(),
            // The actions of an access that is only given are in its level.
            actions: fact
                .actions
                .clone()
                .filter(|_| fact.is_reversed)
                .map(Arc::new),
        }
    }
}

/// The party that a text is about.
fn party(text: &Text) -> Party {
    let mut party = Party::new(&text.shown, text.id.clone()).with_names(&text.names);
    party.is_unknown = text.is_unknown;
    party.is_sensitive = text.is_sensitive;
    party
}

/// What happens to an access of one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Gained,
    Lost,
    MayGain,
    MayLose,
    Changed,
    Kept,
    Interrupted,
    /// A definition takes effect at once, and the level before is not in the plan.
    Defined,
    Unaffected,
}

/// A step of one access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) step: Step,
    pub(crate) origin: Arc<Origin>,
    /// Identifies the access in its object.
    pub(crate) key: KeyHash,
    /// Identifies the access in the whole plan.
    pub(crate) net_key: KeyHash,
    /// As it was, or as it is if it was not.
    pub(crate) access: Access,
    /// As it will be, if it was.
    pub(crate) after: Option<Box<Access>>,
    pub(crate) note: Option<Note>,
}

/// Accesses of one object that do not change. They may be many, so they are not kept as what they are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) origin: Arc<Origin>,
    /// What identifies each in the whole plan, and its terms.
    pub(crate) accesses: Box<[(KeyHash, KeyHash)]>,
}

/// An access that is not affected, although something about it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unaffected {
    pub(crate) origin: Arc<Origin>,
    /// Identifies the access in the whole plan.
    pub(crate) net_key: KeyHash,
    pub(crate) access: Access,
    pub(crate) note: Note,
}

/// An access that was given, revoked or changed outside of Terraform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drifted {
    /// Which of them.
    pub(crate) note: Note,
    pub(crate) origin: Arc<Origin>,
    /// Identifies the access in its object.
    pub(crate) key: KeyHash,
    /// Identifies the access in the whole plan.
    pub(crate) net_key: KeyHash,
    pub(crate) access: Access,
}

/// Equal parts of accesses are in memory once: many accesses are of one grantee, to one resource, or of one level.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    parties: BTreeSet<Arc<Party>>,
    texts: BTreeSet<ArcStr>,
}

impl Pool {
    /// The party that is equal to this one.
    fn share(&mut self, party: Arc<Party>) -> Arc<Party> {
        if let Some(known) = self.parties.get(&party) {
            return Arc::clone(known);
        }
        self.parties.insert(Arc::clone(&party));
        party
    }

    /// The text that is equal to this one.
    fn share_text(&mut self, text: &ArcStr) -> ArcStr {
        if let Some(known) = self.texts.get(text) {
            return ArcStr::clone(known);
        }
        self.texts.insert(ArcStr::clone(text));
        ArcStr::clone(text)
    }
}

/// What a plan, or one change of it, does to accesses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Those of each object: freed one by one, while rows are made of them.
    pub(crate) events: Vec<Box<[Event]>>,
    pub(crate) held: Vec<Held>,
    pub(crate) unaffected: Vec<Unaffected>,
    pub(crate) drifted: Vec<Drifted>,
    pub(crate) unread: Vec<Unread>,
    /// How many resources are changed whose types are not declared, by type.
    pub(crate) not_reviewed: BTreeMap<String, usize>,
    /// The provider configuration of each block of a declared type, by its address without instance keys.
    pub(crate) providers: BTreeMap<String, String>,
    /// The states, of several, for which planning failed.
    pub(crate) failed_states: BTreeSet<String>,
}

impl Evidence {
    /// Notes that planning failed for its state, so that Terraform does not carry out what it is about.
    pub fn note_failed_plan(&mut self, state: &str) {
        self.failed_states.insert(state.to_owned());
    }

    /// Names the grantees and resources whose objects are in the plan.
    pub(crate) fn name_objects(&mut self, instances: &InstanceList) {
        let mut pool = Pool::default();
        // Each once: most of them are of many accesses.
        let mut wanted: BTreeSet<Arc<Party>> = BTreeSet::new();
        for access in self.accesses() {
            for party in [&access.grantee, &access.resource] {
                if party.id().is_some() && party.names().is_empty() && !wanted.contains(party) {
                    wanted.insert(Arc::clone(party));
                }
            }
        }
        let wanted = wanted.iter();
        let wanted = wanted.filter_map(|party| Some((party.id()?, party.kind())));
        let wanted: Vec<(&str, Cow<'_, str>)> = wanted.collect();
        let wanted = wanted.iter().map(|(id, kind)| (*id, last_word(kind)));
        let mut wanted: Vec<(&str, &str)> = wanted.collect();
        wanted.sort_unstable();
        let names = instances.names(&wanted);
        let events = self.events.iter_mut().flatten();
        let events = events.flat_map(|event| [Some(&mut event.access), event.after.as_deref_mut()]);
        let unaffected = self.unaffected.iter_mut().map(|one| &mut one.access);
        for access in events.flatten().chain(unaffected) {
            for party in [&mut access.grantee, &mut access.resource] {
                let id = party.id().unwrap_or_default();
                let name = names.get(&(id, last_word(&party.kind()))).cloned();
                if let (true, Some(name)) = (party.names().is_empty(), name) {
                    let named = Party::clone(party).with_names(&[name]);
                    *party = pool.share(Arc::new(named));
                }
            }
        }
    }

    /// With its parts from the pool.
    pub(crate) fn pooled(mut self, pool: &mut Pool) -> Self {
        let events = self.events.iter_mut().flatten();
        let events = events.flat_map(|event| [Some(&mut event.access), event.after.as_deref_mut()]);
        let unaffected = self.unaffected.iter_mut().map(|one| &mut one.access);
        for access in events.flatten().chain(unaffected) {
            access.grantee = pool.share(Arc::clone(&access.grantee));
            access.resource = pool.share(Arc::clone(&access.resource));
            access.level = pool.share_text(&access.level);
            access.until = pool.share_text(&access.until);
        }
        self
    }

    /// What its rows show.
    fn accesses(&self) -> impl Iterator<Item = &Access> {
        let events = self.events.iter().flatten();
        let events = events.flat_map(|event| [Some(&event.access), event.after.as_deref()]);
        events
            .flatten()
            .chain(self.unaffected.iter().map(|one| &one.access))
    }

    /// With the name of its state in all addresses. Texts that are equal to one of these are in memory once.
    pub(crate) fn qualified(mut self, state: &str, mut texts: BTreeSet<ArcStr>) -> Self {
        let state: ArcStr = state.into();
        // All parts about one object are next to each other.
        let mut last: Option<(Arc<Origin>, Arc<Origin>)> = None;
        let mut qualify = |origin: &mut Arc<Origin>| {
            let known = last.as_ref().filter(|(bare, _)| Arc::ptr_eq(bare, origin));
            let qualified = match known {
                Some((_, qualified)) => Arc::clone(qualified),
                None => Arc::new(origin.qualified(&state, &mut texts)),
            };
            last = Some((Arc::clone(origin), Arc::clone(&qualified)));
            *origin = qualified;
        };
        for event in self.events.iter_mut().flatten() {
            qualify(&mut event.origin);
        }
        for held in &mut self.held {
            qualify(&mut held.origin);
        }
        for unaffected in &mut self.unaffected {
            qualify(&mut unaffected.origin);
        }
        for drifted in &mut self.drifted {
            qualify(&mut drifted.origin);
        }
        for unread in &mut self.unread {
            unread.address = format!("{state}:{}", unread.address);
        }
        let providers = std::mem::take(&mut self.providers).into_iter();
        let providers = providers.map(|(block, provider)| (format!("{state}:{block}"), provider));
        self.providers = providers.collect();
        self
    }

    /// Adds what another change or plan does.
    pub fn extend(&mut self, other: Self) {
        self.events.extend(other.events);
        self.held.extend(other.held);
        self.unaffected.extend(other.unaffected);
        self.drifted.extend(other.drifted);
        self.unread.extend(other.unread);
        self.providers.extend(other.providers);
        self.failed_states.extend(other.failed_states);
        for (type_name, count) in other.not_reviewed {
            *self.not_reviewed.entry(type_name).or_default() += count;
        }
    }
}
