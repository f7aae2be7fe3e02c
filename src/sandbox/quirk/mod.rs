//! What the API reference leaves open, and the service could decide either way: one switch for each.
//!
//! The first value of each is what the sandbox does unless it is told otherwise. How answers of CSMS look is decided in
//! `csms::form`, what writes do in `table`, and what concerns CodeArts Repo in `repo`.

mod value;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

pub use value::*;

/// Declares the quirks, and what needs to know all of them.
macro_rules! quirks {
    ($($(#[$doc:meta])* $quirk:ident: $choice:ident,)+) => {
        /// How the service decides what the API reference leaves open.
        ///
        /// **Shape** in JSON: `{"groups": "expanded"}`; a quirk that is absent has its default.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Quirks {
            $($(#[$doc])* pub $quirk: $choice,)+
        }

        impl Quirks {
            /// Every service that differs from the default in one quirk.
            #[must_use]
            pub fn variations() -> Vec<Self> {
                let mut variations = Vec::new();
                $(for choice in $choice::ALL.iter().skip(1) {
                    variations.push(Self { $quirk: *choice, ..Self::default() });
                })+
                variations
            }

            /// Every quirk by name, and the names of its choices, the default first.
            #[must_use]
            pub fn catalog() -> Vec<(&'static str, Vec<String>)> {
                vec![$((stringify!($quirk), $choice::ALL.iter().map(name).collect()),)+]
            }
        }
    };
}

quirks! {
    /// How times are written.
    time: TimeFormat,
    /// Which instant stands for the last day of a grant.
    end: EndFormat,
    /// What stands for the end of a grant that never expires.
    no_expiry: NoExpiry,
    /// How the answer of a list is wrapped.
    list: ListFormat,
    /// What a resource without grants lists.
    no_grants: NoGrants,
    /// How ids are written.
    ids: IdFormat,
    /// Who has a `uuid`.
    uuid: UuidFormat,
    /// How the answer to a create or update is wrapped.
    answer: AnswerFormat,
    /// How `type` is written.
    kind: KindFormat,
    /// How `state` is written.
    state: StateFormat,
    /// What a list knows of names.
    names: Names,
    /// How a list shows a group's grant.
    groups: Groups,
    /// What becomes of a delete that names a group.
    group_delete: GroupDelete,
    /// What becomes of a grant past its end, by the world's calendar.
    expired: Expired,
    /// What an update without an end does to the end.
    update_without_end: UpdateWithoutEnd,
    /// What an update does where there is no grant.
    update_missing: UpdateMissing,
    /// What a second create for one grantee does.
    duplicate: Duplicate,
    /// What is answered to a delete where there is no grant.
    delete_missing: DeleteMissing,
    /// What a delete without a grantee does.
    delete_unaimed: DeleteUnaimed,
    /// What is answered to a delete.
    delete_status: DeleteStatus,
    /// What is answered to the list of a secret that is scheduled for deletion.
    pending_list: PendingList,
    /// The status of CodeArts Repo's answer to a read.
    repo_status: RepoStatus,
    /// What CodeArts Repo answers without the delegation.
    repo_missing: RepoMissing,
}

/// A quirk that cannot be set so.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum QuirkError {
    /// There is no quirk of this name.
    #[error("`{0}` is no quirk; there are {1}")]
    Name(String, String),
    /// The quirk has no choice of this name.
    #[error("`{1}` is no value of `{0}`; there are {2}")]
    Choice(String, String, String),
    /// Not of the form that is read.
    #[error("cannot read `{0}`; write a quirk as `NAME=VALUE`, such as `groups=expanded`")]
    Shape(String),
}

impl Quirks {
    /// Sets one quirk by the name of its choice, as in `groups=expanded`.
    ///
    /// # Errors
    /// `Shape`, `Name` or `Choice`, which tell what there is.
    pub fn set(&mut self, setting: &str) -> Result<(), QuirkError> {
        let (name, choice) = setting
            .split_once('=')
            .ok_or_else(|| QuirkError::Shape(setting.to_owned()))?;
        self.merge(&Map::from_iter([(name.to_owned(), Value::from(choice))]))
    }

    /// Sets the quirks named, and leaves the others; all of them or none.
    ///
    /// # Errors
    /// `Name` or `Choice`, which tell what there is.
    pub(super) fn merge(&mut self, changes: &Map<String, Value>) -> Result<(), QuirkError> {
        let catalog = Self::catalog();
        let mut form = match serde_json::to_value(&*self) {
            Ok(Value::Object(form)) => form,
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
                return Err(QuirkError::Choice(quirk.clone(), choice, quoted(choices)));
            }
            form.insert(quirk.clone(), choice.clone());
        }
        // What the catalog knows can be read.
        if let Ok(changed) = serde_json::from_value(Value::Object(form)) {
            *self = changed;
        }
        Ok(())
    }
}

/// A choice as it is called in JSON.
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
    fn every_choice_is_set_by_its_name_and_read_back() {
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
    fn what_there_is_not_is_answered_with_what_there_is() {
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
