# Whether CodeArts Repo may use the KMS keys of the account.
data "hwgrants_repo_kms_grant" "this" {}

output "may_encrypt_repositories" {
  value = data.hwgrants_repo_kms_grant.this.assumed
}
