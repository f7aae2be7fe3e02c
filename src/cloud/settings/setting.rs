//! How a setting is resolved: its argument, or else the first of its environment variables that has a value.
//!
//! Source: names and order as in the provider `huaweicloud` 1.97.

use std::fmt::Display;

use crate::cloud::credential::Sensitive;
use crate::cloud::error::Error;
use crate::cloud::id::InvalidId;
use crate::cloud::settings::variables;

use super::environment::Environment;

/// A setting's names.
#[derive(Debug)]
pub(in crate::cloud) struct Setting {
    /// Name of the argument or block at which errors are reported.
    pub(in crate::cloud) argument: &'static str,
    /// Environment variables in order of precedence.
    pub(in crate::cloud) variables: &'static [&'static str],
}

/// The value of a setting, and where it comes from.
#[derive(Debug)]
pub(in crate::cloud) struct FoundSetting {
    /// The value, without white space around it.
    pub(in crate::cloud) text: String,
    /// The environment variable that it comes from; `None` for the argument.
    variable: Option<&'static str>,
}

pub(in crate::cloud) const REGION: Setting = Setting {
    argument: "region",
    variables: variables::REGION,
};
pub(in crate::cloud) const PROJECT_ID: Setting = Setting {
    argument: "project_id",
    variables: variables::PROJECT_ID,
};
pub(in crate::cloud) const DOMAIN_ID: Setting = Setting {
    argument: "domain_id",
    variables: variables::DOMAIN_ID,
};
pub(in crate::cloud) const PROJECT_NAME: Setting = Setting {
    argument: "project_name",
    variables: variables::PROJECT_NAME,
};
pub(in crate::cloud) const SIGNING_ALGORITHM: Setting = Setting {
    argument: "signing_algorithm",
    variables: variables::SIGNING_ALGORITHM,
};
pub(in crate::cloud) const MAX_RETRIES: Setting = Setting {
    argument: "max_retries",
    variables: variables::MAX_RETRIES,
};

impl Setting {
    /// The error for a required setting that is not set.
    pub(in crate::cloud) fn missing(&self) -> Error {
        let problem = format!(
            "is missing: set the argument or {}",
            self.one_of_variables()
        );
        Error::setting(self.argument, problem)
    }

    /// A clause which says that the setting is not set, such as "neither `token` nor the environment variable `X` is set".
    pub(in crate::cloud) fn unset(&self) -> String {
        let argument = self.argument;
        format!(
            "neither `{argument}` nor {} is set",
            self.one_of_variables()
        )
    }

    /// The environment variables by name, in order of precedence, such as "the environment variable `A` or `B`".
    pub(in crate::cloud) fn one_of_variables(&self) -> String {
        match self.variables {
            [first @ .., last] if !first.is_empty() => {
                let first = first.join("`, `");
                format!("the environment variable `{first}` or `{last}`")
            }
            variables => format!("the environment variable `{}`", variables.concat()),
        }
    }

    /// The argument as it is, or else the environment variable without surrounding white space.
    pub(in crate::cloud) fn text(
        &self,
        argument: Option<&str>,
        environment: &Environment,
    ) -> Option<String> {
        let argument = argument.filter(|text| !text.is_empty()).map(str::to_owned);
        let variable = || Some(environment.first_set(self.variables)?.1.trim().to_owned());
        argument.or_else(variable)
    }

    /// The same for a sensitive value.
    pub(in crate::cloud) fn secret(
        &self,
        argument: Option<&Sensitive>,
        environment: &Environment,
    ) -> Option<Sensitive> {
        let argument = argument.filter(|secret| !secret.expose().is_empty());
        // Not trimmed: a password may begin or end with a space.
        let variable = || Some(Sensitive::new(environment.first_set(self.variables)?.1));
        argument.cloned().or_else(variable)
    }

    /// The trimmed value of the argument, or else of the first variable that has a value.
    pub(in crate::cloud) fn find(
        &self,
        argument: Option<&str>,
        environment: &Environment,
    ) -> Option<FoundSetting> {
        let found = |text: &str, variable| FoundSetting {
            text: text.trim().to_owned(),
            variable,
        };
        let written = argument.filter(|text| !text.trim().is_empty());
        if let Some(text) = written {
            return Some(found(text, None));
        }
        let (variable, text) = environment.first_set(self.variables)?;
        Some(found(&text, Some(variable)))
    }

    /// A boolean in Go's spellings; false if unset.
    pub(in crate::cloud) fn bool(
        &self,
        argument: Option<bool>,
        environment: &Environment,
    ) -> Result<bool, Error> {
        if let Some(is_on) = argument {
            return Ok(is_on);
        }
        let Some(found) = self.find(None, environment) else {
            return Ok(false);
        };
        match found.text.as_str() {
            "1" | "t" | "T" | "true" | "True" | "TRUE" => Ok(true),
            "0" | "f" | "F" | "false" | "False" | "FALSE" => Ok(false),
            _ => Err(self.invalid(&found, "must be `true` or `false`")),
        }
    }

    /// The error for an invalid value; `problem` follows the name of the argument.
    pub(in crate::cloud) fn invalid(&self, found: &FoundSetting, problem: impl Display) -> Error {
        match found.variable {
            None => Error::setting(self.argument, problem),
            Some(variable) => {
                let problem = format!("{problem} (set by the environment variable `{variable}`)");
                Error::setting(self.argument, problem)
            }
        }
    }

    /// An id: the argument as it is, or else the trimmed environment variable.
    pub(in crate::cloud) fn id<T>(
        &self,
        argument: Option<String>,
        environment: &Environment,
        parse: impl Fn(String) -> Result<T, InvalidId>,
    ) -> Result<Option<T>, Error> {
        self.parse(argument, environment, parse, |error| {
            error.problem().to_owned()
        })
    }

    /// The same for an attribute of the block that this argument is.
    pub(in crate::cloud) fn nested_id<T>(
        &self,
        attribute: &str,
        argument: Option<String>,
        environment: &Environment,
        parse: impl Fn(String) -> Result<T, InvalidId>,
    ) -> Result<Option<T>, Error> {
        self.parse(argument, environment, parse, |error| {
            format!("attribute `{attribute}` {}", error.problem())
        })
    }

    /// Parses the argument or variable; `None` if neither is set. `problem` is the text that follows the name of the
    /// argument.
    fn parse<T>(
        &self,
        argument: Option<String>,
        environment: &Environment,
        parse: impl Fn(String) -> Result<T, InvalidId>,
        problem: impl Fn(&InvalidId) -> String,
    ) -> Result<Option<T>, Error> {
        let found = match argument.filter(|text| !text.is_empty()) {
            Some(text) => FoundSetting {
                text,
                variable: None,
            },
            None => match self.find(None, environment) {
                Some(found) => found,
                None => return Ok(None),
            },
        };
        match parse(found.text.clone()) {
            Ok(id) => Ok(Some(id)),
            Err(error) => Err(self.invalid(&found, problem(&error))),
        }
    }
}
