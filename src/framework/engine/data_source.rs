//! A data source with its types erased: what the request to read it works with.

use crate::framework::data_source::DataSource;
use crate::framework::diagnostic::Diagnostics;
use crate::framework::field::Data;
use crate::framework::resource::Context;
use crate::framework::value::Value;

use super::registration::{Boxed, Registration, TypeKind, model};

/// [`DataSource::read`] without its model's type. What is wrong with a value's type is a diagnostic too.
type ReadFn<C> = for<'a> fn(&'a C, Value, &'a mut Context) -> Boxed<'a, Result<Value, Diagnostics>>;

/// What a data source can do.
pub struct ErasedDataSource<C> {
    read: ReadFn<C>,
}

impl<C> TypeKind for ErasedDataSource<C> {
    const NAME: &'static str = "data source";
}

impl<C: Send + Sync + 'static> Registration<ErasedDataSource<C>> {
    pub(in crate::framework) fn of_data_source<D: DataSource<Client = C>>() -> Self {
        Self::new::<D::Model>(D::NAME, ErasedDataSource { read: read::<D> })
    }

    pub(super) fn read(&self) -> ReadFn<C> {
        self.kind().read
    }
}

fn read<'a, D: DataSource>(
    client: &'a D::Client,
    config: Value,
    context: &'a mut Context,
) -> Boxed<'a, Result<Value, Diagnostics>> {
    Box::pin(async move {
        let found = D::read(client, model(config)?, context).await?;
        Ok(found.to_value())
    })
}
