//! Quirks: one setting for each behavior that the API reference does not specify.
//!
//! The first value of each quirk is the default. `service::csms::response_format` applies those that concern responses of CSMS,
//! `store::grant_table` those that concern writes, `service::repo` those of CodeArts Repo.

mod value;

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

pub use value::*;

/// Declares the quirks, and the functions that list all of them.
macro_rules! quirks {
    ($(#[doc = $doc:literal] $quirk:ident: $choice:ident,)+) => {
        /// Behavior that the API reference does not specify.
        ///
        /// **Shape** in JSON: `{"groups": "expanded"}`; an absent quirk has its default value.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Quirks {
            $(#[doc = $doc] pub $quirk: $choice,)+
        }

        impl Quirks {
            /// All settings that differ from the default in one quirk.
            #[must_use]
            pub fn variations() -> Vec<Self> {
                let mut variations = Vec::new();
                $(for choice in $choice::ALL.iter().skip(1) {
                    variations.push(Self { $quirk: *choice, ..Self::default() });
                })+
                variations
            }

            /// The name of each quirk and of its values, the default first.
            #[must_use]
            pub fn catalog() -> Vec<(&'static str, Vec<String>)> {
                vec![$((stringify!($quirk), $choice::ALL.iter().map(name).collect()),)+]
            }

            /// Every quirk and its values with their descriptions, in the order of [`Quirks::catalog`].
            #[must_use]
            pub fn descriptions() -> Vec<QuirkDescription> {
                vec![$(QuirkDescription {
                    name: stringify!($quirk),
                    description: $doc.trim_ascii(),
                    values: $choice::ALL
                        .iter()
                        .map(|value| ValueDescription {
                            name: name(value),
                            description: value.description(),
                        })
                        .collect(),
                },)+]
            }
        }
    };
}

quirks! {
    /// Format of times in responses.
    time: TimeFormat,
    /// How responses represent a grant's expiry.
    end: EndFormat,
    /// Expiry value in responses if the grant never expires.
    no_expiry: NoExpiry,
    /// Structure of a ListGrants response.
    list: ListFormat,
    /// ListGrants response for a resource without grants.
    no_grants: NoGrants,
    /// Format of IDs.
    ids: IdFormat,
    /// Grants that have a `uuid`.
    uuid: UuidFormat,
    /// Structure of CreateGrants and UpdateGrant responses.
    answer: AnswerFormat,
    /// Format of `type`.
    kind: KindFormat,
    /// Format of `state`.
    state: StateFormat,
    /// Grantee names in ListGrants responses.
    names: Names,
    /// How ListGrants shows a grant to a group.
    groups: Groups,
    /// Effect of DeleteGrant on a grant to a group.
    group_delete: GroupDelete,
    /// What happens to an expired grant.
    expired: Expired,
    /// Effect of UpdateGrant without `validity_time` on the expiry.
    update_without_end: UpdateWithoutEnd,
    /// Effect of UpdateGrant for a grant that does not exist.
    update_missing: UpdateMissing,
    /// Effect of a second CreateGrants request for the same grantee.
    duplicate: Duplicate,
    /// DeleteGrant response for a grant that does not exist.
    delete_missing: DeleteMissing,
    /// Effect of DeleteGrant without a grantee.
    delete_unaimed: DeleteUnaimed,
    /// Response to a successful DeleteGrant request.
    delete_status: DeleteStatus,
    /// ListGrants response for a secret that is scheduled for deletion.
    pending_list: PendingList,
    /// Status of a successful ShowTenantKmsGrant response.
    repo_status: RepoStatus,
    /// ShowTenantKmsGrant response if there is no delegation.
    repo_missing: RepoMissing,
}

/// A quirk, for documentation and the page.
#[derive(Clone, Debug, Serialize)]
pub struct QuirkDescription {
    /// Name, as in a setting.
    pub name: &'static str,
    /// The behavior that it selects.
    pub description: &'static str,
    /// Its values, the default first.
    pub values: Vec<ValueDescription>,
}

/// A value of a quirk.
#[derive(Clone, Debug, Serialize)]
pub struct ValueDescription {
    /// Name, as in a setting.
    pub name: String,
    /// What it means, in a sentence.
    pub description: &'static str,
}

/// A setting of a quirk that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum QuirkError {
    /// Unknown name; with the valid names.
    #[error("unknown quirk `{0}`; valid quirks: {1}")]
    Name(String, String),
    /// Unknown value; with quirk, value and the valid values.
    #[error("invalid value `{1}` for quirk `{0}`; valid values: {2}")]
    Value(String, String, String),
    /// Not `NAME=VALUE`.
    #[error("invalid quirk `{0}`; expected `NAME=VALUE`, such as `groups=expanded`")]
    Format(String),
}

