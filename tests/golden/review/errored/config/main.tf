resource "csms_grant" "ana" {
  provider = hwgrants
  resource_id = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  type = "SECRET"
  grantee_type = "user"
  grantee_target_id = "20260105091512481-4F1A-1B2C3D4E5"
  validity_time = "2027-01-30"
}
resource "terraform_data" "check" {
  input = csms_grant.ana.validity_time

  lifecycle {
    precondition {
      condition     = csms_grant.ana.validity_time == null
      error_message = "Grants of this team must not expire."
    }
  }
}
