//! Reads a policy file; every error has its line and column and a hint.

use std::collections::BTreeMap;
use std::fmt::Display;

use jiff::civil::Date;
use serde::Deserialize;
use toml::{Spanned, Value};

use super::Policy;
use super::assertion::{Assertion, AssertionKind, GranteePattern};
use super::error::Error;
use super::pattern::{Glob, Pattern};
use super::setting::RuleSetting;
use super::waiver::PolicyWaiver;
use crate::review::rule::{FindingSeverity, Rule, RuleScope};
use crate::text::line as clean;

/// The hint on the structure of a policy.
const SHAPE: &str = "a policy contains `[rules.ID]` tables with `severity`, `enabled`, `scope` and the rule's threshold, \
                     `[[waivers]]` tables with `address`, `rule`, `owner`, `reason` and `until` (a date such as `2026-12-31`), \
                     and `[[forbid]]` and `[[expect]]` tables with `grantee`, `resource`, `level`, `owner`, `reason` and \
                     `until`; `[[waivers]]`, `[[forbid]]` and `[[expect]]` have two pairs of brackets";

/// The days that a threshold may have: up to a hundred years.
const DAYS: std::ops::RangeInclusive<i32> = 1..=36_500;

/// The file. Unknown keys are errors.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    /// Settings by the ID of their rule, with their positions for errors.
    #[serde(default)]
    rules: BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Spanned<Value>>>,
    #[serde(default)]
    waivers: Vec<WaiverTable>,
    #[serde(default)]
    forbid: Vec<AssertionTable>,
    #[serde(default)]
    expect: Vec<AssertionTable>,
}

/// One of `[[forbid]]` or `[[expect]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssertionTable {
    grantee: Option<Spanned<String>>,
    resource: Option<Spanned<String>>,
    level: Option<Spanned<String>>,
    owner: Spanned<String>,
    reason: Spanned<String>,
    until: Option<Spanned<Value>>,
}

/// One of `[[waivers]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WaiverTable {
    address: Spanned<String>,
    rule: Spanned<String>,
    owner: Spanned<String>,
    reason: Spanned<String>,
    until: Spanned<Value>,
}

/// Reads the text of a file.
pub(super) fn policy(text: &str) -> Result<Policy, Error> {
    let document: PolicyFile = toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or_default();
        Error::new(text, &span, clean(error.message()), SHAPE)
    })?;
    let reader = Reader { text };
    let mut settings = BTreeMap::new();
    for (id, table) in &document.rules {
        let rule = reader.rule(id)?;
        settings.insert(rule, reader.setting(rule, table)?);
    }
    let waivers = document.waivers.iter().map(|table| reader.waiver(table));
    let forbid = document.forbid.iter();
    let forbid = forbid.map(|table| reader.assertion(AssertionKind::Forbid, table));
    let expect = document.expect.iter();
    let expect = expect.map(|table| reader.assertion(AssertionKind::Expect, table));
    Ok(Policy {
        as_of: None,
        settings,
        waivers: waivers.collect::<Result<_, _>>()?,
        assertions: forbid.chain(expect).collect::<Result<_, _>>()?,
    })
}

