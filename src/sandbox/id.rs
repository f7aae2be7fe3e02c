//! Ids as the API spells them: opaque text, one type per kind of thing.

use std::borrow::Borrow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares kinds of ids that cannot stand in for one another.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }
    )+};
}

ids! {
    /// ID of an account, which IAM calls a domain and CodeArts Repo a tenant; 32 hexadecimal digits.
    AccountId;
    /// ID of a project: an account in one region; 32 hexadecimal digits.
    ProjectId;
    /// ID of a secret or of a secret group; a UUID.
    ResourceId;
    /// ID of a user or group in the directory of CSMS; opaque, not an IAM id.
    GranteeId;
}
