use super::*;
use crate::plan_json::plan::Action;
use crate::review::grant::SecretKey;

fn known(text: &str) -> PlanValue {
    PlanValue::Known(text.into())
}

/// A grant of the one secret to this user; `?` is not known yet and `*` is marked as sensitive.
fn grant(user: &str, end: &str) -> PlannedGrant {
    PlannedGrant {
        key: PlannedGrantKey::Csms {
            secret: Arc::new(SecretKey {
                region: known("r"),
                project_id: known("p"),
                resource_type: known("SECRET"),
                resource_id: known("s"),
            }),
            grantee_type: known("user"),
            grantee_id: match user {
                "?" => PlanValue::Unknown,
                "*" => PlanValue::Sensitive,
                user => known(user),
            },
        },
        expiry: match end {
            "" => Expiry::Never,
            "?" => Expiry::Unknown,
            "*" => Expiry::Sensitive,
            date => Expiry::On(date.parse().unwrap()),
        },
        reason: PlanValue::Null,
        grantee_name: PlanValue::Null,
        resource_name: None,
    }
}

fn delegation() -> PlannedGrant {
    PlannedGrant {
        key: PlannedGrantKey::RepoKms {
            region: known("r"),
            tenant_id: known("t"),
        },
        ..grant("", "")
    }
}

fn step(
    address: &str,
    action: Action,
    before: Option<PlannedGrant>,
    after: Option<PlannedGrant>,
) -> PlanStep {
    PlanStep {
        address: address.into(),
        previous_address: None,
        is_deposed: false,
        action,
        is_created_first: false,
        has_failed_plan: false,
        is_import: false,
        is_expiry_changed: before.as_ref().map(|grant| grant.expiry)
            != after.as_ref().map(|grant| grant.expiry),
        is_otherwise_changed: false,
        status_change: None,
        before: before.map(Arc::new),
        after: after.map(Arc::new),
        missing: None,
    }
}

fn keep(address: &str, grant: PlannedGrant) -> PlanStep {
    step(address, Action::Keep, Some(grant.clone()), Some(grant))
}

fn create(address: &str, grant: PlannedGrant) -> PlanStep {
    step(address, Action::Create, None, Some(grant))
}

fn delete(address: &str, grant: PlannedGrant) -> PlanStep {
    step(address, Action::Delete, Some(grant), None)
}

fn update(address: &str, before: PlannedGrant, after: PlannedGrant) -> PlanStep {
    step(address, Action::Update, Some(before), Some(after))
}

fn replace(address: &str, before: PlannedGrant, after: PlannedGrant) -> PlanStep {
    step(address, Action::Replace, Some(before), Some(after))
}

/// The effects in words, such as `Gains a` or `Unchanged a, for a moment`, with the notes.
fn told(steps: &[PlanStep]) -> Vec<String> {
    let told = net(steps).into_iter().map(|change| {
        let moment = if change.is_interrupted {
            ", for a moment"
        } else {
            ""
        };
        let notes: String = change
            .notes
            .iter()
            .map(|note| format!("; {note:?}"))
            .collect();
        format!(
            "{:?} {}{moment}{notes}",
            change.effect,
            change.addresses.join("+")
        )
    });
    told.collect()
}

#[track_caller]
fn check(steps: &[PlanStep], expected: &[&str]) {
    assert_eq!(told(steps), expected);
    let mut reversed = steps.to_vec();
    reversed.reverse();
    assert_eq!(told(&reversed), expected, "in another order");
}

const JUNE: &str = "2027-06-30";
const JULY: &str = "2027-07-31";

#[test]
fn a_change_to_one_block_is_classified_by_effect() {
    for (before, after, expected) in [
        (JUNE, JULY, "Extended a"),
        (JULY, JUNE, "Shortened a"),
        ("", JUNE, "ExpiryAdded a"),
        (JUNE, "?", "ExpiryUnclear a"),
        ("", "?", "ExpiryUnclear a"),
        (JUNE, "*", "ExpiryUnclear a"),
        (JUNE, JUNE, "Unchanged a; Updated"),
        ("*", "*", "Unchanged a; Updated"),
    ] {
        check(
            &[update("a", grant("u", before), grant("u", after))],
            &[expected],
        );
    }
    check(&[create("a", grant("u", ""))], &["Gains a"]);
    check(&[delete("a", grant("u", ""))], &["Loses a"]);
    check(&[keep("a", grant("u", ""))], &["Unchanged a"]);
}

#[test]
fn a_replacement_interrupts_an_unchanged_key_and_revokes_a_changed_one() {
    check(
        &[replace("a", grant("u", JUNE), grant("u", JUNE))],
        &["Interrupted a, for a moment"],
    );
    check(
        &[replace("a", grant("u", JUNE), grant("u", ""))],
        &["ExpiryRemoved a, for a moment"],
    );
    check(
        &[replace("a", grant("u", ""), grant("v", ""))],
        &["Loses a", "Gains a"],
    );
}

#[test]
fn deleting_and_creating_the_same_key_is_a_rename() {
    let renamed = r#"; Renamed { from: "b", to: "a" }"#;
    check(
        &[create("a", grant("u", JUNE)), delete("b", grant("u", JUNE))],
        &[&format!("Unchanged a{renamed}")],
    );
    check(
        &[create("a", grant("u", JULY)), delete("b", grant("u", JUNE))],
        &[&format!("Extended a{renamed}")],
    );
}

