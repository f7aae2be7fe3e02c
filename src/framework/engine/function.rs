//! A type-erased function.

use std::sync::OnceLock;

use crate::framework::field::{Data, Mismatch};
use crate::framework::function::{Function, FunctionError};
use crate::framework::model::Model;
use crate::framework::provider::Provider;
use crate::framework::schema::{Attribute, Block, Presence};
use crate::framework::ty::Type;
use crate::framework::value::Value;

use super::Engine;

/// [`Function::call`] on untyped values. The argument is an object with a value for each parameter.
type CallFn = fn(&Value) -> Result<Value, FunctionError>;

/// A registered function: its signature, and its call on untyped values.
pub struct RegisteredFunction {
    name: &'static str,
    summary: &'static str,
    description: &'static str,
    build_signature: fn() -> Signature,
    signature: OnceLock<Signature>,
    call: CallFn,
}

/// The parameters and the result of a function.
struct Signature {
    parameters: Vec<Attribute>,
    output: Type,
    output_block: Option<Block>,
}

impl RegisteredFunction {
    pub(in crate::framework) fn of<F: Function>() -> Self {
        Self {
            name: F::NAME,
            summary: F::SUMMARY,
            description: F::DESCRIPTION,
            build_signature: || Signature {
                parameters: F::Parameters::schema_block().attributes,
                output: F::Output::ty(),
                output_block: F::Output::block(),
            },
            signature: OnceLock::new(),
            call: call::<F>,
        }
    }

    /// Name of the function.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What the function returns, in one sentence of plain text.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        self.summary
    }

    /// What the function returns and which arguments it accepts, in Markdown.
    #[must_use]
    pub fn description(&self) -> &'static str {
        self.description
    }

    /// The parameters, in order.
    pub fn parameters(&self) -> &[Attribute] {
        &self.signature().parameters
    }

    /// Type of the result.
    pub fn output(&self) -> &Type {
        &self.signature().output
    }

    /// The attributes of the objects that the result is or contains; none for a result without objects.
    pub fn output_block(&self) -> Option<&Block> {
        self.signature().output_block.as_ref()
    }

    /// Position of a parameter, counted from 0; none if there is no parameter of this name.
    #[must_use]
    pub fn position(&self, parameter: &str) -> Option<usize> {
        let mut parameters = self.parameters().iter();
        parameters.position(|each| each.name == parameter)
    }

    /// Calls the function. `arguments` contains a value of the declared type for each parameter, in order.
    ///
    /// The result is unknown if an argument is unknown or contains an unknown value.
    ///
    /// # Errors
    /// The arguments are not as many as the parameters, one of them is invalid, or the function failed.
    pub fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        self.check_count(arguments.len())?;
        let parameters = self.parameters();
        let pairs = || parameters.iter().zip(&arguments);
        if let Some((parameter, _)) =
            pairs().find(|(parameter, argument)| argument.is_null() && !allows_null(parameter))
        {
            let name = parameter.name;
            return Err(FunctionError::at(
                name,
                format!("`{name}` must not be null"),
            ));
        }
        if !arguments.iter().all(Value::is_wholly_known) {
            return Ok(Value::Unknown);
        }
        for (parameter, argument) in pairs().filter(|(_, argument)| !argument.is_null()) {
            for check in &parameter.checks {
                check(argument)
                    .map_err(|problem| FunctionError::at(parameter.name, problem.detail))?;
            }
        }
        let names = parameters.iter().map(|parameter| parameter.name);
        (self.call)(&Value::object(names.zip(arguments)))
    }

    /// Checks the number of arguments.
    ///
    /// # Errors
    /// There are fewer or more arguments than parameters.
    pub fn check_count(&self, arguments: usize) -> Result<(), FunctionError> {
        let (name, expected) = (self.name, self.parameters().len());
        match arguments == expected {
            true => Ok(()),
            false => Err(FunctionError::new(format!(
                "the number of arguments for `{name}` must be {expected}, not {arguments}"
            ))),
        }
    }

    fn signature(&self) -> &Signature {
        self.signature.get_or_init(self.build_signature)
    }
}

