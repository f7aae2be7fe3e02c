//! A type-erased resource.

use std::marker::PhantomData;

use crate::framework::diagnostic::Diagnostic;
use crate::framework::field::{Data, Mismatch};
use crate::framework::identity::Identity;
use crate::framework::resource::{
    Change, Context, Failure, Import, ModifyPlan, PlanContext, Resource,
};
use crate::framework::upgrade::{Upgrade, UpgradeIdentity, UpgradeState};
use crate::framework::value::Value;

use super::identity::ErasedIdentity;
use super::registration::{Boxed, Registration, TypeKind, model};

/// [`ModifyPlan::modify_plan`] on untyped values. A value that does not fit the model is a mismatch.
type ModifyPlanFn<C> =
    for<'a> fn(&'a C, ErasedChange<'a>, &'a mut PlanContext) -> Boxed<'a, Result<(), Mismatch>>;
/// [`Import::import`], with the model as an untyped value.
type ImportFn = fn(&str) -> Result<Value, Diagnostic>;

/// The operations of a resource and its optional capabilities, on untyped values.
pub struct ErasedResource<C> {
    operations: Box<dyn Operations<C>>,
    modify_plan: Option<ModifyPlanFn<C>>,
    import: Option<ImportFn>,
    identity: Option<ErasedIdentity>,
    /// By the version that each upgrades from.
    upgrades: Vec<Upgrade<Value>>,
}

impl<C> TypeKind for ErasedResource<C> {
    const NAME: &'static str = "resource";
}

/// [`Change`] on untyped values.
pub(super) enum ErasedChange<'a> {
    Create {
        config: &'a Value,
        plan: &'a mut Value,
    },
    Update {
        prior: &'a Value,
        plan: &'a mut Value,
        is_replaced: bool,
    },
    Destroy {
        prior: &'a Value,
    },
}

/// The operations of a [`Resource`], on untyped values. A value that does not fit the model is a [`Failure`].
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

impl<C: Send + Sync + 'static> Registration<ErasedResource<C>> {
    pub(in crate::framework) fn of_resource<R: Resource<Client = C>>() -> Self {
        let kind = ErasedResource {
            operations: Box::new(ErasedOperations::<R>(PhantomData)),
            modify_plan: None,
            import: None,
            identity: None,
            upgrades: Vec::new(),
        };
        Self::new::<R::Model>(R::NAME, kind)
    }

    pub(in crate::framework) fn register_import<R: Import<Client = C>>(&mut self) {
        self.kind_mut().import = Some(|id| R::import(id).map(|model| model.to_value()));
    }

    pub(in crate::framework) fn register_identity<R: Identity<Client = C>>(&mut self) {
        // An identity registered earlier, with upgrades, is kept.
        self.kind_mut()
            .identity
            .get_or_insert_with(ErasedIdentity::new::<R>);
    }

    pub(in crate::framework) fn register_upgrade_state<R: UpgradeState<Client = C>>(&mut self) {
        let upgrades = R::state_upgrades().into_iter().map(Upgrade::erase);
        self.kind_mut().upgrades = upgrades.collect();
        let count = self.kind().upgrades.len();
        self.set_version(i64::try_from(count).unwrap_or(i64::MAX));
    }

    pub(in crate::framework) fn register_upgrade_identity<R: UpgradeIdentity<Client = C>>(
        &mut self,
    ) {
        self.kind_mut().identity = Some(ErasedIdentity::with_upgrades::<R>());
    }

    pub(in crate::framework) fn register_modify_plan<R: ModifyPlan<Client = C>>(&mut self) {
        self.kind_mut().modify_plan = Some(modify_plan::<R>);
    }

    pub(super) fn operations(&self) -> &dyn Operations<C> {
        &*self.kind().operations
    }

    pub(super) fn modify_plan(&self) -> Option<ModifyPlanFn<C>> {
        self.kind().modify_plan
    }

    pub(super) fn import(&self) -> Option<ImportFn> {
        self.kind().import
    }

    pub(super) fn upgrades(&self) -> &[Upgrade<Value>] {
        &self.kind().upgrades
    }

    /// The identity; none if the resource has none.
    pub fn identity(&self) -> Option<&ErasedIdentity> {
        self.kind().identity.as_ref()
    }
}

/// Makes the kept object of a failure untyped.
fn erase<M: Data>(failure: Failure<M>) -> Failure<Value> {
    Failure {
        diagnostics: failure.diagnostics,
        kept: failure.kept.map(|model| model.to_value()),
    }
}

fn modify_plan<'a, R: ModifyPlan>(
    client: &'a R::Client,
    change: ErasedChange<'a>,
    context: &'a mut PlanContext,
) -> Boxed<'a, Result<(), Mismatch>> {
    Box::pin(async move {
        let read = |value: &Value| <R::Model as Data>::from_value(value);
        match change {
            ErasedChange::Create { config, plan } => {
                let (config, mut model) = (read(config)?, read(plan)?);
                let change = Change::Create {
                    config: &config,
                    plan: &mut model,
                };
                R::modify_plan(client, change, context).await;
                *plan = model.to_value();
            }
            ErasedChange::Update {
                prior,
                plan,
                is_replaced,
            } => {
                let (prior, mut model) = (read(prior)?, read(plan)?);
                let change = Change::Update {
                    prior: &prior,
                    plan: &mut model,
                    is_replaced,
                };
                R::modify_plan(client, change, context).await;
                *plan = model.to_value();
            }
            ErasedChange::Destroy { prior } => {
                let change = Change::Destroy {
                    prior: &read(prior)?,
                };
                R::modify_plan(client, change, context).await;
            }
        }
        Ok(())
    })
}

/// Calls the operations of `R`, which needs no value of its own.
struct ErasedOperations<R>(PhantomData<fn() -> R>);

impl<R: Resource> Operations<R::Client> for ErasedOperations<R> {
    fn create<'a>(
        &self,
        client: &'a R::Client,
        plan: Value,
        context: &'a mut Context,
    ) -> Boxed<'a, Result<Value, Failure<Value>>> {
        Box::pin(async move {
            let created = R::create(client, model(plan)?, context).await;
            created.map(|model| model.to_value()).map_err(erase)
        })
    }

    fn read<'a>(
        &self,
        client: &'a R::Client,
        state: Value,
        context: &'a mut Context,
    ) -> Boxed<'a, Result<Option<Value>, Failure<Value>>> {
        Box::pin(async move {
            let found = R::read(client, model(state)?, context).await;
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
            let changed = R::update(client, model(prior)?, model(plan)?, context).await;
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
            R::delete(client, model(state)?, context)
                .await
                .map_err(erase)
        })
    }
}
