terraform {
  required_providers {
    hwgrants = {
      source = "hwgrants/hwgrants"
    }
  }
}
variable "users" {
  type = map(string)
}
resource "csms_grant" "each" {
  provider = hwgrants
  resource_id = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  type = "SECRET"
  grantee_type = "user"
  grantee_target_id = each.value
  for_each = var.users
}
resource "hwgrants_csms_grant" "each" {
  provider = hwgrants
  resource_id = "5f1c8e07-2b6a-4d93-9c41-7e0d3a52b8f6"
  type = "SECRET"
  grantee_type = "user"
  grantee_target_id = each.value
  for_each = var.users
}
