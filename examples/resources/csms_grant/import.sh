# TYPE/resource_id/grantee_type/grantee_target_id
terraform import csms_grant.contractor SECRET/6d1f3a52-7c1e-4f0a-9a52-3f7d7f0c1b11/user/0f8b6c1e2d3a4b5c6d7e8f9a0b1c2d3e

# The same in another region or project than the provider's: region/project_id/ in front
terraform import csms_grant.contractor ap-southeast-3/0970d7b7d400f2470fbec00316a03560/SECRET/6d1f3a52-7c1e-4f0a-9a52-3f7d7f0c1b11/user/0f8b6c1e2d3a4b5c6d7e8f9a0b1c2d3e
