# tenant_id, the account's id
terraform import repo_kms_grant.this 3b6a1c0e5d2f4a798c1b0e9d8f7a6b5c

# The same in another region than the provider's: region/ in front
terraform import repo_kms_grant.this ap-southeast-3/3b6a1c0e5d2f4a798c1b0e9d8f7a6b5c
