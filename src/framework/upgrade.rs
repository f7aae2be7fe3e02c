//! Upgrades of stored state and identities to the current schema version.

use super::diagnostic::Diagnostic;
use super::field::{Data, Mismatch};
use super::identity::Identity;
use super::model::Model;
use super::resource::Resource;
use super::ty::Type;
use super::value::Value;

/// Optional: a resource that can read state stored by earlier versions of the provider.
///
/// The schema version is the number of upgrades; without this trait it is 0.
pub trait UpgradeState: Resource {
    /// An upgrade for each earlier schema version, starting with version 0. Each upgrades to the current version.
    fn state_upgrades() -> Vec<Upgrade<Self::Model>>;
}

/// Optional: a resource that can read identities stored by earlier versions of the provider.
///
/// The identity's version is the number of upgrades; without this trait it is 0.
pub trait UpgradeIdentity: Identity {
    /// An upgrade for each earlier identity version, starting with version 0. Each upgrades to the current version.
    fn identity_upgrades() -> Vec<Upgrade<Self::Identity>>;
}

/// Upgrades an object from an earlier version to the current version, whose model is `M`. Sends no requests.
pub struct Upgrade<M> {
    ty: Type,
    upgrade: UpgradeFn<M>,
}

type UpgradeFn<M> = Box<dyn Fn(&Value) -> Result<M, UpgradeError> + Send + Sync>;

/// The error for a stored object that cannot be upgraded.
pub(super) enum UpgradeError {
    /// The object does not fit the model of its version.
    Mismatch(Mismatch),
    /// The upgrade function returned an error.
    Refused(Diagnostic),
}

impl<M: Data> Upgrade<M> {
    /// An upgrade from the version whose model was `Old`.
    ///
    /// `upgrade` receives the stored object and returns it in the current version. Attributes that are new in the
    /// current version can be null: Terraform reads the object next. An error leaves the state unchanged.
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
    /// The type of the stored object.
    pub(super) fn ty(&self) -> &Type {
        &self.ty
    }

    pub(super) fn run(&self, stored: &Value) -> Result<Value, UpgradeError> {
        (self.upgrade)(stored)
    }
}
