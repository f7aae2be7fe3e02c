//! The report as JSON, as `docs/review.schema.json` describes it.
//!
//! These types are the format, independent of the internal report. All keys are always present. Texts are those of the plan,
//! unchanged, with control characters escaped.

pub mod access;
pub mod assertion;
pub mod grant;
pub mod location;
pub mod missing;
pub mod state;
pub mod unreviewed;

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::change::Effect;
use super::finding;
use super::gate::Gate;
use super::location::SourceLocations;
use super::phrasing;
use super::policy;
use super::report::{self, Report, Term};
use super::rule;
use crate::access::net::row::Row;
#[cfg(test)]
use crate::review::rule::Rule;
use crate::text;
use access::AccessChangeJson;
use assertion::AssertionJson;
use grant::{ChangeJson, Day, GrantKeyJson, Terms};
use location::LocationJson;
use missing::MissingArguments;
use state::{CompletenessJson, StateJson};
use unreviewed::NotReviewedJson;

/// The version of the format. The major version changes if programs that read it may break.
pub const FORMAT_VERSION: &str = "2.2";

/// The effect of a plan on access: the report of `hwgrants review --format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(title = "hwgrants review report"))]
pub struct ReviewJson<'a> {
    /// The version of this format. A new major version can break programs that read the report; a new minor version can
    /// add keys.
    #[cfg_attr(test, schemars(extend("const" = FORMAT_VERSION)))]
    pub format_version: String,
    /// The title of the report (`--title`); `null` if it has none.
    pub title: Option<&'a str>,
    /// What the plan of each state does by itself, by name; empty for one plan without a name. In a review with named states,
    /// each address starts with the name of its state and a colon.
    pub states: Vec<StateJson<'a>>,
    /// The date from which days are counted: the `--as-of` date, or otherwise the date of the plan in UTC; `null` if
    /// neither is known.
    pub planned_on: Option<Day>,
    /// Whether `planned_on` was set with `--as-of`.
    pub is_as_of: bool,
    /// Whether the plan is complete: nothing failed, was deferred or was excluded by `-target`.
    pub is_complete: bool,
    /// Whether the plan is complete, or why it is not; the graver cause if there are several.
    pub completeness: CompletenessJson,
    /// Why Terraform replaces or destroys resources of the reviewed types, by address: `action_reason` of the plan.
    pub action_reasons: BTreeMap<&'a str, &'static str>,
    /// Whether the plan fails the policy check.
    pub blocked: Blocked,
    /// What happens to access, for all reviewed types: one item for each grantee, resource and level; by
    /// address.
    pub access_changes: Vec<AccessChangeJson<'a>>,
    /// The accesses that look as if they changed, but do not: by address.
    pub unchanged: Vec<AccessChangeJson<'a>>,
    /// The number of grants with each effect.
    pub counts: CountsJson,
    /// The net change of each grant, unchanged ones included: by effect, then by key and address.
    pub changes: Vec<ChangeJson>,
    /// The grants that Terraform manages after the plan and that have expired or expire soon, earliest first; empty if
    /// `planned_on` is `null`.
    pub endings: Vec<EndingJson>,
    /// The changes outside of Terraform since the last apply: by effect, then by key and address.
    pub drift: Vec<ChangeJson>,
    /// The changes that are deferred to a later plan, by address.
    pub deferred: Vec<DeferredJson>,
    /// The changes that are not reviewed: those that may affect access by type, then by address; then the types that are not
    /// known to affect access, an item for each.
    pub not_reviewed: Vec<NotReviewedJson>,
    /// The `csms_grant` and `repo_kms_grant` blocks that lack a required argument, by address. `changes` shows the access
    /// that remains after the failed apply.
    pub missing_arguments: Vec<MissingArguments>,
    /// The findings: most severe first, then by rule, address and attribute.
    pub findings: Vec<FindingJson>,
    /// The waivers that have expired or match no finding, by address and rule; empty if `planned_on` is `null`.
    pub stale_waivers: Vec<StaleWaiverJson>,
    /// What becomes of the assertions of the policy, in the order of the file, `[[forbid]]` first.
    pub assertions: Vec<AssertionJson>,
    /// The rules that are skipped because `planned_on` is `null`.
    pub uncounted: Vec<RuleId>,
    /// The `source` of each module call, by the address of the module without instance keys.
    pub modules: BTreeMap<String, String>,
    /// Where the blocks are in the configuration, by the addresses in this report; of a block in a remote module, or one that is no
    /// longer in the configuration, the `module` block around it. Addresses whose location is not known are left out: all of
    /// them, if the directory in `--chdir` does not contain the configuration.
    pub locations: BTreeMap<&'a str, LocationJson<'a>>,
}

