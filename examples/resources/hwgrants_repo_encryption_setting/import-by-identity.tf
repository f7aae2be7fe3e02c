import {
  to = hwgrants_repo_encryption_setting.this
  identity = {
    tenant_id = "159b65b41ead484d8ddff250a4731781"
  }
}
