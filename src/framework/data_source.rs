//! The trait that a data source implements.

use super::diagnostic::Diagnostics;
use super::model::Model;
use super::resource::Context;

/// A data source: objects that Terraform reads and does not manage.
///
/// `read` receives the provider's client and the typed configuration. Reads of different data sources run concurrently.
/// A panic in one becomes a diagnostic; the process keeps running. Schema rules about changes, such as replacement, do
/// not apply: nothing is stored between reads.
pub trait DataSource: Send + Sync + Sized + 'static {
    /// Name of the data source type, without the provider's type in front. A resource may have the same name.
    const NAME: &'static str;
    /// The provider's client.
    type Client: Send + Sync + 'static;
    /// The attributes.
    type Model: Model;

    /// Reads the data source: returns `config` with the computed attributes set. Has no side effects.
    ///
    /// `config` is wholly known, and the values that it sets must be returned unchanged. Private data in `context` is
    /// empty and is not stored.
    ///
    /// # Errors
    /// The named object does not exist, or cannot be read. A search that finds nothing returns an empty collection, not
    /// an error.
    fn read(
        client: &Self::Client,
        config: Self::Model,
        context: &mut Context,
    ) -> impl Future<Output = Result<Self::Model, Diagnostics>> + Send;
}
