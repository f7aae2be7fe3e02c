//! The result of an experiment: a finding for every quirk, and what no quirk describes.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::finding::{Fact, Finding};
use crate::sandbox::Quirks;

/// Quirks that the experiment does not test, and why.
const UNTESTED: [(&str, &str); 4] = [
    ("groups", "requires a grant to a user group"),
    ("group_delete", "requires a grant to a user group"),
    (
        "delete_unaimed",
        "never tested: a DELETE without a grantee may revoke every grant on the secret",
    ),
    (
        "pending_list",
        "requires a secret that is scheduled for deletion",
    ),
];

/// What the probe has learned about a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeReport {
    /// Region of the secret.
    pub region: String,
    /// The date in UTC.
    pub date: Date,
    /// Whether requests went to Huawei Cloud's own endpoint.
    pub has_default_endpoint: bool,
    /// One per quirk, in the order of the sandbox.
    pub findings: Vec<Finding>,
    /// What no quirk describes.
    pub facts: Vec<Fact>,
    /// Why the probe stopped early; without personal data.
    pub stopped: Option<String>,
}

impl ProbeReport {
    /// The settings of the sandbox that differ from its defaults, as in `groups=expanded`.
    #[must_use]
    pub fn quirks(&self) -> Vec<String> {
        let catalog: BTreeMap<_, _> = Quirks::catalog().into_iter().collect();
        let differing = self.findings.iter().filter_map(|finding| {
            let value = finding.value()?;
            let default = catalog.get(finding.quirk)?.first()?;
            (value != default).then(|| format!("{}={value}", finding.quirk))
        });
        differing.collect()
    }
}

/// A finding for every quirk, in the order of the sandbox.
pub(super) fn complete(found: Vec<Finding>) -> Vec<Finding> {
    let mut found: BTreeMap<_, _> = found.into_iter().map(|each| (each.quirk, each)).collect();
    let quirks = Quirks::catalog().into_iter();
    let findings = quirks.map(|(quirk, _)| {
        found.remove(quirk).unwrap_or_else(|| {
            let untested = UNTESTED.iter().find(|(untested, _)| *untested == quirk);
            let reason =
                untested.map_or("the probe stopped before this test", |(_, reason)| reason);
            Finding::undetermined(quirk, reason)
        })
    });
    findings.collect()
}
