output "ana" {
  description = "Ana's access and its expiration date."
  value = {
    name   = hwgrants_csms_grant.ana.grantee_name
    status = hwgrants_csms_grant.ana.status
    until  = hwgrants_csms_grant.ana.validity_time
  }
}

output "repo_may_use_kms_keys" {
  description = "Whether CodeArts Repo may use the account's KMS keys."
  value       = hwgrants_repo_kms_grant.this.assumed
}
