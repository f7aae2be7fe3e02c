resource "csms_grant" "each" {
  provider = hwgrants
  resource_id = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  type = "SECRET"
  grantee_type = "user"
  grantee_target_id = ["20260105091547906-4F1A-6C0D91EF2", "20260112143025117-83BD-0A7E52C91"][count.index]
  count = 2
}
