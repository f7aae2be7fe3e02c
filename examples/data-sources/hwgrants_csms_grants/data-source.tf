# Lists the grants on a secret.
data "hwgrants_csms_grants" "database" {
  resource_id = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
}

# IDs of the grantees whose grants never expire.
output "without_expiry" {
  value = [
    for grant in data.hwgrants_csms_grants.database.grants : grant.grantee_target_id
    if grant.validity_time == null
  ]
}
