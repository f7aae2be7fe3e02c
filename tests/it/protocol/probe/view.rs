//! The probe's data source, which behaves as its attribute `behaviour` says.

use hwgrants::framework::schema::{Nesting, Recompute};
use hwgrants::framework::timeouts::GoDuration;
use hwgrants::framework::validate::length;
use hwgrants::framework::{
    Context, DataSource, Diagnostic, Diagnostics, Field, ValidateConfig, Value, model,
};

use super::{Client, Part, behaviour, refused, same_but_for_case, tuple_type};

model! {
    /// A view.
    pub(in crate::protocol) struct ViewModel {
        /// Name; any case.
        #[attribute(required, same_if(same_but_for_case), check(length(1..=64)))]
        name: Field<String>,
        /// What goes wrong.
        behaviour: Field<String>,
        /// Out of use.
        #[attribute(deprecated("Use `name`."))]
        old: Field<String>,
        /// Region.
        #[attribute(optional_computed(Recompute::Never))]
        region: Field<String>,
        /// What is there.
        #[attribute(computed(Recompute::Never))]
        found: Field<Vec<Field<String>>>,
        /// A tuple.
        #[attribute(typed(tuple_type()), computed(Recompute::Never))]
        tuple: Field<Value>,
        /// A part.
        #[block(Nesting::List { max_items: 2 })]
        listed: Field<Vec<Part>>,
        /// Timeouts.
        #[block(Nesting::Single)]
        timeouts: Field<ReadTimeout>,
    }
}

model! {
    /// How long reading may take.
    pub(in crate::protocol) struct ReadTimeout {
        /// Reading.
        read: Field<GoDuration>,
    }
}

impl ValidateConfig for ViewModel {
    fn validate(&self) -> Diagnostics {
        let mut found = Diagnostics::new();
        if self.name.known().is_some() && self.name == self.behaviour {
            let detail = "Name and behaviour are the same.";
            found.push(Diagnostic::warning("Same texts", detail));
        }
        found
    }
}

/// A data source.
pub(in crate::protocol) struct View;

impl DataSource for View {
    const NAME: &'static str = "view";
    type Client = Client;
    type Model = ViewModel;

    async fn read(
        client: &Client,
        config: ViewModel,
        context: &mut Context,
    ) -> Result<ViewModel, Diagnostics> {
        context.warn(Diagnostic::warning("Looked", "Somebody has looked."));
        let name = config.name.text().unwrap().to_uppercase();
        let region = match &config.region {
            Field::Known(region) => region.clone(),
            _ => "here".to_owned(),
        };
        let prefix = client.prefix.text().unwrap_or("none");
        let seen = ViewModel {
            found: Field::Known(vec![format!("{prefix}-{name}").as_str().into()]),
            // A spelling of the service's own, which means the same.
            name: name.as_str().into(),
            region: region.as_str().into(),
            ..config
        };
        match seen.behaviour.text() {
            Some(behaviour::PANIC) => panic!("the kettle is dry"),
            Some(behaviour::HANG) => {
                client.hanging.notify_one();
                context.cancellation().cancelled().await;
                Err(Diagnostic::error("Cancelled", "Nothing was seen.").into())
            }
            Some(behaviour::FORBIDDEN) => Err(refused("looking").into()),
            Some(behaviour::GONE) => Ok(ViewModel {
                found: Field::Known(Vec::new()),
                ..seen
            }),
            Some(behaviour::UNDECIDED) => Ok(ViewModel {
                found: Field::Known(vec![Field::Unknown]),
                region: Field::Unknown,
                ..seen
            }),
            Some(behaviour::MISFIT) => Ok(ViewModel {
                tuple: Field::Known("no tuple".into()),
                ..seen
            }),
            Some(behaviour::DRIFT) => Ok(ViewModel {
                name: "another".into(),
                ..seen
            }),
            _ => Ok(seen),
        }
    }
}
