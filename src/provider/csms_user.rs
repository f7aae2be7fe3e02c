//! Data source `csms_user`: one user of the directory that can receive grants.

use futures_util::{StreamExt, TryStreamExt};

use crate::cloud::{Call, Client, DirectoryUser, Error, ErrorKind, Region, UserId};
use crate::framework::schema::{Nesting, Recompute};
use crate::framework::{
    Context, DataSource, Diagnostic, Diagnostics, Field, OrEmpty, ValidateConfig, model,
};

use super::access::{Access, data_call};
use super::csms_users::{LISTING, UserName};
use super::failure;
use super::timeouts::ReadTimeout;

/// The data source.
#[derive(Debug)]
pub struct CsmsUser;

model! {
    /// Looks up one user in the directory of the Cloud Secret Management Service (CSMS), by ID or by name. The ID of a user is the
    /// `grantee_target_id` of a grant.
    pub struct Model {
        /// ID of the user. Set either `user_id` or `user_name`.
        #[attribute(optional_computed(Recompute::Never))]
        pub user_id: Field<OrEmpty<UserId>>,
        /// Login name of the user (1–64 characters). Case-sensitive. Set either `user_id` or `user_name`.
        #[attribute(optional_computed(Recompute::Never))]
        pub user_name: Field<OrEmpty<UserName>>,
        /// Region of the directory. Defaults to the provider's region.
        #[attribute(optional_computed(Recompute::Never))]
        pub region: Field<OrEmpty<Region>>,
        /// Name of the person, if the service returns one.
        #[attribute(computed(Recompute::Never))]
        pub name: Field<String>,
        /// Whether the user is disabled. Null if the service does not return it.
        #[attribute(computed(Recompute::Never))]
        pub disabled: Field<bool>,
        /// ID of the organization that the user belongs to, if the service returns one.
        #[attribute(computed(Recompute::Never))]
        pub org_id: Field<String>,
        /// Read timeout, as a duration such as `90s`, `5m` or `1h30m`.
        #[block(Nesting::Single)]
        pub timeouts: Field<ReadTimeout>,
    }
}

/// Users that an error lists at most.
const MAX_CANDIDATES: usize = 10;

impl DataSource for CsmsUser {
    const NAME: &'static str = "csms_user";
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
        let user = match (config.user_id.set(), config.user_name.set()) {
            (Some(id), None) => with_id(client, &call, &region, id).await?,
            (None, Some(name)) => with_name(client, &call, &region, name).await?,
            (None, None) | (Some(_), Some(_)) => return Err(not_one_argument().into()),
        };
        if user.is_disabled == Some(true) {
            context.warn(disabled(&user));
        }
        let user_name = match (&config.user_name, &user.user_name) {
            (Field::Known(OrEmpty::Set(name)), _) => Field::Known(OrEmpty::Set(name.clone())),
            (_, name) => UserName::listed(name.as_deref())
                .map_or(Field::Null, |name| Field::Known(OrEmpty::Set(name))),
        };
        Ok(Model {
            user_id: Field::Known(OrEmpty::Set(user.id)),
            user_name,
            region: Field::Known(OrEmpty::Set(region)),
            name: user.name.into(),
            disabled: user.is_disabled.into(),
            org_id: user.org_id.into(),
            ..config
        })
    }
}

impl ValidateConfig for Model {
    fn validate(&self) -> Diagnostics {
        let is_unknown = self.user_id.is_unknown() || self.user_name.is_unknown();
        let count =
            usize::from(self.user_id.set().is_some()) + usize::from(self.user_name.set().is_some());
        match count {
            1 => Diagnostics::new(),
            0 if is_unknown => Diagnostics::new(),
            _ => not_one_argument().into(),
        }
    }
}

/// The user with this ID.
async fn with_id(
    client: &Client,
    call: &Call,
    region: &Region,
    id: &UserId,
) -> Result<DirectoryUser, Diagnostic> {
    match client.show_user(call, region, id).await {
        Ok(user) => Ok(user),
        Err(error) if error.is_not_found() || error.kind() == ErrorKind::Invalid => {
            Err(no_such_id(id, &error))
        }
        Err(error) => Err(failure::of(&format!("reading the user `{id}`"), &error)),
    }
}

