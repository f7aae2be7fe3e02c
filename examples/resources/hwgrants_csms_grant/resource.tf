# Allows a contractor to use a secret until a given date.
resource "hwgrants_csms_grant" "contractor" {
  resource_id       = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  type              = "SECRET"
  grantee_type      = "user"
  grantee_target_id = "20260105091512481-4F1A-1B2C3D4E5"
  validity_time     = "2099-06-30"
  reason            = "Migration of the billing database, ticket OPS-1234"
}

# Allows a user group to use the same secret. The grant never expires.
resource "hwgrants_csms_grant" "on_call" {
  resource_id       = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  type              = "SECRET"
  grantee_type      = "group"
  grantee_target_id = "20260105090003222-904C-D475B60AE"
  reason            = "On-call engineers restart the billing service"
}
