//! Patterns: which addresses a waiver covers, and what an assertion is about.

use std::fmt;

use crate::plan_json::coverage;
use crate::plan_json::grant_type::{GrantType, TYPE_PREFIX};
use crate::plan_json::state_name::split_address;
use crate::review::rule::Rule;

/// A pattern for addresses. Brackets and quotes match literally, because addresses contain them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Glob);

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The prefixes of addresses, after their modules, at which a rule can have findings.
fn starts(rule: Rule) -> Vec<String> {
    let own = GrantType::ALL.into_iter().flat_map(|grant| {
        let name = grant.name();
        [format!("{name}."), format!("{TYPE_PREFIX}{name}.")]
    });
    if !rule.is_about_all_types() {
        return own.collect();
    }
    let others = coverage::access_types().map(|name| format!("{name}."));
    let later = [TYPE_PREFIX.to_owned()];
    own.chain(others).chain(later).collect()
}

impl Pattern {
    /// Reads a pattern; `None` if this rule has no findings at any matching address.
    pub(super) fn read(text: &str, rule: Rule) -> Option<Self> {
        let types = starts(rule);
        // The state may be a pattern, too.
        let whole = text;
        let text = match text.split_once(':') {
            Some((state, rest)) if !state.contains('[') => rest,
            _ => text,
        };
        let begins = |part: &str| {
            let starts = types.iter().map(String::as_str).chain(["module."]);
            let mut starts =
                starts.filter(|start| part.starts_with(start) || start.starts_with(part));
            starts.next().is_some()
        };
        let is_possible = match text.split_once('*') {
            Some((first, _)) => begins(first),
            None => {
                let is_of_type = |start: &String| {
                    let position = text.rfind(start.as_str());
                    position.is_some_and(|position| {
                        let (before, block) = text.split_at(position);
                        let name = block.split_once('.').map_or("", |(_, name)| name);
                        (before.is_empty() || before.ends_with('.')) && !name.is_empty()
                    })
                };
                begins(text) && types.iter().any(is_of_type)
            }
        };
        (is_possible && !text.is_empty()).then(|| Self(Glob::new(whole)))
    }

    /// Whether the pattern matches an address.
    pub(super) fn matches(&self, address: &str) -> bool {
        // Without a state, it is about the address in every state.
        self.0.matches(address) || self.0.matches(split_address(address).1)
    }
}

/// A text in which `*` matches any run of characters, also an empty one. Everything else matches literally.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob(String);

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Glob {
    /// A pattern with this text.
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Whether it matches all of a text.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let Some((first, rest)) = self.0.split_once('*') else {
            return self.0 == text;
        };
        let Some(mut left) = text.strip_prefix(first) else {
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
    fn a_star_is_the_only_wildcard_and_matches_any_text() {
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
            let read = Pattern::read(pattern, Rule::NoEnd).unwrap();
            assert_eq!(read.matches(address), expected, "{pattern} {address}");
        }
    }

    #[test]
    fn a_pattern_that_cannot_match_any_finding_is_rejected() {
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
            let read = |rule| Pattern::read(pattern, rule).is_some();
            assert_eq!(read(Rule::NoEnd), expected, "{pattern}");
            assert!(read(Rule::NotReviewed) || !expected, "{pattern}");
        }
    }

    #[test]
    fn patterns_for_rules_about_all_types_may_name_other_types() {
        for (pattern, expected) in [
            ("huaweicloud_obs_bucket.*", true),
            ("huaweicloud_obs_bucket.a[0]", true),
            ("module.m.huaweicloud_obs_bucket.a", true),
            ("huaweicloud_obs*", true),
            ("huaweicloud_*.a", true),
            ("hwgrants_obs_grant.a", true),
            ("hwgrants_*", true),
            ("huaweicloud_obs_bucket", false),
            ("huaweicloud_obs_bucket.", false),
            ("hwgrants_obs_grant", false),
            ("hwgrants_", false),
            ("huaweicloud_vpc.a", false),
            ("aws_iam_role.*", false),
            ("data.huaweicloud_obs_bucket.a", false),
        ] {
            let read = |rule| Pattern::read(pattern, rule).is_some();
            assert_eq!(read(Rule::NotReviewed), expected, "{pattern}");
            assert_eq!(read(Rule::NoEnd), expected, "{pattern}");
            let is_ours = pattern == "hwgrants_*";
            assert_eq!(read(Rule::NoReason), is_ours, "{pattern}");
        }
    }
}
