# Lists the KMS keys that CodeArts Repo can use, after the delegation has been created.
resource "hwgrants_repo_kms_grant" "this" {}

data "hwgrants_repo_cmks" "this" {
  tenant_id = hwgrants_repo_kms_grant.this.tenant_id
}

output "enabled_keys" {
  value = { for key in data.hwgrants_repo_cmks.this.cmks : key.cmk_key_name => key.cmk_key_id if key.key_state == "2" }
}
