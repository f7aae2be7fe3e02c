//! When the probe does not begin.

use http::StatusCode;
use hwgrants::cloud::{GranteeId, ResourceId};
use hwgrants::probe::ProbeError;
use hwgrants::sandbox::seed::{
    GROUP_ONCALL, SECRET_API_KEY, SECRET_GROUP_BILLING, SECRET_PENDING_DELETE, USER_ANA,
};
use hwgrants::sandbox::{Fault, FaultAction, GranteeKind, NoGrants, Quirks};

use super::Laboratory;

/// Why the probe does not begin. It must not have changed anything, or written a journal.
async fn refusal(laboratory: &Laboratory) -> ProbeError {
    let error = laboratory.probe().await.unwrap_err();
    assert_eq!(laboratory.write_count(), 0, "{error}");
    assert_eq!(laboratory.journal.last(), None);
    error
}

#[tokio::test]
async fn an_existing_grant_is_not_touched() {
    for validity in [None, Some("2099-12-31".parse().unwrap())] {
        let laboratory = Laboratory::with(Quirks::default()).await;
        let world = laboratory.world();
        let put = world.put_grant(SECRET_API_KEY, USER_ANA, GranteeKind::User, validity);
        put.unwrap();
        let error = refusal(&laboratory).await;
        assert!(matches!(error, ProbeError::GrantExists), "{error:?}");
        assert_eq!(laboratory.grant_count(), 1);
    }
}

#[tokio::test]
async fn a_grant_that_a_lagging_replica_does_not_list_yet_is_found() {
    let laboratory = Laboratory::with(Quirks::default()).await;
    let world = laboratory.world();
    let put = world.put_grant(SECRET_API_KEY, USER_ANA, GranteeKind::User, None);
    put.unwrap();
    let body = format!(r#"{{"data":{{"id":"{SECRET_API_KEY}","grantee_user":[]}}}}"#);
    // Of three lists, one shows the grant.
    for stale in [[0, 1], [0, 2], [1, 2]] {
        world.faults().clear();
        for number in stale {
            let fault = Fault::on("ListGrants", FaultAction::raw(StatusCode::OK, &body));
            world.faults().add(fault.after(number));
        }
        let error = refusal(&laboratory).await;
        assert!(
            matches!(error, ProbeError::GrantExists),
            "{stale:?}: {error:?}"
        );
    }
}

#[tokio::test]
async fn only_a_secret_that_can_be_used_is_probed() {
    for (id, state) in [
        (SECRET_PENDING_DELETE, Some("PENDING_DELETE")),
        (SECRET_GROUP_BILLING, None),
        ("00000000-0000-4000-8000-000000000000", None),
    ] {
        for no_grants in [NoGrants::EmptyArray, NoGrants::NotFound, NoGrants::NoData] {
            let quirks = Quirks {
                no_grants,
                ..Quirks::default()
            };
            let mut laboratory = Laboratory::with(quirks).await;
            laboratory.target.secret_id = ResourceId::new(id).unwrap();
            let error = refusal(&laboratory).await;
            match state {
                Some(state) => {
                    assert!(matches!(&error, ProbeError::UnusableSecret(found) if found == state));
                }
                None => assert!(matches!(error, ProbeError::NoSecret), "{error:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_list_that_proves_nothing_is_not_an_empty_list() {
    for (status, body) in [
        (
            StatusCode::OK,
            r#"{"error_code":"APIGW.0301","error_msg":"denied"}"#,
        ),
        (StatusCode::OK, "<html>busy</html>"),
        (StatusCode::OK, "true"),
        (StatusCode::NOT_FOUND, "not here"),
        (
            StatusCode::FORBIDDEN,
            r#"{"error_code":"CSMS.0010","error_msg":"denied"}"#,
        ),
        (StatusCode::INTERNAL_SERVER_ERROR, ""),
    ] {
        let laboratory = Laboratory::with(Quirks::default()).await;
        let fault = Fault::on("ListGrants", FaultAction::raw(status, body)).endless();
        laboratory.world().faults().add(fault);
        let error = refusal(&laboratory).await;
        let is_certain = matches!(error, ProbeError::GrantExists | ProbeError::NoSecret);
        assert!(!is_certain, "{status} {body}: {error:?}");
    }
}

#[tokio::test]
async fn without_permission_to_list_secrets_only_a_definite_list_suffices() {
    for (no_grants, may_begin) in [(NoGrants::EmptyArray, true), (NoGrants::NotFound, false)] {
        let quirks = Quirks {
            no_grants,
            ..Quirks::default()
        };
        let laboratory = Laboratory::with(quirks).await;
        let denied = FaultAction::error(StatusCode::FORBIDDEN, "CSMS.0010", "denied");
        let fault = Fault::on("ListSecrets", denied).endless();
        laboratory.world().faults().add(fault);
        match may_begin {
            true => assert!(laboratory.probe().await.is_ok()),
            false => {
                let error = refusal(&laboratory).await;
                assert!(matches!(error, ProbeError::Unclear(_)), "{error:?}");
            }
        }
    }
}

#[tokio::test]
async fn only_a_user_of_the_directory_is_granted_access() {
    for id in ["no-such-user", GROUP_ONCALL] {
        let mut laboratory = Laboratory::with(Quirks::default()).await;
        laboratory.target.user_id = GranteeId::new(id).unwrap();
        let error = refusal(&laboratory).await;
        assert!(matches!(error, ProbeError::NoUser), "{error:?}");
    }
    // Without permission to read the directory, only the name is not known.
    let laboratory = Laboratory::with(Quirks::default()).await;
    let denied = FaultAction::error(StatusCode::FORBIDDEN, "CSMS.0010", "denied");
    let fault = Fault::on("ShowUserDetail", denied).endless();
    laboratory.world().faults().add(fault);
    let outcome = laboratory.probe().await.unwrap();
    assert!(outcome.stopped.is_none(), "{outcome:?}");
}
