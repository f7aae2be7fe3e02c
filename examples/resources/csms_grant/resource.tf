# A person who may read a secret until a day.
resource "csms_grant" "contractor" {
  provider = hwgrants

  resource_id       = "6d1f3a52-7c1e-4f0a-9a52-3f7d7f0c1b11"
  type              = "SECRET"
  grantee_type      = "user"
  grantee_target_id = "0f8b6c1e2d3a4b5c6d7e8f9a0b1c2d3e"
  validity_time     = "2030-06-30"
  reason            = "Migration of the billing database, ticket OPS-1234"
}

# A group that may read it without an end.
resource "csms_grant" "on_call" {
  provider = hwgrants

  resource_id       = "6d1f3a52-7c1e-4f0a-9a52-3f7d7f0c1b11"
  type              = "SECRET"
  grantee_type      = "group"
  grantee_target_id = "7a1b2c3d4e5f60718293a4b5c6d7e8f9"
  reason            = "On-call engineers restart the billing service"
}
