//! The report as JSON, for programs: data instead of words, in the form that `docs/review.schema.json` describes.
//!
//! These types are the form; what a report is in here may change without them. All keys are always there. Texts are those
//! of the plan, letter by letter: they are not cleaned, but no character in them that works a terminal is written as it
//! is.

pub mod grant;
pub mod missing;
pub mod unreviewed;

use std::collections::BTreeMap;
use std::fmt::Write;

#[cfg(test)]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::change::Effect;
use super::finding;
use super::gate::Gate;
use super::phrasing;
use super::policy;
use super::report::{self, Report, Term};
use super::rule;
#[cfg(test)]
use crate::review::rule::Rule;
use grant::{ChangeJson, Day, GrantKeyJson, Terms};
use missing::MissingArguments;
use unreviewed::NotReviewedJson;

/// The version of the form. The first number changes when a program that reads it may break.
pub const FORMAT_VERSION: &str = "1.1";

/// What a plan does to access: the report of `hwgrants review --format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(title = "Report of hwgrants review"))]
pub struct ReviewJson {
    /// The version of this form. The first number changes when a program that reads it may break; more keys may come
    /// with the second.
    #[cfg_attr(test, schemars(extend("const" = FORMAT_VERSION)))]
    pub format_version: String,
    /// The day to count from: the one that `--as-of` gives, or else that on which the plan was made, in UTC; `null` if
    /// neither is known.
    pub planned_on: Option<Day>,
    /// Whether `--as-of` gives that day.
    pub is_as_of: bool,
    /// Whether applying the plan carries out all that is configured.
    pub is_complete: bool,
    /// Whether the plan fails the policy check.
    pub blocked: Blocked,
    /// How many grants each effect has.
    pub counts: CountsJson,
    /// What becomes of each grant, also of those that stay as they are: by effect, then by key and address.
    pub changes: Vec<ChangeJson>,
    /// The grants that Terraform manages afterwards and whose end has passed or is near, the earliest first; empty
    /// without a day to count from.
    pub endings: Vec<EndingJson>,
    /// What was changed outside of Terraform since the last apply: by effect, then by key and address.
    pub drift: Vec<ChangeJson>,
    /// What Terraform puts off until a later plan; in the order of the addresses.
    pub deferred: Vec<DeferredJson>,
    /// The changes that may concern access and are not read: by type, then by address.
    pub not_reviewed: Vec<NotReviewedJson>,
    /// The blocks of `csms_grant` and `repo_kms_grant` that lack a mandatory argument: in the order of the addresses. What
    /// applying cannot do is in no change.
    pub missing_arguments: Vec<MissingArguments>,
    /// What the rules have found: the worst first, then by rule, address and attribute.
    pub findings: Vec<FindingJson>,
    /// The waivers that have expired or cover nothing: by address and rule. Empty without a day to count from.
    pub stale_waivers: Vec<StaleWaiverJson>,
    /// The rules that could not look for want of a day to count from.
    pub uncounted: Vec<RuleId>,
    /// The `source` of each module call, by the address of the module without instance keys.
    pub modules: BTreeMap<String, String>,
}

/// Whether the plan fails the policy check with each value of `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Blocked {
    /// Without `--fail-on`: whether the rules have found an error that no live waiver covers.
    pub findings: bool,
    /// With `--fail-on unreviewed`: also if a change that may concern access is not reviewed, and under no live waiver of
    /// `not-reviewed`.
    pub unreviewed: bool,
    /// With `--fail-on broadening`: also if a `csms_grant` or `repo_kms_grant` gives more access afterwards, or may give
    /// more. What is not reviewed does not count.
    pub broadening: bool,
    /// With `--fail-on any`: also if a `csms_grant` or `repo_kms_grant` changes access, or as with `unreviewed`.
    pub any: bool,
}

