//! What the provider block can say.

use hwgrants::sandbox::seed;

use crate::client::Client;
use crate::harness::{Block, in_days};

/// An account's own block, with all that is accepted for the sake of other providers, and signing in by password.
pub(super) fn everything(client: &Client) {
    let grant = Block::grant("csms_grant").set("validity_time", &in_days(30));
    let mut workspace = client.workspace(format!("{grant}{}", Block::of("repo_kms_grant")));
    for name in [
        "HWGRANTS_ENDPOINT",
        "HW_REGION_NAME",
        "HW_PROJECT_ID",
        "HW_DOMAIN_ID",
        "HW_AUTH_TOKEN",
    ] {
        workspace.unset(name);
    }
    let url = workspace.address();
    workspace.provider(&format!(
        r#"
  region       = "{region}"
  project_name = "{region}"
  domain_name  = "{account}"
  user_name    = "{user}"
  password     = "{password}"
  auth_url     = "{url}/v3"
  regional     = true
  max_retries  = 3
  endpoints = {{
    csms          = "{url}"
    codearts_repo = "{url}"
    iam           = "{url}"
    sts           = "{url}"
  }}

  enterprise_project_id   = "0"
  enable_force_new        = false
  skip_check_upgrade      = true
  skip_check_website_type = true
  default_tags = {{
    owner = "platform"
  }}
  ignore_tags = {{
    keys = ["made-by"]
  }}

  guardrails {{
    require_validity          = true
    max_validity_days         = 90
    warn_expiring_within_days = 60
    allowed_project_ids       = ["{project}"]
  }}"#,
        region = seed::REGION,
        account = seed::ACCOUNT_NAME,
        user = seed::USER_NAME,
        password = seed::PASSWORD,
        project = seed::PROJECT_ID,
    ));
    workspace.run(&["validate"]).succeeded();
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
    let words = workspace.plan().words();
    assert!(words.contains("Warning:"), "{words}");

    workspace.write(grant.unset("validity_time"));
    let said = workspace.plan().failed();
    assert!(said.contains("require_validity"), "{said}");
}

/// A token that is stored nowhere, not even in a saved plan.
pub(super) fn ephemeral_token(client: &Client) {
    let mut workspace = client.workspace(format!(
        "variable \"token\" {{\n  type      = string\n  ephemeral = true\n}}\n{}",
        Block::grant("csms_grant")
    ));
    workspace.unset("HW_AUTH_TOKEN");
    workspace.provider("  token = var.token");
    workspace.set("TF_VAR_token", seed::TOKEN);
    workspace
        .run(&["plan", "-input=false", "-out=test.tfplan"])
        .succeeded();
    workspace
        .run(&["apply", "-input=false", "test.tfplan"])
        .succeeded();
    workspace.assert_plan_is_empty();
    let state = std::fs::read_to_string(workspace.path().join("terraform.tfstate")).unwrap();
    assert!(!state.contains(seed::TOKEN));
}
