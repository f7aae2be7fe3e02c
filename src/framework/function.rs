//! The trait that a function implements, and its errors.

use super::field::Data;
use super::model::Model;

/// A function that configurations call as `provider::LOCAL_NAME::FUNCTION(…)`.
///
/// A function is pure: the same arguments always give the same result, without the client, the clock, the environment or
/// the network. Terraform calls it during every operation, also without a configured provider, and reports an error if
/// two results differ. A panic becomes an error of the call; the process keeps running.
///
/// The number of parameters is fixed.
///
/// Source: Terraform plugin protocol 6, Functions.
pub trait Function: Send + Sync + 'static {
    /// Name of the function, without the provider's name: an identifier.
    const NAME: &'static str;
    /// What the function returns, in one sentence of plain text.
    const SUMMARY: &'static str;
    /// What the function returns and which arguments it accepts, in Markdown.
    const DESCRIPTION: &'static str;
    /// The parameters, in the order of the fields.
    ///
    /// A field declared as `required` rejects null; any other may be null and must be a
    /// [`Field`](crate::framework::Field). No argument is unknown: a call with an unknown argument has an unknown result
    /// and does not reach the function. Checks run before the call; rules about plans have no effect.
    type Parameters: Model;
    /// The result.
    type Output: Data;

    /// Computes the result.
    ///
    /// # Errors
    /// An argument is invalid, or the result cannot be represented.
    fn call(parameters: Self::Parameters) -> Result<Self::Output, FunctionError>;
}

/// The error of a function call. A call has no diagnostics and no warnings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct FunctionError {
    /// What is wrong, and what is valid. Terraform prints the text inside a sentence of its own, after the name of the
    /// parameter, and adds a full stop.
    pub text: String,
    /// Name of the parameter whose argument is invalid; none if the error concerns the whole call.
    pub parameter: Option<&'static str>,
}

impl FunctionError {
    /// An error that concerns the whole call.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            parameter: None,
        }
    }

    /// An error in the argument for this parameter.
    #[must_use]
    pub fn at(parameter: &'static str, text: impl Into<String>) -> Self {
        Self {
            parameter: Some(parameter),
            ..Self::new(text)
        }
    }
}
