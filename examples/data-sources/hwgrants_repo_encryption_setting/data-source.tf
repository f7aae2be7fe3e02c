# Reads how CodeArts Repo encrypts repositories.
data "hwgrants_repo_encryption_setting" "this" {}

output "encrypts_new_repositories" {
  value = data.hwgrants_repo_encryption_setting.this.default_encryption_enabled
}
