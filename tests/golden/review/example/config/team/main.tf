terraform {
  required_providers {
    hwgrants = {
      source = "hwgrants/hwgrants"
    }
  }
}

variable "secret_id" {
  type = string
}

variable "reason" {
  type = string
}

variable "members" {
  type = map(object({
    id    = string
    until = string
  }))
}

resource "csms_grant" "member" {
  for_each = var.members
  provider = hwgrants

  resource_id       = var.secret_id
  type              = "SECRET"
  grantee_type      = "user"
  grantee_target_id = each.value.id
  validity_time     = each.value.until
  reason            = var.reason
}
