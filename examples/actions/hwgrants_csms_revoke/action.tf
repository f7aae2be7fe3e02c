# Revokes a grant that no block declares. To invoke the action, run:
# terraform apply -invoke=action.hwgrants_csms_revoke.contractor
action "hwgrants_csms_revoke" "contractor" {
  config {
    resource_id       = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
    type              = "SECRET"
    grantee_type      = "user"
    grantee_target_id = "20260105091547906-4F1A-6C0D91EF2"
  }
}

# Revokes the grant of each user who is added to the list, in the same apply.
variable "former_users" {
  description = "IDs of the users who must not have access."
  type        = set(string)
  default     = []
}

resource "terraform_data" "former_user" {
  for_each = var.former_users

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.hwgrants_csms_revoke.former_user[each.key]]
    }
  }
}

action "hwgrants_csms_revoke" "former_user" {
  for_each = var.former_users

  config {
    resource_id       = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
    type              = "SECRET"
    grantee_type      = "user"
    grantee_target_id = each.key
  }
}
