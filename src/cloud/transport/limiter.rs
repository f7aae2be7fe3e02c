//! Limits the number of concurrent requests per host.
//!
//! Throttled requests are sent again and count, so too many concurrent requests are slower overall. The limit is halved
//! when the host throttles, and grows by one after each round of responses without throttling. There is no pause for
//! all requests: the gateway's limits are per API or user, so reads continue while writes wait.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::cloud::deadline::Call;
use crate::cloud::error::ErrorKind;

/// The most concurrent requests to one host. Callers commonly run ten operations at a time, so normally none waits. At
/// half a second each, this is the 20 requests per second that KMS allows a user.
const MAX_CONCURRENT: usize = 10;

/// A fair semaphore whose size adapts to throttling.
#[derive(Debug)]
pub(in crate::cloud) struct Limiter {
    semaphore: Semaphore,
    state: Mutex<LimiterState>,
}

/// The current limit, and what changes it next.
#[derive(Debug)]
struct LimiterState {
    /// The current limit of concurrent requests.
    limit: usize,
    /// Permits to withdraw when they are returned.
    debt: usize,
    /// Responses since the limit was changed.
    answers: usize,
    /// How often the limit was lowered.
    slowdowns: u64,
}

/// A permit for one request; returned when dropped.
#[derive(Debug)]
pub(in crate::cloud) struct RequestPermit<'a> {
    limiter: &'a Limiter,
    /// Present until this is dropped; then returned, or withdrawn if there is a debt.
    permit: Option<SemaphorePermit<'a>>,
    /// [`LimiterState::slowdowns`] when the permit was issued.
    slowdowns: u64,
}

impl Default for Limiter {
    fn default() -> Self {
        let pace = LimiterState {
            limit: MAX_CONCURRENT,
            debt: 0,
            answers: 0,
            slowdowns: 0,
        };
        Self {
            semaphore: Semaphore::new(MAX_CONCURRENT),
            state: Mutex::new(pace),
        }
    }
}

impl Limiter {
    /// Waits for a permit, within the bounds of the call.
    ///
    /// # Errors
    /// `Cancelled` or `Timeout`, if the call ends first.
    pub(in crate::cloud) async fn acquire(
        &self,
        call: &Call,
    ) -> Result<RequestPermit<'_>, ErrorKind> {
        if let Some(kind) = call.end_kind() {
            return Err(kind);
        }
        let permit = tokio::select! {
            biased;
            () = call.wait_until_stopped() => return Err(ErrorKind::Cancelled),
            () = tokio::time::sleep_until(call.deadline) => return Err(ErrorKind::Timeout),
            permit = self.semaphore.acquire() => permit,
        };
        // Fails only if the semaphore is closed, which it never is.
        let permit = permit.map_err(|_| ErrorKind::Cancelled)?;
        Ok(RequestPermit {
            limiter: self,
            permit: Some(permit),
            slowdowns: self.state().slowdowns,
        })
    }

    fn state(&self) -> MutexGuard<'_, LimiterState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RequestPermit<'_> {
    /// Notes a response without throttling.
    pub(in crate::cloud) fn answered(self) {
        let mut pace = self.limiter.state();
        pace.answers += 1;
        if pace.limit == MAX_CONCURRENT || pace.answers < pace.limit {
            return;
        }
        pace.answers = 0;
        pace.limit += 1;
        match pace.debt.checked_sub(1) {
            Some(debt) => pace.debt = debt,
            None => self.limiter.semaphore.add_permits(1),
        }
    }

    /// Notes a throttled request.
    pub(in crate::cloud) fn throttled(self) {
        let mut pace = self.limiter.state();
        pace.answers = 0;
        if self.slowdowns != pace.slowdowns {
            // Sent before the limit was lowered, so already accounted for.
            return;
        }
        let limit = (pace.limit / 2).max(1);
        let surplus = pace.limit - limit;
        let withdrawn = self.limiter.semaphore.forget_permits(surplus);
        pace.debt += surplus - withdrawn;
        pace.limit = limit;
        pace.slowdowns += 1;
    }
}

