# The delegation of the caller's account to CodeArts Repo, if it is in place.
list "repo_kms_grant" "own" {
  provider = hwgrants
}
