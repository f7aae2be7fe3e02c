variable "contractors" {
  description = "IDs of the users whose grants exist already."
  type        = set(string)
}

locals {
  secret_id = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
}

# Imports one grant for each user.
import {
  for_each = var.contractors
  to       = hwgrants_csms_grant.contractor[each.key]
  id       = provider::hwgrants::grant_id("SECRET", local.secret_id, "user", each.key)
}

resource "hwgrants_csms_grant" "contractor" {
  for_each = var.contractors

  resource_id       = local.secret_id
  type              = "SECRET"
  grantee_type      = "user"
  grantee_target_id = each.key
}
