resource "csms_grant" "ana" {
  provider = hwgrants
  resource_id = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  type = "SECRET"
  grantee_type = "user"
  grantee_target_id = "20260105091512481-4F1A-1B2C3D4E5"
  validity_time = "2026-12-31"
  reason = "Migration, OPS-1234"
}
resource "csms_grant" "chen" {
  provider = hwgrants
  resource_id = "a9e27b34-60d1-4f8c-b5a3-1c94d7e0f826"
  type = "SECRET"
  grantee_type = "user"
  grantee_target_id = "20260112143025117-83BD-0A7E52C91"
}
