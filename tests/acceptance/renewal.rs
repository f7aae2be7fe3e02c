//! Credentials that end while an apply goes on.

use std::time::Duration;

use hwgrants::sandbox::{Fault, FaultAction, When, seed};

use crate::harness::{Block, Workspace};

/// A workspace whose user logs in with a password, and two grants, the second made after the first.
fn two_grants() -> Workspace {
    let first = Block::grant("csms_grant");
    let second = Block::grant("hwgrants_csms_grant")
        .set("grantee_target_id", seed::USER_BEN)
        .set_to("depends_on", "[csms_grant.this]");
    let mut workspace = Workspace::with(format!("{first}{second}"));
    workspace.unset("HW_AUTH_TOKEN");
    workspace.set("HW_USER_NAME", seed::USER_NAME);
    workspace.set("HW_USER_PASSWORD", seed::PASSWORD);
    workspace.set("HW_DOMAIN_NAME", seed::ACCOUNT_NAME);
    workspace
}

/// How often somebody logged in.
fn logins(workspace: &Workspace) -> usize {
    let requests = workspace.world().requests();
    let is_login = |operation| operation == Some("KeystoneCreateToken");
    requests
        .iter()
        .filter(|request| is_login(request.operation))
        .count()
}

#[test]
fn a_login_token_is_renewed_before_it_expires() {
    let workspace = two_grants();
    workspace.world().set_token_lifetime(Duration::from_secs(8));
    let slow = FaultAction::Delay {
        delay: Duration::from_millis(6_200),
        when: When::AfterEffect,
    };
    workspace
        .world()
        .faults()
        .add(Fault::on("CreateGrants", slow));
    workspace.apply().succeeded();
    // Six of its eight seconds later the token is due; a busy machine may need a third one.
    assert!(logins(&workspace) >= 2);
    let requests = workspace.world().requests();
    assert!(
        requests.iter().all(|request| request.status < Some(400)),
        "{requests:?}"
    );
    assert_eq!(workspace.world().grants(seed::SECRET_DB_PASSWORD).len(), 2);
}

#[test]
fn a_rejected_login_token_is_renewed_once_and_the_request_retried() {
    let workspace = two_grants();
    // The gateway forgets the token once, in the middle of it all.
    let refused = FaultAction::error(
        axum::http::StatusCode::UNAUTHORIZED,
        "APIGW.0307",
        "Renew it",
    );
    workspace
        .world()
        .faults()
        .add(Fault::on("CreateGrants", refused).after(1));
    workspace.apply().succeeded();
    assert_eq!(logins(&workspace), 2);
    assert_eq!(workspace.world().grants(seed::SECRET_DB_PASSWORD).len(), 2);
    workspace.assert_plan_is_empty();
}
