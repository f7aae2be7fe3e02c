# Rules that every hwgrants_csms_grant must follow, checked during planning.
provider "hwgrants" {
  alias  = "production"
  region = "cn-north-4"

  guardrails {
    require_validity          = true
    max_validity_days         = 90
    warn_expiring_within_days = 14
    allowed_project_ids       = ["7b4c1d0f5e3a4c2f9d8e6a1b0c5f2e34"]
  }
}
