# Checks whether CodeArts Repo may use the account's KMS keys.
data "hwgrants_repo_kms_grant" "this" {}

output "may_encrypt_repositories" {
  value = data.hwgrants_repo_kms_grant.this.assumed
}