impl Drop for RequestPermit<'_> {
    fn drop(&mut self) {
        let mut pace = self.limiter.state();
        let Some(permit) = self.permit.take() else {
            return;
        };
        if let Some(debt) = pace.debt.checked_sub(1) {
            pace.debt = debt;
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::time::Duration;

    use futures_util::future::join_all;
    use tokio::time::{Instant, sleep};
    use tokio_util::sync::CancellationToken;

    use super::*;

    fn call() -> Call {
        Call::within(Duration::from_secs(3600), CancellationToken::new())
    }

    /// How many turns there are at this moment.
    fn free(limiter: &Limiter) -> usize {
        limiter.semaphore.available_permits()
    }

    async fn turn(limiter: &Limiter) -> RequestPermit<'_> {
        limiter.acquire(&call()).await.expect("a turn")
    }

    #[tokio::test(start_paused = true)]
    async fn requests_run_in_order_and_never_exceed_the_limit() {
        let limiter = Limiter::default();
        let order = RefCell::new(Vec::new());
        let started_at = Instant::now();
        let requests = (0..95).map(async |number| {
            let turn = turn(&limiter).await;
            order.borrow_mut().push(number);
            sleep(Duration::from_secs(1)).await;
            turn.answered();
        });
        join_all(requests).await;
        assert_eq!(*order.borrow(), (0..95).collect::<Vec<_>>());
        assert_eq!(started_at.elapsed().as_secs(), 10);
        assert_eq!(free(&limiter), MAX_CONCURRENT);
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_halves_the_limit_once_for_all_requests_in_flight() {
        let limiter = Limiter::default();
        let first = join_all((0..MAX_CONCURRENT).map(|_| turn(&limiter))).await;
        first.into_iter().for_each(RequestPermit::throttled);
        assert_eq!(free(&limiter), 5);
        for expected in [2, 1, 1] {
            turn(&limiter).await.throttled();
            assert_eq!(free(&limiter), expected);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn excess_permits_are_removed_when_returned() {
        let limiter = Limiter::default();
        let mut turns = join_all((0..MAX_CONCURRENT).map(|_| turn(&limiter))).await;
        turns.remove(0).throttled();
        for expected in [0, 0, 0, 0, 1, 2, 3, 4, 5] {
            drop(turns.pop());
            assert_eq!(free(&limiter), expected);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn responses_raise_the_limit_step_by_step_to_the_maximum() {
        let limiter = Limiter::default();
        for _ in 0..4 {
            turn(&limiter).await.throttled();
        }
        let mut limits = vec![free(&limiter)];
        for _ in 0..60 {
            turn(&limiter).await.answered();
            limits.push(free(&limiter));
        }
        // One answer for the second, two more for the third, three more for the fourth.
        assert_eq!(limits.get(..8), Some(&[1, 2, 2, 3, 3, 3, 4, 4][..]));
        assert_eq!(
            (limits.get(44), limits.get(45), limits.last()),
            (Some(&9), Some(&10), Some(&10))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_permit_dropped_without_a_response_keeps_the_limit() {
        let limiter = Limiter::default();
        turn(&limiter).await.throttled();
        for _ in 0..100 {
            drop(turn(&limiter).await);
        }
        assert_eq!(free(&limiter), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_at_the_deadline_or_on_cancellation_and_frees_the_slot() {
        let limiter = Limiter::default();
        let turns = join_all((0..MAX_CONCURRENT).map(|_| turn(&limiter))).await;
        let cancel = CancellationToken::new();
        let cancelled = Call::within(Duration::from_secs(3600), cancel.clone());
        let short = Call::within(Duration::from_secs(5), CancellationToken::new());
        let started_at = Instant::now();
        let timed = async |call: &Call| {
            let outcome = limiter.acquire(call).await.map(drop);
            (outcome, started_at.elapsed().as_secs())
        };
        let stop = async {
            sleep(Duration::from_secs(2)).await;
            cancel.cancel();
        };
        let closing = call().with_closing(&cancel);
        let (first, closed, second, ()) =
            tokio::join!(timed(&cancelled), timed(&closing), timed(&short), stop);
        assert_eq!(first, (Err(ErrorKind::Cancelled), 2));
        assert_eq!(closed, (Err(ErrorKind::Cancelled), 2));
        assert_eq!(second, (Err(ErrorKind::Timeout), 5));
        // After the end, no caller gets a turn, not even a free one.
        drop(turns);
        assert_eq!(timed(&cancelled).await.0, Err(ErrorKind::Cancelled));
        assert_eq!(free(&limiter), MAX_CONCURRENT);
    }
}
