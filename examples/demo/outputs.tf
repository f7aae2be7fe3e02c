output "ana" {
  description = "Access of Ana, and its expiration date."
  value = {
    name   = hwgrants_csms_grant.ana.grantee_name
    status = hwgrants_csms_grant.ana.status
    until  = hwgrants_csms_grant.ana.validity_time
  }
}

output "repo_may_use_kms_keys" {
  description = "Whether CodeArts Repo may use the KMS keys of the account."
  value       = hwgrants_repo_kms_grant.this.assumed
}
