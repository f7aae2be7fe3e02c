//! Request: upgrade a stored object to the current schema version.

use crate::framework::diagnostic::Diagnostic;
use crate::framework::normalize::normalize;
use crate::framework::provider::Provider;
use crate::framework::ty::Type;
use crate::framework::upgrade::{Upgrade, UpgradeError};
use crate::framework::value::Value;

use super::registration::mismatch_error;
use super::{Engine, ErasedResource, Registration};

impl<P: Provider> Engine<P> {
    /// Upgrades an object that was stored with this schema version. `stored` decodes it as the given type. Sends no
    /// request.
    ///
    /// # Errors
    /// The version is unknown, or the object cannot be decoded or upgraded.
    pub fn upgrade(
        &self,
        resource: &Registration<ErasedResource<P::Client>>,
        version: i64,
        stored: impl FnOnce(&Type) -> Result<Value, Diagnostic>,
    ) -> Result<Value, Diagnostic> {
        let current = resource.schema().version;
        if version == current {
            return Ok(normalize(
                resource.block(),
                stored(resource.ty())?,
                &Value::Null,
            ));
        }
        if let Some(upgrade) = find_upgrade(resource.upgrades(), version) {
            let upgraded = run_upgrade(upgrade, &stored(upgrade.ty())?)?;
            return Ok(normalize(resource.block(), upgraded, &Value::Null));
        }
        let name = resource.name();
        let advice = if version > current {
            "Use the provider version that wrote the state, or a later version."
        } else {
            "Please report this as a bug."
        };
        let detail = format!(
            "This `{name}` is stored with schema version {version}, but this version of the provider supports schema \
             version {current}. {advice}"
        );
        Err(Diagnostic::error("Unsupported schema version", detail))
    }
}

/// The upgrade from a version; none if the version is unknown.
pub(super) fn find_upgrade(upgrades: &[Upgrade<Value>], version: i64) -> Option<&Upgrade<Value>> {
    upgrades.get(usize::try_from(version).ok()?)
}

/// Runs an upgrade on an object or identity of its version.
pub(super) fn run_upgrade(upgrade: &Upgrade<Value>, stored: &Value) -> Result<Value, Diagnostic> {
    upgrade.run(stored).map_err(|error| match error {
        UpgradeError::Mismatch(mismatch) => mismatch_error(&mismatch),
        UpgradeError::Refused(diagnostic) => diagnostic,
    })
}
