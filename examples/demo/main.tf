# Demo configuration. The IDs refer to objects in the sandbox that `hwgrants demo` starts.

terraform {
  required_providers {
    hwgrants = {
      source  = "hwgrants/hwgrants"
      version = "~> 0.1"
    }
  }
}

# Region, project and credentials come from the HW_* environment variables, as with the `huaweicloud` provider.
provider "hwgrants" {}

locals {
  db_password = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
}

# Ana may read the database password until the date in `access_until`.
resource "hwgrants_csms_grant" "ana" {
  resource_id       = local.db_password
  type              = "SECRET"
  grantee_type      = "user"
  grantee_target_id = "20260105091512481-4F1A-1B2C3D4E5"
  validity_time     = var.access_until
  reason            = "Migrates the billing database, ticket OPS-1234"
}

# The On-call group may read the database password. The grant never expires.
resource "hwgrants_csms_grant" "on_call" {
  resource_id       = local.db_password
  type              = "SECRET"
  grantee_type      = "group"
  grantee_target_id = "20260105090003222-904C-D475B60AE"
  reason            = "Restarts the billing service at night"
}

# CodeArts Repo may use the account's KMS keys.
resource "hwgrants_repo_kms_grant" "this" {
  reason = "Repositories are encrypted with our own key"
}