/// Whether the argument for a parameter may be null.
#[must_use]
pub fn allows_null(parameter: &Attribute) -> bool {
    parameter.presence != Presence::Required
}

fn call<F: Function>(arguments: &Value) -> Result<Value, FunctionError> {
    let parameters = F::Parameters::from_value(arguments).map_err(mismatch_error::<F>)?;
    Ok(F::call(parameters)?.to_value())
}

/// The error for an argument that its Rust type cannot represent.
fn mismatch_error<F: Function>(mismatch: Mismatch) -> FunctionError {
    let root = mismatch.attribute.split('.').next();
    let parameters = F::Parameters::FIELDS.iter().copied();
    let parameter = parameters.into_iter().find(|name| Some(*name) == root);
    FunctionError {
        text: mismatch.problem.detail,
        parameter,
    }
}

impl<P: Provider> Engine<P> {
    /// Every function, ordered by name.
    pub fn functions(&self) -> impl Iterator<Item = &RegisteredFunction> {
        self.functions.values()
    }

    /// The function of this name, if the provider offers it.
    pub fn function(&self, name: &str) -> Option<&RegisteredFunction> {
        self.functions.get(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::{Field, model};

    model! {
        /// The parameters.
        struct Parameters {
            /// A count.
            #[attribute(required)]
            count: i64,
            /// A word.
            word: Field<String>,
        }
    }

    /// Repeats a word, `a` by default.
    struct Repeat;

    impl Function for Repeat {
        const NAME: &'static str = "repeat";
        const SUMMARY: &'static str = "Repeats a word.";
        const DESCRIPTION: &'static str = "Repeats a word.";
        type Parameters = Parameters;
        type Output = String;

        fn call(parameters: Parameters) -> Result<String, FunctionError> {
            let count = usize::try_from(parameters.count);
            let count = count.map_err(|_| FunctionError::at("count", "`count` is negative"))?;
            Ok(parameters.word.text().unwrap_or("a").repeat(count))
        }
    }

    fn repeat(arguments: &[Value]) -> Result<Value, FunctionError> {
        RegisteredFunction::of::<Repeat>().call(arguments.to_vec())
    }

    #[test]
    fn arguments_are_passed_in_the_order_of_the_parameters() {
        let function = RegisteredFunction::of::<Repeat>();
        let names: Vec<_> = function.parameters().iter().map(|each| each.name).collect();
        assert_eq!(names, ["count", "word"]);
        assert_eq!(function.position("word"), Some(1));
        assert_eq!(function.position("text"), None);
        assert_eq!(repeat(&[2.into(), "ab".into()]), Ok("abab".into()));
    }

    #[test]
    fn only_required_parameters_reject_null() {
        assert_eq!(repeat(&[3.into(), Value::Null]), Ok("aaa".into()));
        let refused = repeat(&[Value::Null, Value::Unknown]).unwrap_err();
        assert_eq!(refused.parameter, Some("count"));
    }

    #[test]
    fn an_unknown_argument_makes_the_result_unknown() {
        assert_eq!(repeat(&[Value::Unknown, "ab".into()]), Ok(Value::Unknown));
        assert_eq!(repeat(&[(-1).into(), Value::Unknown]), Ok(Value::Unknown));
    }

    #[test]
    fn errors_name_the_parameter_or_the_whole_call() {
        let half = Value::Number("0.5".parse().unwrap());
        let huge = Value::Number("1e30".parse().unwrap());
        for wrong in [half, huge, (-1).into()] {
            let refused = repeat(&[wrong.clone(), "ab".into()]).unwrap_err();
            assert_eq!(refused.parameter, Some("count"), "{wrong:?}");
            assert!(!refused.text.contains("bug"), "{refused}");
        }
        let refused = repeat(&[3.into()]).unwrap_err();
        assert_eq!(refused.parameter, None);
        assert!(refused.text.contains("must be 2, not 1"), "{refused}");
    }
}
