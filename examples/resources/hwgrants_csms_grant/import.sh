# The import ID is TYPE/resource_id/grantee_type/grantee_target_id:
terraform import hwgrants_csms_grant.contractor SECRET/43d643d2-95ec-4b0f-8020-a84f3ce931cc/user/20260105091512481-4F1A-1B2C3D4E5

# If the region or project differs from the provider's, prefix the ID with region/project_id/:
terraform import hwgrants_csms_grant.contractor cn-north-4/7b4c1d0f5e3a4c2f9d8e6a1b0c5f2e34/SECRET/43d643d2-95ec-4b0f-8020-a84f3ce931cc/user/20260105091512481-4F1A-1B2C3D4E5
