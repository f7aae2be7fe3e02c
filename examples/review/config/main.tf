module "billing" {
  source = "./team"

  secret_id = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  reason    = "Migration of the billing database, OPS-1234"

  members = {
    # Extended; was 2026-12-11.
    ana  = { id = "20260105091512481-4F1A-1B2C3D4E5", until = "2027-01-25" }
    ben  = { id = "20260105091547906-4F1A-6C0D91EF2", until = "2026-12-04" }
    # New grant that never expires.
    chen = { id = "20260112143025117-83BD-0A7E52C91", until = null }
  }
}

# Grants access to the whole group, in addition to individual users.
resource "csms_grant" "oncall" {
  provider = hwgrants

  resource_id       = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  type              = "SECRET"
  grantee_type      = "group"
  grantee_target_id = "20260105090003222-904C-D475B60AE"
  reason            = "On call for the billing database"
}

# Renamed from `contractor`.
resource "csms_grant" "auditor" {
  provider = hwgrants

  resource_id       = "5f1c8e07-2b6a-4d93-9c41-7e0d3a52b8f6"
  type              = "SECRET"
  grantee_type      = "user"
  grantee_target_id = "20260302080344650-83BD-F4419D07B"
  validity_time     = "2027-06-30"
}
