//! Counts what comes and goes: clients, and calls under way.

use std::sync::Arc;

use tokio::sync::watch;

/// How many there are; clones share one count.
#[derive(Clone, Debug, Default)]
pub(super) struct ActiveCount(Arc<watch::Sender<usize>>);

/// One of them, until this is dropped.
#[derive(Debug)]
pub(super) struct Present(ActiveCount);

impl ActiveCount {
    /// Counts one more.
    pub(super) fn enter(&self) -> Present {
        self.0.send_modify(|count| *count += 1);
        Present(self.clone())
    }

    /// Waits until there is at least one.
    pub(super) async fn some(&self) {
        self.until(|count| count > 0).await;
    }

    /// Waits until there is none.
    pub(super) async fn none(&self) {
        self.until(|count| count == 0).await;
    }

    async fn until(&self, is_so: impl Fn(usize) -> bool) {
        // An error would mean that the sender is gone, and it is ours.
        let _ = self.0.subscribe().wait_for(|count| is_so(*count)).await;
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn each_is_counted_until_it_is_dropped() {
        let presence = ActiveCount::default();
        assert!(presence.none().now_or_never().is_some());
        let (one, two) = (presence.enter(), presence.clone().enter());
        drop(one);
        assert!(presence.none().now_or_never().is_none());
        assert!(presence.some().now_or_never().is_some());
        drop(two);
        assert!(presence.none().now_or_never().is_some());
        assert!(presence.some().now_or_never().is_none());
    }
}
