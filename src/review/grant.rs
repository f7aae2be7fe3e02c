//! A grant in a plan: its key, which identifies it across addresses, its expiry, reason and grantee.

use std::collections::BTreeSet;
use std::sync::Arc;

use arcstr::ArcStr;
use jiff::civil::Date;

use crate::plan_json::grant_type::{GrantType, attribute};
use crate::plan_json::value::{Attributes, PlanValue};

/// One grant, before or after the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedGrant {
    /// The key.
    pub key: PlannedGrantKey,
    /// When it expires.
    pub expiry: Expiry,
    /// The reason in the configuration.
    pub reason: PlanValue,
    /// The grantee's name, as the service knows it.
    pub grantee_name: PlanValue,
    /// The name of the resource, if the plan has one.
    pub resource_name: Option<ArcStr>,
}

/// The key of a grant, in canonical spelling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlannedGrantKey {
    /// Use of a secret or a secret group.
    Csms {
        /// The secret, or the secret group. Shared, because a secret has many grantees.
        secret: Arc<SecretKey>,
        /// `user` or `group`.
        grantee_type: PlanValue,
        /// The user or group.
        grantee_id: PlanValue,
    },
    /// Use of an account's keys by CodeArts Repo.
    RepoKms {
        /// The region of CodeArts Repo.
        region: PlanValue,
        /// The account.
        tenant_id: PlanValue,
    },
}

/// What identifies a secret or a secret group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretKey {
    /// The region.
    pub region: PlanValue,
    /// The project.
    pub project_id: PlanValue,
    /// `SECRET` or `GROUP`.
    pub resource_type: PlanValue,
    /// The ID of the secret, or of the secret group.
    pub resource_id: PlanValue,
}

impl PlannedGrantKey {
    /// Whether all of it is known, so that it can be compared with another.
    #[must_use]
    pub fn is_known(&self) -> bool {
        let mut parts = self.parts().into_iter();
        parts.all(|part| matches!(part, PlanValue::Known(_)))
    }

    /// Its parts, in the order of an import ID.
    fn parts(&self) -> Vec<&PlanValue> {
        match self {
            Self::Csms {
                secret,
                grantee_type,
                grantee_id,
            } => vec![
                &secret.region,
                &secret.project_id,
                &secret.resource_type,
                &secret.resource_id,
                grantee_type,
                grantee_id,
            ],
            Self::RepoKms { region, tenant_id } => vec![region, tenant_id],
        }
    }

    /// Whether this key equals a known one, except for an unknown project and for empty location attributes. The provider
    /// resolves empty ones, and a later refresh stores the result.
    #[must_use]
    pub fn is_same_secret(&self, known: &Self) -> bool {
        let mut filled = self.clone();
        for (own, other) in filled.location_mut().into_iter().zip(known.location()) {
            if is_empty(own) || is_empty(other) {
                own.clone_from(other);
            }
        }
        if let (Self::Csms { secret, .. }, Self::Csms { secret: other, .. }) = (&mut filled, known)
            && secret.project_id == PlanValue::Unknown
        {
            let project_id = &mut Arc::make_mut(secret).project_id;
            project_id.clone_from(&other.project_id);
        }
        filled == *known
    }

    /// Whether a location attribute is empty text, which the provider resolves.
    #[must_use]
    pub fn has_empty_location(&self) -> bool {
        self.location().into_iter().any(is_empty)
    }

    /// The attributes that the provider resolves if they are empty text: region, and project or account.
    fn location(&self) -> [&PlanValue; 2] {
        match self {
            Self::Csms { secret, .. } => [&secret.region, &secret.project_id],
            Self::RepoKms { region, tenant_id } => [region, tenant_id],
        }
    }

    fn location_mut(&mut self) -> [&mut PlanValue; 2] {
        match self {
            Self::Csms { secret, .. } => {
                let secret = Arc::make_mut(secret);
                [&mut secret.region, &mut secret.project_id]
            }
            Self::RepoKms { region, tenant_id } => [region, tenant_id],
        }
    }

    /// Type and ID of the grantee, if they are known and may be shown.
    #[must_use]
    pub fn grantee(&self) -> Option<(&ArcStr, &ArcStr)> {
        match self {
            Self::Csms {
                grantee_type: PlanValue::Known(kind),
                grantee_id: PlanValue::Known(id),
                ..
            } => Some((kind, id)),
            Self::Csms { .. } | Self::RepoKms { .. } => None,
        }
    }

    /// The ID to import the grant with, such as `REGION/PROJECT_ID/SECRET/ID/user/ID`; `None` if the plan does not show all of it.
    #[must_use]
    pub fn import_id(&self) -> Option<String> {
        let parts = self.parts().into_iter().map(|part| match part {
            PlanValue::Known(text) if !text.is_empty() && !text.contains('/') => Some(&**text),
            _ => None,
        });
        let parts: Option<Vec<&str>> = parts.collect();
        Some(parts?.join("/"))
    }

    /// Whether the service has an API to revoke the grant.
    #[must_use]
    pub fn is_revocable(&self) -> bool {
        matches!(self, Self::Csms { .. })
    }
}

/// The expiry of access, in the order of time; the order of the last two has no meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expiry {
    /// On this date; the service defines the time of day.
    On(Date),
    /// Never.
    Never,
    /// On a date known after apply, or never.
    Unknown,
    /// On a date that the plan marks as sensitive, or never.
    Sensitive,
}

impl Expiry {
    /// The date, if there is one and it may be shown.
    #[must_use]
    pub fn date(self) -> Option<Date> {
        match self {
            Self::On(date) => Some(date),
            Self::Never | Self::Unknown | Self::Sensitive => None,
        }
    }

