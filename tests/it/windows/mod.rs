//! The plugin for Windows: a real Windows program, run by Wine.

mod wine;

use hwgrants::protocol::proto::get_provider_schema;
use hwgrants::sandbox::seed;
use serde_json::json;

use crate::protocol::server;
use crate::protocol::terraform::{Stored, Terraform};
use wine::Wine;

/// Over TCP, because Windows has no sockets in files, with TLS on both sides.
#[tokio::test]
async fn the_plugin_for_windows_serves_schema_plan_and_apply() {
    let Some(wine) = Wine::start() else { return };
    let sandbox = server::sandbox().await;
    let plugin = wine
        .host()
        .set("HWGRANTS_ENDPOINT", sandbox.url())
        .set("HW_REGION_NAME", seed::REGION)
        .set("HW_PROJECT_ID", seed::PROJECT_ID)
        .set("HW_DOMAIN_ID", seed::ACCOUNT_ID)
        .set("HW_AUTH_TOKEN", seed::TOKEN)
        .start()
        .await;
    assert_eq!(plugin.field(3), "tcp", "{}", plugin.line);
    assert!(plugin.field(4).starts_with("127.0.0.1:"), "{}", plugin.line);
    assert!(plugin.certificate().is_some(), "{}", plugin.line);
    // Who has no certificate is not served.
    if let Ok(channel) = plugin.connect_with(None).await {
        let schema = get_provider_schema::Request {};
        let answer = server::client(channel).get_provider_schema(schema).await;
        assert!(answer.is_err());
    }

    let client = server::client(plugin.connect().await);
    let terraform = Terraform::configured(client, json!({})).await;
    for name in ["csms_grant", "hwgrants_csms_grant", "repo_kms_grant"] {
        assert!(terraform.resources.contains_key(name), "{name}");
    }
    let wrote = json!({
        "resource_id": seed::SECRET_DB_PASSWORD,
        "type": "SECRET",
        "grantee_type": "user",
        "grantee_target_id": seed::USER_ANA,
    });
    let nothing = Stored::default();
    let planned = terraform.plan("csms_grant", &nothing, wrote).await;
    let applied = terraform.apply("csms_grant", &planned).await;
    let granted = || {
        sandbox
            .world()
            .grant_count(seed::SECRET_DB_PASSWORD, seed::USER_ANA)
    };
    assert_eq!(granted(), 1);

    terraform.begin_run().await;
    let removal = terraform
        .plan("csms_grant", &applied.stored, json!(null))
        .await;
    terraform.apply("csms_grant", &removal).await;
    assert_eq!(granted(), 0);

    let ended = plugin.shutdown().await;
    assert!(ended.status.success(), "{ended:?}");
}
