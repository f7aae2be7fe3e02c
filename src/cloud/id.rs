//! Typed ids: they cannot be confused with each other, cannot be empty, and are safe in a URL path.

use std::fmt;

/// Why a text is not an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` {problem}")]
pub struct InvalidId {
    name: &'static str,
    problem: String,
}

impl InvalidId {
    /// What the id is called in requests, such as `resource_id`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What is wrong with it, such as `must be 1 to 64 characters long, not 0`.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

/// Declares a type of ids with its name in requests and its maximum length in characters.
macro_rules! id {
    ($(#[$doc:meta])* $type:ident, $name:literal, $max_chars:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(String);

        impl $type {
            /// The longest id, in characters; the shortest has one.
            pub const MAX_CHARS: usize = $max_chars;

            /// Takes an id as a service lists it, unchanged.
            ///
            /// # Errors
            /// [`InvalidId`] if it is empty, too long, or `.` or `..`, which no URL can carry.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                check($name, &text, Self::MAX_CHARS)?;
                Ok(Self(text))
            }

            /// Takes an id from a configuration or an import, unchanged. Stricter than [`Self::new`], which accepts
            /// what a service lists: such an id must be usable in an import ID, and must not contain what copying adds.
            ///
            /// # Errors
            /// As of [`Self::new`], and if it begins or ends with white space, or holds a line break, another control
            /// character or a slash.
            pub fn written(text: impl Into<String>) -> Result<Self, InvalidId> {
                let id = Self::new(text)?;
                check_written($name, &id.0)?;
                Ok(id)
            }

            /// The id as it was given.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $type {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }
    };
}

id! {
    /// ID of an IAM project: where secrets live. 1–64 characters.
    ProjectId, "project_id", 64
}
id! {
    /// ID of an account, called domain by IAM and tenant by CodeArts Repo. 1–1,000 characters.
    DomainId, "domain_id", 1000
}
id! {
    /// ID of a secret or a secret group. 1–64 characters; usually a UUID, which nothing relies on.
    ResourceId, "resource_id", 64
}
id! {
    /// ID of the user or group that a grant is for. 1–64 characters, opaque.
    GranteeId, "grantee_target_id", 64
}

id! {
    /// ID of a user in the directory of CSMS, which a grant calls `grantee_target_id`. 1–64 characters, opaque.
    UserId, "user_id", 64
}

id! {
    /// ID of a KMS key. 1–1,000 characters; usually a UUID, which nothing relies on.
    KmsKeyId, "cmk_key_id", 1000
}
id! {
    /// Name (alias) of a KMS key. 1–1,000 characters.
    KmsKeyName, "cmk_key_name", 1000
}

/// Name of a region, such as `cn-north-4`. 1–64 letters, digits and hyphens.
///
/// A region becomes part of a host name, so any other character could send credentials to another host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(String);

impl Region {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 64;

    /// Takes a text as a region, unchanged.
    ///
    /// # Errors
    /// [`InvalidId`] if it is empty, too long, or holds anything but ASCII letters, digits and inner hyphens.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
        let text = text.into();
        check("region", &text, Self::MAX_CHARS)?;
        let is_label = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !is_label || text.starts_with('-') || text.ends_with('-') {
            let problem = format!(
                "must contain only letters, digits and hyphens, and must not begin or end with a hyphen, but is \
                 `{text}`"
            );
            return Err(InvalidId {
                name: "region",
                problem,
            });
        }
        Ok(Self(text))
    }

    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Region {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::new(text)
    }
}

/// Checks an id as a service lists it: neither empty nor too long, and usable as a segment of a URL path.
fn check(name: &'static str, text: &str, max_chars: usize) -> Result<(), InvalidId> {
    let count = text.chars().count();
    if count == 0 || count > max_chars {
        let problem = format!("must be 1 to {max_chars} characters long, not {count}");
        return Err(InvalidId { name, problem });
    }
    // URL parsers resolve these two in every spelling, so the request would go to another path.
    if matches!(text, "." | "..") {
        let problem = format!("must not be `{text}`");
        return Err(InvalidId { name, problem });
    }
    Ok(())
}

/// Checks an id from a configuration or an import. Inner spaces are allowed: ids are opaque, and an import ID can
/// contain them.
pub(super) fn check_written(name: &'static str, text: &str) -> Result<(), InvalidId> {
    let last = text.chars().count();
    let is_unfit = |(c, position): &(char, usize)| match c {
        ' ' => *position == 1 || *position == last,
        c => c.is_whitespace() || crate::text::works_terminal(*c) || *c == '/',
    };
    match text.chars().zip(1..).find(is_unfit) {
        None => Ok(()),
        Some((c, position)) => {
            let problem = format!(
                "must not begin or end with a space, and must not contain other whitespace, control characters, \
                 invisible characters or slashes, but character {position} is {c:?}"
            );
            Err(InvalidId { name, problem })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configured_ids_reject_slashes_outer_spaces_and_invisible_characters() {
        for (text, place) in [
            ("a/b", "character 2 is '/'"),
            ("a\n", "character 2 is '\\n'"),
            ("\r\na", "character 1 is '\\r'"),
            (" a", "character 1 is ' '"),
            ("a b ", "character 4 is ' '"),
            ("a\tb", "character 2 is '\\t'"),
            ("ab\u{a0}", "character 3 is '\\u{a0}'"),
            ("a\u{1b}", "character 2 is '\\u{1b}'"),
            ("a\0", "character 2 is '\\0'"),
            ("a\u{200b}", "character 2 is '\\u{200b}'"),
            ("a\u{202e}b", "character 2 is '\\u{202e}'"),
        ] {
            let refused = [
                ResourceId::written(text).map(drop),
                GranteeId::written(text).map(drop),
                ProjectId::written(text).map(drop),
                DomainId::written(text).map(drop),
            ];
            for refused in refused {
                let problem = refused.expect_err(text).to_string();
                assert!(problem.ends_with(place), "{problem}");
            }
            // What the service lists is read all the same: one odd grantee must not hide the others.
            assert!(GranteeId::new(text).is_ok());
        }
        assert!(GranteeId::written("20260105091512481-4F1A-1B2C3D4E5").is_ok());
        assert!(GranteeId::written("ä._:@~ b").is_ok());
    }

    #[test]
    fn empty_overlong_and_dot_ids_are_rejected() {
        for (text, is_id) in [
            ("", false),
            ("a", true),
            (".", false),
            ("..", false),
            ("...", true),
        ] {
            assert_eq!(GranteeId::new(text).is_ok(), is_id, "{text:?}");
        }
        assert!(ResourceId::new("ä".repeat(64)).is_ok());
        assert!(ResourceId::new("ä".repeat(65)).is_err());
        assert!(ProjectId::new("a".repeat(64)).is_ok());
        assert!(ProjectId::new("a".repeat(65)).is_err());
        assert!(DomainId::new("a".repeat(1000)).is_ok());
        assert!(DomainId::new("a".repeat(1001)).is_err());
    }

    #[test]
    fn a_region_cannot_name_a_foreign_host() {
        for text in [
            "",
            "a.example.com/",
            "cn_north",
            "-cn",
            "cn-",
            "cn north",
            "cn#",
            "@x",
        ] {
            assert!(Region::new(text).is_err(), "{text:?}");
        }
        assert!(Region::new("cn-north-4").is_ok());
    }

    #[test]
    fn invalid_ids_name_their_argument_and_the_reason() {
        let refused = ProjectId::new("")
            .map(|_| ())
            .map_err(|error| error.to_string());
        assert_eq!(
            refused,
            Err("`project_id` must be 1 to 64 characters long, not 0".to_owned())
        );
    }
}
