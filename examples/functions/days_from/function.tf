locals {
  project_start = "2099-04-01"
}

# The grant expires 90 days after the start of the project.
resource "hwgrants_csms_grant" "contractor" {
  resource_id       = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  type              = "SECRET"
  grantee_type      = "user"
  grantee_target_id = "20260105091512481-4F1A-1B2C3D4E5"
  validity_time     = provider::hwgrants::days_from(local.project_start, 90)
}
