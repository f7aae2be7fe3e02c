//! Functions: their signatures and calls, converted between framework types and protocol messages.
//!
//! Source: Terraform plugin protocol 6, Functions.

use std::collections::BTreeMap;

use crate::framework::engine::{RegisteredFunction, allows_null};
use crate::framework::schema::Attribute;
use crate::framework::{Diagnostic, FunctionError, Value};

use super::{from_proto, proto, to_proto, type_json};

/// Encodes signatures by the name of their function.
pub(super) fn signatures<'a>(
    functions: impl Iterator<Item = &'a RegisteredFunction>,
) -> BTreeMap<String, proto::Function> {
    functions
        .map(|function| (function.name().to_owned(), signature(function)))
        .collect()
}

fn signature(function: &RegisteredFunction) -> proto::Function {
    proto::Function {
        parameters: function.parameters().iter().map(parameter).collect(),
        // Clients fail on a function without a return type.
        r#return: Some(proto::function::Return {
            r#type: type_json::to_bytes(function.output()),
        }),
        summary: function.summary().to_owned(),
        description: function.description().to_owned(),
        description_kind: proto::StringKind::Markdown.into(),
        ..proto::Function::default()
    }
}

fn parameter(parameter: &Attribute) -> proto::function::Parameter {
    proto::function::Parameter {
        name: parameter.name.to_owned(),
        r#type: type_json::to_bytes(&parameter.ty),
        allow_null_value: allows_null(parameter),
        // The client does not call a function with an unknown argument, and its result is unknown.
        allow_unknown_values: false,
        description: parameter.description.to_owned(),
        description_kind: proto::StringKind::Markdown.into(),
    }
}

/// Calls a function. Errors of the call are part of the response.
///
/// # Errors
/// The result is not of the declared type: a bug in the provider.
pub(super) fn call(
    function: &RegisteredFunction,
    arguments: &[proto::DynamicValue],
) -> Result<proto::call_function::Response, Diagnostic> {
    let result = decode(function, arguments).and_then(|arguments| function.call(arguments));
    Ok(match result {
        Ok(result) => proto::call_function::Response {
            result: Some(to_proto::value(&result, function.output())?),
            error: None,
        },
        Err(error) => {
            let position = error.parameter.and_then(|name| function.position(name));
            let position = position.and_then(|position| i64::try_from(position).ok());
            proto::call_function::Response {
                result: None,
                error: Some(function_error(&to_proto::message(&error.text), position)),
            }
        }
    })
}

/// Decodes the arguments, which must be as many as the parameters.
fn decode(
    function: &RegisteredFunction,
    arguments: &[proto::DynamicValue],
) -> Result<Vec<Value>, FunctionError> {
    function.check_count(arguments.len())?;
    let pairs = function.parameters().iter().zip(arguments);
    let decoded = pairs.map(|(parameter, argument)| {
        let value = from_proto::value(Some(argument), &parameter.ty, "argument");
        value.map_err(|diagnostic| FunctionError::at(parameter.name, diagnostic.detail))
    });
    decoded.collect()
}

/// An error of a call. `argument` is the position of the invalid argument, counted from 0.
///
/// Clients print the text inside a sentence and add a full stop, so a full stop at its end is removed.
pub(super) fn function_error(text: &str, argument: Option<i64>) -> proto::FunctionError {
    proto::FunctionError {
        text: text.trim_end_matches('.').to_owned(),
        function_argument: argument,
    }
}
