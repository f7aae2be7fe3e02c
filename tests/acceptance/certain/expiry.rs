//! What a list shows in place of a date is a warning, and never a difference for ever.

use hwgrants::sandbox::{EndFormat, GranteeKind, NoExpiry, Quirks, TimeFormat, seed};

use super::{TYPE, audit, live_expiry};
use crate::harness::{Block, Workspace, in_days};

#[test]
fn an_unrecognized_or_missing_expiry_warns_and_plans_no_change() {
    for (end, warning) in [
        (EndFormat::Words, "Warning: Unrecognized expiry"),
        (EndFormat::Zero, "Warning: Unrecognized expiry"),
        (EndFormat::MinusOne, "Warning: Unrecognized expiry"),
        (EndFormat::Period, "Warning: Unrecognized expiry"),
        (
            EndFormat::BeyondCalendar,
            "Warning: Grant listed without its expiry",
        ),
        (EndFormat::Hidden, "Warning: Grant expiry not listed"),
    ] {
        let workspace = Workspace::with(Block::grant(TYPE).set("validity_time", &in_days(30)));
        workspace.world().set_quirks(Quirks {
            end,
            ..Quirks::default()
        });
        let apply = workspace.apply().succeeded();
        if end != EndFormat::Hidden {
            apply.says(warning);
        }
        assert_eq!(live_expiry(&workspace), Some(Some(in_days(30))));
        let plan = workspace.plan();
        assert_eq!(plan.code, Some(0), "{end:?}: {plan}");
        plan.says(warning);
    }
}

#[test]
fn every_representation_of_no_expiry_plans_no_change() {
    for no_expiry in NoExpiry::ALL {
        for time in [
            TimeFormat::Milliseconds,
            TimeFormat::Seconds,
            TimeFormat::Text,
        ] {
            let workspace = Workspace::with(Block::grant(TYPE));
            workspace.world().set_quirks(Quirks {
                no_expiry: *no_expiry,
                time,
                ..Quirks::default()
            });
            workspace.apply().succeeded();
            assert_eq!(live_expiry(&workspace), Some(None));
            workspace.assert_plan_is_empty();
        }
    }
}

#[test]
fn the_last_calendar_date_is_a_valid_expiry() {
    let workspace = Workspace::with(Block::grant(TYPE).set("validity_time", "9999-12-31"));
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
    assert_eq!(live_expiry(&workspace), Some(Some("9999-12-31".to_owned())));
}

#[test]
fn data_source_and_audit_report_an_unrecognized_expiry() {
    let seen = Block::data("csms_grants").set("resource_id", seed::SECRET_DB_PASSWORD);
    let workspace = Workspace::with(seen);
    workspace.world().set_quirks(Quirks {
        end: EndFormat::Words,
        ..Quirks::default()
    });
    let date = in_days(30).parse().unwrap();
    let kind = GranteeKind::User;
    let world = workspace.world();
    world
        .put_grant(seed::SECRET_DB_PASSWORD, seed::USER_ANA, kind, Some(date))
        .unwrap();
    let apply = workspace.apply().succeeded();
    apply.says("Warning: Unrecognized expiry").says("`30 days`");

    // Not the same as a grant that never expires.
    let table = audit(&workspace);
    assert_eq!(table.code, Some(2), "{table}");
    table.says("unrecognized: 30 days");
}
