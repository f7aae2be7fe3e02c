# tenant_id, the account's id
terraform import repo_kms_grant.this 159b65b41ead484d8ddff250a4731781

# The same in another region than the provider's: region/ in front
terraform import repo_kms_grant.this cn-north-4/159b65b41ead484d8ddff250a4731781
