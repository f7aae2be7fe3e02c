resource "csms_grant" "ana" {
  provider = hwgrants
  resource_id = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  type = "SECRET"
  grantee_type = "user"
  grantee_target_id = "20260105091512481-4F1A-1B2C3D4E5"
  validity_time = "2026-12-31"
  reason = "Migration of the billing database, ticket OPS-1234"
}
resource "csms_grant" "ben" {
  provider = hwgrants
  resource_id = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  type = "SECRET"
  grantee_type = "user"
  grantee_target_id = "20260105091547906-4F1A-6C0D91EF2"
}
resource "repo_kms_grant" "this" {
  provider = hwgrants
  reason = "encrypted repositories"
}