/// How many `csms_grant` and `repo_kms_grant` each effect has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CountsJson {
    /// There was none.
    pub gains: usize,
    /// It has a later end.
    pub extended: usize,
    /// It has no end any more.
    pub end_removed: usize,
    /// Its end changes, in a way that the plan does not tell.
    pub end_unclear: usize,
    /// There is none afterwards.
    pub loses: usize,
    /// It has an earlier end.
    pub shortened: usize,
    /// It has an end, and had none.
    pub end_set: usize,
    /// Terraform forgets it, and the service has no call to take it back.
    pub stays: usize,
    /// The same afterwards, and none for a moment in between.
    pub interrupted: usize,
    /// The same as before.
    pub unchanged: usize,
}

/// A grant whose end has passed or is near.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EndingJson {
    /// The day on which it ends.
    pub date: Day,
    /// The days from the day to count from to that day; less than 0 if it has passed.
    pub days_left: i32,
    /// The shortest of the terms 7, 30 and 90 days that holds it; `null` if it has passed.
    pub within_days: Option<i32>,
    /// Which grant.
    pub key: GrantKeyJson,
    /// Its terms afterwards.
    pub after: Terms,
    /// The addresses of its blocks, sorted.
    pub addresses: Vec<String>,
}

/// A block whose change is put off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeferredJson {
    /// The block; its instances may not be known yet.
    pub address: String,
    /// Why, in the plan's own word, such as `provider_config_unknown`.
    pub reason: String,
}

/// What a rule has found in a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FindingJson {
    /// The rule.
    pub rule: RuleId,
    /// What the rule finds, in a few words.
    pub title: String,
    /// How bad it is.
    pub severity: SeverityJson,
    /// Whether it blocks the plan: an error that no live waiver covers.
    pub is_blocking: bool,
    /// The block it is about, instance key included.
    pub address: String,
    /// The attribute of the block to look at; `null` for the block itself.
    pub attribute: Option<String>,
    /// What is so and what to do about it, in whole sentences.
    pub message: String,
    /// The waiver that covers it, or did until it expired; `null` if there is none.
    pub waiver: Option<WaiverJson>,
}

/// The name of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RuleId(&'static str);

#[cfg(test)]
impl JsonSchema for RuleId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RuleId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The name of a rule; each has a page in `docs/rules`.",
            "type": "string",
            "enum": Rule::ALL.map(Rule::id),
        })
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SeverityJson {
    /// Blocks the plan.
    Error,
    /// To be looked at.
    Warning,
    /// Worth knowing.
    Note,
}

/// Somebody's word that a finding is accepted until a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WaiverJson {
    /// Who answers for it.
    pub owner: String,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is.
    pub until: Day,
    /// Whether that day is over, seen from the day to count from.
    pub has_expired: bool,
}

/// A waiver that should go from the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StaleWaiverJson {
    /// The rule.
    pub rule: RuleId,
    /// Which blocks it covers, as the policy says it.
    pub address: String,
    /// Whether there is a finding that it covers, or would if it had not expired.
    pub is_matched: bool,
    /// The waiver itself.
    pub waiver: WaiverJson,
}

impl From<&Report> for ReviewJson {
    fn from(report: &Report) -> Self {
        let is_blocked = |gate: Gate| gate.reason(report).is_some();
        let endings = report.planned_on.map(|today| {
            let endings = report.endings.iter();
            endings
                .map(move |ending| EndingJson::of(ending, today))
                .collect()
        });
        let uncounted = report.uncounted.iter();
        let missing = report.missing_arguments.iter().map(MissingArguments::from);
        Self {
            format_version: FORMAT_VERSION.to_owned(),
            planned_on: report.planned_on.map(Day::from),
            is_as_of: report.is_as_of,
            is_complete: report.is_complete,
            blocked: Blocked {
                findings: is_blocked(Gate::Findings),
                unreviewed: is_blocked(Gate::Unreviewed),
                broadening: is_blocked(Gate::Broadening),
                any: is_blocked(Gate::Any),
            },
            counts: report.into(),
            changes: report.changes.iter().filter_map(ChangeJson::of).collect(),
            endings: endings.unwrap_or_default(),
            drift: report.drift.iter().filter_map(ChangeJson::of).collect(),
            deferred: report.deferred.iter().map(DeferredJson::from).collect(),
            not_reviewed: report
                .not_reviewed
                .iter()
                .map(NotReviewedJson::from)
                .collect(),
            missing_arguments: missing.collect(),
            findings: report.findings.iter().map(FindingJson::from).collect(),
            stale_waivers: report
                .stale_waivers
                .iter()
                .map(StaleWaiverJson::from)
                .collect(),
            uncounted: uncounted.map(|rule| RuleId(rule.id())).collect(),
            modules: report.modules.clone(),
        }
    }
}

