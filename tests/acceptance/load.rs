//! Many grants at once, from a service that refuses some requests and cuts others off.

use std::collections::{BTreeMap, BTreeSet};

use hwgrants::sandbox::{Fault, FaultAction, When, World, seed};

use crate::harness::{Block, Workspace};

const GRANTS: usize = 200;

/// With the usual five, one of these many hundred requests would now and then meet a fault at each of its tries.
const MAX_RETRIES: usize = 10;

/// Has a fifth of all requests refused as too many and a twentieth of the connections cut, half of those after the
/// effect: the same ones in each run.
fn add_faults(world: &World) {
    let mut dice = fastrand::Rng::with_seed(20_260_105);
    let mut passing = 0;
    for _ in 0..4 * GRANTS {
        let action = match dice.u32(0..1000) {
            0..200 => FaultAction::throttle("1 second"),
            200..225 => FaultAction::Drop {
                when: When::BeforeEffect,
            },
            225..250 => FaultAction::Drop {
                when: When::AfterEffect,
            },
            _ => {
                passing += 1;
                continue;
            }
        };
        world.faults().add(Fault::on_any(action).after(passing));
    }
}

#[test]
fn two_hundred_grants_are_created_once_despite_throttling_and_resets() {
    let grants = Block::grant("csms_grant")
        .set_to("count", &GRANTS.to_string())
        .set("grantee_target_id", "user-${count.index}");
    let mut workspace = Workspace::with(&grants);
    workspace.set("HW_MAX_RETRIES", MAX_RETRIES);
    add_faults(workspace.world());

    workspace.apply().succeeded();

    let world = workspace.world();
    let granted = world.grants(seed::SECRET_DB_PASSWORD);
    let expected: BTreeSet<_> = (0..GRANTS).map(|number| format!("user-{number}")).collect();
    let grantees: BTreeSet<_> = granted.keys().map(ToString::to_string).collect();
    assert_eq!(grantees, expected);
    assert_eq!(workspace.state().len(), GRANTS);
    let mut made: BTreeMap<_, usize> = BTreeMap::new();
    for request in world.requests() {
        assert_ne!(request.method, "DELETE", "nothing was made twice");
        *made.entry(request.operation).or_default() += 1;
    }
    // A call in doubt is made again, each time with as many tries.
    assert!(
        made[&Some("CreateGrants")] <= GRANTS * (1 + MAX_RETRIES),
        "{made:?}"
    );
    world.faults().clear();
    workspace.assert_plan_is_empty();
}
