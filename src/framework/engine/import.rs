//! Request: take an object that exists under management.

use crate::framework::diagnostic::Diagnostic;
use crate::framework::normalize::normalize;
use crate::framework::provider::Provider;
use crate::framework::value::Value;

use super::{Engine, ErasedResource, Registration};

/// What names the object to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportKey {
    /// A text in the resource's own form.
    Id(String),
    /// An identity, of which the practitioner may have left out parts.
    Identity(Value),
}

/// What is known of an object before anybody has looked at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// What a following read needs; all else null.
    pub state: Value,
    /// The identity, as far as it is known; none if the resource has none.
    pub identity: Option<Value>,
}

impl<P: Provider> Engine<P> {
    /// Reads an import id, or an identity, into what a following read needs.
    ///
    /// # Errors
    /// The provider is not configured, the resource cannot be imported in this way, or the key is malformed.
    pub fn import(
        &self,
        resource: &Registration<ErasedResource<P::Client>>,
        key: ImportKey,
    ) -> Result<Imported, Diagnostic> {
        self.client()?;
        let identity = resource.identity();
        let value = match (key, resource.import(), identity) {
            (ImportKey::Id(id), Some(import), _) => import(&id)?,
            (ImportKey::Identity(key), _, Some(identity)) => identity.import(key)?,
            _ => return Err(not_supported(resource.name())),
        };
        let state = normalize(resource.block(), value.with_unknown_as_null(), &Value::Null);
        let identity = identity
            .map(|identity| identity.of(&state))
            .transpose()?
            .map(Value::with_unknown_as_null);
        Ok(Imported { state, identity })
    }
}

fn not_supported(name: &str) -> Diagnostic {
    let detail = format!("`{name}` cannot be imported. Create it instead.");
    Diagnostic::error("Import not supported", detail)
}
