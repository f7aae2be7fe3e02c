import {
  to = hwgrants_repo_encryption_setting.this
  id = "cn-north-4/159b65b41ead484d8ddff250a4731781"
}
