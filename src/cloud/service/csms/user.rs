//! The directory of users that can receive grants.
//!
//! Source: CSMS API reference, ListUsers, ShowUserDetail.

use std::collections::BTreeSet;

use futures_util::{Stream, TryStreamExt, stream};
use http::Method;

use crate::cloud::Client;
use crate::cloud::credential::ResourceScope;
use crate::cloud::deadline::Call;
use crate::cloud::error::{Error, ErrorKind};
use crate::cloud::id::{Region, UserId};
use crate::cloud::settings::endpoint::Service;
use crate::cloud::transport::request::{ReceivedResponse, Request};
use crate::cloud::transport::retry::RetryPolicy;
use crate::wire::csms as wire;

use super::SUCCESS_STATUSES;

/// Users on a page, the most that the service allows.
const PAGE_LIMIT: &str = "100";

/// A user of the directory, without e-mail address and telephone number, which are personal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryUser {
    /// ID: what grants call `grantee_target_id`.
    pub id: UserId,
    /// ID of the organization.
    pub org_id: Option<String>,
    /// Login name.
    pub user_name: Option<String>,
    /// Name of the person.
    pub name: Option<String>,
    /// Whether the user is disabled; `None` if the service does not say.
    pub is_disabled: Option<bool>,
}

/// One page of the directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct UserPage {
    users: Vec<DirectoryUser>,
    /// Number of users on all pages.
    total: Option<usize>,
}

/// The position in the pages.
#[derive(Debug, Default)]
struct PageCursor {
    /// Number of the next page; the first is 0.
    number: usize,
    /// The users of the pages before, to notice pages that repeat.
    seen: BTreeSet<UserId>,
}

impl Client {
    /// The users of the directory whose name contains `name`, or all of them, in the service's order. Each page is read when it is
    /// needed, with a [`Call`] of its own. The directory belongs to the account; `region` selects the endpoint.
    ///
    /// How the service compares names is not documented, so callers compare again.
    ///
    /// # Errors
    /// `Permission` if the caller may not list users, and `Unreadable` if the pages contain fewer users than the reported total; the
    /// stream ends with the error.
    pub fn users<'a>(
        &'a self,
        region: &'a Region,
        name: Option<&'a str>,
        call: impl Fn() -> Call + Send + Sync + 'a,
    ) -> impl Stream<Item = Result<DirectoryUser, Error>> + Send + 'a {
        let read = move |number: usize| {
            let call = call();
            async move { self.list_users(&call, region, name, number).await }
        };
        let pages = stream::try_unfold(Some(PageCursor::default()), move |cursor| {
            let page = cursor.map(|cursor| (read(cursor.number), cursor));
            async move {
                let Some((page, mut cursor)) = page else {
                    return Ok(None);
                };
                let UserPage { users, total } = page.await?;
                // Users that are added meanwhile move others to the next page.
                let mut users = users;
                users.retain(|user| cursor.seen.insert(user.id.clone()));
                let is_end = match total {
                    Some(total) => cursor.seen.len() >= total,
                    None => users.is_empty(),
                };
                if let (false, true, Some(total)) = (is_end, users.is_empty(), total) {
                    // An end here would hide users.
                    let problem = format!(
                        "the service reports a total of {total} users, but its pages contain {}",
                        cursor.seen.len()
                    );
                    return Err(Error::new(ErrorKind::Unreadable, Some(problem)));
                }
                let next = PageCursor {
                    number: cursor.number + 1,
                    ..cursor
                };
                let users = stream::iter(users.into_iter().map(Ok));
                Ok(Some((users, (!is_end).then_some(next))))
            }
        });
        pages.try_flatten()
    }

    /// One page of the directory.
    async fn list_users(
        &self,
        call: &Call,
        region: &Region,
        name: Option<&str>,
        number: usize,
    ) -> Result<UserPage, Error> {
        let number = number.to_string();
        let mut query = vec![("offset", number.as_str()), ("limit", PAGE_LIMIT)];
        query.extend(name.map(|name| ("user_info", name)));
        let request = self.user_request("ListUsers", region, &[], &query)?;
        let read = |received: &ReceivedResponse<'_>| {
            let answer = wire::answer::users(received.body);
            answer
                .of_status(received.status, &SUCCESS_STATUSES)
                .and_then(UserPage::from_wire)
        };
        self.session()
            .send(call, RetryPolicy::Always, &request, read)
            .await
    }

    /// A user of the directory.
    ///
    /// # Errors
    /// `NotFound` or `Invalid` if there is none with this ID: the service documents only that it answers 400; `Unreadable` if the
    /// answer is about another user.
    pub async fn show_user(
        &self,
        call: &Call,
        region: &Region,
        user_id: &UserId,
    ) -> Result<DirectoryUser, Error> {
        let request = self.user_request("ShowUserDetail", region, &[user_id.as_str()], &[])?;
        let read = |received: &ReceivedResponse<'_>| {
            let answer = wire::answer::user(user_id.as_str(), received.body);
            answer
                .of_status(received.status, &SUCCESS_STATUSES)
                .and_then(DirectoryUser::from_wire)
        };
        self.session()
            .send(call, RetryPolicy::Always, &request, read)
            .await
    }

    /// A request to the directory; `path` is what follows it in the URL.
    fn user_request(
        &self,
        operation: &'static str,
        region: &Region,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Request, Error> {
        let segments = [&["v1", "csms", "users"], path].concat();
        let url = self
            .session()
            .url(Service::Csms, region, &segments, query)?;
        // Project scope although the path contains no project, as in the SDK.
        let scope = ResourceScope::ProjectOf(region.clone());
        Ok(Request::new(Service::Csms, operation, Method::GET, url).with_scope(scope))
    }
}

impl UserPage {
    /// Converts a page. A user with an invalid ID is an error: it would be missing without notice.
    fn from_wire(page: wire::ListUsersResponse) -> Result<Self, String> {
        let users = page.users.into_iter().map(DirectoryUser::from_wire);
        Ok(Self {
            users: users.collect::<Result<_, String>>()?,
            total: page.total.and_then(|total| usize::try_from(total).ok()),
        })
    }
}

impl DirectoryUser {
    fn from_wire(user: wire::ListedUser) -> Result<Self, String> {
        let known = |text: Option<String>| text.filter(|text| !text.is_empty());
        Ok(Self {
            id: UserId::new(user.user_id).map_err(|error| error.to_string())?,
            org_id: user.org_id,
            user_name: known(user.user_name),
            name: known(user.name),
            is_disabled: user.disabled,
        })
    }
}
