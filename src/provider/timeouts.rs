//! The `timeouts` block: timeouts of the operations, and their defaults.

use std::time::Duration;

use crate::framework::timeouts::GoDuration;
use crate::framework::{Field, model};

model! {
    /// How long each operation of a resource may take. Null means the default of [`Operation::default_timeout`].
    pub struct Timeouts {
        /// Timeout for create operations. Defaults to `5m`.
        pub create: Field<GoDuration>,
        /// Timeout for read operations. Defaults to `2m`.
        pub read: Field<GoDuration>,
        /// Timeout for update operations. Defaults to `5m`.
        pub update: Field<GoDuration>,
        /// Timeout for delete operations. Defaults to `5m`.
        pub delete: Field<GoDuration>,
    }
}

model! {
    /// How long reading a data source may take. Null means the default of [`Operation::default_timeout`].
    pub struct ReadTimeout {
        /// Timeout for read operations. Defaults to `2m`.
        pub read: Field<GoDuration>,
    }
}

model! {
    /// How long an action may take. Null means the default of a deletion.
    pub struct InvokeTimeout {
        /// Timeout for the action. Defaults to `5m`.
        pub invoke: Field<GoDuration>,
    }
}

/// An operation of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// Create.
    Create,
    /// Read.
    Read,
    /// Update.
    Update,
    /// Delete.
    Delete,
}

impl Operation {
    /// The timeout if none is configured.
    pub(super) const fn default_timeout(self) -> Duration {
        match self {
            Self::Create | Self::Update | Self::Delete => Duration::from_secs(5 * 60),
            Self::Read => Duration::from_secs(2 * 60),
        }
    }
}

/// The timeout of `operation`: as configured, or the default.
pub(super) fn timeout(timeouts: &Field<Timeouts>, operation: Operation) -> Duration {
    let set = timeouts.known().map(|timeouts| match operation {
        Operation::Create => &timeouts.create,
        Operation::Read => &timeouts.read,
        Operation::Update => &timeouts.update,
        Operation::Delete => &timeouts.delete,
    });
    or_default(set, operation)
}

/// The timeout of reading a data source: as configured, or the default.
pub(super) fn read_timeout(timeouts: &Field<ReadTimeout>) -> Duration {
    let set = timeouts.known().map(|timeouts| &timeouts.read);
    or_default(set, Operation::Read)
}

/// The timeout of an action: as configured, or the default of a deletion.
pub(super) fn invoke_timeout(timeouts: &Field<InvokeTimeout>) -> Duration {
    let set = timeouts.known().map(|timeouts| &timeouts.invoke);
    or_default(set, Operation::Delete)
}

/// The configured timeout. Null and unknown mean the default of the operation.
fn or_default(set: Option<&Field<GoDuration>>, operation: Operation) -> Duration {
    let set = set.and_then(Field::known).map(GoDuration::duration);
    set.unwrap_or_else(|| operation.default_timeout())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::{Model as _, Text as _};

    #[test]
    fn unset_timeouts_are_the_defaults() {
        let seven = || Field::Known(GoDuration::parse("7s").unwrap());
        let some = Timeouts {
            create: seven(),
            ..Timeouts::default()
        };
        let field = Field::Known(some);
        assert_eq!(timeout(&field, Operation::Create), Duration::from_secs(7));
        assert_eq!(timeout(&field, Operation::Read), Duration::from_secs(120));
        assert_eq!(
            timeout(&Field::Null, Operation::Delete),
            Duration::from_secs(300)
        );
        let read = |read| read_timeout(&Field::Known(ReadTimeout { read }));
        assert_eq!(read(seven()), Duration::from_secs(7));
        assert_eq!(read(Field::Null), Duration::from_secs(120));
        assert_eq!(read_timeout(&Field::Null), Duration::from_secs(120));
    }

    #[test]
    fn descriptions_name_the_defaults() {
        let operations = [
            ("create", Operation::Create),
            ("read", Operation::Read),
            ("update", Operation::Update),
            ("delete", Operation::Delete),
        ];
        let block = Timeouts::schema_block();
        assert_eq!(block.attributes.len(), operations.len());
        for (name, operation) in operations {
            let minutes = operation.default_timeout().as_secs() / 60;
            let description = block.attribute(name).unwrap().description;
            assert!(
                description.ends_with(&format!("Defaults to `{minutes}m`.")),
                "{description}"
            );
        }
        let invoke = InvokeTimeout::schema_block();
        let description = invoke.attribute("invoke").unwrap().description;
        assert!(description.ends_with("Defaults to `5m`."), "{description}");
        assert_eq!(invoke_timeout(&Field::Null), Duration::from_secs(300));
        let read = block.attribute("read").unwrap().description;
        let block = ReadTimeout::schema_block();
        assert_eq!(block.attribute("read").unwrap().description, read);
    }
}
