//! The delegation that allows CodeArts Repo to use the keys of an account.

use hwgrants::sandbox::seed;
use reqwest::Method;
use serde_json::json;

use super::{Bench, kms_grant, send};

#[tokio::test]
async fn show_returns_202_and_create_returns_200() {
    let bench = Bench::start().await;
    let answer = |assumed: bool| json!({"tenant_id": seed::ACCOUNT_ID, "assumed": assumed});
    assert_eq!(bench.get(&kms_grant()).await.ok(202), answer(false));
    for _ in 0..2 {
        let created = send(bench.request(Method::POST, &kms_grant())).await;
        assert_eq!(created.ok(200), answer(true));
    }
    assert_eq!(bench.get(&kms_grant()).await.ok(202), answer(true));
    assert!(bench.sandbox.world().is_delegated(seed::ACCOUNT_ID));
}

#[tokio::test]
async fn creating_with_a_body_is_refused() {
    let bench = Bench::start().await;
    bench
        .post(&kms_grant(), &json!({"key": null, "title": 12312}))
        .await
        .refused(400, "CH.010001");
    bench
        .post(&kms_grant(), &json!({}))
        .await
        .refused(400, "CH.010001");
    assert!(!bench.sandbox.world().is_delegated(seed::ACCOUNT_ID));
}

#[tokio::test]
async fn the_api_has_no_operation_to_revoke_the_delegation() {
    let bench = Bench::start().await;
    for method in [Method::DELETE, Method::PUT] {
        send(bench.request(method, &kms_grant()))
            .await
            .refused(404, "APIGW.0101");
    }
}

#[tokio::test]
async fn access_to_the_delegation_of_another_account_is_refused() {
    let bench = Bench::start().await;
    let path = "/v4/tenants/00000000000000000000000000000000/repo-encryption/kms-grant";
    bench.get(path).await.refused(403, "CH.004403");
    send(bench.request(Method::POST, path))
        .await
        .refused(403, "CH.004403");
}

#[tokio::test]
async fn an_out_of_band_delegation_change_is_visible_at_once() {
    let bench = Bench::start().await;
    send(bench.request(Method::POST, &kms_grant()))
        .await
        .ok(200);
    bench
        .sandbox
        .world()
        .set_delegation(seed::ACCOUNT_ID, false);
    assert_eq!(bench.get(&kms_grant()).await.ok(202)["assumed"], false);
}
