# Configuration under test: grants the members of a team access to a secret.

terraform {
  required_version = ">= 1.7"

  required_providers {
    hwgrants = {
      source  = "hwgrants/hwgrants"
      version = "~> 0.1"
    }
  }
}

# Region, project and credentials come from environment variables.
provider "hwgrants" {
  guardrails {
    allowed_project_ids = [var.project_id]
  }
}

variable "project_id" {
  description = "ID of the project that the secret belongs to."
  type        = string
}

variable "secret_id" {
  description = "ID of the secret."
  type        = string
}

variable "members" {
  description = "User IDs of the team members, by name."
  type        = map(string)
}

variable "access_until" {
  description = "Expiration date of the grants, in the format YYYY-MM-DD."
  type        = string

  validation {
    condition     = can(formatdate("YYYY-MM-DD", "${var.access_until}T00:00:00Z"))
    error_message = "The expiration date must be in the format YYYY-MM-DD."
  }
}

variable "reason" {
  description = "Reason for the grants, for reviewers."
  type        = string
}

resource "hwgrants_csms_grant" "member" {
  for_each = var.members

  resource_id       = var.secret_id
  type              = "SECRET"
  grantee_type      = "user"
  grantee_target_id = each.value
  validity_time     = var.access_until
  reason            = var.reason
}

output "status" {
  description = "Status of each member's grant."
  value       = { for name, grant in hwgrants_csms_grant.member : name => grant.status }
}
