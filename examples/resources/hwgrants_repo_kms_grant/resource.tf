# Allows CodeArts Repo to use the account's KMS keys.
resource "hwgrants_repo_kms_grant" "this" {
  reason = "Repositories are encrypted with our own key"
}
