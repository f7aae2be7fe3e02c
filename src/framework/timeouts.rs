//! The `timeouts` block: how long each operation may take.

use std::time::Duration;

use jiff::SignedDuration;

use super::field::Field;
use super::model::model;
use super::schema::{Attribute, Block, NestedBlock, Nesting, Problem};
use super::validate::check_text;

/// Name of the block.
pub const NAME: &str = "timeouts";

model! {
    /// How long each operation may take, as durations such as `90s`, `5m` or `1h30m`. Null means the default.
    pub struct Timeouts {
        /// Creating.
        pub create: Field<String>,
        /// Reading.
        pub read: Field<String>,
        /// Updating.
        pub update: Field<String>,
        /// Deleting.
        pub delete: Field<String>,
    }
}

model! {
    /// How long reading a data source may take, in the same form. Null means the default.
    pub struct ReadTimeout {
        /// Reading.
        pub read: Field<String>,
    }
}

/// The block, for a resource's schema. Its defaults, for the documentation, are those of [`Operation::default_timeout`].
#[must_use]
pub fn block() -> NestedBlock {
    block_of(
        "How long each operation may take, as durations such as `90s`, `5m` or `1h30m`.",
        &[
            ("create", "Creating; `5m` unless set."),
            READ,
            ("update", "Updating; `5m` unless set."),
            ("delete", "Deleting; `5m` unless set."),
        ],
    )
}

/// The block, for a data source's schema.
#[must_use]
pub fn read_block() -> NestedBlock {
    block_of(
        "How long reading may take, as a duration such as `90s`, `5m` or `1h30m`.",
        &[READ],
    )
}

/// What both blocks have: name and description.
const READ: (&str, &str) = ("read", "Reading; `2m` unless set.");

fn block_of(description: &'static str, operations: &[(&'static str, &'static str)]) -> NestedBlock {
    let attributes = operations.iter().map(|(name, description)| {
        Attribute::string(name, description).check(check_text(check_duration))
    });
    NestedBlock {
        name: NAME,
        nesting: Nesting::Single,
        block: Block {
            description,
            attributes: attributes.collect(),
            blocks: Vec::new(),
        },
    }
}

/// What a resource is asked to do with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Make it.
    Create,
    /// Look at it.
    Read,
    /// Change it.
    Update,
    /// Remove it.
    Delete,
}

impl Operation {
    /// How long this may take where the practitioner sets nothing.
    #[must_use]
    pub const fn default_timeout(self) -> Duration {
        match self {
            Self::Create | Self::Update | Self::Delete => Duration::from_secs(5 * 60),
            Self::Read => Duration::from_secs(2 * 60),
        }
    }
}

/// How long `operation` may take.
#[must_use]
pub fn timeout(timeouts: &Field<Timeouts>, operation: Operation) -> Duration {
    let set = timeouts.known().map(|timeouts| match operation {
        Operation::Create => &timeouts.create,
        Operation::Read => &timeouts.read,
        Operation::Update => &timeouts.update,
        Operation::Delete => &timeouts.delete,
    });
    or_default(set, operation)
}

/// How long reading a data source may take.
#[must_use]
pub fn read_timeout(timeouts: &Field<ReadTimeout>) -> Duration {
    let set = timeouts.known().map(|timeouts| &timeouts.read);
    or_default(set, Operation::Read)
}

fn or_default(set: Option<&Field<String>>, operation: Operation) -> Duration {
    let set = set.and_then(Field::text).and_then(parse);
    set.unwrap_or_else(|| operation.default_timeout())
}

/// Reads a duration as Go writes it: `300ms`, `1.5h`, `1h30m`. None if it is not one, or not above zero.
fn parse(text: &str) -> Option<Duration> {
    let is_go = |character: char| character.is_ascii_digit() || "hmsunµ.".contains(character);
    let duration: SignedDuration = text.chars().all(is_go).then(|| text.parse().ok())??;
    Duration::try_from(duration)
        .ok()
        .filter(|duration| !duration.is_zero())
}

fn check_duration(text: &str) -> Result<(), Problem> {
    parse(text).map(|_| ()).ok_or_else(|| Problem {
        summary: "Invalid duration",
        detail: format!("`{text}` is not a duration above zero. Write a number and a unit, such as `90s`, `5m` or `1h30m`."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        for (text, seconds) in [
            ("90s", 90.0),
            ("5m", 300.0),
            ("1h30m", 5400.0),
            ("1.5h", 5400.0),
            ("300ms", 0.3),
        ] {
            assert_eq!(
                parse(text),
                Some(Duration::from_secs_f64(seconds)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "5", "5 m", "-5m", "0s", "m", "5 minutes", "PT5M", "5d"] {
            assert!(check_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn unset_timeouts_are_the_defaults() {
        let some = Timeouts {
            create: "7s".into(),
            read: Field::Null,
            update: Field::Null,
            delete: Field::Null,
        };
        let field = Field::Known(some);
        assert_eq!(timeout(&field, Operation::Create), Duration::from_secs(7));
        assert_eq!(timeout(&field, Operation::Read), Duration::from_secs(120));
        assert_eq!(
            timeout(&Field::Null, Operation::Delete),
            Duration::from_secs(300)
        );
        let read = |read| read_timeout(&Field::Known(ReadTimeout { read }));
        assert_eq!(read("7s".into()), Duration::from_secs(7));
        assert_eq!(read(Field::Null), Duration::from_secs(120));
        assert_eq!(read_timeout(&Field::Null), Duration::from_secs(120));
    }
}
