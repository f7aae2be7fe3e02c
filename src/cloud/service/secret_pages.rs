//! The secrets of a project as a stream; pages are read as they are needed.

use std::collections::BTreeSet;

use futures_util::{Stream, TryStreamExt, stream};

use crate::cloud::Client;
use crate::cloud::deadline::Call;
use crate::cloud::error::{Error, ErrorKind};
use crate::cloud::service::csms::{ProjectLocation, SecretSummary};

/// States of a secret in which the service may refuse to list its grants.
const UNUSABLE_STATES: &[&str] = &["PENDING_DELETE", "FROZEN"];

/// The position in the pages.
#[derive(Debug, Default)]
struct PageCursor {
    /// The marker of the next page; `None` for the first one.
    marker: Option<String>,
    /// The markers already used, to detect a cycle of pages.
    used: BTreeSet<String>,
}

impl Client {
    /// The secrets of a project, in the service's order. Each page is read when it is needed, with a [`Call`] of its
    /// own.
    ///
    /// # Errors
    /// As [`Client::list_secrets`], and `Unreadable` if the pages form a cycle; the stream ends with the
    /// error.
    pub fn secrets<'a>(
        &'a self,
        location: &'a ProjectLocation,
        call: impl Fn() -> Call + Send + Sync + 'a,
    ) -> impl Stream<Item = Result<SecretSummary, Error>> + Send + 'a {
        let read = move |marker: Option<String>| {
            let call = call();
            async move { self.list_secrets(&call, location, marker.as_deref()).await }
        };
        let pages = stream::try_unfold(Some(PageCursor::default()), move |pages| {
            let page = pages.map(|pages| (read(pages.marker.clone()), pages));
            async move {
                let Some((page, mut pages)) = page else {
                    return Ok(None);
                };
                let page = page.await?;
                let next = match page.next_marker {
                    // UpcomingExpiry here would hide missing pages.
                    Some(marker) if !pages.used.insert(marker.clone()) => {
                        let problem =
                            format!("two pages of the secret list have the same marker `{marker}`");
                        return Err(Error::new(ErrorKind::Unreadable, Some(problem)));
                    }
                    Some(marker) => Some(PageCursor {
                        marker: Some(marker),
                        used: pages.used,
                    }),
                    None => None,
                };
                let secrets = stream::iter(page.secrets.into_iter().map(Ok));
                Ok(Some((secrets, next)))
            }
        });
        pages.try_flatten()
    }
}

impl SecretSummary {
    /// Whether an error of listing its grants is expected and concerns this secret only: the secret is not in use, and
    /// the service refuses to list its grants.
    #[must_use]
    pub fn is_withholding(&self, error: &Error) -> bool {
        let is_refusal = matches!(
            error.kind(),
            ErrorKind::Permission | ErrorKind::Conflict | ErrorKind::Invalid
        );
        let state = self.state.as_deref().unwrap_or_default();
        error.is_deletion_pending() || is_refusal && UNUSABLE_STATES.contains(&state)
    }
}
