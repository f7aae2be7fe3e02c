# tenant_id: the id of the account
terraform import hwgrants_repo_kms_grant.this 159b65b41ead484d8ddff250a4731781

# In a different region than the provider: prefix the id with region/
terraform import hwgrants_repo_kms_grant.this cn-north-4/159b65b41ead484d8ddff250a4731781