#[test]
fn a_rename_needs_a_known_grantee_but_not_a_known_project() {
    let mut unknown_project = grant("u", "");
    if let PlannedGrantKey::Csms { secret, .. } = &mut unknown_project.key {
        Arc::make_mut(secret).project_id = PlanValue::Unknown;
    }
    check(
        &[create("a", unknown_project), delete("b", grant("u", ""))],
        &[r#"Unchanged a; Renamed { from: "b", to: "a" }"#],
    );
    check(
        &[create("a", grant("?", "")), delete("b", grant("u", ""))],
        &["Loses b", "Gains a"],
    );
}

#[test]
fn a_rename_is_detected_with_an_empty_project_id() {
    let mut empty = grant("u", "");
    if let PlannedGrantKey::Csms { secret, .. } = &mut empty.key {
        Arc::make_mut(secret).project_id = known("");
    }
    // As before and after a refresh is stored, and both.
    for (before, after) in [
        (grant("u", ""), empty.clone()),
        (empty.clone(), grant("u", "")),
        (empty.clone(), empty.clone()),
    ] {
        check(
            &[create("a", after), delete("b", before)],
            &[r#"Unchanged a; Renamed { from: "b", to: "a" }"#],
        );
    }
    check(
        &[create("a", empty), delete("b", grant("v", ""))],
        &["Gains a", "Loses b"],
    );
}

#[test]
fn removing_the_first_list_element_revokes_only_its_access() {
    check(
        &[
            replace("a[0]", grant("u", ""), grant("v", "")),
            replace("a[1]", grant("v", ""), grant("w", "")),
            delete("a[2]", grant("w", "")),
        ],
        &[
            "Loses a[0]",
            r#"Unchanged a[0]; Shifted { from: "a[1]", to: "a[0]" }"#,
            r#"Unchanged a[1]; Shifted { from: "a[2]", to: "a[1]" }"#,
        ],
    );
}

#[test]
fn an_unknown_or_sensitive_key_matches_only_in_an_update() {
    for hidden in ["?", "*"] {
        let (one, other) = (grant(hidden, JUNE), grant(hidden, JULY));
        check(&[update("a", one.clone(), other.clone())], &["Extended a"]);
        check(
            &[replace("a", one.clone(), other.clone())],
            &["Loses a", "Gains a"],
        );
        check(
            &[delete("a", one), create("b", other)],
            &["Loses a", "Gains b"],
        );
    }
}

#[test]
fn deleting_one_of_two_blocks_for_a_grant_keeps_access() {
    check(
        &[keep("a", grant("u", "")), delete("b", grant("u", ""))],
        &[r#"Unchanged a; StillDeclared { address: "a" }"#],
    );
    let mut deposed = delete("a", grant("u", ""));
    deposed.is_deposed = true;
    check(
        &[keep("a", grant("u", "")), deposed],
        &[r#"Unchanged a; StillDeclared { address: "a" }"#],
    );
}

#[test]
fn import_move_and_forget_do_not_change_access() {
    let imported = PlanStep {
        is_import: true,
        ..keep("a", grant("u", ""))
    };
    check(&[imported], &["Unchanged a; Imported"]);
    let moved = PlanStep {
        previous_address: Some("b".into()),
        ..keep("a", grant("u", ""))
    };
    check(&[moved], &[r#"Unchanged a; Moved { from: "b", to: "a" }"#]);
    check(
        &[step("a", Action::Forget, Some(grant("u", "")), None)],
        &["Unchanged a; Forgotten"],
    );
    check(
        &[
            step("a", Action::Forget, Some(grant("u", "")), None),
            delete("b", grant("u", "")),
        ],
        &["Loses b"],
    );
}

#[test]
fn a_delegation_remains_in_effect_when_deleted_or_replaced() {
    check(&[create("a", delegation())], &["Gains a"]);
    check(&[delete("a", delegation())], &["Stays a"]);
    check(
        &[replace("a", delegation(), delegation())],
        &["Unchanged a"],
    );
}

#[test]
fn steps_are_classified_as_changing_or_broadening_access() {
    let never = grant("u", "");
    let june = grant("u", JUNE);
    let july = grant("u", JULY);
    let unknown = grant("u", "?");
    for (step, may_broaden, is_change) in [
        (create("a", june.clone()), true, true),
        (update("a", june.clone(), july.clone()), true, true),
        (replace("a", june.clone(), never.clone()), true, true),
        (update("a", june.clone(), unknown.clone()), true, true),
        (update("a", never.clone(), unknown), false, true),
        (update("a", july, june.clone()), false, true),
        (update("a", never, june.clone()), false, true),
        (delete("a", june.clone()), false, true),
        (delete("a", delegation()), false, true),
        (replace("a", june.clone(), june.clone()), false, true),
        (
            step("a", Action::Forget, Some(june.clone()), None),
            false,
            true,
        ),
        (update("a", june.clone(), june.clone()), false, false),
        (keep("a", june), false, false),
    ] {
        let changes = net(std::slice::from_ref(&step));
        assert_eq!(
            changes.iter().any(AccessChange::may_broaden),
            may_broaden,
            "{step:?}"
        );
        assert_eq!(
            changes.iter().any(AccessChange::is_change),
            is_change,
            "{step:?}"
        );
    }
}

#[test]
fn a_grantee_name_is_inferred_from_other_grants_unless_sensitive() {
    let named = |user, name| PlannedGrant {
        grantee_name: name,
        ..grant(user, "")
    };
    for (name, expected) in [
        (PlanValue::Unknown, known("Ana")),
        (PlanValue::Sensitive, PlanValue::Sensitive),
        (known("Ann"), known("Ann")),
    ] {
        let mut steps = [
            keep("a", named("u", known("Ana"))),
            create("b", named("u", name)),
            create("c", named("v", PlanValue::Unknown)),
        ];
        name_grantees(&mut steps, &[]);
        let [_, named, other] = steps.map(|step| step.after.unwrap().grantee_name.clone());
        assert_eq!(named, expected);
        assert_eq!(other, PlanValue::Unknown);
    }
}
