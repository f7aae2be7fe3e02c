resource "csms_grant" "dana" {
  provider = hwgrants
  resource_id = "5f1c8e07-2b6a-4d93-9c41-7e0d3a52b8f6"
  type = "SECRET"
  grantee_type = "user"
  grantee_target_id = "20260302080344650-83BD-F4419D07B"
}
