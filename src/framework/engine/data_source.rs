//! A type-erased data source.

use crate::framework::data_source::DataSource;
use crate::framework::diagnostic::Diagnostics;
use crate::framework::field::Data;
use crate::framework::resource::Context;
use crate::framework::value::Value;

use super::registration::{Boxed, Registration, TypeKind, model};

/// [`DataSource::read`] on untyped values. A value that does not fit the model is a diagnostic.
type ReadFn<C> = for<'a> fn(&'a C, Value, &'a mut Context) -> Boxed<'a, Result<Value, Diagnostics>>;

/// The operation of a data source, on untyped values.
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
