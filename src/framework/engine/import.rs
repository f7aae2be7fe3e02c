//! Request: import an existing object.

use crate::framework::diagnostic::Diagnostic;
use crate::framework::normalize::normalize;
use crate::framework::provider::Provider;
use crate::framework::value::Value;

use super::{Engine, ErasedResource, Registration};

/// The id or identity of the object to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportKey {
    /// An import ID, in the resource's own format.
    Id(String),
    /// An identity, in which optional attributes may be null.
    Identity(Value),
}

/// An imported object before it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The attributes that the following read needs; all others are null.
    pub state: Value,
    /// The identity, with null for attributes that are not known yet; none if the resource has no identity.
    pub identity: Option<Value>,
}

impl<P: Provider> Engine<P> {
    /// Parses an import ID or identity into the attributes that the following read needs. Sends no request.
    ///
    /// # Errors
    /// The provider is not configured, the resource does not support this kind of import, or the key is malformed.
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
            _ => return Err(import_not_supported_error(resource.name())),
        };
        let state = normalize(resource.block(), value.with_unknown_as_null(), &Value::Null);
        let identity = identity
            .map(|identity| identity.of(&state))
            .transpose()?
            .map(Value::with_unknown_as_null);
        Ok(Imported { state, identity })
    }
}

fn import_not_supported_error(name: &str) -> Diagnostic {
    let detail = format!(
        "`{name}` does not support this import method. Create the object with a `resource` block instead."
    );
    Diagnostic::error("Import not supported", detail)
}
