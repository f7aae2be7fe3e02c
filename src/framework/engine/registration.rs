//! A resource with its types erased: what the requests work with.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::OnceLock;

use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::field::{Data, Mismatch};
use crate::framework::private::Private;
use crate::framework::resource::{Change, Context, Failure, Import, ModifyPlan, Resource};
use crate::framework::schema::{Block, Schema};
use crate::framework::ty::Type;
use crate::framework::value::Value;

/// A future on the heap.
pub(super) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

type ModifyPlanFn<C> = fn(&C, ErasedChange<'_>, &mut Diagnostics) -> Result<(), Mismatch>;
type ImportFn = fn(&str) -> Result<Value, Diagnostic>;

/// A resource on offer: its name, its schema, what it can do.
pub struct Registration<C> {
    name: &'static str,
    make_schema: fn() -> Schema,
    described: OnceLock<Described>,
    operations: Box<dyn Operations<C>>,
    modify_plan: Option<ModifyPlanFn<C>>,
    import: Option<ImportFn>,
}

/// A schema and the type of the objects it describes.
struct Described {
    schema: Schema,
    ty: Type,
}

/// [`Change`] without its model's type.
pub(super) enum ErasedChange<'a> {
    Create {
        config: &'a Value,
        plan: &'a mut Value,
    },
    Update {
        config: &'a Value,
        prior: &'a Value,
        private: &'a Private,
        plan: &'a mut Value,
    },
    Destroy {
        prior: &'a Value,
    },
}

/// The operations of a [`Resource`] without its model's type. What is wrong with a value's type is a [`Failure`] too.
pub(super) trait Operations<C>: Send + Sync {
    fn create<'a>(
        &self,
        client: &'a C,
        plan: Value,
        context: &'a mut Context,
    ) -> Boxed<'a, Result<Value, Failure<Value>>>;

    fn read<'a>(
        &self,
        client: &'a C,
        state: Value,
        context: &'a mut Context,
    ) -> Boxed<'a, Result<Option<Value>, Failure<Value>>>;

    fn update<'a>(
        &self,
        client: &'a C,
        prior: Value,
        plan: Value,
        context: &'a mut Context,
    ) -> Boxed<'a, Result<Value, Failure<Value>>>;

    fn delete<'a>(
        &self,
        client: &'a C,
        state: Value,
        context: &'a mut Context,
    ) -> Boxed<'a, Result<(), Failure<Value>>>;
}

impl<C: Send + Sync + 'static> Registration<C> {
    pub(in crate::framework) fn new<R: Resource<Client = C>>() -> Self {
        Self {
            name: R::NAME,
            make_schema: R::schema,
            described: OnceLock::new(),
            operations: Box::new(Erased::<R>(PhantomData)),
            modify_plan: None,
            import: None,
        }
    }

    pub(in crate::framework) fn claim_import<R: Import<Client = C>>(&mut self) {
        self.import = Some(|id| R::import(id).map(|model| model.to_value()));
    }

    pub(in crate::framework) fn claim_modify_plan<R: ModifyPlan<Client = C>>(&mut self) {
        self.modify_plan = Some(modify_plan::<R>);
    }

    /// The resource's own name, without the provider's type.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The schema, made on first use.
    pub fn schema(&self) -> &Schema {
        &self.described().schema
    }

    /// The type of the resource's objects.
    pub fn ty(&self) -> &Type {
        &self.described().ty
    }

    pub(super) fn block(&self) -> &Block {
        &self.schema().block
    }

    pub(super) fn operations(&self) -> &dyn Operations<C> {
        &*self.operations
    }

    pub(super) fn modify_plan(&self) -> Option<ModifyPlanFn<C>> {
        self.modify_plan
    }

    pub(super) fn import(&self) -> Option<ImportFn> {
        self.import
    }

    fn described(&self) -> &Described {
        self.described.get_or_init(|| {
            let schema = (self.make_schema)();
            let ty = schema.block.ty();
            Described { schema, ty }
        })
    }
}

/// A message about schema and model that disagree.
pub(super) fn disagreement(mismatch: &Mismatch) -> Diagnostic {
    let detail = format!(
        "{mismatch}: the resource's schema and its model disagree. This is a bug in the provider; please report it."
    );
    Diagnostic::error("Value of an unexpected type", detail)
}

fn model<R: Resource>(value: Value) -> Result<R::Model, Failure<Value>> {
    Data::from_value(value).map_err(|mismatch| disagreement(&mismatch).into())
}

fn erase<M: Data>(failure: Failure<M>) -> Failure<Value> {
    Failure {
        diagnostics: failure.diagnostics,
        kept: failure.kept.map(|model| model.to_value()),
    }
}

fn modify_plan<R: ModifyPlan>(
    client: &R::Client,
    change: ErasedChange<'_>,
    diagnostics: &mut Diagnostics,
) -> Result<(), Mismatch> {
    let read = |value: &Value| <R::Model as Data>::from_value(value.clone());
    match change {
        ErasedChange::Create { config, plan } => {
            let (config, mut model) = (read(config)?, read(plan)?);
            let change = Change::Create {
                config: &config,
                plan: &mut model,
            };
            R::modify_plan(client, change, diagnostics);
            *plan = model.to_value();
        }
        ErasedChange::Update {
            config,
            prior,
            private,
            plan,
        } => {
            let (config, prior, mut model) = (read(config)?, read(prior)?, read(plan)?);
            let change = Change::Update {
                config: &config,
                prior: &prior,
                private,
                plan: &mut model,
            };
            R::modify_plan(client, change, diagnostics);
            *plan = model.to_value();
        }
        ErasedChange::Destroy { prior } => {
            R::modify_plan(
                client,
                Change::Destroy {
                    prior: &read(prior)?,
                },
                diagnostics,
            );
        }
    }
    Ok(())
}

struct Erased<R>(PhantomData<fn() -> R>);

impl<R: Resource> Operations<R::Client> for Erased<R> {
    fn create<'a>(
        &self,
        client: &'a R::Client,
        plan: Value,
        context: &'a mut Context,
    ) -> Boxed<'a, Result<Value, Failure<Value>>> {
        Box::pin(async move {
            let made = R::create(client, model::<R>(plan)?, context).await;
            made.map(|model| model.to_value()).map_err(erase)
        })
    }

    fn read<'a>(
        &self,
        client: &'a R::Client,
        state: Value,
        context: &'a mut Context,
    ) -> Boxed<'a, Result<Option<Value>, Failure<Value>>> {
        Box::pin(async move {
            let found = R::read(client, model::<R>(state)?, context).await;
            found
                .map(|model| model.map(|model| model.to_value()))
                .map_err(erase)
        })
    }

    fn update<'a>(
        &self,
        client: &'a R::Client,
        prior: Value,
        plan: Value,
        context: &'a mut Context,
    ) -> Boxed<'a, Result<Value, Failure<Value>>> {
        Box::pin(async move {
            let changed = R::update(client, model::<R>(prior)?, model::<R>(plan)?, context).await;
            changed.map(|model| model.to_value()).map_err(erase)
        })
    }

    fn delete<'a>(
        &self,
        client: &'a R::Client,
        state: Value,
        context: &'a mut Context,
    ) -> Boxed<'a, Result<(), Failure<Value>>> {
        Box::pin(async move {
            R::delete(client, model::<R>(state)?, context)
                .await
                .map_err(erase)
        })
    }
}