/// Reads parts of a policy file, with their locations in it.
struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn error<T>(&self, part: &Spanned<T>, message: String, hint: impl Into<String>) -> Error {
        Error::new(self.text, &part.span(), message, hint)
    }

    /// The rule with this ID; the error for an unknown one suggests the nearest.
    fn rule(&self, id: &Spanned<String>) -> Result<Rule, Error> {
        let text = id.as_ref();
        let named = Rule::ALL.into_iter().find(|rule| rule.id() == text);
        named.ok_or_else(|| {
            let ids = Rule::ALL.map(Rule::id);
            self.error(
                id,
                format!("unknown rule `{}`", clean(text)),
                choice(text, &ids, "valid rules are"),
            )
        })
    }

    /// The setting of a rule. A threshold is an error for a rule that has none.
    fn setting(
        &self,
        rule: Rule,
        table: &BTreeMap<Spanned<String>, Spanned<Value>>,
    ) -> Result<RuleSetting, Error> {
        let mut setting = RuleSetting::of(rule);
        let threshold = rule.threshold().map(|threshold| threshold.name);
        for (key, value) in table {
            match key.as_ref().as_str() {
                "severity" => setting.severity = self.one_of(key, value, FindingSeverity::ALL)?,
                "scope" => setting.scope = self.one_of(key, value, RuleScope::ALL)?,
                "enabled" => {
                    setting.is_enabled = value.as_ref().as_bool().ok_or_else(|| {
                        self.error(
                            value,
                            "`enabled` must be `true` or `false`".to_owned(),
                            SHAPE,
                        )
                    })?;
                }
                name if Some(name) == threshold => setting.days = self.days(name, value)?,
                name => {
                    let keys: Vec<&str> = ["severity", "enabled", "scope"]
                        .into_iter()
                        .chain(threshold)
                        .collect();
                    let message = format!("rule `{}` has no `{}` setting", rule.id(), clean(name));
                    return Err(self.error(
                        key,
                        message,
                        choice(name, &keys, "valid settings are"),
                    ));
                }
            }
        }
        Ok(setting)
    }

    /// The value with this name.
    fn one_of<T: Display + Copy, const N: usize>(
        &self,
        key: &Spanned<String>,
        value: &Spanned<Value>,
        all: [T; N],
    ) -> Result<T, Error> {
        let text = value.as_ref().as_str();
        let named = all.into_iter().find(|one| text == Some(&one.to_string()));
        named.ok_or_else(|| {
            let words = all.map(|one| one.to_string());
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let message = match text {
                Some(text) => format!("unknown {} `{}`", key.as_ref(), clean(text)),
                None => format!("`{}` must be a string", key.as_ref()),
            };
            self.error(
                value,
                message,
                choice(text.unwrap_or_default(), &words, "valid values are"),
            )
        })
    }

    /// A threshold: a whole number of days within [`DAYS`].
    fn days(&self, name: &str, value: &Spanned<Value>) -> Result<i32, Error> {
        let days = value
            .as_ref()
            .as_integer()
            .and_then(|days| i32::try_from(days).ok());
        days.filter(|days| DAYS.contains(days)).ok_or_else(|| {
            let (first, last) = (DAYS.start(), DAYS.end());
            let message = format!("`{name}` must be a whole number from {first} to {last}");
            self.error(
                value,
                message,
                "set the number of days from the date of the plan or the `--as-of` date",
            )
        })
    }

    /// A waiver. An address at which its rule cannot have findings is an error.
    fn waiver(&self, table: &WaiverTable) -> Result<PolicyWaiver, Error> {
        let rule = self.rule(&table.rule)?;
        let address = Pattern::read(table.address.as_ref(), rule).ok_or_else(|| {
            let (id, address) = (rule.id(), clean(table.address.as_ref()));
            let message = format!("rule `{id}` cannot report findings at the address `{address}`");
            let hint = "use a resource address, such as `module.team[\"a\"].csms_grant.each[0]`; `*` matches \
                        any sequence of characters, as in `module.team*`";
            self.error(&table.address, message, hint)
        })?;
        Ok(PolicyWaiver {
            address,
            rule,
            owner: self.not_blank("owner", &table.owner)?,
            reason: self.not_blank("reason", &table.reason)?,
            until: self.date(&table.until)?,
        })
    }

    /// An assertion. One without any pattern is an error, because it would be about everything.
    fn assertion(&self, kind: AssertionKind, table: &AssertionTable) -> Result<Assertion, Error> {
        let patterns = [&table.grantee, &table.resource, &table.level];
        if patterns.iter().all(|pattern| pattern.is_none()) {
            let message = "the assertion has no `grantee`, `resource` or `level`".to_owned();
            let hint = "set at least one of them to a pattern, such as `grantee = \"group 0c86*\"` or `grantee = \"public\"`";
            return Err(self.error(&table.reason, message, hint));
        }
        let pattern = |name: &str, text: &Option<Spanned<String>>| match text {
            Some(text) => self
                .not_blank(name, text)
                .map(|text| Some(Glob::new(&text))),
            None => Ok(None),
        };
        let grantee = pattern("grantee", &table.grantee)?;
        Ok(Assertion {
            kind,
            grantee: match grantee {
                None => GranteePattern::Any,
                Some(public) if public.to_string().eq_ignore_ascii_case("public") => {
                    GranteePattern::Public
                }
                Some(pattern) => GranteePattern::Matching(pattern),
            },
            resource: pattern("resource", &table.resource)?,
            level: pattern("level", &table.level)?,
            owner: self.not_blank("owner", &table.owner)?,
            reason: self.not_blank("reason", &table.reason)?,
            until: table
                .until
                .as_ref()
                .map(|until| self.date(until))
                .transpose()?,
        })
    }

    /// A string that is not blank.
    fn not_blank(&self, name: &str, text: &Spanned<String>) -> Result<String, Error> {
        let trimmed = text.as_ref().trim();
        if trimmed.is_empty() {
            let hint = match name {
                "owner" => "set `owner` to the person or team responsible",
                "reason" => {
                    "explain in `reason` why the finding is accepted, or why the access is forbidden or expected"
                }
                _ => {
                    "remove the key, or set a pattern in which `*` matches any sequence of characters"
                }
            };
            return Err(self.error(text, format!("`{name}` is empty"), hint));
        }
        Ok(trimmed.to_owned())
    }

    /// A date without a time, as TOML writes it.
    fn date(&self, value: &Spanned<Value>) -> Result<Date, Error> {
        let datetime = value
            .as_ref()
            .as_datetime()
            .filter(|datetime| datetime.time.is_none());
        let date = datetime
            .and_then(|datetime| datetime.date)
            .and_then(|date| {
                let year = i16::try_from(date.year).ok()?;
                Date::new(
                    year,
                    i8::try_from(date.month).ok()?,
                    i8::try_from(date.day).ok()?,
                )
                .ok()
            });
        date.ok_or_else(|| {
            let hint = "set `until` to the last valid day, without quotes or a time, as in `until = 2026-12-31`";
            self.error(value, "`until` must be a date".to_owned(), hint)
        })
    }
}

