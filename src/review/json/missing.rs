//! Blocks that lack a mandatory argument, as JSON.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use crate::review::change;

/// A block that lacks required arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MissingArguments {
    /// The address of the block, including the instance key.
    pub address: String,
    /// The arguments that are null, sorted.
    pub arguments: Vec<String>,
    /// What applying the plan does to the block.
    pub applying: Applying,
}

/// What applying a plan does to a block that lacks a required argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Applying {
    /// Applying revokes the block's current grant, and then fails to create the new grant.
    RevokesAndFails,
    /// Applying fails, and changes no access.
    Fails,
    /// Nothing is planned for the block.
    Nothing,
}

impl From<&(String, change::Missing)> for MissingArguments {
    fn from((address, missing): &(String, change::Missing)) -> Self {
        let arguments = missing.arguments.iter();
        Self {
            address: address.clone(),
            arguments: arguments.map(|name| (*name).to_owned()).collect(),
            applying: match missing.outcome {
                change::StepOutcome::RevokesAndFails => Applying::RevokesAndFails,
                change::StepOutcome::Fails => Applying::Fails,
                change::StepOutcome::Nothing => Applying::Nothing,
            },
        }
    }
}
