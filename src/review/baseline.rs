//! The findings of an earlier review, which are not new.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;

use super::finding::{Finding, Subject};
use super::report::Report;

/// What an earlier review has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline(BTreeSet<(String, BTreeSet<Subject>)>);

/// Why a report cannot be a baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaselineError {
    /// It is not a report in JSON.
    NoReport,
    /// Its format has another major version, or it is from a version whose findings cannot be compared.
    OtherVersion,
}

impl fmt::Display for BaselineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoReport => "it is not a report of `hwgrants review --format json`",
            Self::OtherVersion => "the report was created by another version of `hwgrants`",
        })
    }
}

impl std::error::Error for BaselineError {}

/// The parts of a report that count. Newer minor versions may have others.
#[derive(Deserialize)]
struct BaselineReport {
    format_version: String,
    findings: Vec<BaselineFinding>,
}

#[derive(Deserialize)]
struct BaselineFinding {
    rule: String,
    /// None in reports of format 2.0, which no finding can be compared with.
    #[serde(default)]
    subjects: Option<Vec<BaselineSubject>>,
    /// The waiver that covered it.
    #[serde(default)]
    waiver: Option<BaselineWaiver>,
}

#[derive(Deserialize)]
struct BaselineWaiver {
    has_expired: bool,
}

#[derive(Deserialize)]
struct BaselineSubject {
    grantee: String,
    resource: String,
    level: String,
}

impl Baseline {
    /// Reads a report in JSON.
    ///
    /// # Errors
    /// If it is not a report, or one of another version.
    pub fn read(json: &[u8]) -> Result<Self, BaselineError> {
        let report: BaselineReport =
            serde_json::from_slice(json).map_err(|_| BaselineError::NoReport)?;
        let mut version = report.format_version.split('.');
        let minor = |text: &str| text.parse::<u32>().ok();
        let is_known = version.next() == Some(MAJOR)
            && version
                .next()
                .and_then(minor)
                .is_some_and(|minor| minor >= MIN_MINOR);
        if !is_known {
            return Err(BaselineError::OtherVersion);
        }
        // What was only waived counts again when the waiver has expired.
        let is_waived = |finding: &BaselineFinding| {
            let waiver = finding.waiver.as_ref();
            waiver.is_some_and(|waiver| !waiver.has_expired)
        };
        let findings = report.findings.into_iter();
        let findings = findings.filter(|finding| !is_waived(finding));
        let findings = findings.filter_map(|finding| {
            let subjects = finding.subjects?.into_iter().map(|subject| Subject {
                grantee: subject.grantee,
                resource: subject.resource,
                level: subject.level,
            });
            Some((finding.rule, subjects.collect()))
        });
        Ok(Self(findings.collect()))
    }

    /// Whether the earlier review has found the same.
    fn has(&self, finding: &Finding) -> bool {
        let subjects = finding.subjects();
        subjects.is_some_and(|subjects| {
            !subjects.is_empty() && self.0.contains(&(finding.rule.id().to_owned(), subjects))
        })
    }
}

/// The format versions of reports whose findings can be compared.
const MAJOR: &str = "2";
const MIN_MINOR: u32 = 1;

impl Report {
    /// Marks the findings that an earlier review has found, too: only the others count for the policy check.
    pub fn compare_with(&mut self, baseline: &Baseline) {
        self.has_baseline = true;
        for finding in &mut self.findings {
            finding.is_known = baseline.has(finding);
        }
    }
}