/// The possible words, and the one that was probably meant.
fn choice(text: &str, words: &[&str], lead: &str) -> String {
    let listed: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    let listed = format!("{lead} {}", listed.join(", "));
    match nearest(text, words) {
        Some(word) => format!("did you mean `{word}`? {listed}",),
        None => listed,
    }
}

/// How similar two words must be for one to be a typo of the other, from 0 to 1.
const ALIKE: f64 = 0.8;

/// The most similar word, if it is similar enough to be what was meant.
fn nearest<'a>(text: &str, words: &[&'a str]) -> Option<&'a str> {
    let scored = words
        .iter()
        .map(|word| (strsim::jaro_winkler(text, word), *word));
    let best = scored.max_by(|(left, _), (right, _)| left.total_cmp(right));
    best.filter(|(score, _)| *score >= ALIKE)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_suggests_the_nearest_rule_and_unrelated_text_none() {
        let ids = Rule::ALL.map(Rule::id);
        for (text, expected) in [
            ("no_end", Some("no-end")),
            ("end-to-far", Some("end-too-far")),
            ("expired", Some("expired-declared")),
            ("group-grants", Some("group-grant")),
            ("quota", None),
            ("", None),
        ] {
            assert_eq!(nearest(text, &ids), expected, "{text}");
        }
    }
}
