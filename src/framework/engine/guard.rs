//! Catches panics: the request fails, the process keeps running.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

use crate::framework::diagnostic::Diagnostic;

tokio::task_local! {
    static GUARDED: ();
}

/// Whether the current task runs inside [`guard`]. For the process's panic hook, which runs before the panic is caught.
#[must_use]
pub fn is_guarded() -> bool {
    GUARDED.try_with(|()| ()).is_ok()
}

/// Runs `work` and turns a panic in it into a diagnostic.
///
/// # Errors
/// `work` panicked.
pub async fn guard<T>(work: impl Future<Output = T>) -> Result<T, Diagnostic> {
    // Unwind safe: values that a panic left inconsistent are dropped with the request, and locks of shared state are
    // released.
    let guarded = AssertUnwindSafe(GUARDED.scope((), work)).catch_unwind();
    guarded.await.map_err(|payload| diagnostic(&*payload))
}

/// The error for a panic, with its message if it is a text.
fn diagnostic(payload: &(dyn Any + Send)) -> Diagnostic {
    let message = payload.downcast_ref::<&str>().copied();
    let message = message.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let detail = format!(
        "The provider panicked while handling this request. Other requests continue. Please report this bug and include \
         a log recorded with `TF_LOG=debug`. Cause: {}",
        message.unwrap_or("no panic message")
    );
    Diagnostic::error("Bug in the provider", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn c35_a_panic_becomes_a_diagnostic() {
        let failed = guard(async {
            assert!(is_guarded());
            tokio::task::yield_now().await;
            panic!("the cause")
        });
        let failed: Result<(), _> = failed.await;
        assert!(failed.is_err_and(|diagnostic| diagnostic.detail.ends_with("Cause: the cause")));
        assert!(!is_guarded());
        assert_eq!(guard(async { 3 }).await, Ok(3));
    }
}