impl From<&Report> for CountsJson {
    fn from(report: &Report) -> Self {
        Self {
            gains: report.count(Effect::Gains),
            extended: report.count(Effect::Extended),
            end_removed: report.count(Effect::EndRemoved),
            end_unclear: report.count(Effect::EndUnclear),
            loses: report.count(Effect::Loses),
            shortened: report.count(Effect::Shortened),
            end_set: report.count(Effect::EndSet),
            stays: report.count(Effect::Stays),
            interrupted: report.count(Effect::Interrupted),
            unchanged: report.count(Effect::Unchanged),
        }
    }
}

impl EndingJson {
    fn of(ending: &report::Ending, today: jiff::civil::Date) -> Self {
        Self {
            date: ending.on.into(),
            days_left: (ending.on - today).get_days(),
            within_days: match ending.term {
                Term::Past => None,
                Term::Within(days) => Some(days),
            },
            key: (&ending.grant.key).into(),
            after: (&ending.grant).into(),
            addresses: ending.addresses.clone(),
        }
    }
}

impl From<&report::Deferred> for DeferredJson {
    fn from(deferred: &report::Deferred) -> Self {
        Self {
            address: deferred.address.clone(),
            reason: deferred.reason.clone(),
        }
    }
}

impl From<&finding::Finding> for FindingJson {
    fn from(finding: &finding::Finding) -> Self {
        Self {
            rule: RuleId(finding.rule.id()),
            title: finding.rule.title().to_owned(),
            severity: match finding.severity {
                rule::FindingSeverity::Error => SeverityJson::Error,
                rule::FindingSeverity::Warning => SeverityJson::Warning,
                rule::FindingSeverity::Note => SeverityJson::Note,
            },
            is_blocking: finding.is_blocking(),
            address: finding.address.clone(),
            attribute: finding.attribute.map(str::to_owned),
            message: phrasing::finding::message(finding),
            waiver: finding.waiver.as_ref().map(WaiverJson::from),
        }
    }
}

impl From<&policy::Waiver> for WaiverJson {
    fn from(waiver: &policy::Waiver) -> Self {
        Self {
            owner: waiver.owner.clone(),
            reason: waiver.reason.clone(),
            until: waiver.until.into(),
            has_expired: waiver.has_expired,
        }
    }
}

impl From<&policy::StaleWaiver> for StaleWaiverJson {
    fn from(stale: &policy::StaleWaiver) -> Self {
        Self {
            rule: RuleId(stale.rule.id()),
            address: stale.address.clone(),
            is_matched: stale.is_matched,
            waiver: (&stale.waiver).into(),
        }
    }
}

/// The report as JSON; ends with a line feed.
#[must_use]
pub fn render(report: &Report) -> String {
    // Writing fails where keys are no strings or a value refuses; here all are structs, strings and numbers.
    let json = serde_json::to_string_pretty(&ReviewJson::from(report)).unwrap_or_default();
    format!("{}\n", escape(&json))
}

/// JSON in which characters that work a terminal are escaped; such characters are in its strings only.
fn escape(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && crate::text::works_terminal(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use schemars::generate::SchemaSettings;

    use super::ReviewJson;

    /// `UPDATE_GOLDEN=1` writes it.
    #[test]
    fn the_schema_in_the_documentation_is_that_of_the_code() {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        let schema = settings
            .into_generator()
            .into_root_schema_for::<ReviewJson>();
        let schema = format!("{:#}\n", schema.as_value());
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/review.schema.json");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, &schema).expect("a writable folder");
        }
        assert_eq!(std::fs::read_to_string(path).expect("a schema"), schema);
    }
}
