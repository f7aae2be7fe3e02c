//! Detects that the host is gone. A killed host cannot send the shutdown call, so the end of its connection counts as
//! one, on every system.

use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::active_count::ActiveCount;

/// How long a host may take to connect. It was ready to wait a minute for the handshake line, so it may be as slow.
const CONNECT_LIMIT: Duration = Duration::from_secs(60);

/// The same once the handshake line has no reader: such a host has most likely been killed before it could connect.
const UNREAD_LIMIT: Duration = Duration::from_secs(5);

/// How often this is checked.
#[cfg(unix)]
const OUTPUT_POLL_INTERVAL: Duration = Duration::from_secs(1);

/// How long a host may be without a connection. gRPC clients open a broken connection again at once, or after a second.
const RECONNECT_LIMIT: Duration = Duration::from_secs(2);

/// How long calls in progress may continue without the host, so that their results can be recorded. Together with
/// [`RECONNECT_LIMIT`] less than 10 s.
const LAST_CALLS_LIMIT: Duration = Duration::from_secs(6);

/// Waits until the host is gone, cancels `host_gone`, and waits for the remaining calls up to [`LAST_CALLS_LIMIT`].
pub(super) async fn wait_until_gone(
    clients: &ActiveCount,
    calls: &ActiveCount,
    host_gone: &CancellationToken,
) {
    if !has_connected(clients).await {
        tracing::warn!("the host did not connect in time");
        return;
    }
    loop {
        clients.wait_for_none().await;
        if timeout(RECONNECT_LIMIT, clients.wait_for_some())
            .await
            .is_err()
        {
            break;
        }
    }
    host_gone.cancel();
    if timeout(LAST_CALLS_LIMIT, calls.wait_for_none())
        .await
        .is_err()
    {
        tracing::warn!("the host disconnected; aborting calls still in progress");
    }
}

/// Whether the host connects in time.
async fn has_connected(clients: &ActiveCount) -> bool {
    let unread = async {
        output_unread().await;
        sleep(UNREAD_LIMIT).await;
    };
    tokio::select! {
        biased;
        () = clients.wait_for_some() => true,
        () = sleep(CONNECT_LIMIT) => false,
        () = unread => false,
    }
}

/// Waits until standard output has no reader. Never returns where that cannot be detected, such as for a file or on
/// Windows.
async fn output_unread() {
    #[cfg(unix)]
    loop {
        if is_output_closed() {
            return;
        }
        sleep(OUTPUT_POLL_INTERVAL).await;
    }
    #[cfg(not(unix))]
    std::future::pending().await
}

/// Whether standard output is a pipe without a reader. Polled, because systems differ in how they notify waiters.
#[cfg(unix)]
fn is_output_closed() -> bool {
    use std::os::fd::AsFd;

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    let output = std::io::stdout();
    let mut watched = [PollFd::new(output.as_fd(), PollFlags::empty())];
    let gone = PollFlags::POLLERR | PollFlags::POLLHUP;
    poll(&mut watched, PollTimeout::ZERO).is_ok()
        && watched
            .iter()
            .any(|end| end.revents().is_some_and(|seen| seen.intersects(gone)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    /// How long it takes until the host counts as gone.
    async fn measure(clients: &ActiveCount, calls: &ActiveCount) -> Duration {
        let begun_at = Instant::now();
        let host_gone = CancellationToken::new();
        let told = async {
            host_gone.cancelled().await;
            begun_at.elapsed()
        };
        let ((), told) = tokio::join!(wait_until_gone(clients, calls, &host_gone), told);
        assert!(told >= RECONNECT_LIMIT && told <= begun_at.elapsed());
        begun_at.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_disconnected_host_is_gone_after_the_reconnect_limit() {
        let (clients, calls) = (ActiveCount::default(), ActiveCount::default());
        let client = clients.enter();
        tokio::spawn(async move {
            sleep(Duration::from_secs(100)).await;
            drop(client);
        });
        let took = measure(&clients, &calls).await;
        assert_eq!(took.as_secs(), 100 + RECONNECT_LIMIT.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_connects_again_is_not_gone() {
        let (clients, calls) = (ActiveCount::default(), ActiveCount::default());
        let client = clients.enter();
        tokio::spawn({
            let clients = clients.clone();
            async move {
                drop(client);
                sleep(RECONNECT_LIMIT / 2).await;
                let _again = clients.enter();
                sleep(Duration::from_secs(100)).await;
            }
        });
        assert!(measure(&clients, &calls).await > Duration::from_secs(100));
    }

    #[tokio::test(start_paused = true)]
    async fn remaining_calls_may_finish_within_the_limit() {
        for (call_secs, expected) in [(4, 4), (60, 8)] {
            let (clients, calls) = (ActiveCount::default(), ActiveCount::default());
            let (client, call) = (clients.enter(), calls.enter());
            tokio::spawn(async move {
                sleep(Duration::from_millis(1)).await;
                drop(client);
                sleep(Duration::from_secs(call_secs)).await;
                drop(call);
            });
            assert_eq!(measure(&clients, &calls).await.as_secs(), expected);
        }
    }

    #[test]
    fn all_limits_together_are_less_than_ten_seconds() {
        let limit = Duration::from_secs(10);
        assert!(RECONNECT_LIMIT + LAST_CALLS_LIMIT < limit);
        #[cfg(unix)]
        assert!(OUTPUT_POLL_INTERVAL + UNREAD_LIMIT < limit);
    }
}
