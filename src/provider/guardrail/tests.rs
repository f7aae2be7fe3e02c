use jiff::civil::date;

use super::*;
use crate::framework::Path;

const TODAY: Date = date(2027, 1, 31);

/// Models cannot be printed; this one holds no secrets.
impl std::fmt::Debug for Guardrails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guardrails")
            .field("require_validity", &self.require_validity)
            .field("max_validity_days", &self.max_validity_days)
            .field("warn_expiring_within_days", &self.warn_expiring_within_days)
            .field("allowed_project_ids", &self.allowed_project_ids)
            .finish()
    }
}

fn rules() -> Guardrails {
    Guardrails::default()
}

fn required() -> Guardrails {
    Guardrails {
        require_validity: Field::Known(true),
        ..rules()
    }
}

fn at_most(days: i64) -> Guardrails {
    Guardrails {
        max_validity_days: Field::Known(days),
        ..rules()
    }
}

fn warning(days: i64) -> Guardrails {
    Guardrails {
        warn_expiring_within_days: Field::Known(days),
        ..rules()
    }
}

fn project(id: &str) -> Field<ProjectId> {
    Field::Known(ProjectId::new(id).unwrap())
}

fn allowing(ids: &[Field<ProjectId>]) -> Guardrails {
    Guardrails {
        allowed_project_ids: Field::Known(Set(ids.to_vec())),
        ..rules()
    }
}

fn unknown() -> Guardrails {
    Guardrails::of_block(&Field::Unknown)
}

fn grant<'a>(end: Field<Date>) -> GuardedGrant<'a> {
    GuardedGrant {
        expires_on: end,
        project_id: Field::Known("ours"),
        is_written: true,
    }
}

fn until(year: i16, month: i8, day: i8) -> GuardedGrant<'static> {
    grant(Field::Known(date(year, month, day)))
}

/// The only finding: whether it is an error, its attribute and its title. None if there is none.
#[track_caller]
fn found(rules: &Guardrails, grant: GuardedGrant<'_>) -> Option<(bool, String, String)> {
    let findings = rules.check(grant, TODAY);
    assert!(findings.iter().count() <= 1, "{findings:?}");
    let finding = findings.into_iter().next()?;
    let path = finding.path.as_ref().map(Path::to_string);
    Some((finding.is_error(), path.unwrap(), finding.summary))
}

/// A rule that a written grant breaks with an error, and one that stays with a warning of the same title and path.
#[track_caller]
fn assert_breaks(rules: &Guardrails, grant: GuardedGrant<'_>, path: &str, summary: &str) {
    for is_written in [true, false] {
        let expected = Some((is_written, path.to_owned(), summary.to_owned()));
        assert_eq!(
            found(
                rules,
                GuardedGrant {
                    is_written,
                    ..grant
                }
            ),
            expected,
            "{rules:?} {grant:?}"
        );
    }
}

#[track_caller]
fn assert_keeps(rules: &Guardrails, grant: GuardedGrant<'_>) {
    for is_written in [true, false] {
        let finding = found(
            rules,
            GuardedGrant {
                is_written,
                ..grant
            },
        );
        assert_eq!(finding, None, "{rules:?} {grant:?} {is_written}");
    }
}

#[test]
fn without_rules_every_grant_without_a_past_expiry_passes() {
    for rules in [rules(), unknown(), Guardrails::of_block(&Field::Null)] {
        for end in [
            Field::Null,
            Field::Unknown,
            Field::Known(TODAY),
            Field::Known(Date::MAX),
        ] {
            assert_keeps(&rules, grant(end));
        }
    }
}

#[test]
fn a_past_expiry_is_an_error_only_if_it_is_written() {
    for rules in [rules(), unknown(), required(), at_most(1), at_most(90)] {
        let yesterday = until(2027, 1, 30);
        let expected = (
            true,
            "validity_time".into(),
            "Expiration date in the past".into(),
        );
        assert_eq!(found(&rules, yesterday), Some(expected));
        let stays = GuardedGrant {
            is_written: false,
            ..yesterday
        };
        assert_eq!(found(&rules, stays), None);
    }
}

#[test]
fn a_missing_expiry_violates_only_require_validity() {
    let title = "Grant without expiry";
    assert_breaks(&required(), grant(Field::Null), "validity_time", title);
    let not_required = Guardrails {
        require_validity: Field::Known(false),
        ..rules()
    };
    for rules in [not_required, at_most(1), warning(36_500)] {
        assert_keeps(&rules, grant(Field::Null));
    }
    for end in [Field::Unknown, Field::Known(TODAY), Field::Known(Date::MAX)] {
        assert_keeps(&required(), grant(end));
    }
}

#[test]
fn an_expiry_may_be_at_most_max_validity_days_away() {
    for (days, last, too_far) in [
        (1, until(2027, 2, 1), until(2027, 2, 2)),
        (28, until(2027, 2, 28), until(2027, 3, 1)),
        (90, until(2027, 5, 1), until(2027, 5, 2)),
        (365, until(2028, 1, 31), until(2028, 2, 1)),
        (36_500, until(2127, 1, 7), until(2127, 1, 8)),
    ] {
        assert_keeps(&at_most(days), last);
        assert_breaks(
            &at_most(days),
            too_far,
            "validity_time",
            "Expiration date too late",
        );
    }
    assert_keeps(&at_most(90), until(2027, 1, 31));
    assert_keeps(&at_most(90), grant(Field::Unknown));
    assert_keeps(&at_most(i64::MAX), grant(Field::Known(Date::MAX)));
}

