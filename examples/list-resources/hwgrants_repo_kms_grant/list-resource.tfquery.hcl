# Lists the delegation from the caller's account to CodeArts Repo, if it exists.
list "hwgrants_repo_kms_grant" "own" {
  provider = hwgrants
}