/// Whether the plan fails the policy check with each value of `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Blocked {
    /// Without `--fail-on`: whether a finding with severity `error` has no valid waiver.
    pub findings: bool,
    /// With `--fail-on unreviewed`: also if anything is not reviewed: a change that may affect access and has no valid waiver
    /// for `not-reviewed`, or a change to a type that is not known to affect access.
    pub unreviewed: bool,
    /// With `--fail-on public`: also if the plan gives or may give public access, or if a change that may affect access is not
    /// reviewed and has no valid waiver for `not-reviewed`.
    pub public: bool,
    /// With `--fail-on broadening`: also if a reviewed change broadens or may broaden access. Changes that are not reviewed
    /// are ignored.
    pub broadening: bool,
    /// With `--fail-on any`: also if access changes or may change, is interrupted, or remains in effect without being managed,
    /// or if a change that may affect access is not reviewed and has no valid waiver for `not-reviewed`.
    pub any: bool,
}

/// The number of grants (`csms_grant` and `repo_kms_grant`) with each effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CountsJson {
    /// Access is gained.
    pub gains: usize,
    /// The expiry is later.
    pub extended: usize,
    /// The expiry is removed.
    pub end_removed: usize,
    /// The expiry may change, but the old or the new expiry is unknown or sensitive.
    pub end_unclear: usize,
    /// Access is lost.
    pub loses: usize,
    /// The expiry is earlier.
    pub shortened: usize,
    /// An expiry is added.
    pub end_set: usize,
    /// The delegation is destroyed in Terraform, but remains in effect: the service has no API to revoke it.
    pub stays: usize,
    /// Access is the same afterwards, but briefly interrupted.
    pub interrupted: usize,
    /// Access is unchanged.
    pub unchanged: usize,
}

/// A grant that has expired or expires soon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EndingJson {
    /// The expiration date.
    pub date: Day,
    /// The number of days from `planned_on` to `date`; negative if the date has passed.
    pub days_left: i32,
    /// The shortest of the periods of 7, 30 and 90 days that includes `date`; `null` if the date has passed.
    pub within_days: Option<i32>,
    /// The key of the grant.
    pub key: GrantKeyJson,
    /// The grant after the plan.
    pub after: Terms,
    /// The addresses of the blocks that declare the grant, sorted.
    pub addresses: Vec<String>,
}

/// A block whose change is deferred.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeferredJson {
    /// The address of the block; its instances may not be known yet.
    pub address: String,
    /// The reason in the plan, such as `provider_config_unknown`.
    pub reason: String,
    /// The key of the grant, as far as it is known; `null` if nothing of it is known.
    pub key: Option<GrantKeyJson>,
    /// The grant, as far as it is known; `null` if nothing of it is known.
    pub grant: Option<Terms>,
}

