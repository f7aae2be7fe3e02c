//! The audit in the Static Analysis Results Interchange Format, which code hosts show beside the code.
//!
//! A live grant has no place in the code, so a result is located at the state that was compared, and has the address of the block
//! or the import ID of the grant as its logical location.
//!
//! Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0 with Errata 01.

use std::collections::BTreeMap;
use std::fmt;

use sha2::{Digest, Sha256};

use super::difference::{Difference, Missing, Repeated, Undeclared};
use super::phrasing;
use super::state::Declared;
use crate::plan_json::state_name::split_address;
use crate::report_format::sarif::{
    Alert, AlertLocation, ArtifactLocation, AutomationDetails, Invocation, Level, Log,
    LogicalLocation, MAX_RESULTS, MessageText, Notification, PhysicalLocation, REPOSITORY,
    ReportingConfiguration, ReportingDescriptor, SCHEMA, START, SarifRun, help_uri, tool,
};
use crate::text;

/// The file of a state that is not in a file.
const STATE: &str = "terraform.tfstate";

/// The name of the fingerprint, whose version changes with the way it is computed.
const FINGERPRINT: &str = "hwgrantsAudit/v1";

/// The page that explains the results.
const PAGE: &str = "docs/guides/adopt-existing-grants.md";

/// The results of an audit, printed by its `Display`; ends with a line feed.
#[derive(Clone, Copy, Debug)]
pub struct Sarif<'a> {
    /// The audit.
    pub difference: &'a Difference,
    /// The files of the states by their names, from the root of the sources; states from standard input have none.
    pub files: &'a BTreeMap<Option<String>, String>,
}

/// What a result is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AuditRule {
    Undeclared,
    Missing,
    Repeated,
}

impl AuditRule {
    /// In the order of the descriptors.
    const ALL: [Self; 3] = [Self::Undeclared, Self::Missing, Self::Repeated];

    fn id(self) -> &'static str {
        match self {
            Self::Undeclared => "undeclared-grant",
            Self::Missing => "missing-grant",
            Self::Repeated => "repeated-declaration",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Undeclared => "Live grant that no state declares",
            Self::Missing => "Declared grant that no longer exists",
            Self::Repeated => "Grant that is declared more than once",
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::Undeclared => {
                "Someone has access that is not managed by Terraform. Import the grant (`hwgrants audit --format import`), or \
                 revoke it. If another configuration declares the grant, pass its state to the audit, too."
            }
            Self::Missing => {
                "The state has a grant that was revoked outside of Terraform, so someone lacks access, or a block is left over. \
                 Run `terraform plan`: it plans to create the grant again. Apply it, or delete the block."
            }
            Self::Repeated => {
                "Several blocks manage one grant, and destroying one of them may revoke access that another one declares. \
                 Keep one block, and remove the others from their states without destroying the grant (`removed` with \
                 `destroy = false`)."
            }
        }
    }

    fn level(self) -> Level {
        match self {
            Self::Undeclared | Self::Missing => Level::Warning,
            Self::Repeated => Level::Note,
        }
    }
}

impl fmt::Display for Sarif<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let difference = self.difference;
        let undeclared = difference.undeclared.iter();
        let undeclared = undeclared.map(|each| self.undeclared(each));
        let missing = difference.missing.iter().map(|each| self.missing(each));
        let repeated = difference.repeated.iter().map(|each| self.repeated(each));
        let results = undeclared.chain(missing).chain(repeated);
        let counts = difference.counts;
        let count = counts.undeclared + counts.missing + counts.repeated;
        let run = SarifRun {
            automation_details: AutomationDetails {
                id: "hwgrants-audit/".to_owned(),
            },
            column_kind: "utf16CodeUnits",
            invocations: [invocation(difference, count.saturating_sub(MAX_RESULTS))],
            results: results.take(MAX_RESULTS).collect(),
            tool: tool(REPOSITORY, rules(REPOSITORY)),
        };
        let log = Log {
            schema: SCHEMA,
            runs: [run],
            version: "2.1.0",
        };
        let log = serde_json::to_string_pretty(&log).map_err(|_| fmt::Error)?;
        writeln!(f, "{log}")
    }
}

