//! The invariants of ARCHITECTURE.md: each names a test or lint that exists, and some can only be checked in the sources.

use std::collections::BTreeSet;
use std::fs;

use super::{assert_none, names, read, root, sources, word};

/// The function names of all tests, and what else a `fn` declares.
fn functions() -> BTreeSet<String> {
    let files = ["src", "tests"].into_iter().flat_map(sources);
    let mut found = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        found.extend(text.split("fn ").skip(1).map(|rest| word(rest).to_owned()));
    }
    found
}

#[test]
fn every_invariant_names_a_check_that_exists() {
    let architecture = read("ARCHITECTURE.md");
    let (_, rest) = architecture.split_once("\n## Invariants\n").unwrap();
    let (invariants, _) = rest.split_once("\n## ").unwrap();
    let clippy = read("clippy.toml").replace('-', "_");
    let functions = functions();
    let mut broken = Vec::new();
    let mut count = 0;
    for invariant in invariants.split("\n- ").skip(1) {
        count += 1;
        let title = invariant.lines().next().unwrap();
        // However its lines are wrapped.
        let invariant = invariant.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut checks = [" Test: ", " Tests: ", " Lint: "].into_iter();
        let checks = checks.find_map(|label| invariant.split_once(label));
        let Some((_, checks)) = checks else {
            broken.push(format!("{title}: names no check"));
            continue;
        };
        let checks = checks.split('`').skip(1).step_by(2);
        let unknown =
            checks.filter(|check| !functions.contains(*check) && !clippy.contains(*check));
        broken.extend(unknown.map(|check| format!("{title}: `{check}` does not exist")));
    }
    assert!(count > 20, "only {count} invariants found");
    assert_none("invariants without a check", &broken);
}

#[test]
fn models_cannot_be_printed() {
    let printable = sources("src").into_iter().filter(|file| {
        let text = fs::read_to_string(file).unwrap();
        let models = text.split("model! {").skip(1);
        models
            .map(|model| model.split("\n}").next().unwrap_or(model))
            .any(|model| {
                let head = model.split("struct ").next().unwrap_or(model);
                head.lines()
                    .any(|line| line.trim_start().starts_with("#[derive") && line.contains("Debug"))
            })
    });
    assert_none(
        "models with `Debug`, which may print secrets",
        &names(printable),
    );
}

#[test]
fn only_the_clock_reads_the_system_time() {
    let readers = sources("src/provider").into_iter().filter(|file| {
        let text = fs::read_to_string(file).unwrap();
        ["Timestamp::now", "SystemTime::now", "Zoned::now"]
            .iter()
            .any(|read| text.contains(read))
    });
    // The one place where the provider is given its clock.
    let entrance = root().join("src/provider/mod.rs");
    let others = readers.filter(|file| *file != entrance);
    assert_none("code that reads the system clock", &names(others));
}
