//! Days around the end of a grant, by a clock that the plugin and the cloud share.

use hwgrants::sandbox::{Expired, GranteeKind, Quirks, seed};

use super::{ADDRESS, ana_until, assert_only_ana, granted};
use crate::harness::{Workspace, in_days};

/// Sets the clock of the plugin and of the cloud so far ahead, such as `-1d`.
fn set_clock(workspace: &mut Workspace, ahead: &str) {
    workspace.set("HWGRANTS_CLOCK", ahead);
    workspace.world().set_clock_offset(ahead.parse().unwrap());
}

/// Ana's grant ends today. It is made a day before, and looked at then, a day later and 60 days later.
fn sixty_days_past_the_end(expired: Expired) -> Workspace {
    let end = in_days(0);
    let mut workspace = Workspace::with(ana_until(&end));
    workspace.world().set_quirks(Quirks {
        expired,
        ..Quirks::default()
    });
    let (secret, ben) = (seed::SECRET_DB_PASSWORD, seed::USER_BEN);
    let outside = workspace
        .world()
        .put_grant(secret, ben, GranteeKind::User, None);
    outside.unwrap();
    set_clock(&mut workspace, "-1d");
    workspace.apply().succeeded();
    for (ahead, status) in [("-1d", "active"), ("+1d", "expired"), ("+60d", "expired")] {
        set_clock(&mut workspace, ahead);
        workspace.assert_plan_is_empty();
        let writes = workspace.writes_of(|| {
            workspace
                .run(&["apply", "-refresh-only", "-auto-approve", "-input=false"])
                .succeeded()
        });
        assert!(writes.is_empty(), "{ahead}: {writes:?}");
        let held = workspace.attributes(ADDRESS);
        assert_eq!(held["status"], status, "{ahead}");
        assert_eq!(held["validity_time"], end, "{ahead}");
        workspace.assert_plan_is_empty();
    }
    let is_kept = expired == Expired::Kept;
    let left = granted(workspace.world(), secret);
    assert_eq!(left.contains_key(seed::USER_ANA), is_kept, "{left:?}");
    workspace
}

fn extend_then_destroy(expired: Expired, expected: &[&str]) {
    let workspace = sixty_days_past_the_end(expired);
    let later = in_days(90);
    workspace.write(ana_until(&later));
    assert_eq!(workspace.change(), "update");
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_eq!(writes, expected);
    assert_eq!(workspace.attributes(ADDRESS)["status"], "active");
    let world = workspace.world();
    assert!(world.remove_grant(seed::SECRET_DB_PASSWORD, seed::USER_BEN));
    assert_only_ana(&workspace, &later);
    workspace.destroy().succeeded();
    assert!(workspace.state().is_empty());
    assert!(granted(world, seed::SECRET_DB_PASSWORD).is_empty());
}

#[test]
fn extending_an_expired_grant_the_service_keeps_updates_it() {
    extend_then_destroy(Expired::Kept, &["UpdateGrant"]);
}

#[test]
fn extending_an_expired_grant_the_service_dropped_creates_it_again() {
    extend_then_destroy(Expired::Dropped, &["UpdateGrant", "CreateGrants"]);
}

#[test]
fn an_expired_grant_is_destroyed_even_if_the_service_dropped_it() {
    for expired in [Expired::Kept, Expired::Dropped] {
        let workspace = sixty_days_past_the_end(expired);
        let writes = workspace.writes_of(|| workspace.destroy().succeeded());
        assert_eq!(writes, ["DeleteGrant"]);
        assert!(workspace.state().is_empty());
        let left = granted(workspace.world(), seed::SECRET_DB_PASSWORD);
        assert_eq!(left, [(seed::USER_BEN.to_owned(), None)].into());
    }
}