impl Sarif<'_> {
    fn undeclared(&self, each: &Undeclared) -> Alert {
        let import_id = each.grant.import_id();
        let (resource, grantee) = (each.grant.resource(), phrasing::grantee(each));
        let message = format!(
            "No state declares the grant `{}` to {grantee} on {} (expiry: {}).",
            text::line(&import_id),
            text::line(resource),
            phrasing::expiry(each)
        );
        let file = self.files.values().next();
        self.result(AuditRule::Undeclared, message, &import_id, &import_id, file)
    }

    fn missing(&self, each: &Missing) -> Alert {
        let grant = each.grant.as_ref();
        let message = format!(
            "The grant to {} on {}, declared by {}, no longer exists: {}.",
            phrasing::declared_grantee(grant),
            phrasing::declared_resource(grant, each.resource_name.as_deref()),
            each.addresses.join(", "),
            phrasing::missing(each.reason)
        );
        self.declared(AuditRule::Missing, message, &each.addresses, grant)
    }

    fn repeated(&self, each: &Repeated) -> Alert {
        let grant = each.grant.as_ref();
        let message = format!(
            "The grant to {} on {} is declared more than once: {}.",
            phrasing::declared_grantee(grant),
            phrasing::declared_resource(grant, None),
            each.addresses.join(", "),
        );
        self.declared(AuditRule::Repeated, message, &each.addresses, grant)
    }

    fn declared(
        &self,
        rule: AuditRule,
        message: String,
        addresses: &[String],
        grant: Option<&Declared>,
    ) -> Alert {
        let address = addresses.first().map_or("", String::as_str);
        let (state, _) = split_address(address);
        let file = self.files.get(&state.map(str::to_owned));
        let file = file.or_else(|| self.files.get(&None));
        // By its IDs, a grant is the same after its block is renamed.
        let key = grant.map_or_else(|| addresses.join("\n"), |grant| grant.key().to_string());
        self.result(rule, message, address, &key, file)
    }

    fn result(
        &self,
        rule: AuditRule,
        message: String,
        name: &str,
        key: &str,
        file: Option<&String>,
    ) -> Alert {
        let digest = Sha256::digest(format!("{}\n{key}", rule.id()));
        let fingerprint = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Alert {
            baseline_state: None,
            level: rule.level(),
            locations: [AlertLocation {
                logical_locations: [LogicalLocation {
                    fully_qualified_name: text::line(name),
                    kind: "resource",
                }],
                physical_location: PhysicalLocation {
                    artifact_location: ArtifactLocation::of_source(file.map_or(STATE, |it| it)),
                    region: START,
                },
            }],
            message: MessageText::new(text::sarif(&text::line(&message))),
            partial_fingerprints: [(FINGERPRINT, fingerprint)].into(),
            rule_id: rule.id(),
            rule_index: AuditRule::ALL.iter().position(|each| *each == rule),
            suppressions: Vec::new(),
        }
    }
}

