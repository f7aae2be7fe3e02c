//! Grants whose status has changed since the last apply: a grant that expires is told as that.

use hwgrants::review::{Format, Policy, Report, SourceLocations, review};
use serde_json::{Value, json};

use super::stage::{Block, plan, update};

/// The report of a plan that changes nothing, with this drift.
fn report(drift: Block) -> Report {
    let mut json = plan(&[]);
    json["resource_drift"] = plan(&[drift])["resource_changes"].clone();
    review(json.to_string().as_bytes(), &Policy::default()).unwrap()
}

/// A grant whose status has become another, and with it what changes with the status.
fn status(from: &str, to: &str) -> Block {
    update("csms_grant.a")
        .with("validity_time", "2026-11-30")
        .with("status", to)
        .from("status", from)
        .with("update_time", "2026-12-01T00:00:00Z")
        .from("update_time", "2026-06-01T00:00:00Z")
        .with("state", 1)
        .from("state", 0)
}

/// What each format says of the one grant, by the notes in the text and in the JSON.
fn notes(report: &Report) -> (Vec<String>, Value) {
    let text = Format::Text.render(report, &SourceLocations::default());
    let notes = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("note: "));
    let notes: Vec<String> = notes.map(|note| note.trim().to_owned()).collect();
    for format in [Format::Markdown, Format::Html, Format::Junit] {
        let told = format.render(report, &SourceLocations::default());
        for note in &notes {
            // A date is code there, or an element.
            let words = note.split_whitespace().filter(|word| !word.contains('-'));
            assert!(
                words.clone().all(|word| told.contains(word)),
                "{note}: {told}"
            );
        }
        let other = "only attributes that do not affect access were changed";
        let is_told = notes.iter().any(|note| note == other);
        assert_eq!(told.contains(other), is_told, "{told}");
    }
    let json: Value =
        serde_json::from_str(&Format::Json.render(report, &SourceLocations::default())).unwrap();
    (notes, json["drift"][0]["notes"].clone())
}

#[test]
fn an_expired_grant_is_reported_with_its_expiry_date() {
    let expired = json!([{"kind": "expired", "on": "2026-11-30"}]);
    let alone = update("csms_grant.a")
        .with("validity_time", "2026-11-30")
        .with("status", "expired")
        .from("status", "active");
    for drift in [alone, status("active", "expired")] {
        let report = report(drift);
        assert_eq!(
            notes(&report),
            (vec!["expired on 2026-11-30".to_owned()], expired.clone())
        );
        for format in [Format::Text, Format::Markdown, Format::Html, Format::Junit] {
            let told = format.render(&report, &SourceLocations::default());
            let told = told.replace("<time>", "");
            assert!(told.contains("expired on 2026-11-30"), "{told}");
        }
    }
}

#[test]
fn a_reactivated_grant_is_reported_with_its_expiry_date() {
    let until = "active again until 2026-11-30".to_owned();
    let json = json!([{"kind": "reactivated", "until": "2026-11-30"}]);
    assert_eq!(
        notes(&report(status("expired", "active"))),
        (vec![until], json)
    );
    let endless = status("expired", "active").with("validity_time", Value::Null);
    let json = json!([{"kind": "reactivated", "until": null}]);
    assert_eq!(
        notes(&report(endless)),
        (vec!["active again".to_owned()], json)
    );
}

#[test]
fn changes_besides_the_status_are_reported_too() {
    let extended = status("expired", "active").to("validity_time", "2027-06-01");
    let (told, _) = notes(&report(extended));
    assert_eq!(
        told,
        ["active again until 2027-06-01", "the expiry was extended"]
    );
    let renamed = status("active", "expired").to("grantee_name", "Ana");
    let (told, json) = notes(&report(renamed));
    assert_eq!(
        told,
        [
            "expired on 2026-11-30",
            "only attributes that do not affect access were changed"
        ]
    );
    assert_eq!(
        json,
        json!([{"kind": "expired", "on": "2026-11-30"}, {"kind": "updated"}])
    );
}

#[test]
fn a_sensitive_or_other_status_is_not_reported_as_expired() {
    for drift in [
        status("active", "expired").sensitive("status"),
        status("active", "suspended"),
        status("active", "active").to("reason", "other"),
    ] {
        let (told, json) = notes(&report(drift));
        assert_eq!(
            told,
            ["only attributes that do not affect access were changed"]
        );
        assert_eq!(json, json!([{"kind": "updated"}]));
    }
    let hidden = status("active", "expired").sensitive("validity_time");
    let (told, json) = notes(&report(hidden));
    assert_eq!(told, ["expired"]);
    assert_eq!(json, json!([{"kind": "expired", "on": null}]));
}

#[test]
fn a_moved_grant_that_has_expired_is_reported_as_expired() {
    let mut json = plan(&[]);
    let mut drift = plan(&[status("active", "expired")])["resource_changes"].clone();
    drift[0]["previous_address"] = "csms_grant.old".into();
    json["resource_drift"] = drift;
    let report = review(json.to_string().as_bytes(), &Policy::default()).unwrap();
    let (told, _) = notes(&report);
    assert_eq!(told, ["expired on 2026-11-30"]);
}

/// What a report says of an access that was given or revoked outside of Terraform, in text and in JSON.
#[test]
fn access_that_was_given_or_revoked_outside_of_terraform_is_told_apart() {
    let membership = "huaweicloud_identity_group_membership";
    let members = |users: &[&str]| json!({"group": "g", "users": users, "id": "x"});
    let change = |actions: &[&str], before: Value, after: Value| {
        json!([{
            "address": format!("{membership}.x"), "mode": "managed", "type": membership, "name": "x",
            "change": {"actions": actions, "before": before, "after": after},
        }])
    };
    let (both, one) = (members(&["u1", "u2"]), members(&["u1"]));
    let given = "granted outside of Terraform, and not revoked by the plan";
    let revoked = "revoked outside of Terraform, and not granted again by the plan";
    for (before, after, planned, note) in [
        (&one, &both, &both, Some(given)),
        (&both, &one, &one, Some(revoked)),
        // What the plan undoes is a change.
        (&both, &one, &both, None),
    ] {
        let mut plan = plan(&[]);
        plan["resource_drift"] = change(&["update"], before.clone(), after.clone());
        let action = if after == planned { "no-op" } else { "update" };
        plan["resource_changes"] = change(&[action], after.clone(), planned.clone());
        let report = review(plan.to_string().as_bytes(), &Policy::default()).unwrap();
        let text = Format::Text.render(&report, &SourceLocations::default());
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let json = Format::Json.render(&report, &SourceLocations::default());
        let json: Value = serde_json::from_str(&json).unwrap();
        let rows = json["unchanged"].as_array().unwrap();
        let Some(note) = note else {
            assert!(flat.contains("Access: 1 gained."), "{flat}");
            assert_eq!(rows.len(), 0);
            continue;
        };
        assert!(
            flat.contains("1 grant was changed outside of Terraform"),
            "{flat}"
        );
        assert!(flat.contains(note), "{flat}");
        assert_eq!(
            flat.contains("user u2 member; revoked"),
            note == revoked,
            "{flat}"
        );
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0]["note"], note);
        assert_eq!(rows[0]["grantee"]["id"], "u2");
    }
}
