//! What the author of a resource writes when a schema changes so that stored objects no longer fit it.

use super::diagnostic::Diagnostic;
use super::field::{Data, Mismatch};
use super::identity::Identity;
use super::model::Model;
use super::resource::Resource;
use super::ty::Type;
use super::value::Value;

/// The power to read states that earlier versions of the provider have stored.
///
/// The version of the schema is the number of upgrades; without this power it is 0.
pub trait UpgradeState: Resource {
    /// An upgrade for each earlier version of the schema, version 0 first. Each leads to the current version.
    fn state_upgrades() -> Vec<Upgrade<Self::Model>>;
}

/// The power to read identities that earlier versions of the provider have stored.
///
/// The version of the identity is the number of upgrades; without this power it is 0.
pub trait UpgradeIdentity: Identity {
    /// An upgrade for each earlier version of the identity, version 0 first. Each leads to the current version.
    fn identity_upgrades() -> Vec<Upgrade<Self::Identity>>;
}

/// How an object of an earlier version becomes one of the current version, whose model is `M`. Offline.
pub struct Upgrade<M> {
    ty: Type,
    upgrade: UpgradeFn<M>,
}

type UpgradeFn<M> = Box<dyn Fn(&Value) -> Result<M, UpgradeError> + Send + Sync>;

/// Why a stored object cannot be upgraded.
pub(super) enum UpgradeError {
    /// It does not fit the model of its version.
    Mismatch(Mismatch),
    /// The upgrade refuses it.
    Refused(Diagnostic),
}

impl<M: Data> Upgrade<M> {
    /// An upgrade from the version whose model is `Old`.
    ///
    /// `upgrade` gets what was stored and answers the same object in the current version. What the current version has and
    /// `Old` has not stays null until the object is read, which Terraform does next. An error leaves the state unchanged.
    #[must_use]
    pub fn from<Old: Model>(upgrade: fn(Old) -> Result<M, Diagnostic>) -> Self {
        Self {
            ty: Old::ty(),
            upgrade: Box::new(move |stored| {
                let old = Old::from_value(stored).map_err(UpgradeError::Mismatch)?;
                upgrade(old).map_err(UpgradeError::Refused)
            }),
        }
    }

    pub(super) fn erase(self) -> Upgrade<Value> {
        let Self { ty, upgrade } = self;
        Upgrade {
            ty,
            upgrade: Box::new(move |stored| Ok(upgrade(stored)?.to_value())),
        }
    }
}

impl Upgrade<Value> {
    /// The type of what was stored.
    pub(super) fn ty(&self) -> &Type {
        &self.ty
    }

    pub(super) fn run(&self, stored: &Value) -> Result<Value, UpgradeError> {
        (self.upgrade)(stored)
    }
}
