//! What the author of a data source writes.

use super::diagnostic::Diagnostics;
use super::model::Model;
use super::resource::Context;

/// A kind of object that Terraform looks at and does not manage.
///
/// Reading gets the provider's client and typed attributes. A panic becomes a diagnostic and the process lives. Several
/// are read side by side. Of the schema's rules those about changes mean nothing here: nothing is kept between reads.
pub trait DataSource: Send + Sync + Sized + 'static {
    /// The type's name in the configuration; a resource may have the same one.
    const NAME: &'static str;
    /// What reading works with.
    type Client: Send + Sync + 'static;
    /// The attributes.
    type Model: Model;

    /// Looks, and answers `config` with what the practitioner left open filled in. Changes nothing anywhere.
    ///
    /// `config` is wholly known, and what is set in it is answered as it is. Of `context`, what is remembered with an
    /// object is empty and lost.
    ///
    /// # Errors
    /// What is named is not there. Where several things are looked for, none is an empty collection and no error.
    fn read(
        client: &Self::Client,
        config: Self::Model,
        context: &mut Context,
    ) -> impl Future<Output = Result<Self::Model, Diagnostics>> + Send;
}
