import {
  to = hwgrants_repo_kms_grant.this
  id = "159b65b41ead484d8ddff250a4731781"
}
