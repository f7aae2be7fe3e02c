//! A type-erased resource identity, and the checks of every identity that is returned.

use std::sync::OnceLock;

use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::field::{Data, Mismatch};
use crate::framework::identity::{Identity, IdentitySchema, is_complete, is_same_object};
use crate::framework::model::Model;
use crate::framework::provider::Provider;
use crate::framework::schema::Block;
use crate::framework::ty::Type;
use crate::framework::upgrade::{Upgrade, UpgradeIdentity};
use crate::framework::value::Value;

use super::guard::guard;
use super::registration::{mismatch_error, model};
use super::upgrade::{find_upgrade, run_upgrade};
use super::{Engine, ErasedResource, Registration};

/// [`Identity`] on untyped values.
pub struct ErasedIdentity {
    /// By the version that each upgrades from; their number is the current version.
    upgrades: Vec<Upgrade<Value>>,
    build_block: fn() -> Block,
    described: OnceLock<(IdentitySchema, Type)>,
    /// Takes the identity from an object.
    of: fn(&Value) -> Result<Value, Mismatch>,
    /// Makes the attributes that a read needs from an identity in which no required attribute is missing.
    import: fn(Value) -> Result<Value, Diagnostic>,
}

impl ErasedIdentity {
    pub(super) fn new<R: Identity>() -> Self {
        Self {
            upgrades: Vec::new(),
            build_block: <R::Identity as Model>::schema_block,
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

    /// The schema, built on first use.
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
                attributes: (self.build_block)().attributes,
            };
            let ty = schema.ty();
            (schema, ty)
        })
    }

    /// The identity of an object, which may be planned only.
    pub(super) fn of(&self, state: &Value) -> Result<Value, Diagnostic> {
        (self.of)(state).map_err(|mismatch| mismatch_error(&mismatch))
    }

    /// The attributes that a read needs to find the object of this identity.
    pub(super) fn import(&self, identity: Value) -> Result<Value, Diagnostic> {
        if let Some(name) = self.schema().missing(&identity) {
            let detail =
                format!("`identity` in the `import` block must set the `{name}` attribute.");
            return Err(Diagnostic::error("Incomplete import identity", detail));
        }
        (self.import)(identity)
    }
}

impl<C: Send + Sync + 'static> Registration<ErasedResource<C>> {
    /// Returns the identity of an existing object whose stored or planned identity is `before`; none if the resource
    /// has no identity.
    ///
    /// Errors are added to `found`, except that an incomplete identity is no error after a failure, which may leave the
    /// object incomplete. No error here, nor a panic, affects the object itself; the identity is then that of `before`,
    /// if complete.
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
        if !is_complete(&identity) {
            if !found.has_error() {
                found.push(incomplete_identity_error(self.name()));
            }
            return before.filter(is_complete);
        }
        if before.is_some_and(|before| !is_same_object(&before, &identity)) {
            found.push(identity_changed_error(self.name()));
        }
        Some(identity)
    }
}

impl<P: Provider> Engine<P> {
    /// Upgrades an identity that was stored with this schema version. `stored` decodes it as the given type, and
    /// returns none if the state has no identity. Sends no request.
    ///
    /// # Errors
    /// The resource has no identity, the version is unknown, or the identity cannot be decoded or upgraded.
    pub fn upgrade_identity(
        &self,
        resource: &Registration<ErasedResource<P::Client>>,
        version: i64,
        stored: impl FnOnce(&Type) -> Result<Option<Value>, Diagnostic>,
    ) -> Result<Option<Value>, Diagnostic> {
        let name = resource.name();
        let Some(identity) = resource.identity() else {
            let detail = format!(
                "`{name}` does not support resource identity, so the stored identity cannot be upgraded."
            );
            return Err(Diagnostic::error("Resource identity not supported", detail));
        };
        let current = identity.schema().version;
        if version == current {
            return stored(identity.ty());
        }
        if let Some(upgrade) = find_upgrade(&identity.upgrades, version) {
            let stored = stored(upgrade.ty())?;
            return stored
                .map(|stored| run_upgrade(upgrade, &stored))
                .transpose();
        }
        let detail = format!(
            "This `{name}` is stored with identity version {version}, but this version of the provider supports identity \
             version {current}. Use the provider version that wrote the state, or a later version."
        );
        Err(Diagnostic::error("Unsupported identity version", detail))
    }
}

fn incomplete_identity_error(name: &str) -> Diagnostic {
    let detail = format!(
        "The provider returned an incomplete identity for this `{name}`. This is a bug in the provider; please report it."
    );
    Diagnostic::error("Incomplete identity", detail)
}

fn identity_changed_error(name: &str) -> Diagnostic {
    let detail = format!(
        "The identity of this `{name}` changed: the provider may have read a different object. This is a bug in the \
         provider; please report it."
    );
    Diagnostic::error("Unexpected identity change", detail)
}
