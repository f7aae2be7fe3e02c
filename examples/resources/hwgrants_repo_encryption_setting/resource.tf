# Allows CodeArts Repo to use the account's KMS keys.
resource "hwgrants_repo_kms_grant" "this" {
  reason = "Repositories are encrypted with our own key"
}

# Finds the key by its name.
data "hwgrants_repo_cmks" "this" {
  tenant_id = hwgrants_repo_kms_grant.this.tenant_id
}

# Encrypts new repositories with the key. The reference to the delegation creates the delegation first.
resource "hwgrants_repo_encryption_setting" "this" {
  tenant_id                  = hwgrants_repo_kms_grant.this.tenant_id
  encryption_type            = "KMS"
  default_encryption_enabled = true
  cmk_key_id = one([
    for key in data.hwgrants_repo_cmks.this.cmks : key.cmk_key_id if key.cmk_key_name == "repositories"
  ])
}
