//! The names of states, by which addresses of several plans are told apart.

use std::fmt;
use std::str::FromStr;

/// What separates the name of a state from an address in it. No address has it before its first bracket.
const SEPARATOR: char = ':';

/// The name of a state in a review of several plans, such as `live/prod`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StateName(String);

/// A text that cannot be the name of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidStateName;

impl fmt::Display for InvalidStateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected letters, digits and the characters / . _ - + @ = ~ ,")
    }
}

impl std::error::Error for InvalidStateName {}

impl FromStr for StateName {
    type Err = InvalidStateName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() || !text.chars().all(is_allowed) {
            return Err(InvalidStateName);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StateName {
    /// The name for a path: characters that a name cannot contain are replaced by `_`.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        let named = path.chars().map(|c| if is_allowed(c) { c } else { '_' });
        let name: String = named.collect();
        Self(if name.is_empty() {
            "_".to_owned()
        } else {
            name
        })
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An address in this state.
    #[must_use]
    pub fn qualify(&self, address: &str) -> String {
        format!("{}{SEPARATOR}{address}", self.0)
    }
}

/// Whether a name can contain a character. It cannot contain what ends it in an address or what could be read as markup.
fn is_allowed(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | '@' | '=' | '~' | ',')
}

/// The name of the state, if the address has one, and the address in that state.
#[must_use]
pub fn split_address(address: &str) -> (Option<&str>, &str) {
    match address.split_once(SEPARATOR) {
        Some((state, rest)) if !state.is_empty() && state.chars().all(is_allowed) => {
            (Some(state), rest)
        }
        _ => (None, address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_split_at_the_name_of_its_state() {
        let state: StateName = "live/prod".parse().unwrap();
        for address in ["csms_grant.a", "module.m[\"x:y\"].csms_grant.a[\"b:c\"]"] {
            assert_eq!(split_address(address), (None, address));
            let qualified = state.qualify(address);
            assert_eq!(split_address(&qualified), (Some("live/prod"), address));
        }
    }

    #[test]
    fn names_have_no_characters_of_addresses_or_markup() {
        for text in ["", "a:b", "a b", "a[0]", "a\"", "a`", "a|b", "a\u{1b}b"] {
            assert_eq!(text.parse::<StateName>(), Err(InvalidStateName), "{text}");
            let name = StateName::of_path(text);
            assert!(name.as_str().parse::<StateName>().is_ok(), "{text}");
        }
        assert_eq!(StateName::of_path("c:/x y").as_str(), "c_/x_y");
    }
}