impl Quirks {
    /// Every quirk and its values with their descriptions as plain text, for `--help`.
    #[must_use]
    pub fn text() -> String {
        let mut text = String::new();
        for quirk in Self::descriptions() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {}: {}", quirk.name, quirk.description);
            for value in quirk.values {
                let _ = writeln!(text, "    {:<19}  {}", value.name, value.description);
            }
        }
        text
    }

    /// Sets one quirk, as in `groups=expanded`.
    ///
    /// # Errors
    /// `Format`, `Name` or `Value`.
    pub fn set(&mut self, setting: &str) -> Result<(), QuirkError> {
        let (name, choice) = setting
            .split_once('=')
            .ok_or_else(|| QuirkError::Format(setting.to_owned()))?;
        self.merge(&Map::from_iter([(name.to_owned(), Value::from(choice))]))
    }

    /// Sets the quirks named in `changes`; on an error, none of them.
    ///
    /// # Errors
    /// `Name` or `Value`.
    pub(super) fn merge(&mut self, changes: &Map<String, Value>) -> Result<(), QuirkError> {
        let catalog = Self::catalog();
        let mut json = match serde_json::to_value(&*self) {
            Ok(Value::Object(json)) => json,
            _ => Map::new(),
        };
        for (quirk, choice) in changes {
            let known = catalog.iter().find(|(known, _)| known == quirk);
            let (_, choices) = known.ok_or_else(|| {
                let names: Vec<_> = catalog.iter().map(|(known, _)| *known).collect();
                QuirkError::Name(quirk.clone(), quoted(&names))
            })?;
            if !choices.iter().any(|known| choice == known.as_str()) {
                let choice = choice
                    .as_str()
                    .map_or_else(|| choice.to_string(), str::to_owned);
                return Err(QuirkError::Value(quirk.clone(), choice, quoted(choices)));
            }
            json.insert(quirk.clone(), choice.clone());
        }
        // Never fails, because the names and values are those of the catalog.
        if let Ok(changed) = serde_json::from_value(Value::Object(json)) {
            *self = changed;
        }
        Ok(())
    }
}

/// The name of a value in JSON.
fn name(choice: impl Serialize) -> String {
    match serde_json::to_value(choice) {
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}

fn quoted<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<_> = names
        .iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quirk_value_round_trips_by_name() {
        let mut reached = Vec::new();
        for (quirk, choices) in Quirks::catalog() {
            for choice in &choices[1..] {
                let mut quirks = Quirks::default();
                quirks.set(&format!("{quirk}={choice}")).unwrap();
                let form = serde_json::to_value(&quirks).unwrap();
                assert_eq!(form[quirk], choice.as_str());
                assert_eq!(serde_json::from_value::<Quirks>(form).unwrap(), quirks);
                quirks.set(&format!("{quirk}={}", choices[0])).unwrap();
                assert_eq!(quirks, Quirks::default());
                quirks.set(&format!("{quirk}={choice}")).unwrap();
                reached.push(quirks);
            }
        }
        assert_eq!(reached, Quirks::variations());
    }

    #[test]
    fn an_unknown_name_or_value_lists_the_valid_ones() {
        for (setting, parts) in [
            ("groups", ["`groups`", "NAME=VALUE"]),
            ("group=listed", ["`group`", "`groups`, `group_delete`"]),
            (
                "groups=seen",
                ["`seen`", "`listed`, `expanded`, `invisible`"],
            ),
        ] {
            let mut quirks = Quirks::default();
            let error = quirks.set(setting).unwrap_err().to_string();
            assert!(parts.iter().all(|part| error.contains(part)), "{error}");
            assert_eq!(quirks, Quirks::default());
        }
    }
}
