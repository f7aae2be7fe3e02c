# Whether CodeArts Repo may use the account's keys.
data "repo_kms_grant" "this" {
  provider = hwgrants
}

output "may_encrypt_repositories" {
  value = data.repo_kms_grant.this.assumed
}
