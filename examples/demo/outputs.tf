output "ana" {
  description = "What Ana may do, and until when."
  value = {
    name   = csms_grant.ana.grantee_name
    status = csms_grant.ana.status
    until  = csms_grant.ana.validity_time
  }
}

output "repo_may_use_kms_keys" {
  description = "Whether CodeArts Repo may use the account's keys."
  value       = repo_kms_grant.this.assumed
}
