output "database_access" {
  description = "Users who can use the secret, with the expiration date and status of each grant."
  value = {
    for user_name, grant in hwgrants_csms_grant.database : user_name => {
      until  = grant.validity_time
      status = grant.status
    }
  }
}

output "repository_key" {
  description = "Name and state of the key that encrypts new repositories. State 2 means that the key is enabled."
  value = {
    name  = huaweicloud_kms_key.repositories.key_alias
    state = hwgrants_repo_encryption_setting.this.key_state
  }
}

output "encrypted_repositories" {
  description = "Names of the encrypted repositories, which depend on their keys."
  value       = [for repository in data.hwgrants_repo_encrypted_repositories.this.repositories : repository.repo_name]
}
