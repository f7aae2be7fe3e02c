//! A provider whose one resource takes values of every type and does nothing with them.

use std::collections::BTreeMap;

use hwgrants::framework::schema::{Attribute, Block};
use hwgrants::framework::{
    Context, Diagnostic, Diagnostics, Failure, Field, Import, Number, Offer, Provider, Resource,
    Schema, TerraformHost, Type, Value, model,
};

/// The provider.
pub(crate) struct Sponge;

model! {
    /// The provider block, which is empty.
    pub(crate) struct Nothing {}
}

model! {
    /// Attributes of a [`Thing`], in the order of their names.
    pub(crate) struct Model {
        any: Field<Value>,
        list: Field<Vec<Field<Number>>>,
        map: Field<BTreeMap<String, Field<String>>>,
        set: Field<Value>,
        text: Field<String>,
    }
}

/// The resource.
pub(crate) struct Thing;

fn schema(attributes: Vec<Attribute>) -> Schema {
    Schema {
        version: 0,
        block: Block {
            description: "A sponge.",
            attributes,
            blocks: Vec::new(),
        },
    }
}

impl Provider for Sponge {
    const TYPE: &'static str = "sponge";
    type Client = ();
    type Config = Nothing;

    fn schema() -> Schema {
        schema(Vec::new())
    }

    async fn configure(
        &self,
        _: Nothing,
        _: &TerraformHost,
        _: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        Ok(())
    }

    fn is_undecided((): &()) -> bool {
        false
    }

    fn resources(offer: &mut Offer<()>) {
        offer.resource::<Thing>().import();
    }
}

impl Resource for Thing {
    const NAME: &'static str = "thing";
    type Client = ();
    type Model = Model;

    fn schema() -> Schema {
        schema(vec![
            Attribute::new("any", Type::Dynamic, "Anything."),
            Attribute::new("list", Type::list(Type::Number), "A list."),
            Attribute::new("map", Type::map(Type::String), "A map."),
            Attribute::new("set", Type::set(Type::Number), "A set."),
            Attribute::string("text", "A text."),
        ])
    }

    async fn create(_: &(), plan: Model, _: &mut Context) -> Result<Model, Failure<Model>> {
        Ok(plan)
    }

    async fn read(_: &(), state: Model, _: &mut Context) -> Result<Option<Model>, Failure<Model>> {
        Ok(Some(state))
    }

    async fn update(
        _: &(),
        _: Model,
        plan: Model,
        _: &mut Context,
    ) -> Result<Model, Failure<Model>> {
        Ok(plan)
    }

    async fn delete(_: &(), _: Model, _: &mut Context) -> Result<(), Failure<Model>> {
        Ok(())
    }
}

impl Import for Thing {
    fn import(id: &str) -> Result<Model, Diagnostic> {
        Err(Diagnostic::error(
            "Malformed import id",
            format!("`{id}` is none."),
        ))
    }
}
