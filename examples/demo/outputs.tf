output "alice" {
  description = "Until when Alice may read the database password."
  value       = "${csms_grant.alice.grantee_name}: ${csms_grant.alice.status}, until ${csms_grant.alice.validity_time}"
}

output "repo_may_use_kms" {
  description = "Whether CodeArts Repo may use the account's keys."
  value       = repo_kms_grant.this.assumed
}
