//! Which of the two names of each type the schema contains.

use crate::cloud::Environment;
use crate::framework::{Diagnostic, TypeNames};

/// Environment variable that selects the names: `both` (default), `long` or `short`.
const VARIABLE: &str = "HWGRANTS_TYPE_NAMES";

/// The names that the environment selects.
///
/// # Errors
/// `HWGRANTS_TYPE_NAMES` has another value.
pub(super) fn read(environment: &Environment) -> Result<TypeNames, Diagnostic> {
    match environment.read(VARIABLE).as_deref() {
        None | Some("both") => Ok(TypeNames::Both),
        Some("long") => Ok(TypeNames::Long),
        Some("short") => Ok(TypeNames::Short),
        Some(other) => {
            let detail = format!(
                "The environment variable `{VARIABLE}` is `{}`, but must be `long`, `short` or `both`. Correct or unset the \
                 variable.",
                other.escape_debug()
            );
            Err(Diagnostic::error("Invalid HWGRANTS_TYPE_NAMES", detail))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(value: &str) -> Result<TypeNames, Diagnostic> {
        read(&Environment::of([(VARIABLE, value)]))
    }

    #[test]
    fn the_variable_selects_the_names() {
        assert_eq!(read(&Environment::of([])), Ok(TypeNames::Both));
        assert_eq!(names(""), Ok(TypeNames::Both));
        for (value, expected) in [
            ("both", TypeNames::Both),
            ("long", TypeNames::Long),
            ("short", TypeNames::Short),
        ] {
            assert_eq!(names(value), Ok(expected));
        }
        for value in ["LONG", "true", "long,short"] {
            let error = names(value).unwrap_err();
            for words in [value, "`long`, `short` or `both`"] {
                assert!(error.detail.contains(words), "{error:?}");
            }
        }
    }
}
