//! Request: generate the configuration of an existing object.

use crate::framework::diagnostic::Diagnostic;
use crate::framework::generate::generate;
use crate::framework::provider::Provider;
use crate::framework::value::Value;

use super::{Engine, ErasedResource, Registration};

impl<P: Provider> Engine<P> {
    /// Returns the configuration whose plan leaves `state` unchanged; null for null. Sends no request.
    ///
    /// # Errors
    /// The provider is not configured.
    pub fn generate_config(
        &self,
        resource: &Registration<ErasedResource<P::Client>>,
        state: Value,
    ) -> Result<Value, Diagnostic> {
        self.client()?;
        Ok(generate(resource.block(), state))
    }
}
