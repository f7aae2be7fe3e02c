# Lists the repositories that depend on the KMS key.
data "hwgrants_repo_encrypted_repositories" "this" {}

output "encrypted_repositories" {
  value = data.hwgrants_repo_encrypted_repositories.this.repositories[*].full_path
}