/// A finding of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FindingJson {
    /// The rule.
    pub rule: RuleId,
    /// The title of the rule.
    pub title: String,
    /// The severity.
    pub severity: SeverityJson,
    /// Whether the finding causes the policy check to fail: an error that has no valid waiver and is not in the baseline.
    pub is_blocking: bool,
    /// The address of the block, including the instance key.
    pub address: String,
    /// The attribute that the finding is about; `null` for the block as a whole.
    pub attribute: Option<String>,
    /// The file in which the finding is located, as in `locations`; `null` if it is not known.
    pub file: Option<String>,
    /// The line of the attribute, or else of the block or the `module` block around it, counted from 1; `null` if none of them is
    /// in the configuration.
    pub line: Option<u32>,
    /// What the rule found, why the finding matters and what to do about it.
    pub message: String,
    /// The waiver that covers the finding, whether expired or not; `null` if there is none.
    pub waiver: Option<WaiverJson>,
    /// What the finding is about: with the rule, this identifies it in later reviews (`--baseline`). `null` if the plan does not
    /// show all of it.
    pub subjects: Option<Vec<SubjectJson>>,
    /// Whether the baseline contains the finding.
    pub is_known: bool,
}

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SubjectJson {
    /// Who has the access; empty for a finding that is not about an access.
    pub grantee: String,
    /// What the access is to; the address for a finding that is not about an access.
    pub resource: String,
    /// The level of the access, without dates; empty if it has none.
    pub level: String,
}

/// The ID of a rule.
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
            "description": "The ID of a rule. Each rule has a page in `docs/guides`.",
            "type": "string",
            "enum": Rule::ALL.map(Rule::id),
        })
    }
}

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SeverityJson {
    /// Causes the policy check to fail.
    Error,
    /// Needs a reviewer's attention.
    Warning,
    /// For information.
    Note,
}

/// A waiver, which accepts a finding until a given date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WaiverJson {
    /// Who is responsible for the waiver.
    pub owner: String,
    /// Why the finding is accepted.
    pub reason: String,
    /// The last day on which the waiver is valid.
    pub until: Day,
    /// Whether `until` is before `planned_on`.
    pub has_expired: bool,
}

/// A waiver that has expired or matches no finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StaleWaiverJson {
    /// The rule.
    pub rule: RuleId,
    /// The address pattern in the policy.
    pub address: String,
    /// Whether there is a finding that the waiver covers, or would cover if it had not expired.
    pub is_matched: bool,
    /// The waiver.
    pub waiver: WaiverJson,
}

impl<'a> ReviewJson<'a> {
    /// The report, with these source locations.
    #[must_use]
    pub fn new(report: &'a Report, locations: &'a SourceLocations) -> Self {
        let is_blocked = |gate: Gate| gate.reason(report).is_some();
        let endings = report.planned_on.map(|today| {
            let endings = report.upcoming_expiries.iter();
            endings
                .map(move |ending| EndingJson::of(ending, today))
                .collect()
        });
        let (changes, unchanged): (Vec<&Row>, Vec<&Row>) = {
            let rows = report.access.iter().map(|row| &**row);
            rows.partition(|row| row.is_change())
        };
        let uncounted = report.uncounted.iter();
        let findings = report.findings.iter();
        let findings = findings.map(|finding| FindingJson::of(finding, locations));
        let missing = report.missing_arguments.iter().map(MissingArguments::from);
        Self {
            format_version: FORMAT_VERSION.to_owned(),
            title: report.title.as_deref(),
            states: report.states.iter().map(StateJson::from).collect(),
            planned_on: report.planned_on.map(Day::from),
            is_as_of: report.is_as_of,
            is_complete: report.completeness.is_complete(),
            completeness: report.completeness.into(),
            action_reasons: report
                .reasons
                .iter()
                .map(|(address, reason)| (address.as_str(), reason.name()))
                .collect(),
            blocked: Blocked {
                findings: is_blocked(Gate::Findings),
                unreviewed: is_blocked(Gate::Unreviewed),
                public: is_blocked(Gate::Public),
                broadening: is_blocked(Gate::Broadening),
                any: is_blocked(Gate::Any),
            },
            access_changes: changes.into_iter().map(AccessChangeJson::from).collect(),
            unchanged: unchanged.into_iter().map(AccessChangeJson::from).collect(),
            counts: report.into(),
            changes: report.changes.iter().filter_map(ChangeJson::of).collect(),
            endings: endings.unwrap_or_default(),
            drift: report.drift.iter().filter_map(ChangeJson::of).collect(),
            deferred: report.deferred.iter().map(DeferredJson::from).collect(),
            not_reviewed: unreviewed::list(report),
            missing_arguments: missing.collect(),
            findings: findings.collect(),
            stale_waivers: report
                .stale_waivers
                .iter()
                .map(StaleWaiverJson::from)
                .collect(),
            assertions: report.assertions.iter().map(AssertionJson::from).collect(),
            uncounted: uncounted.map(|rule| RuleId(rule.id())).collect(),
            modules: report.modules.clone(),
            locations: location::blocks(locations),
        }
    }
}

