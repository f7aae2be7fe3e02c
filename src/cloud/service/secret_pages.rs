//! The secrets of a project, one after the other, from pages that are read as they are needed.

use std::collections::BTreeSet;

use futures_util::{Stream, TryStreamExt, stream};

use crate::cloud::Client;
use crate::cloud::call::Call;
use crate::cloud::error::{Error, ErrorKind};
use crate::cloud::service::csms::{ProjectLocation, SecretSummary};

/// States of a secret in which the service may refuse to tell its grants.
const UNUSABLE_STATES: &[&str] = &["PENDING_DELETE", "FROZEN"];

/// Where reading the pages has come to.
#[derive(Debug, Default)]
struct PageCursor {
    /// What to ask the next page with; `None` for the first one.
    marker: Option<String>,
    /// Markers used so far: a page that leads back to another would be read for ever.
    used: BTreeSet<String>,
}

impl Client {
    /// The secrets of a project, in the service's order. A page is read when the one before is used up, within the
    /// bounds of a `call` of its own.
    ///
    /// # Errors
    /// As [`Client::list_secrets`], and `Unreadable` for pages that lead back to another; the stream ends with it.
    pub fn secrets<'a>(
        &'a self,
        place: &'a ProjectLocation,
        call: impl Fn() -> Call + Send + Sync + 'a,
    ) -> impl Stream<Item = Result<SecretSummary, Error>> + Send + 'a {
        let read = move |marker: Option<String>| {
            let call = call();
            async move { self.list_secrets(&call, place, marker.as_deref()).await }
        };
        let pages = stream::try_unfold(Some(PageCursor::default()), move |pages| {
            let page = pages.map(|pages| (read(pages.marker.clone()), pages));
            async move {
                let Some((page, mut pages)) = page else {
                    return Ok(None);
                };
                let page = page.await?;
                let next = match page.next_marker {
                    // To end here would hide the pages that are missing.
                    Some(marker) if !pages.used.insert(marker.clone()) => {
                        let problem = format!("the pages repeat the marker `{marker}`");
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
    /// Whether a failed request for its grants speaks of this secret alone and is to be expected: it is out of use, and
    /// the service does not tell who is granted what.
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
