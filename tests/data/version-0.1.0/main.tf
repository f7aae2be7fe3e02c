terraform {
  required_providers {
    hwgrants = {
      source = "hwgrants/hwgrants"
    }
  }
}

variable "step" {
  default = 1
}

resource "csms_grant" "until" {
  provider          = hwgrants
  resource_id       = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  type              = "SECRET"
  grantee_type      = "user"
  grantee_target_id = "20260105091512481-4F1A-1B2C3D4E5"
  validity_time     = var.step == 1 ? "2090-01-31" : null
  reason            = "on call"
}

resource "csms_grant" "group" {
  provider          = hwgrants
  resource_id       = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  type              = "secret"
  grantee_type      = "2"
  grantee_target_id = "20260105090003222-904C-D475B60AE"
  validity_time     = var.step == 1 ? null : "2090-06-30"
}

resource "hwgrants_csms_grant" "gone" {
  count             = var.step == 1 ? 1 : 0
  resource_id       = "5f1c8e07-2b6a-4d93-9c41-7e0d3a52b8f6"
  type              = "SECRET"
  grantee_type      = "user"
  grantee_target_id = "20260105091512481-4F1A-1B2C3D4E5"
}

resource "hwgrants_csms_grant" "new" {
  count             = var.step == 1 ? 0 : 1
  resource_id       = "5f1c8e07-2b6a-4d93-9c41-7e0d3a52b8f6"
  type              = "SECRET"
  grantee_type      = "user"
  grantee_target_id = "20260105091547906-4F1A-6C0D91EF2"
  validity_time     = "2090-01-31"
}

resource "repo_kms_grant" "this" {
  provider = hwgrants
}
