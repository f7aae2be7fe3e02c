# The import ID is the account ID (tenant_id):
terraform import hwgrants_repo_encryption_setting.this 159b65b41ead484d8ddff250a4731781

# If the region differs from the provider's, prefix the ID with region/:
terraform import hwgrants_repo_encryption_setting.this cn-north-4/159b65b41ead484d8ddff250a4731781
