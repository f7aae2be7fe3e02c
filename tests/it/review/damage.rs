//! No damage to a plan makes the review panic.

use hwgrants::review::{Format, Policy, SourceLocations, review};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;

use super::cases;

/// How a plan may be damaged, in bytes.
#[derive(Clone, Debug)]
enum Damage {
    Replace(Index, u8),
    Insert(Index, &'static str),
    Remove(Index, Index),
    Repeat(Index, Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let words = [
        "null", "\"", "{", "}", "[", "]", ",", "-", "1e999", "\\ud800", "\0", "true", "\u{9648}",
    ];
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Replace(at, byte)),
        (any::<Index>(), select(words.to_vec())).prop_map(|(at, word)| Damage::Insert(at, word)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Remove(from, to)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Repeat(from, to)),
    ]
}

fn damaged(mut plan: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        if plan.is_empty() {
            break;
        }
        let length = plan.len();
        let range = |from: &Index, to: &Index| {
            let (from, to) = (from.index(length), to.index(length));
            from.min(to)..from.max(to)
        };
        match damage {
            Damage::Replace(at, byte) => plan[at.index(length)] = *byte,
            Damage::Insert(at, word) => {
                let at = at.index(length);
                plan.splice(at..at, word.bytes());
            }
            Damage::Remove(from, to) => {
                plan.drain(range(from, to));
            }
            Damage::Repeat(from, to) => {
                let range = range(from, to);
                let part = plan[range.clone()].to_vec();
                plan.splice(range.end..range.end, part);
            }
        }
    }
    plan
}

#[test]
fn no_damaged_plan_causes_a_panic() {
    let config = ProptestConfig {
        failure_persistence: None,
        cases: 2_000,
        ..ProptestConfig::default()
    };
    let damages = proptest::collection::vec(damage(), 1..4);
    let plans: Vec<_> = cases().into_iter().map(|(_, plan)| plan).collect();
    let inputs = (select(plans), damages);
    let result = TestRunner::new(config).run(&inputs, |(plan, damages)| {
        match review(
            damaged(plan.into_bytes(), &damages).as_slice(),
            &Policy::default(),
        ) {
            Ok(report) => {
                prop_assert!(
                    !Format::Text
                        .render(&report, &SourceLocations::default())
                        .is_empty()
                )
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
        Ok(())
    });
    result.unwrap();
}
