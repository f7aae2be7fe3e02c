//! Counts active clients and calls.

use std::sync::Arc;

use tokio::sync::watch;

/// How many there are; clones share one count.
#[derive(Clone, Debug, Default)]
pub(super) struct ActiveCount(Arc<watch::Sender<usize>>);

/// One of them, until this is dropped.
#[derive(Debug)]
pub(super) struct ActiveGuard(ActiveCount);

impl ActiveCount {
    /// Counts one more.
    pub(super) fn enter(&self) -> ActiveGuard {
        self.0.send_modify(|count| *count += 1);
        ActiveGuard(self.clone())
    }

    /// Waits until there is at least one.
    pub(super) async fn wait_for_some(&self) {
        self.wait_until(|count| count > 0).await;
    }

    /// Waits until there is none.
    pub(super) async fn wait_for_none(&self) {
        self.wait_until(|count| count == 0).await;
    }

    /// Waits until the count satisfies `is_so`; at once if it does already.
    async fn wait_until(&self, is_so: impl Fn(usize) -> bool) {
        // An error would mean that the sender is gone, and it is ours.
        let _ = self.0.subscribe().wait_for(|count| is_so(*count)).await;
    }
}

impl Drop for ActiveGuard {
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
        assert!(presence.wait_for_none().now_or_never().is_some());
        let (one, two) = (presence.enter(), presence.clone().enter());
        drop(one);
        assert!(presence.wait_for_none().now_or_never().is_none());
        assert!(presence.wait_for_some().now_or_never().is_some());
        drop(two);
        assert!(presence.wait_for_none().now_or_never().is_some());
        assert!(presence.wait_for_some().now_or_never().is_none());
    }
}
