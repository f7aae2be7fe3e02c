//! A provider whose one resource takes values of every type and does nothing with them.

use std::collections::BTreeMap;

use hwgrants::framework::{
    Context, Diagnostic, Diagnostics, Failure, Field, Import, Number, Offer, Provider, Resource,
    Set, TerraformHost, Value, model,
};

/// The provider.
pub(crate) struct Sponge;

model! {
    /// The provider block, which is empty.
    pub(crate) struct Nothing {}
}

model! {
    /// A sponge. Its attributes are in the order of their names.
    pub(crate) struct Model {
        /// Anything.
        any: Field<Value>,
        /// A list.
        list: Field<Vec<Field<Number>>>,
        /// A map.
        map: Field<BTreeMap<String, Field<String>>>,
        /// A set.
        set: Field<Set<Field<Number>>>,
        /// A text.
        text: Field<String>,
    }
}

/// The resource.
pub(crate) struct Thing;

impl Provider for Sponge {
    const TYPE: &'static str = "sponge";
    type Client = ();
    type Config = Nothing;

    async fn configure(
        &self,
        _: Nothing,
        _: &TerraformHost,
        _: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        Ok(())
    }

    fn needs_deferral((): &()) -> bool {
        false
    }

    fn resources(offer: &mut Offer<()>) {
        offer.with_short_names();
        offer.resource::<Thing>().import();
    }
}

impl Resource for Thing {
    const NAME: &'static str = "thing";
    type Client = ();
    type Model = Model;

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
            "Malformed import ID",
            format!("`{id}` is none."),
        ))
    }
}
