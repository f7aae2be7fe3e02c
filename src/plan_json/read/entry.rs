//! One resource in the changes, the state or the configuration: its identity, and its other parts unparsed.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, SeqAccess};
use serde_json::value::RawValue;

use super::super::action_reason::ActionReason;
use super::super::coverage::Coverage;
use super::super::grant_type::GrantType;
use super::identity::{
    ForeignChange, ForeignChangeShape, Identity, IdentityKeys, MarkedKeys, ObjectTexts,
    is_user_list, listed_users, of_object,
};
use super::shape::{Shape, Shaped, Strange, small};
use crate::access::table::Table;

/// One resource. The parts of foreign ones are skipped as soon as it is clear that they are foreign.
#[derive(Debug, Default)]
pub(super) struct ChangeEntry {
    /// Without the module for a block, and absolute for a change or an object of the state.
    address: Option<String>,
    /// `managed` or `data`.
    mode: Option<String>,
    r#type: Option<String>,
    /// Whether a part that identifies it is not text.
    is_strange: bool,
    /// Of a change: the source address of the provider.
    pub(super) provider_name: Option<String>,
    /// Of a change: the address in the state, if it is another one.
    pub(super) previous_address: Option<String>,
    /// Of a change: why an object is replaced or destroyed.
    pub(super) reason: Option<ActionReason>,
    /// Of a change or an object of the state: which deposed object it is.
    pub(super) deposed: Option<String>,
    /// Of a change: what happens.
    pub(super) change: Option<Box<RawValue>>,
    /// Of a change that is not read: its actions, and what identifies its object.
    pub(super) foreign: Option<ForeignChange>,
    /// Of an object of the state that is not read: the texts that may identify it, and which of them are sensitive.
    texts: BTreeMap<String, String>,
    marks: Option<Result<Option<BTreeSet<String>>, Strange>>,
    /// Of the data source that lists users in the state: who they are.
    pub(super) listed: Vec<Identity>,
    /// Of an object of the state: its attributes.
    pub(super) values: Option<Box<RawValue>>,
    /// Of an object of the state: which of them are sensitive.
    pub(super) sensitive_values: Option<Box<RawValue>>,
    /// Of a block: its provider configuration.
    pub(super) provider: Option<String>,
    /// Of a block: its label.
    pub(super) name: Option<String>,
    /// Of a block of a declared type: its arguments, and its `for_each`.
    pub(super) expressions: Option<Box<RawValue>>,
    pub(super) for_each: Option<Box<RawValue>>,
}

/// The members of a resource that are read, in changes, the state or the configuration.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Member {
    Address,
    Mode,
    Type,
    PreviousAddress,
    ActionReason,
    Deposed,
    DeposedKey,
    Change,
    Values,
    SensitiveValues,
    ProviderConfigKey,
    ProviderName,
    Name,
    Expressions,
    ForEachExpression,
    #[serde(other)]
    Other,
}

/// What identifies a resource, and its coverage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EntrySubject<'a> {
    pub(super) type_name: &'a str,
    pub(super) address: &'a str,
    pub(super) coverage: Coverage,
}

impl ChangeEntry {
    /// Its identity. Data sources are foreign, whatever their type.
    pub(super) fn subject(&self) -> Result<EntrySubject<'_>, Strange> {
        let (Some(address), Some(mode), Some(type_name), false) =
            (&self.address, &self.mode, &self.r#type, self.is_strange)
        else {
            return Err(Strange);
        };
        Ok(EntrySubject {
            type_name,
            address,
            coverage: if mode == MANAGED {
                Coverage::of(type_name, self.provider_name.as_deref())
            } else {
                Coverage::Foreign
            },
        })
    }

    /// Its kind and address; `None` for data sources and the resources of others.
    pub(super) fn ours(&self) -> Result<Option<(GrantType, &str)>, Strange> {
        let subject = self.subject()?;
        Ok(match subject.coverage {
            Coverage::Grant(kind) => Some((kind, subject.address)),
            Coverage::Unsupported | Coverage::AccessType | Coverage::Foreign => None,
        })
    }

    /// Whether it is certain that this is no grant.
    fn is_foreign(&self) -> bool {
        let is_other = |name: &String| GrantType::of(name).is_none();
        self.r#type.as_ref().is_some_and(is_other) || self.is_unmanaged()
    }

    /// Whether it is certain that this is not a managed resource.
    fn is_unmanaged(&self) -> bool {
        self.mode.as_ref().is_some_and(|mode| mode != MANAGED)
    }

    /// Whether it is a data source or anything else that is not managed.
    pub(super) fn is_data(&self) -> bool {
        self.is_unmanaged()
    }

    /// What identifies the object of a change.
    pub(super) fn identity(&self, type_name: &str) -> Identity {
        match (&self.foreign, &self.change) {
            (None, None) => Identity::default(),
            (Some(foreign), _) => foreign.identity.clone(),
            (None, Some(change)) => ForeignChange::of(change, type_name).identity,
        }
    }

