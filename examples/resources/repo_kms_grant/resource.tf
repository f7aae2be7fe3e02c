# CodeArts Repo may use the account's KMS keys. Destroying this block does not take the permission back: the service
# has no call for it, and Terraform says so.
resource "repo_kms_grant" "this" {
  provider = hwgrants

  reason = "Repositories are encrypted with our own key"
}
