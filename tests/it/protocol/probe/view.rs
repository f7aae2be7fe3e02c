//! The probe's data source, which behaves as its attribute `behaviour` says.

use hwgrants::framework::schema::{Attribute, Block, Nesting, Recompute};
use hwgrants::framework::timeouts::{self, ReadTimeout};
use hwgrants::framework::validate::length;
use hwgrants::framework::{
    Context, DataSource, Diagnostic, Diagnostics, Field, Schema, Type, Value, model,
};

use super::{Client, Part, behaviour, nested, refused, same_but_for_case};

model! {
    /// Attributes of a [`View`].
    pub(in crate::protocol) struct ViewModel {
        name: Field<String>,
        behaviour: Field<String>,
        old: Field<String>,
        region: Field<String>,
        found: Field<Vec<Field<String>>>,
        tuple: Field<Value>,
        listed: Field<Vec<Part>>,
        timeouts: Field<ReadTimeout>,
    }
}

/// A data source.
pub(in crate::protocol) struct View;

impl DataSource for View {
    const NAME: &'static str = "view";
    type Client = Client;
    type Model = ViewModel;

    fn schema() -> Schema {
        let string = Attribute::string;
        let found = Type::list(Type::String);
        let tuple = Type::Tuple(vec![Type::String, Type::Number]);
        Schema {
            version: 0,
            block: Block {
                description: "A view.",
                attributes: vec![
                    string("name", "Name; any case.")
                        .required()
                        .same_if(same_but_for_case)
                        .check(length(1..=64)),
                    string("behaviour", "What goes wrong."),
                    string("old", "Out of use.").deprecated("Use `name`."),
                    string("region", "Region.").optional_computed(Recompute::Never),
                    Attribute::new("found", found, "What is there.").computed(Recompute::Never),
                    Attribute::new("tuple", tuple, "A tuple.").computed(Recompute::Never),
                ],
                blocks: vec![
                    nested("listed", Nesting::List { max_items: 2 }),
                    timeouts::read_block(),
                ],
            },
        }
    }

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
