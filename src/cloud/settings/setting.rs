//! How one setting is found: the argument, else the first of its environment variables that has a value.
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
    pub(in crate::cloud) argument: &'static str,
    pub(in crate::cloud) variables: &'static [&'static str],
}

/// What a setting was found to be.
#[derive(Debug)]
pub(in crate::cloud) struct FoundSetting {
    /// The value, without white space around it.
    pub(in crate::cloud) text: String,
    /// The environment variable it comes from; `None` for the argument.
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
    /// The error of a setting that something needs and nobody has set.
    pub(in crate::cloud) fn missing(&self) -> Error {
        let problem = format!(
            "is missing: set the argument, or one of {}",
            self.variables()
        );
        Error::setting(self.argument, problem)
    }

    /// That nobody has set it, in the middle of a sentence.
    pub(in crate::cloud) fn unset(&self) -> String {
        let variables = self.variables();
        format!("`{}` is not set, nor {variables}", self.argument)
    }

    /// The environment variables, in their order.
    pub(in crate::cloud) fn variables(&self) -> String {
        format!(
            "the environment variables `{}`",
            self.variables.join("`, `")
        )
    }

    /// What is written down, else what the environment says, without the white space around it that files and copying
    /// leave.
    pub(in crate::cloud) fn text(
        &self,
        argument: Option<&str>,
        environment: &Environment,
    ) -> Option<String> {
        let argument = argument.filter(|text| !text.is_empty()).map(str::to_owned);
        let variable = || Some(environment.first(self.variables)?.1.trim().to_owned());
        argument.or_else(variable)
    }

    /// The same for what must not be seen.
    pub(in crate::cloud) fn secret(
        &self,
        argument: Option<&Sensitive>,
        environment: &Environment,
    ) -> Option<Sensitive> {
        let argument = argument.filter(|secret| !secret.expose().is_empty());
        // As it is: a password may begin or end with a space.
        let variable = || Some(Sensitive::new(environment.first(self.variables)?.1));
        argument.cloned().or_else(variable)
    }

    /// What is written down, or else the first variable that has a value.
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
        let (variable, text) = environment.first(self.variables)?;
        Some(found(&text, Some(variable)))
    }

    /// A switch, in the spellings that Go reads; off if nobody says anything.
    pub(in crate::cloud) fn switch(
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
            _ => Err(self.wrong(&found, "must be `true` or `false`")),
        }
    }

    /// The error of a value that is wrong; `problem` follows the name of the argument.
    pub(in crate::cloud) fn wrong(&self, found: &FoundSetting, problem: impl Display) -> Error {
        match found.variable {
            None => Error::setting(self.argument, problem),
            Some(variable) => {
                let problem =
                    format!("{problem}; it comes from the environment variable `{variable}`");
                Error::setting(self.argument, problem)
            }
        }
    }

    /// An id: what is written down as it is, else what the environment says, without the white space around it.
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

    /// The same for the attribute of a block that is this argument.
    pub(in crate::cloud) fn part<T>(
        &self,
        attribute: &str,
        argument: Option<String>,
        environment: &Environment,
        parse: impl Fn(String) -> Result<T, InvalidId>,
    ) -> Result<Option<T>, Error> {
        self.parse(argument, environment, parse, |error| {
            format!("has a wrong `{attribute}`: it {}", error.problem())
        })
    }

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
            Err(error) => Err(self.wrong(&found, problem(&error))),
        }
    }
}
