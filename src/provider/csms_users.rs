//! Data source `csms_users`: the users of the directory that can receive grants.

use std::borrow::Cow;

use futures_util::TryStreamExt;

use crate::cloud::{DirectoryUser, Region};
use crate::framework::schema::{Nesting, Problem, Recompute};
use crate::framework::{Context, DataSource, Diagnostics, Field, OrEmpty, Text, model};

use super::access::{Access, data_call};
use super::failure;
use super::timeouts::ReadTimeout;

/// The operation in messages.
pub(super) const LISTING: &str = "listing the users of the CSMS directory";

/// The data source.
#[derive(Debug)]
pub struct CsmsUsers;

model! {
    /// Lists the users in the directory of the Cloud Secret Management Service (CSMS). The ID of a user is the `grantee_target_id`
    /// of a grant.
    pub struct Model {
        /// Part of the name (1–64 characters): only users whose name contains it are listed. The service defines how names are
        /// compared. Defaults to all users.
        pub name: Field<OrEmpty<UserName>>,
        /// Region of the directory. Defaults to the provider's region.
        #[attribute(optional_computed(Recompute::Never))]
        pub region: Field<OrEmpty<Region>>,
        /// Users, in the order returned by the service.
        #[attribute(computed(Recompute::Never))]
        pub users: Field<Vec<UserEntry>>,
        /// Read timeout, as a duration such as `90s`, `5m` or `1h30m`.
        #[block(Nesting::Single)]
        pub timeouts: Field<ReadTimeout>,
    }
}

model! {
    /// A user.
    pub struct UserEntry {
        /// ID of the user, for the `grantee_target_id` of a grant.
        #[attribute(computed(Recompute::Never))]
        pub user_id: Field<String>,
        /// Login name of the user, if the service returns one.
        #[attribute(computed(Recompute::Never))]
        pub user_name: Field<String>,
        /// Name of the person, if the service returns one.
        #[attribute(computed(Recompute::Never))]
        pub name: Field<String>,
        /// Whether the user is disabled. Null if the service does not return it.
        #[attribute(computed(Recompute::Never))]
        pub disabled: Field<bool>,
        /// ID of the organization that the user belongs to, if the service returns one.
        #[attribute(computed(Recompute::Never))]
        pub org_id: Field<String>,
    }
}

impl DataSource for CsmsUsers {
    const NAME: &'static str = "csms_users";
    type Client = Access;
    type Model = Model;

    async fn read(
        access: &Access,
        config: Model,
        context: &mut Context,
    ) -> Result<Model, Diagnostics> {
        let client = access.client()?;
        let call = data_call(context, &config.timeouts);
        let region = access.region(&config.region)?;
        let name = config.name.set().map(UserName::as_str);
        let listed = client.users(&region, name, || call.clone());
        let users = listed.map_ok(|user| UserEntry::of(&user));
        let users: Vec<UserEntry> = users
            .try_collect()
            .await
            .map_err(|error| failure::of(LISTING, &error))?;
        Ok(Model {
            region: Field::Known(OrEmpty::Set(region.clone())),
            users: Field::Known(users),
            ..config
        })
    }
}

impl UserEntry {
    fn of(user: &DirectoryUser) -> Self {
        Self {
            user_id: user.id.as_str().into(),
            user_name: user.user_name.clone().into(),
            name: user.name.clone().into(),
            disabled: user.is_disabled.into(),
            org_id: user.org_id.clone().into(),
        }
    }
}

/// The name of a user, or a part of it. 1–64 characters.
///
/// Source: CSMS API reference, ListUsers, `user_info`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserName(String);

/// The longest name that can be searched for, in characters.
const MAX_NAME_CHARS: usize = 64;

impl UserName {
    /// A name that the service lists, however long it is; `None` if it is empty.
    pub(super) fn listed(name: Option<&str>) -> Option<Self> {
        let name = name.filter(|name| !name.is_empty());
        name.map(|name| Self(name.to_owned()))
    }

    /// The name as it is written.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Text for UserName {
    fn parse(text: &str) -> Result<Self, Problem> {
        let count = text.chars().count();
        match (1..=MAX_NAME_CHARS).contains(&count) {
            true => Ok(Self(text.to_owned())),
            false => Err(Problem {
                summary: "Invalid value",
                detail: format!(
                    "The value must be 1 to {MAX_NAME_CHARS} characters long, not {count}."
                ),
            }),
        }
    }

    fn as_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_limited_in_characters_and_not_in_bytes() {
        assert!(UserName::parse(&"é".repeat(64)).is_ok());
        for text in ["", &"x".repeat(65)] {
            let problem = UserName::parse(text).unwrap_err();
            assert!(problem.detail.contains("1 to 64 characters"), "{text}");
        }
    }
}
