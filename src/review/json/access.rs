//! Accesses of all reviewed types, as JSON.

use std::borrow::Cow;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use crate::access::net::row::{Change, Note, Party, Row};

/// What happens to one access: one grantee, one resource, one level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AccessChangeJson<'a> {
    /// What happens to the access.
    pub change: AccessEffectJson,
    /// Who has the access.
    pub grantee: PartyJson<'a>,
    /// What the access is to.
    pub resource: PartyJson<'a>,
    /// What the grantee may do, such as a role; `old -> new` if it changes, and empty if the type has no levels.
    pub level: Cow<'a, str>,
    /// When the access ends.
    pub until: UntilJson<'a>,
    /// The addresses of the resources that give the access: two if it moves from the first to the second.
    pub addresses: Vec<&'a str>,
    /// The resource type, such as `huaweicloud_obs_bucket_acl`.
    #[serde(rename = "type")]
    pub type_name: &'a str,
    /// Whether everyone, every signed-in account or every network has the access: `maybe` if the plan does not show it.
    pub public: PublicJson,
    /// What else there is to know; `null` if there is nothing.
    pub note: Option<String>,
}

/// What happens to an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccessEffectJson {
    /// The access begins.
    Gained,
    /// The access may begin: the plan does not show whether it does.
    MayGain,
    /// The access ends.
    Lost,
    /// The access may end: the plan does not show whether it does.
    MayLose,
    /// The level or the end of the access is another one.
    Changed,
    /// The object is destroyed or removed from the state, but the access remains in effect.
    Kept,
    /// The access is the same afterwards, but briefly interrupted, because the object is replaced.
    Interrupted,
    /// The access is the same afterwards, but given by another resource.
    Moved,
    /// The access is the same, although the plan looks as if it changed. Only in `unchanged`.
    None,
}

/// A grantee or a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PartyJson<'a> {
    /// What it is, such as `user`; what has no ID, such as `everyone`, is the kind alone.
    pub kind: Cow<'a, str>,
    /// The ID; `null` if there is none, or if it is sensitive or known after apply.
    pub id: Option<&'a str>,
    /// The name, if the plan has one; several names, of objects whose IDs are not known yet, are separated by commas.
    pub name: Option<Cow<'a, str>>,
    /// Kind, ID and name in words, as in the other formats.
    pub text: &'a str,
    /// Whether the ID is known, known after apply, or sensitive.
    pub value: PartyValueJson,
}

/// How much is known of an ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PartyValueJson {
    /// All of it.
    Known,
    /// It is known after apply.
    Unknown,
    /// It is sensitive, and not shown.
    Sensitive,
}

/// When an access ends: a date or a duration, or `never` if it could end but does not; `null` if there is no access, or if
/// the accesses of the type cannot end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UntilJson<'a> {
    /// Before the plan.
    pub before: Option<&'a str>,
    /// After the plan.
    pub after: Option<&'a str>,
}

/// Whether an access is public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PublicJson {
    /// It is not public.
    No,
    /// The plan does not show whether it is public.
    Maybe,
    /// It is public.
    Yes,
}

impl<'a> From<&'a Row> for AccessChangeJson<'a> {
    fn from(row: &'a Row) -> Self {
        Self {
            change: row.change.into(),
            grantee: (&*row.grantee).into(),
            resource: (&*row.resource).into(),
            level: match row.level.before {
                Some(_) => row.level.to_string().into(),
                None => (&*row.level.after).into(),
            },
            until: row.into(),
            addresses: row.addresses().collect(),
            type_name: row.type_name,
            public: match row.is_public() {
                Some(false) => PublicJson::No,
                None => PublicJson::Maybe,
                Some(true) => PublicJson::Yes,
            },
            note: row.note.as_ref().map(ToString::to_string),
        }
    }
}

impl From<Change> for AccessEffectJson {
    fn from(change: Change) -> Self {
        match change {
            Change::Gained => Self::Gained,
            Change::MayGain => Self::MayGain,
            Change::Lost => Self::Lost,
            Change::MayLose => Self::MayLose,
            Change::Changed => Self::Changed,
            Change::Kept => Self::Kept,
            Change::Interrupted => Self::Interrupted,
            Change::Moved => Self::Moved,
            Change::Unaffected => Self::None,
        }
    }
}

impl<'a> From<&'a Party> for PartyJson<'a> {
    fn from(party: &'a Party) -> Self {
        Self {
            kind: party.kind(),
            id: party.id(),
            name: match party.names() {
                [] => None,
                [name] => Some(name.into()),
                names => Some(names.join(", ").into()),
            },
            text: party.text(),
            value: match (party.is_sensitive, party.is_unknown) {
                (true, _) => PartyValueJson::Sensitive,
                (false, true) => PartyValueJson::Unknown,
                (false, false) => PartyValueJson::Known,
            },
        }
    }
}

impl<'a> From<&'a Row> for UntilJson<'a> {
    fn from(row: &'a Row) -> Self {
        let after = Some(&*row.until.after).filter(|end| !end.is_empty());
        let before = row.until.before.as_deref();
        let before = before.filter(|end| !end.is_empty());
        match row.change {
            Change::Gained | Change::MayGain => Self {
                before: None,
                after,
            },
            Change::Lost => Self {
                before: after,
                after: None,
            },
            Change::Unaffected if row.note == Some(Note::RevokedOutside) => Self {
                before: after,
                after: None,
            },
            Change::Changed if row.until.before.is_some() => Self { before, after },
            // What has changed is not shown.
            Change::Changed if row.level.before.is_none() => Self {
                before: None,
                after,
            },
            _ => Self {
                before: after,
                after,
            },
        }
    }
}
