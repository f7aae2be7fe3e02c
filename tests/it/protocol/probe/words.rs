//! The probe's function, which behaves as its arguments say.

use hwgrants::framework::validate::length;
use hwgrants::framework::{Field, Function, FunctionError, model};

use super::behaviour;

/// The function.
pub(super) struct Words;

model! {
    /// What to join.
    pub(super) struct Parameters {
        /// What the words are.
        #[attribute(required)]
        words: Vec<String>,
        /// What is between them; a comma by default.
        #[attribute(check(length(0..=3)))]
        separator: Field<String>,
    }
}

model! {
    /// The words.
    pub(super) struct Joined {
        /// All of them.
        text: Field<String>,
        /// How many there are.
        count: Field<i64>,
    }
}

impl Function for Words {
    const NAME: &'static str = "words";
    const SUMMARY: &'static str = "Joins words.";
    const DESCRIPTION: &'static str = "Joins words, and counts them.";
    type Parameters = Parameters;
    type Output = Joined;

    fn call(parameters: Parameters) -> Result<Joined, FunctionError> {
        let Parameters { words, separator } = parameters;
        match words.first().map(String::as_str) {
            Some(behaviour::PANIC) => panic!("the kettle is dry"),
            Some(behaviour::REFUSE) => return Err(FunctionError::new("The probe refuses.")),
            Some(behaviour::FORBIDDEN) => {
                return Err(FunctionError::at("separator", "\u{1b} is forbidden."));
            }
            Some(behaviour::ASTRAY) => return Err(FunctionError::at("elsewhere", "Astray")),
            _ => {}
        }
        Ok(Joined {
            text: words.join(separator.text().unwrap_or(",")).as_str().into(),
            count: i64::try_from(words.len()).ok().into(),
        })
    }
}
