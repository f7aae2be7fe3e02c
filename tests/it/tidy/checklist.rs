//! The table of the protocol's conformance checklist: each statement, and the tests that bear its number.
//!
//! The tests' names are written by `UPDATE_GOLDEN=1`; the reasons by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::{assert_none, root, sources};

/// How many statements there are.
const STATEMENTS: usize = 139;

const TABLE: &str = "tests/protocol-checklist.tsv";

/// The tests of each statement. A test proves each statement whose number is in its name as a word, `c107_c108_…`.
fn tests() -> BTreeMap<usize, BTreeSet<String>> {
    let mut tests: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for file in sources("src").into_iter().chain(sources("tests")) {
        let text = fs::read_to_string(file).unwrap();
        let lines = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        // Names, not functions: macros make tests, too.
        let words =
            lines.flat_map(|line| line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')));
        for name in
            words.filter(|word| number(word.split('_').next().unwrap_or_default()).is_some())
        {
            // A word or two are no fact; what is so short is some other name.
            if name.split('_').count() > 3 {
                let numbers = name.split('_').filter_map(number);
                numbers.for_each(|number| {
                    tests.entry(number).or_default().insert(name.to_owned());
                });
            }
        }
    }
    tests
}

/// The number in `c17`.
fn number(word: &str) -> Option<usize> {
    word.strip_prefix('c')?.parse().ok()
}

#[test]
fn every_protocol_statement_has_a_test_or_a_reason() {
    let mut tests = tests();
    let path = root().join(TABLE);
    let table = fs::read_to_string(&path).unwrap();
    let mut rows = table.lines();
    let mut expected = vec![rows.next().unwrap().to_owned()];
    let mut bare = Vec::new();
    for (statement, row) in (1..).zip(rows) {
        let [_, what, reason, _] = *row.split('\t').collect::<Vec<_>>() else {
            panic!("four columns in `{row}`");
        };
        let proof = tests.remove(&statement).unwrap_or_default();
        if proof.is_empty() && reason.is_empty() || what.is_empty() {
            bare.push(format!("C{statement}: {what}"));
        }
        let proof = Vec::from_iter(proof).join(" ");
        expected.push(format!("C{statement}\t{what}\t{reason}\t{proof}"));
    }
    assert_eq!(expected.len(), STATEMENTS + 1);
    let unknown: Vec<_> = tests.values().flatten().cloned().collect();
    assert_none("tests with a number that no statement has", &unknown);
    let expected = expected.join("\n") + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(path, &expected).unwrap();
    } else {
        assert!(
            table == expected,
            "`{TABLE}` is out of date; write it with UPDATE_GOLDEN=1"
        );
    }
    assert_none("statements without a test or a reason", &bare);
}
