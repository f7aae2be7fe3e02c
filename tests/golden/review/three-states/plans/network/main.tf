resource "csms_grant" "ben" {
  provider = hwgrants
  resource_id = "5f1c8e07-2b6a-4d93-9c41-7e0d3a52b8f6"
  type = "SECRET"
  grantee_type = "user"
  grantee_target_id = "20260105091547906-4F1A-6C0D91EF2"
  validity_time = "2027-03-01"
}
