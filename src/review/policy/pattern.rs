//! Which addresses a waiver covers.

use std::fmt;

/// An address in which `*` stands for any run of characters, also for none. Everything else stands for itself, brackets
/// and quotes included: addresses have them, which is why none of the usual globs would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(String);

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How the address of a block of ours begins outside of modules, or goes on in one.
const TYPES: [&str; 4] = [
    "csms_grant.",
    "repo_kms_grant.",
    "hwgrants_csms_grant.",
    "hwgrants_repo_kms_grant.",
];

impl Pattern {
    /// Reads a pattern; `None` if no address of a grant can match it.
    pub(super) fn read(text: &str) -> Option<Self> {
        let begins = |part: &str| {
            let starts = TYPES.into_iter().chain(["module."]);
            let mut starts =
                starts.filter(|start| part.starts_with(start) || start.starts_with(part));
            starts.next().is_some()
        };
        let is_possible = match text.split_once('*') {
            Some((first, _)) => begins(first),
            None => {
                let is_of_type = |start: &str| {
                    let place = text.rfind(start);
                    place.is_some_and(|place| {
                        let (before, after) = text.split_at(place);
                        (before.is_empty() || before.ends_with('.')) && after.len() > start.len()
                    })
                };
                begins(text) && TYPES.into_iter().any(is_of_type)
            }
        };
        (is_possible && !text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// Whether an address is one of those.
    pub(super) fn matches(&self, address: &str) -> bool {
        let Some((first, rest)) = self.0.split_once('*') else {
            return self.0 == address;
        };
        let Some(mut left) = address.strip_prefix(first) else {
            return false;
        };
        let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
        // Taking each part where it comes first leaves most to those after it.
        for part in middle.split('*') {
            match left.split_once(part) {
                Some((_, after)) => left = after,
                None => return false,
            }
        }
        left.ends_with(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_star_is_special_and_stands_for_any_run() {
        for (pattern, address, expected) in [
            ("csms_grant.a", "csms_grant.a", true),
            ("csms_grant.a", "csms_grant.ab", false),
            ("csms_grant.a", "module.m.csms_grant.a", false),
            ("module.legacy.*", "module.legacy.csms_grant.a", true),
            ("module.legacy.*", "module.legacy_2.csms_grant.a", false),
            ("module.legacy*", "module.legacy[\"x\"].csms_grant.a", true),
            ("*", "csms_grant.a", true),
            ("csms_grant.a[*]", "csms_grant.a[0]", true),
            ("csms_grant.a[*]", "csms_grant.a", false),
            ("csms_grant.a[0]", "csms_grant.a0", false),
            ("csms_grant.a[\"x.*\"]", "csms_grant.a[\"x.y\"]", true),
            ("csms_grant.?", "csms_grant.a", false),
            (
                "module.*.csms_grant.*[\"a\"]",
                "module.m.csms_grant.x[\"b\"].csms_grant.y[\"a\"]",
                true,
            ),
            ("csms_grant.*ab*b", "csms_grant.ab", false),
            ("csms_grant.*ab*b", "csms_grant.aabb", true),
            ("csms_grant.a*a", "csms_grant.a", false),
            ("csms_grant.**", "csms_grant.a", true),
        ] {
            let read = Pattern::read(pattern).unwrap();
            assert_eq!(read.matches(address), expected, "{pattern} {address}");
        }
    }

    #[test]
    fn a_pattern_that_no_grant_can_match_is_none() {
        for (pattern, expected) in [
            ("*", true),
            ("*.csms_grant.a", true),
            ("mod*", true),
            ("hwgrants_csms_grant.*", true),
            ("module.m[\"a\"].repo_kms_grant.a", true),
            ("", false),
            ("csms_grant", false),
            ("csms_grant.", false),
            ("module.legacy", false),
            ("modul.legacy.*", false),
            ("aws_iam_user.a", false),
            ("data.csms_grant.a", false),
            (" module.*", false),
            ("module.m.my_csms_grant.a", false),
        ] {
            assert_eq!(Pattern::read(pattern).is_some(), expected, "{pattern}");
        }
    }
}
