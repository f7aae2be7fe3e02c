//! The probe's search for things, which behaves as its attribute `behaviour` says.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hwgrants::framework::validate::length;
use hwgrants::framework::{Diagnostic, Diagnostics, Field, Finds, FoundObject, List, model};
use tokio::sync::Notify;

use super::{Client, Model, Thing, behaviour, refused};

/// What tests see of searches.
#[derive(Default)]
pub(in crate::protocol) struct Watch {
    /// Things fetched so far, as from pages of one.
    pub(in crate::protocol) fetched: AtomicU64,
    /// Told when a search or an act that hangs is over, finished or dropped.
    pub(in crate::protocol) over: Notify,
    /// Acts begun so far.
    pub(in crate::protocol) acts: AtomicU64,
}

/// Tells when it is dropped.
pub(super) struct Over(pub(super) Arc<Watch>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.over.notify_one();
    }
}

model! {
    /// Finds things.
    pub(in crate::protocol) struct Query {
        /// What names begin with.
        #[attribute(required, check(length(1..=10)))]
        prefix: Field<String>,
        /// Things there are; none unless set.
        total: Field<i64>,
        /// What goes wrong with the third thing.
        behaviour: Field<String>,
        /// Out of use.
        #[attribute(deprecated("Use `prefix`."))]
        old: Field<String>,
    }
}

impl List for Thing {
    type Query = Query;

    async fn list(
        client: &Client,
        query: Query,
        mut finds: Finds<'_, Self>,
    ) -> Result<(), Diagnostics> {
        let _over = Over(Arc::clone(&client.watch));
        let total = query.total.known().copied().unwrap_or_default();
        let prefix = query.prefix.text().unwrap().to_owned();
        for number in 0..total {
            tokio::task::yield_now().await;
            client.watch.fetched.fetch_add(1, Ordering::Relaxed);
            let mut thing = Model {
                name: format!("{prefix}-{number}").as_str().into(),
                region: "here".into(),
                password: "left over".into(),
                ..Model::default()
            };
            match query.behaviour.text() {
                Some(behaviour::PANIC) if number == 2 => panic!("the kettle is dry"),
                Some(behaviour::FORBIDDEN) if number == 2 => {
                    return Err(refused("searching").into());
                }
                Some(behaviour::HANG) if number == 2 => {
                    client.hanging.notify_one();
                    finds.cancellation().cancelled().await;
                    return Err(Diagnostic::error("Cancelled", "Not all was searched.").into());
                }
                Some(behaviour::NAMELESS) if number == 2 => thing.region = Field::Null,
                Some(behaviour::MISFIT) if number == 2 => {
                    thing.tuple = Field::Known("no tuple".into());
                }
                Some(behaviour::GONE) if number == 2 => {
                    let warning = Diagnostic::warning("Left out", "One thing is not to be seen.");
                    if finds.warn(warning).await.is_break() {
                        return Ok(());
                    }
                    continue;
                }
                _ => {}
            }
            let found = FoundObject {
                display_name: format!("Thing {number}"),
                object: thing,
            };
            // A search that does not listen is one more thing that must not do harm.
            let goes_on = query.behaviour.text() == Some(behaviour::DRIFT);
            if finds.found(found).await == ControlFlow::Break(()) && !goes_on {
                break;
            }
        }
        Ok(())
    }
}
