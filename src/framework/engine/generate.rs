//! Request: write the configuration of an object that exists.

use crate::framework::diagnostic::Diagnostic;
use crate::framework::generate::generate;
use crate::framework::provider::Provider;
use crate::framework::value::Value;

use super::{Engine, ErasedResource, Registration};

impl<P: Provider> Engine<P> {
    /// Writes the configuration whose plan leaves `state` as it is; null for null. Sends nothing.
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
