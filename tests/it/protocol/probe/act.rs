//! The probe's action, which behaves as its attribute `behaviour` says.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hwgrants::framework::schema::Nesting;
use hwgrants::framework::timeouts::GoDuration;
use hwgrants::framework::validate::length;
use hwgrants::framework::{
    Action, Context, Diagnostic, Diagnostics, Field, PlanAction, Progress, ValidateConfig, model,
};

use super::search::Over;
use super::{Client, Part, behaviour, refused};

model! {
    /// An act.
    pub(in crate::protocol) struct Act {
        /// What it is about.
        #[attribute(required, check(length(1..=64)))]
        name: Field<String>,
        /// What goes wrong.
        behaviour: Field<String>,
        /// How many steps it has; none by default.
        steps: Field<i64>,
        /// Out of use.
        #[attribute(deprecated("Use `name`."))]
        old: Field<String>,
        /// A part.
        #[block(Nesting::List { max_items: 2 })]
        listed: Field<Vec<Part>>,
        /// Timeouts.
        #[block(Nesting::Single)]
        timeouts: Field<InvokeTimeout>,
    }
}

model! {
    /// How long an act may take.
    pub(in crate::protocol) struct InvokeTimeout {
        /// Acting.
        invoke: Field<GoDuration>,
    }
}

impl ValidateConfig for Act {
    fn validate(&self) -> Diagnostics {
        let mut found = Diagnostics::new();
        if self.name.known().is_some() && self.name == self.behaviour {
            let detail = "Name and behaviour are the same.";
            found.push(Diagnostic::warning("Same texts", detail));
        }
        found
    }
}

/// An action.
pub(in crate::protocol) struct Acts;

impl Action for Acts {
    const NAME: &'static str = "act";
    type Client = Client;
    type Model = Act;

    async fn invoke(
        client: &Client,
        config: Act,
        context: &mut Context,
        progress: Progress<'_>,
    ) -> Result<(), Diagnostics> {
        let behaviour = config.behaviour.text();
        client.watch.acts.fetch_add(1, Ordering::Relaxed);
        for step in 1..=config.steps.known().copied().unwrap_or_default() {
            progress.report(format!("Step {step} of \u{1b}{}", context.type_name()));
            tokio::task::yield_now().await;
        }
        match behaviour {
            Some(behaviour::PANIC) => panic!("the kettle is dry"),
            Some(behaviour::REFUSE) => {
                context.warn(Diagnostic::warning("Half done", "It is begun."));
                Err(refused("acting").into())
            }
            Some(behaviour::HANG) => {
                let _over = Over(Arc::clone(&client.watch));
                client.hanging.notify_one();
                context.cancellation().cancelled().await;
                Err(Diagnostic::error("Cancelled", "Nothing was done.").into())
            }
            Some(behaviour::GONE) => {
                context.warn(Diagnostic::warning("Gone", "There was nothing to do."));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl PlanAction for Acts {
    async fn plan(_: &Client, config: Act, context: &mut Context) -> Result<(), Diagnostics> {
        match config.behaviour.text() {
            Some(behaviour::PANIC_IN_PLAN) => panic!("the kettle is dry"),
            Some(behaviour::FORBIDDEN) => Err(refused("acting").into()),
            Some(behaviour::DRIFT) => {
                let name = format!("Planned as `{}`.", context.type_name());
                context.warn(Diagnostic::warning("Planned", name));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