#[test]
fn an_expiry_within_the_warning_period_is_always_a_warning() {
    for (days, soon, later) in [
        (0, until(2027, 1, 31), until(2027, 2, 1)),
        (1, until(2027, 2, 1), until(2027, 2, 2)),
        (14, until(2027, 2, 14), until(2027, 2, 15)),
    ] {
        for is_written in [true, false] {
            let soon = GuardedGrant { is_written, ..soon };
            let expected = (false, "validity_time".into(), "Grant expires soon".into());
            assert_eq!(found(&warning(days), soon), Some(expected));
        }
        assert_keeps(&warning(days), later);
    }
    assert_keeps(&warning(14), grant(Field::Null));
    assert_keeps(&warning(14), grant(Field::Unknown));
}

#[test]
fn an_expired_grant_is_a_warning_if_warnings_are_enabled() {
    for days in [0, 14] {
        for past in [until(2027, 1, 30), until(2020, 2, 29)] {
            let stays = GuardedGrant {
                is_written: false,
                ..past
            };
            let expected = (false, "validity_time".into(), "Grant expired".into());
            assert_eq!(found(&warning(days), stays), Some(expected));
        }
    }
}

#[test]
fn only_projects_known_to_be_disallowed_are_rejected() {
    let until = until(2027, 2, 15);
    let title = "Project not allowed";
    for allowed in [
        vec![project("theirs")],
        vec![project("theirs"), project("OURS")],
    ] {
        assert_breaks(&allowing(&allowed), until, "project_id", title);
    }
    for allowed in [
        vec![project("ours")],
        vec![project("theirs"), project("ours")],
        vec![project("theirs"), Field::Unknown],
    ] {
        assert_keeps(&allowing(&allowed), until);
    }
    let looked_up = GuardedGrant {
        project_id: Field::Unknown,
        ..until
    };
    assert_keeps(&allowing(&[project("theirs")]), looked_up);
}

#[test]
fn one_grant_can_violate_an_expiry_rule_and_a_project_rule() {
    let rules = Guardrails {
        allowed_project_ids: Field::Known(Set(vec![project("theirs")])),
        ..required()
    };
    let findings = rules.check(grant(Field::Null), TODAY);
    let titles: Vec<_> = findings
        .iter()
        .map(|finding| finding.summary.as_str())
        .collect();
    assert_eq!(titles, ["Grant without expiry", "Project not allowed"]);
}

#[test]
fn messages_name_the_rule_its_location_the_value_and_what_is_allowed() {
    let required = Guardrails {
        max_validity_days: Field::Known(90),
        ..required()
    };
    for (rules, grant, words) in [
        (
            &required,
            grant(Field::Null),
            ["`require_validity`", "never expires", "2027-05-01"],
        ),
        (
            &at_most(90),
            until(2027, 5, 2),
            ["`max_validity_days` is 90", "2027-05-02", "2027-05-01"],
        ),
        (
            &warning(14),
            until(2027, 2, 3),
            ["`warn_expiring_within_days` is 14", "2027-02-03", "later"],
        ),
        (
            &allowing(&[project("a"), project("b")]),
            until(2027, 2, 3),
            ["`allowed_project_ids`", "`ours`", "`a`, `b`"],
        ),
    ] {
        for is_written in [true, false] {
            let findings = rules.check(
                GuardedGrant {
                    is_written,
                    ..grant
                },
                TODAY,
            );
            let detail = &findings.iter().next().unwrap().detail;
            for part in words.into_iter().chain([WHERE]) {
                assert!(detail.contains(part), "`{part}` in {detail}");
            }
        }
    }
}

#[test]
fn enforcement_rejects_grants_that_violate_or_may_violate_a_rule() {
    let ours = ProjectId::new("ours").unwrap();
    let title = |rules: &Guardrails, end: Option<Date>| {
        let refused = rules.enforce(end, &ours, TODAY).err()?;
        assert!(refused.is_error(), "{refused:?}");
        Some(refused.summary)
    };
    let (soon, far) = (Some(date(2027, 2, 1)), Some(date(2027, 2, 2)));
    let theirs = allowing(&[project("theirs")]);
    let open = allowing(&[project("ours"), Field::Unknown]);
    for (rules, end, expected) in [
        (&rules(), None, None),
        (
            &rules(),
            Some(date(2027, 1, 30)),
            Some("Expiration date in the past"),
        ),
        (&required(), None, Some("Grant without expiry")),
        (&required(), far, None),
        (&at_most(1), soon, None),
        (&at_most(1), far, Some("Expiration date too late")),
        (&warning(14), soon, None),
        (&theirs, soon, Some("Project not allowed")),
        (&allowing(&[project("ours")]), soon, None),
        (&open, soon, Some("Guardrails known only after apply")),
        (&unknown(), soon, Some("Guardrails known only after apply")),
    ] {
        assert_eq!(title(rules, end).as_deref(), expected, "{rules:?} {end:?}");
    }
}