impl From<&Report> for CountsJson {
    fn from(report: &Report) -> Self {
        Self {
            gains: report.count(Effect::Gains),
            extended: report.count(Effect::Extended),
            end_removed: report.count(Effect::ExpiryRemoved),
            end_unclear: report.count(Effect::ExpiryUnclear),
            loses: report.count(Effect::Loses),
            shortened: report.count(Effect::Shortened),
            end_set: report.count(Effect::ExpiryAdded),
            stays: report.count(Effect::Stays),
            interrupted: report.count(Effect::Interrupted),
            unchanged: report.count(Effect::Unchanged),
        }
    }
}

impl EndingJson {
    fn of(ending: &report::UpcomingExpiry, today: jiff::civil::Date) -> Self {
        Self {
            date: ending.on.into(),
            days_left: (ending.on - today).get_days(),
            within_days: match ending.term {
                Term::Past => None,
                Term::Within(days) => Some(days),
            },
            key: (&ending.grant.key).into(),
            after: (&*ending.grant).into(),
            addresses: grant::addresses(&ending.addresses),
        }
    }
}

impl From<&report::Deferred> for DeferredJson {
    fn from(deferred: &report::Deferred) -> Self {
        Self {
            address: deferred.address.clone(),
            reason: deferred.reason.clone(),
            key: deferred.grant.as_deref().map(|grant| (&grant.key).into()),
            grant: deferred.grant.as_deref().map(Terms::from),
        }
    }
}

impl FindingJson {
    fn of(finding: &finding::Finding, locations: &SourceLocations) -> Self {
        let location = locations.in_configuration(finding);
        Self {
            rule: RuleId(finding.rule.id()),
            title: finding.rule.title().to_owned(),
            severity: match finding.severity {
                rule::FindingSeverity::Error => SeverityJson::Error,
                rule::FindingSeverity::Warning => SeverityJson::Warning,
                rule::FindingSeverity::Note => SeverityJson::Note,
            },
            is_blocking: finding.is_blocking(),
            address: finding.address.to_string(),
            attribute: finding.attribute.map(str::to_owned),
            file: location.map(|location| location.file.clone()),
            line: location.and_then(location::line),
            message: phrasing::finding::message(finding),
            waiver: finding.waiver.as_deref().map(WaiverJson::from),
            subjects: finding.subjects().map(|subjects| {
                let subjects = subjects.into_iter().map(|subject| SubjectJson {
                    grantee: subject.grantee,
                    resource: subject.resource,
                    level: subject.level,
                });
                subjects.collect()
            }),
            is_known: finding.is_known,
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

/// The report as JSON, with these source locations; ends with a line feed.
#[must_use]
pub fn render(report: &Report, locations: &SourceLocations) -> String {
    // Writing fails where keys are no strings or a value refuses; here all are structs, strings and numbers.
    let json =
        serde_json::to_string_pretty(&ReviewJson::new(report, locations)).unwrap_or_default();
    let mut json = text::json(json);
    json.push('\n');
    json
}

#[cfg(test)]
mod tests {
    use schemars::generate::SchemaSettings;

    use super::ReviewJson;

    /// `UPDATE_GOLDEN=1` writes it.
    #[test]
    fn the_documented_schema_matches_the_code() {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        let schema = settings
            .into_generator()
            .into_root_schema_for::<ReviewJson<'static>>();
        let schema = format!("{:#}\n", schema.as_value());
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/review.schema.json");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, &schema).expect("a writable folder");
        }
        assert_eq!(std::fs::read_to_string(path).expect("a schema"), schema);
    }
}
