//! A resource's identity with its types erased, and what is checked of every identity on its way out.

use std::sync::OnceLock;

use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::field::{Data, Mismatch};
use crate::framework::identity::{Identity, IdentitySchema, is_same_object, is_whole};
use crate::framework::model::Model;
use crate::framework::provider::Provider;
use crate::framework::schema::Block;
use crate::framework::ty::Type;
use crate::framework::upgrade::{Upgrade, UpgradeIdentity};
use crate::framework::value::Value;

use super::guard::guard;
use super::registration::{disagreement, model};
use super::upgrade::{run, upgrade_of};
use super::{Engine, ErasedResource, Registration};

/// [`Identity`] without the types of its models.
pub struct ErasedIdentity {
    upgrades: Vec<Upgrade<Value>>,
    make_block: fn() -> Block,
    described: OnceLock<(IdentitySchema, Type)>,
    of: fn(&Value) -> Result<Value, Mismatch>,
    import: fn(Value) -> Result<Value, Diagnostic>,
}

impl ErasedIdentity {
    pub(super) fn new<R: Identity>() -> Self {
        Self {
            upgrades: Vec::new(),
            make_block: <R::Identity as Model>::schema_block,
            described: OnceLock::new(),
            of: |state| Ok(R::identity(&Data::from_value(state)?).to_value()),
            import: |identity| Ok(R::from_identity(model(identity)?)?.to_value()),
        }
    }

    pub(super) fn with_upgrades<R: UpgradeIdentity>() -> Self {
        let upgrades = R::identity_upgrades().into_iter().map(Upgrade::erase);
        Self {
            upgrades: upgrades.collect(),
            ..Self::new::<R>()
        }
    }

    /// The attributes, made on first use.
    pub fn schema(&self) -> &IdentitySchema {
        &self.describe().0
    }

    /// The type of the identity's value.
    pub fn ty(&self) -> &Type {
        &self.describe().1
    }

    fn describe(&self) -> &(IdentitySchema, Type) {
        self.described.get_or_init(|| {
            let schema = IdentitySchema {
                version: i64::try_from(self.upgrades.len()).unwrap_or(i64::MAX),
                attributes: (self.make_block)().attributes,
            };
            let ty = schema.ty();
            (schema, ty)
        })
    }

    /// The identity of an object that may be planned only.
    pub(super) fn of(&self, state: &Value) -> Result<Value, Diagnostic> {
        (self.of)(state).map_err(|mismatch| disagreement(&mismatch))
    }

    /// What a read needs to find the object of this identity.
    pub(super) fn import(&self, identity: Value) -> Result<Value, Diagnostic> {
        if let Some(name) = self.schema().missing(&identity) {
            let detail = format!("The identity is missing `{name}`. Set it in the `import` block.");
            return Err(Diagnostic::error("Incomplete import identity", detail));
        }
        (self.import)(identity)
    }
}

impl<C: Send + Sync + 'static> Registration<ErasedResource<C>> {
    /// The identity of an object as it is, known `before` by this one; none if the resource has no such power.
    ///
    /// What is wrong with it is added to `found`, but for an object that a failure has left incomplete. Whatever goes
    /// wrong here, also a panic, the object itself is not lost.
    pub(super) async fn identify(
        &self,
        state: &Value,
        before: Option<Value>,
        found: &mut Diagnostics,
    ) -> Option<Value> {
        let identity = self.identity()?;
        let identity = match guard(async { identity.of(state) }).await {
            Ok(Ok(identity)) => identity,
            Ok(Err(diagnostic)) | Err(diagnostic) => {
                found.push(diagnostic);
                return before.filter(Value::is_wholly_known);
            }
        };
        if !is_whole(&identity) {
            if !found.has_error() {
                found.push(incomplete(self.name()));
            }
            return before.filter(is_whole);
        }
        if before.is_some_and(|before| !is_same_object(&before, &identity)) {
            found.push(identity_changed_error(self.name()));
        }
        Some(identity)
    }
}

impl<P: Provider> Engine<P> {
    /// Upgrades an identity stored under a schema of this `version`; `stored` reads it as one of a type, and finds none
    /// where a state has none. Offline.
    ///
    /// # Errors
    /// The resource has no identity, no schema of this version is known, or the identity cannot be read.
    pub fn upgrade_identity(
        &self,
        resource: &Registration<ErasedResource<P::Client>>,
        version: i64,
        stored: impl FnOnce(&Type) -> Result<Option<Value>, Diagnostic>,
    ) -> Result<Option<Value>, Diagnostic> {
        let name = resource.name();
        let Some(identity) = resource.identity() else {
            let detail = format!(
                "`{name}` does not support resource identity, so its identity cannot be upgraded."
            );
            return Err(Diagnostic::error("Resource identity not supported", detail));
        };
        let current = identity.schema().version;
        if version == current {
            return stored(identity.ty());
        }
        if let Some(upgrade) = upgrade_of(&identity.upgrades, version) {
            let stored = stored(upgrade.ty())?;
            return stored.map(|stored| run(upgrade, &stored)).transpose();
        }
        let detail = format!(
            "The identity of this `{name}` has version {version}; this provider knows version {current}. Use the provider version that wrote the state, or a later one."
        );
        Err(Diagnostic::error("Identity of another version", detail))
    }
}

fn incomplete(name: &str) -> Diagnostic {
    let detail = format!(
        "The identity of this `{name}` is incomplete. This is a bug in the provider; please report it."
    );
    Diagnostic::error("Incomplete identity", detail)
}

fn identity_changed_error(name: &str) -> Diagnostic {
    let detail = format!(
        "The identity of this `{name}` changed: the provider may have read another object. This is a bug in the provider; please report it."
    );
    Diagnostic::error("Unexpected identity change", detail)
}
