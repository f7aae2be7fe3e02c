locals {
  grant_ids = [
    "SECRET/43d643d2-95ec-4b0f-8020-a84f3ce931cc/user/20260105091512481-4F1A-1B2C3D4E5",
  ]
  grants = [for id in local.grant_ids : provider::hwgrants::parse_grant_id(id)]
}

# IDs of the users, by secret.
output "users" {
  value = {
    for grant in local.grants : grant.resource_id => grant.grantee_target_id...
    if grant.grantee_type == "user"
  }
}
