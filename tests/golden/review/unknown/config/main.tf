resource "terraform_data" "secret" {
  input = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
}
resource "terraform_data" "user" {
  input = "20260105091512481-4F1A-1B2C3D4E5"
}
resource "terraform_data" "end" {
  input = "2026-12-31"
}
resource "csms_grant" "ana" {
  provider = hwgrants
  resource_id = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  type = "SECRET"
  grantee_type = "user"
  grantee_target_id = terraform_data.user.output
}
resource "csms_grant" "ben" {
  provider = hwgrants
  resource_id = terraform_data.secret.output
  type = "SECRET"
  grantee_type = "user"
  grantee_target_id = "20260105091547906-4F1A-6C0D91EF2"
}
resource "csms_grant" "chen" {
  provider = hwgrants
  resource_id = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  type = "SECRET"
  grantee_type = "user"
  grantee_target_id = "20260112143025117-83BD-0A7E52C91"
  validity_time = terraform_data.end.output
  reason = sensitive("between us")
}
resource "csms_grant" "dana" {
  provider = hwgrants
  resource_id = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  type = "SECRET"
  grantee_type = "user"
  grantee_target_id = sensitive("20260302080344650-83BD-F4419D07B")
}
