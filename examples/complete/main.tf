# Encrypts repositories, and creates a secret to which users have access until an expiration date, in an empty account. README.md explains the order.

terraform {
  required_version = ">= 1.0"

  required_providers {
    huaweicloud = {
      source  = "huaweicloud/huaweicloud"
      version = "~> 1.80"
    }
    hwgrants = {
      source  = "hwgrants/hwgrants"
      version = "~> 0.1"
    }
  }
}

# Credentials for both providers come from environment variables, such as HW_ACCESS_KEY and HW_SECRET_KEY.
provider "huaweicloud" {
  region = var.region
}

provider "hwgrants" {
  region = var.region

  guardrails {
    require_validity          = true
    warn_expiring_within_days = 14
  }
}

# The key that encrypts repositories. If it is destroyed, KMS deletes it after 30 days.
resource "huaweicloud_kms_key" "repositories" {
  key_alias       = "codearts-repositories"
  key_description = "Encrypts repositories in CodeArts Repo"
  pending_days    = "30"
}

# Allows CodeArts Repo to use the account's KMS keys.
resource "hwgrants_repo_kms_grant" "this" {
  reason = "Repositories are encrypted with our own key"
}

# Encrypts new repositories with the key. Because of the references, Terraform creates the delegation and the key first.
resource "hwgrants_repo_encryption_setting" "this" {
  tenant_id                  = hwgrants_repo_kms_grant.this.tenant_id
  encryption_type            = "KMS"
  default_encryption_enabled = true
  cmk_key_id                 = huaweicloud_kms_key.repositories.key_id

  # `terraform destroy` also deletes the key, so new repositories must no longer be encrypted with it.
  on_destroy = "disable"
}

data "hwgrants_repo_encrypted_repositories" "this" {
  tenant_id = hwgrants_repo_encryption_setting.this.tenant_id
}

resource "huaweicloud_csms_secret" "database" {
  name        = "billing-database"
  description = "Password of the billing database"
  secret_text = var.database_password
}

# Looks up the users by name.
data "hwgrants_csms_user" "this" {
  for_each = var.database_users

  user_name = each.key
}

# Grants each user access to the secret until the expiration date.
resource "hwgrants_csms_grant" "database" {
  for_each = var.database_users

  resource_id       = huaweicloud_csms_secret.database.secret_id # not `id`
  type              = "SECRET"
  grantee_type      = "user"
  grantee_target_id = data.hwgrants_csms_user.this[each.key].user_id
  validity_time     = each.value.until
  reason            = each.value.reason
}