    /// The expiry in an attribute; `None` if it is text and not a date.
    fn read(value: PlanValue) -> Option<Self> {
        Some(match value {
            PlanValue::Known(text) => Self::On(text.parse().ok()?),
            PlanValue::Null => Self::Never,
            PlanValue::Unknown => Self::Unknown,
            PlanValue::Sensitive => Self::Sensitive,
        })
    }
}

/// Equal texts and secrets are in memory once: many grants are on one secret, in one project.
#[derive(Debug, Default)]
pub struct TextPool {
    texts: BTreeSet<ArcStr>,
    secrets: BTreeSet<Arc<SecretKey>>,
}

impl TextPool {
    /// The value, with the text that is equal to its own.
    fn share(&mut self, value: PlanValue) -> PlanValue {
        let PlanValue::Known(text) = value else {
            return value;
        };
        if let Some(known) = self.texts.get(&text) {
            return PlanValue::Known(ArcStr::clone(known));
        }
        self.texts.insert(ArcStr::clone(&text));
        PlanValue::Known(text)
    }

    /// The secret that is equal to this one.
    fn share_secret(&mut self, secret: SecretKey) -> Arc<SecretKey> {
        if let Some(known) = self.secrets.get(&secret) {
            return Arc::clone(known);
        }
        let secret = Arc::new(secret);
        self.secrets.insert(Arc::clone(&secret));
        secret
    }
}

impl PlannedGrant {
    /// Reads a grant from its attributes; `None` if its expiry is not a date.
    #[must_use]
    pub fn read(kind: GrantType, attributes: &Attributes, pool: &mut TextPool) -> Option<Self> {
        let value = |pool: &mut TextPool, name| {
            pool.share(match name {
                attribute::TYPE => spell(attributes.value(name), &[&["SECRET"], &["GROUP"]]),
                attribute::GRANTEE_TYPE => {
                    spell(attributes.value(name), &[&["user", "0"], &["group", "2"]])
                }
                name => attributes.value(name),
            })
        };
        let key = match kind {
            GrantType::CsmsGrant => {
                let secret = SecretKey {
                    region: value(pool, attribute::REGION),
                    project_id: value(pool, attribute::PROJECT_ID),
                    resource_type: value(pool, attribute::TYPE),
                    resource_id: value(pool, attribute::RESOURCE_ID),
                };
                let (grantee_type, grantee_id) = (
                    value(pool, attribute::GRANTEE_TYPE),
                    value(pool, attribute::GRANTEE_TARGET_ID),
                );
                PlannedGrantKey::Csms {
                    secret: pool.share_secret(secret),
                    grantee_type,
                    grantee_id,
                }
            }
            GrantType::RepoKmsGrant => PlannedGrantKey::RepoKms {
                region: value(pool, attribute::REGION),
                tenant_id: value(pool, attribute::TENANT_ID),
            },
        };
        Some(Self {
            key,
            expiry: Expiry::read(value(pool, attribute::VALIDITY_TIME))?,
            reason: value(pool, attribute::REASON),
            grantee_name: value(pool, attribute::GRANTEE_NAME),
            resource_name: None,
        })
    }
}

/// The canonical spelling, which is the first of its row; a state keeps the practitioner's.
fn spell(value: PlanValue, rows: &[&[&str]]) -> PlanValue {
    let PlanValue::Known(text) = value else {
        return value;
    };
    let is_in = |row: &&&[&str]| row.iter().any(|word| word.eq_ignore_ascii_case(&text));
    let canonical = rows.iter().find(is_in).and_then(|row| row.first());
    PlanValue::Known(canonical.map_or(text.clone(), |word| (*word).into()))
}

/// Whether the value is empty text, which means the provider's default.
fn is_empty(value: &PlanValue) -> bool {
    matches!(value, PlanValue::Known(text) if text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synonyms_are_normalized_and_other_values_unchanged() {
        let rows: &[&[&str]] = &[&["user", "0"], &["group", "2"]];
        for (text, expected) in [
            ("0", "user"),
            ("User", "user"),
            ("2", "group"),
            ("GROUP", "group"),
            ("role", "role"),
        ] {
            let known = |text: &str| PlanValue::Known(text.into());
            assert_eq!(spell(known(text), rows), known(expected), "{text}");
        }
        assert_eq!(spell(PlanValue::Unknown, rows), PlanValue::Unknown);
    }

    #[test]
    fn an_empty_location_matches_any_location() {
        let key = |kind, place: &str, other: &str| {
            let values = serde_json::json!({
                "region": place, "project_id": place, "tenant_id": place, "resource_id": other,
            });
            let nothing = serde_json::Value::Null;
            let attributes = Attributes::read(values.as_object().unwrap(), &nothing, &nothing);
            PlannedGrant::read(kind, &attributes, &mut TextPool::default())
                .unwrap()
                .key
        };
        for kind in [GrantType::CsmsGrant, GrantType::RepoKmsGrant] {
            let (empty, known) = (key(kind, "", "s"), key(kind, "p", "s"));
            assert!(empty.has_empty_location() && !known.has_empty_location());
            assert!(empty.is_same_secret(&known) && known.is_same_secret(&empty));
            assert!(!known.is_same_secret(&key(kind, "q", "s")));
        }
        let kind = GrantType::CsmsGrant;
        assert!(!key(kind, "", "s").is_same_secret(&key(kind, "p", "t")));
    }

    #[test]
    fn never_is_later_than_any_date() {
        assert!(Expiry::On(Date::MAX) < Expiry::Never);
        assert!(Expiry::On(Date::MIN) < Expiry::On(Date::MAX));
    }
}
