//! Request: bring a stored object to the current schema.

use crate::framework::diagnostic::Diagnostic;
use crate::framework::normalize::normalize;
use crate::framework::provider::Provider;
use crate::framework::ty::Type;
use crate::framework::upgrade::{Upgrade, UpgradeError};
use crate::framework::value::Value;

use super::registration::disagreement;
use super::{Engine, ErasedResource, Registration};

impl<P: Provider> Engine<P> {
    /// Upgrades an object stored under a schema of this `version`; `stored` reads it as one of a type. Offline.
    ///
    /// # Errors
    /// No schema of this version is known, or the object cannot be read.
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
        if let Some(upgrade) = upgrade_of(resource.upgrades(), version) {
            let upgraded = run(upgrade, &stored(upgrade.ty())?)?;
            return Ok(normalize(resource.block(), upgraded, &Value::Null));
        }
        let name = resource.name();
        let (age, advice) = if version > current {
            (
                "newer",
                "Use the provider version that wrote the state, or a later one.",
            )
        } else {
            ("unknown", "Please report it.")
        };
        let detail = format!(
            "The state of this `{name}` has schema version {version}, which is {age} to this provider; it knows version \
             {current}. {advice}"
        );
        Err(Diagnostic::error("State of another schema version", detail))
    }
}

/// The upgrade of what was stored under a version; none if there is no such version.
pub(super) fn upgrade_of(upgrades: &[Upgrade<Value>], version: i64) -> Option<&Upgrade<Value>> {
    upgrades.get(usize::try_from(version).ok()?)
}

pub(super) fn run(upgrade: &Upgrade<Value>, stored: &Value) -> Result<Value, Diagnostic> {
    upgrade.run(stored).map_err(|error| match error {
        UpgradeError::Mismatch(mismatch) => disagreement(&mismatch),
        UpgradeError::Refused(diagnostic) => diagnostic,
    })
}
