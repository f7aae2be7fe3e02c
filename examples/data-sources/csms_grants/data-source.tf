# Who may use a secret.
data "csms_grants" "database" {
  provider = hwgrants

  resource_id = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
}

# Those of them whose access has no end.
output "without_end" {
  value = [
    for grant in data.csms_grants.database.grants : grant.grantee_target_id
    if grant.validity_time == null
  ]
}