/// Notifications besides the results: what was not audited, and which declared grants were not checked, by reason.
fn invocation(difference: &Difference, omitted: usize) -> Invocation {
    let omitted = (omitted > 0).then(|| {
        let message = format!("{omitted} more results are not in this file.");
        (Level::Warning, message)
    });
    let unread = difference.unread.iter();
    let unread = unread.map(|each| {
        let message = format!("Not audited: {}: {}", each.what, each.reason);
        (Level::Error, message)
    });
    let withheld = difference.withheld.iter().map(|secret| {
        let message = format!("Huawei Cloud does not list the grants on the secret {secret}.");
        (Level::Note, message)
    });
    let groups = difference
        .not_checked
        .chunk_by(|a, b| a.reason == b.reason)
        .filter_map(|group| {
            let reason = phrasing::not_checked(&group.first()?.reason);
            let addresses = group
                .iter()
                .filter_map(|each| each.addresses.first())
                .take(MAX_NAMED);
            let addresses: Vec<_> = addresses.map(String::as_str).collect();
            let rest = group.len().saturating_sub(MAX_NAMED);
            let rest = if rest > 0 {
                format!(", and {rest} more")
            } else {
                String::new()
            };
            let message = format!(
                "Not checked: {} declared grants, because {reason}: {}{rest}",
                group.len(),
                addresses.join(", ")
            );
            Some((Level::Note, message))
        });
    let all = unread.chain(omitted).chain(withheld).chain(groups);
    let notifications = all.map(|(level, message)| Notification {
        level,
        message: MessageText::new(text::sarif(&text::line(&message))),
    });
    Invocation {
        execution_successful: difference.unread.is_empty(),
        tool_execution_notifications: notifications.collect(),
    }
}

/// Addresses that a notification names.
const MAX_NAMED: usize = 20;

fn rules(repository: &str) -> Vec<ReportingDescriptor> {
    let rules = AuditRule::ALL.into_iter();
    rules.map(|rule| descriptor(rule, repository)).collect()
}

fn descriptor(rule: AuditRule, repository: &str) -> ReportingDescriptor {
    ReportingDescriptor {
        default_configuration: ReportingConfiguration {
            level: rule.level(),
        },
        full_description: MessageText::new(format!("{}.", rule.title())),
        help: MessageText::new(rule.help().to_owned()),
        help_uri: help_uri(repository, PAGE),
        id: rule.id(),
        short_description: MessageText::new(format!("{}.", rule.title())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::difference::tests::sample;

    fn document(difference: &Difference) -> serde_json::Value {
        let files = BTreeMap::from([(None, "live/a b.json".to_owned())]);
        let files = &files;
        serde_json::from_str(&Sarif { difference, files }.to_string()).unwrap()
    }

    #[test]
    fn every_result_has_a_file_a_rule_and_a_fingerprint_of_its_own() {
        let difference = sample();
        let document = document(&difference);
        let results = document["runs"][0]["results"].as_array().unwrap();
        let counts = difference.counts;
        let count = counts.undeclared + counts.missing + counts.repeated;
        assert_eq!(results.len(), count);
        let mut fingerprints = std::collections::BTreeSet::new();
        for result in results {
            let location = &result["locations"][0]["physicalLocation"];
            assert_eq!(location["artifactLocation"]["uri"], "live/a%20b.json");
            assert_eq!(location["region"]["startLine"], 1);
            let index = result["ruleIndex"].as_u64().unwrap();
            let rules = &document["runs"][0]["tool"]["driver"]["rules"];
            assert_eq!(
                rules[usize::try_from(index).unwrap()]["id"],
                result["ruleId"]
            );
            fingerprints.insert(result["partialFingerprints"].to_string());
        }
        assert_eq!(fingerprints.len(), count);
    }

    #[test]
    fn more_results_than_hosts_accept_are_counted_in_a_notification() {
        let mut difference = sample();
        let Some(first) = difference.undeclared.first().cloned() else {
            panic!("the sample has undeclared grants");
        };
        difference.undeclared = vec![first; MAX_RESULTS + 7];
        difference.counts.undeclared = difference.undeclared.len();
        let more = 7 + difference.counts.missing + difference.counts.repeated;
        let document = document(&difference);
        let run = &document["runs"][0];
        assert_eq!(run["results"].as_array().unwrap().len(), MAX_RESULTS);
        let notes = run["invocations"][0]["toolExecutionNotifications"].to_string();
        assert!(
            notes.contains(&format!("{more} more results are not in this file")),
            "{notes}"
        );
    }
}
