//! Request: take an object that exists under management.

use crate::framework::diagnostic::Diagnostic;
use crate::framework::provider::Provider;
use crate::framework::settle::settle;
use crate::framework::value::Value;

use super::{Engine, ErasedResource, Registration};

impl<P: Provider> Engine<P> {
    /// Reads an import id into what a following read needs; all else null.
    ///
    /// # Errors
    /// The provider is not configured, the resource cannot be imported, or the id is malformed.
    pub fn import(
        &self,
        resource: &Registration<ErasedResource<P::Client>>,
        id: &str,
    ) -> Result<Value, Diagnostic> {
        self.client()?;
        let import = resource.import().ok_or_else(|| {
            let detail = format!(
                "`{}` cannot be imported. Create it instead.",
                resource.name()
            );
            Diagnostic::error("Import not supported", detail)
        })?;
        let value = import(id)?.with_unknown_as_null();
        Ok(settle(resource.block(), value, &Value::Null))
    }
}
