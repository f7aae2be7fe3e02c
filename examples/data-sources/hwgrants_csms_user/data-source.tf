# Looks up a user by name.
data "hwgrants_csms_user" "ben" {
  user_name = "Ben Okafor"
}

# Gives the user access to a secret.
resource "hwgrants_csms_grant" "ben" {
  resource_id       = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  type              = "SECRET"
  grantee_type      = "user"
  grantee_target_id = data.hwgrants_csms_user.ben.user_id
  validity_time     = "2027-06-30"
}
