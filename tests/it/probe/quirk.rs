//! Each quirk that is set in the sandbox is found.

use std::collections::BTreeMap;

use hwgrants::sandbox::Quirks;
use serde_json::Value;

use super::{Laboratory, is_clean};

/// Quirks that the probe does not test.
const UNTESTED: [&str; 4] = ["delete_unaimed", "group_delete", "groups", "pending_list"];

/// Settings of tested quirks that cannot be told from another value, and why.
const INDISTINGUISHABLE: [(&str, &str); 2] = [
    // IDs in the sandbox are not decimal numbers.
    ("ids", "number"),
    // Differs from the default only for secret groups.
    ("kind", "always_secret"),
];

/// Quirks whose default is not determined, for the same reasons.
const UNDETERMINED_BY_DEFAULT: [&str; 2] = ["ids", "kind"];

/// The value of each quirk.
fn values(quirks: &Quirks) -> BTreeMap<String, String> {
    let Value::Object(values) = serde_json::to_value(quirks).unwrap() else {
        panic!("quirks are not an object");
    };
    let values = values.into_iter();
    values
        .map(|(quirk, value)| (quirk, value.as_str().unwrap().to_owned()))
        .collect()
}

/// Runs the probe; the value it found for each quirk.
async fn find(quirks: &Quirks) -> BTreeMap<&'static str, Option<String>> {
    let laboratory = Laboratory::with(quirks.clone()).await;
    let outcome = laboratory.probe().await.unwrap();
    assert!(outcome.stopped.is_none(), "{quirks:?}: {outcome:?}");
    assert!(is_clean(&outcome), "{quirks:?}: {outcome:?}");
    assert_eq!(laboratory.grant_count(), 0, "{quirks:?}");
    assert!(laboratory.journal.is_removed(), "{quirks:?}");
    let findings = outcome.report.findings.iter();
    let found: BTreeMap<_, _> = findings
        .map(|finding| (finding.quirk, finding.value().map(str::to_owned)))
        .collect();
    assert_eq!(found.len(), Quirks::catalog().len());
    found
}

#[tokio::test]
async fn the_probe_finds_each_quirk_that_is_set() {
    let mut found_count = 0;
    for quirks in Quirks::variations() {
        let defaults = values(&Quirks::default());
        let set = values(&quirks);
        let mut changed = set
            .iter()
            .filter(|(quirk, value)| defaults[*quirk] != **value);
        let (quirk, value) = changed.next().unwrap();
        let found = find(&quirks).await;
        let is_untested = UNTESTED.contains(&quirk.as_str());
        let is_indistinguishable = INDISTINGUISHABLE.contains(&(quirk, value));
        match is_untested || is_indistinguishable {
            true => assert_ne!(
                found[quirk.as_str()].as_ref(),
                Some(value),
                "{quirk}={value}"
            ),
            false => {
                assert_eq!(
                    found[quirk.as_str()].as_ref(),
                    Some(value),
                    "{quirk}={value}"
                );
                found_count += 1;
            }
        }
        assert_nothing_wrong(&found, &set);
    }
    // Each tested quirk, and more than one value of many of them.
    assert!(found_count >= 30, "{found_count}");
}

#[tokio::test]
async fn the_probe_determines_every_tested_quirk_of_the_default_sandbox() {
    let found = find(&Quirks::default()).await;
    let defaults = values(&Quirks::default());
    for (quirk, value) in found {
        let expected = match UNTESTED.contains(&quirk) || UNDETERMINED_BY_DEFAULT.contains(&quirk) {
            true => None,
            false => Some(&defaults[quirk]),
        };
        assert_eq!(value.as_ref(), expected, "{quirk}");
    }
}

#[tokio::test]
async fn no_finding_is_wrong_under_any_combination_of_quirks() {
    let catalog = Quirks::catalog();
    for seed in 0..60 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut quirks = Quirks::default();
        for (quirk, values) in &catalog {
            if random.bool() {
                let value = &values[random.usize(..values.len())];
                quirks.set(&format!("{quirk}={value}")).unwrap();
            }
        }
        let found = find(&quirks).await;
        assert_nothing_wrong(&found, &values(&quirks));
        let determined = found.values().filter(|value| value.is_some()).count();
        assert!(determined >= 10, "seed {seed}: {quirks:?}: {found:?}");
    }
}

/// Whether each quirk has the value that is set, or none.
#[track_caller]
fn assert_nothing_wrong(
    found: &BTreeMap<&'static str, Option<String>>,
    set: &BTreeMap<String, String>,
) {
    for (quirk, value) in found {
        let Some(value) = value else {
            continue;
        };
        assert_eq!(set[*quirk], *value, "{quirk}, set: {set:?}");
    }
}