/// The only user with exactly this name.
async fn with_name(
    client: &Client,
    call: &Call,
    region: &Region,
    name: &UserName,
) -> Result<DirectoryUser, Diagnostic> {
    let similar = users(client, call, region, Some(name.as_str()), usize::MAX).await?;
    let is_exact = |user: &&DirectoryUser| user.user_name.as_deref() == Some(name.as_str());
    let exact: Vec<&DirectoryUser> = similar.iter().filter(is_exact).collect();
    match exact.as_slice() {
        [user] => Ok((*user).clone()),
        [] if similar.is_empty() => {
            let others = users(client, call, region, None, MAX_CANDIDATES + 1).await?;
            Err(no_such_name(name, "Users in the directory", &others))
        }
        [] => Err(no_such_name(name, "Users with a similar name", &similar)),
        several => {
            let several: Vec<DirectoryUser> = several.iter().copied().cloned().collect();
            Err(multiple_users(name, &several))
        }
    }
}

/// The first users of the directory whose names contain this one.
async fn users(
    client: &Client,
    call: &Call,
    region: &Region,
    name: Option<&str>,
    max: usize,
) -> Result<Vec<DirectoryUser>, Diagnostic> {
    let listed = client.users(region, name, || call.clone()).take(max);
    let users = listed.try_collect().await;
    users.map_err(|error| failure::of(LISTING, &error))
}

/// Error: not exactly one argument says which user is meant.
fn not_one_argument() -> Diagnostic {
    let detail = "Set either `user_id` or `user_name`, but not both, to select one user. To list several users, use the \
                  data source `hwgrants_csms_users`.";
    Diagnostic::error("Invalid combination of arguments", detail)
}

/// Error: the directory has no user with this ID.
fn no_such_id(id: &UserId, error: &Error) -> Diagnostic {
    let detail = format!(
        "The CSMS directory contains no user with the ID `{id}`. Check the ID and the region. IDs of IAM users are not valid \
         here. To look up a user by name, set `user_name` instead.\n\nCause: {error}."
    );
    Diagnostic::error("User not found", detail).at_root("user_id")
}

/// Error: the directory has no user with exactly this name.
fn no_such_name(name: &UserName, which: &str, candidates: &[DirectoryUser]) -> Diagnostic {
    let name = name.as_str().escape_debug();
    let candidates = match candidates {
        [] => "The directory contains no users.".to_owned(),
        candidates => format!("{which}: {}.", list(candidates)),
    };
    let detail = format!(
        "The CSMS directory contains no user with the name `{name}`. Names are compared exactly, including upper and lower case. \
         {candidates}"
    );
    Diagnostic::error("User not found", detail).at_root("user_name")
}

/// Error: several users have this name.
fn multiple_users(name: &UserName, users: &[DirectoryUser]) -> Diagnostic {
    let detail = format!(
        "{} users in the CSMS directory have the name `{}`: {}. Set `user_id` to the ID of one of these users instead of \
         `user_name`.",
        users.len(),
        name.as_str().escape_debug(),
        list(users)
    );
    Diagnostic::error("Multiple users found", detail).at_root("user_name")
}

/// Warning: a user cannot sign in.
fn disabled(user: &DirectoryUser) -> Diagnostic {
    let detail = format!(
        "The user `{}` is disabled in the CSMS directory. Check that grants to this user are intended.",
        user.id
    );
    Diagnostic::warning("User is disabled", detail)
}

/// The first users of a list, with name and ID, and how many there are more.
fn list(users: &[DirectoryUser]) -> String {
    let shown = users.iter().take(MAX_CANDIDATES).map(|user| {
        let name = user.user_name.as_deref().or(user.name.as_deref());
        let name = name.unwrap_or("no name").escape_debug();
        format!("`{name}` (`{}`)", user.id.as_str().escape_debug())
    });
    let shown: Vec<String> = shown.collect();
    let shown = shown.join(", ");
    match users.len().checked_sub(MAX_CANDIDATES) {
        None | Some(0) => shown,
        Some(_) => format!("{shown}, and others"),
    }
}
