# Allows CodeArts Repo to use the KMS keys of the account.
resource "hwgrants_repo_kms_grant" "this" {
  reason = "Repositories are encrypted with our own key"
}
