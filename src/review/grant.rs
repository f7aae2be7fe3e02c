//! A grant as a review sees it: its key, so that two addresses can be found to mean one grant, and its terms.

use jiff::civil::Date;

use super::plan::{Attributes, Kind, Value};

/// One grant, before or after the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What tells it from all others.
    pub key: Key,
    /// When it ends.
    pub end: End,
    /// Why it is there, in the words of the configuration.
    pub reason: Value,
    /// The grantee's name, as the service knows it.
    pub grantee_name: Value,
}

/// What tells one grant from another, in canonical spelling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Use of a secret or a group of secrets.
    Csms {
        /// The region of the secret.
        region: Value,
        /// The project of the secret.
        project_id: Value,
        /// `SECRET` or `GROUP`.
        resource_type: Value,
        /// The secret.
        resource_id: Value,
        /// `user` or `group`.
        grantee_type: Value,
        /// The user or group.
        grantee_id: Value,
    },
    /// Use of an account's keys by CodeArts Repo.
    RepoKms {
        /// The region of CodeArts Repo.
        region: Value,
        /// The account.
        tenant_id: Value,
    },
}

impl Key {
    /// Whether all of it is known, so that it can be compared with another.
    #[must_use]
    pub fn is_known(&self) -> bool {
        let parts = match self {
            Self::Csms {
                region,
                project_id,
                resource_type,
                resource_id,
                grantee_type,
                grantee_id,
            } => vec![
                region,
                project_id,
                resource_type,
                resource_id,
                grantee_type,
                grantee_id,
            ],
            Self::RepoKms { region, tenant_id } => vec![region, tenant_id],
        };
        parts.iter().all(|part| matches!(part, Value::Known(_)))
    }

    /// Whether this key agrees with a known one in all but a project that is not known yet and places that are empty texts:
    /// those stand for what the provider finds out, which a later refresh stores.
    #[must_use]
    pub fn is_same_secret(&self, known: &Self) -> bool {
        let mut filled = self.clone();
        for (place, other) in filled.places_mut().into_iter().zip(known.places()) {
            if is_empty(place) || is_empty(other) {
                place.clone_from(other);
            }
        }
        if let (
            Self::Csms { project_id, .. },
            Self::Csms {
                project_id: other, ..
            },
        ) = (&mut filled, known)
            && *project_id == Value::Unknown
        {
            project_id.clone_from(other);
        }
        filled == *known
    }

    /// Whether an empty text stands for a place that the provider finds out.
    #[must_use]
    pub fn has_empty_place(&self) -> bool {
        self.places().into_iter().any(is_empty)
    }

    fn places(&self) -> [&Value; 2] {
        match self {
            Self::Csms {
                region, project_id, ..
            } => [region, project_id],
            Self::RepoKms { region, tenant_id } => [region, tenant_id],
        }
    }

    fn places_mut(&mut self) -> [&mut Value; 2] {
        match self {
            Self::Csms {
                region, project_id, ..
            } => [region, project_id],
            Self::RepoKms { region, tenant_id } => [region, tenant_id],
        }
    }

    /// Kind and id of who receives it, if they are known and may be shown.
    #[must_use]
    pub fn grantee(&self) -> Option<(&String, &String)> {
        match self {
            Self::Csms {
                grantee_type: Value::Known(kind),
                grantee_id: Value::Known(id),
                ..
            } => Some((kind, id)),
            Self::Csms { .. } | Self::RepoKms { .. } => None,
        }
    }

    /// Whether the service has a call that takes the grant back.
    #[must_use]
    pub fn is_revocable(&self) -> bool {
        matches!(self, Self::Csms { .. })
    }
}

/// When access ends. The earlier ones end earlier; nothing is concluded from the order of the last two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// On this date, as the service counts it.
    On(Date),
    /// Never.
    Never,
    /// On a date known after apply, or never.
    Unknown,
    /// On a date that the plan marks as sensitive, or never.
    Sensitive,
}

impl End {
    /// The date, if there is one and it may be shown.
    #[must_use]
    pub fn date(self) -> Option<Date> {
        match self {
            Self::On(date) => Some(date),
            Self::Never | Self::Unknown | Self::Sensitive => None,
        }
    }

    fn read(value: Value) -> Option<Self> {
        Some(match value {
            Value::Known(text) => Self::On(text.parse().ok()?),
            Value::Null => Self::Never,
            Value::Unknown => Self::Unknown,
            Value::Sensitive => Self::Sensitive,
        })
    }
}

impl Grant {
    /// Reads a grant from its attributes; `None` if its end is no date.
    #[must_use]
    pub fn read(kind: Kind, attributes: &Attributes) -> Option<Self> {
        let value = |name| attributes.value(name);
        let key = match kind {
            Kind::CsmsGrant => Key::Csms {
                region: value("region"),
                project_id: value("project_id"),
                resource_type: spelled(value("type"), &[&["SECRET"], &["GROUP"]]),
                resource_id: value("resource_id"),
                grantee_type: spelled(value("grantee_type"), &[&["user", "0"], &["group", "2"]]),
                grantee_id: value("grantee_target_id"),
            },
            Kind::RepoKmsGrant => Key::RepoKms {
                region: value("region"),
                tenant_id: value("tenant_id"),
            },
        };
        Some(Self {
            key,
            end: End::read(value("validity_time"))?,
            reason: value("reason"),
            grantee_name: value("grantee_name"),
        })
    }
}

/// The canonical spelling, which is the first of its row; a state keeps the practitioner's.
fn spelled(value: Value, rows: &[&[&str]]) -> Value {
    let Value::Known(text) = value else {
        return value;
    };
    let is_in = |row: &&&[&str]| row.iter().any(|word| word.eq_ignore_ascii_case(&text));
    let canonical = rows.iter().find(is_in).and_then(|row| row.first());
    Value::Known(canonical.map_or(text.clone(), |word| (*word).to_owned()))
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Known(text) if text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_meaning_has_one_spelling_and_a_strange_word_stays() {
        let rows: &[&[&str]] = &[&["user", "0"], &["group", "2"]];
        for (text, expected) in [
            ("0", "user"),
            ("User", "user"),
            ("2", "group"),
            ("GROUP", "group"),
            ("role", "role"),
        ] {
            let known = |text: &str| Value::Known(text.to_owned());
            assert_eq!(spelled(known(text), rows), known(expected), "{text}");
        }
        assert_eq!(spelled(Value::Unknown, rows), Value::Unknown);
    }

    #[test]
    fn an_empty_place_agrees_with_any() {
        let key = |kind, place: &str, other: &str| {
            let values = serde_json::json!({
                "region": place, "project_id": place, "tenant_id": place, "resource_id": other,
            });
            let nothing = serde_json::Value::Null;
            let attributes = Attributes::read(values.as_object().unwrap(), &nothing, &nothing);
            Grant::read(kind, &attributes).unwrap().key
        };
        for kind in [Kind::CsmsGrant, Kind::RepoKmsGrant] {
            let (empty, known) = (key(kind, "", "s"), key(kind, "p", "s"));
            assert!(empty.has_empty_place() && !known.has_empty_place());
            assert!(empty.is_same_secret(&known) && known.is_same_secret(&empty));
            assert!(!known.is_same_secret(&key(kind, "q", "s")));
        }
        let kind = Kind::CsmsGrant;
        assert!(!key(kind, "", "s").is_same_secret(&key(kind, "p", "t")));
    }

    #[test]
    fn no_end_is_later_than_any_date() {
        assert!(End::On(Date::MAX) < End::Never);
        assert!(End::On(Date::MIN) < End::On(Date::MAX));
    }
}