    /// What identifies an object of the state.
    pub(super) fn state_identity(&self, type_name: &str) -> Identity {
        let marks = self.marks.as_ref().unwrap_or(&Ok(None));
        of_object(type_name, &self.texts, marks)
    }

    /// What happens: of a foreign type the actions and what identifies its object.
    fn change<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        let provider = self.provider_name.as_deref();
        let coverage = self
            .r#type
            .as_deref()
            .map(|name| Coverage::of(name, provider));
        let is_foreign = match coverage {
            // Until the provider is known, the type may be one of this provider.
            Some(Coverage::Foreign) => provider.is_some(),
            _ => false,
        };
        match self.r#type.as_deref() {
            Some(name) if is_foreign || self.is_unmanaged() => {
                let foreign = ForeignChangeShape(IdentityKeys::of(name));
                let read = map.next_value_seed(Shaped(foreign))?;
                self.foreign = Some(read.ok().flatten().unwrap_or_default());
            }
            _ => self.change = map.next_value().map(Some)?,
        }
        Ok(())
    }

    /// A member that should be text; another value is noted as strange, and null is absent.
    fn text<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<Option<String>, A::Error> {
        let text = small(map)?;
        self.is_strange |= text.is_err();
        Ok(text.unwrap_or_default())
    }

    /// The arguments of a block, if its type is declared.
    fn expressions<'de, A: MapAccess<'de>>(
        &self,
        map: &mut A,
    ) -> Result<Option<Box<RawValue>>, A::Error> {
        let table = Table::current();
        let is_other = |name: &String| table.declaration(name).is_none();
        if self.r#type.as_ref().is_some_and(is_other) {
            map.next_value::<IgnoredAny>()?;
            return Ok(None);
        }
        map.next_value().map(Some)
    }

    /// The attributes of an object of the state: of a foreign one, those that may identify it.
    fn values<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        match self.r#type.as_deref() {
            Some(name) if self.is_unmanaged() && is_user_list(name) => {
                let list: Box<RawValue> = map.next_value()?;
                self.listed = listed_users(&list);
            }
            Some(name) if self.is_foreign() => {
                let keys = IdentityKeys::of(name);
                let texts = map.next_value_seed(Shaped(ObjectTexts(&keys)))?;
                self.texts = texts.ok().flatten().unwrap_or_default();
            }
            _ => self.values = map.next_value().map(Some)?,
        }
        Ok(())
    }

    /// Which attributes of an object of the state are sensitive.
    fn marks<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        match self.r#type.as_deref() {
            Some(name) if self.is_foreign() => {
                let keys = IdentityKeys::of(name);
                self.marks = Some(map.next_value_seed(Shaped(MarkedKeys(&keys)))?);
            }
            _ => self.sensitive_values = map.next_value().map(Some)?,
        }
        Ok(())
    }
}

/// The mode of managed resources; data sources have another.
const MANAGED: &str = "managed";

/// Expects one resource.
#[derive(Debug)]
pub(super) struct One;

impl<'de> Shape<'de> for One {
    type Value = ChangeEntry;

    fn map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<ChangeEntry>, A::Error> {
        let mut entry = ChangeEntry::default();
        while let Some(key) = map.next_key()? {
            match key {
                Member::Address => entry.address = entry.text(&mut map)?,
                Member::Mode => entry.mode = entry.text(&mut map)?,
                Member::Type => entry.r#type = entry.text(&mut map)?,
                Member::PreviousAddress => entry.previous_address = entry.text(&mut map)?,
                Member::ActionReason => {
                    // A strange one explains nothing, and is no reason to refuse the plan.
                    let name: Option<String> = small(&mut map)?.ok().flatten();
                    entry.reason = name.as_deref().and_then(ActionReason::of);
                }
                Member::Deposed | Member::DeposedKey => entry.deposed = entry.text(&mut map)?,
                Member::ProviderConfigKey => entry.provider = entry.text(&mut map)?,
                Member::ProviderName => entry.provider_name = entry.text(&mut map)?,
                Member::Name => entry.name = small(&mut map)?.ok().flatten(),
                Member::Expressions => entry.expressions = entry.expressions(&mut map)?,
                Member::ForEachExpression => entry.for_each = entry.expressions(&mut map)?,
                Member::Change => entry.change(&mut map)?,
                Member::Values => entry.values(&mut map)?,
                Member::SensitiveValues => entry.marks(&mut map)?,
                Member::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Some(entry))
    }
}

/// Expects a list of resources, and hands on one after the other.
#[derive(Debug)]
pub(super) struct Each<F>(pub(super) F);

impl<'de, F: FnMut(Result<ChangeEntry, Strange>)> Shape<'de> for Each<F> {
    type Value = ();

    fn list<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Option<()>, A::Error> {
        while let Some(entry) = list.next_element_seed(Shaped(One))? {
            (self.0)(entry.and_then(|entry| entry.ok_or(Strange)));
        }
        Ok(Some(()))
    }
}
