//! Running schedules by their numbers.

use std::fmt::Debug;
use std::ops::Range;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

/// Runs the schedules of these numbers.
///
/// # Panics
/// If a promise is broken in any: with the numbers of those, and the first schedule.
pub(super) async fn run<S: Debug>(
    numbers: Range<u64>,
    of: impl Fn(u64) -> S,
    live: impl AsyncFn(&S),
) {
    let mut broken = Vec::new();
    for number in numbers {
        let schedule = of(number);
        let lived = AssertUnwindSafe(live(&schedule)).catch_unwind().await;
        if lived.is_err() {
            broken.push((number, schedule));
        }
    }
    let numbers: Vec<_> = broken.iter().map(|(number, _)| number).collect();
    let first = broken.first();
    assert!(
        broken.is_empty(),
        "broken in schedules {numbers:?}; the first is {first:#?}"
    );
}

/// A test for each range of numbers, of the `Schedule` in scope.
macro_rules! lives {
    ($($name:ident: $numbers:expr,)+) => {
        $(
            #[tokio::test(start_paused = true)]
            async fn $name() {
                $crate::simulation::seed_range::run($numbers, Schedule::of, Schedule::live).await;
            }
        )+
    };
}

pub(super) use lives;
